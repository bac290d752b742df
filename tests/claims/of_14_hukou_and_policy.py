"""The policy of the page in two ways; its slopes by statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf


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
