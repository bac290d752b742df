"""A yearbook, read from a file or refused."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pandas as pd

from data.yearbook.files import Failure, FileError, listed, quoted, rows
from data.yearbook.schema import COLUMNS, FIELDS, Field
from lib.panel import KEY

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?").fullmatch
YEAR = re.compile("[0-9]{4}").fullmatch
HEADINGS = {name: name for name in COLUMNS}
OPTIONAL = ["city_zh", *(name for name, field in FIELDS.items() if not field.required)]
"""Columns that a yearbook may lack."""


def read_yearbook(path: Path | str, cities: pd.DataFrame) -> pd.DataFrame:
    """Read and validate a city yearbook, laid out as ``data/README.md`` says.

    It has any cities of the roster (as from :func:`lib.panel.load_cities`), each over the same two
    or more consecutive years.  The table has city_code in the roster's type, city_zh, year, and
    figures in the yearbook's units, sorted; ``attrs`` lists what was ``unused``.  FileError, with
    the file's own row and heading, if it cannot be used.
    """
    frame = read_sheet(path, cities, HEADINGS, OPTIONAL)
    if failures := _gaps(frame):
        raise FileError(path, failures)
    names = cities.set_index("city_code")["city_zh"]
    out = frame.assign(city_zh=frame["city_code"].map(names)).reindex(columns=COLUMNS)
    out = out.astype(dict.fromkeys(FIELDS, float)).sort_values(KEY).reset_index(drop=True)
    out.attrs = frame.attrs
    return out


def read_sheet(
    path: Path | str,
    cities: pd.DataFrame,
    headings: Mapping[str, str],
    lacking: Collection[str] = (),
    years: Collection[int] = range(1949, 2100),
    sheet: str = "",
) -> pd.DataFrame:
    """Read columns of figures that stand below these headings; those of `lacking` may be absent.

    A row is used if its city is in the roster, by code or Chinese name, and its year one of
    `years`.  The table has city_code in the roster's type, year and the figures; its index is the
    row's line in the file, and ``attrs`` has words for what was ``unused``.  Errors as of
    :func:`read_yearbook`.
    """
    table = rows(Path(path), sheet)
    if len(table) < 2:
        found = "a header and nothing below" if table else "an empty file"
        raise FileError(path, [Failure(None, None, found, "a header and rows")])
    (first, header), *below = table
    columns = {name: text for name, text in headings.items()
               if name not in lacking or text in header}  # fmt: skip
    if wrong := [text for text in columns.values() if header.count(text) != 1]:
        here = f"one; the headings are {', '.join(map(quoted, header))}"
        raise FileError(path, [Failure(first, text, f"{header.count(text)} such columns", here)
                               for text in wrong])  # fmt: skip
    figures = [name for name in columns if name in FIELDS]
    at = {name: header.index(text) for name, text in columns.items()}
    known, width = _known(cities), f"{len(header)} fields, as in the header"
    used: dict[int, dict[str, object]] = {}
    seen: dict[tuple[object, str], int] = {}
    left: list[tuple[int, str]] = []
    failures: list[Failure] = []
    for line, row in below:
        cells = {name: row[place] if place < len(row) else "" for name, place in at.items()}
        code, year, name = (cells.get(key, "") for key in ("city_code", "year", "city_zh"))
        city = known.get(code)
        if city is None or (YEAR(year) and int(year) not in years):
            left.append((line, code))
            continue
        if len(row) != len(header):
            failures.append(Failure(line, None, f"{len(row)} fields", width))
            continue
        if not YEAR(year):
            failures.append(Failure(line, columns["year"], quoted(year), "a year of four digits"))
        if name and known.get(name) != city:
            expected = f"the name that {code} has in the roster"
            failures.append(Failure(line, columns["city_zh"], quoted(name), expected))
        failures += [Failure(line, columns[name], *fault) for name in figures
                     if (fault := _fault(cells[name], FIELDS[name]))]  # fmt: skip
        if (before := seen.setdefault((city, year), line)) != line:
            found = f"{code}, {year} again, as in row {before}"
            failures.append(Failure(line, columns["year"], found, "each year of a city once"))
        used[line] = {**cells, "city_code": city}
    if not used and not failures:
        found = f"no city of the roster, but {_left(left)}"
        failures = [Failure(None, columns["city_code"], found, "cities of the roster")]
    if failures:
        raise FileError(path, failures)
    frame = pd.DataFrame.from_dict(used, orient="index")[[*KEY, *figures]].replace("", math.nan)
    frame = frame.astype({"year": "int64", **dict.fromkeys(figures, float)})
    spare = [text for text in header if text and text not in columns.values()]
    frame.attrs["unused"] = [_left(left)] * bool(left) + [f"columns {listed(spare)}"] * bool(spare)
    return frame


def _known(cities: pd.DataFrame) -> dict[str, object]:
    """Codes of cities by what may stand for them: code, Chinese name, with and without 市.

    A code of six digits may be lengthened by noughts, as those of towns are.
    """
    known: dict[str, object] = {}
    for code, name in zip(cities["city_code"], cities["city_zh"], strict=True):
        longer = [f"{code}00", f"{code}000000"] if re.fullmatch("[1-9][0-9]{5}", str(code)) else []
        known |= dict.fromkeys([str(code), *longer, name, name.removesuffix("市")], code)
    return known


def _fault(text: str, field: Field) -> tuple[str, str] | None:
    """What is found where a text is no figure of a field, and what is expected."""
    if not text:
        return ("nothing", "a value") if field.required else None
    if not NUMBER(text):
        return quoted(text), "a number"
    low, high = field.bounds
    return None if low <= float(text) <= high else (f"{float(text):g}", f"{low:g} to {high:g}")


def _gaps(frame: pd.DataFrame) -> list[Failure]:
    """Find what keeps all cities from having the same consecutive years, two or more.

    A year at an end that less than half of the cities have is taken for an error of its rows.
    """
    counts = frame["year"].value_counts()
    usual = counts.index[counts >= min(counts.max(), frame["city_code"].nunique() / 2)]
    first, last = int(usual.min()), int(usual.max())
    expected = f"{first} to {last} for each city; two years or more"
    strange = frame[~frame["year"].between(first, last) | (first == last)]
    if len(strange):
        return [Failure(line, "year", f"{year} for {code}", expected)
                for line, code, year in strange[KEY].itertuples()]  # fmt: skip
    whole = pd.MultiIndex.from_product([frame["city_code"].unique(), range(first, last + 1)])
    gaps = whole.difference(pd.MultiIndex.from_frame(frame[KEY])).to_frame(index=False, name=KEY)
    unused = "".join(f"; not used: {text}" for text in frame.attrs["unused"])
    return [Failure(None, None, f"no row for {code}, {listed([*years])}{unused}", expected)
            for code, years in gaps.groupby("city_code")["year"]]  # fmt: skip


def _left(left: Sequence[tuple[int, str]]) -> str:
    """Word rows that are not used, by their first line and what stands for their city."""
    lines: dict[str, int] = {}
    for line, text in left:
        lines.setdefault(text, line)
    texts = [f"{quoted(text)} (row {line})" for text, line in lines.items()]
    return f"{len(left):,} rows: {listed(texts)}"
