"""The one road from a yearbook to a panel: read, clean, judge, build."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from lib import panel
from lib.panel import DataError
from tools.yearbook.build import build, natural_growth
from tools.yearbook.clean import Cleaned, clean
from tools.yearbook.headings import arranged
from tools.yearbook.judge import said
from tools.yearbook.reading import read_yearbook
from tools.yearbook.settings import Settings


@dataclass(frozen=True)
class Derived:
    """What a yearbook gives.

    Attributes
    ----------
    cities : DataFrame
        The rows of the roster that the yearbook has.
    yearbook : DataFrame
        As read, in the yearbook's units.
    cleaned : Cleaned
        ``frame`` as cleaned, ``notes`` on its cells.
    unusual : DataFrame
        city_code ("" for a province or all cities), city, year, field, found: what stands out, the
        clearest first.
    growth : DataFrame
        Natural growth as chosen: k, interpolated, source.
    base_year : int
    table : DataFrame
        The panel, to six digits; :func:`tools.yearbook.build.coarse` rounds it for publication.
    said, assumed, unused : list of str
        Ranges for a person to look at; what was assumed; rows and columns that were not used.
    """

    cities: pd.DataFrame
    yearbook: pd.DataFrame
    cleaned: Cleaned
    unusual: pd.DataFrame
    growth: pd.DataFrame
    base_year: int
    table: pd.DataFrame
    said: list[str]
    assumed: list[str]
    unused: list[str]


def derive(
    path: Path | str,
    cities: pd.DataFrame,
    settings: Settings,
    believe: Collection[str] = (),
) -> Derived:
    """Read, clean, judge and build.

    Parameters
    ----------
    path : Path or str
        The yearbook, laid out as the settings say.
    cities : DataFrame
        The roster, as :func:`tools.yearbook.reading.read_cities` gives it.
    settings : Settings
    believe : collection of str
        Names of refusals that are overridden.

    Raises
    ------
    lib.panel.DataError
        The yearbook cannot be used.
    """
    given = {
        name: {"heading": each.heading or name, "factor": each.factor, "sheet": each.sheet}
        for name, each in settings.columns.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        book = read_yearbook(arranged(Path(path), cities, given, Path(folder)), cities, believe)
    book = book[book["year"].between(*settings.period)].reset_index(drop=True)
    years = sorted({int(year) for year in book["year"]})
    if len(years) < 2:
        raise DataError(f"period: found {len(years)} years of the yearbook; expected two or more")
    cities = cities[cities["city_code"].isin(book["city_code"])].reset_index(drop=True)
    base = settings.base_year or years[0]
    if base not in years[:-1]:
        raise DataError(f"base year: found {base}; expected a year from {years[0]} to {years[-2]}")
    dollar, rates = settings.dollar().reindex(years), panel.load_natural_growth()
    cleaned = clean(book, cities, {}, settings.census_years)
    growth = natural_growth(cleaned, cities, rates)
    table = build(cleaned, dollar, growth, base)
    columns = ["city_code", "city", "year", "field", "found"]
    return Derived(cities, book, cleaned, pd.DataFrame(columns=columns), growth, base, table,
                   said(cleaned.frame, dollar), [f"{base} as the base year"], [])  # fmt: skip


