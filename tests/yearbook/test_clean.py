"""The judgement finds what was planted, and nothing else; yearbooks here are simulated."""

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest

from data.yearbook.clean import EVENTS, Event, clean
from data.yearbook.schema import LEVELS, RATES, SECTORS
from lib import panel

YEARS, LATE = range(2008, 2024), range(2019, 2024)
CODES = [f"U{i:02d}" for i in range(1, 21)]
PROVINCES = {"P0": CODES[:5], "P1": CODES[5:10], "P2": CODES[10:14], "P3": CODES[14:]}
ROSTER = pd.DataFrame({"city_code": CODES, "city_zh": CODES, "province_en": [
    name for name, cities in PROVINCES.items() for _ in cities]})  # fmt: skip
ACCOUNTS = ["gdp", *SECTORS]
OTHERS = [name for name in LEVELS if name not in ACCOUNTS]


@pytest.fixture
def yearbook() -> pd.DataFrame:
    """A simulated yearbook without a fault: growth of 8 per cent, give or take a tenth of that."""
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(index=pd.MultiIndex.from_product([CODES, YEARS], names=panel.KEY))
    size = np.repeat(rng.lognormal(4, 0.5, len(CODES)), len(YEARS))
    for name in LEVELS:
        mean, spread = (0.003, 0.001) if name.endswith("_pop") else (0.08, 0.008)
        steps = rng.normal(mean, spread, (len(CODES), len(YEARS))).cumsum(axis=1)
        frame[name] = size * np.exp(steps).ravel()
    frame["area"], frame["gdp_index"] = size, 108.0
    frame["gdp"] = frame[SECTORS].sum(axis=1)
    frame["natural_growth"] = rng.uniform(-5, 15, len(frame))
    return frame


def noted(cities, years, fields, *kinds) -> set[tuple]:
    """Rows of the notes, of each of these together."""
    return set(product(*map(np.ravel, (cities, years, fields, kinds))))


ERRORS = {field: (CODES[i], 2011 + i) for i, field in enumerate([*OTHERS, "va_primary"])}
BOTH = "suspect", "interpolated"
SUM = (CODES, YEARS, "gdp", "sum")
PLANTED = {  # cities, years, fields and a factor, "sum" of sectors or "again"; all notes
    **{f"an error in each field, times {factor}": (
        [*((*cell, field, factor) for field, cell in ERRORS.items()), SUM],
        {note for field, cell in ERRORS.items() for note in noted(*cell, field, *BOTH)}
        | noted(*ERRORS["va_primary"], ACCOUNTS, *BOTH)) for factor in (0.2, 1.5, 5)},
    "a whole row of accounts, and a product alone": (
        [("U03", 2012, ["va_secondary", "va_tertiary"], 0.2), ("U03", 2012, "va_primary", 1.01),
         SUM, ("U09", 2015, "gdp", 0.2)],
        noted("U03", 2012, ACCOUNTS, *BOTH) | noted("U09", 2015, "gdp", *BOTH, "parts")),
    "a product that its parts miss, and rounding": (
        [("U03", 2012, "gdp", 1.05), ("U04", 2013, "va_primary", 1.05),
         ("U05", 2014, "gdp", 1.009)],
        {("U03", 2012, "gdp", "parts"), ("U04", 2013, "gdp", "parts")}),
    "ends, which are struck only beyond a factor of five, and never filled": (
        [("U02", [2008, 2023], "fdi", 1 / 8), ("U09", [2008, 2023], "fdi", 1 / 3)],
        noted("U02", [2008, 2023], "fdi", "suspect")),
    "an end of a series on the move": (
        [("U06", 2022, "fdi", 4), ("U06", 2023, "fdi", 24)], set()),
    "a year that falls out of a level risen for good the year before, and a level that falls": (
        [("U04", range(2013, 2024), "fdi", 2.5), ("U04", 2014, "fdi", 0.5),
         ("U08", 2013, "fdi", 1.2), ("U08", range(2014, 2024), "fdi", 0.6)],
        noted("U04", 2014, "fdi", *BOTH)),
    "rates of a province, and of all but one city": (
        [(PROVINCES["P1"], 2020, "natural_growth", "again"),
         (PROVINCES["P3"][1:], 2020, "natural_growth", "again")],
        noted(PROVINCES["P1"], 2020, "natural_growth", "copied")),
    "steps of residents: censuses, natural growth, another year, yearly, together": (
        [(city, range(year, 2024), "resident_pop", factor) for city, year, factor in
         [("U01", 2010, 0.93), ("U02", 2020, 1.06), ("U03", 2010, 1.014), ("U11", 2010, 0.99),
          ("U04", 2014, 1.1), *(("U05", year, 1.03) for year in YEARS[1:]),
          *((city, 2010, 0.9) for city in PROVINCES["P1"])]],
        {(*cell, "resident_pop", "census_step") for cell in
         [("U01", 2010), ("U02", 2020), ("U04", 2014), *((c, 2010) for c in PROVINCES["P1"])]}),
    "a definition, in five cities and in four; an end in four of five": (
        [(PROVINCES["P1"] + PROVINCES["P2"], LATE, "fdi", 1 / 20),
         (PROVINCES["P1"][:4], 2023, "average_wage", 1 / 9)],
        noted(PROVINCES["P1"], 2019, "fdi", "definition")
        | noted(PROVINCES["P1"], 2023, "average_wage", "definition")),
}  # fmt: skip


