"""A roster or a yearbook, read from a file or refused."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lib import panel, strictcsv
from lib.panel import KEY
from lib.strictcsv import NAME, NUMBER, Cell, Failure, FileError, quoted
from tools.yearbook import causes, sheets
from tools.yearbook.judge import refusals, span
from tools.yearbook.schema import COLUMNS, FIELDS
from tools.yearbook.settings import Origin, Settings

PLAIN = Settings()
YEAR = replace(strictcsv.YEAR, valid=strictcsv.matching("[0-9]{4}年?"), parse=lambda t: int(t[:4]))
NEAR, NEARER = 0.6, 0.8
"""How near a text must be to a city of which years are missing, and to any other name."""
TEXTS = (*KEY, "city_zh")
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
    """A sheet, or a CSV file, as read."""

    frame: pd.DataFrame  # city_code, year and figures, by line
    headings: dict[str, str]  # the file's, by column
    unused: list[tuple[int, str, str]]  # line, city and year of rows
    spare: list[str]  # headings that were not used


def read_yearbook(
    path: Path | str,
    cities: pd.DataFrame,
    settings: Settings = PLAIN,
    believe: Collection[str] = (),
) -> pd.DataFrame:
    """Read and validate a city yearbook.

    `path` is a CSV file or a workbook, laid out as the settings say, with any cities of the roster
    (as from :func:`read_cities`), each over the same two or more consecutive years.  `believe`
    names refusals that are overridden; with ``absent`` a city may lack years.

    Returns
    -------
    DataFrame
        city_code in the roster's type, city_zh, year, and the figures in the yearbook's units, as
        float, sorted.  ``attrs`` lists what was ``overridden``, and what was ``unused``.

    Raises
    ------
    lib.panel.DataError
        The file cannot be used; row and heading are those of the file.
    """
    names: dict[str, list[str]] = {}
    for name in FIELDS:
        names.setdefault(settings.columns.get(name, Origin()).sheet, []).append(name)
    if not {*names.get("", ())} & {*settings.columns, *_required()}:
        names.pop("", None)  # all columns stand on sheets that are named
    with causes.guessed(path):
        parts = [read_sheet(path, cities, settings, sheet, own) for sheet, own in names.items()]
        frame = pd.concat([part.frame.set_index(KEY) for part in parts], axis=1).reset_index()
        judged: list[Failure] = []
        wrong: list[Failure] = []
        for part in parts:
            failures = list(_amiss(part, frame, cities))
            judged += [failure for failure in failures if failure.kind == "absent"]
            wrong += [failure for failure in failures if failure.kind != "absent"]
        if wrong := wrong or refusals(judged, believe):
            raise FileError(path, wrong)
    years = range(frame["year"].min(), frame["year"].max() + 1)
    whole = pd.MultiIndex.from_product([frame["city_code"].unique(), years], names=KEY)
    frame = frame.set_index(KEY).reindex(whole).reset_index()
    names_zh = cities.set_index(cities["city_code"].astype(str))["city_zh"]
    frame = frame.assign(city_zh=frame["city_code"].map(names_zh)).reindex(columns=COLUMNS)
    types = {"city_code": cities["city_code"].dtype, **dict.fromkeys(FIELDS, float)}
    frame = frame.astype(types).sort_values(KEY).reset_index(drop=True)
    frame.attrs["overridden"] = [f"{f.kind}: {f.column or 'rows'}: found {f.found}" for f in judged]
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
    known, (first, last) = _known(cities), settings.period
    label = f"{path}, sheet {sheet}" if sheet else path
    header: list[str] = []
    unused: list[tuple[int, str, str]] = []
    used: list[tuple[int, list[str]]] = []
    failures: list[Failure] = []
    above = ""
    for line, row in sheets.rows(Path(path), sheet or settings.sheet, settings):
        if line < settings.header:
            unused.append((line, row[0], ""))
            continue
        if not header:
            header = [" ".join(text.split()) for text in row]
            at, wide = _places(label, line, header, settings, names)
            kept = {*at.values(), *wide} - {at[name] for name in TEXTS if name in at}
            continue
        city, year, name = (row[at[key]] if at.get(key, len(row)) < len(row) else ""
                            for key in TEXTS)  # fmt: skip
        if not city and YEAR.valid(year) and spelt(above) in known:
            if not settings.merged:
                cause = "merged cells: set merged = true in the settings"
                failures.append(Failure(line, header[at["city_code"]], "nothing", "a city",
                                        "merged", (), cause))  # fmt: skip
            city = row[at["city_code"]] = above
        above = city or above
        codes = known.get(spelt(city), set())
        if not codes or (YEAR.valid(year) and not first <= int(year[:4]) <= last):
            unused.append((line, city, year))
            continue
        if name and not codes & known.get(spelt(name), set()):
            failures.append(Failure(line, header[at["city_zh"]], quoted(name),
                                    f"a name that {city} has in the roster", "name"))  # fmt: skip
        used.append((line, ["" if i in kept and text in settings.missing else text
                            for i, text in enumerate(row)]))  # fmt: skip
    if not used:
        found = "no row of a city of the roster" if header else "an empty file"
        others = listed([quoted(city) for _, city, _ in unused[:3]])
        found += f", but of {others}" if others else ""
        failures = [Failure(None, None, found, "headings, and rows of its cities below them")]
    if failures:
        raise FileError(label, failures)
    one = Cell("one city of the roster", lambda text: len(known[spelt(text)]) == 1)
    cells = {header[at["city_code"]]: one}
    if wide:
        at["year"], value = -1, next(iter(names))
        cells |= {header[i]: _figure(value, settings) for i in wide}
    else:
        cells |= {header[at["year"]]: YEAR}
        cells |= {header[i]: _figure(name, settings) for name, i in at.items() if name in FIELDS}
    frame = strictcsv.frame(label, header, used, cells)
    headings = {name: header[i] if i >= 0 else name for name, i in at.items()}
    frame = frame.rename(columns={text: name for name, text in headings.items()})
    frame["city_code"] = frame["city_code"].map(lambda text: next(iter(known[spelt(text)])))
    key = [headings[key] for key in KEY[: 1 if wide else 2]]
    failures = strictcsv.repeated(frame.rename(columns=headings), key)
    if wide:
        frame = frame.rename(columns={header[i]: year for i, year in wide.items()})
        frame = frame.reset_index(names="line").melt(["line", "city_code"], None, "year", value)
        frame, headings[value] = frame.set_index("line"), value
    if "gdp_index" in frame and not failures:
        failures += _index(frame, settings, headings["gdp_index"])
    if failures:
        raise FileError(label, failures)
    spare = [text for i, text in enumerate(header) if text and i not in {*at.values(), *wide}]
    return Sheet(frame, headings, unused, spare)


def _required() -> set[str]:
    return {name for name, field in FIELDS.items() if field.required}


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
    """Places of the columns by name, and years by place in a wide table; or refuse the header."""
    headings = {name: settings.columns.get(name, Origin()).heading or name
                for name in [*TEXTS, *names]}  # fmt: skip
    places: dict[str, list[int]] = {}
    for i, text in enumerate(header):
        places.setdefault("".join(text.split()), []).append(i)
    at = {name: places["".join(text.split())] for name, text in headings.items()
          if "".join(text.split()) in places}  # fmt: skip
    if at.get("city_zh") == at.get("city_code"):
        at.pop("city_zh", None)
    failures = [Failure(line, header[own[0]], "the heading twice, or of two columns", "one column",
                        "header") for own in at.values()
                if len(own) > 1 or [*at.values()].count(own) > 1]  # fmt: skip
    years = {i: int(text[:4]) for i, text in enumerate(header) if YEAR.valid(text)}
    years = years if len({*years.values()}) == len(years) else {}
    wide = {} if "year" in at or len(years) < 2 or len(names) != 1 else years
    need = {"city_code"} if wide else {*KEY, *_required(), *settings.columns} & {*headings}
    if lacking := [text for name, text in headings.items() if name in need - {*at}]:
        found = f"the headings {', '.join(filter(None, header))[:200]}"
        failures.append(Failure(line, None, found, f"{', '.join(lacking)} too", "header",
                                tuple(header)))  # fmt: skip
    free = {text.lower(): text for i, text in enumerate(header) if text and [i] not in at.values()}
    for text in [] if wide else [headings[name] for name in headings if name not in at]:
        for near in difflib.get_close_matches(text.lower(), free, 1, NEARER):
            failures.append(Failure(line, free[near], "an unknown heading", text, "header",
                                    (), f"{text}, misspelt"))  # fmt: skip
    if failures:
        raise FileError(path, failures)
    first, last = settings.period
    wide = {i: year for i, year in wide.items() if first <= year <= last}
    return {name: own[0] for name, own in at.items()}, wide


def _figure(name: str, settings: Settings) -> Cell:
    """What a cell of a column of figures may hold, in the notation and unit of the file."""
    cell, factor = FIELDS[name].cell(), settings.columns.get(name, Origin()).factor
    decimal, thousands = re.escape(settings.decimal), re.escape(settings.thousands)
    groups = rf"|[0-9]{{1,3}}({thousands}[0-9]{{3}})+" if thousands else ""
    form = strictcsv.matching(rf"[+-]?([0-9]+{groups})?({decimal}[0-9]*)?([eE][+-]?[0-9]+)?")

    def plain(text: str) -> str:
        text = text.replace(settings.thousands, "") if thousands else text
        return text.replace(settings.decimal, ".")

    def parse(text: str) -> float:
        number = float(plain(text)) * factor
        return (
            round(100 + number, 9) if (name, settings.index) == ("gdp_index", "growth") else number
        )

    cell = replace(cell, valid=lambda text: form(text) and NUMBER(plain(text)), parse=parse)
    if name == "gdp_index" and settings.index == "chain":
        cell = replace(cell, low=-1e12, high=1e12, above=0)
    return replace(cell, optional=cell.optional or name == "gdp_index")


def _index(frame: pd.DataFrame, settings: Settings, heading: str) -> Iterator[Failure]:
    """Turn a chain index into previous year = 100, in place; find what is missing or beyond."""
    index, (low, high) = frame["gdp_index"], FIELDS["gdp_index"].bounds
    if settings.index == "chain":
        last = index.set_axis(pd.MultiIndex.from_frame(frame[KEY].assign(year=frame["year"] + 1)))
        last = last.reindex(pd.MultiIndex.from_frame(frame[KEY])).set_axis(frame.index)
        frame["gdp_index"] = 100 * index / last
    for line, now in frame.loc[frame["year"].gt(frame["year"].min()), "gdp_index"].items():
        if now != now:
            yield Failure(line, heading, "nothing", "a value", "cell")
        elif not low <= now <= high:
            found = f"{index[line]:g}, which is {now:.4g} per cent of the year before"
            yield Failure(line, heading, found, f"{low:g} to {high:g} per cent", "chain")


def _amiss(part: Sheet, frame: pd.DataFrame, cities: pd.DataFrame) -> Iterator[Failure]:
    """Find years that others do not have, years that are missing, and rows that may be they."""
    counts = frame["year"].value_counts()  # a slip widens no span: half of the cities have it
    usual = counts.index[counts >= min(counts.max(), frame["city_code"].nunique() / 2)]
    first, last = int(usual.min()), int(usual.max())
    for line, code, year in part.frame[KEY].itertuples():
        if first == last or not first <= year <= last:
            expected = f"{first} to {last}, as for other cities; two years or more"
            yield Failure(line, part.headings["year"], f"{year} for {code}", expected)
    years: dict[str, dict[str, int]] = {}
    for line, text, year in part.unused:
        years.setdefault(text, {})[year[:4]] = line
    have = part.frame.groupby("city_code")["year"].agg(set)
    whole = bool(_required() & {*part.frame})
    for row in cities.astype({"city_code": str}).itertuples():
        here = row.city_code in have.index
        lacks = sorted({*range(first, last + 1)} - (have[row.city_code] if here else set()))
        free = [text for text, own in years.items() if {*own} <= {"", *map(str, lacks)}]
        names = {row.city_zh, getattr(row, "city_en", row.city_zh), *([row.city_code] * here)}
        near = {text: name for name in sorted(names) if lacks for text in
                difflib.get_close_matches(name, free, 1, NEAR if here else NEARER)}  # fmt: skip
        for text, name in near.items():
            for line in years[text].values():
                yield Failure(line, part.headings["city_code"], quoted(text),
                              f"a city of the roster; the nearest is {name}", "name")  # fmt: skip
        if lacks and not near and whole and row.city_code in set(frame["city_code"]):
            found, expected = f"no row for {row.city_code}, {span(lacks)}", f"{first} to {last}"
            cause = "a file that was cut off" * (row.city_code == part.frame["city_code"].iloc[-1])
            yield Failure(None, None, found, f"{expected} for each city", "absent", (), cause)


def _unused(part: Sheet) -> Iterator[str]:
    """Word which rows and columns were not used."""
    if part.unused:
        texts = [*dict.fromkeys(quoted(text) for _, text, _ in part.unused if text)]
        yield f"rows {listed([line for line, *_ in part.unused])}, which begin {listed(texts)}"
    if part.spare:
        yield f"columns {listed(part.spare)}"


def listed(texts: Sequence[object]) -> str:
    """Join texts with commas: ten of them, and how many more there are."""
    more = f" and {len(texts) - 10:,} more" if len(texts) > 10 else ""
    return ", ".join(map(str, texts[:10])) + more
