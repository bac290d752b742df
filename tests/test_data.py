"""The data that ship: complete, free of levels, and what the yearbook gives when it is at hand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import __main__ as command
from lib import panel

ROOT = Path(__file__).resolve().parents[1]
OFFICIAL = ROOT.parent / "shared" / "data"
YEARBOOK = OFFICIAL / "yearbook_yreb110.csv"
official = pytest.mark.skipif(
    not YEARBOOK.is_file(),
    reason="no ../shared/data/yearbook_yreb110.csv: the official figures do not ship with the book",
)
INVENTED = ("synthetic", "hand_example")


@pytest.fixture(scope="module")
def shipped() -> pd.DataFrame:
    return panel.load_indicators()


@pytest.fixture(scope="module")
def notes() -> pd.DataFrame:
    return pd.read_csv(panel.DATA / "cell_notes.csv")


# --- with the yearbook --------------------------------------------------------------------------


@official
def test_rebuilt_to_the_byte(tmp_path):
    assert command.main([str(YEARBOOK), "--data", str(tmp_path)]) == 0
    for name in ("indicators.csv", "cell_notes.csv"):
        assert (tmp_path / name).read_bytes() == (panel.DATA / name).read_bytes(), name


@official
def test_yearbook_is_read_as_its_own_description_counts_it():
    yearbook = panel.read_yearbook(YEARBOOK)
    assert len(yearbook) == 1760
    counts = {
        "va_primary": 1759, "registered_pop": 1650, "natural_growth": 961, "employment": 1445,
        "fdi": 1581, "fiscal_expenditure": 1757,
    }  # fmt: skip
    assert yearbook[list(counts)].notna().sum().to_dict() == counts
    years = yearbook.groupby("city_code")["natural_growth"].count()
    assert (years.eq(0).sum(), years.between(8, 14).sum()) == (6, 78)


@official
def test_indicators_against_the_raw_columns(shipped, notes):
    """Ratios recomputed from the file as it stands, cell by cell, where nothing was filled."""
    raw = pd.read_csv(YEARBOOK).sort_values(panel.KEY).reset_index(drop=True)
    raw = raw.merge(pd.read_csv(OFFICIAL / "exchange_rate.csv"), on="year")
    raw = raw.sort_values(panel.KEY).reset_index(drop=True)
    first = raw[raw["year"].eq(2008)]
    sector = raw["va_primary"] + raw["va_secondary"] + raw["va_tertiary"]
    yuan = raw["fdi"] * 1e6 * raw["cny_per_usd"]
    expected = {
        "odi": (yuan / (raw["gdp"] * 1e8), ["fdi", "gdp"]),
        "gr": (raw["fiscal_expenditure"] / raw["gdp"], ["fiscal_expenditure", "gdp"]),
        "rdi": (raw["science_expenditure"] * 1e4 / (raw["gdp"] * 1e8),
                ["science_expenditure", "gdp"]),
        "edl": (raw["higher_ed_students"] / (raw["resident_pop"] * 1e4),
                ["higher_ed_students", "resident_pop"]),
        "te": (raw["employment"] / first["employment"].mean(), ["employment"]),
        "rlr": (raw["average_wage"] / first["average_wage"].mean(), ["average_wage"]),
        "share_secondary": (raw["va_secondary"] / sector, panel.SECTORS),
        "rissl": (raw["va_tertiary"] / raw["va_secondary"], panel.SECTORS),
        "lm_stock": (raw["resident_pop"] / raw["registered_pop"] - 1,
                     ["resident_pop", "registered_pop"]),
    }  # fmt: skip
    touched = notes[notes["kind"].isin(["suspect", "interpolated"])]
    for name, (value, fields) in expected.items():
        filled = pd.MultiIndex.from_frame(touched.loc[touched["field"].isin(fields), panel.KEY])
        same = ~pd.MultiIndex.from_frame(shipped[panel.KEY]).isin(filled)
        np.testing.assert_allclose(
            shipped.loc[same, name], value[same], rtol=6e-6, atol=1e-9, err_msg=name
        )
        assert shipped.loc[~same, name].isna().sum() <= len(filled)


@official
def test_reg_of_the_belt_is_one_and_follows_the_growth_index(shipped):
    raw = pd.read_csv(YEARBOOK).sort_values(panel.KEY).reset_index(drop=True)
    weights = raw.loc[raw["year"].eq(2008), "resident_pop"]
    assert np.average(shipped.loc[shipped["year"].eq(2008), "reg"], weights=weights) == (
        pytest.approx(1, abs=1e-5)
    )
    # REG times residents is real GDP, but where the figure of residents was struck.
    struck = shipped["flags"].str.contains("interpolated:resident_pop")
    volume = (shipped["reg"] * raw["resident_pop"]).mask(struck)
    growth = volume / volume.groupby(raw["city_code"]).shift(1) * 100
    known = growth.notna()
    np.testing.assert_allclose(growth[known], raw.loc[known, "gdp_index"], rtol=2e-5)


@official
def test_roster_and_rates_are_those_of_the_source():
    source = pd.read_csv(OFFICIAL / "cities_yreb110.csv").iloc[:, :8]
    pd.testing.assert_frame_equal(panel.load_cities(), source)
    rates = pd.read_csv(OFFICIAL / "exchange_rate.csv").set_index("year")["cny_per_usd"]
    pd.testing.assert_series_equal(panel.load_exchange_rate(), rates)


# --- without it ---------------------------------------------------------------------------------


def test_every_city_has_every_year(shipped):
    cities = panel.load_cities()
    grid = pd.MultiIndex.from_product([sorted(cities["city_code"]), range(2008, 2024)])
    assert list(pd.MultiIndex.from_frame(shipped[panel.KEY])) == list(grid)
    assert len(grid) == 110 * 16


def test_roster(shipped):
    cities = panel.load_cities()
    assert len(cities) == 110
    assert cities["reach"].value_counts().to_dict() == {"lower": 41, "middle": 36, "upper": 33}
    reach = cities.groupby("province_en")["reach"].unique().map(list).to_dict()
    assert reach == {
        **{name: ["lower"] for name in ("Shanghai", "Jiangsu", "Zhejiang", "Anhui")},
        **{name: ["middle"] for name in ("Jiangxi", "Hubei", "Hunan")},
        **{name: ["upper"] for name in ("Chongqing", "Sichuan", "Guizhou", "Yunnan")},
    }
    # The first two digits of a code are the province's.
    assert cities.groupby(cities["city_code"] // 10_000)["province_en"].nunique().eq(1).all()
    assert cities["lon"].between(97, 123).all() and cities["lat"].between(21, 36).all()
    assert shipped.groupby("city")["city_code"].nunique().eq(1).all()


def test_identities_of_the_panel(shipped):
    shares = shipped[["share_primary", "share_secondary", "share_tertiary"]]
    np.testing.assert_allclose(shares.dropna().sum(axis=1), 1, atol=2e-6)
    np.testing.assert_allclose(
        shipped["rissl"], shipped["share_tertiary"] / shipped["share_secondary"], rtol=2e-5
    )
    # REG is real GDP a head: its growth, times that of residents, is the growth index, which no
    # city exceeds 125 or falls below 85 in.
    growth = shipped["reg"] / shipped.groupby("city_code")["reg"].shift(1)
    index = growth * (1 + shipped["lm_flow_gross"])
    assert index.dropna().between(0.85, 1.25).all()
    first = shipped[shipped["year"].eq(2008)]
    for name in ("te", "rlr"):  # over the mean of 2008
        assert first[name].mean() == pytest.approx(1, abs=1e-6)
    # In 2008 the product of 1 + k is one.
    np.testing.assert_array_equal(first["lm_stock_net"], first["lm_stock"])
    # k, per mille, is what lies between the two flows; the yearbook has it from -7.66 to 22.13.
    k = (shipped["lm_flow_gross"] - shipped["lm_flow"]).dropna() * 1000
    assert k.between(-8, 23).all()


def test_missing_where_there_is_nothing_to_fill_with(shipped):
    by_year = panel.coverage(shipped)
    assert by_year.loc["lm_flow_gross"].tolist() == [0] + [110] * 15
    assert by_year.loc["lm_flow", [2022, 2023]].eq(0).all()  # no natural growth after 2021
    assert by_year.loc["lm_stock", 2023] == 0  # registered population ends in 2022
    assert by_year.loc["rlr", [2022, 2023]].eq(0).all()  # wages end in 2021
    assert by_year.loc["reg"].eq(110).all()


def test_no_column_of_levels_ships():
    levels = {*panel.LEVELS, *panel.RATES, "census_pop_2010", "census_pop_2020"}
    levels |= {c for c in panel.COLUMNS if c.startswith("emp_share")}
    files = [p for p in panel.DATA.rglob("*.csv") if "raw" not in p.relative_to(panel.DATA).parts]
    assert {"indicators.csv", "cell_notes.csv", "cities.csv"} <= {p.name for p in files}
    for path in files:
        if not path.name.startswith(INVENTED):
            header = path.read_text(encoding="utf-8-sig").splitlines()[0].split(",")
            assert not levels & set(header), path


@official
def test_no_note_gives_away_a_level(notes):
    """No number of a detail is the figure it speaks of, or a neighbour's."""
    raw = pd.read_csv(YEARBOOK).set_index(panel.KEY)
    for note in notes[notes["kind"].ne("definition")].itertuples():
        numbers = {float(n) for n in re.findall(r"\d+\.?\d*", note.detail)}
        for year in {note.year - 1, note.year, note.year + 1} & set(range(2008, 2024)):
            level = raw.at[(note.city_code, year), note.field]
            assert level not in numbers, note


