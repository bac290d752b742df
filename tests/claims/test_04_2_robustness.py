import numpy as np


def test_the_regression_in_sight_gives_the_slopes_of_the_table(page):
    ours = page.fits["stock", "paper", "Model 1"].coef
    assert np.allclose(page.stages.params[["LM", "IA"]], ours[["LM", "IA"]], rtol=1e-7)


def test_instruments_are_strong_for_the_stock_and_weak_for_the_flow(page):
    """With one regressor of its own, Cragg and Donald's F is the classical first-stage F."""
    strength = page.strength
    stock, flow = (strength.filter(like=name, axis=0) for name in ("stock", "flow"))
    assert stock[["Cragg–Donald F", "Kleibergen–Paap F"]].min(axis=None) > 39
    assert flow["Cragg–Donald F"].max() < 3
