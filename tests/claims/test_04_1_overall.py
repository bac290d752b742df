from headline import ONCE, Headline, turns

from lib.specifications import FLOW, MODEL1, rows


def industry(page, _):
    return all(map(turns, page.ia.values()))


def unsettled(page, _):
    """Under each definition a case decides what the paper's case does not, and IA turns."""
    by_case = page.said["turns"].xs("paper", level="case")
    decides = (by_case[name, "Model 1", row] for name, row in (("stock", "LM"), ("flow", "IA")))
    return all(decides) and industry(page, _)


def stock(page, case):
    slope = page.lm["stock"].loc[case]
    return slope["coef"] > 0 and (slope["province_p"] < 0.05) == (case in ("clean", "spells"))


def flow(page, case):
    slope = page.lm["flow"].loc[case]
    return slope["coef"] < 0 and slope["province_p"] > 0.05


def signs(page, case):
    mobility = page.lm["flow"].loc[case, "coef"] < 0 < page.lm["stock"].loc[case, "coef"]
    return mobility and industry(page, case)


def mostly_moved(page, case):
    four = page.made["flow"].index[:4]
    moved = page.data["flags"].str.contains("boundary:resident_pop")
    used = rows(page.data, {each.key: each for each in page.cases.CASES}[case].of(FLOW), MODEL1)
    share = page.figures.influence(used, "REG", "LM", ["IA"])["share"]
    return share[four].sum() > 0.5 and {*four} <= {*page.data.loc[moved, "city"]}


HEADLINES = [
    Headline("do not settle either", unsettled, ONCE),
    Headline("With the stock, the slope of newcomers", stock),
    Headline("This slope is significant in", stock),
    Headline("By another test, the wild", lambda p, case: p.wild[case] < 0.05),
    Headline("With the flow, the slope of newcomers", flow),
    Headline("The slope of industry (IA) is positive", industry, ONCE),
    Headline("is negative with the flow and positive", signs),
    Headline("four cities whose borders moved", mostly_moved, ("paper", "half", "step", "current")),
    Headline("printed coefficients is supported", lambda p, case: not (
        p.said["verdict"].xs(case, level="case").isin(["supported", "opposed"]).any()), ("paper",)),
    Headline("With the stock, the slope is positive in every case; it", lambda p, case: (
        stock(p, case) and p.wild[case] < 0.05)),
    Headline("With the flow, the slope is negative", flow),
    Headline("If income is replaced", lambda p, case: (
        p.in_logs["stock"]["coef"].xs(case, level="case") < 0).all()),
    Headline("The slope of agglomeration is positive", industry, ONCE),
]  # fmt: skip


def test_tongling_in_2015_is_far_out(page):
    for used in (page.rows, page.stock_rows):
        net = page.figures.net_of_effects(used, "REG", "LM", ["IA"])
        far = net.loc[net["x"].abs().idxmax()]
        assert (far["city"], far["year"]) == ("Tongling", 2015) and far["x"] > 0
    assert page.made["flow"].without.iloc[0] < 0 < page.made["stock"].without.iloc[0]


def test_remedies_move_mobility_within_its_error_and_the_step_and_prices_turn_industry(page):
    for slopes in page.lm.values():
        size = slopes["coef"].abs()
        assert (size[["clean", "spells"]] > size["paper"]).all()
        assert slopes["province_moved_p"].min() > 0.05
    stock, flow = page.ia["stock"], page.ia["flow"]
    assert stock.loc["step", "coef"] < 0 < stock.loc["current", "coef"]
    both = stock.loc[["step", "current"]]
    assert (both[["province_p", "province_moved_p"]] < 0.05).all(axis=None)
    assert flow.loc["step", "coef"] < 0 < flow.loc["paper", "coef"]
    assert flow.loc["current", "province_p"] < 0.05


def test_output_rises_in_one_line_only_and_openness_is_negative_by_city_only(page):
    assert (page.answer["income"] < 0).all() and (page.answer["income, p"] < 0.05).all()
    assert list(page.answer.index[page.answer["output, p"] < 0.05]) == ["current"]
    odi = page.every.xs("ODI", level="row")
    assert odi["coef"].max() < 0 and odi["p"].max() < 0.05 < odi["province_p"].min()
    assert len(page.tests) == 14 and page.tests[["p", "Mundlak p"]].max(axis=None) < 0.05
    assert (page.tests.drop_duplicates("Column")["Printed p"] > 0.05).sum() == 3
