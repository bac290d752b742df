"""The way in refuses what is not a yearbook, and the judgement finds what was planted.

Yearbooks here are the invented example of three cities, or simulated; none holds a real figure.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import __main__ as command
from lib import files, panel
from lib.panel import DataError

EXAMPLE = panel.DATA / "hand_example.csv"
PLACES = panel.load_cities(panel.DATA / "hand_example_cities.csv")
TEXT = EXAMPLE.read_text(encoding="utf-8")
ROWS = pd.read_csv(EXAMPLE, dtype=str, keep_default_na=False)


@pytest.fixture
def refusal(tmp_path):
    """Write a yearbook, and return the lines of the refusal, each without the path."""

    def read(content: str | bytes | pd.DataFrame) -> list[str]:
        path = tmp_path / "yearbook.csv"
        if isinstance(content, pd.DataFrame):
            content = content.to_csv(index=False)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(DataError) as caught:
            panel.read_yearbook(path, PLACES)
        return [line.replace(str(path), "FILE") for line in str(caught.value).splitlines()]

    return read


def edit(row: int, column: str, value: str) -> pd.DataFrame:
    rows = ROWS.copy()
    rows.loc[row, column] = value
    return rows


def under_official_codes() -> pd.DataFrame:
    codes = {"A": "310000", "B": "320100", "C": "320200"}
    names = {"A": "上海市", "B": "南京市", "C": "无锡市"}
    places = ROWS["city_code"]
    return ROWS.assign(city_code=places.map(codes), city_zh=places.map(names))


def scaled(factor: float, *columns: str) -> pd.DataFrame:
    return ROWS.assign(**{c: pd.to_numeric(ROWS[c]).mul(factor) for c in columns})


# --- reading ------------------------------------------------------------------------------------


def test_reads_the_example(tmp_path):
    shuffled = tmp_path / "shuffled.csv"
    rows = ROWS.sample(frac=1, random_state=1)[ROWS.columns[::-1]]
    shuffled.write_bytes(b"\xef\xbb\xbf" + rows.to_csv(index=False).encode())  # a mark is no error
    yearbook = panel.read_yearbook(shuffled, PLACES)
    assert list(yearbook) == panel.COLUMNS
    assert list(yearbook.index) == list(range(9))
    assert list(yearbook["city_code"]) == list("AAABBBCCC")
    assert list(yearbook["year"]) == [2008, 2009, 2010] * 3
    expected = [[float(v) if v else np.nan for v in row] for row in ROWS.iloc[:, 3:].to_numpy()]
    np.testing.assert_array_equal(yearbook.iloc[:, 3:], expected)


def test_official_codes_are_integers(tmp_path):
    path = tmp_path / "three.csv"
    under_official_codes().to_csv(path, index=False)
    assert list(panel.read_yearbook(path)["city_code"].unique()) == [310000, 320100, 320200]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "FILE: found an empty file; expected a header and rows"),
        ("\n\n", "FILE: found an empty file; expected a header and rows"),
        (TEXT.split("\n")[0] + "\n", "FILE: found a header and nothing below; expected rows"),
        (
            TEXT.encode("gb18030"),
            "FILE, row 2: found byte 0xbc, which is not UTF-8; expected a CSV file in UTF-8",
        ),
        (
            TEXT.replace(",", ";"),
            "FILE, row 1: found no comma in "
            "'city_code;city_zh;year;gdp;va_primary;va_secondary;va_tertia'; "
            "expected a comma-separated header",
        ),
        (
            TEXT.replace("12500,1000", "12500,1000,", 1),
            "FILE, row 2: found 22 fields; expected 21, as in the header",
        ),
        (
            TEXT.replace("12500,1000", "12500", 1),
            "FILE, row 2: found 20 fields; expected 21, as in the header",
        ),
        (
            TEXT + 'D,"',
            "FILE, row 11: found unexpected end of data; expected a comma-separated file",
        ),
        (
            TEXT.replace("area", "fdi", 1),
            "FILE, row 1, column fdi: found the name twice; expected one column a name",
        ),
        (
            ROWS.drop(columns="fdi"),
            "FILE, row 1, column fdi: found no such column; expected the column",
        ),
        (
            ROWS.assign(fid="1"),
            "FILE, row 1, column fid: found an unknown column; expected "
            + ", ".join(panel.COLUMNS),
        ),
        (edit(0, "gdp", "1,200"), "FILE, row 2, column gdp: found '1,200'; expected a number"),
        (edit(3, "fdi", "n.a."), "FILE, row 5, column fdi: found 'n.a.'; expected a number"),
        (edit(3, "fdi", "nan"), "FILE, row 5, column fdi: found 'nan'; expected a number"),
        (edit(3, "fdi", "-inf"), "FILE, row 5, column fdi: found '-inf'; expected a number"),
        (edit(3, "fdi", "1e999"), "FILE, row 5, column fdi: found inf; expected a finite number"),
        (edit(8, "gdp", ""), "FILE, row 10, column gdp: found nothing; expected a value"),
        (edit(8, "gdp", "0"), "FILE, row 10, column gdp: found 0; expected a number above zero"),
        (
            edit(1, "resident_pop", "-3"),
            "FILE, row 3, column resident_pop: found -3; expected a number above zero",
        ),
        (edit(1, "fdi", "-3"), "FILE, row 3, column fdi: found -3; expected zero or more"),
        (
            edit(1, "gdp_index", "9.4"),
            "FILE, row 3, column gdp_index: found 9.4; expected 50 to 200",
        ),
        (
            edit(1, "year", "2009.0"),
            "FILE, row 3, column year: found '2009.0'; expected a year of four digits",
        ),
        (
            pd.concat([ROWS, ROWS.iloc[[1]]]),
            "FILE, row 11: found A, 2009 again, the same as row 3; "
            "expected one row a city and year",
        ),
        (
            edit(1, "city_code", "Z"),
            "FILE, row 3, column city_code: found 'Z'; expected a city of the roster",
        ),
        (
            edit(1, "city_zh", "丁"),
            "FILE, row 3, column city_zh: found '丁'; expected 甲, the roster's name",
        ),
        (
            ROWS.drop(index=1),
            "FILE: found no row for A, 2009; expected every year from 2008 to 2010 for each city",
        ),
        (
            ROWS[ROWS["year"].eq("2009")],
            "FILE, column year: found 2009 only; expected two years or more",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_refuses(refusal, content, message):
    (line,) = refusal(content)
    assert line.split("; likely cause: ")[0] == message


@pytest.mark.parametrize(
    ("column", "factor", "unit"),
    [
        ("gdp", 1e4, "10,000 yuan"),
        ("va_primary", 1e4, "10,000 yuan"),
        ("va_secondary", 1e4, "10,000 yuan"),
        ("va_tertiary", 1e2, "million yuan"),
        ("resident_pop", 1e4, "persons"),
        ("registered_pop", 1e4, "persons"),
        ("employment", 1e4, "persons"),
        ("fdi", 1e2, "10,000 US dollars"),
        ("fiscal_expenditure", 1e4, "10,000 yuan"),
        ("science_expenditure", 1e4, "yuan"),
        ("average_wage", 1e-4, "10,000 yuan"),
        ("higher_ed_students", 1e-4, "10,000 persons"),
        ("area", 1e2, "hectares"),
        ("gdp_index", 1e-2, "previous year = 1"),
        ("emp_share_secondary", 1e-2, "fractions of 1"),
    ],
)
def test_refuses_another_unit(refusal, column, factor, unit):
    (line,) = refusal(scaled(factor, column))
    found, _ = line.split("; expected ")
    assert found.startswith(f"FILE, column {column}: found a median of ")
    assert unit in found.split("which looks like ")[1].split(" or ")


def test_refuses_another_unit_in_all_accounts_at_once(refusal):
    lines = refusal(scaled(1e4, "gdp", *panel.SECTORS))
    assert [line.split(":")[0] for line in lines] == [
        f"FILE, column {name}" for name in ["gdp", *panel.SECTORS]
    ]


def test_refuses_sectors_in_a_unit_other_than_that_of_the_product(refusal):
    (line,) = refusal(scaled(10, *panel.SECTORS))
    assert "found sectors that add up to 10 times the product" in line


def test_shows_ten_failures_and_counts_the_rest(refusal):
    lines = refusal(ROWS.assign(fdi="x", area="y"))
    assert len(lines) == 11
    assert lines[0] == "FILE, row 2, column area: found 'y'; expected a number"
    assert lines[-1] == "and 8 more"


def test_refuses_a_file_that_is_not_there(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(DataError, match="expected a CSV file"):
            panel.read_yearbook(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("upper", "top", "row 2, column reach: found 'top'; expected upper, middle or lower"),
        ("100,30", "E100,30", "row 2, column lon: found 'E100'; expected degrees, as a number"),
        ("100,30", "100,91", "row 2, column lat: found 91; expected -90 to 90 degrees"),
        ("B,乙", "A,乙", "row 3, column city_code: found 'A'; expected each value once"),
    ],
)
def test_roster_refuses(tmp_path, old, new, message):
    path = tmp_path / "cities.csv"
    text = (panel.DATA / "hand_example_cities.csv").read_text(encoding="utf-8")
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        panel.load_cities(path)
    assert str(caught.value) == f"{path}, {message}"


def test_exchange_rate_refuses(tmp_path):
    path = tmp_path / "rates.csv"
    path.write_text("year,cny_per_usd\n2008,6.9\n2008,6.8\n")
    with pytest.raises(DataError, match="row 3, column year: found '2008'; expected each value"):
        panel.load_exchange_rate(path)
    path.write_text("year,cny_per_usd\n2008,-6.9\n")
    with pytest.raises(DataError, match=r"row 2, column cny_per_usd: found '-6.9'"):
        panel.load_exchange_rate(path)


# --- judging ------------------------------------------------------------------------------------

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

    for name in panel.LEVELS:
        frame[name] = grow(0.08, 0.008)
    for name in ("resident_pop", "registered_pop"):
        frame[name] = grow(0.003, 0.001)
    frame["area"] = size
    frame["gdp"] = frame[panel.SECTORS].sum(axis=1)
    frame["gdp_index"] = 108.0
    frame["natural_growth"] = rng.uniform(-5, 15, len(frame))
    return frame


def kinds(cleaned: panel.Cleaned, *wanted: str) -> set[tuple]:
    notes = cleaned.notes[cleaned.notes["kind"].isin(wanted)]
    return set(notes[["city_code", "year", "field", "kind"]].itertuples(index=False, name=None))


def cell(frame: pd.DataFrame, code: str, year: int) -> pd.Series:
    return frame["city_code"].eq(code) & frame["year"].eq(year)


def test_a_faultless_yearbook_has_no_notes_but_the_known_definitions(yearbook, roster):
    cleaned = panel.clean(yearbook, roster)
    assert set(cleaned.notes["kind"]) == {"definition"}
    assert set(cleaned.notes["field"] + cleaned.notes["year"].astype(str)) == {
        "employment2013", "fdi2022", "fdi2023",
    }  # fmt: skip
    pd.testing.assert_frame_equal(cleaned.frame, yearbook)


@pytest.mark.parametrize("factor", [0.2, 1.5, 5.0])
def test_finds_a_planted_error_in_each_field_and_no_other(yearbook, roster, factor):
    fields = [f for f in panel.LEVELS if f != "gdp"]
    planted = {f: (f"U{i:02d}", 2010 + i) for i, f in enumerate(fields, start=1)}
    wrong = {f: cell(yearbook, *planted[f]) for f in fields}
    truth = yearbook.copy()
    for field in fields:
        yearbook.loc[wrong[field], field] *= factor
    yearbook["gdp"] = yearbook[panel.SECTORS].sum(axis=1)
    cleaned = panel.clean(yearbook, roster)
    found = kinds(cleaned, "suspect")
    assert {(*planted[f], f, "suspect") for f in fields} <= found
    # A sector takes the product with it where it weighs enough, and then all four are suspect.
    assert {(code, year) for code, year, _, _ in found} == set(planted.values())
    accounts = {"gdp", *panel.SECTORS}
    assert all(planted.get(f) == (c, y) or f in accounts for c, y, f, _ in found)
    assert kinds(cleaned, "interpolated") == {(*key[:3], "interpolated") for key in found}
    for field in fields:
        year = planted[field][1]
        city = truth[truth["city_code"].eq(planted[field][0])].set_index("year")[field]
        line = (city[year - 1] + city[year + 1]) / 2
        assert cleaned.frame.loc[wrong[field], field].item() == pytest.approx(line)
    untouched = ~np.logical_or.reduce(list(wrong.values()))
    pd.testing.assert_frame_equal(cleaned.frame[untouched], yearbook[untouched])


def test_a_wrong_row_of_accounts_is_wrong_as_a_whole(yearbook, roster):
    wrong = cell(yearbook, "U03", 2012)
    yearbook.loc[wrong, ["va_secondary", "va_tertiary"]] /= 5
    yearbook.loc[wrong, "va_primary"] *= 1.01  # in itself as good as any
    yearbook.loc[wrong, "gdp"] = yearbook.loc[wrong, panel.SECTORS].sum(axis=1)
    cleaned = panel.clean(yearbook, roster)
    fields = ["gdp", *panel.SECTORS]
    assert kinds(cleaned, "suspect") == {("U03", 2012, f, "suspect") for f in fields}
    assert not kinds(cleaned, "parts")
    details = cleaned.notes.loc[cleaned.notes["kind"].eq("suspect"), "detail"]
    assert details.str.contains("sectors add up to 1.000 times the product").all()


def test_a_wrong_product_alone_leaves_its_sectors(yearbook, roster):
    yearbook.loc[cell(yearbook, "U03", 2012), "gdp"] /= 5
    cleaned = panel.clean(yearbook, roster)
    assert kinds(cleaned, "suspect") == {("U03", 2012, "gdp", "suspect")}
    assert kinds(cleaned, "parts") == {("U03", 2012, "gdp", "parts")}


def test_sectors_that_miss_the_product_are_noted_and_kept(yearbook, roster):
    yearbook.loc[cell(yearbook, "U03", 2012), "gdp"] *= 1.02
    yearbook.loc[cell(yearbook, "U04", 2012), "gdp"] *= 1.009
    cleaned = panel.clean(yearbook, roster)
    assert kinds(cleaned, "parts", "suspect") == {("U03", 2012, "gdp", "parts")}
    assert "0.980 times the product" in cleaned.notes.query("kind == 'parts'")["detail"].item()
    pd.testing.assert_frame_equal(cleaned.frame, yearbook)


def test_news_is_no_error(yearbook, roster):
    # A change of level, for good.
    moved = yearbook["city_code"].eq("U05") & yearbook["year"].ge(2014)
    yearbook.loc[moved, "fiscal_expenditure"] *= 2
    # A city whose investment halves and doubles as a matter of course.
    wild = yearbook["city_code"].eq("U06")
    yearbook.loc[wild, "fdi"] *= np.exp(np.random.default_rng(3).normal(0, 0.7, len(YEARS)))
    # A recession, and its recovery.
    yearbook.loc[cell(yearbook, "U08", 2020), "gdp_index"] = 90
    cleaned = panel.clean(yearbook, roster)
    assert not kinds(cleaned, "suspect")


@pytest.mark.parametrize(("year", "beside"), [(2008, 2009), (2023, 2022)])
def test_an_end_is_struck_only_beyond_a_factor_of_five_and_never_filled(
    yearbook, roster, year, beside
):
    large, small = cell(yearbook, "U02", year), cell(yearbook, "U09", year)
    yearbook.loc[large, "higher_ed_students"] /= 8
    yearbook.loc[small, "higher_ed_students"] /= 3
    cleaned = panel.clean(yearbook, roster)
    assert kinds(cleaned, "suspect", "interpolated") == {
        ("U02", year, "higher_ed_students", "suspect")
    }
    assert f"times {beside}" in cleaned.notes.query("kind == 'suspect'")["detail"].item()
    assert cleaned.frame.loc[large, "higher_ed_students"].isna().all()


def test_an_error_beside_an_end_does_not_convict_the_end(yearbook, roster):
    yearbook.loc[cell(yearbook, "U02", 2022), "average_wage"] /= 8
    yearbook.loc[cell(yearbook, "U02", 2023), "average_wage"] *= 1.5  # farther than 2021 from it
    assert kinds(panel.clean(yearbook, roster), "suspect") == {
        ("U02", 2022, "average_wage", "suspect")
    }


def test_an_end_of_a_series_on_the_move_is_not_struck(yearbook, roster):
    yearbook.loc[cell(yearbook, "U02", 2022), "science_expenditure"] *= 4
    yearbook.loc[cell(yearbook, "U02", 2023), "science_expenditure"] *= 24
    assert not kinds(panel.clean(yearbook, roster), "suspect")


def test_two_errors_in_a_city_are_both_found(yearbook, roster):
    for year, factor in ((2011, 3.0), (2013, 0.3)):
        yearbook.loc[cell(yearbook, "U02", year), "employment"] *= factor
    assert kinds(panel.clean(yearbook, roster), "suspect") == {
        ("U02", 2011, "employment", "suspect"), ("U02", 2013, "employment", "suspect"),
    }  # fmt: skip


def test_of_two_that_compete_the_clearer_is_struck(yearbook, roster):
    # The level rises for good in 2013, and 2014 falls out of it: 2013 is above both neighbours too.
    risen = yearbook["city_code"].eq("U02") & yearbook["year"].ge(2013)
    yearbook.loc[risen, "average_wage"] *= 2.5
    yearbook.loc[cell(yearbook, "U02", 2014), "average_wage"] /= 2
    assert kinds(panel.clean(yearbook, roster), "suspect") == {
        ("U02", 2014, "average_wage", "suspect")
    }


def test_gaps_are_filled_on_the_line_inside_and_not_beyond(yearbook, roster):
    rng = np.random.default_rng(2)
    for field in panel.LEVELS + panel.RATES:
        if field not in ("gdp", "resident_pop", "gdp_index", *panel.SECTORS):
            yearbook.loc[rng.random(len(yearbook)) < 0.3, field] = np.nan
    yearbook.loc[yearbook["city_code"].eq("U01"), "natural_growth"] = np.nan  # none at all
    cleaned = panel.clean(yearbook, roster)
    assert not kinds(cleaned, "suspect")
    for field in panel.LEVELS + panel.RATES:
        for code, city in yearbook.groupby("city_code"):
            filled = cleaned.frame.loc[city.index, field].to_numpy()
            known = city[field].notna().to_numpy()
            if not known.any():
                assert np.isnan(filled).all()
                continue
            year = city["year"].to_numpy()
            line = np.interp(
                year, year[known], city[field].to_numpy()[known], left=np.nan, right=np.nan
            )
            np.testing.assert_allclose(filled, line)
            inside = year[~known & np.isfinite(line)]
            noted = {y for c, y, f, _ in kinds(cleaned, "interpolated") if (c, f) == (code, field)}
            assert noted == set(inside)


def test_points_on_a_line_are_noted_and_kept(yearbook, roster):
    city = yearbook["city_code"].eq("U04")
    at = {year: cell(yearbook, "U04", year) for year in YEARS}
    ends = [yearbook.loc[at[year], "registered_pop"].item() for year in (2017, 2019)]
    yearbook.loc[at[2018], "registered_pop"] = sum(ends) / 2
    yearbook.loc[city & yearbook["year"].between(2009, 2011), "average_wage"] = 100.0
    before = yearbook.copy()
    cleaned = panel.clean(yearbook, roster)
    assert kinds(cleaned, "straight_line") == {
        ("U04", 2018, "registered_pop", "straight_line"),
        ("U04", 2010, "average_wage", "straight_line"),
    }
    details = cleaned.notes.query("kind == 'straight_line'").set_index("field")["detail"]
    assert details["average_wage"] == "equal to both neighbours"
    assert details["registered_pop"] == "half-way between its neighbours"
    pd.testing.assert_frame_equal(cleaned.frame, before)


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
    cleaned = panel.clean(yearbook, roster)
    assert kinds(cleaned, "census_step", "suspect") == {
        (*key, "resident_pop", "census_step") for key in expected
    }
    assert "resident_pop" not in {field for _, _, field, _ in kinds(cleaned, "definition")}


def test_a_step_of_a_whole_province_is_a_definition(yearbook, roster):
    p1 = roster.loc[roster["province_en"].eq("P1"), "city_code"]
    later = yearbook["city_code"].isin(p1) & yearbook["year"].ge(2019)
    yearbook.loc[later, "fdi"] /= 20
    four = yearbook["city_code"].isin(p1[:4]) & yearbook["year"].eq(2023)
    yearbook.loc[four, "average_wage"] /= 9  # four of five, at the end: no error, a change
    cleaned = panel.clean(yearbook, roster)
    found = {key for key in kinds(cleaned, "definition", "suspect") if key[1] in (2019, 2023)}
    shared = {(code, 2019, "fdi", "definition") for code in p1}
    shared |= {(code, 2023, "average_wage", "definition") for code in p1}
    assert found - {(c, 2023, "fdi", "definition") for c in roster["city_code"]} == shared


def test_a_step_of_a_few_cities_is_no_definition(yearbook, roster):
    few = roster.assign(province_en=roster["province_en"].mask(roster["city_code"].eq("U06"), "P9"))
    p1 = few.loc[few["province_en"].eq("P1"), "city_code"]  # four
    yearbook.loc[yearbook["city_code"].isin(p1) & yearbook["year"].ge(2019), "fdi"] /= 20
    found = kinds(panel.clean(yearbook, few), "definition", "suspect")
    assert not {key for key in found if key[1] == 2019}


def test_boundary_years(roster, yearbook):
    codes = [340100, 340400, 340700, 512000]
    few = yearbook[yearbook["city_code"].isin(roster["city_code"][:4])].copy()
    few["city_code"] = few["city_code"].map(dict(zip(roster["city_code"], codes, strict=False)))
    moved = few["city_code"].eq(340100) & few["year"].ge(2011)
    few.loc[moved, ["resident_pop", "registered_pop"]] *= 1.5
    cleaned = panel.clean(few)
    assert not kinds(cleaned, "census_step", "suspect")
    people = ("resident_pop", "registered_pop")
    years = {340100: [2011], 340400: range(2011, 2017), 340700: [2015, 2016], 512000: [2016]}
    assert kinds(cleaned, "boundary") == {
        (c, year, field, "boundary") for c in codes for year in years[c] for field in people
    }


def test_the_spread_is_the_scaled_median_deviation():
    values = np.random.default_rng(1).normal(size=(7, 9))
    values[2, 3] = np.nan
    expected = stats.median_abs_deviation(values, axis=None, scale="normal", nan_policy="omit")
    assert panel._spread(values) == pytest.approx(expected, rel=1e-4)  # 1.4826, rounded


def test_clean_does_not_write_into_its_argument(yearbook, roster):
    yearbook.loc[cell(yearbook, "U03", 2012), "employment"] *= 9
    before = yearbook.copy()
    panel.clean(yearbook, roster)
    pd.testing.assert_frame_equal(yearbook, before)


def test_notes_are_sorted_and_hold_no_level(yearbook, roster):
    yearbook.loc[cell(yearbook, "U03", 2012), ["employment", "fdi"]] *= 9
    cleaned = panel.clean(yearbook, roster)
    notes = cleaned.notes
    assert list(notes) == ["city_code", "year", "field", "kind", "detail"]
    pd.testing.assert_frame_equal(
        notes, notes.sort_values(list(notes)[:4]).reset_index(drop=True)
    )
    other = yearbook.assign(**{f: yearbook[f] * 7 for f in panel.LEVELS})
    pd.testing.assert_frame_equal(panel.clean(other, roster).notes, notes)  # free of units


# --- the panel that ships -----------------------------------------------------------------------


def test_load_indicators_refuses(tmp_path):
    path = tmp_path / "indicators.csv"
    lines = (panel.DATA / "indicators.csv").read_text(encoding="utf-8").splitlines()[:20]

    def refused(old: str, new: str) -> str:
        path.write_text("\n".join(lines).replace(old, new, 1), encoding="utf-8")
        with pytest.raises(DataError) as caught:
            panel.load_indicators(path)
        return str(caught.value)

    assert "row 1, column reg: found no such column" in refused(",reg,", ",gdp,")
    assert "row 2, column city_code: found '999999'" in refused("310000", "999999")
    assert "row 3: found 310000, 2008 again" in refused("310000,2009", "310000,2008")
    assert "column flags: found 'odd:fdi'" in refused("census_step:resident_pop", "odd:fdi")


def test_names_and_places_of_the_panel():
    shipped = panel.load_indicators()
    assert shipped["city"].nunique() == shipped["city_code"].nunique() == 110
    bracketed = sorted(name for name in shipped["city"].unique() if "(" in name)
    assert bracketed == [
        "Suzhou (Anhui)", "Suzhou (Jiangsu)", "Taizhou (Jiangsu)", "Taizhou (Zhejiang)",
    ]  # fmt: skip
    assert list(shipped) == [
        *panel.KEY, "city", "province", "reach", "lon", "lat", *panel.INDICATORS, "flags",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "cities", "without"),
    [
        ("belt110", 110, set()),
        ("listed94", 94, {"Anhui"}),
        ("delta41", 41, {"Hubei", "Sichuan"}),
        ("upper", 33, {"Hubei", "Anhui"}),
        ("middle", 36, {"Sichuan", "Anhui"}),
        ("lower", 41, {"Hubei", "Sichuan"}),
    ],
)
def test_samples(name, cities, without):
    shipped = panel.load_indicators()
    rows = panel.sample(shipped, name)
    assert rows["city"].nunique() == cities
    assert not without & set(rows["province"])
    assert set(rows.index) <= set(shipped.index)
    if name in ("upper", "middle", "lower"):
        assert set(rows["reach"]) == {name}


def test_unknown_sample():
    with pytest.raises(DataError, match="found 'belt'; expected one of belt110, listed94"):
        panel.sample(panel.load_indicators(), "belt")


# --- the command --------------------------------------------------------------------------------


def official_looking(tmp_path: Path) -> Path:
    """The invented figures under codes of the roster, which the command reads."""
    path = tmp_path / "yearbook.csv"
    under_official_codes().to_csv(path, index=False)
    return path


def test_command_writes_both_files(tmp_path, capsys):
    folder = tmp_path / "data"
    folder.mkdir()
    assert command.main([str(official_looking(tmp_path)), "--data", str(folder)]) == 0
    assert sorted(p.name for p in folder.iterdir()) == ["cell_notes.csv", "indicators.csv"]
    assert "3 cities, 2008 to 2010" in capsys.readouterr().out
    back = panel.load_indicators(folder / "indicators.csv")
    assert back["reg"].tolist()[:3] == [0.2, 0.275, 0.4125]


@pytest.mark.parametrize("fault", ["yearbook", "folder", "writing", "moving"])
def test_command_writes_nothing_on_an_error(tmp_path, capsys, monkeypatch, fault):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "indicators.csv").write_text("old")
    yearbook = official_looking(tmp_path)
    if fault == "yearbook":
        yearbook.write_text(yearbook.read_text(encoding="utf-8").replace("108", "x", 1))
    elif fault == "folder":
        (folder / "cell_notes.csv").mkdir()
    else:
        original = pd.DataFrame.to_csv if fault == "writing" else files.os.replace
        calls = []

        def fail_the_second_time(*arguments, **options):
            calls.append(arguments)
            if len(calls) == 2:
                raise OSError("no space left on device")
            return original(*arguments, **options)

        where, name = (pd.DataFrame, "to_csv") if fault == "writing" else (files.os, "replace")
        monkeypatch.setattr(where, name, fail_the_second_time)
    before = sorted(p.name for p in folder.iterdir())
    assert command.main([str(yearbook), "--data", str(folder)]) == 2
    assert capsys.readouterr().err
    assert (folder / "indicators.csv").read_text() == "old"
    assert sorted(p.name for p in folder.iterdir()) == before


def test_module_runs_from_a_shell(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "lib", str(tmp_path / "none.csv")],
        cwd=panel.DATA.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 2
    assert "none.csv: found no such file or directory; expected a CSV file" in run.stderr
    assert "Traceback" not in run.stderr
