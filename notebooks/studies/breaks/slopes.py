"""Slopes year by year, and two descriptions of how they change: a step and a straight line.

A step after a year and a straight line cost the same: one more number per slope.  Slopes that are
free in every year say how much there is to describe, and each of the two takes a share of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.resampling import bootstrap
from lib.resampling.bootstrap import Restriction
from lib.within import Effects, leave_one_out
from studies.breaks.search import DRAWS, YEAR, candidates

FREED = ("LM", "IA")
"""Slopes that may differ from year to year; that of the interaction does not."""
HELD = ("LM_IA",)


def by_year(rows: pd.DataFrame, y: str = "REG", reference: int = YEAR) -> pd.DataFrame:
    """Slope of IA in each year, less that of the year of reference; LM has such slopes, too.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.centred`.

    Returns
    -------
    DataFrame
        Index year; ``change, low, high``: 95 % intervals of the city jackknife, t(G-1); zero in the
        year of reference.
    """
    others = [year for year in sorted(rows["year"].unique()) if year != reference]
    dummies = {f"{k}_{t}": rows[k] * (rows["year"] == t) for k in FREED for t in others}
    found = leave_one_out(rows.assign(**dummies), y, [*FREED, *HELD, *dummies])
    own = found.table.assign(change=found.coef).loc[[f"IA_{t}" for t in others]]
    frame = own.set_axis(others)[["change", "low", "high"]]
    frame.loc[reference] = 0.0
    return frame.sort_index().rename_axis("year")


def describe(rows: pd.DataFrame, year: int = YEAR, draws: int = DRAWS) -> pd.Series:
    """Set a step after `year` against a straight line; a city has one effect.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.centred`, with ``province``.
    draws : int
        By city; by province all patterns of signs, where eleven provinces have 2,048.

    Returns
    -------
    Series
        ``step, best, line``, the shares that a step after the year, the step that fits best, and a
        line take of the fit that slopes free in every year add to constant ones; ``p``, by pair,
        such as ``("step", "city")``, the bootstrap p of ``step`` (beside the line) and ``line``
        (beside the step), by ``city`` and by ``province``; ``fitted``, the line's, by row label.
    """
    steps = sorted(int(each) for each in rows["year"].unique())[:-1]
    made = {f"{k}_after_{s}": rows[k] * (rows["year"] > s) for k in FREED for s in steps}
    made |= {f"{k}_line": rows[k] * (rows["year"] - YEAR) for k in FREED}
    whole = rows.assign(**made)
    after = {s: [f"{k}_after_{s}" for k in FREED] for s in steps}
    slanted = [f"{k}_line" for k in FREED]

    def added(
        tested: Sequence[str], beside: Sequence[str] = (), cluster: str = "city"
    ) -> Restriction:
        return Restriction.of(whole, "REG", tested, [*FREED, *HELD, *beside], cluster=cluster)

    line, free = added(slanted), added([name for s in steps for name in after[s]])
    constant = float((line.null_errors**2).sum())
    room = constant - free.rss
    gains = {s: (constant - added(after[s]).rss) / room for s in candidates(rows)}
    p = {}
    for cluster, number in (("city", draws), ("province", 2_048)):
        weights = bootstrap.weights(number, rows[cluster].nunique())
        p["step", cluster] = added(after[year], slanted, cluster).wild(weights)
        p["line", cluster] = added(slanted, after[year], cluster).wild(weights)
    found: dict[str, object] = {"step": gains[year], "best": max(gains.values())}
    found |= {"line": (constant - line.rss) / room, "p": p}
    return pd.Series(found | {"fitted": (rows["REG"] - line.errors).loc[rows.index]})


def per_year(rows: pd.DataFrame, y: str = "REG", effects: Effects = "twoway") -> pd.DataFrame:
    """Change per year of the slopes of LM and IA along a straight line.

    Returns
    -------
    DataFrame
        Index ``LM, IA``; ``change``, and ``t, low, high`` of the jackknife by city and, behind
        ``province_``, by province.
    """
    lines = {f"{k}_line": rows[k] * (rows["year"] - YEAR) for k in FREED}
    terms = [*FREED, *HELD, *lines]
    found = {
        end: leave_one_out(rows.assign(**lines), y, terms, effects=effects, cluster=cluster)
        for end, cluster in (("", "city"), ("province_", "province"))
    }
    parts = [each.table[["t", "low", "high"]].add_prefix(end) for end, each in found.items()]
    table = pd.concat(parts, axis=1).assign(change=found[""].coef)
    return table.loc[list(lines)].set_axis(list(FREED))
