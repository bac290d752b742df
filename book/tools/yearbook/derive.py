"""The one road from a yearbook to a panel: read, clean, judge, build."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from lib import panel
from lib.panel import KEY, DataError
from lib.strictcsv import FileError
from tools.yearbook import receipt
from tools.yearbook.build import bases, build, coarse, natural_growth
from tools.yearbook.clean import CENSUS_YEARS, DEFINITIONS, Cleaned, clean
from tools.yearbook.judge import Finding, judge, refusals, said
from tools.yearbook.reading import read_yearbook
from tools.yearbook.schema import SECTORS


@dataclass(frozen=True)
class Derived:
    """What a yearbook gives: as read, as cleaned, the panel, and all that is to be told.

    Findings are refusals that were believed, then flags, what moves a coefficient most before
    others.  `table` is the panel as it is written, `loaded` as it is read again, `growth` natural
    growth as chosen.
    """

    cities: pd.DataFrame
    yearbook: pd.DataFrame
    cleaned: Cleaned
    findings: list[Finding]
    growth: pd.DataFrame
    table: pd.DataFrame
    loaded: pd.DataFrame
    said: list[str]
    assumed: list[str]


def derive(
    path: Path | str,
    cities: pd.DataFrame,
    dollar: pd.Series,
    base: int | None = None,
    believe: Collection[str] = (),
    period: tuple[int, int] = (0, 9999),
    abroad: bool = False,
    whole: bool = False,
    census: Collection[int] = CENSUS_YEARS,
) -> Derived:
    """Read, clean, judge and build.

    `dollar` is what a US dollar costs, by year, empty where nobody knows; `base` the year in which
    REG is 1, by default the first; `believe` names refusals that are overridden; `period` has the
    first and the last year to use.  `abroad`: China's changes of definition are no news.  `whole`:
    nothing is rounded (the levels are the reader's own), and no exchange rate is needed.  `census`:
    the years of censuses.

    Raises
    ------
    lib.panel.DataError
        The yearbook cannot be used.
    """
    book = read_yearbook(path, cities, believe)
    overridden = book.attrs["overridden"]
    book = book[book["year"].between(*period)].reset_index(drop=True)
    years = sorted({int(year) for year in book["year"]})
    if len(years) < 2:
        raise DataError(f"period: found {len(years)} years of the yearbook; expected two or more")
    cities = cities[cities["city_code"].isin(book["city_code"])].reset_index(drop=True)
    rates, base = panel.load_natural_growth(), years[0] if base is None else base
    if base not in years[:-1]:
        raise DataError(f"base year: found {base}; expected a year from {years[0]} to {years[-2]}")
    cleaned = clean(book, cities, {} if abroad else DEFINITIONS, census)
    findings = judge(book, cleaned, cities, dollar)
    if refused := refusals([f.failure() for f in findings if f.grade == "refuse"], believe):
        raise FileError(path, refused)
    cleaned = _marked(cleaned, findings)
    growth = natural_growth(cleaned, cities, rates)

    def made(frame: pd.DataFrame) -> pd.DataFrame:
        table = build(
            replace(cleaned, frame=frame), dollar.reindex(years) if whole else dollar, growth, base
        )
        return table if whole else coarse(table)

    table = made(cleaned.frame)
    loaded = as_loaded(table, cities)
    findings = receipt.ordered(
        findings, loaded, lambda each: as_loaded(made(_without(cleaned.frame, each)), cities)
    )
    assumed = [f"overridden: {text}" for text in overridden]
    assumed += [f"overridden: {each}" for each in findings if each.grade == "refuse"]
    source = growth["source"].iloc[0]
    assumed.append("no natural growth: k is not known" if source == "none" else
                   f"natural growth of each {source} for k")  # fmt: skip
    if source != "province":
        strange = sorted(set(cities["province_en"]) - set(rates["province"]))
        assumed.append(f"no published rate of natural growth for {', '.join(strange[:5])}")
    assumed.append(f"{base} as the base year")
    for field, year in bases(cleaned.frame, base).items():
        if year != base:
            assumed.append(f"{year} as the base of {field}: the first year in which half have it")
    assumed.append("money at current prices of each year, populations at the end of the year")
    assumed.append("boundaries as the yearbook has them")
    looks = said(cleaned.frame, dollar)
    return Derived(cities, book, cleaned, findings, growth, table, loaded, looks, assumed)


def as_loaded(table: pd.DataFrame, cities: pd.DataFrame) -> pd.DataFrame:
    """Read the table as it would be once it is written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "indicators.csv"
        table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
        return panel.load(path, cities)


def _marked(cleaned: Cleaned, findings: list[Finding]) -> Cleaned:
    """Add the cells of refusals that were believed to the notes, as kind ``doubt``."""
    found = {
        (*cell, each.field): f"{each.name}: {each.found} (overridden)"
        for each in findings if each.grade == "refuse" for cell in each.cells
    }  # fmt: skip
    if not found:
        return cleaned
    rows = [(*cell, "doubt", why) for cell, why in found.items()]
    notes = pd.concat([cleaned.notes, pd.DataFrame(rows, columns=list(cleaned.notes))])
    return replace(cleaned, notes=notes.sort_values([*KEY, "field", "kind"], ignore_index=True))


def _without(frame: pd.DataFrame, finding: Finding) -> pd.DataFrame:
    """The yearbook without what was found: divided by its factor."""
    cells = pd.MultiIndex.from_tuples(finding.cells)
    here = pd.MultiIndex.from_frame(frame[KEY]).isin(cells)
    out = frame.copy()
    columns = SECTORS if finding.field == "sectors" else [finding.field]
    out.loc[here, columns] = out.loc[here, columns] / finding.factor
    return out
