"""Sentences of the chapter on the twin."""

import numpy as np
import pandas as pd
from headline import Headline

from lib import published, verdicts


def printed(page, case):
    return page.near["Coefficient"].max() < 6e-4 and page.near["t"].max() < 9e-4


def narrow(page, case):
    """Whether it prints them and its incomes are spread less in each year."""
    twin, official = (np.log(wide).std(axis=1) for wide in page.incomes.values())
    return printed(page, case) and (twin < official).all()


HEADLINES = [
    Headline("This chapter uses a *twin*", printed, ("",)),
    Headline("The twin gives the printed coefficients with", narrow, ("",)),
    Headline(
        "From the yearbook of the twin",
        lambda page, case: page.same.all() and printed(page, case),
        ("",),
    ),
]


def test_the_programs_give_the_panel_that_ships(page):
    assert page.same.all() and page.same.size == 41 * 16


def test_the_twin_prints_all_coefficients_and_misses_each_adjusted_r2(page):
    near = page.near
    assert near["Cells"].sum() == 23
    assert near["Coefficient"].max() < 6e-4 and near["t"].max() < 9e-4
    assert page.gap.min() > 0.04 and len(page.gap) == 7
    assert near["R² printed"].tolist()[:2] == [0.934, 0.932]


def test_the_rule_opposes_nothing_that_is_true_and_supports_little(page):
    judged = page.judged
    starred = published.coefficients()["stars"].ne("").sum()
    assert (judged.sum(axis=1) == 23).all() and (judged["no claim"] == 23 - starred).all()
    own = judged.iloc[:3]
    assert own["opposed"].sum() == 0 and own["supported"].is_monotonic_decreasing
    assert judged.loc["the twin, jackknife errors", "supported"] < 6


def test_other_definitions_oppose_what_is_true(page):
    assert page.judged.loc["LM as a stock", "opposed"] > 0
    assert page.judged.loc["IA of services", "opposed"] > 0


def test_printed_t_lie_near_a_critical_value_and_jackknife_t_are_smaller(page):
    cells = {
        kind: pd.concat(verdicts.compare(*pair, kind) for pair in page.estimates.items())
        for kind in ("classical", "jackknife")
    }
    size = {kind: frame["t"].abs() for kind, frame in cells.items()}
    assert (size["jackknife"] < size["classical"]).mean() > 0.75
    printed = published.coefficients()["t"].abs()
    near = [abs(printed - level) < 0.5 for level in (1.645, 1.96, 2.576)]
    assert np.any(near, axis=0).mean() > 0.75
