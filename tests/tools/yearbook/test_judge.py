"""A yearbook is judged: the impossible is refused, what stands out flagged, the rest said."""

from __future__ import annotations

import warnings
from collections import Counter
from itertools import islice

import numpy as np
import pandas as pd
import pytest
import spoilt
import test_official as of_official

from lib import panel
from tools.yearbook import judge
from tools.yearbook.clean import clean
from tools.yearbook.reading import read_cities, read_yearbook
from tools.yearbook.schema import FIELDS

DOLLAR = panel.load_exchange_rate()


def looked_at(frame, cities):
    """Refusals at reading, findings, cells noted, and what is said."""
    if failures := judge.pasted(frame):
        return {each.column for each in failures}, [], set(), []
    for name, field in FIELDS.items():
        if any(field.cell().bound(value) for value in frame[name].dropna()):
            return {name}, [], set(), []
    cleaned = clean(frame, cities)
    struck = cleaned.notes[cleaned.notes["kind"].isin(["suspect", "parts", "census_step"])]
    cells = set(struck[[*panel.KEY, "field"]].itertuples(index=False, name=None))
    found = judge.judge(frame, cleaned, cities, DOLLAR)
    return set(), found, cells, judge.said(cleaned.frame, DOLLAR)


def grade(spoilt_one, sound, columns) -> str:
    """What a spoilt yearbook got beyond the sound one: refused, flagged, said or nothing."""
    refused, found, cells, lines = spoilt_one
    new = {str(each): each for each in found}
    for each in sound[1]:
        new.pop(str(each), None)
    if refused or any(each.grade == "refuse" for each in new.values()):
        return "refused"
    marked = {field for *_, field in cells - sound[2]} | {each.field for each in new.values()}
    if marked & {*columns}:
        return "flagged"
    return "said" if lines != sound[3] else "nothing"


@pytest.fixture(scope="module")
def twin():
    cities = read_cities(panel.DATA / "synthetic_cities.csv")
    frame = read_yearbook(panel.DATA / "synthetic_yearbook.csv", cities)
    frame = frame[frame["year"].ge(2008)].reset_index(drop=True)
    frame.loc[frame.index % 7 == 0, ["fdi", "natural_growth"]] = np.nan
    return frame, cities


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.slow)])
def test_of_spoilt_invented_yearbooks_most_are_refused_or_flagged_and_none_passes_unsaid(
    twin, every
):
    sound = looked_at(*twin)
    got = {name: grade(looked_at(frame, twin[1]), sound, columns)
           for name, frame, columns in islice(spoilt.ways(*twin), 0, None, every)}  # fmt: skip
    count = Counter(got.values())
    missed = [name for name, what in got.items() if what in ("said", "nothing")]
    assert len(got) > 50 // every and count["refused"] > len(got) / 3, count
    assert len(missed) <= 0.1 * len(got), missed
    assert not count["nothing"], missed


@pytest.fixture(scope="module")
def quirks(twin):
    """An invented region with a census step, a price gap, a split and a late series."""
    frame, cities = twin[0].copy(), twin[1]
    code = frame["city_code"].unique()
    one = [frame["city_code"].eq(c) for c in code[:9]]
    frame.loc[frame["year"].ge(2020), "resident_pop"] *= 1.03
    frame.loc[one[1] & frame["year"].ge(2010), "resident_pop"] *= 0.8
    frame.loc[one[2], "gdp_index"] -= 4  # its prices rise by four points more than elsewhere
    people = ["resident_pop", "registered_pop", *spoilt.ACCOUNTS, "employment", "area"]
    frame.loc[one[3] & frame["year"].ge(2016), people] *= 0.6
    frame.loc[one[4] & frame["year"].ge(2016), people] *= 1.4
    frame.loc[one[5] & frame["year"].between(2009, 2010), "fiscal_expenditure"] *= 3
    frame.loc[frame["year"].lt(2012), "average_wage"] = np.nan
    frame.loc[one[6], ["employment", "higher_ed_students"]] = np.nan
    frame.loc[one[7], "average_wage"] *= 2
    frame.loc[frame["year"].eq(2019), "va_tertiary"] *= 1.1  # an economic census
    frame.loc[frame["year"].eq(2019), "gdp"] = frame[spoilt.SECTORS].sum(axis=1)
    return frame, cities


