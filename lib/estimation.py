"""Panel estimators of the tables: two-way fixed effects, random effects, Hausman, 2SLS.

``linearmodels`` makes every estimate.  What is added here is the book-keeping that programs settle
differently: which rows were used, what the effects cost, where a p-value comes from.

Rows
----
Rows with a missing value go, and so does a city or a year with one row, again and again, where its
own effect would absorb it: it is no city and no cluster.  Both are counted as ``dropped``.  This is
what Stata's ``reghdfe`` does, and what ``xtreg, fe`` gives on the rows that are left.

Errors
------
``classical``
    Homoskedastic.  Every effect is counted, ``df_resid = n - (N + T - 1) - K`` with both effects,
    and p-values and intervals come from ``t(df_resid)``.
``clustered``
    Robust to any correlation within a city, times ``G/(G-1) * (n-1)/(n - K - T)``: city effects
    are nested in the clusters and not counted, the constant and the ``T - 1`` year effects are.
    Stata's ``xtreg, fe vce(cluster)`` with year dummies, ``reghdfe`` and R's ``fixest``; in
    ``linearmodels``, year dummies among the regressors with ``group_debias=True``, whose standard
    errors these are.  p-values and intervals come from ``t(G-1)`` (Cameron and Miller, 2015).
``jackknife``
    CV3, from the slopes without each city, see :mod:`lib.jackknife`; ``t(G-1)``.

Intervals have 95 % coverage.
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
from linearmodels.panel.data import PanelData
from linearmodels.panel.utility import not_absorbed
from scipy import sparse, stats

from lib.jackknife import Effects, Jackknife, leave_one_out
from lib.panel import DataError

Errors = Literal["classical", "clustered", "jackknife"]
HausmanVersion = Literal["sigmaless", "sigmamore", "plain"]

LEVEL = 0.95
# Less than this share of a variable's norm is rounding error, not variation.
EXACT = 1e-10
_CLUSTERED: dict[str, Any] = {
    "cov_type": "clustered", "cluster_entity": True, "group_debias": True
}  # fmt: skip


@dataclass(frozen=True)
class Statistic:
    """A test: its statistic, its degrees of freedom, its p-value.

    ``df`` is ``(df,)`` for a chi-squared statistic, ``(numerator, denominator)`` for an F.
    """

    stat: float
    df: tuple[int, ...]
    p: float


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Slopes of one regression, with three kinds of errors and the sample really used.

    Attributes
    ----------
    y, x : str, tuple of str
        Dependent variable and regressors, in the order of the rows below.
    effects : str
        ``twoway``, ``entity``, ``time``, ``none``, or ``random``.
    coef : Series
        Slopes, indexed by `x`, in units of y per unit of x.
    classical, clustered, jackknife : DataFrame
        Index `x`, columns ``se``, ``t``, ``p``, ``low``, ``high``.  The jackknife is None for
        random effects, and where a slope is not defined without some city.
    nobs, n_entities, dropped : int
        Rows used, cities (and clusters) among them, rows left out.
    years : tuple of int
        Years that contribute a row.
    df_resid, rss : int, float
        Residual degrees of freedom, every effect counted, and residual sum of squares.
    r2_within, adj_r2 : float or None
        R-squared once the effects are out of y and x (both under ``twoway``; Stata's "within",
        with year dummies as regressors, is larger), and adjusted R-squared with one dummy an
        effect, the one papers print.  None for random effects and 2SLS.
    residuals : Series
        Net of the effects, with the index labels of the rows used.
    cov_classical, cov_clustered : DataFrame
        Covariances of the slopes.
    """

    y: str
    x: tuple[str, ...]
    effects: str
    coef: pd.Series
    classical: pd.DataFrame
    clustered: pd.DataFrame
    jackknife: pd.DataFrame | None
    nobs: int
    n_entities: int
    dropped: int
    years: tuple[int, ...]
    df_resid: int
    rss: float
    r2_within: float | None
    adj_r2: float | None
    residuals: pd.Series
    cov_classical: pd.DataFrame
    cov_clustered: pd.DataFrame

    def errors(self, kind: Errors | str) -> pd.DataFrame:
        """Errors by name: ``classical``, ``clustered`` or ``jackknife``.

        Raises
        ------
        lib.panel.DataError
            There is no such kind, or this estimate has no jackknife.
        """
        _one_of(kind, "errors", Errors)
        frame: pd.DataFrame | None = getattr(self, kind)
        if frame is None:
            raise DataError(
                f"errors: found no jackknife ({self.effects} effects, {self.n_entities} cities), "
                "expected fixed effects and slopes that are defined without any one city"
            )
        return frame


