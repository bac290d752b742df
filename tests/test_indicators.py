"""Indicators against hand-worked fractions, other programs' figures, and algebraic identities.

The figures in ``data/reference/location.csv`` were computed with R's REAT 3.0.3 and EconGeo 1.3.
"""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import indicators, panel

REFERENCE = pd.read_csv(panel.DATA / "reference" / "location.csv")
RATES = pd.Series({2008: 7.0, 2009: 6.8, 2010: 6.5})  # yuan per dollar, as round as the example


def peer(dataset: str, spec: str) -> float:
    rows = REFERENCE[REFERENCE["dataset"].str.startswith(dataset) & REFERENCE["spec"].eq(spec)]
    assert len(rows) == 1
    return float(rows["value"].iloc[0])


@pytest.fixture(scope="module")
def yearbook() -> pd.DataFrame:
    """The example of chapter 3, with C moved: 10, 20 and 30 have one mean and median."""
    book = pd.read_csv(panel.DATA / "hand_example.csv")
    of_c = book["city_code"].eq("C")
    return book.assign(
        employment=book["employment"] + 15 * of_c,
        average_wage=book["average_wage"] + 15_000 * of_c,
    )


@pytest.fixture(scope="module")
def k(yearbook) -> pd.Series:
    """Natural growth of the example, C's gap of 2009 filled by hand: half-way of 10 and 30."""
    return yearbook["natural_growth"].fillna(20) / 1000


# --- the example of three cities, worked by hand ------------------------------------------------

# Rows: A 2008, 2009, 2010; B 2008, ...; C 2008, ...
HAND = {
    # All cities in 2008: 50 + 190 + 360 = 600 over 125 + 95 + 80 = 300, so 2 a head.
    # A: 50 / 125 / 2; times 1.10, 50 -> 55, / 100 / 2; times 1.20, 55 -> 66, / 80 / 2.
    # B: 190 / 95 / 2; times 1.20 -> 228; times 1.25 -> 285.  C: 360; times 1.00; times 1.10 -> 396.
    "reg": [F(50, 250), F(55, 200), F(66, 160), F(190, 190), F(228, 190), F(285, 190),
            F(360, 160), F(360, 200), F(396, 250)],
    # A loses a fifth of its residents each year, C gains a quarter; k per mille: A 10, 20; B 5, 10;
    # C 20, 30.
    "lm_flow": [None, F(800 - 10, 1000), F(800 - 20, 1000), None, F(995, 1000), F(990, 1000),
                None, F(1250 - 20, 1000), F(1250 - 30, 1000)],
    "lm_flow_gross": [None, F(100, 125), F(80, 100), None, F(1), F(1),
                      None, F(100, 80), F(125, 100)],
    # Residents over registered, less a product that is 1 in 2008, then 1 + k of 2009, and so on.
    "lm_stock": [
        F(0), F(4, 5) - F(1010, 1000), F(1, 2) - F(1010, 1000) * F(1020, 1000),
        F(0), F(5, 4) - F(1005, 1000), F(5, 4) - F(1005, 1000) * F(1010, 1000),
        F(-1, 5), F(5, 4) - F(1020, 1000), F(5, 4) - F(1020, 1000) * F(1030, 1000),
    ],
    "lm_stock_gross": [F(0), F(-1, 5), F(-1, 2), F(0), F(1, 4), F(1, 4),
                       F(-1, 5), F(1, 4), F(1, 4)],
    "share_primary": [F(20, 50), F(18, 60), F(8, 80), F(10, 190), F(48, 240), F(30, 300),
                      F(30, 360), F(20, 400), F(22, 440)],
    "share_secondary": [F(20, 50), F(24, 60), F(40, 80), F(100, 190), F(120, 240), F(150, 300),
                        F(180, 360), F(180, 400), F(176, 440)],
    "share_tertiary": [F(10, 50), F(18, 60), F(32, 80), F(80, 190), F(72, 240), F(120, 300),
                       F(150, 360), F(200, 400), F(242, 440)],
    # Million dollars x yuan per dollar = million yuan, over 100 x (100 million yuan):
    # A 2008: 50 x 7 = 350 over 5,000.
    "odi": [F(350, 5000), F(60 * 68, 60000), F(160 * 65, 80000), F(380 * 7, 19000),
            F(240 * 68, 240000), F(600 * 65, 300000), F(720 * 7, 36000), F(800 * 68, 400000),
            F(880 * 65, 440000)],
    # Mean of 10, 20, 45 in 2008: 25.
    "te": [F(n, 25) for n in (10, 12, 15, 20, 22, 23, 45, 47, 51)],
    "gr": [F(10, 50), F(15, 60), F(20, 80), F(19, 190), F(24, 240), F(60, 300), F(72, 360),
           F(80, 400), F(110, 440)],
    # Mean of 10, 20, 45 thousand in 2008: 25.
    "rlr": [F(n, 25) for n in (10, 11, 14, 20, 22, 25, 45, 48, 53)],
    "rissl": [F(10, 20), F(18, 24), F(32, 40), F(80, 100), F(72, 120), F(120, 150), F(150, 180),
              F(200, 180), F(242, 176)],
    # 10,000 yuan over 10,000 x (100 million yuan): A 2008, 5,000 over 500,000.
    "rdi": [F(5, 500), F(6, 600), F(16, 800), F(19, 1900), F(48, 2400), F(60, 3000), F(72, 3600),
            F(80, 4000), F(132, 4400)],
    # Persons over 10,000 x (10,000 persons): A 2008, 12,500 over 1,250,000.
    "edl": [F(125, 12500), F(100, 10000), F(160, 8000), F(190, 9500), F(190, 9500), F(285, 9500),
            F(240, 8000), F(400, 10000), F(500, 12500)],
}  # fmt: skip


