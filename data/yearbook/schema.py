"""The columns of a yearbook: what their cells may hold, their units, and ratios of them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lib import indicators


class Field(NamedTuple):
    """A column of figures: its unit, whether it is needed, and its bounds."""

    unit: str
    required: bool = False
    bounds: Sequence[float] = (0.0, 1e12)


class Ratio(NamedTuple):
    """Columns over others, in natural units; its limits lie beyond any place on earth."""

    words: str
    above: Sequence[str]
    below: Sequence[str]
    scale: float = 1.0
    low: float = 0.0
    high: float = np.inf


_SCHEMA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
FIELDS = {name: Field(**keys) for name, keys in _SCHEMA["fields"].items()}
"""The columns of figures, in the order of the file."""
RATIOS = tuple(Ratio(**keys) for keys in _SCHEMA["ratios"])
COLUMNS = ["city_code", "city_zh", "year", *FIELDS]
SECTORS = indicators.SECTORS
RATES = ["gdp_index", "natural_growth"]
LEVELS = [name for name in FIELDS if name not in RATES and not name.startswith("emp_share")]
