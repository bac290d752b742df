"""Can Tables 1, 2 and 3 come from one panel?  What their printed Adj. R2 say of each other.

A regression's adjusted R2 fixes the share of the total sum of squares that it leaves over, its
*unexplained share*.  A regression split into parts, each with effects and slopes of its own,
leaves over no more than the whole.  Table 1 is the whole, Table 2 splits it by period, Table 3
by reach.  So the printed figures limit, from below and from above, how much of the variation of
the dependent variable lies *between* the two periods:

    floor    = 1 - u / min_p u_p                     Tables 1 and 2,
    ceiling  = u * sum_r w_r (1 - u_r) / u_r          Tables 1 and 3,

with u the unexplained share of the whole, u_p those of the periods, u_r and w_r those of the
reaches and their shares of the cities.  Where the floor is above the ceiling, no panel whatsoever
has the printed figures.  The proof is in the book, section "Can the three tables come from one
panel?".

Six figures of Adj. R2 always come in the order of ``COLUMNS``, splits of the cities in that of
``REACHES``, as the last axis of an array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from lib import published
from lib.estimation import two_way_fe
from lib.panel import DataError
from lib.specifications import columns_of

PERIODS = ("2008-2016", "2017-2023")
REACHES = ("upper", "middle", "lower")
COLUMNS = ("whole", *PERIODS, *REACHES)
YEARS = (9, 7)
# Printed with three decimals, a figure may be off by half of the last one.
HALF = 0.0005
# Model 1 fits too well for the rest: lower figures there, higher ones elsewhere, help.
HELPS = np.array([-1.0, 1, 1, 1, 1, 1])
REFERENCE = tuple(published.CITIES_OF_REACH[reach] for reach in REACHES)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Premises:
    """What the printed row "Adj. R2" may mean, where the tables leave it open.

    Attributes
    ----------
    name : str
    whole : str
        Column of Table 1 that is the whole of which Tables 2 and 3 hold the parts.
    adjusted : bool
        False if the row holds R2 itself.
    years : tuple of int
        Years in the two periods.
    whole_regressors, part_regressors : int
        Regressors besides the effects; those of the whole must be among those of the parts.
    """

    name: str
    whole: str = "model1"
    adjusted: bool = True
    years: tuple[int, int] = YEARS
    whole_regressors: int = 2
    part_regressors: int = 3


BASELINE = Premises("Adjusted, dummies counted")
READINGS = (
    BASELINE,
    Premises("R² itself, not adjusted", adjusted=False),
    Premises("2008 lost to a lag", years=(8, 7)),
    Premises("Controls in Tables 2 and 3, unprinted", part_regressors=8),
    Premises(
        "The same, with Model 2 as the whole",
        whole="model2",
        whole_regressors=6,
        part_regressors=8,
    ),
)


def printed(reading: Premises = BASELINE) -> Floats:
    """The six printed Adj. R2, in the order of ``COLUMNS``."""
    return np.array(_printed(reading.whole))


@cache
def _printed(whole: str) -> tuple[float, ...]:
    texts = [published.printed_text(1, whole, "adj_r2")]
    texts += [published.printed_text(2, column, "adj_r2") for column in PERIODS]
    texts += [published.printed_text(3, column, "adj_r2") for column in REACHES]
    return tuple(float(text) for text in texts)


def favourable(reading: Premises = BASELINE) -> Floats:
    """The six figures before rounding, if rounding did all it can to make them agree."""
    return printed(reading) + HALF * HELPS


def splits(cities: int = published.CITIES, least: int = 2) -> NDArray[np.int64]:
    """Every way to split the cities into three reaches, a row per split.

    Parameters
    ----------
    cities : int
    least : int
        Fewest cities in a reach.  With year effects a reach of one city leaves nothing to
        regress: its effects alone are as many as its rows.

    Returns
    -------
    ndarray of shape (number of splits, 3)

    Raises
    ------
    lib.panel.DataError
        There are not enough cities.
    """
    found = [
        (upper, middle, cities - upper - middle)
        for upper in range(least, cities - 2 * least + 1)
        for middle in range(least, cities - upper - least + 1)
    ]
    if not found:
        raise DataError(f"splits: {cities} cities; expected at least {3 * least}")
    return np.array(found)


def unexplained_share(
    adj_r2: ArrayLike,
    rows: ArrayLike,
    cities: ArrayLike,
    years: ArrayLike,
    regressors: int,
    adjusted: bool = True,
) -> Floats:
    """RSS / TSS of a two-way regression, from its adjusted R2.

    (1 - adj. R2) * df / (n - 1), with df = n - cities - years + 1 - regressors: the effects count
    as the dummies that they are.

    Parameters
    ----------
    adj_r2, rows, cities, years : array_like
        Broadcast against each other; ``rows`` is n.
    adjusted : bool
        False: ``adj_r2`` is R2 itself, and the share is 1 - R2.

    Raises
    ------
    lib.panel.DataError
        No degree of freedom is left.
    """
    rows, cities, years = np.asarray(rows), np.asarray(cities), np.asarray(years)
    df = rows - cities - years + 1 - regressors
    if (df <= 0).any():
        raise DataError(f"unexplained_share: {df.min()} degrees of freedom; expected at least 1")
    share = 1 - np.asarray(adj_r2, dtype=float)
    return share * df / (rows - 1) if adjusted else share * np.ones(df.shape)


@dataclass(frozen=True)
class Shares:
    """Unexplained shares: of the whole, of the periods (..., 2) and of the reaches (..., 3)."""

    whole: Floats
    periods: Floats
    reaches: Floats


def shares(adj_r2: ArrayLike, split: ArrayLike, reading: Premises = BASELINE) -> Shares:
    """The six unexplained shares on a balanced panel.

    Parameters
    ----------
    adj_r2 : array_like of shape (..., 6)
    split : array_like of int, shape (..., 3)
        Cities in each reach; leading axes broadcast against those of ``adj_r2``.
    """
    adj_r2, split = np.asarray(adj_r2, dtype=float), np.asarray(split)
    cities, years, parts = split.sum(axis=-1), sum(reading.years), reading.part_regressors
    several, length = cities[..., None], np.array(reading.years)
    return Shares(
        unexplained_share(
            adj_r2[..., 0],
            cities * years,
            cities,
            years,
            reading.whole_regressors,
            reading.adjusted,
        ),
        unexplained_share(
            adj_r2[..., 1:3], several * length, several, length, parts, reading.adjusted
        ),
        unexplained_share(adj_r2[..., 3:], split * years, split, years, parts, reading.adjusted),
    )


def headings(reading: Premises = BASELINE) -> list[str]:
    """Headings of the six columns, as in the book's tables."""
    whole = [spec for spec in columns_of(1) if spec.column == reading.whole]
    return [spec.heading for spec in (*whole, *columns_of(2), *columns_of(3))]


