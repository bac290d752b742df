"""Rules of the page where their theory is true and where it is false; its policy in two ways."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf


def one_plus_b(rng, elasticity, towards, cities=110):
    """Interval of 1 + b in an invented country, where people move towards income or anywhere."""
    before = rng.normal(0, 0.5, cities)  # log income if everybody stayed
    moved = towards * before + rng.normal(0, 0.15, cities)  # log residents over registered
    after = before - (1 - elasticity) * moved
    slope = sm.OLS(after, sm.add_constant(moved)).fit(cov_type="HC3", use_t=True)
    return 1 + slope.conf_int()[1]


@pytest.mark.parametrize("elasticity", [0.5, 1.2])
def test_moving_towards_income_is_contradicted_where_it_is_false_only(elasticity):
    """At most 2.5 % and two standard errors of 100 draws; income after moving may not say it."""
    rng, level = np.random.default_rng(14), 0.025 + 2 * (0.025 / 100) ** 0.5
    ends = {
        towards: np.array([one_plus_b(rng, elasticity, towards) for _ in range(100)]).T
        for towards in (0.3, 0, -0.3)
    }
    below = {towards: (high < elasticity).mean() for towards, (low, high) in ends.items()}
    above = {towards: (low > elasticity).mean() for towards, (low, high) in ends.items()}
    assert below[0.3] == 0 and above[0.3] > 0.9 and below[-0.3] > 0.9 and above[-0.3] == 0
    assert max(below[0], above[0]) <= level


def test_a_policy_by_lot_is_found_at_its_level_and_one_for_the_poor_half_is_not(page):
    rng, forty = np.random.default_rng(14), range(40)
    lots = pd.DataFrame([page.policy(rng.permutation(page.names)[:50]) for _ in forty])
    missed = (lots["low"] > page.EFFECT) | (lots["high"] < page.EFFECT)
    assert missed.mean() <= 0.05 + 2 * (0.05 * 0.95 / 40) ** 0.5
    assert lots["estimate"].mean() == pytest.approx(page.EFFECT, abs=0.005)
    assert page.found.loc["by lot", "low"] < page.EFFECT < page.found.loc["by lot", "high"]
    assert page.found.loc["the poor half", "low"] > page.EFFECT
    assert page.nothing.abs().max() == 0  # of a policy that begins everywhere at once
    by_means = page.means.loc["treated", "change"] - page.means.loc["others", "change"]
    assert by_means == pytest.approx(page.found.loc["by lot", "estimate"])


def test_the_slopes_of_the_halves_differ_by_an_interaction(page):
    rows = page.people.assign(rich=1.0 * (page.people["start"] >= page.people["start"].median()))
    fit = smf.ols("residents ~ start * rich", rows).fit()
    assert page.gap["coef"] == pytest.approx(fit.params["start:rich"])
    assert page.halves["poorer"]["coef"] == pytest.approx(fit.params["start"])
    assert page.gap["N"] == sum(half["N"] for half in page.halves.values())
