"""Breaks and differences of slopes: against linearmodels, statsmodels, tables and simulations.

A test of extra columns is compared with the same regression written out with all its dummies; the
bootstrap with regressions of each drawn sample and with :mod:`lib.bootstrap`; the search with a
loop; Andrews's limit with the table of a textbook; and all of it with panels that have, or have
not, the break that is looked for.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from scipy.linalg import qr
from statsmodels.datasets import grunfeld
from statsmodels.stats.meta_analysis import combine_effects

from lib import bootstrap, breaks, panel, published
from lib import breaks_figures as pictures
from lib.estimation import two_way_fe
from lib.panel import DataError
from lib.restrictions import DRAWS, SEED, Restriction, draws_for, exceeding
from lib.specifications import BASELINE, prepare

EXACT = 1e-8
TERMS = ("lm", "ia")
CITIES, YEARS = 24, range(2009, 2021)
REACHES = np.repeat(["upper", "middle", "lower"], 8)


def simulated(
    seed: int,
    change=lambda year: 0.0,
    cities: int = CITIES,
    years=YEARS,
    gaps: float = 0.0,
    noise: float = 1.0,
) -> pd.DataFrame:
    """A panel with correlated errors; `change` is added to the slope of IA in a year."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(cities), years], names=["city_code", "year"])
    rows = pd.DataFrame(index=keys).reset_index()
    city, year = rows["city_code"].to_numpy(), rows["year"].to_numpy()
    rows["lm"] = rng.normal(size=len(rows)) + rng.normal(size=cities)[city]
    rows["ia"] = 1 + rng.normal(size=len(rows)) * 0.3 + rng.normal(size=cities)[city] * 0.3
    lasting = rng.normal(size=cities)[city] * (year - years[0]) / len(years)
    slope = 0.5 + np.array([change(t) for t in year])
    error = noise * (rng.normal(size=len(rows)) + lasting)
    rows["y"] = 0.3 * rows["lm"] + slope * rows["ia"] + 0.1 * year + error
    rows["reach"] = np.resize(REACHES, cities)[city]
    rows["province"] = city // 2
    return rows[rng.random(len(rows)) >= gaps].reset_index(drop=True)


@pytest.fixture
def rows() -> pd.DataFrame:
    return simulated(1, lambda year: 0.8 * (year > 2014), gaps=0.1)


@cache
def real() -> pd.DataFrame:
    return breaks.sample(prepare(panel.load_indicators(), BASELINE))


def written_out(rows, x, entity, time, cluster="city_code", y=None):
    """The regression with all dummies by statsmodels, and its clustered covariance of x.

    Its small-sample factor, which counts every dummy, is exchanged for the one of this project.
    """
    groups = [rows.groupby(list(names)).ngroup() for names in (entity, time)]
    dummies = np.hstack([pd.get_dummies(codes, dtype=float) for codes in groups])
    _, r, order = qr(dummies, mode="economic", pivoting=True)
    kept = order[np.abs(np.diag(r)) > 1e-8]
    exog = np.hstack([rows[list(x)].to_numpy(), dummies[:, np.sort(kept)]])
    clusters = pd.factorize(rows[cluster])[0]
    fit = sm.OLS(rows["y"].to_numpy() if y is None else y, exog).fit()
    options = {"groups": clusters, "use_correction": False}
    cov = fit.get_robustcov_results("cluster", **options).cov_params()[: len(x), : len(x)]
    n, g, years = len(rows), clusters.max() + 1, groups[1].max() + 1
    return fit, g / (g - 1) * (n - 1) / (n - len(x) - years) * cov


def relative(found, expected) -> float:
    return float(np.abs(np.asarray(found) / np.asarray(expected) - 1).max())


# -- one restriction ------------------------------------------------------------------------------


