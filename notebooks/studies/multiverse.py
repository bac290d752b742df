"""Changes of the panel, and which η a regression is compatible with, for many regressions at once.

η is how many per cent output rises with one per cent more residents.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib import placebo, specifications
from lib.inference import COVERAGE
from lib.regression import Fit

CENSUSES = (2000, 2010, 2020)
GRID = np.arange(-15, 21) / 5
"""η from -3 to 4; what reaches beyond is an open end."""


def with_residents(data: pd.DataFrame) -> pd.DataFrame:
    """The panel with PEOPLE, log residents over those of the city's first year."""
    return data.assign(people=np.log(placebo.residents(data)))


def spread(data: pd.DataFrame) -> pd.DataFrame:
    """The panel with the step of each recount spread evenly back to the census before it.

    The step is the growth of log residents in the year of the recount, less the growth on the
    straight line between the years beside it that have none.  Residents change in REG and LM.
    """
    recount = specifications.recounts(data)["steps"]
    log = np.log(data["lm_flow_gross"])
    usual = log.mask(recount).groupby(data["city"]).transform(
        lambda flows: flows.interpolate(limit_direction="both")
    )
    more = pd.Series(0.0, data.index)
    for at in data.index[recount & log.notna()]:
        city, year = data.loc[at, ["city", "year"]]
        last = max(census for census in CENSUSES if census < year)
        part = (data["year"] - last) / (year - last)
        before = data["city"].eq(city) & data["year"].between(last, year - 1)
        more += (part * (log[at] - usual[at])).where(before, 0.0)
    factor = np.exp(more)
    grown = factor / factor.groupby(data["city"]).shift().fillna(1.0)
    flow = data["lm_flow_gross"] * (grown - 1)
    stock = (data["lm_stock_gross"] + 1) * (factor - 1)
    return data.assign(
        reg=data["reg"] / factor, reg_current=data["reg_current"] / factor,
        lm_flow=data["lm_flow"] + flow, lm_flow_gross=data["lm_flow_gross"] + flow,
        lm_stock=data["lm_stock"] + stock, lm_stock_gross=data["lm_stock_gross"] + stock,
    )  # fmt: skip


def beside(
    fitted: Fit, unit: Sequence[str], time: Sequence[str], logs: bool = False,
    weight: str = "", cluster: str = "province", grid: np.ndarray = GRID,
) -> pd.DataFrame:  # fmt: skip
    """The slope of LM beside that on Belts of known η whose output follows the income of 2008.

    `fitted` is a regression of REG (or of its logarithm, with `logs`) on LM and others, with
    effects of units and times, whose rows have PEOPLE and START, too.  On a Belt the growth of
    output, of which η per cent follow one per cent more residents, is else on a line on the log of
    START, with its own slope in each year and constant in each time; it is fitted again for each η,
    and without each cluster.

    Returns
    -------
    DataFrame
        Index η.  ``belt``, the slope on the Belt; ``gap``, the official slope less this one, its
        standard error ``se`` (jackknife), and ``t``.
    """
    rows, terms = fitted.rows, ["LM", *(name for name in fitted.x if name != "LM")]
    weights = rows[weight].to_numpy(float) if weight else np.ones(len(rows))
    start, reg, people, lm = (
        rows[name].to_numpy(float) for name in ("START", "REG", "PEOPLE", "LM")
    )
    start, income = (start, reg) if logs else (np.log(start), np.log(reg))
    units = rows.groupby(list(unit)).ngroup().to_numpy()
    net = pd.DataFrame(np.hstack([rows[terms].to_numpy(float), _dummies(rows, time)]))
    net = (net - net.groupby(units).transform("mean")).to_numpy()
    net = net * np.sqrt(weights)[:, None] / np.linalg.norm(net, axis=0)
    of_year = np.hstack([_dummies(rows, time), _dummies(rows, ["year"]) * start[:, None]])
    both = np.column_stack([income - start + people, people])
    slopes = []
    for name in [None, *sorted(rows[cluster].unique())]:
        kept = rows[cluster].ne(name).to_numpy()
        c = _residuals(net[kept, 1:], net[kept, :1])[:, 0] * np.sqrt(weights[kept])
        output, moved = _residuals(of_year[kept], both[kept], weights[kept]).T
        # Growth of a Belt: what its line says of output less η times residents, and these times η.
        line = start[kept] + both[kept, 0] - output - people[kept]
        belts = c @ line + grid * (c @ moved)
        if not logs:
            belts = c @ np.exp(line[:, None] + np.outer(moved, grid))
        slopes.append(np.append(belts, c @ reg[kept]) / (c @ lm[kept]))
    whole, *without = np.array(slopes)
    gap, gaps = whole[-1] - whole[:-1], np.array([each[-1] - each[:-1] for each in without])
    se = np.sqrt((len(gaps) - 1) / len(gaps) * ((gaps - gap) ** 2).sum(0))
    table = {"belt": whole[:-1], "gap": gap, "se": se, "t": gap / se, "df": len(gaps) - 1}
    return pd.DataFrame(table, pd.Index(grid, name="eta"))


def compatible(table: pd.DataFrame) -> tuple[float, float]:
    """The η around the best one whose Belts a slope does not differ from; an open end is infinite.

    `table` is as from :func:`beside`.  Between two η of its grid t is on a straight line.  Both ends
    are missing where no η is compatible.
    """
    far = (table["t"].abs() - stats.t.ppf((1 + COVERAGE) / 2, table["df"])).to_numpy()
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


def _dummies(rows: pd.DataFrame, names: Sequence[str]) -> np.ndarray:
    return pd.get_dummies(rows.groupby(list(names)).ngroup()).to_numpy(float)


def _residuals(x: np.ndarray, y: np.ndarray, weights: np.ndarray | float = 1.0) -> np.ndarray:
    """What is left of the columns of y; x may be dependent."""
    scaled = x * np.reshape(weights, (-1, 1))
    return y - x @ (np.linalg.pinv(scaled.T @ x, 1e-9, True) @ (scaled.T @ y))
