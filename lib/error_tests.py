"""Tests of the errors: over time within a city, in size from city to city, between cities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from lib import batched
from lib.diagnostics import Sample
from lib.estimation import Statistic
from lib.panel import DataError

SEED = 2016
DRAWS = 199
LEVEL = 0.05
# A city's variance, or the correlation of two cities, cannot be judged from fewer years.
LEAST = 4
# Less than this share of a sum of squares is rounding error, not variation.
EXACT = 1e-12


@dataclass(frozen=True)
class SerialCorrelation:
    """Wooldridge's test of serial correlation.

    Attributes
    ----------
    rho : float
        Slope of the differenced regression's residual on its own value of the year before: -1/2
        if the errors in levels are not correlated over time, 0 if they are a random walk, above
        that if even their changes persist.
    test : Statistic
        F(1, G-1) of ``rho = -1/2``.
    """

    rho: float
    test: Statistic


def wooldridge(sample: Sample, year_effects: bool = True) -> SerialCorrelation:
    """Wooldridge's test for serial correlation in the errors of a panel with city effects.

    Parameters
    ----------
    year_effects : bool
        Keep year effects in the differenced regression; without them it has no constant either,
        as Stata's ``xtserial``.

    Notes
    -----
    First differences remove the city effects.  If the errors in levels are not correlated over
    time, those of the differences have the autocorrelation -1/2 [1]_.  The residual is regressed
    on its own lag without a constant, with errors clustered by city and scaled by G/(G-1) [2]_.

    References
    ----------
    .. [1] Wooldridge, J. M. (2010). *Econometric analysis of cross section and panel data*, 2nd
       ed. MIT Press, section 10.6.3.
    .. [2] Drukker, D. M. (2003). Testing for serial correlation in linear panel-data models.
       *Stata Journal*, 3(2), 168-177.
    """
    changes = sample.differenced()
    if year_effects:
        e = changes.residuals("year")
    else:
        flat, dy = changes.x.reshape(len(changes.terms), -1), changes.y.ravel()
        e = changes.y - (np.linalg.solve(flat @ flat.T, flat @ dy) @ flat).reshape(changes.y.shape)
    present = changes.present
    pair = present[:, 1:] & present[:, :-1] & (np.diff(changes.years) == 1)
    now, before = np.where(pair, e[:, 1:], 0.0), np.where(pair, e[:, :-1], 0.0)
    clusters = int(pair.any(axis=1).sum())
    if clusters < 2:
        raise DataError(f"serial correlation: found {clusters} cities with three years in a row")
    moment = (before**2).sum()
    rho = float((now * before).sum() / moment)
    scores = (before * (now - rho * before)).sum(axis=1)
    se = np.sqrt(clusters / (clusters - 1) * (scores**2).sum()) / moment
    f = float(((rho + 0.5) / se) ** 2)
    test = Statistic(f, (1, clusters - 1), float(stats.f.sf(f, 1, clusters - 1)))
    return SerialCorrelation(rho, test)


def modified_wald(residuals: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, int]:
    """Modified Wald statistic of equal error variances in all cities, and its degrees of freedom.

    Parameters
    ----------
    residuals : array (R, N, T)
    present : bool array (N, T)

    Returns
    -------
    statistic : array (R,)
    df : int
        Cities with at least four residuals; the others are left out.

    Notes
    -----
    ``sum_i (s_i - s)^2 / V_i`` with s_i the mean squared residual of city i, s that of all rows,
    and ``V_i = sum_t (e_it^2 - s_i)^2 / (T_i (T_i - 1))`` [1]_.  Stata's ``xttest3`` takes
    every city with two.

    References
    ----------
    .. [1] Greene, W. H. (2000). *Econometric analysis*, 4th ed. Prentice Hall, p. 598.
    """
    length = present.sum(axis=1)
    used = length >= LEAST
    if not used.any():
        raise DataError(f"variances: found no city with {LEAST} residuals, expected some")
    squares = np.where(present, residuals, 0.0) ** 2
    overall = squares.sum(axis=(1, 2)) / present.sum()
    squares, here, length = squares[:, used], present[used], length[used]
    own = squares.sum(axis=2) / length
    spread = (np.where(here, squares - own[:, :, None], 0.0) ** 2).sum(axis=2)
    terms = (own - overall[:, None]) ** 2 / (spread / (length * (length - 1)))
    return terms.sum(axis=1), int(used.sum())


@dataclass(frozen=True)
class EqualVariances:
    """Modified Wald test of equal error variances, judged twice.

    Attributes
    ----------
    test : Statistic
        With its p-value from chi-squared.
    p : float
        From panels whose errors have one distribution in all cities.
    size : float
        Share of these panels that the chi-squared bound rejects at 5 %.
    ratio : float
        Ninth over first decile of the cities' residual standard deviations.
    """

    test: Statistic
    p: float
    size: float
    ratio: float


def equal_variances(sample: Sample, draws: int = DRAWS, seed: int = SEED) -> EqualVariances:
    """Test whether all cities have one error variance, with a null distribution by shuffling.

    The chi-squared bound counts on many years a city.  So the residuals are shuffled among all
    city-years, which gives every city errors from one distribution, the regression is run again,
    and the statistic is compared with those of the shuffled panels.
    """
    e = sample.residuals()
    rng = np.random.default_rng(seed)
    pool = e[sample.present]
    shuffled = np.zeros((draws, *e.shape))
    shuffled[:, sample.present] = rng.permuted(np.tile(pool, (draws, 1)), axis=1)
    again = batched.fit(shuffled, sample.x, sample.present)
    (found,), df = modified_wald(e[None], sample.present)
    null, _ = modified_wald(again.residuals, sample.present)
    length = sample.present.sum(axis=1)
    sd = np.sqrt((e**2).sum(axis=1)[length >= LEAST] / length[length >= LEAST])
    low, high = np.quantile(sd, [0.1, 0.9])
    return EqualVariances(
        Statistic(float(found), (df,), float(stats.chi2.sf(found, df))),
        float((1 + (null >= found).sum()) / (draws + 1)),
        float((null > stats.chi2.ppf(1 - LEVEL, df)).mean()),
        float(high / low),
    )


@dataclass(frozen=True)
class CrossSection:
    """Dependence between cities, from a regression with city effects and no year effects.

    Attributes
    ----------
    test : Statistic
        Pesaran's CD, standard normal; ``df`` is empty.
    mean : float
        Mean correlation of the residuals of two cities, over pairs with at least four years in
        common.
    """

    test: Statistic
    mean: float


def cross_section(sample: Sample) -> CrossSection:
    """Pesaran's CD test of independence between cities, before year effects are removed.

    Notes
    -----
    ``CD = sum_{i<j} sqrt(T_ij) r_ij / sqrt(pairs)`` [1]_, over the pairs with two years in common.
    Year effects make the residuals of a year sum to zero, and so make them dependent: after
    them the statistic is not standard normal, see :func:`cd_under_independence`.

    References
    ----------
    .. [1] Pesaran, M. H. (2021). General diagnostic tests for cross-sectional dependence in
       panels. *Empirical Economics*, 60(1), 13-50.
    """
    e = sample.residuals("city")
    cd = float(pesaran_cd(e[None], sample.present)[0])
    rho, common = _correlations(e[None], sample.present)
    mean = float(rho[0][common >= LEAST].mean())
    return CrossSection(Statistic(cd, (), float(2 * stats.norm.sf(abs(cd)))), mean)


def pesaran_cd(residuals: np.ndarray, present: np.ndarray | None = None) -> np.ndarray:
    """Pesaran's CD of many panels, as ``PanelOLS(...).fit().pesaran_cd`` has it of one.

    Parameters
    ----------
    residuals : array (R, N, T)
    present : bool array (N, T), optional
        Cells in use; without it all are.

    Notes
    -----
    On a balanced panel, with z_i the residuals of city i, centred and scaled to length one, the
    correlations of all pairs add up to ``(|sum_i z_i|^2 - N) / 2``: no pair has to be looked at.
    """
    if present is not None and not present.all():
        rho, common = _correlations(residuals, present)
        return (rho * np.sqrt(common)).sum(axis=1) / np.sqrt(np.count_nonzero(rho, axis=1))
    cities, years = residuals.shape[1:]
    z = residuals - residuals.mean(axis=2, keepdims=True)
    z = z / np.linalg.norm(z, axis=2, keepdims=True)
    total = ((z.sum(axis=1) ** 2).sum(axis=1) - cities) / 2
    return np.sqrt(2 * years / (cities * (cities - 1))) * total


def _correlations(residuals: np.ndarray, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlations (R, pairs) over the years in common, zero where undefined, and these years."""
    used = present.astype(float)
    e = residuals * used
    common = used @ used.T
    # Sums of city i over the years that it has in common with city j.
    total, square = e @ used.T, e**2 @ used.T
    n = np.maximum(common, 1)
    covariance = e @ e.transpose(0, 2, 1) - total * total.transpose(0, 2, 1) / n
    variance = square - total**2 / n
    defined = (common >= 2) & (variance > EXACT * square)
    defined &= defined.transpose(0, 2, 1)
    scale = np.sqrt(np.where(defined, variance * variance.transpose(0, 2, 1), 1.0))
    pairs = np.triu_indices(len(present), 1)
    return np.where(defined, covariance / scale, 0.0)[:, *pairs], common[pairs]


def cd_under_independence(
    cities: int, years: int, draws: int = 1000, seed: int = SEED
) -> pd.DataFrame:
    """What Pesaran's CD does to errors that are independent, with and without year effects.

    Returns
    -------
    DataFrame
        Index ``city``, ``twoway`` (the effects removed); ``mean``, ``sd`` of the statistic and
        ``rejects``, the share beyond the 5 % bounds of the standard normal.
    """
    errors = np.random.default_rng(seed).normal(size=(draws, cities, years))
    rows = {}
    for effects in ("city", "twoway"):
        cd = pesaran_cd(batched.within(errors, effects=effects))
        beyond = np.abs(cd) > stats.norm.ppf(1 - LEVEL / 2)
        rows[effects] = {"mean": cd.mean(), "sd": cd.std(), "rejects": beyond.mean()}
    return pd.DataFrame(rows).T
