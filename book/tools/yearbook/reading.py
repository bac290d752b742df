"""A roster or a yearbook, read from a file or refused."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lib import panel, strictcsv
from lib.panel import KEY, MOST_YEARS
from lib.strictcsv import NAME, YEAR, Cell, Failure, FileError
from tools.yearbook import causes
from tools.yearbook.judge import pasted, refusals, span
from tools.yearbook.schema import FIELDS

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


def read_yearbook(
    path: Path | str, cities: pd.DataFrame, believe: Collection[str] = ()
) -> pd.DataFrame:
    """Read and validate a city yearbook.

    Parameters
    ----------
    path : Path or str
        CSV file, UTF-8, one row a city and year: any cities of the roster, each over the same two
        or more consecutive years.  Columns and units are those of ``data/README.md``; an empty
        cell is a missing figure, which key, names, gdp, gdp_index and resident_pop cannot be (but
        the index of the first year, which enters nothing).  There may be no city_zh.
    cities : DataFrame
        The roster, as :func:`read_cities` gives it.
    believe : collection of str
        Refusals that are overridden; with ``absent`` a city may lack years, whose figures are then
        all missing.

    Returns
    -------
    DataFrame
        The yearbook sorted by city_code and year, city_code in the roster's type, figures float.
        ``attrs["overridden"]`` lists what was believed all the same.

    Raises
    ------
    lib.panel.DataError
        A file that is no such yearbook; a figure out of range, or a product or population not
        above zero; a city that is not in the roster or bears another name there; a city-year twice
        or absent; a column that stands a row too low or too high.
    """
    roster = cities.set_index(cities["city_code"].astype(str))["city_zh"]
    columns = {
        "city_code": Cell("a city of the roster", set(roster.index).__contains__),
        "city_zh": SPELT_NAME,
        "year": YEAR,
        **{name: field.cell() for name, field in FIELDS.items()},
    }
    columns["gdp_index"] = replace(columns["gdp_index"], optional=True)
    most, what = len(roster) * MOST_YEARS, f"{len(roster):,} in the roster by {MOST_YEARS} years"
    with causes.guessed(path):
        frame = strictcsv.read(path, columns, [], most, what, ["city_zh"])
        if frame["city_zh"].isna().all():
            frame["city_zh"] = frame["city_code"].map(roster)
        failures = _names(frame, roster) + strictcsv.repeated(frame, KEY)
        for line in frame.index[frame["year"].gt(frame["year"].min()) & frame["gdp_index"].isna()]:
            failures.append(Failure(line, "gdp_index", "nothing", "a value", "cell"))
        judged = [*_absent(frame), *pasted(frame)]
        if failures := failures + refusals(judged, believe):
            raise FileError(path, failures)
    years = range(frame["year"].min(), frame["year"].max() + 1)
    whole = pd.MultiIndex.from_product([frame["city_code"].unique(), years], names=KEY)
    frame = frame.set_index(KEY).reindex(whole).reset_index()[[*frame]]
    frame["city_zh"] = frame["city_code"].map(roster)
    frame.attrs["overridden"] = [
        f"{f.kind}: {f.column or 'rows'}: found {f.found}; expected {f.expected}" for f in judged
    ]
    frame["city_code"] = frame["city_code"].astype(cities["city_code"].dtype)
    return frame.sort_values(KEY).reset_index(drop=True)


def _names(frame: pd.DataFrame, roster: pd.Series) -> list[Failure]:
    """Find names that are not the roster's, and years that other cities do not have."""
    failures: list[Failure] = []
    meant, found = frame["city_code"].map(roster), frame["city_zh"].map(spelt)
    for line in frame.index[found.ne(meant)]:
        expected, raw = f"{meant[line]}, the roster's name", found[line]
        others = roster.index[roster.eq(raw)]
        cause = f"the name of {others[0]} in the roster" if len(others) else ""
        cause = cause or causes.name(raw, meant[line])
        failures.append(Failure(line, "city_zh", repr(raw), expected, "name", (raw,), cause))
    first, last = _years(frame)
    expected = f"{first} to {last}, as for other cities; two years or more"
    for line, code, year in frame[KEY].itertuples(name=None):
        if first == last or not first <= year <= last:
            failures.append(Failure(line, "year", f"{year} for {code}", expected))
    return failures


def _years(frame: pd.DataFrame) -> tuple[int, int]:
    """The first and the last year that half of the cities have: a slip widens no span."""
    counts = frame["year"].value_counts()
    usual = counts.index[counts >= min(counts.max(), frame["city_code"].nunique() / 2)]
    return int(usual.min()), int(usual.max())


def _absent(frame: pd.DataFrame) -> list[Failure]:
    failures, (first, last) = [], _years(frame)
    for code, own in frame.groupby("city_code")["year"]:
        if absent := sorted(set(range(first, last + 1)) - set(own)):
            found = f"no row for {code}, {span(absent)}"
            cause = "a file that was cut off" if code == frame["city_code"].iloc[-1] else ""
            expected = f"every year from {first} to {last} for each city"
            failures.append(Failure(None, None, found, expected, "absent", (), cause))
    return failures
