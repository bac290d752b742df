"""City by city: figures by hand, and the page in a browser."""

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from studies import cities


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


@pytest.fixture(scope="module")
def shown(data) -> cities.Cities:
    return cities.Cities(data)


@pytest.mark.parametrize(
    ("asked", "place"), [("宜昌", "yichang"), ("宜昌市", "yichang"), ("Yi Chang", "yichang"),
                         ("lu'an", "luan")],
)  # fmt: skip
def test_a_city_is_found_in_both_scripts_and_has_an_address(tab, asked, place):
    tab.get_by_role("searchbox").fill(asked)
    expect(tab.locator("details:not([hidden])")).to_have_count(1)
    expect(tab.locator(f"#{place}")).to_have_attribute("open", "")
    expect(tab.locator(f"#{place} a")).to_have_attribute("download", f"{place}.csv")
    assert tab.url.endswith(f"#{place}")
    tab.get_by_role("searchbox").fill("Paris")
    expect(tab.get_by_role("status")).to_contain_text("No place has “Paris”")


def test_an_address_opens_its_city_and_its_rows_are_the_panel_s(tab, data):
    tab.goto(tab.url.partition("#")[0] + "#suzhou-anhui")
    tab.reload()
    expect(tab.locator("#suzhou-anhui")).to_have_attribute("open", "")
    href = tab.locator("#suzhou-anhui a").get_attribute("href")
    text = tab.evaluate("(address) => fetch(address).then((reply) => reply.text())", href)
    lines = [line.split(",") for line in text.splitlines()]
    rows = data[data["city"] == "Suzhou (Anhui)"].set_index("year")
    assert lines[0] == ["year", *cities.SHOWN]
    assert [int(line[0]) for line in lines[1:]] == rows.index.tolist()
    assert [float(line[1]) for line in lines[1:]] == rows["reg"].tolist()
    assert pd.isna(rows["lm_flow"][2008]) and lines[1][2] == ""
