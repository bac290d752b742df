"""From census to census: growth of residents against the counts, neighbours by hand."""

import numpy as np
import pandas as pd
import pytest

from lib.panel import DATA
from studies import census


def test_the_revision_is_one_step_in_2019(data):
    """In that year the index grows as current prices do with it, and they as the index without."""
    growth = {
        key: np.log(of.pivot(index="city", columns="year", values="reg")).diff(axis=1)
        for key, of in ((key, census.measured(data, key)) for key in census.OUTPUTS)
    }
    for key, like, before in (("smooth", "index", "current"), ("revised", "current", "index")):
        assert np.allclose(growth[key][2019], growth[like][2019])
        others = growth[key].columns.difference([2008, 2019])
        assert np.allclose(growth[key][others], growth[before][others])


def test_census_ratios_are_the_growth_of_residents_where_no_border_moved(data):
    counted = pd.read_csv(DATA / "census_residents.csv", index_col="city_code").squeeze()
    assert sorted(counted.index) == sorted(data["city_code"].unique())
    rows = census.between(data).query("not moved")
    codes = data.drop_duplicates("city").set_index("city")["city_code"]
    counted = np.log(rows["city"].map(codes).map(counted))
    assert counted.corr(rows["residents"]) > 0.999
    assert (counted - rows["residents"]).std() < 0.005


def test_neighbours_are_the_cities_within_150_kilometres(data):
    """A degree of longitude at 30 degrees north has 96 kilometres."""
    rows = census.between(data).set_index("city")
    places = data.drop_duplicates("city").set_index("city")[["lon", "lat"]].loc[rows.index]
    for city in ("Shanghai", "Chongqing", "Panzhihua"):
        east = (places["lon"] - places["lon"][city]) * np.cos(np.radians(places["lat"][city]))
        apart = 111.2 * np.hypot(east, places["lat"] - places["lat"][city]).drop(city)
        near = apart.index[apart <= 150] if (apart <= 150).any() else [apart.idxmin()]
        assert rows["near_residents"][city] == pytest.approx(rows["residents"][near].mean())
