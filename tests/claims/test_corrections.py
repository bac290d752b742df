"""Sentences of the page on what an edition said and the next says."""

import pytest

from lib import cases, published

NO_CLAIM = ["Most of them hold in one case", "tests each sentence that a page leads with"]


def inside(row, value):
    return row["province_low"] < value < row["province_high"]


def test_output_and_residents_by_two_measures(page):
    assert page.given["index"]["province_high"] < 1 and inside(page.given["index"], 0)
    assert inside(page.given["current"], 1) and not inside(page.given["current"], 0)
    assert page.slower == 0 and page.faster < -0.3
    assert page.part["province_low"] < 0.5 < page.part["coef"] < 0.74


def test_slopes_of_the_stock_and_of_industry_by_case(page):
    assert inside(page.lm.loc["paper"], 0)
    assert all(page.lm.loc[case, "province_low"] > 0 for case in ("clean", "spells"))
    assert all(row["province_high"] < 0 for row in page.own.values())
    assert min(page.late["province_low"], page.industry["province_low"]) > 0
    assert inside(page.ia.loc["paper"], 0) and page.ia.loc["step", "province_high"] < 0
    assert page.by_map > 0.75


def test_the_rise_of_industry_in_the_average_city_is_significant_in_one_case(page):
    assert len(page.rise_p) == 6 and sum(p < 0.05 for p in page.rise_p) == 1


def test_the_mean_rate_of_natural_growth_was_highest_in_2017(page):
    rates = page.rates[page.rates["year"].between(2008, 2023)]
    assert rates.groupby("year")["k"].mean().idxmax() == 2017
    assert 0 < (page.highest == 2017).sum() < 6


def test_the_printed_t_of_1974_lies_within_a_fifth_of_one_limit_and_not_of_the_other():
    t = published.coefficients()["t"].abs()
    above = [int(t.between(limit, round(1.2 * limit, 9)).sum()) for limit in (1.64485, 1.645)]
    assert above == [7, 8]


def test_lm_and_lm_less_one_give_one_fit_and_other_verdicts(page):
    column = page.LATE
    rows = page.specifications.rows(page.data, page.FLOW, column)
    less = rows.assign(LM=rows["LM"] - 1)
    less["LM_IA"] = less["LM"] * less["IA"]
    fits = [
        cases.within.fit(each, "REG", column.terms, "twoway", clusters=("city",))
        for each in (rows, less)
    ]
    assert fits[0].coef["LM_IA"] == pytest.approx(fits[1].coef["LM_IA"])
    p = [fit.jackknife("city").table.loc["IA", "p"] for fit in fits]
    assert p[1] < 0.05 < p[0]


def test_each_page_of_the_register_has_a_fold(page):
    pages = page.register["page"].unique()
    assert len(page.folds) == len(pages) > 10
    assert (page.register.loc[page.register["exception"] != "", "holds"] != "").all()
