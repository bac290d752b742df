"""Rules of the page on invented wages: its theories true, false, and nothing true."""

import numpy as np
import pandas as pd
import pytest

from lib import indicators, inference


def intervals(page, power, draws=200):
    """Intervals by province of the slope of wages, where these are market access to a power.

    Wages have errors of cities and of provinces, as large together as official wages have.
    """
    rng, rows = np.random.default_rng(13), page.near.set_index("city")
    within = page.km + 20 * np.eye(len(rows))
    access = page.core_periphery.access(rows["te"], 1 / within, power)
    province = pd.Categorical(rows["province"]).codes
    ends = []
    for _ in range(draws):
        noise = rng.normal(0, 0.15, len(rows)) + rng.normal(0, 0.1, province.max() + 1)[province]
        wage = power * np.log(access) + noise
        market = np.log(indicators.market_potential(rows["te"] * np.exp(wage), page.km))
        made = pd.DataFrame({"wage": wage, "market": market, "province": rows["province"]})
        slope = inference.without_each(
            made, lambda some: pd.Series(np.polyfit(some["market"], some["wage"], 1)), "province"
        )
        ends.append(slope.table.loc[0, ["low", "high"]])
    return np.array(ends).T


@pytest.mark.parametrize("theory", ["equal productivity", "equal real wages", "neither"])
def test_a_true_theory_is_not_contradicted_more_often_than_at_its_level(page, theory):
    """Half of 5 % on each side, and two standard errors of the 200 draws more."""
    power = {"equal productivity": 1 / 5, "equal real wages": -0.6 / 4, "neither": 0}[theory]
    low, high = intervals(page, power)
    below, above, level = (high < 0).mean(), (low > 0).mean(), 0.025 + 2 * (0.025 / 200) ** 0.5
    assert below <= level or theory == "equal real wages"
    assert above <= level or theory == "equal productivity"
    assert below > level or theory != "equal real wages"  # and a false one is, some of the time
    assert above > level or theory != "equal productivity"


def utility(page, mobile, share, home=True, moves=True, sigma=5):
    """Of a worker at the break point of the exercise, from the profits and prices of its region."""
    free = page.break_point(0.25)
    near, far = (share, 1 - share) if home else (1 - share, share)
    here, there = near + free * far, free * near + far  # firms, by what their goods cost
    fixed = (1 - mobile) / 2
    profit = ((fixed + mobile * near) / here + free * (fixed + mobile * far) / there) / mobile
    return np.log(mobile * here) / (sigma - 1) + (profit / sigma if moves else 0)


def test_the_gain_is_the_difference_of_the_two_utilities(page):
    one, two = (utility(page, 0.3, 0.7, home) for home in (True, False))
    assert one - two == pytest.approx(page.gain(0.7, page.break_point(0.25), 0.3))


def test_who_loses_after_the_reform_of_the_first_exercise(page):
    change = {
        (home, moves): utility(page, 0.35, 1, home, moves) - utility(page, 0.25, 0.5, True, moves)
        for home, moves in ((True, True), (True, False), (False, False))
    }
    assert change[True, True] < 0 < change[True, False] and change[False, False] < 0
    cheaper = np.log(0.35 / (0.25 * (1 + page.break_point(0.25)) / 2)) / (5 - 1)
    poorer = (1 / 0.25 - 1 / 0.35) / 5
    assert change[True, True] == pytest.approx(cheaper - poorer)
