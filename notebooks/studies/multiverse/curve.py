"""Tests of a whole curve against noise, and how often noise would be taken for more.

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

from lib.resampling.bootstrap import p_value, weights
from lib.specifications import MODEL1
from studies.multiverse import register
from studies.multiverse.explore import groups
from studies.multiverse.fit import Cells, Shared

TESTS = {"median": "median r", "share": "share significant", "average": "average t",
         "jackknife": "jackknife t of mean r"}  # fmt: skip
LEVEL = 0.05


@dataclass(frozen=True)
class Curve:
    """S specifications of LM in Model 1, for Y outcomes and G cities.

    ``scores`` (Y, S, G) are ``a_g`` above, ``leverage`` (S, G) ``k_g``; ``scale`` and ``critical``
    (S,) are ``c`` and the bound of abs(t) at 5 %; ``per_coef`` (Y, S) is the partial correlation
    per unit of the slope, the null being imposed; ``without`` (Y, G) is the mean partial
    correlation without each city, less that with all.
    """

    scores: np.ndarray
    leverage: np.ndarray
    scale: np.ndarray
    critical: np.ndarray
    per_coef: np.ndarray
    without: np.ndarray


def curve(data: pd.DataFrame, mobility: str, outcomes: np.ndarray) -> Curve:
    """The curve of LM in Model 1 for any outcomes (Y, cities, years) on the whole panel."""
    found: list[tuple[np.ndarray, ...]] = []
    moved, seen = np.zeros((data["city_code"].nunique(), len(outcomes))), set()
    for group in groups(data, (MODEL1,)):
        if group.key[1] != mobility or group.signature in seen:
            continue
        seen.add(group.signature)
        cells = Cells.of(group.x, outcomes, Shared.of(group.layout))
        for _, _, places in group.regressions():
            *parts, one = _parts(cells, list(places.values()))
            found.append(tuple(parts))
            moved += one
    scores, leverage, scale, critical, per_coef = zip(*found, strict=True)
    return Curve(
        scores=np.stack(scores, axis=1),
        leverage=np.stack(leverage),
        scale=np.array(scale),
        critical=np.array(critical),
        per_coef=np.stack(per_coef, axis=1),
        without=moved.T / len(found),
    )


def _parts(cells: Cells, x: list[int]) -> tuple[np.ndarray, ...]:
    """One specification of the curve; LM is the first of its regressors."""
    xx, xy = cells.xx[:, x][:, :, x], cells.xy[:, x]
    bread, total = cells.inverse(x), xy.sum(axis=0)
    psi, variance = bread[0], bread[0, 0]
    others = cells.inverse(x[1:]) @ total[1:]
    scores = psi @ xy - (psi @ xx[:, :, 1:]) @ others
    rss = cells.yy.sum(axis=0) - (others * total[1:]).sum(axis=0)
    per_coef = 1 / np.sqrt(variance * rss)
    moved = (cells.without(x, 1)[:, 0] - psi @ total) * per_coef
    scale, critical = cells.factor(len(x)), -special.stdtrit(cells.cities - 1, LEVEL / 2)
    leverage = (psi @ xx) @ psi / variance
    return scores.T, leverage, np.asarray(scale), np.asarray(critical), per_coef, moved


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
    cities = found.leverage.shape[1]
    signs = np.vstack([np.ones(cities), weights(draws, cities, seed)])
    rows = []
    for scores, per_coef, without in zip(found.scores, found.per_coef, found.without, strict=True):
        parts = np.array_split(signs, 1 + draws // 1000)
        drawn = np.vstack([_statistics(found, scores, per_coef, part) for part in parts]).T
        p = p_value(drawn[:, 1:], drawn[:, 0], enumerated=False)
        mean = float((scores.sum(axis=1) * per_coef).mean())
        t = mean / np.sqrt((cities - 1) / cities * float(without @ without))
        row = dict(zip(TESTS, (*drawn[:, 0], t), strict=True))
        wild = {f"p_{name}": each for name, each in zip(TESTS, p, strict=False)}
        rows.append(row | wild | {"p_jackknife": 2 * stats.t.sf(abs(t), cities - 1)})
    return pd.DataFrame(rows)


def _statistics(
    found: Curve, scores: np.ndarray, per_coef: np.ndarray, signs: np.ndarray
) -> np.ndarray:
    """Median, share and average of the curves that the signs give, (B, 3)."""
    a, k = scores, found.leverage
    b = signs @ a.T
    variance = (k * k).sum(axis=1) * b - signs @ (2 * a * k).T
    variance = (variance * b + (a * a).sum(axis=1)) * found.scale
    t = b / np.sqrt(variance)
    beyond = [(sign * t > found.critical).mean(axis=1) for sign in (1, -1)]
    median = np.median(b * per_coef, axis=1)
    return np.column_stack([median, np.maximum(*beyond), t.mean(axis=1)])


def observed(data: pd.DataFrame) -> np.ndarray:
    """REG in levels and logs, (2, cities, years)."""
    reg = data.pivot(index="city_code", columns="year", values="reg").to_numpy()
    return np.stack([reg, np.log(reg)])


def null_panels(
    data: pd.DataFrame, y: np.ndarray, panels: int, rho: float, shared: float, seed: int
) -> np.ndarray:
    """Outcomes (panels, cities, years) that have nothing to do with LM: AR(1) errors.

    A city's variance is that of its `y` after city and year means; `shared` is the share of it that
    the cities of a province have in common.
    """
    rng = np.random.default_rng(seed)
    net = y - y.mean(axis=1, keepdims=True)
    net = net - net.mean(axis=0)
    province = data.drop_duplicates("city_code").sort_values("city_code")["province"]
    place = np.unique(province, return_inverse=True)[1]
    own, common = (rng.standard_normal((panels, n, y.shape[1])) for n in (len(y), place.max() + 1))
    errors = np.sqrt(1 - shared) * own + np.sqrt(shared) * common[:, place]
    errors[..., 1:] *= np.sqrt(1 - rho**2)
    for year in range(1, y.shape[1]):
        errors[..., year] += rho * errors[..., year - 1]
    return errors * net.std(axis=1)[:, None]


def null_tests(
    data: pd.DataFrame, panels: int, rho: float, shared: float = 0.0, draws: int = 99
) -> pd.DataFrame:
    """The tests on panels where nothing is going on: see :func:`null_panels`.

    Returns
    -------
    DataFrame
        :func:`test`, a row per panel, under an index of estimands (mobility, outcome).
    """
    parts = {}
    for mobility in register.options("mobility"):
        drawn = [
            null_panels(data, y, panels, rho, shared, seed) for seed, y in enumerate(observed(data))
        ]
        found = test(curve(data, mobility, np.concatenate(drawn)), draws)
        for place, outcome in enumerate(register.options("outcome")):
            parts[mobility, outcome] = found.iloc[place * panels : (place + 1) * panels]
    return pd.concat(parts, names=["mobility", "outcome"]).droplevel(2)


def size(nulls: pd.DataFrame) -> pd.DataFrame:
    """Share of null panels that each test rejects at 5 %: estimands by ``TESTS``."""
    rejected = nulls[[f"p_{name}" for name in TESTS]].round(9) <= LEVEL
    return rejected.set_axis(list(TESTS), axis=1).groupby(level=[0, 1], sort=False).mean()
