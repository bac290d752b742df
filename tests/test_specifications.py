"""Which regressions are run: against the printed tables, and by hand on four cities."""

from __future__ import annotations

import re
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from lib import panel, published
from lib import specifications as sp

# The paper's headings of Table 3: upper, middle and lower part of the Belt.
REACH_ZH = {"上游": "upper", "中游": "middle", "下游": "lower"}


def spec_of(column: str) -> sp.Specification:
    return next(spec for spec in sp.SPECIFICATIONS if spec.column == column)


@pytest.fixture
def four_cities() -> pd.DataFrame:
    """Two cities of the Delta, two upstream, three years; shares add to round numbers."""
    rows = pd.DataFrame(
        {
            "city_code": np.repeat([1, 2, 3, 4], 3),
            "year": np.tile([2008, 2009, 2010], 4),
            "province": np.repeat(["Shanghai", "Anhui", "Sichuan", "Hubei"], 3),
            "reach": np.repeat(["lower", "lower", "upper", "middle"], 3),
            "reg": np.tile([1.0, np.e, np.e**2], 4),
            "lm_flow": np.arange(12) / 100,
            "lm_stock": -np.arange(12) / 100,
            # 2008: 0.4 + 0.1 + 0.3 + 0.2 = 1; the other years all alike.
            "share_secondary": np.array([[0.4, 0.1, 0.3, 0.2], [0.5] * 4, [0.3] * 4]).T.ravel(),
            "share_tertiary": 0.25,
            "flags": "",
        }
    )
    rows.loc[(rows["city_code"] == 1) & (rows["year"] == 2008), "flags"] = "boundary:resident_pop"
    return rows


def in_2008(rows: pd.DataFrame, column: str) -> list[float]:
    return rows.loc[rows["year"] == 2008, column].tolist()


# --- the columns of the printed tables ----------------------------------------------------------


@pytest.mark.parametrize("table", [1, 2, 3])
def test_specifications_have_the_columns_and_rows_that_are_printed(table: int) -> None:
    printed = published.coefficients(table).groupby("column", sort=False)["row"].agg(tuple)
    assert {spec.column: spec.terms for spec in sp.columns_of(table)} == dict(printed)
    assert [spec.column for spec in sp.columns_of(table)] == list(printed.index)


def test_years_are_those_of_the_printed_heading() -> None:
    printed = published.load(2).set_index("column")["column_printed"]
    for spec in sp.columns_of(2):
        years = tuple(int(year) for year in re.findall(r"\d{4}", printed[spec.column].iloc[0]))
        assert spec.years == years
        assert spec.heading == "{}–{}".format(*years)


def test_the_other_tables_run_from_2008_to_2023_as_the_paper_says() -> None:
    for spec in (*sp.columns_of(1), *sp.columns_of(3)):
        assert spec.years == (2008, 2023)


def test_reaches_are_those_of_the_printed_heading() -> None:
    printed = published.load(3).set_index("column")["column_printed"]
    for spec in sp.columns_of(3):
        heading = printed[spec.column].iloc[0]
        assert [spec.reach] == [reach for zh, reach in REACH_ZH.items() if zh in heading]
        assert spec.heading == f"{spec.reach.capitalize()} reach"
    assert {spec.reach for table in (1, 2) for spec in sp.columns_of(table)} == {None}


def test_every_regressor_has_a_symbol() -> None:
    terms = {term for spec in sp.SPECIFICATIONS for term in spec.terms} | set(sp.EXTRA_CONTROLS)
    assert terms == set(sp.SYMBOL)


def test_a_table_that_the_paper_does_not_have_is_refused() -> None:
    with pytest.raises(panel.DataError, match=r"table 4: not found.*Tables 1, 2 and 3"):
        sp.columns_of(4)


# --- readings -----------------------------------------------------------------------------------


def test_the_baseline_is_the_reading_that_the_register_argues_for() -> None:
    assert sp.READINGS[0] is sp.BASELINE
    assert asdict(sp.BASELINE) == {
        "name": "Baseline",
        "outcome": "reg",
        "mobility": "lm_flow",
        "agglomeration": "share_secondary",
        "sample": "belt110",
        "without": "",
    }


