"""The rules of 11 on invented cities that obey the model, or do not; its sums by brute force."""

import numpy as np
import pandas as pd
import pytest
from invented import HIGHEST, MANY, rejected, shocks


def country(page, rho, speed=None):
    """Growth of invented cities, draw by draw.

    Each city closes its distance to its own steady state at the model's speed, on average; cities
    of a province share shocks.  Steady states rise by `rho` with the official start.
    """
    rng, rows = np.random.default_rng(11), page.stayed
    closed = page.closed if speed is None else 1 - np.exp(-speed * page.T)

    def draw():
        shared = shocks(rng, rows, 0.05)
        own = rho * rows["start"] + rng.normal(0, 0.2, len(rows))
        growth = closed * (own - rows["start"]) + shared + rng.normal(0, 0.05, len(rows))
        return rows.assign(REG=growth)

    return draw, "REG", ["start"]


def test_a_city_closes_its_distance_as_capital_does_in_small_steps(page):
    """Solow's model one per cent below its steady state; a third of income is capital's."""
    leaves, steps = page.n + 0.05, 1000  # growth of people, of efficiency and depreciation
    capital = 0.99  # over that of the steady state
    for _ in range(steps * page.T):
        capital += leaves * (capital ** (1 / 3) - capital) / steps
    assert page.closed == pytest.approx(1 - np.log(capital) / np.log(0.99), rel=0.01)


def test_speed_and_equal_steady_states_are_rejected_at_the_level_if_true_and_often_if_not(page):
    def rule(slope):
        return not slope["low"] < -page.closed < slope["high"]

    assert rejected(*country(page, 0), rule, MANY) < HIGHEST
    assert rejected(*country(page, 0.5), rule) > 0.6  # the pair is false, though not the speed
    assert rejected(*country(page, 0, speed=page.speed / 3), rule) > 0.6


def test_steady_states_that_rise_less_than_the_start_are_rejected_only_where_they_rise_more(page):
    def rule(slope):
        return slope["low"] > 0

    assert rejected(*country(page, 0.9), rule, MANY) < HIGHEST / 2
    assert rejected(*country(page, 2), rule) > 0.6


def test_catch_up_is_that_of_output_less_that_of_residents(page):
    slope = page.of_output["coef"] - page.of_residents["coef"]
    assert page.beta["coef"] == pytest.approx(slope)


def test_the_last_variance_is_the_first_term_and_the_residuals(page):
    assert page.first_term + page.residual == pytest.approx(page.sigma["coef"] ** 2)


def test_a_weight_of_three_counts_a_city_three_times(page, monkeypatch):
    counts = pd.Series(1 + np.arange(len(page.stayed)) % 3, page.stayed["city"])
    monkeypatch.setitem(page.by_employment.__globals__, "te", counts)
    many = page.stayed.loc[page.stayed.index.repeat(counts)]
    slope = np.polyfit(many["start"], many["REG"], 1)[0]
    assert page.by_employment(page.stayed) == pytest.approx(slope)


def test_moves_and_long_run_are_those_of_another_program(page):
    """giddy 2.3.8, Markov and steady_state, of the Belt and of Quah's countries."""
    counts = [
        [13, 6, 0, 0, 0],
        [0, 27, 7, 0, 0],
        [0, 1, 19, 4, 0],
        [0, 0, 3, 10, 1],
        [0, 0, 0, 4, 6],
    ]
    belt = [0, 0.09550562, 0.47191011, 0.3670412, 0.06554307]
    assert page.ten.tolist() == counts
    assert page.long_run(page.ten) == pytest.approx(belt, abs=1e-7)
    countries = [0.29411765, 0.17647059, 0.13235294, 0.13235294, 0.26470588]
    assert page.long_run(np.array(page.QUAH)) == pytest.approx(countries, abs=1e-7)


def test_two_peaks_have_less_between_them(page):
    assert page.two_peaks(np.array([0.4, 0.1, 0.1, 0.1, 0.3]))
    assert page.two_peaks(np.array([0.1, 0.3, 0.2, 0.3, 0.1]))
    for one in ([0.1, 0.2, 0.4, 0.2, 0.1], [0, 0, 0, 1, 0], [0.5, 0.2, 0.2, 0.1, 0], [0.2] * 5):
        assert not page.two_peaks(np.array(one))
    never = np.diag([30.0, 5, 5, 5, 30])  # nobody moves: clubs
    assert page.two_peaks(page.long_run(never))
    emptied = never - np.diag([30.0, 0, 0, 0, 0])  # a class without cities gets none
    assert page.long_run(emptied)[0] == 0


def test_the_mix_is_the_sum_over_cities_and_sectors(page):
    names = [f"share_{sector}" for sector in ("primary", "secondary", "tertiary")]
    real, other = page.mixed.set_index("city"), page.data.set_index(["city", "year"])
    city, grow = real.index[7], []
    for name in names:
        last = sum(other.at[(c, 2020), name] * np.exp(real.at[c, "output"]) for c in real.index)
        grow.append(last / sum(other.at[(c, page.START), name] for c in real.index))
    predicted = sum(other.at[(city, page.START), n] * g for n, g in zip(names, grow, strict=True))
    assert real.at[city, "mix"] == pytest.approx(np.log(predicted))
