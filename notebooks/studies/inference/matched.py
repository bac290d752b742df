"""Clustered standard errors as sums of squares: their bias, and their degrees of freedom.

Given the regressors, the squared standard error of a slope is a sum over G clusters of squares
``(q_g' y)^2``.  CR2 multiplies the residuals of a cluster by the inverse root of its block of the
residual maker [1]_; CV3 is the jackknife of :mod:`lib.jackknife`, whose ``q_g`` is what the slope
changes by without cluster g, times ``sqrt((G-1)/G)``.  If errors are independent and of one size,
the matrix ``B = [q_g' q_h]`` gives two moments of the sum: its mean is ``trace(B)`` times their
variance, and a chi-squared variable with ``trace(B)^2 / trace(BB)`` degrees of freedom has the same
ratio of mean to standard deviation.  A t with as many is Bell and McCaffrey's test for CR2, and its
analogue for CV3.  R's ``clubSandwich`` has both, no package of the lock has either.

References
----------
.. [1] Bell, R. M. and McCaffrey, D. F. (2002). Bias reduction in standard errors for linear
   regression with multi-stage samples. *Survey Methodology*, 28(2), 169-181.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Literal

import numpy as np
import pandas as pd

from lib.resampling import kernel
from lib.specifications import COLUMNS, READINGS, SYMBOL, Column, rows
from lib.verdicts import PROVINCES
from lib.within import EXACT

By = Literal["city", "province"]


@dataclass(frozen=True)
class Squares:
    """A standard error of K slopes as a root of a sum of squares over G clusters.

    Attributes
    ----------
    parts : array (G, K, N * T)
        The squared error of slope k is the sum over g of (parts[g, k] @ y)^2, where y has zeros in
        cells without a row.
    """

    parts: np.ndarray

    @cached_property
    def df(self) -> np.ndarray:
        """Degrees of freedom (K,) that match two moments, under independent errors of one size."""
        of_slope = self.parts.swapaxes(0, 1)
        products = of_slope @ of_slope.swapaxes(1, 2)
        mean = np.trace(products, axis1=1, axis2=2)
        return np.asarray(mean**2 / (products**2).sum(axis=(1, 2)))

    def se(self, y: np.ndarray) -> np.ndarray:
        """Standard errors (R, K) of outcomes (R, N, T)."""
        each = y.reshape(len(y), -1) @ self.parts.reshape(-1, self.parts.shape[2]).T
        return np.sqrt((each.reshape(len(y), *self.parts.shape[:2]) ** 2).sum(axis=1))


@dataclass(frozen=True)
class Design:
    """One official regression with city and year effects: its regressors and its residuals.

    Attributes
    ----------
    terms : tuple of str
    fits : Fits
        The regression, a batch of one.
    x, present, residuals : array (K, N, T), bool array (N, T), array (N, T)
        Regressors, whether there is a row, residuals; zero where there is none.
    coef, net, bread : array (K,), (K, N * T), (K, K)
        Slopes, regressors free of both effects, and the inverse of their cross-products.
    cities, provinces, province : Index (N,), Index (P,), array (N,) of int
        Names, and the position of each city's province.
    """

    terms: tuple[str, ...]
    fits: kernel.Fits
    x: np.ndarray
    present: np.ndarray
    residuals: np.ndarray
    coef: np.ndarray
    net: np.ndarray
    bread: np.ndarray
    cities: pd.Index
    provinces: pd.Index
    province: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame, x: Sequence[str], y: str = "REG") -> Design:
        """Take rows as from :func:`lib.specifications.rows` for a column.

        Raises
        ------
        lib.panel.DataError
            As :func:`lib.resampling.kernel.cube` and :func:`lib.resampling.kernel.fit`.
        """
        values, cities = kernel.cube(frame, [y, *x])
        fits = kernel.fit(values[:1], values[1:], np.isfinite(values).all(axis=0))
        present = fits.layout.present[0]
        of_city = frame.groupby("city")["province"].first().loc[cities]
        province, provinces = pd.factorize(of_city, sort=True)
        return cls(
            tuple(x), fits, np.where(present, values[1:], 0.0), present, fits.residuals[0],
            fits.coef[0], fits.x[0].reshape(len(x), -1), fits.bread[0], cities,
            pd.Index(provinces), province,
        )  # fmt: skip

    def clusters(self, by: By) -> np.ndarray:
        """Cluster of each city (N,), from zero."""
        return np.arange(len(self.cities)) if by == "city" else self.province

    @cached_property
    def weights(self) -> np.ndarray:
        """Slopes from the outcome (K, N * T)."""
        return self.bread @ self.net

    def residual(self, rows: np.ndarray) -> np.ndarray:
        """Rows (..., N * T) times the residual maker of effects and regressors."""
        free = self.fits.layout.net(rows.reshape(-1, 1, *self.present.shape)).reshape(rows.shape)
        return free - (free @ self.net.T) @ self.weights

    def cr2(self, by: By = "city") -> Squares:
        """Without bias under independent errors of one size.

        The block of the residual maker has no inverse root along the effects of its own cities,
        and needs none.
        """
        code, parts = np.repeat(self.clusters(by), self.present.shape[1]), []
        for g in range(code.max() + 1):
            own = np.flatnonzero((code == g) & self.present.ravel())
            maker = self.residual(np.eye(self.present.size)[own])
            roots, vectors = np.linalg.eigh(maker[:, own])
            safe = np.where(roots > EXACT, roots, np.inf)
            parts.append(self.weights[:, own] @ (vectors / np.sqrt(safe) @ vectors.T) @ maker)
        return Squares(np.array(parts))

    def cv3(self, by: By = "city") -> Squares:
        """From the slopes without each cluster."""
        code = self.clusters(by)
        kept = (code != np.arange(code.max() + 1)[:, None])[:, :, None] & self.present
        x = np.broadcast_to(self.x, (len(kept), *self.x.shape))
        net = kernel.Layout.of(kept).net(x).reshape(len(kept), len(self.x), -1)
        gap = np.linalg.inv(net @ net.swapaxes(1, 2)) @ net - self.weights
        return Squares(np.sqrt(1 - 1 / len(kept)) * gap)

    def shares(self) -> np.ndarray:
        """Shares of cities (K, N) in a regressor's variation net of effects and the others."""
        alone = (self.weights**2).reshape(self.x.shape).sum(axis=2)
        return alone / alone.sum(axis=1, keepdims=True)

    @cached_property
    def squares(self) -> dict[str, tuple[Squares, int]]:
        """Errors by name, and the degrees of freedom G - 1; by province where there are enough."""
        found = {"city_cr2": self.cr2(), "city_cv3": self.cv3()}
        if len(self.provinces) >= PROVINCES:
            found["province_cv3"] = self.cv3("province")
        return {name: (each, len(each.parts) - 1) for name, each in found.items()}


def held(data: pd.DataFrame, columns: Sequence[Column] = COLUMNS) -> pd.DataFrame:
    """On how few cities each slope rests, and what that does to its standard errors.

    Returns
    -------
    DataFrame
        ``reading, heading, row, symbol``, and of each regressor net of effects and of the others:
        ``heaviest``, the city with the largest ``share`` of its variation; ``equal``, one over
        the sum of squared shares, the number of equal cities that would weigh the same; ``df``
        of CV3, as in :class:`Squares`.
    """
    parts = []
    for reading, column in product(READINGS, columns):
        made = Design.of(rows(data, reading, column), column.terms)
        share = made.shares()
        found = {
            "reading": reading.name, "heading": column.heading, "row": column.terms,
            "symbol": [SYMBOL.get(term, term) for term in column.terms],
            "heaviest": made.cities[share.round(9).argmax(axis=1)], "share": share.max(axis=1),
            "equal": 1 / (share**2).sum(axis=1), "df": made.cv3().df,
        }  # fmt: skip
        parts.append(pd.DataFrame(found))
    return pd.concat(parts, ignore_index=True)