def test_what_real_places_show_is_not_refused(quirks):
    frame, cities = quirks
    draw = np.random.default_rng(5)
    for _ in range(8):
        codes = draw.choice(frame["city_code"].unique(), draw.integers(8, 42), replace=False)
        first = draw.integers(2008, 2022)
        here = frame["city_code"].isin(codes) & frame["year"].between(first, first + 2 + first % 9)
        _, found, _, _ = looked_at(frame[here].reset_index(drop=True), cities)
        assert not [str(each) for each in found if each.grade == "refuse"]
    found = [each for each in looked_at(frame, cities)[1] if each.name in {"step", "excursion"}]
    assert "fiscal_expenditure" in {each.field for each in found}


def test_ratios_over_one_denominator_accuse_it(twin):
    frame, cities = twin[0].copy(), twin[1]
    here = frame["city_code"].eq("M03") & frame["year"].ge(2015)
    frame.loc[here, spoilt.ACCOUNTS] *= 0.5
    found = [each for each in looked_at(frame, cities)[1] if "M03" in each.where]
    found = [each for each in found if each.name == "step"]
    assert [each.field for each in found] == ["gdp"]
    assert found[0].factor == pytest.approx(0.5, rel=0.03)
    assert set(found[0].cells) == {("M03", year) for year in range(2015, 2024)}


def test_one_kind_of_finding_is_one_line(twin):
    frame, cities = twin[0].copy(), twin[1]
    frame.loc[frame["city_code"].str.endswith("2") & frame["year"].ge(2015), "average_wage"] *= 3
    found = [each for each in looked_at(frame, cities)[1] if each.name == "step"]
    lines = [each for each in found if each.field == "average_wage"]
    assert len(lines) == 1 and "and " in lines[0].where


def test_every_refusal_names_the_word_that_overrides_it():
    failures = [judge.Finding("refuse", name, "gdp", "A", "x", "y").failure()
                for name in judge.JUDGEMENTS]  # fmt: skip
    refused = judge.refusals(failures, {"limits"})
    assert [each.kind for each in refused] == sorted({*judge.JUDGEMENTS} - {"limits"})
    assert all(f"BELIEVE={each.kind}" in each.expected for each in refused)


# --- the official yearbook, where it is at hand ---------------------------------------------------


def parts(raw: pd.DataFrame):
    """Provinces, windows of three years and more, sets of 8 to 41 cities."""
    province = raw["city_code"].map(read_cities().set_index("city_code")["province_en"])
    yield from raw.groupby(province)
    for first in range(2008, 2022):
        for last in {first + 2, min(first + 6, 2023), 2023}:
            yield f"{first} to {last}", raw[raw["year"].between(first, last)]
    draw = np.random.default_rng(5)
    for number in range(40):
        codes = draw.choice(raw["city_code"].unique(), draw.integers(8, 42), replace=False)
        here = raw["city_code"].isin(codes)
        if number % 2:
            first = draw.integers(2008, 2022)
            here &= raw["year"].between(first, draw.integers(first + 2, 2024))
        yield f"cities, {number}", raw[here]


@of_official.official
@pytest.mark.slow
def test_no_official_part_is_refused():
    raw = pd.read_csv(of_official.OFFICIAL).sort_values(panel.KEY).reset_index(drop=True)
    cities = read_cities()
    for name, part in parts(raw):
        own = cities[cities["city_code"].isin(part["city_code"])]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            refused, found, _, _ = looked_at(part.reset_index(drop=True), own)
        assert not refused, name
        assert not [str(each) for each in found if each.grade == "refuse"], name
