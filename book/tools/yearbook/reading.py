"""A roster or a yearbook, read from a file or refused."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lib import panel, strictcsv
from lib.panel import KEY
from lib.strictcsv import NAME, NUMBER, Cell, Failure, FileError, quoted
from tools.yearbook import causes, sheets
from tools.yearbook.judge import pasted, refusals, span
from tools.yearbook.schema import COLUMNS, FIELDS
from tools.yearbook.settings import Column, Settings

PLAIN = Settings()
YEAR = replace(strictcsv.YEAR, valid=strictcsv.matching("[0-9]{4}年?"), parse=lambda t: int(t[:4]))
MISSPELT, ABSENT = 0.6, 0.8
"""How near a text must be to the name of a city without some years, and without any."""
SPELT = {"city_zh": "city_en", "province_zh": "province_en"}
"""Columns of names in a second script that a roster may lack, and what stands for them."""
MARKS = str.maketrans({",": " ·", "/": "-", "–": "-", "&": " and "})
"""Marks in the names of official lists that a page or a spreadsheet could misread."""


def spelt(name: str) -> str:
    """A name in the composed form of Unicode (NFC), without `MARKS`: one name is one text."""
    text = unicodedata.normalize("NFC", name)
    return " ".join(text.translate(MARKS).split()) if {*text} & {*",/–&"} else text


SPELT_NAME = Cell(NAME.expected, lambda text: NAME.valid(spelt(text)))


def read_cities(path: Path | str = panel.DATA / "cities.csv") -> pd.DataFrame:
    """Read a roster as :func:`lib.panel.load_cities` does, with names as :func:`spelt`.

    It may lack `SPELT`.

    Raises
    ------
    lib.panel.DataError
        The file is no roster.
    """
    with causes.guessed(path):
        cities = panel.load_cities(path, SPELT_NAME, SPELT)
    for own, other in SPELT.items():
        if cities[own].isna().all():
            cities[own] = cities[other]
    names = [*SPELT, *SPELT.values(), "reach"]
    cities[names] = cities[names].map(spelt)
    return cities


class Sheet(NamedTuple):
    """A sheet, or a CSV file, as read.

    `frame` has city_code, year and figures by line; `headings` the file's names of its columns;
    `unused` line, city and year of rows that were not used, and `spare` headings that were not.
    """

    frame: pd.DataFrame
    headings: dict[str, str]
    unused: list[tuple[int, str, str]]
    spare: list[str]


def read_yearbook(
    path: Path | str,
    cities: pd.DataFrame,
    settings: Settings = PLAIN,
    believe: Collection[str] = (),
) -> pd.DataFrame:
    """Read and validate a city yearbook.

    Parameters
    ----------
    path : Path or str
        CSV file or workbook, laid out as the settings say, a row for each city and year: any cities
        of the roster, each over the same two or more consecutive years.  An empty cell is a missing
        figure, which gdp, gdp_index and resident_pop cannot be (but the index of the first year,
        which enters nothing).
    cities : DataFrame
        The roster, as :func:`read_cities` gives it.
    settings : Settings
    believe : collection of str
        Refusals that are overridden; with ``absent`` a city may lack years, whose figures are then
        all missing.

    Returns
    -------
    DataFrame
        city_code in the roster's type, city_zh, year, and the figures in the yearbook's units, as
        float, sorted.  ``attrs["overridden"]`` lists what was believed all the same,
        ``attrs["unused"]`` what was not used.

    Raises
    ------
    lib.panel.DataError
        The file cannot be used; row and heading are those of the file.
    """
    names: dict[str, list[str]] = {}
    for name in FIELDS:
        names.setdefault(settings.columns.get(name, Column()).sheet, []).append(name)
    needed = {name for name in FIELDS if FIELDS[name].required or name in settings.columns}
    if not needed & {*names.get("", ())}:
        names.pop("", None)  # all columns stand on sheets that are named
    with causes.guessed(path):
        parts = [read_sheet(path, cities, settings, sheet, own) for sheet, own in names.items()]
        frame = pd.concat([part.frame.set_index(KEY) for part in parts], axis=1).reset_index()
        judged = [failure for part in parts for failure in pasted(part.frame)]
        failures = [failure for part in parts for failure in _other_years(part, frame)]
        for part in parts:
            absent, misspelt = _absent(part, frame, cities)
            judged += absent
            failures += misspelt
        if failures := failures or refusals(judged, believe):
            raise FileError(path, failures)
    years = range(frame["year"].min(), frame["year"].max() + 1)
    whole = pd.MultiIndex.from_product([frame["city_code"].unique(), years], names=KEY)
    frame = frame.set_index(KEY).reindex(whole).reset_index()
    names_zh = cities.set_index(cities["city_code"].astype(str))["city_zh"]
    frame = frame.assign(city_zh=frame["city_code"].map(names_zh)).reindex(columns=COLUMNS)
    figures = dict.fromkeys(FIELDS, float)
    frame = frame.astype({"city_code": cities["city_code"].dtype, **figures})
    frame = frame.sort_values(KEY).reset_index(drop=True)
    frame.attrs["overridden"] = [
        f"{f.kind}: {f.column or 'rows'}: found {f.found}; expected {f.expected}" for f in judged
    ]
    frame.attrs["unused"] = [line for part in parts for line in _unused(part)]
    return frame


def read_sheet(
    path: Path | str,
    cities: pd.DataFrame,
    settings: Settings = PLAIN,
    sheet: str = "",
    names: Collection[str] = tuple(FIELDS),
) -> Sheet:
    """Read columns of one sheet, or of a CSV file, for the cities of a roster.

    A row is used if its city is in the roster and its year in the period.  Where there is no
    heading of years the table is wide: its headings are years, and it has one of the columns.

    Raises
    ------
    lib.panel.DataError
        As :func:`read_yearbook`.
    """
    known, sheet = _known(cities), sheet or settings.sheet
    header: list[str] = []
    unused: list[tuple[int, str, str]] = []
    used: list[tuple[int, list[str]]] = []
    failures: list[Failure] = []
    above = ""
    for line, row in sheets.rows(Path(path), sheet, settings):
        if line < settings.header:
            unused.append((line, row[0], ""))
            continue
        if not header:
            header = [" ".join(text.split()) for text in row]
            at, wide = _places(path, line, header, settings, names)
            continue
        keys = [row[at[key]] if key in at and at[key] < len(row) else "" for key in KEY]
        city, year = keys
        if not city and above and YEAR.valid(year):
            if settings.merged:
                city = row[at["city_code"]] = above
            else:
                failures.append(Failure(line, header[at["city_code"]], "nothing", "a city",
                                        "merged", tuple(row)))  # fmt: skip
        if spelt(city) not in known:
            unused.append((line, city, year))
            continue
        above = city
        first, last = settings.period
        if YEAR.valid(year) and not first <= int(year[:4]) <= last:
            unused.append((line, city, year))
            continue
        kept = {*at.values(), *wide} - {at.get(key) for key in KEY}
        used.append((line, ["" if i in kept and text in settings.missing else text
                            for i, text in enumerate(row)]))  # fmt: skip
    if failures:
        raise FileError(path, failures)
    if not used:
        found = "no row of a city of the roster" if header else "an empty file"
        shown = ", ".join(quoted(city) for _, city, _ in unused[:3])
        expected = f"such rows below the headings ({shown})" if shown else "headings and rows"
        raise FileError(path, [Failure(None, None, found, expected, "header")])
    one = Cell("one city of the roster", lambda text: len(known[spelt(text)]) == 1)
    cells = {header[at["city_code"]]: one}
    if wide:
        name = next(iter(names))
        cells |= {header[i]: _figure(name, settings) for i in wide}
    else:
        cells[header[at["year"]]] = YEAR
        cells |= {header[i]: _figure(name, settings) for name, i in at.items() if name in FIELDS}
        if "city_zh" in at:
            cells[header[at["city_zh"]]] = replace(SPELT_NAME, optional=True)
    frame = strictcsv.frame(path, header, used, cells)
    city = header[at["city_code"]]
    frame[city] = frame[city].map(lambda text: next(iter(known[spelt(text)])))
    if wide:
        years = {header[i]: year for i, year in wide.items()}
        frame = frame.rename(columns=years).reset_index(names="line")
        frame = frame.melt(["line", city], [*years.values()], "year", name)
        frame = frame.set_index("line").rename(columns={city: "city_code"})
        headings = {"city_code": city, "year": "year", name: name}
    else:
        headings = {name: header[i] for name, i in at.items()}
        frame = frame.rename(columns={heading: name for name, heading in headings.items()})
    failures = strictcsv.repeated(frame, KEY) + _other_names(frame, cities, headings)
    if "gdp_index" in frame:
        failures += _index(frame, settings, headings["gdp_index"])
    if failures:
        raise FileError(path, failures)
    spare = [text for i, text in enumerate(header) if text and i not in {*at.values(), *wide}]
    return Sheet(frame.drop(columns="city_zh", errors="ignore"), headings, unused, spare)


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


def _places(
    path: Path | str, line: int, header: list[str], settings: Settings, names: Collection[str]
) -> tuple[dict[str, int], dict[int, int]]:
    """Places of the columns by name, and those of years in a wide table; or refuse the header."""

    def plain(text: str) -> str:
        return "".join(text.split())

    headings = {name: settings.columns.get(name, Column()).heading or name
                for name in [*KEY, "city_zh", *names]}  # fmt: skip
    places: dict[str, list[int]] = {}
    for i, text in enumerate(header):
        places.setdefault(plain(text), []).append(i)
    at = {name: places[plain(text)] for name, text in headings.items() if plain(text) in places}
    failures = [Failure(line, header[own[0]], "the heading twice", "one column", "header")
                for own in at.values() if len(own) > 1]  # fmt: skip
    years = {i: int(text[:4]) for i, text in enumerate(header) if YEAR.valid(text)}
    wide = {} if "year" in at or len(years) < 2 or len(names) != 1 else years
    need = {name for name in names if FIELDS[name].required or name in settings.columns}
    need = {"city_code"} if wide else {*KEY, *need}
    if lacking := [headings[name] for name in headings if name in need - {*at}]:
        found = f"the headings {', '.join(filter(None, header))[:200]}"
        failures.append(Failure(line, None, found, f"{', '.join(lacking)} too", "header",
                                tuple(header)))  # fmt: skip
    free = {text.lower(): i for i, text in enumerate(header) if [i] not in at.values() and text}
    for name in () if wide else headings.keys() - at.keys():
        for near in difflib.get_close_matches(headings[name].lower(), free, 1, ABSENT):
            failures.append(Failure(line, header[free[near]], "an unknown heading", headings[name],
                                    "unknown", (), f"{headings[name]}, misspelt"))  # fmt: skip
    if failures:
        raise FileError(path, failures)
    first, last = settings.period
    wide = {i: year for i, year in wide.items() if first <= year <= last}
    return {name: own[0] for name, own in at.items()}, wide


def _figure(name: str, settings: Settings) -> Cell:
    """What a cell of a column of figures may hold, in the notation and unit of the file."""
    cell, factor = FIELDS[name].cell(), settings.columns.get(name, Column()).factor
    decimal, thousands = re.escape(settings.decimal), re.escape(settings.thousands)
    groups = rf"|[0-9]{{1,3}}({thousands}[0-9]{{3}})+" if thousands else ""
    form = strictcsv.matching(rf"[+-]?([0-9]+{groups})?({decimal}[0-9]*)?([eE][+-]?[0-9]+)?")

    def plain(text: str) -> str:
        text = text.replace(settings.thousands, "") if thousands else text
        return text.replace(settings.decimal, ".")

    cell = replace(cell, valid=lambda text: form(text) and NUMBER(plain(text)))
    if name == "gdp_index":
        cell = replace(cell, optional=True)
        if settings.index == "chain":
            return replace(cell, low=-1e12, high=1e12, above=0, parse=lambda t: float(plain(t)))
        if settings.index == "growth":
            return replace(cell, parse=lambda t: round(100 + factor * float(plain(t)), 9))
    if factor == 1 and settings.decimal == "." and not thousands:
        return cell
    return replace(cell, parse=lambda t: float(plain(t)) * factor)


def _index(frame: pd.DataFrame, settings: Settings, heading: str) -> list[Failure]:
    """Turn a chain index into previous year = 100, in place; find what is missing or beyond."""
    index, first = frame["gdp_index"], frame["year"].min()
    if settings.index == "chain":
        before = frame.assign(year=frame["year"] + 1)[[*KEY, "gdp_index"]]
        last = frame[KEY].merge(before, "left", KEY)["gdp_index"].set_axis(frame.index)
        frame["gdp_index"] = 100 * index / last
    low, high = FIELDS["gdp_index"].bounds
    failures = []
    for line in frame.index[frame["year"].gt(first)]:
        now, raw = frame.at[line, "gdp_index"], index[line]
        if now != now:
            failures.append(Failure(line, heading, "nothing", "a value", "cell"))
        elif not low <= now <= high:
            found = f"{raw:g}, which is {now:.4g} per cent of the year before"
            failures.append(Failure(line, heading, found, f"{low:g} to {high:g} of it", "chain"))
    return failures


def _other_names(
    frame: pd.DataFrame, cities: pd.DataFrame, headings: Mapping[str, str]
) -> list[Failure]:
    """Find names in a second column that are not the roster's."""
    roster = cities.set_index(cities["city_code"].astype(str))["city_zh"]
    failures: list[Failure] = []
    for line, code, text in frame[["city_code", "city_zh"]].dropna().itertuples() if (
        "city_zh" in frame) else ():  # fmt: skip
        found, meant = spelt(text), roster[code]
        if found != meant:
            others = roster.index[roster.eq(found)]
            cause = f"the name of {others[0]} in the roster" if len(others) else ""
            cause = cause or causes.name(found, meant)
            failures.append(Failure(line, headings["city_zh"], quoted(found),
                                    f"{meant}, the roster's name", "name", (found,), cause))  # fmt: skip
    return failures


