import numpy as np

TERMS = ["LM", "IA", "LM_IA"]


def test_one_regression_of_both_periods_is_two_regressions(page):
    """And the jackknife of the whole is the difference of two jackknives."""
    later = page.both.coef.iloc[3:].set_axis(TERMS)
    assert np.allclose(later, (page.late - page.early).coef, rtol=1e-8)
    whole = page.both.table(cluster="province").iloc[3:].set_axis(TERMS)
    apart = (page.late - page.early).table
    assert np.allclose(whole, apart[whole.columns], rtol=1e-6)
    for name, column in (("stock", page.EARLY), ("flow less one", page.LATE)):
        ours = page.every.xs((name, column.heading, "paper"), level=[0, 1, 3])["coef"]
        assert np.allclose(page.fits[name, column.heading].params[TERMS], ours[TERMS], rtol=1e-8)


def test_only_industry_moves_if_one_is_taken_from_the_flow(page):
    zero = page.slopes["coef"].xs(("zero", "paper", "official"), level=["at", "case", "income"])
    flow, less = (zero.xs(name, level="mobility") for name in ("flow", "flow less one"))
    moved = less - flow
    assert np.allclose(moved[["LM", "LM_IA", "LM_late", "LM_IA_late"]], 0, atol=1e-8)
    assert np.allclose(moved["IA"], flow["LM_IA"]) and np.allclose(
        moved["IA_late"], flow["LM_IA_late"]
    )


def test_less_invented_income_is_less_the_invented_slope(page):
    """A regression is linear in its outcome; growth by the start is that of a regression."""
    coef = page.slopes["coef"].unstack("income")
    assert np.allclose(coef["beyond"], coef["official"] - coef["invented"], atol=1e-8)
    data = page.data
    invented = page.placebo.by_start(data)["reg"]
    people = page.placebo.residents(data)
    start = data.groupby("city")["reg"].transform("first")
    for year in (2009, 2023):
        of = data["year"].eq(year)
        made, kept = (np.log(y / start * people)[of] for y in (invented, data["reg"]))
        assert np.allclose(
            made, np.polyval(np.polyfit(np.log(start[of]), kept, 1), np.log(start[of]))
        )


def test_without_a_province_the_average_city_is_that_of_the_others(page):
    jack = page.anew(page.STOCK, page.LATE, page.cases.PAPER)
    left = page.data[page.data["province"].ne("Anhui")]
    rows = page.specifications.rows(page.data, page.STOCK, page.LATE)
    rows = rows[rows["province"].isin(left["province"].unique())]
    again = page.fit(page.specifications.centred(rows), "REG", TERMS).coef
    assert np.allclose(jack.without.loc["Anhui", TERMS], again, rtol=1e-8)


def test_slopes_of_a_period_are_those_of_a_regression_on_its_years(page):
    """The slope of IA in the average city, official less invented; and the p-value of S."""
    data, late = page.data, "paper's case with the stock"
    belt, scale = page.placebo.belt(data)["reg"], page.placebo.scale(data)
    for income, column, name in ((data["reg"] - belt, "coef", "above"), (scale, "province_p", "")):
        frame = data.assign(reg=income)
        alone = page.cases.slopes(
            frame, [page.STOCK], [page.LATE], [page.cases.PAPER], average=True
        )
        ours = page.above[True][late] if name else page.late_s[late]
        assert np.isclose(alone.xs("IA", level="row")[column].item(), ours, rtol=1e-6)


def test_no_correlation_of_the_printed_estimates_is_better_than_one(page):
    """The larger the correlation, the smaller the error of the difference."""
    errors = np.sqrt(page.variance)
    for rho in np.linspace(-1, 1, 21):
        spread = page.variance.sum(axis=1) - 2 * rho * errors.prod(axis=1)
        assert ((page.apart / np.sqrt(spread)).abs() <= page.closest + 1e-6).all()
    spread = page.variance.sum(axis=1) - 2 * page.least * errors.prod(axis=1)
    assert np.allclose((page.apart / np.sqrt(spread)).abs(), 1.645)  # significant at 10 % from here
