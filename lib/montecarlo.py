"""Simulations with a known truth, to see how far tables like the paper's can be trusted.

Regressors are those of a given panel and stay as they are; the dependent variable is drawn anew,
thousands of times, from an equation whose slopes are known.  What an estimator, an interval or a
test does can then be counted.  Each study has its own seed, so that it gives the same counts
whatever was run before it.

A share counted in R draws has the Monte Carlo standard error ``sqrt(share (1 - share) / R)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy import special, stats

from lib import batched, published
from lib.panel import DataError
from lib.specifications import SYMBOL, Specification, rows_of

DRAWS = 2000
LEVEL = 0.05
HausmanTest = Literal["sigmaless", "plain", "clustered"]
HAUSMAN_TESTS: tuple[HausmanTest, ...] = get_args(HausmanTest)
# A product is made of its factors, also after cells of these have been filled in.
_FACTORS = {"lm_ia": ("lm", "ia")}


@dataclass(frozen=True)
class Truth:
    """A column of the paper's tables taken for the truth on a given panel.

    Attributes
    ----------
    spec : Specification
    coef : array (K,)
        True slopes: the printed ones.
    error_sd : float
        Standard deviation of the errors: the one that the column's regression on the panel finds.
    city_sd : float
        Standard deviation of the city effects found by the same regression.
    series : dict of str to array (N, T)
        The columns that the regressors are made of.
    x : array (K, N, T)
        Regressors.
    cities, years : arrays (N,), (T,)
        Labels of the rows used.
    """

    spec: Specification
    coef: np.ndarray
    error_sd: float
    city_sd: float
    series: Mapping[str, np.ndarray]
    x: np.ndarray
    cities: np.ndarray
    years: np.ndarray


def truth(panel: pd.DataFrame, spec: Specification) -> Truth:
    """Take a printed column for the truth, with the errors that the panel gives it.

    Parameters
    ----------
    panel : DataFrame
        ``city_code, year, reach, y`` and the regressors, balanced.

    Raises
    ------
    lib.panel.DataError
        The panel is not balanced over the column's cities and years, or a value is missing.

    Notes
    -----
    Where the panel reproduces the printed coefficients and t-statistics, its error variance is the
    one that these imply: se = b / t and ``s2 = se^2 / [(X'X)^-1]_kk``.
    """
    rows = rows_of(panel, spec)
    names = [name for term in spec.terms for name in _FACTORS.get(term, (term,))]
    names = list(dict.fromkeys(names))
    series = dict(zip(names, batched.cube(rows, names), strict=True))
    x = _regressors(series, spec.terms)
    (y,) = batched.cube(rows, ["y"])
    found = batched.fit(y[None], x)
    effects = (y - np.tensordot(found.coef[0], x, axes=1)).mean(axis=1)
    cells = published.coefficients(spec.table)
    printed = cells[cells["column"] == spec.column].set_index("row")["coef"]
    return Truth(
        spec=spec,
        coef=printed.loc[list(spec.terms)].to_numpy(),
        error_sd=float(np.sqrt(found.rss[0] / found.df_resid[0])),
        city_sd=float(effects.std(ddof=1)),
        series=series,
        x=x,
        cities=np.unique(rows["city_code"]),
        years=np.unique(rows["year"]),
    )


def ar1(rng: np.random.Generator, shape: tuple[int, ...], rho: float) -> np.ndarray:
    """Stationary errors of variance one, ``e_t = rho e_(t-1) + sqrt(1 - rho^2) u_t``.

    Parameters
    ----------
    shape : tuple of int
        The last axis is time.
    """
    if not -1 < rho < 1:
        raise DataError(f"rho: found {rho}, expected a stationary process, above -1 and below 1")
    errors = rng.standard_normal(shape)
    for t in range(1, shape[-1]):
        errors[..., t] *= np.sqrt(1 - rho**2)
        errors[..., t] += rho * errors[..., t - 1]
    return errors


def standard_error(share: float | pd.Series, draws: int | pd.Series) -> float | pd.Series:
    """Monte Carlo standard error of a share counted in that many draws."""
    return np.sqrt(share * (1 - share) / draws)


# -- 1. The Hausman test ----------------------------------------------------------------------


def hausman_rejections(
    model: Truth,
    correlations: Sequence[float],
    rho: float = 0.0,
    draws: int = DRAWS,
    seed: int = 1978,
) -> pd.DataFrame:
    """Count rejections at 5 % as city effects move with the regressors.

    Parameters
    ----------
    correlations : sequence of float
        Correlation of a city's effect with its mean of x'b, the part of REG that the regressors
        account for.  At zero random effects are right, and the share of rejections is the size.
    rho : float
        Autocorrelation of the errors within a city.

    Returns
    -------
    DataFrame
        A row per correlation and test: ``correlation, test, rejected, undefined, draws, share,
        error``.  ``rejected`` and ``undefined`` are counts; an undefined test does not reject;
        ``share`` is the rejected one of all draws.

    Notes
    -----
    ``y = x'b + mu_i + e_it`` with ``mu_i = city_sd (c z_i + sqrt(1 - c^2) v_i)``, z the
    standardised city mean of x'b and v standard normal.  All correlations share one set of
    v and e.  Year effects would change nothing: both models remove them.
    """
    rng = np.random.default_rng([seed, round(100 * rho)])
    cities, years = model.x.shape[1:]
    mean = np.tensordot(model.coef, model.x, axes=1)
    z = mean.mean(axis=1)
    z = (z - z.mean()) / z.std()
    v = rng.standard_normal((draws, cities))
    noise = mean + model.error_sd * ar1(rng, (draws, cities, years), rho)
    rows = []
    for c in correlations:
        if not -1 <= c <= 1:
            raise DataError(f"correlation: found {c}, expected -1 to 1")
        effect = model.city_sd * (c * z + np.sqrt(1 - c**2) * v)
        tests = batched.hausman(noise + effect[:, :, None], model.x)
        for test in HAUSMAN_TESTS:
            p = tests.p(test)
            counts = {"rejected": int((p < LEVEL).sum()), "undefined": int(np.isnan(p).sum())}
            rows.append({"correlation": c, "test": test} | counts)
    return _with_share(pd.DataFrame(rows), "rejected", draws)


# -- 2. Intervals -----------------------------------------------------------------------------


def first_cities(panel: pd.DataFrame, reach: str, n: int) -> pd.DataFrame:
    """Rows of the first n cities of a reach, by code.

    Raises
    ------
    lib.panel.DataError
        The reach has fewer.
    """
    rows = panel[panel["reach"] == reach]
    codes = np.unique(rows["city_code"])
    if len(codes) < n:
        raise DataError(f"reach {reach!r}: found {len(codes)} cities, expected {n} at least")
    return rows[rows["city_code"].isin(codes[:n])]


def coverage(
    x: np.ndarray,
    terms: Sequence[str],
    rho: float,
    exposure: np.ndarray | None = None,
    lags: int | None = None,
    draws: int = DRAWS,
    seed: int = 1998,
) -> pd.DataFrame:
    """Count how often 95 % intervals hold the true slope.

    Parameters
    ----------
    x : array (K, N, T)
    terms : sequence of str
        Names of the K regressors.
    rho : float
        Autocorrelation of the errors within a city, and of the common shock.
    exposure : array (N,), optional
        Each city's exposure to one shock a year common to all; standardised here.  Half of the
        error variance is then the shock's.  Without it cities are independent.
    lags : int, optional
        For Driscoll and Kraay; by default :func:`lib.batched.rule_of_thumb`.

    Returns
    -------
    DataFrame
        A row per term and covariance: ``term, covariance, covered, draws, share, error``.

    Notes
    -----
    Slopes and the scale of the errors do not matter: intervals move and stretch with them.  The
    year effects take away what a shock does to all cities alike, and leave what differs with
    exposure.
    """
    rng = np.random.default_rng([seed, round(100 * rho), x.shape[1], exposure is not None])
    errors = ar1(rng, (draws, *x.shape[1:]), rho)
    if exposure is not None:
        loading = (exposure - exposure.mean()) / exposure.std()
        shock = ar1(rng, (draws, 1, x.shape[2]), rho)
        errors = np.sqrt(0.5) * (errors + loading[:, None] * shock)
    fits = batched.fit(errors, x)
    zero = np.zeros(len(terms))
    rows = [
        {"term": term, "covariance": kind, "covered": int(count)}
        for kind in batched.COVARIANCES
        for term, count in zip(terms, fits.covers(zero, kind, lags).sum(axis=0), strict=True)
    ]
    return _with_share(pd.DataFrame(rows), "covered", draws)


# -- 3. Interpolated cells --------------------------------------------------------------------


def interpolate(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Fill missing cells on a straight line between a city's nearest observed years.

    Parameters
    ----------
    values : array (N, T)
    missing : bool array (R, N, T)
        False in the first and the last year.

    Returns
    -------
    array (R, N, T)

    Raises
    ------
    lib.panel.DataError
        A first or last year is missing, so that there is no line.
    """
    if missing[..., [0, -1]].any():
        raise DataError("interpolate: found a missing first or last year, expected inner years")
    year = np.arange(values.shape[1])
    last = values.shape[1] - 1
    before = np.maximum.accumulate(np.where(missing, 0, year), axis=-1)
    after = np.minimum.accumulate(np.where(missing, last, year)[..., ::-1], axis=-1)[..., ::-1]
    full = np.broadcast_to(values, missing.shape)
    left = np.take_along_axis(full, before, axis=-1)
    right = np.take_along_axis(full, after, axis=-1)
    return left + (right - left) * (year - before) / np.maximum(after - before, 1)


def interpolation(
    model: Truth,
    shares: Sequence[float] = (0.05, 0.10, 0.20),
    draws: int = DRAWS,
    seed: int = 2008,
) -> pd.DataFrame:
    """Bias, error and coverage when missing regressor cells are interpolated, or rows left out.

    Parameters
    ----------
    shares : sequence of float
        Share of the cells of each series, first and last year apart, that go missing at random.

    Returns
    -------
    DataFrame
        A row per share, treatment (``interpolated`` or ``left out``) and term: ``share,
        treatment, term, true, bias, bias_error, rmse_ratio, covered, draws, rows``.  ``bias`` is
        the mean estimate less the truth, with its Monte Carlo standard error; ``rmse_ratio``
        divides the root mean squared error by the one from complete data; ``covered`` counts
        the intervals, clustered by city, that hold the truth; ``rows`` is the mean number of rows.

    Notes
    -----
    ``y = x'b + e`` from the complete series, e independent.  The bias is the mean difference to
    the estimate from complete data with the same errors, whose own mean is the truth exactly; the
    difference varies less than the estimates do.  A product is formed after its factors are
    filled; a row is left out where any series is missing.
    """
    rows = []
    for share in shares:
        rng = np.random.default_rng([seed, round(1000 * share)])
        shape = (draws, *model.x.shape[1:])
        y = np.tensordot(model.coef, model.x, axes=1) + model.error_sd * rng.standard_normal(shape)
        complete = batched.fit(y, model.x)
        present = np.ones(shape, dtype=bool)
        filled = {}
        for name, values in model.series.items():
            missing = rng.random(shape) < share
            missing[..., [0, -1]] = False
            filled[name] = interpolate(values, missing)
            present &= ~missing
        every = np.broadcast_to(model.x, (draws, *model.x.shape))
        found = {
            "interpolated": batched.fit(y, _regressors(filled, model.spec.terms)),
            "left out": batched.fit(y, every, present),
        }
        for treatment, fits in found.items():
            gap = fits.coef - complete.coef
            ratio = np.sqrt(_mse(fits, model.coef) / _mse(complete, model.coef))
            covered = fits.covers(model.coef, "clustered").sum(axis=0)
            for k, term in enumerate(model.spec.terms):
                rows.append(
                    {
                        "share": share,
                        "treatment": treatment,
                        "term": term,
                        "true": model.coef[k],
                        "bias": gap[:, k].mean(),
                        "bias_error": gap[:, k].std(ddof=1) / np.sqrt(draws),
                        "rmse_ratio": ratio[k],
                        "covered": int(covered[k]),
                        "draws": draws,
                        "rows": fits.nobs.mean(),
                    }
                )
    return pd.DataFrame(rows)


def persistence(x: np.ndarray) -> np.ndarray:
    """First-order autocorrelation within cities of what a slope is estimated from.

    Parameters
    ----------
    x : array (K, N, T)

    Returns
    -------
    array (K,)
        For each regressor net of the effects and of the other regressors, pooled over cities.
        The effects pull it down, by about 1/T.
    """
    net = batched.within(x)
    # Rows of the inverse cross-product weigh the regressors into these remainders.
    flat = net.reshape(len(net), -1)
    left = np.tensordot(np.linalg.inv(flat @ flat.T), net, axes=1)
    return (left[..., 1:] * left[..., :-1]).mean(axis=(1, 2)) / (left**2).mean(axis=(1, 2))


# -- 4. Would the stars come again? -----------------------------------------------------------


@dataclass(frozen=True)
class Repeats:
    """Repetitions of printed tables whose coefficients are the truth.

    Attributes
    ----------
    cells : DataFrame
        A row per printed cell: ``table, column, heading, row, symbol, coef, stars, t`` (true
        value of the t-statistic: slope over standard error), ``repeated, draws, share, error``
        (sign and stars come again), ``exact`` (the same from the noncentral t).
    matches : bool array (R, cells)
        Whether a cell repeats in a draw.
    patterns : DataFrame
        A row per column, per table and for all: ``pattern, cells, repeated, draws`` (all of its
        cells repeat in the same draw), and ``probability, probability_error`` by
        :func:`rectangle`.
    """

    cells: pd.DataFrame
    matches: np.ndarray
    patterns: pd.DataFrame


def repeat(models: Sequence[Truth], draws: int = DRAWS, seed: int = 2023) -> Repeats:
    """Draw the columns again and again, and compare signs and stars with the printed ones.

    Parameters
    ----------
    models : sequence of Truth
        Columns of the paper, from one panel.

    Notes
    -----
    Errors are independent and normal with each column's variance.  One grid of errors, a city and
    year each, serves all columns: regressions on the same city-years share their luck.  Stars come
    from classical t-statistics on t(n - N - T + 1 - K), by the rule under the paper's tables.

    A pattern of many cells is too rare to be counted.  Given the estimated variances, taken from
    the draws, the slopes of all columns are jointly normal, and the pattern is a rectangle; the
    variance of one column is taken for independent of the slopes of the others.
    """
    rng = np.random.default_rng([seed, len(models)])
    cities = np.unique(np.concatenate([model.cities for model in models]))
    years = np.unique(np.concatenate([model.years for model in models]))
    grid = rng.standard_normal((draws, len(cities), len(years)))
    columns = [_redraw(model, grid, cities, years) for model in models]
    cells = pd.concat([column.cells for column in columns], ignore_index=True)
    matches = np.concatenate([column.matches for column in columns], axis=1)
    low = np.concatenate([column.low for column in columns], axis=1)
    high = np.concatenate([column.high for column in columns], axis=1)
    weights = np.concatenate([column.weights for column in columns])
    correlation = weights @ weights.T
    patterns = []
    for name, where in _groups(cells):
        inside = rectangle(low[:, where], high[:, where], correlation[np.ix_(where, where)], rng)
        patterns.append(
            {
                "pattern": name,
                "cells": len(where),
                "repeated": int(matches[:, where].all(axis=1).sum()),
                "draws": draws,
                "probability": inside.mean(),
                "probability_error": inside.std(ddof=1) / np.sqrt(draws),
            }
        )
    cells = _with_share(cells.assign(repeated=matches.sum(axis=0)), "repeated", draws)
    return Repeats(cells, matches, pd.DataFrame(patterns))


@dataclass(frozen=True)
class _Redrawn:
    """One column, drawn again: signs are turned so that the printed one is positive.

    ``matches`` (R, K) says which cells repeat; ``low, high`` (R, K) bound the error of a slope, in
    its standard deviations, between which its stars repeat; ``weights`` (K, grid) make these
    standardised errors out of the grid of errors.
    """

    cells: pd.DataFrame
    matches: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weights: np.ndarray


def _redraw(model: Truth, grid: np.ndarray, cities: np.ndarray, years: np.ndarray) -> _Redrawn:
    place: tuple[Any, ...] = np.ix_(
        np.searchsorted(cities, model.cities), np.searchsorted(years, model.years)
    )
    fits = batched.fit(grid[(slice(None), *place)], model.x)
    df = int(fits.df_resid[0])
    unit = np.sqrt(np.diag(fits.bread[0]))
    ratio = np.sqrt(fits.rss / df)[:, None]  # estimated over true standard deviation
    sign = np.sign(model.coef)
    true_t = model.coef / (model.error_sd * unit)
    t = sign * (fits.coef / unit + true_t) / ratio
    cells = _printed(model)
    region = np.array([_region(mark, df) for mark in cells["stars"]])
    exact = [
        float(np.diff(stats.nct.cdf(bounds, df, abs(value)))[0])
        for bounds, value in zip(region, true_t, strict=True)
    ]
    weights = np.zeros((len(unit), *grid.shape[1:]))
    slopes = np.tensordot(fits.bread[0], fits.x[0], axes=1)
    weights[(slice(None), *place)] = (sign / unit)[:, None, None] * slopes
    return _Redrawn(
        cells=cells.assign(t=true_t, exact=exact),
        matches=(t > region[:, 0]) & (t < region[:, 1]),
        low=ratio * region[:, 0] - np.abs(true_t),
        high=ratio * region[:, 1] - np.abs(true_t),
        weights=weights.reshape(len(unit), -1),
    )


def rectangle(
    low: np.ndarray, high: np.ndarray, correlation: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Probability that a normal vector lies in a box, one unbiased guess a draw.

    Parameters
    ----------
    low, high : arrays (R, d)
        Bounds in standard deviations; each draw may have its own.
    correlation : array (d, d)

    Returns
    -------
    array (R,)
        Their mean estimates the probability (averaged over the draws' bounds).

    Notes
    -----
    The simulator of Geweke, Hajivassiliou and Keane: each variable is drawn inside its bounds given
    the ones before it, and the chances of doing so are multiplied.  It finds probabilities
    that no number of plain draws would meet.
    """
    factor = np.linalg.cholesky(correlation)
    errors = np.zeros_like(low)
    weight = np.ones(len(low))
    for j in range(low.shape[1]):
        mean = errors[:, :j] @ factor[j, :j]
        start, end = (low[:, j] - mean) / factor[j, j], (high[:, j] - mean) / factor[j, j]
        # Far above zero a difference of two numbers near one would lose all its digits.
        side = np.where(start > 0, -1.0, 1.0)
        start, end = np.where(side > 0, start, -end), np.where(side > 0, end, -start)
        chance = special.ndtr(end) - special.ndtr(start)
        weight *= chance
        point = special.ndtr(start) + rng.random(len(low)) * chance
        errors[:, j] = side * special.ndtri(point)
    return weight


def _region(mark: str, df: int) -> tuple[float, float]:
    """Bounds between which t, in the direction of the printed sign, earns these stars."""
    critical = {stars: float(stats.t.ppf(1 - level / 2, df)) for level, stars in published.LEVELS}
    marks = list(critical)  # strongest first
    if mark == "":
        return 0.0, critical[marks[-1]]
    stronger = marks.index(mark) - 1
    return critical[mark], critical[marks[stronger]] if stronger >= 0 else np.inf


def _printed(model: Truth) -> pd.DataFrame:
    spec = model.spec
    cells = published.coefficients(spec.table)
    cells = cells[cells["column"] == spec.column].set_index("row").loc[list(spec.terms)]
    return pd.DataFrame(
        {
            "table": spec.table,
            "column": spec.column,
            "heading": spec.heading,
            "row": spec.terms,
            "symbol": [SYMBOL[term] for term in spec.terms],
            "coef": model.coef,
            "stars": cells["stars"].to_numpy(),
        }
    )


def _groups(cells: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
    groups = []
    for table, part in cells.groupby("table", sort=False):
        for heading, column in part.groupby("heading", sort=False):
            groups.append((f"Table {table}, {heading}", column.index.to_numpy()))
        groups.append((f"Table {table}", part.index.to_numpy()))
    return [*groups, ("All tables", cells.index.to_numpy())]


def _regressors(series: Mapping[str, np.ndarray], terms: Sequence[str]) -> np.ndarray:
    factors = ([series[name] for name in _FACTORS.get(term, (term,))] for term in terms)
    return np.stack([np.prod(made, axis=0) for made in factors], axis=-3)


def _mse(fits: batched.Fits, coef: np.ndarray) -> np.ndarray:
    return ((fits.coef - coef) ** 2).mean(axis=0)


def _with_share(frame: pd.DataFrame, counted: str, draws: int) -> pd.DataFrame:
    share = frame[counted] / draws
    return frame.assign(draws=draws, share=share, error=standard_error(share, draws))
