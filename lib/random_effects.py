"""The tests of Hausman and Mundlak of fixed against random city effects.

Random effects are feasible GLS with the variance components of Swamy and Arora (1972), with the
harmonic mean of the years observed where the panel is unbalanced, as in Stata's ``xtreg, re``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS, RandomEffects
from linearmodels.panel.utility import not_absorbed
from scipy import stats

from lib.estimation import prepared
from lib.panel import DataError
from lib.sample import codes, one_of
from lib.within import EXACT, Effects

CLUSTERED: dict[str, Any] = {
    "cov_type": "clustered", "cluster_entity": True, "group_debias": True
}  # fmt: skip
"""What linearmodels is told for the clustered errors of :mod:`lib.within`."""
HausmanVersion = Literal["sigmaless", "sigmamore", "plain"]


@dataclass(frozen=True, kw_only=True)
class Hausman:
    """Fixed against random effects: Hausman's contrast and Mundlak's regression.

    Attributes
    ----------
    stat, df : float, int
        ``d' (V_FE - V_RE)^- d``, d the difference of the slopes, and the rank of ``V_FE - V_RE``.
    p : float or None
        From chi-squared(df).  None where the statistic is no chi-squared variable: the difference
        of the covariances is not positive semi-definite (the statistic may be negative), or its
        rank falls short of the slopes that can differ.
    contrast : DataFrame
        Index x, columns ``fe``, ``re``, ``difference``.
    mundlak_stat, mundlak_df : float, int
        Wald statistic, chi-squared(df), of the test that the between-city parts of the regressors
        have no coefficient of their own.
    mundlak_robust_stat, mundlak_robust_p : float, float
        The same from the clustered covariance; the p-value puts ``stat / df`` on ``F(df, G-1)``.
    nobs, n_entities
        As in :class:`lib.estimation.Estimate`.
    """

    stat: float
    df: int
    p: float | None
    contrast: pd.DataFrame
    mundlak_stat: float
    mundlak_df: int
    mundlak_robust_stat: float
    mundlak_robust_p: float
    nobs: int
    n_entities: int


def hausman(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    time_dummies: bool = True,
    version: HausmanVersion = "sigmaless",
) -> Hausman:
    """Test of fixed against random city effects, with Mundlak's test beside it.

    Both models have year effects, or neither, so that the contrast is about the city effects alone;
    only the slopes of `x` are compared.

    Parameters
    ----------
    data, y, x
        As in :func:`lib.estimation.two_way_fe`.
    time_dummies : bool
        Add a dummy for each year but the first to both models.
    version : {"sigmaless", "sigmamore", "plain"}
        ``sigmaless`` and ``sigmamore``: the error variance of the fixed-effects or of the
        random-effects model in both covariances, whose difference is then never negative.
        ``plain``: each keeps its own, as in Stata's ``hausman fe re`` and R's ``plm::phtest``.

    Raises
    ------
    lib.panel.DataError
        As in :func:`lib.estimation.two_way_fe`; too few cities for the between regression; no
        regressor varies between cities.

    Notes
    -----
    Mundlak's test (1978) adds to the random-effects regression the part of each regressor that the
    city and year effects explain; on a balanced panel, the city means.  The slopes of `x` are then
    those of fixed effects, and on balanced panels the Wald statistic is the ``sigmaless`` one
    unless the variance of the city effects is estimated as zero.  It is always defined.
    """
    one_of(version, "version", HausmanVersion)
    effects: Effects = "twoway" if time_dummies else "entity"
    found = prepared(data, y, x, effects)
    names, rows = list(found.x), found.rows
    # linearmodels copies the index many times over, and numbers are cheaper to copy than names.
    keys = pd.MultiIndex.from_arrays([codes(rows, "city")[0], rows["year"]], names=["city", "year"])
    net, years = found.net[names].set_axis(keys), pd.get_dummies(rows["year"], dtype=float)
    years = years.iloc[:, 1 if time_dummies else years.shape[1] :].add_prefix("year ")
    outcome, exog = (rows[part].astype(float).set_axis(keys) for part in (y, names))
    between = exog - net
    # What cities explain beyond the years.
    by = keys.get_level_values("year") if time_dummies else np.zeros(len(keys))
    differing = between - between.groupby(by).transform("mean")
    kept = not_absorbed(differing.to_numpy(), False, None, exog.to_numpy())
    if not kept:
        raise DataError(
            f"hausman: regressors {', '.join(names)}: found the same city mean everywhere, "
            "expected at least one that differs between cities"
        )
    between = between.iloc[:, kept] - between.iloc[:, kept].mean()
    between = between.add_prefix("between ")
    # About their means, on which no slope depends, regressors keep more digits.
    exog = (exog - exog.mean()).assign(**{"(constant)": 1.0}).join(years.set_axis(keys))
    try:
        fixed = PanelOLS(outcome, exog, entity_effects=True).fit()
        random = RandomEffects(outcome, exog).fit()
        mundlak = RandomEffects(outcome, exog.join(between))
        plain = _wald(mundlak.fit(), list(between))
        robust = _wald(mundlak.fit(**CLUSTERED), list(between))
    except ValueError as error:
        raise DataError(f"linearmodels: {error}") from error

    v_fixed, v_random = fixed.cov.loc[names, names], random.cov.loc[names, names]
    if version == "sigmamore":
        v_fixed = v_fixed * (random.s2 / fixed.s2)
    elif version == "sigmaless":
        v_random = v_random * (fixed.s2 / random.s2)
    contrast = pd.DataFrame({"fe": fixed.params[names], "re": random.params[names]})
    contrast["difference"] = contrast["fe"] - contrast["re"]
    stat, df, definite = _contrast(contrast["difference"], v_fixed, v_fixed - v_random)
    q, g = len(kept), len(found.clusters["city"])
    return Hausman(
        stat=stat,
        df=df,
        p=float(stats.chi2.sf(stat, df)) if definite and df >= q else None,
        contrast=contrast,
        mundlak_stat=plain,
        mundlak_df=q,
        mundlak_robust_stat=robust,
        mundlak_robust_p=float(stats.f.sf(robust / q, q, g - 1)),
        nobs=len(rows),
        n_entities=g,
    )


def _wald(fit: Any, names: list[str]) -> float:
    every = fit.params.index
    restriction = pd.DataFrame(np.eye(len(every)), every, every).loc[names]
    return float(fit.wald_test(restriction=restriction).stat)


def _contrast(
    difference: pd.Series, v_fixed: pd.DataFrame, v_difference: pd.DataFrame
) -> tuple[float, int, bool]:
    """Quadratic form, rank and positive semi-definiteness, whatever the units of the regressors.

    ``RandomEffectsResults.hausman`` gives the same statistic where it is defined, but no
    statistic where it is negative and K degrees of freedom whatever the rank.
    """
    scale = np.sqrt(np.diag(v_fixed))
    roots, vectors = np.linalg.eigh(v_difference.to_numpy() / np.outer(scale, scale))
    kept = np.abs(roots) > EXACT
    projected = vectors[:, kept].T @ (difference.to_numpy() / scale)
    form = float((projected**2 / roots[kept]).sum())
    return form, int(kept.sum()), bool((roots[kept] > 0).all())
