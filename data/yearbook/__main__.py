"""Derive the panel from a yearbook: ``make data YEARBOOK=path [OUT=folder]``.

Paths come from the environment, so that no shell reads them.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from data.yearbook.build import coarse, write
from data.yearbook.derive import derive
from lib import panel
from lib.panel import DataError


def main() -> int:
    """Print and keep a receipt, then write indicators.csv and cell_notes.csv.

    Returns 0, or 2 with a message if the yearbook cannot be used or a file cannot be written.
    """
    yearbook, out = os.environ.get("YEARBOOK"), Path(os.environ.get("OUT") or panel.DATA)
    path = out.parent / "_build" / "receipt.txt"
    try:
        if not yearbook:
            raise DataError("Name a yearbook: make data YEARBOOK=data/raw/file.csv")
        derived = derive(yearbook, panel.load_cities())
        receipt = "\n".join([*derived.receipt, ""])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(receipt, encoding="utf-8")
        print(receipt, end="")
        tables = {"indicators.csv": coarse(derived.table), "cell_notes.csv": derived.notes}
        write({out / name: table for name, table in tables.items()})
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"the receipt is {path}")
    left = [line for line in derived.receipt if line.startswith(("not used: ", "cities of the"))]
    cities = "; ".join([f"{len(derived.cities)} cities", *left])
    print(f"wrote {out / 'indicators.csv'}: {cities}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
