"""Estimators against every dummy written out, other programs' figures, and bad input.

That least squares is least squares is proved here once, on panels that hypothesis draws; other
tests take :mod:`lib.estimation` for granted.  All figures of other programs are compared in
``test_other_programs.py``; Tables 1 to 3 in R, in ``test_r.py``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from linearmodels.panel import PanelOLS, RandomEffects
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.sandbox.regression.gmm import IV2SLS
from written_out import dummies, simulated, without_singles

from lib import panel
from lib.estimation import Estimate, two_way_fe
from lib.panel import DataError
from lib.random_effects import hausman
from lib.specifications import COLUMNS, READINGS, rows
from lib.two_stage import iv_two_way

# -- panels ---------------------------------------------------------------------------------------


def unnested(data: pd.DataFrame, effects: str) -> int:
    """Effects that no city has alone: the constant, the years', their products with START."""
    years = data["year"].nunique()
    found = {"twoway": years, "time": years, "start": 2 * years - 1, "trend": years - 2}
    return found.get(effects, 1)


def cv3(estimate: Callable[[pd.DataFrame], Estimate], data: pd.DataFrame) -> pd.Series:
    """Standard errors from fits without each city, one after the other."""
    coef, g = estimate(data).coef, data["city"].nunique()
    moved = [estimate(data[data["city"] != city]).coef - coef for city in data["city"].unique()]
    return np.sqrt((g - 1) / g * (pd.DataFrame(moved) ** 2).sum())


BALANCED = simulated()
UNBALANCED = simulated(gaps=17)
PANELS = pytest.mark.parametrize("data", [BALANCED, UNBALANCED], ids=["balanced", "unbalanced"])
EFFECTS = ["twoway", "entity", "time", "none", "start", "trend"]
# A failure is reported as drawn: to shrink it takes minutes.
QUICK = settings(deadline=None, derandomize=True, database=None, phases=[Phase.generate])

# -- fixed effects --------------------------------------------------------------------------------


