"""Chapter 6: official slopes beside those of invented Belts with noise, and what they imply.

The invented Belt of :mod:`lib.placebo` grows without noise.  Here each city keeps the size and the
course of its official departure from the Belt's growth, with a sign at random: one for each city,
or one for each province.  An official slope then has a place in a distribution, and not a verdict
alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from lib import cases, placebo, within
from lib.cases import PAPER, Case
from lib.jackknife import Jackknife
from lib.specifications import EARLY, LATE, MODEL1, MODEL2, READINGS, STOCK, Column, Reading

ELASTICITIES = (-0.5, -0.25, 0.0, 0.5, 1.0)
GRID = np.linspace(-1.5, 2.0, 29)
MOBILITY = ("LM", "LM_IA")


def departures(data: pd.DataFrame, elasticity: float) -> pd.Series:
    """Log output less that of :func:`lib.placebo.belt` at an elasticity."""
    return np.log(data["reg"] / placebo.belt(data, elasticity)["reg"])


def incomes(
    data: pd.DataFrame, elasticity: float, by: str, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Incomes (n, draws) of invented Belts with noise, whose signs are drawn by a column."""
    code = pd.factorize(data[by])[0]
    signs = rng.choice([-1.0, 1.0], (code.max() + 1, draws))[code]
    noise = signs * departures(data, elasticity).to_numpy()[:, None]
    return placebo.belt(data, elasticity)["reg"].to_numpy()[:, None] * np.exp(noise)


def industry_belt(data: pd.DataFrame, even: str = "rest") -> pd.DataFrame:
    """The panel with an income in which industry and the rest of output do not move together.

    One of the two parts, the `rest` or the `industry`, grows in every city at the mean rate of all
    cities.  The share of industry is the official one and gives the other part.  Residents are
    official.
    """
    people, share = placebo.residents(data), data["share_secondary"]
    weight = share if even == "industry" else 1 - share
    part = data["reg"] * people * weight
    first = part.groupby(data["city"]).transform("first")
    common = np.log(part / first).groupby(data["year"]).transform("mean")
    return data.assign(reg=first * np.exp(common) / people / weight)


def prepared(
    data: pd.DataFrame, reading: Reading, column: Column, case: Case
) -> tuple[within.Fit, np.ndarray, np.ndarray]:
    """A regression, its regressors, and where its rows stand in the data."""
    fit = cases.fit(data, reading, column, case)
    keys = [pd.MultiIndex.from_frame(frame[["city", "year"]]) for frame in (data, fit.rows)]
    return fit, fit.rows[list(fit.x)].to_numpy(float), keys[0].get_indexer(keys[1])


def outcome(reading: Reading, income: np.ndarray) -> np.ndarray:
    """Incomes as a reading takes them: as they are, or their logarithms."""
    return np.log(income) if reading.outcome == "log_reg" else income


def predictive(
    data: pd.DataFrame,
    elasticities: Sequence[float] = ELASTICITIES,
    every: Sequence[Case] = (PAPER, cases.CLEAN),
) -> pd.DataFrame:
    """Official slopes beside those of invented Belts whose departures have signs at random.

    A slope is linear in income, and for a sign s ``exp(s d)`` is ``cosh d + s sinh d``.  Over all
    patterns of signs the mean slope is therefore that of ``belt * cosh d``, and the variance is the
    sum of squares of what each cluster adds to the slope of ``belt * sinh d``.

    Returns
    -------
    DataFrame
        A row per ``case, reading, heading, row``, ``elasticity`` and ``noise`` (city, province),
        the cluster that has a sign: ``official``, the slope; ``mean, sd`` of the invented slopes;
        and ``z``.
    """
    lines = []
    for case, reading, column in product(every, READINGS, (MODEL1, MODEL2, EARLY, LATE)):
        panel, bare = cases.applied(data, case)
        fit, x, rows = prepared(panel, reading, column, bare)
        weights = np.linalg.pinv(fit.products.design.net(x))  # of each row's income in the slopes
        for elasticity in elasticities:
            belt = placebo.belt(panel, elasticity)["reg"].to_numpy()[rows]
            departure = departures(panel, elasticity).to_numpy()[rows]
            mean = weights @ (belt * np.cosh(departure))
            signed = pd.DataFrame((weights * belt * np.sinh(departure)).T)
            for noise in ("city", "province"):
                added = signed.groupby(panel[noise].to_numpy()[rows]).sum()
                table = {
                    "case": case.key, "reading": reading.name, "heading": column.heading,
                    "row": fit.x, "elasticity": elasticity, "noise": noise,
                    "official": fit.coef.to_numpy(), "mean": mean,
                    "sd": np.sqrt((added**2).sum()).to_numpy(),
                }  # fmt: skip
                lines.append(pd.DataFrame(table))
    keys = ["case", "reading", "heading", "row", "elasticity", "noise"]
    places = pd.concat(lines).set_index(keys)
    return places.assign(z=(places["official"] - places["mean"]) / places["sd"])


def distance(places: pd.DataFrame) -> pd.DataFrame:
    """Sum of squared z of the slopes of mobility, by case, noise and elasticity, and their number.

    Without an effect of another size the sum is near the number.
    """
    mobility = places[places.index.get_level_values("row").isin(MOBILITY)]
    squares = (mobility["z"] ** 2).groupby(["case", "noise", "elasticity"])
    return pd.DataFrame({"sum": squares.sum(), "slopes": squares.size()})


