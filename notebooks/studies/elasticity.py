"""With which elasticities of output to residents figures are compatible (chapter 6).

An elasticity eta is the per cent by which output is higher where residents are more by one per
cent.  Each function gives an estimate with its 95 % interval by province, or a set of elasticities.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib import changes, placebo, specifications
from lib.cases import MENDED, PAPER, UNIT, Case
from lib.inference import COVERAGE
from lib.prose import MINUS, number
from lib.regression import Fit, fit
from lib.specifications import FIRST_YEAR, MODEL1, STOCK, Reading

ETAS = np.round(np.arange(-4, 4.001, 0.02), 2)
PRICES = {"index": "reg", "current": "reg_current"}


def rows_of(
    data: pd.DataFrame,
    reading: Reading = STOCK,
    case: Case = MENDED,
    line: bool = False,
    since: int = FIRST_YEAR,
) -> tuple[pd.DataFrame, list[str]]:
    """The rows of Model 1 with PEOPLE, residents over those of 2008, and what LM is held against.

    With `line`, the income of 2008 times a dummy of each year but the first is held, too.  Years
    before `since` are left out.
    """
    panel = data.assign(people=placebo.residents(data))
    terms = ("LM", "IA", "PEOPLE")
    rows = specifications.rows(panel, case.of(reading), MODEL1, terms=terms)
    rows = rows[rows["year"] >= since]
    if not line:
        return rows, ["IA"]
    years = pd.get_dummies(rows["period"], dtype=float).iloc[:, 1:]
    beside = years.mul(rows["START"], axis=0).add_prefix("start_")
    return rows.join(beside), ["IA", *beside]


def net(
    rows: pd.DataFrame, held: Sequence[str], time: Sequence[str] | str = "year"
) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows that a regression of LM uses, and LM net of the effects and of what is held.

    By the theorem of Frisch, Waugh and Lovell the slope of an outcome on LM is ``x @ y / (x @ x)``.
    """
    fitted = fit(rows, "LM", held, unit=UNIT, time=time, clusters="province")
    others, lm = fitted.net[list(held)].to_numpy(), fitted.net["LM"].to_numpy()
    return fitted.rows, lm - others @ np.linalg.lstsq(others, lm, rcond=None)[0]


def slopes(
    rows: pd.DataFrame,
    held: Sequence[str],
    etas: np.ndarray = ETAS,
    log: bool = False,
    time: Sequence[str] | str = "year",
) -> tuple[float, np.ndarray]:
    """The slope of REG on LM, and those on the Belts of each elasticity, fitted to these rows.

    With `log`, the outcome is the logarithm of REG.
    """
    used, x = net(rows, held, time)
    belt = placebo.exponents(used)
    belts, income = belt["base"].to_numpy()[:, None] + np.outer(belt["more"], etas), used["REG"]
    belts, income = (belts, np.log(income)) if log else (np.exp(belts), income)
    return float(x @ income / (x @ x)), x @ belts / (x @ x)


def compatible(
    rows: pd.DataFrame,
    held: Sequence[str],
    etas: np.ndarray = ETAS,
    log: bool = False,
    time: Sequence[str] | str = "year",
    cluster: str = "province",
) -> pd.Series:
    """The elasticities whose Belt has a slope that does not differ from the official one at 5 %.

    The difference is jackknifed over clusters, and the Belt is fitted again without each.

    Returns
    -------
    Series
        ``eta``, where the two slopes are nearest; ``low, high``, the ends of the set around it,
        infinite where it reaches an end of `etas`; ``slope``, and ``slope_low, slope_high``.
    """
    official, belt = slopes(rows, held, etas, log, time)
    left = [slopes(rows[rows[cluster] != name], held, etas, log, time)
            for name in sorted(rows[cluster].unique())]  # fmt: skip
    gap, without = official - belt, np.array([one - of for one, of in left])
    spread = (len(left) - 1) / len(left)
    critical = stats.t.ppf((1 + COVERAGE) / 2, len(left) - 1)
    outside = gap**2 > critical**2 * spread * ((without - gap) ** 2).sum(axis=0)
    half = critical * np.sqrt(spread * sum((one - official) ** 2 for one, _ in left))
    nearest = int(np.abs(gap).argmin())
    below, above = np.flatnonzero(outside[:nearest]), np.flatnonzero(outside[nearest:])
    return pd.Series({
        "eta": etas[nearest],
        "low": etas[below[-1] + 1] if below.size else -np.inf,
        "high": etas[nearest + above[0] - 1] if above.size else np.inf,
        "slope": official, "slope_low": official - half, "slope_high": official + half,
    })  # fmt: skip


def census(data: pd.DataFrame, first: int = 2010, last: int = 2020) -> pd.Series:
    """Growth of output on growth of residents between two counts, the start held; 101 cities."""
    rows = changes.between(data, first, last).query("not moved")
    fitted = fit(rows, "output", ["residents", "start"], "none", clusters="province")
    return _of(fitted, "residents")


def panel(data: pd.DataFrame) -> pd.Series:
    """Log output on log residents, log income of 2008 times year held, on the rows of Model 1."""
    rows, _ = rows_of(data)
    years = pd.get_dummies(rows["period"], dtype=float).iloc[:, 1:]
    beside = years.mul(np.log(rows["START"]), axis=0).add_prefix("start_")
    people = np.log(rows["PEOPLE"])
    rows = rows.assign(people=people, output=np.log(rows["REG"]) + people).join(beside)
    held = ["people", *beside]
    return _of(fit(rows, "output", held, unit=UNIT, clusters="province"), "people")


def _of(fitted: Fit, term: str) -> pd.Series:
    ends = fitted.jackknife("province").table.loc[term, ["low", "high"]]
    return pd.Series({"eta": fitted.coef[term], **ends})


def end(eta: float, digits: int = 2) -> str:
    """An end of a set of η for a sentence: infinity where the set is open."""
    return number(eta, digits) if np.isfinite(eta) else "∞" if eta > 0 else f"{MINUS}∞"


def bars(data: pd.DataFrame) -> pd.DataFrame:
    """The figure of eta: a row a window and a measure of output, with ``eta, low, high``.

    Windows: ``census``, ``panel``, ``line`` (Model 1 with income of 2008 times year, stock,
    mended), ``mended`` and ``paper`` (Model 1, stock).
    """
    lines = {}
    for key, name in PRICES.items():
        of = data.assign(reg=data[name])
        lines["census", key], lines["panel", key] = census(of), panel(of)
        lines["line", key] = compatible(*rows_of(of, line=True))
        for case in (MENDED, PAPER):
            lines[case.key, key] = compatible(*rows_of(of, case=case))
    return pd.DataFrame(lines).T.rename_axis(["window", "output"])
