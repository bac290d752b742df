"""Doubts about a yearbook, and its figures as they are weighed: city by year, in blocks.

A contradiction between figures is a `Doubt`: *refuse* where nothing but a mistake leaves such a
trace, *flag* where the cells are to be marked, *note* where real cities have shown as much.  A
refusal can be overridden by its name; it becomes a flag then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from lib.panel import KEY
from lib.strictcsv import Failure
from tools.yearbook.clean import Cleaned
from tools.yearbook.plausible import runs, span
from tools.yearbook.schema import FIELDS

Grade = Literal["refuse", "flag", "note"]
NAMES = ("calendar", "coordinates", "copies", "deflator", "groups", "index", "levels", "natural",
         "order", "replaced", "residents", "sectors", "zeros")  # fmt: skip
"""The judgements of the weighing, as a refusal is overridden by them."""
FEW, MANY = 3, 10  # cities of a province, and of a file, from which on they speak together
MOST = 0.8  # share of cities that are a block
Cells = tuple[tuple[Any, int], ...]


@dataclass(frozen=True)
class Doubt:
    """A contradiction between figures.

    Attributes
    ----------
    name : str
        The judgement, one of `NAMES`.
    grade : {"refuse", "flag", "note"}
    field : str
        Column of the yearbook or the roster.
    where, found, expected, cause : str
    cells : tuple of (city_code, year)
        Where it shows.
    """

    name: str
    grade: Grade
    field: str
    where: str
    found: str
    expected: str
    cause: str
    cells: Cells = ()

    def failure(self) -> Failure:
        """The doubt as what is wrong with a file."""
        expected = f"{self.expected} (judgement: {self.name})"
        found = f"{self.found}, in {self.where}"
        return Failure(None, self.field, found, expected, self.name, (), self.cause)

    def __str__(self) -> str:
        text = f"{self.name}: {self.field}, {self.where}: found {self.found}"
        return f"{text}; expected {self.expected}; likely cause: {self.cause}"


class Book:
    """A yearbook city x year, struck cells left out."""

    def __init__(self, yearbook: pd.DataFrame, cleaned: Cleaned, cities: pd.DataFrame) -> None:
        self.frame = yearbook.set_index(KEY).sort_index()
        notes = cleaned.notes[cleaned.notes["kind"].isin(["suspect", "copied"])]
        struck = notes.groupby("field")
        self.wides = {field: self.frame[field].unstack() for field in FIELDS}
        for field, own in struck:
            for cell in own[KEY].itertuples(index=False, name=None):
                self.wides[field].loc[cell] = np.nan
        self.years = [int(year) for year in self.wides["gdp"].columns]
        self.cities = self.wides["gdp"].index
        province = cities.set_index("city_code")["province_en"].astype(object)
        self.province = province.reindex(self.cities)
        self.groups = {
            name: own.index for name, own in self.province.groupby(self.province) if len(own) >= FEW
        }

    def __getitem__(self, field: str) -> pd.DataFrame:
        return self.wides[field]

    def log(self, field: str) -> pd.DataFrame:
        """The logarithm of a column, where it is above zero."""
        wide = self.wides[field]
        return np.log(wide.where(wide > 0))

    def prices(self, indexes: pd.DataFrame | None = None) -> pd.DataFrame:
        """Log growth of the product less that of its volume."""
        index = self["gdp_index"] if indexes is None else indexes
        return self.log("gdp").diff(axis=1) - np.log(index / 100)

    def blocks(
        self, mask: pd.DataFrame, known: pd.DataFrame, most: float = MOST
    ) -> Iterator[tuple[str, str, Cells]]:
        """Gather true cells into years of all cities, years of a province, years of a city."""
        left, there = (mask & known).to_numpy(copy=True), known.to_numpy()
        if not left.any():
            return
        years = [int(year) for year in mask.columns]
        every = np.arange(len(self.cities))
        scopes = [("all", "all cities", every)] if len(every) >= MANY // 2 else []
        scopes += [("province", name, self.cities.get_indexer(own)) for name, own in
                   self.groups.items()]  # fmt: skip
        scopes += [("city", str(self.cities[i]), every[i : i + 1]) for i in every[left.any(axis=1)]]
        for scope, name, own in scopes:
            count = there[own].sum(axis=0)
            enough = count >= (FEW if scope != "city" else 1)
            share = left[own].sum(axis=0) / np.maximum(count, 1)
            hit = [int(t) for t in np.flatnonzero(enough & (np.round(share, 9) >= most))]
            for run in runs(hit):
                found = [(i, t) for i in own for t in run if left[i, t]]
                cells = tuple((self.cities[i], years[t]) for i, t in found)
                left[np.ix_(own, np.array(run))] = False
                yield scope, f"{name}, {span([years[t] for t in run])}", cells


def believed(doubts: list[Doubt], names: Collection[str]) -> list[Doubt]:
    """Turn refusals whose judgement is overridden by name into flags that say so."""
    return [
        replace(d, grade="flag", cause=f"{d.cause} (overridden: {d.name})")
        if d.grade == "refuse" and d.name in names
        else d
        for d in doubts
    ]


def marked(cleaned: Cleaned, doubts: list[Doubt]) -> Cleaned:
    """Add the cells of flags to the notes of a clean yearbook, as kind ``doubt``."""
    years = [int(year) for year in sorted(cleaned.frame["year"].unique())]
    found: dict[tuple[Any, int, str], str] = {}
    for doubt in doubts:
        field = doubt.field.split(",")[0]
        for code, year in doubt.cells if doubt.grade == "flag" else ():
            for each in [year] if year else years:
                found.setdefault((code, each, field), f"{doubt.name}: {doubt.cause}")
    if not found:
        return cleaned
    rows = [(*cell, "doubt", why) for cell, why in found.items()]
    added = pd.DataFrame(rows, columns=list(cleaned.notes))
    notes = pd.concat([cleaned.notes, added], ignore_index=True)
    order = [*KEY, "field", "kind"]
    return replace(cleaned, notes=notes.sort_values(order, kind="stable", ignore_index=True))
