"""Derive the panel from a yearbook: ``make data YEARBOOK=path [CITIES=roster] [BASE_YEAR=year]``.

The paths come from the environment or the command line, so that no shell reads them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lib import panel
from lib.yearbook.build import BASE_YEAR, build, natural_growth, write
from lib.yearbook.clean import clean
from lib.yearbook.reading import read_cities, read_yearbook


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, clean and build; write indicators.csv and cell_notes.csv, both or neither.

    With a roster of its own the yearbook of another region is read, and the roster is written
    beside them, so that the panel loads with its own cities.

    Returns
    -------
    int
        0, or 2 with a message on standard error if the yearbook cannot be used or a file cannot be
        written; then nothing is.
    """
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m lib.yearbook", description=__doc__)
    parser.add_argument("yearbook", nargs="?", default=given("YEARBOOK"), help="$YEARBOOK")
    parser.add_argument("--cities", default=given("CITIES"), help="another region's; $CITIES")
    parser.add_argument("--base-year", default=given("BASE_YEAR"), help="REG = 1; $BASE_YEAR")
    parser.add_argument("--data", type=Path, default=panel.DATA, help="where to write (data/)")
    options = parser.parse_args(arguments)
    if not options.yearbook:
        print("Name a yearbook: make data YEARBOOK=data/raw/file.csv", file=sys.stderr)
        return 2
    try:
        base = _year(options.base_year)
        cities = read_cities(options.cities) if options.cities else panel.load_cities()
        yearbook = read_yearbook(options.yearbook, cities)
        cleaned = clean(yearbook, cities)
        growth = natural_growth(cleaned, cities, panel.load_natural_growth())
        table = build(cleaned, panel.load_exchange_rate(), growth, base)
        targets = {
            options.data / "indicators.csv": table,
            options.data / "cell_notes.csv": cleaned.notes,
        }
        write(targets | ({options.data / "cities.csv": cities} if options.cities else {}))
    except (panel.DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    years = table["year"]
    kinds = cleaned.notes["kind"].value_counts().sort_index()
    print(f"read   {options.yearbook}: {len(yearbook):,} rows")
    print(f"noted  {', '.join(f'{count} {kind}' for kind, count in kinds.items())}")
    print(f"k      natural growth of each {growth['source'].iloc[0]}")
    count = table["city_code"].nunique()
    print(f"wrote  {next(iter(targets))}: {count} cities, {years.min()} to {years.max()}")
    return 0


def _year(text: str | None) -> int:
    if not text:
        return BASE_YEAR
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise panel.DataError(f"base year: found {text!r}; expected a year of four digits")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
