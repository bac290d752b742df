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


@pytest.mark.parametrize(("mobile", "sigma"), [(0.25, 5), (0.1, 3), (0.4, 5), (0.3, 8)])
def test_the_gain_of_one_per_cent_more_is_that_of_the_steps_of_the_page(page, mobile, sigma):
    """Differences of the gain, at any freeness; its sign turns at the printed break point."""
    for free in (0.01, 0.2, 0.5, 0.9):
        b, step = (1 - free) / (1 + free), 1e-5
        rise = page.gain((1 + step) / 2, free, mobile, sigma) / step
        printed = 2 * b * ((mobile - b) / (sigma * mobile) + 1 / (sigma - 1))
        assert rise == pytest.approx(printed, abs=1e-7)
        assert (rise > 0) == (b < mobile * (2 * sigma - 1) / (sigma - 1))
        assert (rise > 0) == (free > page.break_point(mobile, sigma))


def test_the_break_point_falls_in_the_mobile_share_as_a_reader_computed(page):
    found = [page.break_point(part) for part in (0.2, 0.25, 0.3, 0.4)]
    assert found == pytest.approx([0.379, 0.280, 0.194, 0.053], abs=5e-4)


def test_rents_turn_the_slope_of_equal_real_wages():
    """Wages from free moving with prices and rents given: regressed, not derived."""
    rng, mu, sigma, land = np.random.default_rng(3), 0.6, 5, 0.3
    access = rng.normal(size=50)
    for rents, sign in ((0, -1), (0.4, -1), (0.6, 1)):
        prices, rent = -access / (sigma - 1), rents * access
        wage = 2 + mu * prices + land * rent  # log of the real wage is two everywhere
        found = np.polyfit(access, wage, 1)[0]
        assert found == pytest.approx(-mu / (sigma - 1) + land * rents) and np.sign(found) == sign


def test_a_reform_without_new_firms_gathers_all_and_those_who_moved_before_gain(page):
    """Goods one by one: a quarter runs the firms, a tenth follows the lower prices."""
    free, firms, followers, sigma = page.break_point(0.25), 0.25, 0.1, 5
    rest = (1 - firms - followers) / 2

    def worth(share, follow, home=True):
        """Of a firm's owner: profit and prices, with a share of owners and of followers here."""
        people = np.array([rest + firms * share + followers * follow,
                           rest + firms * (1 - share) + followers * (1 - follow)])  # fmt: skip
        count, trade = firms * np.array([share, 1 - share]), np.array([[1, free], [free, 1]])
        index = count @ trade
        profit, prices = trade @ (people / index) / sigma, np.log(index) / (sigma - 1)
        region = 0 if home else 1
        return profit[region], prices[region]

    for share in (0.5 + 1e-6, 0.6, 0.8, 1):  # followers are where goods are cheaper: all here
        assert worth(share, 1)[1] > worth(share, 1, home=False)[1]
        assert sum(worth(share, 1)) > sum(worth(share, 1, home=False))
    before, after = worth(0.5, 0.5), worth(1, 1)
    assert after[0] == pytest.approx(before[0])
    gain = np.log(2 / (1 + free)) / (sigma - 1)
    assert after[1] - before[1] == pytest.approx(gain) and gain > 0
    assert worth(1, 1, home=False)[1] < before[1]  # the periphery loses


def test_the_slope_of_residents_is_that_of_another_program(page):
    """Least squares by hand on the counted changes, and the errors left out."""
    rows = page.grown.dropna(subset=["residents", "market"])
    x = np.column_stack([np.ones(len(rows)), rows["market"]])
    slope = np.linalg.lstsq(x, rows["residents"].to_numpy(float), rcond=None)[0][1]
    assert page.gathered["coef"] == pytest.approx(slope)
    assert page.break_cost(page.away.max()) > page.break_cost(page.away.median()) > 1