def unexplained() -> pd.DataFrame:
    """The six unexplained shares as printed, at the reference split, with what they come from.

    Returns
    -------
    DataFrame
        ``column`` (heading), ``adj_r2``, ``rows``, ``df`` (residual), ``share``.
    """
    cities = np.array([published.CITIES] * 3 + list(REFERENCE))
    years = np.array([sum(YEARS), *YEARS, *[sum(YEARS)] * 3])
    regressors = np.array([BASELINE.whole_regressors] + [BASELINE.part_regressors] * 5)
    u = shares(printed(), REFERENCE)
    return pd.DataFrame(
        {
            "column": headings(),
            "adj_r2": printed(),
            "rows": cities * years,
            "df": cities * years - cities - years + 1 - regressors,
            "share": [float(u.whole), *u.periods, *u.reaches],
        }
    )


def between_bounds(
    whole: ArrayLike, periods: ArrayLike, reaches: ArrayLike, room: ArrayLike, weights: ArrayLike
) -> tuple[Floats, Floats]:
    """Floor and ceiling of the share of the variation that lies between the periods.

    For every dependent variable on a panel whose reaches have the same weights in each period:
    if ``sum_p periods_p TSS_p <= whole TSS``, the share is at least the floor; if
    ``sum_r reaches_r TSS_r <= whole TSS`` and no reach has more than ``room_r`` of its own TSS
    between the periods, the share is at most the ceiling.

    Parameters
    ----------
    whole : array_like of shape (...)
    periods : array_like of shape (..., P)
    reaches, room, weights : array_like of shape (..., R)

    Returns
    -------
    floor, ceiling : ndarray of shape (...)
        The floor may be negative and the ceiling above 1: then they say nothing.
    """
    whole, periods, reaches = (np.asarray(value) for value in (whole, periods, reaches))
    floor = 1 - whole / periods.min(axis=-1)
    ceiling = whole * (np.asarray(weights) * np.asarray(room) / reaches).sum(axis=-1)
    return floor, ceiling


