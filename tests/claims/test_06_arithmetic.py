"""Sentences of the chapter on arithmetic, in the paper's case and in the others."""

import numpy as np
import pandas as pd
import pytest
from headline import Headline
from headline import panel as panel_in

from lib import cases, placebo
from lib.estimation import two_way_fe
from lib.specifications import READINGS

BY_KEY = {case.key: case for case in cases.CASES}


def money(page, case):
    slopes = page.twoway["official"].xs(case, level="case").loc["level"]
    return slopes["flow"] < 0 < slopes["stock"]


def scales(page, case):
    both = page.twoway[["official", "invented"]].xs(case, level="case").xs("stock", level="reading")
    return (both.loc["log"] < 0).all() and (both.loc["level"] > 0).all()


def alike(page, case):
    """Whether the t-statistics on invented income are those on official income, nearly."""
    frame, rest = cases.applied(page.data, BY_KEY[case])
    own, invented = (
        page.arithmetic.cells(each, **rest.change)["t"] for each in (frame, placebo.belt(frame))
    )
    return own.corr(invented) > 0.9


def gaps(page, case):
    frame = panel_in(page.data, case).sort_values(["city", "year"])
    first = frame.groupby("city")["reg"].transform("first")
    rich = first > first.groupby(frame["city"]).first().median()
    values = pd.DataFrame({"money": frame["reg"], "log": np.log(frame["reg"])})
    gap = values[rich].groupby(frame["year"]).mean() - values[~rich].groupby(frame["year"]).mean()
    return gap["money"].iloc[-1] > gap["money"].iloc[0] and gap["log"].iloc[-1] < gap["log"].iloc[0]


def along_paths(page, case):
    """The stock is negative along paths in a case; the flow's sign is not the same in all cases."""
    flow = np.sign(page.of_flow["official"].unstack("case"))
    stock = page.of_stock["official"].xs(case, level="case")
    return (stock < 0).all() and (flow.min(axis=1) < flow.max(axis=1)).any()


def implied(page, case):
    found = page.implied.xs(case, level="case")
    zero = ~(found["province_low"] > 0) & found["province_low"].notna()
    return found["elasticity"].between(0, 1).all() and zero.mean() > 0.5


def favour(page, case):
    """Zero fits best with shocks of cities; with shocks of provinces nothing does."""
    sums = page.sizes["sum"].unstack("elasticity").xs(case, level="case")
    apart = sums.loc["province"].max() - sums.loc["province"].min()
    return sums.loc["city"].idxmin() == 0 and apart < 8


def main(page, case):
    return page.eta - page.half < 0 < page.eta < page.eta + page.half < 1


HEADLINES = [
    Headline("finds two signs", money),
    Headline("The slope is negative if mobility is a flow", money),
    Headline(
        "it grows at the same rate",
        lambda page, case: (page.growth.groupby(page.year).nunique() == 1).all(),
        ("",),
    ),
    Headline("nearly the same t-statistics", alike, ("paper",)),
    Headline("In our main case it is", main, ("clean",)),
    Headline("In the other cases, paths and scales", implied),
    Headline("the t-statistics on invented income", alike, ("paper",)),
    Headline("the gap between rich and poor cities widens", gaps),
    Headline("Along own paths the slope of the stock is negative in every case; the", along_paths),
    Headline(
        "gives nearly all verdicts of the paper's case",
        lambda page, case: page.same[page.decided].mean() > 0.8,
        ("paper",),
    ),
    Headline("Without own paths the slope of the stock", scales),
    Headline("and the sign of the flow is not settled", along_paths),
    Headline("Sizes favour", favour, ("paper", "clean", "spells", "current")),
    Headline("and its interval contains zero", main, ("clean",)),
    Headline(
        "With chapter 11 the range",
        lambda page, case: (
            abs(page.implied["elasticity"].min()) < 0.1 and page.census["current"]["high"] > 1
        ),
        ("",),
    ),
]


def test_the_belt_of_the_page_and_its_regression_are_those_of_the_library(page):
    assert np.allclose(page.belt["reg"], placebo.belt(page.data)["reg"], rtol=1e-12)
    helper = two_way_fe(page.rows.reset_index(), "REG", ["LM", "IA"], effects="start")
    assert np.allclose(helper.coef, page.fit.params[["LM", "IA"]], rtol=1e-8)
    assert np.allclose(helper.clustered["t"], page.fit.tstats[["LM", "IA"]], rtol=1e-6)


def test_nearly_all_verdicts_are_those_of_a_belt_without_effect_and_most_with_one(page):
    share = page.same[page.decided].mean(), page.same[page.claimed].mean()
    assert min(share) > 0.8
    without, half = (each[page.mobile].mean() for each in (page.same, page.same_half))
    assert without > half > 0.5
    same = page.pair[0] == page.pair[1]
    assert 0.5 < same[page.mobile_current].mean() < without
    assert page.official["t"].corr(page.invented["t"]) > 0.9


