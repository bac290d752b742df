"""Least squares and 2SLS with effects, and what they become without any cluster.

Effects of *units* (a city, or a city between two events where each event brings a new effect) lie
inside clusters; clusters share those of years.  All are projected out.  A cluster then enters by
its cross-products of [shared effects | regressors | outcomes].  To leave it out is to subtract
these, and to take the shared effects out anew by a small system of equations (a Schur complement).

Effects
-------
``twoway, entity, time, none``
    City and year effects, one of the two, a constant alone.
``start``
    City and year effects, and an effect of each year times the city's column ``START``, its outcome
    of the first year: cities that began rich or poor may take paths of their own.
``trend``
    City and year effects, and a straight line in time for each city.

Errors
------
``classical``
    Homoskedastic; every effect is counted; ``t(df_resid)``.
``clustered``
    Robust to any correlation within a cluster, times ``G/(G-1) * (n-1)/(n-K-counted)``.  Effects
    nested in clusters are not counted: the cities' own and their trends.  The constant and the
    ``T - 1`` year effects are, with ``start`` their ``T - 1`` products, too; with ``trend`` the
    ``T - 2`` year effects that means and lines leave.  ``t(G-1)``.
``jackknife``
    CV3, from the slopes without each cluster, see :mod:`lib.inference`; ``t(G-1)``.

Our own because the book needs the slopes without each cluster, of thousands of regressions and of
differences between them.  It is held to dummies written out, linearmodels, pyfixest and R.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from lib.inference import Jackknife, table_of
from lib.panel import DataError
from lib.sample import codes, listed, numbers, one_of, repeated

Effects = Literal["twoway", "entity", "time", "none", "start", "trend"]
BY_UNIT, BY_TIME = ("twoway", "entity", "start", "trend"), ("twoway", "time", "start", "trend")
"""The effects that have one of each city's, and one of each year's, among them."""
START = "START"
"""The column whose product with each year's effect ``start`` adds."""
EXACT = 1e-10
"""Less than this share of a sum of squares, or of an outcome's size, is rounding."""
_TAKEN = {"twoway": "city and year effects", "entity": "city effects", "time": "year effects",
          "none": "means", "start": "city and year effects and the paths from START",
          "trend": "city and year effects and the cities' trends"}  # fmt: skip


