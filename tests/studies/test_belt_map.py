"""The map: what lies beneath the cities, and the figures that a page moves."""

import json
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal
from statistics import median

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.path import Path

from lib import panel, style
from studies import belt_map
from studies.belt_map import Indicator

NEIGHBOURS = """Shanghai-Jiangsu Shanghai-Zhejiang Jiangsu-Zhejiang Jiangsu-Anhui Zhejiang-Anhui
    Zhejiang-Jiangxi Anhui-Jiangxi Anhui-Hubei Jiangxi-Hubei Jiangxi-Hunan Hubei-Hunan
    Hubei-Chongqing Hunan-Chongqing Hunan-Guizhou Chongqing-Sichuan Chongqing-Guizhou
    Sichuan-Guizhou Sichuan-Yunnan Guizhou-Yunnan"""


def test_every_city_lies_in_the_outline_of_its_province():
    """All of them, to the letter: no distance needs to be allowed."""
    outlines = [(name, Path(ring)) for name, rings in belt_map.provinces().items()
                for ring in rings]  # fmt: skip
    for city in panel.load_cities().itertuples():
        around = [name for name, ring in outlines if ring.contains_point((city.lon, city.lat))]
        assert around == [city.province_en], city.city_en


def test_outlines_are_closed_and_neighbours_share_their_borders():
    owners = defaultdict(list)
    for name, rings in belt_map.provinces().items():
        for ring in rings:
            assert (ring[0] == ring[-1]).all() and len(ring) > 3, name
            for step in zip(ring.tolist(), ring[1:].tolist(), strict=False):
                owners[frozenset(map(tuple, step))].append(name)
    assert max(map(len, owners.values())) == 2
    shared = {frozenset(names) for names in owners.values() if len(names) == 2}
    assert shared == {frozenset(pair.split("-")) for pair in NEIGHBOURS.split()}


def test_the_river_runs_by_the_cities_on_it(data):
    """Coordinates of cities are the middles of their territories, up to a degree or so away."""
    towns = pd.read_csv(panel.DATA / "yangtze.csv").set_index("town")
    assert towns["lon"].is_monotonic_increasing and towns.index.is_unique
    cities = data.drop_duplicates("city").set_index("city")[["lon", "lat"]]
    gap = np.hypot(*(towns - cities).dropna().to_numpy().T)
    assert len(gap) >= 18 and gap.max() < 1.5 and np.median(gap) < 0.5
    assert belt_map.river().tolist() == towns.to_numpy().tolist()


def whole(texts: list[str], digits: int) -> list[int | None]:
    """Figures as the file writes them, in exact arithmetic."""
    return [int((Decimal(text) * 10**digits).quantize(1, ROUND_HALF_EVEN)) if text else None
            for text in texts]  # fmt: skip


def test_the_page_gets_the_figures_of_the_file_rounded_once(data):
    shown = {"reg": Indicator("REG", 1, "", 3, 2), "lm_flow": Indicator("flow", 1, "", 1, 3)}
    page = belt_map.Moving(data, shown, "Wuhan")._repr_html_()
    box = BeautifulSoup(page, "html.parser").select_one(".belt-map")
    moving = json.loads(box["data-map"])
    assert box.has_attr("hidden") and len(page) < 60_000
    code = data.drop_duplicates("city").set_index("city")["city_code"].astype(str)
    text = pd.read_csv(panel.DATA / "indicators.csv", dtype=str, keep_default_na=False)
    for key, column in zip(shown, moving["columns"], strict=True):
        wide = text.pivot(index="city_code", columns="year", values=key)
        for city, values in zip(moving["cities"], column["values"], strict=True):
            assert values == whole(wide.loc[code[city]].tolist(), column["digits"]), (city, key)
        known = [[Decimal(figure) for figure in wide[str(year)] if figure]
                 for year in moving["years"]]  # fmt: skip
        medians = [str(median(figures)) if figures else "" for figures in known]
        assert column["median"] == whole(medians, column["digits"]), key
    assert moving["reaches"] == [*style.REACH]
    at = {city: (*place, reach) for city, place, reach in
          zip(moving["cities"], moving["places"], moving["reach"], strict=True)}  # fmt: skip
    assert 0 < at["Chengdu"][0] < at["Shanghai"][0] < moving["size"][0]
    assert 0 < at["Nanjing"][1] < at["Kunming"][1] < moving["size"][1]
    assert [at[city][2] for city in ("Kunming", "Wuhan", "Shanghai")] == moving["reaches"]


@pytest.mark.parametrize("nudge", [-1e-15, 0, 1e-15])
def test_a_half_goes_the_same_way_whatever_the_last_bits(data, nudge):
    rows = data[data["city"].eq("Wuhan")].assign(reg=1.005 + nudge)
    columns = {"reg": Indicator("REG", 1, "", 3, 2)}
    (column,) = belt_map.Moving(rows, columns, "Wuhan").data()["columns"]
    assert set(column["values"][0]) == {100}
