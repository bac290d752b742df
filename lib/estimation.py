"""Panel estimators of the tables: two-way fixed effects, random effects, Hausman, 2SLS.

Every estimate is made by ``linearmodels`` [1]_.  What this module adds is the book-keeping that
published tables depend on and that programs settle differently: which rows were used, how many
degrees of freedom the absorbed effects cost, and which distribution a p-value comes from.

Conventions
-----------
``classical``
    Homoskedastic standard errors.  The residual degrees of freedom count every absorbed effect,
    ``n - (N + T - 1) - K`` with both effects, and p-values and intervals come from
    ``t(df_resid)``.
``clustered``
    Standard errors robust to heteroskedasticity and to any correlation within an entity, scaled
    by ``G/(G-1) * (n-1)/(n - K - T)``.  Entity effects are nested in the clusters and are not
    counted; the constant and the ``T - 1`` year effects are.  This is what Stata's
    ``xtreg, fe vce(cluster)`` with year dummies, ``reghdfe`` and R's ``fixest`` print.  p-values
    and intervals come from ``t(G-1)`` [2]_.

Programs settle these differently, and each of their conventions can be asked for by name:
`standard_errors` for clustered errors and their p-values, `r_squared`, ``components`` of
`random_effects`, ``version`` of `hausman`.

Intervals have 95 % coverage.  Effects are counted on the assumption that cities and years form
one connected panel; a panel that falls apart is refused.  Observations that are alone in their
city or year are kept, as ``xtreg`` and ``fixest`` keep them (``reghdfe`` drops them).

References
----------
.. [1] Sheppard, K. ``linearmodels`` 7.1, https://bashtage.github.io/linearmodels/.
.. [2] Cameron, A. C. and Miller, D. L. (2015). A practitioner's guide to cluster-robust
   inference. *Journal of Human Resources*, 50(2), 317-372.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from linearmodels.iv import IV2SLS, IVGMM
from linearmodels.panel import PanelOLS, RandomEffects
from linearmodels.panel.covariance import ClusteredCovariance
from linearmodels.panel.data import PanelData
from linearmodels.panel.utility import not_absorbed
from scipy import sparse, stats

from lib.batched import numbers
from lib.panel import DataError

Effects = Literal["twoway", "entity", "time", "none"]
HausmanVersion = Literal["plain", "sigmamore", "sigmaless"]
Components = Literal["harmonic", "baltagi-chang"]
SmallSample = Literal["xtreg", "areg", "sss", "HC1", "plm-HC1", "CR0"]
PFrom = Literal["clusters", "residuals"]
RSquared = Literal["within", "lsdv", "lsdv-adjusted", "plm-adjusted", "fixest-war2"]

LEVEL = 0.95
CONSTANT = "(constant)"
# Less than this share of a variable's norm is rounding error, not variation.
EXACT = 1e-10


@dataclass(frozen=True)
class Statistic:
    """A test: its statistic, its degrees of freedom, its p-value.

    Attributes
    ----------
    stat : float
    df : tuple of int
        ``(df,)`` for a chi-squared statistic, ``(numerator, denominator)`` for an F statistic.
    p : float
    """

    stat: float
    df: tuple[int, ...]
    p: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Slopes of one regression, with both sets of standard errors and the sample really used.

    Attributes
    ----------
    y, x : str, tuple of str
        Dependent variable and regressors, in the order of the rows below.
    effects : str
        ``twoway``, ``entity``, ``time``, ``none``, or ``random``.
    coef : Series
        Slopes, indexed by `x`, in units of y per unit of x.
    classical, clustered : DataFrame
        Index `x`, columns ``se``, ``t``, ``p``, ``low``, ``high``; see the module's conventions.
    nobs, n_entities, n_clusters, dropped : int
        Rows used, entities and clusters among them, rows left out for a missing y or x.
    years : tuple of int
        Years that contribute at least one row.
    df_resid : int
        Residual degrees of freedom, every absorbed effect counted.
    rss : float
        Residual sum of squares.
    r2_within : float or None
        R-squared after the effects are projected out of y and x (both of them under ``twoway``).
        Stata's "within" with year dummies as regressors is another, larger number.
        None where it is not defined (random effects, 2SLS).
    adj_r2 : float or None
        Adjusted R-squared of the regression with one dummy an effect (LSDV), the one papers print.
        None where it is not defined.
    residuals : Series
        Residuals net of the effects, with the index labels of the rows used.
    cov_classical, cov_clustered : DataFrame
        Covariance matrices of the slopes.
    """

    y: str
    x: tuple[str, ...]
    effects: str
    coef: pd.Series
    classical: pd.DataFrame
    clustered: pd.DataFrame
    nobs: int
    n_entities: int
    n_clusters: int
    years: tuple[int, ...]
    df_resid: int
    rss: float
    r2_within: float | None
    adj_r2: float | None
    dropped: int
    residuals: pd.Series
    cov_classical: pd.DataFrame
    cov_clustered: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class IVEstimate(Estimate):
    """A two-stage least squares regression with what is needed to judge its instruments.

    Attributes
    ----------
    endog, exog, instruments : tuple of str
        `x` is `endog` followed by `exog`; `instruments` are the excluded ones.
    first_stage : DataFrame
        Index `endog`; ``partial_r2``; ``f``, ``f_p`` the classical F test of the instruments and
        ``f_clustered``, ``f_clustered_p`` the clustered one, on ``F(L, G-1)``.
    cragg_donald : float
        Wald F form of the minimum eigenvalue statistic, for homoskedastic errors [1]_.
    kleibergen_paap : float
        Wald rk F statistic, clustered by entity [2]_.  With one endogenous regressor the two equal
        the classical and the clustered first-stage F.
    wu_hausman, wu_hausman_clustered : Statistic
        Test that the endogenous regressors are exogenous: F statistic of the first-stage residuals
        added to the least-squares regression, from the classical and the clustered covariance.
    overid : DataFrame or None
        Over-identification tests, rows ``sargan`` (homoskedastic) and ``hansen_j`` (two-step GMM,
        clustered weights), columns ``stat``, ``df``, ``p``.  None where there are as many
        instruments as endogenous regressors, as `note` then says.
    note : str

    References
    ----------
    .. [1] Cragg, J. G. and Donald, S. G. (1993). Testing identifiability and specification in
       instrumental variable models. *Econometric Theory*, 9(2), 222-240.
    .. [2] Kleibergen, F. and Paap, R. (2006). Generalized reduced rank tests using the singular
       value decomposition. *Journal of Econometrics*, 133(1), 97-126.
    """

    endog: tuple[str, ...]
    exog: tuple[str, ...]
    instruments: tuple[str, ...]
    first_stage: pd.DataFrame
    cragg_donald: float
    kleibergen_paap: float
    wu_hausman: Statistic
    wu_hausman_clustered: Statistic
    overid: pd.DataFrame | None
    note: str