@dataclass(frozen=True)
class Design:
    """The effects of n rows, and the cluster of each row.

    Attributes
    ----------
    nested, base : list of sparse array (n, O), array (n, E)
        Orthonormal columns: effects inside clusters, and what effects that clusters share add.
    slots, clusters : array of int (A, L), dict from str to array of int (A,)
        The rows of each *atom*, of which clusters consist, filled up with n; and the cluster of
        each, by kind, from zero.
    nobs, counted, cost : int
        Rows; effects not nested in clusters, the constant among them; all effects.
    """

    nested: list[sparse.csr_array]
    base: np.ndarray
    slots: np.ndarray
    clusters: dict[str, np.ndarray]
    nobs: int
    counted: int
    cost: int

    @classmethod
    def of(
        cls,
        effects: Effects,
        city: np.ndarray,
        year: np.ndarray,
        clusters: Mapping[str, np.ndarray],
        unit: np.ndarray | None = None,
        start: np.ndarray | None = None,
    ) -> Design:
        """Prepare the effects of n rows; refuses fewer than two clusters, and a unit in two.

        All arrays are (n,).  Those of cities, clusters by kind and units (what has an effect, if
        not the city) are codes from zero, each with a row; years are numbers; ``start`` needs the
        outcome of the city's first year.
        """
        one_of(effects, "effects", Effects)
        by_unit, n = effects in BY_UNIT, len(year)
        unit, atom = city if unit is None else unit, np.zeros(n, int)
        for kind, group in clusters.items():
            if (groups := group.max(initial=-1) + 1) < 2:
                raise DataError(f"column {kind!r}: found {groups} clusters, expected more")
            if by_unit and np.count_nonzero(np.bincount(unit * groups + group)) > unit.max() + 1:
                raise DataError(f"column {kind!r}: found a city in two, expected it in one")
            atom = np.unique(atom * groups + group, return_inverse=True)[1]
        nested, shared = [_columns(unit)] if by_unit else [], np.ones((n, 1))
        if effects == "trend":
            nested.append(_columns(city, _less(year - year.mean(), nested)))
        if effects in BY_TIME:
            period = np.unique(year, return_inverse=True)[1]
            shared = _columns(period).toarray()
        if effects == "start":
            assert start is not None, "start: found no outcome of the first year"
            shared = np.hstack([shared, _columns(period, start - start.mean()).toarray()])
        shared = _less(shared, nested)
        roots, vectors = np.linalg.eigh(shared.T @ shared)
        real = roots > EXACT
        base = shared @ (vectors[:, real] / np.sqrt(roots[real]))
        size = np.bincount(atom)
        slots = np.full((len(size), size.max()), n)
        slots[np.arange(size.max()) < size[:, None]] = np.argsort(atom, kind="stable")
        return cls(
            nested=nested,
            base=base,
            slots=slots,
            clusters={kind: group[slots[:, 0]] for kind, group in clusters.items()},
            nobs=n,
            counted=base.shape[1] + (by_unit and effects != "trend"),
            cost=sum(columns.shape[1] for columns in (*nested, base)),
        )

    def net(self, values: np.ndarray) -> np.ndarray:
        """Columns (..., n, V) less what the effects explain."""
        values = values - values.mean(axis=-2, keepdims=True)
        flat = np.moveaxis(values, -2, 0)
        net = _less(flat.reshape(self.nobs, -1), (*self.nested, self.base))
        return np.moveaxis(net.reshape(flat.shape), 0, -2)

    def by_atom(self, values: np.ndarray) -> np.ndarray:
        """Columns (..., n, V) as (..., A, L, V), zero where an atom has fewer rows."""
        nothing = np.zeros((*values.shape[:-2], 1, values.shape[-1]))
        return np.concatenate([values, nothing], axis=-2)[..., self.slots, :]

    def groups(self, cluster: str) -> int:
        """Number of clusters of a kind."""
        return int(self.clusters[cluster].max()) + 1

    def sums(self, parts: np.ndarray, cluster: str) -> np.ndarray:
        """Matrices of atoms (..., A, I, J) added up by cluster: (..., G, I, J)."""
        flat = parts.reshape(*parts.shape[:-2], -1)
        total = np.eye(self.groups(cluster))[self.clusters[cluster]].T @ flat
        return total.reshape(*total.shape[:-1], *parts.shape[-2:])

    @cached_property
    def without(self) -> dict[str, np.ndarray]:
        """Inverse cross-products (G, E, E) of the shared effects without each cluster, by kind."""
        base = self.by_atom(self.base)
        parts, inverse = base.swapaxes(1, 2) @ base, {}
        for kind in self.clusters:
            left = (1 + 1e-15) * np.eye(base.shape[2]) - self.sums(parts, kind)
            inverse[kind] = np.linalg.inv(left)
            # An effect that leaves with its cluster has a root of zero.
            gone = np.abs(inverse[kind]).max(axis=(1, 2), initial=0) > 1e8
            inverse[kind][gone] = np.linalg.pinv(left[gone], 1e-8, hermitian=True)
        return inverse

    def products(self, x: np.ndarray, y: np.ndarray) -> Products:
        """Cross-products of regressors (..., n, X) and outcomes (..., n, Y)."""
        net = self.net(np.concatenate([x, y], axis=-1))
        by_atom, base = self.by_atom(net), self.by_atom(self.base).swapaxes(1, 2)
        turned = by_atom[..., : x.shape[-1]].swapaxes(-1, -2)
        size = np.sqrt((x**2).sum(axis=-2))
        return Products(self, size, net, base @ by_atom, turned @ by_atom)