def test_one_rate_adds_more_money_in_a_rich_city_and_gaps_move_as_said(page):
    assert page.added[page.rich_name] > 5 * page.added[page.poor_name]
    time = page.gap.corrwith(pd.Series(page.gap.index, page.gap.index))
    assert time["reg"] > 0.9 and time["lm_stock"] > 0.8
    assert time["log_reg"] < -0.9 and time["lm_flow"] < -0.4
    grown = np.log((page.output / page.first).groupby(page.city).last())
    assert grown.corr(np.log(page.start)) < -0.3  # poor cities grew faster


@pytest.mark.parametrize(
    ("outcome", "reading", "sign"),
    [("level", "flow", -1), ("level", "stock", 1), ("log", "stock", -1)],
)
def test_without_paths_both_slopes_have_one_sign_in_every_case(page, outcome, reading, sign):
    both = page.twoway.loc[(outcome, reading)][["official", "invented"]]
    assert len(both) == 6 and (np.sign(both) == sign).all(axis=None)


def test_without_paths_the_flow_in_logarithms_turns_and_differences_are_by_city_only(page):
    flow = page.twoway.loc[("log", "flow")]["official"]
    assert flow["paper"] < 0 < flow["clean"]
    assert page.twoway["province_beyond_p"].min() > 0.05
    by_city = page.twoway["beyond_p"]
    assert by_city.xs("clean", level="case").max() < 0.05 < by_city.xs("paper", level="case").min()


def test_along_paths_the_stock_is_negative_in_every_case_and_less_than_invented(page):
    stock = page.of_stock
    assert len(stock) == 24 and (stock["invented"] < stock["official"]).all()
    assert stock["official"].max() < 0
    assert stock.xs("clean", level="case")["province_p"].max() < 0.05


def test_along_paths_the_sign_of_the_flow_hangs_on_the_case(page):
    money = page.of_flow.xs("level", level="outcome")["official"].unstack("case")
    assert (money["paper"] < 0).all() and (money[["clean", "spells"]] > 0).all(axis=None)


def test_sums_are_smallest_below_zero_if_shocks_are_of_cities_and_flat_if_of_provinces(page):
    sums = page.sizes["sum"].unstack("elasticity")
    city, province = (sums.xs(name, level="noise") for name in ("city", "province"))
    assert len(city) == 4 and (city.idxmin(axis=1) < 0).all()
    shown = province.loc[:, 0:]
    assert (shown.max(axis=1) - shown.min(axis=1) < 8).all()
    assert city.loc["current", 0:].min() > 2 * page.sizes["slopes"].iloc[0] == 24


def test_the_main_case_is_that_of_the_study_and_elasticities_lie_as_said(page):
    main = page.implied.loc[("start", "log", "clean")]
    ends = main[["elasticity", "province_low", "province_high"]].tolist()
    assert ends == pytest.approx([page.eta, page.eta - page.half, page.eta + page.half], abs=2e-3)
    assert page.eta - page.half < 0 < page.eta + page.half < 1
    assert page.implied["elasticity"].between(0, 1).all() and len(page.implied) == 24
    lost = page.implied.index[page.implied["province_low"].isna()]
    assert list(lost) == [("trend", "level", "spells")]
    above = page.implied[page.implied["province_low"] > 0].index
    assert {place[:2] for place in above} == {("trend", "level")}
    assert ("trend", "level", "paper") in above
    assert page.covered.min() > 0.8


def test_census_to_census_and_paths_run_from_below_zero_to_above_one(page):
    index, current = page.census["index"], page.census["current"]
    assert index["low"] < 0 < current["low"] and index["high"] < 1 < current["high"]


def test_the_slope_of_industry_lies_between_two_belts_in_every_case(page):
    found = page.industry
    assert len(found) == 72
    assert (found["industry"] < 0).all() and (found["industry"] < found["official"]).all()
    assert (found["official"] < found["rest"]).all()
    place = ("stock", "log_reg", "start", "paper")
    fit = page.cases.fit(page.industry_belt, page.how, page.MODEL1)
    assert fit.coef["IA"] == pytest.approx(found.loc[place, "rest"])
    assert page.ia == pytest.approx(found.loc[place, "official"])


def test_trends_take_more_of_the_stock_than_paths(page):
    assert page.kept["trend"] < page.kept["start"] < 1


def test_in_exercise_3_the_official_slope_is_below_all_draws(solved):
    assert solved.slopes.loc[("twoway", "level", "stock", "paper"), "official"] < min(solved.drawn)
    assert {reading.name for reading in READINGS} == set(solved.alone)
