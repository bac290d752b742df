"""The rules of 11 on invented cities that obey the model, or do not; its sums by brute force."""

import numpy as np
import pandas as pd
import pytest

from lib.regression import fit

MANY, FEW = 400, 40  # draws, for the level and for the power of a test at 5 %
HIGHEST = 0.05 + 2 * np.sqrt(0.05 * 0.95 / MANY)


def rejected(page, rho, rule, speed=None, draws=FEW):
    """The share of draws in which a rule rejects, by the interval by province.

    Each city closes its distance to its own steady state at the model's speed, on average; cities
    of a province share shocks.  Steady states rise by `rho` with the official start.
    """
    rng, rows = np.random.default_rng(11), page.stayed
    closed = page.closed if speed is None else 1 - np.exp(-speed * page.T)
    found = []
    for _ in range(draws):
        shared = rows["province"].map(
            {name: rng.normal(0, 0.05) for name in sorted({*rows["province"]})}
        )
        own = rho * rows["start"] + rng.normal(0, 0.2, len(rows))
        growth = closed * (own - rows["start"]) + shared + rng.normal(0, 0.05, len(rows))
        one = fit(rows.assign(REG=growth), "REG", "start", "none", clusters=("province",))
        found.append(rule(one.jackknife("province").table.loc["start"]))
    return np.mean(found)


def test_speed_and_equal_steady_states_are_rejected_at_the_level_if_true_and_often_if_not(page):
    def rule(slope):
        return not slope["low"] < -page.closed < slope["high"]

    assert rejected(page, 0, rule, draws=MANY) < HIGHEST
    assert rejected(page, 0.5, rule) > 0.6  # the speed is true: it is the pair that is false
    assert rejected(page, 0, rule, speed=page.speed / 3) > 0.6


def test_steady_states_that_rise_less_than_the_start_are_rejected_only_where_they_rise_more(page):
    def rule(slope):
        return slope["low"] > 0

    assert rejected(page, 0.9, rule, draws=MANY) < HIGHEST / 2
    assert rejected(page, 2, rule) > 0.6


def test_the_last_variance_is_the_first_term_and_the_residuals(page):
    assert page.first_term + page.residual == pytest.approx(page.sigma["coef"] ** 2)


def test_a_weight_of_three_counts_a_city_three_times(page, monkeypatch):
    counts = pd.Series(1 + np.arange(len(page.stayed)) % 3, page.stayed["city"])
    for name in ("by_employment", "weighted_spread"):
        monkeypatch.setitem(getattr(page, name).__globals__, "te", counts)
    many = page.stayed.loc[page.stayed.index.repeat(counts)]
    slope = np.polyfit(many["start"], many["REG"], 1)[0]
    assert page.by_employment(page.stayed) == pytest.approx(slope)
    assert page.weighted_spread(page.stayed) == pytest.approx(page.spread(many))
