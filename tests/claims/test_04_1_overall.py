import numpy as np
import pandas as pd

from lib.specifications import MODEL1, MODEL2


def test_linearmodels_gives_the_table_s_slopes_and_clustered_errors(page):
    """In both cases: a city's years between recounts are an entity."""
    for (name, case, heading), ours in (page.one | page.two).items():
        rows, column = ours.rows, {"Model 1": MODEL1, "Model 2": MODEL2}[heading]
        rows = rows.assign(unit=rows["city"] + rows["spell"].astype(str))
        rows = rows.set_index(["unit", "year"])
        formula = f"REG ~ 1 + {' + '.join(column.terms)} + period + EntityEffects"
        peer = page.PanelOLS.from_formula(formula, rows)
        groups = pd.Series(pd.factorize(rows["city"])[0], rows.index)
        peer = peer.fit(cov_type="clustered", clusters=groups, group_debias=True)
        terms, shown = list(column.terms), page.slopes.xs((name, heading, case), level=[0, 1, 3])
        assert np.allclose(peer.params[terms], ours.coef, rtol=1e-7)
        assert np.allclose(shown["coef"][terms], ours.coef, rtol=1e-12)
        assert np.allclose(peer.std_errors[terms], shown["clustered_se"][terms], rtol=1e-6)


def test_twelve_lines_from_the_file_give_the_slopes_of_the_table(page):
    """The file has five digits, and the panel's flow is rounded once more."""
    ours = page.one["flow", "paper", "Model 1"].coef
    assert np.allclose(page.by_hand.params[["LM", "IA"]], ours, atol=0.002)


def test_tongling_in_2015_is_far_out(page):
    for used in page.sample.values():
        net = page.figures.net_of_effects(used, "REG", "LM", ["IA"])
        far = net.loc[net["x"].abs().idxmax()]
        assert (far["city"], far["year"]) == ("Tongling", 2015) and far["x"] > 0


def test_hausman_is_the_contrast_of_slopes_with_the_variance_of_random_effects(page):
    """Eight regressions; the flow and Model 1 against linearmodels."""
    assert len(page.tests) == 8 and max(page.tests.values()) < 0.05
    used = page.specifications.rows(page.data, page.FLOW, MODEL1).set_index(["city", "year"])
    formula = "REG ~ 1 + LM + IA + period"
    fixed = page.PanelOLS.from_formula(formula + " + EntityEffects", used).fit()
    random = page.RandomEffects.from_formula(formula, used).fit()
    test, _ = random.hausman(fixed, sigmamore=True)
    # linearmodels counts the year dummies, too
    shown = page.tests["flow", "paper", "Model 1"]
    assert test.pval < shown < 0.001


def test_the_slope_is_the_mean_of_the_slopes_inside_and_outside_four_cities(page):
    """Each weighted with its share of the variation of LM."""
    for name, cities in page.made.items():
        share = cities["share"].head(4).sum()
        mean = share * page.inside[name] + (1 - share) * page.outside[name]
        assert np.isclose(mean, page.one[name, "paper", "Model 1"].coef["LM"], rtol=1e-6)
