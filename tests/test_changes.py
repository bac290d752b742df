"""Changes between two years, where figures are missing."""

import numpy as np
import pytest

from lib import changes


def test_cities_without_one_of_the_years_are_left_out_and_a_gap_stays_a_gap(data):
    city, year = data["city"], data["year"]
    reg = data["reg"].mask(city.eq("Wuhan") & year.eq(2010))
    flow = data["lm_flow_gross"].mask(city.eq("Hefei") & year.eq(2011))
    found = changes.between(data.assign(reg=reg, lm_flow_gross=flow), 2010, 2012).set_index("city")
    assert {*city} - {*found.index} == {"Wuhan"}
    assert found.index[found["residents"].isna()].tolist() == ["Hefei"]
    wuxi = data[city.eq("Wuxi") & year.between(2011, 2012)]["lm_flow_gross"].prod()
    assert found.loc["Wuxi", "residents"] == pytest.approx(np.log(wuxi))
