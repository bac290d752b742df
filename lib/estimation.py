"""Two-way fixed effects, and what every estimate of the tables reports.

``linearmodels`` makes every estimate.  What is added here is the book-keeping that programs settle
differently: which rows were used (:mod:`lib.sample`), what the effects cost, where a p-value comes
from.

Errors
------
``classical``
    Homoskedastic.  Every effect is counted, ``df_resid = n - (N + T - 1) - K`` with both effects,
    and p-values and intervals come from ``t(df_resid)``.
``clustered``
    Robust to any correlation within a city, times ``G/(G-1) * (n-1)/(n - K - T)``: city effects
    are nested in the clusters and not counted, and neither are their trends; the constant and the
    ``T - 1`` year effects are, with ``start`` their ``T - 1`` products, too; with ``trend`` the
    ``T - 2`` year effects that means and lines leave.
    Stata's ``xtreg, fe vce(cluster)`` with year dummies, ``reghdfe`` and R's ``fixest``; in
    ``linearmodels``, year dummies among the regressors with ``group_debias=True``, whose standard
    errors these are.  p-values and intervals come from ``t(G-1)`` (Cameron and Miller, 2015).
``jackknife``
    CV3, from the slopes without each city, see :mod:`lib.jackknife`; ``t(G-1)``.

Intervals have 95 % coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS

from lib.jackknife import START, Effects, leave_one_out, one_of, table_of
from lib.panel import DataError
from lib.sample import EXACT, Sample

Errors = Literal["classical", "clustered", "jackknife"]

CLUSTERED: dict[str, Any] = {
    "cov_type": "clustered", "cluster_entity": True, "group_debias": True
}  # fmt: skip
"""What linearmodels is told for the clustered errors."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Slopes of one regression, with three kinds of errors and the sample really used.

    Attributes
    ----------
    y, x : str, tuple of str
        Dependent variable and regressors, in the order of the rows below.
    effects : str
        As in :mod:`lib.jackknife`.
    coef : Series
        Slopes, indexed by `x`, in units of y per unit of x.
    classical, clustered, jackknife : DataFrame
        Index `x`, columns ``se``, ``t``, ``p``, ``low``, ``high``.  The jackknife is None
        where a slope is not defined without some city.
    nobs, n_entities : int
        Rows used, and cities (and clusters) among them.
    years : tuple of int
        Years that contribute a row.
    df_resid, rss : int, float
        Residual degrees of freedom, every effect counted, and residual sum of squares.
    r2_within, adj_r2 : float or None
        R-squared once the effects are out of y and x (both under ``twoway``; Stata's "within",
        with year dummies as regressors, is larger), and adjusted R-squared with one dummy an
        effect, the one papers print.  None for 2SLS.
    residuals : Series
        Net of the effects, with the index labels of the rows used.
    cov_classical, cov_clustered : DataFrame
        Covariances of the slopes.
    """

    y: str
    x: tuple[str, ...]
    effects: str
    coef: pd.Series
    classical: pd.DataFrame
    clustered: pd.DataFrame
    jackknife: pd.DataFrame | None
    nobs: int
    n_entities: int
    years: tuple[int, ...]
    df_resid: int
    rss: float
    r2_within: float | None
    adj_r2: float | None
    residuals: pd.Series
    cov_classical: pd.DataFrame
    cov_clustered: pd.DataFrame

    def errors(self, kind: Errors | str) -> pd.DataFrame:
        """Errors by name: ``classical``, ``clustered`` or ``jackknife``.

        Raises
        ------
        lib.panel.DataError
            There is no such kind, or this estimate has no jackknife.
        """
        one_of(kind, "errors", Errors)
        frame: pd.DataFrame | None = getattr(self, kind)
        if frame is None:
            raise DataError(
                f"errors: found no jackknife ({self.effects} effects, {self.n_entities} cities), "
                "expected fixed effects and slopes that are defined without any one city"
            )
        return frame


def two_way_fe(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    effects: Effects = "twoway",
) -> Estimate:
    """Least squares with city effects, year effects, both or neither, or paths of cities' own.

    Parameters
    ----------
    data : DataFrame
        One row a ``city`` and ``year``; the panel may be unbalanced.  Cities are the clusters.
    y : str
    x : sequence of str
    effects : {"twoway", "entity", "time", "none", "start", "trend"}
        ``twoway`` are equations (1) and (2) of the paper; ``none`` is pooled, with a constant;
        ``start`` and ``trend`` add paths of the cities' own, see :mod:`lib.jackknife`.

    Raises
    ------
    lib.panel.DataError
        A column is unknown, listed twice, not numeric or infinite; a year is not whole; a city and
        year come twice; no row or no degree of freedom is left; there is one cluster; the panel
        falls into unconnected parts; y is constant or a regressor absorbed, given the effects;
        regressors are collinear, or their units too far apart; the fit is exact; the clusters'
        scores do not differ.
    """
    sample = Sample(data, y, x, effects)
    within, every, _ = sample.prepared(effects, sample.x)
    with sample.solvable():
        outcome, exog = sample.frame[[y]], sample.regressors(effects)
        if effects == "trend":  # linearmodels has no lines of cities: they are taken out before
            outcome, exog = sample.inside(outcome, effects), sample.inside(exog, effects)
            exog = exog.drop(columns="(constant)")
        model = PanelOLS(outcome, exog, entity_effects=effects in ("entity", "twoway", "start"))
        fit = model.fit(**CLUSTERED)
    net = within[list(sample.x)].to_numpy()
    df = len(sample.frame) - every - len(sample.x)
    # A second fit would say the same, and a fit takes longer than all else here together.
    plain = fit.resid_ss / df * np.linalg.inv(net.T @ net)
    spread = float(sample.frame[y].var())
    return Estimate(
        effects=effects,
        r2_within=1 - float(fit.resid_ss / (within[y] @ within[y])),
        adj_r2=1 - float(fit.resid_ss) / df / spread,
        jackknife=_jackknife(sample, effects),
        **report(sample, fit, plain, df, fit.resids),
    )


def report(sample: Sample, fit: Any, plain: Any, df_resid: int, residuals: pd.Series) -> Any:
    """The fields that every kind of estimate has in common, from a fit with clustered errors.

    ``plain`` is the classical covariance: columns of the fit, or the slopes' (K, K).
    """
    sample.check_exact(residuals)
    names = list(sample.x)
    coef = fit.params[names].rename("coef")
    cov_clustered = fit.cov.loc[names, names]
    cov = pd.DataFrame(plain, names, names)
    # Two cities and a regressor that tells them apart: their residuals sum to zero in each.
    vanishing = np.diag(cov_clustered) <= EXACT * np.diag(cov)
    if vanishing.any():
        raise DataError(
            f"column {', '.join(map(repr, coef.index[vanishing]))}: found no variation between "
            f"{sample.n_entities} clusters, expected enough for a standard error"
        )
    return {
        "y": sample.y,
        "x": sample.x,
        "coef": coef,
        "classical": table_of(coef, cov, df_resid),
        "clustered": table_of(coef, cov_clustered, sample.n_entities - 1),
        "nobs": len(sample.frame),
        "n_entities": sample.n_entities,
        "years": sample.years,
        "df_resid": df_resid,
        "rss": float(residuals @ residuals),
        "residuals": pd.Series(residuals.to_numpy(), index=sample.labels, name="residual"),
        "cov_classical": cov,
        "cov_clustered": cov_clustered,
    }


def _jackknife(sample: Sample, effects: Effects) -> pd.DataFrame | None:
    """CV3 of least squares; None where a slope is not defined without some city."""
    rows = sample.frame.reset_index()
    if sample.start is not None:
        rows[START] = sample.start.to_numpy()
    try:
        return leave_one_out(rows, sample.y, sample.x, effects).table
    except DataError:
        return None
