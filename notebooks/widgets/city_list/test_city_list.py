"""The list of cities in a browser."""

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
    assert tab.url.endswith(f"#{place}")
    tab.get_by_role("searchbox").fill("Paris")
    expect(tab.get_by_role("status")).to_contain_text("No place has “Paris”")
