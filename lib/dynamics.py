"""A lagged dependent variable under city and year effects: an extension of the paper.

The paper's equations have no past: REG answers LM and IA within the year, or never.  Here::

    y_it = rho y_i,t-1 + b' x_it + mu_i + lambda_t + e_it

so that a lasting change of x moves y by b at once and by b / (1 - rho) in the long run.  Least
squares with city effects underestimates rho in short panels [1]_, and there are three ways out
here: correct the estimate by the formula of its bias [2]_, combine it with those of half the
years, which are twice as biased [3]_, or take differences and an instrument [4]_.

References
----------
.. [1] Nickell, S. (1981). Biases in dynamic models with fixed effects. *Econometrica*, 49(6),
   1417-1426.
.. [2] Bun, M. J. G. and Carree, M. A. (2005). Bias-corrected estimation in dynamic panel data
   models. *Journal of Business & Economic Statistics*, 23(2), 200-210.
.. [3] Dhaene, G. and Jochmans, K. (2015). Split-panel jackknife estimation of fixed-effect models.
   *Review of Economic Studies*, 82(3), 991-1030.
.. [4] Anderson, T. W. and Hsiao, C. (1982). Formulation and estimation of dynamic models using
   panel data. *Journal of Econometrics*, 18(1), 47-82.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from lib import batched
from lib.estimation import LEVEL, Estimate, IVEstimate, iv_2sls, two_way_fe
from lib.panel import DataError
from lib.specifications import with_lags

LAG = "y_lag1"
SHORT = ("lm", "ia")
DRAWS = 400
SEED = 1981


@dataclass(frozen=True)
class Dynamic:
    """An estimate of the dynamic equation.

    Attributes
    ----------
    coef : Series
        ``y_lag1`` first, then the other regressors.
    cov : DataFrame
        Clustered by city.
    df : int
        Of the t distribution, cities less one.
    nobs, n_cities : int
    years : tuple of int
        Years of y.
    """

    coef: pd.Series
    cov: pd.DataFrame
    df: int
    nobs: int
    n_cities: int
    years: tuple[int, ...]

    @property
    def table(self) -> pd.DataFrame:
        """Columns ``coef, se, t, p, low, high`` by regressor."""
        se = pd.Series(np.sqrt(np.diag(self.cov)), self.coef.index)
        return _table(self.coef, se, self.df)


def _table(coef: pd.Series, se: pd.Series, df: int) -> pd.DataFrame:
    t, half = coef / se, stats.t.ppf((1 + LEVEL) / 2, df) * se
    p = 2 * stats.t.sf(t.abs(), df)
    bounds = {"low": coef - half, "high": coef + half}
    return pd.DataFrame({"coef": coef, "se": se, "t": t, "p": p} | bounds)


# --- the bias ------------------------------------------------------------------------------------


def _covariance_with_error(rho: np.ndarray | float, years: int) -> np.ndarray:
    """Minus the mean covariance of y_i,t-1 and e_it, both less their city means, at variance 1.

    ``((T-1) - T rho + rho^T) / (T (T-1) (1-rho)^2)``, written as a sum that holds at rho = 1 too.
    """
    lags = np.arange(years - 1)
    powers = np.asarray(rho, dtype=float)[..., None] ** lags
    return ((years - 1 - lags) * powers).sum(axis=-1) / (years * (years - 1))


def _stationary_variance(rho: float, years: int) -> float:
    """Within-city variance of y_i,t-1 for errors of variance 1 and a stationary start."""
    rest = 1 - (1 - rho**years) / (years * (1 - rho))
    return (1 - 2 * rho / ((1 - rho) * (years - 1)) * rest) / (1 - rho**2)


def nickell_bias(rho: float, years: int, variance: float | None = None) -> float:
    """Bias of least squares with city effects for rho, in a panel of many cities.

    Parameters
    ----------
    rho : float
    years : int
        Years of y that a city contributes, two or more; the year before them is the start.
    variance : float, optional
        Variance of y_i,t-1 within cities, net of the other regressors, with T - 1 degrees of
        freedom a city, over that of the errors.  By default that of a panel without other
        regressors whose cities vary around their means in the first year as in any other.

    Returns
    -------
    float
        The estimate less rho, negative.

    Raises
    ------
    lib.panel.DataError
        Fewer than two years; rho not between -1 and 1 where `variance` is not given.

    Notes
    -----
    Nickell (1981), equation (18), for the default; Bun and Carree (2005) else.
    """
    if years < 2:
        raise DataError(f"nickell_bias: found {years} years, expected two at least")
    if variance is None:
        if not -1 < rho < 1:
            raise DataError(f"nickell_bias: found rho = {rho:g}, expected it between -1 and 1")
        variance = _stationary_variance(rho, years)
    return float(-_covariance_with_error(rho, years) / variance)


# --- estimators ----------------------------------------------------------------------------------


def with_dynamics(prepared: pd.DataFrame, x: Sequence[str] = SHORT) -> pd.DataFrame:
    """Add ``y_lag1``, ``y_lag2``, and the differences ``d_y``, ``d_y_lag1``, ``d_<x>``.

    Parameters
    ----------
    prepared : DataFrame
        As from :func:`lib.specifications.prepare`.
    """
    rows = with_lags(with_lags(prepared, ["y"], [1, 2]), list(x), [1])
    made = {f"d_{name}": rows[name] - rows[f"{name}_lag1"] for name in ("y", *x)}
    return rows.assign(**made, d_y_lag1=rows["y_lag1"] - rows["y_lag2"])


def balanced(rows: pd.DataFrame, first: int, last: int, x: Sequence[str] = SHORT) -> pd.DataFrame:
    """The years from first to last of :func:`with_dynamics`.

    Raises
    ------
    lib.panel.DataError
        Some city lacks y, its lag or an x in one of the years.
    """
    part = rows[rows["year"].between(first, last)]
    lost = part[["y", LAG, *x]].isna().any(axis=1)
    if lost.any() or len(part) != part["city_code"].nunique() * (last - first + 1):
        gap = part[lost] if lost.any() else part
        raise DataError(
            f"city {gap['city_code'].iloc[0]}, year {gap['year'].iloc[0]}: found a gap, expected "
            f"a balanced panel from {first} to {last}"
        )
    return part


def least_squares(rows: pd.DataFrame, x: Sequence[str] = SHORT) -> Dynamic:
    """Two-way fixed effects with the lag among the regressors, as it is; the panel may have gaps.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`with_dynamics`.
    """
    return _dynamic(two_way_fe(rows, "y", [LAG, *x]))


def _dynamic(found: Estimate) -> Dynamic:
    return Dynamic(
        coef=found.coef,
        cov=found.cov_clustered,
        df=found.n_clusters - 1,
        nobs=found.nobs,
        n_cities=found.n_entities,
        years=found.years,
    )


def _free(rows: pd.DataFrame, x: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y and its lag, free of the effects and of x, and their slopes on x."""
    values = batched.within(batched.cube(rows, ["y", LAG, *x]))
    both, others = values[:2].reshape(2, -1).T, values[2:].reshape(len(x), -1).T
    slopes = np.linalg.lstsq(others, both, rcond=None)[0]
    net = both - others @ slopes
    return net[:, 0], net[:, 1], slopes