@dataclass(frozen=True)
class Products:
    """Cross-products by atom of X regressors and Y outcomes, freed of effects.

    Leading axes are draws that have their effects in common.  `x` (R, K) lists R regressions by the
    places of their K regressors; with `z` (R, L), places of as many columns or more, they are 2SLS
    with these instruments, exogenous regressors among them.

    Attributes
    ----------
    size : array (..., X)
        Roots of the regressors' sums of squares before the effects went.
    net : array (..., n, X + Y)
        Regressors and outcomes.
    shared, moments : array (..., A, E or X, X + Y)
        Shared effects, and regressors, by regressors and outcomes.
    """

    design: Design
    size: np.ndarray
    net: np.ndarray
    shared: np.ndarray
    moments: np.ndarray
    _left: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @cached_property
    def whole(self) -> np.ndarray:
        """Moments (..., X, X + Y) of all rows."""
        return self.moments.sum(axis=-3)

    def solver(self, x: Any, z: Any = None) -> np.ndarray:
        """What makes slopes of products with outcomes (..., R, K, L): without `z`, an inverse."""
        return _solver(self.whole, self.size, x, z)

    def coef(self, x: Any, z: Any = None) -> np.ndarray:
        """Slopes (..., R, K, Y); NaN where they are not unique."""
        return self.solver(x, z) @ _outcomes(self.whole, x if z is None else z)

    def without(self, x: Any, cluster: str = "city", z: Any = None) -> np.ndarray:
        """Slopes (..., G, R, K, Y) without each cluster, effects estimated anew: as `coef`."""
        if cluster not in self._left:
            shared, moments = (self.design.sums(p, cluster) for p in (self.shared, self.moments))
            turned = shared[..., : self.size.shape[-1]].swapaxes(-1, -2)
            anew = turned @ self.design.without[cluster] @ shared
            self._left[cluster] = self.whole[..., None, :, :] - moments - anew
        left = self._left[cluster]
        solver = _solver(left, self.size[..., None, :], x, z)
        return solver @ _outcomes(left, x if z is None else z)

    def parts(self, x: Any, errors: str, cluster: str = "city", z: Any = None) -> np.ndarray:
        """Parts (..., G, R, K, Y) whose products, summed, are the covariance of the slopes."""
        coef = self.coef(x, z)[..., None, :, :, :]
        if errors == "jackknife":
            gap = self.without(x, cluster, z) - coef
            return np.sqrt(1 - 1 / self.design.groups(cluster)) * gap
        moments, tools = self.design.sums(self.moments, cluster), x if z is None else z
        left = _outcomes(moments, tools) - _block(moments, tools, x) @ coef
        factor = self.factor(np.shape(x)[-1], cluster)
        return np.sqrt(factor) * self.solver(x, z)[..., None, :, :, :] @ left

    def classical(self, x: Any, z: Any = None) -> np.ndarray:
        """Covariances (..., R, Y, K, K) of the slopes if errors are homoskedastic."""
        solver, coef, tools = self.solver(x, z), self.coef(x, z), x if z is None else z
        fitted = coef * (2 * _outcomes(self.whole, x) - _block(self.whole, x, x) @ coef)
        squares = (self.net[..., self.size.shape[-1] :] ** 2).sum(axis=-2)
        df = self.design.nobs - self.design.cost - coef.shape[-2]
        variance = (squares[..., None, :] - fitted.sum(axis=-2)) / df
        inverse = solver @ _block(self.whole, tools, tools) @ solver.swapaxes(-1, -2)
        return variance[..., None, None] * inverse[..., None, :, :]

    def se(self, x: Any, errors: str = "clustered", cluster: str = "city") -> np.ndarray:
        """Standard errors (..., R, K, Y) of least squares, by the kinds of errors above."""
        if errors == "classical":
            return np.sqrt(np.diagonal(self.classical(x), axis1=-2, axis2=-1)).swapaxes(-1, -2)
        return np.sqrt((self.parts(x, errors, cluster) ** 2).sum(axis=-4))

    def factor(self, slopes: int, cluster: str = "city") -> float:
        """Small-sample factor of a clustered covariance of that many slopes."""
        counted = slopes + self.design.counted
        return clustered_factor(self.design.groups(cluster), self.design.nobs, counted)


@dataclass(frozen=True)
class Fit:
    """One regression, by name.

    Attributes
    ----------
    columns, z : tuple of str, array of int (1, L) or None
        `x`, then what else is an instrument; and the places of the instruments of 2SLS.
    rows, clusters : DataFrame (n, ...), dict from str to Index
        The rows used, in the order of the data, and the labels of the clusters, by kind.
    products : Products
        Of `columns` and the outcome.
    """

    y: str
    x: tuple[str, ...]
    columns: tuple[str, ...]
    effects: str
    rows: pd.DataFrame
    clusters: dict[str, pd.Index]
    products: Products
    z: np.ndarray | None = None

    @property
    def places(self) -> np.ndarray:
        """Places of `x` among the columns: (1, K)."""
        return np.arange(len(self.x))[None]

    @cached_property
    def coef(self) -> pd.Series:
        """Slopes, in units of y per unit of x."""
        slopes = self.products.coef(self.places, self.z)[0, :, 0]
        return pd.Series(slopes, list(self.x), name="coef")

    @cached_property
    def net(self) -> pd.DataFrame:
        """Columns and outcome freed of the effects."""
        return pd.DataFrame(self.products.net, self.rows.index, [*self.columns, self.y])

    @cached_property
    def residuals(self) -> pd.Series:
        """Residuals of the rows used."""
        return (self.net[self.y] - self.net[list(self.x)] @ self.coef).rename("residual")

    @property
    def df_resid(self) -> int:
        """Rows less slopes and all effects."""
        return self.products.design.nobs - self.products.design.cost - len(self.x)

    def cov(self, errors: str = "clustered", cluster: str = "city") -> pd.DataFrame:
        """Covariance of the slopes, by the kinds of errors above."""
        if errors == "classical":
            cov = self.products.classical(self.places, self.z)[0, 0]
        else:
            parts = self.products.parts(self.places, errors, cluster, self.z)[:, 0, :, 0]
            cov = parts.T @ parts
        return pd.DataFrame(cov, list(self.x), list(self.x))

    def table(self, errors: str = "jackknife", cluster: str = "city") -> pd.DataFrame:
        """Index x; columns ``se, t, p, low, high``, by the kinds of errors above."""
        if errors == "jackknife":
            return self.jackknife(cluster).table
        df = self.df_resid if errors == "classical" else len(self.clusters[cluster]) - 1
        return table_of(self.coef, self.cov(errors, cluster), df)

    def jackknife(self, cluster: str = "city") -> Jackknife:
        """The slopes without each cluster; refuses slopes that are not unique without some."""
        without = self.products.without(self.places, cluster, self.z)[:, 0, :, 0]
        labels = self.clusters[cluster]
        if (lost := np.isnan(without).any(axis=1)).any():
            raise DataError(
                f"{cluster} {labels[int(lost.argmax())]}: found no unique slopes of "
                f"{', '.join(self.x)} without it"
            )
        return Jackknife(self.coef, pd.DataFrame(without, labels, list(self.x)))