def _bounds(adj_r2: ArrayLike, split: ArrayLike, reading: Premises) -> tuple[Floats, Floats]:
    u, weights = shares(adj_r2, split, reading), _weights(split)
    return between_bounds(u.whole, u.periods, u.reaches, 1 - u.reaches, weights)


def _weights(split: ArrayLike) -> Floats:
    split = np.asarray(split)
    return split / split.sum(axis=-1, keepdims=True)


def survey(
    reading: Premises = BASELINE, split: ArrayLike | None = None, adj_r2: ArrayLike | None = None
) -> pd.DataFrame:
    """The theorem for every split of the cities.

    Parameters
    ----------
    split : array_like of int, shape (S, 3), optional
        Default: :func:`splits`.
    adj_r2 : array_like of shape (6,), optional
        Default: the printed figures at their most favourable rounding.

    Returns
    -------
    DataFrame
        ``upper, middle, lower``; ``floor, ceiling``; ``gap`` = floor - ceiling, in shares of the
        total sum of squares; ``feasible``: the gap is not positive; ``highest``: the highest
        Adj. R2 of the whole (or R2, as the reading has it) that the five parts leave room for.
    """
    split = splits() if split is None else np.atleast_2d(split)
    adj_r2 = favourable(reading) if adj_r2 is None else adj_r2
    floor, ceiling = _bounds(adj_r2, split, reading)
    u = shares(adj_r2, split, reading)
    # Floor = ceiling, solved for the unexplained share of the whole, which both are linear in.
    least = u.whole / (1 - floor + ceiling)
    highest = 1 - least * (1 - np.asarray(adj_r2)[0]) / u.whole
    return pd.DataFrame(split, columns=list(REACHES)).assign(
        floor=floor,
        ceiling=ceiling,
        gap=floor - ceiling,
        feasible=floor <= ceiling,
        highest=highest,
    )


@dataclass(frozen=True)
class Summary:
    """The result in one row.

    Attributes
    ----------
    splits, feasible : int
        Splits of the cities, and those that the theorem does not rule out.
    floor, ceiling : float
        At the reference split, rounding at its most favourable.
    gap : float
        The smallest floor - ceiling over all splits.
    printed, highest : float
        Printed Adj. R2 of the whole, and the highest that any split leaves room for.
    """

    splits: int
    feasible: int
    floor: float
    ceiling: float
    gap: float
    printed: float
    highest: float


def summary(reading: Premises = BASELINE) -> Summary:
    """The result in one row, for the table of findings."""
    every = survey(reading)
    reference = survey(reading, REFERENCE).iloc[0]
    return Summary(
        splits=len(every),
        feasible=int(every["feasible"].sum()),
        floor=float(reference["floor"]),
        ceiling=float(reference["ceiling"]),
        gap=float(every["gap"].min()),
        printed=float(printed(reading)[0]),
        highest=float(every["highest"].max()),
    )


# --- how far from feasible ----------------------------------------------------------------------


def needed(
    split: ArrayLike, columns: Sequence[str] = COLUMNS, reading: Premises = BASELINE
) -> Floats:
    """The smallest common change of some figures after which the theorem is silent.

    The printed figures named move by the same amount, each in the direction that helps; all six
    are then taken at their most favourable rounding.

    Parameters
    ----------
    split : array_like of int, shape (..., 3)
    columns : sequence of str
        From ``COLUMNS``.

    Returns
    -------
    ndarray of shape (...)
        What the theorem demands at least: whether a panel with the changed figures exists is
        another question.
    """
    start = favourable(reading)
    moving = np.isin(COLUMNS, columns)
    low = np.zeros(np.asarray(split).shape[:-1])
    high = np.full(low.shape, np.where(HELPS > 0, 1 - start, start)[moving].min())
    # Bisection: the gap falls as the figures move, and is negative at the far end.
    for _ in range(50):
        middle = (low + high) / 2
        floor, ceiling = _bounds(start + middle[..., None] * HELPS * moving, split, reading)
        low = np.where(floor > ceiling, middle, low)
        high = np.where(floor > ceiling, high, middle)
    return high


