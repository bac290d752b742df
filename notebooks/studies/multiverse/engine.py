"""Thousands of least squares that share their rows, and what they become without any cluster.

Rows become a cube, cities by years.  A city's own effects (its mean, the mean of each of its
*spells* between two recounts, its line in time) are taken out city by city.  Effects that cities
share (years, years times the income of 2008) are orthonormal columns, and taken out together.  A
city then enters by its cross-products with these columns, regressors and outcomes.  To leave it out
is to subtract these, and to take the shared effects out anew.

:mod:`lib.regression` does the same for one regression with city and year effects, and one test
holds this module to it.

Effects
-------
``twoway, entity, time, none``
    City and year effects, one of the two, a constant alone.
``start``
    City and year effects, and each year's effect times the city's column ``START``.
``trend``
    City and year effects, and a straight line in time for each city.

Errors are those of :mod:`lib.regression`.  Effects that lie inside a city are not counted in the
factor of clustered errors, and lines do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from lib.inference import ENOUGH
from lib.regression import EXACT, complete

OWN, SHARED = ("twoway", "entity", "start", "trend"), ("twoway", "time", "start", "trend")
"""The effects that have one of each city's, and one of each year's, among them."""
KINDS = ("jackknife", "province", "clustered", "classical")
"""Errors: all by city but the jackknife that leaves out provinces."""
NAMES = ("coef", *KINDS)
SPELL = ("city", "spell")


@dataclass(frozen=True)
class Design:
    """The effects of n rows in N cities and T years.

    Attributes
    ----------
    cells, root : pair of arrays (n,), array (N, T)
        Each row's city and year; the root of its weight, zero where there is no row.
    left, base : array (N, T, T), array (N, T, E)
        What turns a city's column into what its own effects leave; the shared effects.
    clusters : dict from str to array of int (N,)
        The cluster of each city, by kind.
    cost, counted : int
        All effects; those not nested in a city, the constant among them.
    """

    cells: tuple[np.ndarray, np.ndarray]
    root: np.ndarray
    left: np.ndarray
    base: np.ndarray
    clusters: dict[str, np.ndarray]
    cost: int
    counted: int

    @classmethod
    def of(cls, rows: pd.DataFrame, effects: str = "twoway", weight: Any = 1.0) -> Design:
        """The effects of complete rows, with columns ``city, year, spell, province, START``.

        Clusters by province are there if they are enough to decide.  Weights are (n,).
        """
        city, names = pd.factorize(rows["city"], sort=True)
        year, years = pd.factorize(rows["year"], sort=True)
        root = np.zeros((len(names), len(years)))
        root[city, year] = np.sqrt(weight)
        own = np.zeros((*root.shape, 0))
        if effects in OWN:
            spell, spells = pd.factorize(rows["spell"], sort=True)
            own = np.zeros((*root.shape, len(spells)))
            own[city, year, spell] = 1.0
        if effects == "trend":
            line = np.broadcast_to(years - years.to_numpy().mean(), root.shape)
            own = np.concatenate([own, line[..., None]], axis=-1)
        own = own * root[..., None]
        there = np.eye(len(years)) * (root > 0)[..., None]
        left = there - own @ np.linalg.pinv(own)
        shared = np.ones((*root.shape, 1))
        if effects in SHARED:
            shared = np.broadcast_to(np.eye(len(years)), (*root.shape, len(years)))
        if effects == "start":
            start = np.zeros(len(names))
            start[city] = rows["START"] - rows["START"].mean()
            shared = np.concatenate([shared, shared * start[:, None, None]], axis=-1)
        shared = shared * root[..., None]
        length = np.sqrt((shared**2).sum(axis=(0, 1)))
        shared = left @ (shared / np.where(length > 0, length, 1.0))
        flat = shared.reshape(-1, shared.shape[2])
        roots, vectors = np.linalg.eigh(flat.T @ flat)
        real = roots > EXACT
        base = shared @ (vectors[:, real] / np.sqrt(roots[real]))
        clusters = {"city": np.arange(len(names))}
        province, labels = pd.factorize(rows["province"])
        if len(labels) >= ENOUGH:
            clusters["province"] = np.zeros(len(names), int)
            clusters["province"][city] = province
        nested = round(float((there - left).trace(axis1=1, axis2=2).sum()))
        counted = base.shape[2] + (effects in OWN and effects != "trend")
        return cls((city, year), root, left, base, clusters, nested + base.shape[2], counted)

    @property
    def nobs(self) -> int:
        """Number of rows."""
        return len(self.cells[0])

    def groups(self, cluster: str) -> int:
        """Number of clusters of a kind, zero where they do not decide."""
        return int(self.clusters[cluster].max()) + 1 if cluster in self.clusters else 0

    def sums(self, parts: np.ndarray, cluster: str) -> np.ndarray:
        """Matrices of cities (N, I, J) added up by cluster: (G, I, J)."""
        if cluster == "city":
            return parts
        member = np.eye(self.groups(cluster))[self.clusters[cluster]]
        return np.einsum("ng,nij->gij", member, parts, optimize=True)

    @cached_property
    def without(self) -> dict[str, np.ndarray]:
        """Inverse cross-products (G, E, E) of the shared effects without each cluster, by kind."""
        parts, inverse = self.base.swapaxes(1, 2) @ self.base, {}
        for kind in self.clusters:
            # The least that can be added, as an effect that leaves with its cluster leaves zeros.
            whole = (1 + 1e-15) * np.eye(parts.shape[1])
            inverse[kind] = np.linalg.inv(whole - self.sums(parts, kind))
        return inverse

    def products(self, x: np.ndarray, y: np.ndarray) -> Products:
        """Cross-products of regressors (n, X) and outcomes (n, Y)."""
        values = np.hstack([x, y])
        cube = np.zeros((*self.root.shape, values.shape[1]))
        cube[self.cells] = values - values.mean(axis=0)
        net = self.left @ (cube * self.root[..., None])
        turned = self.base.swapaxes(1, 2)
        net = net - self.base @ (turned @ net).sum(axis=0)
        moments = net[..., : x.shape[1]].swapaxes(1, 2) @ net
        return Products(self, np.linalg.norm(x, axis=0), net, turned @ net, moments)


@dataclass(frozen=True)
class Products:
    """Cross-products by city of X regressors and Y outcomes, freed of effects.

    `x` (R, K) lists R regressions by the places of their K regressors.

    Attributes
    ----------
    size, net : array (X,), array (N, T, X + Y)
        Lengths of the regressors before the effects went; regressors and outcomes after.
    shared, moments : array (N, E or X, X + Y)
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
        """Moments (X, X + Y) of all rows."""
        return self.moments.sum(axis=0)

    def solver(self, x: Any) -> np.ndarray:
        """Inverse cross-products (R, K, K)."""
        return _inverse(_block(self.whole, x), self.size[np.asarray(x)])

    def coef(self, x: Any) -> np.ndarray:
        """Slopes (R, K, Y); missing where they are not unique."""
        return self.solver(x) @ _outcomes(self.whole, x)

    def without(self, x: Any, cluster: str = "city") -> np.ndarray:
        """Slopes (G, R, K, Y) without each cluster, effects estimated anew: as `coef`."""
        if cluster not in self._left:
            shared, moments = (self.design.sums(p, cluster) for p in (self.shared, self.moments))
            turned = shared[..., : len(self.size)].swapaxes(1, 2)
            anew = turned @ self.design.without[cluster] @ shared
            self._left[cluster] = self.whole - moments - anew
        left = self._left[cluster]
        return _inverse(_block(left, x), self.size[np.asarray(x)]) @ _outcomes(left, x)

    def df(self, x: Any) -> int:
        """Rows less slopes and all effects."""
        return self.design.nobs - self.design.cost - np.shape(x)[-1]

    def estimates(self, x: Any) -> dict[str, np.ndarray]:
        """Slopes (R, K, Y) and standard errors, by :data:`NAMES`; missing where there are none."""
        solver, outcomes, block = self.solver(x), _outcomes(self.whole, x), _block(self.whole, x)
        found = {"coef": (coef := solver @ outcomes)}
        for kind, cluster in (("jackknife", "city"), ("province", "province")):
            gap = np.full((1, *coef.shape), np.nan)
            if cluster in self.design.clusters:
                gap = self.without(x, cluster) - coef
            found[kind] = np.sqrt((1 - 1 / len(gap)) * (gap**2).sum(axis=0))
        n, groups = self.design.nobs, len(self.design.root)
        scores = solver @ (_outcomes(self.moments, x) - _block(self.moments, x) @ coef)
        factor = groups / (groups - 1) * (n - 1) / (n - np.shape(x)[-1] - self.design.counted)
        found["clustered"] = np.sqrt(factor * (scores**2).sum(axis=0))
        left = (self.net[..., len(self.size) :] ** 2).sum(axis=(0, 1))
        left = (left - (coef * (2 * outcomes - block @ coef)).sum(axis=-2)) / self.df(x)
        own = np.diagonal(solver, axis1=-2, axis2=-1)
        found["classical"] = np.sqrt(own[..., None] * left[:, None])
        return found


