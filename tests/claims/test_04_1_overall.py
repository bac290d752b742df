from headline import ONCE, Headline

from lib.specifications import FLOW, MODEL1, rows


def turns(slopes):
    return slopes["coef"].min() < 0 < slopes["coef"].max()


def industry(page, _):
    return all(map(turns, page.ia.values()))


def unsettled(page, _):
    """Under each definition a case decides what the paper's case does not, and IA turns."""
    by_case = page.said["turns"].xs("paper", level="case")
    decides = (by_case[name, "Model 1", row] for name, row in (("stock", "LM"), ("flow", "IA")))
    return all(decides) and industry(page, _)


def none_decided(page, case):
    verdicts = page.said["verdict"].xs(case, level="case")
    return not verdicts.isin(["supported", "opposed"]).any()


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
    Headline("printed coefficients is supported", none_decided, ("paper",)),
    Headline("The slope of the stock is", stock),
    Headline("The slope of the flow is", flow),
    Headline("The sign of the slope of industry", industry, ONCE),
    Headline("the sign of IA changes", signs),
    Headline("four cities whose borders moved", mostly_moved, ("paper", "half", "step", "current")),
    Headline("Under the stock the slope is positive in every case, and", stock),
    Headline("Under the flow the slope is negative", flow),
    Headline("The slope of agglomeration changes", industry, ONCE),
]


def test_tongling_in_2015_is_far_out(page):
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
    assert page.in_logs["stock"]["coef"].max() < 0
    assert (page.answer["income"] < 0).all() and (page.answer["income, p"] < 0.05).all()
    assert list(page.answer.index[page.answer["output, p"] < 0.05]) == ["current"]


def test_openness_is_negative_by_city_only_and_random_effects_are_rejected(page):
    odi = page.every.xs("ODI", level="row")
    assert odi["coef"].max() < 0 and odi["p"].max() < 0.05 < odi["province_p"].min()
    assert len(page.tests) == 14 and page.tests[["p", "Mundlak p"]].max(axis=None) < 0.05
    assert (page.tests.drop_duplicates("Column")["Printed p"] > 0.05).sum() == 3
