import numpy as np
import pandas as pd
import pytest
from headline import ONCE, Headline
from headline import panel as panel_in

from lib import cases, placebo
from lib.estimation import two_way_fe

BY_KEY = {case.key: case for case in cases.CASES}


def two_signs(page, case):
    """Minus for the flow and plus for the stock, in money and without own paths."""
    slopes = page.twoway["official"].xs(case, level="case").loc["level"]
    return (slopes.loc["flow"] < 0).all() and (slopes.loc["stock"] > 0).all()


def scales(page, case):
    """Of both slopes: the stock's signs in money and in logarithms, and the flow's in money."""
    slopes = page.twoway[["official", "invented"]].xs(case, level="case")
    stock = slopes.xs("stock", level="reading")
    signs = (stock.loc["log"] < 0).all() and (stock.loc["level"] > 0).all()
    return signs and (slopes.loc[("level", "flow")] < 0).all(axis=None)


def alike(page, case):
    """Whether most t-statistics on invented income are near those on official income."""
    frame, rest = cases.applied(page.data, BY_KEY[case])
    official, invented = (
        page.arithmetic.cells(each, **rest.change)["t"] for each in (frame, placebo.belt(frame))
    )
    return ((official - invented).abs() < 0.5).mean() > 0.5


def gaps(page, case):
    income = panel_in(page.data, case).pivot(index="year", columns="city", values="reg")
    rich = income.iloc[0] > income.iloc[0].median()
    gaps = [i.loc[:, rich].mean(axis=1) - i.loc[:, ~rich].mean(axis=1)
            for i in (income, np.log(income))]  # fmt: skip
    money, logs = (gap.iloc[-1] - gap.iloc[0] for gap in gaps)
    return logs < 0 < money


def along_paths(page, case):
    """The stock is negative along paths in a case; the flow's sign is not the same in all cases."""
    flow = np.sign(page.of_flow["official"].unstack("case"))
    stock = page.of_stock[["official", "invented"]].xs(case, level="case")
    turns = (flow.min(axis=1) < flow.max(axis=1)).any()
    return turns and (stock["invented"] < stock["official"]).all() and (stock < 0).all(axis=None)


def implied(page, case):
    slopes = page.implied.xs(case, level="case")
    largest = page.implied.loc[page.implied["elasticity"].idxmax()]
    wide = (slopes["province_low"] <= 0).mean() > 0.5 and np.isnan(largest["province_low"])
    return slopes["elasticity"].between(0, 1).all() and wide


def main(page, _):
    slope = page.implied.loc[("start", "log", "clean")]
    ends = slope[["elasticity", "province_low", "province_high"]].tolist()
    assert ends == pytest.approx([page.eta, page.eta - page.half, page.eta + page.half], abs=2e-3)
    return page.eta - page.half < 0 < page.eta < page.eta + page.half < 1


def verdicts_of_a_belt(page, _):
    """Nearly all without an effect of residents, fewer on mobility with one of a half."""
    nearly = page.same[page.decided].mean(), page.same[page.claimed & ~page.decided].mean()
    without, half = (each[page.mobile].mean() for each in (page.same, page.same_half))
    current = (page.pair[0] == page.pair[1])[page.mobile_current].mean()
    return (
        nearly[0] > 0.8
        and nearly[1] == 1
        and without > max(half, current)
        and min(half, current) > 0.5
    )


HEADLINES = [
    Headline("finds two signs", two_signs),
    Headline("The slope is negative if mobility is measured as a flow", two_signs),
    Headline("it grows at the same rate",
             lambda p, _: (p.growth.groupby(p.year).nunique() == 1).all(), ONCE),
    Headline("most t-statistics differ", alike, ("paper",)),
    Headline("Our main estimate is", main, ("clean",)),
    Headline("let each city have a growth path of its own",
             lambda p, case: p.bare[case] < 0 and implied(p, case)),
    Headline("most t-statistics of slopes", alike, ("paper",)),
    Headline("the gap between rich and poor cities widens", gaps),
    Headline("With own paths the slope of the stock is negative in every case; the", along_paths),
    Headline("gives the same verdict on {eval}", verdicts_of_a_belt, ("paper",)),
    Headline("Without own paths the slope of the stock", scales),
    Headline("and the sign of the slope of the flow is not settled", along_paths),
    Headline("and its interval contains zero", main, ("clean",)),
]  # fmt: skip