def test_every_other_reading_departs_from_the_baseline_in_one_respect() -> None:
    baseline = asdict(sp.BASELINE)
    departures = []
    for reading in sp.READINGS[1:]:
        changed = {k: v for k, v in asdict(reading).items() if v != baseline[k] and k != "name"}
        assert len(changed) == 1, reading.name
        departures += changed.items()
    assert len(set(departures)) == len(departures)
    obvious = {
        ("outcome", "log_reg"), ("mobility", "lm_stock"), ("agglomeration", "share_tertiary"),
        ("sample", "listed94"), ("sample", "delta41"),
    }  # fmt: skip
    assert obvious <= set(departures)
    assert len({reading.name for reading in sp.READINGS}) == len(sp.READINGS)


def test_a_column_is_defined_where_the_sample_has_cities_of_its_reach() -> None:
    roster = panel.load_cities().rename(columns={"province_en": "province"})
    for reading in sp.READINGS:
        cities = panel.sample(roster, reading.sample)
        for spec in sp.SPECIFICATIONS:
            held = cities if spec.reach is None else cities[cities["reach"] == spec.reach]
            assert sp.is_defined(spec, reading) == (len(held) > 0), (reading.name, spec.column)


# --- prepare ------------------------------------------------------------------------------------


def test_ia_is_the_share_over_the_mean_share_of_the_year(four_cities) -> None:
    prepared = sp.prepare(four_cities)
    assert in_2008(prepared, "ia") == pytest.approx([1.6, 0.4, 1.2, 0.8])
    assert prepared.loc[prepared["year"] > 2008, "ia"].to_numpy() == pytest.approx(np.ones(8))


def test_the_product_is_not_centred(four_cities) -> None:
    """LM of 2008 is 0, 0.03, 0.06 and 0.09."""
    prepared = sp.prepare(four_cities)
    assert in_2008(prepared, "lm_ia") == pytest.approx([0, 0.03 * 0.4, 0.06 * 1.2, 0.09 * 0.8])


def test_the_baseline_takes_the_level_of_reg_and_the_flow(four_cities) -> None:
    prepared = sp.prepare(four_cities)
    assert prepared["y"].tolist() == four_cities["reg"].tolist()
    assert prepared["lm"].tolist() == four_cities["lm_flow"].tolist()
    assert prepared.index.equals(four_cities.index)


@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        ({"outcome": "log_reg"}, "y", [0.0, 0.0, 0.0, 0.0]),
        ({"mobility": "lm_stock"}, "lm", [0.0, -0.03, -0.06, -0.09]),
        ({"mobility": "lm_stock"}, "lm_ia", [0.0, -0.03 * 0.4, -0.06 * 1.2, -0.09 * 0.8]),
        ({"agglomeration": "share_tertiary"}, "ia", [1.0, 1.0, 1.0, 1.0]),
        ({"sample": "listed94"}, "ia", [4 / 3, 1.0, 2 / 3]),
        ({"sample": "delta41"}, "ia", [1.6, 0.4]),
    ],
    ids=lambda value: "" if isinstance(value, list) else str(value),
)
def test_a_reading_changes_its_own_series(four_cities, change, column, expected) -> None:
    """Without Anhui 2008 has 0.4, 0.3 and 0.2, mean 0.3; the Delta has 0.4 and 0.1, mean 0.25."""
    prepared = sp.prepare(four_cities, sp.Reading("other", **change))
    assert in_2008(prepared, column) == pytest.approx(expected)


def test_log_reg_is_the_natural_logarithm(four_cities) -> None:
    prepared = sp.prepare(four_cities, sp.Reading("log", outcome="log_reg"))
    assert prepared["y"].to_numpy() == pytest.approx(np.tile([0.0, 1.0, 2.0], 4))


