"""2SLS and random effects written out, what is reported, and bad input.

That least squares is least squares is proved in ``test_within.py``.  Figures of other programs are
compared in ``test_other_programs.py``; Tables 1 to 3 in R, in ``test_r.py``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import RandomEffects
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.sandbox.regression.gmm import IV2SLS
from written_out import dummies, simulated, unnested

from lib import within
from lib.estimation import two_way_fe
from lib.panel import DataError
from lib.random_effects import hausman
from lib.two_stage import iv_two_way
from lib.within import leave_one_out

BALANCED, UNBALANCED = simulated(), simulated(gaps=17)
X = ["a", "b"]


def test_errors_have_a_name_and_a_slope_that_hangs_on_one_city_has_no_jackknife() -> None:
    found = two_way_fe(UNBALANCED, "y", X)
    expected = leave_one_out(UNBALANCED, "y", X).table
    pd.testing.assert_frame_equal(found.errors("jackknife"), expected)
    data = UNBALANCED.assign(b=UNBALANCED["b"] * (UNBALANCED["city"] == 4))
    found = two_way_fe(data, "y", X)
    assert found.jackknife is None and found.decides == "jackknife"
    with pytest.raises(DataError, match="errors: found no jackknife"):
        found.errors("jackknife")
    with pytest.raises(DataError, match="errors: found 'robust', expected one of classical"):
        found.errors("robust")


def test_missing_rows_are_left_out() -> None:
    holed = BALANCED.assign(a=BALANCED["a"].where(BALANCED["year"] < 2014))
    fit, other = (two_way_fe(data, "y", X) for data in (holed, holed.dropna()))
    assert_allclose(fit.jackknife, other.jackknife)
    assert (fit.nobs, fit.years) == (other.nobs, tuple(range(2008, 2014)))


def test_hausman_and_mundlak_are_least_squares_on_quasi_demeaned_columns() -> None:
    data, names = UNBALANCED, ["y", *X]
    indexed = data.set_index(["city", "year"])
    years = dummies(data, "time")
    # The weights of linearmodels, which are those of other programs.
    exog = indexed[X].join(years.set_axis(indexed.index))
    weight = data["city"].map(RandomEffects(indexed["y"], exog).fit().theta["theta"])
    fixed = sm.OLS(data["y"], data[X].join(dummies(data, "twoway"))).fit()
    # What city and year dummies explain of a and b is added; the slopes are then the fixed ones.
    added = sm.OLS(data[X], dummies(data, "twoway")).fit().fittedvalues
    columns = data[names].join(years).join(added.set_axis(["m a", "m b"], axis=1))
    moved = columns - columns.groupby(data["city"]).transform("mean").mul(weight, axis=0)
    gls = sm.OLS(moved["y"], moved.drop(columns="y")).fit()
    assert_allclose(gls.params[X], fixed.params[X])
    found, restriction = hausman(data, "y", X), np.eye(len(gls.params))[-2:]
    wald = gls.wald_test(restriction, use_f=False, scalar=True)
    assert_allclose(found.mundlak_stat, wald.statistic)
    clustered = gls.get_robustcov_results("cluster", groups=data["city"])
    robust = clustered.wald_test(restriction, use_f=True, scalar=True)
    assert_allclose(found.mundlak_robust_stat, 2 * robust.statistic)
    assert_allclose(found.mundlak_robust_p, robust.pvalue)
    random = sm.OLS(moved["y"], moved[[*X, *years]]).fit()
    apart = fixed.normalized_cov_params.loc[X, X] - random.normalized_cov_params.loc[X, X]
    gap = fixed.params[X] - random.params[X]
    stat = gap @ np.linalg.solve(apart * random.scale, gap)
    assert_allclose((found.stat, found.p), (stat, stats.chi2.sf(stat, 2)))
    level = BALANCED.groupby("city")["c"].transform("mean")
    with pytest.raises(DataError, match="same city mean everywhere"):
        hausman(BALANCED.assign(c=BALANCED["c"] - level), "y", ["b", "c"])


def sandwich(scores: np.ndarray, bread: np.ndarray, data: pd.DataFrame) -> np.ndarray:
    """Cluster-robust covariance without any small-sample factor."""
    sums = pd.DataFrame(scores).groupby(data["city"].to_numpy()).sum().to_numpy()
    return bread @ (sums.T @ sums) @ bread


@pytest.mark.parametrize("effects", ["twoway", "entity", "time", "none", "start", "trend"])
def test_2sls_is_that_with_every_dummy_written_out(effects: str) -> None:
    data = UNBALANCED
    exog = data[["a"]].join(dummies(data, effects))
    x, z = data[["b"]].join(exog), data[["z", "w"]].join(exog)
    long = IV2SLS(data["y"], x, z).fit()
    fit = iv_two_way(data, "y", "b", "a", ["z", "w"], effects)
    assert_allclose(fit.coef, long.params[["b", "a"]])
    assert_allclose(fit.classical["se"], long.bse[["b", "a"]])
    assert_allclose((fit.df_resid, fit.rss), (long.df_resid, (long.resid**2).sum()))
    without = within.fit(data, "y", ["b", "a"], effects, z=["z", "w", "a"]).jackknife()
    assert_allclose(fit.errors("jackknife"), without.table)

    n, g = len(data), data["city"].nunique()
    nested = unnested(data, effects)
    fitted = z @ np.linalg.lstsq(z, x, rcond=None)[0]
    residuals = data["y"] - x @ long.params
    bread = np.linalg.inv(fitted.T @ fitted)
    robust = sandwich(fitted.to_numpy() * residuals.to_numpy()[:, None], bread, data)[:2, :2]
    assert_allclose(fit.cov_clustered, robust * g / (g - 1) * (n - 1) / (n - 2 - nested))

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
    augmented = sm.OLS(data["y"], x.assign(first=full.resid)).fit()
    expected = augmented.tvalues["first"] ** 2, augmented.pvalues["first"]
    assert_allclose((fit.wu_hausman["stat"], fit.wu_hausman["p"]), expected)

    r2 = 1 - sm.OLS(residuals, z).fit().ssr / (residuals**2).sum()
    assert iv_two_way(data, "y", "b", "a", "z", effects).overid is None
    assert_allclose((fit.overid["stat"], fit.overid["p"]), (n * r2, stats.chi2.sf(n * r2, 1)))


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


CITY, EARLY = BALANCED["city"], BALANCED["year"] < 2011
BAD_PANELS = {
    "one city": (BALANCED[CITY == 3], "found 0 cluster"),
    "no row left": (BALANCED.assign(b=np.nan), "no row with all of a, b, y .*b 84"),
    "text": (BALANCED.assign(b="high"), "column 'b': found values of type"),
    "infinite": (BALANCED.assign(b=1 / (CITY - 5)), "row 'row 35', column 'b': found an infinite"),
    "twice": (pd.concat([BALANCED, BALANCED.iloc[[4]]]), "row 'row 4'.*each pair once"),
    "no city": (BALANCED.assign(city=CITY.where(CITY > 0)), "row 'row 0'"),
    "no cities": (BALANCED.drop(columns="city"), "column 'city': found 0 times"),
    "half years": (BALANCED.assign(year=BALANCED["year"] + 0.5), "row 'row 0'.*a whole number"),
    "absorbed y": (BALANCED.assign(y=CITY + BALANCED["year"]), "column 'y': found no variation"),
    "collinear": (BALANCED.assign(b=2 * BALANCED["a"]), "column 'b': found nothing left"),
    "constant in time": (BALANCED.assign(b=np.sqrt(CITY)), "column 'b': found nothing left"),
    "exact": (BALANCED.assign(y=BALANCED["a"] + CITY), "column 'y': found an exact function"),
    "two parts": (BALANCED[(CITY < 6) == EARLY], "2 parts that share no city"),
    "few rows": (BALANCED[CITY < 2].groupby("city").head(2), "4 rows for 3 effects"),
}


@pytest.mark.parametrize(("data", "message"), BAD_PANELS.values(), ids=BAD_PANELS)
def test_a_bad_panel_is_refused(data: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        two_way_fe(data, "y", X)


TWO = BALANCED[CITY < 2].assign(**{"city code": CITY})
OTHERS = UNBALANCED[["b", "a"]].join(dummies(UNBALANCED, "twoway"))
NOISE = UNBALANCED.assign(
    late=UNBALANCED["year"] > 2010,
    mix=UNBALANCED["z"] + 2 * UNBALANCED["w"],
    nothing=sm.OLS(UNBALANCED["v"], OTHERS).fit().resid,
    only=UNBALANCED["a"].where(UNBALANCED["city"] == 4, 0.0),
    single=1,
)


@pytest.mark.parametrize(
    ("estimate", "arguments", "message"),
    [
        (two_way_fe, ("y", ["a", "a"]), "a column twice in .y, a, a"),
        (two_way_fe, ("y", []), "empty list"),
        (two_way_fe, ("y", "a", "both"), "effects: found 'both', expected one of twoway"),
        (leave_one_out, ("y", ["only", "b"]), "city 4: found no unique slopes of only, b"),
        (leave_one_out, ("y", X, "twoway", "year"), "column 'year': found a city in two"),
        (leave_one_out, ("y", X, "twoway", "single"), "found 1 clusters, expected more"),
        (iv_two_way, ("y", ["b", "c"], "a", "z"), "found 1 instrument"),
        (iv_two_way, ("y", "b", "a", "late"), "'late': found nothing left"),
        (iv_two_way, ("y", "b", "a", ["z", "w", "mix"]), "'mix': found nothing left"),
        (iv_two_way, ("y", "b", "a", "a"), "a column twice"),
        (iv_two_way, ("y", "b", "a", "b"), "'b': found an exact function of the inst"),
        (iv_two_way, ("y", "b", "a", "nothing"), "columns among b, a: found no part"),
    ],
)
def test_a_call_without_an_estimate_is_refused(
    estimate: Callable, arguments: tuple, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        estimate(NOISE, *arguments)


def test_too_few_cities_are_refused() -> None:
    with pytest.raises(DataError, match="between 2 clusters"):
        two_way_fe(TWO, "y", "city code", "none")
    with pytest.raises(DataError, match="linearmodels: The"):
        hausman(BALANCED[CITY < 4], "y", ["a", "b", "c"])
    with pytest.raises(DataError, match="3 clusters for"):
        iv_two_way(NOISE[NOISE["city"] < 3], "y", "b", "a", ["z", "w"])
