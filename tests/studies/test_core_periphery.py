"""Krugman's two points."""

import pytest
from scipy.optimize import brentq

from lib.panel import DataError
from studies import core_periphery


@pytest.mark.parametrize(("industry", "sigma"), [(0.4, 5.0), (0.3, 4.0), (0.2, 6.0)])
def test_krugmans_points_are_those_of_the_book(industry, sigma):
    """Fujita, Krugman and Venables (1999), chapter 5; 1.63 and 1.81 for .4 and 5."""
    rho, power = (sigma - 1) / sigma, industry * sigma
    ratio = (rho + industry) * (1 + industry) / ((rho - industry) * (1 - industry))
    published = ratio ** (1 / (sigma - 1))

    def excess(cost, share):
        return core_periphery.krugman(share, cost, industry, sigma) - 1

    def core(cost):
        near, far = cost ** (1 - sigma - power), cost ** (sigma - 1 - power)
        return (1 + industry) / 2 * near + (1 - industry) / 2 * far - 1

    assert brentq(excess, 1.05, 3, args=(0.501,)) == pytest.approx(published, abs=1e-4)
    sustain = brentq(core, published, 4)
    assert brentq(excess, published, 4, args=(1 - 1e-9,)) == pytest.approx(sustain, abs=1e-5)
    if (industry, sigma) == (0.4, 5.0):
        assert (round(published, 2), round(sustain, 2)) == (1.63, 1.81)
    with pytest.raises(DataError, match=r"found 0\.5; expected at least 1"):
        core_periphery.krugman(0.5, 0.5)
