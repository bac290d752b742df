"""Derive the panel from a yearbook: ``make data YEARBOOK=path [CITIES=roster]``.

All that is asked comes from the environment, so that no shell reads a path.  ``OUT`` is the folder
to write to; ``DRY_RUN=1`` stops at the receipt; ``BELIEVE=1`` flags what else is refused.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from filelock import FileLock

from lib import panel
from lib.panel import DataError
from tools.yearbook.build import coarse, write
from tools.yearbook.derive import derive
from tools.yearbook.reading import read_cities
from tools.yearbook.settings import BELT, read_settings


def main() -> int:
    """Print and keep a receipt, then write indicators.csv and cell_notes.csv, both or neither.

    With a roster of its own the yearbook of another region is read, and the roster written beside.
    Returns 0, or 2 with a message if the yearbook cannot be used or a file cannot be written.
    """
    given = os.environ.get
    yearbook, roster, out = given("YEARBOOK"), given("CITIES"), Path(given("OUT") or panel.DATA)
    if not yearbook:
        print("Name a yearbook: make data YEARBOOK=data/raw/file.csv", file=sys.stderr)
        return 2
    kept = out.parent / "_build" / "receipt.txt"
    try:
        cities = read_cities(roster) if roster else panel.load_cities()
        settings = read_settings(given("REGION") or (None if roster else BELT))
        kept.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(kept.with_suffix(".lock")):  # one command writes at a time
            made = derive(yearbook, cities, settings, asked("BELIEVE"))
            receipt = "\n".join([*made.receipt, ""])
            kept.write_text(receipt, encoding="utf-8")
            print(receipt, end="")
            if asked("DRY_RUN"):
                return 0
            tables = {"indicators.csv": coarse(made.table), "cell_notes.csv": made.cleaned.notes}
            tables |= {"cities.csv": made.cities} if roster else {}
            write({out / name: table for name, table in tables.items()})
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"wrote {out / 'indicators.csv'}: {len(made.cities)} cities; the receipt is {kept}")
    return 0


def asked(name: str) -> bool:
    """Whether a variable of the environment is set, and not to 0."""
    return os.environ.get(name, "") not in ("", "0")


if __name__ == "__main__":
    sys.exit(main())
