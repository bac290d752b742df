"""Is a whole curve more than noise, and how often would noise be taken for more?

The specifications use the same cities, so that hundreds of estimates are not hundreds of pieces of
evidence.  Simonsohn, Simmons and Nelson [1]_ compare the curve with curves under the null.  Here
the null is imposed on each specification: ``u`` are the residuals without the term, and a draw
flips all of a city's ``u``, the same cities in every specification.  With ``a_g`` and ``k_g`` a
city's parts of ``b = sum psi u`` and of ``sum psi^2 / sum psi^2``::

    b* = sum_g w_g a_g        t* = b* / sqrt(c sum_g (w_g a_g - b* k_g)^2)

the other coefficients staying where the null puts them, as in the score bootstrap [2]_.  Data and
draws are treated alike.  Beside it stands a jackknife of the mean of the curve: without each city.

References
----------
.. [1] Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Specification curve analysis.
   *Nature Human Behaviour*, 4(11), 1208-1214.
.. [2] Kline, P. and Santos, A. (2012). A score based approach to wild bootstrap inference.
   *Journal of Econometric Methods*, 1(1), 23-41.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special, stats

from lib.resampling.kernel import clustered_factor
from lib.specifications import MODEL1
from lib.studies.multiverse import register
from lib.studies.multiverse.explore import Group, groups, signature
from lib.studies.multiverse.fit import Cells, inverses

TESTS = ("median", "share", "average", "jackknife")
LEVEL = 0.05


@dataclass(frozen=True)
class Curve:
    """S specifications of LM in Model 1, for Y outcomes and G cities.

    Attributes
    ----------
    scores : array (Y, S, G)
        ``a_g`` above; they add up to the slope.
    leverage : array (S, G)
        ``k_g``; they add up to 1.
    scale, critical : array (S,)
        ``c``, and the bound of |t| at 5 %, t(G-1).
    per_coef : array (Y, S)
        Partial correlation per unit of the slope, the null being imposed.
    without : array (Y, G)
        Mean partial correlation without each city, less that with all.
    """

    scores: np.ndarray
    leverage: np.ndarray
    scale: np.ndarray
    critical: np.ndarray
    per_coef: np.ndarray
    without: np.ndarray

    @property
    def r(self) -> np.ndarray:
        """Partial correlations (Y, S)."""
        return self.scores.sum(axis=2) * self.per_coef


def curve(data: pd.DataFrame, mobility: str, outcomes: np.ndarray) -> Curve:
    """The curve of LM in Model 1 for any outcomes.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`.
    mobility : {"flow", "stock"}
    outcomes : array (Y, cities, years)
        Of all cities and years of the panel, in their order.
    """
    codes, years = (np.unique(data[name]) for name in ("city_code", "year"))
    found: dict[str, list[np.ndarray]] = {}
    without, seen = np.zeros((len(outcomes), len(codes))), set()
    for group in groups(data, (MODEL1,)):
        if group.mobility != mobility or signature(group) in seen:
            continue
        seen.add(signature(group))
        y = outcomes[:, np.searchsorted(codes, group.code), np.searchsorted(years, group.when)].T
        cells = group.cells(y=y)
        place = np.searchsorted(codes, np.unique(group.code))
        for _, _, names in group.regressions():
            one, moved = _specification(cells, [group.names.index(name) for name in names])
            for name, value in one.items():
                if name in ("scores", "leverage"):
                    wide = np.zeros((*value.shape[:-1], len(codes)), dtype=np.float32)
                    wide[..., place] = value
                    value = wide
                found.setdefault(name, []).append(value)
            without[:, place] += moved
    stacked = {name: np.stack(values) for name, values in found.items()}
    by_outcome = {name: np.moveaxis(stacked.pop(name), 1, 0) for name in ("scores", "per_coef")}
    return Curve(**stacked, **by_outcome, without=without / len(stacked["scale"]))


def _specification(cells: Cells, x: list[int]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What the draws need of the first of the regressors `x`, and the slope without each city."""
    take = np.ix_(range(cells.cities), x, x)
    xx, xy = cells.xx[take], cells.xy[:, x]
    bread = inverses(xx.sum(axis=0)[None])[0][0]
    others = inverses(xx.sum(axis=0)[None, 1:, 1:])[0][0] @ xy.sum(axis=0)[1:]
    weights, variance = bread[0], bread[0, 0]
    scores = weights @ (xy - xx[:, :, 1:] @ others)
    rss = cells.yy.sum(axis=0) - (others * xy.sum(axis=0)[1:]).sum(axis=0)
    per_coef = 1 / np.sqrt(variance * rss)
    left = inverses(cells.left_xx[take])[0] @ cells.left_xy[:, x]
    moved = (left[:, 0] - scores.sum(axis=0)) * per_coef
    counted = len(x) + cells.years
    one = {
        "scores": scores.T,
        "leverage": (weights @ xx) @ weights / variance,
        "scale": clustered_factor(cells.cities, cells.nobs, counted),
        "critical": -special.stdtrit(cells.cities - 1, LEVEL / 2),
        "per_coef": per_coef,
    }
    return one, moved.T


def test(found: Curve, draws: int = 999, seed: int = 2016) -> pd.DataFrame:
    """Four tests of each of the curves.

    Returns
    -------
    DataFrame
        A row per outcome: ``median`` partial correlation, ``share`` (of specifications significant
        at 5 % with the sign that more of them have), ``average`` (of t) and ``jackknife`` (mean
        partial correlation over its CV3 error), and ``p_<name>`` of each: by the draws, two-sided,
        (1 + as extreme) / (1 + draws); of the jackknife, t(G-1).
    """
    rng = np.random.default_rng(seed)
    cities = found.leverage.shape[1]
    signs = rng.choice(np.array([-1, 1], dtype=np.float32), size=(draws, cities))
    signs = np.vstack([np.ones(cities, dtype=np.float32), signs])
    rows = []
    for scores, per_coef, without in zip(found.scores, found.per_coef, found.without, strict=True):
        drawn = _statistics(found, scores, per_coef, signs)
        seen = np.abs(drawn[0])
        # In single precision a draw that repeats the data is a tie.
        p = (1 + (np.abs(drawn[1:]) >= seen * (1 - 1e-5)).sum(axis=0)) / (1 + draws)
        mean = float((scores.sum(axis=1) * per_coef).mean())
        t = mean / np.sqrt((cities - 1) / cities * float(without @ without))
        row = dict(zip(TESTS, (*drawn[0], t), strict=True))
        wild = {f"p_{name}": each for name, each in zip(TESTS[:3], p, strict=True)}
        rows.append(row | wild | {"p_jackknife": 2 * stats.t.sf(abs(t), cities - 1)})
    return pd.DataFrame(rows)


def _statistics(
    found: Curve, scores: np.ndarray, per_coef: np.ndarray, signs: np.ndarray
) -> np.ndarray:
    """Median, share and average of the curves that the signs give, (B, 3)."""
    a, k = scores, found.leverage
    b = signs @ a.T
    variance = (k * k).sum(axis=1) * b - signs @ (2 * a * k).T
    variance = (variance * b + (a * a).sum(axis=1)) * found.scale.astype(np.float32)
    t = b / np.sqrt(variance)
    beyond = [(sign * t > found.critical).mean(axis=1) for sign in (1, -1)]
    median = np.median(b * per_coef.astype(np.float32), axis=1)
    return np.column_stack([median, np.maximum(*beyond), t.mean(axis=1)])


def observed(data: pd.DataFrame) -> np.ndarray:
    """REG in levels and logs, (2, cities, years)."""
    reg = data.pivot(index="city_code", columns="year", values="reg").to_numpy()
    return np.stack([reg, np.log(reg)])


def null_panels(y: np.ndarray, panels: int, rho: float, seed: int) -> np.ndarray:
    """Outcomes that have nothing to do with LM: AR(1) errors, each city with its own variance.

    Parameters
    ----------
    y : array (cities, years)
        What is left of it after city and year means gives the variances.
    rho : float
        Autocorrelation, below 1; the first year is drawn from the stationary law.

    Returns
    -------
    array (panels, cities, years)
    """
    rng = np.random.default_rng(seed)
    net = y - y.mean(axis=1, keepdims=True)
    net = net - net.mean(axis=0)
    shocks = rng.standard_normal((panels, *y.shape))
    shocks[..., 1:] *= np.sqrt(1 - rho**2)
    for year in range(1, y.shape[1]):
        shocks[..., year] += rho * shocks[..., year - 1]
    return shocks * net.std(axis=1)[:, None]


def size(data: pd.DataFrame, panels: int, rho: float, draws: int = 199) -> pd.DataFrame:
    """How often each test rejects at 5 % where nothing is going on.

    Returns
    -------
    DataFrame
        A row per estimand: ``mobility, outcome``, the share of null panels that each of the
        four tests rejects.
    """
    levels = observed(data)
    rows = []
    for mobility in register.options("mobility"):
        nulls = [null_panels(y, panels, rho, seed) for seed, y in enumerate(levels)]
        p = test(curve(data, mobility, np.concatenate(nulls)), draws)
        for place, outcome in enumerate(register.options("outcome")):
            own = p.iloc[place * panels : (place + 1) * panels]
            share = {name: float((own[f"p_{name}"].round(9) <= LEVEL).mean()) for name in TESTS}
            rows.append({"mobility": mobility, "outcome": outcome, **share})
    return pd.DataFrame(rows)
