"""The map: what lies beneath the cities, and the figures that a page moves."""

import json

from bs4 import BeautifulSoup
from matplotlib.path import Path

from lib import panel, style
from studies import belt_map
from studies.belt_map import Indicator


def test_every_city_lies_in_the_outline_of_its_province():
    """All of them, to the letter: no distance needs to be allowed."""
    outlines = [(name, Path(ring)) for name, rings in belt_map.provinces().items()
                for ring in rings]  # fmt: skip
    for city in panel.load_cities().itertuples():
        around = [name for name, ring in outlines if ring.contains_point((city.lon, city.lat))]
        assert around == [city.province_en], city.city_en


def test_places_stand_as_on_a_map_and_reaches_upstream_first(data):
    """That a page says the figures of the panel is in ``tests/book/test_map_page.py``."""
    page = belt_map.Moving(data, {"reg": Indicator("REG", 1, "", 3, 2)}, "Wuhan")._repr_html_()
    moving = json.loads(BeautifulSoup(page, "html.parser").select_one(".belt-map")["data-map"])
    assert moving["reaches"] == [*style.REACH]
    at = {city: (*place, reach) for city, place, reach in
          zip(moving["cities"], moving["places"], moving["reach"], strict=True)}  # fmt: skip
    assert 0 < at["Chengdu"][0] < at["Shanghai"][0] < moving["size"][0]
    assert 0 < at["Nanjing"][1] < at["Kunming"][1] < moving["size"][1]
    assert [at[city][2] for city in ("Kunming", "Wuhan", "Shanghai")] == moving["reaches"]
