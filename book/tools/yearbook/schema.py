"""The columns of a yearbook: what their cells may hold, their units, and ratios of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lib import indicators
from lib.strictcsv import NUMBER, Cell


@dataclass(frozen=True)
class Field:
    """A column of figures: what a single one can be, and other units in use.

    `positive`: above zero; `others`: how many times larger the figures are in each.
    """

    unit: str
    required: bool = False
    positive: bool = False
    bounds: tuple[float, float] = (0.0, 1e12)
    others: Mapping[str, float] = field(default_factory=dict)

    def cell(self) -> Cell:
        """What a cell may hold."""
        low, high = self.bounds
        # A figure above zero is no trace of one either: its ratios stay finite.
        above, low = (0.0, 1e-6) if self.positive else (-np.inf, low)
        return Cell("a number", NUMBER, float, not self.required, low, high, above)


_PERSONS = {"persons": 1e4, "thousand persons": 10.0, "million persons": 1e-2}
_YUAN = {"yuan": 1e8, "10,000 yuan": 1e4, "million yuan": 1e2, "billion yuan": 1e-1}
_MONEY, _PEOPLE = "100 million yuan", "10,000 persons"

FIELDS: dict[str, Field] = {
    "gdp": Field(_MONEY, True, True, others=_YUAN),
    "va_primary": Field(_MONEY, others=_YUAN),
    "va_secondary": Field(_MONEY, positive=True, others=_YUAN),
    "va_tertiary": Field(_MONEY, positive=True, others=_YUAN),
    # No place loses more than half of its product in a year, or more than doubles it.
    "gdp_index": Field("previous year = 100", True, bounds=(50, 200)),
    "resident_pop": Field(_PEOPLE, True, True, others=_PERSONS),
    "registered_pop": Field(_PEOPLE, positive=True, others=_PERSONS),
    # No people has had sixty births in a thousand and no deaths.
    "natural_growth": Field("per mille", bounds=(-60, 60)),
    "employment": Field(_PEOPLE, positive=True, others=_PERSONS),
    "emp_share_primary": Field("%", bounds=(0, 100)),
    "emp_share_secondary": Field("%", bounds=(0, 100)),
    "emp_share_tertiary": Field("%", bounds=(0, 100)),
    "fdi": Field("million US dollars", others={"US dollars": 1e6, "10,000 US dollars": 1e2,
                                               "100 million US dollars": 1e-2}),
    "fiscal_expenditure": Field(_MONEY, positive=True, others=_YUAN),
    "average_wage": Field("yuan", positive=True, others={"10,000 yuan": 1e-4, "1,000 yuan": 1e-3}),
    "science_expenditure": Field("10,000 yuan", others={"yuan": 1e4, "million yuan": 1e-2,
                                                        "100 million yuan": 1e-4}),
    "higher_ed_students": Field("persons", others={"10,000 persons": 1e-4, "1,000 persons": 1e-3}),
    "area": Field("km2", positive=True, others={"hectares": 1e2, "10,000 km2": 1e-4, "m2": 1e6}),
}  # fmt: skip
"""The columns of figures, in the order of the file."""

COLUMNS = ["city_code", "city_zh", "year", *FIELDS]
SECTORS = indicators.SECTORS
SHARES = ["emp_share_primary", "emp_share_secondary", "emp_share_tertiary"]
RATES = ["gdp_index", "natural_growth"]
LEVELS = [name for name in FIELDS if name not in {*RATES, *SHARES}]


class Ratio(NamedTuple):
    """Columns over others, in natural units; its limits lie beyond any place on earth."""

    words: str
    above: tuple[str, ...]
    below: tuple[str, ...]
    scale: float = 1.0
    low: float = 0.0
    high: float = np.inf


RATIOS = (
    # A government spends a hundredth of a poor place's GDP; none spends five times as much as it.
    Ratio("expenditure over GDP", ("fiscal_expenditure",), ("gdp",), 1, 0.01, 5),
    Ratio("science over expenditure", ("science_expenditure",), ("fiscal_expenditure",), 1e-4, 0,
          1),
    Ratio("investment over GDP", ("fdi",), ("gdp",), 1, 0, 1),
    # Employees earn a part of GDP per head, or several times it where few are employed.
    Ratio("wage over GDP per resident", ("average_wage", "resident_pop"), ("gdp",), 1e-4, 0.05, 50),
    # One employee in a thousand residents: no office, school and police is run by fewer.
    Ratio("employed over residents", ("employment",), ("resident_pop",), 1, 0.001, 1),
    Ratio("students over residents", ("higher_ed_students",), ("resident_pop",), 1e-4, 0, 1),
    # Towns of migrants have seven times those registered; none has ten times, nor a tenth.
    Ratio("residents over registered", ("resident_pop",), ("registered_pop",), 1, 0.1, 10),
    # From the emptiest steppe to the densest quarter that was ever counted.
    Ratio("residents per km2", ("resident_pop",), ("area",), 1e4, 0.1, 1e5),
    Ratio("tertiary over secondary sector", ("va_tertiary",), ("va_secondary",)),
    Ratio("sectors over GDP", ("sectors",), ("gdp",)),
    Ratio("price level", ("gdp",), ("gdp_index",)),
)  # fmt: skip
