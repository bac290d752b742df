"""Sentences of the chapter on what the printed tables say about themselves."""

import math

import pandas as pd
import pytest
from headline import Headline
from scipy import stats

from studies import audit

ONCE = ("",)  # the printed tables are what they are in every case
HEADLINES = [
    Headline("The paper prints", lambda page, case: len(page.cells) == 23, ONCE),
    Headline(
        "With the limits of the normal distribution",
        lambda page, case: page.rules.possible["N(0,1)"] == 19,
        ONCE,
    ),
    Headline(
        "Three more follow",
        lambda page, case: (
            len(page.short) == 3 and page.rules.failing["1.64, 1.96, 2.58"] == ["RISSL (Model 2)"]
        ),
        ONCE,
    ),
    Headline(
        "but most statements about a change",
        lambda page, case: (
            page.kinds.loc["sign", "holds"] == page.kinds.loc["sign"].sum()
            and page.kinds.loc["change", "holds"] < page.kinds.loc["change"].sum() / 2
        ),
        ONCE,
    ),
    Headline(
        "printed marks follow from the printed t with",
        lambda page, case: page.rules.possible["N(0,1)"] == 19,
        ONCE,
    ),
    Headline(
        "Many t-values lie at or just above",
        lambda page, case: (
            page.rounded[1] > 2 * page.rounded[0] and page.p.between(0.03, 0.07).all()
        ),
        ONCE,
    ),
    Headline(
        "With limits for errors clustered by city",
        lambda page, case: page.rules.possible["t(G − 1)"] < page.rules.possible["N(0,1)"],
        ONCE,
    ),
    Headline(
        "statements about a level of significance",
        lambda page, case: page.levels["holds"] > page.levels.sum() / 2,
        ONCE,
    ),
]


def made_up(figures, clusters=41):
    frame = pd.DataFrame(figures, columns=["t", "stars"])
    return frame.assign(clusters=clusters)


def test_limits_are_those_of_a_textbook(page):
    """The normal distribution, and t with 40 and 11 degrees of freedom."""
    assert page.limits["N(0,1)"] == pytest.approx([1.645, 1.960, 2.576], abs=5e-4)
    of_cities = pd.DataFrame(page.limits["t(G − 1)"]).T.set_index(page.cells["label"])
    assert of_cities.loc["LM (Model 1)"].tolist() == pytest.approx([1.684, 2.021, 2.704], abs=5e-4)
    assert of_cities.loc["LM (Upper reach)"].tolist() == pytest.approx(
        [1.796, 2.201, 3.106], abs=5e-4
    )


def test_a_mark_follows_if_a_t_that_rounds_to_the_printed_one_earns_it(page):
    """1.833 may have been 1.8335, beyond the limit of t(9), 1.83311; 1.832 may not."""
    limit = [stats.t.isf(0.05, 9), stats.t.isf(0.025, 9), stats.t.isf(0.005, 9)]
    cells = made_up([(1.833, "*"), (1.833, ""), (1.832, "*"), (-3.3, "***"), (3.2, "***")])
    assert page.follows(cells, limit).tolist() == [True, True, False, True, False]


def test_three_marks_follow_from_a_rounded_limit_and_one_needs_a_star_more(page):
    short = ["IA (Model 1)", "LM × IA (2017–2023)", "LM × IA (Lower reach)"]
    assert page.short.index.tolist() == short
    assert page.short.between(page.cut, page.limit, inclusive="left").all()
    assert sorted(page.rules.failing["N(0,1)"]) == sorted([*short, "RISSL (Model 2)"])
    assert page.rules.failing["1.64, 1.96, 2.58"] == ["RISSL (Model 2)"]
    assert page.rules.possible.tolist() == [19, 14, 22]
    assert abs(page.cell.t["RISSL (Model 2)"]) > 2.58 and page.cell.stars["RISSL (Model 2)"] == "**"


def test_the_mark_of_mobility_before_2016_hangs_on_a_digit_that_is_not_printed(page):
    edge = page.cells[page.cells["label"] == "LM (2008–2016)"]
    assert edge["stars"].item() == "*"
    given = page.limits["N(0,1)"]
    for stars in ("*", "**"):
        assert page.follows(edge.assign(stars=stars), given).item()


def test_the_limit_decides_how_uneven_the_counts_are(page):
    """By hand: 10 of 10 on one side have p 2/2^10; 3 of 10 and 3 of 11 by binomial sums."""

    def two_sided(few, of):
        return 2 * sum(math.comb(of, k) for k in range(few + 1)) / 2**of

    assert page.rounded == (0, 10, pytest.approx(two_sided(0, 10)))
    assert page.exact == (3, 7, pytest.approx(two_sided(3, 10)))
    assert page.third == (3, 8, pytest.approx(two_sided(3, 11)))
    assert page.rounded[2] < 0.05 and page.exact[2] > 0.1
    assert page.exact[0] == len(page.short)
    assert 1.2 * stats.norm.isf(0.05) < page.edge == 1.974


def test_the_p_values_of_hausman_lie_together_and_seldom_would(page):
    assert len(page.p) == 7 and page.p.between(0.03, 0.07).all() and page.one_p < 0.1


def test_every_sign_is_as_said_and_most_changes_are_not(page):
    kinds = page.kinds
    assert kinds.loc["sign", "holds"] == kinds.loc["sign"].sum()
    assert kinds.loc["change", "holds"] < kinds.loc["change"].sum() / 2
    assert page.levels["holds"] > page.levels.sum() / 2
    assert page.count["cannot be checked"] == sum(page.gaps) + 2
    assert len(page.left) == len(page.said) == 8


def test_industry_keeps_its_sign_after_2016_and_has_one_star(page):
    cells = page.cells.query("row == 'IA' and column in ['2008-2016', '2017-2023']")
    assert (cells["coef"] > 0).all() and cells["stars"].tolist() == ["", "*"]


def test_section_4_does_not_mention_the_product_and_model_2_has_nothing_of_model_1(page):
    section_4 = page.judged.loc[page.judged["place"].str.startswith("Section 4"), "cells"]
    assert not section_4.str.contains("lm_ia").any()
    terms = page.cells.groupby("column")["row"].agg(set)
    assert terms["model1"] == {"LM", "IA"} and not terms["model1"] & terms["model2"]


def test_differences_by_hand(page):
    """0.348 - 0.843 over the root of (0.843/1.960)^2 + (0.348/1.974)^2."""
    lm = page.lm
    se = math.hypot(0.843 / 1.960, 0.348 / 1.974)
    assert (lm["first"], lm["second"], lm["symbol"]) == ("2008–2016", "2017–2023", "LM")
    assert (lm["difference"], lm["se"], lm["z"]) == pytest.approx((-0.495, se, -0.495 / se))
    least = audit.differences(page.cells)["least_p"]
    assert page.found["least_p"].to_numpy() == pytest.approx(least.to_numpy())


def test_no_difference_between_columns_is_shown(page):
    p = 2 * stats.norm.sf(page.found["z"].abs())
    assert (p >= 0.1).all() and (page.found["least_p"] >= 0.05).all()
    assert page.lm["least_p"] == page.found["least_p"].min()
    within = abs(page.found["difference"]) < 1.96 * page.found["se"]
    assert within.all() and len(page.found) == 12
