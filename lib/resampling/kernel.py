"""Panel regressions of many draws at once, with entity and time effects.

:mod:`lib.estimation` runs one regression with all its checks, through ``linearmodels``.  A
simulation, or a thousand samples of cities, needs many that share a shape; no library has that, so
this module writes the same estimators as array operations over a leading axis of draws.

Shapes
------
``y`` is ``(R, N, T)``: draws, entities (cities), times (years).  Regressors are ``(K, N, T)`` where
all draws share them, ``(R, K, N, T)`` where each has its own.  ``present`` is ``(R, N, T)``, or
``(N, T)`` where all draws use the same rows; without it the panel is balanced.

Conventions
-----------
A draw has n rows, N entities, T times and K slopes.  An entity or a time with a single row, which
its own effect absorbs, is left out and not counted.  Effects cost ``N + T - 1`` coefficients, the
constant among them; T of these are not nested in entities, N not in times.

``classical``
    ``rss / df`` for the error variance, df = n - N - T + 1 - K; t(df).
``hc1``
    Robust to heteroskedasticity, scaled by ``n / df``; t(df).
``clustered``
    By entity, scaled by ``N/(N-1) * (n-1)/(n-K-T)``; t(N-1).  As in :mod:`lib.estimation`.
``jackknife``
    By entity, CV3 of :mod:`lib.jackknife`; t(N-1).
``driscoll_kraay``
    Robust to correlation between entities and, up to some lags, over time [1]_: Bartlett weights on
    the autocovariances of each time's summed scores, scaled by ``T/(T-1) * (n-1)/(n-K-N)``; t(T-1).
    As in R's ``fixest``; ``plm::vcovSCC`` is the same without the scale.

References
----------
.. [1] Driscoll, J. C. and Kraay, A. C. (1998). Consistent covariance matrix estimation with
   spatially dependent panel data. *Review of Economics and Statistics*, 80(4), 549-560.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from lib.panel import DataError
from lib.sample import codes, numbers, one_of, without_singles
from lib.within import EXACT

Covariance = Literal["classical", "hc1", "clustered", "jackknife", "driscoll_kraay"]
# Numbers an array may hold and stay in a processor's cache between one operation and the next.
CACHE = 1 << 16


def clustered_factor(clusters: Any, nobs: Any, counted: Any) -> Any:
    """Small-sample factor of a clustered covariance, ``G/(G-1) * (n-1)/(n-counted)``.

    Counted are slopes, and effects (the constant among them) that are not nested in clusters.
    """
    return clusters / (clusters - 1) * (nobs - 1) / (nobs - counted)


def cube(rows: pd.DataFrame, columns: Sequence[str]) -> tuple[np.ndarray, pd.Index]:
    """Columns of a panel, balanced or not, by ``city`` and ``year``.

    Returns
    -------
    values : array (columns, N, T)
        NaN where there is no row, or no value.
    entities : Index (N,)
        Labels; these and the times are in ascending order.

    Raises
    ------
    lib.panel.DataError
        As :func:`lib.resampling.kernel.usable`; a city and year is there twice.
    """
    numbers(rows, columns)
    if rows.duplicated(["city", "year"]).any():
        raise DataError("rows: found the same city and year twice, expected each once")
    wide = rows.pivot(index="city", columns="year", values=list(columns)).astype(float)
    return wide.to_numpy().reshape(len(wide), len(columns), -1).swapaxes(0, 1), wide.index


@dataclass(frozen=True)
class Layout:
    """Which cells (R or 1, N, T) each draw uses, and what it takes to free them of their effects.

    Entity means are removed first; then the time dummies, freed of their entity means, are
    projected out: one system of T equations a draw.
    """

    present: np.ndarray

    @classmethod
    def of(cls, present: np.ndarray) -> Layout:
        """Prepare a pattern (R, N, T) or (N, T) of cells; those that an effect absorbs go."""
        present = np.array(present, dtype=bool, ndmin=3)
        before = -1
        while before != (before := int(present.sum())):
            for axis in (1, 2):
                present &= present.sum(axis=axis, keepdims=True) > 1
        return cls(present)

    @cached_property
    def by_entity(self) -> np.ndarray:
        """Rows of each entity (R or 1, N)."""
        return self.present.sum(axis=2)

    @cached_property
    def by_time(self) -> np.ndarray:
        """Rows of each time (R or 1, T)."""
        return self.present.sum(axis=1)

    @cached_property
    def share(self) -> np.ndarray:
        """Cells in use by the rows of their entity: (R or 1, N, T)."""
        return self.present / self.by_entity.clip(1)[:, :, None]

    @cached_property
    def shared(self) -> np.ndarray:
        """Cross-products of the entity means of the time dummies: (R or 1, T, T)."""
        return self.present.transpose(0, 2, 1).astype(float) @ self.share

    @cached_property
    def connected(self) -> np.ndarray:
        """Whether rows connect all entities and times: bool (R or 1,)."""
        return _connected(self.shared)

    @cached_property
    def inverse(self) -> np.ndarray:
        """Inverse cross-products of the time dummies, freed of entity effects: (R or 1, T, T)."""
        return _inverse_of_times(self.by_time, self.shared)

    def inverse_without(self, part: slice) -> np.ndarray:
        """The same without each entity, for a part of the draws: (R or 1, N, T, T)."""
        used, shared, by_time = (
            _of(each, part) for each in (self.present, self.shared, self.by_time)
        )
        # Entities seen at the same times leave the same behind: mostly these patterns are few.
        draws, cities, times = used.shape
        codes = used @ 2.0 ** np.arange(times)
        _, first, which = np.unique(codes, return_index=True, return_inverse=True)
        which = which.reshape(draws, cities)
        few = len(first) < cities and times < 53  # a double has 53 bits
        if few:
            there = np.zeros((draws, len(first), 1), dtype=bool)
            there[np.arange(draws)[:, None], which] = True
            used = used.reshape(-1, times)[first] & there
        own = used.astype(float)
        share = own / own.sum(axis=2, keepdims=True).clip(1)
        without = shared[:, None] - own[..., :, None] * share[..., None, :]
        inverse = _inverse_of_times(by_time[:, None] - own, without)
        return np.take_along_axis(inverse, which[..., None, None], axis=1) if few else inverse

    def net(self, values: np.ndarray) -> np.ndarray:
        """Values (R or 1, K, N, T) freed of the effects; cells that are not present are zero."""
        draws = max(len(values), len(self.present))
        net = np.empty((draws, *values.shape[1:]))
        # Sums over a short axis are products with ones: numpy is slow on them.
        entities, times = (np.ones(length) for length in values.shape[2:])
        for part in batches(draws, net[0].size):
            present = _of(self.present, part)[:, None]
            used = present.astype(float)
            work = np.where(present, _of(values, part), 0.0)
            rows = _of(self.by_entity, part).clip(1)[:, None]
            work -= (work @ times / rows)[..., None]
            work *= used
            effects = entities @ work @ _of(self.inverse, part)
            work -= effects[..., None, :]
            work += (effects @ _of(self.share, part).transpose(0, 2, 1))[..., None]
            np.multiply(work, used, out=net[part])
        return net


@dataclass(frozen=True)
class Fits:
    """Regressions of R draws.

    Attributes
    ----------
    coef, rss : array (R, K), (R,)
    nobs, df_resid, entities, times : array (R,) of int
        Rows; degrees of freedom, every effect counted; entities and times with rows.
    x, bread : array (1 or R, K, N, T), (1 or R, K, K)
        Regressors freed of the effects, and the inverse of X'X.
    residuals : array (R, N, T)
    layout : Layout
        Cells in use.
    exact : bool
        Whether y is an exact function of regressors and effects in some draw.
    """

    coef: np.ndarray
    rss: np.ndarray
    nobs: np.ndarray
    df_resid: np.ndarray
    entities: np.ndarray
    times: np.ndarray
    x: np.ndarray
    residuals: np.ndarray
    bread: np.ndarray
    layout: Layout
    exact: bool

    def cov(self, kind: Covariance) -> np.ndarray:
        """Covariance matrices (R, K, K) under a convention of this module.

        Raises
        ------
        lib.panel.DataError
            There is no such covariance; or, in some draw, y is an exact function of regressors and
            effects, the clusters' scores do not differ, or the slopes are not unique without an
            entity.
        """
        one_of(kind, "covariance", Covariance)
        slopes = self.x.shape[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            classical = (self.rss / self.df_resid)[:, None, None] * self.bread
            if kind == "classical":
                cov = classical
            elif kind == "hc1":
                scores = (self.x * self.residuals[:, None]).reshape(len(self.coef), slopes, -1)
                meat = scores @ scores.transpose(0, 2, 1)
                cov = (self.nobs / self.df_resid)[:, None, None] * (self.bread @ meat @ self.bread)
            elif kind == "jackknife":
                gap = self._departures()
                factor = (self.entities - 1) / self.entities
                cov = factor[:, None, None] * (gap.transpose(0, 2, 1) @ gap)
            elif kind == "clustered":
                scores = np.einsum("rknt,rnt->rkn", self.x, self.residuals)
                factor = clustered_factor(self.entities, self.nobs, slopes + self.times)
                meat = factor[:, None, None] * (scores @ scores.transpose(0, 2, 1))
                cov = self.bread @ meat @ self.bread
            else:
                scores = np.einsum("rknt,rnt->rkt", self.x, self.residuals)
                factor = clustered_factor(self.times, self.nobs, slopes + self.entities)
                meat = scores @ bartlett(self.x.shape[3]) @ scores.transpose(0, 2, 1)
                cov = factor[:, None, None] * (self.bread @ meat @ self.bread)
            own, least = (np.diagonal(each, axis1=1, axis2=2) for each in (cov, classical))
        if self.exact or not (np.isfinite(own) & (own > EXACT * least)).all():
            raise DataError(
                f"{kind}: found a draw without standard errors: y is exact, clusters do not "
                "differ, or slopes are not unique without one of them"
            )
        return cov

    def se(self, kind: Covariance) -> np.ndarray:
        """Standard errors (R, K)."""
        return np.sqrt(np.diagonal(self.cov(kind), axis1=1, axis2=2))

    def df(self, kind: Covariance) -> np.ndarray:
        """Degrees of freedom (R,) of the t distribution that goes with a covariance."""
        if kind in ("classical", "hc1"):
            return self.df_resid
        return (self.times if kind == "driscoll_kraay" else self.entities) - 1

    def p(self, kind: Covariance) -> np.ndarray:
        """Two-sided p-values (R, K)."""
        return 2 * stats.t.sf(np.abs(self.coef / self.se(kind)), self.df(kind)[:, None])

    def _departures(self) -> np.ndarray:
        """Slopes without each entity, effects estimated anew, less the slopes with all: (R, N, K).

        NaN where they are not unique.
        """
        # An entity's cells x_g (K, T) and residuals u_g are, summed by time, also what leaving it
        # out takes from the products with time dummies, which were zero.  With V_g the inverse
        # cross-products of the dummies without it, the slopes move by
        # -(X'X - x_g (I + V_g) x_g')^-1 x_g (I + V_g) u_g.
        each = self.x.transpose(0, 2, 1, 3)
        moments = np.linalg.inv(self.bread)
        scale = np.sqrt(np.diagonal(moments, axis1=1, axis2=2))
        gap = np.empty((len(self.coef), *each.shape[1:3]))
        for part in [slice(None)] if len(each) == 1 else batches(len(each), 4 * each[0, :, 0].size):
            cells = each[part]
            taken = cells @ (np.eye(each.shape[3]) + self.layout.inverse_without(part))
            left = moments[part, None] - taken @ cells.swapaxes(2, 3)
            solved, collinear = inverses(left, scale[part, None])
            solved[collinear] = np.nan
            gap[part] = -np.einsum("rnkt,rnt->rnk", solved @ taken, self.residuals[part])
        return gap


def rule_of_thumb(times: int) -> int:
    """Lags for Driscoll and Kraay: ``floor(4 (T/100)^(2/9))``, Newey and West's rule."""
    return int(4 * (times / 100) ** (2 / 9))


