"""The one road from a yearbook to a panel: read, clean, judge, build; and a receipt of it.

A receipt holds ratios and rates, no level of a yearbook, so that it can be shown to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from data.yearbook.build import build, load_exchange_rate, load_natural_growth, natural_growth
from data.yearbook.clean import EVENTS, STRUCK, clean
from data.yearbook.files import SHOWN, FileError, listed
from data.yearbook.judge import common, judge, ratios, said
from data.yearbook.reading import read_yearbook
from data.yearbook.schema import FIELDS
from lib.indicators import BASE_YEAR


@dataclass(frozen=True)
class Derived:
    """What a yearbook gives."""

    cities: pd.DataFrame  # those of the roster that the yearbook has
    notes: pd.DataFrame  # of :func:`data.yearbook.clean.clean`
    table: pd.DataFrame  # the panel, to six digits; build.coarse rounds it for publication
    receipt: list[str]


def derive(path: Path | str, cities: pd.DataFrame) -> Derived:
    """Read, clean, judge and build; arguments as of :func:`data.yearbook.reading.read_yearbook`.

    DataError if the yearbook cannot be used.
    """
    book, dollar = read_yearbook(path, cities), load_exchange_rate()
    here = cities["city_code"].isin(book["city_code"])
    without, cities = cities.loc[~here, "city_en"], cities[here].reset_index(drop=True)
    cleaned = clean(book, cities, EVENTS)
    tables = ratios(cleaned.frame, dollar)
    if failures := judge(book, tables):
        raise FileError(path, failures)
    growth = natural_growth(cleaned, cities, load_natural_growth())
    names = cities.set_index("city_code")[["city_en", "province_en"]].agg(", ".join, axis=1)
    struck = cleaned.notes[cleaned.notes["kind"].isin(STRUCK)]
    struck = struck.sort_values("kind", ascending=False, kind="stable")
    missing = book[list(FIELDS)].isna().sum()
    gaps = [f"{count:,} of {name}" for name, count in missing[missing > 0].items()]
    years, k = book["year"], book["year"][growth["k"].notna()]
    for what, known in (("exchange rate", dollar.index), ("natural growth", k)):
        if lacking := sorted({*years[years >= BASE_YEAR]} - {*known}):
            gaps.append(f"the {what} of {listed(lacking)}")
    receipt = [
        f"receipt of {Path(path).name}",
        *(f"not used: {text}" for text in book.attrs["unused"]),
        *[f"cities of the roster without a row: {listed([*without])}"] * bool(len(without)),
        f"struck, as gaps: {len(struck)} cells",
        *(f"  {names[row.city_code]}, {row.year}, {row.field}: {row.detail}"
          for row in struck[:SHOWN].itertuples()),
        "largest change of the median city over the year before: " + ", ".join(common(book)),
        *(f"said: {text}" for text in said(tables, names)),
        f"assumed: natural growth (k) by {growth['source'].iloc[0]}",
        f"missing: {', '.join(gaps) or 'no cell'}",
    ]  # fmt: skip
    return Derived(cities, cleaned.notes, build(cleaned, dollar, growth), receipt)