def distances(reading: Premises = BASELINE) -> pd.DataFrame:
    """How far the printed figures are from any that one panel can have.

    Returns
    -------
    DataFrame
        A row per printed figure that would have to change alone, and one for all at once:
        ``column`` (heading), ``printed``; ``reference``, the change at the reference split, in
        whole units of the last printed digit, and ``reference_figure``, what would then be
        printed (missing in the last row); ``easiest`` and ``easiest_figure``, the same at the
        split that asks least.
    """
    figures, every = printed(reading), splits()
    alone = [(column,) for column in COLUMNS]
    reference = np.array([needed(REFERENCE, moving, reading) for moving in [*alone, COLUMNS]])
    easiest = np.array([needed(every, moving, reading).min() for moving in [*alone, COLUMNS]])
    # Upwards: a smaller figure of three digits would not do.  The margin is for bisection's end.
    unit = 2 * HALF
    reference, easiest = (unit * np.ceil(c / unit - 1e-6) for c in (reference, easiest))
    frame = pd.DataFrame({"column": [*headings(reading), "All six together"]})
    return frame.assign(
        printed=[*figures, np.nan],
        reference=reference,
        reference_figure=[*(figures + HELPS * reference[:-1]), np.nan],
        easiest=easiest,
        easiest_figure=[*(figures + HELPS * easiest[:-1]), np.nan],
    )


# --- the t-statistics ---------------------------------------------------------------------------


def information(row: str, split: ArrayLike | None = None) -> pd.DataFrame:
    """Floor and ceiling that follow from a regressor's classical t-statistics.

    The information on a slope, s^2 / se^2, is the variation of its regressor that the others
    leave over, so that the parts hold no more of it than the whole.  With
    s^2 = (1 - adj. R2) TSS / (n - 1) this is the premise of :func:`between_bounds`, with
    (1 - adj. R2) / ((n - 1) se^2) in the place of the unexplained shares.

    Parameters
    ----------
    row : str
        ``lm`` or ``ia``, the regressors that Model 1 shares with Tables 2 and 3.
    split : array_like of int, shape (S, 3), optional
        Default: :func:`splits`.

    Returns
    -------
    DataFrame
        ``upper, middle, lower, floor, ceiling``; all printed digits at their most favourable.

    Raises
    ------
    lib.panel.DataError
        Model 1 or a part does not have the regressor.
    """
    split = splits() if split is None else np.atleast_2d(split)
    cells = pd.concat([published.coefficients(table) for table in (1, 2, 3)])
    cells = cells.set_index(["column", "row"])
    precision = []
    for helps, column in zip(HELPS, (BASELINE.whole, *PERIODS, *REACHES), strict=True):
        if (column, row) not in cells.index:
            raise DataError(f"column {column}: no coefficient of {row!r}")
        coef, t = cells.loc[(column, row), ["coef", "t"]]
        # The whole needs much information, a small standard error; the parts little.
        precision.append(((abs(t) - helps * HALF) / (abs(coef) + helps * HALF)) ** 2)
    variance = 1 - favourable()
    cities, years = split.sum(axis=-1), sum(YEARS)
    rows = np.column_stack([cities * years, np.outer(cities, YEARS), split * years])
    scaled = variance * np.array(precision) / (rows - 1)
    u, weights = shares(favourable(), split), _weights(split)
    floor, ceiling = between_bounds(
        scaled[:, 0], scaled[:, 1:3], scaled[:, 3:], 1 - u.reaches, weights
    )
    return pd.DataFrame(split, columns=list(REACHES)).assign(floor=floor, ceiling=ceiling)


# --- other meanings of R2 -----------------------------------------------------------------------


