"""Two-stage least squares under city and year effects, and how strong its instruments are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from linearmodels.iv import IV2SLS
from scipy import stats

from lib.estimation import Estimate, prepared, reported
from lib.panel import DataError
from lib.sample import codes, listed
from lib.within import EXACT, Effects


@dataclass(frozen=True, kw_only=True)
class IVEstimate(Estimate):
    """A two-stage least squares regression with what is needed to judge its instruments.

    Attributes
    ----------
    instruments : tuple of str
        The excluded ones; `x` is the endogenous regressors, then the exogenous ones.
    first_stage : DataFrame
        Index the endogenous regressors; ``partial_r2``; ``f``, ``f_p`` the classical F test of the
        L instruments and ``f_clustered`` the clustered F.
    cragg_donald, kleibergen_paap : float
        F forms of the minimum eigenvalue statistic for homoskedastic errors (Cragg and Donald,
        1993) and of the rank statistic clustered by city (Kleibergen and Paap, 2006).  With one
        endogenous regressor they are the two first-stage F.
    wu_hausman : dict
        ``stat, p`` of the F test that the endogenous regressors are exogenous: first-stage
        residuals added to the least-squares regression (Wu, 1973).
    overid : dict or None
        ``stat, p`` of Sargan's test (homoskedastic; n times R-squared, n the rows).  None where
        just identified.
    """

    instruments: tuple[str, ...]
    first_stage: pd.DataFrame
    cragg_donald: float
    kleibergen_paap: float
    wu_hausman: dict[str, float]
    overid: dict[str, float] | None


def iv_two_way(
    data: pd.DataFrame,
    y: str,
    endog: Sequence[str] | str,
    exog: Sequence[str] | str,
    instruments: Sequence[str] | str,
    effects: Effects = "twoway",
) -> IVEstimate:
    """Two-stage least squares under city and year effects.

    Slopes and errors are those of :mod:`lib.within`.  The tests of the instruments are those of
    ``linearmodels`` on columns without the effects (Frisch, Waugh and Lovell), and every degree of
    freedom is corrected for these: all of them in classical figures, those not nested in cities in
    clustered ones.  There may be no `exog`; `instruments` are the excluded ones.

    Refuses what :func:`lib.estimation.two_way_fe` does, for the instruments too; fewer instruments
    than endogenous regressors; no more clusters than instruments, exogenous regressors included;
    instruments that explain nothing of the endogenous regressors, or reproduce them exactly.
    """
    endog, exog, instruments = listed(endog), listed(exog) if exog else (), listed(instruments)
    m, q = len(endog), len(instruments)
    if q < m:
        raise DataError(
            f"iv_two_way: found {q} instrument(s) for {m} endogenous regressor(s), "
            "expected at least as many"
        )
    fit = prepared(data, y, (*endog, *exog), effects, (*instruments, *exog))
    design, net = fit.products.design, fit.net.reset_index(drop=True)
    if (groups := design.groups("city")) <= q + len(exog):
        raise DataError(
            f"iv_two_way: found {groups} clusters for {q + len(exog)} instruments, exogenous "
            "regressors included, expected more clusters than instruments"
        )
    outer, inner, excluded = (net[list(names)] for names in (exog, endog, instruments))
    model = IV2SLS(net[y], outer if exog else None, inner, excluded)
    # linearmodels declares the results of IV2SLS too narrowly.
    plain: Any = model.fit(cov_type="unadjusted", debiased=True)
    clustered: Any = model.fit(
        cov_type="clustered", debiased=True, clusters=codes(fit.rows, "city")[0]
    )
    first, first_clustered = plain.first_stage, clustered.first_stage
    tests = first.diagnostics[["partial.rsquared"]].set_axis(["partial_r2"], axis=1)
    if (exact := tests["partial_r2"] > 1 - EXACT).any():
        raise DataError(
            f"endogenous column {exact.idxmax()!r}: found an exact function of the instruments, "
            "expected instruments that explain a part of it"
        )
    # linearmodels counts the columns of the data without effects, so its F statistics are scaled.
    df_first, df_exogeneity = design.nobs - q - len(exog), design.nobs - len(exog) - 2 * m
    share, share_clustered = (1 - count / df_first for count in (design.cost, design.counted))
    tests["f"] = first.diagnostics["f.stat"] * share
    tests["f_p"] = stats.f.sf(tests["f"], q, df_first - design.cost)
    tests["f_clustered"] = first_clustered.diagnostics["f.stat"] * share_clustered / q
    wu = float(plain.wu_hausman().stat * (1 - design.cost / df_exogeneity))
    return IVEstimate(
        **reported(fit),
        instruments=instruments,
        first_stage=tests,
        cragg_donald=first.cragg_donald_f * share,
        kleibergen_paap=first_clustered.kleibergen_paap_f * share_clustered,
        wu_hausman={"stat": wu, "p": float(stats.f.sf(wu, m, df_exogeneity - design.cost))},
        overid={"stat": plain.sargan.stat, "p": plain.sargan.pval} if q > m else None,
    )
