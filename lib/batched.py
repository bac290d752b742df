"""Panel regressions of many draws at once: two-way, city, year or no effects.

:mod:`lib.estimation` runs one regression with all its checks, through ``linearmodels``.  A
simulation needs thousands that share a shape, and there is no library for that; so this module
writes the same estimators as array operations over a leading axis of draws.

Shapes
------
``y`` is ``(R, N, T)``: draws, cities, years.  Regressors are ``(K, N, T)`` where all draws share
them, ``(R, K, N, T)`` where each has its own.  ``present``, where it is given, is ``(R, N, T)``
and says which city-years a draw uses, or ``(N, T)`` where all draws use the same; without it the
panel is balanced.

Conventions
-----------
A draw has n rows, N cities and T years with a row at least, and K slopes.  Effects cost A
coefficients, the constant among them: ``N + T - 1`` (``twoway``), N (``city``), T (``year``) or 1
(``pooled``).  B of these are not nested in the cities: T, 1, T, 1.  C are not nested in the years:
N, N, 1, 1.

``classical``
    ``rss / (n - A - K)`` for the error variance; intervals from t with these degrees of freedom.
``hc1``
    Robust to heteroskedasticity, scaled by ``n / (n - A - K)``; t(n - A - K).
``clustered``
    By city, scaled by ``N/(N-1) * (n-1)/(n-K-B)``; t(N-1).  Classical and clustered are as in
    :mod:`lib.estimation`.
``driscoll_kraay``
    Robust to correlation between cities and, up to some lags, over time [1]_: Bartlett weights
    ``1 - l/(lags+1)`` on the autocovariances of each year's summed scores, scaled by
    ``T/(T-1) * (n-1)/(n-K-C)``; t(T-1).  This is the default of R's ``fixest``: year effects are
    nested in the years and not counted.  ``plm::vcovSCC`` is the same without the scale.

References
----------
.. [1] Driscoll, J. C. and Kraay, A. C. (1998). Consistent covariance matrix estimation with
   spatially dependent panel data. *Review of Economics and Statistics*, 80(4), 549-560.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from lib.panel import DataError

Effects = Literal["twoway", "city", "year", "pooled"]
Covariance = Literal["classical", "hc1", "clustered", "driscoll_kraay"]
COVARIANCES: tuple[Covariance, ...] = ("classical", "clustered", "driscoll_kraay")
"""The covariances whose coverage the simulations compare."""
# A root of V_FE - V_RE below this share of V_FE counts as zero, as in lib.estimation.
EXACT = 1e-10
TINY = np.finfo(float).tiny
# Squares and products of numbers beyond these sizes leave double precision.
LARGEST = 1e30
# Numbers an array may hold and stay in a processor's cache between one operation and the next.
CACHE = 1 << 16


def numbers(
    rows: pd.DataFrame, columns: Sequence[str], labels: Sequence[str] = ()
) -> np.ndarray:
    """Columns as an array of shape (rows, columns); missing and infinite values are let through.

    Parameters
    ----------
    labels : sequence of str
        More columns that have to be there, of any type.

    Raises
    ------
    lib.panel.DataError
        A column is not there or there twice, is not of real numbers, or of a size whose squares
        cannot be computed.
    """
    needed = list(dict.fromkeys((*columns, *labels)))
    if unknown := [name for name in needed if name not in rows.columns]:
        raise DataError(
            f"column {', '.join(map(repr, unknown))}: not found in the data, "
            f"expected one of {', '.join(map(str, rows.columns))}"
        )
    for name in needed:
        if (rows.columns == name).sum() > 1:
            raise DataError(f"column {name!r}: found twice in the data, expected once")
    for name in columns:
        kind = rows[name].dtype
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_complex_dtype(kind):
            raise DataError(f"column {name!r}: found values of type {kind}, expected numbers")
    values = rows[list(columns)].astype(float).to_numpy()
    size = np.abs(values).max(axis=0, where=np.isfinite(values), initial=0.0)
    odd = (size > LARGEST) | (size > 0) & (size < 1 / LARGEST)
    if odd.any():
        place = int(odd.argmax())
        raise DataError(
            f"column {columns[place]!r}: found values up to {size[place]:.2g}, "
            f"expected units in which the largest is from {1 / LARGEST:g} to {LARGEST:g}"
        )
    return values


def cube(rows: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Columns of a balanced panel as an array of shape (columns, cities, years).

    Parameters
    ----------
    rows : DataFrame
        ``city_code``, ``year`` and `columns`; cities and years come out in ascending order.

    Raises
    ------
    lib.panel.DataError
        As :func:`numbers`; a city-year is there twice or not at all, or a value is missing.
    """
    values = numbers(rows, columns, ("city_code", "year"))
    rows = rows[["city_code", "year"]].assign(**dict(zip(columns, values.T, strict=True)))
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