def test_common_effects_give_the_coefficients_and_errors_of_linearmodels(rows):
    both = breaks.halves(rows, 2014, TERMS)
    terms = ["lm", "ia", "lm_late", "ia_late"]
    expected = two_way_fe(both, "y", terms)
    found = Restriction.of(both, terms[2:], terms[:2])
    assert relative(found.coef, expected.coef[2:]) < EXACT
    assert relative(found.cov, expected.cov_clustered.iloc[2:, 2:]) < EXACT
    assert found.rss == pytest.approx(expected.rss, rel=EXACT)
    assert found.df_resid == expected.df_resid
    coef, cov = expected.coef[2:], expected.cov_clustered.iloc[2:, 2:]
    wald = coef @ np.linalg.solve(cov, coef)
    test = found.test()
    assert test.stat == pytest.approx(wald, rel=EXACT)
    assert test.p == pytest.approx(stats.f.sf(wald / 2, 2, CITIES - 1), rel=EXACT)
    assert (test.df, test.clusters) == (2, CITIES)


@pytest.mark.parametrize(
    ("entity", "time", "cluster"),
    [
        (("city_code", "late"), ("year",), "city_code"),
        (("city_code",), ("reach", "year"), "city_code"),
        (("city_code",), ("year",), "province"),
    ],
)
def test_other_effects_and_clusters_give_those_of_statsmodels(rows, entity, time, cluster):
    both = breaks.halves(rows, 2014, TERMS)
    terms = ["lm_late", "ia_late", "lm", "ia"]
    fit, cov = written_out(both, terms, entity, time, cluster)
    shuffled = both.sample(frac=1, random_state=3)
    found = Restriction.of(shuffled, terms[:2], terms[2:], entity, time, cluster)
    assert relative(found.coef, fit.params[:2]) < EXACT
    assert relative(found.cov, cov[:2, :2]) < EXACT
    assert found.df_resid == fit.df_resid
    expected = fit.f_test(np.eye(2, len(fit.params)))
    assert found.test().f == pytest.approx(float(expected.fvalue), rel=1e-6)
    assert found.test().f_p == pytest.approx(float(expected.pvalue), rel=1e-5)


def test_restrictions_refuse_what_they_cannot_estimate(rows):
    both = breaks.halves(rows, 2014, TERMS).assign(fixed=rows["city_code"] * 1.0)
    with pytest.raises(DataError, match="column fixed: found nothing left"):
        Restriction.of(both, ["fixed"], ["lm"])
    with pytest.raises(DataError, match="column ia_late: found nothing left"):
        Restriction.of(both, ["ia_late"], ["ia", "ia_early"])
    with pytest.raises(DataError, match="an entity in two"):
        Restriction.of(both, ["lm"], cluster="year")
    with pytest.raises(DataError, match="1 cluster"):
        Restriction.of(both.assign(one=1), ["lm"], cluster="one")
    with pytest.raises(DataError, match="degrees of freedom"):
        Restriction.of(both[both["year"] < 2011], ["lm", "ia"], entity=("city_code", "year"))
    few = Restriction.of(both[both["city_code"] < 4], ["lm", "ia", "lm_late", "ia_late"])
    with pytest.raises(DataError, match="4 coefficients from 4 clusters"):
        few.test()


# -- the bootstrap --------------------------------------------------------------------------------


def test_bootstrap_gives_the_distribution_of_lib_bootstrap(rows):
    both = breaks.halves(rows, 2014, TERMS)
    terms = ["lm", "ia", "lm_late", "ia_late"]
    expected = bootstrap.wild_cluster(both, "y", terms, np.eye(4)[2:], draws=199, seed=SEED)
    weights = draws_for(both, draws=199)
    one = Restriction.of(both, terms[2:], terms[:2])
    assert relative(one.bootstrap(weights), expected.distribution) < EXACT
    assert one.test(weights).wild == expected.p


@pytest.mark.parametrize("cluster", ["city_code", "province"])
def test_bootstrap_is_a_regression_of_each_drawn_sample(rows, cluster):
    both = breaks.halves(rows, 2014, TERMS)
    entity, time, x = ("city_code", "late"), ("reach", "year"), ["lm", "ia"]
    one = Restriction.of(both, ["lm_late", "ia_late"], x, entity, time, cluster)
    restricted, _ = written_out(both, x, entity, time)
    clusters = pd.factorize(both[cluster], sort=True)[0]
    weights = bootstrap.weights(4, clusters.max() + 1, seed=5)
    for signs, drawn in zip(weights, one.bootstrap(weights), strict=True):
        y = restricted.fittedvalues + signs[clusters] * restricted.resid
        fit, cov = written_out(both, ["lm_late", "ia_late", *x], entity, time, cluster, y)
        wald = fit.params[:2] @ np.linalg.solve(cov[:2, :2], fit.params[:2])
        assert drawn == pytest.approx(wald, rel=1e-6)


