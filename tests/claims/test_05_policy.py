"""Sentences of the chapter on policy."""

from headline import ONCE, Headline


def full(page, case):
    """Recommendations whose coefficients are all printed positive, starred and supported."""
    found = page.judged.loc[case]
    claim = found["printed"].gt(0) & found["stars"].ne("")
    whole = claim.groupby(level=["row", "reading"]).all()
    ours = found["verdict"].eq("supported").groupby(level=["row", "reading"]).all()
    rows = list(page.rests_on.values())
    return int(whole.xs("flow", level="reading")[rows].sum()), int((whole & ours)[rows].sum())


HEADLINES = [
    Headline("No recommendation has full", lambda page, case: full(page, case) == (3, 0)),
    Headline("deaths exceeded births in", lambda page, case: page.below[2023] == 10, ONCE),
    Headline("give none of the five", lambda page, case: full(page, case)[1] == 0),
]
NO_CLAIM = ["A recommendation has full support if"]


def test_natural_growth_peaked_in_2017_in_four_provinces_and_is_below_zero_but_in_guizhou(page):
    peaked = page.height.index[page.height == 2017]
    assert peaked.tolist() == ["Anhui", "Hubei", "Sichuan", "Zhejiang"]
    assert page.rates.query("year == 2023 and k > 0")["province"].tolist() == ["Guizhou"]


def said(page, row, reading, column, case=None):
    asked = {"row": row, "reading": reading, "column": column} | ({"case": case} if case else {})
    found = page.judged.reset_index()
    return set(found.loc[(found[[*asked]] == asked).all(axis=1), "verdict"])


def test_what_mobility_rests_on(page):
    for column in ("model1", "2008-2016", "2017-2023"):
        assert said(page, "LM", "flow", column) == {"cannot tell"}
    assert said(page, "LM", "flow", "lower") == {"opposed"}
    for column in ("2008-2016", "middle"):
        assert said(page, "LM", "stock", column) == {"supported"}
    for column, case, other in (("2017-2023", "opposed", "cannot tell"),
                                ("model1", "cannot tell", "supported")):  # fmt: skip
        assert said(page, "LM", "stock", column, "paper") == {case}
        assert said(page, "LM", "stock", column) == {case, other}
    by = page.cells["by"]
    assert by[("LM", "flow", "lower")] == by[("LM", "stock", "middle")] == "city only"
    assert len(page.cells.loc[("LM", "flow", "model1"), "turns"]) == 0
    assert len(page.cells.loc[("LM", "stock", "model1"), "turns"]) == 2
    need = page.worth["For a tenth"]
    assert need["flow"] < 0 < need["stock"]


def test_what_industry_rests_on(page):
    stars = page.cells.loc[("IA", "flow"), "stars"]
    assert set(stars.index[stars != ""]) == {"model1", "2017-2023", "lower"} and len(stars) == 6
    assert said(page, "IA", "stock", "2017-2023") == {"supported"}
    assert said(page, "IA", "flow", "2017-2023") == {"cannot tell"}
    for reading in ("flow", "stock"):
        assert said(page, "IA", reading, "model1", "paper") == {"cannot tell"}
        assert said(page, "IA", reading, "model1", "current") == {"supported"}
        assert "supported" not in said(page, "IA", reading, "lower")
    assert said(page, "IA", "stock", "model1", "step") == {"opposed"}


def test_what_investment_structure_and_government_rest_on(page):
    for reading in ("flow", "stock"):
        for row in ("ODI", "GR"):
            assert said(page, row, reading, "model2") == {"cannot tell"}
        known = page.judged.xs(("RISSL", reading), level=["row", "reading"])["verdict"]
        assert set(known["current"]) == {"supported"}
        assert set(known.drop("current")) == {"cannot tell"}
    ours = page.judged.xs("ODI", level="row")
    assert (ours["coef"] < 0).all() and (ours["printed"] > 0).all()


def test_per_head_government_is_positive_and_openness_near_zero(solved):
    """Exercise 4."""
    per_head = solved.two_way_fe(solved.other, "REG", solved.MODEL2.terms).province
    assert solved.name == "GR" and 0.01 < per_head.loc["GR", "p"] < 0.05 and solved.one["t"] > 0
    odi = solved.rows.assign(ODI=solved.rows["ODI"] * solved.rows["REG"])
    assert abs(solved.two_way_fe(odi, "REG", solved.MODEL2.terms).province.loc["ODI", "t"]) < 0.2
