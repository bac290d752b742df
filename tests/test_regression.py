"""Effects out, clusters out: against regressions with every dummy, run again without a cluster.

The wild bootstrap against wildboottest, and how large an effect a test would find.
"""

import numpy as np
import pandas as pd
import pyfixest
import pytest
import statsmodels.api as sm
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose
from scipy import stats
from wildboottest.wildboottest import WildboottestCL
from written_out import OWN, dummies, simulated, unnested

from lib.inference import Jackknife, detectable, wild, wild_p, without_each
from lib.panel import DataError
from lib.regression import complete, fit

X, EFFECTS, BOTH = ["a", "b"], ["twoway", "entity", "time", "none"], ("city", "province")
# A failure is reported as drawn: to shrink it takes minutes.
QUICK = settings(deadline=None, derandomize=True, database=None, phases=[Phase.generate])


def panel(gaps=11):
    """Nine cities with names, three in a province."""
    rows = simulated(9, 6, gaps, 1).reset_index(drop=True)
    return rows.assign(province=rows["city"] // 3, city="city " + rows["city"].astype(str))


def by_dummies(rows, columns):
    """Slopes of a and b beside columns of effects."""
    return pd.Series(np.linalg.lstsq(rows[X].join(columns), rows["y"], rcond=1e-12)[0][:2], X)


@given(
    st.sampled_from(EFFECTS), st.integers(9, 12), st.integers(4, 7), st.floats(0, 0.3),
    st.integers(0, 2**16),
)  # fmt: skip
@settings(QUICK, max_examples=25)
def test_fixed_effects_are_least_squares_on_dummies(effects, cities, years, holes, seed):
    """All that is reported, and clustered errors and slopes without each city and province."""
    data = simulated(cities, years, 0, seed).sample(frac=1, random_state=seed)
    data["province"] = data["city"] // 3
    data.loc[data.index[: int(holes * len(data))], "a"] = np.nan
    used = data.dropna()
    effect = dummies(used, effects)
    full = effect.shape[1] == np.linalg.matrix_rank(effect)
    assume(full and used["city"].value_counts().min() > 1)
    assume(used["province"].nunique() > 2 and len(used) > effect.shape[1] + 3)
    lsdv = sm.OLS(used["y"], used[X].join(effect)).fit()
    found = fit(data, "y", X, effects, clusters=BOTH)
    assert (len(found.rows), found.df_resid) == (len(used), lsdv.df_resid)
    assert_allclose(found.coef, lsdv.params[X], rtol=1e-7, atol=1e-9)
    classical = found.table("classical")
    assert_allclose(classical["se"], lsdv.bse[X], rtol=1e-6)
    assert_allclose(classical["p"], lsdv.pvalues[X], rtol=1e-5, atol=1e-12)
    assert_allclose(classical[["low", "high"]], lsdv.conf_int().loc[X], rtol=1e-6, atol=1e-9)
    pd.testing.assert_series_equal(found.residuals, lsdv.resid, check_names=False)
    for cluster in BOTH:
        # statsmodels counts every dummy: take its factor off, put the xtreg convention's on.
        theirs = lsdv.get_robustcov_results("cluster", groups=used[cluster]).cov_params()[:2, :2]
        cov = theirs * lsdv.df_resid / (len(used) - 2 - unnested(used, effects))
        assert_allclose(found.cov("clustered", cluster), cov, rtol=1e-6, atol=1e-12)
        slow = without_each(used, lambda r: by_dummies(r, dummies(r, effects)), cluster)
        assert_allclose(found.jackknife(cluster).without, slow.without, rtol=1e-6)
        for kind, se in (("clustered", np.sqrt(np.diag(cov))), ("jackknife", slow.table["se"])):
            p = 2 * stats.t.sf(abs(lsdv.params[X] / se), used[cluster].nunique() - 1)
            assert_allclose(found.table(kind, cluster)["p"], p, rtol=1e-5, atol=1e-12)


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # pyfixest uses what pandas deprecates
@pytest.mark.parametrize("effects", EFFECTS)
def test_pyfixest_agrees_but_for_its_small_sample_factor(effects):
    rows = panel()
    found = fit(rows, "y", X, effects).jackknife()
    absorbed = " + ".join(OWN.get(effects, [])) or "0"
    theirs = pyfixest.feols(f"y ~ a + b | {absorbed}", data=rows, vcov={"CRV3": "city"})
    factor = 9 / 8 * np.sqrt((len(rows) - 1) / (len(rows) - 2 - unnested(rows, effects)))
    assert_allclose(theirs.se()[X], found.table["se"] * factor, rtol=1e-9)


def test_years_that_leave_or_come_apart_leave_the_slopes_defined():
    """2020 is seen in province 0, and once elsewhere; but for city 4, nothing connects halves."""
    rows = panel(gaps=0)
    first, number = rows["year"] == 2008, rows["city"].str[-1].astype(int)
    late = pd.concat([rows, rows[(number < 3) & first].assign(year=2020)])
    halves = rows[(number == 4) | ((number < 4) == (rows["year"] < 2011))]
    for some, by, label in ((late, "province", 0), (halves, "city", "city 4")):
        found = fit(some, "y", X, clusters=by).jackknife(by).without.loc[label]
        expected = fit(some[some[by] != label], "y", X).coef
        assert_allclose(found, expected, rtol=1e-9)


def test_weights_of_units_are_those_of_linearmodels():
    """They take no single row out, so none is alone here."""
    rows = panel(0).assign(w=lambda frame: 1.0 + frame["city"].str[-1].astype(int) ** 2)
    one, cells = fit(rows, "y", X, clusters=BOTH, weight="w"), rows.set_index(["city", "year"])
    model = PanelOLS(cells["y"], cells[X], weights=cells["w"], entity_effects=True,
                     time_effects=True)  # fmt: skip
    theirs = model.fit(cov_type="clustered", cluster_entity=True)
    assert_allclose(one.coef, theirs.params, rtol=1e-9)
    ratio = one.table("clustered")["se"] / theirs.std_errors  # another small-sample factor
    assert_allclose(ratio, ratio["a"], rtol=1e-9)
    less = without_each(rows, lambda some: fit(some, "y", X, weight="w").coef, "province")
    pd.testing.assert_frame_equal(one.jackknife("province").without, less.without)
    with pytest.raises(DataError, match="city in two of"):
        fit(rows.assign(w=rows["year"]), "y", X, weight="w")


def test_what_cannot_be_estimated_is_refused():
    rows = panel()
    there = pd.to_numeric(rows["city"].str[-1])
    one = rows.assign(b=rows["b"] * (rows["city"] == "city 4"))
    split = rows.assign(province=rows["province"] + (rows["year"] > 2010) * 10)
    cases = [
        (lambda: fit(rows.assign(b=there), "y", X), "nothing left of 'b' once twoway effects"),
        (lambda: fit(rows.assign(b=2 * rows["a"]), "y", X), "nothing left of 'b'"),
        (lambda: fit(rows.assign(y=3.0), "y", X), "nothing left of 'y'"),
        (lambda: fit(one, "y", X).jackknife(), "city city 4: found no unique slopes of a, b"),
        (lambda: fit(split, "y", X, clusters="province"), "a city in two of"),
        (lambda: fit(rows, "y", ["a", "nobody"]), "found no nobody; expected"),
        (lambda: fit(rows.assign(a=np.nan), "y", X), "found no row with all of a, b, y"),
    ]
    for run, words in cases:
        with pytest.raises(DataError, match=words):
            run()


def test_rows_that_an_effect_absorbs_go_again_and_again():
    """d goes for its missing y; without it a is alone in 1, then in itself, and leaves 2 alone."""
    rows = pd.DataFrame({"city": list("aabbccd"), "year": [1, 2, 2, 3, 3, 2, 1]})
    rows["y"] = [1.0] * 6 + [np.nan]
    left = complete(rows, ["y"], ["city", "year"])
    assert left["city"].tolist() == list("bbcc")
    with pytest.raises(DataError, match="no row"):
        complete(rows[rows["city"] != "c"], ["y"], ["city", "year"])


def test_all_patterns_of_signs_are_those_of_wildboottest():
    rows = panel(gaps=5).assign(province=lambda frame: frame["city"].str[-1].astype(int) // 2)
    number = rows.assign(city=pd.factorize(rows["city"])[0])
    design = rows[X].join(dummies(number, "twoway")).to_numpy(float)
    other = WildboottestCL(
        X=design, Y=rows["y"].to_numpy(), cluster=rows["province"].to_numpy(),
        R=np.eye(design.shape[1])[0], B=9999, seed=1, parallel=False,
    )  # fmt: skip
    assert other.get_weights("rademacher")[1]
    other.get_scores(bootstrap_type="11", impose_null=True, adj=True, cluster_adj=True)
    for step in (other.get_numer, other.get_denom, other.get_tboot, other.get_vcov):
        step()
    other.get_tstat()
    theirs = (other.t_boot / np.squeeze(other.t_stat)) ** 2
    found = fit(rows, "y", X, clusters=("city", "province"))
    ours = wild(found, ["a"], "province")
    assert_allclose(np.sort(np.tile(ours / ours[0], 2)), np.sort(theirs.ravel()), rtol=1e-7)
    assert wild_p(found, "a") == np.mean(theirs >= 1 - 1e-9)


def test_what_is_detectable_is_found_as_often_as_it_says():
    """A t statistic about its true value, with the spread that the test assumes."""
    rng = np.random.default_rng(4)
    least = detectable(1.0, 11)
    drawn = least + rng.standard_t(10, 200_000)
    assert (drawn > stats.t.ppf(0.975, 10)).mean() == pytest.approx(0.8, abs=0.003)


def test_a_cluster_that_one_case_lacks_moves_the_other_alone():
    three = Jackknife(pd.Series({"x": 2.0}), pd.DataFrame({"x": [1.0, 2.0, 6.0]}))
    two = Jackknife(pd.Series({"x": 1.0}), pd.DataFrame({"x": [4.0, 0.5]}, [0, 2]))
    assert (three - two).without["x"].tolist() == [-3.0, 1.0, 5.5]
