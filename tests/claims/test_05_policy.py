"""Sentences of the chapter on policy."""


def test_natural_growth_peaked_in_2017_in_four_provinces_and_is_below_zero_but_in_guizhou(page):
    peaked = page.height.index[page.height == 2017]
    assert peaked.tolist() == ["Anhui", "Hubei", "Sichuan", "Zhejiang"]
    assert page.rates.query("year == 2023 and k > 0")["province"].tolist() == ["Guizhou"]


def test_known_rates_are_first_negative_in_2021(page):
    assert min(page.below) == 2021 and len(page.at_once) == page.below[2021]


def test_no_recommendation_has_full_support(page):
    assert page.full == {"printed": 3, "flow": 0, "stock": 0}


def test_what_the_stock_opposes_after_2016_and_the_flow_supports(page):
    assert page.cells.loc[("LM", "stock", "2017-2023"), "verdict"] == "opposed"
    assert page.cells.loc[("RISSL", "flow", "model2"), "verdict"] == "supported"
    assert page.cells.loc[("RISSL", "stock", "model2"), "verdict"] == "cannot tell"


def test_foreign_investment_is_opposed_and_the_sign_of_government_is_open(page):
    assert page.cells.loc["ODI", "verdict"].eq("opposed").all()
    assert page.cells.loc["GR", "verdict"].eq("cannot tell").all()


def test_the_stock_would_have_to_rise_and_the_flow_to_fall(page):
    need = page.worth["For a tenth"]
    assert need["flow"] < 0 < need["stock"]


def test_industry_in_the_upper_and_middle_reach_is_negative_once_significantly(page):
    slow = page.gathered[page.gathered["Reach"] != "Lower reach"]
    assert (slow["Slope of IA"] < 0).all()
    significant = slow[slow["p"] < 0.05]
    assert significant[["Reading", "Reach"]].values.tolist() == [["stock", "Upper reach"]]


def test_per_head_government_is_positive_and_openness_no_longer_opposed(solved):
    """Exercise 4."""
    per_head = solved.two_way_fe(solved.other, "REG", solved.MODEL2.terms).jackknife
    assert solved.name == "GR" and per_head.loc["GR", "t"] > 2
    odi = solved.rows.assign(ODI=solved.rows["ODI"] * solved.rows["REG"])
    assert solved.two_way_fe(odi, "REG", solved.MODEL2.terms).jackknife.loc["ODI", "p"] > 0.1