def test_few_clusters_are_enumerated_and_the_data_counted_once(rows):
    some = rows[rows["city_code"] < 12].assign(big=lambda d: d["city_code"] // 2)
    weights = draws_for(some, "big", draws=100)
    assert weights.shape == (2**6, 6)
    assert len(np.unique(weights, axis=0)) == 2**6
    one = Restriction.of(some, ["lm"], ["ia"], cluster="big")
    drawn = one.bootstrap(weights)
    # All signs alike give the data back, twice.
    assert np.isclose(drawn, one.test().stat).sum() == 2
    assert one.test(weights).wild == (drawn >= one.test().stat * (1 - 1e-9)).sum() / 2**6
    assert exceeding(np.array([1.0, 2.0, 3.0]), 2.0, clusters=9) == (1 + 2) / (1 + 3)
    assert draws_for(real(), "province").shape == (2**10, 10)
    assert 2**11 <= DRAWS and (0.05 * (DRAWS + 1)).is_integer()


# -- Chow -----------------------------------------------------------------------------------------


def test_effects_by_period_are_two_separate_regressions(rows):
    found = breaks.chow(rows, 2014, "period", TERMS)
    parts = [rows[rows["year"] <= 2014], rows[rows["year"] > 2014]]
    one, two = (two_way_fe(part, "y", TERMS) for part in parts)
    terms = list(TERMS)
    assert relative(found.loc[terms, "before"], one.coef) < EXACT
    assert relative(found.loc[terms, "after"], two.coef) < EXACT
    assert relative(found.loc[terms, "change"], two.coef - one.coef) < EXACT
    # The textbook's F: sums of squares of the two, against one set of slopes.
    both = breaks.halves(rows, 2014, TERMS)
    pooled, _ = written_out(both, TERMS, ("city_code", "late"), ("year",))
    df = one.df_resid + two.df_resid
    f = (pooled.ssr - one.rss - two.rss) / 2 / ((one.rss + two.rss) / df)
    assert found.loc["all", "f"] == pytest.approx(f, rel=EXACT)
    assert found.loc["all", "f_p"] == pytest.approx(stats.f.sf(f, 2, df), rel=1e-6)


def test_common_effects_are_one_regression_with_interactions(rows):
    found = breaks.chow(rows, 2014, "common", TERMS)
    both = breaks.halves(rows, 2014, TERMS)
    expected = two_way_fe(both, "y", ["lm", "ia", "lm_late", "ia_late"])
    clustered = expected.clustered.iloc[2:]
    terms = list(TERMS)
    assert relative(found.loc[terms, "change"], clustered["t"] * clustered["se"]) < EXACT
    assert relative(found.loc[terms, "se"], clustered["se"]) < EXACT
    assert relative(found.loc[terms, "stat"], clustered["t"] ** 2) < EXACT
    assert relative(found.loc[terms, "p"], clustered["p"]) < 1e-6
    assert found.loc[terms, "after"].to_numpy() == pytest.approx(
        found.loc[terms, ["before", "change"]].sum(axis=1).to_numpy()
    )
    assert np.isnan(found.loc["all", "wild"]) and found.loc["all", "df"] == 2


def test_centring_moves_the_slope_of_lm_alone():
    raw = prepare(panel.load_indicators(), BASELINE).dropna(subset=["y", "lm", "ia"])
    centred = real()
    before, after = (two_way_fe(data, "y", breaks.TERMS) for data in (raw, centred))
    assert after.rss == pytest.approx(before.rss, rel=EXACT)
    assert relative(after.coef[["ia", "lm_ia"]], before.coef[["ia", "lm_ia"]]) < 1e-6
    assert after.coef["lm"] == pytest.approx(before.coef["lm"] + before.coef["lm_ia"], rel=1e-6)
    whole = breaks.chow(raw).loc["all", "stat"]
    assert breaks.chow(centred).loc["all", "stat"] == pytest.approx(whole, rel=1e-6)


def test_breaks_refuse_years_and_effects_that_there_are_not(rows):
    with pytest.raises(DataError, match="break after 2020"):
        breaks.halves(rows, 2020, TERMS)
    with pytest.raises(DataError, match="'both'"):
        breaks.chow(rows, 2014, "both", TERMS)
    with pytest.raises(DataError, match="5 years"):
        breaks.sup_wald(rows[rows["year"] < 2014], terms=TERMS)
    with pytest.raises(DataError, match="year of reference 2030"):
        breaks.by_year(rows, 2030, TERMS, ())


# -- the search -----------------------------------------------------------------------------------


@pytest.mark.parametrize("effects", ["common", "period"])
def test_search_is_a_loop_over_years(rows, effects):
    weights = bootstrap.weights(19, CITIES, seed=4)
    found = breaks.sup_wald(rows, effects, TERMS, 3, weights)
    years = list(range(2011, 2018))
    assert found.path["year"].tolist() == years
    entity = ("city_code", "late") if effects == "period" else ("city_code",)
    constant = two_way_fe(rows, "y", TERMS)
    fitted = rows["y"] - constant.residuals
    largest = []
    for signs in [None, *weights[:3]]:
        walds, rss = [], []
        for year in years:
            both = breaks.halves(rows, year, TERMS)
            y = None if signs is None else fitted + signs[rows["city_code"]] * constant.residuals
            terms = ["lm_late", "ia_late", *TERMS]
            y = None if y is None else y.to_numpy()
            fit, cov = written_out(both, terms, entity, ("year",), y=y)
            walds.append(fit.params[:2] @ np.linalg.solve(cov[:2, :2], fit.params[:2]))
            rss.append(fit.ssr)
        if signs is None:
            assert relative(found.path["stat"], walds) < 1e-6
            assert relative(found.path["rss"], rss) < 1e-6
            assert found.fitted_year == years[int(np.argmin(rss))]
            assert found.year == years[int(np.argmax(walds))]
            assert found.stat == max(found.path["stat"])
        else:
            largest.append(max(walds))
    # p-values and quantiles of the drawn maxima, from a search with these three draws alone.
    again = breaks.sup_wald(rows, effects, TERMS, 3, weights[:3])
    assert again.critical == pytest.approx(np.quantile(largest, 0.95), rel=1e-6)
    assert again.wild == (1 + sum(w >= found.stat for w in largest)) / 4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_search_finds_a_break_that_is_there(seed):
    data = simulated(seed, lambda year: 2.0 * (year > 2014), gaps=0.1, noise=0.5)
    for effects in ("common", "period"):
        found = breaks.sup_wald(data, effects, TERMS)
        assert found.wild < 0.01 and found.stat > found.critical
        assert abs(found.year - 2014) <= 2
    assert breaks.sup_wald(data, "common", TERMS).fitted_year == 2014


def test_search_keeps_its_size_where_nothing_breaks():
    weights = bootstrap.weights(99, 20, seed=6)
    p = []
    for seed in range(100, 180):
        data = simulated(seed, cities=20, years=range(2009, 2017))
        p.append(breaks.sup_wald(data, "common", ("ia",), 3, weights).wild)
    # Of 80 panels 4 are expected, and 10 or more with a probability below one per cent.
    assert sum(value <= 0.05 for value in p) < 10
    assert 0.35 < np.mean(p) < 0.65


# Stock and Watson, Introduction to Econometrics, critical values of the QLR statistic with 15 %
# trimming: those of Andrews (2003, Econometrica 71) divided by q, at 10, 5 and 1 %.
QLR = {
    1: (7.12, 8.68, 12.16),
    2: (5.00, 5.86, 7.78),
    3: (4.09, 4.71, 6.02),
    4: (3.59, 4.09, 5.12),
    5: (3.26, 3.66, 4.53),
}


@pytest.mark.parametrize("q", QLR)
def test_limit_of_andrews_agrees_with_the_published_table(q):
    for printed, level in zip(QLR[q], (0.10, 0.05, 0.01), strict=True):
        found = breaks.andrews_critical(q, 0.15, 0.85, level)
        assert found / q == pytest.approx(printed, rel=0.015)
        assert breaks.andrews_p(q * printed, q, 0.15, 0.85) == pytest.approx(level, rel=0.12)


def test_search_is_put_on_the_limit_of_its_own_years(rows):
    found = breaks.sup_wald(rows, "common", TERMS, 3, bootstrap.weights(9, CITIES, seed=1))
    expected = breaks.andrews_critical(2, 3 / 12, 9 / 12)
    assert found.andrews_critical == expected
    assert breaks.andrews_p(expected, 2, 3 / 12, 9 / 12) == pytest.approx(0.05)
    # A search in a narrower range is nearer to one known year.
    assert stats.chi2.isf(0.05, 2) < expected < breaks.andrews_critical(2, 0.15, 0.85)
    known = found.known_critical
    assert stats.f.sf(known / 2, 2, CITIES - 1) == pytest.approx(0.05)


# -- year by year, and along a line ----------------------------------------------------------------


def test_slopes_by_year_are_those_of_one_regression(rows):
    weights = draws_for(rows, draws=19)
    found = breaks.by_year(rows, 2014, ("ia",), ("lm",), weights)
    names = [f"ia_{t}" for t in YEARS]
    free = rows.assign(**{f"ia_{t}": rows["ia"] * (rows["year"] == t) for t in YEARS})
    expected = two_way_fe(free, "y", ["lm", *names])
    slopes = expected.coef[names].to_numpy()
    path = found.path
    assert path["year"].tolist() == list(YEARS)
    assert path["change"].to_numpy() == pytest.approx(slopes - slopes[5], abs=1e-8)
    assert found.base["ia"] == pytest.approx(slopes[5], rel=1e-6)
    contrast = np.delete(np.eye(12), 5, axis=0) - np.eye(12)[5]
    cov = contrast @ expected.cov_clustered.loc[names, names].to_numpy() @ contrast.T
    others = path[path["year"] != 2014]
    assert relative(others["se"], np.sqrt(np.diag(cov))) < 1e-6
    gap = contrast @ slopes
    wald = gap @ np.linalg.solve(cov, gap)
    assert found.tests["ia"].stat == pytest.approx(wald, rel=1e-6)
    assert found.tests["all"].stat == pytest.approx(wald, rel=1e-6)
    assert found.tests["ia"].df == 11 and found.tests["within"].df == 10
    half = stats.t.ppf(0.975, CITIES - 1) * others["se"]
    assert relative(others["high"] - others["change"], half) < 1e-6
    # The paper's hypothesis: slopes equal up to 2014, and equal after it.
    blocks = np.delete(np.eye(12), [0, 6], axis=0) - np.eye(12)[[0] * 5 + [6] * 5]
    gap = blocks @ slopes
    cov = blocks @ expected.cov_clustered.loc[names, names].to_numpy() @ blocks.T
    assert found.tests["within"].stat == pytest.approx(gap @ np.linalg.solve(cov, gap), rel=1e-6)
    other = breaks.by_year(rows, 2010, ("ia",), ("lm",), weights)
    assert other.tests["ia"].stat == pytest.approx(wald, rel=1e-6)


def test_band_holds_all_years_where_an_interval_holds_one():
    two_years = simulated(5, cities=40, years=range(2015, 2018))
    short = breaks.by_year(two_years, 2016, ("ia",), (), draws_for(two_years, draws=9)).path
    reach = (short["band_high"] - short["change"]) / short["se"]
    one, bonferroni = (stats.t.ppf(1 - 0.025 / m, 39) for m in (1, 2))
    assert one < reach.dropna().iloc[0] < 1.02 * bonferroni
    missed_one, missed_all = [], []
    weights = bootstrap.weights(3, 40, seed=1)
    for seed in range(300, 350):
        data = simulated(seed, cities=40, years=range(2012, 2020))
        path = breaks.by_year(data, 2016, ("ia",), (), weights).path
        missed_one.append(((path["low"] > 0) | (path["high"] < 0)).any())
        missed_all.append(((path["band_low"] > 0) | (path["band_high"] < 0)).any())
    # Seven changes of true value zero: 50 panels, 2.5 misses expected of the band.
    assert np.mean(missed_one) > 0.15
    assert np.mean(missed_all) < 0.15


@pytest.mark.parametrize(
    ("change", "better", "worse"),
    [
        (lambda year: 0.3 * (year - 2016), "line", "step"),
        (lambda year: 2.0 * (year > 2016), "step", "line"),
    ],
)
def test_line_and_step_are_told_apart(change, better, worse):
    data = simulated(8, change, cities=40, noise=0.7)
    found = breaks.descriptions(data, 2016, ("ia",), ("lm",))
    assert getattr(found, better) > getattr(found, worse)
    assert getattr(found, f"{better}_given_{worse}").wild < 0.01
    assert getattr(found, f"{worse}_given_{better}").wild > 0.05
    if better == "step":
        assert found.best_year == 2016 and found.best == found.step


def test_shares_are_those_of_sums_of_squares(rows):
    rows = breaks._steps(rows, [2012, 2016], ["ia"])
    weights = draws_for(rows, draws=9)
    found = breaks.descriptions(rows, 2012, ("ia",), ("lm",), weights=weights)
    years = {f"ia_{t}": rows["ia"] * (rows["year"] == t) for t in YEARS}
    constant = two_way_fe(rows, "y", ["lm", "ia"]).rss
    free = two_way_fe(rows.assign(**years), "y", ["lm", *years]).rss
    step = two_way_fe(rows, "y", ["lm", "ia", "ia_after_2012"]).rss
    line = two_way_fe(rows, "y", ["lm", "ia", "ia_line"])
    assert found.step == pytest.approx((constant - step) / (constant - free), rel=1e-6)
    assert found.line == pytest.approx((constant - line.rss) / (constant - free), rel=1e-6)
    assert found.per_year["ia"] == pytest.approx(line.coef["ia_line"], rel=1e-6)
    added = two_way_fe(rows, "y", ["lm", "ia", "ia_line", "ia_after_2012"]).clustered["t"]
    assert found.step_given_line.stat == pytest.approx(added["ia_after_2012"] ** 2, rel=1e-6)
    assert found.line_given_step.stat == pytest.approx(added["ia_line"] ** 2, rel=1e-6)


def test_a_line_is_cut_where_drawn_samples_are_best_cut(rows):
    weights = bootstrap.weights(6, CITIES, seed=3)
    found = breaks.descriptions(rows, 2014, ("ia",), ("lm",), weights=weights).years_under_line
    data = breaks._steps(rows, list(YEARS)[:-1], ["ia"])
    line = two_way_fe(data, "y", ["lm", "ia", "ia_line"]).residuals
    effects = [pd.get_dummies(data[name], dtype=float) for name in ("city_code", "year")]
    fixed = np.column_stack([*effects, data[["lm", "ia"]]])
    winners = []
    for signs in weights:
        y = data["y"] - line + signs[data["city_code"]] * line
        rss = {}
        for year in found.index:
            exog = np.column_stack([fixed, data[f"ia_after_{year}"]])
            rss[year] = ((y - exog @ np.linalg.lstsq(exog, y, rcond=None)[0]) ** 2).sum()
        winners.append(min(rss, key=rss.get))
    assert len(set(winners)) > 1
    expected = pd.Series(winners).value_counts(normalize=True).reindex(found.index, fill_value=0.0)
    assert found.tolist() == pytest.approx(expected.tolist())


# -- groups of cities -----------------------------------------------------------------------------


def test_groups_with_their_own_years_are_separate_regressions(rows):
    weights = draws_for(rows, draws=19)
    found = breaks.equal_slopes(rows, terms=TERMS, weights=weights)
    alone = {r: two_way_fe(rows[rows["reach"] == r], "y", TERMS) for r in np.unique(REACHES)}
    n = len(rows)

    def scaled(one):  # from the small-sample factor of one reach to that of all rows
        g = one.n_clusters
        own = g / (g - 1) * (one.nobs - 1) / (one.nobs - 2 - 12)
        whole = CITIES / (CITIES - 1) * (n - 1) / (n - 6 - 36)
        return one.cov_clustered.to_numpy() * whole / own

    cov = {r: scaled(one) for r, one in alone.items()}
    gap = np.concatenate([alone[r].coef - alone["upper"].coef for r in ("lower", "middle")])
    block = np.block(
        [
            [cov["lower"] + cov["upper"], cov["upper"]],
            [cov["upper"], cov["middle"] + cov["upper"]],
        ]
    )
    assert found.loc["all", "stat"] == pytest.approx(gap @ np.linalg.solve(block, gap), rel=1e-6)
    pick = [1, 3]
    wald = gap[pick] @ np.linalg.solve(block[np.ix_(pick, pick)], gap[pick])
    assert found.loc["ia", "stat"] == pytest.approx(wald, rel=1e-6)
    assert found["df"].tolist() == [4, 2, 2]


def test_f_of_equal_slopes_is_that_of_plm():
    """Grunfeld: pooltest of the within model against a regression per firm (R plm 2.6-5)."""
    data = grunfeld.load_pandas().data.rename(columns={"firm": "city_code"}).assign(all_years=0)
    rows, names = breaks._interacted(data, "city_code", ["value", "capital"])
    tested = [*names["value"], *names["capital"]]
    x = ["value", "capital"]
    one = Restriction.of(rows, tested, x, time=("all_years",), y="invest")
    peers = pd.read_csv(Path(__file__).parents[1] / "data" / "reference" / "peer_results.csv")
    mine = peers["dataset"].str.startswith("Grunfeld11")
    mine &= peers["estimator"].str.startswith("pooltest")
    peer = peers[mine].set_index("statistic")["value"]
    assert one.f == pytest.approx(peer["statistic"], rel=1e-9)
    assert (len(tested), one.df_resid) == (peer["parameter1"], peer["parameter2"])


def test_groups_with_common_years_are_a_wald_test_of_linearmodels(rows):
    weights = draws_for(rows, draws=9)
    found = breaks.equal_slopes(rows, own_years=False, terms=TERMS, weights=weights)
    both, names = breaks._interacted(rows, "reach", TERMS)
    extra = [*names["lm"], *names["ia"]]
    expected = two_way_fe(both, "y", [*TERMS, *extra])
    coef, cov = expected.coef[extra], expected.cov_clustered.loc[extra, extra]
    assert found.loc["all", "stat"] == pytest.approx(coef @ np.linalg.solve(cov, coef), rel=1e-6)


def test_too_few_provinces_have_no_joint_test():
    found = breaks.equal_slopes(real(), cluster="province")
    assert found.loc["all", ["stat", "p", "wild"]].isna().all()
    assert found.loc["all", ["df", "clusters"]].tolist() == [6, 10]
    assert (found["wild"].dropna() * 2**10 % 1 == 0).all()


def test_groups_by_lot_differ_by_chance_alone():
    data = simulated(12, cities=40)
    found = breaks.placebo(data, (8, 8, 8), repeats=100, draws=99, terms=TERMS)
    assert found.columns.tolist() == ["f_p", "p", "wild"] and len(found) == 100
    # Eight cities a group: the F distribution is too sure, the bootstrap is not.
    assert (found["wild"] <= 0.05).mean() < 0.12
    assert (found["wild"] <= 0.05).mean() < (found["p"] <= 0.05).mean()
    pd.testing.assert_frame_equal(
        found.head(3), breaks.placebo(data, (8, 8, 8), repeats=3, draws=99, terms=TERMS)
    )
    with pytest.raises(DataError, match="found 40 cities, expected at least 41"):
        breaks.placebo(data, (20, 21))


def test_printed_reaches_are_compared_by_cochrans_q():
    printed = published.coefficients(3)
    found = breaks.printed_equality(printed)
    for row, cells in printed.groupby("row"):
        variance = (cells["coef"] / cells["t"]) ** 2
        expected = combine_effects(cells["coef"].to_numpy(), variance.to_numpy())
        assert found.loc[row, "stat"] == pytest.approx(expected.q, rel=1e-9)
        assert found.loc[row, "p"] == pytest.approx(stats.chi2.sf(expected.q, 2), rel=1e-9)


# -- what is shown --------------------------------------------------------------------------------


def test_tables_and_figures_show_what_was_computed(rows):
    weights = draws_for(rows, draws=19)
    rows = rows.assign(lm_ia=rows["lm"] * (rows["ia"] - 1))
    tests = {e: breaks.chow(rows, effects=e, weights=weights) for e in ("common", "period")}
    table = pictures.chow_table(tests, "c", "tab-c").frame
    assert table["Wald"].tolist()[4] == f"{tests['period'].loc['all', 'stat']:.2f}"
    assert table.loc[6, ["Slope", "Effects"]].tolist() == ["IA", "by period"]
    short = pictures.chow_readings_table({"A": tests}, "c", "tab-c").frame
    assert short["p, wild, IA"].tolist() == [
        f"{tests[e].loc['ia', 'wild']:.3f}" for e in ("common", "period")
    ]
    found = {"A": {e: breaks.sup_wald(rows, e, weights=weights) for e in ("common", "period")}}
    searched = pictures.sup_wald_table(found, "c", "tab-s").frame
    one = found["A"]["common"]
    assert searched.loc[0, "After"] == str(one.year)
    assert searched.loc[0, "Best fit"] == str(one.fitted_year)
    ordered = one.path.sort_values("stat", ascending=False)["year"].tolist()
    assert searched.loc[0, "Rank"] == f"{ordered.index(2016) + 1} of {len(ordered)}"
    lines = pictures.wald_paths(found).figure.axes[1].lines
    assert lines[0].get_ydata().tolist() == found["A"]["period"].path["stat"].tolist()
    assert lines[1].get_ydata()[0] == found["A"]["period"].critical
    yearly = {"A": breaks.by_year(rows, weights=weights)}
    told = {"A": breaks.descriptions(rows, weights=weights)}
    figure = pictures.slopes_by_year(yearly, told).figure
    path = yearly["A"].path.query("term == 'ia'")
    assert figure.axes[1].lines[0].get_ydata().tolist() == path["change"].tolist()
    years = pictures.years_table(yearly, "c", "tab-y").frame
    assert years["q"].tolist() == ["11", "11", "22", "20"]
    described = pictures.descriptions_table(told, "c", "tab-d").frame
    assert described.loc[0, "Line"] == f"{100 * told['A'].line:.0f} %"
    printed = published.coefficients(3)
    parts = {r: rows[rows["reach"] == r] for r in np.unique(REACHES)}
    reaches = {r: two_way_fe(part, "y", breaks.TERMS) for r, part in parts.items()}
    axes = pictures.reach_slopes(printed, reaches).figure.axes
    assert axes[4].lines[0].get_xdata()[0] == reaches["lower"].coef["ia"]
    lower = printed.query("column == 'lower' and row == 'ia'").iloc[0]
    ends = axes[1].collections[0].get_segments()[0][:, 0]
    half = 1.959964 * lower["coef"] / lower["t"]
    assert ends == pytest.approx([lower["coef"] - half, lower["coef"] + half], rel=1e-5)
    equal = {"A": {c: breaks.equal_slopes(rows, weights=weights) for c in ("city", "province")}}
    assert len(pictures.equality_table(equal, "c", "tab-e").frame) == 4
    shares = pd.DataFrame({"f_p": [0.01, 0.2], "p": [0.04, 0.04], "wild": [0.5, 0.05]})
    lots = pictures.placebo_table({"A": shares}, "c", "tab-l").frame
    assert lots.iloc[0].tolist() == ["A", "50 % (35)", "100 % (0)", "0 % (0)"]
    q = pictures.printed_table(breaks.printed_equality(printed), printed, "c", "tab-q").frame
    assert q.loc[0, "Lower reach"] == "0.385**"
