"""Two cities among all: sentence, lines and gaps by hand, and in a browser those of two others."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from lib import panel
from studies import glance

STATIC = Path("book/_static")
INCOME = pd.DataFrame(
    {2008: [2.0, 0.5, 1.0, 1.0], 2015: [2.5, 1.0, 1.0, 1.1], 2023: [3.0, 1.5, 4.0, 1.0]},
    ["Rich", "Poor", "Risen", "Still"],
)
REACH = pd.Series("upper", INCOME.index)
# Sizes of letters of all pictures in pixels, and what leaves the window.
SMALLEST = """() => Math.min(...[...document.querySelectorAll('.two-cities svg text')].map(each =>
    each.getScreenCTM().a * parseFloat(getComputedStyle(each).fontSize)))"""


def of(one, other, language="en"):
    return glance.TwoCities(INCOME, REACH, one, other, language)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ("Poor", "Rich", "In 2008 Rich had 4.0 times the income of Poor, in 2023 2.0 times: closer "
         "in proportion. The difference was 1.5 times the Belt's income of 2008 and became 1.5 times: "
         "as far apart in money."),
        ("Rich", "Risen", "In 2008 Rich had 2.0 times the income of Risen, in 2023 Risen had 1.3 "
         "times that of Rich: closer in proportion. The difference was 1.0 times the Belt's income "
         "of 2008 and became 1.0 times: as far apart in money."),
        ("Risen", "Still", "In 2008 Risen had 1.0 times the income of Still, in 2023 4.0 times: "
         "further apart in proportion. The difference was 0.00 times the Belt's income of 2008 and "
         "became 3.0 times: further apart in money."),
    ],
)  # fmt: skip
def test_the_sentence_by_hand(one, other, said):
    assert of(one, other).said() == said


def test_lines_stand_where_their_values_are():
    """The same ratio has the same height on the left, the same difference on the right."""
    page = BeautifulSoup(of("Rich", "Poor")._repr_html_(), "html.parser")
    for which, change in enumerate((np.log, lambda value: value)):
        panels = page.select("svg")[which]
        points = {}
        for path in panels.select("path"):
            x, y = np.array(re.findall(r"[\d.]+", path["d"]), float).reshape(-1, 2).T
            assert (np.diff(x) > 0).all() and (x[0], x[-1]) == (glance.LEFT, glance.RIGHT)
            points[path["data-city"]] = y
        heights = pd.DataFrame(points, INCOME.columns).T
        slope, start = np.polyfit(change(INCOME).stack(), heights.loc[INCOME.index].stack(), 1)
        assert slope < 0
        assert heights.loc[INCOME.index].to_numpy() == pytest.approx(
            (start + slope * change(INCOME)).to_numpy(), abs=0.11
        )
        gaps = [(float(gap["y1"]), float(gap["y2"])) for gap in panels.select("line.gap")]
        ends = heights.loc[["Rich", "Poor"]].iloc[:, [0, -1]]
        assert np.allclose(gaps, ends.T, atol=0.06)
        assert [text.get_text() for text in panels.select("text.gap")] == (
            ["1.5", "1.5"] if which else ["4.0 ×", "2.0 ×"]
        )
        assert [path["data-city"] for path in panels.select(".on")] == ["Rich", "Poor"]
        assert [text.get_text() for text in panels.select(".name")] == ["Rich", "Poor"]


def test_small_pictures_by_hand():
    marks = BeautifulSoup(glance.dots({"a": [0, 1], "b": [0.5]}, (0, 1), {0: "zero"}, {"a": [1]}),
                          "html.parser")  # fmt: skip
    middle = (glance.START + glance.END) / 2
    assert [float(c["cx"]) for c in marks.select("circle.full")] == [
        glance.START, glance.END, middle
    ]  # fmt: skip
    assert [path["d"] for path in marks.select("path.cross")] == [
        f"M{glance.END - 4} 12l8 8m0-8l-8 8"
    ]
    assert [text.get_text() for text in marks.select("text")] == ["zero", "a", "b"]



@pytest.fixture(scope="module")
def drawn():
    data = panel.load()
    income = data.pivot(index="city", columns="year", values="reg")
    reach = data.drop_duplicates("city").set_index("city")["reach"]
    return lambda one, other: glance.TwoCities(income, reach, one, other)


@pytest.fixture(scope="module")
def address(tmp_path_factory, drawn) -> str:
    style, script = (
        (STATIC / f"two-cities.{kind}").read_text(encoding="utf-8") for kind in ("css", "js")
    )
    shown = drawn("Suzhou (Jiangsu)", "Zhaotong")._repr_html_()
    shown = re.sub("<(link|script)[^>]*>(</script>)?", "", shown)
    page = tmp_path_factory.mktemp("glance") / "page.html"
    page.write_text(
        "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<style>{style}</style><article class=bd-article>{shown}</article>"
        f"<script>{script}</script>",
        encoding="utf-8",
    )
    return page.as_uri()


def test_a_reader_sees_of_other_cities_what_is_drawn_of_them(tab, drawn):
    """By the keyboard alone; on the page as in Python, place by place."""
    assert (STATIC / "two-cities.js").stat().st_size <= 6_000
    cities = drawn("Shanghai", "Zhaotong").income.index
    lists = [tab.get_by_label(name, exact=True) for name in ("One city", "Another city")]
    said = tab.get_by_role("status")
    expect(said).to_have_text(drawn("Suzhou (Jiangsu)", "Zhaotong").said())
    for pair in np.random.default_rng(7).choice(cities, (12, 2), replace=False):
        for each, city in zip(lists, pair, strict=True):
            each.select_option(str(city))
        picture = drawn(*pair)
        expect(said).to_have_text(picture.said())
        wanted = BeautifulSoup(picture._repr_html_(), "html.parser")
        for which, svg in enumerate(wanted.select("svg")):
            there = tab.locator(".two-cities svg").nth(which)
            assert there.get_attribute("aria-label") == svg["aria-label"]
            found = BeautifulSoup(there.inner_html(), "html.parser")
            for kind in ("text.gap", "text.name", "path.on"):
                shown, theirs = found.select(kind), svg.select(kind)
                assert [s.get_text() for s in shown] == [t.get_text() for t in theirs], pair
            for end in ("y1", "y2"):
                pairs = zip(found.select("line.gap"), svg.select("line.gap"), strict=True)
                assert all(abs(float(a[end]) - float(b[end])) < 0.06 for a, b in pairs), pair
    for each in lists:
        each.select_option("Shanghai")
    expect(said).to_have_text("Pick two different cities.")
    lists[1].focus()
    tab.keyboard.press("ArrowDown")
    expect(said).to_contain_text("Shanghai")


def test_on_a_phone_the_panels_are_stacked_and_can_be_read(tab):
    one, two = (tab.locator(".two-cities svg").nth(at).bounding_box() for at in (0, 1))
    assert two["y"] >= one["y"] + one["height"] and one["width"] <= 390
    assert tab.evaluate(SMALLEST) >= 11
    assert tab.evaluate("document.scrollingElement.scrollWidth") <= 390
    for name in ("One city", "Another city"):
        assert tab.get_by_label(name, exact=True).bounding_box()["height"] >= 44
    tab.emulate_media(media="print")
    assert not tab.locator(".two-cities .choices").is_visible()
