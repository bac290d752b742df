import numpy as np

TERMS = ["LM", "IA", "LM_IA"]


def test_one_regression_of_both_periods_is_two_regressions(page):
    """And the jackknife of the whole is the difference of two jackknives, in both cases."""
    for case in page.cases.CHOSEN:
        both = page.together(page.data, page.STOCK, case)
        early, late = (
            page.fits["stock", case.key, column.heading].jackknife("province")
            for column in page.columns
        )
        later = both.coef.iloc[3:].set_axis(TERMS)
        assert np.allclose(later, (late - early).coef, rtol=1e-8)
        whole = both.table(cluster="province").iloc[3:].set_axis(TERMS)
        assert np.allclose(whole, (late - early).table[whole.columns], rtol=1e-6)


def test_slopes_of_the_belt_and_of_the_difference_add_up(page):
    """A regression is linear in its outcome."""
    coef = page.changes["coef"].unstack("income")
    assert np.allclose(coef["difference"], coef["official"] - coef["invented"], atol=1e-8)