def plant(frame, cities, years, fields, factor) -> None:
    if factor == "sum":
        frame["gdp"] = frame[SECTORS].sum(axis=1)
        return
    rows = pd.MultiIndex.from_product([np.ravel(cities), np.ravel(years)])
    changed = frame.shift() if factor == "again" else frame * factor
    frame.loc[rows, np.ravel(fields)] = changed.loc[rows, np.ravel(fields)]


def judged(yearbook, *options) -> tuple[pd.DataFrame, set[tuple]]:
    """The figures, and the notes, which are sorted, without their details."""
    table = yearbook.reset_index()
    cleaned = clean(table, ROSTER, *options)
    pd.testing.assert_frame_equal(table, yearbook.reset_index())  # is not written to
    notes = [*cleaned.notes.drop(columns="detail").itertuples(index=False, name=None)]
    assert notes == sorted(notes)
    return cleaned.frame.set_index(panel.KEY), set(notes)


@pytest.mark.parametrize("name", PLANTED)
def test_what_was_planted_is_noted_struck_and_filled_and_nothing_else(yearbook, name):
    planted, expected = PLANTED[name]
    for change in planted:
        plant(yearbook, *change)
    frame, notes = judged(yearbook)
    assert notes == expected
    for code, year, field, kind in sorted(expected, key=lambda note: note[3], reverse=True):
        if kind in ("suspect", "copied"):
            yearbook.loc[(code, year), field] = np.nan
        if kind == "interpolated":
            beside = yearbook.loc[code, field].loc[[year - 1, year + 1]]
            yearbook.loc[(code, year), field] = beside.mean()
    pd.testing.assert_frame_equal(frame, yearbook)


def test_events_are_noted_and_a_share_that_steps_in_the_year_of_a_revision(yearbook):
    plant(yearbook, "U03", LATE, "va_secondary", 1.5)  # from a third of output to above two fifths
    plant(yearbook, "U05", range(2017, 2024), "va_secondary", 1.5)
    plant(yearbook, "U07", LATE, "va_secondary", 1.1)
    yearbook["gdp"] = yearbook[SECTORS].sum(axis=1)
    assert not judged(yearbook)[1]
    definitions = noted(CODES, 2013, "employment", "definition")
    definitions |= noted(CODES, [2022, 2023], "fdi", "definition")
    expected = definitions | {("U03", 2019, "va_secondary", "revision")}
    assert judged(yearbook, EVENTS)[1] == expected
    moved, years = ["U03", "U09"], (2015, 2016)
    event = Event("boundary", years, "a county moved", cities=moved)
    expected = noted(moved, years, ["resident_pop", "registered_pop"], "boundary")
    assert judged(yearbook, [event])[1] == expected


def test_gaps_are_filled_on_the_line_inside_and_not_beyond(yearbook):
    rng = np.random.default_rng(2)
    fields = [f for f in OTHERS + RATES if f not in ("resident_pop", "gdp_index")]
    yearbook[fields] = yearbook[fields].mask(rng.random((len(yearbook), len(fields))) < 0.3)
    yearbook.loc["U01", "natural_growth"] = np.nan  # none at all
    frame, notes = judged(yearbook)
    lines = yearbook.groupby("city_code")[fields].transform(
        lambda city: np.interp(range(16), np.flatnonzero(city.notna()), city.dropna(),
                               left=np.nan, right=np.nan) if city.notna().any() else city
    )  # fmt: skip
    pd.testing.assert_frame_equal(frame[fields], lines)
    gaps = (yearbook[fields].isna() & lines.notna()).stack()
    assert {note[:3] for note in notes if note[3] == "interpolated"} == {*gaps.index[gaps]}


def test_notes_hold_no_level(yearbook):
    plant(yearbook, "U03", 2012, ["employment", "fdi", "gdp"], 9)
    # In another unit, and with sectors at basic prices, which leave out taxes.
    other = yearbook.assign(**{**yearbook[LEVELS] * 7, "gdp": yearbook["gdp"] * 8})
    notes = clean(yearbook.reset_index(), ROSTER).notes
    pd.testing.assert_frame_equal(clean(other.reset_index(), ROSTER).notes, notes)
    levels = {f"{value:g}" for value in yearbook[LEVELS].to_numpy().ravel()}
    assert not levels & set(re.findall(r"\d+\.?\d*", " ".join(notes["detail"])))
    parts = notes.loc[notes["kind"].eq("parts"), "detail"].item()
    assert parts == "the sectors add up to 0.111 times the product; kept"
