"""City by city: figures by hand, and the province on the map."""

import re

import pytest
from matplotlib.path import Path

from lib import panel
from studies import belt_map, cities


def test_figures_of_a_city_are_those_of_the_panel(data):
    row, rows = cities.facts(data).loc["Yichang"], data[data["city"] == "Yichang"].set_index("year")
    assert (row["zh"], row["province"], row["reach"]) == ("宜昌", "Hubei", "middle")
    assert row["last_rank"] == 1 + sum(data.loc[data["year"] == 2023, "reg"] > rows["reg"][2023])
    assert (1 + row["growth"]) ** 15 == pytest.approx(rows["reg"][2023] / rows["reg"][2008])
    grown = rows.loc[2011:2020, "lm_flow_gross"].prod()
    assert row["counted"] == pytest.approx(grown, abs=0.04)  # the panel is .03 off in Yichang
    assert row["apart"] == rows["lm_stock_gross"][2022] and row["recounts"] == [2020]


def test_a_recount_a_border_and_a_gap_are_said_where_they_are_and_nowhere_else(data):
    facts = cities.facts(data)
    said = cities.sentences(data, facts)
    for city, rows in data.groupby("city"):
        text, change = " ".join(said[city]), facts["counted"][city] - 1
        word = "hardly changed" if abs(change) < 0.005 else "grew by" if change > 0 else "fell by"
        more = "more" if facts["apart"][city] > 0 else "fewer"
        assert f"residents {word}" in text and re.search(f"{more} residents than|about as", text)
        assert text.count("A census changed") == rows["flags"].str.contains("census_step:").sum()
        border = rows["flags"].str.contains("boundary:resident_pop")
        years = re.search(r"The border moved .*Around (\d+)(?: to (\d+))? output", text)
        told = {int(year) for year in years.groups(years[1])} if years else set()
        assert told == set(rows.loc[border, "year"].agg(["min", "max"]).dropna())
        assert " nan" not in text and "–" not in text
    assert "The number of residents in 2015 is interpolated." in said["Changzhou"]
    assert "Output and its sectors in 2022 are interpolated." in said["Huainan"]
    assert "sectors do not add up" in said["Hangzhou"][-1]


def test_every_city_lies_in_the_outline_of_its_province():
    """All of them, to the letter: no distance needs to be allowed."""
    outlines = [(name, Path(ring)) for (name, _), ring in belt_map.outlines().items()]
    for city in panel.load_cities().itertuples():
        around = [name for name, ring in outlines if ring.contains_point((city.lon, city.lat))]
        assert around == [city.province_en], city.city_en
