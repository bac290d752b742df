"""Changes and intervals of Part IV, and Theil's T by hand; R has the slopes of chapter 7."""

import numpy as np
import pandas as pd
import pytest

from lib import changes
from lib.panel import DataError
from studies import regional


def test_cities_without_one_of_the_years_are_left_out_and_a_gap_stays_a_gap(data):
    city, year = data["city"], data["year"]
    reg = data["reg"].mask(city.eq("Wuhan") & year.eq(2010))
    flow = data["lm_flow_gross"].mask(city.eq("Hefei") & year.eq(2011))
    found = changes.between(data.assign(reg=reg, lm_flow_gross=flow), 2010, 2012).set_index("city")
    assert {*city} - {*found.index} == {"Wuhan"}
    assert found.index[found["residents"].isna()].tolist() == ["Hefei"]
    wuxi = data[city.eq("Wuxi") & year.between(2011, 2012)]["lm_flow_gross"].prod()
    assert found.loc["Wuxi", "residents"] == pytest.approx(np.log(wuxi))


def invented(provinces, cities=8):
    """Starts and growth of cities, drawn at random."""
    rng, number = np.random.default_rng(1), np.arange(provinces * cities)
    rows = pd.DataFrame({"city": number.astype(str), "province": number // cities})
    return rows.assign(start=rng.normal(size=len(rows)), REG=rng.normal(size=len(rows)))


def test_few_provinces_have_an_interval_by_city_alone_and_one_unit_none_at_all():
    for provinces in (9, 10):
        rows = invented(provinces=provinces)
        of_slope = changes.slope(rows, "REG", "start")
        for row in (of_slope, regional.measured(rows, lambda some: some["start"].std())):
            assert np.isnan(row["province_low"]) == (provinces == 9)
            assert row["low"] < row["coef"] < row["high"]
    none = changes.slope(rows.assign(start=np.nan), "REG", "start")
    assert none.drop(["N", "provinces"]).isna().all() and none["N"] == 0
    with pytest.raises(DataError, match="two or more"):
        regional.measured(invented(provinces=1, cities=1), lambda some: 1.0)


WHOLE = 0.13081203594  # of 1 and 3, mean 2: (0.5 log 0.5 + 1.5 log 1.5) / 2
# Of 1, 3, 5, 5, mean 3.5: between (4/7 log 4/7 + 10/7 log 10/7) / 2; 1 and 3 have 2/7 of all.
BETWEEN, WITHIN = 0.09487759197, 2 / 7 * WHOLE


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ([1, 1, 3, 3], [WHOLE, WHOLE, 0]),
        ([1, 3, 1, 3], [WHOLE, 0, WHOLE]),
        ([7] * 4, [0, 0, 0]),
        ([1, 3, 5, 5], [BETWEEN + WITHIN, BETWEEN, WITHIN]),
    ],
)
def test_parts_by_hand(values, parts):
    found = regional.theil_parts(pd.Series(values), pd.Series(list("aabb")))
    assert found.tolist() == pytest.approx(parts, abs=1e-11)
    assert regional.theil(pd.Series(values)) == found["total"]
