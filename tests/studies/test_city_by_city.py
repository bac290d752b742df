"""City by city: figures by hand, and the page in a browser."""

import re
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import expect

from studies import cities

STATIC = Path("book/_static")


@pytest.fixture(scope="module")
def said(data):
    return cities.sentences(data)


def test_figures_of_a_city_are_those_of_the_panel(data):
    row, own = cities.facts(data).loc["Yichang"], data[data["city"] == "Yichang"].set_index("year")
    assert (row["zh"], row["province"], row["reach"]) == ("宜昌", "Hubei", "middle")
    assert row["last_rank"] == 1 + sum(data.loc[data["year"] == 2023, "reg"] > own["reg"][2023])
    assert (1 + row["growth"]) ** 15 == pytest.approx(own["reg"][2023] / own["reg"][2008])
    grown = own.loc[2011:2020, "lm_flow_gross"].prod()
    assert row["counted"] == pytest.approx(grown, abs=0.04)  # the review found Yichang .03 off
    assert row["apart"] == own["lm_stock_gross"][2022] and row["recounts"] == [2020]


def test_a_recount_a_border_and_a_gap_are_said_where_they_are_and_nowhere_else(data, said):
    for city, own in data.groupby("city"):
        text = " ".join(said[city])
        assert text.count("A census changed") == own["flags"].str.contains("census_step:").sum()
        border = own["flags"].str.contains("boundary:resident_pop")
        years = re.search(r"The border moved .*Around (\d+)(?: to (\d+))? output", text)
        found = {int(year) for year in years.groups(years[1])} if years else set()
        assert found == set(own.loc[border, "year"].agg(["min", "max"]).dropna())
    assert "The number of residents in 2015 is interpolated." in said["Changzhou"]
    assert "Output and its sectors in 2022 are interpolated." in said["Huainan"]
    assert "sectors do not add up" in said["Hangzhou"][-1]
    assert not any(" nan" in line or "–" in line for lines in said.values() for line in lines)


def test_words_fit_the_sign():
    assert cities._moved(-0.061) == "fell by 6 %" and cities._moved(0.001) == "hardly changed"
    assert cities._apart(0.25) == "25 % more residents than registered inhabitants"
    assert cities.anchor("Suzhou (Anhui)") == "suzhou-anhui" and cities.anchor("Lu'an") == "luan"


@pytest.fixture(scope="module")
def address(tmp_path_factory, data) -> str:
    shown = re.sub("<(link|script)[^>]*>(</script>)?", "", cities.Cities(data)._repr_html_())
    page = tmp_path_factory.mktemp("cities") / "page.html"
    script = (STATIC / "cities.js").read_text(encoding="utf-8")
    page.write_text(f"<meta charset=utf-8>{shown}<script>{script}</script>", encoding="utf-8")
    return page.as_uri()


@pytest.mark.parametrize("asked", ["yichang", "宜昌", "宜昌市", "Yi Chang"])
def test_a_city_is_found_in_both_scripts_and_has_an_address(tab, asked):
    tab.get_by_role("searchbox").fill(asked)
    expect(tab.locator("details:not([hidden])")).to_have_count(1)
    expect(tab.locator("#yichang")).to_have_attribute("open", "")
    expect(tab.locator("#yichang a")).to_have_attribute("download", "yichang.csv")
    assert tab.url.endswith("#yichang")


def test_an_address_opens_its_city_and_its_rows_are_the_panel_s(tab, data):
    tab.goto(tab.url.partition("#")[0] + "#suzhou-anhui")
    tab.reload()
    expect(tab.locator("#suzhou-anhui")).to_have_attribute("open", "")
    href = tab.locator("#suzhou-anhui a").get_attribute("href")
    text = tab.evaluate("(address) => fetch(address).then((each) => each.text())", href)
    lines = [line.split(",") for line in text.splitlines()]
    own = data[data["city"] == "Suzhou (Anhui)"].set_index("year")
    assert lines[0] == ["year", *cities.SHOWN]
    assert [float(line[1]) for line in lines[1:]] == own["reg"].tolist()
    assert pd.isna(own["lm_flow"][2008]) and lines[1][2] == ""


def test_what_is_no_name_is_said(tab):
    tab.get_by_role("searchbox").fill("Paris")
    expect(tab.get_by_role("status")).to_contain_text("No place has “Paris”")
