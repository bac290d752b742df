"""What sixteen years can say about unit roots, and what unit roots do to the tables' t.

Dickey and Fuller's regression is run for thousands of short series at once, and the panel test is
judged by its own simulated distribution, since the tabulated ones are for longer series.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import pandas as pd

from lib import batched
from lib.panel import DataError

Trend = Literal["c", "ct"]
DRAWS = 500
SEED = 2003
LEVEL = 0.05


def dickey_fuller(levels: np.ndarray, lags: int = 0, trend: Trend = "c") -> np.ndarray:
    """Augmented Dickey-Fuller statistics of many series of one length.

    Parameters
    ----------
    levels : array (..., T)
    lags : int
        Lagged changes in the regression.
    trend : {"c", "ct"}
        A constant, or a constant and a linear trend.

    Returns
    -------
    array (...)
        t of the lagged level in the regression of the change; small is evidence against a unit
        root.

    Raises
    ------
    lib.panel.DataError
        The series are too short, not finite, or constant.

    Notes
    -----
    As ``statsmodels.tsa.stattools.adfuller`` with ``maxlag=lags, autolag=None`` [1]_.

    References
    ----------
    .. [1] Said, S. E. and Dickey, D. A. (1984). Testing for unit roots in autoregressive-moving
       average models of unknown order. *Biometrika*, 71(3), 599-607.
    """
    series = levels.reshape(-1, levels.shape[-1])
    change = np.diff(series, axis=1)
    rows = change.shape[1] - lags
    fixed = np.vander(np.linspace(-1, 1, max(rows, 1)), 2 if trend == "ct" else 1)
    columns = 1 + lags + fixed.shape[1]
    if rows <= columns:
        raise DataError(f"series of {levels.shape[-1]} years: found {rows} rows for {columns}")
    if not np.isfinite(series).all():
        raise DataError("series: found a gap, expected complete series")
    parts = [series[:, lags:-1], *(change[:, lags - k : -k] for k in range(1, lags + 1))]
    # Constant and trend out of everything first; what is left are 1 + lags regressors.
    basis, _ = np.linalg.qr(fixed)
    net = np.stack([*parts, change[:, lags:]], axis=1)
    net = net - (net @ basis) @ basis.T
    x, y = net[:, :-1], net[:, -1]
    moments = x @ x.transpose(0, 2, 1)
    scale = np.sqrt(np.diagonal(moments, axis1=1, axis2=2))
    if (scale <= 1e-10 * np.abs(series).max(axis=1, keepdims=True)).any():
        raise DataError("series: found one without variation, expected some in each")
    inverse = np.linalg.inv(moments / scale[:, :, None] / scale[:, None])
    inverse = inverse / scale[:, :, None] / scale[:, None]
    coef = (inverse @ (x @ y[:, :, None]))[:, :, 0]
    rss = (y**2).sum(axis=1) - (coef * (x @ y[:, :, None])[:, :, 0]).sum(axis=1)
    se = np.sqrt(rss / (rows - columns) * inverse[:, 0, 0])
    return (coef[:, 0] / se).reshape(levels.shape[:-1])


@dataclass(frozen=True)
class PanelUnitRoot:
    """Mean Dickey-Fuller statistic of a panel (Im, Pesaran and Shin).

    Attributes
    ----------
    statistic : float
        t-bar.
    p : float
        Share of simulated panels of independent random walks with a smaller one.
    alone : float
        Share of the cities that reject a unit root at 5 %, each for itself.
    cities, years : int
    """

    statistic: float
    p: float
    alone: float
    cities: int
    years: int


def panel_unit_root(
    levels: np.ndarray, lags: int = 0, trend: Trend = "c", draws: int = DRAWS, seed: int = SEED
) -> PanelUnitRoot:
    """Test that all cities have a unit root, year means removed first.

    Parameters
    ----------
    levels : array (N, T)
        Complete series.

    Notes
    -----
    The alternative is that some cities have none: how many, the test does not say [1]_.  The
    null distribution is simulated from random walks with independent normal steps, treated as the
    data are.

    References
    ----------
    .. [1] Im, K. S., Pesaran, M. H. and Shin, Y. (2003). Testing for unit roots in heterogeneous
       panels. *Journal of Econometrics*, 115(1), 53-74.
    """
    if levels.ndim != 2:
        raise DataError(f"levels: found {levels.ndim} axes, expected cities and years")
    single = dickey_fuller(_demeaned(levels), lags, trend)
    null = _null(*levels.shape, lags, trend, draws, seed)
    bar = float(single.mean())
    return PanelUnitRoot(
        bar,
        float((1 + (null.mean(axis=1) <= bar).sum()) / (draws + 1)),
        float((single < np.quantile(null, LEVEL)).mean()),
        *levels.shape,
    )


def of_columns(
    rows: pd.DataFrame,
    columns: Mapping[str, int],
    lags: Sequence[int] = (0, 1),
    trend: Trend = "ct",
) -> dict[tuple[str, int], PanelUnitRoot]:
    """Panel tests of several variables, by column and number of lags.

    Parameters
    ----------
    rows : DataFrame
        ``city_code, year`` and the columns.
    columns : mapping
        Column -> its first year.  Cities with a gap after it are left out.
    """
    found = {}
    for column, first in columns.items():
        part = rows[rows["year"] >= first]
        wide = part.pivot(index="city_code", columns="year", values=column).dropna()
        for lag in lags:
            found[column, lag] = panel_unit_root(wide.to_numpy(), lag, trend)
    return found


def power(
    cities: int,
    years: int,
    roots: Sequence[float],
    shares: Sequence[float] = (1.0,),
    trend: Trend = "c",
    lags: int = 0,
    draws: int = DRAWS,
    seed: int = SEED,
) -> pd.DataFrame:
    """How often a unit root is rejected at 5 % where a share of the cities has none.

    Parameters
    ----------
    roots : sequence of float
        Autoregressive roots of the cities that have no unit root; 1 gives the test's size.
    shares : sequence of float
        Shares of the cities that have this root; the others are random walks.

    Returns
    -------
    DataFrame
        ``root, share``; ``alone``, rejections by a stationary city's own test; ``panel``, by the
        mean over all cities.  Bounds are the simulated 5 % quantiles, so that size is 5 %.

    Notes
    -----
    Steps are normal and independent; a stationary series starts in its own distribution.
    """
    null = _null(cities, years, lags, trend, draws, seed)
    bound, bound_panel = np.quantile(null, LEVEL), np.quantile(null.mean(axis=1), LEVEL)
    rng = np.random.default_rng(seed + 1)
    steps = rng.normal(size=(draws, cities, years))
    walks = steps.cumsum(axis=2)
    rows = []
    for root in roots:
        series = _autoregression(steps, root)
        for share in shares:
            settled = np.arange(cities) < round(share * cities)
            mixed = np.where(settled[:, None], series, walks)
            t = dickey_fuller(_demeaned(mixed), lags, trend)
            alone = (t[:, settled] < bound).mean() if settled.any() else np.nan
            panel = (t.mean(axis=1) < bound_panel).mean()
            rows.append({"root": root, "share": share, "alone": alone, "panel": panel})
    return pd.DataFrame(rows)


def spurious(
    cities: int,
    years: int,
    regions: np.ndarray | None = None,
    share: float = 0.0,
    draws: int = DRAWS,
    seed: int = SEED,
) -> pd.Series:
    """Rejections at 5 % when two unrelated random walks are regressed with two-way effects.

    Parameters
    ----------
    regions : array (N,), optional
        Region of each city, for steps that the cities of a region have in common.
    share : float
        Share of the steps' variance that is common to a region, 0 to 1.

    Returns
    -------
    Series
        ``classical``, ``clustered``: share of draws that find a significant slope.

    Notes
    -----
    In one pair of series such a regression finds what is not there.  Over many independent cities
    the slope settles at zero [1]_, and errors clustered by city allow for any correlation within a
    city, but for none between them.

    References
    ----------
    .. [1] Phillips, P. C. B. and Moon, H. R. (1999). Linear regression limit theory for
       nonstationary panel data. *Econometrica*, 67(5), 1057-1111.
    """
    labels = np.zeros(cities) if regions is None else np.asarray(regions)
    if not 0 <= share <= 1 or len(labels) != cities:
        raise DataError(
            f"share {share} of {len(labels)} regions: expected 0 to 1, and a region for each city"
        )
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(2, draws, cities, years))
    if share > 0:
        kinds_of, place = np.unique(labels, return_inverse=True)
        common = rng.normal(size=(2, draws, len(kinds_of), years))[:, :, place]
        steps = np.sqrt(1 - share) * steps + np.sqrt(share) * common
    y, x = steps.cumsum(axis=3)
    found = batched.fit(y, x[:, None])
    kinds: tuple[batched.Covariance, ...] = ("classical", "clustered")
    return pd.Series({kind: float((found.p(kind) < LEVEL).mean()) for kind in kinds})


def _demeaned(levels: np.ndarray) -> np.ndarray:
    return levels - levels.mean(axis=-2, keepdims=True)


@cache
def _null(cities: int, years: int, lags: int, trend: Trend, draws: int, seed: int) -> np.ndarray:
    """Dickey-Fuller statistics (draws, N) of panels of random walks."""
    walks = np.random.default_rng(seed).normal(size=(draws, cities, years)).cumsum(axis=2)
    return dickey_fuller(_demeaned(walks), lags, trend)


def _autoregression(steps: np.ndarray, root: float) -> np.ndarray:
    if not 0 <= root <= 1:
        raise DataError(f"root: found {root}, expected 0 to 1")
    series = steps.copy()
    if root < 1:
        series[..., 0] /= np.sqrt(1 - root**2)
    for t in range(1, steps.shape[-1]):
        series[..., t] += root * series[..., t - 1]
    return series