@pytest.mark.parametrize("name", HAND)
def test_hand_example(yearbook, k, name):
    if name.startswith("lm_"):
        function = indicators.lm_flow if "flow" in name else indicators.lm_stock
        found = function(yearbook, 0.0 if name.endswith("gross") else k)
    elif name.startswith("share_"):
        found = indicators.sector_shares(yearbook)[name]
    else:
        found = getattr(indicators, name)(yearbook, *([RATES] if name == "odi" else []))
    expected = [np.nan if value is None else float(value) for value in HAND[name]]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def test_ia_of_the_hand_example(yearbook):
    built = indicators.sector_shares(yearbook).assign(year=yearbook["year"])
    # 2009: shares 2/5, 1/2, 9/20, of the sum 27/20: 8/27, 10/27, 9/27.
    year = built["year"].eq(2009)
    np.testing.assert_allclose(indicators.ia(built)[year], [8 / 27, 10 / 27, 9 / 27])
    np.testing.assert_allclose(indicators.ia(built, scaled=True)[year], [8 / 9, 10 / 9, 1])
    # A and C alone in 2009: 2/5 and 9/20, of 17/20.
    two = built[yearbook["city_code"].isin(["A", "C"])]
    np.testing.assert_allclose(indicators.ia(two)[two["year"].eq(2009)], [8 / 17, 9 / 17])


@pytest.fixture(scope="module")
def sectors_2008(yearbook) -> pd.DataFrame:
    return yearbook[yearbook["year"].eq(2008)].set_index("city_code")[indicators.SECTORS]


def test_location_measures_of_the_hand_example(sectors_2008):
    # Value added, A 20, 20, 10; B 10, 100, 80; C 30, 180, 150.  Sums 60, 300, 240 of 600: the
    # whole's shares are 1/10, 1/2, 2/5; the cities' shares in all, 1/12, 19/60, 3/5.
    np.testing.assert_allclose(
        indicators.location_quotient(sectors_2008),
        [
            [0.4 / 0.1, 0.4 / 0.5, 0.2 / 0.4],
            [10 / 19, (10 / 19) / 0.5, (8 / 19) / 0.4],
            [(1 / 12) / 0.1, 1, (5 / 12) / 0.4],
        ],
    )
    # Primary: 1/3, 1/6, 1/2 less 1/12, 19/60, 3/5 = +15/60, -9/60, -6/60: half of 30/60.
    # Secondary: 1/15, 1/3, 3/5 = -1/60, +1/60, 0.  Tertiary: 1/24, 1/3, 5/8 = -5, +2, +3 over 120.
    np.testing.assert_allclose(
        indicators.hoover_localisation(sectors_2008), [1 / 4, 1 / 60, 5 / 120]
    )


# --- other programs -----------------------------------------------------------------------------

REGIONS, INDUSTRIES = [f"R{i}" for i in range(1, 6)], [f"I{j}" for j in range(1, 6)]
# EconGeo's example: five regions of equal size, five industries of equal size.
ECONGEO = pd.DataFrame(
    [[100, 0, 0, 0, 0], [0, 15, 5, 70, 10], [0, 20, 10, 20, 50], [0, 25, 30, 5, 40],
     [0, 40, 55, 5, 0]],
    index=REGIONS, columns=INDUSTRIES,
)  # fmt: skip


def against_rest(industry: list[float], total: list[float]) -> pd.DataFrame:
    """Regions x (an industry, all else)."""
    return pd.DataFrame({"industry": industry, "rest": np.subtract(total, industry)})


def test_location_quotient_against_reat_and_econgeo():
    rest = 15593224 - 79006
    values = pd.DataFrame(
        {"steel": [1714, 879213 - 1714], "rest": [79006 - 1714, rest - 879213 + 1714]}
    )
    expected = peer("FK: steel", "locq(1714,79006,879213,15593224)")
    assert indicators.location_quotient(values).loc[0, "steel"] == pytest.approx(expected, 1e-12)
    expected = [[peer("EconGeo 5x5", f"LQ[{r},{i}]") for i in INDUSTRIES] for r in REGIONS]
    np.testing.assert_allclose(indicators.location_quotient(ECONGEO), expected, atol=1e-15)


