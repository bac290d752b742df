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
    asked = os.environ.get
    yearbook, roster, out = asked("YEARBOOK"), asked("CITIES"), Path(asked("OUT") or panel.DATA)
    path = out.parent / "_build" / "receipt.txt"
    try:
        if not yearbook:
            raise DataError("Name a yearbook: make data YEARBOOK=data/raw/file.csv")
        cities = read_cities(roster) if roster else panel.load_cities()
        settings = read_settings(asked("REGION") or (None if roster else BELT))
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock")):  # one command writes at a time
            derived = derive(yearbook, cities, settings, switched("BELIEVE"))
            receipt = "\n".join([*derived.receipt, ""])
            path.write_text(receipt, encoding="utf-8")
            print(receipt, end="")
            if switched("DRY_RUN"):
                return 0
            tables = {"indicators.csv": coarse(derived.table), "cell_notes.csv": derived.notes}
            tables |= {"cities.csv": derived.cities} if roster else {}
            write({out / name: table for name, table in tables.items()})
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"wrote {out / 'indicators.csv'}: {len(derived.cities)} cities; the receipt is {path}")
    return 0


def switched(name: str) -> bool:
    """Whether a variable of the environment is set, and not to 0."""
    return os.environ.get(name, "") not in ("", "0")


if __name__ == "__main__":
    sys.exit(main())
