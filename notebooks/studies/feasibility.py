"""Can Tables 1, 2 and 3 come from one panel?  What their printed Adj. R2 say of one another.

A regression's adjusted R2 fixes the share of the total sum of squares that it leaves over, its
*unexplained share* u.  Table 1 is the whole, Table 2 splits it by period, Table 3 by reach, and
parts with slopes and effects of their own leave over no more than the whole.  Hence

    between the periods, at least        1 - u / min_p u_p,
    between the reaches, at least        1 - u / min_r u_r,
    both together, at most               1 - u              (Model 1's effects contain both),
    between the periods, at most         u sum_r w_r (1 - u_r) / u_r     (Cauchy and Schwarz),

as shares of the variation of REG on a balanced panel, w_r being the reach's share of the cities.
The proofs are in the book.  Six figures come in the order of ``COLUMNS``, splits of the cities in
that of ``REACHES``, as the last axis of an array.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
    """What the printed row "Adj. R2" may mean, where the tables leave it open.

    Attributes
    ----------
    name : str
    whole : str
        Column of Table 1 that is the whole of which Tables 2 and 3 hold the parts.
    total_df : {"rows - 1", "rows - cities", None}
        Degrees of freedom that the total is divided by; None: R2 itself, not adjusted.
    within : bool
        The total is the variation around the cities' means, so that reaches have nothing between
        them.
    years : tuple of int
        Years in the two periods.
    whole_slopes, part_slopes : int
        Regressors besides the effects; those of the whole must be among those of the parts.
    """

    name: str
    whole: str = "model1"
    total_df: str | None = "rows - 1"
    within: bool = False
    years: tuple[int, ...] = YEARS
    whole_slopes: int = 2
    part_slopes: int = 3


BASELINE = Premises("Adjusted, effects counted")
READINGS = (
    BASELINE,
    Premises("R² itself, not adjusted", total_df=None),
    Premises("2008 lost to a lag", years=(8, 7)),
    Premises("Unprinted controls in Tables 2 and 3", part_slopes=8),
    Premises("The same, Model 2 as the whole", whole="model2", whole_slopes=6, part_slopes=8),
    Premises("Variation within cities, not adjusted", total_df=None, within=True),
    Premises("Within cities, adjusted", within=True),
    Premises("Within cities, means counted", total_df="rows - cities", within=True),
)


def printed(reading: Premises = BASELINE) -> Floats:
    """The six printed Adj. R2, in the order of ``COLUMNS``."""
    keys = [(1, reading.whole), *((2, key) for key in PERIODS), *((3, key) for key in REACHES)]
    return np.array([float(published.text(table, key, "adj_r2")) for table, key in keys])


def favourable(reading: Premises = BASELINE) -> Floats:
    """The six figures before rounding, if rounding did all it can to make them agree."""
    return printed(reading) + HALF * HELPS


def headings(reading: Premises = BASELINE) -> list[str]:
    """Headings of the six columns."""
    named = {column.key: column.heading for column in PRINTED_COLUMNS}
    return [named[key] for key in (reading.whole, *PERIODS, *REACHES)]


def splits(cities: int = published.CITIES, least: int = 2) -> NDArray[np.int64]:
    """Every way to split the cities into three reaches, shape (splits, 3).

    Parameters
    ----------
    least : int
        Fewest cities in a reach: the year effects of a single city leave nothing to regress.

    Raises
    ------
    lib.panel.DataError
        There are not enough cities.
    """
    if cities < 3 * least:
        raise DataError(f"splits: {cities} cities; expected at least {3 * least}")
    return np.array(
        [
            (upper, middle, cities - upper - middle)
            for upper in range(least, cities - 2 * least + 1)
            for middle in range(least, cities - upper - least + 1)
        ]
    )


def unexplained_share(
    adj_r2: ArrayLike,
    rows: ArrayLike,
    cities: ArrayLike,
    years: ArrayLike,
    slopes: int,
    total_df: str | None = "rows - 1",
) -> Floats:
    """RSS / TSS of a two-way regression, (1 - adj. R2) df / (total df), its arrays broadcast.

    Raises
    ------
    lib.panel.DataError
        No degree of freedom is left.
    """
    rows, cities, years = np.asarray(rows), np.asarray(cities), np.asarray(years)
    df = rows - cities - years + 1 - slopes
    if (df <= 0).any():
        raise DataError(f"unexplained_share: {df.min()} degrees of freedom; expected at least 1")
    share = 1 - np.asarray(adj_r2, dtype=float)
    if total_df is None:
        return share * np.ones(df.shape)
    return share * df / (rows - (1 if total_df == "rows - 1" else cities))


@dataclass(frozen=True)
class Shares:
    """Unexplained shares of the whole (...), the periods (..., 2) and the reaches (..., 3)."""

    whole: Floats
    periods: Floats
    reaches: Floats


def shares(adj_r2: ArrayLike, split: ArrayLike = BELT, reading: Premises = BASELINE) -> Shares:
    """The six unexplained shares on a balanced panel.

    Parameters
    ----------
    adj_r2 : array_like of shape (6,)
    split : array_like of int, shape (..., 3)
        Cities in each reach.
    """
    figures, split = np.asarray(adj_r2, dtype=float), np.asarray(split)
    cities, years, length = split.sum(axis=-1), sum(reading.years), np.array(reading.years)
    many, kind = cities[..., None], reading.total_df
    return Shares(
        unexplained_share(figures[0], cities * years, cities, years, reading.whole_slopes, kind),
        unexplained_share(figures[1:3], many * length, many, length, reading.part_slopes, kind),
        unexplained_share(figures[3:], split * years, split, years, reading.part_slopes, kind),
    )


def survey(
    reading: Premises = BASELINE, split: ArrayLike | None = None, adj_r2: ArrayLike | None = None
) -> pd.DataFrame:
    """Both arguments for every split of the cities.

    Parameters
    ----------
    split : array_like of int, shape (S, 3), optional
        Default: :func:`splits`.
    adj_r2 : array_like of shape (6,), optional
        Default: the printed figures at their most favourable rounding.

    Returns
    -------
    DataFrame
        ``upper, middle, lower``; ``periods, reaches`` (least shares between them), ``together``
        (the most for both) and ``ceiling`` (the most between the periods); ``three_lines`` and
        ``ruled_out``, whether the first argument and whether either excludes the figures;
        ``highest``, the highest Adj. R2 that the parts leave the whole.  Within cities, only what
        concerns the reaches is defined.
    """
    split = splits() if split is None else np.atleast_2d(split)
    figures = favourable(reading) if adj_r2 is None else np.asarray(adj_r2, dtype=float)
    u = shares(figures, split, reading)
    early, best = u.periods.min(axis=-1), u.reaches.min(axis=-1)
    odds = (split / split.sum(axis=-1, keepdims=True) * (1 - u.reaches) / u.reaches).sum(axis=-1)
    nothing = np.full(len(split), np.nan)
    frame = pd.DataFrame(split, columns=list(REACHES)).assign(
        periods=nothing if reading.within else 1 - u.whole / early,
        reaches=1 - u.whole / best,
        together=0.0 if reading.within else 1 - u.whole,
        ceiling=nothing if reading.within else u.whole * odds,
    )
    # The least unexplained share of the whole for which neither argument objects.
    least = np.maximum(1 / (1 / early + 1 / best - 1), 1 / (odds + 1 / early))
    least = best if reading.within else least
    three = frame["periods"].fillna(0) + frame["reaches"] > frame["together"] + MARGIN
    return frame.assign(
        three_lines=three,
        ruled_out=three | (frame["periods"] > frame["ceiling"] + MARGIN),
        highest=1 - least * (1 - figures[0]) / u.whole,
    )


def readings() -> pd.DataFrame:
    """What follows under every reading of "Adj. R2".

    Returns
    -------
    DataFrame
        ``reading``; ``periods, reaches, together, ceiling`` at the split of the Belt; ``highest``
        over all splits; ``three_lines, ruled_out``, numbers of splits.
    """
    rows = []
    for reading in READINGS:
        every, belt = survey(reading), survey(reading, BELT).iloc[0]
        shown = belt[["periods", "reaches", "together", "ceiling"]].astype(float).to_dict()
        counts = {name: int(every[name].sum()) for name in ("three_lines", "ruled_out")}
        highest = float(every["highest"].max())
        rows.append({"reading": reading.name, **shown, "highest": highest, **counts})
    return pd.DataFrame(rows)


# --- panels with gaps ---------------------------------------------------------------------------


def imbalance(counts: ArrayLike) -> float:
    """Cramér's V of a table of rows by reach and period: 0 on a balanced panel.

    It is the largest correlation of a variable of the reach alone with one of the period alone.
    """
    counts = np.asarray(counts, dtype=float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return float(np.sqrt(((counts - expected) ** 2 / expected).sum() / counts.sum()))


def excess(reach: int = 0, period: int = 0, lost: int = 0) -> float:
    """By how much the two least shares exceed (1 + V)(1 - u), what a panel with gaps has for both.

    Parameters
    ----------
    reach, period, lost : int
        Every city of this reach misses so many years of this period; the split is the Belt's.
    """
    years = np.tile(YEARS, (3, 1))
    years[reach, period] -= lost
    cities = np.array(BELT)
    counts, figures = cities[:, None] * years, favourable()
    there = np.where(counts > 0, cities[:, None], 0).sum(axis=0)
    whole = unexplained_share(figures[0], counts.sum(), cities.sum(), sum(YEARS), 2)
    periods = unexplained_share(figures[1:3], counts.sum(axis=0), there, years.max(axis=0), 3)
    reaches = unexplained_share(figures[3:], counts.sum(axis=1), cities, years.sum(axis=1), 3)
    asked = 2 - whole / periods.min() - whole / reaches.min()
    return float(asked - (1 + imbalance(counts)) * (1 - whole))


def years_missing() -> pd.DataFrame:
    """Fewest years of a period that a whole reach must miss before :func:`excess` is silent."""
    rows = [
        {"reach": reach, "period": period, "years": YEARS[p], "needed": lost}
        for r, reach in enumerate(REACHES)
        for p, period in enumerate(PERIODS)
        for lost in [next(k for k in range(YEARS[p] + 1) if excess(r, p, k) <= MARGIN)]
    ]
    return pd.DataFrame(rows)


# --- panels that have all six figures -----------------------------------------------------------

_REACH, _PERIOD = np.repeat([0, 1, 2], BELT), np.repeat([0, 1], YEARS)
_SHAPE = (sum(BELT), sum(YEARS))


def own_ia_panel(seed: int = 41) -> pd.DataFrame:
    """A simulated panel with all six printed Adj. R2, if each reach recomputes IA over its cities.

    Industry moves between the reaches from year to year, in proportion to what each city has, and
    REG follows it, besides a step between the periods and noise.  Within a reach hardly anything
    moves: recomputed there, IA is nearly constant, and what it did in the whole is unexplained.

    Returns
    -------
    DataFrame
        ``city, year, reach, period, REG, LM, IA, LM_IA`` of 41 invented cities.
    """
    rng = np.random.default_rng(seed)
    noise, lm, own = rng.normal(size=(3, *_SHAPE))
    wave = np.concatenate([_standard(rng.normal(size=length)) for length in YEARS])
    place = np.concatenate([np.linspace(-1, 1, n) for n in BELT])
    away = np.array([-0.5, 1.0, -0.5])[:, None]

    def make(z: Floats) -> tuple[Floats, Floats, Floats]:
        of_reach = 1 / 3 + 0.02 * away * np.where(_PERIOD == 1, 0.25, 1.0) * wave
        of_city = np.exp(z[3:6][_REACH] * place)
        of_city /= np.array([of_city[_REACH == r].sum() for r in range(3)])[_REACH]
        ia = _SHAPE[0] * of_reach[_REACH] * of_city[:, None] * (1 + 0.001 * own)
        moved = ia - ia.mean(axis=1, keepdims=True)
        return moved + np.exp(z[0]) * _PERIOD + np.exp(z[1:3])[_PERIOD] * noise, lm, ia

    start = [-1.6, -3.2, -4.3, 5.0, 4.5, 4.0]
    return _frame(*make(_solved(lambda z: six_figures(*make(z), own_ia=True), start)))


def net_total_panel(seed: int = 41) -> pd.DataFrame:
    """A simulated panel with all six, if the total is what city and year effects leave over.

    REG has a pattern by reach and year, which LM carries; reaches absorb it in their year effects,
    the whole and, within them, the periods do not.  Columns as in :func:`own_ia_panel`.
    """
    rng = np.random.default_rng(seed)
    noise, ia, small = rng.normal(size=(3, *_SHAPE))
    wave = np.concatenate([net(rng.normal(size=(3, length))) for length in YEARS], axis=1)
    step = np.array([1, -1, 0.5])[:, None] * _PERIOD

    def make(z: Floats) -> tuple[Floats, Floats, Floats]:
        pattern = (np.exp(z[5]) * step + np.exp(z[3:5])[_PERIOD] * wave)[_REACH]
        reg = pattern + ia + np.exp(z[:3])[_REACH][:, None] * noise
        return reg, pattern + 0.1 * small, ia

    start = [-0.4, -0.2, -0.9, 0.6, 0.1, 1.6]
    return _frame(*make(_solved(lambda z: six_figures(*make(z), net_total=True), start)))


def parts(data: pd.DataFrame, own_ia: bool = False) -> Iterator[pd.DataFrame]:
    """The rows of the six columns of a panel, IA recomputed in each reach if wanted."""
    yield data
    for period in PERIODS:
        yield data[data["period"].eq(period)]
    for reach in REACHES:
        rows = data[data["reach"].eq(reach)]
        if own_ia:
            ia = rows["IA"] / rows.groupby("year")["IA"].transform("mean")
            rows = rows.assign(IA=ia, LM_IA=rows["LM"] * ia)
        yield rows


def net(values: Floats) -> Floats:
    """A matrix of cities by years less its row and column means: what both effects leave over."""
    of_rows = values.mean(axis=1, keepdims=True)
    return values - of_rows - values.mean(axis=0) + values.mean()


def six_figures(
    reg: Floats, lm: Floats, ia: Floats, own_ia: bool = False, net_total: bool = False
) -> Floats:
    """Adj. R2 of the six columns on a balanced panel of cities by years, in the order of the Belt.

    By hand, because an optimiser asks for it a few hundred times.
    """
    everything = np.ones(_SHAPE, dtype=bool)
    blocks = [everything, *(everything & (_PERIOD == p) for p in (0, 1))]
    blocks += [everything & (_REACH == r)[:, None] for r in range(3)]
    found = []
    for place, block in enumerate(blocks):
        shape = (block.any(axis=1).sum(), block.any(axis=0).sum())
        y, x, index = (values[block].reshape(shape) for values in (reg, lm, ia))
        if own_ia and place > 2:
            index = index / index.mean(axis=0)
        terms = [x, index] if place == 0 else [x, index, x * index]
        design = np.column_stack([net(term).ravel() for term in terms])
        left = net(y).ravel()
        total = left @ left if net_total else ((y - y.mean()) ** 2).sum()
        left = left - design @ np.linalg.lstsq(design, left, rcond=None)[0]
        df = y.size - sum(shape) + 1 - len(terms)
        found.append(1 - (left @ left / df) / (total / (y.size - 1)))
    return np.array(found)


def _solved(figures: Callable[[Floats], Floats], start: Sequence[float]) -> Floats:
    target = printed()
    result = optimize.least_squares(lambda z: figures(z) - target, start, bounds=(-9, 9))
    if np.abs(result.fun).max() > 1e-6:
        raise DataError(f"no panel found: off by {np.abs(result.fun).max():.1e}; expected 1e-6")
    return result.x


def _standard(values: Floats) -> Floats:
    return (values - values.mean()) / values.std()


def _frame(reg: Floats, lm: Floats, ia: Floats) -> pd.DataFrame:
    columns = {"REG": reg, "LM": lm, "IA": ia, "LM_IA": lm * ia}
    places = {
        "city": np.repeat([f"city {n + 1:02}" for n in range(_SHAPE[0])], _SHAPE[1]),
        "year": np.tile(np.arange(FIRST_YEAR, FIRST_YEAR + _SHAPE[1]), _SHAPE[0]),
        "reach": np.repeat(np.array(REACHES)[_REACH], _SHAPE[1]),
        "period": np.tile(np.array(PERIODS)[_PERIOD], _SHAPE[0]),
    }
    return pd.DataFrame(places | {name: values.ravel() for name, values in columns.items()})


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
    bars = [("Tables 1 and 2: at least", floor, 1.0, style.PRINTED, "")]
    for name, top in ceilings.items():
        bars.append((f"{name}: at most", 0.0, top, style.MUTED, "//"))
    for place, (_, low, high, colour, hatch) in enumerate(bars):
        ax.barh(-place, 100 * (high - low), left=100 * low, height=0.5, color=colour, alpha=0.75,
                hatch=hatch, edgecolor="white", linewidth=0)  # fmt: skip
        edge = low if place == 0 else high
        sides = {"ha": "right" if place == 0 else "left", "va": "center"}
        shift = -1.2 if place == 0 else 1.2
        ax.annotate(f"{100 * edge:.1f} %", (100 * edge + shift, -place), weight="bold", **sides)
    top = max(ceilings.values())
    ax.axvspan(100 * top, 100 * floor, color=style.INK, alpha=0.07, linewidth=0)
    ax.set(xlim=(0, 100), xlabel="Variation of REG between the periods, %")
    ax.set_yticks([-place for place in range(len(bars))], [label for label, *_ in bars])
    ax.grid(axis="y", visible=False)
    return style.Chart(fig, "Share of variation between the periods: floor above ceiling")
