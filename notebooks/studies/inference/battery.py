"""Tests of the errors of a regression with city and year effects, in one table.

``frame`` has the rows of a column, as from :func:`lib.specifications.rows`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.diagnostic import het_breuschpagan
from statsmodels.tools import add_constant

from lib import within
from lib.panel import DataError
from lib.specifications import with_lags

QUESTIONS = {
    "serial": "Are errors of a city correlated over time?",
    "variances": "Do cities have different error variances?",
    "neighbours": "Are errors of near cities correlated?",
}
"""What each test asks."""
NEAR = 200.0
"""Kilometres within which two cities are neighbours."""


def every(frame: pd.DataFrame, x: Sequence[str], km: pd.DataFrame) -> pd.DataFrame:
    """The tests of one regression of REG: ``statistic, p`` by the keys of :data:`QUESTIONS`.

    ``km`` has the distances of cities x cities.
    """
    tests = wooldridge(frame, x), unequal_variances(frame, x), neighbours(frame, x, km)
    return pd.DataFrame(tests, list(QUESTIONS), ["statistic", "p"])


def wooldridge(frame: pd.DataFrame, x: Sequence[str]) -> tuple[float, float]:
    """Serial correlation of the errors of a regression with city and year effects.

    Returns
    -------
    rho, p : float
        Slope of the differenced regression's residual on its own value a year before, and the test
        that it is -1/2, F(1, G-1) clustered by city.  Errors without memory have -1/2, a random
        walk has 0; above that even changes persist.

    References
    ----------
    Wooldridge, J. M. (2010). *Econometric analysis of cross section and panel data*, 2nd ed. MIT
    Press, section 10.6.3.
    """
    changes = differences(frame, ["REG", *x])
    design = changes[list(x)].join(pd.get_dummies(changes["year"], dtype=float))
    keys = changes[["city", "year"]].assign(now=OLS(changes["REG"], design).fit().resid)
    pairs = with_lags(keys, ["now"], [1]).dropna()
    groups = pd.factorize(pairs["city"])[0]
    if groups.max(initial=-1) < 1:
        raise DataError("serial correlation: found fewer than two cities with three years in a row")
    fit = OLS(pairs["now"], pairs["now_lag1"]).fit(cov_type="cluster", cov_kwds={"groups": groups})
    rho = float(fit.params["now_lag1"])
    f = float(((rho + 0.5) / fit.bse["now_lag1"]) ** 2)
    return rho, float(stats.f.sf(f, 1, groups.max()))


def differences(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Changes from one year to the next, where both are there, with ``city, year``."""
    ordered = frame.sort_values(["city", "year"])
    gaps = ordered.groupby("city")[["year", *columns]].diff()
    changes = ordered[["city", "year"]].join(gaps[list(columns)].astype(float))
    return changes[gaps["year"].eq(1)].reset_index(drop=True)


def residuals(frame: pd.DataFrame, x: Sequence[str]) -> pd.DataFrame:
    """``city, year, residual`` of the regression of REG with city and year effects."""
    fit = within.fit(frame, "REG", x)
    return fit.rows[["city", "year"]].assign(residual=fit.residuals)


def unequal_variances(frame: pd.DataFrame, x: Sequence[str]) -> tuple[float, float]:
    """Koenker's version of Breusch and Pagan's test that cities have one error variance.

    Returns
    -------
    lm, p : float
        Chi-squared with one degree of freedom less than there are cities.
    """
    points = residuals(frame, x)
    cities = pd.get_dummies(points["city"], dtype=float, drop_first=True)
    lm, p, *_ = het_breuschpagan(points["residual"], add_constant(cities))
    return float(lm), float(p)


def neighbours(
    frame: pd.DataFrame, x: Sequence[str], km: pd.DataFrame, draws: int = 999
) -> tuple[float, float]:
    """Moran's I of the residuals of REG, over cities at most ``NEAR`` km apart in one year.

    Returns
    -------
    i, p : float
        The mean product over pairs over the mean square; p two-sided, from `draws` permutations of
        whole cities over the places.
    """
    values = residuals(frame, x)
    cells = values.pivot(index="city", columns="year", values="residual")
    apart = km.loc[cells.index, cells.index].to_numpy()
    near = (apart <= NEAR) & ~np.eye(len(apart), dtype=bool)
    full = np.stack([cells.fillna(0), cells.notna()])
    pairs, rng, likeness = full @ full.transpose(0, 2, 1), np.random.default_rng(2023), []
    for draw in range(draws + 1):
        order = np.arange(len(near)) if draw == 0 else rng.permutation(len(near))
        total, count = pairs[:, order[:, None], order][:, near].sum(axis=1)
        likeness.append(total / count / (values["residual"] ** 2).mean())
    i, null = likeness[0], np.array(likeness[1:])
    beyond = min((null >= i).sum(), (null <= i).sum())
    return float(i), float(min(1.0, 2 * (1 + beyond) / (draws + 1)))
