"""Sentences of the page on the data."""

import numpy as np
from headline import Headline

from lib import indicators, panel


def covered(page, case):
    """Whether a series has all cities in all of its years but at most two."""
    known = page.known.loc[case]
    return (known < 110).sum() <= 2


HEADLINES = [
    Headline(
        "The figures come from official statistics",
        lambda page, case: len(page.data) == 110 * 16,
        ("",),
    ),
    Headline(
        "Income and mobility cover all cities",
        lambda page, case: (
            covered(page, case) and (page.known.loc[page.series["rlr"], [2022, 2023]] == 0).all()
        ),
        ("income (REG)", "LM, flow", "LM, stock"),
    ),
]


def test_which_series_are_complete_and_when_they_end(page):
    coverage = panel.coverage(page.data)
    mobility = coverage.loc[["lm_flow", "lm_stock"]]
    assert (mobility["fewest"] == 110).all() and mobility["last"].tolist() == [2023, 2022]
    assert coverage.loc["lm_flow_city", "rows"] < 0.55 * coverage.loc["lm_flow", "rows"]
    assert coverage.loc[["te", "rlr"], "last"].eq(2021).all()


def test_the_cities_with_a_step_are_those_with_the_flag_and_2019_stands_out(page):
    flagged = page.data[page.data["flags"].str.contains("revision:va_secondary")]
    assert set(flagged["city"]) == set(page.far.index) and set(flagged["year"]) == {2019}
    assert page.off[2019].std() > 1.5 * page.yearly.max()
    assert page.prices.idxmax() == 2019 and page.beyond.idxmax() == 2019
    assert page.beyond[2023] == 1


def test_the_formula_of_the_step_is_the_library_s(page):
    spliced = page.data.assign(**indicators.without_step(page.data))
    spliced = spliced.pivot(index="city", columns="year", values="share_secondary")
    late = spliced.columns >= 2019
    gone = page.wide - spliced
    assert gone.loc[:, ~late].abs().to_numpy().max() < 1e-12
    assert np.allclose(gone.loc[:, late].sub(page.off[2019], axis=0).dropna(), 0)


def test_every_kind_of_finding_stands_in_the_table_but_parts(page):
    assert set(page.cells.index) - set(page.kinds) == {"parts"}


def test_registered_people_of_2020_lie_half_way_in_all_cities_and_hardly_matter(page):
    assert page.half_way == page.data["city"].nunique() == 110
    assert abs(page.without / page.whole - 1) < 0.05


def test_natural_growth_is_copied_in_anhui_alone(page):
    assert page.copied["detail"].eq("all 16 cities of Anhui repeat 2019").all()
