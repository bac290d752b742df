"""Can Tables 1, 2 and 3 come from one panel?  What their printed Adj. R2 say of one another.

A regression's adjusted R2 fixes the share of the total sum of squares that it leaves over, its
*unexplained share* u.  Table 1 is the whole, Table 2 splits it by period, Table 3 by reach, and
parts with slopes and effects of their own leave over no more than the whole.  Hence

    between the periods, at least        1 - u / min_p u_p,
    between the reaches, at least        1 - u / min_r u_r,
    both together, at most               1 - u              (Model 1's effects contain both),
    between the periods, at most         (u + v) (sum_r w_r / (a_r + v / (1 - u_r)) + w_0 / v),

as shares of the variation of REG on a balanced panel, with w_r the reach's share of the cities,
w_0 the share of the cities in no reach, a_r = u_r / (1 - u_r) and any v > 0; v = 0 where w_0 = 0.
The proofs are in the book.  Six figures come in the order of ``COLUMNS``, splits of the cities in
that of ``REACHES``, as the last axis of an array.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from lib import published, style
from lib.panel import DataError
from lib.specifications import COLUMNS as PRINTED_COLUMNS
from lib.specifications import FIRST_YEAR

PERIODS = tuple(published.YEARS_OF)
REACHES = tuple(published.CITIES_OF)
COLUMNS = ("whole", *PERIODS, *REACHES)
YEARS = tuple(published.YEARS_OF.values())
BELT = tuple(published.CITIES_OF.values())
"""Cities of the three reaches, in proportion to the Belt's."""
HALF = 0.0005
"""How far a figure printed with three decimals may be from the one behind it."""
HELPS = np.array([-1.0, 1, 1, 1, 1, 1])
"""Model 1 fits too well for the rest: lower figures there, higher ones elsewhere, help."""
MARGIN = 1e-9
"""Inequalities must fail by more than rounding of the last bits."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Premises:
    """What the tables leave open about their samples and the row "Adj. R2".

    ``whole`` is the column of Table 1 of which Tables 2 and 3 hold the parts.  The row is
    ``adjusted`` for degrees of freedom, or R2 itself; ``within``: its total is the variation around
    the cities' means, so that reaches have nothing between them.  ``outside`` cities are in none of
    the reaches, and the periods have so many ``years``.  Slopes count regressors besides the
    effects; those of the whole must be among those of the parts.
    """

    name: str
    whole: str = "model1"
    adjusted: bool = True
    within: bool = False
    outside: int = 0
    years: tuple[int, ...] = YEARS
    whole_slopes: int = 2
    part_slopes: int = 3


BASELINE = Premises("As assumed above")
ANHUI = Premises("Six cities in no reach", outside=6)
VARIANTS = (
    BASELINE,
    Premises("R² itself, not adjusted", adjusted=False),
    Premises("2008 lost to a lag", years=(8, 7)),
    Premises("Unprinted controls in Tables 2 and 3", part_slopes=8),
    Premises("The same, with Model 2", whole="model2", whole_slopes=6, part_slopes=8),
    Premises("R² of the variation within cities", adjusted=False, within=True),
    ANHUI,
)


def printed(premises: Premises = BASELINE, row: str = "adj_r2") -> Floats:
    """The six printed Adj. R2, or what another row has, in the order of ``COLUMNS``."""
    keys = [(1, premises.whole), *((2, key) for key in PERIODS), *((3, key) for key in REACHES)]
    return np.array([float(published.text(table, key, row)) for table, key in keys])


RANDOM = tuple(np.flatnonzero(printed(row="hausman_p") > 0.05))
"""Places in ``COLUMNS`` of those where Hausman's test as printed does not reject at 5 %."""


def favourable(premises: Premises = BASELINE) -> Floats:
    """The six figures before rounding, if rounding did all it can to make them agree."""
    return printed(premises) + HALF * HELPS


def headings() -> list[str]:
    """Headings of the six columns."""
    named = {column.key: column.heading for column in PRINTED_COLUMNS}
    return [named[key] for key in ("model1", *PERIODS, *REACHES)]


def splits(cities: int = published.CITIES) -> NDArray[np.int64]:
    """Every way to split the cities into three reaches, shape (splits, 3).

    A reach has two cities at least: the year effects of a single one leave nothing to regress.
    """
    every = np.array(list(product(range(2, cities), repeat=3)))
    return every[every.sum(axis=1) == cities]


def unexplained_share(
    r2: ArrayLike, cities: ArrayLike, years: ArrayLike, slopes: int, adjusted: bool = True
) -> Floats:
    """RSS / TSS of a balanced two-way regression, (1 - adj. R2) df / (rows - 1), broadcast."""
    cities, years = np.asarray(cities), np.asarray(years)
    df = cities * years - cities - years + 1 - slopes
    factor = df / (cities * years - 1) if adjusted else np.ones(df.shape)
    return (1 - np.asarray(r2, dtype=float)) * factor