@dataclass(frozen=True)
class Layout:
    """Which cells each draw uses, and what it takes to free them of their effects.

    Attributes
    ----------
    effects : str
    present : bool array (R or 1, N, T)
    rows_of_city, rows_of_year : array (R or 1, N), (R or 1, T)
    connected : bool array (R or 1,)
        Whether cities and years hang together; with two-way effects they must.
    year_inverse : array (R or 1, T, T)
        Inverse of the cross-products of the year dummies, freed of city effects where there are
        any, for totals by year that such effects leave.

    Notes
    -----
    With two-way effects the city means are removed first, and then the year dummies, freed of
    their city means, are projected out: one system of T equations a draw.  The system is singular
    in the direction of a constant, where nothing is left to remove; it is made regular there.
    """

    effects: Effects
    present: np.ndarray
    rows_of_city: np.ndarray
    rows_of_year: np.ndarray
    connected: np.ndarray
    year_inverse: np.ndarray

    @classmethod
    def of(cls, present: np.ndarray, effects: Effects = "twoway") -> Layout:
        """Prepare a pattern (R, N, T) or (N, T) of cells.

        Raises
        ------
        lib.panel.DataError
            There are no such effects.
        """
        if effects not in get_args(Effects):
            raise DataError(
                f"effects: found {effects!r}, expected one of {', '.join(get_args(Effects))}"
            )
        present = np.asarray(present, dtype=bool)
        present = present if present.ndim == 3 else present[None]
        used = present.astype(float)
        by_city, by_year = used.sum(axis=2), used.sum(axis=1)
        connected = np.ones(len(used), dtype=bool)
        years = used.shape[2]
        normal = by_year[:, None, :] * np.eye(years)
        if effects == "twoway":
            shared = used.transpose(0, 2, 1) @ (used * _reciprocal(by_city)[:, :, None])
            # Regular along the constant, with a root of the size of the others.
            size = by_year.sum(axis=1) / (by_year > 0).sum(axis=1).clip(1) ** 2
            normal = normal - shared + size[:, None, None]
            connected = _connected(shared)
        idle = (by_year == 0) | ~connected[:, None]
        normal = np.where(idle[:, :, None] | idle[:, None, :], np.eye(years), normal)
        return cls(effects, present, by_city, by_year, connected, np.linalg.inv(normal))

    @property
    def nobs(self) -> np.ndarray:
        """Rows of each draw."""
        return self.present.sum(axis=(1, 2))

    @property
    def cities(self) -> np.ndarray:
        """Cities of each draw with a row."""
        return (self.rows_of_city > 0).sum(axis=1)

    @property
    def years(self) -> np.ndarray:
        """Years of each draw with a row."""
        return (self.rows_of_year > 0).sum(axis=1)

    def net(self, values: np.ndarray) -> np.ndarray:
        """Values (R or 1, K, N, T) freed of the effects; cells that are not present are zero."""
        draws = max(len(values), len(self.present))
        net = np.empty((draws, *values.shape[1:]))
        for part in batches(draws, net[0].size):
            self._net(_of(values, part), part, net[part])
        return net

    def _net(self, values: np.ndarray, part: slice, net: np.ndarray) -> None:
        # Sums over cities or years are products with ones: numpy is slow on short axes.
        present = _of(self.present, part)
        used = present.astype(float)
        mask = used[:, None]
        work = np.where(present[:, None], values, 0.0)
        cities, years = (np.ones(length) for length in work.shape[2:])
        per_city = _reciprocal(_of(self.rows_of_city, part))
        if self.effects in ("twoway", "city"):
            means = (work.reshape(-1, len(years)) @ years).reshape(work.shape[:-1])
            means *= per_city[:, None]
            work -= means[..., None]
            if self.effects == "twoway":
                work *= mask
        if self.effects != "city":
            totals = cities @ work
            if self.effects == "pooled":
                work -= (totals @ years / _of(self.nobs, part).clip(1)[:, None])[..., None, None]
            else:
                effects = totals @ _of(self.year_inverse, part)
                work -= effects[..., None, :]
                if self.effects == "twoway":
                    share = used * per_city[:, :, None]
                    work += (effects @ share.transpose(0, 2, 1))[..., None]
        np.multiply(work, mask, out=net)


