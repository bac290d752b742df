"""Core and periphery: Krugman's model solved.

The chapter writes Pflüger's model in a cell.
"""

import numpy as np

from lib.panel import DataError

ROUNDS = 10_000


def krugman(share: float, cost: float, industry: float = 0.4, sigma: float = 5.0) -> float:
    """Real wage in region 1 over that in region 2, in the model of Krugman (1991).

    Wages, incomes and price indices are iterated until they stay, as in chapter 5 of Fujita,
    Krugman and Venables (1999), *The Spatial Economy: Cities, Regions, and International Trade*,
    MIT Press.

    Parameters
    ----------
    share : float
        Share of the mobile workers in region 1.
    cost : float
        Units that are shipped for one that arrives, at least one.
    industry : float
        Share of income spent on industry, mu, which is also the share of mobile workers.
    sigma : float
        Elasticity of substitution between goods.

    Raises
    ------
    lib.panel.DataError
        The cost is below one, or the iteration does not settle.
    """
    if cost < 1:
        raise DataError(f"cost: found {cost:g}; expected at least 1, what arrives")
    workers = np.array([share, 1 - share])
    free = np.array([[1.0, cost ** (1 - sigma)], [cost ** (1 - sigma), 1.0]])
    wage = np.ones(2)
    for _ in range(ROUNDS):
        income = industry * workers * wage + (1 - industry) / 2
        index = free @ (workers * wage ** (1 - sigma))  # price index to the power 1 - sigma
        after = (free @ (income / index)) ** (1 / sigma)
        if np.abs(after - wage).max() < 1e-13:
            real = after * index ** (industry / (sigma - 1))
            return float(real[0] / real[1])
        wage = (after + wage) / 2
    raise DataError(f"wages: found no equilibrium after {ROUNDS:,} rounds; expected one")
