"""Two-way within regressions of many simulated panels at once.

:mod:`lib.estimation` runs one regression with all its checks, through ``linearmodels``.  A
simulation needs thousands that share a shape, and there is no library for that; so this module
writes the same estimators as array operations over a leading axis of draws.

Shapes
------
``y`` is ``(R, N, T)``: draws, cities, years.  Regressors are ``(K, N, T)`` where all draws share
them, ``(R, K, N, T)`` where each has its own.  ``present``, where it is given, is ``(R, N, T)``
and says which city-years a draw uses; without it the panel is balanced.

Conventions
-----------
With n rows, N cities, T years and K slopes:

``classical``
    ``rss / (n - N - T + 1 - K)`` for the error variance; intervals from t with these degrees of
    freedom.
``clustered``
    By city, scaled by ``N/(N-1) * (n-1)/(n-K-T)``; t(N-1).  Both as in :mod:`lib.estimation`.
``driscoll_kraay``
    Robust to correlation between cities and, up to some lags, over time [1]_: Bartlett weights
    ``1 - l/(lags+1)`` on the autocovariances of each year's summed scores, scaled by
    ``T/(T-1) * (n-1)/(n-K-N)``; t(T-1).  This is the default of R's ``fixest``: year effects are
    nested in the years and not counted.  ``plm::vcovSCC`` is the same without the scale.

References
----------
.. [1] Driscoll, J. C. and Kraay, A. C. (1998). Consistent covariance matrix estimation with
   spatially dependent panel data. *Review of Economics and Statistics*, 80(4), 549-560.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from lib.panel import DataError

Covariance = Literal["classical", "clustered", "driscoll_kraay"]
COVARIANCES: tuple[Covariance, ...] = get_args(Covariance)
# A root of V_FE - V_RE below this share of V_FE counts as zero, as in lib.estimation.
EXACT = 1e-10


def cube(rows: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Columns of a balanced panel as an array of shape (columns, cities, years).

    Parameters
    ----------
    rows : DataFrame
        ``city_code``, ``year`` and `columns`; cities and years come out in ascending order.

    Raises
    ------
    lib.panel.DataError
        A city-year is there twice or not at all, or a value is missing.
    """
    if rows.duplicated(["city_code", "year"]).any():
        raise DataError("cube: found a city-year twice, expected each once")
    wide = rows.pivot(index="city_code", columns="year", values=list(columns))
    shape = (len(columns), wide.shape[0], wide.shape[1] // len(columns))
    values = wide.to_numpy(dtype=float).reshape(shape[1], shape[0], shape[2]).transpose(1, 0, 2)
    missing = np.argwhere(~np.isfinite(values))
    if len(missing):
        k, city, year = missing[0]
        raise DataError(
            f"city {wide.index[city]}, year {wide.columns.levels[1][year]}, column "
            f"{columns[k]!r}: found no finite value, expected a balanced panel"
        )
    return np.ascontiguousarray(values)


def within(values: np.ndarray, present: np.ndarray | None = None) -> np.ndarray:
    """Remove city and year effects over the last two axes.

    Parameters
    ----------
    values : array (..., N, T)
        With `present`, ``(R, N, T)`` or ``(R, K, N, T)``.
    present : bool array (R, N, T), optional
        Cells in use.  The others come out as zero, and what they hold has no influence.

    Raises
    ------
    lib.panel.DataError
        A draw leaves a city or year without a row, or cities and years unconnected.

    Notes
    -----
    On an unbalanced panel the city means are removed first, and then the year dummies, freed of
    their city means, are projected out: one system of T - 1 equations a draw.
    """
    if present is None:
        by_city = values - values.mean(axis=-1, keepdims=True)
        return by_city - by_city.mean(axis=-2, keepdims=True)
    used = present.astype(float)
    rows_of_city = used.sum(axis=2)
    if (rows_of_city == 0).any():
        raise DataError("within: found a city without a row in some draw, expected one at least")
    share = used / rows_of_city[:, :, None]
    normal = used.sum(axis=1)[:, None, :] * np.eye(used.shape[2]) - used.transpose(0, 2, 1) @ share
    if np.linalg.matrix_rank(normal).min() < used.shape[2] - 1:
        raise DataError("within: found cities and years that no row connects in some draw")
    # The first year is the base: its effect is zero.
    invert = np.linalg.inv(normal[:, 1:, 1:])
    stacked = values if values.ndim == 4 else values[:, None]
    kept = np.where(present[:, None], stacked, 0.0)
    means = kept.sum(axis=3) / rows_of_city[:, None]
    by_city = np.where(present[:, None], kept - means[..., None], 0.0)
    effects = np.zeros((*by_city.shape[:2], used.shape[2]))
    effects[..., 1:] = by_city.sum(axis=2)[..., 1:] @ invert
    centred = effects[:, :, None, :] - (effects @ share.transpose(0, 2, 1))[..., None]
    net = by_city - centred * used[:, None]
    return net if values.ndim == 4 else net[:, 0]


@dataclass(frozen=True)
class Fits:
    """Two-way within regressions of R draws.

    Attributes
    ----------
    coef : array (R, K)
    rss : array (R,)
    nobs, df_resid : array (R,) of int
        Rows, and residual degrees of freedom with every effect counted.
    x : array (1 or R, K, N, T)
        Regressors freed of the effects.
    residuals : array (R, N, T)
    bread : array (1 or R, K, K)
        Inverse of X'X, effects removed.
    """

    coef: np.ndarray
    rss: np.ndarray
    nobs: np.ndarray
    df_resid: np.ndarray
    x: np.ndarray
    residuals: np.ndarray
    bread: np.ndarray

    def cov(self, kind: Covariance, lags: int | None = None) -> np.ndarray:
        """Covariance matrices (R, K, K) under a convention of this module.

        Parameters
        ----------
        lags : int, optional
            For Driscoll and Kraay; by default :func:`rule_of_thumb`.
        """
        slopes, cities, years = self.x.shape[1:]
        if kind == "classical":
            return (self.rss / self.df_resid)[:, None, None] * self.bread
        if kind == "clustered":
            scores = np.einsum("rknt,rnt->rkn", self.x, self.residuals)
            meat = scores @ scores.transpose(0, 2, 1)
            clusters, counted = cities, years
        elif kind == "driscoll_kraay":
            scores = np.einsum("rknt,rnt->rkt", self.x, self.residuals)
            meat = scores @ _bartlett(years, lags) @ scores.transpose(0, 2, 1)
            clusters, counted = years, cities
        else:
            raise DataError(f"covariance {kind!r}: expected one of {', '.join(COVARIANCES)}")
        scale = clusters / (clusters - 1) * (self.nobs - 1) / (self.nobs - slopes - counted)
        return scale[:, None, None] * (self.bread @ meat @ self.bread)

    def se(self, kind: Covariance, lags: int | None = None) -> np.ndarray:
        """Standard errors (R, K)."""
        return np.sqrt(np.diagonal(self.cov(kind, lags), axis1=1, axis2=2))

    def df(self, kind: Covariance) -> np.ndarray:
        """Degrees of freedom of the t distribution (R,) that goes with a covariance."""
        cities, years = self.residuals.shape[1:]
        fixed = {"clustered": cities - 1, "driscoll_kraay": years - 1}
        return np.full_like(self.df_resid, fixed[kind]) if kind in fixed else self.df_resid

    def covers(self, truth: np.ndarray, kind: Covariance, lags: int | None = None) -> np.ndarray:
        """Whether each 95 % interval holds the true slopes: bool (R, K)."""
        half = stats.t.ppf(0.975, self.df(kind))[:, None] * self.se(kind, lags)
        return np.abs(self.coef - truth) <= half


def rule_of_thumb(years: int) -> int:
    """Lags for Driscoll and Kraay: ``floor(4 (T/100)^(2/9))``, Newey and West's rule."""
    return int(4 * (years / 100) ** (2 / 9))


def fit(y: np.ndarray, x: np.ndarray, present: np.ndarray | None = None) -> Fits:
    """Regress each draw of y on x under city and year effects.

    Parameters
    ----------
    y : array (R, N, T)
    x : array (K, N, T) or (R, K, N, T)
    present : bool array (R, N, T), optional
        Rows in use; needs x with a draw axis.

    Raises
    ------
    lib.panel.DataError
        As from :func:`within`; regressors are collinear given the effects; no degree of freedom.
    """
    net_y = within(y, present)
    regressors = x if x.ndim == 4 else x[None]
    net_x = within(regressors, present)
    draws, slopes = len(y), net_x.shape[1]
    cities, years = y.shape[1:]
    nobs = np.full(draws, cities * years) if present is None else present.sum(axis=(1, 2))
    df_resid = nobs - cities - years + 1 - slopes
    if df_resid.min() <= 0:
        raise DataError(f"fit: found {df_resid.min()} degrees of freedom, expected one at least")
    size = np.abs(regressors).max(axis=(0, 2, 3))
    if (np.abs(net_x).max(axis=(2, 3)) <= EXACT * size).any():
        raise DataError("regressors: found a column that the effects absorb")
    flat = net_x.reshape(*net_x.shape[:2], -1)
    bread = _inverse(flat @ flat.transpose(0, 2, 1))
    coef = (bread @ (flat @ net_y.reshape(draws, -1, 1)))[:, :, 0]
    residuals = net_y - (coef[:, None] @ flat).reshape(net_y.shape)
    return Fits(coef, (residuals**2).sum(axis=(1, 2)), nobs, df_resid, net_x, residuals, bread)


@dataclass(frozen=True)
class HausmanDraws:
    """Fixed against random city effects, both with year effects, for R draws.

    Attributes
    ----------
    sigmaless : array (R,)
        Hausman's statistic with one error variance, that of fixed effects; it equals Mundlak's.
    plain : array (R,)
        With each model's own error variance.
    defined : bool array (R,)
        Whether the difference of the covariances in ``plain`` is positive semi-definite, so that
        the statistic has a p-value.
    clustered : array (R,)
        Mundlak's Wald statistic from the covariance clustered by city.
    df : int
        Degrees of freedom, the number of slopes.
    cities : int
    """

    sigmaless: np.ndarray
    plain: np.ndarray
    defined: np.ndarray
    clustered: np.ndarray
    df: int
    cities: int

    def p(self, test: Literal["sigmaless", "plain", "clustered"]) -> np.ndarray:
        """p-values (R,): chi-squared(df), for ``clustered`` F(df, N-1); NaN where undefined."""
        if test == "clustered":
            return stats.f.sf(self.clustered / self.df, self.df, self.cities - 1)
        p = stats.chi2.sf(getattr(self, test), self.df)
        return np.where(self.defined, p, np.nan) if test == "plain" else p


def hausman(y: np.ndarray, x: np.ndarray) -> HausmanDraws:
    """Hausman's and Mundlak's tests of balanced panels, as :func:`lib.estimation.hausman`.

    Parameters
    ----------
    y : array (R, N, T)
    x : array (K, N, T)

    Notes
    -----
    With W and B the cross-products of x within and between cities (year effects removed from
    both) and b_W, b_B the two least-squares slopes, random effects are
    ``(W + f B)^-1 (W b_W + f B b_B)``, ``f = s2 / (T s2_city + s2)`` from the variance components
    of Swamy and Arora (1972).  The random-effects residual sum of squares splits likewise.
    Mundlak's test asks whether b_B equals b_W, and f drops out of its clustered version.
    """
    draws, (slopes, cities, years) = len(y), x.shape
    inside = fit(y, x)
    mean_x = x.mean(axis=2) - x.mean(axis=(1, 2))[:, None]
    mean_y = y.mean(axis=2) - y.mean(axis=(1, 2))[:, None]
    between = years * mean_x @ mean_x.T
    within_inverse, between_inverse = inside.bread[0], _inverse(between[None])[0]
    coef_between = years * mean_y @ mean_x.T @ between_inverse
    error_between = mean_y - coef_between @ mean_x
    s2 = inside.rss / inside.df_resid
    s2_between = (error_between**2).sum(axis=1) / (cities - slopes - 1)
    f = s2 / (years * np.maximum(0.0, s2_between - s2 / years) + s2)

    weight = f[:, None, None]
    gap = inside.coef - coef_between
    moments = np.linalg.inv(within_inverse)
    v_random = np.linalg.inv(moments + weight * between)
    # b_W - b_RE, and the same step from b_RE to b_B, which the residuals of RE are made of.
    difference = (v_random @ (weight * between) @ gap[:, :, None])[:, :, 0]
    other = gap - difference
    rss_random = (
        inside.rss
        + np.einsum("rk,kl,rl->r", difference, moments, difference)
        + f * years * (error_between**2).sum(axis=1)
        + f * np.einsum("rk,kl,rl->r", other, between, other)
    )
    s2_random = rss_random / (cities * years - slopes - years)
    spread = s2[:, None, None] * (within_inverse - v_random)
    plain = s2[:, None, None] * within_inverse - s2_random[:, None, None] * v_random
    # In units of the fixed-effects standard errors, so that roots can be told from zero.
    scale = np.sqrt(np.diagonal(within_inverse))
    roots = np.linalg.eigvalsh(plain / s2[:, None, None] / np.outer(scale, scale))

    # City by city, what each contributes to b_B - b_W.
    sums = np.einsum("rknt,rnt->rkn", inside.x, inside.residuals)
    outer = years * (between_inverse @ mean_x) * error_between[:, None]
    scores = outer - within_inverse @ sums
    small = cities / (cities - 1) * (cities * years - 1) / (cities * years - 2 * slopes - years)
    robust = small * scores @ scores.transpose(0, 2, 1)
    return HausmanDraws(
        sigmaless=_quadratic(difference, spread),
        plain=_quadratic(difference, plain),
        defined=(roots > EXACT).all(axis=1),
        clustered=_quadratic(gap, robust),
        df=slopes,
        cities=cities,
    )


def _bartlett(years: int, lags: int | None) -> np.ndarray:
    lags = rule_of_thumb(years) if lags is None else lags
    if not 0 <= lags < years:
        raise DataError(f"lags: found {lags}, expected 0 to {years - 1}")
    distance = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    return np.maximum(0.0, 1 - distance / (lags + 1))


def _inverse(moments: np.ndarray) -> np.ndarray:
    scale = np.sqrt(np.diagonal(moments, axis1=1, axis2=2))
    unit = moments / scale[:, :, None] / scale[:, None]
    if np.linalg.eigvalsh(unit).min() < EXACT:
        raise DataError("regressors: found collinear columns once the effects are removed")
    return np.linalg.inv(moments)


def _quadratic(vector: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return (vector * np.linalg.solve(matrix, vector[:, :, None])[:, :, 0]).sum(axis=1)