def fit(
    rows: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    effects: Effects = "twoway",
    *,
    unit: str | Sequence[str] = "city",
    time: str | Sequence[str] = "year",
    clusters: Sequence[str] | str = "city",
    z: Sequence[str] | None = None,
) -> Fit:
    """Regress `y` on `x` and effects.

    Parameters
    ----------
    rows : DataFrame
        A row per unit and time, unbalanced or not; some go, see :mod:`lib.sample`.
    effects : {"twoway", "entity", "time", "none", "start", "trend"}
        See above; ``start`` needs the column ``START``, ``trend`` times that are numbers.
    unit, time : str or sequence of str
        Columns whose combinations have an effect each: ``("city", "event")`` gives a city a new
        effect after each event and one trend.  In a cross-section ``effects="time",
        time="province"`` gives effects of provinces.
    clusters, z : str or sequence of str
        Kinds of clusters, which nest the units; instruments of 2SLS, exogenous regressors included.

    Refuses a column that is listed twice, unknown, no number or infinite; other effects; data that
    leave no row, no second cluster or no degree of freedom; a unit in two clusters; a y that is
    constant or an exact function of the others; a column, which is named, that the effects and the
    columns before it absorb.
    """
    one_of(effects, "effects", Effects)
    x, z = listed(x), None if z is None else listed(z)
    for names in ((y, *x), z or ()):
        if len(set(names)) < len(names):
            raise DataError(f"found a column twice in ({', '.join(names)}), expected each once")
    columns = tuple(dict.fromkeys([*x, *(z or ())]))
    values = numbers(rows, [*columns, y, *([START] if effects == "start" else [])])
    unit, time, kinds = listed(unit), listed(time), listed(clusters)
    absorb = [unit, unit[:1]] if effects in BY_UNIT else []
    absorb += [time] if effects in BY_TIME else []
    coded = {names: codes(rows, names) for names in (*absorb, *((kind,) for kind in kinds))}
    complete = ~np.isnan(values).any(axis=1)
    for code, _ in coded.values():
        complete &= code >= 0
    if not complete.any():
        missing = ", ".join(map("{} {}".format, [*columns, y], np.isnan(values).sum(axis=0)))
        raise DataError(
            f"found no row with all of {', '.join([*columns, y])} (missing values: {missing}; "
            f"rows: {len(rows)}), expected at least one"
        )
    sample = repeated([coded[names][0] for names in absorb], complete)
    rows, values, nothing = rows[sample], values[sample], np.zeros(sample.sum(), int)
    there = {key: np.unique(code[sample], return_inverse=True) for key, (code, _) in coded.items()}
    city, spell, period = (there.get(key, (0, nothing))[1] for key in (unit[:1], unit, time))
    design = Design.of(
        effects,
        city=city,
        year=rows[time[0]].to_numpy() if effects == "trend" else period,
        clusters={kind: there[kind,][1] for kind in kinds},
        unit=spell,
        start=values[:, -1] if effects == "start" else None,
    )
    k = len(columns)
    regression = Fit(
        y=y,
        x=x,
        columns=columns,
        effects=effects,
        rows=rows,
        clusters={kind: coded[kind,][1][there[kind,][0]].rename(kind) for kind in kinds},
        products=design.products(values[:, :k], values[:, k : k + 1]),
        z=None if z is None else np.array([[columns.index(name) for name in z]]),
    )
    _check(regression, np.linalg.norm(values[:, k]))
    return regression


