"""With which elasticities of output to residents figures are compatible (chapters 6 and 9).

An elasticity η is the per cent by which output is higher where residents are more by one per cent.
Intervals have 95 % coverage, by province.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib import changes, placebo, specifications
from lib.cases import MENDED, PAPER, UNIT, Case
from lib.inference import table_of
from lib.prose import number
from lib.regression import Fit, fit
from lib.specifications import MODEL1, STOCK, Reading
from lib.tables import Cell

GRID = np.arange(-30, 41) / 10
"""η from -3 to 4; what reaches beyond is an open end."""
FINE = np.round(np.arange(-4, 4.001, 0.02), 2)
CENSUSES = (2000, 2010, 2020)
PRICES = {"index": "reg", "current": "reg_current"}


def rows_of(
    data: pd.DataFrame,
    reading: Reading = STOCK,
    case: Case = MENDED,
    line: bool = False,
) -> tuple[pd.DataFrame, list[str]]:
    """The rows of Model 1 with PEOPLE, residents over those of 2008, and what LM is held against.

    With `line`, the income of 2008 times a dummy of each year but the first is held, too.
    """
    panel = data.assign(people=placebo.residents(data))
    terms = ("LM", "IA", "PEOPLE")
    rows = specifications.rows(panel, case.of(reading), MODEL1, terms=terms)
    if not line:
        return rows, ["IA"]
    years = pd.get_dummies(rows["period"], dtype=float).iloc[:, 1:]
    beside = years.mul(rows["START"], axis=0).add_prefix("start_")
    return rows.join(beside), ["IA", *beside]


def net(rows: pd.DataFrame, held: Sequence[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows that a regression of LM uses, and LM net of the effects and of what is held.

    By the theorem of Frisch, Waugh and Lovell the slope of an outcome on LM is ``x @ y / (x @ x)``.
    """
    fitted = fit(rows, "LM", held, unit=UNIT, clusters="province")
    others, lm = fitted.net[list(held)].to_numpy(), fitted.net["LM"].to_numpy()
    return fitted.rows, lm - others @ np.linalg.lstsq(others, lm, rcond=None)[0]


def slopes(rows: pd.DataFrame, held: Sequence[str], etas: np.ndarray) -> np.ndarray:
    """The slopes of REG on LM on the Belts of each elasticity, fitted to these rows."""
    used, x = net(rows, held)
    belt = placebo.exponents(used)
    income = belt["base"].to_numpy()[:, None] + np.outer(belt["more"], etas)
    return x @ np.exp(income) / (x @ x)


def beside(
    fitted: Fit,
    logs: bool = False,
    weight: str = "",
    etas: np.ndarray = GRID,
) -> pd.DataFrame:
    """The slope of LM beside that on Belts of known η, for each η of `etas`.

    `fitted` is a regression of REG (of its logarithm, with `logs`) with effects of units and times,
    whose rows have START and PEOPLE (residents, the first year 1).  On a Belt output grows by η per
    cent with one per cent more residents, and else as log START lets expect: on a line with a slope
    for each year and a constant for each time.  It is fitted again for each η and without each
    cluster of the first kind.

    Returns
    -------
    DataFrame
        Index η.  ``belt``, the slope on the Belt; ``gap``, the official slope less this one, and
        its ``se, t, p, low, high`` (jackknife).
    """
    rows, terms = fitted.rows, ["LM", *(name for name in fitted.x if name != "LM")]
    weights = rows[weight].to_numpy(float) if weight else np.ones(len(rows))
    start, reg, people, x = (
        rows[name].to_numpy(float) for name in ("START", "REG", "PEOPLE", "LM")
    )
    start, income = (start, reg) if logs else (np.log(start), np.log(reg))
    people = np.log(people)
    units = rows.groupby(list(fitted.unit)).ngroup().to_numpy()
    net = pd.DataFrame(np.hstack([rows[terms].to_numpy(float), _dummies(rows, fitted.time)]))
    net = (net - net.groupby(units).transform("mean")).to_numpy()
    net = net * np.sqrt(weights)[:, None] / np.linalg.norm(net, axis=0)
    of_year = np.hstack([_dummies(rows, fitted.time), _dummies(rows, ["year"]) * start[:, None]])
    both = np.column_stack([income - start + people, people])
    slopes = []
    [(cluster, names), *_] = fitted.clusters.items()
    for name in [None, *names]:
        kept = rows[cluster].ne(name).to_numpy()
        c = _residuals(net[kept, 1:], net[kept, :1])[:, 0] * np.sqrt(weights[kept])
        output, moved = _residuals(of_year[kept], both[kept], weights[kept]).T
        # Growth of a Belt: what its line says of output less η times residents, and these times η.
        line = start[kept] + both[kept, 0] - output - people[kept]
        belts = c @ line + etas * (c @ moved)
        if not logs:
            belts = c @ np.exp(line[:, None] + np.outer(moved, etas))
        slopes.append(np.append(belts, c @ reg[kept]) / (c @ x[kept]))
    whole, *without = np.array(slopes)
    gap, gaps = whole[-1] - whole[:-1], np.array([each[-1] - each[:-1] for each in without])
    se = np.sqrt((len(gaps) - 1) / len(gaps) * ((gaps - gap) ** 2).sum(0))
    table = table_of(pd.Series(gap, etas), np.diag(se**2), len(gaps) - 1)
    return table.assign(belt=whole[:-1], gap=gap).rename_axis("eta")


