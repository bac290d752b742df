"""Estimators against algebra written out, against other software, and against bad input.

What other programs printed is compared in ``test_agreement.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import PanelOLS, RandomEffects
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.sandbox.regression.gmm import IV2SLS

from lib import agreement
from lib.estimation import (
    hausman,
    iv_2sls,
    partial_correlation,
    random_effects,
    two_way_fe,
)
from lib.panel import DataError

# ---------------------------------------------------------------------------------------------
# Identities, with every dummy written out
# ---------------------------------------------------------------------------------------------


@cache
def simulated(entities: int = 12, years: int = 7, gaps: int = 0, seed: int = 5) -> pd.DataFrame:
    """Two-way effects correlated with a, b; b endogenous with instruments z, w, v; c exogenous."""
    rng = np.random.default_rng(seed)
    city, year = (grid.ravel() for grid in np.mgrid[:entities, 2008 : 2008 + years])
    draws = pd.DataFrame(rng.normal(size=(city.size, 7)), columns=list("aczwveu"))
    effect, trend = rng.normal(size=entities)[city], rng.normal(size=years)[year - 2008]
    data = draws.assign(city_code=city, year=year, a=draws["a"] + effect + trend)
    data["b"] = draws["z"] + 0.5 * draws["w"] + draws["u"] + effect + 0.3 * draws["a"]
    data["y"] = data["a"] - data["b"] + data["c"] + draws["u"] + draws["e"] + effect - trend
    keep = np.sort(rng.permutation(city.size)[gaps:])
    return data.iloc[keep].set_axis([f"row {i}" for i in keep])


def dummies(data: pd.DataFrame, effects: str) -> pd.DataFrame:
    columns = {"twoway": ["city_code", "year"], "entity": ["city_code"], "time": ["year"]}
    out = pd.DataFrame({"one": 1.0}, index=data.index)
    for column in columns.get(effects, []):
        out = out.join(pd.get_dummies(data[column], prefix=column, dtype=float).iloc[:, 1:])
    return out


BALANCED = simulated()
UNBALANCED = simulated(gaps=17)
PANELS = pytest.mark.parametrize("data", [BALANCED, UNBALANCED], ids=["balanced", "unbalanced"])
EFFECTS = pytest.mark.parametrize("effects", ["twoway", "entity", "time", "none"])


@PANELS
@EFFECTS
def test_fixed_effects_are_least_squares_on_dummies(data: pd.DataFrame, effects: str) -> None:
    x = ["a", "b"]
    exog = data[x].join(dummies(data, effects))
    lsdv = sm.OLS(data["y"], exog).fit()
    fit = two_way_fe(data, "y", x, effects)
    assert_allclose(fit.coef, lsdv.params[x])
    assert_allclose(fit.cov_classical, lsdv.cov_params().loc[x, x])
    assert_allclose(fit.classical["p"], lsdv.pvalues[x])
    assert_allclose(fit.classical[["low", "high"]], lsdv.conf_int().loc[x])
    assert_allclose(fit.rss, lsdv.ssr)
    assert_allclose((fit.df_resid, fit.adj_r2), (lsdv.df_resid, lsdv.rsquared_adj))
    pd.testing.assert_series_equal(fit.residuals, lsdv.resid, check_names=False)
    without = sm.OLS(data["y"], dummies(data, effects)).fit()
    assert_allclose(fit.r2_within, 1 - lsdv.ssr / without.ssr)

    # statsmodels counts every dummy: take its factor off, put the xtreg convention's on.
    groups = lsdv.get_robustcov_results("cluster", groups=data["city_code"])
    nested = 1 + (data["year"].nunique() - 1) * (effects in ("twoway", "time"))
    factor = lsdv.df_resid / (len(data) - 2 - nested)
    assert_allclose(fit.cov_clustered, groups.cov_params()[:2, :2] * factor)
    t = fit.coef / np.sqrt(np.diag(groups.cov_params())[:2] * factor)
    assert_allclose(fit.clustered["p"], 2 * stats.t.sf(np.abs(t), data["city_code"].nunique() - 1))


def test_clustered_errors_are_those_of_linearmodels_with_year_dummies() -> None:
    data = UNBALANCED.set_index(["city_code", "year"])
    years = dummies(UNBALANCED, "time").set_axis(data.index)
    stata = PanelOLS(data["y"], data[["a", "b"]].join(years), entity_effects=True).fit(
        cov_type="clustered", cluster_entity=True, group_debias=True
    )
    fit = two_way_fe(UNBALANCED, "y", ["a", "b"])
    assert_allclose(fit.cov_clustered, stata.cov.loc[["a", "b"], ["a", "b"]])


def test_two_years_are_first_differences() -> None:
    data = simulated(years=2, entities=30)
    change = data[["y", "a", "b"]].groupby(data["city_code"]).diff().dropna()
    differences = sm.OLS(change["y"], sm.add_constant(change[["a", "b"]])).fit()
    fit = two_way_fe(data, "y", ["a", "b"])
    assert_allclose(fit.coef, differences.params[["a", "b"]])
    assert_allclose(fit.classical["se"], differences.bse[["a", "b"]])


def test_order_of_rows_does_not_matter() -> None:
    shuffled = UNBALANCED.sample(frac=1, random_state=1)
    for estimate in (two_way_fe, random_effects):
        one, other = (estimate(data, "y", ["a", "b"]) for data in (UNBALANCED, shuffled))
        assert_allclose(one.clustered, other.clustered, rtol=1e-9)
        assert list(other.residuals.index) == list(shuffled.index)
        pd.testing.assert_series_equal(one.residuals, other.residuals[one.residuals.index])
    one, other = (iv_2sls(data, "y", "b", "a", ["z", "w"]) for data in (UNBALANCED, shuffled))
    assert_allclose(one.clustered, other.clustered, rtol=1e-9)
    assert_allclose(one.overid, other.overid, rtol=1e-9)


def test_units_of_regressors_only_move_the_point() -> None:
    units = pd.Series({"a": 1e6, "b": 1e-4})
    pair = BALANCED, BALANCED.assign(**BALANCED[["a", "b"]] * units)
    fit, rescaled = (two_way_fe(data, "y", ["a", "b"]) for data in pair)
    assert_allclose(rescaled.coef * units, fit.coef, rtol=1e-9)
    assert_allclose(rescaled.clustered[["t", "p"]], fit.clustered[["t", "p"]], rtol=1e-9)
    fit, rescaled = (hausman(data, "y", ["a", "b"]) for data in pair)
    assert_allclose(rescaled.stat, fit.stat, rtol=1e-8)
    assert_allclose(rescaled.mundlak_stat, fit.mundlak_stat, rtol=1e-8)


def test_missing_rows_are_left_out_and_counted() -> None:
    holed = BALANCED.copy()
    holed.loc[holed["year"] == 2014, "a"] = np.nan
    holed.iloc[3, holed.columns.get_loc("y")] = np.nan
    complete = holed.dropna()
    fit, other = two_way_fe(holed, "y", ["a", "b"]), two_way_fe(complete, "y", ["a", "b"])
    assert_allclose(fit.clustered, other.clustered)
    assert (fit.dropped, other.dropped, fit.nobs) == (13, 0, len(complete))
    assert fit.years == tuple(range(2008, 2014))
    assert list(fit.residuals.index) == list(complete.index)


# ---------------------------------------------------------------------------------------------
# Random effects, Hausman, Mundlak
# ---------------------------------------------------------------------------------------------


def quasi_demeaned(data: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The GLS transformation with the weights that linearmodels finds for y on a, b, years."""
    panel = data.set_index(["city_code", "year"])
    years = dummies(data, "time").set_axis(panel.index)
    theta = RandomEffects(panel["y"], panel[["a", "b"]].join(years)).fit().theta["theta"]
    weight = data["city_code"].map(theta)
    return frame - frame.groupby(data["city_code"]).transform("mean").mul(weight, axis=0)


