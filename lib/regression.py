"""Least squares and 2SLS with effects, and what they become without any cluster.

Effects of *units* (a city, or a city between two events) lie inside clusters and are taken out as
means; those of years, which clusters share, are columns.  A cluster then enters by its
cross-products of [regressors | shared effects | outcome]: to leave it out is to subtract these.

Our own, because the book needs the slopes without each cluster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from lib.inference import Jackknife, table_of
from lib.panel import DataError

Effects = Literal["twoway", "entity", "time", "none"]
EXACT = 1e-10  # less than this share of a sum of squares is rounding


@dataclass(frozen=True)
class Fit:
    """One regression: what was asked, the rows used, and cross-products by cluster.

    Attributes
    ----------
    rows, net : DataFrame (n, ...)
        The rows used; regressors, instruments and outcome freed of all effects.
    products : dict of (G, C, C) arrays
        By kind of cluster, of [regressors and instruments | shared effects | outcome].
    clusters : dict of Index
        The labels of the clusters, by kind.
    unit, time : tuple of str
        The columns whose combinations have an effect each; empty where there are no such effects.
    cost, counted : int
        Effects; and those that are not nested in clusters, with the constant.
    """

    y: str
    x: tuple[str, ...]
    z: tuple[str, ...]
    rows: pd.DataFrame
    net: pd.DataFrame
    products: dict[str, np.ndarray]
    clusters: dict[str, pd.Index]
    unit: tuple[str, ...]
    time: tuple[str, ...]
    cost: int
    counted: int

    @cached_property
    def coef(self) -> pd.Series:
        """Slopes, in units of y per unit of x."""
        whole = next(iter(self.products.values())).sum(axis=0)
        return pd.Series(self._slopes(whole), list(self.x), name="coef")

    @property
    def residuals(self) -> pd.Series:
        """Residuals of the rows used."""
        return (self.net[self.y] - self.net[list(self.x)] @ self.coef).rename("residual")

    @property
    def df_resid(self) -> int:
        """Rows less slopes and all effects."""
        return len(self.rows) - self.cost - len(self.x)

    def jackknife(self, cluster: str = "city") -> Jackknife:
        """The slopes without each cluster; refuses slopes that are not unique without some."""
        without = self._slopes(self.products[cluster].sum(axis=0) - self.products[cluster])
        if (lost := np.isnan(without).any(axis=1)).any():
            name = self.clusters[cluster][int(lost.argmax())]
            found = f"no unique slopes of {', '.join(self.x)} without it"
            raise DataError(f"{cluster} {name}: found {found}; expected them without any one")
        return Jackknife(self.coef, pd.DataFrame(without, self.clusters[cluster], list(self.x)))

    def cov(self, errors: str = "clustered", cluster: str = "city") -> pd.DataFrame:
        """Covariance of the slopes: ``classical``, or ``clustered`` with Stata's small factor."""
        x, residuals = self.net[list(self.x)].to_numpy(), self.residuals.to_numpy()
        if self.z:  # the part that the instruments explain
            z = self.net[list(self.z)].to_numpy()
            x = z @ np.linalg.lstsq(z, x)[0]
        bread, (n, k) = np.linalg.inv(x.T @ x), x.shape
        if errors == "classical":
            cov = bread * (residuals @ residuals) / self.df_resid
        else:
            scores = pd.DataFrame(x * residuals[:, None]).groupby(self.rows[cluster].to_numpy())
            parts, groups = scores.sum().to_numpy() @ bread, scores.ngroups
            cov = groups / (groups - 1) * (n - 1) / (n - k - self.counted) * parts.T @ parts
        return pd.DataFrame(cov, list(self.x), list(self.x))

    def table(self, errors: str = "jackknife", cluster: str = "city") -> pd.DataFrame:
        """Index x; columns ``se, t, p, low, high``: ``jackknife``, ``clustered``, ``classical``."""
        if errors == "jackknife":
            return self.jackknife(cluster).table
        df = self.df_resid if errors == "classical" else len(self.clusters[cluster]) - 1
        return table_of(self.coef, self.cov(errors, cluster), df)

    def _slopes(self, products: np.ndarray) -> np.ndarray:
        """Slopes (..., K) from cross-products (..., C, C); NaN where they are not unique."""
        names = list(dict.fromkeys([*self.x, *self.z]))
        at, k = [names.index(name) for name in self.z or self.x], len(names)
        shared = products[..., k:-1]
        taken = shared @ np.linalg.pinv(shared[..., k:-1, :], 1e-9, hermitian=True)
        left = products - taken @ shared.swapaxes(-1, -2)
        zz, zx, zy = left[..., at, :][..., at], left[..., at, : len(self.x)], left[..., at, -1:]
        first = (_inverse(zz) @ zx).swapaxes(-1, -2)
        scale = np.array([np.linalg.norm(self.net[name]) for name in (*self.x, self.y)])
        return (_inverse(first @ zx) @ first @ zy)[..., 0] * scale[-1] / scale[:-1]


