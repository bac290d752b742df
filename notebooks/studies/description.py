"""Chapter 3: the spread of income over cities, before any regression."""

from __future__ import annotations

import numpy as np
import pandas as pd


def sigma(data: pd.DataFrame, by: str = "reach") -> pd.DataFrame:
    """Standard deviation of log REG over cities, year by year.

    Returns
    -------
    DataFrame
        Index year; ``all`` for all cities, and a column per group; log points.

    Notes
    -----
    Source: Barro and Sala-i-Martin (1992).  Each city counts once, whatever its population.
    """
    logs = data.assign(log_reg=np.log(data["reg"]))
    spread = pd.DataFrame({"all": logs.groupby("year")["log_reg"].std()})
    return spread.join(logs.groupby(["year", by])["log_reg"].std().unstack())
