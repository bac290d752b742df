"""From census to census: growth of residents against the counts, neighbours by hand."""

import numpy as np
import pandas as pd

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
