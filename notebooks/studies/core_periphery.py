"""Core and periphery: Krugman's model and market access solved.

The chapter writes Pflüger's model in a cell.
"""

import numpy as np
import pandas as pd

from lib.panel import DataError

ROUNDS = 10_000


def krugman(share: float, cost: float, industry: float = 0.4, sigma: float = 5.0) -> float:
    """Real wage in region 1 over that in region 2, in the model of Krugman (1991).

    Wages, incomes and price indices are iterated until they stay [1]_.

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

    References
    ----------
    .. [1] Fujita, M., Krugman, P. and Venables, A. J. (1999). *The Spatial Economy: Cities,
       Regions, and International Trade*. MIT Press, chapter 5.
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


def access(labour: pd.Series, freeness: pd.DataFrame, power: float) -> pd.Series:
    """Market access of each place, if wages are access to a power.

    Access A is the sum over customers j of their freeness times E_j P_j^(sigma-1).  Freeness is the
    same in both directions, so that P_j^(1-sigma) is A_j [1]_, and A_i is the sum of freeness times
    E_j / A_j.  Customers spend what they earn, labour times A to the power.  Wages to the power
    sigma are B^(sigma-1) A, so the power says how productivity B goes with access.

    Parameters
    ----------
    labour : Series
        Workers of each place, in any unit.
    freeness : DataFrame
        Places by places; symmetric, above zero on the diagonal, too.
    power : float
        1 / sigma if productivity is equal everywhere; -mu / (sigma - 1) if real wages are, and
        then B^(sigma-1) is A to the power -1 - mu sigma / (sigma - 1).

    Raises
    ------
    lib.panel.DataError
        Freeness is not symmetric or not positive, or the iteration does not settle.

    References
    ----------
    .. [1] Anderson, J. E. and van Wincoop, E. (2003). Gravity with gravitas: a solution to the
       border puzzle. *American Economic Review* 93(1), 170-192.
    """
    free = freeness.to_numpy(float)
    if not ((free > 0).all() and np.allclose(free, free.T)):
        raise DataError("freeness: found zero, or two directions that differ; expected neither")
    found = np.ones(len(labour))
    for _ in range(ROUNDS):
        after = free @ (labour.to_numpy(float) * found ** (power - 1))
        if np.abs(after / found - 1).max() < 1e-12:
            return pd.Series(after, labour.index)
        found = np.sqrt(after * found)
    raise DataError(f"access: found no equilibrium after {ROUNDS:,} rounds; expected one")
