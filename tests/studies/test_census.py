"""Chapter 7: slopes against other ways to have them, pictures against data.

That R finds the same elasticities, parts and intervals is in ``tests/test_r.py``.
"""

import numpy as np
import pytest
import statsmodels.formula.api as smf
from test_changes import LOGS, small

from lib import cases, specifications
from studies import census


def test_spread_by_hand():
    spread = census.spread(small({2008: LOGS, 2009: 5 + LOGS / 2}))
    assert spread["proportion"].to_numpy() == pytest.approx([1, 0.5])
    assert spread["money"].iloc[0] == pytest.approx(np.std(np.exp(LOGS), ddof=1))


def test_what_is_left_to_residents_is_what_the_start_alone_does_not_explain(data):
    """Income is output less residents: b is the slope of output on the start, less (1 - eta) s."""
    rows = census.between(data).query("not moved")
    told, start = census.accounts(rows), smf.ols("output ~ residents + start", rows).fit().params
    assert told["left"] == pytest.approx(1 - start["start"] / told["b"])
    assert told["eta"] == pytest.approx(start["residents"])
    assert told["left"] == pytest.approx((1 - told["eta"]) * told["part"])


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


def test_slopes_on_either_side_of_the_mean_are_those_with_dummies(data):
    found = census.Findings(data).sides
    rows = specifications.rows(data, cases.CLEAN.of(specifications.STOCK), specifications.MODEL1)
    log = np.log(data["reg"])
    rows["far"] = (np.log(rows["REG"]) - rows["year"].map(log.groupby(data["year"]).mean())).abs()
    start = log[data["year"] == 2008].set_axis(data["city"].unique())
    for side, some in (("rich", start > start.mean()), ("poor", start < start.mean())):
        of = rows[rows["city"].map(some)]
        by_dummies = smf.ols("far ~ LM + IA + C(city) + C(year)", of).fit().params["LM"]
        assert found.loc[("official", side), "coef"] == pytest.approx(by_dummies)
