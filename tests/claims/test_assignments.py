import numpy as np
import pytest


def test_the_first_sample_is_supported_by_city_only_and_the_second_has_two_signs(solved):
    assert solved.said == ("supported", "cannot tell")
    assert solved.city["low"] > 0 > solved.province["low"]
    assert abs(solved.z) < 1.96 and abs(solved.best) < 1.96
    for interval in (solved.found, solved.wide):
        assert interval["2008-2016"]["low"] > 0 > interval["2017-2023"]["high"]


def test_what_the_sample_says_of_its_city(solved):
    log = np.log(solved.own["reg"])
    assert solved.grew == pytest.approx(log[2020] - log[2010])
    others = solved.decade.loc[~solved.decade["moved"], ["start", "REG"]]
    slope, start = np.polyfit(others["start"], others["REG"], 1)
    assert solved.expected == pytest.approx(start + slope * log[2010])
    assert solved.low < 0 < solved.high and solved.moved != 0