@dataclass(frozen=True, kw_only=True)
class Hausman:
    """Fixed against random effects: Hausman's contrast and Mundlak's regression.

    Attributes
    ----------
    version : str
    stat : float
        ``d' (V_FE - V_RE)^- d`` with d the difference of the slopes; it can be negative where the
        difference of the covariances is not positive semi-definite.
    df : int
        Rank of ``V_FE - V_RE``.
    p : float or None
        From chi-squared(df).  None where the statistic is not a chi-squared variable; `note` says
        why.
    note : str
    contrast : DataFrame
        Index x, columns ``fe``, ``re``, ``difference``.
    mundlak_stat, mundlak_df, mundlak_p : float, int, float
        Wald test, chi-squared(df), that the between-entity parts of the regressors have no
        coefficient of their own.
    mundlak_robust_stat, mundlak_robust_df, mundlak_robust_p : float, int, float
        The same from the clustered covariance; the p-value puts ``stat / df`` on ``F(df, G-1)``.
    nobs, n_entities, years, dropped
        As in `Estimate`.
    """

    version: str
    stat: float
    df: int
    p: float | None
    note: str
    contrast: pd.DataFrame
    mundlak_stat: float
    mundlak_df: int
    mundlak_p: float
    mundlak_robust_stat: float
    mundlak_robust_df: int
    mundlak_robust_p: float
    nobs: int
    n_entities: int
    years: tuple[int, ...]
    dropped: int


def two_way_fe(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    effects: Effects = "twoway",
    entity: str = "city_code",
    time: str = "year",
) -> Estimate:
    """Least squares with entity effects, year effects, both or neither.

    Parameters
    ----------
    data : DataFrame
        One row an entity and year, the panel may be unbalanced.  Rows with a missing y or x are
        left out and counted.
    y : str
        Dependent variable.
    x : sequence of str
        Regressors.
    effects : {"twoway", "entity", "time", "none"}
        ``none`` is pooled least squares with a constant.
    entity, time : str
        Columns that identify a row.  The entity is also the cluster.

    Returns
    -------
    Estimate

    Raises
    ------
    DataError
        A column is unknown, listed twice, not numeric or infinite, or too large or small to be
        squared; a year is not whole; no row or no degree of freedom is left; there is one cluster
        only; the panel is not connected; y is constant, or a regressor is absorbed, given the
        effects; regressors are collinear, or their units too far apart; the fit is exact; the
        scores of clusters do not differ.

    Notes
    -----
    Equations (1) and (2) of the paper are estimated with ``effects="twoway"``.
    """
    sample = _Sample.select(data, y, _names(x), (), entity, time)
    absorbed = sample.absorbed(effects)
    sample.check_df(absorbed.classical)
    within = sample.within(effects)
    sample.check_rank(within, sample.x, effects)

    exog = sample.frame[list(sample.x)]
    if effects == "none":
        exog = exog.assign(**{CONSTANT: 1.0})
    with sample.solvable():
        fit = PanelOLS(
            sample.frame[y],
            exog,
            entity_effects=effects in ("entity", "twoway"),
            time_effects=effects in ("time", "twoway"),
        ).fit()
    coef = fit.params[list(sample.x)]
    # PanelOLS clusters only by removing the effects once more; the covariance class it uses takes
    # the data already freed of them, and the number of effects that the convention counts.
    codes = sample.codes[:, None]
    clustered = ClusteredCovariance(
        within[[y]].to_numpy(),
        within[list(sample.x)].to_numpy(),
        coef.to_numpy()[:, None],
        codes,
        codes,
        debiased=True,
        extra_df=absorbed.clustered,
        clusters=codes,
        group_debias=True,
    ).cov
    return Estimate(
        effects=effects,
        r2_within=float(fit.rsquared),
        adj_r2=float(1 - (1 - fit.rsquared_inclusive) * (fit.nobs - 1) / fit.df_resid),
        **sample.report(
            coef,
            fit.cov.loc[list(sample.x), list(sample.x)],
            clustered,
            int(fit.df_resid),
            fit.resids,
        ),
    )