def within(
    values: np.ndarray, present: np.ndarray | None = None, effects: Effects = "twoway"
) -> np.ndarray:
    """Remove effects over the last two axes.

    Parameters
    ----------
    values : array (..., N, T)
        With `present`, ``(R, N, T)`` or ``(R, K, N, T)``.
    present : bool array (R, N, T) or (N, T), optional
        Cells in use.  The others come out as zero, and what they hold has no influence.
    effects : {"twoway", "city", "year", "pooled"}
        ``pooled`` removes the mean.

    Raises
    ------
    lib.panel.DataError
        With two-way effects, a draw leaves cities and years unconnected.
    """
    if present is not None:
        layout = Layout.of(present, effects)
        if not layout.connected.all():
            raise DataError("within: found cities and years that no row connects in some draw")
        return layout.net(values) if values.ndim == 4 else layout.net(values[:, None])[:, 0]
    if effects == "pooled":
        return values - values.mean(axis=(-2, -1), keepdims=True)
    net = values
    if effects != "year":
        net = net - net.mean(axis=-1, keepdims=True)
    return net if effects == "city" else net - net.mean(axis=-2, keepdims=True)


@dataclass(frozen=True)
class Fits:
    """Regressions of R draws, under one kind of effects.

    Attributes
    ----------
    coef : array (R, K)
        NaN where a draw has no estimate, which :func:`fit` refuses unless told otherwise.
    rss : array (R,)
    nobs, df_resid : array (R,) of int
        Rows, and residual degrees of freedom with every effect counted.
    x : array (1 or R, K, N, T)
        Regressors freed of the effects.
    residuals : array (R, N, T)
    bread : array (1 or R, K, K)
        Inverse of X'X, effects removed.
    cities, years : array (R,) of int
        Cities and years with a row at least.
    layout : Layout
        Effects and cells in use.
    exact : bool array (R,)
        Whether y is constant, or an exact function of the regressors, given the effects: what is
        left is rounding, and there is no standard error.
    """

    coef: np.ndarray
    rss: np.ndarray
    nobs: np.ndarray
    df_resid: np.ndarray
    x: np.ndarray
    residuals: np.ndarray
    bread: np.ndarray
    cities: np.ndarray
    years: np.ndarray
    layout: Layout
    exact: np.ndarray

    def cov(self, kind: Covariance, lags: int | None = None) -> np.ndarray:
        """Covariance matrices (R, K, K) under a convention of this module.

        Parameters
        ----------
        lags : int, optional
            For Driscoll and Kraay; by default :func:`rule_of_thumb`.

        Raises
        ------
        lib.panel.DataError
            There is no such covariance, or lags are out of range; a draw fits exactly; it has one
            cluster (a city, or for Driscoll and Kraay a year) or clusters whose scores do not
            differ, such as two of them under two-way effects, which leave nothing but rounding of
            a variance.
        """
        slopes, effects = self.x.shape[1], self.layout.effects
        if self.exact.any():
            raise DataError("y: found an exact function of the regressors and effects in some draw")
        if kind == "classical":
            return (self.rss / self.df_resid)[:, None, None] * self.bread
        if kind == "hc1":
            meat, scale = _squares(self.x, self.residuals), self.nobs / self.df_resid
            return scale[:, None, None] * (self.bread @ meat @ self.bread)
        if kind == "clustered":
            scores = sums(self.x, self.residuals)
            meat = scores @ scores.transpose(0, 2, 1)
            clusters = self.cities
            counted = self.years if effects in ("twoway", "year") else np.ones_like(self.years)
        elif kind == "driscoll_kraay":
            if (self.years[~np.isnan(self.coef[:, 0])] < 2).any():
                raise DataError(f"{kind}: found one year in some draw, expected two at least")
            scores = sums(self.x.swapaxes(2, 3), self.residuals.swapaxes(1, 2))
            meat = scores @ bartlett(self.x.shape[3], lags) @ scores.transpose(0, 2, 1)
            clusters = self.years
            counted = self.cities if effects in ("twoway", "city") else np.ones_like(self.cities)
        else:
            raise DataError(
                f"covariance {kind!r}: expected one of {', '.join(get_args(Covariance))}"
            )
        with np.errstate(divide="ignore", invalid="ignore"):  # draws without an estimate
            scale = clusters / (clusters - 1) * (self.nobs - 1) / (self.nobs - slopes - counted)
        cov = scale[:, None, None] * (self.bread @ meat @ self.bread)
        classical = np.diagonal(self.bread, axis1=1, axis2=2) * (self.rss / self.df_resid)[:, None]
        if (np.diagonal(cov, axis1=1, axis2=2) <= EXACT * classical).any():
            raise DataError(
                f"{kind}: found no variation between {clusters.min()} clusters in some draw, "
                "expected enough for a standard error"
            )
        return cov

    def se(self, kind: Covariance, lags: int | None = None) -> np.ndarray:
        """Standard errors (R, K)."""
        return np.sqrt(np.diagonal(self.cov(kind, lags), axis1=1, axis2=2))

    def df(self, kind: Covariance) -> np.ndarray:
        """Degrees of freedom of the t distribution (R,) that goes with a covariance."""
        fixed = {"clustered": self.cities - 1, "driscoll_kraay": self.years - 1}
        return fixed.get(kind, self.df_resid)

    def p(self, kind: Covariance, lags: int | None = None) -> np.ndarray:
        """Two-sided p-values (R, K) of the slopes."""
        t = self.coef / self.se(kind, lags)
        return 2 * stats.t.sf(np.abs(t), self.df(kind)[:, None])

    def covers(self, truth: np.ndarray, kind: Covariance, lags: int | None = None) -> np.ndarray:
        """Whether each 95 % interval holds the true slopes: bool (R, K)."""
        half = stats.t.ppf(0.975, self.df(kind))[:, None] * self.se(kind, lags)
        return np.abs(self.coef - truth) <= half


