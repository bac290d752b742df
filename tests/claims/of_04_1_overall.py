import numpy as np


def test_twelve_lines_from_the_file_give_the_slopes_of_the_table(page):
    """The file has five digits, and the panel's flow is rounded once more."""
    ours = page.one["flow", "paper", "Model 1"].coef
    assert np.allclose(page.by_hand.params[["LM", "IA"]], ours, atol=0.002)


def test_tongling_in_2015_is_far_out(page):
    for used in page.sample.values():
        net = page.figures.net_of_effects(used, "REG", "LM", ["IA"])
        far = net.loc[net["x"].abs().idxmax()]
        assert (far["city"], far["year"]) == ("Tongling", 2015) and far["x"] > 0


def test_the_slope_is_the_mean_of_the_slopes_inside_and_outside_four_cities(page):
    """Each weighted with its share of the variation of LM."""
    for name, cities in page.made.items():
        share = cities["share"].head(4).sum()
        mean = share * page.inside[name] + (1 - share) * page.outside[name]
        assert np.isclose(mean, page.one[name, "paper", "Model 1"].coef["LM"], rtol=1e-6)
