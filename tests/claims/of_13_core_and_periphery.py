"""Rules of the page on invented wages; Pflüger's model from its first principles, and Krugman's."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq

from lib import indicators, inference
from lib.panel import DataError
from studies import core_periphery


def access(labour, free, power):
    """Market access: freeness times spending over access, if wages are access to a power.

    Shipping costs the same in both directions: the price index to 1 - sigma is then access, too.
    """
    found = np.ones(len(labour))
    for _ in range(2000):
        found = np.sqrt(found * (free @ (labour * found ** (power - 1))))
    return found


def intervals(page, power, draws=200):
    """Intervals by province of the slope of wages, where these are market access to a power.

    Wages have errors of cities and of provinces, as large together as official wages have.
    """
    rng, rows = np.random.default_rng(13), page.near.set_index("city")
    within = page.km + 20 * np.eye(len(rows))
    reached = access(rows["te"].to_numpy(float), 1 / within.to_numpy(float), power)
    province = pd.Categorical(rows["province"]).codes
    ends = []
    for _ in range(draws):
        noise = rng.normal(0, 0.15, len(rows)) + rng.normal(0, 0.1, province.max() + 1)[province]
        wage = power * np.log(reached) + noise
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


PLACES = [(0.2, 5.0), (0.3, 5.0), (0.35, 4.0), (0.1, 6.0), (1 / 3, 6.0)]


def utilities(share, cost, mobile, sigma, weight=0.3):
    """Profit and prices of a mobile worker in each region: goods bought one by one, added up."""
    movers = np.array([share, 1 - share])
    people = movers + (1 - mobile) / mobile / 2
    price = sigma / (sigma - 1)  # a worker's wage is one, and a unit takes one worker
    shipped = np.array([[1, cost], [cost, 1]])  # of a good from row to column
    index = (movers @ (price * shipped) ** (1 - sigma)) ** (1 / (1 - sigma))
    bought = weight * (price * shipped) ** -sigma / index ** (1 - sigma)  # units a person
    profit = ((price - 1) * shipped * bought * people).sum(axis=1)
    return profit, -weight * np.log(index)


@pytest.mark.parametrize(("mobile", "sigma"), PLACES)
def test_gain_is_the_difference_of_utilities_and_even_spread_ends_there(page, mobile, sigma):
    for share, cost in product((0.1, 0.5, 0.6, 0.95), (1.1, 1.5, 2.5)):
        ours = page.gain(share, cost ** (1 - sigma), mobile, sigma)
        first, second = sum(utilities(share, cost, mobile, sigma))
        assert ours == pytest.approx((first - second) / 0.3, abs=1e-12)

    def rise(freeness):
        return page.gain(0.5 + 1e-6, freeness, mobile, sigma)

    ends = brentq(rise, 1e-6, 0.999)
    assert page.break_point(mobile, sigma) == pytest.approx(ends, abs=1e-6)
    assert page.break_cost(mobile, sigma) ** (1 - sigma) == pytest.approx(ends, abs=1e-6)


def test_people_gather_little_by_little_and_then_all(page):
    """The pitchfork of Pflüger (2004) is supercritical: just past the point the core is small."""
    at = page.break_point(0.3, 5)
    larger = [page.stable(at + step, 0.3, 5) for step in (-0.01, 0.0001, 0.002, 0.01, 0.3)]
    assert larger[0] == 0.5 and 0.5 < larger[1] < 0.6 and larger[-1] == 1
    assert larger == sorted(larger)
    inside = page.stable(at + 0.002, 0.3, 5)
    assert page.gain(inside, at + 0.002, 0.3, 5) == pytest.approx(0, abs=1e-9)


def test_mobile_workers_earn_less_in_the_larger_region_and_the_core_costs_its_periphery_most(page):
    for step in (0.001, 0.005, 0.01):  # some live in each region
        cost = (page.break_point(0.3, 5) + step) ** -0.25
        share = page.stable(cost**-4, 0.3, 5)
        (here, there), _ = utilities(share, cost, 0.3, 5.0)
        assert 0.5 < share < 1 and here < there
    spread, core = (utilities(share, 1.3, 0.3, 5.0) for share in (0.5, 1))
    assert core[0][0] == pytest.approx(spread[0][0])  # the same money
    gains, losses = (core[1] - spread[1]) * (1, -1)
    assert 0 < gains < losses


@pytest.mark.parametrize(("industry", "sigma"), [(0.4, 5.0), (0.3, 4.0), (0.2, 6.0)])
def test_krugmans_points_are_those_of_the_book(industry, sigma):
    """Fujita, Krugman and Venables (1999), chapter 5; 1.63 and 1.81 for .4 and 5."""
    rho, power = (sigma - 1) / sigma, industry * sigma
    ratio = (rho + industry) * (1 + industry) / ((rho - industry) * (1 - industry))
    published = ratio ** (1 / (sigma - 1))

    def excess(cost, share):
        return core_periphery.krugman(share, cost, industry, sigma) - 1

    def core(cost):
        near, far = cost ** (1 - sigma - power), cost ** (sigma - 1 - power)
        return (1 + industry) / 2 * near + (1 - industry) / 2 * far - 1

    assert brentq(excess, 1.05, 3, args=(0.501,)) == pytest.approx(published, abs=1e-4)
    sustain = brentq(core, published, 4)
    assert brentq(excess, published, 4, args=(1 - 1e-9,)) == pytest.approx(sustain, abs=1e-5)
    if (industry, sigma) == (0.4, 5.0):
        assert (round(published, 2), round(sustain, 2)) == (1.63, 1.81)
    with pytest.raises(DataError, match=r"found 0\.5; expected at least 1"):
        core_periphery.krugman(0.5, 0.5)
