"""Sentences of the section on the three reaches, in every case."""

import numpy as np
from headline import ONCE, Headline, turned_by_origin

REACHES = "Upper", "Middle", "Lower"


def stock(page, case):
    """Positive in every reach; significant in the middle one, in the lower but for two cases."""
    found = {reach: page.slope("stock", reach).xs(case) for reach in REACHES}
    low = {reach: each["p"] < 0.05 for reach, each in found.items()}
    want = {"Upper": False, "Middle": True, "Lower": case not in ("clean", "spells")}
    return all(each["coef"] > 0 for each in found.values()) and low == want


def flow(page, case):
    found = page.slope("flow", "Lower").xs(case)
    elsewhere = [page.slope("flow", reach)["coef"] for reach in REACHES[:2]]
    turn = all(each.min() < 0 < each.max() for each in elsewhere)
    return found["coef"] < 0 and found["p"] < 0.05 and turn


def verdict(reading, reach, want):
    def holds(page, case):
        return all(
            page.said.loc[(reading + origin, f"{reach} reach", "LM", case), "verdict"] == want
            for origin in ("", ", average")
        )

    return holds


def upper(page, case):
    return page.said.loc[("stock", "Upper reach", "LM", case), "verdict"] == "supported"


def origin(page, case):
    """Agglomeration in the lower reach, with the flow: as printed and in the average city."""
    printed = page.slope("flow", "Lower", "IA", "").xs(case)
    average = page.slope("flow", "Lower", "IA").xs(case)
    return printed["coef"] < 0 < average["coef"]


def turns(page, _):
    both = [page.slope("stock", "Lower", "IA", o)["coef"] for o in ("", ", average")]
    return all(each.min() < 0 < each.max() for each in both)


def printed_alike(page, _):
    return len(page.printed) == 3 and page.printed.min() > 0.05


def alike(page, case):
    return printed_alike(page, case) and page.share.loc[case].min() > 0.05


HEADLINES = [
    Headline("own table does not show", printed_alike, ONCE),
    Headline("its slope in a city with average mobility", stock),
    Headline("This slope is significant", stock),
    Headline("its slope is negative and significant in the lower reach", flow),
    Headline("In the other two reaches", flow),
    Headline("These data do not settle", lambda p, c: turns(p, c) and origin(p, "paper"), ONCE),
    Headline("the slope of the flow is negative", lambda p, c: stock(p, c) and flow(p, c)),
    Headline("mobility in the middle reach is supported", verdict("stock", "Middle", "supported")),
    Headline("but in the upper reach it is significant in none", stock),
    Headline("coefficient of the stock in the upper reach", upper, but="paper"),
    Headline("mobility in the lower reach is opposed", verdict("flow", "Lower", "opposed")),
    Headline("where the flow is zero", origin),
    Headline("this slope of agglomeration is positive", turns, ONCE),
    Headline("Neither the paper's table nor", alike),
]


def test_the_regression_in_sight_is_the_library_s(page):
    ours = page.every.xs(("stock", "Middle reach", "paper"), level=["reading", "heading", "case"])
    assert np.allclose(page.fit.params[ours.index], ours["coef"], rtol=1e-8)


def test_the_origin_changes_three_verdicts(page):
    assert turned_by_origin(page) == {
        ("flow", "Middle reach", "LM"): ("opposed", "cannot tell"),
        ("flow", "Lower reach", "IA"): ("opposed", "supported"),
        ("stock", "Lower reach", "LM"): ("cannot tell", "supported"),
    }


def test_the_interaction_in_the_middle_reach(page):
    stock, flow = (page.slope(name, "Middle", "LM_IA", "") for name in ("stock", "flow"))
    assert stock["coef"].max() < 0 and stock["p"].max() < 0.05
    assert flow["coef"].min() < 0 < flow["coef"].max()


def test_all_divisions_are_there_and_a_large_difference_is_found(page):
    assert page.deals == 11_550 and page.share.shape == (6, 2)
    assert page.power[4] < 0.05 < page.power[2]


def test_the_jackknife_is_the_smaller_t_in_the_upper_reach(page):
    found = page.found["stock"]["upper"]
    assert found.jackknife.loc["LM", "t"] < found.clustered.loc["LM", "t"]
    sizes = [each.n_entities for each in page.found["stock"].values()]
    assert sizes == sorted(sizes)


def test_in_exercise_3_the_interval_holds_zero_everywhere(solved):
    assert (solved.along["low"] * solved.along["high"] < 0).all()
