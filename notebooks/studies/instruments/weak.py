"""One instrument for LM: how strong it is, and the slopes of LM that it does not reject.

Everything is read off the *reduced form*, the regressions of y and of LM on the instrument z, with
IA and effects in both,

    y = d_0 z + ...,      LM = d_1 z + ... .

If b is the slope of LM, y - b LM does not move with z.  Its slope on z is ``d_0 - b d_1``, and the
square of that slope over its variance is the statistic of Anderson and Rubin [1]_, F(1, G-1) with
G clusters.  Nothing is divided by d_1, so d_1 may be zero.

Our own, because no library of ours makes such sets from a jackknife.

References
----------
.. [1] Anderson, T. W. and Rubin, H. (1949). Estimation of the parameters of a single equation in a
   complete system of stochastic equations. *Annals of Mathematical Statistics*, 20(1), 46-63.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from lib.jackknife import COVERAGE
from lib.prose import number
from lib.within import Effects, leave_one_out


@dataclass(frozen=True)
class ReducedForm:
    """Slopes of y and of LM on one instrument.

    Attributes
    ----------
    coef : array (2,)
        d_0 and d_1.
    cov : array (2, 2)
        Their covariance.
    df : int
        Clusters less one.
    """

    coef: np.ndarray
    cov: np.ndarray
    df: int

    @property
    def beta(self) -> float:
        """Slope of LM by two-stage least squares."""
        return float(self.coef[0] / self.coef[1])

    @property
    def f(self) -> float:
        """F of the first stage."""
        return float(self.coef[1] ** 2 / self.cov[1, 1])


@dataclass(frozen=True)
class ConfidenceSet:
    """All values of a slope that a test does not reject, in one or two intervals."""

    intervals: tuple[tuple[float, float], ...]

    def __contains__(self, value: float) -> bool:
        return any(low <= value <= high for low, high in self.intervals)

    def __str__(self) -> str:
        ends = [
            ("[" if np.isfinite(low) else "(") + _end(low) + ", " + _end(high)
            + ("]" if np.isfinite(high) else ")")
            for low, high in self.intervals
        ]  # fmt: skip
        return " ∪ ".join(ends)

    @property
    def numbers(self) -> dict[str, float]:
        """The ends by name, for the CSV of a table."""
        ends: dict[str, float] = {}
        for place, (low, high) in enumerate(self.intervals, start=1):
            more = f" {place}" if place > 1 else ""
            ends |= {f"low{more}": low, f"high{more}": high}
        return ends

    @property
    def sign(self) -> str:
        """``positive`` or ``negative`` where all its values are, else ``both``."""
        if self.intervals[0][0] > 0:
            return "positive"
        return "negative" if self.intervals[-1][1] < 0 else "both"


def reduced_form(
    rows: pd.DataFrame,
    y: str,
    z: str,
    effects: Effects = "twoway",
    cluster: str = "city",
) -> ReducedForm:
    """Regress `y` and LM on the instrument `z` and IA, with the jackknife over clusters.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`studies.instruments.made.with_instruments`; those without the instrument go.
    effects, cluster : str
        As in :func:`lib.within.leave_one_out`.
    """
    used = rows.dropna(subset=[z])
    found = [leave_one_out(used, name, [z, "IA"], effects=effects, cluster=cluster)
             for name in (y, "LM")]  # fmt: skip
    gap = np.array([each.without[z] - each.coef[z] for each in found])
    groups = found[0].clusters
    coef = np.array([each.coef[z] for each in found])
    return ReducedForm(coef, (groups - 1) / groups * gap @ gap.T, groups - 1)


def confidence_set(form: ReducedForm) -> ConfidenceSet:
    """All slopes of LM that the Anderson-Rubin test leaves at 5 %.

    Notes
    -----
    The statistic equals its critical value where a quadratic in b is zero.  The set is bounded just
    where the F of the first stage exceeds that value, and never empty: it holds the slope of 2SLS.
    """
    limit = stats.f.ppf(COVERAGE, 1, form.df)
    square = np.outer(form.coef, form.coef) - limit * form.cov
    a, half, c = square[1, 1], square[0, 1], square[0, 0]  # a b^2 - 2 half b + c <= 0 is the set
    inside = half**2 - a * c
    if inside <= 0:
        return ConfidenceSet(((-np.inf, np.inf),))
    low, high = sorted((half + side * np.sqrt(inside)) / a for side in (-1, 1))
    return ConfidenceSet(((low, high),) if a > 0 else ((-np.inf, low), (high, np.inf)))


def _end(value: float) -> str:
    if not np.isfinite(value):
        return number(np.sign(value), 0).replace("1", "∞")
    return number(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2)
