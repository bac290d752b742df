"""Changes of the panel, and which η a regression is compatible with, for many regressions at once.

η is how many per cent output rises with one per cent more residents.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib import prose, specifications, tables
from lib.cases import Case
from lib.inference import table_of
from lib.regression import Fit

CLEAN = Case("clean", "clean rows",
             "It leaves out cities whose border moved, and years of a recount.",
             {"without": "both"})  # fmt: skip
ALL = Case("all", "all 110 cities",
           "A city gets a new effect when its residents are recounted or its border moves.",
           {"unit": "spell"})  # fmt: skip
CENSUSES = (2000, 2010, 2020)
GRID = np.arange(-15, 21) / 5
"""η from -3 to 4; what reaches beyond is an open end."""


def spread(data: pd.DataFrame) -> pd.DataFrame:
    """The panel with the step of each recount spread evenly back to the census before it.

    The step is the growth of log residents in the year of the recount, less the growth on the
    straight line between the years beside it that have none.  Residents change in REG and LM.
    """
    recount = specifications.recounts(data)["steps"]
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


def beside(
    fitted: Fit, logs: bool = False, weight: str = "", term: str = "LM", degree: int = 1
) -> pd.DataFrame:
    """The slope of a term beside that on Belts of known η, for each η of :data:`GRID`.

    `fitted` is a regression of REG (of its logarithm, with `logs`) with effects of units and times,
    whose rows have START and PEOPLE (residents, the first year 1).  On a Belt output grows by η per
    cent with one per cent more residents, and else as log START lets expect: on a line with a slope
    for each year and a constant for each time (`degree` 2: on a parabola; 0: on the constant).  It
    is fitted again for each η and without each cluster of the first kind.

    Returns
    -------
    DataFrame
        Index η.  ``belt``, the slope on the Belt; ``gap``, the official slope less this one, and
        its ``se, t, p, low, high`` (jackknife).
    """
    rows, terms = fitted.rows, [term, *(name for name in fitted.x if name != term)]
    weights = rows[weight].to_numpy(float) if weight else np.ones(len(rows))
    start, reg, people, x = (
        rows[name].to_numpy(float) for name in ("START", "REG", "PEOPLE", term)
    )
    start, income = (start, reg) if logs else (np.log(start), np.log(reg))
    people = np.log(people)
    units = rows.groupby(list(fitted.unit)).ngroup().to_numpy()
    net = pd.DataFrame(np.hstack([rows[terms].to_numpy(float), _dummies(rows, fitted.time)]))
    net = (net - net.groupby(units).transform("mean")).to_numpy()
    net = net * np.sqrt(weights)[:, None] / np.linalg.norm(net, axis=0)
    powers = [start[:, None] ** power for power in range(1, degree + 1)]
    slopes_of = [_dummies(rows, ["year"]) * power for power in powers]
    of_year = np.hstack([_dummies(rows, fitted.time), *slopes_of])
    both = np.column_stack([income - start + people, people])
    slopes = []
    [(cluster, names), *_] = fitted.clusters.items()
    for name in [None, *names]:
        kept = rows[cluster].ne(name).to_numpy()
        c = _residuals(net[kept, 1:], net[kept, :1])[:, 0] * np.sqrt(weights[kept])
        output, moved = _residuals(of_year[kept], both[kept], weights[kept]).T
        # Growth of a Belt: what its line says of output less η times residents, and these times η.
        line = start[kept] + both[kept, 0] - output - people[kept]
        belts = c @ line + GRID * (c @ moved)
        if not logs:
            belts = c @ np.exp(line[:, None] + np.outer(moved, GRID))
        slopes.append(np.append(belts, c @ reg[kept]) / (c @ x[kept]))
    whole, *without = np.array(slopes)
    gap, gaps = whole[-1] - whole[:-1], np.array([each[-1] - each[:-1] for each in without])
    se = np.sqrt((len(gaps) - 1) / len(gaps) * ((gaps - gap) ** 2).sum(0))
    table = table_of(pd.Series(gap, GRID), np.diag(se**2), len(gaps) - 1)
    return table.assign(belt=whole[:-1], gap=gap).rename_axis("eta")


def compatible(table: pd.DataFrame) -> tuple[float, float]:
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


def cell(low: float, high: float) -> tables.Cell:
    """Compatible η in a table: "-0.51 to 0.39", "open to 2.98", or "open"."""
    known = {"low": low, "high": high}
    words = [prose.number(end) if np.isfinite(end) else "open" for end in known.values()]
    numbers = {name: end if np.isfinite(end) else None for name, end in known.items()}
    return tables.Cell(" to ".join(dict.fromkeys(words)), numbers)


def _dummies(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    return pd.get_dummies(rows.groupby(list(names)).ngroup()).to_numpy(float)


def _residuals(x: np.ndarray, y: np.ndarray, weights: np.ndarray | float = 1.0) -> np.ndarray:
    """What is left of the columns of y; x may be dependent."""
    scaled = x * np.reshape(weights, (-1, 1))
    return y - x @ (np.linalg.pinv(scaled.T @ x, 1e-9, True) @ (scaled.T @ y))
