def inside(row, value):
    return row["province_low"] < value < row["province_high"]


def test_figures_of_the_list_are_as_said_and_each_page_has_a_fold(page):
    assert page.given["index"]["province_high"] < 1 and inside(page.given["index"], 0)
    assert inside(page.given["current"], 1) and not inside(page.given["current"], 0)
    assert page.slower == 0 and page.faster < -0.3
    assert page.part["province_low"] < 0.5 < page.part["coef"] < 0.74
    assert inside(page.lm.loc["paper"], 0)
    assert all(page.lm.loc[case, "province_low"] > 0 for case in ("clean", "spells"))
    assert all(row["province_high"] < 0 for row in page.own.values())
    assert min(page.late["province_low"], page.industry["province_low"]) > 0
    assert inside(page.ia.loc["paper"], 0) and page.ia.loc["step", "province_high"] < 0
    assert page.by_map > 0.75
    assert len(page.rise_p) == 6 and sum(p < 0.05 for p in page.rise_p) == 1
    rates = page.rates[page.rates["year"].between(2008, 2023)]
    assert rates.groupby("year")["k"].mean().idxmax() == 2017
    assert len(page.folds) == page.register["page"].nunique() > 10


def test_the_flow_less_one_changes_what_the_page_of_open_questions_says(page):
    assert (page.less_one.sum(), len(page.less_one)) == (11, 108)
    assert (page.t_apart < 0.5).mean() > 0.5
