"""The columns of a yearbook: what their cells may hold, their units, and ratios of them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lib import indicators
from lib.strictcsv import NUMBER, Cell


@dataclass(frozen=True)
class Field:
    """A column of figures: its unit, whether it is needed and above zero, and its bounds."""

    unit: str
    required: bool = False
    positive: bool = False
    bounds: Sequence[float] = (0.0, 1e12)

    def cell(self) -> Cell:
        """What a cell may hold."""
        low, high = self.bounds
        # A figure above zero is no trace of one either: its ratios stay finite.
        above, low = (0.0, 1e-6) if self.positive else (-np.inf, low)
        return Cell("a number", NUMBER, float, not self.required, low, high, above)


class Ratio(NamedTuple):
    """Columns over others, in natural units; its limits lie beyond any place on earth."""

    words: str
    above: Sequence[str]
    below: Sequence[str]
    scale: float = 1.0
    low: float = 0.0
    high: float = np.inf


_TOLD = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FIELDS = {name: Field(**each) for name, each in _TOLD["fields"].items()}
"""The columns of figures, in the order of the file."""

COLUMNS = ["city_code", "city_zh", "year", *FIELDS]
SECTORS = indicators.SECTORS
SHARES = ["emp_share_primary", "emp_share_secondary", "emp_share_tertiary"]
RATES = ["gdp_index", "natural_growth"]
LEVELS = [name for name in FIELDS if name not in {*RATES, *SHARES}]
RATIOS = tuple(Ratio(**each) for each in _TOLD["ratios"])