@PANELS
def test_random_effects_are_least_squares_on_quasi_demeaned_data(data: pd.DataFrame) -> None:
    raw = data[["y", "a", "b"]].join(dummies(data, "time"))
    moved = quasi_demeaned(data, raw)
    gls = sm.OLS(moved["y"], moved.drop(columns="y")).fit()
    fit = random_effects(data, "y", ["a", "b"])
    assert_allclose(fit.coef, gls.params[["a", "b"]])
    assert_allclose(fit.classical["se"], gls.bse[["a", "b"]])
    clustered = gls.get_robustcov_results("cluster", groups=data["city_code"])
    assert_allclose(fit.clustered["se"], clustered.bse[:2])
    assert (fit.effects, fit.df_resid, fit.r2_within) == ("random", gls.df_resid, None)


@PANELS
def test_mundlak_is_an_added_variable_test(data: pd.DataFrame) -> None:
    # The added variables are what entity and year dummies explain of a and b; with them the slopes
    # of a and b are those of fixed effects, on the unbalanced panel as well.
    raw = data[["y", "a", "b"]].join(dummies(data, "time"))
    within = sm.OLS(data[["a", "b"]], dummies(data, "twoway")).fit().resid.set_axis([0, 1], axis=1)
    added = data[["a", "b"]].set_axis([0, 1], axis=1) - within
    moved = quasi_demeaned(data, raw.join(added.set_axis(["m a", "m b"], axis=1)))
    gls = sm.OLS(moved["y"], moved.drop(columns="y")).fit()
    assert_allclose(gls.params[["a", "b"]], two_way_fe(data, "y", ["a", "b"]).coef)
    restriction = np.eye(len(gls.params))[-2:]
    found = hausman(data, "y", ["a", "b"])
    wald = gls.wald_test(restriction, use_f=False, scalar=True)
    assert_allclose(found.mundlak_stat, wald.statistic)
    clustered = gls.get_robustcov_results("cluster", groups=data["city_code"])
    robust = clustered.wald_test(restriction, use_f=True, scalar=True)
    assert_allclose(found.mundlak_robust_stat, 2 * robust.statistic)
    assert_allclose(found.mundlak_robust_p, robust.pvalue)
    assert (robust.df_num, robust.df_denom) == (2, data["city_code"].nunique() - 1)


