"""Samples of 41 cities: their law, and the tables on them as ``linearmodels`` gives them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import indicators, panel, published, which41
from lib import which41_figures as pictures
from lib.estimation import partial_correlation, two_way_fe
from lib.panel import DataError
from lib.specifications import (
    BASELINE,
    SPECIFICATIONS,
    estimates,
    prepare,
    rows_of,
    with_variables,
)

EXACT = 1e-8
GROSS = replace(BASELINE, mobility="lm_flow_gross")
COLUMNS = [spec.column for spec in SPECIFICATIONS]


@cache
def data() -> pd.DataFrame:
    return panel.load_indicators()


@cache
def pool() -> pd.DataFrame:
    return which41.pool(data())


@cache
def samples() -> pd.DataFrame:
    return which41.draw(pool(), draws=400, seed=3)


@cache
def found(reading=BASELINE) -> which41.Draws:
    return which41.estimate(data(), samples(), reading)


def members(sample: pd.Series) -> pd.DataFrame:
    """The rows of the panel that a sample of cities has."""
    return data()[data()["city_code"].isin(sample.index[sample])]


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(np.asarray(found) / np.asarray(expected) - 1).max())


# -- the law of the samples -----------------------------------------------------------------------


def test_the_law_is_the_hypergeometric_one_given_eight_of_each_reach():
    law = which41.law(pool())
    sizes = [int((pool()["reach"] == reach).sum()) for reach in which41.REACHES]
    assert sizes == [33, 36, 41]
    counts = law[list(which41.REACHES)].to_numpy()
    weight = stats.multivariate_hypergeom.pmf(counts, sizes, 41)
    assert relative(law["probability"], weight / weight.sum()) < 1e-9
    assert counts.min() == 8
    assert (counts.sum(axis=1) == 41).all()


def test_without_a_condition_the_divisions_are_all_sets():
    from math import comb

    law = which41.law(pool(), least=0)
    assert sum(law["subsets"]) == comb(110, 41)


def tiny(upper: int, middle: int, lower: int) -> pd.DataFrame:
    reach = ["upper"] * upper + ["middle"] * middle + ["lower"] * lower
    return pd.DataFrame({"city_code": range(len(reach)), "reach": reach})


def test_every_admissible_set_has_the_same_chance():
    """All sets of 4 out of 2, 2 and 3 cities with one of each reach, counted one by one."""
    cities = tiny(2, 2, 3)
    reach = cities["reach"]
    sets = [
        chosen for chosen in combinations(range(7), 4) if set(reach[list(chosen)]) == set(reach)
    ]
    drawn = which41.draw(cities, draws=20_000, size=4, least=1, seed=1)
    keys = [tuple(np.flatnonzero(row)) for row in drawn.to_numpy()]
    counts = pd.Series(keys).value_counts().reindex(sets)
    assert counts.notna().all()
    assert counts.sum() == len(drawn)
    assert stats.chisquare(counts).pvalue > 0.01
    assert sum(which41.law(cities, 4, 1)["subsets"]) == len(sets)


def test_numbers_of_each_reach_follow_the_law():
    drawn = which41.draw(pool(), seed=41).to_numpy()
    counts = np.array([drawn[:, pool()["reach"] == reach].sum(axis=1) for reach in which41.REACHES])
    assert (counts.sum(axis=0) == 41).all()
    assert counts.min() >= 8
    law = which41.law(pool()).set_index(["upper", "middle"])["probability"] * len(drawn)
    seen = pd.Series(list(zip(*counts[:2], strict=True))).value_counts()
    seen = seen.reindex(law.index, fill_value=0)
    common = law >= 5
    observed = [*seen[common], seen[~common].sum()]
    expected = [*law[common], law[~common].sum()]
    assert stats.chisquare(observed, expected).pvalue > 0.01


def test_within_a_reach_each_city_is_as_likely_as_another():
    drawn = which41.draw(pool(), seed=5)
    for reach in which41.REACHES:
        there = drawn.loc[:, pool().loc[pool()["reach"] == reach, "city_code"]]
        share = there.to_numpy().mean()
        error = np.sqrt(share * (1 - share) / len(drawn))
        assert (there.mean() - share).abs().max() < 4 * error


def test_samples_are_the_seed_s():
    assert which41.draw(pool(), 5, seed=7).equals(which41.draw(pool(), 5, seed=7))
    assert not which41.draw(pool(), 5, seed=7).equals(which41.draw(pool(), 5, seed=8))


def test_an_impossible_condition_is_refused():
    with pytest.raises(DataError, match="found 2 upper, 2 middle and 3 lower"):
        which41.draw(tiny(2, 2, 3), draws=1, size=4, least=2)


# -- the regressions ------------------------------------------------------------------------------


SOME = SPECIFICATIONS[1::2]


@pytest.mark.parametrize(
    "reading, row, columns",
    [
        (BASELINE, 0, SPECIFICATIONS),
        (BASELINE, 1, SPECIFICATIONS),
        (GROSS, 2, SPECIFICATIONS),
        (replace(GROSS, without="both"), 3, SOME),
        (replace(BASELINE, without="steps", outcome="log_reg"), 4, SOME),
        (replace(BASELINE, agglomeration="share_tertiary", mobility="lm_stock"), 5, SOME),
    ],
)
def test_a_sample_is_estimated_as_linearmodels_does(reading, row, columns):
    draws, sample = found(reading), samples().iloc[row]
    single = estimates(prepare(members(sample), reading), columns)
    at = 0
    for k, spec in enumerate(SPECIFICATIONS):
        if spec not in columns:
            at += len(spec.terms)
            continue
        fit, where = single[spec.column], slice(at, at + len(spec.terms))
        at += len(spec.terms)
        assert draws.status[row, k] == 0
        assert draws.cells["row"][where].tolist() == list(fit.x)
        assert (draws.cells["column"][where] == spec.column).all()
        assert relative(draws.coef[row, where], fit.coef) < EXACT
        assert relative(draws.t[row, where], fit.classical["t"]) < EXACT
        assert relative(draws.clustered_t[row, where], fit.clustered["t"]) < EXACT
        r = partial_correlation(fit.classical["t"], fit.df_resid)["r"]
        assert relative(draws.r[row, where], r) < EXACT
        for level, table in (
            (draws.level, fit.classical),
            (draws.clustered_level, fit.clustered),
        ):
            assert [len(published.stars(p)) for p in table["p"]] == level[row, where].tolist()
        assert (draws.df[row, where] == fit.df_resid).all()
        assert (draws.nobs[row, k], draws.cities[row, k]) == (fit.nobs, fit.n_clusters)


def test_all_cities_at_once_are_the_ledger_s_baseline():
    draws = which41.estimate(data(), which41.named(data(), pool(), "belt110"))
    fits = estimates(prepare(data()))
    ledger = published.compare_table(SPECIFICATIONS[2:4], fits)
    mine = draws.cells["table"] == 2
    shared = ["table", "column", "heading", "row", "symbol", "printed", "printed_stars"]
    shared += ["printed_t", "printed_r"]
    pd.testing.assert_frame_equal(draws.cells[mine].reset_index(drop=True), ledger[shared])
    assert relative(draws.t[0], np.concatenate([fit.classical["t"] for fit in fits.values()])) < (
        EXACT
    )


def test_the_delta_has_no_upper_and_middle_reach():
    draws = which41.estimate(data(), which41.named(data(), pool(), "delta41"))
    assert draws.status[0].tolist() == [0, 0, 0, 0, 1, 1, 0]
    lost = draws.cells["column"].isin(["upper", "middle"]).to_numpy()
    assert (draws.defined[0] == ~lost).all()
    single = estimates(prepare(data(), replace(BASELINE, sample="delta41")), SPECIFICATIONS[:4])
    expected = np.concatenate([fit.clustered["t"] for fit in single.values()])
    assert relative(draws.clustered_t[0, : len(expected)], expected) < EXACT


def test_ia_is_that_of_the_sample_and_not_of_the_belt():
    sample = samples().iloc[0]
    rows = members(sample)
    of_belt = with_variables(data(), GROSS).loc[rows.index]
    fit = two_way_fe(of_belt, "y", SPECIFICATIONS[0].terms)
    assert relative(found(GROSS).coef[0, :2], fit.coef) > 1e-3


def test_order_of_cities_and_of_samples_does_not_matter():
    turned = samples().iloc[:3, ::-1].iloc[::-1]
    draws = which41.estimate(data(), turned)
    np.testing.assert_allclose(draws.clustered_t[::-1], found().clustered_t[:3], rtol=EXACT)


def test_samples_may_be_of_any_size_and_pool():
    listed = which41.draw(which41.pool(data(), "listed94"), draws=2, size=60, least=10, seed=2)
    draws = which41.estimate(data(), listed, GROSS)
    for row in range(2):
        fit = estimates(prepare(members(listed.iloc[row]), GROSS), SPECIFICATIONS[1:2])["model2"]
        assert relative(draws.coef[row, 2:8], fit.coef) < EXACT


def test_many_samples_are_the_same_in_one_go_and_in_parts(monkeypatch):
    monkeypatch.setattr(which41, "_CHUNK", 7)
    again = which41.estimate(data(), samples().iloc[:20])
    np.testing.assert_allclose(again.t, found().t[:20], rtol=EXACT)


def test_columns_can_be_chosen():
    draws = which41.estimate(data(), samples().iloc[:4], columns=SPECIFICATIONS[5:6])
    assert draws.cells["column"].tolist() == ["middle"] * 3
    np.testing.assert_allclose(draws.t, found().t[:4, 17:20], rtol=EXACT)


def test_what_is_no_sample_of_the_data_s_cities_is_refused():
    with pytest.raises(DataError, match="city 999"):
        which41.estimate(data(), samples().iloc[:1].rename(columns={310000: 999}))
    twice = pd.concat([samples().iloc[:1], samples().iloc[:1, :1]], axis=1)
    with pytest.raises(DataError, match="a city twice"):
        which41.estimate(data(), twice)
    with pytest.raises(DataError, match="found none"):
        which41.estimate(data(), samples().iloc[:0])
    study = which41.Study.of(data(), samples().columns)
    with pytest.raises(DataError, match="other cities"):
        study.estimate(samples().iloc[:2, ::-1])


# -- regressions that do not exist ----------------------------------------------------------------


REASONS = {
    "too few rows": "no row with all|one cluster|more rows than parameters",
    "unconnected": "parts that share no entity",
    "collinear": "nothing left .* once",
    "no spread": "between . clusters|exact function|no variation once",
}


@pytest.mark.parametrize(
    "sample, kinds", [("belt110", {"unconnected"}), ("listed94", {"too few rows", "no spread"})]
)
def test_where_a_regression_is_undefined_linearmodels_refuses_for_the_same_reason(sample, kinds):
    """Small samples: many cities of the lower reach have LM in a single year."""
    drawn = which41.draw(which41.pool(data(), sample), draws=1000, size=28, seed=1)
    lower = SPECIFICATIONS[6]
    draws = which41.estimate(data(), drawn, columns=[lower])
    reasons = [which41.STATUS[code] for code in draws.status[:, 0]]
    assert kinds <= set(reasons)
    for kind in sorted(set(reasons) - {"defined"}):
        for row in np.flatnonzero(np.array(reasons) == kind)[:4]:
            rows = rows_of(prepare(members(drawn.iloc[row])), lower)
            with pytest.raises(DataError, match=REASONS[kind]):
                two_way_fe(rows, "y", lower.terms)


def test_samples_without_a_row_in_some_year_count_the_years_they_have():
    drawn = which41.draw(pool(), draws=1000, size=28, seed=1)
    middle = SPECIFICATIONS[5]
    draws = which41.estimate(data(), drawn, columns=[middle])
    years = draws.nobs[:, 0] - draws.cities[:, 0] + 1 - len(middle.terms) - draws.df[:, 0]
    few = np.flatnonzero((draws.status[:, 0] == 0) & (years < years.max()))[:4]
    assert len(few) == 4
    for row in few:
        fit = two_way_fe(rows_of(prepare(members(drawn.iloc[row])), middle), "y", middle.terms)
        assert len(fit.years) == years[row]
        assert relative(draws.t[row], fit.classical["t"]) < EXACT
        assert relative(draws.clustered_t[row], fit.clustered["t"]) < EXACT


@pytest.mark.parametrize(
    "change, reason",
    [
        (lambda d: d["lm_flow_gross"].where(d["year"] == 2012), "too few rows"),
        (lambda d: d["lm_flow_gross"].where(d["city_code"] == 500000), "too few rows"),
        (lambda d: d["lm_flow_gross"].where(d["year"] % 8 == d["city_code"] // 100 % 8), "any"),
        (lambda d: d["year"] / 50 + d["city_code"] / 1e6, "collinear"),
        (lambda d: 1 + 0 * d["year"], "collinear"),
        (lambda d: d["year"] / 50 + 0.002 * d["lm_flow_gross"], "collinear"),
        (lambda d: 5 * indicators.ia(d, scaled=True), "collinear"),
    ],
)
def test_a_spoilt_series_is_recognised(change, reason):
    spoilt = data().assign(lm_flow=change(data()).astype(float))
    sample = which41.named(data(), pool(), "belt110")
    draws = which41.estimate(spoilt, sample, columns=SPECIFICATIONS[:1])
    status = which41.STATUS[draws.status[0, 0]]
    with pytest.raises(DataError, match=REASONS[status]):
        two_way_fe(prepare(spoilt), "y", ("lm", "ia"))
    assert status == reason or reason == "any"
    assert not draws.defined.any()
    assert not draws.level.any()
    assert not which41.matches(draws, "star").any()


def test_little_variation_is_enough_where_linearmodels_says_so():
    series = data()["year"] / 50 + 0.2 * data()["lm_flow_gross"]
    spoilt = data().assign(lm_flow=series)
    sample = which41.named(data(), pool(), "belt110")
    draws = which41.estimate(spoilt, sample, columns=SPECIFICATIONS[:1])
    fit = two_way_fe(prepare(spoilt), "y", ("lm", "ia"))
    assert relative(draws.t[0], fit.classical["t"]) < 1e-6


def test_an_exact_fit_is_no_estimate():
    exact = data().assign(reg=3 * data()["lm_flow_gross"] + data()["year"])
    sample = which41.named(data(), pool(), "belt110")
    draws = which41.estimate(exact, sample, GROSS, columns=SPECIFICATIONS[:1])
    assert which41.STATUS[draws.status[0, 0]] == "no spread"


# -- the 41 largest -------------------------------------------------------------------------------


def chosen(index: tuple) -> list[int]:
    row = by_size().loc[index]
    return sorted(row.index[row])


@cache
def by_size() -> pd.DataFrame:
    return which41.largest(data(), pool())


def ranked(column: str, year: int) -> list[int]:
    rows = data()[(data()["year"] == year) & data()[column].notna()]
    return [code for _, code in sorted(zip(-rows[column], rows["city_code"], strict=True))]


def test_the_largest_by_hand():
    order = ranked("reg", 2023)
    assert chosen(("reg", "2023", "largest", "none")) == sorted(order[:41])
    assert chosen(("reg", "2023", "smallest", "none")) == sorted(order[-41:])
    reach = pool().set_index("city_code")["reach"]
    by_reach = {name: [c for c in order if reach[c] == name] for name in which41.REACHES}
    quota = by_reach["upper"][:12] + by_reach["middle"][:14] + by_reach["lower"][:15]
    assert chosen(("reg", "2023", "largest", "12/14/15")) == sorted(quota)
    first = [code for codes in by_reach.values() for code in codes[:8]]
    rest = [code for code in order if code not in first][: 41 - 24]
    assert chosen(("reg", "2023", "largest", "8 a reach")) == sorted(first + rest)


def test_the_largest_on_average_and_by_place():
    means = data().groupby("city_code")["gr"].mean().sort_values(ascending=False)
    assert chosen(("gr", "mean", "largest", "none")) == sorted(means.index[:41])
    east = data().groupby("city_code")["lon"].first().sort_values()
    assert chosen(("lon", "always", "smallest", "none")) == sorted(east.index[:41])


def test_the_quota_is_the_proportional_one_of_the_printed_columns():
    wanted = [str(published.CITIES_OF_REACH[reach]) for reach in which41.REACHES]
    assert which41.QUOTAS[-1] == "/".join(wanted)


def test_cities_without_a_figure_are_in_no_list_and_short_lists_do_not_exist():
    assert ("odi", "2023", "largest", "none") not in by_size().index  # 16 cities have it
    assert ("lm_flow", "2008", "largest", "none") not in by_size().index
    listed = chosen(("lm_flow", "2021", "largest", "none"))  # 47 cities have it
    assert set(listed) <= set(ranked("lm_flow", 2021))
    assert ("lm_flow", "2021", "largest", "12/14/15") not in by_size().index
    assert (by_size().sum(axis=1) == 41).all()
    assert set(by_size().index.get_level_values("indicator")) == {*panel.INDICATORS, "lon", "lat"}


def test_ties_go_to_the_lower_code():
    tied = data().assign(reg=1.0)
    row = which41.largest(tied, pool()).loc[("reg", "2010", "largest", "none")]
    assert sorted(row.index[row]) == sorted(pool()["city_code"])[:41]


# -- beside the printed cells ---------------------------------------------------------------------


@pytest.fixture
def printed() -> which41.Draws:
    """Two samples that repeat every printed cell, by both errors."""
    draws = found()
    coef = np.tile(draws.cells["printed"].to_numpy(), (2, 1))
    level = np.tile(draws.cells["printed_stars"].str.len().to_numpy(), (2, 1))
    t = np.tile(draws.cells["printed_t"].to_numpy(), (2, 1))
    return replace(
        draws,
        coef=coef,
        t=t,
        df=np.full(coef.shape, 500),
        level=level,
        clustered_level=level.copy(),
        status=np.zeros((2, 7), dtype=int),
    )


def test_the_printed_tables_match_themselves(printed):
    for errors in ("classical", "clustered"):
        for same in ("sign", "star", "stars"):
            assert which41.matches(printed, same, errors).all()
        frame = which41.patterns(printed, errors)
        assert (frame[["defined", "sign", "star", "stars"]] == 2).all(axis=None)
        assert frame["cells"].tolist() == [2, 6, 3, 3, 3, 3, 3, 8, 6, 9, 23]


def test_one_star_more_one_sign_less_and_one_cell_missing(printed):
    printed.level[0, 0] = 1  # LM of Model 1 is printed with two
    same = which41.patterns(printed).set_index("group")
    assert same.loc["Table 1, Model 1", ["sign", "star", "stars"]].tolist() == [2, 2, 1]
    assert same.loc["Table 2, all", "stars"] == 2
    printed.level[0, 9] = 1  # IA before 2016 is printed without
    same = which41.patterns(printed).set_index("group")
    assert same.loc["Table 2, 2008–2016", ["sign", "star", "stars"]].tolist() == [2, 1, 1]
    assert (which41.patterns(printed, "clustered")["stars"] == 2).all()
    printed.coef[1, 22] *= -1
    same = which41.patterns(printed).set_index("group")
    assert same.loc["Table 3, all", ["sign", "star", "stars"]].tolist() == [1, 1, 1]
    assert same.loc["All tables", ["sign", "star", "stars"]].tolist() == [1, 0, 0]
    printed.coef[0, 14:17] = np.nan
    same = which41.patterns(printed).set_index("group")
    assert same.loc["Table 3, Upper reach", ["defined", "sign", "stars"]].tolist() == [1, 1, 1]
    assert same.loc["All tables", ["defined", "sign"]].tolist() == [1, 0]


def test_an_undefined_cell_without_printed_star_is_no_match(printed):
    printed.coef[0, 9] = np.nan
    printed.level[0, 9] = 0
    for same in ("sign", "star", "stars"):
        assert not which41.matches(printed, same)[0, 9]


def test_the_distribution_is_that_of_the_samples():
    draws = found()
    frame = which41.distribution(draws)
    cell = 11
    r = draws.t[:, cell] / np.sqrt(draws.t[:, cell] ** 2 + draws.df[:, cell])
    assert frame["r_mid"][cell] == pytest.approx(np.median(r))
    assert frame["t_low"][cell] == pytest.approx(np.quantile(draws.t[:, cell], 0.05))
    assert frame["coef_high"][cell] == pytest.approx(np.quantile(draws.coef[:, cell], 0.95))
    assert frame["r_below"][cell] == np.mean(r < frame["printed_r"][cell])
    assert frame["t_below"][cell] == np.mean(draws.t[:, cell] < 1.974)
    assert frame["coef_below"][cell] == np.mean(draws.coef[:, cell] < 0.348)
    positive = draws.coef[:, cell] > 0
    p = 2 * stats.t.sf(np.abs(draws.t[:, cell]), draws.df[:, cell])
    clusters = draws.cities[:, 3]
    p_clustered = 2 * stats.t.sf(np.abs(draws.clustered_t[:, cell]), clusters - 1)
    assert frame["wanted"][cell] == np.mean(positive & (p < 0.1))
    assert frame["opposed"][cell] == np.mean(~positive & (p < 0.1))
    assert frame["stars"][cell] == np.mean(positive & (p < 0.05) & (p >= 0.01))
    assert frame["clustered_wanted"][cell] == np.mean(positive & (p_clustered < 0.1))
    assert frame["clustered_opposed"][cell] == np.mean(~positive & (p_clustered < 0.1))


def test_shares_are_of_the_samples_in_which_a_cell_exists(printed):
    printed.coef[1, 0] = printed.t[1, 0] = np.nan
    frame = which41.distribution(printed)
    assert frame.loc[0, ["defined", "sign", "stars", "wanted"]].tolist() == [1, 1, 1, 1]
    printed.coef[0, 0] = np.nan
    with pytest.raises(DataError, match="Model 1: found no sample"):
        which41.distribution(printed)


def test_independent_cells_are_binomial_where_shares_are_equal():
    law = which41.independent(np.full(23, 0.2))
    np.testing.assert_allclose(law, stats.binom.pmf(np.arange(24), 23, 0.2), rtol=1e-10)


def test_independent_cells_by_enumeration():
    share = np.array([0.1, 0.5, 0.8])
    law = np.zeros(4)
    for outcome in np.ndindex(2, 2, 2):
        law[sum(outcome)] += np.prod(np.where(outcome, share, 1 - share))
    np.testing.assert_allclose(which41.independent(share), law)


def test_membership_is_the_difference_of_two_means():
    effects = which41.membership(found(), samples())
    city, cell = samples().columns[40], 20
    inside, r = samples()[city].to_numpy(), found().r[:, cell]
    expected = np.nanmean(r[inside]) - np.nanmean(r[~inside])
    assert effects.loc[city, cell] == pytest.approx(expected)
    assert effects.shape == (110, 23)


def test_membership_passes_over_undefined_samples(printed):
    two = samples().iloc[:2]
    printed.coef[1, 0] = printed.t[1, 0] = np.nan
    effects = which41.membership(printed, two)
    assert effects[0].isna().all()  # one sample is left, and nothing to compare it with
    split = two.columns[two.iloc[0] != two.iloc[1]]
    assert (effects.loc[split, 1].abs() < 1e-12).all()  # the two samples are alike in cell 1


# -- the search -----------------------------------------------------------------------------------


def test_a_search_climbs_and_keeps_its_quota():
    model1 = SPECIFICATIONS[:1]
    seen = []

    def goal(draws: which41.Draws) -> np.ndarray:
        seen.append(len(draws.t))
        return draws.t[:, 0]

    climb = which41.search(data(), pool(), goal, GROSS, model1, rounds=5, swaps=30, seed=2)
    assert list(climb.path) == sorted(climb.path)
    assert climb.path[-1] > climb.path[0] + 0.5
    assert climb.looked == sum(seen) == 151
    assert climb.best.t[0, 0] == pytest.approx(climb.path[-1])
    slow = which41.search(data(), pool(), goal, GROSS, model1, rounds=6, swaps=1, seed=2)
    assert len(set(slow.path)) < 7, "an exchange for the worse was tried"
    assert slow.best.t[0, 0] == pytest.approx(slow.path[-1])
    start = which41.draw(pool(), draws=1, seed=2)
    assert which41.estimate(data(), start, GROSS, model1).t[0, 0] == pytest.approx(climb.path[0])


def test_a_search_exchanges_one_city_of_the_same_reach(monkeypatch):
    tried = []
    real = which41.Study.estimate
    monkeypatch.setattr(
        which41.Study, "estimate", lambda self, some: tried.append(some) or real(self, some)
    )
    model1 = SPECIFICATIONS[:1]
    which41.search(data(), pool(), lambda d: d.t[:, 0], GROSS, model1, rounds=1, swaps=50, seed=4)
    start, swapped = tried[0].to_numpy()[0], tried[1].to_numpy()
    reach = pool()["reach"].to_numpy()
    for row in swapped:
        changed = np.flatnonzero(row != start)
        assert len(changed) == 2
        assert reach[changed[0]] == reach[changed[1]]
        assert row.sum() == 41
    assert len(np.unique(swapped, axis=0)) > 40


# -- figures and tables ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "share, text",
    [
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.5, "50 %"),
        (0.123, "12 %"),
        (0.0123, "1.2 %"),
        (0.0001, "0.01 %"),
        (0.9995, "99.95 %"),
        (0.996, "99.6 %"),
        (1e-6, "<0.01 %"),
        (1 - 1e-6, ">99.99 %"),
    ],
)
def test_shares_read_as_nought_or_all_only_where_they_are(share, text):
    assert pictures.percent(share) == text


def test_large_numbers_are_read_with_their_power_of_ten():
    assert pictures.scientific(2_700_000) == "2.7 × 10⁶"
    assert pictures.scientific(3.04e30) == "3.0 × 10³⁰"


def both() -> dict[str, which41.Draws]:
    return {"LM": found(), "LM gross": found(GROSS)}


def test_tables_show_the_computed_figures():
    cells = pictures.cells_table(both(), "c", "tab-x").frame
    assert len(cells) == 23
    frame = which41.distribution(found(GROSS))
    assert cells.loc[1, "LM gross: below printed"] == pictures.percent(frame["r_below"][1])
    assert cells.loc[0, "Cell"] == "Model 1: LM**"
    patterns = pictures.patterns_table(both(), "c", "tab-x").frame
    signs = which41.patterns(found(GROSS))["sign"]
    assert patterns[patterns["LM"] == "LM gross"]["Signs"].tolist() == [f"{n:,}" for n in signs]
    wanted = pictures.wanted_table(both(), "c", "tab-x").frame
    assert wanted.loc[12, "LM gross: printed sign"].startswith(
        pictures.percent(frame["wanted"][12])
    )
    overview = pictures.overview_table(both(), "c", "tab-x").frame
    most = which41.matches(found(), "stars").sum(axis=1).max()
    assert overview.loc[0, "Stars, most"] == str(most)
    units = pictures.units_table(both(), "c", "tab-x").frame
    assert units.loc[0, "Printed (t)"] == "0.501** (2.13)"
    names = pool().set_index("city_code")["reach"]
    moved = pictures.membership_table(both(), samples(), names, "c", "tab-x").frame
    largest = which41.membership(found(), samples())[0].abs().idxmax()
    assert moved.loc[0, "LM: city"] == names[largest]


def test_the_table_of_what_is_left_names_the_reasons():
    draws = replace(found(), status=np.zeros_like(found().status))
    draws.status[:3, 6] = 2
    draws.status[3, 6] = 4
    table = pictures.defined_table({"LM": draws}, "c", "tab-x").frame
    assert table.loc[6, "LM: undefined"] == "3 unconnected, 1 no spread"
    assert table.loc[0, "LM: undefined"] == "0"


def test_figures_carry_what_was_computed():
    text = repr(pictures.cell_distributions(both()))
    assert text.count("line printed") == 23
    counts = repr(pictures.counts_plot(both()))
    same = which41.matches(found(), "stars")
    assert f"to {np.bincount(same.sum(axis=1)).max()}," in counts
    alone = len(same) * which41.independent(same.mean(axis=0))
    assert f"to {alone.max():.4g}," in counts
    climb = which41.Search((0.5, 1.25, 3.75), 3, found())
    two = {"LM": climb, "LM gross": climb}
    shown = repr(pictures.search_plot(two, two, 23))
    assert "y 0.5 to 3.75" in shown
    assert "y 0 to 3," in shown  # cells are whole
