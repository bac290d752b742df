"""Rules of a page on invented cities, many times: rejected at their level, and often if false."""

import numpy as np

from lib.regression import fit

MANY, FEW = 200, 40  # draws, for the level and for the power of a test at 5 %
HIGHEST = 0.05 + 2 * np.sqrt(0.05 * 0.95 / MANY)


def shocks(rng, rows, size):
    """What the cities of a province have in common."""
    return rows["province"].map({name: rng.normal(0, size) for name in sorted({*rows["province"]})})


def rejected(draw, y, x, rule, draws=FEW):
    """The share of draws in which a rule rejects the first slope, by its interval by province."""
    fits = (fit(draw(), y, x, "none", clusters=("province",)) for _ in range(draws))
    return np.mean([rule(one.jackknife("province").table.loc[x[0]]) for one in fits])