def test_mundlak_terms_are_entity_means_on_a_balanced_panel() -> None:
    means = BALANCED.groupby("city_code")[["a", "b"]].transform("mean").add_prefix("mean ")
    data = BALANCED.join(means)
    fit = random_effects(data, "y", ["a", "b", *means])
    gamma = fit.coef[list(means)]
    wald = gamma @ np.linalg.solve(fit.cov_classical.loc[list(means), list(means)], gamma)
    assert_allclose(hausman(BALANCED, "y", ["a", "b"]).mundlak_stat, wald)


@pytest.mark.parametrize("time_dummies", [True, False])
@pytest.mark.parametrize("name", ["Grunfeld11", "Produc"])
def test_sigmaless_is_mundlak_on_a_balanced_panel(name: str, time_dummies: bool) -> None:
    found = agreement.contrast(name, "sigmaless", time_dummies)
    assert_allclose(found.stat, found.mundlak_stat, rtol=1e-8)
    assert_allclose(found.p, found.mundlak_p, rtol=1e-8)
    assert (found.df, found.note) == (found.mundlak_df, "")


@pytest.mark.parametrize("version", ["plain", "sigmamore", "sigmaless"])
def test_hausman_is_that_of_linearmodels(version: str) -> None:
    data = UNBALANCED.set_index(["city_code", "year"])
    x, years = data[["a", "b"]], dummies(UNBALANCED, "time").set_axis(data.index)
    fixed = PanelOLS(data["y"], x.join(years), entity_effects=True).fit()
    # linearmodels compares what has the same name in both models: the slopes of a and b.
    random = RandomEffects(data["y"], x.join(years.add_prefix("random "))).fit()
    options = {} if version == "plain" else {version: True}
    expected = random.hausman(fixed, **options).statistic
    found = hausman(UNBALANCED, "y", ["a", "b"], version=version)
    assert_allclose(found.stat, expected.stat)
    assert_allclose(found.p, expected.pval)
    assert found.df == expected.df == 2


