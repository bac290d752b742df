"""An invented panel that has the six printed Adj. R2 of Model 1, the periods and the reaches.

Chapter 10 proves that the six contradict each other under three assumptions.  This panel breaks
the first, that every city is in a reach, and the contradiction is gone.  Six figures come in the
order of ``HEADINGS``.
"""

from __future__ import annotations

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
PERIOD = np.repeat([0, 1], list(published.YEARS_OF.values()))
INSIDE = (8, 8, 13)
OUTSIDE = published.CITIES - sum(INSIDE)
"""Cities of the invented panel in each reach, and in none."""


class Panel(NamedTuple):
    """REG, LM and IA, cities by years, and each city's reach, 0 to 2, or 3 for none."""

    reg: Floats
    lm: Floats
    ia: Floats
    reach: NDArray[np.int64]


def printed() -> Floats:
    """The six printed Adj. R2."""
    return np.array([float(published.text(each.table, each.key, "adj_r2")) for each in _SIX])


def six_figures(panel: Panel) -> Floats:
    """Adj. R2 of the six columns, with a dummy for each city and each year."""
    every, figures = np.ones(SHAPE, dtype=bool), []
    blocks = [every, *(every & (PERIOD == p) for p in (0, 1))]
    blocks += [every & (panel.reach == r)[:, None] for r in range(3)]
    for place, block in enumerate(blocks):
        n, years = block.any(axis=1).sum(), block.any(axis=0).sum()
        terms = [values[block].reshape(n, years) for values in panel[:3]]
        if place:
            terms.append(terms[1] * terms[2])
        y, *x = (_net(term).ravel() for term in terms)
        design = np.column_stack(x)
        rss = ((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum()
        df = n * years - n - years + 2 - len(terms)
        figures.append(1 - rss / df / terms[0].var(ddof=1))
    return np.array(figures)


def _net(values: Floats) -> Floats:
    """A matrix less its row and column means: what both effects leave over."""
    values = values - values.mean(axis=1, keepdims=True)
    return values - values.mean(axis=0)


def simulated(seed: int = 41) -> Panel:
    """Each reach has a step between the periods, as has LM; cities in no reach have the largest.

    The sizes of steps and of noise are searched for; DataError where none give the six figures.
    """
    rng = np.random.default_rng(seed)
    reach = np.repeat(range(4), [*INSIDE, OUTSIDE])
    noise, small, ia = rng.normal(size=(3, *SHAPE))

    def made(z: Floats) -> Panel:
        spread = np.append(np.exp(z[:3]), 0.02)[reach][:, None]
        step = np.array([1.3, 0.8, 2.6, 8 * np.exp(z[4])])[reach][:, None]
        shocks = spread * np.where(PERIOD == 1, np.exp(z[3]), 1) * noise
        return Panel(step * (PERIOD - z[5]) + shocks, step * PERIOD + 0.02 * small, ia, reach)

    def off(z: Floats) -> Floats:
        return six_figures(made(z)) - printed()

    found = optimize.least_squares(off, [-0.4, -0.8, -0.2, -1.1, -0.5, 0.8], bounds=(-9, 9))
    if np.abs(found.fun).max() > 1e-6:
        raise DataError(f"no panel found: off by {np.abs(found.fun).max():.1e}; expected 1e-6")
    return made(found.x)