def test_ia_still_compares_with_the_cities_whose_step_is_left_out(four_cities) -> None:
    """City 1 leaves in 2008.  Over the other three IA would be 0.5, 1.5 and 1, not these."""
    prepared = sp.prepare(four_cities, sp.Reading("no steps", without="steps"))
    assert len(prepared) == 11
    assert in_2008(prepared, "city_code") == [2, 3, 4]
    assert in_2008(prepared, "ia") == pytest.approx([0.4, 1.2, 0.8])


def test_a_city_whose_boundary_moved_leaves_in_all_years(four_cities) -> None:
    prepared = sp.prepare(four_cities, sp.Reading("no moves", without="boundary"))
    assert prepared["city_code"].tolist() == [2, 2, 2, 3, 3, 3, 4, 4, 4]
    assert in_2008(prepared, "ia") == pytest.approx([0.4, 1.2, 0.8])


def test_steps_and_moved_cities_can_be_left_out_together(four_cities) -> None:
    """City 1 moved its boundary in 2008; city 3 steps in 2010, and nothing else of it leaves."""
    rows = four_cities.copy()
    rows.loc[8, "flags"] = "census_step:resident_pop"
    prepared = sp.prepare(rows, sp.Reading("neither", without="both"))
    assert list(prepared.index) == [3, 4, 5, 6, 7, 9, 10, 11]


def test_prepare_leaves_the_data_as_they_were(four_cities) -> None:
    before = four_cities.copy()
    sp.prepare(four_cities, sp.Reading("no steps", without="steps"))
    pd.testing.assert_frame_equal(four_cities, before)