def survey(
    premises: Premises = BASELINE, split: ArrayLike | None = None, adj_r2: ArrayLike | None = None
) -> pd.DataFrame:
    """Both arguments for every split of the cities.

    Parameters
    ----------
    split : array_like of int, shape (S, 3), optional
        Cities of the three reaches; default: all splits of those that are in one.
    adj_r2 : array_like of shape (6,), optional
        Default: the printed figures at their most favourable rounding.

    Returns
    -------
    DataFrame
        ``upper, middle, lower``; ``periods, reaches`` (least shares between them), ``together``
        (the most for both) and ``ceiling`` (the most between the periods); ``three_lines`` and
        ``ruled_out``, whether the first argument and whether either excludes the figures;
        ``highest``, the highest Adj. R2 that the parts leave the whole.  What a variant leaves
        undefined is missing.
    """
    out, (early, late) = premises.outside, premises.years
    split = splits(published.CITIES - out) if split is None else np.atleast_2d(split)
    figures = favourable(premises) if adj_r2 is None else np.asarray(adj_r2, dtype=float)
    n, kind = split.sum(axis=1) + out, premises.adjusted
    u = unexplained_share(figures[0], n, early + late, premises.whole_slopes, kind)
    two = [
        unexplained_share(figure, n, years, premises.part_slopes, kind)
        for figure, years in zip(figures[1:3], premises.years, strict=True)
    ]
    three = unexplained_share(figures[3:], split, early + late, premises.part_slopes, kind)
    of_periods, of_reaches = np.minimum(*two), three.min(axis=1)
    frame = pd.DataFrame(split, columns=list(REACHES))
    if premises.within:
        gone, nothing = u < of_reaches - MARGIN, np.full(len(split), np.nan)
        frame = frame.assign(periods=nothing, reaches=nothing, together=nothing, ceiling=nothing)
        highest = 1 - of_reaches * (1 - figures[0]) / u
        return frame.assign(three_lines=gone, ruled_out=gone, highest=highest)
    v = np.logspace(-3, 2, 400) if out else np.zeros(1)
    weights, a = split / n[:, None], three / (1 - three)
    odds = (weights[:, None] / (a[:, None] + v[:, None] / (1 - three[:, None]))).sum(axis=-1)
    odds = odds + (out / n[:, None] / v if out else 0)
    periods, ceiling = 1 - u / of_periods, ((u[:, None] + v) * odds).min(axis=1)
    # The least unexplained share of the whole for which no argument objects.
    least = ((1 - v * odds) / (odds + 1 / of_periods[:, None])).max(axis=1)
    lines = np.full(len(split), np.nan)
    if not out:
        lines = periods + 1 - u / of_reaches - (1 - u)
        least = np.maximum(least, 1 / (1 / of_periods + 1 / of_reaches - 1))
    return frame.assign(
        periods=periods,
        reaches=np.nan if out else 1 - u / of_reaches,
        together=1 - u,
        ceiling=ceiling,
        three_lines=lines > MARGIN,
        ruled_out=(lines > MARGIN) | (periods > ceiling + MARGIN),
        highest=1 - least * (1 - figures[0]) / u,
    )


def variants() -> pd.DataFrame:
    """What follows under each of ``VARIANTS``.

    Returns
    -------
    DataFrame
        ``variant``; ``periods, ceiling`` at the split of the Belt, the cities outside taken from
        its lower reach, as is ``highest``; ``splits, ruled_out``, numbers.
    """
    rows = []
    for premises in VARIANTS:
        every = survey(premises)
        belt = survey(premises, [*BELT[:2], BELT[2] - premises.outside]).iloc[0]
        row = belt[["periods", "ceiling", "highest"]].astype(float).to_dict()
        counts = {"splits": len(every), "ruled_out": int(every["ruled_out"].sum())}
        rows.append({"variant": premises.name} | row | counts)
    return pd.DataFrame(rows)


# --- panels that have all six figures -----------------------------------------------------------

_PERIOD = np.repeat([0, 1], YEARS)
_SHAPE = (published.CITIES, sum(YEARS))
Maker = Callable[[Floats], tuple[Floats, Floats, Floats]]
"""REG, LM and IA, matrices of cities by years, from parameters."""


