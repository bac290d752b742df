"""The map that moves, in a browser: what it says and draws is what the panel says."""

from itertools import product
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import Locator, Page, expect

from lib import panel, prose, specifications
from lib.specifications import FLOW
from widgets.city_list import anchor

SHOWN = {"reg": ("REG", 1, 2), "lm_flow": ("LM, flow", 1, 3),
         "lm_stock": ("LM, stock", 0, 2), "ia": ("IA", 1, 2)}  # fmt: skip


@pytest.fixture(scope="module")
def address(html: Path) -> str:
    return (html / "notebooks" / "03-model-and-data.html").as_uri()


def control(tab: Page, name: str) -> Locator:
    return tab.locator(".belt-map").get_by_label(name, exact=True)


@pytest.mark.slow
def test_sentence_and_marks_are_those_of_the_panel(tab, data):
    data = data.assign(ia=specifications.rows(panel.load(), FLOW)["IA"])
    picks = product(SHOWN, ("Wuhan", "Zhaotong"), (2009, 2016, 2022))
    for key, city, when in [*picks, ("ia", "Nanchang", 2023)]:  # which lacks this year
        name, even, digits = SHOWN[key]
        control(tab, "Indicator").select_option(name)
        control(tab, "City").select_option(city)
        control(tab, "Year").fill(str(when))
        rows = data[data["year"].eq(when)].set_index("city")[key]
        own, middle = (prose.number(value, digits).replace("–", "missing")
                       for value in (rows[city], rows.median()))  # fmt: skip
        expected = f"{city}, {when}: {name} {own} (Belt’s median {middle})"
        assert tab.inner_text(".belt-map [role=status]") == expected
        counts = [tab.locator(f".belt-map svg >> nth=0 >> g >> nth=1 >> .{kind}").count()
                  for kind in ("above", "below", "missing")]  # fmt: skip
        shown = rows.round(9).round(digits)
        assert counts == [(shown >= even).sum(), (shown < even).sum(), shown.isna().sum()], expected


def test_the_map_leads_to_the_city_whose_mark_is_nearest(tab, html, data):
    """Also where a finger falls between marks; without a script each mark is a link."""
    page = html / "notebooks" / "cities.html"
    marks = BeautifulSoup(page.read_bytes(), "html.parser").select("#fig-cities svg a")
    named = {f"cities.html#{anchor(city)}" for city in data["city"].unique()}
    assert {mark["href"] for mark in marks} == named
    tab.goto(page.as_uri())
    box = tab.locator("#fig-cities svg a", has_text="Zhoushan").bounding_box()  # the easternmost
    tab.mouse.click(box["x"] + box["width"] + 9, box["y"] + box["height"] / 2)
    expect(tab.locator("#zhoushan")).to_have_attribute("open", "")
