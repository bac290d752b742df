import numpy as np

from lib.regression import fit


def test_twelve_lines_from_the_file_give_the_slopes_of_the_table(page):
    """The file has five digits, and the panel's flow is rounded once more."""
    ours = page.one["flow", "paper", "Model 1"].coef
    assert np.allclose(page.by_hand.params[["LM", "IA"]], ours, atol=0.002)


def test_tongling_in_2015_is_far_out(page):
    for used in page.sample.values():
        net = fit(used, "LM", ["IA"])
        far = net.residuals.abs().idxmax()
        assert [*net.rows.loc[far, ["city", "year"]]] == ["Tongling", 2015]
        assert net.residuals[far] > 0