def random_effects(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    time_dummies: bool = True,
    entity: str = "city_code",
    time: str = "year",
    components: Components = "harmonic",
) -> Estimate:
    """One-way (entity) random effects by feasible GLS, year effects as dummies.

    The variance components are those of Swamy and Arora [1]_.  Only the slopes of `x` are
    reported.  A regressor may be constant within entities.

    Parameters
    ----------
    data, y, x, entity, time
        As in `two_way_fe`.
    time_dummies : bool
        Add a dummy for each year but the first.
    components : {"harmonic", "baltagi-chang"}
        The variance of the effects on an unbalanced panel; on a balanced one they are the same.
        ``harmonic``: with the harmonic mean of the years observed, as in Stata's ``xtreg, re``.
        ``baltagi-chang``: unbiased [2]_, as in R's ``plm`` and Stata's ``xtreg, re sa``.

    Returns
    -------
    Estimate
        ``effects`` is ``random``; ``rss`` and ``residuals`` are those of the quasi-demeaned
        regression; ``r2_within`` and ``adj_r2`` are None.

    Raises
    ------
    DataError
        As in `two_way_fe`, or there are too few entities for the between regression.

    References
    ----------
    .. [1] Swamy, P. A. V. B. and Arora, S. S. (1972). The exact finite sample properties of the
       estimators of coefficients in the error components regression models. *Econometrica*,
       40(2), 261-275.
    .. [2] Baltagi, B. H. and Chang, Y.-J. (1994). Incomplete panels: a comparative study of
       alternative estimators for the unbalanced one-way error component regression model.
       *Journal of Econometrics*, 62(2), 67-89.
    """
    sample = _Sample.select(data, y, _names(x), (), entity, time)
    names = list(sample.x)
    effects: Effects = "time" if time_dummies else "none"
    sample.check_df(sample.absorbed(effects).classical)
    sample.check_rank(sample.within(effects), sample.x, effects)

    with sample.solvable():
        model = RandomEffects(sample.frame[y], sample.with_dummies(time_dummies))
    fit = _fit_random(model, components)
    clustered = _fit_random(model, components, **_CLUSTERED)
    return Estimate(
        effects="random",
        r2_within=None,
        adj_r2=None,
        **sample.report(
            fit.params[names],
            fit.cov.loc[names, names],
            clustered.cov.loc[names, names].to_numpy(),
            int(fit.df_resid),
            fit.wresids,
        ),
    )