def bartlett(times: int) -> np.ndarray:
    """Bartlett's weights ``1 - l/(lags+1)`` of times l apart, lags by rule of thumb: (T, T)."""
    apart = np.abs(np.subtract.outer(np.arange(times), np.arange(times)))
    return np.maximum(0.0, 1 - apart / (rule_of_thumb(times) + 1))


def fit(y: np.ndarray, x: np.ndarray, present: np.ndarray | None = None) -> Fits:
    """Regress each draw of y on x, entity and time effects.

    Parameters
    ----------
    y : array (R, N, T)
    x : array (K, N, T) or (R, K, N, T)
    present : bool array (R, N, T) or (N, T), optional
        Rows in use.

    Raises
    ------
    lib.panel.DataError
        Shapes do not fit; a value in use is not finite; or a draw has no estimate: no row connects
        some cities and years, there are too few rows, or regressors are absorbed or collinear.
    """
    x = x if x.ndim == 4 else x[None]
    layout = Layout.of(np.ones(y.shape[1:]) if present is None else present)
    draws, slopes = len(y), x.shape[1]
    sizes = {len(x), len(layout.present), draws}
    if 0 in y.shape or {x.shape[2:], layout.present.shape[1:]} != {y.shape[1:]}:
        raise DataError(f"y: found shape {y.shape}, with x {x.shape}; expected the same cells")
    if not sizes <= {1, draws}:
        raise DataError(f"found {sorted(sizes)} draws of y, x and cells; expected one number, or 1")
    nobs, n, t = (
        np.broadcast_to(count, draws)
        for count in (
            layout.present.sum(axis=(1, 2)),
            (layout.by_entity > 0).sum(axis=1),
            (layout.by_time > 0).sum(axis=1),
        )
    )
    df_resid = nobs - (n + t - 1) - slopes
    with np.errstate(over="ignore", invalid="ignore"):  # refused below
        net_x, net_y = layout.net(x), layout.net(y[:, None])[:, 0]
        flat = net_x.reshape(*net_x.shape[:2], -1)
        moments = flat @ flat.transpose(0, 2, 1)
        norms = _norms(x, layout.present), _norms(y[:, None], layout.present)[:, 0]
    if not (np.isfinite(norms[0]).all() and np.isfinite(norms[1]).all()):
        raise DataError("y or x: found no finite value in a cell in use, or one too large")
    # What a column leaves is judged against its own size.
    own = np.sqrt(np.diagonal(moments, axis1=1, axis2=2))
    gone = (own <= EXACT * norms[0]).any(axis=1)
    bread, collinear = inverses(moments)
    coef = (bread @ (flat @ net_y.reshape(draws, -1, 1)))[:, :, 0]
    residuals = net_y - (coef[:, None] @ flat).reshape(net_y.shape)
    rss = np.einsum("rnt,rnt->r", residuals, residuals)
    faults = {
        "cities and years that no row connects": ~layout.connected,
        "fewer than two cities, or no degree of freedom": (n < 2) | (df_resid <= 0),
        "a regressor that the effects absorb": gone,
        "collinear regressors once the effects are removed": collinear,
    }
    if found := [fault for fault, draw in faults.items() if draw.any()]:
        raise DataError(f"fit: found {found[0]}, in some draw")
    exact = bool((np.sqrt(rss) <= EXACT * norms[1]).any())
    return Fits(coef, rss, nobs, df_resid, n, t, net_x, residuals, bread, layout, exact)