def fit(
    rows: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    effects: Effects = "twoway",
    *,
    unit: Sequence[str] | str = "city",
    time: Sequence[str] | str = "year",
    clusters: Sequence[str] | str = "city",
    z: Sequence[str] = (),
    weight: str = "",
) -> Fit:
    """Regress `y` on `x` and effects; with `z`, by 2SLS with these instruments.

    `effects` are of units and times, of one of the two (``entity``, ``time``), or a constant.
    `unit` and `time` are columns whose combinations have an effect each, as ``("city", "spell")``.
    `clusters` are kinds of clusters, which nest the units.  `z` has the exogenous regressors, too.
    `weight` is a column that weighs the squares of residuals, one figure a unit; what is net is
    then times its root.  Refuses data without complete rows, a unit in two clusters or with two
    weights, and a column that is absorbed by the effects and the columns before it.
    """
    x, unit, time, kinds, z = map(_listed, (x, unit, time, clusters, z))
    names, nested = [*dict.fromkeys([*x, *z]), y], effects in ("twoway", "entity")
    keys = [unit, unit[:1]] * nested + [time] * (effects in ("twoway", "time"))
    weighed = [weight] if weight else []
    needed = [*names, *kinds, *weighed, *(name for key in keys for name in key)]
    rows = complete(rows, needed, keys)
    root = np.sqrt(rows[weighed].to_numpy(float)) if weight else 1.0
    values, shared, cost = rows[names].to_numpy(float) * root, np.ones((len(rows), 1)) * root, 0
    raw = np.linalg.norm(values, axis=0)
    if time in keys:
        shared = pd.get_dummies(rows.groupby(list(time)).ngroup()).to_numpy(float) * root
    if nested:
        city = rows.groupby(list(unit)).ngroup()
        once = (*kinds, *weighed)
        if any((rows.groupby(city)[kind].nunique() > 1).any() for kind in once):
            raise DataError(f"found a {unit[0]} in two of {once}; expected each in one cluster")
        values, shared = (
            table - pd.DataFrame(table).groupby(city.to_numpy()).transform("mean").to_numpy()
            for table in (values, shared)
        )
        cost = city.nunique()
    net = values - shared @ np.linalg.lstsq(shared, values, 1e-9)[0]
    rank = int(np.linalg.matrix_rank(shared, tol=1e-6))
    absorbed = np.diag(np.linalg.qr(net)[1]) ** 2 <= EXACT * raw**2
    if absorbed.any() or len(rows) <= cost + rank + len(x):
        found = f"nothing left of {names[absorbed.argmax()]!r}" if absorbed.any() else "no freedom"
        found += f" once {effects} effects and the columns before are taken out"
        raise DataError(f"{y} on {', '.join(x)}: found {found}; expected some variation")
    scaled = net / np.linalg.norm(net, axis=0)
    table = np.hstack([scaled[:, :-1], shared, scaled[:, -1:]])
    parts = {kind: rows.groupby(kind).indices for kind in kinds}
    products = {
        kind: np.stack([table[at].T @ table[at] for at in of.values()])
        for kind, of in parts.items()
    }
    labels = {kind: pd.Index(list(of), name=kind) for kind, of in parts.items()}
    net = pd.DataFrame(net, rows.index, names)
    effects_of = unit if nested else (), time if time in keys else ()
    return Fit(y, x, z, rows, net, products, labels, *effects_of, cost + rank, rank + nested)


def complete(
    rows: pd.DataFrame, columns: Sequence[str], effects: Sequence[Sequence[str] | str]
) -> pd.DataFrame:
    """Rows without missing values, less those that are alone in a unit or a time.

    As one row goes another may be left alone, so this is repeated, as in Stata's ``reghdfe``.
    Refuses columns that there are not, and no row.
    """
    if missing := [name for name in columns if name not in rows]:
        raise DataError(f"columns: found no {', '.join(missing)}; expected them in the data")
    kept, before = rows.dropna(subset=list(columns)), -1
    while before != (before := len(kept)):
        for names in effects:
            by = kept.groupby(list(_listed(names)))[columns[0]]
            kept = kept[by.transform("size") > 1]
    if kept.empty:
        raise DataError(f"found no row with all of {', '.join(columns)}; expected some")
    return kept


def _inverse(products: np.ndarray) -> np.ndarray:
    """Inverse cross-products of columns of length one at most; NaN where they are dependent."""
    products = np.nan_to_num(products)
    dependent = np.linalg.eigvalsh(products)[..., 0] <= EXACT
    inverse = np.linalg.inv(
        np.where(dependent[..., None, None], np.eye(products.shape[-1]), products)
    )
    return np.where(dependent[..., None, None], np.nan, inverse)


def _listed(names: Sequence[str] | str) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)
