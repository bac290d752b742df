"""Derive the panel from a yearbook: ``make data YEARBOOK=path [CITIES=roster] [BASE_YEAR=year]``.

``DRY_RUN=1`` stops at the receipt; ``BELIEVE=name,name`` overrides judgements by name.  The paths
come from the environment or the command line, so that no shell reads them.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lib import panel
from lib.strictcsv import FileError
from tools.yearbook import doubts as judging
from tools.yearbook import plausible, receipt
from tools.yearbook.build import BASE_YEAR, build, coarse, natural_growth, write
from tools.yearbook.clean import clean
from tools.yearbook.doubts import believed, marked
from tools.yearbook.reading import CENSUS, read_cities, read_yearbook
from tools.yearbook.weigh import weigh

NAMES = {*judging.NAMES, *plausible.JUDGEMENTS}
RECEIPT = panel.DATA.parent / "_build" / "receipt.txt"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, clean, weigh and build; write indicators.csv and cell_notes.csv, both or neither.

    A receipt is printed and kept first (:mod:`tools.yearbook.receipt`).  A yearbook whose figures
    contradict each other is refused, unless the judgement is believed away by name; then its cells
    are flagged, and the receipt says so.

    With a roster of its own the yearbook of another region is read, and the roster is written
    beside them, so that the panel loads with its own cities.

    Returns
    -------
    int
        0, or 2 with a message on standard error if the yearbook cannot be used or a file cannot be
        written; then nothing is, but the receipt of a refusal by weighing.
    """
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m tools.yearbook", description=__doc__)
    parser.add_argument("yearbook", nargs="?", default=given("YEARBOOK"), help="$YEARBOOK")
    parser.add_argument("--cities", default=given("CITIES"), help="another region's; $CITIES")
    parser.add_argument("--base-year", default=given("BASE_YEAR"), help="REG = 1; $BASE_YEAR")
    parser.add_argument("--data", type=Path, default=panel.DATA, help="where to write (data/)")
    dry = given("DRY_RUN", "") not in ("", "0")
    parser.add_argument("--dry-run", action="store_true", default=dry, help="no more; $DRY_RUN")
    parser.add_argument(
        "--believe",
        default=given("BELIEVE"),
        metavar="NAMES",
        help=f"override judgements, of {', '.join(sorted(NAMES))}; $BELIEVE",
    )
    parser.add_argument("--receipt", type=Path, default=RECEIPT, help="where the receipt is kept")
    options = parser.parse_args(arguments)
    if not options.yearbook:
        print("Name a yearbook: make data YEARBOOK=data/raw/file.csv", file=sys.stderr)
        return 2
    try:
        base, believe = _year(options.base_year), names(options.believe)
        cities = read_cities(options.cities) if options.cities else panel.load_cities()
        yearbook = read_yearbook(options.yearbook, cities, believe)
        cleaned = clean(yearbook, cities)
        rates = panel.load_natural_growth()
        before = receipt.standing(options.data, cities)
        doubts = weigh(yearbook, cleaned, cities, rates, before.indicators, before.roster)
        doubts = believed(doubts, believe)
        cleaned = marked(cleaned, doubts)
        growth = natural_growth(cleaned, cities, rates)
        table = coarse(build(cleaned, panel.load_exchange_rate(), growth, base))
        targets = {
            options.data / "indicators.csv": table,
            options.data / "cell_notes.csv": cleaned.notes,
        }
        lines = receipt.write(
            options.yearbook,
            yearbook,
            cities,
            doubts,
            assumed(yearbook, growth, base),
            as_loaded(table, cities),
            before,
        )
        options.receipt.parent.mkdir(parents=True, exist_ok=True)
        options.receipt.write_text("\n".join([*lines, ""]), encoding="utf-8")
        if refused := [doubt for doubt in doubts if doubt.grade == "refuse"]:
            raise FileError(options.yearbook, [doubt.failure() for doubt in refused])
        print("\n".join(line for line in lines if not receipt.is_of_province(line)))
        print(f"kept   {options.receipt}, by province")
        if options.dry_run:
            return 0
        roster = cities.drop(columns=CENSUS, errors="ignore")
        write(targets | ({options.data / "cities.csv": roster} if options.cities else {}))
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


def names(text: str | None) -> set[str]:
    """Judgements to override, from names between commas."""
    names = {name.strip() for name in (text or "").split(",")} - {""}
    if unknown := sorted(names - set(NAMES)):
        expected = ", ".join(sorted(NAMES))
        raise panel.DataError(f"judgements: found {', '.join(unknown)}; expected any of {expected}")
    return names


def assumed(yearbook: pd.DataFrame, growth: pd.DataFrame, base: int) -> list[str]:
    """What the file cannot tell."""
    overridden = [f"overridden: {text}" for text in yearbook.attrs.get("overridden", [])]
    return [
        *overridden,
        f"natural growth of each {growth['source'].iloc[0]} for k",
        f"{base} as the base year",
        "money at current prices of each year, populations at the end of the year",
        "boundaries as the yearbook has them",
    ]


def as_loaded(table: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """Read the table as it would be once it is written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "indicators.csv"
        write({path: table})
        return panel.load(path, cities)


def _year(text: str | None) -> int:
    if not text:
        return BASE_YEAR
    if not (text.isascii() and text.isdigit() and len(text) == 4):
        raise panel.DataError(f"base year: found {text!r}; expected a year of four digits")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
