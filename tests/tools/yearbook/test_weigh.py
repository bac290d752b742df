"""A yearbook is weighed: spoilt ones are refused or flagged for the right cause, sound ones read.

The official yearbook is spoilt in some 120 ways (`spoilt`) where it is at hand; the synthetic one
always is, in those ways that three provinces without employment shares of their own can show.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import spoilt
import test_official as of_official

from lib import panel
from tools.yearbook import plausible
from tools.yearbook.clean import clean
from tools.yearbook.doubts import NAMES, believed, marked
from tools.yearbook.reading import read_cities, read_yearbook
from tools.yearbook.weigh import weigh

RATES = panel.load_natural_growth()


def told(way, frame, cities, known, before=None, roster=None) -> str:
    """What a spoilt yearbook got: refused, flagged, or nothing, for the right cause."""
    frame, cities = frame.copy(), cities.copy()
    way.spoil(frame, cities)
    book = frame.set_axis(frame.index + 2)
    if failures := plausible.columns(book) or plausible.figures(book):
        named = {name for each in failures for name in (each.column or "").split(", ")}
        return "refused" if named & {*way.columns} else "nothing"
    cleaned = clean(frame, cities)
    doubts = weigh(frame, cleaned, cities, RATES, before, roster)
    right = [d for d in doubts if d.name in way.causes and d.grade != "note"]
    right = [d for d in right if str(d) not in known[0]]
    if right:
        return "refused" if right[0].grade == "refuse" else "flagged"
    notes = cleaned.notes[cleaned.notes["kind"].isin(way.causes)]
    cells = set(notes[[*panel.KEY, "field", "kind"]].itertuples(index=False, name=None))
    new = {field for _, _, field, _ in cells - known[1]}
    return "flagged" if new & {*way.columns} else "nothing"


def known_of(frame, cities, before=None, roster=None):
    cleaned = clean(frame, cities)
    doubts = weigh(frame, cleaned, cities, RATES, before, roster)
    cells = cleaned.notes[[*panel.KEY, "field", "kind"]].itertuples(index=False, name=None)
    return {str(doubt) for doubt in doubts}, set(cells), doubts


@pytest.fixture(scope="module")
def twin() -> tuple[pd.DataFrame, pd.DataFrame]:
    cities = read_cities(panel.DATA / "synthetic_cities.csv")
    return read_yearbook(panel.DATA / "synthetic_yearbook.csv", cities), cities


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(of_official.OFFICIAL).sort_values(panel.KEY).reset_index(drop=True)


# --- the invented cities --------------------------------------------------------------------------

TWIN = {
    "index: 100, 2014": "refused", "index: nominal, 2011": "refused",
    "index: nominal, all": "refused", "years: a copy of the year before, 2015": "refused",
    "years: exchanged with the next, 2013": "refused", "people: swapped, 2011-2014": "refused",
    "FDI: 0 for missing, all": "flagged", "revenue for expenditure, 2016-": "flagged",
    "wages a month, -2010": "refused", "students times 10, 2015-": "refused",
    "natural growth: -99 for missing, all": "refused",
}  # fmt: skip


def test_the_invented_yearbook_repeats_two_columns_of_its_first_year(twin):
    doubts = known_of(*twin)[2]
    assert {(d.name, d.field, d.where) for d in doubts if d.grade != "note"} == {
        ("copies", "employment", "all cities, 2008"),
        ("copies", "average_wage", "all cities, 2008"),
    }


@pytest.fixture(scope="module")
def sound(twin):
    """The invented yearbook whole and with gaps: its ways by name, and what is known of it."""
    frame, cities = twin
    gaps = frame.copy()
    gaps.loc[gaps.index % 7 == 0, ["fdi", "natural_growth"]] = np.nan
    return {
        name: (each, {way.name: way for way in spoilt.ways(each, cities)}, known_of(each, cities))
        for name, each in (("whole", frame), ("gaps", gaps))
    }


@pytest.mark.parametrize("name", TWIN)
def test_spoilt_invented_yearbooks(twin, sound, name):
    frame, ways, known = sound["gaps" if "for missing" in name else "whole"]
    assert told(ways[name], frame, twin[1], known) == TWIN[name]


def test_a_refusal_is_overridden_by_name_and_leaves_flags(twin):
    frame, cities = twin[0].copy(), twin[1]
    frame.loc[frame["year"].eq(2014), "gdp_index"] = 100.0
    cleaned = clean(frame, cities)
    doubts = weigh(frame, cleaned, cities)
    refused = [doubt for doubt in doubts if doubt.grade == "refuse"]
    assert {doubt.name for doubt in refused} == {"index"}
    assert believed(doubts, {"order"}) == doubts
    after = believed(doubts, {"index"})
    assert "refuse" not in {doubt.grade for doubt in after}
    notes = marked(cleaned, after).notes.query("kind == 'doubt' and field == 'gdp_index'")
    assert len(notes) == cities["city_code"].nunique()
    assert notes["detail"].eq("index: frozen at 100 (overridden: index)").all()
    assert len(marked(cleaned, []).notes) == len(cleaned.notes)


def test_residents_are_held_against_the_census_that_a_roster_has(twin, tmp_path):
    frame, cities = twin
    at = frame.set_index(panel.KEY)["resident_pop"].unstack()
    cities = cities.assign(census_pop_2010=at[2010].reindex(cities["city_code"]).to_numpy())
    assert not [d for d in weigh(frame, clean(frame, cities), cities) if d.name == "residents"]
    other = frame.assign(resident_pop=frame["registered_pop"] * 1.0)
    other["registered_pop"] = frame["resident_pop"]
    doubts = weigh(other, clean(other, cities), cities)
    assert {d.grade for d in doubts if "census" in d.found} == {"refuse"}
    path = tmp_path / "cities.csv"
    cities.to_csv(path, index=False)
    assert read_cities(path)["census_pop_2010"].notna().all()


def test_names_of_judgements_are_told_apart():
    assert not {*NAMES} & {*plausible.JUDGEMENTS}


# --- the official one -----------------------------------------------------------------------------


@of_official.official
def test_the_official_yearbook_is_noted_at_named_cells_and_nowhere_flagged(raw):
    doubts = known_of(raw, read_cities(), panel.load(), read_cities())[2]
    assert {doubt.grade for doubt in doubts} == {"note"}
    found = {(d.name, *cell) for d in doubts for cell in d.cells}
    assert found == {
        ("deflator", 340700, 2019), ("deflator", 341100, 2019), ("deflator", 341200, 2019),
        ("deflator", 512000, 2016), ("deflator", 512000, 2019), ("deflator", 520200, 2019),
        ("residents", 340400, 2015), ("residents", 340500, 2011),
        *(("sectors", code, 2019) for code in (340600, 421000, 511800, 511900, 512000, 530600)),
    }  # fmt: skip


@of_official.official
@pytest.mark.slow
def test_nine_in_ten_spoilt_yearbooks_are_refused_or_flagged_for_the_right_cause(raw):
    cities, before = read_cities(), panel.load()
    ways = list(spoilt.ways(raw, cities))
    assert len(ways) >= 100 and len({way.name for way in ways}) == len(ways)
    alone, known = known_of(raw, cities), known_of(raw, cities, before, cities)
    got = {way.name: told(way, raw, cities, known, before, cities) for way in ways}
    missed = [name for name, what in got.items() if what == "nothing"]
    assert len(missed) <= len(ways) / 20, missed
    # Without the panel and roster that would be replaced a group's wrong name can be told by none.
    some = [way for way in ways if way.name not in missed][::6]
    assert sum(told(way, raw, cities, alone) != "nothing" for way in some) >= 0.9 * len(some)


def parts(raw: pd.DataFrame):
    province = raw["city_code"].map(read_cities().set_index("city_code")["province_en"])
    yield from raw.groupby(province)
    for year in range(2008, 2022):
        yield f"{year} to {year + 2}", raw[raw["year"].between(year, year + 2)]
    rng = np.random.default_rng(5)
    for number in range(25):
        codes = rng.choice(raw["city_code"].unique(), 8, replace=False)
        yield f"eight cities, {number}", raw[raw["city_code"].isin(codes)]


@of_official.official
@pytest.mark.slow
def test_every_plain_part_of_the_official_yearbook_is_read(raw):
    cities = read_cities()
    for name, part in parts(raw):
        frame = part.reset_index(drop=True)
        book = frame.set_axis(frame.index + 2)
        assert not (plausible.columns(book) or plausible.figures(book)), name
        doubts = weigh(frame, clean(frame, cities), cities, RATES)
        assert not [str(doubt) for doubt in doubts if doubt.grade == "refuse"], name
