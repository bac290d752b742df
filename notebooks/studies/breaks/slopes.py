"""Slopes year by year, and their change per year along a straight line."""

from __future__ import annotations

import pandas as pd

from lib import cases, within
from lib.within import Effects
from studies.breaks.search import TERMS, YEAR

FREED = ("LM", "IA")
"""Slopes that may differ from year to year; that of the interaction does not."""


def by_year(rows: pd.DataFrame, y: str = "REG") -> pd.DataFrame:
    """Slope of IA in each year, less that of :data:`YEAR`; LM has such slopes, too.

    Returns
    -------
    DataFrame
        Index year; ``change, low, high``: 95 % intervals of the jackknife by province.
    """
    years = [year for year in sorted(rows["year"].unique()) if year != YEAR]
    dummies = {f"{k}_{t}": rows[k] * (rows["year"] == t) for k in FREED for t in years}
    terms = [*TERMS, *dummies]
    fit = within.fit(rows.assign(**dummies), y, terms, unit=cases.UNIT, clusters="province")
    table = fit.table(cluster="province").assign(change=fit.coef)
    frame = table.loc[[f"IA_{t}" for t in years], ["change", "low", "high"]].set_axis(years)
    frame.loc[YEAR] = 0.0
    return frame.sort_index().rename_axis("year")


def per_year(rows: pd.DataFrame, y: str = "REG", effects: Effects = "twoway") -> pd.DataFrame:
    """Change per year of the slopes of LM and IA along a straight line.

    Returns
    -------
    DataFrame
        Index ``LM, IA``; ``change``, and ``t, p, low, high`` of the jackknife by city and, behind
        ``province_``, by province.
    """
    lines = {f"{k}_line": rows[k] * (rows["year"] - YEAR) for k in FREED}
    terms, both = [*TERMS, *lines], ("city", "province")
    fit = within.fit(rows.assign(**lines), y, terms, effects, unit=cases.UNIT, clusters=both)
    names = ["t", "p", "low", "high"]
    city, province = (fit.table(cluster=cluster)[names] for cluster in both)
    table = city.join(province.add_prefix("province_")).assign(change=fit.coef)
    return table.loc[list(lines)].set_axis(list(FREED))
