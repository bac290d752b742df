"""Whether REG is to be taken as a level or a logarithm, and whether either equation is straight."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from lib import batched
from lib.diagnostics import Sample
from lib.estimation import Statistic
from lib.panel import DataError


@dataclass(frozen=True)
class Reset:
    """Ramsey's test, from the classical and from the clustered covariance."""

    classical: Statistic
    clustered: Statistic


def reset(sample: Sample, powers: tuple[int, ...] = (2, 3)) -> Reset:
    """Ramsey's RESET: whether powers of the fitted values add to the regression.

    Parameters
    ----------
    powers : tuple of int
        Powers of the fitted values, effects included.

    Returns
    -------
    Reset
        ``classical`` on F(q, n - A - K - q), ``clustered`` a Wald statistic over q on F(q, G-1).

    Notes
    -----
    Fitted values are centred and scaled before they are raised, which changes no statistic when
    the powers start at two and leave none out, and keeps the columns apart in size [1]_.

    References
    ----------
    .. [1] Ramsey, J. B. (1969). Tests for specification errors in classical linear least-squares
       regression analysis. *Journal of the Royal Statistical Society B*, 31(2), 350-371.
    """
    if list(powers) != list(range(2, len(powers) + 2)) or not powers:
        raise DataError(f"powers: found {powers}, expected 2, 3 and so on")
    fitted = np.where(sample.present, sample.y - sample.residuals(), 0.0)
    inside = fitted[sample.present]
    z = (fitted - inside.mean()) / inside.std()
    wide = sample.fit(extra=np.stack([np.where(sample.present, z**power, 0.0) for power in powers]))
    narrow, q = sample.fit(), len(powers)
    df = int(wide.df_resid[0])
    f = float((narrow.rss[0] - wide.rss[0]) / q / (wide.rss[0] / df))
    added = wide.coef[0][-q:]
    robust = float(added @ np.linalg.solve(wide.cov("clustered")[0][-q:, -q:], added)) / q
    clusters = int(wide.cities[0])
    return Reset(
        Statistic(f, (q, df), float(stats.f.sf(f, q, df))),
        Statistic(robust, (q, clusters - 1), float(stats.f.sf(robust, q, clusters - 1))),
    )


@dataclass(frozen=True)
class LevelOrLog:
    """Level and logarithm of y, each tested against the other.

    Attributes
    ----------
    level, log : Statistic
        F(1, G-1), clustered by city: that the level, that the logarithm is right.
    left_out : int
        Rows left out since the level model fits them with zero or less, which has no logarithm.
    """

    level: Statistic
    log: Statistic
    left_out: int


def level_against_log(sample: Sample) -> LevelOrLog:
    """Level and logarithm of y tested against each other (MacKinnon, White and Davidson).

    Parameters
    ----------
    sample : Sample
        With y in levels, above zero.

    Raises
    ------
    lib.panel.DataError
        y is not above zero.

    Notes
    -----
    The level model gets the term ``log(fit_level) - fit_log``, the logarithmic one
    ``fit_level - exp(fit_log)`` (the PE test) [1]_.  If the model that is tested is right, the
    term has no coefficient.  Both may be rejected, or neither.

    References
    ----------
    .. [1] MacKinnon, J. G., White, H. and Davidson, R. (1983). Tests for model specification in
       the presence of alternative hypotheses: some further results. *Journal of Econometrics*,
       21(1), 53-70.
    """
    if (sample.y[sample.present] <= 0).any():
        raise DataError("level against log: found y of zero or below, expected all above zero")
    level, here = sample, sample.present
    while True:
        fit_level = np.where(level.present, level.y - level.residuals(), 1.0)
        if (fit_level > 0).all():
            break
        level = level.without(fit_level <= 0)
    log = level.with_y(np.log(np.where(level.present, level.y, 1.0)))
    fit_log = log.y - log.residuals()
    return LevelOrLog(
        _added(level, np.log(fit_level) - fit_log),
        _added(log, fit_level - np.exp(fit_log)),
        int((here & ~level.present).sum()),
    )


@dataclass(frozen=True)
class BoxCox:
    """Likelihood of the power of y.

    Attributes
    ----------
    curve : Series
        Index the power, values the log-likelihood less its maximum.
    best : float
        Power with the highest likelihood, on the grid.
    low, high : float
        95 % interval by likelihood ratio, for independent normal errors.
    """

    curve: pd.Series
    best: float
    low: float
    high: float


def box_cox(sample: Sample, grid: np.ndarray | None = None) -> BoxCox:
    """Profile likelihood of the Box-Cox power of y, with city and year effects.

    Parameters
    ----------
    sample : Sample
        With y in levels, above zero.
    grid : array, optional
        Powers; by default -1 to 2 in steps of 0.02.  1 is the level, 0 the logarithm.

    Raises
    ------
    lib.panel.DataError
        y is not above zero, or the likelihood is highest at an end of the grid.

    Notes
    -----
    ``-n/2 log(RSS / n) + (power - 1) sum log y``, the constant left out [1]_.

    References
    ----------
    .. [1] Box, G. E. P. and Cox, D. R. (1964). An analysis of transformations. *Journal of the
       Royal Statistical Society B*, 26(2), 211-252.
    """
    powers = np.linspace(-1, 2, 151) if grid is None else np.asarray(grid, dtype=float)
    here = sample.present
    if (sample.y[here] <= 0).any():
        raise DataError("Box-Cox: found y of zero or below, expected all above zero")
    log = np.log(np.where(here, sample.y, 1.0))
    turned = np.stack([np.expm1(p * log) / p if abs(p) > 1e-9 else log for p in powers])
    rss = batched.fit(turned, sample.x, here).rss
    n = sample.nobs
    value = -n / 2 * np.log(rss / n) + (powers - 1) * log[here].sum()
    curve = pd.Series(value - value.max(), index=powers)
    inside = powers[2 * curve.to_numpy() >= -stats.chi2.ppf(0.95, 1)]
    if inside[0] == powers[0] or inside[-1] == powers[-1]:
        raise DataError("Box-Cox: found the interval at an end of the grid, expected it inside")
    return BoxCox(curve, float(powers[np.argmax(value)]), float(inside[0]), float(inside[-1]))


def _added(sample: Sample, term: np.ndarray) -> Statistic:
    """F test of one more term, clustered by city."""
    found = sample.fit(extra=np.where(sample.present, term, 0.0)[None])
    f = float((found.coef[0][-1] / found.se("clustered")[0][-1]) ** 2)
    df = int(found.cities[0]) - 1
    return Statistic(f, (1, df), float(stats.f.sf(f, 1, df)))