def _span(frame: pd.DataFrame) -> tuple[int, int]:
    """The first and the last year that half of the cities have: a slip widens no span."""
    counts = frame["year"].value_counts()
    usual = counts.index[counts >= min(counts.max(), frame["city_code"].nunique() / 2)]
    return int(usual.min()), int(usual.max())


def _other_years(part: Sheet, frame: pd.DataFrame) -> Iterator[Failure]:
    """Find years that other cities do not have."""
    first, last = _span(frame)
    expected = f"{first} to {last}, as for other cities; two years or more"
    for line, code, year in part.frame[KEY].itertuples():
        if first == last or not first <= year <= last:
            yield Failure(line, part.headings["year"], f"{year} for {code}", expected)


def _absent(
    part: Sheet, frame: pd.DataFrame, cities: pd.DataFrame
) -> tuple[list[Failure], list[Failure]]:
    """Find cities that lack years, and rows not used that bear a name near to theirs."""
    (first, last), absent, misspelt = _span(frame), list[Failure](), list[Failure]()
    years = set(range(first, last + 1))
    lines: dict[str, dict[str, int]] = {}
    for line, city, year in part.unused:
        lines.setdefault(city, {})[year[:4]] = line
    have = part.frame.groupby("city_code")["year"].agg(set)
    required = any(FIELDS[name].required for name in part.frame if name in FIELDS)
    for row in cities.astype({"city_code": str}).itertuples():
        code, lacks = row.city_code, sorted(years - have.get(row.city_code, set()))
        if not lacks:
            continue
        names = {row.city_zh, getattr(row, "city_en", row.city_zh)} | ({code} if code in have else set())
        free = [city for city, own in lines.items() if city and {*own} <= {"", *map(str, lacks)}]
        near = {text: name for name in names for text in difflib.get_close_matches(
            name, free, 1, MISSPELT if code in have else ABSENT)}  # fmt: skip
        for text, name in near.items():
            misspelt += [Failure(line, part.headings["city_code"], quoted(text),
                                 f"{name}, the nearest name in the roster", "cell", (text,),
                                 "a name misspelt") for line in lines[text].values()]  # fmt: skip
        if not near and required and code in set(frame["city_code"]):
            found = f"no row for {code}, {span(lacks)}"
            cause = "a file that was cut off" if code == part.frame["city_code"].iloc[-1] else ""
            expected = f"every year from {first} to {last} for each city"
            absent.append(Failure(None, None, found, expected, "absent", (), cause))
    return absent, misspelt


def _unused(part: Sheet) -> Iterator[str]:
    """Word which rows and columns were not used."""
    if part.unused:
        lines = [line for line, *_ in part.unused]
        runs = [lines[:1]]
        for line in lines[1:]:
            runs[-1:] = [[runs[-1][0], line]] if line == runs[-1][-1] + 1 else [runs[-1], [line]]
        shown = dict.fromkeys(quoted(city) for _, city, _ in part.unused if city)
        yield (f"{len(lines):,} rows: {listed([span(run) for run in runs])}; they begin "
               f"{listed([*shown])}")  # fmt: skip
    if part.spare:
        yield f"columns: {listed(part.spare)}"


def listed(texts: Sequence[object]) -> str:
    """Join texts with commas: ten of them, and how many more there are."""
    return ", ".join(map(str, texts[:10])) + (f" and {len(texts) - 10:,} more" if len(texts) > 10 else "")
