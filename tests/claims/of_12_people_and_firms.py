"""The equilibrium of 12 solved by numbers; Zipf's law where it holds; slopes by statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

S = 0.3  # of income, on rent


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


def test_the_fall_of_rank_is_found_with_little_bias(page):
    """Sizes of Pareto with an exponent of one, as Zipf's law has them."""
    rng, n = np.random.default_rng(12), 110
    draws = [page.zipf(pd.DataFrame({"size": rng.exponential(1, n)})) for _ in range(200)]
    assert np.mean(draws) == pytest.approx(1, abs=0.03)


def test_the_gap_of_the_largest_cities_is_an_interaction(page):
    fit = smf.ols("residents ~ wage * large", page.classed).fit()
    assert page.gap(page.classed) == pytest.approx(fit.params["wage:large[T.True]"])
