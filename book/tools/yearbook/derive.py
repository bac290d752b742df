"""The one road from a yearbook to a panel: read, clean, judge, build; and a receipt of it.

A receipt holds ratios and rates, no level of a yearbook, so that it can be shown to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from lib import panel
from lib.panel import KEY, DataError
from lib.strictcsv import SHOWN, FileError
from tools.yearbook.build import bases, build, natural_growth
from tools.yearbook.clean import STRUCK, clean
from tools.yearbook.judge import judge, said
from tools.yearbook.reading import listed, read_yearbook
from tools.yearbook.schema import FIELDS
from tools.yearbook.settings import Settings


@dataclass(frozen=True)
class Derived:
    """What a yearbook gives."""

    cities: pd.DataFrame  # those of the roster that the yearbook has
    notes: pd.DataFrame  # of :func:`tools.yearbook.clean.clean`
    table: pd.DataFrame  # the panel, to six digits; build.coarse rounds it for publication
    receipt: list[str]


def derive(
    path: Path | str, cities: pd.DataFrame, settings: Settings, believe: bool = False
) -> Derived:
    """Read, clean, judge and build; arguments as of :func:`tools.yearbook.reading.read_yearbook`.

    If the yearbook is to be believed, what no place can show is flagged (``doubt``), not refused.
    DataError if it cannot be used.
    """
    known = {*cities.reindex(columns=["city_code", "city_zh", "city_en"]).astype(str).stack()}
    if strange := {city for event in settings.event for city in event.cities} - known:
        expected = "codes or names of the roster"
        raise DataError(f"settings, event: found {listed(sorted(strange))}; expected {expected}")
    book = read_yearbook(path, cities, settings, believe)
    years = sorted({int(year) for year in book["year"]})
    base = settings.base_year or years[0]
    if base not in years[:-1]:
        raise DataError(f"base year: found {base}; expected a year from {years[0]} to {years[-2]}")
    without = sorted(set(cities["city_code"]) - set(book["city_code"]))
    cities = cities[cities["city_code"].isin(book["city_code"])].reset_index(drop=True)
    dollar = settings.dollar().reindex(years)
    cleaned = clean(book, cities, settings)
    faults = judge(book, cleaned, dollar)
    if faults and not believe:
        raise FileError(path, [failure for failure, _ in faults])
    doubts = [(*cell, field, "doubt", "beyond the limits of a ratio")
              for failure, cells in faults for cell in cells
              for field in str(failure.column).split(", ")]  # fmt: skip
    if doubts:
        notes = pd.concat([cleaned.notes, pd.DataFrame(doubts, columns=list(cleaned.notes))])
        notes = notes.drop_duplicates(order := [*KEY, "field", "kind"])
        cleaned = replace(cleaned, notes=notes.sort_values(order, ignore_index=True))
    growth = natural_growth(cleaned, cities, panel.load_natural_growth())
    names = cities.set_index("city_code")[["city_en", "province_en"]].agg(", ".join, axis=1)
    struck = cleaned.notes[cleaned.notes["kind"].isin(STRUCK)]
    struck = struck.sort_values("kind", ascending=False, kind="stable")
    missing = book[list(FIELDS)].isna().sum()
    gaps = [f"{count:,} of {name}" for name, count in missing[missing > 0].items()]
    receipt = [
        f"receipt of {Path(path).name}",
        *(f"not used: {text}" for text in book.attrs["unused"]),
        *[f"cities of the roster without a row: {listed(without)}"] * bool(without),
        *(f"overridden: {text}" for text in book.attrs["overridden"]),
        *(f"overridden: {fault.column}: {fault.found}" for fault, _ in faults),
        f"struck, as gaps: {len(struck)} cells",
        *(f"  {names[row.city_code]}, {row.year}, {row.field}: {row.detail}"
          for row in struck[:SHOWN].itertuples()),
        *(f"said: {text}" for text in said(cleaned.frame, dollar, names)),
        f"assumed: natural growth (k) by {growth['source'].iloc[0]}",
        f"assumed: {base} as the base year",
        *(f"assumed: {year} as the base of {field}, the first year in which half have it"
          for field, year in bases(cleaned.frame, base).items() if year != base),
        f"missing: {', '.join(gaps) or 'no cell'}",
    ]  # fmt: skip
    return Derived(cities, cleaned.notes, build(cleaned, dollar, growth, base), receipt)