def within_city(adjustment: str) -> pd.DataFrame:
    """If R2 were that of Stata's ``xtreg, fe``: the share explained of the variation in cities.

    City means are then taken off before the total is formed, and reaches have nothing between
    them: the variation within cities of the whole is the sum of that of the reaches.  So the
    reach with the smallest unexplained share cannot be above the whole.

    Parameters
    ----------
    adjustment : {"none", "n - 1", "n - cities"}
        Degrees of freedom that the total is divided by; ``none`` if R2 is not adjusted.

    Returns
    -------
    DataFrame
        ``upper, middle, lower``; ``whole`` and ``least``, the unexplained shares of the whole and
        of the best of the reaches; ``feasible``: ``least`` is not above ``whole``.

    Raises
    ------
    lib.panel.DataError
        The adjustment is not one of the three.
    """
    if adjustment not in ("none", "n - 1", "n - cities"):
        raise DataError(f"adjustment {adjustment!r}; expected 'none', 'n - 1' or 'n - cities'")
    split = splits()
    reading = Premises("", adjusted=adjustment != "none")
    u = shares(favourable(), split, reading)
    whole, reaches = np.broadcast_to(u.whole, len(split)), u.reaches
    if adjustment == "n - cities":
        cities, years = split.sum(axis=-1), sum(YEARS)
        whole = whole * (cities * years - 1) / (cities * (years - 1))
        reaches = reaches * (split * years - 1) / (split * (years - 1))
    least = reaches.min(axis=-1)
    return pd.DataFrame(split, columns=list(REACHES)).assign(
        whole=whole, least=least, feasible=least <= whole
    )


def collinearity(r2: float, t: tuple[float, float], df: int) -> float:
    """Smallest |correlation| of two regressors that a within R2 and their t-statistics allow.

    With r the correlation of the regressors, effects removed, the explained sum of squares over
    s^2 is (t1^2 + t2^2 + 2 r t1 t2) / (1 - r^2); and it is df R2 / (1 - R2).

    Parameters
    ----------
    r2 : float
        Within R2, not adjusted, strictly between 0 and 1.
    t : tuple of float
        Classical t-statistics of the two regressors.
    df : int
        Residual degrees of freedom.

    Returns
    -------
    float
        0 where uncorrelated regressors explain at least that much.
    """
    explained = df * r2 / (1 - r2)
    squares, product = t[0] ** 2 + t[1] ** 2, abs(t[0] * t[1])
    if squares >= explained:
        return 0.0
    # The correlation with the sign of t1 t2 explains most at a given size of r.
    return float((np.sqrt(product**2 + explained * (explained - squares)) - product) / explained)


def readings() -> pd.DataFrame:
    """Every reading of "Adj. R2": what follows, and how many splits of the cities escape.

    Returns
    -------
    DataFrame
        ``reading``; ``floor`` and ``ceiling`` at the reference split, missing where the argument
        is another one; ``highest``, as in :func:`survey`, over all splits; ``splits`` and
        ``escape``, the number of splits and of those not ruled out.
    """
    rows = []
    for reading in READINGS:
        result = summary(reading)
        rows.append(
            {"reading": reading.name, "floor": result.floor, "ceiling": result.ceiling}
            | {"highest": result.highest, "splits": result.splits, "escape": result.feasible}
        )
    names = {"none": "plain", "n - 1": "adjusted", "n - cities": "adjusted, means counted"}
    for adjustment, name in names.items():
        every = within_city(adjustment)
        rows.append(
            {"reading": f"Share of variation within cities, {name}"}
            | {"splits": len(every), "escape": int(every["feasible"].sum())}
        )
    # Nothing ties the totals together once both kinds of means are taken off in each part.
    rows.append(
        {"reading": "Share of what both effects leave over"}
        | {"splits": len(splits()), "escape": len(splits())}
    )
    return pd.DataFrame(rows)


def evidence() -> pd.DataFrame:
    """Floor and ceiling by the printed figures that they come from.

    Returns
    -------
    DataFrame
        Rows: Adj. R2, the t of LM, the t of IA.  ``source``; ``floor`` and ``ceiling`` at the
        reference split, missing where they say nothing; ``alone``, the number of splits that
        the two rule out; ``joint``, that this ceiling and the floor of Adj. R2 rule out.
    """
    base, reference = survey(), survey(split=REFERENCE)
    rows = []
    for source, row in (("Adj. R²", None), ("t of LM", "lm"), ("t of IA", "ia")):
        every = information(row) if row else base
        one = (information(row, REFERENCE) if row else reference).iloc[0]
        rows.append(
            {
                "source": source,
                "floor": one["floor"] if one["floor"] > 0 else np.nan,
                "ceiling": one["ceiling"] if one["ceiling"] < 1 else np.nan,
                "alone": int((every["floor"] > every["ceiling"]).sum()),
                "joint": int((base["floor"] > every["ceiling"]).sum()),
            }
        )
    return pd.DataFrame(rows)


