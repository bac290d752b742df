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
from tools.yearbook.clean import STRUCK, Cleaned, clean
from tools.yearbook.judge import Judged, judge, said
from tools.yearbook.reading import listed, read_yearbook
from tools.yearbook.schema import FIELDS
from tools.yearbook.settings import Settings


@dataclass(frozen=True)
class Derived:
    """What a yearbook gives."""

    cities: pd.DataFrame  # those of the roster that the yearbook has
    yearbook: pd.DataFrame  # as read, in the yearbook's units
    cleaned: Cleaned
    base_year: int
    table: pd.DataFrame  # the panel, to six digits; build.coarse rounds it for publication
    receipt: list[str]


def derive(
    path: Path | str, cities: pd.DataFrame, settings: Settings, believe: bool = False
) -> Derived:
    """Read, clean, judge and build; arguments as of :func:`tools.yearbook.reading.read_yearbook`.

    If the yearbook is to be believed, what no place can show is flagged (``doubt``), not refused.

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
    years = sorted({int(year) for year in book["year"]})
    base = settings.base_year or years[0]
    if base not in years[:-1]:
        raise DataError(f"base year: found {base}; expected a year from {years[0]} to {years[-2]}")
    without = sorted(set(cities["city_code"]) - set(book["city_code"]))
    cities = cities[cities["city_code"].isin(book["city_code"])].reset_index(drop=True)
    dollar = settings.dollar().reindex(years)
    cleaned = clean(book, cities, settings)
    found = judge(book, cleaned, dollar)
    if found and not believe:
        raise FileError(path, [failure for failure, _ in found])
    cleaned = _doubted(cleaned, found)
    growth = natural_growth(cleaned, cities, panel.load_natural_growth())
    table = build(cleaned, dollar, growth, base)
    names = cities.set_index("city_code")[["city_en", "province_en"]].agg(", ".join, axis=1)
    lines = [f"receipt of {Path(path).name}"]
    lines += [f"not used: {text}" for text in book.attrs["unused"]]
    lines += [f"cities of the roster without a row: {listed(without)}"] * bool(without)
    lines += [f"overridden: {text}" for text in book.attrs["overridden"]]
    lines += [f"overridden: {failure.column}: {failure.found}" for failure, _ in found]
    struck = cleaned.notes[cleaned.notes["kind"].isin(STRUCK)]
    struck = struck.sort_values("kind", ascending=False, kind="stable")
    lines.append(f"struck, as gaps: {len(struck)} cells")
    lines += [f"  {names[row.city_code]}, {row.year}, {row.field}: {row.detail}"
              for row in struck[:SHOWN].itertuples()]  # fmt: skip
    lines += [f"said: {text}" for text in said(cleaned.frame, dollar, names)]
    lines.append(f"assumed: natural growth (k) by {growth['source'].iloc[0]}")
    lines.append(f"assumed: {base} as the base year")
    lines += [f"assumed: {year} as the base of {field}, the first year in which half have it"
              for field, year in bases(cleaned.frame, base).items() if year != base]  # fmt: skip
    missing = book[list(FIELDS)].isna().sum()
    gaps = [f"{count:,} of {name}" for name, count in missing[missing > 0].items()]
    lines.append(f"missing: {', '.join(gaps) or 'no cell'}")
    return Derived(cities, book, cleaned, base, table, lines)


def _doubted(cleaned: Cleaned, found: list[Judged]) -> Cleaned:
    """Add the cells of refusals that were believed to the notes, as kind ``doubt``."""
    rows = [(*cell, field, "doubt", "beyond the limits of a ratio")
            for failure, cells in found for cell in cells
            for field in str(failure.column).split(", ")]  # fmt: skip
    if not rows:
        return cleaned
    notes = pd.concat([cleaned.notes, pd.DataFrame(rows, columns=list(cleaned.notes))])
    notes = notes.drop_duplicates([*KEY, "field", "kind"])
    return replace(cleaned, notes=notes.sort_values([*KEY, "field", "kind"], ignore_index=True))
