"""Two-stage least squares under city and year effects, and how strong its instruments are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from linearmodels.iv import IV2SLS, IVGMM
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
    endog, exog, instruments : tuple of str
        `x` is `endog` followed by `exog`; `instruments` are the excluded ones.
    first_stage : DataFrame
        Index `endog`; ``partial_r2``; ``f``, ``f_p`` the classical F test of the L instruments and
        ``f_clustered`` the clustered F.
    cragg_donald, kleibergen_paap : float
        F forms of the minimum eigenvalue statistic for homoskedastic errors (Cragg and Donald,
        1993) and of the rank statistic clustered by city (Kleibergen and Paap, 2006).  With one
        endogenous regressor they are the two first-stage F.
    wu_hausman : dict
        ``stat, p`` of the F test that the endogenous regressors are exogenous: first-stage
        residuals added to the least-squares regression (Wu, 1973).
    overid : DataFrame or None
        Rows ``sargan`` (homoskedastic; n times R-squared, n the rows) and ``hansen_j`` (two-step
        GMM, clustered weights), columns ``stat``, ``df``, ``p``.  None where just identified.
    """

    endog: tuple[str, ...]
    exog: tuple[str, ...]
    instruments: tuple[str, ...]
    first_stage: pd.DataFrame
    cragg_donald: float
    kleibergen_paap: float
    wu_hausman: dict[str, float]
    overid: pd.DataFrame | None


def iv_two_way(
    data: pd.DataFrame,
    y: str,
    endog: Sequence[str] | str,
    exog: Sequence[str] | str,
    instruments: Sequence[str] | str,
    effects: Effects = "twoway",
) -> IVEstimate:
    """Two-stage least squares under city and year effects.

    The effects are projected out of y, the regressors and the instruments (Frisch, Waugh and
    Lovell), and every degree of freedom is corrected for them as in
    :mod:`lib.within`: all of them in classical figures, those not nested in cities in clustered
    ones.

    Parameters
    ----------
    data, y, effects
        As in :func:`lib.estimation.two_way_fe`.
    endog, exog, instruments : sequence of str
        Endogenous regressors; exogenous ones, which may be none; and excluded instruments.

    Raises
    ------
    lib.panel.DataError
        As in :func:`lib.estimation.two_way_fe`, for the instruments too; fewer instruments than
        endogenous regressors; no more clusters than instruments, exogenous regressors included;
        instruments that explain nothing of the endogenous regressors, or reproduce them exactly.
    """
    endog, exog, instruments = listed(endog), listed(exog, least=0), listed(instruments)
    m, q = len(endog), len(instruments)
    if q < m:
        raise DataError(
            f"iv_two_way: found {q} instrument(s) for {m} endogenous regressor(s), "
            "expected at least as many"
        )
    found = prepared(data, y, (*endog, *exog), effects, instruments, exog)
    design, net = found.products.design, found.net.reset_index(drop=True)
    n, g = design.nobs, len(found.clusters["city"])
    if g <= q + len(exog):
        raise DataError(
            f"iv_two_way: found {g} clusters for {q + len(exog)} instruments, exogenous "
            "regressors included, expected more clusters than instruments"
        )
    outer, inner, excluded = (net[list(names)] for names in (exog, endog, instruments))
    for name in endog:
        share = _rss(net[name], outer.join(excluded)) / _rss(net[name], outer)
        if share <= EXACT:
            raise DataError(
                f"endogenous column {name!r}: found an exact function of the instruments, "
                "expected instruments that explain a part of it"
            )
    city = codes(found.rows, "city")[0]
    options: Any = {"weight_type": "clustered", "clusters": city}
    data_of = net[y], outer if exog else None, inner, excluded
    model, gmm = IV2SLS(*data_of), IVGMM(*data_of, **options)
    # linearmodels declares the results of IV2SLS too narrowly.
    plain: Any = model.fit(cov_type="unadjusted", debiased=True, extra_df=design.cost)
    clustered: Any = model.fit(
        cov_type="clustered", debiased=True, extra_df=design.counted, clusters=city
    )
    overid = None
    if q > m:
        fitted: Any = gmm.fit()
        stat = {"sargan": float(plain.sargan.stat), "hansen_j": float(fitted.j_stat.stat)}
        overid = pd.DataFrame({"stat": stat, "df": q - m})
        overid["p"] = stats.chi2.sf(overid["stat"], q - m)
    errors = plain.resids.set_axis(found.rows.index).rename("residual")
    x, every, unnested = list(found.x), design.cost, design.counted

    # extra_df reaches the covariance of the slopes only: the tests of linearmodels count the
    # columns of the demeaned data, so their F statistics are scaled here.
    df_first, df_exogeneity = n - q - len(exog), n - len(exog) - 2 * m
    first, first_clustered = plain.first_stage, clustered.first_stage
    share, share_clustered = 1 - every / df_first, 1 - unnested / df_first
    f = first.diagnostics["f.stat"] * share
    f_clustered = first_clustered.diagnostics["f.stat"] * share_clustered / q
    wu = plain.wu_hausman().stat * (1 - every / df_exogeneity)
    return IVEstimate(
        r2_within=None,
        adj_r2=None,
        endog=endog,
        exog=exog,
        instruments=instruments,
        first_stage=pd.DataFrame(
            {
                "partial_r2": first.diagnostics["partial.rsquared"],
                "f": f,
                "f_p": stats.f.sf(f, q, df_first - every),
                "f_clustered": f_clustered,
            }
        ),
        cragg_donald=first.cragg_donald_f * share,
        kleibergen_paap=first_clustered.kleibergen_paap_f * share_clustered,
        wu_hausman={"stat": float(wu), "p": float(stats.f.sf(wu, m, df_exogeneity - every))},
        overid=overid,
        **reported(found, effects, errors, *(each.cov.loc[x, x] for each in (plain, clustered))),
    )


def _rss(y: pd.Series, x: pd.DataFrame) -> float:
    """Residual sum of squares."""
    return float(((y - x @ np.linalg.lstsq(x, y, rcond=None)[0]) ** 2).sum())
