"""Invented panels that have the six printed Adj. R2 of Model 1, the periods and the reaches.

Chapter 10 proves that the six contradict each other under three assumptions.  Each panel here
breaks one of them, and the contradiction is gone.  A panel is REG, LM and IA, matrices of 41
cities by 16 years, and the reach of each city, 0 to 2, or 3 for none.  Six figures come in the
order of ``HEADINGS``.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

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


class Panel(NamedTuple):
    """A balanced panel."""

    reg: Floats
    lm: Floats
    ia: Floats
    reach: NDArray[np.int64]


def printed(row: str = "adj_r2") -> Floats:
    """The six printed Adj. R2, or what another row has."""
    return np.array([float(published.text(column.table, column.key, row)) for column in _SIX])


RANDOM = tuple(np.flatnonzero(printed("hausman_p") > 0.05))
"""Places of the columns in which Hausman's test as printed does not reject at 5 %."""


def splits() -> NDArray[np.int64]:
    """Every way to divide the cities into three reaches of two cities at least.

    The year effects of a reach with one city would leave nothing to regress.
    """
    every = np.array(list(product(range(2, published.CITIES), repeat=3)))
    return every[every.sum(axis=1) == published.CITIES]


def net(values: Floats) -> Floats:
    """A matrix less its row and column means: what both effects leave over."""
    values = values - values.mean(axis=1, keepdims=True)
    return values - values.mean(axis=0)


def six_figures(panel: Panel, way: str = "") -> Floats:
    """Adj. R2 of the six columns, with dummies for cities and years, unless `way` says otherwise.

    "effects out": the total is what both effects leave over.  "random effects": the columns of
    ``RANDOM`` have the Adj. R2 of the quasi-demeaned regression, with the variances of Swamy and
    Arora, as R's ``plm`` prints it.
    """
    every, figures = np.ones(SHAPE, dtype=bool), []
    blocks = [every, *(every & (PERIOD == p) for p in (0, 1))]
    blocks += [every & (panel.reach == r)[:, None] for r in range(3)]
    for place, block in enumerate(blocks):
        n, years = block.any(axis=1).sum(), block.any(axis=0).sum()
        terms = [values[block].reshape(n, years) for values in panel[:3]]
        if place:
            terms.append(terms[1] * terms[2])
        df = n * years - n - years + 2 - len(terms)
        left, total = _rss([net(term) for term in terms]), terms[0] - terms[0].mean()
        if way == "effects out":
            total = net(terms[0])
        if way == "random effects" and place in RANDOM:
            between = _rss([term.mean(axis=1) - term.mean() for term in terms]) / (n - len(terms))
            theta = 1 - np.sqrt(min(1.0, left / df / (years * between)))
            terms = [term - theta * term.mean(axis=1, keepdims=True) for term in terms]
            left, df = _rss([term - term.mean(axis=0) for term in terms]), df + n - 1
            total = terms[0] - terms[0].mean()
        figures.append(1 - left / df / ((total**2).sum() / (n * years - 1)))
    return np.array(figures)


def _rss(terms: list[Floats]) -> float:
    y, *x = (term.ravel() for term in terms)
    design = np.column_stack(x)
    return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())


# --- panels that have all six figures: sizes of steps and of noise are searched for --------------


def _no_reach(z: Floats, reach: NDArray[np.int64], drawn: dict[str, Floats]) -> Panel:
    """Each reach has a step between the periods; cities in no reach have the largest."""
    spread = np.append(np.exp(z[:3]), 0.02)[reach][:, None]
    step = np.array([1.3, 0.8, 2.6, 8 * np.exp(z[4])])[reach][:, None]
    noise = spread * np.where(PERIOD == 1, np.exp(z[3]), 1) * drawn["noise"]
    lm = step * PERIOD + 0.02 * drawn["small"]
    return Panel(step * (PERIOD - z[5]) + noise, lm, drawn["ia"], reach)


def _random_effects(z: Floats, reach: NDArray[np.int64], drawn: dict[str, Floats]) -> Panel:
    """Cities of a reach drift apart between the periods, and LM drifts with them."""
    apart, spread = (np.exp(z[at])[reach][:, None] for at in ([4, 5, 5], [0, 1, 2]))
    place = np.concatenate([np.linspace(-1, 1, n) for n in BELT])[:, None]
    drift = apart * place * PERIOD
    noise = spread * np.where(PERIOD == 1, np.exp(z[3]), 1) * drawn["noise"]
    reg = apart * (place + 0.5 * drawn["level"]) + drift + drawn["ia"] + noise
    return Panel(reg, drift + 0.1 * drawn["small"], drawn["ia"], reach)


def _effects_out(z: Floats, reach: NDArray[np.int64], drawn: dict[str, Floats]) -> Panel:
    """REG and LM share a pattern of reaches and years, which the year effects of a reach absorb."""
    step = np.array([1, -1, 0.5])[:, None] * PERIOD
    wave = np.concatenate([net(drawn["wave"][:, PERIOD == p]) for p in (0, 1)], axis=1)
    pattern = (np.exp(z[5]) * step + np.exp(z[3:5])[PERIOD] * wave)[reach]
    reg = pattern + drawn["ia"] + np.exp(z[:3])[reach][:, None] * drawn["noise"]
    return Panel(reg, pattern + 0.1 * drawn["small"], drawn["ia"], reach)


WAYS: dict[str, tuple[Any, tuple[int, ...], list[float]]] = {
    "no reach": (_no_reach, (8, 8, 13), [-0.4, -0.8, -0.2, -1.1, -0.5, 0.8]),
    "random effects": (_random_effects, BELT, [0.9, 0.9, 0.1, -1.2, 0.9, 1.9]),
    "effects out": (_effects_out, BELT, [-0.4, -0.2, -0.9, 0.6, 0.1, 1.6]),
}
"""By what breaks an assumption: the maker, cities of the reaches, and where the search begins."""


def simulated(way: str, seed: int = 41) -> Panel:
    """An invented panel that has all six printed figures in one of ``WAYS``, or DataError."""
    maker, split, start = WAYS[way]
    rng = np.random.default_rng(seed)
    reach = np.repeat(range(4), [*split, SHAPE[0] - sum(split)])
    drawn = dict(zip(("noise", "small", "ia"), rng.normal(size=(3, *SHAPE)), strict=True))
    drawn |= {"level": rng.normal(size=(SHAPE[0], 1)), "wave": rng.normal(size=(3, SHAPE[1]))}

    def off(z: Floats) -> Floats:
        return six_figures(maker(z, reach, drawn), way) - printed()

    found = optimize.least_squares(off, start, bounds=(-9, 9))
    if np.abs(found.fun).max() > 1e-6:
        raise DataError(f"no panel found: off by {np.abs(found.fun).max():.1e}; expected 1e-6")
    return maker(found.x, reach, drawn)
