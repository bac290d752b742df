"""The invented Belt: output is what was put in."""

import numpy as np
import pytest

from lib import placebo


def growth(data, reg):
    """Log output since a city's first year."""
    output = np.log(reg * placebo.residents(data))
    return output - output.groupby(data["city"]).transform("first")


def test_without_an_elasticity_every_citys_output_grows_at_the_official_mean(data):
    invented = growth(data, placebo.belt(data)["reg"]).groupby(data["year"])
    assert invented.std().max() < 1e-9
    official = growth(data, data["reg"]).groupby(data["year"]).mean()
    np.testing.assert_allclose(invented.mean(), official, atol=1e-12)


@pytest.mark.parametrize("elasticity", [-0.5, 0.25, 1.0])
def test_output_follows_residents_as_far_as_it_was_told(data, elasticity):
    invented = growth(data, placebo.belt(data, elasticity)["reg"])
    people = np.log(placebo.residents(data))
    for year in (2012, 2020):
        of = data["year"].eq(year)
        slope, _ = np.polyfit(people[of], invented[of], 1)
        assert slope == pytest.approx(elasticity, abs=1e-9)
    # The mean of all cities stays the official one.
    official = growth(data, data["reg"]).groupby(data["year"]).mean()
    np.testing.assert_allclose(invented.groupby(data["year"]).mean(), official, atol=1e-12)
