"""The tests of Hausman and Mundlak of fixed against random city effects.

Random effects are feasible GLS with the variance components of Swamy and Arora (1972), with the
harmonic mean of the years observed where the panel is unbalanced, as in Stata's ``xtreg, re``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS, RandomEffects
from linearmodels.panel.utility import not_absorbed
from scipy import stats

from lib.estimation import prepared
from lib.panel import DataError
from lib.sample import codes
from lib.within import Effects


@dataclass(frozen=True)
class Hausman:
    """Fixed against random city effects: Hausman's contrast and Mundlak's regression.

    Attributes
    ----------
    random : Series
        Slopes of random effects.
    stat, df, p : float, int, float
        ``d' (V_FE - V_RE)^-1 d``, d the difference of the slopes, from chi-squared(df).
    mundlak_stat, mundlak_robust_stat, mundlak_robust_p : float
        Wald statistic, chi-squared(df), of the test that the between-city parts of the regressors
        have no coefficient of their own; the same from the clustered covariance, with the p-value
        of ``stat / df`` from ``F(df, G-1)``.
    """

    random: pd.Series
    stat: float
    df: int
    p: float
    mundlak_stat: float
    mundlak_robust_stat: float
    mundlak_robust_p: float


def hausman(
    data: pd.DataFrame, y: str, x: Sequence[str] | str, time_dummies: bool = True
) -> Hausman:
    """Test of fixed against random city effects, with Mundlak's test beside it.

    Both models have year effects, or neither, so that the contrast is about the city effects alone;
    only the slopes of `x` are compared.  Both covariances have the error variance of the
    random-effects model (Stata's ``sigmamore``), so that their difference is never negative.

    Mundlak's test (1978) adds to the random-effects regression the part of each regressor that the
    city and year effects explain; on a balanced panel, the city means.  The slopes of `x` are then
    those of fixed effects.

    Refuses what :func:`lib.estimation.two_way_fe` does; too few cities for the between regression;
    a regressor with the same mean in all cities.
    """
    effects: Effects = "twoway" if time_dummies else "entity"
    fit = prepared(data, y, x, effects)
    names, rows, k = list(fit.x), fit.rows, len(fit.x)
    # linearmodels copies the index many times over, and numbers are cheaper to copy than names.
    keys = pd.MultiIndex.from_arrays([codes(rows, "city")[0], rows["year"]], names=["city", "year"])
    outcome, exog = (rows[part].astype(float).set_axis(keys) for part in (y, names))
    between = exog - fit.net[names].set_axis(keys)
    # What cities explain beyond the years.
    by = keys.get_level_values("year") if time_dummies else np.zeros(len(keys))
    differing = between - between.groupby(by).transform("mean")
    if len(not_absorbed(differing.to_numpy(), False, None, exog.to_numpy())) < len(names):
        raise DataError(
            f"hausman: regressors {', '.join(names)}: found one with the same city mean "
            "everywhere, expected means that differ between cities"
        )
    between = (between - between.mean()).add_prefix("between ")
    years = pd.get_dummies(rows["year"], dtype=float).set_axis(keys)
    years = years.iloc[:, 1 if time_dummies else years.shape[1] :].add_prefix("year ")
    # About their means, on which no slope depends, regressors keep more digits.
    exog = (exog - exog.mean()).assign(constant=1.0)
    try:
        fixed = PanelOLS(outcome, exog.join(years), entity_effects=True).fit()
        # The test compares what has the same name in both models.
        random = RandomEffects(outcome, exog.join(years.add_prefix("random "))).fit()
        mundlak = RandomEffects(outcome, every := exog.join(years).join(between))
        added = np.eye(every.shape[1])[-k:]
        plain = mundlak.fit().wald_test(added).stat
        clustered = mundlak.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
        robust = clustered.wald_test(added).stat
    except ValueError as error:
        raise DataError(f"linearmodels: {error}") from error
    contrast = random.hausman(fixed, sigmamore=True).statistic
    robust_p = float(stats.f.sf(robust / k, k, len(fit.clusters["city"]) - 1))
    return Hausman(random.params[names], contrast.stat, k, contrast.pval, plain, robust, robust_p)