def rule_of_thumb(years: int) -> int:
    """Lags for Driscoll and Kraay: ``floor(4 (T/100)^(2/9))``, Newey and West's rule."""
    return int(4 * (years / 100) ** (2 / 9))


def fit(
    y: np.ndarray,
    x: np.ndarray,
    present: np.ndarray | None = None,
    effects: Effects = "twoway",
    strict: bool = True,
) -> Fits:
    """Regress each draw of y on x.

    Parameters
    ----------
    y : array (R, N, T)
    x : array (K, N, T) or (R, K, N, T)
    present : bool array (R, N, T) or (N, T), optional
        Rows in use.  A city or year without one is not there for that draw, and not counted.
    effects : {"twoway", "city", "year", "pooled"}
        ``pooled`` is least squares with a constant.
    strict : bool
        Refuse the whole batch for one draw without an estimate; False gives that draw NaN.

    Raises
    ------
    lib.panel.DataError
        There are no such effects; there is no draw, city or year at all; a value in use is not
        finite or too large; and, for a draw: cities and years are unconnected; there is one city
        only; regressors are absorbed by the effects or collinear given them; no degree of freedom
        is left.
    """
    if 0 in y.shape:
        raise DataError(f"y: found shape {y.shape}, expected a draw, a city and a year at least")
    draws, cities, years = y.shape
    x = x if x.ndim == 4 else x[None]
    layout = Layout.of(np.ones((cities, years)) if present is None else present, effects)
    slopes = x.shape[1]
    nobs, n, t = (np.broadcast_to(a, draws) for a in (layout.nobs, layout.cities, layout.years))
    absorbed = {"twoway": n + t - 1, "city": n, "year": t, "pooled": np.ones_like(n)}[effects]
    df_resid = nobs - absorbed - slopes
    balanced = present is None
    # What is not finite is refused below, by name.
    with np.errstate(over="ignore", invalid="ignore"):
        net_y = within(y, None, effects) if balanced else layout.net(y[:, None])[:, 0]
        net_x = within(x, None, effects) if balanced else layout.net(x)
        flat = net_x.reshape(*net_x.shape[:2], -1)
        moments = flat @ flat.transpose(0, 2, 1)
    # What a regressor leaves is judged against its own size.
    gone: np.ndarray = np.max(_size(net_x) <= EXACT * _size(x, layout.present), axis=1)
    if not np.isfinite(moments).all():
        raise DataError("regressors: found no finite value in a cell in use")
    bread, collinear = inverses(moments)
    undefined = ~layout.connected | (n < 2) | (df_resid <= 0) | gone | collinear
    if strict:
        _refuse(layout.connected, n, df_resid, gone, collinear)
    with np.errstate(over="ignore", invalid="ignore"):
        coef = (bread @ (flat @ net_y.reshape(draws, -1, 1)))[:, :, 0]
        if not np.isfinite(coef).all():
            raise DataError("y: found no finite value in a cell in use")
        residuals = net_y - (coef[:, None] @ flat).reshape(net_y.shape)
        rss = (residuals.reshape(draws, -1) ** 2).sum(axis=1)
    if not np.isfinite(rss).all():
        raise DataError("y: found values whose squares are beyond double precision")
    # What is left of y is judged against its own size, too, and by squares that are not zero.
    left = np.maximum(residuals.max(axis=(1, 2)), -residuals.min(axis=(1, 2)))
    exact = (left <= EXACT * _size(y[:, None], layout.present)[:, 0]) | (rss < TINY)
    coef[undefined], rss[undefined], residuals[undefined] = np.nan, np.nan, np.nan
    return Fits(
        coef,
        rss,
        nobs,
        df_resid,
        net_x,
        residuals,
        bread,
        cities=n,
        years=t,
        layout=layout,
        exact=exact & ~undefined,
    )