def _own_ia(rng: np.random.Generator, reach: NDArray[np.int64]) -> tuple[Maker, list[float]]:
    """Industry moves between reaches, in proportion to what each city has, and REG follows it.

    Within a reach hardly anything moves: recomputed there, IA is nearly constant.
    """
    noise, lm, small = rng.normal(size=(3, *_SHAPE))
    waves = [rng.normal(size=length) for length in YEARS]
    wave = np.concatenate([(wave - wave.mean()) / wave.std() for wave in waves])
    place = np.concatenate([np.linspace(-1, 1, n) for n in BELT])
    away = np.array([-0.5, 1.0, -0.5])[:, None]

    def make(z: Floats) -> tuple[Floats, Floats, Floats]:
        of_reach = 1 / 3 + 0.02 * away * np.where(_PERIOD == 1, 0.25, 1.0) * wave
        of_city = np.exp(z[3:6][reach] * place)
        of_city /= np.array([of_city[reach == r].sum() for r in range(3)])[reach]
        ia = _SHAPE[0] * of_reach[reach] * of_city[:, None] * (1 + 0.001 * small)
        moved = ia - ia.mean(axis=1, keepdims=True)
        return moved + np.exp(z[0]) * _PERIOD + np.exp(z[1:3])[_PERIOD] * noise, lm, ia

    return make, [-1.6, -3.2, -4.3, 5.0, 4.5, 4.0]


def _net_total(rng: np.random.Generator, reach: NDArray[np.int64]) -> tuple[Maker, list[float]]:
    """REG has a pattern by reach and year that LM has, too, and year effects of reaches absorb."""
    noise, ia, small = rng.normal(size=(3, *_SHAPE))
    wave = np.concatenate([net(rng.normal(size=(3, length))) for length in YEARS], axis=1)
    step = np.array([1, -1, 0.5])[:, None] * _PERIOD

    def make(z: Floats) -> tuple[Floats, Floats, Floats]:
        pattern = (np.exp(z[5]) * step + np.exp(z[3:5])[_PERIOD] * wave)[reach]
        reg = pattern + ia + np.exp(z[:3])[reach][:, None] * noise
        return reg, pattern + 0.1 * small, ia

    return make, [-0.4, -0.2, -0.9, 0.6, 0.1, 1.6]


def _random(rng: np.random.Generator, reach: NDArray[np.int64]) -> tuple[Maker, list[float]]:
    """Cities of a reach drift apart between the periods, and LM drifts with them."""
    noise, small, ia = rng.normal(size=(3, *_SHAPE))
    place = np.concatenate([np.linspace(-1, 1, n) for n in BELT])[:, None]
    level = place + 0.5 * rng.normal(size=(_SHAPE[0], 1))

    def make(z: Floats) -> tuple[Floats, Floats, Floats]:
        apart = np.exp(z[[4, 5, 5]])[reach][:, None]
        spread = np.exp(z[:3])[reach][:, None] * np.where(_PERIOD == 1, np.exp(z[3]), 1)
        drift = apart * place * _PERIOD
        return apart * level + drift + ia + spread * noise, drift + 0.1 * small, ia

    return make, [0.9, 0.9, 0.1, -1.2, 0.9, 1.9]


def _outside(rng: np.random.Generator, reach: NDArray[np.int64]) -> tuple[Maker, list[float]]:
    """Each reach has a step between the periods; cities in no reach have the largest."""
    noise, small, ia = rng.normal(size=(3, *_SHAPE))

    def make(z: Floats) -> tuple[Floats, Floats, Floats]:
        spread = np.append(np.exp(z[:3]), 0.02)[reach][:, None]
        step = np.array([1.3, 0.8, 2.6, 8 * np.exp(z[4])])[reach][:, None]
        reg = step * (_PERIOD - z[5]) + spread * np.where(_PERIOD == 1, np.exp(z[3]), 1) * noise
        return reg, step * _PERIOD + 0.02 * small, ia

    return make, [-0.4, -0.8, -0.2, -1.1, -0.5, 0.8]


WAYS = {
    "IA by reach": (_own_ia, BELT),
    "both effects out": (_net_total, BELT),
    "random effects": (_random, BELT),
    "cities in no reach": (_outside, (8, 8, 13)),
}
"""Ways out of the contradiction, each with its invented panel and the cities of its reaches."""


def simulated(way: str, seed: int = 41) -> pd.DataFrame:
    """An invented panel of 41 cities that has all six printed figures in one of ``WAYS``.

    Returns
    -------
    DataFrame
        ``city, year, reach, period, REG, LM, IA, LM_IA``; reach is "none" outside the three.

    Raises
    ------
    lib.panel.DataError
        No such panel is found.
    """
    maker, split = WAYS[way]
    reach = np.repeat(range(4), [*split, _SHAPE[0] - sum(split)])
    make, start = maker(np.random.default_rng(seed), reach)
    result = optimize.least_squares(
        lambda z: _figures(*make(z), reach, way) - printed(), start, bounds=(-9, 9)
    )
    if np.abs(result.fun).max() > 1e-6:
        raise DataError(f"no panel found: off by {np.abs(result.fun).max():.1e}; expected 1e-6")
    reg, lm, ia = make(result.x)
    columns = {"REG": reg, "LM": lm, "IA": ia, "LM_IA": lm * ia}
    places = {
        "city": np.repeat([f"city {n + 1:02}" for n in range(_SHAPE[0])], _SHAPE[1]),
        "year": np.tile(np.arange(FIRST_YEAR, FIRST_YEAR + _SHAPE[1]), _SHAPE[0]),
        "reach": np.repeat(np.array([*REACHES, "none"])[reach], _SHAPE[1]),
        "period": np.tile(np.array(PERIODS)[_PERIOD], _SHAPE[0]),
    }
    return pd.DataFrame(places | {name: values.ravel() for name, values in columns.items()})


