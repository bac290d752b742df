"""The judgement finds what was planted, and nothing else; yearbooks here are simulated."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from lib import panel
from tools.yearbook import settings
from tools.yearbook.clean import Cleaned, clean
from tools.yearbook.schema import LEVELS, RATES, SECTORS

BELT = settings.read_settings(settings.BELT)
CITIES, YEARS = 20, range(2008, 2024)


@pytest.fixture(scope="module")
def roster() -> pd.DataFrame:
    codes = [f"U{i:02d}" for i in range(1, CITIES + 1)]
    provinces = [f"P{i // 5}" for i in range(CITIES)]  # five cities each
    return pd.DataFrame({"city_code": codes, "city_zh": codes, "province_en": provinces})


@pytest.fixture
def yearbook(roster) -> pd.DataFrame:
    """A simulated yearbook without a fault: growth of 8 per cent, give or take a tenth of that."""
    rng = np.random.default_rng(11)
    keys = pd.MultiIndex.from_product([roster["city_code"], YEARS], names=panel.KEY)
    frame = keys.to_frame(index=False)
    size = np.repeat(rng.lognormal(4, 0.5, CITIES), len(YEARS))

    def grow(mean: float, spread: float) -> np.ndarray:
        steps = rng.normal(mean, spread, (CITIES, len(YEARS))).cumsum(axis=1)
        return size * np.exp(steps).ravel()

    for name in LEVELS:
        frame[name] = grow(0.08, 0.008)
    for name in ("resident_pop", "registered_pop"):
        frame[name] = grow(0.003, 0.001)
    frame["area"] = size
    frame["gdp"] = frame[SECTORS].sum(axis=1)
    frame["gdp_index"] = 108.0
    frame["natural_growth"] = rng.uniform(-5, 15, len(frame))
    return frame


def kinds(cleaned: Cleaned, *wanted: str) -> set[tuple]:
    notes = cleaned.notes[cleaned.notes["kind"].isin(wanted)]
    return set(notes[["city_code", "year", "field", "kind"]].itertuples(index=False, name=None))


def cell(frame: pd.DataFrame, code: str, year: int) -> pd.Series:
    return frame["city_code"].eq(code) & frame["year"].eq(year)


def test_a_faultless_yearbook_has_no_notes_but_those_of_events(yearbook, roster):
    before = yearbook.copy()
    assert clean(yearbook, roster).notes.empty
    cleaned = clean(yearbook, roster, BELT)
    assert set(cleaned.notes["kind"]) == {"definition"}
    assert set(cleaned.notes["field"] + cleaned.notes["year"].astype(str)) == {
        "employment2013", "fdi2022", "fdi2023",
    }  # fmt: skip
    pd.testing.assert_frame_equal(cleaned.frame, before)
    pd.testing.assert_frame_equal(yearbook, before)  # the argument is not written to


def test_a_share_that_steps_in_the_year_of_a_revision_is_noted_and_in_no_other(yearbook, roster):
    for city, year in (("U03", 2019), ("U05", 2017)):
        late = yearbook["city_code"].eq(city) & yearbook["year"].ge(year)
        yearbook.loc[late, "va_secondary"] *= 1.5  # from a third of output to above two fifths
    small = yearbook["city_code"].eq("U07") & yearbook["year"].ge(2019)
    yearbook.loc[small, "va_secondary"] *= 1.1
    notes = clean(yearbook, roster, BELT).notes.query("kind == 'revision'")
    assert notes[["city_code", "year", "field"]].values.tolist() == [["U03", 2019, "va_secondary"]]
    assert not kinds(clean(yearbook, roster), "revision")


@pytest.mark.parametrize("factor", [0.2, 1.5, 5.0])
def test_finds_a_planted_error_in_each_field_and_no_other(yearbook, roster, factor):
    fields = [f for f in LEVELS if f != "gdp"]
    planted = {f: (f"U{i:02d}", 2010 + i) for i, f in enumerate(fields, start=1)}
    wrong = {f: cell(yearbook, *planted[f]) for f in fields}
    truth = yearbook.copy()
    for field in fields:
        yearbook.loc[wrong[field], field] *= factor
    yearbook["gdp"] = yearbook[SECTORS].sum(axis=1)
    cleaned = clean(yearbook, roster)
    found = kinds(cleaned, "suspect")
    assert {(*planted[f], f, "suspect") for f in fields} <= found
    # A sector takes the product with it where it weighs enough, and then all four are suspect.
    assert {(code, year) for code, year, _, _ in found} == set(planted.values())
    accounts = {"gdp", *SECTORS}
    assert all(planted.get(f) == (c, y) or f in accounts for c, y, f, _ in found)
    assert kinds(cleaned, "interpolated") == {(*key[:3], "interpolated") for key in found}
    for field in fields:
        year = planted[field][1]
        city = truth[truth["city_code"].eq(planted[field][0])].set_index("year")[field]
        line = (city[year - 1] + city[year + 1]) / 2
        assert cleaned.frame.loc[wrong[field], field].item() == pytest.approx(line)
    untouched = ~np.logical_or.reduce(list(wrong.values()))
    pd.testing.assert_frame_equal(cleaned.frame[untouched], yearbook[untouched])


def test_a_wrong_row_of_accounts_is_wrong_as_a_whole_and_a_wrong_product_alone(yearbook, roster):
    row, product = cell(yearbook, "U03", 2012), cell(yearbook, "U09", 2015)
    yearbook.loc[row, ["va_secondary", "va_tertiary"]] /= 5
    yearbook.loc[row, "va_primary"] *= 1.01  # in itself as good as any
    yearbook.loc[row, "gdp"] = yearbook.loc[row, SECTORS].sum(axis=1)
    yearbook.loc[product, "gdp"] /= 5
    cleaned = clean(yearbook, roster)
    assert kinds(cleaned, "suspect") == {
        *(("U03", 2012, f, "suspect") for f in ["gdp", *SECTORS]), ("U09", 2015, "gdp", "suspect"),
    }  # fmt: skip
    assert kinds(cleaned, "parts") == {("U09", 2015, "gdp", "parts")}


@pytest.mark.parametrize(
    ("column", "factor"), [("gdp", 1.05), ("va_primary", 1.05), ("gdp", 1.009)]
)
def test_a_product_that_its_parts_miss_is_kept_and_noted(yearbook, roster, column, factor):
    yearbook.loc[cell(yearbook, "U03", 2012), column] *= factor
    cleaned = clean(yearbook, roster)
    notes = cleaned.notes.query("kind == 'parts'")
    beside = yearbook.loc[cell(yearbook, "U03", 2012), ["gdp", *SECTORS]].squeeze()
    ratio = beside[SECTORS].sum() / beside["gdp"]
    assert notes[["city_code", "year"]].to_numpy().tolist() == [["U03", 2012]] * (factor > 1.01)
    assert all(f"{ratio:.3f} times" in detail for detail in notes["detail"])
    pd.testing.assert_frame_equal(cleaned.frame, yearbook)


@pytest.mark.parametrize(("year", "beside"), [(2008, 2009), (2023, 2022)])
def test_an_end_is_struck_only_beyond_a_factor_of_five_and_never_filled(
    yearbook, roster, year, beside
):
    large, small = cell(yearbook, "U02", year), cell(yearbook, "U09", year)
    yearbook.loc[large, "higher_ed_students"] /= 8
    yearbook.loc[small, "higher_ed_students"] /= 3
    cleaned = clean(yearbook, roster)
    assert kinds(cleaned, "suspect", "interpolated") == {
        ("U02", year, "higher_ed_students", "suspect")
    }
    assert f"times {beside}" in cleaned.notes.query("kind == 'suspect'")["detail"].item()
    assert cleaned.frame.loc[large, "higher_ed_students"].isna().all()


def test_what_stands_beside_an_error_is_not_convicted(yearbook, roster):
    # Farther than 2021 from the error between them.
    yearbook.loc[cell(yearbook, "U02", 2022), "average_wage"] /= 8
    yearbook.loc[cell(yearbook, "U02", 2023), "average_wage"] *= 1.5
    # The level rises for good in 2013, and 2014 falls out of it: 2013 is above both neighbours too.
    risen = yearbook["city_code"].eq("U04") & yearbook["year"].ge(2013)
    yearbook.loc[risen, "average_wage"] *= 2.5
    yearbook.loc[cell(yearbook, "U04", 2014), "average_wage"] /= 2
    # An end of a series on the move.
    yearbook.loc[cell(yearbook, "U06", 2022), "science_expenditure"] *= 4
    yearbook.loc[cell(yearbook, "U06", 2023), "science_expenditure"] *= 24
    assert kinds(clean(yearbook, roster), "suspect") == {
        ("U02", 2022, "average_wage", "suspect"), ("U04", 2014, "average_wage", "suspect"),
    }  # fmt: skip


def test_gaps_are_filled_on_the_line_inside_and_not_beyond(yearbook, roster):
    rng = np.random.default_rng(2)
    fields = [f for f in LEVELS + RATES if f not in ("gdp", "resident_pop", "gdp_index", *SECTORS)]
    for field in fields:
        yearbook.loc[rng.random(len(yearbook)) < 0.3, field] = np.nan
    yearbook.loc[yearbook["city_code"].eq("U01"), "natural_growth"] = np.nan  # none at all
    cleaned = clean(yearbook, roster)
    noted = kinds(cleaned, "interpolated")
    for field in fields:
        for code, city in yearbook.groupby("city_code"):
            filled = cleaned.frame.loc[city.index, field].to_numpy()
            known, year = city[field].notna().to_numpy(), city["year"].to_numpy()
            line = np.full(len(city), np.nan)
            if known.any():
                ends = {"left": np.nan, "right": np.nan}
                line = np.interp(year, year[known], city[field].to_numpy()[known], **ends)
            np.testing.assert_allclose(filled, line)
            inside = {(code, y, field, "interpolated") for y in year[~known & np.isfinite(line)]}
            assert inside == {key for key in noted if key[0] == code and key[2] == field}


def test_a_province_that_repeats_its_rates_is_struck_and_not_filled(yearbook, roster):
    def repeat(codes: pd.Series, year: int) -> None:
        for code in codes:
            last = yearbook.loc[cell(yearbook, code, year - 1), "natural_growth"].item()
            yearbook.loc[cell(yearbook, code, year), "natural_growth"] = last

    p1, p2 = (roster.loc[roster["province_en"].eq(p), "city_code"] for p in ("P1", "P2"))
    repeat(p1, 2020)
    repeat(p2[:4], 2020)  # one of five has a rate of its own
    cleaned = clean(yearbook, roster)
    assert kinds(cleaned, "copied") == {(code, 2020, "natural_growth", "copied") for code in p1}
    assert not kinds(cleaned, "interpolated")
    struck = cleaned.frame["natural_growth"].isna()
    assert struck.tolist() == (yearbook["city_code"].isin(p1) & yearbook["year"].eq(2020)).tolist()


def test_census_steps(yearbook, roster):
    def step(code: str, year: int, factor: float) -> None:
        later = yearbook["city_code"].eq(code) & yearbook["year"].ge(year)
        yearbook.loc[later, "resident_pop"] *= factor

    step("U01", 2010, 0.93)  # a census: no city dies as fast
    step("U02", 2020, 1.06)  # nor grows
    step("U03", 2010, 1.01)  # within natural growth
    step("U04", 2014, 1.10)  # a revision in another year
    for year in YEARS[1:]:
        step("U05", year, 1.03)  # people come every year: so they did in 2010
    province = [f"U{i:02d}" for i in range(6, 11)]
    for code in province:
        step(code, 2010, 0.9)  # together: a census still, and no definition
    expected = {("U01", 2010), ("U02", 2020), ("U04", 2014), *((c, 2010) for c in province)}
    cleaned = clean(yearbook, roster)
    assert kinds(cleaned, "census_step", "suspect") == {
        (*key, "resident_pop", "census_step") for key in expected
    }
    assert "resident_pop" not in {field for _, _, field, _ in kinds(cleaned, "definition")}


def test_a_step_of_a_whole_province_is_a_definition_and_one_of_a_few_cities_is_not(
    yearbook, roster
):
    roster = roster.assign(
        province_en=roster["province_en"].mask(roster["city_code"].eq("U11"), "P9")
    )
    p1, p2 = (roster.loc[roster["province_en"].eq(p), "city_code"] for p in ("P1", "P2"))
    later = yearbook["year"].ge(2019)
    yearbook.loc[yearbook["city_code"].isin([*p1, *p2]) & later, "fdi"] /= 20  # P2 is four cities
    four = yearbook["city_code"].isin(p1[:4]) & yearbook["year"].eq(2023)
    yearbook.loc[four, "average_wage"] /= 9  # four of five, at the end: no error, a change
    found = kinds(clean(yearbook, roster), "definition", "suspect")
    shared = {(code, 2019, "fdi", "definition") for code in p1}
    shared |= {(code, 2023, "average_wage", "definition") for code in p1}
    assert {key for key in found if key[1:3] in {(2019, "fdi"), (2023, "average_wage")}} == shared


def test_boundary_years(roster, yearbook):
    codes = [340100, 340400, 340700, 512000]
    few = yearbook[yearbook["city_code"].isin(roster["city_code"][:4])].copy()
    few["city_code"] = few["city_code"].map(dict(zip(roster["city_code"], codes, strict=False)))
    moved = few["city_code"].eq(340100) & few["year"].ge(2011)
    few.loc[moved, ["resident_pop", "registered_pop"]] *= 1.5
    cleaned = clean(few, panel.load_cities(), BELT)
    assert not kinds(cleaned, "census_step", "suspect")
    people = ("resident_pop", "registered_pop")
    years = {340100: [2011], 340400: range(2011, 2017), 340700: [2015, 2016], 512000: [2016]}
    assert kinds(cleaned, "boundary") == {
        (c, year, field, "boundary") for c in codes for year in years[c] for field in people
    }


def test_notes_are_sorted_and_hold_no_level(yearbook, roster):
    yearbook.loc[cell(yearbook, "U03", 2012), ["employment", "fdi", "gdp"]] *= 9
    notes = clean(yearbook, roster).notes
    order = ["city_code", "year", "field", "kind"]
    assert list(notes) == [*order, "detail"]
    pd.testing.assert_frame_equal(notes, notes.sort_values(order).reset_index(drop=True))
    other = yearbook.assign(**{f: yearbook[f] * 7 for f in LEVELS})
    pd.testing.assert_frame_equal(clean(other, roster).notes, notes)  # free of units
    levels = {f"{value:g}" for value in yearbook[LEVELS].to_numpy().ravel()}
    assert not levels & set(re.findall(r"\d+\.?\d*", " ".join(notes["detail"])))
