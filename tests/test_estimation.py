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
from linearmodels.iv import IV2SLS
from linearmodels.panel import RandomEffects
from numpy.testing import assert_allclose
from scipy import stats
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


@pytest.mark.parametrize("endog", [["b"], ["b", "d"]])
@pytest.mark.parametrize("effects", ["twoway", "entity", "time", "none", "start", "trend"])
def test_2sls_is_that_with_every_dummy_written_out(effects: str, endog: list[str]) -> None:
    data, tools, m = UNBALANCED.eval("d = v + 0.5 * w + u + c"), ["z", "w", "v"], len(endog)
    exog, code = data[["a"]].join(dummies(data, effects)), data["city"].to_numpy()
    model = IV2SLS(data["y"], exog, data[endog], data[tools])
    plain = model.fit(cov_type="unadjusted", debiased=True)
    clustered = model.fit(cov_type="clustered", debiased=True, clusters=code)
    fit, x = iv_two_way(data, "y", endog, "a", tools, effects), [*endog, "a"]
    assert fit.x == tuple(x)
    assert_allclose(fit.coef, plain.params[x])
    assert_allclose(fit.classical["se"], plain.std_errors[x])
    assert_allclose((fit.df_resid, fit.rss), (plain.df_resid, plain.resid_ss))
    assert_allclose(fit.residuals, plain.resids, atol=1e-9)
    without = within.fit(data, "y", x, effects, z=[*tools, "a"]).jackknife()
    assert_allclose(fit.errors("jackknife"), without.table)
    # linearmodels counts every dummy in clustered figures.
    n, nested = len(data), unnested(data, effects)
    share = plain.df_resid / (n - len(x) - nested)
    assert_allclose(fit.cov_clustered, clustered.cov.loc[x, x] * share)
    share = (n - 4 - nested) / (n - 3 - exog.shape[1])
    first, by_city = plain.first_stage, clustered.first_stage
    theirs = ["partial.rsquared", "f.stat", "f.pval"]
    assert_allclose(fit.first_stage[["partial_r2", "f", "f_p"]], first.diagnostics[theirs])
    assert_allclose(fit.first_stage["f_clustered"], by_city.diagnostics["f.stat"] * share / 3)
    expected = first.cragg_donald_f, by_city.kleibergen_paap_f * share
    assert_allclose((fit.cragg_donald, fit.kleibergen_paap), expected)
    for ours, test in ((fit.wu_hausman, plain.wu_hausman()), (fit.overid, plain.sargan)):
        assert_allclose((ours["stat"], ours["p"]), (test.stat, test.pval))
    assert iv_two_way(data, "y", endog, "a", tools[:m], effects).overid is None


CITY, EARLY = BALANCED["city"], BALANCED["year"] < 2011
BAD = [
    (BALANCED[CITY == 3], "found 0 cluster"),
    (BALANCED.assign(b=np.nan), "no row with all of a, b, y .*b 84"),
    (BALANCED.assign(b="high"), "column 'b': found values of type"),
    (BALANCED.assign(b=1 / (CITY - 5)), "row 'row 35', column 'b': found an infinite"),
    (pd.concat([BALANCED, BALANCED.iloc[[4]]]), "row 'row 4'.*each pair once"),
    (BALANCED.assign(city=CITY.where(CITY > 0)), "row 'row 0'"),
    (BALANCED.drop(columns="city"), "column 'city': found 0 times"),
    (BALANCED.assign(year=BALANCED["year"] + 0.5), "row 'row 0'.*a whole number"),
    (BALANCED.assign(y=CITY + BALANCED["year"]), "column 'y': found no variation"),
    (BALANCED.assign(b=2 * BALANCED["a"]), "column 'b': found nothing left"),
    (BALANCED.assign(b=np.sqrt(CITY)), "column 'b': found nothing left"),
    (BALANCED.assign(y=BALANCED["a"] + CITY), "column 'y': found an exact function"),
    (BALANCED[(CITY < 6) == EARLY], "2 parts that share no city"),
    (BALANCED[CITY < 2].groupby("city").head(2), "4 rows for 3 effects"),
]
TWO = BALANCED[CITY < 2].assign(**{"city code": CITY})
OTHERS = UNBALANCED[["b", "a"]].join(dummies(UNBALANCED, "twoway"))
NOISE = UNBALANCED.assign(
    late=UNBALANCED["year"] > 2010,
    mix=UNBALANCED["z"] + 2 * UNBALANCED["w"],
    nothing=sm.OLS(UNBALANCED["v"], OTHERS).fit().resid,
    only=UNBALANCED["a"].where(UNBALANCED["city"] == 4, 0.0),
    single=1,
)


CALLS = [
    (NOISE, two_way_fe, ("y", ["a", "a"]), "a column twice in .y, a, a"),
    (NOISE, two_way_fe, ("y", []), "empty list"),
    (NOISE, two_way_fe, ("y", "a", "both"), "effects: found 'both', expected one of twoway"),
    (NOISE, leave_one_out, ("y", ["only", "b"]), "city 4: found no unique slopes of only, b"),
    (NOISE, leave_one_out, ("y", X, "twoway", "year"), "column 'year': found a city in two"),
    (NOISE, leave_one_out, ("y", X, "twoway", "single"), "found 1 clusters, expected more"),
    (NOISE, iv_two_way, ("y", ["b", "c"], "a", "z"), "found 1 instrument"),
    (NOISE, iv_two_way, ("y", "b", "a", "late"), "'late': found nothing left"),
    (NOISE, iv_two_way, ("y", "b", "a", ["z", "w", "mix"]), "'mix': found nothing left"),
    (NOISE, iv_two_way, ("y", "b", "a", "a"), "a column twice"),
    (NOISE, iv_two_way, ("y", "b", "a", "b"), "'b': found an exact function of the inst"),
    (NOISE, iv_two_way, ("y", "b", "a", "nothing"), "columns among b, a: found no part"),
    (TWO, two_way_fe, ("y", "city code", "none"), "between 2 clusters"),
    (BALANCED[CITY < 4], hausman, ("y", ["a", "b", "c"]), "linearmodels: The"),
    (NOISE[NOISE["city"] < 3], iv_two_way, ("y", "b", "a", ["z", "w"]), "3 clusters for"),
    *((data, two_way_fe, ("y", X), message) for data, message in BAD),
]


@pytest.mark.parametrize(("data", "estimate", "arguments", "message"), CALLS)
def test_data_without_an_estimate_are_refused(
    data: pd.DataFrame, estimate: Callable, arguments: tuple, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        estimate(data, *arguments)
