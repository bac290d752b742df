"""Search for a break of the slopes in every year: ``python data/make/breaks.py``, half a minute.

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
from lib.regression import Fit, fit

BREAKS = panel.DATA / "breaks.csv"
TERMS = specifications.EARLY.terms
MARGIN = 3  # years that a break leaves on either side
TIE = 1 - 1e-9  # statistics closer than this are parted by rounding alone


def broken(rows: pd.DataFrame, year: int, y: str = "REG", two: bool = False) -> Fit:
    """The regression of `y` whose slopes change after a year; with `two`, city effects, too."""
    rows = rows.assign(late=rows["year"] > year)
    late = {f"{term}_late": rows[term] * rows["late"] for term in TERMS}
    unit = ("city", "spell", "late") if two else ("city", "spell")
    return fit(rows.assign(**late), y, [*TERMS, *late], unit=unit, clusters="province")


def drawn(model: Fit, tested: int = len(TERMS)) -> np.ndarray:
    """The Wald statistic of the last slopes, in the data and in every sample without a change.

    No sample is regressed: its scores are products of the signs with sums over provinces.
    """
    products = model.products["province"]
    m, v, k = products[:, :-1, :-1], products[:, :-1, -1], len(model.x)
    some = np.delete(np.arange(v.shape[1]), np.arange(k - tested, k))
    null = np.zeros(v.shape[1])
    null[some] = np.linalg.pinv(m.sum(0)[np.ix_(some, some)], 1e-9, hermitian=True) @ v.sum(0)[some]
    inverse = np.linalg.pinv(m.sum(0), 1e-9, hermitian=True)
    at, scores, provinces = inverse[:, k - tested : k], v - m @ null, len(v)
    # A pattern and its negative give one statistic, so half of them are enough.
    signs = 1 - 2.0 * (np.arange(2 ** (provinces - 1))[:, None] >> np.arange(provinces) & 1)
    total = signs @ scores @ inverse
    parts = signs[:, :, None] * (scores @ at) - np.einsum("dc,gct->dgt", total, m @ at)
    slopes = total[:, k - tested : k, None]
    weight = np.linalg.pinv(parts.swapaxes(1, 2) @ parts, hermitian=True)
    return (slopes.swapaxes(1, 2) @ weight @ slopes)[:, 0, 0]


def as_large(draws: pd.Series, of: pd.Series) -> float:
    """Share of draws that are as large as the statistic of the data, the first of its own draws."""
    return float((draws >= TIE * of.iloc[0]).mean())


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
            "p": as_large(one[year], one[year]),
            "p_two": as_large(two[year], two[year]),
            "p_search": as_large(largest, one[year]),
        }
        for year in one
    }
    return pd.DataFrame(lines).T.rename_axis("year").reset_index()


def setting(data: pd.DataFrame, scale: str, reading: str, case: str) -> pd.DataFrame:
    """Rows with official income, invented income, and the first less the second."""
    how = next(each for each in specifications.READINGS if each.name == reading)
    frame, rest = cases.applied(data, next(each for each in cases.CASES if each.key == case))
    how = replace(rest.of(how), outcome={"level": "reg", "logarithm": "log_reg"}[scale])
    rows, other = (
        specifications.rows(each, how, terms=TERMS) for each in (frame, placebo.belt(frame))
    )
    less = {"official": rows["REG"], "invented": other["REG"]}
    return rows.assign(**less, **{"official less invented": rows["REG"] - other["REG"]})


def settings(data: pd.DataFrame) -> pd.DataFrame:
    """The search in every setting."""
    names = product(("level", "logarithm"), ("flow", "stock"), [case.key for case in cases.CASES])
    lines = []
    for scale, reading, case in names:
        rows = setting(data, scale, reading, case)
        for income in ("official", "invented", "official less invented"):
            key = {"income": income, "scale": scale, "reading": reading, "case": case}
            found = search(rows, income).round(6)
            lines.append(pd.DataFrame(key, found.index).join(found))
    return pd.concat(lines, ignore_index=True)


if __name__ == "__main__":
    settings(panel.load()).to_csv(BREAKS, index=False, lineterminator="\n")
