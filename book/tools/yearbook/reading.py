"""A roster or a yearbook, read from a file or refused."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from lib import panel, strictcsv
from lib.panel import KEY
from lib.strictcsv import NAME, NUMBER, SHOWN, Cell, Failure, FileError, quoted
from tools.yearbook import sheets
from tools.yearbook.schema import COLUMNS, FIELDS
from tools.yearbook.settings import PLAIN, Origin, Settings

YEAR = replace(strictcsv.YEAR, valid=strictcsv.matching("[0-9]{4}年?"), parse=lambda t: int(t[:4]))
# Columns of names in a second script that a roster may lack, and what stands for them.
SECOND = {"city_zh": "city_en", "province_zh": "province_en"}
TO_BELIEVE = " (if the file is right: BELIEVE=1)"


@sheets.guessed()
def read_cities(path: Path | str = panel.DATA / "cities.csv") -> pd.DataFrame:
    """Read a roster as :func:`lib.panel.load_cities` does; it may lack `SECOND`."""
    cities = panel.load_cities(path, NAME, SECOND)
    for second, first in SECOND.items():
        if cities[second].isna().all():
            cities[second] = cities[first]
    return cities


def read_yearbook(
    path: Path | str, cities: pd.DataFrame, settings: Settings = PLAIN, believe: bool = False
) -> pd.DataFrame:
    """Read and validate a city yearbook: a CSV file or a workbook, laid out as the settings say.

    It has any cities of the roster (as from :func:`read_cities`), each over the same two or more
    consecutive years.  If it is to be believed, a city may lack years.  The table has city_code in
    the roster's type, city_zh, year, and figures in the yearbook's units, sorted; ``attrs`` lists
    what was ``overridden``, and what was ``unused``.  DataError, with the file's own row and
    heading, if it cannot be used.
    """
    frame = read_sheet(path, cities, settings)
    years, unused = _years(path, frame), frame.attrs["unused"]
    whole = pd.MultiIndex.from_product([frame["city_code"].unique(), years], names=KEY)
    frame = frame.set_index(KEY)
    gaps = whole.difference(frame.index).to_frame(index=False).groupby("city_code")["year"]
    lacking = [f"no row for {code}, {listed([*lacks])}" for code, lacks in gaps]
    if lacking and not believe:
        rest = "; not used were ".join(["", *unused])
        expected = f"{years[0]} to {years[-1]} for each city{TO_BELIEVE}"
        raise FileError(path, [Failure(None, None, found + rest, expected) for found in lacking])
    out = frame.reindex(whole).reset_index()
    second = cities.set_index(cities["city_code"].astype(str))["city_zh"]
    out = out.assign(city_zh=out["city_code"].map(second)).reindex(columns=COLUMNS)
    types = {"city_code": cities["city_code"].dtype, **dict.fromkeys(FIELDS, float)}
    out = out.astype(types).sort_values(KEY).reset_index(drop=True)
    out.attrs = {"overridden": lacking, "unused": unused}
    return out


@sheets.guessed()
def read_sheet(
    path: Path | str,
    cities: pd.DataFrame,
    settings: Settings = PLAIN,
    names: Collection[str] = tuple(FIELDS),
) -> pd.DataFrame:
    """Read columns of figures by name, for the cities of a roster; errors as :func:`read_yearbook`.

    A row is used if its city is in the roster and its year in the period.  The table has city_code
    (str), year and the figures; its index is the row's line in the file.  ``attrs`` has the file's
    ``headings`` by column and words for what was ``unused``.
    """
    known, (first, last) = _known(cities), settings.period
    table = list(sheets.rows(Path(path), settings))
    left = [(line, row[0]) for line, row in table if line < settings.header]
    below = table[len(left) :]
    if not below:
        found = f"no row from row {settings.header} on" if table else "an empty file"
        raise FileError(path, [Failure(None, None, found, "headings, and rows below them")])
    header = [" ".join(text.split()) for text in below[0][1]]
    headings = _headings(path, below[0][0], header, settings, names)
    at = {name: header.index(text) for name, text in headings.items()}
    used: list[tuple[int, list[str]]] = []
    failures = []
    for line, row in below[1:]:
        city, year, name = (row[at[key]] if at.get(key, len(row)) < len(row) else ""
                            for key in ("city_code", "year", "city_zh"))  # fmt: skip
        codes = known.get(city, set())
        if not codes or (YEAR.valid(year) and not first <= int(year[:4]) <= last):
            left.append((line, city))
            continue
        used.append((line, ["" if text in settings.missing else text for text in row]))
        if name and not codes & known.get(name, set()):
            expected = f"a name that {city} has in the roster"
            failures.append(Failure(line, headings["city_zh"], quoted(name), expected))
    if not used:
        found = f"no city of the roster, but {_rows(left, known)}"
        failures = [Failure(None, headings["city_code"], found, "cities of the roster")]
    if failures:
        raise FileError(path, failures)
    code, year = headings["city_code"], headings["year"]
    cells = {headings[name]: _figure(name, settings) for name in names if name in headings}
    cells |= {code: Cell("one city of the roster", lambda t: len(known[t]) == 1), year: YEAR}
    frame = strictcsv.frame(path, header, used, cells)
    frame[code] = frame[code].map(lambda text: next(iter(known[text])))
    failures = strictcsv.repeated(frame, [code, year])
    frame = frame.rename(columns={text: name for name, text in headings.items()})
    if "gdp_index" in frame and not failures:
        failures = list(_index(frame, settings.index, headings["gdp_index"]))
    if failures:
        raise FileError(path, failures)
    spare = [text for text in header if text and text not in headings.values()]
    unused = [_rows(left, known)] * bool(left) + [f"columns {listed(spare)}"] * bool(spare)
    frame.attrs = {"headings": headings, "unused": unused}
    return frame


def _known(cities: pd.DataFrame) -> dict[str, set[str]]:
    """Codes of cities by what may stand for them: code, names, with and without 市.

    A code of six digits may be lengthened by noughts, as those of towns are.
    """
    known: dict[str, set[str]] = {}
    names = [cities[name] for name in ("city_zh", "city_en") if name in cities]
    for code, *own in zip(cities["city_code"].astype(str), *names, strict=True):
        longer = {code + "00", code + "000000"} if re.fullmatch("[1-9][0-9]{5}", code) else set()
        for text in {code, *longer, *own, own[0].removesuffix("市")}:
            known.setdefault(text, set()).add(code)
    return known


def _headings(
    path: Path | str, line: int, header: list[str], settings: Settings, names: Collection[str]
) -> dict[str, str]:
    """Headings of the columns that the file has, by name, or refuse the header."""
    headings = {name: settings.columns.get(name, Origin()).heading or name
                for name in [*KEY, "city_zh", *names]}  # fmt: skip
    if headings["city_zh"] == headings["city_code"]:
        del headings["city_zh"]
    need = {*KEY, *settings.columns} | {name for name, field in FIELDS.items() if field.required}
    lacking = [text for name, text in headings.items() if name in need and text not in header]
    failures = [Failure(line, text, "the heading twice, or of two columns", "one column")
                for text in headings.values()
                if header.count(text) > 1 or [*headings.values()].count(text) > 1]  # fmt: skip
    if lacking:
        found = f"the headings {', '.join(filter(None, header))[:200]}"
        expected = f"{', '.join(lacking)} too"
        failures.append(Failure(line, None, found, expected, "header", tuple(header)))
    if failures:
        raise FileError(path, failures)
    return {name: text for name, text in headings.items() if text in header}


def _figure(name: str, settings: Settings) -> Cell:
    """What a cell of a column of figures may hold, in the notation and unit of the file."""
    field, factor = FIELDS[name], settings.columns.get(name, Origin()).factor
    decimal, thousands = re.escape(settings.decimal), re.escape(settings.thousands)
    groups = rf"|[0-9]{{1,3}}({thousands}[0-9]{{3}})+" if thousands else ""
    form = strictcsv.matching(rf"[+-]?([0-9]+{groups})?({decimal}[0-9]*)?([eE][+-]?[0-9]+)?")

    def plain(text: str) -> str:
        return text.replace(settings.thousands, "").replace(settings.decimal, ".")

    optional, (low, high) = not field.required, field.bounds
    if name == "gdp_index":  # is judged as it is read: see _index
        optional, low, high = True, -1e12, 1e12
    if field.positive:  # a figure above zero is no trace of one either: its ratios stay finite
        low = 1e-6
    return Cell("a number", lambda text: form(text) and NUMBER(plain(text)), float, optional,
                low, high, 0.0 if field.positive else -math.inf,
                lambda text: float(plain(text)) * factor)  # fmt: skip


def _index(frame: pd.DataFrame, kind: str, heading: str) -> Iterator[Failure]:
    """Turn growth, or a chain, into previous year = 100, in place; find what is none."""
    printed, (low, high) = frame["gdp_index"].copy(), FIELDS["gdp_index"].bounds
    if kind == "growth":
        frame["gdp_index"] = (100 + printed).round(9)
    if kind == "chain":
        before = frame.assign(year=frame["year"] + 1).set_index(KEY)["gdp_index"]
        before = before.reindex(pd.MultiIndex.from_frame(frame[KEY]))
        frame["gdp_index"] = 100 * printed / before.to_numpy()
    cause = 'set index = "growth" or "chain", or factor = 100' if kind == "previous" else ""
    for line, index in frame.loc[frame["year"].gt(frame["year"].min()), "gdp_index"].items():
        if pd.isna(index):
            yield Failure(line, heading, "nothing", "a value")
        elif not low <= index <= high:
            found = f"{printed[line]:g}, which is {index:.4g} per cent of the year before"
            yield Failure(line, heading, found, f"{low:g} to {high:g} per cent", "", (), cause)


def _years(path: Path | str, frame: pd.DataFrame) -> range:
    """The years of a yearbook; refuse one at an end that less than half of the cities have."""
    counts = frame["year"].value_counts()
    usual = counts.index[counts >= min(counts.max(), frame["city_code"].nunique() / 2)]
    first, last = int(usual.min()), int(usual.max())
    strange = frame[~frame["year"].between(first, last) | (first == last)]
    expected = f"{first} to {last}, as for other cities; two years or more"
    if len(strange):
        heading = frame.attrs["headings"]["year"]
        raise FileError(path, [Failure(line, heading, f"{year} for {code}", expected)
                               for line, code, year in strange[KEY].itertuples()])  # fmt: skip
    return range(first, last + 1)


def _rows(left: Sequence[tuple[int, str]], known: Collection[str]) -> str:
    """Word rows that are not used, by their first line and what stands for their city."""
    lines: dict[str, int] = {}
    for line, text in left:
        lines.setdefault(text, line)
    shown = list(lines)[:SHOWN]  # a search for each of a country's places would take minutes
    near = {text: get_close_matches(text, known, 1, 0.7) for text in shown}
    like = {text: f", like {quoted(names[0])}" for text, names in near.items() if names}
    texts = [f"{quoted(text)} (row {line}{like.get(text, '')})" for text, line in lines.items()]
    return f"{len(left):,} rows: {listed(texts)}"


def listed(texts: Sequence[object]) -> str:
    """Join texts with commas: ten of them, and how many more there are."""
    more = f" and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
    return ", ".join(map(str, texts[:SHOWN])) + more
