"""The map that moves, in a browser: what it says and draws is what the panel says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from lib import panel, prose, specifications
from lib.specifications import FLOW

SHOWN = {"reg": ("REG", 1, 2), "lm_flow": ("LM, flow", 1, 3),
         "lm_stock": ("LM, stock", 0, 2), "ia": ("IA", 1, 2)}  # fmt: skip
# Sizes of letters in pixels, and what leaves the window.
SMALLEST = """() => Math.min(...[...document.querySelectorAll('.belt-map svg')].map(each =>
    each.getScreenCTM().a * parseFloat(getComputedStyle(each).fontSize)))"""
CUT = """() => [...document.querySelectorAll('.belt-map :is(text, circle, select, input)')]
    .map(each => each.getBoundingClientRect())
    .filter(own => own.left < 0 || own.right > innerWidth).length"""


@pytest.fixture(scope="module")
def address(html: Path) -> str:
    return (html / "notebooks" / "03-model-and-data.html").as_uri()


@pytest.fixture(scope="module")
def data():
    found = panel.load()
    return found.assign(ia=specifications.rows(found, FLOW)["IA"])


def control(tab: Page, name: str) -> Locator:
    return tab.locator(".belt-map").get_by_label(name, exact=True)


def said(tab: Page) -> str:
    return tab.inner_text(".belt-map [role=status]")


@pytest.mark.slow
def test_sentence_and_marks_are_those_of_the_panel(tab, data):
    draw = np.random.default_rng(13)
    cities, years = sorted(data["city"].unique()), sorted(data["year"].unique())
    picks = [[int(draw.integers(each)) for each in (4, len(cities), len(years))] for _ in range(20)]
    # Years without any figure, and a city that lacks a year.
    picks += [[2, 0, len(years) - 1], [1, 0, 0], [3, cities.index("Nanchang"), 15]]
    for column, city, year in picks:
        key, (name, even, digits) = list(SHOWN.items())[column]
        control(tab, "Indicator").select_option(name)
        control(tab, "City").select_option(cities[city])
        there = data.loc[data[key].notna(), "year"]
        when = int(np.clip(years[year], there.min(), there.max()))
        control(tab, "Year").fill(str(when))
        rows = data[data["year"].eq(when)].set_index("city")[key]
        own, middle = (prose.number(value, digits).replace("–", "missing")
                       for value in (rows[cities[city]], rows.median()))  # fmt: skip
        expected = f"{cities[city]}, {when}: {name} {own} (Belt’s median {middle})"
        assert said(tab) == expected
        counts = [tab.locator(f".belt-map svg >> nth=0 >> g >> nth=1 >> .{kind}").count()
                  for kind in ("above", "below", "missing")]  # fmt: skip
        shown = rows.round(9).round(digits)
        assert counts == [(shown >= even).sum(), (shown < even).sum(), shown.isna().sum()], expected


@pytest.mark.slow
def test_on_a_phone_all_of_it_can_be_read_and_touched(tab):
    for city in ("Shanghai", "Baoshan", "Suzhou (Jiangsu)"):
        control(tab, "City").select_option(city)
        assert tab.evaluate(SMALLEST) >= 11 and not tab.evaluate(CUT), city
    for name in ("Indicator", "City", "Year"):
        assert control(tab, name).bounding_box()["height"] >= 44


@pytest.mark.slow
def test_in_print_there_is_the_strip_alone(tab):
    moving, still = tab.locator(".belt-map"), tab.locator("#fig-incomes svg")
    assert moving.is_visible() and still.is_visible()
    tab.emulate_media(media="print")
    assert not moving.is_visible() and still.is_visible()
