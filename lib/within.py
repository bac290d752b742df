"""Least squares and 2SLS with effects, and what they become without any cluster.

Rows are freed of their units' effects by subtracting means; a *unit* is a city, or a city between
two events where each event brings a new effect.  Effects that units share, as those of years, are
columns.  A cluster then enters by its cross-products of [shared effects | regressors | outcomes].
To leave it out is to subtract these, and to take the shared effects out anew by a small system of
equations (a Schur complement).

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
    CV3, from the slopes without each cluster, see :mod:`lib.jackknife`; ``t(G-1)``.

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

from lib.jackknife import Jackknife, table_of
from lib.panel import DataError
from lib.sample import codes, listed, numbers, one_of, repeated

Effects = Literal["twoway", "entity", "time", "none", "start", "trend"]
BY_UNIT, BY_TIME = ("twoway", "entity", "start", "trend"), ("twoway", "time", "start", "trend")
"""The effects that have one of each city's, and one of each year's, among them."""
START = "START"
"""The column whose product with each year's effect ``start`` adds."""
EXACT = 1e-10
"""Less than this share of a sum of squares, or of an outcome's size, is rounding."""
# An effect that leaves with its cluster has a root of zero; with this the system has a solution.
_RIDGE = 1e-14
_TAKEN = {"twoway": "city and year effects", "entity": "city effects", "time": "year effects",
          "none": "means", "start": "city and year effects and the paths from START",
          "trend": "city and year effects and the cities' trends"}  # fmt: skip


