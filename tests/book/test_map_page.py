"""The map that moves, in a browser: what it says and draws is what the panel says."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from lib import panel, prose, specifications
from lib.specifications import FLOW

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
        assert tab.inner_text(".belt-map [role=status]") == expected
        counts = [tab.locator(f".belt-map svg >> nth=0 >> g >> nth=1 >> .{kind}").count()
                  for kind in ("above", "below", "missing")]  # fmt: skip
        shown = rows.round(9).round(digits)
        assert counts == [(shown >= even).sum(), (shown < even).sum(), shown.isna().sum()], expected
