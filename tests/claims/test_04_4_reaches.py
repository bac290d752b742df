from headline import ONCE, Headline, turned_by_origin, turns

REACHES = "Upper", "Middle", "Lower"


def stock(page, case):
    """Positive in every reach; significant in the middle one, in the lower but for two cases."""
    slopes = [page.slope("stock", reach).xs(case) for reach in REACHES]
    significant = [slope["p"] < 0.05 for slope in slopes]
    expected = [False, True, case not in ("clean", "spells")]
    return all(slope["coef"] > 0 for slope in slopes) and significant == expected


def flow(page, case):
    lower = page.slope("flow", "Lower").xs(case)
    turn = all(turns(page.slope("flow", reach)) for reach in REACHES[:2])
    return lower["coef"] < 0 and lower["p"] < 0.05 and turn


def verdict(page, case, reading, reach, verdict, origins=("", ", average")):
    places = [(reading + origin, f"{reach} reach", "LM", case) for origin in origins]
    return (page.said.loc[places, "verdict"] == verdict).all()


def origin(page, case):
    """Agglomeration in the lower reach, with the flow: as printed and in the average city."""
    printed = page.slope("flow", "Lower", "IA", "").xs(case)
    average = page.slope("flow", "Lower", "IA").xs(case)
    return printed["coef"] < 0 < average["coef"]


def industry(page, _):
    return all(turns(page.slope("stock", "Lower", "IA", o)) for o in ("", ", average"))


def alike(page, case=""):
    """By the printed table, and in a case by the divisions of provinces, too."""
    printed = len(page.printed) == 3 and page.printed.min() > 0.05
    return printed and (not case or page.share.loc[case].min() > 0.05)


def below(page, case):
    """The flow's slope in the lower reach, by city, on clean rows and with new effects only."""
    far = [page.below(reach)[case] < -2.1 for reach in REACHES[:2]]
    return far == [case in ("clean", "spells")] * 2


HEADLINES = [
    Headline("own table does not show", alike, ONCE),
    Headline("its slope in a city with average mobility", stock),
    Headline("This slope is significant", stock),
    Headline("its slope is negative and significant in the lower reach", flow),
    Headline("In the other two reaches", flow),
    Headline("These data do not settle", lambda p, c: industry(p, c) and origin(p, "paper"),
             ONCE),
    Headline("the slope of the flow is negative", lambda p, c: stock(p, c) and flow(p, c)),
    Headline("mobility in the middle reach is supported",
             lambda p, c: verdict(p, c, "stock", "Middle", "supported")),
    Headline("but in the upper reach it is significant in none", stock),
    Headline("coefficient of the stock in the upper reach",
             lambda p, c: verdict(p, c, "stock", "Upper", "supported", [""]), but="paper"),
    Headline("mobility in the lower reach is opposed",
             lambda p, c: verdict(p, c, "flow", "Lower", "opposed")),
    Headline("where the flow is zero", origin),
    Headline("this slope of agglomeration is positive", industry, ONCE),
    Headline("and by the divisions of provinces", alike),
    Headline("is significantly below the slopes", below),
]  # fmt: skip


def test_the_regression_in_sight_is_the_library_s(page):
    ours = page.every.xs(("stock", "Middle reach", "paper"), level=["reading", "heading", "case"])
    assert abs(page.fit.params[ours.index] - ours["coef"]).max() < 1e-7


def test_the_origin_changes_three_verdicts(page):
    assert turned_by_origin(page) == {
        ("flow", "Middle reach", "LM"): ("opposed", "cannot tell"),
        ("flow", "Lower reach", "IA"): ("opposed", "supported"),
        ("stock", "Lower reach", "LM"): ("cannot tell", "supported"),
    }


def test_the_interaction_the_power_of_the_test_and_the_errors_of_the_upper_reach(page):
    stock, flow = (page.slope(name, "Middle", "LM_IA", "") for name in ("stock", "flow"))
    assert stock["coef"].max() < 0 and stock["p"].max() < 0.05
    assert flow["coef"].min() < 0 < flow["coef"].max()
    assert page.deals == 11_550 and page.power[4] < 0.05 < page.power[2]
    upper = page.found["stock"]["upper"]
    assert upper.jackknife.loc["LM", "t"] < upper.clustered.loc["LM", "t"]
