"""Two-way fixed effects, and what every estimate of the tables reports.

Slopes, effects and errors are those of :mod:`lib.within`, which are ``linearmodels``' to the last
digits shown.  Cities are the clusters.  Intervals have 95 % coverage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from lib import within
from lib.jackknife import ENOUGH, table_of
from lib.panel import DataError
from lib.sample import codes, listed, one_of
from lib.within import EXACT, Effects, Fit

Errors = Literal["classical", "clustered", "jackknife", "province"]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Slopes of one regression, with four kinds of errors and the sample really used.

    Attributes
    ----------
    y, x : str, tuple of str
        Dependent variable and regressors, in the order of the rows below.
    effects : str
        As in :mod:`lib.within`.
    coef : Series
        Slopes, indexed by `x`, in units of y per unit of x.
    classical, clustered, jackknife, province : DataFrame
        Index `x`, columns ``se``, ``t``, ``p``, ``low``, ``high``.  `province` is the jackknife
        that leaves out provinces, None where there are fewer than ``ENOUGH``; both are None where
        a slope is not defined without some cluster.
    nobs, n_entities, provinces : int
        Rows used; cities (and clusters) among them; provinces, 0 where the data have none.
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
    province: pd.DataFrame | None
    nobs: int
    n_entities: int
    provinces: int
    years: tuple[int, ...]
    df_resid: int
    rss: float
    r2_within: float | None
    adj_r2: float | None
    residuals: pd.Series
    cov_classical: pd.DataFrame
    cov_clustered: pd.DataFrame

    @property
    def decides(self) -> Errors:
        """The kind of errors that decides."""
        return "jackknife" if self.province is None else "province"

    def errors(self, kind: Errors | str) -> pd.DataFrame:
        """Errors by name: ``classical``, ``clustered``, ``jackknife`` or ``province``.

        Raises
        ------
        lib.panel.DataError
            There is no such kind, or this estimate has no jackknife.
        """
        one_of(kind, "errors", Errors)
        frame: pd.DataFrame | None = getattr(self, kind)
        if frame is None:
            raise DataError(
                f"errors: found no jackknife ({self.effects} effects, {self.n_entities} cities, "
                f"{self.provinces} provinces), expected fixed effects and slopes that are defined "
                f"without any one cluster, and {ENOUGH} provinces if these are the clusters"
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
        ``start`` and ``trend`` add paths of the cities' own, see :mod:`lib.within`.

    Raises
    ------
    lib.panel.DataError
        A column is unknown, listed twice, not numeric or infinite; a year is not whole; a city and
        year come twice; no row or no degree of freedom is left; there is one cluster; the panel
        falls into unconnected parts; y is constant or a regressor absorbed, given the effects;
        regressors are collinear; the fit is exact; the clusters' scores do not differ.
    """
    found = prepared(data, y, x, effects)
    net, rss = found.net[y], float(found.residuals @ found.residuals)
    return Estimate(
        r2_within=1 - rss / float(net @ net),
        adj_r2=1 - rss / found.df_resid / float(found.rows[y].var()),
        **reported(found, effects, found.residuals, found.cov("classical"), found.cov()),
    )


def prepared(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    effects: Effects,
    instruments: Sequence[str] = (),
    exog: Sequence[str] = (),
) -> Fit:
    """One regression of a panel, after the checks of its keys."""
    x = listed(x)
    for role, names in (("y and regressors", (y, *x)), ("instruments", instruments)):
        if repeated := sorted({name for name in names if names.count(name) > 1}):
            raise DataError(f"{role}: found {', '.join(repeated)} twice, expected each once")
    for name in ("city", "year", y, *x, *instruments):
        codes(data, name)
    keys = data.loc[data[[y, *x, *instruments]].notna().all(axis=1), ["city", "year"]]
    years = pd.to_numeric(keys["year"], errors="coerce")
    odd = keys.isna().any(axis=1) | keys.duplicated() | (years % 1 != 0)
    if odd.any():
        bad = keys[odd].iloc[0]
        raise DataError(
            f"row {bad.name!r}: found city {bad['city']}, year {bad['year']}, "
            "expected both, a whole number for the second, and each pair once"
        )
    z = (*instruments, *exog) if instruments else None
    places = data.get("province", pd.Series(dtype=object))
    clusters = (
        ["city", "province"] if places.nunique() >= ENOUGH and places.notna().all() else "city"
    )
    found = within.fit(data, y, x, effects, z=z, clusters=clusters)
    parts = found.rows["year"].nunique() - found.products.design.base.shape[1]
    if effects == "twoway" and parts > 1:
        raise DataError(
            f"found a panel in {parts} parts that share no city and no year, "
            "expected one connected panel"
        )
    return found


def reported(
    found: Fit,
    effects: str,
    residuals: pd.Series,
    cov_classical: pd.DataFrame,
    cov_clustered: pd.DataFrame,
) -> dict[str, Any]:
    """The fields that every kind of estimate has in common."""
    groups = len(found.clusters["city"])
    # Two cities and a regressor that tells them apart: their residuals sum to zero in each.
    vanishing = np.diag(cov_clustered) <= EXACT * np.diag(cov_classical)
    if vanishing.any():
        raise DataError(
            f"column {', '.join(map(repr, found.coef.index[vanishing]))}: found no variation "
            f"between {groups} clusters, expected enough for a standard error"
        )
    provinces = len(found.clusters.get("province", ()))
    return {
        "y": found.y,
        "x": found.x,
        "effects": effects,
        "coef": found.coef,
        "classical": table_of(found.coef, cov_classical, found.df_resid),
        "clustered": table_of(found.coef, cov_clustered, groups - 1),
        "jackknife": _jackknife(found, "city"),
        "province": _jackknife(found, "province") if provinces >= ENOUGH else None,
        "nobs": len(found.rows),
        "n_entities": groups,
        "provinces": provinces,
        "years": tuple(sorted(int(year) for year in found.rows["year"].unique())),
        "df_resid": found.df_resid,
        "rss": float(residuals @ residuals),
        "residuals": residuals,
        "cov_classical": cov_classical,
        "cov_clustered": cov_clustered,
    }


def _jackknife(found: Fit, cluster: str) -> pd.DataFrame | None:
    try:
        return found.table("jackknife", cluster)
    except DataError:  # a slope hangs on one cluster
        return None
