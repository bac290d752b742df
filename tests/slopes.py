"""A slope with its intervals by city and by province, in linear algebra alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats


def slope(rows: pd.DataFrame, y: str, x: Sequence[str], effects: str = "") -> np.ndarray:
    """Slope of the first of x, its 95 % ends by city (HC3) and by province (jackknife).

    `effects` is a column with a dummy for each of its values; without one there is a constant.
    """

    def design(some: pd.DataFrame) -> np.ndarray:
        fixed = pd.get_dummies(some[effects], dtype=float) if effects else np.ones((len(some), 1))
        return np.column_stack([some[list(x)], fixed])

    def first(some: pd.DataFrame) -> float:
        return np.linalg.lstsq(design(some), some[y].to_numpy(), rcond=None)[0][0]

    table, b = design(rows), first(rows)
    inverse = np.linalg.inv(table.T @ table)
    leverage = np.einsum("ij,jk,ik->i", table, inverse, table)
    left = rows[y].to_numpy() - table @ inverse @ table.T @ rows[y].to_numpy()
    scaled = table * (left / (1 - leverage))[:, None]
    error = np.sqrt((inverse @ scaled.T @ scaled @ inverse)[0, 0])
    half = stats.t.ppf(0.975, len(rows) - table.shape[1]) * error
    names = rows["province"].unique()
    gaps = np.array([first(rows[rows["province"] != name]) for name in names]) - b
    g = len(names)
    wide = stats.t.ppf(0.975, g - 1) * np.sqrt((g - 1) / g * (gaps**2).sum())
    return np.array([b, b - half, b + half, b - wide, b + wide])
