"""Slopes in groups of cities, and groups to which cities are dealt at random.

Our own: wildboottest and pyfixest bootstrap no joint hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib.panel import DataError
from lib.resampling import bootstrap
from lib.resampling.bootstrap import Restriction
from studies.breaks.search import TERMS

SEED = 2023


def equal_slopes(
    rows: pd.DataFrame,
    group: str = "reach",
    y: str = "REG",
    cluster: str = "city",
    terms: Sequence[str] = TERMS,
    draws: int = bootstrap.DRAWS,
) -> pd.DataFrame:
    """Test that slopes are the same in all groups of cities, each with its own year effects.

    Groups share no cluster, so that the regressions of the groups are independent but for what
    moves all of them; signs are drawn for each cluster.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`studies.breaks.search.sample`, with the columns `group` and `cluster`.

    Returns
    -------
    DataFrame
        Index ``all`` and the terms; ``statistic`` (Wald), ``df``, ``p`` from F(q, G-1), ``wild``,
        and ``f_p`` from the classical F.

    Raises
    ------
    lib.panel.DataError
        There are fewer than two groups, or a cluster lies in two.
    """
    labels = sorted(rows[group].unique())
    if len(labels) < 2 or rows.groupby(cluster)[group].nunique().max() > 1:
        raise DataError(
            f"column {group!r}: found {len(labels)} groups, or a {cluster} in two; "
            f"expected two groups at least that share no {cluster}"
        )
    names = {term: [f"{term}_{label}" for label in labels[1:]] for term in terms}
    inside = {label: rows[group].eq(label) for label in labels[1:]}
    rows = rows.assign(
        **{f"{term}_{label}": rows[term] * inside[label] for term in terms for label in inside}
    )
    weights = bootstrap.weights(draws, rows[cluster].nunique())
    found = {}
    for key in ("all", *terms):
        tested = [name for term in terms for name in names[term] if key in ("all", term)]
        others = [name for term in terms for name in names[term] if key not in ("all", term)]
        one = Restriction.of(
            rows, y, tested, [*terms, *others], time=(group, "year"), cluster=cluster
        )
        test = one.test(weights if draws else None)
        # One restriction has a t: its square is the Wald statistic.
        wald = test.statistic**2 if test.df == 1 else test.statistic
        found[key] = {
            "statistic": wald, "df": test.df, "p": test.p, "wild": test.wild, "f_p": one.f_p
        }  # fmt: skip
    return pd.DataFrame(found).T.astype({"df": int})


def dealt(
    rows: pd.DataFrame,
    sizes: Sequence[int],
    deals: int = 99,
    draws: int = 199,
    y: str = "REG",
    terms: Sequence[str] = TERMS,
) -> pd.DataFrame:
    """The same test of all slopes between groups to which cities are dealt at random.

    Parameters
    ----------
    sizes : sequence of int
        Cities of each group, drawn without replacement.

    Returns
    -------
    DataFrame
        A row a deal: ``statistic``, ``f_p`` (classical), ``p`` (clustered) and ``wild``.

    Raises
    ------
    lib.panel.DataError
        There are fewer cities than the groups need.
    """
    rng = np.random.default_rng(SEED)
    cities = np.sort(rows["city"].unique())
    if sum(sizes) > len(cities):
        raise DataError(f"sizes: found {len(cities)} cities, expected {sum(sizes)} at least")
    labels = np.repeat(np.arange(len(sizes)), sizes)
    weights = bootstrap.weights(draws, len(labels))
    found = []
    for _ in range(deals):
        deal = pd.Series(labels, rng.permutation(cities)[: len(labels)])
        some = rows[rows["city"].isin(deal.index)]
        some = some[["city", "year", y, *terms]].assign(deal=some["city"].map(deal))
        dummies = {
            f"{term}_{g}": some[term] * (some["deal"] == g)
            for term in terms
            for g in range(1, len(sizes))
        }
        one = Restriction.of(
            some.assign(**dummies), y, list(dummies), list(terms), time=("deal", "year")
        )
        test = one.test(weights)
        found.append({"statistic": test.statistic, "f_p": one.f_p, "p": test.p, "wild": test.wild})
    return pd.DataFrame(found)


def printed_equality(cells: pd.DataFrame) -> pd.DataFrame:
    """Cochran's Q: whether printed coefficients differ between the columns of a table.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`lib.published.coefficients`.

    Returns
    -------
    DataFrame
        Index: row of the table; ``statistic`` (squared departures from the mean weighted by 1/se^2,
        se = coef / t), ``df``, ``p`` from chi-squared.  Source: Cochran (1954).
    """
    found = {}
    for row, own in cells.groupby("row", sort=False):
        weight = (own["t"] / own["coef"]) ** 2
        mean = (weight * own["coef"]).sum() / weight.sum()
        statistic = float((weight * (own["coef"] - mean) ** 2).sum())
        df = len(own) - 1
        found[row] = {"statistic": statistic, "df": df, "p": float(stats.chi2.sf(statistic, df))}
    return pd.DataFrame(found).T.astype({"df": int})
