"""Indicators against hand-worked fractions, other programs' figures, and algebraic identities.

The figures in ``data/reference/location.csv`` were computed with R's REAT 3.0.3 and EconGeo 1.3.
"""

from __future__ import annotations

from fractions import Fraction as F
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import indicators, panel

REFERENCE = pd.read_csv(Path(__file__).parents[1] / "data" / "reference" / "location.csv")
RATES = pd.Series({2008: 7.0, 2009: 6.8, 2010: 6.5})  # yuan per dollar, as round as the example


def peer(dataset: str, spec: str) -> float:
    rows = REFERENCE[REFERENCE["dataset"].str.startswith(dataset) & REFERENCE["spec"].eq(spec)]
    assert len(rows) == 1
    return float(rows["value"].iloc[0])


@pytest.fixture(scope="module")
def yearbook() -> pd.DataFrame:
    cities = panel.load_cities(panel.DATA / "hand_example_cities.csv")
    return panel.read_yearbook(panel.DATA / "hand_example.csv", cities)


@pytest.fixture(scope="module")
def cleaned(yearbook) -> panel.Cleaned:
    return panel.clean(yearbook, panel.load_cities(panel.DATA / "hand_example_cities.csv"))


# --- the example of three cities, worked by hand ------------------------------------------------

# Rows: A 2008, 2009, 2010; B 2008, ...; C 2008, ...
HAND = {
    # The Belt in 2008: 50 + 190 + 360 = 600 over 125 + 95 + 80 = 300, so 2 a head.
    # A: 50 / 125 / 2; times 1.10, 50 -> 55, / 100 / 2; times 1.20, 55 -> 66, / 80 / 2.
    # B: 190 / 95 / 2; times 1.20 -> 228; times 1.25 -> 285.  C: 360; times 1.00; times 1.10 -> 396.
    "reg": [
        F(50, 250), F(55, 200), F(66, 160),
        F(190, 190), F(228, 190), F(285, 190),
        F(360, 160), F(360, 200), F(396, 250),
    ],
    # A loses a fifth of its residents each year, C gains a quarter.
    "lm_flow_gross": [
        None, F(100, 125) - 1, F(80, 100) - 1,
        None, F(0), F(0),
        None, F(100, 80) - 1, F(125, 100) - 1,
    ],
    # Natural growth, per mille: A 10, 20; B 5, 10; C has none in 2009, so half-way of 10 and 30.
    "lm_flow": [
        None, F(-200 - 10, 1000), F(-200 - 20, 1000),
        None, F(-5, 1000), F(-10, 1000),
        None, F(250 - 20, 1000), F(250 - 30, 1000),
    ],
    # Residents over registered.
    "lm_stock": [
        F(125, 125) - 1, F(100, 125) - 1, F(80, 160) - 1,
        F(95, 95) - 1, F(95, 76) - 1, F(95, 76) - 1,
        F(80, 100) - 1, F(100, 80) - 1, F(125, 100) - 1,
    ],
    # The product is 1 in 2008, then 1 + k of 2009, then times 1 + k of 2010.
    "lm_stock_net": [
        F(0), F(4, 5) - F(1010, 1000), F(1, 2) - F(1010, 1000) * F(1020, 1000),
        F(0), F(5, 4) - F(1005, 1000), F(5, 4) - F(1005, 1000) * F(1010, 1000),
        F(-1, 5), F(5, 4) - F(1020, 1000), F(5, 4) - F(1020, 1000) * F(1030, 1000),
    ],
    "share_primary": [
        F(20, 50), F(18, 60), F(8, 80), F(10, 190), F(48, 240), F(30, 300),
        F(30, 360), F(20, 400), F(22, 440),
    ],
    "share_secondary": [
        F(20, 50), F(24, 60), F(40, 80), F(100, 190), F(120, 240), F(150, 300),
        F(180, 360), F(180, 400), F(176, 440),
    ],
    "share_tertiary": [
        F(10, 50), F(18, 60), F(32, 80), F(80, 190), F(72, 240), F(120, 300),
        F(150, 360), F(200, 400), F(242, 440),
    ],
    # Million dollars x yuan per dollar = million yuan, over 100 x (100 million yuan):
    # A 2008: 50 x 7 = 350 over 5,000.
    "odi": [
        F(350, 5000), F(60 * 68, 60000), F(160 * 65, 80000),
        F(380 * 7, 19000), F(240 * 68, 240000), F(600 * 65, 300000),
        F(720 * 7, 36000), F(800 * 68, 400000), F(880 * 65, 440000),
    ],
    # Mean of 10, 20, 30 in 2008: 20.
    "te": [F(n, 20) for n in (10, 12, 15, 20, 22, 23, 30, 32, 36)],
    "gr": [
        F(10, 50), F(15, 60), F(20, 80), F(19, 190), F(24, 240), F(60, 300),
        F(72, 360), F(80, 400), F(110, 440),
    ],
    # Mean of 10, 20, 30 thousand in 2008: 20.
    "rlr": [F(n, 20) for n in (10, 11, 14, 20, 22, 25, 30, 33, 38)],
    "rissl": [
        F(10, 20), F(18, 24), F(32, 40), F(80, 100), F(72, 120), F(120, 150),
        F(150, 180), F(200, 180), F(242, 176),
    ],
    # 10,000 yuan over 10,000 x (100 million yuan): A 2008, 5,000 over 500,000.
    "rdi": [
        F(5, 500), F(6, 600), F(16, 800), F(19, 1900), F(48, 2400), F(60, 3000),
        F(72, 3600), F(80, 4000), F(132, 4400),
    ],
    # Persons over 10,000 x (10,000 persons): A 2008, 12,500 over 1,250,000.
    "edl": [
        F(125, 12500), F(100, 10000), F(160, 8000), F(190, 9500), F(190, 9500), F(285, 9500),
        F(240, 8000), F(400, 10000), F(500, 12500),
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", panel.INDICATORS)
def test_hand_example(cleaned, name):
    built = indicators.build(cleaned, RATES)
    expected = [np.nan if value is None else float(value) for value in HAND[name]]
    np.testing.assert_allclose(built[name], expected, rtol=5e-6, atol=1e-15)


def test_hand_example_flags_and_columns(cleaned):
    built = indicators.build(cleaned, RATES)
    assert list(built) == ["city_code", "year", *panel.INDICATORS, "flags"]
    assert list(built["city_code"]) == list("AAABBBCCC")
    assert list(built["year"]) == [2008, 2009, 2010] * 3
    assert list(built["flags"]) == [""] * 7 + ["interpolated:natural_growth", ""]


def test_flags_name_the_fields_that_an_indicator_uses(cleaned):
    rows = [("A", 2009, "area", "suspect"), ("A", 2009, "fdi", "suspect"),
            ("A", 2009, "fdi", "interpolated"), ("A", 2009, "gdp", "parts"),
            ("B", 2010, "fdi", "straight_line"),
            ("B", 2010, "employment", "definition")]  # fmt: skip
    notes = pd.DataFrame(rows, columns=["city_code", "year", "field", "kind"])
    built = indicators.build(panel.Cleaned(cleaned.frame, notes), RATES)
    flags = built.set_index(panel.KEY)["flags"]
    assert flags["A", 2009] == "interpolated:fdi;suspect:fdi"
    assert flags["B", 2010] == "definition:employment"
    assert flags.ne("").sum() == 2


def test_rounded_to_six_significant_digits(cleaned):
    built = indicators.build(cleaned, RATES)
    assert built["share_secondary"].iloc[3] == 0.526316  # 10 / 19


def test_ia_of_the_hand_example(cleaned):
    built = indicators.build(cleaned, RATES)
    # 2009: shares 2/5, 1/2, 9/20, of the sum 27/20: 8/27, 10/27, 9/27.
    year = built["year"].eq(2009)
    np.testing.assert_allclose(indicators.ia(built)[year], [8 / 27, 10 / 27, 9 / 27])
    np.testing.assert_allclose(indicators.ia(built, scaled=True)[year], [8 / 9, 10 / 9, 1])
    # A and C alone in 2009: 2/5 and 9/20, of 17/20.
    two = built[built["city_code"].isin(["A", "C"])]
    np.testing.assert_allclose(indicators.ia(two)[two["year"].eq(2009)], [8 / 17, 9 / 17])
    # Tertiary, 2009: 3/10, 3/10, 1/2, of 11/10.
    np.testing.assert_allclose(
        indicators.ia(built, share="share_tertiary")[year], [3 / 11, 3 / 11, 5 / 11]
    )


@pytest.fixture(scope="module")
def sectors_2008(yearbook) -> pd.DataFrame:
    return yearbook[yearbook["year"].eq(2008)].set_index("city_code")[panel.SECTORS]


def test_location_measures_of_the_hand_example(sectors_2008):
    # Value added, A 20, 20, 10; B 10, 100, 80; C 30, 180, 150.  Sums 60, 300, 240 of 600: the
    # Belt's shares are 1/10, 1/2, 2/5; the cities' shares in all, 1/12, 19/60, 3/5.
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
    # Primary: (1 + 1/4 + 9/4) / 9; secondary: (1 + 25 + 81) / 225; tertiary: (1 + 64 + 225) / 576.
    np.testing.assert_allclose(
        indicators.herfindahl(sectors_2008), [7 / 18, 107 / 225, 290 / 576]
    )
    # Primary, by quotient B, C, A: widths 19, 36, 5 over 60; the curve rises to 1/6, 2/3, 1, so its
    # mean heights are 1/12, 5/12, 10/12 and the area below (19 + 180 + 50) / 720: 1 - 2 x 249/720.
    # Secondary, A, C, B: widths 5, 36, 19; mean heights 1, 11, 25 over 30: 1 - 2 x 876/1800.
    # Tertiary, A, C, B: C's quotient 25/24 is below B's 20/19; mean heights 1/48, 17/48, 40/48;
    # the area (5 + 612 + 760) / 2880: 1 - 2 x 1377/2880.
    np.testing.assert_allclose(
        indicators.locational_gini(sectors_2008),
        [1 - 498 / 720, 1 - 1752 / 1800, 1 - 2754 / 2880],
    )


# --- other programs -----------------------------------------------------------------------------

REGIONS, INDUSTRIES = [f"R{i}" for i in range(1, 6)], [f"I{j}" for j in range(1, 6)]
# EconGeo's example: five regions of equal size, five industries of equal size.
ECONGEO = pd.DataFrame(
    [
        [100, 0, 0, 0, 0],
        [0, 15, 5, 70, 10],
        [0, 20, 10, 20, 50],
        [0, 25, 30, 5, 40],
        [0, 40, 55, 5, 0],
    ],
    index=REGIONS,
    columns=INDUSTRIES,
)


def against_rest(industry: list[float], total: list[float]) -> pd.DataFrame:
    """Regions x (an industry, all else)."""
    return pd.DataFrame({"industry": industry, "rest": np.subtract(total, industry)})


def test_location_quotient_against_reat():
    rest = 15593224 - 79006
    values = pd.DataFrame(
        {"steel": [1714, 879213 - 1714], "rest": [79006 - 1714, rest - 879213 + 1714]}
    )
    expected = peer("FK: steel", "locq(1714,79006,879213,15593224)")
    assert indicators.location_quotient(values).loc[0, "steel"] == pytest.approx(expected, 1e-12)


def test_location_quotient_against_econgeo():
    expected = [[peer("EconGeo 5x5", f"LQ[{r},{i}]") for i in INDUSTRIES] for r in REGIONS]
    np.testing.assert_allclose(indicators.location_quotient(ECONGEO), expected, atol=1e-15)


def test_hoover_against_econgeo():
    # Hoover's coefficient of specialisation is that of localisation, on the transposed frame.
    expected = [peer("EconGeo 5x5", f"Hoover specialization {r}") for r in REGIONS]
    np.testing.assert_allclose(indicators.hoover_localisation(ECONGEO.T), expected)
    values = against_rest([0, 1, 1, 3, 5], [10, 15, 20, 25, 30])
    expected = peer("EconGeo ind/pop", "Hoover.index(0,10,10,30,50 | 10,15,20,25,30), percent")
    assert 100 * indicators.hoover_localisation(values)["industry"] == pytest.approx(expected)


def test_locational_gini_against_econgeo():
    # EconGeo's is the area, at most one half.
    expected = [peer("EconGeo 5x5", f"locational Gini {i}") for i in INDUSTRIES]
    np.testing.assert_allclose(indicators.locational_gini(ECONGEO) / 2, expected)
    unequal = against_rest([0, 1, 1, 3, 5], [10, 15, 20, 25, 30])
    expected = peer("EconGeo ind/pop", "Hoover.Gini (rounded 3)")
    assert round(indicators.locational_gini(unequal)["industry"], 3) == expected
    equal = against_rest([0, 10, 10, 30, 50], [100] * 5)
    expected = peer("EconGeo ind/pop", "Gini(0,10,10,30,50) (rounded 3)")
    assert round(indicators.locational_gini(equal)["industry"], 3) == expected


def test_locational_gini_against_reat():
    equal = against_rest([20, 50, 20, 10], [100] * 4)
    assert indicators.locational_gini(equal)["industry"] == pytest.approx(peer("Doersam", "gini"))
    # gini.conc is the unweighted Gini of the quotients: what ours gives for regions of equal size.
    spec = "E_ij=500,500,1000,7000,1000; E_j=20000,15000,20000,40000,5000"
    values = against_rest([500, 500, 1000, 7000, 1000], [20000, 15000, 20000, 40000, 5000])
    quotients = indicators.location_quotient(values)["industry"]
    unweighted = against_rest(list(quotients), [100] * 5)
    assert indicators.locational_gini(unweighted)["industry"] == pytest.approx(
        peer("FK gini.conc", spec), rel=1e-12
    )
    # The regions differ in size, and so do the two measures.
    assert abs(indicators.locational_gini(values)["industry"] - peer("FK gini.conc", spec)) > 0.01


def test_herfindahl_against_both():
    expected = [peer("EconGeo 5x5", f"Herfindahl {r}") for r in REGIONS]
    np.testing.assert_allclose(indicators.herfindahl(ECONGEO.T), expected)
    sales = against_rest([20, 50, 20, 10], [100] * 4)
    assert indicators.herfindahl(sales)["industry"] == pytest.approx(peer("Doersam", "herf"))


# --- identities ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def values() -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(5).lognormal(size=(30, 4)), columns=list("pqrs"))


def test_belts_share_cancels_from_equation_4(values):
    quotient = indicators.location_quotient(values)
    shares = values.div(values.sum(axis=1), axis=0).assign(year=2008)
    for sector in values:
        np.testing.assert_allclose(
            indicators.ia(shares, share=sector), quotient[sector] / quotient[sector].sum()
        )


def test_ia_adds_up_each_year_and_skips_the_missing():
    frame = pd.DataFrame(
        {"year": [1, 2] * 3, "share_secondary": [0.2, 0.5, 0.3, np.nan, 0.5, 0.5]},
        index=[9, 8, 7, 6, 5, 4],
    )
    value = indicators.ia(frame)
    assert list(value.index) == list(frame.index)
    np.testing.assert_allclose(value, [0.2, 0.5, 0.3, np.nan, 0.5, 0.5])
    scaled = indicators.ia(frame, scaled=True)
    np.testing.assert_allclose(scaled.groupby(frame["year"]).mean(), 1)


def test_gini_against_all_pairs(values):
    # Brute force: the mean absolute difference of quotients over all pairs, weighted by size, over
    # twice their mean, which is one.
    size = values.sum(axis=1) / values.to_numpy().sum()
    quotient = indicators.location_quotient(values)
    for name, gini in indicators.locational_gini(values).items():
        q = quotient[name].to_numpy()
        pairs = np.abs(q[:, None] - q[None, :]) * np.outer(size, size)
        assert gini == pytest.approx(pairs.sum() / 2)


def test_measures_under_uniformity():
    uniform = pd.DataFrame(np.outer([1, 2, 5], [3.0, 7]), columns=["p", "q"])
    np.testing.assert_allclose(indicators.location_quotient(uniform), 1)
    np.testing.assert_allclose(indicators.hoover_localisation(uniform), 0, atol=1e-15)
    np.testing.assert_allclose(indicators.locational_gini(uniform), 0, atol=1e-15)
    shares = uniform.div(uniform.sum(axis=1), axis=0).assign(year=2008)
    np.testing.assert_allclose(indicators.ia(shares, share="p"), 1 / 3)  # and not 0


@pytest.mark.parametrize(
    "measure",
    ["location_quotient", "hoover_localisation", "locational_gini", "herfindahl"],
)
@pytest.mark.parametrize("bad", [np.nan, -1.0, np.inf, 0.0])
def test_location_measures_refuse(measure, bad):
    values = pd.DataFrame({"p": [1.0, 2], "q": [3.0, 4]})
    values["p"] = bad
    with pytest.raises(panel.DataError, match="regions x industries: found"):
        getattr(indicators, measure)(values)


def test_indicators_do_not_depend_on_units_of_a_ratio(yearbook):
    """REG, LM, TE and RLR are free of the unit of what they divide."""
    money = yearbook.assign(gdp=yearbook["gdp"] * 10, average_wage=yearbook["average_wage"] * 3)
    people = yearbook.assign(
        resident_pop=yearbook["resident_pop"] * 4, registered_pop=yearbook["registered_pop"] * 4
    )
    for function in (indicators.reg, indicators.rlr):
        np.testing.assert_allclose(function(money), function(yearbook))
    for function in (indicators.reg, indicators.lm_flow, indicators.lm_stock_net):
        np.testing.assert_allclose(function(people), function(yearbook))


def test_base_year_is_a_parameter_and_earlier_years_are_lags(yearbook, cleaned):
    built = indicators.build(cleaned, RATES, base_year=2009)
    assert sorted(built["year"].unique()) == [2009, 2010]
    assert built["lm_flow"].notna().all()  # 2008 serves 2009
    gdp, people = (yearbook.loc[yearbook["year"].eq(2009), c] for c in ("gdp", "resident_pop"))
    first = built.loc[built["year"].eq(2009), "reg"].to_numpy()
    # The Belt is one in its base year: the mean of REG, weighted by residents.
    assert np.average(first, weights=people) == pytest.approx(1, rel=1e-5)
    np.testing.assert_allclose(first, (gdp / people) / (gdp.sum() / people.sum()), rtol=1e-5)
    # A 2009: 4/5 of the registered; the product starts here, at one.
    np.testing.assert_allclose(
        built.loc[built["year"].eq(2009), "lm_stock_net"], [-0.2, 0.25, 0.25], rtol=1e-5
    )


def test_nothing_before_the_base_year(yearbook):
    for function in (indicators.reg, indicators.lm_stock_net):
        value = function(yearbook, base_year=2009)
        assert list(value.isna()) == list(yearbook["year"].lt(2009))


def test_stock_net_stays_missing_after_a_gap(yearbook):
    gap = yearbook.copy()
    gap.loc[gap["year"].eq(2009) & gap["city_code"].eq("A"), "natural_growth"] = np.nan
    a = indicators.lm_stock_net(gap)[gap["city_code"].eq("A")]
    assert list(a.isna()) == [False, True, True]


def test_build_refuses(cleaned):
    with pytest.raises(panel.DataError, match="expected the base year 2007"):
        indicators.build(cleaned, RATES, base_year=2007)
    with pytest.raises(panel.DataError, match="exchange rate: found none for 2010"):
        indicators.build(cleaned, RATES.drop(2010))
