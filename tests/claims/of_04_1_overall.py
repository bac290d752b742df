import numpy as np


def test_twelve_lines_from_the_file_give_the_slopes_of_the_table(page):
    """The file has five digits, and the panel's flow is rounded once more."""
    ours = page.one["flow", "paper", "Model 1"].coef
    assert np.allclose(page.by_hand.params[["LM", "IA"]], ours, atol=0.002)
