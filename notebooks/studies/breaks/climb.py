"""A step or a climb: slopes year by year, and two descriptions of how they change.

A step after a year and a straight line cost the same: one more number per slope.  Slopes that are
free in every year say how much there is to describe, and each of the two takes a share of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from lib.jackknife import leave_one_out
from lib.panel import DataError
from lib.resampling import bootstrap
from lib.resampling.bootstrap import Restriction, WildTest
from studies.breaks.search import DRAWS, MARGIN, YEAR, candidates

FREED = ("LM", "IA")
"""Slopes that may differ from year to year; that of the product does not."""
HELD = ("LM_IA",)


def by_year(rows: pd.DataFrame, y: str = "REG", reference: int = YEAR) -> pd.DataFrame:
    """Slopes of LM and IA in each year, less those of the year of reference.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`studies.breaks.search.sample`.

    Returns
    -------
    DataFrame
        ``term, year, change, se, low, high``: 95 % intervals of the city jackknife, t(G-1); zero in
        the year of reference.

    Raises
    ------
    lib.panel.DataError
        The year of reference is not in the rows.
    """
    years = sorted(int(year) for year in rows["year"].unique())
    if reference not in years:
        raise DataError(f"year of reference: found {reference}, expected one of {years}")
    others = [year for year in years if year != reference]
    dummies = {f"{k}_{t}": rows[k] * (rows["year"] == t) for k in FREED for t in others}
    found = leave_one_out(rows.assign(**dummies), y, [*FREED, *HELD, *dummies])
    keys = pd.MultiIndex.from_product([FREED, others], names=["term", "year"])
    table = found.table.loc[list(dummies)].set_axis(keys)
    table = table.assign(change=found.coef[list(dummies)].to_numpy())
    zero = pd.MultiIndex.from_product([FREED, [reference]], names=["term", "year"])
    frame = pd.concat([table, pd.DataFrame(0.0, zero, table.columns)]).sort_index()
    return frame.reset_index()[["term", "year", "change", "se", "low", "high"]]


@dataclass(frozen=True)
class Description:
    """Slopes of LM and IA that change: a step after one year against a straight line.

    Attributes
    ----------
    step, best, line : float
        Shares that a step after the year, the step that fits best, and a line take of the fit that
        slopes free in every year add to constant ones.
    best_year : int
    step_beside_line, line_beside_step : WildTest
        Whether one adds anything to the other.
    fitted : Series
        Fit of the line, by row label.
    """

    step: float
    best: float
    best_year: int
    line: float
    step_beside_line: WildTest
    line_beside_step: WildTest
    fitted: pd.Series


def describe(
    rows: pd.DataFrame,
    y: str = "REG",
    year: int = YEAR,
    margin: int = MARGIN,
    draws: int = DRAWS,
) -> Description:
    """Set a step after `year` against a straight line; a city has one effect.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`studies.breaks.search.sample`.
    """
    allowed = candidates(rows, margin)
    steps = sorted(int(each) for each in rows["year"].unique())[:-1]
    made = {f"{k}_after_{s}": rows[k] * (rows["year"] > s) for k in FREED for s in steps}
    made |= {f"{k}_line": rows[k] * (rows["year"] - YEAR) for k in FREED}
    whole, always = rows.assign(**made), [*FREED, *HELD]
    after = {s: [f"{k}_after_{s}" for k in FREED] for s in steps}
    slanted = [f"{k}_line" for k in FREED]

    def added(tested: Sequence[str], beside: Sequence[str] = ()) -> Restriction:
        return Restriction.of(whole, y, tested, [*always, *beside])

    line, free = added(slanted), added([name for s in steps for name in after[s]])
    constant = float(line.residuals @ line.residuals)
    room = constant - free.rss
    gains = pd.Series({s: (constant - added(after[s]).rss) / room for s in allowed})
    best = int(gains.round(9).idxmax())
    weights = bootstrap.weights(draws, len(line.clusters))
    return Description(
        step=float(gains[year]),
        best=float(gains[best]),
        best_year=best,
        line=(constant - line.rss) / room,
        step_beside_line=added(after[year], slanted).test(weights),
        line_beside_step=added(slanted, after[year]).test(weights),
        fitted=(rows[y] - line.errors).loc[rows.index],
    )


def per_year(rows: pd.DataFrame, y: str = "REG") -> pd.DataFrame:
    """Change per year of the slopes of LM and IA along a straight line.

    Returns
    -------
    DataFrame
        Index ``LM, IA``; ``change, se, t, p, low, high`` from the city jackknife.
    """
    lines = {f"{k}_line": rows[k] * (rows["year"] - YEAR) for k in FREED}
    found = leave_one_out(rows.assign(**lines), y, [*FREED, *HELD, *lines])
    table = found.table.loc[list(lines)].set_axis(list(FREED))
    return table.assign(change=found.coef[list(lines)].to_numpy())
