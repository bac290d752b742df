"""Many regressions that share their rows, with and without each city or province.

Regressors and outcomes are freed of effects once (Frisch, Waugh and Lovell): within each city of
what is its own, a mean or a line, and then of what cities share, effects of years or of years times
where the city started.  Each regression is then a block of one matrix of cross-products.  A city's
part of it makes the clustered errors, and what cities or provinces take with them, taken away,
leaves the slopes without them.  Our own beside :func:`lib.resampling.kernel.fit`, whose draws do
not share columns and whose effects are those of cities and years.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.panel import DataError
from lib.resampling.kernel import EXACT, Layout, clustered_factor, inverses


@dataclass(frozen=True)
class Shared:
    """What effects take out of N cities and T years, and what is left of that without clusters.

    Attributes
    ----------
    present : bool array (N, T)
    own : array (N, T, 0, 1 or 2)
        Each city's constant and line, orthonormal.
    base : array (N, T, E)
        The effects that cities share, freed of `own` and orthonormal over all cells.
    without : tuple of (None or array of int (N,), array (C, E, E))
        For cities, and for provinces if given: the cluster of each city, where it is not the city,
        and the inverse cross-products of `base` without each cluster.
    nested : bool
        Whether a constant is among the `own`, and so not among the `base`.
    """

    present: np.ndarray
    own: np.ndarray
    base: np.ndarray
    without: tuple[tuple[np.ndarray | None, np.ndarray], ...]
    nested: bool

    @classmethod
    def of(
        cls,
        layout: Layout,
        effects: str = "twoway",
        start: np.ndarray | None = None,
        province: np.ndarray | None = None,
    ) -> Shared:
        """Prepare the effects of a layout.

        Parameters
        ----------
        layout : Layout
            Of one draw.
        effects : {"twoway", "start", "trend", "entity", "none"}
            As in :mod:`lib.within`.
        start : array (N,), optional
            The outcome of each city in the first year, for ``start``.
        province : array of int (N,), optional
            The province of each city, from zero.

        Raises
        ------
        lib.panel.DataError
            Cities and years fall into parts that no row connects.
        """
        if not layout.connected.all():
            raise DataError("found cities and years that no row connects")
        present = layout.present[0].astype(float)
        rows, times = present.sum(axis=1, keepdims=True).clip(1), np.arange(present.shape[1])
        lines = [present / np.sqrt(rows)] if effects != "none" else []
        if effects == "trend":
            line = (times - (present @ times)[:, None] / rows) * present
            length = np.linalg.norm(line, axis=1, keepdims=True)
            lines.append(line / np.where(length > 0, length, 1.0))
        own = np.stack(lines, axis=2) if lines else np.empty((*present.shape, 0))
        shared = present[:, :, None] * np.eye(len(times))
        if effects in ("entity", "none"):
            shared = present[:, :, None][:, :, : int(effects == "none")]
        elif effects == "start":
            assert start is not None, "start: found no outcome of the first year"
            used = layout.by_entity[0] > 0
            apart = np.where(used, start - start[used].mean(), 0.0)
            shared = np.concatenate([shared, shared * apart[:, None, None]], axis=2)
        shared = shared - own @ (own.transpose(0, 2, 1) @ shared)
        flat = shared.reshape(present.size, shared.shape[2])
        roots, vectors = np.linalg.eigh(flat.T @ flat)
        real = roots > EXACT * max(roots, default=0.0)
        base = shared @ (vectors[:, real] / np.sqrt(roots[real]))
        by_city = base.transpose(0, 2, 1) @ base
        each = [None] + ([] if province is None else [province])
        without = tuple((clusters, _left(_sums(by_city, clusters))) for clusters in each)
        return cls(present > 0, own, base, without, bool(lines) and effects != "trend")

    def net(self, values: np.ndarray) -> np.ndarray:
        """Values (V, N, T) freed of the effects, by city: (N, T, V)."""
        inside = np.where(self.present, values, 0.0).transpose(1, 2, 0)
        inside = inside - self.own @ (self.own.transpose(0, 2, 1) @ inside)
        return inside - self.base @ (self.base.transpose(0, 2, 1) @ inside).sum(axis=0)

    @property
    def used(self) -> np.ndarray:
        """Whether a city has rows: bool (N,)."""
        return np.asarray(self.present.any(axis=1))

    @property
    def provinces(self) -> int:
        """Provinces with rows, 0 where they are no clusters."""
        province = self.without[-1][0]
        return 0 if province is None else len(set(province[self.used]))

    @property
    def counted(self) -> int:
        """Effects that are not nested in cities, the constant among them; no line of a city is."""
        return self.base.shape[2] + self.nested

    @property
    def cost(self) -> int:
        """Degrees of freedom of all effects."""
        return self.base.shape[2] + self.own.shape[2] * int(self.used.sum())


@dataclass(frozen=True)
class Cells:
    """Cross-products of X regressors and Y outcomes, freed of effects.

    ``xx`` (N, X, X), ``xy`` (N, X, Y) and ``yy`` (N, Y) are each city's part; ``left`` has, for
    cities and perhaps for provinces, ``xx`` and ``xy`` of all rows without each, effects estimated
    anew.  Cities and years of one row, which their own effect absorbs, are not counted.
    """

    xx: np.ndarray
    xy: np.ndarray
    yy: np.ndarray
    left: tuple[tuple[np.ndarray, np.ndarray], ...]
    nobs: int
    cities: int
    provinces: int
    shared: Shared

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, shared: Shared) -> Cells:
        """Cross-products of x (X, N, T) and y (Y, N, T), freed of prepared effects."""
        net_x, net_y = shared.net(x), shared.net(y)
        each = net_x.transpose(0, 2, 1)
        xx, xy = each @ net_x, each @ net_y
        base = shared.base.transpose(0, 2, 1)
        base_x, base_y = base @ net_x, base @ net_y
        left = []
        for clusters, inverse in shared.without:
            # With the effects estimated anew, a cluster also takes what it put into them.
            own_x, own_y = (_sums(part, clusters) for part in (base_x, base_y))
            more = own_x.transpose(0, 2, 1) @ inverse
            left.append(
                tuple(
                    whole.sum(axis=0) - _sums(whole, clusters) - more @ part
                    for whole, part in ((xx, own_x), (xy, own_y))
                )
            )
        return cls(
            xx=xx,
            xy=xy,
            yy=(net_y**2).sum(axis=1),
            left=tuple(left),
            nobs=int(shared.present.sum()),
            cities=int(shared.used.sum()),
            provinces=shared.provinces,
            shared=shared,
        )

    def factor(self, slopes: int) -> float:
        """Small-sample factor of the clustered variance."""
        return float(clustered_factor(self.cities, self.nobs, slopes + self.shared.counted))

    def inverse(self, x: Sequence[int] | np.ndarray) -> np.ndarray:
        """Inverse cross-products (K, K) of the regressors `x` (K,), or (R, K, K) of many.

        Raises
        ------
        lib.panel.DataError
            They are collinear, or one is absorbed by the effects.
        """
        found, collinear = inverses(_block(self.xx.sum(axis=0), x))
        if collinear.any():
            raise DataError("found collinear regressors, or one that the effects absorb")
        return found

    def without(self, x: np.ndarray, by: int = 0) -> np.ndarray:
        """Slopes (C, R, K, Y) without each city (by province: 1); NaN where not unique."""
        xx, xy = self.left[by]
        scale = np.sqrt(np.diagonal(self.xx.sum(axis=0))[x])
        inverse, collinear = inverses(_block(xx, x), scale)
        inverse[collinear] = np.nan
        return inverse @ xy[:, x]

    def fit(self, x: np.ndarray) -> tuple[dict[str, np.ndarray], int]:
        """Regress the outcomes on the regressors `x` (R, K), one regression after the other.

        Returns
        -------
        found : dict
            Slopes ``coef`` (R, K, Y) and their standard errors ``se_<kind>`` as in
            :mod:`lib.estimation`: classical, clustered, jackknife, and province, from the slopes
            without each.  A jackknife is NaN where slopes without some cluster are not unique, that
            by province without provinces.
        df : int
            Residual degrees of freedom.

        Raises
        ------
        lib.panel.DataError
            As :meth:`inverse`, or no degree of freedom is left.
        """
        slopes = x.shape[1]
        df = self.nobs - self.shared.cost - slopes
        if df < 1:
            raise DataError(f"found {self.nobs} rows, too few for the effects and {slopes} slopes")
        bread, xy = self.inverse(x), self.xy[:, x]
        total = xy.sum(axis=0)
        coef = bread @ total
        rss = self.yy.sum(axis=0) - (coef * total).sum(axis=1)
        scores = bread @ (xy - _block(self.xx, x) @ coef)
        variance = np.diagonal(bread, axis1=1, axis2=2)
        jackknives = [np.full_like(coef, np.nan)] * 2
        for by, clusters in enumerate([self.cities, self.provinces][: len(self.left)]):
            spread = ((self.without(x, by=by) - coef) ** 2).sum(axis=0)
            jackknives[by] = np.sqrt((clusters - 1) / clusters * spread)
        return {
            "coef": coef,
            "se_classical": np.sqrt(variance[:, :, None] * rss[:, None] / df),
            "se_clustered": np.sqrt(self.factor(slopes) * (scores**2).sum(axis=0)),
            "se_jackknife": jackknives[0],
            "se_province": jackknives[1],
        }, df


def _block(xx: np.ndarray, x: Sequence[int] | np.ndarray) -> np.ndarray:
    x = np.asarray(x)
    return xx[..., x[..., :, None], x[..., None, :]]


def _sums(parts: np.ndarray, clusters: np.ndarray | None) -> np.ndarray:
    """Sums over the cities of each cluster; without clusters each city is one."""
    if clusters is None:
        return parts
    return np.tensordot(np.eye(clusters.max() + 1)[:, clusters], parts, 1)


def _left(taken: np.ndarray) -> np.ndarray:
    """Inverses of what clusters leave of orthonormal columns; generalised where some go, too."""
    if not taken.shape[1]:
        return taken
    left = np.eye(taken.shape[1]) - taken
    inverse, singular = inverses(left, np.ones(taken.shape[1]))
    if singular.any():
        roots, vectors = np.linalg.eigh(left[singular])
        shares = np.divide(1, roots, out=np.zeros_like(roots), where=roots > EXACT)
        inverse[singular] = (vectors * shares[:, None]) @ vectors.transpose(0, 2, 1)
    return inverse
