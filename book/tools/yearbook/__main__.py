"""Derive the panel from a yearbook: ``make data YEARBOOK=path [CITIES=roster] [BASE_YEAR=year]``.

``DRY_RUN=1`` stops at the receipt; ``BELIEVE=name,name`` overrides judgements by name.  The paths
come from the environment or the command line, so that no shell reads them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lib import panel
from tools.yearbook import receipt
from tools.yearbook.build import BASE_YEAR, write
from tools.yearbook.derive import as_loaded, derive
from tools.yearbook.judge import JUDGEMENTS
from tools.yearbook.reading import read_cities

RECEIPT = panel.DATA.parent / "_build" / "receipt.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, clean, judge and build; write indicators.csv and cell_notes.csv, both or neither.

    A receipt is printed and kept first (:mod:`tools.yearbook.receipt`).  A yearbook of which
    something is impossible is refused, unless the judgement is believed away by name; then its
    cells are flagged, and the receipt says so.

    With a roster of its own the yearbook of another region is read, and the roster is written
    beside them, so that the panel loads with its own cities.

    Returns
    -------
    int
        0, or 2 with a message on standard error if the yearbook cannot be used or a file cannot be
        written; then nothing is.
    """
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m tools.yearbook", description=__doc__)
    parser.add_argument("yearbook", nargs="?", default=given("YEARBOOK"), help="$YEARBOOK")
    parser.add_argument("--cities", default=given("CITIES"), help="another region's; $CITIES")
    parser.add_argument("--base-year", default=given("BASE_YEAR"), help="REG = 1; $BASE_YEAR")
    parser.add_argument("--data", type=Path, default=panel.DATA, help="where to write (data/)")
    dry = given("DRY_RUN", "") not in ("", "0")
    parser.add_argument("--dry-run", action="store_true", default=dry, help="no more; $DRY_RUN")
    told = f"override judgements, of {', '.join(JUDGEMENTS)}; $BELIEVE"
    parser.add_argument("--believe", default=given("BELIEVE"), metavar="NAMES", help=told)
    parser.add_argument("--receipt", type=Path, default=RECEIPT, help="where the receipt is kept")
    options = parser.parse_args(arguments)
    if not options.yearbook:
        print("Name a yearbook: make data YEARBOOK=data/raw/file.csv", file=sys.stderr)
        return 2
    try:
        base, believe = _year(options.base_year), names(options.believe)
        cities = read_cities(options.cities) if options.cities else panel.load_cities()
        before = receipt.standing(options.data, cities)
        made = derive(options.yearbook, cities, panel.load_exchange_rate(), base, believe)
        new = as_loaded(made.table, made.cities)
        lines = receipt.write(options.yearbook, made, new, before)
        options.receipt.parent.mkdir(parents=True, exist_ok=True)
        options.receipt.write_text("\n".join([*lines, ""]), encoding="utf-8")
        print("\n".join([*lines, f"kept   {options.receipt}"]))
        if options.dry_run:
            return 0
        targets = {"indicators.csv": made.table, "cell_notes.csv": made.cleaned.notes}
        targets |= {"cities.csv": made.cities} if options.cities else {}
        write({options.data / name: table for name, table in targets.items()})
    except (panel.DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    years = made.table["year"]
    kinds = made.cleaned.notes["kind"].value_counts().sort_index()
    print(f"read   {options.yearbook}: {len(made.yearbook):,} rows")
    print(f"noted  {', '.join(f'{count} {kind}' for kind, count in kinds.items())}")
    print(f"k      natural growth of each {made.growth['source'].iloc[0]}")
    count = made.table["city_code"].nunique()
    print(
        f"wrote  {options.data / 'indicators.csv'}: {count} cities, {years.min()} to {years.max()}"
    )
    return 0


def names(text: str | None) -> set[str]:
    """Judgements to override, from names between commas."""
    found = {name.strip() for name in (text or "").split(",")} - {""}
    if unknown := sorted(found - set(JUDGEMENTS)):
        expected = ", ".join(JUDGEMENTS)
        raise panel.DataError(f"judgements: found {', '.join(unknown)}; expected any of {expected}")
    return found


def _year(text: str | None) -> int:
    if not text:
        return BASE_YEAR
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise panel.DataError(f"base year: found {text!r}; expected a year of four digits")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
