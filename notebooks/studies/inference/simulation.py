"""Size and power of ten tests of a slope, on the official regressors, where the truth is known.

The regressors, cities and years are those of a column of chapter 4, and stay.  REG is drawn anew,
thousands of times, with errors of our choice: the true slope is then known, and the share of draws
in which a test rejects it can be counted.

CR1 and CV3 take p from t(G-1), G being the cities or provinces; "matched" are the degrees of
freedom of :mod:`studies.inference.matched`.  The bootstraps impose the hypothesis; by province all
patterns of signs are taken.  The last test rejects where CV3 does by city and by province.  The
share that rejects a true slope does not depend on the slope.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lib.panel import DataError
from lib.resampling import bootstrap
from lib.within import Products
from studies.inference.matched import Design

TESTS = {
    "classical": "Classical",
    "city": "City (CR1)",
    "city_cr2": "City, CR2, matched df",
    "city_cv3": "City, CV3",
    "city_cv3_matched": "City, CV3, matched df",
    "city_wild": "City, bootstrap",
    "province_cv3": "Province, CV3",
    "province_cv3_matched": "Province, CV3, matched df",
    "province_wild": "Province, bootstrap",
    "firm": "City and province, CV3",
}
LEVELS = (0.01, 0.05, 0.10)
_STEP = 500  # draws at a time, which bounds memory


@dataclass(frozen=True)
class Errors:
    """How errors are drawn.

    Attributes
    ----------
    rho : float
        Autocorrelation from a year to the next, within a city.
    own_size : bool
        Each city's errors have the size of its official residuals; else all have one size.
    line, shared, shared_line : float
        Share of the variance within a city that is a straight line over the years, with a slope
        of the city's own; share that the cities of a province have in common; and share of the
        common part that is a straight line.
    """

    rho: float = 0.0
    own_size: bool = False
    line: float = 0.0
    shared: float = 0.0
    shared_line: float = 0.0


CASES = {
    "independent": Errors(),
    "persistent": Errors(0.95, True),
    "city trends": Errors(0.95, True, line=0.7),
    "shared by provinces": Errors(0.95, True, shared=0.25),
    "both": Errors(0.95, True, line=0.7, shared=0.25, shared_line=0.7),
    "province trends": Errors(0.95, True, line=0.7, shared=0.25, shared_line=1.0),
}
"""From errors that every test expects to errors like those of the official residuals and worse."""


def draw(made: Design, kind: Errors, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Errors (draws, N, T): normal, of the size of the official residuals, zero without a row.

    Paths of a city are the weighted sum of ``e_t = rho e_(t-1) + sqrt(1 - rho^2) u_t``, stationary,
    and of a line; so are those of a province.  Sizes make up for what city effects will take.

    Raises
    ------
    lib.panel.DataError
        A share or ``rho`` is not from 0 to 1, or ``rho`` is 1.
    """
    for name in ("rho", "line", "shared", "shared_line"):
        value = getattr(kind, name)
        if not 0 <= value <= 1 or (name == "rho" and value == 1):
            raise DataError(f"{name}: found {value}, expected 0 to 1, rho below 1")
    cities, years = made.present.shape
    errors = np.sqrt(1 - kind.shared) * _paths(rng, (draws, cities, years), kind.rho, kind.line)
    if kind.shared:
        shape = draws, len(made.provinces), years
        common = _paths(rng, shape, kind.rho, kind.shared_line)
        errors += np.sqrt(kind.shared) * common[:, made.province]
    square, count = (made.residuals**2).sum(axis=1), made.present.sum(axis=1)
    size = square / count if kind.own_size else square.sum() / count.sum()
    errors *= np.sqrt(np.broadcast_to(size, cities))[:, None]
    return errors * made.present


def _paths(rng: np.random.Generator, shape: tuple[int, ...], rho: float, line: float) -> np.ndarray:
    """Paths whose variance about their own mean is one."""
    path, years = rng.standard_normal(shape), shape[-1]
    for t in range(1, years):
        path[..., t] = rho * path[..., t - 1] + np.sqrt(1 - rho**2) * path[..., t]
    lags = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    path *= np.sqrt((1 - line) / (1 - (rho**lags).mean()))
    if line:
        straight = np.arange(years) - (years - 1) / 2
        slope = np.sqrt(line / (straight**2).mean()) * rng.standard_normal((*shape[:-1], 1))
        path += slope * straight
    return path


