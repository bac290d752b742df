"""The columns of a yearbook: what their cells may hold, their unit, and what figures they can have.

Ranges are per resident where they can be, so that they hold for a large city as for a small one,
and wide: well beyond what any city of the Belt has shown since 2008, on either side.  Each limit is
twice or so what the official yearbook shows, errors of its own included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from lib.indicators import SECTORS
from lib.strictcsv import NAME, NUMBER, YEAR, Cell

_ANY = np.inf


@dataclass(frozen=True)
class Field:
    """A column of figures.

    Attributes
    ----------
    unit : str
    required : bool
        No cell may be empty.
    positive : bool
        Every figure is above zero.
    bounds : tuple of float
        What a single figure can be.
    per : str or None
        Column by which it is divided before it is judged.
    median : tuple of float
        Range of the median of the column, so divided.
    course : float
        Factor by which a figure can be off the city's other years.
    apart : float
        Factor by which a city, so divided, can be off the median city.
    step : float
        Factor by which the median city cannot grow or shrink in a year.
    others : mapping from str to float
        Other units in use: how many times larger the figures are then.
    """

    unit: str
    required: bool = False
    positive: bool = False
    bounds: tuple[float, float] = (0.0, 1e12)
    per: str | None = None
    median: tuple[float, float] = (-_ANY, _ANY)
    course: float = _ANY
    apart: float = _ANY
    step: float = 4.0
    others: Mapping[str, float] = field(default_factory=dict)

    def cell(self) -> Cell:
        """What a cell may hold."""
        low, high = self.bounds
        # A figure above zero is no trace of one either: its ratios stay finite.
        above, low = (0.0, 1e-6) if self.positive else (-_ANY, low)
        return Cell("a number", NUMBER, float, not self.required, low, high, above)


_PERSONS = {"persons": 1e4, "thousand persons": 10.0, "million persons": 1e-2}
_YUAN = {"yuan": 1e8, "10,000 yuan": 1e4, "million yuan": 1e2, "billion yuan": 1e-1}
_MONEY = "100 million yuan"
_PEOPLE = "10,000 persons"
_RESIDENT = "resident_pop"
_SHARE = Field("%", bounds=(0, 100), median=(1.5, 100), others={"fractions of 1": 1e-2})

FIELDS: dict[str, Field] = {
    "gdp": Field(_MONEY, True, True, per=_RESIDENT, median=(0.15, 40), course=7.5, apart=8,
                 others=_YUAN),
    "va_primary": Field(_MONEY, per=_RESIDENT, median=(0.002, 6), course=25, apart=100,
                        others=_YUAN),
    "va_secondary": Field(_MONEY, positive=True, per=_RESIDENT, median=(0.02, 30), course=25,
                          apart=25, others=_YUAN),
    "va_tertiary": Field(_MONEY, positive=True, per=_RESIDENT, median=(0.02, 30), course=25,
                         apart=25, others=_YUAN),
    "gdp_index": Field("previous year = 100", True, bounds=(50, 200), median=(70, 150),
                       others={"previous year = 1": 1e-2}),
    "resident_pop": Field(_PEOPLE, True, True, median=(10, 4000), course=5, apart=100,
                          others=_PERSONS),
    "registered_pop": Field(_PEOPLE, positive=True, median=(10, 4000), course=5, apart=8,
                            others=_PERSONS),
    "natural_growth": Field("per mille", bounds=(-100, 100)),
    "employment": Field(_PEOPLE, positive=True, per=_RESIDENT, median=(0.01, 0.9), course=25,
                        apart=8, others=_PERSONS),
    "emp_share_primary": Field("%", bounds=(0, 100)),
    "emp_share_secondary": _SHARE,
    "emp_share_tertiary": _SHARE,
    # Foreign investment may come and go: its course says little below a factor of ten thousand, and
    # where few cities have any, or a province's falls, the median one falls with it.
    "fdi": Field("million US dollars", per=_RESIDENT, median=(0.0005, 20), course=9000,
                 apart=100_000, step=80, others={"US dollars": 1e6, "10,000 US dollars": 1e2,
                         "100 million US dollars": 1e-2}),
    "fiscal_expenditure": Field(_MONEY, positive=True, per=_RESIDENT, median=(0.02, 12), course=7.5,
                                apart=8, others=_YUAN),
    "average_wage": Field("yuan", positive=True, median=(3000, 400_000), course=5, apart=5,
                          others={"10,000 yuan": 1e-4, "1,000 yuan": 1e-3}),
    "science_expenditure": Field("10,000 yuan", per=_RESIDENT, median=(0.5, 6000), course=30,
                                 apart=60, others={"yuan": 1e4, "million yuan": 1e-2,
                                                   "100 million yuan": 1e-4}),
    "higher_ed_students": Field("persons", per=_RESIDENT, median=(1, 3000), course=60, apart=500,
                                others={"10,000 persons": 1e-4, "1,000 persons": 1e-3}),
    "area": Field("km2", positive=True, median=(100, 100_000), course=7.5, apart=100,
                  others={"hectares": 1e2, "10,000 km2": 1e-4, "m2": 1e6}),
}  # fmt: skip
"""The columns of figures, in the order of the file."""

COLUMNS = ["city_code", "city_zh", "year", *FIELDS]
SHARES = ["emp_share_primary", "emp_share_secondary", "emp_share_tertiary"]
RATES = ["gdp_index", "natural_growth"]
LEVELS = [name for name in FIELDS if name not in {*RATES, *SHARES}]


def cells(code: Cell) -> dict[str, Cell]:
    """What the cells of each column may hold as text; `code` is that of the city's code.

    Bounds are left to a second look: a column in another unit is one mistake, not one a cell.
    """
    figures = {
        name: replace(each.cell(), low=-_ANY, high=_ANY, above=-_ANY)
        for name, each in FIELDS.items()
    }
    return {"city_code": code, "city_zh": NAME, "year": YEAR, **figures}


__all__ = ["COLUMNS", "FIELDS", "LEVELS", "RATES", "SECTORS", "SHARES", "Field", "cells"]