@given(
    st.sampled_from(EFFECTS),
    st.integers(3, 12),
    st.integers(3, 7),
    st.floats(0, 0.6),
    st.integers(0, 2**16),
)
@settings(QUICK, max_examples=40)
def test_fixed_effects_are_least_squares_on_dummies(effects, cities, years, holes, seed) -> None:
    data = simulated(cities, years, int(holes * cities * years), seed)
    x, used = ["a", "b"], without_singles(data, effects)
    effect = dummies(used, effects)
    full = effect.shape[1] == np.linalg.matrix_rank(effect) if len(used) else False
    # What the start takes out of three cities leaves them no variation between them.
    cities = used["city"].nunique() - (effects == "start")
    assume(full and cities > 2 and len(used) > effect.shape[1] + 3)
    lsdv = sm.OLS(used["y"], used[x].join(effect)).fit()
    fit = two_way_fe(data, "y", x, effects)
    assert fit.nobs == len(used)
    assert (fit.n_entities, len(fit.years)) == (used["city"].nunique(), used["year"].nunique())
    assert_allclose(fit.coef, lsdv.params[x], rtol=1e-6, atol=1e-9)
    assert_allclose(fit.cov_classical, lsdv.cov_params().loc[x, x], rtol=1e-6, atol=1e-12)
    assert_allclose(fit.classical["p"], lsdv.pvalues[x], rtol=1e-5, atol=1e-12)
    assert_allclose(fit.classical[["low", "high"]], lsdv.conf_int().loc[x], rtol=1e-6, atol=1e-9)
    assert_allclose((fit.df_resid, fit.adj_r2), (lsdv.df_resid, lsdv.rsquared_adj), atol=1e-9)
    assert_allclose(fit.residuals, lsdv.resid, atol=1e-9)
    assert list(fit.residuals.index) == list(used.index)
    alone = sm.OLS(used["y"], effect).fit()
    assert_allclose(fit.r2_within, 1 - lsdv.ssr / alone.ssr, atol=1e-9)
    # statsmodels counts every dummy: take its factor off, put the xtreg convention's on.
    theirs = lsdv.get_robustcov_results("cluster", groups=used["city"]).cov_params()[:2, :2]
    nested = unnested(used, effects)
    cov = theirs * lsdv.df_resid / (len(used) - 2 - nested)
    assert_allclose(fit.cov_clustered, cov, rtol=1e-6, atol=1e-12)
    p = 2 * stats.t.sf(np.abs(fit.coef / np.sqrt(np.diag(cov))), fit.n_entities - 1)
    assert_allclose(fit.clustered["p"], p, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_helper_and_cell_agree_in_every_digit(reading, column) -> None:
    used, terms = rows(panel.load(), reading, column), list(column.terms)
    found = two_way_fe(used, "REG", terms)
    formula = f"REG ~ 1 + {' + '.join(terms)} + period + EntityEffects"
    # As the page writes it, a product beside its parts costs the cell's errors digits, others on
    # another processor; about their means the regressors keep all of them.
    centred = used.assign(**used[terms] - used[terms].mean())
    for data, near in ((used, 1e-8 if "LM_IA" in terms[1:] else 1e-10), (centred, 1e-10)):
        model = PanelOLS.from_formula(formula, data.set_index(["city", "year"]))
        cell = model.fit(cov_type="clustered", cluster_entity=True, group_debias=True)
        assert found.nobs == cell.nobs
        assert_allclose(found.coef, cell.params[terms], rtol=1e-10)
        assert_allclose(found.clustered["se"], cell.std_errors[terms], rtol=near)
        assert_allclose(found.classical["se"], model.fit().std_errors[terms], rtol=near)


@pytest.mark.parametrize("effects", EFFECTS)
def test_the_jackknife_is_that_of_one_fit_a_city(effects: str) -> None:
    def least_squares(data: pd.DataFrame) -> Estimate:
        return two_way_fe(data, "y", ["b", "a"], effects)

    def two_stages(data: pd.DataFrame) -> Estimate:
        return iv_two_way(data, "y", "b", "a", ["z", "w"], effects)

    for estimate in (least_squares, two_stages):
        found, slow = estimate(UNBALANCED), cv3(estimate, UNBALANCED)
        assert_allclose(found.jackknife["se"], slow)
        assert_allclose(found.jackknife["p"], 2 * stats.t.sf(abs(found.coef / slow), 11))
        assert found.errors("jackknife") is found.jackknife


def test_a_slope_that_hangs_on_one_city_has_no_jackknife() -> None:
    data = UNBALANCED.assign(b=UNBALANCED["b"] * (UNBALANCED["city"] == 4))
    found = two_way_fe(data, "y", ["a", "b"])
    assert found.jackknife is None
    with pytest.raises(DataError, match="errors: found no jackknife"):
        found.errors("jackknife")
    with pytest.raises(DataError, match="errors: found 'robust', expected one of classical"):
        found.errors("robust")


def test_neither_order_nor_units_matter() -> None:
    shuffled = UNBALANCED.sample(frac=1, random_state=1)
    units = pd.Series({"a": 1e6, "b": 1e-4})
    scaled = shuffled.assign(**shuffled[["a", "b"]] * units)
    one, other = (two_way_fe(data, "y", ["a", "b"]) for data in (UNBALANCED, scaled))
    assert_allclose(other.coef * units, one.coef, rtol=1e-8)
    assert_allclose(other.clustered[["t", "p"]], one.clustered[["t", "p"]], rtol=1e-8)
    assert list(other.residuals.index) == list(shuffled.index)
    one, other = (iv_two_way(data, "y", "b", "a", ["z", "w"]) for data in (UNBALANCED, scaled))
    assert_allclose(other.jackknife[["t", "p"]], one.jackknife[["t", "p"]], rtol=1e-8)
    assert_allclose(other.overid, one.overid, rtol=1e-8)
    one, other = (hausman(data, "y", ["a", "b"]) for data in (UNBALANCED, scaled))
    assert_allclose((other.stat, other.mundlak_stat), (one.stat, one.mundlak_stat), rtol=1e-8)


def test_missing_rows_are_left_out() -> None:
    holed = BALANCED.assign(a=BALANCED["a"].where(BALANCED["year"] < 2014))
    fit, other = (two_way_fe(data, "y", ["a", "b"]) for data in (holed, holed.dropna()))
    assert_allclose(fit.jackknife, other.jackknife)
    assert (fit.nobs, fit.years) == (other.nobs, tuple(range(2008, 2014)))


# -- random effects, Hausman, Mundlak -------------------------------------------------------------


def quasi_demeaned(data: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The GLS transformation with the weights that linearmodels finds for y on a, b, years."""
    indexed = data.set_index(["city", "year"])
    years = dummies(data, "time").set_axis(indexed.index)
    theta = RandomEffects(indexed["y"], indexed[["a", "b"]].join(years)).fit().theta["theta"]
    weight = data["city"].map(theta)
    return frame - frame.groupby(data["city"]).transform("mean").mul(weight, axis=0)


@PANELS
def test_mundlak_is_an_added_variable_test(data: pd.DataFrame) -> None:
    # The added variables are what city and year dummies explain of a and b; with them the slopes
    # of a and b are those of fixed effects, on the unbalanced panel as well.
    raw = data[["y", "a", "b"]].join(dummies(data, "time"))
    moved = quasi_demeaned(data, raw)
    gls = sm.OLS(moved["y"], moved.drop(columns="y")).fit()
    assert_allclose(hausman(data, "y", ["a", "b"]).contrast["re"], gls.params[["a", "b"]])

    within = sm.OLS(data[["a", "b"]], dummies(data, "twoway")).fit().resid.set_axis([0, 1], axis=1)
    added = data[["a", "b"]].set_axis([0, 1], axis=1) - within
    moved = quasi_demeaned(data, raw.join(added.set_axis(["m a", "m b"], axis=1)))
    gls = sm.OLS(moved["y"], moved.drop(columns="y")).fit()
    assert_allclose(gls.params[["a", "b"]], two_way_fe(data, "y", ["a", "b"]).coef)
    restriction = np.eye(len(gls.params))[-2:]
    found = hausman(data, "y", ["a", "b"])
    wald = gls.wald_test(restriction, use_f=False, scalar=True)
    assert_allclose(found.mundlak_stat, wald.statistic)
    clustered = gls.get_robustcov_results("cluster", groups=data["city"])
    robust = clustered.wald_test(restriction, use_f=True, scalar=True)
    assert_allclose(found.mundlak_robust_stat, 2 * robust.statistic)
    assert_allclose(found.mundlak_robust_p, robust.pvalue)


@given(st.integers(8, 12), st.integers(4, 7), st.integers(0, 2**16), st.booleans())
@settings(QUICK, max_examples=5)
def test_sigmaless_is_mundlak_on_a_balanced_panel(cities, years, seed, time_dummies) -> None:
    data = simulated(cities, years, 0, seed)
    found = hausman(data, "y", ["a", "b"], time_dummies)
    # Where the variance of the effects is estimated as zero, random effects are pooled.
    pooled = two_way_fe(data, "y", ["a", "b"], "time" if time_dummies else "none")
    assume(abs(found.contrast["re"] - pooled.coef).max() > 1e-9)
    assert_allclose(found.stat, found.mundlak_stat, rtol=1e-6)
    assert (found.df, found.mundlak_df) == (2, 2)


@pytest.mark.parametrize("version", ["plain", "sigmamore", "sigmaless"])
def test_hausman_is_that_of_linearmodels(version: str) -> None:
    data = UNBALANCED.set_index(["city", "year"])
    x, years = data[["a", "b"]], dummies(UNBALANCED, "time").set_axis(data.index)
    fixed = PanelOLS(data["y"], x.join(years), entity_effects=True).fit()
    # linearmodels compares what has the same name in both models: the slopes of a and b.
    random = RandomEffects(data["y"], x.join(years.add_prefix("random "))).fit()
    options = {} if version == "plain" else {version: True}
    expected = random.hausman(fixed, **options).statistic
    found = hausman(UNBALANCED, "y", ["a", "b"], version=version)
    assert_allclose((found.stat, found.p), (expected.stat, expected.pval))
    # As Stata's ``hausman`` prints it: the consistent estimate less the efficient one.
    assert_allclose(found.contrast["difference"], fixed.params[["a", "b"]] - random.params[:2])


def test_negative_hausman_has_no_p() -> None:
    data = simulated(cities=8, years=6, seed=32)
    plain = hausman(data, "y", ["a", "b"], version="plain")
    assert plain.stat < 0 and plain.p is None
    for version in ("sigmamore", "sigmaless"):
        other = hausman(data, "y", ["a", "b"], version=version)
        assert other.stat >= 0 and other.p is not None


def test_a_regressor_with_one_mean_everywhere_costs_no_degree_of_freedom() -> None:
    level = BALANCED.groupby("city")["c"].transform("mean")
    data = BALANCED.assign(c=BALANCED["c"] - level)
    found = hausman(data, "y", ["b", "c"])
    assert (found.df, found.mundlak_df) == (1, 1)
    assert_allclose(found.stat, found.mundlak_stat)
    with pytest.raises(DataError, match="same city mean everywhere"):
        hausman(data, "y", "c")


# -- two-stage least squares ----------------------------------------------------------------------


def sandwich(scores: np.ndarray, bread: np.ndarray, data: pd.DataFrame) -> np.ndarray:
    """Cluster-robust covariance without any small-sample factor."""
    sums = pd.DataFrame(scores).groupby(data["city"].to_numpy()).sum().to_numpy()
    return bread @ (sums.T @ sums) @ bread


@pytest.mark.parametrize("effects", EFFECTS)
def test_2sls_is_that_with_every_dummy_written_out(effects: str) -> None:
    data = UNBALANCED
    exog = data[["a"]].join(dummies(data, effects))
    x, z = data[["b"]].join(exog), data[["z", "w"]].join(exog)
    long = IV2SLS(data["y"], x, z).fit()
    fit = iv_two_way(data, "y", "b", "a", ["z", "w"], effects)
    assert fit.x == ("b", "a")
    assert_allclose(fit.coef, long.params[["b", "a"]])
    assert_allclose(fit.cov_classical, long.cov_params().loc[["b", "a"], ["b", "a"]])
    assert_allclose(fit.df_resid, long.df_resid)

    n, g = len(data), data["city"].nunique()
    nested = unnested(data, effects)
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    residuals = data["y"] - x @ long.params
    bread = np.linalg.inv(fitted.T @ fitted)
    robust = sandwich(fitted.to_numpy() * residuals.to_numpy()[:, None], bread, data)[:2, :2]
    assert_allclose(fit.cov_clustered, robust * g / (g - 1) * (n - 1) / (n - 2 - nested))
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

    # Exogeneity: the residuals of the first stage added to the regression.
    added = x.assign(first=full.resid)
    augmented = sm.OLS(data["y"], added).fit()
    assert_allclose(fit.wu_hausman["stat"], augmented.tvalues["first"] ** 2)
    assert_allclose(fit.wu_hausman["p"], augmented.pvalues["first"])

    # Over-identification: Sargan on all dummies; Hansen's J with the effects projected out.
    r2 = 1 - sm.OLS(residuals, z).fit().ssr / (residuals**2).sum()
    assert iv_two_way(data, "y", "b", "a", "z", effects).overid is None
    assert_allclose(fit.overid.loc["sargan"], (n * r2, 1, stats.chi2.sf(n * r2, 1)))
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
    fit = iv_two_way(data, "y", ["b", "d"], "a", ["z", "w", "v"])
    # Cragg and Donald: the smallest eigenvalue of the concentration matrix over L.
    outer = data[["a"]].join(dummies(data, "twoway"))
    net = np.asarray(sm.OLS(data[["b", "d", "z", "w", "v"]], outer).fit().resid)
    x, z = net[:, :2], net[:, 2:]
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    error = (x - fitted).T @ (x - fitted) / (len(data) - 3 - outer.shape[1])
    roots = np.linalg.eigvals(np.linalg.solve(error, fitted.T @ fitted))
    assert_allclose(fit.cragg_donald, roots.min() / 3)


# -- input that has no estimate -------------------------------------------------------------------

CITY = BALANCED["city"]
EARLY = BALANCED["year"] < 2011
BAD_PANELS = {
    "one city": (BALANCED[CITY == 3], "found 0 cluster"),
    "one year": (BALANCED[BALANCED["year"] == 2010], "found 0 cluster"),
    "no row left": (BALANCED.assign(b=np.nan), "no row with all of y, a, b .*b 84"),
    "unknown column": (BALANCED.drop(columns="b"), "column 'b': found 0 times"),
    "text": (BALANCED.assign(b="high"), "column 'b': found values of type"),
    "infinite": (BALANCED.assign(b=1 / (CITY - 5)), "row 'row 35', column 'b': found an infinite"),
    "twice": (pd.concat([BALANCED, BALANCED.iloc[[4]]]), "row 'row 4'.*each pair once"),
    "no city": (BALANCED.assign(city=CITY.where(CITY > 0)), "row 'row 0'"),
    "half years": (BALANCED.assign(year=BALANCED["year"] + 0.5), "row 'row 0'.*a whole number"),
    "constant y": (BALANCED.assign(y=3.0), "column 'y': found no variation"),
    "absorbed y": (BALANCED.assign(y=CITY + BALANCED["year"]), "column 'y': found no variation"),
    "collinear": (BALANCED.assign(b=2 * BALANCED["a"]), "column 'b': found nothing left"),
    "collinear within": (BALANCED.assign(b=BALANCED["a"] + CITY), "column 'b': found nothing left"),
    "constant in time": (BALANCED.assign(b=np.sqrt(CITY)), "column 'b': found nothing left"),
    "common to cities": (BALANCED.assign(a=BALANCED["year"]), "column 'a': found nothing left"),
    "exact": (BALANCED.assign(y=BALANCED["a"] + CITY), "column 'y': found an exact function"),
    "two parts": (BALANCED[(CITY < 6) == EARLY], "2 parts that share no city"),
    "few rows": (BALANCED[CITY < 2].groupby("city").head(2), "4 rows for 3 effects"),
}


@pytest.mark.parametrize("estimate", [two_way_fe, hausman])
@pytest.mark.parametrize("case", BAD_PANELS)
def test_a_bad_panel_is_refused(case: str, estimate: Callable) -> None:
    data, message = BAD_PANELS[case]
    with pytest.raises(DataError, match=message):
        estimate(data, "y", ["a", "b"])


TWO = BALANCED[CITY < 2].assign(**{"city code": CITY})
OTHERS = UNBALANCED[["b", "a"]].join(dummies(UNBALANCED, "twoway"))
NOISE = UNBALANCED.assign(
    late=UNBALANCED["year"] > 2010,
    mix=UNBALANCED["z"] + 2 * UNBALANCED["w"],
    nothing=sm.OLS(UNBALANCED["v"], OTHERS).fit().resid,
)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: two_way_fe(BALANCED, "y", ["a", "a"]), "found a twice"),
        (lambda: two_way_fe(BALANCED, "y", []), "empty list"),
        (lambda: two_way_fe(BALANCED, "y", ["a"], "both"), "effects: found 'both', expected one"),
        (lambda: two_way_fe(TWO, "y", "city code", "none"), "between 2 clusters"),
        (lambda: hausman(BALANCED, "y", ["a"], version="robust"), "version: found 'robust'"),
        (lambda: hausman(BALANCED[CITY < 3], "y", ["a", "b", "c"]), "linearmodels: The"),
        (lambda: hausman(BALANCED.drop(columns="city"), "y", "a"), "column 'city': found 0"),
        (lambda: iv_two_way(NOISE, "y", ["b", "c"], "a", "z"), "found 1 instrument"),
        (lambda: iv_two_way(NOISE, "y", "b", "a", "late"), "'late': found nothing left"),
        (lambda: iv_two_way(NOISE, "y", "b", "a", ["z", "w", "mix"]), "'mix': found nothing left"),
        (lambda: iv_two_way(NOISE, "y", "b", "a", "a"), "'a': found nothing left"),
        (lambda: iv_two_way(NOISE, "y", "b", "a", "b"), "'b': found an exact function of the inst"),
        (lambda: iv_two_way(NOISE, "y", "b", "a", "nothing"), "columns among b, a: found no part"),
        (lambda: iv_two_way(NOISE, "y", "b", "a", ["z", "z"]), "instruments: found z twice"),
        (lambda: iv_two_way(NOISE, "y", "b", "a", []), "empty list"),
        (lambda: iv_two_way(NOISE[NOISE["city"] < 3], "y", "b", "a", ["z", "w"]), "3 clusters for"),
    ],
)  # fmt: skip
def test_a_call_without_an_estimate_is_refused(call: Callable, message: str) -> None:
    with pytest.raises(DataError, match=message):
        call()
