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

from lib import within
from lib.jackknife import ENOUGH
from lib.sample import codes
from lib.specifications import COLUMNS, READINGS, SYMBOL, Column, rows
from lib.within import EXACT, Fit, Products

By = Literal["city", "province"]


@dataclass(frozen=True)
class Squares:
    """A standard error of K slopes as a root of a sum of squares over G clusters.

    Attributes
    ----------
    parts : array (G, K, n)
        The squared error of slope k is the sum over g of (parts[g, k] @ y)^2.
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
        """Standard errors (R, K) of outcomes (n, R)."""
        sums = self.parts.reshape(-1, len(y)) @ y
        return np.sqrt((sums.reshape(*self.parts.shape[:2], -1) ** 2).sum(axis=0)).T


@dataclass(frozen=True)
class Design:
    """One official regression with city and year effects: its regressors and its residuals.

    Attributes
    ----------
    fit : Fit
        Its n rows stand as in ``fit.products.design``.
    at : tuple of array of int (n,)
        City and year of each row.
    present, residuals : bool array (N, T), array (N, T)
        Whether there is a row, and residuals; zero where there is none.
    cities, provinces : Index
        Labels, N and P.
    province : array (N,) of int
        Province of each city.
    """

    fit: Fit
    at: tuple[np.ndarray, np.ndarray]
    present: np.ndarray
    residuals: np.ndarray
    cities: pd.Index
    provinces: pd.Index
    province: np.ndarray

    @classmethod
    def of(cls, frame: pd.DataFrame, x: Sequence[str], y: str = "REG") -> Design:
        """Take rows as from :func:`lib.specifications.rows` for a column.

        Raises
        ------
        lib.panel.DataError
            As :func:`lib.within.fit`.
        """
        fit = within.fit(frame, y, x, clusters=("city", "province"))
        rows = fit.rows.iloc[fit.products.design.order]
        at = codes(rows, "city")[0], codes(rows, "year")[0]
        present = np.zeros((at[0].max() + 1, at[1].max() + 1), dtype=bool)
        present[at] = True
        province = np.empty(len(present), int)
        province[at[0]] = codes(rows, "province")[0]
        residuals = _cells(fit.residuals.loc[rows.index].to_numpy()[:, None], at, present)[0]
        return cls(
            fit, at, present, residuals, fit.clusters["city"], fit.clusters["province"], province
        )

    @property
    def terms(self) -> tuple[str, ...]:
        """The regressors."""
        return self.fit.x

    @property
    def coef(self) -> np.ndarray:
        """Slopes (K,)."""
        return self.fit.coef.to_numpy()

    @property
    def bread(self) -> np.ndarray:
        """Inverse cross-products of the regressors, net of effects (K, K)."""
        return np.asarray(self.fit.products.inverse(self.fit.places)[0])

    @property
    def x(self) -> np.ndarray:
        """Regressors (K, N, T), zero where there is no row."""
        rows = self.fit.rows.iloc[self.fit.products.design.order]
        return self.cells(rows[list(self.terms)].to_numpy(float))

    @property
    def net(self) -> np.ndarray:
        """Regressors net of effects (K, N, T)."""
        return self.cells(self.fit.products.net_x)

    def cells(self, rows: np.ndarray) -> np.ndarray:
        """Rows (n, R) as cells (R, N, T), zero where there is no row."""
        return _cells(rows, self.at, self.present)

    def rows(self, values: np.ndarray) -> np.ndarray:
        """Cells (R, N, T) as rows (n, R)."""
        return values[:, *self.at].T

    def products(self, y: np.ndarray, x: np.ndarray | None = None) -> Products:
        """Of outcomes (R, N, T), and of other regressors (K, N, T) in the same cells."""
        x = self.rows(self.x if x is None else x)
        return self.fit.products.design.products(x, self.rows(y))

    @cached_property
    def weights(self) -> np.ndarray:
        """Slopes from the outcome (K, n)."""
        return self.bread @ self.fit.products.net_x.T

    def left(self, y: np.ndarray) -> np.ndarray:
        """Residuals of outcomes (n, R)."""
        net = self.fit.products.net_x
        return self.fit.products.design.net(y) - net @ (self.weights @ y)

    def cr2(self, by: By = "city") -> Squares:
        """Without bias under independent errors of one size.

        The block of the residual maker has no inverse root along the effects of its own cities,
        and needs none.
        """
        code, parts = self.at[0] if by == "city" else self.province[self.at[0]], []
        maker = self.left(np.eye(len(code)))
        for g in range(code.max() + 1):
            own = np.flatnonzero(code == g)
            roots, vectors = np.linalg.eigh(maker[np.ix_(own, own)])
            safe = np.where(roots > EXACT, roots, np.inf)
            parts.append(self.weights[:, own] @ (vectors / np.sqrt(safe) @ vectors.T) @ maker[own])
        return Squares(np.array(parts))

    def cv3(self, by: By = "city") -> Squares:
        """From the slopes without each cluster, which are linear in the outcome."""
        design, places = self.fit.products.design, self.fit.places
        linear = design.products(self.rows(self.x), np.eye(design.nobs))
        gap = (linear.without(places, by) - linear.coef(places))[:, 0]
        return Squares(np.sqrt(1 - 1 / len(gap)) * gap)

    def shares(self) -> np.ndarray:
        """Shares of cities (K, N) in a regressor's variation net of effects and the others."""
        alone = self.cells(self.weights.T**2).sum(axis=2)
        return alone / alone.sum(axis=1, keepdims=True)

    @cached_property
    def squares(self) -> dict[str, tuple[Squares, int]]:
        """Errors by name, and the degrees of freedom G - 1; by province where there are enough."""
        found = {"city_cr2": self.cr2(), "city_cv3": self.cv3()}
        if len(self.provinces) >= ENOUGH:
            found["province_cv3"] = self.cv3("province")
        return {name: (each, len(each.parts) - 1) for name, each in found.items()}


def _cells(rows: np.ndarray, at: tuple[np.ndarray, np.ndarray], present: np.ndarray) -> np.ndarray:
    cells = np.zeros((rows.shape[1], *present.shape))
    cells[:, *at] = rows.T
    return cells


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