def test_negative_hausman_has_no_p() -> None:
    data = simulated(entities=8, years=6, seed=32)
    plain = hausman(data, "y", ["a", "b"], version="plain")
    assert plain.stat < 0
    assert plain.p is None
    assert "negative" in plain.note
    fixed, random = (f(data, "y", ["a", "b"]) for f in (two_way_fe, random_effects))
    gap = fixed.coef - random.coef
    form = gap @ np.linalg.solve(fixed.cov_classical - random.cov_classical, gap)
    assert_allclose(plain.stat, form)
    for version in ("sigmamore", "sigmaless"):
        other = hausman(data, "y", ["a", "b"], version=version)
        assert other.stat >= 0 and other.p is not None and other.note == ""


def test_regressor_with_one_mean_everywhere_costs_no_degree_of_freedom() -> None:
    level = BALANCED.groupby("city_code")["c"].transform("mean")
    found = hausman(BALANCED.assign(c=BALANCED["c"] - level), "y", ["b", "c"])
    assert (found.df, found.mundlak_df) == (1, 1)
    assert_allclose(found.stat, found.mundlak_stat)


# ---------------------------------------------------------------------------------------------
# Two-stage least squares
# ---------------------------------------------------------------------------------------------


def sandwich(scores: np.ndarray, bread: np.ndarray, data: pd.DataFrame) -> np.ndarray:
    """Cluster-robust covariance without any small-sample factor."""
    sums = pd.DataFrame(scores).groupby(data["city_code"].to_numpy()).sum().to_numpy()
    return bread @ (sums.T @ sums) @ bread


@pytest.mark.parametrize(
    ("data", "effects"),
    [
        pytest.param(BALANCED, "twoway", id="balanced"),
        *(pytest.param(UNBALANCED, e, id=e) for e in ("twoway", "entity", "time", "none")),
    ],
)
def test_2sls_is_that_with_every_dummy_written_out(data: pd.DataFrame, effects: str) -> None:
    exog = data[["a"]].join(dummies(data, effects))
    x = data[["b"]].join(exog)
    z = data[["z", "w"]].join(exog)
    long = IV2SLS(data["y"], x, z).fit()
    fit = iv_2sls(data, "y", "b", "a", ["z", "w"], effects)
    assert fit.x == ("b", "a")
    assert_allclose(fit.coef, long.params[["b", "a"]])
    assert_allclose(fit.cov_classical, long.cov_params().loc[["b", "a"], ["b", "a"]])
    assert_allclose(fit.df_resid, long.df_resid)
    t = long.tvalues[["b", "a"]].abs()
    assert_allclose(fit.classical["p"], 2 * stats.t.sf(t, fit.df_resid))

    n, g = len(data), data["city_code"].nunique()
    nested = 1 + (data["year"].nunique() - 1) * (effects in ("twoway", "time"))
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    residuals = data["y"] - x @ long.params
    bread = np.linalg.inv(fitted.T @ fitted)
    robust = sandwich(fitted.to_numpy() * residuals.to_numpy()[:, None], bread, data)[:2, :2]
    assert_allclose(fit.cov_clustered, robust * g / (g - 1) * (n - 1) / (n - 2 - nested))
    assert_allclose(
        fit.clustered["p"], 2 * stats.t.sf((fit.coef / fit.clustered["se"]).abs(), g - 1)
    )
    pd.testing.assert_series_equal(fit.residuals, residuals, check_names=False)

    # First stage: partial R2 and the two F tests of the instruments.
    full, reduced = sm.OLS(data["b"], z).fit(), sm.OLS(data["b"], exog).fit()
    row = fit.first_stage.loc["b"]
    assert_allclose(row["partial_r2"], 1 - full.ssr / reduced.ssr)
    f, p, _ = full.compare_f_test(reduced)
    assert_allclose((row["f"], row["f_p"], fit.cragg_donald), (f, p, f))
    scores = z.to_numpy() * full.resid.to_numpy()[:, None]
    cov = sandwich(scores, np.linalg.inv(z.T @ z), data)[:2, :2]
    cov *= g / (g - 1) * (n - 1) / (n - 3 - nested)
    f = full.params[:2] @ np.linalg.solve(cov, full.params[:2]) / 2
    assert_allclose((row["f_clustered"], fit.kleibergen_paap), (f, f))
    assert_allclose(row["f_clustered_p"], stats.f.sf(f, 2, g - 1))

    # Exogeneity: the residuals of the first stage added to the regression.
    added = x.assign(first=full.resid)
    augmented = sm.OLS(data["y"], added).fit()
    assert_allclose(fit.wu_hausman.stat, augmented.tvalues["first"] ** 2)
    assert_allclose(fit.wu_hausman.p, augmented.pvalues["first"])
    assert fit.wu_hausman.df == (1, augmented.df_resid)
    scores = added.to_numpy() * augmented.resid.to_numpy()[:, None]
    cov = sandwich(scores, np.linalg.inv(added.T @ added), data)
    variance = cov[-1, -1] * g / (g - 1) * (n - 1) / (n - 3 - nested)
    assert_allclose(fit.wu_hausman_clustered.stat, augmented.params["first"] ** 2 / variance)
    assert fit.wu_hausman_clustered.df == (1, g - 1)

    # Over-identification: Sargan on all dummies; Hansen's J with the effects projected out.
    r2 = 1 - sm.OLS(residuals, z).fit().ssr / (residuals**2).sum()
    sargan = fit.overid.loc["sargan"]
    assert_allclose(sargan[["stat", "df", "p"]], (n * r2, 1, stats.chi2.sf(n * r2, 1)))
    net = sm.OLS(data[["y", "b", "a", "z", "w"]], dummies(data, effects)).fit().resid
    y, x, z = (np.asarray(net)[:, columns] for columns in ([0], [1, 2], [2, 3, 4]))
    zx, zy, weight = z.T @ x, z.T @ y, np.linalg.inv(z.T @ z)
    for step in (1, 2):
        beta = np.linalg.solve(zx.T @ weight @ zx, zx.T @ weight @ zy)
        moments = z.T @ (y - x @ beta)
        if step == 1:
            weight = np.linalg.inv(sandwich(z * (y - x @ beta), np.eye(3), data))
    assert_allclose(fit.overid.loc["hansen_j", "stat"], (moments.T @ weight @ moments).item())


