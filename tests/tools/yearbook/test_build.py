"""The panel is put together from the definitions, hides its levels, and is written whole."""

from __future__ import annotations

import itertools
import os
import signal
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pandas as pd
import pytest

from lib import indicators, panel
from lib.panel import DataError
from tools.yearbook import build
from tools.yearbook.clean import Cleaned, clean
from tools.yearbook.reading import read_cities, read_yearbook

RAW = pd.read_csv(panel.DATA / "hand_example.csv")
CITIES = read_cities(panel.DATA / "hand_example_cities.csv")
CLEANED = clean(read_yearbook(panel.DATA / "hand_example.csv", CITIES), CITIES)
RATES = pd.Series({2008: 7.0, 2009: 6.8, 2010: 6.5})
# Two provinces of the three in the example; 2009 of the second lies half-way.
PROVINCES = pd.DataFrame(
    {"province": ["West"] * 3 + ["Centre"] * 3, "year": [2008, 2009, 2010] * 2,
     "k": [0.001, 0.002, 0.003, 0.004, 0.006, 0.008], "interpolated": [False] * 4 + [True, False]}
)  # fmt: skip


def built(cities=CITIES, provinces=None, notes=CLEANED.notes, base_year=2008, **change):
    cleaned = Cleaned(CLEANED.frame.assign(**change), notes)
    growth = build.natural_growth(cleaned, cities, provinces)
    return build.build(cleaned, RATES, growth, base_year).set_index(panel.KEY)


def test_the_hand_example():
    """Each column is its definition, rounded to six digits; C's gap of 2009 is filled."""
    table = built()
    assert list(table) == [*panel.INDICATORS, "flags"]
    assert table["reg"].tolist()[:3] == [0.2, 0.275, 0.4125]
    assert table["k"].tolist() == [0.005, 0.01, 0.02, 0.005, 0.005, 0.01, 0.01, 0.02, 0.03]
    assert table.at[("B", 2008), "share_secondary"] == 0.526316  # 10 / 19
    for name in ("reg", "te", "gr", "rlr", "rissl", "rdi", "edl"):
        np.testing.assert_allclose(table[name], getattr(indicators, name)(RAW), rtol=5e-6)
    k = table["k"].to_numpy()
    for name in ("lm_flow", "lm_stock"):
        for reading, rate in {"": k, "_city": k, "_gross": 0.0}.items():
            expected = getattr(indicators, name)(RAW, pd.Series(rate, RAW.index))
            np.testing.assert_allclose(table[name + reading], expected, rtol=5e-6, atol=1e-15)


def test_k_is_the_provinces_where_they_cover_all_or_the_cities_or_missing():
    pd.testing.assert_frame_equal(built(provinces=PROVINCES), built())  # the third has none
    covered = CITIES.assign(province_en=CITIES["province_en"].replace("East", "West"))
    table = built(covered, PROVINCES)
    assert table["k"].tolist() == [*PROVINCES["k"], *PROVINCES["k"][:3]]
    flags = ["", "", "", "", "interpolated:k", "", "", "interpolated:natural_growth", ""]
    assert table["flags"].tolist() == flags
    assert table.at[("A", 2009), "lm_flow"] == pytest.approx(100 / 125 - 0.002)
    assert table.at[("A", 2009), "lm_flow_city"] == pytest.approx(100 / 125 - 0.010)
    table = built(natural_growth=np.nan)
    assert table[["lm_flow", "lm_flow_city", "k"]].isna().all(axis=None)
    # In the base year the product is empty, and the stock a plain ratio.
    assert table["lm_stock"].notna().tolist() == [True, False, False] * 3
    assert table["lm_flow_gross"].notna().sum() == 6 and table["lm_stock_gross"].notna().all()


def test_earlier_years_are_lags_and_a_late_series_is_one_where_half_of_the_cities_have_it():
    table = built(base_year=2009)
    assert set(table.index.get_level_values("year")) == {2009, 2010}
    assert table["lm_flow"].notna().all()  # 2008 serves 2009
    with pytest.raises(DataError, match="expected the base year 2011"):
        built(base_year=2011)
    frame = CLEANED.frame
    first = frame["year"].eq(2008)
    late = {"average_wage": frame["average_wage"].mask(first),
            "employment": frame["employment"].mask(first & frame["city_code"].ne("A"))}  # fmt: skip
    means = built(**late).groupby("year")[["te", "rlr"]].mean()
    assert means.loc[2009].round(5).tolist() == [1, 1]
    two = frame["employment"].mask(first & frame["city_code"].eq("A"))
    for known in (two, np.nan):  # of three; none at all
        assert build.bases(frame.assign(employment=known), 2008)["employment"] == 2008


def test_flags_name_the_fields_that_an_indicator_uses():
    rows = [("A", 2009, "area", "suspect"), ("A", 2009, "fdi", "suspect"),
            ("A", 2009, "gdp", "parts"), ("B", 2010, "fdi", "straight_line"),
            ("B", 2010, "employment", "definition")]  # fmt: skip
    notes = pd.DataFrame(rows, columns=["city_code", "year", "field", "kind"])
    flags = built(notes=notes)["flags"]
    assert flags[flags.ne("")].to_dict() == {
        ("A", 2009): "parts:gdp;suspect:fdi", ("B", 2010): "definition:employment"}  # fmt: skip


@pytest.fixture
def tables(tmp_path):
    """New tables, and old files in their places."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("old")
    return {tmp_path / name: pd.DataFrame({"x": ["new"]}) for name in ("a.csv", "b.csv")}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a kill is not drilled here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded")
@pytest.mark.parametrize("step", range(1, 6))
def test_a_kill_at_any_step_leaves_old_or_new_and_no_mixture_is_read(tmp_path, tables, step):
    """Two files are written (1, 2), the folder of both is renamed (3), they are moved (4, 5)."""
    steps = itertools.count(1)

    def counted(call):
        killed = partial(os.kill, os.getpid(), signal.SIGKILL)
        return lambda *given, **to: call(*given, **to) if next(steps) < step else killed()

    if not (child := os.fork()):
        try:
            Path.rename, Path.replace = counted(Path.rename), counted(Path.replace)
            pd.DataFrame.to_csv = counted(pd.DataFrame.to_csv)
            build.write(tables)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    if (tmp_path / panel.FINISHED).exists():  # in the middle of its moves
        with pytest.raises(DataError, match="run make data again"):
            panel.load(tmp_path / "a.csv")
    build.write({tmp_path / "c.csv": pd.DataFrame({"x": [1]})})  # the next call
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "c.csv"]
    words = {path.read_text().split()[-1] for path in tables}
    assert words == {"old" if step < 4 else "new"}


def test_a_full_disk_changes_nothing(tmp_path, tables, monkeypatch):
    full = Mock(side_effect=OSError(28, "No space left on device"))
    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    with pytest.raises(OSError, match="No space left on device"):
        build.write(tables)
    assert {path.read_text() for path in tmp_path.iterdir()} == {"old"}
