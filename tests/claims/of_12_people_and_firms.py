"""The rules of 12 on invented cities with free and with costly moving."""

import numpy as np
import pandas as pd
import pytest
from invented import FEW, HIGHEST, MANY, rejected, shocks

S = 0.3  # of income, on rent


def country(page, kappa, rents):
    """Growth of residents in invented cities, draw by draw; amenities rise with nothing."""
    rng, rows = np.random.default_rng(12), page.stayed

    def draw():
        shared = shocks(rng, rows, 0.2)
        rent = rents * rows["wage"] + rng.normal(0, 0.5, len(rows))
        utility = rows["wage"] - S * rent + rng.normal(0, 0.2, len(rows))
        growth = kappa * utility + shared + rng.normal(0, 0.5, len(rows))
        return rows.assign(rent=rent, residents=growth)

    return draw, "residents", ["wage"]


def apart(slope):
    return not slope["low"] < 0 < slope["high"]


def below(slope):
    return slope["high"] < 0


def test_free_moving_with_unrelated_changes_is_rejected_at_the_level_if_true_and_often_if_not(page):
    assert rejected(*country(page, 0, 1 / S), apart, MANY) < HIGHEST
    assert rejected(*country(page, 3, 1), apart) > 0.8
    # So a negative slope is no rule for costly moving.
    assert rejected(*country(page, 6, 6), below) > 0.8


def model(page, kappa):
    """Cities on their way to the equilibrium of the page, with given land."""
    rng, cities = np.random.default_rng(12), len(page.stayed)
    d = 1 - page.LABOUR + page.LABOUR * S

    def draw():
        a, b = rng.normal(0, 0.3, (2, cities))  # log amenities, log productivity
        residents = rng.uniform(0.2, 0.9, cities) * ((1 - S) * b + a) / d
        wage = b - (1 - page.LABOUR) * residents
        rent = wage + residents
        growth = kappa * (wage - S * rent + a) + rng.normal(0, 0.05, cities)
        return page.stayed.assign(wage=wage, rent=rent, amenities=a, residents=growth)

    return draw, "residents"


def test_with_rents_and_amenities_held_fixed_costly_moving_is_rejected_only_if_it_is_false(page):
    terms = ["wage", "rent", "amenities"]
    assert rejected(*model(page, 1), terms, below, MANY) < HIGHEST / 2
    assert rejected(*model(page, -1), terms, below) > 0.8


def test_with_only_rents_held_fixed_costly_moving_is_rejected_though_it_is_true(page):
    assert rejected(*model(page, 1), ["wage", "rent"], below) > 0.5


def test_the_spread_of_ia_is_that_of_the_share_over_the_mean_share(page):
    share = page.data.pivot(index="city", columns="year", values="share_secondary")
    points = (share / share.mean()).loc[page.industry["city"]].std()
    for last in (2019, 2020):
        assert page.spread(page.industry, 2010, last) == pytest.approx(points[last] / points[2010])


@pytest.mark.parametrize("only, slope", [("B", S / (1 - S)), ("A", -0.3), ("T", 0)])
def test_the_premium_is_that_of_the_reason_why_cities_differ_in_size(page, only, slope):
    """Utility, no profit and the market for land, solved as three equations for each city."""
    rng = np.random.default_rng(12)
    b, a, land = (rng.normal(0, 0.3, 50) * (only == name) for name in "BAT")
    phi, one, zero = page.LABOUR, np.ones(50), np.zeros(50)
    left = [[1, -S, 0], [phi, 1 - phi, 0], [1, -1, 1]]  # r T is a multiple of w L
    wage, _, size = np.linalg.solve(left, np.stack([one - a, b, land + zero]))
    assert np.polyfit(size, wage, 1)[0] == pytest.approx(slope, abs=1e-9)


def test_the_fall_of_rank_is_found_with_little_bias_and_its_error_covers(page):
    """Sizes of Pareto with an exponent of one, as Zipf's law has them."""
    rng, n = np.random.default_rng(12), 110
    draws = [page.zipf(pd.DataFrame({"size": rng.exponential(1, n)})) for _ in range(MANY)]
    assert np.mean(draws) == pytest.approx(1, abs=0.03)
    ends = np.array(draws) * 1.96 * np.sqrt(2 / n)
    assert 0.90 < np.mean(np.abs(np.array(draws) - 1) < ends) < 0.99
    other = [page.zipf(pd.DataFrame({"size": rng.exponential(0.5, n)})) for _ in range(FEW)]
    assert np.mean(np.abs(np.array(other) - 1) < 1.96 * np.array(other) * np.sqrt(2 / n)) < 0.2


def test_a_smaller_kappa_of_the_largest_cities_is_found_and_none_where_there_is_none(page):
    rng, rows, found = np.random.default_rng(12), page.classed, {}
    for least in (1.0, 0.0):
        kappa = np.where(rows["large"], least, 1)
        invented = [
            rows.assign(residents=kappa * rows["wage"] + rng.normal(0, 0.5, len(rows)))
            for _ in range(FEW)
        ]
        found[least] = [page.gap(each) for each in invented]
    assert np.mean(found[1.0]) == pytest.approx(0, abs=0.1)
    assert np.mean(found[0.0]) == pytest.approx(-1, abs=0.1)


def test_residents_that_follow_jobs_one_for_one_are_not_rejected_and_others_are(page):
    rng, rows = np.random.default_rng(12), page.grown.dropna(subset=["jobs", "pay"])

    def draw(slope):
        noise = shocks(rng, rows, 0.2) + rng.normal(0, 0.5, len(rows))
        return rows.assign(residents=slope * (rows["jobs"] + rows["pay"]) + noise)

    def not_one(found):
        return found["high"] < 1

    terms = ("residents", ["jobs", "pay"])
    assert rejected(lambda: draw(1), *terms, not_one, MANY) < HIGHEST
    assert rejected(lambda: draw(0), *terms, not_one) > 0.8
