"""The one road from a yearbook to a panel: read, clean, judge, build."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from lib import panel
from lib.panel import KEY, DataError
from lib.strictcsv import FileError
from tools.yearbook.build import bases, build, natural_growth
from tools.yearbook.clean import Cleaned, clean
from tools.yearbook.judge import Refusal, judge, ratios, refusals, said, unusual
from tools.yearbook.reading import listed, read_yearbook
from tools.yearbook.settings import Settings


@dataclass(frozen=True)
class Derived:
    """What a yearbook gives."""

    cities: pd.DataFrame  # those of the roster that the yearbook has
    yearbook: pd.DataFrame  # as read, in the yearbook's units
    cleaned: Cleaned
    unusual: pd.DataFrame  # as from tools.yearbook.judge.unusual
    growth: pd.DataFrame  # natural growth as chosen: k, interpolated, source
    base_year: int
    table: pd.DataFrame  # the panel, to six digits; build.coarse rounds it for publication
    said: list[str]  # ranges for a person to look at
    assumed: list[str]
    unused: list[str]  # rows and columns


def derive(
    path: Path | str,
    cities: pd.DataFrame,
    settings: Settings,
    believe: Collection[str] = (),
) -> Derived:
    """Read, clean, judge and build; arguments as of :func:`tools.yearbook.reading.read_yearbook`.

    Raises
    ------
    lib.panel.DataError
        The yearbook cannot be used.
    """
    for event in settings.event:
        names = cities.reindex(columns=["city_code", "city_zh", "city_en"]).astype(str)
        if strange := sorted(set(event.cities) - set(names.to_numpy().ravel())):
            expected = "codes or names of the roster"
            raise DataError(f"settings, event: found {', '.join(strange)}; expected {expected}")
    book = read_yearbook(path, cities, settings, believe)
    unused, overridden = book.attrs["unused"], book.attrs["overridden"]
    years = sorted({int(year) for year in book["year"]})
    base = settings.base_year or years[0]
    if base not in years[:-1]:
        raise DataError(f"base year: found {base}; expected a year from {years[0]} to {years[-2]}")
    if without := sorted(set(cities["city_code"]) - set(book["city_code"])):
        unused.append(f"cities of the roster, which have no row: {listed(without)}")
    cities = cities[cities["city_code"].isin(book["city_code"])].reset_index(drop=True)
    dollar, rates = settings.dollar().reindex(years), panel.load_natural_growth()
    cleaned = clean(book, cities, settings)
    found = judge(book, cleaned, dollar)
    if refused := refusals([refusal.failure() for refusal in found], believe):
        raise FileError(path, refused)
    cleaned = _doubted(cleaned, found)
    growth = natural_growth(cleaned, cities, rates)
    table = build(cleaned, dollar, growth, base)
    names, province = labels(cities), cities.set_index("city_code")["province_en"]
    events = cleaned.notes[cleaned.notes["detail"].isin([event.note for event in settings.event])]
    cells = {field: [*own[KEY].itertuples(index=False, name=None)]
             for field, own in events.groupby("field")}  # fmt: skip
    strange = unusual(ratios(cleaned.frame, dollar), names, province, cells)
    assumed = [f"overridden: {text}" for text in overridden]
    assumed += [f"overridden: {r.name}: {r.field}, {r.where}: found {r.found}" for r in found]
    source = growth["source"].iloc[0]
    assumed.append("no natural growth: k is not known" if source == "none" else
                   f"natural growth of each {source} for k")  # fmt: skip
    if source != "province":
        other = sorted(set(cities["province_en"]) - set(rates["province"]))
        assumed.append(f"no published rate of natural growth for {listed(other)}")
    if lacking := [str(year) for year in years if dollar[year] != dollar[year]]:
        assumed.append(f"no exchange rate for {listed(lacking)}: no ODI there")
    assumed.append(f"{base} as the base year")
    for field, year in bases(cleaned.frame, base).items():
        if year != base:
            assumed.append(f"{year} as the base of {field}: the first year in which half have it")
    assumed.append("money at current prices of each year, populations at the end of the year")
    assumed.append("boundaries as the yearbook has them")
    return Derived(cities, book, cleaned, strange, growth, base, table,
                   said(cleaned.frame, dollar, names), assumed, unused)  # fmt: skip


def labels(cities: pd.DataFrame) -> pd.Series:
    """Names of cities by code, with the province in brackets where two cities share one."""
    named = cities.set_index("city_code")
    name, shared = named["city_en"], named["city_en"].duplicated(keep=False)
    return name.where(~shared, name + " (" + named["province_en"] + ")")


def _doubted(cleaned: Cleaned, found: list[Refusal]) -> Cleaned:
    """Add the cells of refusals that were believed to the notes, as kind ``doubt``."""
    rows = [(*cell, field, "doubt", f"{refusal.name}: {refusal.found} (overridden)")
            for refusal in found for cell in refusal.cells
            for field in refusal.field.split(", ")]  # fmt: skip
    if not rows:
        return cleaned
    notes = pd.concat([cleaned.notes, pd.DataFrame(rows, columns=list(cleaned.notes))])
    notes = notes.drop_duplicates([*KEY, "field", "kind"])
    return replace(cleaned, notes=notes.sort_values([*KEY, "field", "kind"], ignore_index=True))
