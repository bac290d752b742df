"""The invented Belt: output is what was put in."""

import numpy as np
import pytest

from lib import placebo


@pytest.mark.parametrize("elasticity", [-0.5, 0.0, 1.0])
def test_output_follows_residents_as_far_as_it_was_told(data, elasticity):
    people, invented = placebo.residents(data), placebo.belt(data, elasticity)["reg"]
    output, official = (np.log(reg * people) for reg in (invented, data["reg"]))
    city = data["city"]
    grown, truly = (log - log.groupby(city).transform("first") for log in (output, official))
    for year in (2012, 2020):
        of = data["year"].eq(year)
        slope, mean = np.polyfit(np.log(people[of]) - np.log(people[of]).mean(), grown[of], 1)
        assert (slope, mean) == pytest.approx((elasticity, truly[of].mean()), abs=1e-9)
    if elasticity == 0:
        assert grown.groupby(data["year"]).std().max() < 1e-9