@dataclass(frozen=True, kw_only=True)
class IVEstimate(Estimate):
    """A two-stage least squares regression with what is needed to judge its instruments.

    Attributes
    ----------
    endog, exog, instruments : tuple of str
        `x` is `endog` followed by `exog`; `instruments` are the excluded ones.
    first_stage : DataFrame
        Index `endog`; ``partial_r2``; ``f``, ``f_p`` the classical F test of the L instruments and
        ``f_clustered``, ``f_clustered_p`` the clustered one, on ``F(L, G-1)``.
    cragg_donald, kleibergen_paap : float
        F forms of the minimum eigenvalue statistic for homoskedastic errors (Cragg and Donald,
        1993) and of the rank statistic clustered by city (Kleibergen and Paap, 2006).  With one
        endogenous regressor they are the two first-stage F.
    wu_hausman, wu_hausman_clustered : Statistic
        F tests that the endogenous regressors are exogenous: first-stage residuals added to the
        least-squares regression (Wu, 1973).
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
    wu_hausman: Statistic
    wu_hausman_clustered: Statistic
    overid: pd.DataFrame | None


@dataclass(frozen=True, kw_only=True)
class Hausman:
    """Fixed against random effects: Hausman's contrast and Mundlak's regression.

    Attributes
    ----------
    version : str
    stat, df : float, int
        ``d' (V_FE - V_RE)^- d``, d the difference of the slopes, and the rank of ``V_FE - V_RE``.
    p : float or None
        From chi-squared(df).  None where the statistic is no chi-squared variable: the difference
        of the covariances is not positive semi-definite (the statistic may be negative), or its
        rank falls short of the slopes that can differ.
    contrast : DataFrame
        Index x, columns ``fe``, ``re``, ``difference``.
    mundlak_stat, mundlak_df, mundlak_p : float, int, float
        Wald test, chi-squared(df), that the between-city parts of the regressors have no
        coefficient of their own.
    mundlak_robust_stat, mundlak_robust_p : float, float
        The same from the clustered covariance; the p-value puts ``stat / df`` on ``F(df, G-1)``.
    nobs, n_entities, dropped, years
        As in `Estimate`.
    """

    version: str
    stat: float
    df: int
    p: float | None
    contrast: pd.DataFrame
    mundlak_stat: float
    mundlak_df: int
    mundlak_p: float
    mundlak_robust_stat: float
    mundlak_robust_p: float
    nobs: int
    n_entities: int
    dropped: int
    years: tuple[int, ...]


def two_way_fe(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    effects: Effects = "twoway",
    entity: str = "city",
    time: str = "year",
) -> Estimate:
    """Least squares with city effects, year effects, both or neither.

    Parameters
    ----------
    data : DataFrame
        One row a city and year; the panel may be unbalanced.
    y : str
    x : sequence of str
    effects : {"twoway", "entity", "time", "none"}
        ``twoway`` are equations (1) and (2) of the paper; ``none`` is pooled, with a constant.
    entity, time : str
        Columns that identify a row.  The entity is also the cluster.

    Raises
    ------
    lib.panel.DataError
        A column is unknown, listed twice, not numeric or infinite; a year is not whole; a city and
        year come twice; no row or no degree of freedom is left; there is one cluster; the panel
        falls into unconnected parts; y is constant or a regressor absorbed, given the effects;
        regressors are collinear, or their units too far apart; the fit is exact; the clusters'
        scores do not differ.
    """
    sample = _Sample(data, y, x, effects, entity, time)
    within, _, _ = sample.prepared(effects, sample.x)
    with sample.solvable():
        exog = sample.regressors(effects in ("time", "twoway"))
        model = PanelOLS(sample.frame[y], exog, entity_effects=effects in ("entity", "twoway"))
        fit, clustered = model.fit(), model.fit(**_CLUSTERED)
    return Estimate(
        effects=effects,
        r2_within=1 - float(fit.resid_ss / (within[y] @ within[y])),
        adj_r2=float(1 - (1 - fit.rsquared_inclusive) * (fit.nobs - 1) / fit.df_resid),
        jackknife=sample.jackknife(effects),
        **sample.report(fit, clustered, int(fit.df_resid), fit.resids),
    )


def random_effects(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    time_dummies: bool = True,
    entity: str = "city",
    time: str = "year",
) -> Estimate:
    """One-way (city) random effects by feasible GLS, year effects as dummies.

    The variance components are those of Swamy and Arora (1972), with the harmonic mean of the
    years observed where the panel is unbalanced, as in Stata's ``xtreg, re``.  The rows are those
    of fixed effects; residuals and their sum of squares, those of the quasi-demeaned regression.
    A regressor may be constant within cities.

    Parameters
    ----------
    data, y, x, entity, time
        As in `two_way_fe`.
    time_dummies : bool
        Add a dummy for each year but the first.

    Raises
    ------
    lib.panel.DataError
        As in `two_way_fe`, or there are too few cities for the between regression.
    """
    sample = _Sample(data, y, x, "twoway" if time_dummies else "entity", entity, time)
    sample.prepared("time" if time_dummies else "none", sample.x)
    with sample.solvable():
        model = RandomEffects(sample.frame[y], sample.regressors(time_dummies))
        fit, clustered = model.fit(), model.fit(**_CLUSTERED)
    return Estimate(
        effects="random",
        r2_within=None,
        adj_r2=None,
        jackknife=None,
        **sample.report(fit, clustered, int(fit.df_resid), fit.wresids),
    )


def hausman(
    data: pd.DataFrame,
    y: str,
    x: Sequence[str] | str,
    time_dummies: bool = True,
    version: HausmanVersion = "sigmaless",
    entity: str = "city",
    time: str = "year",
) -> Hausman:
    """Test of fixed against random city effects, with Mundlak's test beside it.

    Both models have year effects (or, with ``time_dummies=False``, neither), so that the contrast
    is about the city effects alone; only the slopes of `x` are compared.

    Parameters
    ----------
    data, y, x, time_dummies, entity, time
        As in `random_effects`.
    version : {"sigmaless", "sigmamore", "plain"}
        ``sigmaless`` and ``sigmamore``: the error variance of the fixed-effects or of the
        random-effects model in both covariances, whose difference is then never negative.
        ``plain``: each keeps its own, as in Stata's ``hausman fe re`` and R's ``plm::phtest``.

    Raises
    ------
    lib.panel.DataError
        As in `two_way_fe` and `random_effects`; no regressor varies between cities.

    Notes
    -----
    Mundlak's test (1978) adds to the random-effects regression the part of each regressor that the
    city and year effects explain; on a balanced panel, the city means.  The slopes of `x` are then
    those of fixed effects, and on balanced panels the Wald statistic is the ``sigmaless`` one
    unless the variance of the city effects is estimated as zero.  It is always defined.
    """
    _one_of(version, "version", HausmanVersion)
    effects: Effects = "twoway" if time_dummies else "entity"
    sample = _Sample(data, y, x, effects, entity, time)
    names = list(sample.x)
    within, _, _ = sample.prepared(effects, sample.x)
    between = sample.frame[names] - within[names]
    differing = _demean(between, "time" if time_dummies else "none")
    kept = not_absorbed(differing.to_numpy(), False, None, sample.frame[names].to_numpy())
    if not kept:
        raise DataError(
            f"hausman: regressors {', '.join(names)}: found the same city mean everywhere, "
            "expected at least one that differs between cities"
        )
    between = _demean(between.iloc[:, kept], "none").add_prefix("between ")
    exog = sample.regressors(time_dummies)
    with sample.solvable():
        fixed = PanelOLS(sample.frame[y], exog, entity_effects=True).fit()
        sample.check_exact(fixed.resids)
        random = RandomEffects(sample.frame[y], exog).fit()
        mundlak = RandomEffects(sample.frame[y], pd.concat([exog, between], axis=1))
        plain = _wald(mundlak.fit(), list(between))
        robust = _wald(mundlak.fit(**_CLUSTERED), list(between))

    v_fixed, v_random = fixed.cov.loc[names, names], random.cov.loc[names, names]
    if version == "sigmamore":
        v_fixed = v_fixed * (random.s2 / fixed.s2)
    elif version == "sigmaless":
        v_random = v_random * (fixed.s2 / random.s2)
    contrast = pd.DataFrame({"fe": fixed.params[names], "re": random.params[names]})
    contrast["difference"] = contrast["fe"] - contrast["re"]
    stat, df, definite = _contrast(contrast["difference"], v_fixed, v_fixed - v_random)
    q, g = len(kept), sample.n_entities
    return Hausman(
        version=version,
        stat=stat,
        df=df,
        p=float(stats.chi2.sf(stat, df)) if definite and df >= q else None,
        contrast=contrast,
        mundlak_stat=plain,
        mundlak_df=q,
        mundlak_p=float(stats.chi2.sf(plain, q)),
        mundlak_robust_stat=robust,
        mundlak_robust_p=float(stats.f.sf(robust / q, q, g - 1)),
        nobs=len(sample.frame),
        n_entities=g,
        dropped=sample.dropped,
        years=sample.years,
    )


def iv_two_way(
    data: pd.DataFrame,
    y: str,
    endog: Sequence[str] | str,
    exog: Sequence[str] | str,
    instruments: Sequence[str] | str,
    effects: Effects = "twoway",
    entity: str = "city",
    time: str = "year",
) -> IVEstimate:
    """Two-stage least squares under city and year effects.

    The effects are projected out of y, the regressors and the instruments (Frisch, Waugh and
    Lovell), and every degree of freedom is corrected for them as in `two_way_fe`: all of them in
    classical figures, ``T`` (year effects and constant) in clustered ones.

    Parameters
    ----------
    data, y, effects, entity, time
        As in `two_way_fe`.
    endog, exog : sequence of str
        Endogenous regressors, and exogenous ones (their own instruments); these may be none.
    instruments : sequence of str
        Excluded instruments, at least as many as endogenous regressors.

    Raises
    ------
    lib.panel.DataError
        As in `two_way_fe`, for the instruments too; fewer instruments than endogenous regressors;
        no more clusters than instruments, exogenous regressors included; instruments that explain
        nothing of the endogenous regressors, or reproduce them exactly.
    """
    endog, exog, instruments = _names(endog), _names(exog, least=0), _names(instruments)
    sample = _Sample(data, y, (*endog, *exog), effects, entity, time, instruments)
    n, g, m, q = len(sample.frame), sample.n_entities, len(endog), len(instruments)
    if q < m:
        raise DataError(
            f"iv_two_way: found {q} instrument(s) for {m} endogenous regressor(s), "
            "expected at least as many"
        )
    if g <= q + len(exog):
        raise DataError(
            f"iv_two_way: found {g} clusters for {q + len(exog)} instruments, exogenous "
            "regressors included, expected more clusters than instruments"
        )
    within, every, unnested = sample.prepared(effects, sample.x, (*exog, *instruments))
    # linearmodels copies the index of each frame many times over, and a plain one is cheap to copy.
    within = within.reset_index(drop=True)
    outer, inner, excluded = (within[list(names)] for names in (exog, endog, instruments))
    _check_identified(outer, inner, excluded)
    with sample.solvable():
        model = IV2SLS(within[y], outer if exog else None, inner, excluded)
    # linearmodels declares the results of IV2SLS too narrowly.
    plain: Any = model.fit(cov_type="unadjusted", debiased=True, extra_df=every)
    clustered: Any = model.fit(
        cov_type="clustered", debiased=True, extra_df=unnested, clusters=sample.codes
    )
    report = sample.report(plain, clustered, n - every - len(sample.x), plain.resids)

    # extra_df reaches the covariance of the slopes only: the tests of linearmodels count the
    # columns of the demeaned data, so their F statistics are scaled here.
    df_first, df_exogeneity = n - q - len(exog), n - len(exog) - 2 * m
    first, first_clustered = plain.first_stage, clustered.first_stage
    share, share_clustered = 1 - every / df_first, 1 - unnested / df_first
    f = first.diagnostics["f.stat"] * share
    f_clustered = first_clustered.diagnostics["f.stat"] * share_clustered / q
    wu = plain.wu_hausman().stat * (1 - every / df_exogeneity)
    wu_clustered = clustered.wooldridge_regression.stat * (1 - unnested / df_exogeneity) / m
    return IVEstimate(
        effects=effects,
        r2_within=None,
        adj_r2=None,
        jackknife=sample.jackknife_2sls(effects, report["coef"], m, instruments),
        endog=endog,
        exog=exog,
        instruments=instruments,
        first_stage=pd.DataFrame(
            {
                "partial_r2": first.diagnostics["partial.rsquared"],
                "f": f,
                "f_p": stats.f.sf(f, q, df_first - every),
                "f_clustered": f_clustered,
                "f_clustered_p": stats.f.sf(f_clustered, q, g - 1),
            }
        ),
        cragg_donald=first.cragg_donald_f * share,
        kleibergen_paap=first_clustered.kleibergen_paap_f * share_clustered,
        wu_hausman=_f_statistic(wu, (m, df_exogeneity - every)),
        wu_hausman_clustered=_f_statistic(wu_clustered, (m, g - 1)),
        overid=_overidentification(within[y], outer, inner, excluded, sample.codes, plain),
        **report,
    )


class _Sample:
    """The rows used, indexed by city and year, and the checks that come before any estimate."""

    def __init__(
        self,
        data: pd.DataFrame,
        y: str,
        x: Sequence[str] | str,
        effects: Effects,
        entity: str,
        time: str,
        instruments: tuple[str, ...] = (),
    ) -> None:
        _one_of(effects, "effects", Effects)
        self.y, self.x = y, _names(x)
        for role, names in (("y and regressors", (y, *self.x)), ("instruments", instruments)):
            if repeated := sorted({name for name in names if names.count(name) > 1}):
                raise DataError(f"{role}: found {', '.join(repeated)} twice, expected each once")
        columns = list(dict.fromkeys((y, *self.x, *instruments)))
        values = _numbers(data, columns, entity, time)
        rows = np.flatnonzero(values.notna().all(axis=1))
        if not len(rows):
            missing = ", ".join(f"{name} {count}" for name, count in values.isna().sum().items())
            raise DataError(
                f"found no row with all of {', '.join(columns)} (missing values: {missing}; "
                f"rows: {len(data)}), expected at least one"
            )
        keys = data.iloc[rows][[entity, time]]
        years = pd.to_numeric(keys[time], errors="coerce")
        odd = keys.isna().any(axis=1) | keys.duplicated() | (years % 1 != 0)
        if odd.any():
            bad = keys[odd].iloc[0]
            raise DataError(
                f"row {bad.name!r}: found {entity} {bad[entity]}, {time} {bad[time]}, "
                "expected both, a whole number for the second, and each pair once"
            )
        # A city or a year with one row is absorbed by its own effect, and may leave others alone.
        own = {"twoway": [entity, time], "entity": [entity], "time": [time]}.get(effects, [])
        while own and len(keys):
            alone = np.any([~keys.duplicated(column, keep=False) for column in own], axis=0)
            if not alone.any():
                break
            rows, keys = rows[~alone], keys[~alone]
        self.codes, cities = pd.factorize(keys[entity])
        self.periods, years = pd.factorize(keys[time])
        if len(cities) < 2:
            raise DataError(
                f"column {entity!r}: found {len(cities)} cluster(s) in {len(keys)} rows that their "
                "own effect does not absorb, expected at least two"
            )
        self.frame = values.iloc[rows].set_axis(pd.MultiIndex.from_frame(keys), axis=0)
        self.labels = data.index[rows]
        self.years = tuple(sorted(int(year) for year in years))
        self.n_entities, self.dropped = len(cities), len(data) - len(rows)

    def regressors(self, time_dummies: bool) -> pd.DataFrame:
        """The regressors, a constant and, if asked for, a dummy for each year but the first.

        About their means, on which no slope depends: with a product among them errors would keep
        nine digits only, others on another processor.
        """
        exog = _demean(self.frame[list(self.x)], "none").assign(**{"(constant)": 1.0})
        if not time_dummies:
            return exog
        dummies = pd.get_dummies(self.periods, prefix="(year)", dtype=float).iloc[:, 1:]
        return exog.join(dummies.set_axis(exog.index, axis=0))

    def prepared(self, effects: Effects, *lists: tuple[str, ...]) -> tuple[pd.DataFrame, int, int]:
        """The data net of the effects, the number of effects, and of those not nested in clusters.

        The constant counts as one.  Refuses what leaves some list of regressors no slope.
        """
        entities, years = self.n_entities, len(self.years)
        if effects == "twoway":
            shape = (entities, years)
            edges = sparse.coo_matrix((np.ones(len(self.codes)), (self.codes, self.periods)), shape)
            graph = sparse.bmat([[None, edges], [edges.T, None]])
            parts = sparse.csgraph.connected_components(graph, return_labels=False)
            if parts > 1:
                raise DataError(
                    f"found a panel in {parts} parts that share no city and no year, "
                    "expected one connected panel"
                )
        unnested = years if effects in ("twoway", "time") else 1
        every = unnested + (entities - 1 if effects in ("twoway", "entity") else 0)
        slopes = max(map(len, lists))
        if len(self.frame) <= every + slopes:
            raise DataError(
                f"found {len(self.frame)} rows for {every} effects and {slopes} slopes, "
                "expected more rows than parameters"
            )
        within = _demean(self.frame, effects)
        taken = {
            "twoway": "city and year effects",
            "entity": "city effects",
            "time": "year effects",
        }
        what = taken.get(effects, "means")
        if _norm(within[self.y]) <= EXACT * _norm(self.frame[self.y]):
            raise DataError(
                f"column {self.y!r}: found no variation once {what} are taken out, expected some"
            )
        for names in map(list, lists):
            whole = self.frame[names].to_numpy()
            kept = not_absorbed(within[names].to_numpy(), False, None, whole)
            if lost := [repr(name) for i, name in enumerate(names) if i not in kept]:
                raise DataError(
                    f"column {', '.join(lost)}: found nothing left (less than a 100,000th of its "
                    f"size) once {what} and the columns before it in ({', '.join(names)}) are "
                    "taken out, expected variation of its own"
                )
        return within, every, unnested

    @contextmanager
    def solvable(self) -> Iterator[None]:
        """Say in our terms what linearmodels still refuses."""
        try:
            yield
        except DataError:
            raise
        except ValueError as error:
            if "full column rank" not in str(error):
                raise DataError(f"linearmodels: {error}") from error
            sizes = ", ".join(f"{name} {self.frame[name].abs().max():.2g}" for name in self.x)
            raise DataError(
                f"found columns of sizes {sizes}, which double precision cannot hold together, "
                "expected units nearer to one another"
            ) from error

    def check_exact(self, residuals: pd.Series) -> None:
        if _norm(residuals) <= EXACT * _norm(self.frame[self.y]):
            raise DataError(
                f"column {self.y!r}: found an exact function of {', '.join(self.x)} and the "
                "effects, expected residual variation"
            )

    def jackknife(self, effects: Effects) -> pd.DataFrame | None:
        """CV3 of least squares; None where a slope is not defined without some city."""
        city, year = "(city)", "(year)"
        rows = self.frame.reset_index(drop=True).assign(**{city: self.codes, year: self.periods})
        try:
            return leave_one_out(rows, self.y, self.x, city, year, effects).table
        except DataError:
            return None

    def jackknife_2sls(
        self, effects: Effects, coef: pd.Series, m: int, instruments: tuple[str, ...]
    ) -> pd.DataFrame | None:
        """CV3 of 2SLS: a city takes its moments away, and the year effects are found anew."""
        dummies = self.regressors(effects in ("time", "twoway")).iloc[:, len(self.x) :]
        if effects in ("entity", "twoway"):
            dummies = _demean(dummies, "entity")
        within = _demean(self.frame, effects)
        size = np.sqrt((within**2).sum())
        every = np.column_stack([dummies, within / size])[np.argsort(self.codes, kind="stable")]
        cities = np.split(every, np.cumsum(np.bincount(self.codes))[:-1])
        moments = every.T @ every - np.stack([city.T @ city for city in cities])
        k = dummies.shape[1]
        effect = np.linalg.pinv(moments[:, :k, :k], rcond=EXACT, hermitian=True)
        net = moments[:, k:, k:] - moments[:, k:, :k] @ effect @ moments[:, :k, k:]
        x = within.columns.get_indexer(list(self.x))
        z = within.columns.get_indexer([*instruments, *self.x[m:]])
        zz, zx, zy = (net[:, z][:, :, columns] for columns in (z, x, [0]))
        if np.linalg.eigvalsh(zz).min() <= EXACT:
            return None
        fitted = np.linalg.solve(zz, zx).transpose(0, 2, 1)
        if np.linalg.eigvalsh(fitted @ zx).min() <= EXACT:
            return None
        slopes = np.linalg.solve(fitted @ zx, fitted @ zy)[:, :, 0] * size.iloc[0]
        return Jackknife(coef, pd.DataFrame(slopes, columns=self.x) / size[list(self.x)]).table

    def report(self, fit: Any, clustered: Any, df_resid: int, residuals: pd.Series) -> Any:
        """The fields that every kind of estimate has in common."""
        self.check_exact(residuals)
        names = list(self.x)
        coef = fit.params[names].rename("coef")
        cov, cov_clustered = fit.cov.loc[names, names], clustered.cov.loc[names, names]
        # Two cities and a regressor that tells them apart: their residuals sum to zero in each.
        vanishing = np.diag(cov_clustered) <= EXACT * np.diag(cov)
        if vanishing.any():
            raise DataError(
                f"column {', '.join(map(repr, coef.index[vanishing]))}: found no variation between "
                f"{self.n_entities} clusters, expected enough for a standard error"
            )
        return {
            "y": self.y,
            "x": self.x,
            "coef": coef,
            "classical": table_of(coef, cov, df_resid),
            "clustered": table_of(coef, cov_clustered, self.n_entities - 1),
            "nobs": len(self.frame),
            "n_entities": self.n_entities,
            "dropped": self.dropped,
            "years": self.years,
            "df_resid": df_resid,
            "rss": float(residuals @ residuals),
            "residuals": pd.Series(residuals.to_numpy(), index=self.labels, name="residual"),
            "cov_classical": cov,
            "cov_clustered": cov_clustered,
        }


def table_of(coef: pd.Series, cov: pd.DataFrame, df: int) -> pd.DataFrame:
    """Columns ``se, t, p, low, high`` of slopes, from their covariance and ``t(df)``."""
    se = pd.Series(np.sqrt(np.diag(cov)), index=coef.index)
    t = coef / se
    half = stats.t.ppf((1 + LEVEL) / 2, df) * se
    p = 2 * stats.t.sf(t.abs(), df)
    return pd.DataFrame({"se": se, "t": t, "p": p, "low": coef - half, "high": coef + half})


def _names(names: Sequence[str] | str, least: int = 1) -> tuple[str, ...]:
    names = (names,) if isinstance(names, str) else tuple(names)
    if len(names) < least:
        raise DataError(f"found an empty list of regressors, expected at least {least}")
    return names


def _one_of(value: str, name: str, options: Any) -> None:
    if value not in get_args(options):
        raise DataError(f"{name}: found {value!r}, expected one of {', '.join(get_args(options))}")


def _numbers(data: pd.DataFrame, columns: list[str], *keys: str) -> pd.DataFrame:
    """Columns as floats, missing values let through."""
    for name in (*keys, *columns):
        if (count := int((data.columns == name).sum())) != 1:
            there = ", ".join(map(str, data.columns))
            raise DataError(f"column {name!r}: found {count} times in ({there}), expected once")
    for name in columns:
        kind = data[name].dtype
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_complex_dtype(kind):
            raise DataError(f"column {name!r}: found values of type {kind}, expected numbers")
        if (infinite := np.isinf(data[name].to_numpy(dtype=float, na_value=np.nan))).any():
            row = data.index[int(infinite.argmax())]
            raise DataError(
                f"row {row!r}, column {name!r}: found an infinite value, expected a finite number"
            )
    return data[columns].astype(float)


def _norm(values: pd.Series) -> float:
    return float(np.linalg.norm(values.to_numpy()))


def _demean(frame: pd.DataFrame, effects: Effects) -> pd.DataFrame:
    if effects == "none":
        return frame - frame.mean()
    group: Any = {"twoway": "both", "entity": "entity", "time": "time"}[effects]
    return PanelData(frame).demean(group).dataframe


def _f_statistic(stat: float, df: tuple[int, int]) -> Statistic:
    return Statistic(float(stat), df, float(stats.f.sf(stat, *df)))


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
    form = float((projected**2 / roots[kept]).sum())
    return form, int(kept.sum()), bool((roots[kept] > 0).all())


def _check_identified(outer: pd.DataFrame, inner: pd.DataFrame, excluded: pd.DataFrame) -> None:
    """Refuse instruments that explain nothing of the endogenous regressors, or everything."""
    net = inner.to_numpy() - _projected(inner, outer)
    fitted = _projected(inner, outer.join(excluded)) - _projected(inner, outer)
    nothing = "no part explained by the instruments that the others do not share"
    for part, found in ((fitted, nothing), (net - fitted, "an exact function of the instruments")):
        kept = not_absorbed(part, False, None, net)
        if lost := [repr(name) for i, name in enumerate(inner) if i not in kept]:
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
) -> pd.DataFrame | None:
    if not (df := excluded.shape[1] - inner.shape[1]):
        return None
    exog = outer if outer.shape[1] else None
    gmm = IVGMM(y, exog, inner, excluded, weight_type="clustered", clusters=clusters)
    fitted: Any = gmm.fit()
    found = {"sargan": float(plain.sargan.stat), "hansen_j": float(fitted.j_stat.stat)}
    table = pd.DataFrame({"stat": found, "df": df})
    return table.assign(p=stats.chi2.sf(table["stat"], df))
