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


def test_the_belt_has_growth_on_the_line_of_the_start_and_slopes_add_up(page):
    """A regression is linear in its outcome; growth by the start is that of a regression."""
    coef = page.changes["coef"].unstack("income")
    assert np.allclose(coef["difference"], coef["official"] - coef["invented"], atol=1e-8)
    data, people = page.data, page.placebo.residents(page.data)
    start = data.groupby("city")["reg"].transform("first")
    for year in (2009, 2023):
        of = data["year"].eq(year)
        made, kept = (np.log(y / start * people)[of] for y in (page.belt, data["reg"]))
        line = np.polyfit(np.log(start[of]), kept, 1)
        assert np.allclose(made, np.polyval(line, np.log(start[of])))