def implied(
    data: pd.DataFrame,
    reading: Reading = STOCK,
    case: Case = PAPER,
    cluster: str = "province",
) -> Jackknife:
    """The elasticity at which the slope of LM in Model 1 is the official one in an invented Belt.

    Between the elasticities of :data:`GRID` the slope is taken to be a straight line.  Without a
    cluster both slopes are estimated anew.

    Returns
    -------
    Jackknife
        With the one name ``elasticity``; missing where no elasticity of the grid gives the slope.
    """
    data, case = cases.applied(data, case)
    fit, x, place = prepared(data, reading, MODEL1, case)
    whole, without = _grid(data, reading, fit, x, place, cluster)
    official = fit.jackknife(cluster)
    return _root(whole, official.coef["LM"], without, official.without["LM"])


def _root(
    whole: np.ndarray, slope: float, without: np.ndarray, slopes: Sequence[float]
) -> Jackknife:
    roots = [crossing(*pair) for pair in zip(without, slopes, strict=True)]
    coef = pd.Series({"elasticity": crossing(whole, slope)})
    return Jackknife(coef, pd.DataFrame({"elasticity": roots}))


def _grid(
    data: pd.DataFrame,
    reading: Reading,
    fit: within.Fit,
    x: np.ndarray,
    place: np.ndarray,
    cluster: str,
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes of LM at each elasticity of the grid (E,), and without each cluster (G, E)."""
    zero, unit = (np.log(placebo.belt(data, e)["reg"].to_numpy())[:, None] for e in (0, 1))
    belts = np.exp(zero + GRID * (unit - zero))
    products = fit.products.design.products(x, outcome(reading, belts)[place])
    return products.coef(fit.places)[0, 0], products.without(fit.places, cluster)[:, 0, 0]


def crossing(slopes: np.ndarray, official: float) -> float:
    """Where a line through slopes on the grid meets the official one, nearest to zero."""
    gap = slopes - official
    cross = np.flatnonzero(np.sign(gap[:-1]) != np.sign(gap[1:]))
    at = GRID[cross] - gap[cross] * (GRID[1] - GRID[0]) / (gap[cross + 1] - gap[cross])
    return float(at[np.argmin(np.abs(at))]) if len(at) else np.nan


def table_of_implied(data: pd.DataFrame, every: Sequence[Case] = cases.CASES) -> pd.DataFrame:
    """:func:`implied` by path, scale and case, with intervals by city and by province.

    Returns
    -------
    DataFrame
        A row per ``effects, outcome, case``: ``elasticity``; ``low, high`` by city, and with
        ``province_`` before them by province.
    """
    lines: list[dict[str, Any]] = []
    for effects, scale, case in product(("start", "trend"), ("reg", "log_reg"), every):
        reading = replace(STOCK, **dict[str, Any](effects=effects, outcome=scale))
        line: dict[str, Any] = {"effects": effects, "outcome": scale, "case": case.key}
        for cluster, before in (("city", ""), ("province", "province_")):
            root = implied(data, reading, case, cluster)
            line["elasticity"] = root.coef["elasticity"]
            line |= root.table.loc["elasticity", ["low", "high"]].add_prefix(before).to_dict()
        lines.append(line)
    return pd.DataFrame(lines).set_index(["effects", "outcome", "case"])


def coverage(
    data: pd.DataFrame,
    reading: Reading,
    case: Case = PAPER,
    elasticities: Sequence[float] = ELASTICITIES,
    draws: int = 200,
) -> pd.DataFrame:
    """How often the interval by province of :func:`implied` holds the elasticity that was put in.

    Returns
    -------
    DataFrame
        A row per ``elasticity`` and ``noise``: ``covered`` and ``median``.
    """
    rng = np.random.default_rng(1)
    data, case = cases.applied(data, case)
    fit, x, place = prepared(data, reading, MODEL1, case)
    whole, without = _grid(data, reading, fit, x, place, "province")
    lines = []
    for noise, elasticity in product(("city", "province"), elasticities):
        income = incomes(data, elasticity, noise, draws, rng)[place]
        products = fit.products.design.products(x, outcome(reading, income))
        slopes = products.coef(fit.places)[0, 0]
        left = products.without(fit.places, "province")[:, 0, 0]
        estimates, inside = [], []
        for slope, slopes_left in zip(slopes, left.T, strict=True):
            row = _root(whole, slope, without, slopes_left)
            estimates.append(row.coef["elasticity"])
            low, high = row.table.loc["elasticity", ["low", "high"]]
            inside.append(low <= elasticity <= high)
        lines.append([elasticity, noise, np.mean(inside), np.nanmedian(estimates)])
    return pd.DataFrame(lines, columns=["elasticity", "noise", "covered", "median"])


def industry(data: pd.DataFrame, every: Sequence[Case] = cases.CASES) -> pd.DataFrame:
    """The slope of IA in Model 1: official, and in the two Belts of :func:`industry_belt`.

    Returns
    -------
    DataFrame
        A row per ``reading, outcome, effects, case``: ``official``; ``rest`` and ``industry``, the
        slope where this part grows at one rate.
    """
    lines: list[dict[str, Any]] = []
    for case in every:
        panel, bare = cases.applied(data, case)
        frames = {"official": panel}
        frames |= {even: industry_belt(panel, even) for even in ("rest", "industry")}
        for reading, scale, effects in product(
            READINGS, ("reg", "log_reg"), ("twoway", "start", "trend")
        ):
            how = replace(reading, **dict[str, Any](outcome=scale, effects=effects))
            line: dict[str, Any] = {
                "reading": reading.name, "outcome": scale, "effects": effects, "case": case.key,
            }  # fmt: skip
            for kind, frame in frames.items():
                line[kind] = cases.fit(frame, how, MODEL1, bare).coef["IA"]
            lines.append(line)
    return pd.DataFrame(lines).set_index(["reading", "outcome", "effects", "case"])
