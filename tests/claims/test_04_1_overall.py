import numpy as np

from lib.specifications import MODEL1, MODEL2


def test_linearmodels_and_the_library_give_the_same_slopes_and_clustered_errors(page):
    for (name, heading), fitted in (page.one | page.two).items():
        ours = page.every.xs((name, heading, "paper"), level=["reading", "heading", "case"])
        terms = list({"Model 1": MODEL1, "Model 2": MODEL2}[heading].terms)
        assert np.allclose(fitted.params[terms], ours["coef"][terms], rtol=1e-8)
        assert np.allclose(fitted.std_errors[terms], ours["clustered_se"][terms], rtol=1e-8)


def test_twelve_lines_from_the_file_give_the_slopes_of_the_table(page):
    """The file has five digits, and the panel's flow is rounded once more."""
    ours = page.every.xs(("flow", "Model 1", "paper"), level=["reading", "heading", "case"])
    assert np.allclose(page.by_hand.params[["LM", "IA"]], ours["coef"], atol=0.002)


def test_tongling_in_2015_is_far_out(page):
    for used in page.sample.values():
        net = page.figures.net_of_effects(used, "REG", "LM", ["IA"])
        far = net.loc[net["x"].abs().idxmax()]
        assert (far["city"], far["year"]) == ("Tongling", 2015) and far["x"] > 0


def test_hausman_is_the_contrast_of_slopes_with_the_variance_of_random_effects(page):
    """Fourteen regressions; the flow and Model 1 by hand, in another order of steps."""
    assert len(page.tests) == 14 and (page.tests["p"] < 0.05).all()
    used = page.specifications.rows(page.data, page.FLOW, MODEL1).set_index(["city", "year"])
    formula = "REG ~ 1 + LM + IA + period"
    fixed = page.PanelOLS.from_formula(formula + " + EntityEffects", used).fit()
    random = page.RandomEffects.from_formula(formula, used).fit()
    test, _ = random.hausman(fixed, sigmamore=True)
    shown = page.tests.query("Column == 'Model 1' and Reading == 'flow'")["Hausman χ²"].item()
    assert shown < test.stat  # linearmodels counts the year dummies, too


def test_the_slope_is_the_mean_of_the_slopes_inside_and_outside_four_cities(page):
    """Each weighted with its share of the variation of LM."""
    for name, cities in page.made.items():
        share = cities["share"].head(4).sum()
        mean = share * page.inside[name] + (1 - share) * page.outside[name]
        assert np.isclose(mean, page.one[name, "Model 1"].params["LM"], rtol=1e-6)