def test_the_belt_of_the_page_and_its_regression_are_those_of_the_library(page):
    assert np.allclose(page.belt["reg"], placebo.belt(page.data)["reg"], rtol=1e-12)
    ours = two_way_fe(page.rows.reset_index(), "REG", ["LM", "IA"], effects="start")
    assert np.allclose(ours.coef, page.fit.params[["LM", "IA"]], rtol=1e-8)


def test_gaps_move_as_said(page):
    time = page.gap.corrwith(pd.Series(page.gap.index, page.gap.index))
    assert time["reg"] > 0.9 and time["lm_stock"] > 0.8
    assert time["log_reg"] < -0.9 and set(page.gap["lm_flow"].nlargest(2).index) == {2010, 2011}
    plain = page.twoway["official"].xs("paper", level="case").loc["level"]
    assert plain["flow"] < page.by_half["flow"] < 0 < page.by_half["stock"] < plain["stock"]


def test_what_is_significant_without_and_along_paths(page):
    assert page.twoway["province_beyond_p"].min() > 0.05
    by_city = page.twoway["beyond_p"].unstack("case")
    assert by_city["clean"].max() < 0.05 < by_city.drop(columns=["clean", "spells"]).min(axis=None)
    trends = page.slopes.loc[("trend", "level", "stock")]
    assert (trends["official"] > trends["invented"]).all()
    logs = page.slopes["invented"].xs("log", level="outcome").abs().groupby("reading").min()
    assert logs["flow"] < 0.05 < 0.3 < logs["stock"]


def test_along_paths_clean_rows_turn_the_flow_in_money(page):
    money = page.of_flow.xs("level", level="outcome")["official"].unstack("case")
    assert (money["paper"] < 0).all() and (money[["clean", "spells"]] > 0).all(axis=None)


def test_the_example_of_a_comparison_and_which_intervals_are_lost_or_above_zero(page):
    place = page.places.sort_index().loc[("paper", "stock", "Model 1", "LM", 0.5, "province")]
    assert page.z == pytest.approx(place["z"]) and (page.sizes["slopes"] == 12).all()
    assert (page.lowest <= 0).all() and set(page.lowest) > {0}


@pytest.mark.parametrize("case", ["paper", "clean", "spells", "current"])
def test_below_zero_fits_best_by_city_and_no_elasticity_fits_clearly_best_by_province(page, case):
    sums = page.sizes["sum"].unstack("elasticity").xs(case, level="case")
    shown = sums.loc["province"].loc[0:]
    assert sums.loc["city"].idxmin() < 0 and shown.max() - shown.min() < 8


def test_which_intervals_of_the_elasticity_are_lost_or_above_zero(page):
    lost = page.implied.index[page.implied["province_low"].isna()]
    assert list(lost) == [("trend", "level", "spells")]
    above = page.implied[page.implied["province_low"] > 0].index
    assert {place[:2] for place in above} == {("trend", "level")}
    index, current = page.census["index"], page.census["current"]
    assert index["low"] < 0 < current["low"] and index["high"] < 1 < current["high"]
    assert page.covered.min() > 0.8


def test_the_slope_of_industry_lies_between_two_belts_in_every_case(page):
    slopes = page.industry
    assert len(slopes) == 72 and (slopes["industry"] < 0).all()
    assert slopes["official"].between(slopes["industry"], slopes["rest"], inclusive="neither").all()