def p_values(
    made: Design,
    errors: np.ndarray,
    shift: np.ndarray | float = 0.0,
    patterns: int = 99,
    seed: int = bootstrap.SEED,
) -> dict[str, np.ndarray]:
    """p-values (R, K) of the hypothesis that each slope is zero, test by test.

    Parameters
    ----------
    errors : array (R, N, T)
    shift : array (K,) or float
        The true slopes.
    patterns, seed : int
        Patterns of signs of the bootstrap by city.
    """
    products, terms, y = made.products(errors), made.fit.places, made.rows(errors)
    coef = products.coef(terms)[0].T + shift
    t = {kind: coef / products.se(terms, kind)[0].T for kind in ("classical", "clustered")}
    p = {
        "classical": 2 * stats.t.sf(np.abs(t["classical"]), made.fit.df_resid),
        "city": 2 * stats.t.sf(np.abs(t["clustered"]), len(made.cities) - 1),
    }
    for name, (squares, df) in made.squares.items():
        size = np.abs(coef / squares.se(y))
        p[name] = 2 * stats.t.sf(size, squares.df if name == "city_cr2" else df)
        p[f"{name}_matched"] = 2 * stats.t.sf(size, squares.df)
    signs = bootstrap.weights(patterns, len(made.cities), seed)
    p["city_wild"] = _wild(products, shift, signs, "city")
    if "province_cv3" in p:
        p["firm"] = np.maximum(p["city_cv3"], p["province_cv3"])
        signs = bootstrap.weights(2 ** len(made.provinces), len(made.provinces))
        # A pattern and its negative give one |t|: half of them are all, and hold the data.
        p["province_wild"] = _wild(products, shift, signs[: len(signs) // 2], "province")
    return {name: p[name] for name in TESTS if name in p}


def classical(made: Design, errors: np.ndarray, years: np.ndarray) -> np.ndarray:
    """p-values (R, K) with classical errors, the regressors' years in another order (T,)."""
    products = made.products(errors, made.x[:, :, years])
    t = products.coef(made.fit.places) / products.se(made.fit.places, "classical")
    return np.asarray(2 * stats.t.sf(np.abs(t[0].T), made.fit.df_resid))


def _wild(products: Products, shift: Any, signs: np.ndarray, cluster: str) -> Any:
    p = []
    for k, true in enumerate(np.broadcast_to(shift, products.net_x.shape[1])):
        # y = e + b x under "slope zero" is e under "slope -b".
        t, drawn = bootstrap.many(products, k, signs, -float(true), cluster)
        p.append(bootstrap.p_value(drawn, t, enumerated=cluster == "province"))
    return np.transpose(p)


def rejections(
    made: Design,
    cases: Mapping[str, Errors] = CASES,
    shift: np.ndarray | float = 0.0,
    draws: int = 1000,
    patterns: int = 99,
    seed: int = 1996,
) -> pd.DataFrame:
    """Count the draws in which each test rejects "slope zero".

    Parameters
    ----------
    shift : array (K,) or float
        The true slopes.  With 0 the share is the size of a test, with others its power.
    draws, patterns, seed : int
        Draws of REG, and of the bootstrap by city in each: one more times a level must be whole for
        an exact size, and few patterns cost power.

    Returns
    -------
    DataFrame
        ``case, term, test, level, rejected, draws, share, error``, the last the Monte Carlo
        standard error sqrt(share (1 - share) / draws).
    """
    parts = []
    for case, kind in cases.items():
        rng, p = np.random.default_rng(seed), []
        for first in range(0, draws, _STEP):
            errors = draw(made, kind, min(_STEP, draws - first), rng)
            p.append(p_values(made, errors, shift, patterns, seed + first))
        for test in p[0]:
            whole = np.concatenate([each[test] for each in p]).round(9)
            for level in LEVELS:
                counted = {"term": made.terms, "rejected": (whole <= level).sum(axis=0)}
                parts.append(pd.DataFrame(counted).assign(case=case, test=test, level=level))
    found = pd.concat(parts, ignore_index=True)[["case", "term", "test", "level", "rejected"]]
    share = found["rejected"] / draws
    error = np.sqrt(share * (1 - share) / draws)
    return found.assign(draws=draws, share=share, error=error)
