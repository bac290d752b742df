"""An invented Belt, in which output follows residents as far as one decides beforehand.

Residents, mobility, industry and controls are the official ones; output is not.  What a regression
finds there, apart from what was put in, is made by arithmetic: output per resident has residents
below it, and mobility is made of them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def residents(data: pd.DataFrame) -> pd.Series:
    """Residents of each city-year over those of the city's first year, from their growth."""
    return data["lm_flow_gross"].fillna(1).groupby(data["city"]).cumprod()


def belt(data: pd.DataFrame, elasticity: float = 0.0) -> pd.DataFrame:
    """The panel with a REG whose output follows residents with an elasticity (eq-three-lines).

    Every city's output of the first year grows at the mean rate of all cities (in logarithms), and
    by `elasticity` per cent more where its residents grow by one per cent more than the mean of all
    cities.  At 0 output does not depend on residents, at 1 output per resident does not.  The panel
    is that of :func:`lib.panel.load`, cities' years in order.
    """
    people, year = residents(data), data["year"]
    output = data["reg"] * people
    first = output.groupby(data["city"]).transform("first")
    grown = np.log(output / first)
    common = grown.groupby(year).transform("mean")
    apart = np.log(people) - np.log(people).groupby(year).transform("mean")
    return data.assign(reg=first * np.exp(common + elasticity * apart) / people)