def ends(table: pd.DataFrame) -> tuple[float, float]:
    """The η around the best one whose Belts a slope does not differ from; open ends are infinite.

    `table` is as from :func:`beside`; between two η t is on a straight line.  Both ends are missing
    where no η is compatible.
    """
    far = (np.maximum(table["low"], -table["high"]) / table["se"]).to_numpy()  # |t| beyond critical
    eta, best = table.index.to_numpy(float), int(table["t"].abs().argmin())
    if far[best] >= 0:
        return np.nan, np.nan
    below, above = np.flatnonzero(far[:best] >= 0), best + np.flatnonzero(far[best:] >= 0)
    ends = [-np.inf, np.inf]
    for place, at, inner in [(0, below[-1:], 1), (1, above[:1], -1)]:
        for out in at:
            part = far[out] / (far[out] - far[out + inner])
            ends[place] = float(eta[out] + part * (eta[out + inner] - eta[out]))
    return ends[0], ends[1]


def compatible(rows: pd.DataFrame, held: Sequence[str]) -> pd.Series:
    """The elasticities whose Belt has a slope that does not differ from the official one at 5 %.

    Returns
    -------
    Series
        ``eta``, where the two slopes are nearest; ``low, high``, as from :func:`ends`; ``slope``,
        and ``slope_low, slope_high``; ``belt``, the slope on the Belt with η = 0.
    """
    fitted = fit(rows, "REG", ["LM", *held], unit=UNIT, clusters="province")
    table, lm = beside(fitted, etas=FINE), fitted.table("jackknife", "province").loc["LM"]
    low, high = ends(table)
    return pd.Series({
        "eta": table["gap"].abs().idxmin(), "low": low, "high": high,
        "slope": fitted.coef["LM"], "slope_low": lm["low"], "slope_high": lm["high"],
        "belt": table["belt"].loc[0],
    })  # fmt: skip


def census(data: pd.DataFrame) -> pd.Series:
    """Growth of output on growth of residents from count to count, the start held; 101 cities."""
    rows = changes.between(data, *CENSUSES[1:]).query("not moved")
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


def cell(low: float, high: float) -> Cell:
    """Compatible η in a table: "-0.51 to 0.39", "open to 2.98", or "open"."""
    words = ["open" if np.isinf(end) else number(end) for end in (low, high)]
    known = {"low": low, "high": high}
    numbers = {name: None if np.isinf(end) else end for name, end in known.items()}
    return Cell(" to ".join(dict.fromkeys(words)), numbers)


def spread(data: pd.DataFrame) -> pd.DataFrame:
    """The panel with the step of each recount spread evenly back to the census before it.

    The step is the growth of log residents in the year of the recount, less the growth on the
    straight line between the years beside it that have none.  Residents change in REG and LM.
    """
    recount = specifications.recounts(data)
    log = np.log(data["lm_flow_gross"])
    usual = (
        log.mask(recount)
        .groupby(data["city"])
        .transform(lambda flows: flows.interpolate(limit_direction="both"))
    )
    step = (log - usual).where(recount).dropna()
    years, cities, more = data["year"].to_numpy(), data["city"].to_numpy(), np.zeros(len(data))
    for at, size in step.items():
        year = data.at[at, "year"]
        last = max(census for census in CENSUSES if census < year)
        before = (cities == data.at[at, "city"]) & (years >= last) & (years < year)
        more[before] += size * (years[before] - last) / (year - last)
    factor = pd.Series(np.exp(more), data.index)
    grown = factor / factor.groupby(data["city"]).shift().fillna(1.0)
    flow = data["lm_flow_gross"] * (grown - 1)
    stock = (data["lm_stock_gross"] + 1) * (factor - 1)
    return data.assign(
        reg=data["reg"] / factor, reg_current=data["reg_current"] / factor,
        lm_flow=data["lm_flow"] + flow, lm_flow_gross=data["lm_flow_gross"] + flow,
        lm_stock=data["lm_stock"] + stock, lm_stock_gross=data["lm_stock_gross"] + stock,
    )  # fmt: skip


def _dummies(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    return pd.get_dummies(rows.groupby(list(names)).ngroup()).to_numpy(float)


def _residuals(x: np.ndarray, y: np.ndarray, weights: np.ndarray | float = 1.0) -> np.ndarray:
    """What is left of the columns of y; x may be dependent."""
    scaled = x * np.reshape(weights, (-1, 1))
    return y - x @ (np.linalg.pinv(scaled.T @ x, 1e-9, True) @ (scaled.T @ y))