# --- panels with gaps ---------------------------------------------------------------------------


def imbalance(counts: ArrayLike) -> Floats:
    """Cramér's V of a table of rows by reach and period: 0 on a balanced panel.

    It is the largest correlation between a variable that depends on the reach alone and one
    that depends on the period alone.

    Parameters
    ----------
    counts : array_like of shape (3, 2)
        Rows of each reach in each period.
    """
    counts = np.asarray(counts, dtype=float)
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    return np.sqrt(((counts - expected) ** 2 / expected).sum() / counts.sum())


def excess(
    reach: str = "upper", period: int = 0, lost: int = 0, split: Sequence[int] = REFERENCE
) -> float:
    """For a panel with gaps: by how much the shares asked for exceed what there is.

    Tables 1 and 2 ask for a share 1 - u / min u_p between the periods, Tables 1 and 3 for a share
    1 - u / min u_r between the reaches.  Together they can have at most (1 + V) (1 - u), with V
    from :func:`imbalance`.

    Parameters
    ----------
    reach : str
    period : int
        0 or 1.
    lost : int
        This many years of the period are missing for every city of the reach.
    split : sequence of int
        Cities of each reach.

    Returns
    -------
    float
        Positive: no such panel has the printed figures, rounding at its most favourable.
    """
    years = np.tile(YEARS, (3, 1))
    years[REACHES.index(reach), period] -= lost
    cities = np.array(split)
    counts, figures = cities[:, None] * years, favourable()
    present = np.where(counts > 0, cities[:, None], 0)
    whole = unexplained_share(figures[0], counts.sum(), cities.sum(), sum(YEARS), 2)
    periods = unexplained_share(
        figures[1:3], counts.sum(axis=0), present.sum(axis=0), years.max(axis=0), 3
    )
    reaches = unexplained_share(figures[3:], counts.sum(axis=1), cities, years.sum(axis=1), 3)
    asked = (1 - whole / periods.min()) + (1 - whole / reaches.min())
    return float(asked - (1 + imbalance(counts)) * (1 - whole))


def years_missing() -> pd.DataFrame:
    """How many years a reach must miss before :func:`excess` is silent, at the reference split.

    Returns
    -------
    DataFrame
        ``reach, period, years, needed``: years of the period, and the fewest missing.
    """
    rows = [
        {"reach": reach, "period": PERIODS[p], "years": YEARS[p], "needed": lost}
        for reach in REACHES
        for p in (0, 1)
        for lost in [next(k for k in range(YEARS[p] + 1) if excess(reach, p, k) <= 0)]
    ]
    return pd.DataFrame(rows)


# --- a panel that comes close -------------------------------------------------------------------


@dataclass(frozen=True)
class _Pattern:
    """Means by reach and period (3, 2), and the noise in each as a share of the TSS (3, 2)."""

    means: Floats
    noise: Floats


@cache
def _pattern(split: tuple[int, ...], tries: int = 8) -> _Pattern:
    """Means and noise with the parts' unexplained shares, and as little noise as can be found."""
    u = shares(printed(), split)
    cities, years = _weights(split), _weights(YEARS)
    weights = np.outer(cities, years)

    def unpack(z: Floats) -> _Pattern:
        return _Pattern(z[:6].reshape(3, 2), z[6:].reshape(3, 2))

    def equations(z: Floats) -> Floats:
        """Grand mean 0, TSS 1, and in each part noise = unexplained share of the part's TSS."""
        pattern = unpack(z)
        means, noise = pattern.means, pattern.noise
        of_periods, of_reaches = cities @ means, means @ years
        periods = (weights * (means - of_periods) ** 2).sum(axis=0) + noise.sum(axis=0)
        reaches = (weights * (means - of_reaches[:, None]) ** 2).sum(axis=1) + noise.sum(axis=1)
        return np.array(
            [
                (weights * means).sum(),
                (weights * means**2).sum() + noise.sum() - 1,
                *(noise.sum(axis=0) - u.periods * periods),
                *(noise.sum(axis=1) - u.reaches * reaches),
            ]
        )

    rng = np.random.default_rng(41)
    found = []
    for _ in range(tries):
        start = np.concatenate([rng.normal(size=6), rng.uniform(0.005, 0.02, 6)])
        solution = optimize.minimize(
            lambda z: z[6:].sum(),
            start,
            jac=lambda z: np.repeat([0.0, 1.0], 6),
            constraints={"type": "eq", "fun": equations},
            bounds=[(None, None)] * 6 + [(1e-6, 1)] * 6,
            method="SLSQP",
            options={"maxiter": 500, "ftol": 1e-12},
        )
        if solution.success:
            found.append(solution)
    return unpack(min(found, key=lambda solution: solution.fun).x)


