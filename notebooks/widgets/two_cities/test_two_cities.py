"""Two cities among all: by hand, and in a browser."""

import re

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from lib import panel
from widgets import two_cities

INCOME = pd.DataFrame(
    {2008: [2.0, 0.5, 1.0, 1.0], 2015: [2.5, 1.0, 1.0, 1.1], 2023: [3.0, 1.5, 4.0, 1.0]},
    ["Rich", "Poor", "Risen", "Still"],
)
AT = {"lon": [100.0, 102, 104, 110], "lat": [30.0, 31, 30, 25]}
PLACES = pd.DataFrame(AT, INCOME.index).assign(reach="upper", also=list("富穷升静"))
FIELDS = ("One city", "Another city")


def of(first, second):
    return two_cities.TwoCities(INCOME, PLACES, first, second)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("Poor", "Rich", "In 2008 Rich had 4.0 times the output per resident of "
         "Poor, in 2023 2.0 times: closer in proportion. "
         "The difference was 1.5 in 2008 and 1.5 in 2023, where 1 is the average output per "
         "resident of 2008: as far apart in money."),
        ("Rich", "Risen", "In 2008 Rich had 2.0 times the output per resident of "
         "Risen, in 2023 Risen had 1.3 times that of Rich: closer in proportion. "
         "The difference was 1.0 in 2008 and 1.0 in 2023, where 1 is the average output per "
         "resident of 2008: as far apart in money."),
        ("Risen", "Still", "In 2008 Risen had 1.0 times the output per resident of "
         "Still, in 2023 4.0 times: further apart in proportion. "
         "The difference was 0.00 in 2008 and 3.0 in 2023, where 1 is the average output per "
         "resident of 2008: further apart in money."),
    ],
)  # fmt: skip
def test_the_sentence_by_hand(first, second, said):
    assert of(first, second).said() == said


@pytest.mark.parametrize(
    ("which", "scale", "gaps"),
    [(0, np.log, ["4.0 ×", "2.0 ×"]), (1, lambda value: value, ["1.5", "1.5"])],
)
def test_lines_stand_where_their_values_are(which, scale, gaps):
    """The same ratio has the same height on the left, the same difference on the right."""
    whole = BeautifulSoup(of("Rich", "Poor")._repr_html_(), "html.parser")
    picture = whole.select("svg[role=img]")[which]
    points = {}
    for path in picture.select("path"):
        x, y = np.array(re.findall(r"[\d.]+", path["d"]), float).reshape(-1, 2).T
        assert (np.diff(x) > 0).all() and (x[0], x[-1]) == (two_cities.LEFT, two_cities.RIGHT)
        points[path["data-city"]] = y
    heights = pd.DataFrame(points, INCOME.columns).T.loc[INCOME.index]
    slope, start = np.polyfit(scale(INCOME).stack(), heights.stack(), 1)
    assert slope < 0
    assert np.allclose(heights, start + slope * scale(INCOME), atol=0.11)
    ends = [(float(gap["y1"]), float(gap["y2"])) for gap in picture.select("line.gap")]
    assert np.allclose(ends, heights.loc[["Rich", "Poor"]].iloc[:, [0, -1]].T, atol=0.06)
    assert [text.get_text() for text in picture.select("text.gap")] == gaps
    assert [path["data-city"] for path in picture.select(".on")] == ["Rich", "Poor"]
    assert [text.get_text() for text in picture.select(".name")] == ["Rich", "Poor"]


def test_the_map_has_cities_where_they_are():
    """A degree of longitude is shorter than one of latitude, by the cosine of the latitude."""
    picture = BeautifulSoup(of("Rich", "Poor")._repr_html_(), "html.parser").select_one(".map")
    dots = {path["data-city"]: re.findall(r"[\d.]+", path["d"])[:2]
            for path in picture.select("[data-city]")}  # fmt: skip
    dots = pd.DataFrame(dots, ["x", "y"]).astype(float)[INCOME.index].T
    per_lon, per_lat = (
        np.polyfit(PLACES[of], dots[at], 1)[0] for of, at in (("lon", "x"), ("lat", "y"))
    )
    assert per_lon / -per_lat == pytest.approx(np.cos(np.radians(29)), rel=0.01)
    assert [path["data-city"] for path in picture.select(".on")] == ["Rich", "Poor"]


@pytest.fixture(scope="module")
def drawn(data):
    income = data.pivot(index="city", columns="year", values="reg")
    places = data.drop_duplicates("city").set_index("city")
    zh = panel.load_cities().set_index("city_code")["city_zh"]
    places["also"] = places["city_code"].map(zh)
    return lambda first, second: two_cities.TwoCities(income, places, first, second)


@pytest.fixture(scope="module")
def shown(drawn) -> two_cities.TwoCities:
    return drawn("Suzhou (Jiangsu)", "Zhaotong")


def typed(tab, place, name):
    field = tab.get_by_label(FIELDS[place], exact=True)
    field.fill(name)
    field.press("Enter")


def marks(picture):
    """What the marks of a picture say and of whom, and where they stand."""
    found = [*picture.select("path.on, line.gap, text.gap, text.name")]
    found.sort(key=lambda mark: (mark.name, mark["class"], mark.get("data-city", "")))
    places = [[float(mark.get(at, 0)) for at in ("x", "y", "y1", "y2")] for mark in found]
    return [(mark.name, mark.get_text(), mark.get("data-city")) for mark in found], places


def same(tab, picture):
    """What stands on the page is what Python draws of the same two cities."""
    expect(tab.get_by_role("status")).to_have_text(picture.said())
    wanted = BeautifulSoup(picture._repr_html_(), "html.parser")
    for which, svg in enumerate(wanted.select("svg")):
        there = tab.locator(".two-cities svg").nth(which)
        assert there.get_attribute("aria-label") == svg.get("aria-label")
        here, theirs = marks(BeautifulSoup(there.inner_html(), "html.parser")), marks(svg)
        assert here[0] == theirs[0] and np.allclose(here[1], theirs[1], atol=0.11)


def test_a_reader_sees_of_other_cities_what_is_drawn_of_them(tab, drawn, shown):
    """By the keyboard alone, in either script."""
    for pair in np.random.default_rng(7).choice(shown.income.index, (8, 2), replace=False):
        typed(tab, 0, str(pair[0]))
        typed(tab, 1, shown.places["also"][pair[1]])
        same(tab, drawn(*pair))
    before = tab.url
    refused = {pair[0]: "Pick two different cities.", "Xyz": "No city here is called Xyz."}
    for name, said in refused.items():
        typed(tab, 1, str(name))
        expect(tab.get_by_role("status")).to_have_text(said)
        assert tab.get_by_label(FIELDS[1], exact=True).input_value() == pair[1]
        assert tab.url == before


def test_two_taps_make_a_pair_that_opens_elsewhere(tab, browser, drawn):
    for city in ("Chengdu", "Wuhan"):
        tab.locator(f'.map [data-city="{city}"]').tap()
    same(tab, drawn("Chengdu", "Wuhan"))
    elsewhere = browser.new_page()
    elsewhere.goto(tab.url)
    same(elsewhere, drawn("Chengdu", "Wuhan"))
    elsewhere.evaluate("location.hash = 'one=上海市&other=Suzhou (Anhui)'")
    same(elsewhere, drawn("Shanghai", "Suzhou (Anhui)"))
    elsewhere.close()