@pytest.mark.parametrize(
    ("flags", "step", "moved"),
    [
        ("census_step:resident_pop", True, False),
        ("boundary:resident_pop", True, True),
        ("suspect:fdi;census_step:resident_pop", True, False),
        ("boundary:resident_pop;interpolated:fdi", True, True),
        ("interpolated:resident_pop", False, False),
        ("definition:employment", False, False),
        ("suspect:gdp", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_flags_that_leave_a_city_year_or_a_city_out(four_cities, flags, step, moved) -> None:
    """City 4 carries the flag in 2010 and no other city has one."""
    rows = four_cities.assign(flags="")
    rows.loc[11, "flags"] = flags
    without_steps = sp.prepare(rows, sp.Reading("no steps", without="steps"))
    without_moved = sp.prepare(rows, sp.Reading("no moves", without="boundary"))
    assert list(without_steps.index) == list(range(11 if step else 12))
    assert list(without_moved.index) == list(range(9 if moved else 12))


def test_a_reading_that_leaves_out_something_unknown_is_refused(four_cities) -> None:
    with pytest.raises(panel.DataError, match=r"'odd': without='step'; expected .*'steps'"):
        sp.prepare(four_cities, sp.Reading("odd", without="step"))


def test_a_reading_with_an_unknown_outcome_is_refused(four_cities) -> None:
    with pytest.raises(panel.DataError, match=r"'odd': outcome='logs'; expected .*'log_reg'"):
        sp.prepare(four_cities, sp.Reading("odd", outcome="logs"))


@pytest.mark.parametrize("lags", [[0], [1, -1]])
def test_a_lag_that_does_not_go_back_is_refused(four_cities, lags) -> None:
    with pytest.raises(panel.DataError, match="expected years back, 1 or more"):
        sp.with_lags(four_cities, ["reg"], lags)


# --- rows and estimates -------------------------------------------------------------------------


@pytest.fixture
def all_years() -> pd.DataFrame:
    years = range(2007, 2025)
    cities = pd.DataFrame({"city_code": [1, 2, 3], "reach": ["upper", "middle", "lower"]})
    return cities.merge(pd.DataFrame({"year": years}), how="cross").assign(province="Hubei")


@pytest.mark.parametrize(
    ("column", "years", "cities"),
    [
        ("model1", range(2008, 2024), {1, 2, 3}),
        ("model2", range(2008, 2024), {1, 2, 3}),
        ("2008-2016", range(2008, 2017), {1, 2, 3}),
        ("2017-2023", range(2017, 2024), {1, 2, 3}),
        ("upper", range(2008, 2024), {1}),
        ("middle", range(2008, 2024), {2}),
        ("lower", range(2008, 2024), {3}),
    ],
)
def test_a_column_uses_its_years_and_its_cities(all_years, column, years, cities) -> None:
    rows = sp.rows_of(all_years, spec_of(column))
    assert set(rows["city_code"]) == cities
    assert [tuple(part["year"]) for _, part in rows.groupby("city_code")] == (
        [tuple(years)] * len(cities)
    )


def test_the_two_periods_divide_the_years_without_gap_or_overlap(all_years) -> None:
    prepared = all_years[all_years["year"].between(sp.FIRST_YEAR, sp.LAST_YEAR)]
    parts = [sp.rows_of(prepared, spec) for spec in sp.columns_of(2)]
    pd.testing.assert_frame_equal(pd.concat(parts).sort_index(), prepared)


def test_an_estimate_is_least_squares_on_dummies_over_the_rows_of_the_column() -> None:
    rng = np.random.default_rng(5)
    data = pd.DataFrame(
        [(c, y) for c in range(9) for y in range(2008, 2024)], columns=["city_code", "year"]
    )
    data = data.assign(
        province="Hubei",
        reach=np.take(["upper", "middle", "lower"], data["city_code"] % 3),
        reg=np.exp(rng.normal(size=len(data))),
        lm_flow=rng.normal(size=len(data)),
        share_secondary=rng.uniform(0.2, 0.6, len(data)),
        flags="",
    )
    found = sp.estimate(data, spec_of("middle"), sp.Reading("log", outcome="log_reg"))

    ia = 9 * data["share_secondary"] / data.groupby("year")["share_secondary"].transform("sum")
    own = data.assign(ia=ia, lm_ia=data["lm_flow"] * ia).query("reach == 'middle'")
    dummies = pd.get_dummies(own[["city_code", "year"]].astype(str), dtype=float)
    design = np.column_stack([own[["lm_flow", "ia", "lm_ia"]], dummies])
    slopes = np.linalg.lstsq(design, np.log(own["reg"]), rcond=None)[0][:3]
    assert found.x == ("lm", "ia", "lm_ia")
    assert found.coef.to_numpy() == pytest.approx(slopes)
    assert (found.nobs, found.n_entities) == (48, 3)


# --- lags ---------------------------------------------------------------------------------------


def test_a_lag_is_the_value_that_many_years_back_and_never_across_a_gap() -> None:
    """City 1 has no 2012: its 2013 has no first lag, and its second lag is that of 2011."""
    rows = pd.DataFrame(
        {
            "city_code": [1, 1, 1, 1, 2, 2],
            "year": [2010, 2011, 2013, 2014, 2011, 2012],
            "lm": [10.0, 11.0, 13.0, 14.0, 21.0, 22.0],
            "ia": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        }
    )
    lagged = sp.with_lags(rows, ["lm", "ia"], [1, 2])
    nan = np.nan
    expected = rows.assign(
        lm_lag1=[nan, 10.0, nan, 13.0, nan, 21.0],
        ia_lag1=[nan, 1.0, nan, 3.0, nan, 5.0],
        lm_lag2=[nan, nan, 11.0, nan, nan, nan],
        ia_lag2=[nan, nan, 2.0, nan, nan, nan],
    )
    pd.testing.assert_frame_equal(lagged, expected)


def test_lags_keep_rows_in_any_order_and_count() -> None:
    rng = np.random.default_rng(3)
    rows = pd.DataFrame([(c, y) for c in range(4) for y in range(2008, 2014)])
    rows = rows.set_axis(["city_code", "year"], axis=1).assign(lm=rng.normal(size=24))
    rows = rows.sample(frac=0.8, random_state=0)
    lagged = sp.with_lags(rows, ["lm"], [1, 3])
    values = {(row.city_code, row.year): row.lm for row in rows.itertuples()}
    assert lagged["lm"].tolist() == rows["lm"].tolist()
    for lag in (1, 3):
        keys = zip(rows["city_code"], rows["year"] - lag, strict=True)
        expected = [values.get(key, np.nan) for key in keys]
        np.testing.assert_array_equal(lagged[f"lm_lag{lag}"], expected)