def six_figures(data: pd.DataFrame, way: str = "") -> Floats:
    """Adj. R2 of the six columns on a panel as from :func:`simulated`.

    Parameters
    ----------
    way : str
        One of ``WAYS``, which changes what a figure is: IA is recomputed over the cities of a
        reach; or the total is what both effects leave over; or the columns whose printed Hausman p
        is above .05 have random city effects and the Adj. R2 of the quasi-demeaned regression,
        with the variances of Swamy and Arora, as R's ``plm`` prints it.
    """
    names = ("REG", "LM", "IA")
    reg, lm, ia = (data.pivot(index="city", columns="year", values=v).to_numpy() for v in names)
    first = data.drop_duplicates("city").sort_values("city")["reach"]
    reach = np.array([[*REACHES, "none"].index(name) for name in first])
    return _figures(reg, lm, ia, reach, way)


def net(values: Floats) -> Floats:
    """A matrix of cities by years less its row and column means: what both effects leave over."""
    values = values - values.mean(axis=1, keepdims=True)
    return values - values.mean(axis=0)


def _figures(reg: Floats, lm: Floats, ia: Floats, reach: NDArray[np.int64], way: str) -> Floats:
    every, figures = np.ones(_SHAPE, dtype=bool), []
    blocks = [every, *(every & (_PERIOD == p) for p in (0, 1))]
    blocks += [every & (reach == r)[:, None] for r in range(3)]
    for place, block in enumerate(blocks):
        n, years = block.any(axis=1).sum(), block.any(axis=0).sum()
        y, x, index = (values[block].reshape(n, years) for values in (reg, lm, ia))
        if way == "IA by reach" and place > 2:
            index = index / index.mean(axis=0)
        terms = [y, x, index] if place == 0 else [y, x, index, x * index]
        df = y.size - n - years + 2 - len(terms)
        left, total = _rss([net(term) for term in terms]), y - y.mean()
        if way == "both effects out":
            total = net(y)
        if way == "random effects" and place in RANDOM:
            between = _rss([term.mean(axis=1) - term.mean() for term in terms]) / (n - len(terms))
            theta = 1 - np.sqrt(min(1.0, left / df / (years * between)))
            terms = [term - theta * term.mean(axis=1, keepdims=True) for term in terms]
            left, df = _rss([term - term.mean(axis=0) for term in terms]), df + n - 1
            total = terms[0] - terms[0].mean()
        figures.append(1 - left / df / ((total**2).sum() / (y.size - 1)))
    return np.array(figures)


def _rss(terms: list[Floats]) -> float:
    y, *x = (term.ravel() for term in terms)
    design = np.column_stack(x)
    return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())


# --- the figure ---------------------------------------------------------------------------------


def number_line(floor: float, ceilings: Mapping[str, float]) -> style.Chart:
    """The share of variation between the periods: what Tables 1 and 2 ask, what 1 and 3 allow.

    Parameters
    ----------
    floor : float
        Least share, from Tables 1 and 2.
    ceilings : mapping from str to float
        Largest shares, each under the name of what it follows from.
    """
    fig, ax = style.figure(height=1.1 + 0.5 * (1 + len(ceilings)))
    names = ["Tables 1 and 2: at least", *(f"{name}: at most" for name in ceilings)]
    ends, places = 100 * np.array([floor, *ceilings.values()]), -np.arange(len(names))
    look: dict[str, Any] = {"height": 0.5, "alpha": 0.75, "edgecolor": "white", "linewidth": 0}
    ax.barh(0, 100 - ends[0], left=ends[0], color=style.INK, **look)
    ax.barh(places[1:], ends[1:], color=style.MUTED, hatch="//", **look)
    for place, end in zip(places, ends, strict=True):
        shift, side = (1.2, "left") if place else (-1.2, "right")
        ax.annotate(f"{end:.1f} %", (end + shift, place), weight="bold", ha=side, va="center")
    ax.axvspan(ends[1:].max(), floor * 100, color=style.INK, alpha=0.07, linewidth=0)
    ax.set(xlim=(0, 100), xlabel="Variation of REG between the periods, %")
    ax.set_yticks(places, names)
    ax.grid(axis="y", visible=False)
    return style.Chart(fig, "Share of variation between the periods: floor above ceiling")