def test_notes_agree_with_flags(shipped, notes):
    assert list(notes) == ["city_code", "year", "field", "kind", "detail"]
    order = list(notes)[:4]
    pd.testing.assert_frame_equal(notes, notes.sort_values(order).reset_index(drop=True))
    assert set(notes["field"]) <= set(panel.LEVELS + panel.RATES)
    flagged = {
        (code, year, *flag.split(":"))
        for code, year, flags in shipped[[*panel.KEY, "flags"]].itertuples(index=False)
        for flag in flags.split(";")
        if flag
    }
    kinds = ["suspect", "interpolated", "boundary", "census_step", "definition"]
    noted = notes[notes["kind"].isin(kinds) & notes["field"].ne("area")]
    assert flagged == set(
        noted[["city_code", "year", "kind", "field"]].itertuples(index=False, name=None)
    )


def test_the_plain_errors_are_found(notes):
    """Cells that a reader of the yearbook finds by eye, each many times off or out and back."""
    found = set(
        notes.loc[notes["kind"].eq("suspect"), ["city_code", "year", "field"]].itertuples(
            index=False, name=None
        )
    )
    huainan, kunming, changzhou, suzhou_anhui = 340400, 530100, 320400, 341300
    assert {(huainan, 2022, field) for field in ["gdp", *panel.SECTORS]} <= found
    assert (kunming, 2008, "higher_ed_students") in found
    assert (changzhou, 2015, "resident_pop") in found
    assert (suzhou_anhui, 2017, "employment") in found
    # Rare: an error is the exception in an official yearbook of more than twenty thousand cells.
    assert len(found) < 30


def test_readme_coverage_is_that_of_the_panel(shipped):
    text = (panel.DATA / "README.md").read_text(encoding="utf-8")
    table = panel.coverage(shipped)
    rows = {
        cells[0]: [int(n) for n in cells[1:]]
        for line in text.split("### Coverage")[1].split("\n## ")[0].splitlines()
        if (cells := [c.strip() for c in line.strip("|").split("|")])[0] in panel.INDICATORS
    }
    assert rows == {name: counts.tolist() for name, counts in table.iterrows()}


def test_readme_names_every_file_and_column():
    for path in panel.DATA.rglob("*.csv"):
        if "raw" in path.relative_to(panel.DATA).parts:
            continue
        own = path.parent / "README.md"
        readme = own if own.exists() else panel.DATA / "README.md"
        text = readme.read_text(encoding="utf-8")
        if path.parent.name == "published":
            assert "`published/table1.csv` to `table3.csv`" in text
        else:
            assert f"`{path.name}`" in text, path
        for column in path.read_text(encoding="utf-8-sig").splitlines()[0].split(","):
            assert re.search(rf"\b{column}\b", text), (path, column)