@dataclass(frozen=True)
class Design:
    """The effects of n rows, and the cluster of each row.

    Rows stand together by *atom*, of which all clusters consist, and inside an atom by unit.

    Attributes
    ----------
    order : array of int (n,)
        Where each row stood before.
    units, cities : array of int
        First row of each unit, and of each city with a trend; empty where there are none.
    line : array (n,)
        With ``trend`` the years less their mean in the unit.
    base : array (n, E)
        The effects that units share, freed of the units' own, orthonormal.
    slots : array of int (A, L)
        The rows of each atom, filled up with n.
    clusters : dict from str to array of int (A,)
        The cluster of each atom, by kind, from zero.
    nobs, counted, cost : int
        Rows; effects not nested in clusters, the constant among them; all effects.
    """

    order: np.ndarray
    units: np.ndarray
    cities: np.ndarray
    line: np.ndarray
    base: np.ndarray
    slots: np.ndarray
    clusters: dict[str, np.ndarray]
    nobs: int
    counted: int
    cost: int
    _inverses: dict[str, np.ndarray] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        effects: Effects,
        city: np.ndarray,
        year: np.ndarray,
        clusters: Mapping[str, np.ndarray],
        unit: np.ndarray | None = None,
        time: np.ndarray | None = None,
        start: np.ndarray | None = None,
    ) -> Design:
        """Prepare the effects of n rows; all arrays are (n,), all codes count from zero.

        Parameters
        ----------
        city, clusters : array of int, mapping from kind to array of int
            Codes of city and clusters, each with a row.
        year : array
            Numbers.
        unit, time : array of int, optional
            Codes of what has an effect, if not the city and the year.
        start : array, optional
            For ``start``, the outcome of the city's first year.

        Raises
        ------
        lib.panel.DataError
            There are no such effects; fewer than two clusters; a unit lies in two clusters.
        """
        one_of(effects, "effects", Effects)
        by_unit, n = effects in BY_UNIT, len(year)
        own = (city if unit is None else unit) if by_unit else np.zeros(n, int)
        atom = np.zeros(n, int)
        for kind, group in clusters.items():
            if (groups := group.max(initial=-1) + 1) < 2:
                raise DataError(f"column {kind!r}: found {groups} clusters, expected more")
            of_unit = np.empty(own.max() + 1, int)
            of_unit[own] = group
            if by_unit and (of_unit[own] != group).any():
                raise DataError(f"column {kind!r}: found a city in two, expected it in one")
            more = atom.any()
            atom = np.unique(atom * groups + group, return_inverse=True)[1] if more else group
        order = np.lexsort((own, city, atom) if by_unit else (atom,))
        units = _starts(own[order])[: n * by_unit]
        line, cities = np.empty(0), np.empty(0, int)
        if effects == "trend":
            line = _less_means(np.asarray(year, float)[order, None], units)[:, 0]
            cities = _starts(city[order])
        shared = np.ones((n, 0 if by_unit else 1))
        if effects in BY_TIME:
            period = np.unique(year if time is None else time, return_inverse=True)[1]
            shared = np.eye(period.max() + 1)[period[order]]
        if effects == "start":
            assert start is not None, "start: found no outcome of the first year"
            shared = np.hstack([shared, shared * (start - start.mean())[order, None]])
        shared = _inside(shared, units, cities, line)
        roots, vectors = np.linalg.eigh(shared.T @ shared)
        real = roots > EXACT * max(roots, default=0.0)
        starts = _starts(atom[order])
        lengths = np.diff(starts, append=n)
        slots = np.full((len(starts), lengths.max()), n)
        slots[np.arange(lengths.max()) < lengths[:, None]] = np.arange(n)
        return cls(
            order=order,
            units=units,
            cities=cities,
            line=line,
            base=shared @ (vectors[:, real] / np.sqrt(roots[real])),
            slots=slots,
            clusters={kind: group[order][starts] for kind, group in clusters.items()},
            nobs=n,
            counted=int(real.sum()) + (by_unit and effects != "trend"),
            cost=int(real.sum()) + len(units) + len(cities),
        )

    def net(self, values: np.ndarray) -> np.ndarray:
        """Columns (..., n, V), in the order of the design, less what the effects explain."""
        values = values - values.mean(axis=-2, keepdims=True)
        values = _inside(values, self.units, self.cities, self.line)
        return values - self.base @ (self.base.T @ values)

    def by_atom(self, values: np.ndarray) -> np.ndarray:
        """Columns (..., n, V) as (..., A, L, V), zero where an atom has fewer rows."""
        nothing = np.zeros((*values.shape[:-2], 1, values.shape[-1]))
        return np.concatenate([values, nothing], axis=-2)[..., self.slots, :]

    def groups(self, cluster: str) -> int:
        """Number of clusters of a kind."""
        return int(self.clusters[cluster].max()) + 1

    def sums(self, parts: np.ndarray, cluster: str) -> np.ndarray:
        """Matrices of atoms (..., A, I, J) added up by cluster: (..., G, I, J)."""
        group = self.clusters[cluster]
        if np.array_equal(group, np.arange(len(group))):
            return parts
        flat = parts.reshape(*parts.shape[:-2], -1)
        total = np.eye(self.groups(cluster))[group].T @ flat
        return total.reshape(*total.shape[:-1], *parts.shape[-2:])

    def without(self, cluster: str) -> np.ndarray:
        """Inverse cross-products (G, E, E) of the shared effects without each cluster."""
        if cluster not in self._inverses:
            base = self.by_atom(self.base)
            taken = self.sums(base.swapaxes(1, 2) @ base, cluster)
            eye = np.eye(self.base.shape[1])
            self._inverses[cluster] = np.linalg.inv((1 + _RIDGE) * eye - taken)
        return self._inverses[cluster]

    def products(self, x: np.ndarray, y: np.ndarray) -> Products:
        """Cross-products of regressors (..., n, X) and outcomes (..., n, Y), in this order."""
        net_x, net_y = self.net(x), self.net(y)
        base, right, out = map(self.by_atom, (self.base, net_x, net_y))
        turned, base = right.swapaxes(-1, -2), base.swapaxes(1, 2)
        parts = base @ right, base @ out, turned @ right, turned @ out
        return Products(self, np.sqrt((x**2).sum(axis=-2)), net_x, net_y, *parts)


