"""From census to census: growth of residents against the counts, neighbours by hand."""

import numpy as np
import pytest

from studies import census


def test_census_ratios_are_the_growth_of_residents_where_no_border_moved(data):
    rows = census.between(data).query("not moved")
    assert rows["census"].corr(rows["residents"]) > 0.999
    assert (rows["census"] - rows["residents"]).std() < 0.005
    assert sorted(census.load_residents().index) == sorted(data["city_code"].unique())


def test_neighbours_are_the_cities_within_150_kilometres(data):
    """A degree of longitude at 30 degrees north has 96 kilometres."""
    rows = census.between(data).set_index("city")
    places = data.drop_duplicates("city").set_index("city")[["lon", "lat"]].loc[rows.index]
    for city in ("Shanghai", "Chongqing", "Panzhihua"):
        east = (places["lon"] - places["lon"][city]) * np.cos(np.radians(places["lat"][city]))
        apart = 111.2 * np.hypot(east, places["lat"] - places["lat"][city]).drop(city)
        near = apart.index[apart <= 150] if (apart <= 150).any() else [apart.idxmin()]
        assert rows["near_residents"][city] == pytest.approx(rows["residents"][near].mean())
