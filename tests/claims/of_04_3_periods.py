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


def test_where_industry_went_is_two_regressions_of_cities_by_hand(page):
    wide = page.values.pivot(index="city", columns="year", values=["ia", "reg"])
    for first, last, name in ((2008, 2016, "up to 2016"), (2016, 2023, "from 2016")):
        change = 10 * (wide["ia"][last] - wide["ia"][first]) / (last - first)
        known = change.notna()
        slope = np.polyfit(np.log(wide["reg"][first])[known], change[known], 1)[0]
        assert np.isclose(page.moves.loc[name, "coef"], slope)


def test_no_correlation_of_the_printed_estimates_is_better_than_one(page):
    """The larger the correlation, the smaller the error of the difference."""
    errors = np.sqrt(page.variance)
    for rho in np.linspace(-1, 1, 21):
        spread = page.variance.sum(axis=1) - 2 * rho * errors.prod(axis=1)
        assert ((page.apart / np.sqrt(spread)).abs() <= page.closest + 1e-6).all()