def batches(draws: int, cells: int) -> Iterator[slice]:
    """Slices of draws so short that arrays of `cells` numbers a draw stay in the cache."""
    step = max(1, CACHE // cells)
    for first in range(0, draws, step):
        yield slice(first, min(first + step, draws))


def _refuse(
    connected: np.ndarray,
    cities: np.ndarray,
    df_resid: np.ndarray,
    gone: np.ndarray,
    collinear: np.ndarray,
) -> None:
    if not connected.all():
        raise DataError("fit: found cities and years that no row connects in some draw")
    if cities.min() < 2:
        raise DataError(f"fit: found {cities.min()} cities in some draw, expected two at least")
    if df_resid.min() <= 0:
        raise DataError(f"fit: found {df_resid.min()} degrees of freedom, expected one at least")
    if gone.any():
        raise DataError("regressors: found a column that the effects absorb")
    if collinear.any():
        raise DataError("regressors: found collinear columns once the effects are removed")


@dataclass(frozen=True)
class HausmanDraws:
    """Fixed against random city effects, both with year effects, for R draws.

    Attributes
    ----------
    sigmaless : array (R,)
        Hausman's statistic with one error variance, that of fixed effects; it equals Mundlak's,
        unless the variance of the city effects is estimated as zero.
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

    Raises
    ------
    lib.panel.DataError
        As :func:`fit`; there are too few cities for the regression between them.
    """
    slopes, cities, years = x.shape
    inside = fit(y, x)
    if inside.exact.any():
        raise DataError("y: found an exact function of the regressors and effects in some draw")
    if cities <= slopes + 1:
        raise DataError(
            f"hausman: found {cities} cities for {slopes} slopes and a constant between them, "
            "expected more cities"
        )
    mean_x = x.mean(axis=2) - x.mean(axis=(1, 2))[:, None]
    mean_y = y.mean(axis=2) - y.mean(axis=(1, 2))[:, None]
    between = years * mean_x @ mean_x.T
    within_inverse, between_inverse = inside.bread[0], _inverse(between)
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
        defined=roots.min(axis=1) > EXACT,
        clustered=_quadratic(gap, robust),
        df=slopes,
        cities=cities,
    )


