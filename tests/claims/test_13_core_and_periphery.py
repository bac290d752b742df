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
    access = page.core_periphery.access(rows["te"], 1 / page.within, power)
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


def test_no_line_contradicts_equal_productivity(page):
    assert len(page.of_wages) == 5 and (page.cases.loc["high", page.of_wages] > 0).all()
