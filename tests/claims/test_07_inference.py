import pytest
from headline import CASES, ONCE, Headline


def shared(page, case):
    """By city 5 % with shocks of cities and far more with others; by province 5 % with each."""
    mean = page.mean.xs(case, level="case")
    by_province = mean.xs("province", level="errors")[[*page.kinds]]
    return (
        4 < mean["city", "city"] < 7
        and mean["province", "city"] > 15
        and by_province.between(3.5, 6.5).all()
    )


def more_in_late(page, case, factor=1.0):
    """Whether the stock's coefficients of 2017–2023 are rejected more often than all."""
    rates = page.by_province.xs(case, level="case")
    late = rates.xs(("stock", "2017–2023", "province"), level=["reading", "heading", "shocks"])
    return late.mean() > factor * rates.mean() and rates.max() <= page.worst


def uneven(page, case):
    """By province some coefficients are never rejected, and those of 2017–2023 more than others."""
    rates = page.by_province.xs(case, level="case")
    far = rates.min() == 0 and rates.max() > 15
    return far and shared(page, case) and more_in_late(page, case, 1.3)


def stars(page, case):
    return page.given.xs(case, level="case").groupby("reading").size().eq(page.claims).all()


def by_bootstrap(page, _):
    """More with the stock, as by the jackknife, and the two that are kept are those of both."""
    found, number = page.by_signs, page.by_signs.groupby(level=0).sum()
    both = found.index[found & page.decided["paper"]]
    return number["stock"] > number["flow"] and list(both) == list(page.kept.index)


def in_table_3(page, _):
    """By city far more than 5 % with shocks of provinces, and not with those of cities."""
    return page.in_reach["city", "city"] < 7 < 15 < page.in_reach["province", "city"]


HEADLINES = [
    Headline("If the errors of different cities are independent", shared),
    Headline("these tests reject in {eval}`share(\"province\"", shared),
    Headline("whether errors are independent between", shared),
    Headline("But single coefficients differ", more_in_late),
    Headline("Tables 1 and 2 have", stars),
    Headline("With all city-years and constant prices",
             lambda p, case: p.many(case, "stock") > p.many(case, "flow"), ("paper",)),
    Headline("By another test", by_bootstrap, ("paper",)),
    Headline("by city is reliable only without common shocks", in_table_3, ONCE),
    Headline("If one thing is changed at a time",
             lambda p, case: list(p.number) == list(CASES), CASES[1:]),
    Headline("have common errors, tests with standard errors by city reject far more", uneven),
    Headline("reject too many true hypotheses on average", shared),
    Headline("but more than 5 % for the stock in", uneven),
]  # fmt: skip


def test_each_test_of_the_errors_rejects_on_all_rows_and_on_clean_rows(page):
    assert len(page.samples) == 4 and page.usual.xs("p", axis=1, level=1).max(axis=None) < 0.01
    serial = page.usual.xs("statistic", axis=1, level=1).loc["serial"]
    assert (serial > 0).all()  # −0.5 without correlation over time


def test_the_sandwich_of_the_page_is_that_of_lib_but_for_a_factor(page):
    used = page.samples["Flow, clean rows"]
    slopes = page.within.fit(used, "REG", ["LM", "IA"], clusters=("city", "province"))
    errors = page.sandwich(slopes, page.weights(slopes.rows)["Province"])
    ratio = slopes.table("clustered", "province")["se"] / errors
    assert ratio.min() == pytest.approx(ratio.max()) and 1 < ratio.max() < 1.1  # its factor
    for of in page.errors.values():
        assert of["City, jackknife"] > of["City"] and of["Province, jackknife"] > of["Province"]


def test_few_equal_cities_are_borders(page):
    """Figures of another reader: 5.3 and 13.1 equal cities, 1.4 equal provinces, 42 and 7.7."""
    assert page.held["Equal cities"].tolist()[:3] == pytest.approx([5.3, 42, 13.1], abs=0.5)
    assert page.held["Equal provinces"].tolist()[:2] == pytest.approx([1.4, 7.7], abs=0.05)
    assert page.held.iloc[0]["Largest city"] == "Tongling"
    assert set(page.in_year.nlargest(2).index) == {2011, 2015}


def test_two_verdicts_are_the_same_in_every_case_and_the_bootstrap_gives_them_too(page):
    cells = [("stock", "2008–2016", "LM"), ("stock", "2017–2023", "IA")]
    assert list(page.kept.index) == cells
    assert page.kept.eq(page.kept["paper"], axis=0).all(axis=None)
    assert page.wild["stock", "Model 1", "LM"] == "supported"
