"""What chapter 7 says in words, computed anew by its own code."""

import numpy as np
import pandas as pd
import pytest
from headline import CASES, Headline
from linearmodels.panel import PanelOLS

OTHERS = CASES[1:]


def rate(page, case, shocks, errors):
    return page.mean[shocks, errors, case]


def within_span(page, case, errors, *shocks):
    """The mean of a case, rounded as the page rounds the ends of its span."""
    some = page.mean.xs(errors, level="errors").loc[list(shocks)]
    rates = [rate(page, case, each, errors) for each in shocks]
    return round(some.min()) <= round(min(rates)) <= round(max(rates)) <= round(some.max())


def late(page, case, shocks="province"):
    some = page.by_province.xs(("stock", "2017–2023"), level=["reading", "heading"])
    return some.xs(shocks, level="shocks").xs(case, level="case")


def shared(page, case):
    """By city 5 % with shocks of cities and far more with others; by province 5 % with each."""
    city = rate(page, case, "city", "city"), rate(page, case, "province", "city")
    province = [rate(page, case, kind, "province") for kind in page.kinds]
    return 4 < city[0] < 7 and city[1] > 15 and all(3.5 < each < 6.5 for each in province)


def uneven(page, case):
    """By province some coefficients are never rejected, and those of 2017–2023 more than others."""
    each = page.by_province.xs(case, level="case")
    more = late(page, case).mean() > 1.3 * each.mean()
    return shared(page, case) and each.min() == 0 and each.max() > 15 and more


def by_city(page, case):
    return within_span(page, case, "city", "city") and shared(page, case)


def by_city_with_shared_shocks(page, case):
    return within_span(page, case, "city", "province") and shared(page, case)


def by_province(page, case):
    return within_span(page, case, "province", *page.kinds) and shared(page, case)


def worst(page, case):
    each = page.by_province.xs(case, level="case")
    return each.max() <= page.worst and late(page, case).mean() > each.mean()


def counted(page, case):
    """Claims of each definition that official figures support or oppose, in the span shown."""
    over = {name: [page.many(each, name) for each in OTHERS] for name in ("stock", "flow")}
    return all(min(each) <= page.many(case, name) <= max(each) for name, each in over.items())


def stars(page, case):
    return page.given.xs(case, level="case").groupby("reading").size().eq(page.claims).all()


def kept(page, case):
    cells = [("stock", "2008–2016", "LM"), ("stock", "2017–2023", "IA")]
    return list(page.kept.index) == cells and page.kept[case].eq(page.kept["paper"]).all()


HEADLINES = [
    Headline("If the errors of different cities are independent", by_city),
    Headline("these tests reject {eval}`share(\"province\"", by_city_with_shared_shocks),
    Headline("with each kind of errors that we draw", by_province),
    Headline("But single coefficients differ", worst),
    Headline("Tables 1 and 2 have", stars),
    Headline("With the rows and prices of the paper",
             lambda p, case: p.many(case, "stock") > p.many(case, "flow"), ("paper",)),
    Headline("In five other cases, with one change each", counted, OTHERS),
    Headline("have common shocks, tests with standard errors by city reject far more", uneven),
    Headline("reject too many true hypotheses on average", shared),
    Headline("but more for the stock in 2017–2023", uneven),
    Headline("keep their verdict in all six cases", kept),
]  # fmt: skip
NO_CLAIM = [
    "so a test at 5 % should reject zero",
    "a standard error is right only if it allows",
]


def test_each_test_of_the_errors_rejects_on_all_rows_and_on_clean_rows(page):
    assert len(page.samples) == 4 and page.usual.xs("p", axis=1, level=1).max(axis=None) < 0.01
    serial = page.usual.xs("statistic", axis=1, level=1).loc["serial"]
    assert (serial > 0).all()  # −0.5 without correlation over time


def test_in_a_reach_the_jackknife_by_city_fails_if_provinces_share_shocks(page):
    assert 4 < page.in_reach["city", "city"] < 8 < 12 < page.in_reach["province", "city"]
    assert page.late.min() > 10  # for the stock in 2017–2023


def test_the_sandwich_of_the_page_is_that_of_linearmodels(page):
    used = page.samples["Flow, clean rows"]
    one = page.within.fit(used, "REG", ["LM", "IA"], clusters=("city", "province"))
    of = page.weights(one.rows)
    indexed = used.set_index(["city", "year"])
    model = PanelOLS.from_formula("REG ~ 1 + LM + IA + period + EntityEffects", indexed)
    plain = {"debiased": False, "auto_df": False, "count_effects": False}
    province = pd.DataFrame({"p": pd.factorize(indexed["province"])[0]}, indexed.index)
    city = model.fit(cov_type="clustered", cluster_entity=True, **plain)
    wide = model.fit(cov_type="clustered", clusters=province, **plain)
    for kind, fit in (("City", city), ("Province", wide)):
        found = page.sandwich(one, of[kind])
        np.testing.assert_allclose(found, fit.std_errors[["LM", "IA"]], rtol=1e-7)
    errors = pd.DataFrame(page.errors).T
    assert (errors["City, jackknife"] > errors["City"]).all()
    assert (errors["Province, jackknife"] > errors["Province"]).all()
    assert (of["Near cities"] <= of["Province"]).mean() < 1  # near cities of two provinces count


def test_few_equal_cities_are_borders(page):
    """Figures of another reader: 5.3 and 13.1 equal cities, 1.4 equal provinces, 42 and 7.7."""
    held = page.held
    assert held["Equal cities"].tolist()[:3] == pytest.approx([5.3, 42, 13.1], abs=0.5)
    assert held["Equal provinces"].tolist()[:2] == pytest.approx([1.4, 7.7], abs=0.05)
    assert held.iloc[0]["Largest city"] == "Tongling"
    assert set(page.in_year.nlargest(2).index) == {2011, 2015}
    two = page.square[page.flow["year"].isin([2011, 2015])]
    anhui = page.flow.loc[two.index, "province"].eq("Anhui")
    assert two[anhui].sum() > 0.9 * two.sum()
    flags = page.flow.loc[page.flow["city"].eq("Tongling") & page.flow["year"].eq(2015), "flags"]
    assert "boundary" in flags.item()


def test_shuffled_years_make_the_classical_test_right_on_average(solved):
    assert solved.in_order > 0.2 and 0.03 < solved.size.mean() < 0.08 < solved.size.max()
    assert abs(solved.lasting["flow"]) < 0.1 < 0.5 < solved.lasting["stock"]
