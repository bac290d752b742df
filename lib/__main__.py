"""The road from a yearbook to the panel of the book: ``python -m lib YEARBOOK``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from lib import running

if __name__ == "__main__":
    running.end_plainly()  # the imports below take a second, in which it can be stopped too

from lib import files, indicators, panel


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, clean and build; write indicators.csv and cell_notes.csv, both or neither.

    With ``--cities`` the roster of another region is read instead of the one in ``data``, and
    written beside them, so that the panel loads with its own cities.

    Returns 0, or 2 with a message on standard error if the yearbook cannot be used or a file
    cannot be written.
    """
    parser = argparse.ArgumentParser(prog="python -m lib", description=__doc__)
    parser.add_argument("yearbook", type=Path, help="a yearbook in the schema of data/README.md")
    parser.add_argument("--cities", type=Path, help="roster of another region (data/README.md)")
    parser.add_argument("--data", type=Path, default=panel.DATA, help="where to write (data/)")
    options = parser.parse_args(arguments)
    try:
        with running.alone(options.data):
            cities = panel.load_cities(options.cities) if options.cities else panel.load_cities()
            yearbook = panel.read_yearbook(options.yearbook, cities)
            cleaned = panel.clean(yearbook, cities)
            table = indicators.build(cleaned, panel.load_exchange_rate())
            targets = options.data / "indicators.csv", options.data / "cell_notes.csv"
            written = dict(zip(targets, (table, cleaned.notes), strict=True))
            if options.cities:
                written[options.data / "cities.csv"] = cities
            files.write_together(written, "%.6g")
    except (panel.DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    years = table["year"]
    kinds = cleaned.notes["kind"].value_counts().sort_index()
    print(f"read   {options.yearbook}: {len(yearbook):,} rows")
    print(f"noted  {', '.join(f'{count} {kind}' for kind, count in kinds.items())}")
    count = table["city_code"].nunique()
    print(f"wrote  {targets[0]}: {count} cities, {years.min()} to {years.max()}")
    print(f"wrote  {targets[1]}: {len(cleaned.notes):,} notes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
