"""Build the Belt's yearbook from public compilations: ``make yearbook FROM=folder [OUT=file]``.

Seven files of four repositories have its columns (``compilations.toml``); the page *Data* says
where to fetch them.  They carry no licence, so neither they nor the file that is built here enters
this repository.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from lib import panel
from lib.strictcsv import DataError
from tools.yearbook.headings import Source, together

SHA256 = "9ad1fa43f24914f14a81d7ec9c5b534e845bac01799ffcbefb3134bce2512ceb"
"""Of the file that the panel was derived from."""
YEARBOOK = panel.DATA / "raw" / "yearbook_yreb110.csv"
YEARS = range(2008, 2024)
# Stored in single precision, and printed with two decimals.
HUNDREDTHS = ["gdp", "va_primary", "va_secondary", "va_tertiary", "fdi"]
_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
SOURCES = [Source(**each) for each in _TOLD["source"]]


def yearbook(folder: Path, cities: pd.DataFrame) -> pd.DataFrame:
    """Put the columns of all files together, a row for each city and year."""
    whole = together(folder, SOURCES, cities, YEARS)
    return whole.assign(**whole[HUNDREDTHS].round(2))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the yearbook file; return 0, or 2 with a message if it cannot be built."""
    parser = argparse.ArgumentParser(prog="make yearbook", description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("FROM"), help="$FROM")
    parser.add_argument("--out", default=os.environ.get("OUT") or YEARBOOK, help="$OUT")
    options = parser.parse_args(arguments)
    if not options.folder:
        print("Name the folder of the files: make yearbook FROM=folder", file=sys.stderr)
        return 2
    out = Path(options.out)
    try:
        whole = yearbook(Path(options.folder), panel.load_cities())
        out.parent.mkdir(parents=True, exist_ok=True)
        whole.to_csv(out, index=False, lineterminator="\n")
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    print(f"wrote  {out}: {whole['city_code'].nunique()} cities, {YEARS[0]} to {YEARS[-1]}")
    print(f"sha256 {digest}")
    is_it = "is" if digest == SHA256 else "is not"
    print(f"It {is_it} the file that the book's panel was derived from.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
