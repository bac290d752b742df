"""Which rates and flags the panel has; its columns are those of ``tests/test_twin.py``."""

import numpy as np
import pandas as pd
import pytest

from data.yearbook import build
from data.yearbook.clean import Cleaned, clean
from data.yearbook.reading import read_yearbook
from lib import panel

CITIES = panel.load_cities(panel.DATA / "hand_example_cities.csv")
CLEANED = clean(read_yearbook(panel.DATA / "hand_example.csv", CITIES), CITIES)
RATES = pd.Series({2008: 7.0, 2009: 6.8, 2010: 6.5})
# Two provinces of the three in the example; 2009 of the second lies half-way.
PROVINCES = pd.DataFrame(
    {"province": ["West"] * 3 + ["Centre"] * 3, "year": [2008, 2009, 2010] * 2,
     "k": [0.001, 0.002, 0.003, 0.004, 0.006, 0.008], "interpolated": [False] * 4 + [True, False]}
)  # fmt: skip


def built(cities=CITIES, provinces=None, notes=CLEANED.notes, **change):
    cleaned = Cleaned(CLEANED.frame.assign(**change), notes)
    growth = build.natural_growth(cleaned, cities, provinces)
    return build.build(cleaned, RATES, growth).set_index(panel.KEY)


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


def test_flags_name_the_fields_that_an_indicator_uses():
    rows = [("A", 2009, "area", "suspect"), ("A", 2009, "fdi", "suspect"),
            ("A", 2009, "gdp", "parts"), ("B", 2010, "fdi", "straight_line"),
            ("B", 2010, "employment", "definition")]  # fmt: skip
    notes = pd.DataFrame(rows, columns=["city_code", "year", "field", "kind"])
    flags = built(notes=notes)["flags"]
    assert flags[flags.ne("")].to_dict() == {
        ("A", 2009): "parts:gdp;suspect:fdi", ("B", 2010): "definition:employment"}  # fmt: skip