def _of(array: np.ndarray, part: slice) -> np.ndarray:
    """A part of the draws of an array that has one for each, or one for all."""
    return array if len(array) == 1 else array[part]


def _reciprocal(counts: np.ndarray) -> np.ndarray:
    return np.divide(1.0, counts, out=np.zeros_like(counts), where=counts > 0)


def _size(values: np.ndarray, present: np.ndarray | None = None) -> np.ndarray:
    """The largest absolute value over cells, those present: (R or 1, K)."""
    draws = len(values) if present is None else max(len(values), len(present))
    size = np.empty((draws, values.shape[1]))
    for part in batches(draws, values[0].size):
        cells = _of(values, part)
        if present is not None:
            cells = np.where(_of(present, part)[:, None], cells, 0.0)
        size[part] = np.maximum(cells.max(axis=(2, 3)), -cells.min(axis=(2, 3)))
    return size


def _connected(shared: np.ndarray) -> np.ndarray:
    """Whether years linked by a city that has rows in both form one group: bool (R,)."""
    link = shared > 0
    seen = np.diagonal(link, axis1=1, axis2=2)
    apart = ~(seen[:, :, None] & seen[:, None, :])
    # One year linked with every other, or a chain of links.
    connected: np.ndarray = np.max(np.min(link | apart, axis=2), axis=1)
    unsure = ~connected
    reach = link[unsure]
    for _ in range(link.shape[1].bit_length()):
        reach = reach.astype(float) @ reach > 0
    connected[unsure] = np.min(reach | apart[unsure], axis=(1, 2))
    return connected


def sums(x: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Scores summed over the last axis: (R, K, N) from (1 or R, K, N, T) and (R, N, T)."""
    draws = len(residuals)
    if len(x) == 1:
        each = residuals.transpose(1, 0, 2) @ x[0].transpose(1, 2, 0)
        return each.transpose(1, 2, 0)
    sums = np.empty((draws, *x.shape[1:3]))
    ones = np.ones(x.shape[3])
    for part in batches(draws, x[0].size):
        scores = x[part] * residuals[part, None]
        sums[part] = (scores.reshape(-1, len(ones)) @ ones).reshape(sums[part].shape)
    return sums


def _squares(x: np.ndarray, residuals: np.ndarray) -> np.ndarray:
    """Sums over all cells of the products of scores: (R, K, K)."""
    draws, slopes = len(residuals), x.shape[1]
    squares = np.empty((draws, slopes, slopes))
    for part in batches(draws, x[0].size):
        scores = (_of(x, part) * residuals[part, None]).reshape(len(residuals[part]), slopes, -1)
        squares[part] = scores @ scores.transpose(0, 2, 1)
    return squares


def bartlett(years: int, lags: int | None = None) -> np.ndarray:
    """Bartlett's weights ``1 - l/(lags+1)`` of two years l apart: years x years.

    Parameters
    ----------
    lags : int, optional
        By default :func:`rule_of_thumb`.

    Raises
    ------
    lib.panel.DataError
        Lags are not from 0 to the number of years less one.
    """
    lags = rule_of_thumb(years) if lags is None else lags
    if not 0 <= lags < years:
        raise DataError(f"lags: found {lags}, expected 0 to {years - 1}")
    distance = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    return np.maximum(0.0, 1 - distance / (lags + 1))


def inverses(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses, and whether columns are collinear, where the inverse is no inverse."""
    scale = np.sqrt(np.diagonal(moments, axis1=1, axis2=2))
    scale = np.where(scale > 0, scale, 1.0)
    unit = moments / scale[:, :, None] / scale[:, None]
    collinear = np.asarray((np.linalg.eigvalsh(unit) < EXACT).any(axis=1))
    unit[collinear] = np.eye(moments.shape[1])
    return np.linalg.inv(unit) / scale[:, :, None] / scale[:, None], collinear


def _inverse(moments: np.ndarray) -> np.ndarray:
    inverse, collinear = inverses(moments[None])
    if collinear.any():
        raise DataError("regressors: found collinear columns once the effects are removed")
    return inverse[0]


def _quadratic(vector: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    return (vector * np.linalg.solve(matrix, vector[:, :, None])[:, :, 0]).sum(axis=1)
