"""The least-squares date of a break, and Bai's interval for it.

A Wald statistic says whether slopes differ, not when they changed.  The date of a break is
estimated by least squares: the year whose break leaves the smallest sum of squared residuals.  Bai
[1]_ gives an interval for it, which takes the change for a step.

Our own: statsmodels dates no break in a panel, and no break of city effects.

References
----------
.. [1] Bai, J. (1997). Estimation of a change point in multiple regression models. *Review of
   Economics and Statistics*, 79(4), 551-563.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, stats

from lib.jackknife import EXACT, demeaned
from lib.resampling import kernel
from studies.breaks.search import MARGIN, TERMS, Effects, candidates, entity_of, halves


@dataclass(frozen=True)
class Dates:
    """The least-squares date of a break in all slopes.

    Attributes
    ----------
    rss : Series
        Index year: residual sum of squares with a break after it.
    year : int
        Where it is smallest.
    effects_alone : int or None
        The same if city effects break and slopes do not; None where a city has one effect.
    low, high : int
        First and last year of Bai's interval of 95 %, cut where the years end.
    """

    rss: pd.Series
    year: int
    effects_alone: int | None
    low: int
    high: int


def dates(
    rows: pd.DataFrame,
    effects: Effects = "one",
    y: str = "REG",
    terms: Sequence[str] = TERMS,
    margin: int = MARGIN,
) -> Dates:
    """Date a break in all slopes; parameters as for :func:`studies.breaks.search.search`.

    Notes
    -----
    With z the change of the fit at the break, net of what does not break, e the residuals, T years
    and s_t the sum of z e over the cities of a year, Bai's interval is
    ``year -/+ (floor(c / L) + 1)``, c = 11.03 at 95 %, ``L = (sum z^2 / T)^2 / omega``.  omega is
    the long-run variance of s_t with Bartlett weights and the lags of
    :func:`lib.resampling.kernel.rule_of_thumb`: errors may be alike across the cities of a year,
    and across years.
    """
    late = [f"{term}_late" for term in terms]
    broken = {s: halves(rows, s, terms) for s in candidates(rows, margin)}
    left = {s: _left(part, y, [*terms, *late], effects) for s, part in broken.items()}
    rss = pd.Series({s: float(each @ each) for s, each in left.items()})
    alone = None
    if effects == "two":
        without = {s: _left(part, y, terms, effects) for s, part in broken.items()}
        alone = int(pd.Series({s: each @ each for s, each in without.items()}).round(9).idxmin())

    year = int(rss.round(9).idxmin())
    change = _left(rows.assign(fit=rows[y] - left[year]), "fit", terms)
    scores = pd.Series(change * left[year]).groupby(rows["year"].to_numpy()).sum()
    span = len(scores)
    weights = kernel.bartlett(span)
    omega = float(scores @ weights @ scores.to_numpy()) / span
    rate = (change @ change / span) ** 2 / omega if omega > EXACT else np.inf
    half = int(np.floor(round(bai_quantile() / rate, 6))) + 1
    first, last = int(rows["year"].min()), int(rows["year"].max()) - 1
    return Dates(rss, year, alone, max(year - half, first), min(year + half, last))


def _left(rows: pd.DataFrame, y: str, x: Sequence[str], effects: Effects = "one") -> np.ndarray:
    """Residuals (n,) of y on x, year effects and effects of cities."""
    entity = rows.groupby([*np.atleast_1d(entity_of(effects))]).ngroup().to_numpy()
    values = rows[[y, *x]].to_numpy(dtype=float)
    # Centred, so that the size of a column is that of its variation.
    values = demeaned(values - values.mean(axis=0), entity)
    years = demeaned(pd.get_dummies(rows["year"], dtype=float).to_numpy(), entity)
    net = values - years @ np.linalg.lstsq(years, values, rcond=EXACT)[0]
    return net[:, 0] - net[:, 1:] @ np.linalg.lstsq(net[:, 1:], net[:, 0], rcond=EXACT)[0]


def bai_quantile(level: float = 0.95) -> float:
    """Bai's c: the argmax of a two-sided Brownian motion less half its distance lies within it.

    Notes
    -----
    Its distribution for x > 0 is ``1 + sqrt(x / 2 pi) exp(-x/8) - (x + 5)/2 Phi(-sqrt(x)/2)
    + 3/2 exp(x) Phi(-3 sqrt(x)/2)`` (Yao 1987, *Annals of Statistics*, 15(3), 1321-1328).
    """

    def below(x: float) -> float:
        root = np.sqrt(x)
        tail = 1.5 * np.exp(x + stats.norm.logcdf(-1.5 * root))
        near = np.sqrt(x / (2 * np.pi)) * np.exp(-x / 8)
        return float(1 + near - (x + 5) / 2 * stats.norm.cdf(-root / 2) + tail)

    return float(optimize.brentq(lambda x: below(x) - (1 + level) / 2, 1e-6, 200.0))
