"""Sentences of the section on Table 1, in the paper's case and in the others."""

from headline import ONCE, Headline

from lib.estimation import two_way_fe
from lib.specifications import FLOW, MODEL1, STOCK, rows

ALL_ROWS = ("paper", "half", "step", "current")


def decided(page, case):
    return page.said["verdict"].xs(case, level="case").isin(["supported", "opposed"])


def turns(slopes):
    return slopes["coef"].min() < 0 < slopes["coef"].max()


def stock(page, case):
    line = page.lm["stock"].loc[case]
    return line["coef"] > 0 and (line["province_p"] < 0.05) == (case in ("clean", "spells"))


def flow(page, case):
    line = page.lm["flow"].loc[case]
    return line["coef"] < 0 and line["province_p"] > 0.05


def mostly_moved(page, case):
    four = page.made["flow"].index[:4]
    moved = page.data["flags"].str.contains("boundary:resident_pop")
    used = rows(page.data, {each.key: each for each in page.cases.CASES}[case].of(FLOW), MODEL1)
    share = page.figures.influence(used, "REG", "LM", ["IA"])["share"]
    return share[four].sum() > 0.5 and {*four} <= {*page.data.loc[moved, "city"]}


def industry(page, _):
    return all(map(turns, page.ia.values()))


HEADLINES = [
    Headline("do not settle either", lambda p, _: industry(p, _) and turns_verdict(p), ONCE),
    Headline("With the stock, the slope of newcomers", stock),
    Headline("This slope is significant in", stock),
    Headline("With the flow, the slope of newcomers", flow),
    Headline("The slope of industry (IA) is positive", industry, ONCE),
    Headline("is negative with the flow and positive",
             lambda p, c: flow_sign(p, c) and industry(p, c)),
    Headline("four cities whose borders moved", mostly_moved, ALL_ROWS),
    Headline("printed coefficients is supported", lambda p, c: not decided(p, c).any(), ("paper",)),
    Headline("With the stock, the slope is positive in every case, but", stock),
    Headline("With the flow, the slope is negative", flow),
    Headline("If income is replaced", lambda p, c: p.in_logs["stock"]["coef"].xs(
        c, level="case").max() < 0),
    Headline("The slope of agglomeration is positive", industry, ONCE),
]  # fmt: skip


def flow_sign(page, case):
    return page.lm["flow"].loc[case, "coef"] < 0 < page.lm["stock"].loc[case, "coef"]


def turns_verdict(page):
    """Under each definition a case decides what the paper's case does not."""
    turns = page.said["turns"].xs("paper", level="case")
    return all(turns[name, "Model 1", row] for name, row in (("stock", "LM"), ("flow", "IA")))


def test_the_regression_in_sight_is_the_library_s(solved):
    for name, reading in (("flow", FLOW), ("stock", STOCK)):
        found = two_way_fe(rows(solved.data, reading, MODEL1), "REG", ["LM", "IA"])
        ours = solved.every.xs((name, "Model 1", "paper"), level=["reading", "heading", "case"])
        assert abs(found.coef - ours["coef"]).max() < 1e-9
        assert abs(found.province["p"] - ours["province_p"]).max() < 1e-9


def test_tongling_in_2015_is_far_out(page):
    assert {frame.index[0] for frame in page.made.values()} == {"Tongling"}
    for used in (page.rows, page.stock_rows):
        net = page.figures.net_of_effects(used, "REG", "LM", ["IA"])
        far = net.loc[net["x"].abs().idxmax()]
        assert (far["city"], far["year"]) == ("Tongling", 2015) and far["x"] > 0
    assert page.made["flow"].without.iloc[0] < 0 < page.made["stock"].without.iloc[0]


def test_remedies_for_borders_move_the_slope_of_mobility_away_from_zero_within_its_error(page):
    for slopes in page.lm.values():
        size = slopes["coef"].abs()
        assert (size[["clean", "spells"]] > size["paper"]).all()
        assert slopes["province_moved_p"].min() > 0.05


def test_the_slope_of_industry_hangs_on_the_step_and_on_prices(page):
    stock, flow = page.ia["stock"], page.ia["flow"]
    assert stock.loc["step", "coef"] < 0 < stock.loc["current", "coef"]
    both = stock.loc[["step", "current"]]
    assert (both[["province_p", "province_moved_p"]] < 0.05).all(axis=None)
    assert flow.loc["step", "coef"] < 0 < flow.loc["paper", "coef"]
    assert flow.loc["current", "province_p"] < 0.05


def test_income_falls_with_residents_and_output_rises_in_one_line_only(page):
    assert page.in_logs["stock"]["coef"].max() < 0 and len(page.in_logs["stock"]) == 6
    assert len(page.answer) == 5
    assert (page.answer["income"] < 0).all() and (page.answer["income, p"] < 0.05).all()
    assert list(page.answer.index[page.answer["output, p"] < 0.05]) == ["current"]


def test_openness_is_negative_by_city_and_not_by_province(page):
    odi = page.every.xs("ODI", level="row")
    assert len(odi) == 12 and odi["coef"].max() < 0
    assert odi["p"].max() < 0.05 < odi["province_p"].min()


def test_random_effects_are_rejected_in_all_regressions(page):
    assert len(page.tests) == 14 and page.tests[["p", "Mundlak p"]].max(axis=None) < 0.05
    printed = page.tests.drop_duplicates("Column")["Printed p"]
    assert (printed > 0.05).sum() == 3
