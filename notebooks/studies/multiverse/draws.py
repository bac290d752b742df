"""The printed cells on random samples of 41 of the 110 cities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from lib import published
from lib.panel import DataError
from lib.sample import repeated
from lib.specifications import COLUMNS, FIRST_YEAR, LAST_YEAR, Column, Reading
from lib.within import Design
from studies.multiverse.register import CONTROLS_OF, claims
from studies.multiverse.shares import verdicts


@dataclass(frozen=True)
class Draws:
    """The starred cells on R samples.

    ``claims`` is as from :func:`studies.multiverse.register.claims`; ``coef``, ``p`` and
    ``verdict`` are (R, claims), the last two by the city jackknife.
    """

    claims: pd.DataFrame
    coef: np.ndarray
    p: np.ndarray
    verdict: np.ndarray


def samples(data: pd.DataFrame, draws: int, seed: int = 41) -> np.ndarray:
    """Places of the chosen cities (R, 41), in the order of their codes.

    From each reach its share of the Belt, 12, 14 and 15 (:data:`lib.published.CITIES_OF`): the
    paper has results for all three and gives no list.
    """
    reach = data.groupby("city_code")["reach"].first().to_numpy()
    keys = np.random.default_rng(seed).random((draws, len(reach)))
    chosen = []
    for name, number in published.CITIES_OF.items():
        there = np.flatnonzero(reach == name)
        chosen.append(there[keys[:, there].argsort(axis=1)[:, :number]])
    return np.sort(np.concatenate(chosen, axis=1), axis=1)


def estimate(data: pd.DataFrame, chosen: np.ndarray, reading: Reading) -> Draws:
    """Every printed column on every sample of :func:`samples`, IA computed over the sample.

    Of the reading mobility, outcome and industry count, and nothing else.
    """
    wide = data.pivot(index="city_code", columns="year")
    known = CONTROLS_OF["seven"]  # a column may take more controls than the five printed ones
    names = [reading.industry, reading.mobility, "reg", *map(str.lower, known)]
    share, lm, reg, *controls = (wide[name].to_numpy()[chosen] for name in names)
    mean = np.nanmean(share, axis=1, keepdims=True)
    values = dict(zip(known, controls, strict=True))
    values |= {"LM": lm, "IA": share / mean, "LM_IA": lm * share / mean}
    y = np.log(reg) if reading.outcome == "log_reg" else reg
    reach = wide["reach"].to_numpy()[chosen][..., 0]
    printed, coef, p = claims(), {}, {}
    for column in COLUMNS:
        for term, b, chance in zip(column.terms, *_column(column, reach, y, values), strict=True):
            coef[column.key, term], p[column.key, term] = b, chance
    cells = list(printed[["column", "term"]].itertuples(index=False, name=None))
    said = [
        verdicts(coef[cell], p[cell], claim.printed, claim.level)
        for cell, claim in zip(cells, printed.itertuples(), strict=True)
    ]
    slopes, chances = (np.column_stack([of[cell] for cell in cells]) for of in (coef, p))
    return Draws(printed, slopes, chances, np.column_stack(said))


def _column(
    column: Column, reach: np.ndarray, y: np.ndarray, values: dict[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and p-values by the city jackknife (K, R) of a column on every sample."""
    years = np.arange(FIRST_YEAR, LAST_YEAR + 1)
    when = (years >= column.years[0]) & (years <= column.years[1])
    # Every sample has as many cities of a reach, so that a reach is an array, too.
    there = reach == (column.reach or reach)
    shape = len(y), int(there[0].sum()), len(years)
    x = np.stack([values[term][there].reshape(shape) for term in column.terms], axis=1)
    outcome = y[there].reshape(shape)
    present = np.isfinite(x).all(axis=1) & np.isfinite(outcome) & when
    coef, p = np.empty((2, len(column.terms), len(y)))
    cells = [code.ravel() for code in np.indices(shape[1:])]
    # Samples with the same cells have their effects in common.
    patterns, pattern = np.unique(present.reshape(len(y), -1), axis=0, return_inverse=True)
    for place, used in enumerate(patterns):
        some = pattern.ravel() == place
        rows = repeated(cells, used)
        city, year = (code[rows] for code in cells)
        city = np.unique(city, return_inverse=True)[1]
        design = Design.of("twoway", city, year, {"city": city})
        some_x, some_y = (part[some][..., rows.reshape(shape[1:])] for part in (x, outcome))
        products = design.products(some_x.swapaxes(1, 2), some_y[:, :, None])
        at = np.arange(len(column.terms))[None]
        coef[:, some] = products.coef(at)[:, 0, :, 0].T
        t = coef[:, some] / products.se(at, "jackknife")[:, 0, :, 0].T
        p[:, some] = 2 * stats.t.sf(np.abs(t), design.groups("city") - 1)
    if np.isnan(p).any():
        raise DataError(f"{column.heading}: found a sample whose slopes hang on one city")
    return coef, p
