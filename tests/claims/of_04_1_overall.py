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
