"""The panel is put together from the definitions, hides its levels, and is written whole."""

from __future__ import annotations

import io
import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest
import test_levels as levels

from lib import indicators, panel
from lib.panel import DataError
from tools.yearbook import build
from tools.yearbook.clean import Cleaned, clean
from tools.yearbook.reading import read_cities, read_yearbook

EXAMPLE, PLACES = panel.DATA / "hand_example.csv", panel.DATA / "hand_example_cities.csv"
RATES = pd.Series({2008: 7.0, 2009: 6.8, 2010: 6.5})
# Two provinces of the three in the example; 2009 of the second lies half-way.
PROVINCES = pd.DataFrame(
    {"province": ["West"] * 3 + ["Centre"] * 3, "year": [2008, 2009, 2010] * 2,
     "k": [0.001, 0.002, 0.003, 0.004, 0.006, 0.008], "interpolated": [False] * 4 + [True, False]}
)  # fmt: skip


@pytest.fixture(scope="module")
def cities() -> pd.DataFrame:
    return read_cities(PLACES)


@pytest.fixture(scope="module")
def cleaned(cities) -> Cleaned:
    return clean(read_yearbook(EXAMPLE, cities), cities)


def built(cleaned: Cleaned, cities: pd.DataFrame, provinces=None, **options) -> pd.DataFrame:
    growth = build.natural_growth(cleaned, cities, provinces)
    return build.build(cleaned, RATES, growth, **options)


def test_the_hand_example(cleaned, cities):
    """Each column is its definition, rounded to six digits; C's gap of 2009 is filled."""
    found = built(cleaned, cities)
    assert list(found) == [*panel.KEY, *panel.INDICATORS, "flags"]
    assert list(found["city_code"]) == list("AAABBBCCC")
    assert found["reg"].tolist()[:3] == [0.2, 0.275, 0.4125]
    assert found["k"].tolist() == [0.005, 0.01, 0.02, 0.005, 0.005, 0.01, 0.01, 0.02, 0.03]
    assert found["share_secondary"].iloc[3] == 0.526316  # 10 / 19
    assert list(found["flags"]) == [""] * 7 + ["interpolated:natural_growth", ""]
    raw = pd.read_csv(EXAMPLE)
    for name in ("reg", "te", "gr", "rlr", "rissl", "rdi", "edl"):
        np.testing.assert_allclose(found[name], getattr(indicators, name)(raw), rtol=5e-6)
    for reading, k in (("", found["k"]), ("_city", found["k"]), ("_gross", 0.0)):
        for name in ("lm_flow", "lm_stock"):
            expected = getattr(indicators, name)(raw, k)
            np.testing.assert_allclose(found[name + reading], expected, rtol=5e-6, atol=1e-15)


def test_k_is_the_provinces_where_they_cover_all_and_never_spliced(cleaned, cities):
    some = build.natural_growth(cleaned, cities, PROVINCES)
    assert set(some["source"]) == {"city"}  # the third province has none
    covered = cities.assign(province_en=cities["province_en"].replace("East", "West"))
    growth = build.natural_growth(cleaned, covered, PROVINCES)
    assert set(growth["source"]) == {"province"}
    assert growth["k"].tolist() == [*PROVINCES["k"], *PROVINCES["k"][:3]]
    found = built(cleaned, covered, PROVINCES)
    assert found["flags"].tolist() == ["", "", "", "", "interpolated:k", "", "",
                                       "interpolated:natural_growth", ""]  # fmt: skip
    assert found["lm_flow"].iloc[1] == pytest.approx(100 / 125 - 0.002)
    assert found["lm_flow_city"].iloc[1] == pytest.approx(100 / 125 - 0.010)


def test_where_nothing_is_known_of_natural_growth_both_readings_are_missing(cleaned, cities):
    frame = Cleaned(cleaned.frame.assign(natural_growth=np.nan), cleaned.notes)
    found = built(frame, cities)
    assert found[["lm_flow", "lm_flow_city", "k"]].isna().all(axis=None)
    # In the base year the product is empty, and the stock a plain ratio.
    assert found["lm_stock"].notna().tolist() == [True, False, False] * 3
    assert found["lm_flow_gross"].notna().sum() == 6 and found["lm_stock_gross"].notna().all()


def test_the_base_year_is_an_argument_and_earlier_years_are_lags(cleaned, cities):
    found = built(cleaned, cities, base_year=2009)
    assert sorted(found["year"].unique()) == [2009, 2010]
    assert found["lm_flow"].notna().all()  # 2008 serves 2009
    for base, match in ((2007, "expected the base year 2007"), (2011, "the base year 2011")):
        with pytest.raises(DataError, match=match):
            built(cleaned, cities, base_year=base)


