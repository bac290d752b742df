"""A yearbook from files with headings, units and sheets of their own."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from lib import panel
from lib.strictcsv import DataError, Failure, FileError
from tools.yearbook import causes
from tools.yearbook.reading import spelt
from tools.yearbook.schema import COLUMNS

ANY = range(1949, 2100)


class Source(NamedTuple):
    """A file: its name, another that it may have, a sheet ("" for the first), the headings.

    Where there is no heading `year` the table is wide: years are headings, and it has one column.
    `factors` turn figures into the yearbook's units.
    """

    file: str
    short: str
    sheet: str
    city: str
    year: str
    columns: Mapping[str, str]
    factors: Mapping[str, float] = {}


def read(
    folder: Path, source: Source, cities: pd.DataFrame, years: Collection[int] = ANY
) -> pd.DataFrame:
    """Read the columns of one file, by city_code and year, for the cities of a roster.

    Raises
    ------
    DataError
        The file, its sheet, a column or a city is missing, a city has a year twice, or a figure is
        no number.
    """
    found = [folder / name for name in (source.file, source.short) if (folder / name).is_file()]
    if not found:
        raise DataError(f"{folder}: found no {source.file}; expected it, or {source.short}")
    path, cells = found[0], _cells(found[0], source.sheet)
    wide = [name for name in cells if re.fullmatch(r"[12]\d{3}(\.0)?", str(name))]
    if source.year not in cells and len(wide) > 1 and source.city in cells:
        heading = next(iter(source.columns.values()))
        cells = cells.melt(source.city, wide, source.year, heading)
    headings = [source.city, source.year, *source.columns.values()]
    if lacking := [name for name in headings if name not in cells]:
        shown = ", ".join(map(str, cells.columns))
        raise DataError(f"{path}: found the columns {shown}; expected {', '.join(lacking)} too")
    # A city is a code of six digits, which some files lengthen, or a name, with or without 市.
    codes = dict(zip(cities["city_zh"].str.removesuffix("市"), cities["city_code"], strict=True))
    if "city_en" in cities:
        codes |= dict(zip(cities["city_en"], cities["city_code"], strict=True))
    codes |= {str(code): code for code in cities["city_code"]}
    text = cells[source.city].astype(str).str.replace(r"^(\d{6})[\d.]*$|市$", r"\1", regex=True)
    text = text.map(spelt, na_action="ignore")
    cells["city_code"] = text.map(codes)
    cells["year"] = pd.to_numeric(cells[source.year], errors="coerce")
    cells = cells[cells["city_code"].notna() & cells["year"].isin(years)]
    figures = cells[[*source.columns.values()]].apply(pd.to_numeric, errors="coerce")
    failures = [
        Failure(None, source.city, f"no {city.city_zh} ({city.city_code})", "every city")
        for city in cities[~cities["city_code"].isin(cells["city_code"])].itertuples()
    ]
    for row in cells.index[cells.duplicated(panel.KEY)]:
        again = f"{text[row]}, {cells.at[row, 'year']:.0f} again"
        failures.append(Failure(row + 2, source.city, again, "each city and year once"))
    for column in figures:
        for row in figures.index[figures[column].isna() & cells[column].notna()]:
            raw = str(cells.at[row, column])
            failures.append(Failure(row + 2, column, repr(raw), "a number", "cell", (raw,)))
    if failures:
        with causes.guessed(path):
            raise FileError(path, failures)
    kept = {"city_code": cities["city_code"].dtype, "year": int}
    key = pd.MultiIndex.from_frame(cells[panel.KEY].astype(kept))
    figures = figures.astype(float).set_axis(list(source.columns), axis=1).set_axis(key, axis=0)
    return figures * pd.Series({name: source.factors.get(name, 1.0) for name in figures})


def _cells(path: Path, sheet: str) -> pd.DataFrame:
    try:
        if path.suffix not in (".xlsx", ".xls"):
            return pd.read_csv(path, dtype=object)
        with pd.ExcelFile(path) as book:
            if sheet and sheet not in book.sheet_names:
                shown = ", ".join(map(str, book.sheet_names))
                raise DataError(f"{path}: found the sheets {shown}; expected {sheet}")
            return pd.read_excel(book, sheet_name=sheet or 0, dtype=object)
    except UnicodeDecodeError:
        with causes.guessed(path):
            found = "bytes that are not UTF-8"
            raise FileError(
                path, [Failure(None, None, found, "a CSV file in UTF-8", "bytes")]
            ) from None
    except (pd.errors.ParserError, zipfile.BadZipFile) as error:
        raise DataError(f"{path}: found {error}; expected a table in UTF-8 or xlsx") from None


def arranged(path: Path, cities: pd.DataFrame, columns: Mapping[str, Any], folder: Path) -> Path:
    """Write a file that comes with headings, units or sheets of its own as a yearbook.

    Parameters
    ----------
    path : Path
        CSV or xlsx.
    columns : mapping
        By column of the yearbook, a heading, or a mapping with ``heading``, ``factor`` (by which
        figures are multiplied) and ``sheet``.  Those of ``city_code`` (codes, or names as in the
        roster) and ``year`` are of all sheets; a column that is not named has its own heading.

    Returns
    -------
    Path
        Of the yearbook in `folder`; `path` itself if nothing is to be done.
    """
    if not columns and path.suffix != ".xlsx":
        return path
    given = {name: {"heading": each} if isinstance(each, str) else each
             for name, each in columns.items()}  # fmt: skip
    city, year = (given.pop(key, {}).get("heading", key) for key in panel.KEY)
    first = set(_cells(path, "").columns) | {city, year}
    given |= {name: {} for name in COLUMNS[3:] if name in first and name not in given}
    sheets: dict[str, dict[str, Any]] = {}
    for name, each in given.items():
        sheets.setdefault(each.get("sheet", ""), {})[name] = each
    sources = []
    for sheet, own in sheets.items():
        heads = {name: each.get("heading", name) for name, each in own.items()}
        factors = {name: each.get("factor", 1.0) for name, each in own.items()}
        sources.append(Source(path.name, path.name, sheet, city, year, heads, factors))
    made = folder / "yearbook.csv"
    together(path.parent, sources, cities).to_csv(made, index=False, lineterminator="\n")
    return made


def together(
    folder: Path, sources: Sequence[Source], cities: pd.DataFrame, years: Collection[int] = ANY
) -> pd.DataFrame:
    """Put the columns of all sources side by side, in the yearbook's order; errors as in `read`."""
    whole = pd.concat([read(folder, each, cities, years) for each in sources], axis=1).sort_index()
    keys = whole.index.to_frame(index=False).set_axis(panel.KEY, axis=1)
    names = keys["city_code"].map(cities.set_index("city_code")["city_zh"])
    return keys.join(whole.reset_index(drop=True)).assign(city_zh=names).reindex(columns=COLUMNS)
