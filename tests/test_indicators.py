"""Indicators and market potential against hand-worked fractions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import indicators, panel

RATES = pd.Series({2008: 7.0, 2009: 6.8, 2010: 6.5})  # yuan per dollar, as round as the example
# The example of chapter 3, with C moved: 10, 20 and 30 have one mean and median.
BOOK = pd.read_csv(panel.DATA / "hand_example.csv")
BOOK.loc[BOOK["city_code"].eq("C"), ["employment", "average_wage"]] += [15, 15_000]
# Natural growth of the example, C's gap of 2009 filled by hand: half-way of 10 and 30.
K = BOOK["natural_growth"].fillna(20) / 1000
HAND = pd.read_csv(Path(__file__).with_name("hand_example.csv"), comment="#", dtype=str)
HAND = HAND.fillna("").set_index("indicator")


@pytest.mark.parametrize("name", HAND.index)
def test_hand_example(name):
    if name.startswith("lm_"):
        function = indicators.lm_flow if "flow" in name else indicators.lm_stock
        found = function(BOOK, 0.0 if name.endswith("gross") else K)
    elif name.startswith("share_"):
        found = indicators.sector_shares(BOOK)[name]
    elif name.startswith("reg"):
        found = getattr(indicators, name)(BOOK)
    else:
        found = indicators.controls(BOOK, RATES)[name]
    expected = [eval(fraction) if fraction else np.nan for fraction in HAND.loc[name]]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_base_year_is_one_and_nothing_stands_before_it_or_after_a_gap():
    reg = indicators.reg(BOOK, base_year=2009)
    now = BOOK["year"].eq(2009)
    people = BOOK.loc[now, "resident_pop"]
    assert np.average(reg[now], weights=people) == pytest.approx(1)  # the whole, in its base year
    stock = indicators.lm_stock(BOOK, K, base_year=2009)
    np.testing.assert_allclose(stock[now], [-0.2, 0.25, 0.25])  # the product starts here, at one
    for value in (reg, stock):
        assert list(value.isna()) == list(BOOK["year"].lt(2009))
    # After a gap the product stays missing, and the flow does not.
    gap = K.mask(BOOK["city_code"].eq("A") & BOOK["year"].eq(2009))
    assert list(indicators.lm_stock(BOOK, gap)[:3].isna()) == [False, True, True]
    assert list(indicators.lm_flow(BOOK, gap)[:3].isna()) == [True, True, False]
    with pytest.raises(panel.DataError, match="expected the base year 2007"):
        indicators.reg(BOOK, base_year=2007)
    # A city without output in the base year is in neither of the sums: B's is 190 over 95.
    lacking = BOOK.assign(gdp=BOOK["gdp"].mask(BOOK["city_code"].eq("A")))
    assert indicators.reg(lacking)[3] == pytest.approx(190 / 95 / ((190 + 360) / (95 + 80)))


def test_market_potential_of_three_cities_by_hand():
    size = pd.Series({"a": 10.0, "b": 20.0, "c": 30.0})
    apart = pd.DataFrame([[0, 2, 5], [2, 0, 10], [5, 10, 0]], size.index, size.index, float)
    found = indicators.market_potential(size, apart)
    assert found.tolist() == pytest.approx([20 / 2 + 30 / 5, 10 / 2 + 30 / 10, 10 / 5 + 20 / 10])
    wrong = (size.replace(20.0, np.nan), apart), (size[["b", "a", "c"]], apart)
    for arguments in (*wrong, (size, apart.replace(2.0, 0.0))):
        with pytest.raises(panel.DataError, match="expected a size of each place"):
            indicators.market_potential(*arguments)