def batches(draws: int, cells: int) -> Iterator[slice]:
    """Slices of draws so short that arrays of `cells` numbers a draw stay in the cache."""
    step = max(1, CACHE // cells)
    for first in range(0, draws, step):
        yield slice(first, min(first + step, draws))


def inverses(moments: np.ndarray, scale: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Inverses (..., K, K), and whether columns are collinear, where the inverse is no inverse.

    Parameters
    ----------
    scale : array (..., K), optional
        Sizes of the columns; by default the roots of the diagonal.
    """
    if scale is None:
        scale = np.sqrt(np.diagonal(moments, axis1=-2, axis2=-1))
    scale = np.where(scale > 0, scale, 1.0)
    size = scale[..., :, None] * scale[..., None, :]
    # By the size of the inverse: to look at every root takes longer than to invert.  The least that
    # can be added lets a matrix that is exactly singular pass without stopping the others.
    eye = np.eye(moments.shape[-1])
    inverse = np.linalg.inv(moments / size + 1e-15 * eye)
    collinear = ~(np.abs(np.diagonal(inverse, axis1=-2, axis2=-1)).max(axis=-1) < 1 / EXACT)
    inverse[collinear] = eye
    return inverse / size, collinear


def _of(array: np.ndarray, part: slice) -> np.ndarray:
    """A part of the draws of an array that has one for each, or one for all."""
    return array if len(array) == 1 else array[part]


def _norms(values: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Roots of sums of squares over the cells present: (R or 1, K)."""
    cells = np.where(present[:, None], values, 0.0)
    return np.sqrt(np.einsum("rknt,rknt->rk", cells, cells))


def _inverse_of_times(by_time: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Generalised inverse of ``diag(by_time) - shared``."""
    eye, seen = np.eye(by_time.shape[-1]), by_time > 0
    both = seen[..., :, None] & seen[..., None, :]
    apart = ~_connected(shared)
    # Singular along a constant, where nothing is left to remove: made regular there, with a root
    # of the size of the others.
    size = by_time.sum(axis=-1) / seen.sum(axis=-1).clip(1) ** 2
    normal = eye * by_time[..., None, :] - shared
    regular = np.where(both, normal + size[..., None, None], eye)
    regular[apart] = eye
    inverse = np.linalg.inv(regular)
    if apart.any():
        inverse[apart] = np.linalg.pinv(normal[apart], rcond=EXACT, hermitian=True)
    return inverse


def _connected(shared: np.ndarray) -> np.ndarray:
    """Whether times linked by an entity that has rows in both form one group: bool (...)."""
    reach = shared > 0
    seen = np.diagonal(reach, axis1=-2, axis2=-1)
    for _ in range(shared.shape[-1].bit_length()):
        reach = reach.astype(float) @ reach > 0
    both = seen[..., :, None] & seen[..., None, :]
    return np.asarray((reach | ~both).all(axis=(-2, -1)))


def demeaned(values: np.ndarray, group: np.ndarray, line: np.ndarray | None = None) -> np.ndarray:
    """Rows (n, K) less the means of their group, codes (n,) from zero.

    With a `line` (n,), such as the year, less the least-squares line along it in each group.
    """
    member = np.eye(group.max() + 1)[group]
    values = values - member @ ((member.T @ values) / member.sum(axis=0)[:, None])
    if line is None:
        return values
    along = demeaned(line[:, None], group)
    length = member.T @ along**2
    slope = (member.T @ (along * values)) / np.where(length > 0, length, 1.0)
    return values - along * (member @ slope)


def usable(
    rows: pd.DataFrame, values: Sequence[str], effects: Sequence[str], others: Sequence[str] = ()
) -> pd.DataFrame:
    """Complete rows that no effect absorbs."""
    numbers(rows, values)
    for name in (*effects, *others):
        codes(rows, name)
    names = list(dict.fromkeys([*values, *effects, *others]))
    return without_singles(rows[names].astype(dict.fromkeys(values, float)).dropna(), effects)
