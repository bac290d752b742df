"""The list of cities in a browser."""

import pandas as pd
import pytest
from playwright.sync_api import expect

from studies import cities
from widgets import city_list


@pytest.fixture(scope="module")
def shown(data) -> city_list.Cities:
    figures = cities.facts(data)
    return city_list.Cities(data, figures, cities.sentences(data, figures))


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
    assert lines[0] == ["year", *city_list.SHOWN]
    assert [int(line[0]) for line in lines[1:]] == rows.index.tolist()
    assert [float(line[1]) for line in lines[1:]] == rows["reg"].tolist()
    assert pd.isna(rows["lm_flow"][2008]) and lines[1][2] == ""
