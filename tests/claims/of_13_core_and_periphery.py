"""Rules of the page on invented wages: its theories true, false, and nothing true."""

import numpy as np
import pandas as pd
import pytest

from lib import indicators, inference


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


def test_equal_real_wages_need_low_productivity_near_markets():
    """Wages and prices are solved from given workers and productivity, without `access`."""
    rng, sigma, mu = np.random.default_rng(3), 5, 0.6
    where, labour = rng.uniform(0, 9, (8, 2)), rng.uniform(1, 9, 8)
    free = 1 / (np.linalg.norm(where[:, None] - where, axis=2) + np.eye(8))
    power = -mu / (sigma - 1)
    near = access(labour, free, power)
    productivity = near ** ((sigma * power - 1) / (sigma - 1))
    assert np.polyfit(np.log(near), np.log(productivity), 1)[0] < 0
    wage = np.ones(8)
    for _ in range(2000):
        index = free @ (labour * (wage / productivity) ** (1 - sigma))  # P to 1 - sigma
        demand = free @ (labour * wage / index)
        wage = (wage + (productivity ** (sigma - 1) * demand) ** (1 / sigma)) / 2
    real = wage * index ** (mu / (sigma - 1))
    assert real == pytest.approx(real[0])
    assert np.polyfit(np.log(demand), np.log(wage), 1)[0] == pytest.approx(power)


def test_the_break_point_falls_in_the_mobile_share_as_a_reader_computed(page):
    found = [page.break_point(part) for part in (0.2, 0.25, 0.3, 0.4)]
    assert found == pytest.approx([0.379, 0.280, 0.194, 0.053], abs=5e-4)


def test_the_slope_of_residents_is_that_of_another_program(page):
    """Least squares by hand on the counted changes, and the errors left out."""
    rows = page.grown.dropna(subset=["residents", "market"])
    x = np.column_stack([np.ones(len(rows)), rows["market"]])
    slope = np.linalg.lstsq(x, rows["residents"].to_numpy(float), rcond=None)[0][1]
    assert page.gathered["coef"] == pytest.approx(slope)
    assert page.break_cost(page.away.max()) > page.break_cost(page.away.median()) > 1
