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
