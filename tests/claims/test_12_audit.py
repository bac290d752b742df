import math

import pandas as pd
import pytest
from headline import ONCE, Headline
from scipy import stats


def signs_hold_and_changes_do_not(page, _):
    kinds = page.kinds.assign(all=page.kinds.sum(axis=1))
    sign, change = kinds.loc["sign"], kinds.loc["change"]
    return sign["holds"] == sign["all"] and change["holds"] < change["all"] / 2


def follow(page, _):
    return page.rules.possible.tolist() == [19, 14, 22]


def three_more(page, _):
    short = ["IA (Model 1)", "LM × IA (2017–2023)", "LM × IA (Lower reach)"]
    one = "RISSL (Model 2)"
    failing, p = page.rules.failing, page.cell
    assert page.short.index.tolist() == short and sorted(failing["N(0,1)"]) == sorted([*short, one])
    assert page.short.between(page.cut, page.limit, inclusive="left").all()
    return failing["1.64, 1.96, 2.58"] == [one] and abs(p.t[one]) > 2.58 and p.stars[one] == "**"


def near_limits(page, _):
    hausman = page.p.between(0.03, 0.07).all() and len(page.p) == 7 and page.one_p < 0.1
    return hausman and page.rounded[1] > 2 * page.rounded[0]


HEADLINES = [
    Headline("The paper that this book replicates prints", lambda p, _: len(p.cells) == 23, ONCE),
    Headline("By the limits of the normal distribution", follow, ONCE),
    Headline("Three more marks follow", three_more, ONCE),
    Headline("but most statements about a change", signs_hold_and_changes_do_not, ONCE),
    Headline("printed marks follow from the printed t with", follow, ONCE),
    Headline("Many t-values lie at or just above", near_limits, ONCE),
    Headline("By the limits that belong to standard errors clustered by city", follow, ONCE),
    Headline("statements about a level of significance",
             lambda p, _: p.levels["holds"] > p.levels.sum() / 2, ONCE),
]  # fmt: skip


def test_a_mark_follows_if_a_t_that_rounds_to_the_printed_one_earns_it(page):
    """1.833 may have been 1.8335, beyond the limit of t(9), 1.83311; 1.832 may not."""
    limit = [stats.t.isf(0.05, 9), stats.t.isf(0.025, 9), stats.t.isf(0.005, 9)]
    cells = [(1.833, "*"), (1.833, ""), (1.832, "*"), (-3.3, "***"), (3.2, "***")]
    cells = pd.DataFrame(cells, columns=["t", "stars"]).assign(clusters=41)
    assert page.follows(cells, limit).tolist() == [True, True, False, True, False]


def test_the_limit_decides_how_uneven_the_counts_are(page):
    """By hand: 10 of 10 on one side have p 2/2^10; 3 of 10 and 3 of 11 by binomial sums."""
    p = [2 * sum(math.comb(n, k) for k in range(few + 1)) / 2**n
         for few, n in ((0, 10), (3, 10), (3, 11))]  # fmt: skip
    assert page.rounded == (0, 10, pytest.approx(p[0]))
    assert page.exact == (3, 7, pytest.approx(p[1]))
    assert page.third == (3, 8, pytest.approx(p[2]))
    assert page.exact[0] == len(page.short)
    assert 1.2 * stats.norm.isf(0.05) < page.edge == 1.974


def test_what_the_paper_says_of_its_tables(page):
    assert page.count["cannot be checked"] == sum(page.gaps) + 2
    industry = page.cells.query("row == 'IA' and column in ['2008-2016', '2017-2023']")
    assert (industry["coef"] > 0).all() and industry["stars"].tolist() == ["", "*"]
    section_4 = page.judged.loc[page.judged["place"].str.startswith("Section 4"), "cells"]
    assert not section_4.str.contains("lm_ia").any()
    terms = page.cells.groupby("column")["row"].agg(set)
    assert terms["model1"] == {"LM", "IA"} and not terms["model1"] & terms["model2"]
    within = page.found["difference"].abs() < stats.norm.isf(0.05) * page.found["se"]
    assert within.all() and page.found["least_p"].min() == page.lm["least_p"] >= 0.05