def leave_one_out(
    rows: pd.DataFrame, y: str, x: Sequence[str], effects: Effects = "twoway", cluster: str = "city"
) -> Jackknife:
    """Regress `y` on `x` and effects, with all clusters and without each: see :func:`fit`."""
    return fit(rows, y, x, effects, clusters=cluster).jackknife(cluster)


def clustered_factor(clusters: int, nobs: int, counted: int) -> float:
    """Small-sample factor of a clustered covariance, ``G/(G-1) * (n-1)/(n-counted)``."""
    return clusters / (clusters - 1) * (nobs - 1) / (nobs - counted)


def _check(regression: Fit, size: Any) -> None:
    """Refuse what leaves no slope or no standard error."""
    products, columns, y = regression.products, regression.columns, regression.y
    if regression.df_resid < 1:
        raise DataError(
            f"found {products.design.nobs} rows for {products.design.cost} effects and "
            f"{len(regression.x)} slopes, expected more rows than parameters"
        )
    taken, out = f"once {_TAKEN[regression.effects]}", "are taken out, expected"
    if np.linalg.norm(regression.net[y]) <= EXACT * size:
        raise DataError(f"column {y!r}: found no variation {taken} {out} some")
    for places in (regression.places[0], *(() if regression.z is None else regression.z)):
        for last, place in enumerate(places, 1):
            if np.isnan(products.coef([places[:last]])).any():
                raise DataError(
                    f"column {columns[place]!r}: found nothing left (less than a 100,000th of its "
                    f"size) {taken} and the columns before it in "
                    f"({', '.join(columns[k] for k in places)}) {out} variation of its own"
                )
    if regression.coef.isna().any():
        raise DataError(
            f"endogenous columns among {', '.join(regression.x)}: found no part of their own that "
            "instruments explain, expected instruments that explain a part of each"
        )
    if np.linalg.norm(regression.residuals) <= EXACT * size:
        raise DataError(
            f"column {y!r}: found an exact function of {', '.join(regression.x)} and the effects, "
            "expected residual variation"
        )


def inverses(moments: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Inverse cross-products (..., K, K); NaN where others leave no share of a column's `size`."""
    scale = np.sqrt(np.diagonal(moments, axis1=-2, axis2=-1).clip(0))
    scale = np.where(scale > 0, scale, 1.0)
    unit = scale[..., :, None] * scale[..., None, :]
    # The least that can be added lets a matrix that is exactly singular pass without an error.
    inverse = np.linalg.inv(moments / unit + 1e-15 * np.eye(moments.shape[-1])) / unit
    share = EXACT * size**2 * np.abs(np.diagonal(inverse, axis1=-2, axis2=-1))
    inverse[~(share.max(axis=-1) < 1)] = np.nan
    return inverse


def _solver(moments: np.ndarray, size: np.ndarray, x: Any, z: Any) -> np.ndarray:
    """What turns products of instruments and outcomes into slopes: (..., R, K, L)."""
    x = np.asarray(x)
    if z is None:
        return inverses(_block(moments, x, x), size[..., x])
    z, zx = np.asarray(z), _block(moments, z, x)
    first = (inverses(_block(moments, z, z), size[..., z]) @ zx).swapaxes(-1, -2)
    return inverses(first @ zx, size[..., x]) @ first


def _block(moments: np.ndarray, rows: Any, columns: Any) -> np.ndarray:
    return moments[..., np.asarray(rows)[..., :, None], np.asarray(columns)[..., None, :]]


def _outcomes(moments: np.ndarray, rows: Any) -> np.ndarray:
    return moments[..., np.asarray(rows), moments.shape[-2] :]


def _less(values: np.ndarray, blocks: Sequence[Any]) -> np.ndarray:
    """Columns (n, V) less their projection on blocks of orthonormal columns."""
    for columns in blocks:
        values = values - columns @ (columns.T @ values)
    return values


def _columns(code: np.ndarray, values: Any = 1.0) -> sparse.csr_array:
    """A column (n,) for each code from zero, with the values of its rows, of length one."""
    values = np.broadcast_to(values, code.shape)
    length = np.sqrt(np.bincount(code, values**2))
    values = values / np.where(length > 0, length, 1.0)[code]
    return sparse.csr_array((values, code, np.arange(len(code) + 1)))