def test_a_late_series_is_one_in_the_first_year_in_which_half_of_the_cities_have_it(
    cleaned, cities
):
    frame = cleaned.frame.copy()
    frame.loc[frame["year"].eq(2008), "average_wage"] = np.nan
    frame.loc[frame["city_code"].ne("A") & frame["year"].eq(2008), "employment"] = np.nan
    assert build.bases(frame, 2008) == {"employment": 2009, "average_wage": 2009}
    made = built(Cleaned(frame, cleaned.notes), cities).set_index("year")
    assert made.loc[2009, ["te", "rlr"]].mean().round(5).tolist() == [1, 1]
    assert build.bases(frame.assign(employment=np.nan), 2008)["employment"] == 2008


def test_flags_name_the_fields_that_an_indicator_uses(cleaned, cities):
    rows = [("A", 2009, "area", "suspect"), ("A", 2009, "fdi", "suspect"),
            ("A", 2009, "gdp", "parts"), ("B", 2010, "fdi", "straight_line"),
            ("B", 2010, "employment", "definition")]  # fmt: skip
    notes = pd.DataFrame(rows, columns=["city_code", "year", "field", "kind"])
    flags = built(Cleaned(cleaned.frame, notes), cities).set_index(panel.KEY)["flags"]
    assert flags["A", 2009] == "parts:gdp;suspect:fdi"
    assert flags["B", 2010] == "definition:employment"
    assert flags.ne("").sum() == 2


# --- what the rounding hides ----------------------------------------------------------------------

SEARCHES = {
    "wages": partial(levels.test_no_constant_makes_a_column_whole, name="rlr"),
    "residents": levels.test_no_city_s_residents_follow_from_their_growth,
    "output": levels.test_no_product_follows_from_its_sectors,
}


@pytest.mark.parametrize("search", SEARCHES)
def test_levels_are_found_before_the_rounding_and_none_after_it(search):
    """On an invented yearbook of whole crowns, hundredths of persons and tenths of output."""
    towns = read_cities(panel.DATA / "synthetic_cities.csv")
    book = read_yearbook(panel.DATA / "synthetic_yearbook.csv", towns)
    book["resident_pop"] = book["resident_pop"].round(2)
    book["average_wage"] = (book["average_wage"] / 10).round()
    sectors = ["va_primary", "va_secondary", "va_tertiary"]
    book[sectors] = book[sectors].round(1)
    cleaned = clean(book.assign(gdp=book[sectors].sum(axis=1)), towns)
    growth = build.natural_growth(cleaned, towns, None)
    table = build.build(cleaned, panel.load_exchange_rate(), growth)

    def told(table):
        text = table.to_csv(index=False, float_format="%.6g")
        cells = pd.read_csv(io.StringIO(text), dtype=str)
        SEARCHES[search](cells=cells if search == "wages" else cells.head(80))

    with pytest.raises(AssertionError):
        told(table)
    told(build.coarse(table))


# --- all files or none ----------------------------------------------------------------------------

WRITER = """
import os, sys, time
from pathlib import Path
import pandas as pd
from tools.yearbook import build
replace = Path.replace
def slowly(self, target):
    time.sleep(0.05)
    return replace(self, target)
Path.replace = slowly
folder = Path(sys.argv[1])
frame = pd.DataFrame({"x": ["new"] * 20_000})
print("begins", flush=True)
build.write({folder / name: frame for name in ("a.csv", "b.csv", "c.csv")})
print("ends", flush=True)
"""
NAMES = ("a.csv", "b.csv", "c.csv")


def state(folder):
    return {(folder / name).read_text().split()[-1] for name in NAMES}


@pytest.mark.skipif(os.name == "nt", reason="a kill is not drilled here")
def test_a_kill_leaves_old_or_new_and_what_it_leaves_is_not_read_until_it_is_finished(tmp_path):
    places = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    seen, draw = set(), random.Random(7)
    for _ in range(8):
        for name in NAMES:
            (tmp_path / name).write_text("old")
        line = [sys.executable, "-c", WRITER, str(tmp_path)]
        with subprocess.Popen(line, text=True, env=places, stdout=subprocess.PIPE,
                              start_new_session=True) as killed:  # fmt: skip
            assert killed.stdout.readline() == "begins\n"
            time.sleep(draw.uniform(0.0, 0.35))
            os.killpg(killed.pid, signal.SIGKILL)
        finished = (tmp_path / panel.FINISHED).exists()
        if len(state(tmp_path)) > 1 or finished:  # in the middle of its moves
            assert finished
            with pytest.raises(DataError, match="run make data again"):
                panel.load(tmp_path / "a.csv")
        before = "new" if finished else min(state(tmp_path))
        seen.add("half" if finished else before)
        build.write({tmp_path / "d.csv": pd.DataFrame({"x": [1]})})  # the next call
        assert state(tmp_path) == {before}
        assert sorted(path.name for path in tmp_path.iterdir()) == [*NAMES, "d.csv"]
    assert len(seen) > 1  # else the moments were too alike to prove anything


def test_a_full_disk_changes_nothing(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_text("old")
    full = Mock(side_effect=OSError(28, "No space left on device"))
    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match="No space left on device"):
        build.write({tmp_path / name: pd.DataFrame({"x": [1]}) for name in ("a.csv", "b.csv")})
    assert (tmp_path / "a.csv").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
