"""Standard errors from the statistics without each cluster, and the wild cluster bootstrap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib.panel import DataError

COVERAGE = 0.95  # of every interval
DRAWS = 9_999
ENOUGH = 10
"""Provinces from which on the jackknife by province decides: its size is right from there."""


@dataclass(frozen=True)
class Jackknife:
    """Statistics (index x), and the same without each of G clusters (clusters by x).

    The covariance is ``(G-1)/G * sum_g (b_(g) - b)(b_(g) - b)'``, the CV3 of MacKinnon, Nielsen and
    Webb (2023, *Journal of Applied Econometrics* 38(5), 671-694); t has G - 1 degrees of freedom.
    """

    coef: pd.Series
    without: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """Index x; columns ``se, t, p, low, high``, the interval of 95 %."""
        gap, clusters = self.without - self.coef, len(self.without)
        return table_of(self.coef, (clusters - 1) / clusters * gap.T @ gap, clusters - 1)

    def __sub__(self, base: Jackknife) -> Jackknife:
        """The difference of two cases; a cluster that one of them lacks moves the other alone."""
        names = [name for name in self.coef.index if name in base.coef.index]
        clusters = self.without.index.union(base.without.index)
        left, right = (
            case.without[names].reindex(clusters).fillna(case.coef[names]) for case in (self, base)
        )
        return Jackknife(self.coef[names] - base.coef[names], left - right)


def table_of(coef: pd.Series, cov: pd.DataFrame, df: float) -> pd.DataFrame:
    """Columns ``se, t, p, low, high`` of slopes, from their covariance and ``t(df)``."""
    se = pd.Series(np.sqrt(np.diag(cov)), index=coef.index)
    half, t = stats.t.ppf((1 + COVERAGE) / 2, df) * se, coef / se
    p = 2 * stats.t.sf(t.abs(), df)
    return pd.DataFrame({"se": se, "t": t, "p": p, "low": coef - half, "high": coef + half})


def detectable(se: float, clusters: int, power: float = 0.8) -> float:
    """The smallest true slope that a test at 5 % finds with this power, from t(G-1)."""
    return float(
        se * (stats.t.ppf((1 + COVERAGE) / 2, clusters - 1) + stats.t.ppf(power, clusters - 1))
    )


def without_each(
    rows: pd.DataFrame, statistic: Callable[[pd.DataFrame], pd.Series], cluster: str
) -> Jackknife:
    """Any statistics, from all rows and without those of each of two clusters or more."""
    names = sorted(rows[cluster].unique())
    if len(names) < 2:
        raise DataError(f"{cluster}: found {len(names)}; expected two or more to leave one out")
    left = {name: statistic(rows[rows[cluster] != name]) for name in names}
    return Jackknife(statistic(rows), pd.DataFrame(left).T.rename_axis(cluster))


def wild(fit: Any, terms: Sequence[str], cluster: str) -> np.ndarray:
    """Wild cluster bootstrap that slopes are zero: Wald statistics, the first is the data's.

    A draw keeps the regressors, takes the fit without `terms`, and multiplies the residuals of each
    cluster by +1 or -1 (Cameron, Gelbach and Miller, 2008).  Where there are at most 9,999
    patterns of signs, as of eleven provinces, each is taken once, but for its negative, whose
    statistic is the same.  No draw is regressed: its scores are products of the signs with sums
    over clusters (Roodman and others, 2019, *Stata Journal* 19(1)).
    """
    products = fit.products[cluster]
    m, v = products[:, :-1, :-1], products[:, :-1, -1]
    tested = [fit.x.index(term) for term in terms]
    others, groups = np.delete(np.arange(v.shape[1]), tested), len(v)
    some = m.sum(0)[np.ix_(others, others)]
    null = np.zeros(v.shape[1])
    null[others] = np.linalg.pinv(some, 1e-9, hermitian=True) @ v.sum(0)[others]
    inverse = np.linalg.pinv(m.sum(0), 1e-9, hermitian=True)
    if 2**groups <= DRAWS:
        signs = 1 - 2.0 * (np.arange(2 ** (groups - 1))[:, None] >> np.arange(groups) & 1)
    else:
        signs = np.random.default_rng(2023).choice([-1.0, 1.0], (DRAWS, groups))
        signs = np.vstack([np.ones(groups), signs])
    at, scores = inverse[:, tested], v - m @ null
    total = signs @ scores @ inverse
    parts = signs[:, :, None] * (scores @ at) - np.einsum("dc,gct->dgt", total, m @ at)
    weight = np.linalg.pinv(parts.swapaxes(1, 2) @ parts, hermitian=True)
    return np.einsum("ds,dst,dt->d", total[:, tested], weight, total[:, tested])


def as_large(drawn: np.ndarray, statistic: float) -> float:
    """Share of the draws that are as large as a statistic, but for rounding."""
    return float((drawn >= (1 - 1e-9) * statistic).mean())


def wild_p(fit: Any, term: str) -> float:
    """The p-value of :func:`wild` that one slope is zero, by province."""
    drawn = wild(fit, [term], "province")
    return as_large(drawn, drawn[0])