def closest_panel(split: Sequence[int] = REFERENCE, seed: int = 2023) -> pd.DataFrame:
    """A simulated panel with the five Adj. R2 of Tables 2 and 3, and the whole as near as it gets.

    REG is a mean for each reach and period, plus noise that adds up to nothing over the cities
    and over the years of each reach and period, and that the regressors do not explain there.
    LM carries the interaction of reach and period, so that it explains in the whole what the
    effects of the parts absorb.

    Returns
    -------
    DataFrame
        ``city_code, year, reach, period, reg, lm, ia, lm_ia``; 41 invented cities, 16 years.
    """
    pattern, rng = _pattern(tuple(split)), np.random.default_rng(seed)
    cities, years = sum(split), sum(YEARS)
    interaction = _centred(pattern.means, _weights(split), _weights(YEARS))
    reg, lm = np.empty((cities, years)), np.empty((cities, years))
    ia, noise = rng.normal(size=(2, cities, years))
    for r, rows in enumerate(_slices(split)):
        for p, columns in enumerate(_slices(YEARS)):
            shape = ia[rows, columns].shape
            small = _centred(rng.normal(size=shape))
            lm[rows, columns] = 100 * interaction[r, p] + small
            terms = [lm[rows, columns], ia[rows, columns], (lm * ia)[rows, columns]]
            x = np.column_stack([_centred(term).ravel() for term in terms])
            e = _centred(noise[rows, columns]).ravel()
            e -= x @ np.linalg.lstsq(x, e, rcond=None)[0]
            e *= np.sqrt(pattern.noise[r, p] * cities * years / (e @ e))
            reg[rows, columns] = pattern.means[r, p] + e.reshape(shape)
    codes = np.arange(1, cities + 1)
    index = pd.MultiIndex.from_product([codes, range(2008, 2008 + years)])
    frame = pd.DataFrame({"reg": reg.ravel(), "lm": lm.ravel(), "ia": ia.ravel()}, index)
    frame = frame.rename_axis(["city_code", "year"]).reset_index()
    return frame.assign(
        reach=np.repeat(np.repeat(REACHES, split), years),
        period=np.tile(np.repeat(PERIODS, YEARS), cities),
        lm_ia=frame["lm"] * frame["ia"],
    )


def attained(data: pd.DataFrame) -> pd.DataFrame:
    """Adj. R2 of the six regressions on a panel such as :func:`closest_panel`, beside the printed.

    Returns
    -------
    DataFrame
        ``column`` (heading), ``printed``, ``attained``.
    """
    terms = ["lm", "ia", "lm_ia"]
    parts = [data[data["period"] == period] for period in PERIODS]
    parts += [data[data["reach"] == reach] for reach in REACHES]
    found = [two_way_fe(data, "reg", terms[:2])]
    found += [two_way_fe(part, "reg", terms) for part in parts]
    return pd.DataFrame(
        {"column": headings(), "printed": printed(), "attained": [fit.adj_r2 for fit in found]}
    )


def _slices(lengths: Sequence[int]) -> list[slice]:
    ends = np.cumsum(lengths)
    return [slice(end - length, end) for end, length in zip(ends, lengths, strict=True)]


def _centred(
    values: Floats, rows: Floats | None = None, columns: Floats | None = None
) -> Floats:
    """A matrix less its (weighted) row and column means: what two-way effects leave over."""
    of_rows = np.average(values, axis=1, weights=columns)[:, None]
    of_columns = np.average(values, axis=0, weights=rows)
    return values - of_rows - of_columns + np.average(of_columns, weights=columns)