def hausman(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    time_dummies: bool = True,
    version: HausmanVersion = "sigmaless",
    entity: str = "city_code",
    time: str = "year",
    components: Components = "harmonic",
) -> Hausman:
    """Test of fixed against random entity effects, with Mundlak's test beside it.

    Both models have year effects (or, with ``time_dummies=False``, neither has), so that the
    contrast is about the entity effects alone; only the slopes of `x` are compared.

    Parameters
    ----------
    data, y, x, entity, time
        As in `two_way_fe`.
    time_dummies : bool
        Year effects in both models.
    version : {"plain", "sigmamore", "sigmaless"}
        ``plain``: each model keeps its own error variance.  It is what Stata's ``hausman fe re``
        and R's ``plm::phtest`` compute, and its statistic can be negative.
        ``sigmamore``: the error variance of the random-effects model in both covariances.
        ``sigmaless``: the error variance of the fixed-effects model in both.
        With one error variance the difference of the covariances cannot be negative.
    components : {"harmonic", "baltagi-chang"}
        As in `random_effects`.

    Returns
    -------
    Hausman

    Raises
    ------
    DataError
        As in `two_way_fe` and `random_effects`; also where a regressor does not vary within
        entities, since fixed effects then have no slope to compare.

    Notes
    -----
    A statistic of the plain version may come out negative, or positive from a difference that is
    not positive semi-definite.  Stata prints it with a warning, ``plm`` prints its absolute value
    as if nothing had happened; here it has no p-value.

    Mundlak's test [2]_ adds to the random-effects regression the part of each regressor that the
    entity and year effects explain: on a balanced panel this is the same as adding the entity
    means.  The slopes of `x` are then those of fixed effects, on unbalanced panels too, and on
    balanced panels the Wald statistic of the added terms equals the ``sigmaless`` version, unless
    the variance of the entity effects is estimated as zero.  It is always defined, and it has a
    version robust to correlation within entities.

    References
    ----------
    .. [1] Hausman, J. A. (1978). Specification tests in econometrics. *Econometrica*, 46(6),
       1251-1271.
    .. [2] Mundlak, Y. (1978). On the pooling of time series and cross section data.
       *Econometrica*, 46(1), 69-85.
    """
    _one_of(version, "version", HausmanVersion)
    effects: Effects = "twoway" if time_dummies else "entity"
    sample = _Sample.select(data, y, _names(x), (), entity, time)
    names = list(sample.x)
    sample.check_df(sample.absorbed(effects).classical)
    within = sample.within(effects)
    sample.check_rank(within, sample.x, effects)

    between = sample.frame[names] - within[names]
    kept = not_absorbed(
        _demean(between, "time" if time_dummies else "none").to_numpy(),
        False,
        None,
        sample.frame[names].to_numpy(),
    )
    if not kept:
        raise DataError(
            f"hausman: regressors {', '.join(names)}: found the same entity mean everywhere, "
            "expected at least one that differs between entities"
        )
    between = between.iloc[:, kept].add_prefix("between ")

    regressors = sample.with_dummies(time_dummies)
    with sample.solvable():
        fixed = PanelOLS(
            sample.frame[y], sample.frame[names], entity_effects=True, time_effects=time_dummies
        ).fit()
        sample.check_exact(fixed.resids)
        random = _fit_random(RandomEffects(sample.frame[y], regressors), components)

    v_fixed, v_random = fixed.cov, random.cov.loc[names, names]
    if version == "sigmamore":
        v_fixed = v_fixed * (random.s2 / fixed.s2)
    elif version == "sigmaless":
        v_random = v_random * (fixed.s2 / random.s2)
    difference = fixed.params[names] - random.params[names]
    stat, df, definite = _contrast(difference, v_fixed, v_fixed - v_random)
    note = ""
    if df < len(kept):
        note = (
            f"V_FE - V_RE has rank {df} for {len(kept)} slopes: beside effects of this size random "
            "effects are fixed effects but for rounding"
        )
    elif not definite:
        sign = "negative" if stat < 0 else "not a chi-squared variable"
        note = f"V_FE - V_RE is not positive semi-definite: the statistic is {sign}"

    mundlak = RandomEffects(sample.frame[y], pd.concat([regressors, between], axis=1))
    plain = _wald(_fit_random(mundlak, components), list(between))
    robust = _wald(_fit_random(mundlak, components, **_CLUSTERED), list(between))
    return Hausman(
        version=version,
        stat=stat,
        df=df,
        p=None if note else float(stats.chi2.sf(stat, df)),
        note=note,
        contrast=pd.DataFrame(
            {"fe": fixed.params[names], "re": random.params[names], "difference": difference}
        ),
        mundlak_stat=plain,
        mundlak_df=len(kept),
        mundlak_p=float(stats.chi2.sf(plain, len(kept))),
        mundlak_robust_stat=robust,
        mundlak_robust_df=len(kept),
        mundlak_robust_p=float(
            stats.f.sf(robust / len(kept), len(kept), sample.n_entities - 1)
        ),
        nobs=len(sample.frame),
        n_entities=sample.n_entities,
        years=sample.years,
        dropped=sample.dropped,
    )


