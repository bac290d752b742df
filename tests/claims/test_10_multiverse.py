"""Sentences of the chapter on all choices at once."""

from itertools import combinations

import numpy as np
import pytest
from headline import CASES, ONCE, Headline

from lib import cases
from lib.specifications import MODEL1, READINGS

CHANGED = {case.key: case.change for case in cases.CASES}
ROWS = {"clean": "recounts out", "spells": "new effects"}
ESTIMANDS = ("flow, level", "flow, log", "stock, level", "stock, log")
OUTPUTS = ("constant in", "constant out", "current in", "current out")


def within_case(rows, case):
    """The specifications of LM in Model 1 on the whole Belt in a case."""
    how = CHANGED[case]
    wanted = {"recounts": ROWS.get(case, "recounts in"), "prices": how.get("prices", "constant"),
              "step": how.get("step", "in")}  # fmt: skip
    return rows[np.logical_and.reduce([rows[name].eq(value) for name, value in wanted.items()])]


def most_with(page, output):
    """Whether definition, scale and recounts tell most, given prices and shares."""
    prices, step = output.split()
    rows = page.plain[page.plain["prices"].eq(prices) & page.plain["step"].eq(step)]
    share = {each: page.right(rows, *each) for each in combinations(page.known[:7], 3)}
    return share[page.three] > 0.75 and max(share, key=share.get) == page.three


def insignificant(page, case):
    return (within_case(page.paper, case)["p"] >= 0.05).all()


def without_recounts(page, rows):
    """Of the stock: support in money and opposition in logarithms, each by most."""
    return min(page.supported.loc["stock, level", rows], page.opposed.loc["stock, log", rows]) > 0.8


def compared(page, case):
    """Shares of the specifications with the sign and the verdict of the invented Belt."""
    return page.compared.loc[within_case(page.whole, case).index, ["same sign", "same verdict"]]


def same_sign(page, case):
    return compared(page, case)["same sign"].mean() > 0.85


def supports(page, case, mobility):
    rows = within_case(page.whole, case)
    rows = rows[rows["own"].eq("Own paths") & rows["mobility"].eq(mobility)]
    assert len(rows)
    return (rows["word"] == "supported").mean()


def survivors(page, case, sign):
    how = CHANGED[case]
    counts = []
    for before in ("", "Invented: "):
        table = page.tests[before, "stock, level"]
        unit, sample = how.get("unit", "city"), {"both": "both"}.get(how.get("without"), "belt110")
        here = table[table["unit"].eq(unit) & table["sample"].eq(sample)
                     & table["prices"].eq(how.get("prices", "constant"))
                     & table["step"].eq(how.get("step", "in"))]  # fmt: skip
        counts.append(int((here["family"].le(0.05) & here["sign"].eq(sign)).sum()))
    return counts


def more_positive_and_fewer_negative(page, case):
    positive, negative = survivors(page, case, 1), survivors(page, case, -1)
    return positive[0] >= positive[1] and negative[0] <= negative[1]


HEADLINES = [
    Headline("one for each combination of choices that we can defend",
             lambda p, _: p.regressions > 10_000
             and not p.found.estimates.duplicated([*p.key, "term"]).any(), ONCE),
    Headline("three choices decide most verdicts on labour mobility", most_with, OUTPUTS),
    Headline("With city and year effects, three choices decide", most_with, OUTPUTS),
    Headline("support the paper's coefficient with income in levels (standard", without_recounts,
             ("recounts out", "new effects")),
    Headline("no definition and no scale gives a significant slope", insignificant,
             ("paper", "half", "step", "current")),
    Headline("no regression with the stock supports the paper's coefficient",
             lambda p, case: supports(p, case, "stock") == 0),
    Headline("give the same sign as the official data in", same_sign),
    Headline("The choices therefore decide the sign", same_sign),
    Headline("the verdict on LM in Model 1 depends on the definition", most_with, OUTPUTS),
    Headline("With own paths hardly any specification supports the claim",
             lambda p, case: max(supports(p, case, each) for each in ("flow", "stock")) < 0.01),
    Headline("Invented data without an effect give most of the same verdicts",
             lambda p, case: compared(p, case)["same verdict"].mean() > 0.6),
    Headline("has more positive and fewer negative survivors with official figures",
             more_positive_and_fewer_negative),
]  # fmt: skip


def test_the_regression_of_the_page_is_one_of_them_and_that_of_lib(page):
    same = page.model1.query(
        "estimand == 'stock, log' and k == 'province' and agglomeration == 'secondary' "
        "and product == 'none' and controls == 'none' and sample == 'belt110' "
        "and effects == 'start' and prices == 'current' and step == 'out' and unit == 'city'"
    )
    assert len(same) == 1 and same["coef"].item() == pytest.approx(page.one.params["LM"], rel=1e-6)


@pytest.mark.parametrize("case", cases.CASES, ids=lambda case: case.key)
def test_each_case_of_the_book_is_among_the_specifications(page, case):
    rows = within_case(page.paper, case.key)
    assert len(rows) == 4 and set(CASES) == set(CHANGED)
    for reading in READINGS:
        fit = cases.fit(page.data, reading, MODEL1, case)
        mine = rows[rows["mobility"].eq(reading.name) & rows["outcome"].eq("reg")].iloc[0]
        assert mine["coef"] == pytest.approx(fit.coef["LM"], rel=1e-6)
        assert mine["p"] == pytest.approx(fit.jackknife("province").table.loc["LM", "p"], rel=1e-5)


def test_three_choices_tell_most_and_all_verdicts_are_by_province(page):
    assert page.guess[page.three] > 0.8 and page.guess[page.three] > page.best_other + 0.05
    assert not page.whole["said"].str.contains("city only").any()
    assert (page.supported.loc[["flow, level", "flow, log"]] == 0).all(axis=None)


def test_own_paths_turn_the_stock_in_money_where_recounts_are_out(page):
    assert page.turned > 0.8 and not (page.by_path["word"] == "supported").any()


def test_survivors(page):
    assert (page.survivors.iloc[:2][["Positive", "Negative"]] == 0).all(axis=None)
    assert page.own_path == {1: {"twoway"}, -1: {"start"}}


def test_claims_that_most_specifications_support(page):
    about = [(estimand, label.split(": ")[1]) for estimand, label in page.kept.index]
    assert about.count(("stock, level", "LM")) >= len(about) - 1 and len(about) == 5
    stock = page.kept.loc["stock, level"]
    assert (stock["Invented Belt"] > stock["Official"] - 0.2).all()
    assert page.agree["Official, own paths"].max() < 0.5


def test_the_definition_and_hardly_the_list_of_cities_decides_the_sign(page):
    assert page.sign_41["flow"] < 0.02 and page.sign_41["stock"] > 0.99
    assert page.count_41.max().max() <= len(page.claims) / 2
