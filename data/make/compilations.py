"""Build the Belt's yearbook from public compilations: ``make yearbook FROM=folder [OUT=file]``.

Seven files of four repositories have its columns (``compilations.toml``); the page *Data* says
where to fetch them.  They carry no licence, so neither they nor the file that is built here enters
this repository.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

from data.yearbook.reading import read_sheet
from data.yearbook.schema import COLUMNS, FIELDS
from lib import panel
from lib.panel import DataError

SHA256 = "9ad1fa43f24914f14a81d7ec9c5b534e845bac01799ffcbefb3134bce2512ceb"
"""Of the file that the panel was derived from."""
YEARBOOK = panel.DATA / "raw" / "yearbook_yreb110.csv"
YEARS = range(2008, 2024)
# Stored in single precision, and printed with two decimals.
HUNDREDTHS = ["gdp", "va_primary", "va_secondary", "va_tertiary", "fdi"]
SOURCES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["source"]


def yearbook(folder: Path, cities: pd.DataFrame) -> pd.DataFrame:
    """Put the columns of all files together, a row for each city and year.

    Raises
    ------
    DataError
        A file, its sheet, a column or a city is missing, a file is not the one that we read, or a
        figure is no number.
    """
    parts = [read(folder, source, cities) for source in SOURCES]
    whole = pd.concat(parts, axis=1).sort_index().reset_index()
    names = cities.set_index("city_code")["city_zh"]
    whole = whole.assign(city_zh=whole["city_code"].map(names), **whole[HUNDREDTHS].round(2))
    return whole.reindex(columns=COLUMNS)


def read(folder: Path, source: dict[str, Any], cities: pd.DataFrame) -> pd.DataFrame:
    """Read the columns of one file, by city_code and year."""
    files = [folder / source[name] for name in ("file", "short")]
    path = next((path for path in files if path.is_file()), None)
    if path is None:
        raise DataError(f"{folder}: found no {files[0].name}; expected it, or {files[1].name}")
    if (found := digest(path)) != source["sha256"]:
        raise DataError(f"{path}: found SHA-256 {found}; expected {source['sha256']}")
    columns = source["columns"]
    frame = read_sheet(path, cities, columns, years=YEARS, sheet=source.get("sheet", ""))
    if lacking := cities.loc[~cities["city_code"].isin(frame["city_code"]), "city_zh"].tolist():
        raise DataError(f"{path}: found no {', '.join(lacking)}; expected every city")
    return frame.set_index(panel.KEY)[[name for name in columns if name in FIELDS]]


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> int:
    """Write the yearbook file; return 0, or 2 with a message if it cannot be built."""
    folder, out = os.environ.get("FROM"), Path(os.environ.get("OUT") or YEARBOOK)
    if not folder:
        print("Name the folder of the files: make yearbook FROM=folder", file=sys.stderr)
        return 2
    try:
        whole = yearbook(Path(folder), panel.load_cities())
        out.parent.mkdir(parents=True, exist_ok=True)
        whole.to_csv(out, index=False, lineterminator="\n")
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"wrote  {out}: {whole['city_code'].nunique()} cities, {YEARS[0]} to {YEARS[-1]}")
    print(f"sha256 {digest(out)}")
    is_it = "is" if digest(out) == SHA256 else "is not"
    print(f"It {is_it} the file that the book's panel was derived from.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