def iv_2sls(
    data: pd.DataFrame,
    y: str,
    endog: Sequence[str] | str,
    exog: Sequence[str] | str,
    instruments: Sequence[str] | str,
    effects: Effects = "twoway",
    entity: str = "city_code",
    time: str = "year",
) -> IVEstimate:
    """Two-stage least squares under entity and year effects.

    The effects are projected out of y, the regressors and the instruments, which leaves the slopes
    as they are with one dummy an effect (Frisch, Waugh and Lovell).  Every degree of freedom is
    then corrected for the effects absorbed: ``N + T - 1`` of them under ``twoway`` for the
    classical figures, ``T`` (year effects and constant) for the clustered ones; so the classical
    figures are those of a regression with all dummies written out, and the clustered ones follow
    the same convention as `two_way_fe`.

    Parameters
    ----------
    data, y, effects, entity, time
        As in `two_way_fe`.
    endog : sequence of str
        Endogenous regressors.
    exog : sequence of str
        Exogenous regressors, which are their own instruments; may be empty.
    instruments : sequence of str
        Excluded instruments, at least as many as endogenous regressors.

    Returns
    -------
    IVEstimate

    Raises
    ------
    DataError
        As in `two_way_fe`, for the instruments too; fewer instruments than endogenous regressors;
        no more clusters than instruments, exogenous regressors included; an exogenous regressor
        listed as an instrument; instruments that explain nothing of the endogenous regressors, or
        reproduce them exactly.

    Notes
    -----
    Sargan's statistic is ``n`` times the R-squared of the residuals on all instruments, ``n``
    being the number of rows; ``xtivreg2`` takes the absorbed effects off ``n``.
    """
    endog, exog, instruments = _names(endog), _names(exog, least=0), _names(instruments)
    sample = _Sample.select(data, y, (*endog, *exog), instruments, entity, time)
    if len(instruments) < len(endog):
        raise DataError(
            f"iv_2sls: found {len(instruments)} instrument(s) for {len(endog)} endogenous "
            "regressor(s), expected at least as many"
        )
    n_all = len(instruments) + len(exog)
    absorbed = sample.absorbed(effects)
    sample.check_df(absorbed.classical, n_all)
    # An entity effect leaves nothing of an entity with one row.
    least = 2 if effects in ("entity", "twoway") else 1
    clusters = int((np.bincount(sample.codes) >= least).sum())
    if clusters <= n_all:
        raise DataError(
            f"iv_2sls: found {clusters} clusters for {n_all} instruments, exogenous "
            "regressors included, expected more clusters than instruments"
        )
    within = sample.within(effects)
    sample.check_rank(within, sample.x, effects)
    sample.check_rank(within, (*exog, *instruments), effects)

    # linearmodels copies the index of each frame many times over, and a plain one is cheap to copy.
    within = within.reset_index(drop=True)
    outer, inner, excluded = (within[list(names)] for names in (exog, endog, instruments))
    _check_identified(outer, inner, excluded)
    with sample.solvable():
        model = IV2SLS(within[y], outer if exog else None, inner, excluded)
    # linearmodels declares the results of IV2SLS too narrowly.
    plain: Any = model.fit(cov_type="unadjusted", debiased=True, extra_df=absorbed.classical)
    sample.check_exact(plain.resids)
    clustered: Any = model.fit(
        cov_type="clustered",
        debiased=True,
        extra_df=absorbed.clustered,
        clusters=sample.codes,
    )

    # extra_df reaches the covariance of the slopes only: the tests of linearmodels count the
    # columns of the demeaned data, so their F statistics are scaled here.
    n, g, m, q = len(within), sample.n_entities, len(endog), len(instruments)
    names = list(sample.x)
    df_first, df_exogeneity = n - n_all, n - len(exog) - 2 * m
    first, first_clustered = plain.first_stage, clustered.first_stage
    classical_share = 1 - absorbed.classical / df_first
    clustered_share = 1 - absorbed.clustered / df_first
    f = first.diagnostics["f.stat"] * classical_share
    f_clustered = first_clustered.diagnostics["f.stat"] * clustered_share / q
    overid, note = _overidentification(within[y], outer, inner, excluded, sample.codes, plain)
    return IVEstimate(
        effects=effects,
        r2_within=None,
        adj_r2=None,
        endog=endog,
        exog=exog,
        instruments=instruments,
        first_stage=pd.DataFrame(
            {
                "partial_r2": first.diagnostics["partial.rsquared"],
                "f": f,
                "f_p": stats.f.sf(f, q, df_first - absorbed.classical),
                "f_clustered": f_clustered,
                "f_clustered_p": stats.f.sf(f_clustered, q, g - 1),
            }
        ),
        cragg_donald=first.cragg_donald_f * classical_share,
        kleibergen_paap=first_clustered.kleibergen_paap_f * clustered_share,
        wu_hausman=_f_statistic(
            plain.wu_hausman().stat * (1 - absorbed.classical / df_exogeneity),
            (m, df_exogeneity - absorbed.classical),
        ),
        wu_hausman_clustered=_f_statistic(
            clustered.wooldridge_regression.stat
            * (1 - absorbed.clustered / df_exogeneity)
            / m,
            (m, g - 1),
        ),
        overid=overid,
        note=note,
        **sample.report(
            plain.params[names],
            plain.cov.loc[names, names],
            clustered.cov.loc[names, names].to_numpy(),
            n - absorbed.classical - len(names),
            plain.resids,
        ),
    )


def partial_correlation(t: Any, df: Any) -> pd.DataFrame:
    """Partial correlation behind a t-statistic, with a confidence interval.

    ``r = t / sqrt(t**2 + df)`` is the correlation of y and x once the other regressors and the
    effects are taken out of both: a size that does not depend on units.

    Parameters
    ----------
    t : float or array_like
        Classical t-statistics of slopes.
    df : float or array_like
        Residual degrees of freedom, every absorbed effect counted; more than one.

    Returns
    -------
    DataFrame
        ``r``, ``low``, ``high``; the index of `t` where it is a Series.

    Raises
    ------
    DataError
        A t-statistic is not finite, or there is one degree of freedom or less.

    Notes
    -----
    The interval is Fisher's approximation: ``arctanh(r)`` is nearly normal with variance
    ``1 / (n - k - 3)`` for k variables partialled out [1]_, and ``n - k - 3 = df - 1``.  It assumes
    normal, independent errors, so it goes with classical t-statistics, not clustered ones.

    References
    ----------
    .. [1] Fisher, R. A. (1924). The distribution of the partial correlation coefficient.
       *Metron*, 3, 329-332.
    """
    index = t.index if isinstance(t, pd.Series) else None
    t, df = np.broadcast_arrays(
        np.atleast_1d(np.asarray(t, dtype=float)), np.atleast_1d(np.asarray(df, dtype=float))
    )
    if not np.isfinite(t).all() or not (df > 1).all():
        raise DataError(
            f"partial_correlation: found t {t.tolist()} with df {df.tolist()}, "
            "expected finite t and df above 1"
        )
    r = t / np.sqrt(t**2 + df)
    half = stats.norm.ppf((1 + LEVEL) / 2) / np.sqrt(df - 1)
    z = np.arctanh(r)
    return pd.DataFrame({"r": r, "low": np.tanh(z - half), "high": np.tanh(z + half)}, index=index)


def small_sample_factor(
    name: SmallSample, *, n: int, slopes: int, groups: int, nested: int, absorbed: int
) -> float:
    """What a program multiplies a sandwich covariance with.

    Parameters
    ----------
    name : {"xtreg", "areg", "sss", "HC1", "plm-HC1", "CR0"}
        See `standard_errors`.
    n, slopes, groups : int
        Rows, slopes, and clusters.
    nested : int
        Effects, the constant included, that are not nested in the clusters.
    absorbed : int
        All effects, the constant included.

    Returns
    -------
    float

    Raises
    ------
    DataError
        There is no convention of that name.
    """
    _one_of(name, "small_sample", SmallSample)
    grouped = groups / (groups - 1) * (n - 1)
    return {
        "xtreg": grouped / (n - slopes - nested),
        "areg": grouped / (n - slopes - absorbed),
        "sss": grouped / (n - slopes),
        "HC1": n / (n - slopes - absorbed),
        "plm-HC1": n / (n - slopes),
        "CR0": 1.0,
    }[name]