def test_two_endogenous_regressors() -> None:
    data = UNBALANCED.eval("d = v + 0.5 * w + u + c")
    fit = iv_2sls(data, "y", ["b", "d"], "a", ["z", "w", "v"])
    years = dummies(data, "time").drop(columns="one")
    other = iv_2sls(data.join(years), "y", ["b", "d"], ["a", *years], ["z", "w", "v"], "entity")
    assert_allclose(fit.first_stage, other.first_stage)
    for name in ("coef", "classical", "clustered"):
        assert_allclose(getattr(fit, name), getattr(other, name).loc[["b", "d", "a"]])
    for name in ("cragg_donald", "kleibergen_paap"):
        assert_allclose(getattr(fit, name), getattr(other, name))
    for name in ("wu_hausman", "wu_hausman_clustered"):
        assert_allclose(getattr(fit, name).stat, getattr(other, name).stat)
        assert getattr(fit, name).df == getattr(other, name).df
    assert_allclose(fit.overid.loc["sargan"], other.overid.loc["sargan"])
    # Cragg and Donald: the smallest eigenvalue of the concentration matrix over L.
    outer = data[["a"]].join(dummies(data, "twoway"))
    net = np.asarray(sm.OLS(data[["b", "d", "z", "w", "v"]], outer).fit().resid)
    x, z = net[:, :2], net[:, 2:]
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    error = (x - fitted).T @ (x - fitted) / (len(data) - 3 - outer.shape[1])
    assert_allclose(
        fit.cragg_donald, np.linalg.eigvals(np.linalg.solve(error, fitted.T @ fitted)).min() / 3
    )


def test_just_identified_2sls_is_indirect_least_squares() -> None:
    fit = iv_2sls(UNBALANCED, "y", "b", "a", "z")
    reduced = two_way_fe(UNBALANCED, "y", ["z", "a"])
    first = two_way_fe(UNBALANCED, "b", ["z", "a"])
    assert_allclose(fit.coef["b"], reduced.coef["z"] / first.coef["z"])
    assert_allclose(fit.first_stage.loc["b", "f"], first.classical.loc["z", "t"] ** 2)
    assert_allclose(fit.first_stage.loc["b", "f_clustered"], first.clustered.loc["z", "t"] ** 2)
    assert fit.overid is None
    assert "just identified" in fit.note


