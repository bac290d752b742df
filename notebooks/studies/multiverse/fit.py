"""Many regressions that share their rows, with and without each city, from cross-products.

Regressors and outcomes are freed of city and year effects once (Frisch, Waugh and Lovell); each
regression is then a block of one matrix.  A city's part of it makes the clustered errors, and taken
away it leaves the slopes without that city.  Our own beside :func:`lib.resampling.kernel.fit`,
whose draws do not share columns: here that takes a quarter of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.panel import DataError
from lib.resampling.kernel import Layout, clustered_factor, inverses


@dataclass(frozen=True)
class Fit:
    """K slopes of Y outcomes on the same regressors.

    ``coef, classical, clustered, jackknife`` (K, Y) are the slopes and their standard errors as in
    :mod:`lib.estimation`; the jackknife is NaN where slopes without some city are not unique.
    """

    coef: np.ndarray
    classical: np.ndarray
    clustered: np.ndarray
    jackknife: np.ndarray
    df_resid: int


@dataclass(frozen=True)
class Cells:
    """Cross-products of X regressors and Y outcomes, freed of effects.

    ``xx`` (N, X, X), ``xy`` (N, X, Y) and ``yy`` (N, Y) are each city's part; ``left_xx`` and
    ``left_xy`` all without the city, effects estimated anew.  Cities and years of one row, which
    their own effect absorbs, are not counted.
    """

    xx: np.ndarray
    xy: np.ndarray
    yy: np.ndarray
    left_xx: np.ndarray
    left_xy: np.ndarray
    nobs: int
    cities: int
    years: int

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, layout: Layout) -> Cells:
        """Cross-products of x (X, N, T) and y (Y, N, T) over the cells of a layout.

        Raises
        ------
        lib.panel.DataError
            Cities and years fall into parts that no row connects.
        """
        if not layout.connected.all():
            raise DataError("found cities and years that no row connects")
        net_x, net_y = layout.net(x[None])[0], layout.net(y[None])[0]
        each, outcomes = net_x.transpose(1, 0, 2), net_y.transpose(1, 2, 0)
        # What a city takes from the cross-products, its part in the year effects included.
        taken = each + each @ layout.inverse_without(slice(None))[0]
        xx, xy = each @ each.transpose(0, 2, 1), each @ outcomes
        return cls(
            xx=xx,
            xy=xy,
            yy=(outcomes**2).sum(axis=1),
            left_xx=xx.sum(axis=0) - taken @ each.transpose(0, 2, 1),
            left_xy=xy.sum(axis=0) - taken @ outcomes,
            nobs=int(layout.present.sum()),
            cities=int((layout.by_entity > 0).sum()),
            years=int((layout.by_time > 0).sum()),
        )

    def factor(self, slopes: int) -> float:
        """Small-sample factor of the clustered variance."""
        return float(clustered_factor(self.cities, self.nobs, slopes + self.years))

    def inverse(self, x: Sequence[int]) -> np.ndarray:
        """Inverse cross-products of the regressors `x`.

        Raises
        ------
        lib.panel.DataError
            They are collinear, or one is absorbed by the effects.
        """
        found, collinear = inverses(self.xx[:, x][:, :, x].sum(axis=0))
        if collinear:
            raise DataError("found collinear regressors, or one that the effects absorb")
        return found

    def without(self, x: Sequence[int], first: int | None = None) -> np.ndarray:
        """The first slopes (N, K, Y), or all, without each city; NaN where not unique."""
        scale = np.sqrt(np.diag(self.xx[:, x][:, :, x].sum(axis=0)))
        inverse, collinear = inverses(self.left_xx[:, x][:, :, x], scale)
        inverse[collinear] = np.nan
        return inverse[:, :first] @ self.left_xy[:, x]

    def fit(self, x: Sequence[int]) -> Fit:
        """Regress the outcomes on the regressors `x`.

        Raises
        ------
        lib.panel.DataError
            As :meth:`inverse`, or no degree of freedom is left.
        """
        df = self.nobs - self.cities - self.years + 1 - len(x)
        if df < 1:
            raise DataError(f"found {self.nobs} rows, too few for the effects and {len(x)} slopes")
        bread, xy = self.inverse(x), self.xy[:, x]
        total = xy.sum(axis=0)
        coef = bread @ total
        rss = self.yy.sum(axis=0) - (coef * total).sum(axis=0)
        scores = bread @ (xy - self.xx[:, x][:, :, x] @ coef)
        spread = ((self.without(x) - coef) ** 2).sum(axis=0)
        return Fit(
            coef=coef,
            classical=np.sqrt(np.diag(bread)[:, None] * rss / df),
            clustered=np.sqrt(self.factor(len(x)) * (scores**2).sum(axis=0)),
            jackknife=np.sqrt((self.cities - 1) / self.cities * spread),
            df_resid=df,
        )