def fitted(
    rows: pd.DataFrame, x: Sequence[str], effects: str = "twoway", y: str = "REG", weight: Any = 1.0
) -> Products:
    """One regression of the complete ones among rows; weights are those of complete rows."""
    keys = [SPELL] * (effects in OWN) + ["year"] * (effects in SHARED)
    rows = complete(rows, [y, *x], keys)
    columns = rows[[*x]].to_numpy(float), rows[[y]].to_numpy(float)
    return Design.of(rows, effects, weight).products(*columns)


def table(rows: pd.DataFrame, x: Sequence[str], *how: Any, **more: Any) -> pd.DataFrame:
    """Slopes and standard errors of one regression: index x, columns :data:`NAMES`."""
    found = fitted(rows, x, *how, **more).estimates([range(len(x))])
    return pd.DataFrame({name: found[name][0, :, 0] for name in NAMES}, list(x))


def _inverse(moments: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Inverse cross-products (..., K, K); NaN where others leave no share of a column's `size`."""
    scale = np.sqrt(np.diagonal(moments, axis1=-2, axis2=-1).clip(0))
    scale = np.where(scale > 0, scale, 1.0)
    unit = scale[..., :, None] * scale[..., None, :]
    # The least that can be added lets a matrix that is exactly singular pass without an error.
    inverse = np.linalg.inv(moments / unit + 1e-15 * np.eye(moments.shape[-1])) / unit
    share = EXACT * size**2 * np.abs(np.diagonal(inverse, axis1=-2, axis2=-1))
    inverse[~(share.max(axis=-1) < 1)] = np.nan
    return inverse


def _block(moments: np.ndarray, x: Any) -> np.ndarray:
    """The products (..., R, K, K) of each regression's regressors."""
    x = np.asarray(x)
    return moments[..., x[:, :, None], x[:, None, :]]


def _outcomes(moments: np.ndarray, x: Any) -> np.ndarray:
    """The products (..., R, K, Y) of each regression's regressors with the outcomes."""
    return moments[..., np.asarray(x), moments.shape[-2] :]