def lag_variance(rows: pd.DataFrame, rho: float, x: Sequence[str] = SHORT) -> float:
    """Variance of the lag within cities, net of x, over that of the errors if rho is right.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`balanced`.
    """
    y, lag, _ = _free(rows, x)
    return float((lag @ lag) / ((y - rho * lag) ** 2).sum())


def bias_corrected(rows: pd.DataFrame, x: Sequence[str] = SHORT) -> Dynamic:
    """Least squares, corrected by the formula of its bias until the two agree (Bun and Carree).

    Parameters
    ----------
    rows : DataFrame
        As from :func:`balanced`.

    Returns
    -------
    Dynamic
        With the covariance of least squares: that of the correction is not added.

    Raises
    ------
    lib.panel.DataError
        The panel is not balanced; no rho has a bias that leads to the estimate.

    Notes
    -----
    It holds for x that no past error moves, errors of one variance and no autocorrelation.
    """
    start = least_squares(rows, x)
    net_y, net_lag, slopes = _free(rows, x)
    years = rows["year"].nunique()
    yy, yl, ll = (np.array([a @ b]) for a, b in _pairs(net_y, net_lag))
    rho = float(corrected(yy, yl, ll, years)[0])
    if np.isnan(rho):
        raise DataError("bias correction: found no rho whose bias explains the estimate")
    coef = pd.Series([rho, *(slopes[:, 0] - rho * slopes[:, 1])], start.coef.index, name="coef")
    return Dynamic(coef, start.cov, start.df, start.nobs, start.n_cities, start.years)


