"""The map: what lies beneath the cities."""

from matplotlib.path import Path

from lib import panel
from studies import belt_map


def test_every_city_lies_in_the_outline_of_its_province():
    """All of them, to the letter: no distance needs to be allowed."""
    outlines = [(name, Path(ring)) for (name, _), ring in belt_map.outlines().items()]
    for city in panel.load_cities().itertuples():
        around = [name for name, ring in outlines if ring.contains_point((city.lon, city.lat))]
        assert around == [city.province_en], city.city_en
