"""Derive the panel from a yearbook: ``make data YEARBOOK=path [CITIES=roster]``.

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
from lib.panel import DataError
from tools.yearbook import receipt
from tools.yearbook.build import coarse, write
from tools.yearbook.derive import derive
from tools.yearbook.judge import JUDGEMENTS
from tools.yearbook.reading import read_cities
from tools.yearbook.settings import BELT, read_settings

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print and keep a receipt, then write indicators.csv and cell_notes.csv, both or neither.

    With a roster of its own the yearbook of another region is read, and the roster written beside.
    Returns 0, or 2 with a message if the yearbook cannot be used or a file cannot be written.
    """
    given = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m tools.yearbook", description=__doc__)
    parser.add_argument("yearbook", nargs="?", default=given("YEARBOOK"), help="$YEARBOOK")
    parser.add_argument("--cities", default=given("CITIES"), help="another region's; $CITIES")
    parser.add_argument("--data", type=Path, default=panel.DATA, help="where to write (data/)")
    parser.add_argument("--region", default=given("REGION"), help="settings; $REGION")
    dry = given("DRY_RUN", "") not in ("", "0")
    parser.add_argument("--dry-run", action="store_true", default=dry, help="no more; $DRY_RUN")
    parser.add_argument("--believe", default=given("BELIEVE"), help="judgements; $BELIEVE")
    asked = parser.parse_args(arguments)
    if not asked.yearbook:
        print("Name a yearbook: make data YEARBOOK=data/raw/file.csv", file=sys.stderr)
        return 2
    kept = asked.data.parent / "_build" / "receipt.txt"
    try:
        cities = read_cities(asked.cities) if asked.cities else panel.load_cities()
        settings = read_settings(asked.region or (None if asked.cities else BELT))
        kept.parent.mkdir(parents=True, exist_ok=True)
        with kept.with_suffix(".lock").open("w") as lock:
            if fcntl:
                fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed, by a kill too
            made = derive(asked.yearbook, cities, settings, names(asked.believe))
            table = coarse(made.table)
            lines = receipt.write(asked.yearbook, made)
            kept.write_text("\n".join([*lines, ""]), encoding="utf-8")
            print("\n".join([*lines, f"kept   {kept}"]))
            if asked.dry_run:
                return 0
            targets = {"indicators.csv": table, "cell_notes.csv": made.cleaned.notes}
            targets |= {"cities.csv": made.cities} if asked.cities else {}
            write({asked.data / name: target for name, target in targets.items()})
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    span = f"{len(made.cities)} cities, {table['year'].min()} to {table['year'].max()}"
    print(f"wrote  {asked.data / 'indicators.csv'}: {span}")
    return 0


def names(text: str | None) -> set[str]:
    """Judgements to override, from names between commas."""
    found = {name.strip() for name in (text or "").split(",")} - {""}
    if unknown := sorted(found - set(JUDGEMENTS)):
        expected = ", ".join(JUDGEMENTS)
        raise DataError(f"judgements: found {', '.join(unknown)}; expected any of {expected}")
    return found


if __name__ == "__main__":
    sys.exit(main())