def test_instrument_that_is_nearly_the_regressor_gives_fixed_effects() -> None:
    data = UNBALANCED.assign(copy=UNBALANCED["b"] + 1e-4 * UNBALANCED["v"])
    fit, plain = iv_2sls(data, "y", "b", "a", "copy"), two_way_fe(data, "y", ["b", "a"])
    assert_allclose(fit.coef, plain.coef, rtol=1e-4)
    assert_allclose(fit.clustered["se"], plain.clustered["se"], rtol=1e-4)


def test_no_exogenous_regressor() -> None:
    fit = iv_2sls(UNBALANCED, "y", "b", [], ["z", "w"])
    long = IV2SLS(
        UNBALANCED["y"],
        UNBALANCED[["b"]].join(dummies(UNBALANCED, "twoway")),
        UNBALANCED[["z", "w"]].join(dummies(UNBALANCED, "twoway")),
    ).fit()
    assert fit.x == ("b",)
    assert_allclose(fit.coef["b"], long.params["b"])
    assert_allclose(fit.classical.loc["b", "se"], long.bse["b"])
    assert list(fit.overid["df"]) == [1, 1]


# ---------------------------------------------------------------------------------------------
# Partial correlation
# ---------------------------------------------------------------------------------------------


def test_partial_correlation_is_the_correlation_of_residuals() -> None:
    fit = two_way_fe(UNBALANCED, "y", ["a", "b"])
    found = partial_correlation(fit.classical["t"], fit.df_resid)
    others = UNBALANCED[["b"]].join(dummies(UNBALANCED, "twoway"))
    y, a = (sm.OLS(UNBALANCED[name], others).fit().resid for name in ("y", "a"))
    assert_allclose(found.loc["a", "r"], np.corrcoef(y, a)[0, 1])
    assert list(found.index) == ["a", "b"]


def test_partial_correlation_interval_without_controls_is_fishers() -> None:
    expected = stats.pearsonr(BALANCED["a"], BALANCED["y"])
    fit = two_way_fe(BALANCED, "y", "a", "none")
    found = partial_correlation(fit.classical["t"], fit.df_resid).loc["a"]
    interval = expected.confidence_interval(0.95)
    assert_allclose(found, (expected.statistic, interval.low, interval.high))
    assert_allclose(partial_correlation([0, 3, -3], 9)["r"], (0, 0.5**0.5, -(0.5**0.5)))


@pytest.mark.parametrize("t, df", [(np.nan, 9), (1, 1), ([1, np.inf], 9)])
def test_partial_correlation_refuses(t: object, df: object) -> None:
    with pytest.raises(DataError, match="expected finite t and df above 1"):
        partial_correlation(t, df)


# ---------------------------------------------------------------------------------------------
# Input that has no estimate
# ---------------------------------------------------------------------------------------------

CITY = BALANCED["city_code"]
EARLY = BALANCED["year"] < 2011
BAD_PANELS = {
    "one city": (BALANCED[CITY == 3], "one cluster"),
    "one year": (BALANCED[BALANCED["year"] == 2010], "12 rows for 12 effects"),
    "no row left": (BALANCED.assign(b=np.nan), "no row with all of y, a, b .*b 84"),
    "unknown column": (BALANCED.drop(columns="b"), "column 'b': not found"),
    "text": (BALANCED.assign(b="high"), "column 'b': found values of type str"),
    "infinite": (BALANCED.assign(b=1 / (CITY - 5)), "row 'row 35', column 'b': found an infinite"),
    "twice": (pd.concat([BALANCED, BALANCED.iloc[[4]]]), "row 'row 4'.*each pair once"),
    "no city": (BALANCED.assign(city_code=CITY.where(CITY > 0)), "row 'row 0'"),
    "constant y": (BALANCED.assign(y=3.0), "column 'y': found no variation"),
    "absorbed y": (BALANCED.assign(y=CITY + BALANCED["year"]), "column 'y': found no variation"),
    "collinear": (BALANCED.assign(b=2 * BALANCED["a"]), "column 'b': found nothing left"),
    "collinear within": (BALANCED.assign(b=BALANCED["a"] + CITY), "column 'b': found nothing left"),
    "constant in time": (BALANCED.assign(b=np.sqrt(CITY)), "column 'b': found nothing left"),
    "common to cities": (BALANCED.assign(a=BALANCED["year"]), "column 'a': found nothing left"),
    "exact": (BALANCED.assign(y=BALANCED["a"] + CITY), "column 'y': found an exact function"),
    "two parts": (BALANCED[(CITY < 6) == EARLY], "2 parts that share no entity"),
    "few rows": (BALANCED[CITY < 2].groupby("city_code").head(2), "4 rows for 3 effects"),
}