@dataclass(frozen=True)
class Products:
    """Cross-products by atom of X regressors and Y outcomes, freed of effects.

    Leading axes are those of the arrays it was made from: draws that have their effects in common.
    `x` (R, K) lists R regressions by the places of their K regressors; with `z`, places of at least
    as many columns, they are 2SLS with these instruments, exogenous regressors among them.

    Attributes
    ----------
    size : array (..., X)
        Roots of the regressors' sums of squares before the effects went.
    net_x, net_y : array (..., n, X), (..., n, Y)
    ex, ey, xx, xy : array (..., A, E or X, X or Y)
        Shared effects and regressors by regressors and outcomes.
    """

    design: Design
    size: np.ndarray
    net_x: np.ndarray
    net_y: np.ndarray
    ex: np.ndarray
    ey: np.ndarray
    xx: np.ndarray
    xy: np.ndarray
    _left: dict[str, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)
    _inverses: dict[bytes, np.ndarray] = field(default_factory=dict, repr=False)

    def left(self, cluster: str) -> tuple[np.ndarray, np.ndarray]:
        """``xx`` (..., G, X, X) and ``xy`` (..., G, X, Y) of all rows without each cluster.

        With the effects estimated anew, a cluster also takes what it put into them.
        """
        if cluster not in self._left:
            ex, ey, xx, xy = (
                self.design.sums(part, cluster) for part in (self.ex, self.ey, self.xx, self.xy)
            )
            more = ex.swapaxes(-1, -2) @ self.design.without(cluster)
            self._left[cluster] = (
                xx.sum(axis=-3, keepdims=True) - xx - more @ ex,
                xy.sum(axis=-3, keepdims=True) - xy - more @ ey,
            )
        return self._left[cluster]

    def coef(self, x: Any, z: Any = None) -> np.ndarray:
        """Slopes (..., R, K, Y); NaN where they are not unique."""
        if z is None:
            return self.inverse(x) @ self.xy.sum(axis=-3)[..., np.asarray(x), :]
        return _slopes(self.xx.sum(axis=-3), self.xy.sum(axis=-3), self.size, x, z)

    def without(self, x: Any, cluster: str = "city", z: Any = None) -> np.ndarray:
        """Slopes (..., G, R, K, Y) without each cluster; NaN where they are not unique."""
        return _slopes(*self.left(cluster), self.size[..., None, :], x, z)

    def inverse(self, x: Any) -> np.ndarray:
        """Inverse cross-products (..., R, K, K) of the regressors."""
        x = np.asarray(x)
        if (key := x.tobytes()) not in self._inverses:
            self._inverses[key] = inverses(_block(self.xx.sum(axis=-3), x, x), self.size[..., x])
        return self._inverses[key]

    def scores(self, x: Any, cluster: str = "city") -> np.ndarray:
        """Each cluster's part of the slopes less their fit, ``(X'X)^-1 x_g'u_g``: as `without`."""
        xx, xy = (self.design.sums(part, cluster) for part in (self.xx, self.xy))
        coef, x = self.coef(x)[..., None, :, :, :], np.asarray(x)
        return self.inverse(x)[..., None, :, :, :] @ (xy[..., x, :] - _block(xx, x, x) @ coef)

    def variance(self, x: Any) -> np.ndarray:
        """Residual variances (..., R, Y), every effect counted."""
        x = np.asarray(x)
        explained = (self.coef(x) * self.xy.sum(axis=-3)[..., x, :]).sum(axis=-2)
        rss = (self.net_y**2).sum(axis=-2)[..., None, :] - explained
        return rss / (self.design.nobs - self.design.cost - x.shape[-1])

    def parts(self, x: Any, errors: str, cluster: str = "city") -> np.ndarray:
        """Parts (..., G, R, K, Y) whose products, summed, are the covariance of least squares."""
        if errors == "clustered":
            factor = self.factor(np.shape(x)[-1], cluster)
            return np.sqrt(factor) * self.scores(x, cluster)
        gap = self.without(x, cluster) - self.coef(x)[..., None, :, :, :]
        return np.sqrt(1 - 1 / self.design.groups(cluster)) * gap

    def cov(self, x: Any, errors: str = "clustered", cluster: str = "city") -> np.ndarray:
        """Covariances (..., R, Y, K, K) of least-squares slopes, by the kinds of errors above."""
        if errors == "classical":
            return self.variance(x)[..., None, None] * self.inverse(x)[..., None, :, :]
        parts = np.moveaxis(self.parts(x, errors, cluster), -4, -1).swapaxes(-3, -2)
        return parts @ parts.swapaxes(-1, -2)

    def se(self, x: Any, errors: str = "clustered", cluster: str = "city") -> np.ndarray:
        """Standard errors (..., R, K, Y)."""
        if errors == "classical":
            own = np.diagonal(self.inverse(x), axis1=-2, axis2=-1)
            return np.sqrt(own[..., None] * self.variance(x)[..., None, :])
        return np.sqrt((self.parts(x, errors, cluster) ** 2).sum(axis=-4))

    def factor(self, slopes: int, cluster: str = "city") -> float:
        """Small-sample factor of a clustered covariance of that many slopes."""
        counted = slopes + self.design.counted
        return float(clustered_factor(self.design.groups(cluster), self.design.nobs, counted))


