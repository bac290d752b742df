"""An invented panel that has the six printed Adj. R2, and the t-values of Model 1.

Chapter 10 proves that the six contradict each other under three assumptions.  This panel breaks
the first, that every city is in a reach, and the contradiction is gone.  Six figures come in the
order of ``HEADINGS``.
"""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from lib import published
from lib.panel import DataError
from lib.specifications import COLUMNS

Floats = NDArray[np.float64]
_SIX = [column for column in COLUMNS if column.key != "model2"]
HEADINGS = [column.heading for column in _SIX]
BELT = tuple(published.CITIES_OF.values())
"""Cities of the three reaches, in proportion to the Belt's."""
SHAPE = (published.CITIES, published.YEARS)
T = published.coefficients().query("column == 'model1'")["t"].to_numpy()
"""The printed t of LM and IA in Model 1."""
PERIOD = np.repeat([0, 1], list(published.YEARS_OF.values()))
INSIDE = (4, 4, 6)
OUTSIDE = published.CITIES - sum(INSIDE)
"""Cities of the invented panel in each reach, and in none: with few in none, none was found."""


class Panel(NamedTuple):
    """REG, LM and IA, cities by years, and each city's reach, 0 to 2, or 3 for none."""

    reg: Floats
    lm: Floats
    ia: Floats
    reach: NDArray[np.int64]


def printed() -> Floats:
    """The six printed Adj. R2."""
    return np.array([float(published.text(each.table, each.key, "adj_r2")) for each in _SIX])


def figures(panel: Panel) -> tuple[Floats, Floats]:
    """Adj. R2 of the six columns, with a dummy for each city and year, and Model 1's t."""
    every, fits, t = np.ones(SHAPE, dtype=bool), [], []
    blocks = [every, *(every & (PERIOD == p) for p in (0, 1))]
    blocks += [every & (panel.reach == r)[:, None] for r in range(3)]
    for place, block in enumerate(blocks):
        n, years = block.any(axis=1).sum(), block.any(axis=0).sum()
        terms = [values[block].reshape(n, years) for values in panel[:3]]
        if place:
            terms.append(terms[1] * terms[2])
        y, *x = (_net(term).ravel() for term in terms)
        design = np.column_stack(x)
        inverse = np.linalg.inv(design.T @ design)
        slopes = inverse @ design.T @ y
        variance = ((y - design @ slopes) ** 2).sum() / (n * years - n - years + 2 - len(terms))
        fits.append(1 - variance / terms[0].var(ddof=1))
        t.append(slopes / np.sqrt(variance * np.diag(inverse)))
    return np.array(fits), t[0]


def _net(values: Floats) -> Floats:
    """A matrix less its row and column means: what both effects leave over."""
    values = values - values.mean(axis=1, keepdims=True)
    return values - values.mean(axis=0)


def simulated(seed: int = 41) -> Panel:
    """All cities have nearly one step between the periods, and LM and IA hardly follow REG.

    Sizes of levels and noise are searched for; DataError where none give the printed figures.
    """
    rng = np.random.default_rng(seed)
    reach = np.repeat(range(4), [*INSIDE, OUTSIDE])
    noise, lm, ia = rng.normal(size=(3, *SHAPE))
    for r, p in product(range(4), (0, 1)):
        own = np.ix_(reach == r, PERIOD == p)
        noise[own] = _net(noise[own])
    step = np.array([0.87, 0.82, 0.93, 1.06])[reach][:, None] * PERIOD

    def made(z: Floats) -> Panel:
        spread = np.append(np.exp(z[:3]), z[8])[reach][:, None]
        level = np.array([z[5], 0, 0, z[4]])[reach][:, None]
        reg = step + level + spread * np.where(PERIOD == 1, np.exp(z[3]), 1) * noise
        return Panel(reg, lm + z[6] * noise, ia + z[7] * noise, reach)

    def off(z: Floats) -> Floats:
        fits, t = figures(made(z))
        return np.append(fits - printed(), 0.01 * (t - T))

    start = [-1.5, -1.4, -1.9, 0.6, 0.5, 0, 0.2, 0.1, 0.03]
    found = optimize.least_squares(off, start, xtol=1e-12, ftol=1e-14, max_nfev=60)
    if np.abs(found.fun).max() > 1e-6:
        raise DataError(f"no panel found: off by {np.abs(found.fun).max():.1e}; expected 1e-6")
    return made(found.x)