def _pairs(y: np.ndarray, lag: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    return (y, y), (y, lag), (lag, lag)


def corrected(yy: np.ndarray, yl: np.ndarray, ll: np.ndarray, years: int) -> np.ndarray:
    """The smallest rho from ``yl / ll`` up for which ``rho + bias(rho) = yl / ll``.

    Parameters
    ----------
    yy, yl, ll : array (R,)
        Sums of squares and products of y and its lag, free of effects and other regressors.
    years : int

    Returns
    -------
    array (R,)
        NaN where there is none up to 0.6 above: errors grow with rho, and so does the bias.
    """
    first = np.asarray(yl / ll)

    def excess(rho: np.ndarray) -> np.ndarray:
        # Variances of errors and lag are sums over the same rows: degrees of freedom cancel.
        errors = yy - 2 * rho * yl + rho**2 * ll
        return first + _covariance_with_error(rho, years) * errors / ll - rho

    grid = np.linspace(0.0, 0.6, 301)
    below = np.stack([excess(first + step) <= 0 for step in grid])
    place = below.argmax(axis=0)
    high = first + grid[place]
    low = first + grid[np.maximum(place - 1, 0)]
    for _ in range(50):
        middle = (low + high) / 2
        beyond = excess(middle) <= 0
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return np.where(below.any(axis=0), high, np.nan)


def half_panel(rows: pd.DataFrame, x: Sequence[str] = SHORT) -> Dynamic:
    """Half-panel jackknife: twice the estimate, less the mean of those from half of the years.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`balanced`.

    Returns
    -------
    Dynamic
        Standard errors from the contribution of each city to the combination, the cities being
        independent.

    Raises
    ------
    lib.panel.DataError
        The panel is not balanced, or too short to be halved.

    Notes
    -----
    The bias is B/T in the whole panel and 2B/T in a half, so that it cancels; that takes a process
    that is the same in both halves.  With an odd number of years both ways to halve them are
    averaged.
    """
    values = batched.cube(rows, ["y", LAG, *x])
    years = tuple(sorted(int(year) for year in rows["year"].unique()))
    coef, parts = jackknife(values[:1], values[None, 1:])
    cities = values.shape[1]
    n, k = values[0].size, len(x) + 1
    scale = cities / (cities - 1) * (n - 1) / (n - k - len(years))
    names = [LAG, *x]
    return Dynamic(
        coef=pd.Series(coef[0], names, name="coef"),
        cov=pd.DataFrame(scale * parts[0].T @ parts[0], index=names, columns=names),
        df=cities - 1,
        nobs=n,
        n_cities=cities,
        years=years,
    )


def jackknife(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half-panel jackknife of many panels.

    Parameters
    ----------
    y : array (R, N, T)
    x : array (R, K, N, T)
        The lag of y among them.

    Returns
    -------
    coef : array (R, K)
    parts : array (R, N, K)
        What each city adds to the error of the coefficients.
    """
    years = y.shape[2]
    if years < 6:
        raise DataError(f"half panels: found {years} years, expected six at least")
    coef, parts = _influences(y, x)
    coef, parts = 2 * coef, 2 * parts
    splits = sorted({years // 2, years - years // 2})
    for split in splits:
        for half in (slice(0, split), slice(split, years)):
            share = len(range(*half.indices(years))) / years / len(splits)
            half_coef, half_parts = _influences(y[:, :, half], x[:, :, :, half])
            coef, parts = coef - share * half_coef, parts - share * half_parts
    return coef, parts


def _influences(y: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    fits = batched.fit(y, x)
    scores = np.einsum("rknt,rnt->rnk", fits.x, fits.residuals)
    return fits.coef, scores @ fits.bread


def output_growth(rows: pd.DataFrame) -> pd.Series:
    """Growth of real GDP in logs, from the growth of GDP per resident and of residents.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`with_dynamics`, of a reading whose y is log REG: with ``lm_flow_gross``.
    """
    return rows["y"] - rows[LAG] + np.log1p(rows["lm_flow_gross"])


def anderson_hsiao(rows: pd.DataFrame, x: Sequence[str] = SHORT) -> IVEstimate:
    """Differences with year effects; y two years back is the instrument for the lagged difference.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`with_dynamics`; the panel may have gaps.

    Returns
    -------
    IVEstimate
        Of ``d_y`` on ``d_y_lag1`` and ``d_<x>``, with the tests of its instrument.

    Notes
    -----
    It takes errors without autocorrelation, and x that no error of its own or the next year
    moves.  Where y is near a random walk its level says little about its next change, and the
    instrument is weak.
    """
    differences = [f"d_{name}" for name in x]
    return iv_2sls(rows, "d_y", "d_y_lag1", differences, "y_lag2", effects="time")


def from_differences(found: IVEstimate) -> Dynamic:
    """An :func:`anderson_hsiao` estimate under the names of the equation in levels."""
    names = {name: name.removeprefix("d_") for name in found.x}
    moved = _dynamic(found)
    cov = moved.cov.rename(index=names, columns=names)
    coef = moved.coef.rename(names)
    return Dynamic(coef, cov, moved.df, moved.nobs, moved.n_cities, moved.years)


def long_run(found: Dynamic) -> pd.DataFrame:
    """Long-run effects b / (1 - rho) with delta-method errors.

    Returns
    -------
    DataFrame
        Index: the regressors but the lag; ``coef, se, t, p, low, high``.  All missing where the
        95 % interval of rho does not end below one: then an effect that never dies out cannot be
        excluded, and b / (1 - rho) may be any number.
    """
    rho, names = found.coef[LAG], list(found.coef.index.drop(LAG))
    rows = {}
    bounded = found.table.loc[LAG, "high"] < 1
    for name in names:
        gradient = np.array([found.coef[name] / (1 - rho) ** 2, 1 / (1 - rho)])
        pair = found.cov.loc[[LAG, name], [LAG, name]].to_numpy()
        se = np.sqrt(gradient @ pair @ gradient)
        rows[name] = (found.coef[name] / (1 - rho), se) if bounded else (np.nan, np.nan)
    made = pd.DataFrame(rows, index=["coef", "se"]).T
    return _table(made["coef"], made["se"], found.df)


# --- simulation ----------------------------------------------------------------------------------


def simulate(
    rhos: Sequence[float],
    years: int,
    cities: int,
    start: float = 1.0,
    draws: int = DRAWS,
    seed: int = SEED,
) -> pd.DataFrame:
    """Bias of four estimators of rho in panels whose rho is known.

    Parameters
    ----------
    rhos : sequence of float
        Between -1 and 1.
    years, cities : int
    start : float
        Standard deviation of the year before the first around the city's mean, as a multiple of
        the stationary one.
    draws, seed : int

    Returns
    -------
    DataFrame
        A row per rho: ``rho``; ``formula``, Nickell's bias; ``least_squares``, ``corrected``,
        ``jackknife`` (mean bias) and ``anderson_hsiao`` (median bias), each with
        ``<name>_spread``, the range of the middle half of the draws; ``error``, the standard
        error of the simulated bias of least squares; ``variance``, the mean of
        :func:`lag_variance` at the true rho; ``undefined``, the share of draws without a
        corrected estimate, which its figures leave out.
    """
    rng = np.random.default_rng(seed)
    effects = rng.normal(size=(draws, cities))
    first = rng.normal(size=(draws, cities))
    errors = rng.normal(size=(years, draws, cities))
    rows = []
    for rho in rhos:
        path = [effects / (1 - rho) + start * first / np.sqrt(1 - rho**2)]
        for shock in errors:
            path.append(rho * path[-1] + effects + shock)
        levels = np.stack(path, axis=2)  # (draws, cities, years + 1)
        y, lag = levels[:, :, 1:], levels[:, None, :, :-1]
        net_y, net_lag = batched.within(y), batched.within(lag[:, 0])
        yy, yl, ll = ((a * b).sum(axis=(1, 2)) for a, b in _pairs(net_y, net_lag))
        found = {
            "least_squares": yl / ll,
            "corrected": corrected(yy, yl, ll, years),
            "jackknife": jackknife(y, lag)[0][:, 0],
            "anderson_hsiao": _anderson_hsiao(levels),
        }
        row = {"rho": rho, "formula": nickell_bias(rho, years)}
        for name, values in found.items():
            centre = np.nanmedian if name == "anderson_hsiao" else np.nanmean
            low, high = np.nanquantile(values, [0.25, 0.75])
            row |= {name: float(centre(values)) - rho, f"{name}_spread": high - low}
        row["error"] = found["least_squares"].std(ddof=1) / np.sqrt(draws)
        row["variance"] = float((ll / (yy - 2 * rho * yl + rho**2 * ll)).mean())
        row["undefined"] = float(np.isnan(found["corrected"]).mean())
        rows.append(row)
    return pd.DataFrame(rows)


def _anderson_hsiao(levels: np.ndarray) -> np.ndarray:
    change = np.diff(levels, axis=2)
    y, lag, instrument = change[:, :, 1:], change[:, :, :-1], levels[:, :, :-2]
    net = instrument - instrument.mean(axis=1, keepdims=True)  # year effects
    return (net * y).sum(axis=(1, 2)) / (net * lag).sum(axis=(1, 2))