@dataclass(frozen=True)
class Fit:
    """One regression, by name.

    Attributes
    ----------
    y, x : str, tuple of str
    columns : tuple of str
        `x`, then what else is an instrument.
    rows : DataFrame (n, ...)
        The rows used, in the order of the data.
    clusters : dict from str to Index
        Labels of the clusters, by kind.
    products : Products
        Of the outcome and `columns`.
    z : array of int (1, L) or None
        Places of the instruments of 2SLS.
    """

    y: str
    x: tuple[str, ...]
    columns: tuple[str, ...]
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
        return pd.Series(
            self.products.coef(self.places, self.z)[0, :, 0], list(self.x), name="coef"
        )

    @cached_property
    def net(self) -> pd.DataFrame:
        """Outcome and columns freed of the effects, as the rows stand in the data."""
        values = np.hstack([self.products.net_y, self.products.net_x])
        placed = np.empty_like(values)
        placed[self.products.design.order] = values
        return pd.DataFrame(placed, self.rows.index, [self.y, *self.columns])

    @cached_property
    def residuals(self) -> pd.Series:
        """Residuals of the rows used."""
        return (self.net[self.y] - self.net[list(self.x)] @ self.coef).rename("residual")

    @property
    def df_resid(self) -> int:
        """Rows less slopes and all effects."""
        return self.products.design.nobs - self.products.design.cost - len(self.x)

    def cov(self, errors: str = "clustered", cluster: str = "city") -> pd.DataFrame:
        """Covariance of least-squares slopes, ``classical`` or ``clustered``."""
        cov = self.products.cov(self.places, errors, cluster)[0, 0]
        return pd.DataFrame(cov, list(self.x), list(self.x))

    def table(self, errors: str = "jackknife", cluster: str = "city") -> pd.DataFrame:
        """Index x; columns ``se, t, p, low, high``, by the kinds of errors above."""
        if errors == "jackknife":
            return self.jackknife(cluster).table
        df = self.df_resid if errors == "classical" else len(self.clusters[cluster]) - 1
        return table_of(self.coef, self.cov(errors, cluster), df)

    def jackknife(self, cluster: str = "city") -> Jackknife:
        """The slopes without each cluster.

        Raises
        ------
        lib.panel.DataError
            Slopes are not unique without some cluster, which is named.
        """
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
        A row per unit and time, unbalanced or not.  Rows with a missing value go, and then units
        and times with a single row, whose own effect absorbs it: they are no clusters.
    effects : {"twoway", "entity", "time", "none", "start", "trend"}
        See above; ``start`` needs the column ``START``, ``trend`` times that are numbers.
    unit, time : str or sequence of str
        Columns whose combinations have an effect each: ``("city", "event")`` gives a city a new
        effect after each event and one trend.  In a cross-section ``effects="time",
        time="province"`` gives effects of provinces.
    clusters : str or sequence of str
        Kinds of clusters, which nest the units.
    z : sequence of str, optional
        Instruments of 2SLS, exogenous regressors among them.

    Raises
    ------
    lib.panel.DataError
        As :func:`lib.sample.numbers` and :meth:`Design.of`; no row or no degree of freedom is left;
        y is constant or an exact function of the others; a column, which is named, is absorbed by
        the effects and the columns before it.
    """
    one_of(effects, "effects", Effects)
    x, z = listed(x), None if z is None else listed(z)
    columns = tuple(dict.fromkeys([*x, *(z or ())]))
    values = numbers(rows, [y, *columns, *([START] if effects == "start" else [])])
    keys = {"unit": unit, "city": listed(unit)[0]} if effects in BY_UNIT else {}
    keys |= {"time": time} if effects in BY_TIME else {}
    of = {key: codes(rows, names)[0] for key, names in keys.items()}
    kinds = {kind: codes(rows, kind) for kind in listed(clusters)}
    complete = ~np.isnan(values).any(axis=1)
    for code in (*of.values(), *(code for code, _ in kinds.values())):
        complete &= code >= 0
    if not complete.any():
        missing = zip([y, *columns], np.isnan(values).sum(axis=0), strict=False)
        raise DataError(
            f"found no row with all of {', '.join([y, *columns])} (missing values: "
            f"{', '.join(f'{name} {count}' for name, count in missing)}; rows: {len(rows)}), "
            "expected at least one"
        )
    kept = repeated([of[key] for key in ("unit", "time") if key in of], complete)
    of = {key: np.unique(code[kept], return_inverse=True)[1] for key, code in of.items()}
    there = {kind: np.unique(code[kept], return_inverse=True) for kind, (code, _) in kinds.items()}
    nothing = np.zeros(int(kept.sum()), int)
    design = Design.of(
        effects,
        city=of.get("city", nothing),
        year=rows.loc[kept, time].to_numpy() if effects == "trend" else of.get("time", nothing),
        clusters={kind: code for kind, (_, code) in there.items()},
        unit=of.get("unit"),
        time=of.get("time"),
        start=values[kept, -1] if effects == "start" else None,
    )
    values = values[kept][design.order, : 1 + len(columns)]
    labels = {kind: kinds[kind][1][at].rename(kind) for kind, (at, _) in there.items()}
    places = None if z is None else np.array([[columns.index(name) for name in z]])
    products = design.products(values[:, 1:], values[:, :1])
    found = Fit(y, x, columns, rows[kept], labels, products, places)
    _check(found, np.linalg.norm(values[:, 0]), _TAKEN[effects])
    return found


def leave_one_out(
    rows: pd.DataFrame,
    y: str,
    x: Sequence[str],
    effects: Effects = "twoway",
    cluster: str = "city",
) -> Jackknife:
    """Regress `y` on `x` and effects, with all clusters and without each: see :func:`fit`."""
    return fit(rows, y, x, effects, clusters=cluster).jackknife(cluster)


def clustered_factor(clusters: int, nobs: int, counted: int) -> float:
    """Small-sample factor of a clustered covariance, ``G/(G-1) * (n-1)/(n-counted)``."""
    return clusters / (clusters - 1) * (nobs - 1) / (nobs - counted)


def _check(found: Fit, size: Any, what: str) -> None:
    """Refuse what leaves no slope or no standard error."""
    products, x, columns = found.products, found.x, found.columns
    if found.df_resid < 1:
        raise DataError(
            f"found {products.design.nobs} rows for {products.design.cost} effects and {len(x)} "
            "slopes, expected more rows than parameters"
        )
    if np.linalg.norm(products.net_y) <= EXACT * size:
        raise DataError(
            f"column {found.y!r}: found no variation once {what} are taken out, expected some"
        )
    for places in [each[0].tolist() for each in (found.places, found.z) if each is not None]:
        if np.isnan(products.inverse([places])).any():
            before = range(1, len(places))
            lost = sum(not np.isnan(products.inverse([places[:k]])).any() for k in before)
            raise DataError(
                f"column {columns[places[lost]]!r}: found nothing left (less than a 100,000th of "
                f"its size) once {what} and the columns before it in "
                f"({', '.join(columns[place] for place in places)}) are taken out, expected "
                "variation of its own"
            )
    if found.coef.isna().any():
        raise DataError(
            f"endogenous columns among {', '.join(x)}: found no part of their own that instruments "
            "explain, expected instruments that explain a part of each"
        )
    if np.linalg.norm(found.residuals) <= EXACT * size:
        raise DataError(
            f"column {found.y!r}: found an exact function of {', '.join(x)} and the effects, "
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


def _slopes(xx: np.ndarray, xy: np.ndarray, size: np.ndarray, x: Any, z: Any) -> np.ndarray:
    """Slopes (..., R, K, Y) from cross-products (..., X, X) and (..., X, Y)."""
    x = np.asarray(x)
    if z is None:
        return inverses(_block(xx, x, x), size[..., x]) @ xy[..., x, :]
    z, zx = np.asarray(z), _block(xx, z, x)
    fitted = (inverses(_block(xx, z, z), size[..., z]) @ zx).swapaxes(-1, -2)
    return inverses(fitted @ zx, size[..., x]) @ (fitted @ xy[..., z, :])


def _block(moments: np.ndarray, rows: Any, columns: Any) -> np.ndarray:
    return moments[..., np.asarray(rows)[..., :, None], np.asarray(columns)[..., None, :]]


def _starts(code: np.ndarray) -> np.ndarray:
    """Where a new code begins."""
    return np.flatnonzero(np.diff(code, prepend=-1) != 0)


def _less_means(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Columns (..., n, V) less their means in blocks of rows."""
    count = np.diff(starts, append=values.shape[-2])
    means = np.add.reduceat(values, starts, axis=-2) / count[:, None]
    return values - np.repeat(means, count, axis=-2)


def _inside(
    values: np.ndarray, units: np.ndarray, cities: np.ndarray, line: np.ndarray
) -> np.ndarray:
    """Columns (..., n, V) less the means of units and the lines of cities."""
    if not len(units) or not values.size:
        return values
    values = _less_means(values, units)
    if not len(cities):
        return values
    along, count = line[:, None], np.diff(cities, append=len(line))
    length = np.add.reduceat(along**2, cities)
    slope = np.add.reduceat(along * values, cities, axis=-2) / np.where(length > 0, length, 1.0)
    return values - along * np.repeat(slope, count, axis=-2)
