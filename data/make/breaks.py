"""Search for a break of the slopes in every year: ``python data/make/breaks.py``, ten seconds.

A regression lets the slopes of LM, IA and LM × IA change after a year.  The Wald statistic of no
change, clustered by province, is compared with samples in which nothing changes (the wild cluster
bootstrap of Cameron, Gelbach and Miller, 2008): the residuals of the regression without a break
keep or change their sign province by province, in all patterns.  ``p`` compares it as if the year
had been given (Chow, 1960), ``p_search`` with the largest statistic of all years (Andrews, 1993);
``p_two`` is ``p`` where a city has one effect before and one after the year, as in Table 2.

Our own, because packages with this bootstrap test one coefficient, and search for no break.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from lib import cases, panel, placebo, specifications
from lib.inference import as_large, wild
from lib.regression import Fit, fit
from lib.specifications import Reading

BREAKS = panel.DATA / "breaks.csv"
TERMS = specifications.EARLY.terms
MARGIN = 3  # years that a break leaves on either side


def broken(rows: pd.DataFrame, year: int, y: str = "REG", two: bool = False) -> Fit:
    """The regression of `y` whose slopes change after a year; with `two`, city effects, too."""
    rows = rows.assign(late=rows["year"] > year)
    late = {f"{term}_late": rows[term] * rows["late"] for term in TERMS}
    unit = ("city", "spell", "late") if two else ("city", "spell")
    return fit(rows.assign(**late), y, [*TERMS, *late], unit=unit, clusters="province")


def drawn(model: Fit) -> np.ndarray:
    """The Wald statistic of no change, in the data and in every sample without one."""
    return wild(model, model.x[-len(TERMS) :], "province")


def search(rows: pd.DataFrame, y: str = "REG") -> pd.DataFrame:
    """For each year with enough years on either side, ``p, p_two, p_search``."""
    years = sorted(rows["year"].unique())[MARGIN - 1 : -MARGIN]
    one, two = (
        pd.DataFrame({int(year): drawn(broken(rows, year, y, each)) for year in years})
        for each in (False, True)
    )
    largest = one.max(axis=1)
    lines = {
        year: {
            "p": as_large(one[year], one[year][0]),
            "p_two": as_large(two[year], two[year][0]),
            "p_search": as_large(largest, one[year][0]),
        }
        for year in one
    }
    return pd.DataFrame(lines).T.rename_axis("year").reset_index()


def setting(data: pd.DataFrame, scale: str, reading: Reading, case: cases.Case) -> pd.DataFrame:
    """Rows with official income, invented income, and the first less the second."""
    how = replace(case.of(reading), outcome={"level": "reg", "logarithm": "log_reg"}[scale])
    rows, other = (
        specifications.rows(each, how, terms=TERMS) for each in (data, placebo.following(data, 0))
    )
    less = {"official": rows["REG"], "invented": other["REG"]}
    return rows.assign(**less, **{"official less invented": rows["REG"] - other["REG"]})


def settings(data: pd.DataFrame) -> pd.DataFrame:
    """The search in every setting."""
    names = product(("level", "logarithm"), specifications.READINGS, cases.CHOSEN)
    lines = []
    for scale, reading, case in names:
        rows = setting(data, scale, reading, case)
        for income in ("official", "invented", "official less invented"):
            key = {"income": income, "scale": scale, "reading": reading.name, "case": case.key}
            found = search(rows, income).round(6)
            lines.append(pd.DataFrame(key, found.index).join(found))
    return pd.concat(lines, ignore_index=True)


if __name__ == "__main__":
    settings(panel.load()).to_csv(BREAKS, index=False, lineterminator="\n")
