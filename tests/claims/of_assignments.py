import numpy as np
import pytest


def test_what_the_sample_says_of_its_city(page):
    log = np.log(page.own["reg"])
    assert page.grew == pytest.approx(log[2020] - log[2010])
    others = page.decade.loc[~page.decade["moved"], ["start", "REG"]]
    slope, start = np.polyfit(others["start"], others["REG"], 1)
    assert page.expected == pytest.approx(start + slope * log[2010])
