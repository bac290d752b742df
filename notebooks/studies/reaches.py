"""Slopes in groups of cities, and groups to which whole provinces are dealt."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from lib import bootstrap, within
from lib.cases import UNIT
from lib.specifications import EARLY
from lib.within import EXACT

TERMS = EARLY.terms


def deals(provinces: list[str], sizes: tuple[int, ...]) -> Iterator[tuple[tuple[str, ...], ...]]:
    """All ways to deal provinces to groups of these sizes, the groups in order."""
    if not sizes:
        yield ()
        return
    for group in combinations(provinces, sizes[0]):
        rest = [name for name in provinces if name not in group]
        yield from ((group, *others) for others in deals(rest, sizes[1:]))


def dealt(rows: pd.DataFrame) -> pd.DataFrame:
    """For every deal of whole provinces to groups, whether slopes are the same in all groups.

    The Wald statistic, clustered by city, if each group has year effects of its own.

    Returns
    -------
    DataFrame
        A row per deal, with as many provinces in each group as a reach has: a column per province
        with the number of its group; ``statistic``; and ``true``, which holds in the deal that is
        the reaches.

    Notes
    -----
    Groups share no city, so slopes b and their covariance V (clustered by city) are those of a
    regression in each group, and the statistic is ``sum (b - m)' V^-1 (b - m)``, m the mean of b
    with weights V^-1.  A group's regression follows from the cross-products of its cities, year
    effects and variables freed of city effects: each of the few sets of provinces is estimated
    once, from sums of these products.
    """
    whole = within.fit(rows, "REG", TERMS, unit=UNIT, clusters=("city", "province"))
    design, rows = whole.products.design, whole.rows
    columns = design.by_atom(np.hstack([design.base, whole.products.net]))
    products = columns.swapaxes(1, 2) @ columns
    at = whole.clusters["province"][design.clusters["province"]]
    t, k = design.base.shape[1], len(TERMS)

    def fit(group: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Slopes, and their inverse covariance without its factor."""
        cities = products[np.isin(at, group)]
        whole = cities.sum(axis=0)
        on_years = np.linalg.pinv(whole[:t, :t], rcond=EXACT, hermitian=True) @ whole[:t, t:]
        left = np.vstack([-on_years, np.eye(k + 1)])
        moments = left.T @ whole @ left
        slopes = np.linalg.solve(moments[:k, :k], moments[:k, k])
        scores = left[:, :k].T @ cities @ left @ np.append(-slopes, 1.0)
        return slopes, moments[:k, :k] @ np.linalg.inv(scores.T @ scores) @ moments[:k, :k]

    home = rows.drop_duplicates("province").set_index("province")["reach"]
    names = sorted(home.unique())
    sizes = tuple(int(home.eq(name).sum()) for name in names)
    sets = [group for size in set(sizes) for group in combinations(home.index, size)]
    slopes, weights = map(np.stack, zip(*map(fit, sets), strict=True))
    every = list(deals(list(home.index), sizes))
    place = {group: number for number, group in enumerate(sets)}
    groups = np.array([[place[group] for group in deal] for deal in every])
    b, weight = slopes[groups], weights[groups]
    mean = np.linalg.solve(weight.sum(axis=1), (weight @ b[..., None]).sum(axis=1))
    apart = b - mean.swapaxes(1, 2)
    counted = k * len(names) + 1 + (rows.groupby("reach")["year"].nunique() - 1).sum()
    factor = within.clustered_factor(len(products), len(rows), counted)
    true = tuple(tuple(home.index[home.eq(name)]) for name in names)
    frame = pd.DataFrame([{p: n for n, group in enumerate(d) for p in group} for d in every])
    return frame.assign(
        statistic=np.einsum("dgi,dgij,dgj->d", apart, weight, apart) / factor,
        true=[deal == true for deal in every],
    )


def as_large(dealt: pd.DataFrame) -> float:
    """Share of deals, the true one among them, whose statistic is as large as the true one's."""
    statistic = dealt["statistic"]
    return float((statistic >= (1 - bootstrap.TIE) * statistic[dealt["true"]].item()).mean())


def printed_equality(cells: pd.DataFrame) -> pd.Series:
    """Cochran's Q: whether printed coefficients differ between the columns of a table.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`lib.published.coefficients`.

    Returns
    -------
    Series
        Index row of the table: p, from chi-squared, of the squared departures from the mean
        weighted by 1/se^2, se = coef / t.  Source: Cochran (1954).
    """
    p = {}
    for row, columns in cells.groupby("row", sort=False):
        weight = (columns["t"] / columns["coef"]) ** 2
        apart = columns["coef"] - np.average(columns["coef"], weights=weight)
        p[row] = stats.chi2.sf((weight * apart**2).sum(), len(columns) - 1)
    return pd.Series(p)