def standard_errors(
    found: Estimate, small_sample: SmallSample = "xtreg", p_from: PFrom = "clusters"
) -> pd.DataFrame:
    """Clustered errors of an estimate under the convention of another program.

    Parameters
    ----------
    found : Estimate
        Of n rows, K slopes, G clusters, and E effects, the constant included.
    small_sample : str
        The factor of the sandwich.  ``xtreg``, that of ``found.clustered``: G/(G-1) (n-1)/(n-K-T)
        with year effects, G/(G-1) (n-1)/(n-K-1) without; Stata's ``xtreg, fe`` and ``reghdfe``,
        R's ``fixest``.  ``areg``: G/(G-1) (n-1)/(n-K-E); Stata's ``areg``, dummies written out,
        ``linearmodels`` with ``group_debias`` under two-way effects.  ``sss``: G/(G-1) (n-1)/(n-K);
        ``plm`` under that name.  ``HC1``: n/(n-K-E); ``linearmodels`` by default under two-way
        effects.  ``plm-HC1``: n/(n-K); ``plm``, and ``linearmodels`` under entity effects.
        ``CR0``: 1.
    p_from : {"clusters", "residuals"}
        p-values and intervals from t(G-1) or from t(df_resid).

    Returns
    -------
    DataFrame
        Index x, columns ``se``, ``t``, ``p``, ``low``, ``high``.

    Raises
    ------
    DataError
        There is no convention of that name.
    """
    _one_of(p_from, "p_from", PFrom)
    absorbed = found.nobs - found.df_resid - len(found.x)
    # With random effects the constant and the year dummies are regressors: nothing is absorbed.
    by_effects = {"twoway": len(found.years), "time": len(found.years), "random": absorbed}
    factor, own = (
        small_sample_factor(
            name,
            n=found.nobs,
            slopes=len(found.x),
            groups=found.n_clusters,
            nested=by_effects.get(found.effects, 1),
            absorbed=absorbed,
        )
        for name in (small_sample, "xtreg")
    )
    df = found.n_clusters - 1 if p_from == "clusters" else found.df_resid
    return _table(found.coef, found.cov_clustered * (factor / own), df)


def r_squared(found: Estimate, name: RSquared = "lsdv-adjusted") -> float:
    """One of the numbers that programs call R-squared, of a fixed-effects estimate.

    Parameters
    ----------
    found : Estimate
        From `two_way_fe`.
    name : {"within", "lsdv", "lsdv-adjusted", "plm-adjusted", "fixest-war2"}
        ``within``: of y free of the effects.  ``lsdv``: of the regression with one dummy an
        effect; ``lsdv-adjusted``: the same, adjusted.  ``plm-adjusted``: the within one times
        (n-1)/df_resid, as ``plm`` adjusts it; ``fixest-war2``: adjusted for the slopes alone.

    Returns
    -------
    float

    Raises
    ------
    DataError
        There is no convention of that name, or the estimate has no R-squared.
    """
    _one_of(name, "r_squared", RSquared)
    if found.r2_within is None or found.adj_r2 is None:
        raise DataError(f"r_squared: found an estimate with {found.effects} effects or instruments")
    n, df, slopes = found.nobs, found.df_resid, len(found.x)
    unexplained = 1 - found.r2_within
    return {
        "within": found.r2_within,
        "lsdv": 1 - (1 - found.adj_r2) * df / (n - 1),
        "lsdv-adjusted": found.adj_r2,
        "plm-adjusted": 1 - unexplained * (n - 1) / df,
        "fixest-war2": 1 - unexplained * (df + slopes) / df,
    }[name]


@dataclass(frozen=True)
class _Absorbed:
    """Degrees of freedom the effects cost, constant included, under the two conventions."""

    classical: int
    clustered: int


