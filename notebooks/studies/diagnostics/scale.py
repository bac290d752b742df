"""Slopes along the powers of an outcome, from its logarithm to its level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from lib import figures
from lib.jackknife import leave_one_out
from lib.panel import DataError


def along_powers(
    rows: pd.DataFrame, outcomes: Sequence[str], x: Sequence[str], powers: Sequence[float]
) -> pd.DataFrame:
    """Slopes of the first regressor for powers of an outcome, from its logarithm to its level.

    Parameters
    ----------
    outcomes : sequence of str
        Columns above zero.
    powers : sequence of float
        Of Box and Cox: (y^p - 1) / p, and log y at 0.

    Returns
    -------
    DataFrame
        ``outcome, power, slope, t`` (city jackknife) and ``likelihood``, the profile
        log-likelihood of the power less the largest of the grid [1]_.

    References
    ----------
    .. [1] Box, G. E. P. and Cox, D. R. (1964). An analysis of transformations. *Journal of the
       Royal Statistical Society B*, 26(2), 211-252.
    """
    found = []
    for outcome in outcomes:
        if not (rows[outcome] > 0).all():
            raise DataError(f"{outcome}: found zero or below, expected all above zero")
        for power in powers:
            turned = rows.assign(turned=special.boxcox(rows[outcome], power))
            made = leave_one_out(turned, "turned", x)
            left = figures.net_of_effects(turned, "turned", x[0], x[1:])
            rss = float(((left["y"] - made.coef[x[0]] * left["x"]) ** 2).sum())
            n, logs = len(rows), float(np.log(rows[outcome]).sum())
            likelihood = -n / 2 * np.log(rss / n) + (power - 1) * logs
            slope, t = made.coef[x[0]], made.table.loc[x[0], "t"]
            found.append([outcome, power, slope, t, likelihood])
    frame = pd.DataFrame(found, columns=["outcome", "power", "slope", "t", "likelihood"])
    best = frame.groupby("outcome")["likelihood"].transform("max")
    return frame.assign(likelihood=frame["likelihood"] - best)
