"""Two-way fixed effects, and what every estimate of the tables reports.

Slopes, effects and errors are those of :mod:`lib.within`.  Intervals have 95 % coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from lib import within
from lib.jackknife import ENOUGH
from lib.panel import DataError
from lib.sample import column, one_of
from lib.within import EXACT, Effects, Fit

Errors = Literal["classical", "clustered", "jackknife", "province"]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Slopes of one regression, with four kinds of errors and the sample really used.

    Attributes
    ----------
    coef : Series
        Slopes, indexed by `x`, in units of y per unit of x.
    classical, clustered, jackknife, province : DataFrame
        Index `x`, columns ``se``, ``t``, ``p``, ``low``, ``high``.  `province` is the jackknife
        that leaves out provinces, None where there are fewer than ``ENOUGH``; both are None where
        a slope is not defined without some cluster.
    nobs, n_entities, provinces, years : int, int, int, tuple of int
        Rows used, and cities (clusters) and years among them; provinces, 0 if few or none.
    df_resid, rss, residuals : int, float, Series
        Degrees of freedom, every effect counted, and residuals by the labels of the rows used.
    r2_within, adj_r2 : float or None
        R-squared once the effects are out of y and x (both under ``twoway``; Stata's "within",
        with year dummies as regressors, is larger), and adjusted R-squared with one dummy an
        effect, the one papers print.  None for 2SLS.
    """

    x: tuple[str, ...]
    effects: str
    coef: pd.Series
    classical: pd.DataFrame
    clustered: pd.DataFrame
    jackknife: pd.DataFrame | None
    province: pd.DataFrame | None
    cov_clustered: pd.DataFrame
    nobs: int
    n_entities: int
    provinces: int
    years: tuple[int, ...]
    df_resid: int
    rss: float
    residuals: pd.Series
    r2_within: float | None
    adj_r2: float | None

    @property
    def decides(self) -> Errors:
        """The kind of errors that decides."""
        return "jackknife" if self.province is None else "province"

    def errors(self, kind: Errors | str) -> pd.DataFrame:
        """Errors by name; refuses another name, and a jackknife that there is not."""
        one_of(kind, "errors", Errors)
        frame: pd.DataFrame | None = getattr(self, kind)
        if frame is None:
            raise DataError(
                f"errors: found no jackknife ({self.effects} effects, {self.n_entities} cities, "
                f"{self.provinces} provinces), expected slopes that are defined without any one "
                f"cluster, and {ENOUGH} provinces if these are the clusters"
            )
        return frame


def two_way_fe(
    data: pd.DataFrame, y: str, x: Sequence[str] | str, effects: Effects = "twoway"
) -> Estimate:
    """Least squares with city effects, year effects, both or neither, or paths of cities' own.

    `data` has one row a ``city`` and ``year``; the panel may be unbalanced.  `effects` are those of
    :mod:`lib.within`; ``twoway`` are equations (1) and (2) of the paper.

    Refuses what :func:`lib.within.fit` does; a city or a year that is missing, a year that is not
    whole, the two twice; a panel in unconnected parts; clusters whose scores do not differ.
    """
    return Estimate(**reported(prepared(data, y, x, effects)))


def prepared(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    effects: Effects,
    z: Sequence[str] | None = None,
) -> Fit:
    """One regression of a panel, after the checks of its keys; `z` as in :func:`lib.within.fit`."""
    keys = pd.DataFrame({name: column(data, name) for name in ("city", "year")})
    years = pd.to_numeric(keys["year"], errors="coerce")
    odd = keys.isna().any(axis=1) | keys.duplicated() | (years % 1 != 0)
    if odd.any():
        bad = keys[odd].iloc[0]
        raise DataError(
            f"row {bad.name!r}: found city {bad['city']}, year {bad['year']}, "
            "expected both, a whole number for the second, and each pair once"
        )
    places = data.get("province", pd.Series(dtype=object))
    enough = places.nunique() >= ENOUGH and places.notna().all()
    clusters = ("city", "province") if enough else "city"
    fit = within.fit(data, y, x, effects, z=z, clusters=clusters)
    parts = fit.rows["year"].nunique() - fit.products.design.base.shape[1]
    if effects == "twoway" and parts > 1:
        raise DataError(
            f"found a panel in {parts} parts that share no city and no year, "
            "expected one connected panel"
        )
    return fit


def reported(fit: Fit) -> dict[str, Any]:
    """The fields that every kind of estimate has in common."""
    cov, groups = fit.cov("clustered"), len(fit.clusters["city"])
    # Two cities and a regressor that tells them apart: their residuals sum to zero in each.
    vanishing = np.diag(cov) <= EXACT * np.diag(fit.cov("classical"))
    if vanishing.any():
        raise DataError(
            f"column {', '.join(map(repr, fit.coef.index[vanishing]))}: found no variation "
            f"between {groups} clusters, expected enough for a standard error"
        )
    provinces = len(fit.clusters.get("province", ()))
    y, net, rss = fit.rows[fit.y], fit.net[fit.y], fit.residuals @ fit.residuals
    r2 = (1 - rss / (net @ net), 1 - rss / fit.df_resid / y.var())
    r2_within, adj_r2 = map(float, r2) if fit.z is None else (None, None)
    return {
        **{name: getattr(fit, name) for name in ("x", "effects", "coef", "df_resid", "residuals")},
        "classical": fit.table("classical"),
        "clustered": fit.table("clustered"),
        "jackknife": _jackknife(fit, "city"),
        "province": _jackknife(fit, "province") if provinces >= ENOUGH else None,
        "cov_clustered": cov,
        "nobs": len(fit.rows),
        "n_entities": groups,
        "provinces": provinces,
        "years": tuple(sorted(int(year) for year in fit.rows["year"].unique())),
        "rss": float(rss),
        "r2_within": r2_within,
        "adj_r2": adj_r2,
    }


def _jackknife(fit: Fit, cluster: str) -> pd.DataFrame | None:
    try:
        return fit.table("jackknife", cluster)
    except DataError:  # a slope hangs on one cluster
        return None