@dataclass(frozen=True)
class _Sample:
    """The rows used, indexed by entity and year, and the checks that come before any estimate."""

    frame: pd.DataFrame
    labels: pd.Index
    y: str
    x: tuple[str, ...]
    codes: np.ndarray
    periods: np.ndarray
    years: tuple[int, ...]
    dropped: int

    @classmethod
    def select(
        cls,
        data: pd.DataFrame,
        y: str,
        x: tuple[str, ...],
        instruments: tuple[str, ...],
        entity: str,
        time: str,
    ) -> _Sample:
        for role, names in (("y and regressors", (y, *x)), ("instruments", instruments)):
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise DataError(f"{role}: found {', '.join(repeated)} twice, expected each once")
        columns = list(dict.fromkeys((y, *x, *instruments)))
        found = numbers(data, [time, *columns], [entity])
        values = pd.DataFrame(found[:, 1:], index=data.index, columns=columns)
        infinite = np.isinf(values.to_numpy())
        if infinite.any():
            row, column = np.argwhere(infinite)[0]
            raise DataError(
                f"row {data.index[row]!r}, column {columns[column]!r}: "
                "found an infinite value, expected a finite number"
            )
        used = values.notna().all(axis=1).to_numpy()
        if not used.any():
            missing = ", ".join(f"{name} {count}" for name, count in values.isna().sum().items())
            raise DataError(
                f"found no row with all of {', '.join(columns)} (missing values: {missing}; "
                f"rows: {len(data)}), expected at least one"
            )
        keys = data.loc[used, [entity, time]]
        if keys.isna().any(axis=None) or keys.duplicated().any():
            bad = keys[keys.isna().any(axis=1) | keys.duplicated()].iloc[0]
            raise DataError(
                f"row {bad.name!r}: found {entity} {bad[entity]}, {time} {bad[time]}, "
                "expected both, and each pair once"
            )
        whole = np.isfinite(found[used, 0]) & (np.floor(found[used, 0]) == found[used, 0])
        if not whole.all():
            bad = keys[~whole].iloc[0]
            raise DataError(
                f"row {bad.name!r}, column {time!r}: found {bad[time]}, expected a whole number"
            )
        codes, entities = pd.factorize(keys[entity])
        periods, years = pd.factorize(keys[time])
        if len(entities) < 2:
            raise DataError(
                f"column {entity!r}: found one cluster ({entities[0]}), expected at least two"
            )
        frame = values.loc[used].set_axis(pd.MultiIndex.from_frame(keys), axis=0)
        return cls(
            frame=frame,
            labels=data.index[used],
            y=y,
            x=x,
            codes=codes,
            periods=periods,
            years=tuple(sorted(int(year) for year in years)),
            dropped=int((~used).sum()),
        )

    @property
    def n_entities(self) -> int:
        return int(self.codes.max()) + 1

    def within(self, effects: Effects) -> pd.DataFrame:
        """The data with the effects (without effects, the mean) projected out."""
        _one_of(effects, "effects", Effects)
        return _demean(self.frame, effects)

    def with_dummies(self, time_dummies: bool) -> pd.DataFrame:
        """The regressors, a constant and, if asked for, a dummy for each year but the first."""
        exog = self.frame[list(self.x)].assign(**{CONSTANT: 1.0})
        if not time_dummies:
            return exog
        dummies = pd.get_dummies(self.frame.index.get_level_values(1), dtype=float).iloc[:, 1:]
        return exog.join(dummies.add_prefix("year ").set_axis(exog.index, axis=0))

    def absorbed(self, effects: Effects) -> _Absorbed:
        entities, years = self.n_entities, len(self.years)
        if effects == "twoway":
            shape = (entities, years)
            edges = sparse.coo_matrix((np.ones(len(self.codes)), (self.codes, self.periods)), shape)
            graph = sparse.bmat([[None, edges], [edges.T, None]])
            parts = sparse.csgraph.connected_components(graph, return_labels=False)
            if parts > 1:
                raise DataError(
                    f"found a panel in {parts} parts that share no entity and no year, "
                    "expected one connected panel"
                )
        by_entity = entities - 1 if effects in ("twoway", "entity") else 0
        by_year = years - 1 if effects in ("twoway", "time") else 0
        return _Absorbed(classical=1 + by_entity + by_year, clustered=1 + by_year)

    def check_rank(self, within: pd.DataFrame, names: tuple[str, ...], effects: Effects) -> None:
        """Refuse what the effects leave nothing of, with the column named."""
        if _norm(within[self.y]) <= EXACT * _norm(self.frame[self.y]):
            raise DataError(
                f"column {self.y!r}: found no variation once {_described(effects)} are taken out, "
                "expected some"
            )
        kept = not_absorbed(
            within[list(names)].to_numpy(), False, None, self.frame[list(names)].to_numpy()
        )
        redundant = [name for i, name in enumerate(names) if i not in kept]
        if redundant:
            raise DataError(
                f"column {', '.join(map(repr, redundant))}: found nothing left (less than a "
                f"100,000th of its size) once {_described(effects)} and the columns before it in "
                f"({', '.join(names)}) are taken out, expected variation of its own"
            )

    @contextmanager
    def solvable(self) -> Iterator[None]:
        """Say in our terms what linearmodels still refuses: units too far apart."""
        try:
            yield
        except DataError:
            raise
        except ValueError as error:
            sizes = ", ".join(f"{name} {self.frame[name].abs().max():.2g}" for name in self.x)
            raise DataError(
                f"found columns of sizes {sizes}, which double precision cannot hold together, "
                "expected units nearer to one another"
            ) from error

    def check_df(self, absorbed: int, regressors: int | None = None) -> None:
        regressors = len(self.x) if regressors is None else regressors
        if len(self.frame) <= absorbed + regressors:
            raise DataError(
                f"found {len(self.frame)} rows for {absorbed} effects and {regressors} slopes, "
                "expected more rows than parameters"
            )

    def check_exact(self, residuals: pd.Series) -> None:
        if _norm(residuals) <= EXACT * _norm(self.frame[self.y]):
            raise DataError(
                f"column {self.y!r}: found an exact function of {', '.join(self.x)} and the "
                "effects, expected residual variation"
            )

    def report(
        self,
        coef: pd.Series,
        cov_classical: pd.DataFrame,
        cov_clustered: np.ndarray,
        df_resid: int,
        residuals: pd.Series,
    ) -> dict[str, Any]:
        """The fields that every kind of estimate has in common."""
        self.check_exact(residuals)
        clustered = pd.DataFrame(cov_clustered, index=coef.index, columns=coef.index)
        coef = coef.rename("coef")
        # Two cities and a regressor that tells them apart: their residuals sum to zero in each.
        vanishing = np.diag(clustered) <= EXACT * np.diag(cov_classical)
        if vanishing.any():
            raise DataError(
                f"column {', '.join(map(repr, coef.index[vanishing]))}: found no variation between "
                f"{self.n_entities} clusters, expected enough for a standard error"
            )
        return {
            "y": self.y,
            "x": self.x,
            "coef": coef,
            "classical": _table(coef, cov_classical, df_resid),
            "clustered": _table(coef, clustered, self.n_entities - 1),
            "nobs": len(self.frame),
            "n_entities": self.n_entities,
            "n_clusters": self.n_entities,
            "years": self.years,
            "df_resid": df_resid,
            "rss": float(residuals @ residuals),
            "dropped": self.dropped,
            "residuals": pd.Series(residuals.to_numpy(), index=self.labels, name="residual"),
            "cov_classical": cov_classical,
            "cov_clustered": clustered,
        }


