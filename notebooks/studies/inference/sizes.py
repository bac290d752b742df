"""How often a jackknife rejects a slope that is zero, in shocks drawn from official residuals.

A slope is set to zero, and the residuals that this leaves are the shocks.  Each keeps its size and
its course over the years; its sign is drawn: for a city, for a province, or for both (the mean of a
province and year gets the sign of the province, what is left the sign of the city).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd
from scipy import stats

from lib import cases, within
from lib.cases import CLEAN, PAPER, SPELLS, Case
from lib.specifications import EARLY, LATE, MODEL1, MODEL2, READINGS

SHOCKS = ("city", "province", "both")
ERRORS = ("city", "province")
LEVELS = {"rejected_1": 0.01, "rejected": 0.05, "rejected_10": 0.10}


def shocks(residuals: np.ndarray, city: np.ndarray, province: np.ndarray, cell: np.ndarray,
           kind: str, draws: int, rng: np.random.Generator) -> np.ndarray:  # fmt: skip
    """Residuals (n,) with random signs: (n, draws).

    Parameters
    ----------
    city, province, cell : array of int (n,)
        Codes from zero; a cell is a province in a year.
    kind : {"city", "province", "both"}
    """
    signs = [rng.choice([-1.0, 1.0], (code.max() + 1, draws))[code] for code in (city, province)]
    if kind != "both":
        return residuals[:, None] * signs[kind == "province"]
    mean = (np.bincount(cell, residuals) / np.bincount(cell))[cell]
    return mean[:, None] * signs[1] + (residuals - mean)[:, None] * signs[0]


def rejections(fit: within.Fit, draws: int, rng: np.random.Generator) -> pd.DataFrame:
    """Share of draws in which each jackknife of a fit rejects a true null hypothesis.

    Returns
    -------
    DataFrame
        A row per ``row`` (the slope that is zero), ``shocks`` and ``errors``: ``rejected`` at 5 %,
        ``rejected_1`` and ``rejected_10``.
    """
    design = fit.products.design
    rows = fit.rows
    net = fit.net.to_numpy()
    x, y = net[:, :-1], net[:, -1]
    drawn = rows.sort_values("city", kind="stable")  # the order in which signs are drawn
    city, province = (
        pd.Series(pd.factorize(drawn[name])[0], drawn.index)[rows.index].to_numpy()
        for name in ERRORS
    )
    cell = rows.groupby(["province", "year"]).ngroup().to_numpy()
    lines = []
    for k, term in enumerate(fit.x):
        others = np.delete(x, k, axis=1)
        left = y - others @ np.linalg.lstsq(others, y, rcond=None)[0]
        for kind in SHOCKS:
            invented = shocks(left, city, province, cell, kind, draws, rng)
            products = design.products(x, invented)
            coef = products.coef(fit.places)[0, k]
            for errors in ERRORS:
                gap = products.without(fit.places, errors)[:, 0, k] - coef
                groups = len(gap)
                t = coef / np.sqrt((groups - 1) / groups * (gap**2).sum(axis=0))
                p = 2 * stats.t.sf(np.abs(t), groups - 1)
                rejected = [(p < level).mean() for level in LEVELS.values()]
                lines.append([term, kind, errors, *rejected])
    return pd.DataFrame(lines, columns=["row", "shocks", "errors", *LEVELS])


def sizes(
    data: pd.DataFrame,
    draws: int = 400,
    every: Sequence[Case] = (PAPER, CLEAN, SPELLS),
) -> pd.DataFrame:
    """:func:`rejections` of the columns that have provinces enough.

    Returns
    -------
    DataFrame
        A row per ``case, reading, heading, row, shocks, errors``: as :func:`rejections`.
    """
    rng = np.random.default_rng(1)
    lines = [
        rejections(cases.fit(data, reading, column, case), draws, rng).assign(
            case=case.key, reading=reading.name, heading=column.heading
        )
        for case, reading, column in product(every, READINGS, (MODEL1, MODEL2, EARLY, LATE))
    ]  # fmt: skip
    return pd.concat(lines).set_index(["case", "reading", "heading", "row", "shocks", "errors"])