def test_hoover_against_econgeo():
    # Hoover's coefficient of specialisation is that of localisation, on the transposed frame.
    expected = [peer("EconGeo 5x5", f"Hoover specialization {r}") for r in REGIONS]
    np.testing.assert_allclose(indicators.hoover_localisation(ECONGEO.T), expected)
    values = against_rest([0, 1, 1, 3, 5], [10, 15, 20, 25, 30])
    expected = peer("EconGeo ind/pop", "Hoover.index(0,10,10,30,50 | 10,15,20,25,30), percent")
    assert 100 * indicators.hoover_localisation(values)["industry"] == pytest.approx(expected)


# --- identities ---------------------------------------------------------------------------------

VALUES = st.lists(
    st.tuples(*[st.floats(0.01, 100)] * 3), min_size=2, max_size=12
).map(lambda rows: pd.DataFrame(rows, columns=list("pqr")))  # fmt: skip


@given(VALUES)
def test_belts_share_cancels_from_equation_4(values):
    quotient = indicators.location_quotient(values)
    shares = values.div(values.sum(axis=1), axis=0).assign(year=2008)
    for sector in values:
        np.testing.assert_allclose(
            indicators.ia(shares, share=sector), quotient[sector] / quotient[sector].sum()
        )


def test_ia_skips_the_missing():
    frame = pd.DataFrame(
        {"year": [1, 2] * 3, "share_secondary": [0.2, 0.5, 0.3, np.nan, 0.5, 0.5]},
        index=[9, 8, 7, 6, 5, 4],
    )
    value = indicators.ia(frame)
    assert list(value.index) == list(frame.index)
    np.testing.assert_allclose(value, [0.2, 0.5, 0.3, np.nan, 0.5, 0.5])
    scaled = indicators.ia(frame, scaled=True)
    np.testing.assert_allclose(scaled.groupby(frame["year"]).mean(), 1)


def test_measures_under_uniformity():
    uniform = pd.DataFrame(np.outer([1, 2, 5], [3.0, 7]), columns=["p", "q"])
    np.testing.assert_allclose(indicators.location_quotient(uniform), 1)
    np.testing.assert_allclose(indicators.hoover_localisation(uniform), 0, atol=1e-15)
    shares = uniform.div(uniform.sum(axis=1), axis=0).assign(year=2008)
    np.testing.assert_allclose(indicators.ia(shares, share="p"), 1 / 3)  # and not 0


@pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf, 0.0])
def test_location_measures_refuse(bad):
    values = pd.DataFrame({"p": [bad, bad], "q": [3.0, 4]})
    for measure in ("location_quotient", "hoover_localisation"):
        with pytest.raises(panel.DataError, match="regions x industries: found"):
            getattr(indicators, measure)(values)


@given(st.floats(0.01, 1000))
def test_readings_do_not_depend_on_the_unit_of_what_they_divide(unit):
    yearbook = pd.read_csv(panel.DATA / "hand_example.csv")
    people = ["resident_pop", "registered_pop"]
    other = yearbook.assign(**{name: yearbook[name] * unit for name in people})
    for function in (indicators.lm_flow, indicators.lm_stock):
        np.testing.assert_allclose(function(other, 0.01), function(yearbook, 0.01), atol=1e-12)
    np.testing.assert_allclose(indicators.reg(other), indicators.reg(yearbook))


def test_base_year_is_one_and_nothing_stands_before_it(yearbook, k):
    reg = indicators.reg(yearbook, base_year=2009)
    now = yearbook["year"].eq(2009)
    people = yearbook.loc[now, "resident_pop"]
    assert np.average(reg[now], weights=people) == pytest.approx(1)  # the whole, in its base year
    stock = indicators.lm_stock(yearbook, k, base_year=2009)
    np.testing.assert_allclose(stock[now], [-0.2, 0.25, 0.25])  # the product starts here, at one
    for value in (reg, stock):
        assert list(value.isna()) == list(yearbook["year"].lt(2009))
    with pytest.raises(panel.DataError, match="expected the base year 2007"):
        indicators.reg(yearbook, base_year=2007)


def test_stock_stays_missing_after_a_gap_and_the_flow_does_not(yearbook, k):
    a = yearbook["city_code"].eq("A")
    gap = k.mask(a & yearbook["year"].eq(2009))
    assert list(indicators.lm_stock(yearbook, gap)[a].isna()) == [False, True, True]
    assert list(indicators.lm_flow(yearbook, gap)[a].isna()) == [True, True, False]