def _names(names: Sequence[str] | str, least: int = 1) -> tuple[str, ...]:
    names = (names,) if isinstance(names, str) else tuple(names)
    if len(names) < least:
        raise DataError(f"found an empty list of regressors, expected at least {least}")
    return names


def _one_of(value: str, name: str, options: Any) -> None:
    if value not in get_args(options):
        raise DataError(f"{name}: found {value!r}, expected one of {', '.join(get_args(options))}")


def _described(effects: Effects) -> str:
    return {
        "twoway": "entity and year effects",
        "entity": "entity effects",
        "time": "year effects",
        "none": "means",
    }[effects]


def _norm(values: pd.Series) -> float:
    return float(np.linalg.norm(values.to_numpy()))


def _demean(frame: pd.DataFrame, effects: Effects) -> pd.DataFrame:
    if effects == "none":
        return frame - frame.mean()
    group: Any = {"twoway": "both", "entity": "entity", "time": "time"}[effects]
    return PanelData(frame).demean(group).dataframe


def _table(coef: pd.Series, cov: pd.DataFrame, df: int) -> pd.DataFrame:
    se = pd.Series(np.sqrt(np.diag(cov)), index=coef.index)
    t = coef / se
    half = stats.t.ppf((1 + LEVEL) / 2, df) * se
    p = 2 * stats.t.sf(t.abs(), df)
    return pd.DataFrame({"se": se, "t": t, "p": p, "low": coef - half, "high": coef + half})


def _f_statistic(stat: float, df: tuple[int, int]) -> Statistic:
    return Statistic(float(stat), df, float(stats.f.sf(stat, *df)))


_CLUSTERED = {"cov_type": "clustered", "cluster_entity": True, "group_debias": True}


def _fit_random(model: RandomEffects, components: Components, **options: Any) -> Any:
    _one_of(components, "components", Components)
    try:
        return model.fit(small_sample=components == "baltagi-chang", **options)
    except ValueError as error:
        raise DataError(f"random effects: {error}") from error


def _wald(fit: Any, names: list[str]) -> float:
    restriction = pd.DataFrame(0.0, index=names, columns=fit.params.index)
    for name in names:
        restriction.loc[name, name] = 1.0
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
    return (
        float((projected**2 / roots[kept]).sum()),
        int(kept.sum()),
        bool((roots[kept] > 0).all()),
    )


def _check_identified(outer: pd.DataFrame, inner: pd.DataFrame, excluded: pd.DataFrame) -> None:
    """Refuse instruments that explain nothing of the endogenous regressors, or everything."""
    net = inner.to_numpy() - _projected(inner, outer)
    fitted = _projected(inner, outer.join(excluded)) - _projected(inner, outer)
    for part, found in (
        (fitted, "no part explained by the instruments that the others do not share"),
        (net - fitted, "an exact function of the instruments"),
    ):
        kept = not_absorbed(part, False, None, net)
        if len(kept) < inner.shape[1]:
            lost = [repr(name) for i, name in enumerate(inner) if i not in kept]
            raise DataError(
                f"endogenous column {', '.join(lost)}: found {found}, "
                "expected instruments that explain a part of it"
            )


def _projected(values: pd.DataFrame, on: pd.DataFrame) -> np.ndarray:
    return on.to_numpy() @ np.linalg.lstsq(on.to_numpy(), values.to_numpy(), rcond=None)[0]


def _overidentification(
    y: pd.Series,
    outer: pd.DataFrame,
    inner: pd.DataFrame,
    excluded: pd.DataFrame,
    clusters: np.ndarray,
    plain: Any,
) -> tuple[pd.DataFrame | None, str]:
    df = excluded.shape[1] - inner.shape[1]
    if df == 0:
        return None, "just identified: the over-identifying restrictions cannot be tested"
    fitted: Any = IVGMM(
        y,
        outer if outer.shape[1] else None,
        inner,
        excluded,
        weight_type="clustered",
        clusters=clusters,
    ).fit()
    found = {"sargan": float(plain.sargan.stat), "hansen_j": float(fitted.j_stat.stat)}
    table = pd.DataFrame({"stat": found, "df": df})
    return table.assign(p=stats.chi2.sf(table["stat"], df)), ""