@pytest.mark.parametrize("case", BAD_PANELS)
def test_fixed_effects_refuse(case: str) -> None:
    data, message = BAD_PANELS[case]
    with pytest.raises(DataError, match=message):
        two_way_fe(data, "y", ["a", "b"])


@pytest.mark.parametrize("case", BAD_PANELS)
def test_hausman_refuses(case: str) -> None:
    data, message = BAD_PANELS[case]
    with pytest.raises(DataError, match=message):
        hausman(data, "y", ["a", "b"])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: two_way_fe(BALANCED, "y", ["a", "a"]), "found a twice"),
        (lambda: two_way_fe(BALANCED, "y", ["y"]), "found y twice"),
        (lambda: two_way_fe(BALANCED, "y", []), "empty list"),
        (lambda: two_way_fe(BALANCED, "y", ["a"], "both"), "effects: found 'both', expected one"),
        (lambda: hausman(BALANCED, "y", ["a"], version="robust"), "version: found 'robust'"),
        (lambda: random_effects(BALANCED[CITY < 3], "y", ["a", "b", "c"]), "random effects: "),
        (lambda: random_effects(BALANCED, "y", ["a"], entity="town"), "column 'town': not found"),
        (lambda: two_way_fe(BALANCED[CITY < 2], "y", "city_code", "none"), "between 2 clusters"),
        (lambda: iv_2sls(BALANCED[CITY < 3], "y", "b", "a", ["z", "w"]), "3 clusters for 3 inst"),
    ],
)
def test_call_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()


def test_regressors_without_differences_between_entities_have_no_hausman_test() -> None:
    level = BALANCED.groupby("city_code")["c"].transform("mean")
    with pytest.raises(DataError, match="same entity mean everywhere"):
        hausman(BALANCED.assign(c=BALANCED["c"] - level), "y", "c")


NOISE = UNBALANCED.assign(
    late=UNBALANCED["year"] > 2010,
    mix=UNBALANCED["z"] + 2 * UNBALANCED["w"],
    nothing=sm.OLS(UNBALANCED["v"], UNBALANCED[["b", "a"]].join(dummies(UNBALANCED, "twoway")))
    .fit()
    .resid,
)


@pytest.mark.parametrize(
    ("endog", "exog", "instruments", "message"),
    [
        (["b", "c"], ["a"], ["z"], "found 1 instrument"),
        (["b"], ["a"], ["late"], "'late': found nothing left"),
        (["b"], ["a"], ["z", "w", "mix"], "'mix': found nothing left"),
        (["b"], ["a"], ["a"], "'a': found nothing left"),
        (["b"], ["a"], ["b"], "endogenous column 'b': found an exact function of the instruments"),
        (["b"], ["a"], ["nothing"], "endogenous column 'b': found no part explained"),
        (["b"], ["a", "b"], ["z"], "found b twice"),
        (["b"], ["a"], ["z", "z"], "instruments: found z twice"),
        (["b"], ["a"], [], "empty list"),
        (["b"], ["a"], ["rain"], "column 'rain': not found"),
    ],
)
def test_2sls_refuses(
    endog: list[str], exog: list[str], instruments: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        iv_2sls(NOISE, "y", endog, exog, instruments)


def test_the_contrast_is_fixed_less_random():
    """As Stata's ``hausman`` prints it: (b - B), b the consistent estimate."""
    found = agreement.contrast("Grunfeld11", "sigmamore").contrast
    assert_allclose(found["fe"], agreement.fixed("Grunfeld11", "entity").coef)
    assert_allclose(found["difference"], found["fe"] - found["re"], atol=1e-12)
    assert (found["difference"].abs() > 1e-6).all()
