"""Many regressions that share their rows, with and without each city, from cross-products.

The columns of all regressions are freed of their effects once (Frisch, Waugh and Lovell); each
regression is then a block of one matrix of cross-products.  Those of a city are kept apart: they
make the clustered errors, and taken away they leave the slopes without that city.

Our own, since :func:`lib.estimation.two_way_fe` runs one regression in some 30 ms, and there are
tens of thousands here; the tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from lib.panel import DataError
from lib.resampling.kernel import clustered_factor

Effects = Literal["twoway", "entity", "none", "random"]
# Shares of a column's variation below this are rounding.
EXACT = 1e-9


@dataclass(frozen=True)
class Fit:
    """K slopes of Y outcomes on the same regressors, G cities.

    Attributes
    ----------
    coef, classical, clustered, jackknife : array (K, Y)
        Slopes, and standard errors of three kinds as in :mod:`lib.estimation`; the jackknife is
        NaN where the slopes without some city are not unique.
    without : array (G, K, Y)
        Slopes without each city.
    rss : array (Y,)
    df_resid : int
    """

    coef: np.ndarray
    classical: np.ndarray
    clustered: np.ndarray
    jackknife: np.ndarray
    without: np.ndarray
    rss: np.ndarray
    df_resid: int


@dataclass(frozen=True)
class Cells:
    """Cross-products of regressors X and outcomes Y, freed of effects, by city.

    Attributes
    ----------
    xx, xy, yy : array (G, X, X), (G, X, Y), (G, Y)
        A city's part in the cross-products of all rows.
    left_xx, left_xy : array (G, X, X), (G, X, Y)
        Cross-products without a city, the effects estimated anew.
    nobs, absorbed, years : int
        Rows, coefficients that the effects cost, and those of them not nested in cities.
    """

    xx: np.ndarray
    xy: np.ndarray
    yy: np.ndarray
    left_xx: np.ndarray
    left_xy: np.ndarray
    nobs: int
    absorbed: int
    years: int

    @classmethod
    def of(
        cls,
        y: np.ndarray,
        x: np.ndarray,
        city: np.ndarray,
        year: np.ndarray,
        effects: Effects = "twoway",
        share: np.ndarray | None = None,
    ) -> Cells:
        """Free columns of their effects.

        Parameters
        ----------
        y, x : array (n, Y), (n, X)
            Finite.
        city, year : int array (n,)
            Numbers from 0 without a gap, each with two rows at least.
        effects : {"twoway", "entity", "none", "random"}
        share : array (G,), optional
            For random effects: the share of the city mean that is taken off, 1 for fixed effects.

        Raises
        ------
        lib.panel.DataError
            There are no such effects.
        """
        if effects not in get_args(Effects):
            raise DataError(f"effects: found {effects!r}, expected one of {get_args(Effects)}")
        g, t, k = int(city.max()) + 1, int(year.max()) + 1, x.shape[1]
        dummies = np.eye(t)[year] if effects in ("twoway", "random") else np.ones((len(year), 1))
        if effects == "entity":
            dummies = dummies[:, :0]
        d = dummies.shape[1]
        size = np.bincount(city)
        cube = np.zeros((g, int(size.max()), d + k + y.shape[1]))
        place = np.arange(len(city)) - np.repeat(np.cumsum(size) - size, size)
        rows = np.column_stack([dummies, x, y])
        order = np.argsort(city, kind="stable")
        cube[city[order], place] = rows[order]
        if effects != "none":
            off = np.ones(g) if share is None else share
            means = (off / size)[:, None] * cube.sum(axis=1)
            cube -= means[:, None]
            cube[np.arange(cube.shape[1]) >= size[:, None]] = 0.0
        each = cube[..., : d + k].transpose(0, 2, 1) @ cube
        yy = (cube[..., d + k :] ** 2).sum(axis=1)

        whole = each.sum(axis=0)
        gamma = _solved(whole[None, :d, :d], whole[None, :d, d:])[0]
        # x' x and x' y of a city, once the effects' part is off: four products, not two, as a
        # city's own dummies are not orthogonal to what is left.
        gx, gy = gamma[:, :k], gamma[:, k:]
        dx, dd = each[:, :d, d : d + k], each[:, :d, :d]
        xx = each[:, d:, d : d + k] - gx.T @ dx - dx.transpose(0, 2, 1) @ gx + gx.T @ dd @ gx
        dy = each[:, :d, d + k :]
        xy = each[:, d:, d + k :] - gx.T @ dy - dx.transpose(0, 2, 1) @ gy + gx.T @ dd @ gy
        yy = yy - 2 * (gy * dy).sum(axis=1) + (gy * (dd @ gy)).sum(axis=1)

        left = whole - each
        other = _solved(left[:, :d, :d], left[:, :d, d:])
        free = left[:, d:, d:] - left[:, d:, :d] @ other
        absorbed = {"twoway": g + t - 1, "entity": g, "none": 1, "random": t}[effects]
        years = t if effects in ("twoway", "random") else 1
        return cls(xx, xy, yy, free[..., :k], free[..., k:], len(city), absorbed, years)

    @property
    def cities(self) -> int:
        """Number of cities G."""
        return len(self.xx)

    def fit(self, x: Sequence[int], y: Sequence[int] | slice = slice(None)) -> Fit:
        """Regress the outcomes `y` on the columns `x`.

        Raises
        ------
        lib.panel.DataError
            No degree of freedom is left; a column is absorbed, or columns are collinear.
        """
        g, n, df = self.cities, self.nobs, self.nobs - self.absorbed - len(x)
        if df < 1:
            raise DataError(f"found {n} rows for {n - df} coefficients, expected more")
        take = np.ix_(range(g), x, x)
        own_xx, own_xy = self.xx[take], self.xy[:, x][..., y]
        bread, unique = inverses(own_xx.sum(axis=0)[None])
        if not unique.all():
            raise DataError("found collinear regressors, or one that the effects absorb")
        bread = bread[0]
        total = own_xy.sum(axis=0)
        coef = bread @ total
        rss = self.yy[:, y].sum(axis=0) - (coef * total).sum(axis=0)
        scores = bread @ (own_xy - own_xx @ coef)
        factor = clustered_factor(g, n, len(x) + self.years)
        without, there = inverses(self.left_xx[take])
        slopes = without @ self.left_xy[:, x][..., y]
        spread = (g - 1) / g * ((slopes - coef) ** 2).sum(axis=0)
        return Fit(
            coef=coef,
            classical=np.sqrt(np.diag(bread)[:, None] * rss / df),
            clustered=np.sqrt(factor * (scores**2).sum(axis=0)),
            jackknife=np.sqrt(spread) if there.all() else np.full_like(coef, np.nan),
            without=slopes,
            rss=rss,
            df_resid=df,
        )


def inverses(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Inverses (B, K, K), and which of them are unique."""
    size = np.sqrt(np.maximum(np.diagonal(moments, axis1=1, axis2=2), np.finfo(float).tiny))
    scale = size[:, :, None] * size[:, None]
    # An exact zero, as of a column that only the city left out had, must not stop the others.
    unit = np.linalg.inv(moments / scale + 1e-15 * np.eye(moments.shape[1]))
    unique = np.diagonal(unit, axis1=1, axis2=2).max(axis=1) < 1 / EXACT
    return unit / scale, unique


def _solved(dd: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Slopes of columns on dummies, whose cross-products may be singular."""
    if not dd.shape[1]:
        return rest
    roots, vectors = np.linalg.eigh(dd)
    real = roots > EXACT * roots[:, -1:]
    shares = np.divide(1.0, roots, out=np.zeros_like(roots), where=real)
    return (vectors * shares[:, None]) @ (vectors.transpose(0, 2, 1) @ rest)
