"""A synthetic twin of the paper's data: 41 invented cities whose yearbook gives its tables.

The twin is made backwards.  Tables 1 to 3 print 23 coefficients and 23 t-statistics; we look for a
panel that has them, and then write down the yearbook that this panel could have come from.  It is
evidence of nothing about China: it shows the road from a yearbook to a table on which every figure
is known in advance, and it gives a simulation a truth to start from.

How it is made, for given random draws (:class:`Draws`):

1. :func:`regressors` draws LM, IA and the controls, with a spread for each reach and period.
2. :func:`outcome` draws REG, and moves it by the change that gives the printed coefficients, which
   are 23 linear functions of it: the change that is least where small noise is asked for.
3. :func:`tune` solves for the spreads (60 parameters) that give the 23 t-statistics,
   ``t = b / sqrt(s2 diag(H^-1))`` with H = X'MX, ``s2 = (y'My - b'Hb) / df`` and M the projection
   off a column's effects.
4. :func:`levels` adds city effects.  Slopes and t-statistics do not depend on them, the Hausman
   tests do: they are moved from where they start by what gives the printed p-values.
5. :func:`yearbook` writes the figures that equations (3) and (4) and the definitions of the
   controls turn into these variables.

The solution of a search is rounded to `DIGITS` decimals, and the yearbook to few, so that the last
digits of a machine's arithmetic do not reach the file.

The samples of the seven columns are nested: all cities and years, a period, a reach.  In the right
coordinates the sum of squares left by the effects of each sample is a plain sum over coordinates:
contrasts between the reaches' means or between the cities of a reach, times contrasts between the
periods' means or between the years of a period.  :func:`_basis` has these coordinates, and
`CLASSES` their twelve kinds; a spread for each kind is all that separates one column's residual
variance from another's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lib import running

if __name__ == "__main__":
    running.end_plainly()  # the imports below take a second, in which it can be stopped too

import numpy as np
import pandas as pd
from scipy import stats

from lib import files, indicators, panel, published
from lib.estimation import Estimate
from lib.specifications import (
    BASELINE,
    CONTROLS,
    SPECIFICATIONS,
    Reading,
    Specification,
    estimates,
    with_variables,
)

SEED = 7
DIGITS = 7
YEARBOOK = panel.DATA / "synthetic_yearbook.csv"
CITIES = panel.DATA / "synthetic_cities.csv"
FLOATS = "%.10g"  # enough digits for the coefficients to come out to three decimals
YEARS = np.arange(2008, 2024)
LAG_YEAR = 2007  # serves LM of 2008 only
REACHES = ("lower", "middle", "upper")  # in the order of the codes, so of the yearbook's rows
COUNTS = tuple(published.CITIES_OF_REACH[reach] for reach in REACHES)
REACH = np.repeat(np.arange(3), COUNTS)
PERIOD = (YEARS > 2016).astype(int)
N, T = len(REACH), len(YEARS)


@dataclass(frozen=True)
class Column:
    """A printed column: the part of the cube that it uses, and what it is to give."""

    spec: Specification
    rows: np.ndarray
    years: np.ndarray
    coef: np.ndarray
    t: np.ndarray
    hausman_p: float
    df: int

    @classmethod
    def of(cls, spec: Specification) -> Column:
        """What a specification prints, with the cities and years it is about."""
        cells = published.coefficients(spec.table)
        cells = cells[cells["column"].eq(spec.column)].set_index("row").loc[list(spec.terms)]
        reach = np.array(REACHES)[REACH]
        return cls(
            spec=spec,
            rows=np.flatnonzero((reach == spec.reach) | (spec.reach is None)),
            years=np.flatnonzero((YEARS >= spec.years[0]) & (YEARS <= spec.years[1])),
            coef=cells["coef"].to_numpy(),
            t=cells["t"].to_numpy(),
            hausman_p=float(published.printed_text(spec.table, spec.column, "hausman_p")),
            df=published.printed_df(spec),
        )

    def part(self, cube: np.ndarray) -> np.ndarray:
        """The column's cities and years of an array cities x years."""
        return cube[np.ix_(self.rows, self.years)]

    def design(self, values: Mapping[str, np.ndarray]) -> np.ndarray:
        """The column's regressors, net of its effects: city-years x terms."""
        return np.column_stack([_within(self.part(values[k])).ravel() for k in self.spec.terms])


COLUMNS = tuple(Column.of(spec) for spec in SPECIFICATIONS)


def _within(values: np.ndarray) -> np.ndarray:
    return values - values.mean(0) - values.mean(1, keepdims=True) + values.mean()


def _basis(groups: np.ndarray, ordered: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orthonormal contrasts: the mean, between groups, within each group.

    Returns the basis (a row a contrast), the kind of each (-2 mean, -1 between, else the group),
    and, if `ordered`, the degree of the polynomial that a contrast within a group is; else ones.
    """
    n, count = len(groups), groups.max() + 1
    member = (groups[:, None] == np.arange(count)).astype(float)
    between = np.linalg.qr(np.column_stack([np.ones(n), member[:, 1:]]))[0].T
    rows, kinds, degrees = [between], [-2] + [-1] * (count - 1), [1] * count
    for group in range(count):
        size = int(member[:, group].sum())
        powers = np.vander(np.linspace(-1, 1, size), size, increasing=True)
        within = np.zeros((size - 1, n))
        within[:, groups == group] = np.linalg.qr(powers)[0].T[1:]
        rows.append(within)
        kinds += [group] * (size - 1)
        degrees += list(range(1, size)) if ordered else [1] * (size - 1)
    return np.vstack(rows), np.array(kinds), np.array(degrees, dtype=float)


_CITY, _CITY_KIND, _ = _basis(REACH, ordered=False)
_TIME, _TIME_KIND, _DEGREE = _basis(PERIOD, ordered=True)
CLASSES = [(reach, period) for reach in (-1, 0, 1, 2) for period in (-1, 0, 1)]
_MEMBER = np.array(
    [np.outer(_CITY_KIND == reach, _TIME_KIND == period).ravel() for reach, period in CLASSES]
).astype(float)  # classes x coordinates
# Within a class the higher degrees get less: a reach's path is smooth, a city's less so.
_PRIOR = _MEMBER * np.tile(_DEGREE, N) ** np.where(np.array(CLASSES)[:, :1] == -1, -1.5, -0.7)
# Which classes make up the variation of a sample, a row a column of the tables.
_SAMPLE = np.array(
    [
        [
            (c.spec.reach is None or reach == REACHES.index(c.spec.reach))
            and (len(c.years) == T or period == PERIOD[c.years[0]])
            for reach, period in CLASSES
        ]
        for c in COLUMNS
    ]
).astype(float)


def _coordinates(cubes: np.ndarray) -> np.ndarray:
    return (_CITY @ cubes @ _TIME.T).reshape(*cubes.shape[:-2], N * T)


def _cube(coordinates: np.ndarray) -> np.ndarray:
    return _CITY.T @ coordinates.reshape(*coordinates.shape[:-1], N, T) @ _TIME


@dataclass(frozen=True)
class Draws:
    """All that is random: arrays of cities, of reaches x years, or of cities x years."""

    kind: np.ndarray  # about +-1: a city of workshops or of services
    attraction: np.ndarray
    shock: np.ndarray
    shock_reach: np.ndarray
    shift_lm: np.ndarray
    shift_ia: np.ndarray
    noise_ia: np.ndarray
    path_ia: np.ndarray
    controls: np.ndarray  # controls x cities x years
    reg: np.ndarray  # classes x coordinates
    level: np.ndarray
    size: np.ndarray
    other: np.ndarray  # 8 x cities, for the series that enter no table

    @classmethod
    def of(cls, seed: int = SEED) -> Draws:
        """All draws of the twin, from one seed."""
        rng = np.random.default_rng(seed)
        kind = [
            rng.permutation(
                np.r_[-np.linspace(0.85, 1.15, n // 2), np.linspace(0.85, 1.15, n - n // 2)]
            )
            for n in COUNTS
        ]
        shock = np.sqrt(2) * np.sin(rng.uniform(0, 2 * np.pi, (N, T)))
        shock[:, np.isin(YEARS, panel.CENSUS_YEARS)] *= 0.5  # a census step would be flagged
        attraction = _bounded(rng)
        noise_ia = _autoregression(rng, 0.7)
        controls = np.stack([_autoregression(rng, 0.7) for _ in CONTROLS])
        own = _autoregression(rng, 0.7)
        level, size = _bounded(rng), rng.uniform(-1, 1, N)
        other = rng.uniform(-1, 1, (8, N))

        rng = np.random.default_rng([seed, 5])  # paths of a reach, shifts between the periods
        waves = [np.cos(np.pi * k * (np.arange(T) + 0.5) / T) / k**0.7 for k in range(1, 7)]
        shock_reach = sum(rng.standard_normal((3, 1)) * wave for wave in waves)
        path_ia = 0.5 * np.cumsum(rng.standard_normal((3, T)), axis=1)
        sign = np.where(np.concatenate(kind) > 0, np.sign(rng.standard_normal(N)), 0.2)
        shift_lm = sign * rng.uniform(0.8, 1.2, N)
        shift_ia = _bounded(rng)
        walk = np.cumsum(rng.standard_normal((3, T)), axis=1)
        walk += np.outer([-5.0, 0.5, 5.65], np.clip((YEARS - 2008) / 8, 0, 1.1))
        shared = walk[REACH] + np.outer(rng.standard_normal(N), _late(1.0) - 0.5)
        reg = _MEMBER * np.where(
            [[-1 in c] for c in CLASSES], _coordinates(shared), _coordinates(own)
        )
        reg *= np.sqrt(_MEMBER.sum(1, keepdims=True) / (reg**2).sum(1, keepdims=True))
        return cls(
            kind=np.concatenate(kind),
            attraction=attraction,
            shock=shock,
            shock_reach=shock_reach[REACH],
            shift_lm=shift_lm,
            shift_ia=shift_ia,
            noise_ia=noise_ia,
            path_ia=path_ia[REACH],
            controls=controls,
            reg=reg,
            level=level,
            size=size,
            other=other,
        )


def _bounded(rng: np.random.Generator) -> np.ndarray:
    return np.clip(rng.standard_normal(N), -1.5, 1.5)


def _autoregression(rng: np.random.Generator, rho: float) -> np.ndarray:
    steps = rng.standard_normal((N, T + 20)) * np.sqrt(1 - rho**2)
    values = np.zeros_like(steps)
    for t in range(1, steps.shape[1]):
        values[:, t] = rho * values[:, t - 1] + steps[:, t]
    return np.clip(values[:, -T:], -2, 2)


def _late(width: float) -> np.ndarray:
    """From 0 in the first period to 1 in the second, the faster the smaller the width in years."""
    return 1 / (1 + np.exp(-(YEARS - 2016.5) / width))


# Near a solution for `SEED`, found by trial; spreads are in logarithms, cells are reach x period.
_START: dict[str, list] = {
    "ia_mean": [0.8, 0.8, 0.57],
    "ia_spread": [0.42, 0.42, 0.3],
    "ia_step": [-0.02, 0.0, 0.01],
    "ia_noise": [[-6.91, -6.91], [-6.91, -6.85], [-6.9, -6.9]],
    "lm_spread": [[-5.8, -5.71], [-5.71, -5.81], [-5.42, -5.75]],
    "lm_tilt": [[1.2, -1.17], [-1.2, 0.09], [-1.2, -1.02]],
    "ia_on_lm": [[0.64, 0.1], [0.07, 0.35], [0.09, -0.13]],
    "controls": [-4.94, -6.15, -3.53, -3.8, -4.36],
    "lm_reach": [-6.86, -5.0],
    "ia_reach": [-8.11, -5.35],
    "lm_shift": [-7.59, -4.0, -4.33],
    "ia_shift": [-7.14, -6.9, -5.38],
    "reg": [-3.3, -4.89, -5.69, -7.0, -6.88, -6.98, -6.61, -6.45, -6.8, -6.33, -6.2, -6.46],
}


def _unpack(vector: np.ndarray) -> dict[str, np.ndarray]:
    found, at = {}, 0
    for name, start in _START.items():
        size = np.size(start)
        found[name] = vector[at : at + size].reshape(np.shape(start))
        at += size
    return found


def _solve(
    errors: Callable[[np.ndarray], np.ndarray], start: np.ndarray, tolerance: float = 1e-9
) -> np.ndarray:
    """Solve fewer equations than unknowns by Newton steps of least norm; rounded to `DIGITS`.

    Each step is the smallest that solves the linearised equations, so the solution found is a
    smooth function of the start, and rounding errors do not grow on the way.

    Raises
    ------
    lib.panel.DataError
        Twenty steps do not lead to a solution.
    """
    x, width = np.asarray(start, dtype=float), 1e-5
    for _ in range(20):
        found = errors(x)
        if np.abs(found).max() < tolerance:
            return np.round(x, DIGITS)
        moves = width * np.eye(len(x))
        slopes = [(errors(x + move) - errors(x - move)) / (2 * width) for move in moves]
        step = np.linalg.lstsq(np.transpose(slopes), -found, rcond=None)[0]
        x = x + step * min(1.0, 0.5 / np.abs(step).max())
    worst = np.abs(found).max()
    raise panel.DataError(
        f"twin: an equation is off by {worst:.2g} after 20 steps; expected {tolerance:g} at most"
    )


def regressors(draws: Draws, p: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The regressors of all columns, cities x years; controls as deviations from their effects.

    LM has a shock of the city, wider in cities of one `kind` than of the other, a path of the
    reach and a shift between the periods; IA has a mean and a spread by reach, follows LM, and has
    a shift and noise of its own.  IA is scaled to mean 1 a year, as equation (4) has it.
    """
    cell = (REACH[:, None], PERIOD)
    shock = (
        np.exp(p["lm_spread"][cell] + p["lm_tilt"][cell] * draws.kind[:, None]) * draws.shock
        + np.exp(p["lm_reach"])[PERIOD] * draws.shock_reach
    )
    shift = _late(1.0) - 0.5
    lm = (
        0.002
        + 0.006 * draws.attraction[:, None]
        + shock
        + np.outer(np.exp(p["lm_shift"])[REACH] * draws.shift_lm, shift)
    )
    weight = _late(0.7)
    early, late = p["ia_noise"].T
    noise = np.exp(np.outer(early, 1 - weight) + np.outer(late, weight))
    ia = (
        (p["ia_mean"][REACH] + p["ia_spread"][REACH] * draws.kind)[:, None]
        + np.outer(p["ia_step"][REACH], _late(0.6) - 0.5)
        + p["ia_on_lm"][cell] * shock
        + noise[REACH] * draws.noise_ia
        + np.exp(p["ia_reach"])[PERIOD] * draws.path_ia
        + np.outer(np.exp(p["ia_shift"])[REACH] * draws.shift_ia, shift)
    )
    ia = ia / ia.mean(0)
    controls = np.exp(p["controls"])[:, None, None] * draws.controls
    return {"lm": lm, "ia": ia, "lm_ia": lm * ia, **dict(zip(CONTROLS, controls, strict=True))}


def outcome(
    draws: Draws, designs: Sequence[np.ndarray], spread: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """REG net of all effects, with the printed coefficients, in coordinates.

    A coefficient is ``(X'MX)^-1 X'M y``, so that all 23 are ``A y``.  Noise e with the variances S
    is moved to ``e + S A' (A S A')^-1 (b - A e)``: no other change that gives the coefficients b is
    smaller in the norm of S^-1.

    Parameters
    ----------
    draws : Draws
    designs : sequence of ndarray
        The regressors of each column, net of its effects.
    spread : ndarray
        Logarithm of the noise of each class.

    Returns
    -------
    (ndarray, ndarray)
        REG and the change in it, coordinates of `_cube`.
    """
    weights = []
    for column, x in zip(COLUMNS, designs, strict=True):
        w = np.zeros((x.shape[1], N, T))
        part = np.linalg.solve(x.T @ x, x.T).reshape(-1, len(column.rows), len(column.years))
        w[np.ix_(np.arange(x.shape[1]), column.rows, column.years)] = part
        weights.append(w)
    a, b = _coordinates(np.concatenate(weights)), np.concatenate([c.coef for c in COLUMNS])
    noise = np.exp(spread) @ draws.reg
    scaled = a * (np.exp(2 * spread) @ _PRIOR)
    change = np.linalg.solve(a @ scaled.T, b - a @ noise) @ scaled
    return noise + change, change


def tune(draws: Draws) -> dict[str, np.ndarray]:
    """Solve for the spreads that give the printed t-statistics, and round them.

    Raises
    ------
    lib.panel.DataError
        The search fails: draws of another seed need another start.
    """

    def errors(vector: np.ndarray) -> np.ndarray:
        p = _unpack(vector)
        values = regressors(draws, p)
        designs = [column.design(values) for column in COLUMNS]
        reg, _ = outcome(draws, designs, p["reg"])
        found = []
        for column, x, q in zip(COLUMNS, designs, _SAMPLE @ (_MEMBER @ reg**2), strict=True):
            h = x.T @ x
            s2 = (q - column.coef @ h @ column.coef) / column.df
            t = column.coef / np.sqrt(s2 * np.diag(np.linalg.inv(h)))
            found.append(np.log(t / column.t))
        return np.concatenate(found)

    start = np.concatenate([np.ravel(values) for values in _START.values()])
    return _unpack(_solve(errors, start))


def _share_secondary(values: Mapping[str, np.ndarray]) -> np.ndarray:
    return values["ia"] * np.linspace(0.405, 0.393, T)


def placed(draws: Draws, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The regressors with city and year effects, which leave slopes alone, in the controls."""
    time = np.arange(T) / (T - 1)
    share = _share_secondary(values).mean(1)
    farming = 0.145 - 0.1 * share
    effects = {
        "odi": 0.045 + 0.02 * draws.other[2],
        "te": 0.7 * draws.size,
        "gr": 0.23 + 0.05 * draws.other[3] + 0.04 * (REACH == 2),
        "rlr": 0.15 * draws.level,
        "rissl": (1 - farming) / share - 1,
    }
    paths = {"odi": -0.005, "te": 0.1, "gr": 0.03, "rlr": 2.6, "rissl": 0.06}
    found = dict(values)
    for name in CONTROLS:
        cube = effects[name][:, None] + paths[name] * time + values[name]
        if name in {"te", "rlr"}:  # relative to the mean of the cities in the first year
            cube = cube + 1 - cube[:, 0].mean()
        found[name] = cube
    return found


_COMMON = 0.08 * np.arange(T) - 0.0006 * np.arange(T) ** 2  # the growth that all cities share
# City effects near a solution, found by trial: with these growth stays within 95 and 120.
_LEVELS = [
    0.12, -0.05, 0.07, -0.03, 0.06, -0.21, 0.11, -0.1, 0.22, -0.07, -0.13, 0.08, 0.01, -0.12,
    0.08, 0.84, 0.25, 0.12, 0.0, -0.22, -0.2, -0.35, 0.29, -0.03, 0.34, 0.02, 0.1, -0.15, -0.21,
    -0.14, -0.01, 0.06, -0.03, 0.14, 0.0, 0.1, 0.05, -0.12, -0.06, 0.07, -0.05,
]  # fmt: skip


def _people(draws: Draws, lm: np.ndarray, natural: np.ndarray) -> np.ndarray:
    """Residents (10,000) from 2007 on: equation (3) solved for L_t; a city x year more than LM."""
    first = np.exp(5.9 + 0.6 * draws.size - 0.1 * (REACH == 2))[:, None]
    growth = 1 + lm + natural[:, 1:] / 1000
    return np.round(first * np.cumprod(np.hstack([np.ones((N, 1)), growth]), axis=1), 4)


def _natural(draws: Draws) -> np.ndarray:
    time = np.arange(-1, T) / (T - 1)
    path = 4.5 - 4.5 * np.clip(time, 0, 1) ** 2
    return np.round(path + 1.5 * draws.other[0][:, None], 2)


def _rebased(reg: np.ndarray, people: np.ndarray) -> np.ndarray:
    """REG with the Belt of the first year at 1, by a shift that no effect-free figure feels."""
    return reg + 1 - (people[:, 1] / people[:, 1].sum()) @ reg[:, 0]


def levels(values: Mapping[str, np.ndarray], reg: np.ndarray) -> np.ndarray:
    """City effects that give the columns the printed p-values of the Hausman test.

    The test is the one with one error variance, that of the random-effects model
    (``version="sigmamore"`` of :func:`lib.estimation.hausman`).  The plain one is not defined
    where random effects fit worse than fixed effects and LM hardly differs between cities, which
    makes the difference of the covariances indefinite: here, in every column.  Model 2 is left
    out: with controls that differ so much between cities it rejects whatever the levels.
    """
    columns = [column for column in COLUMNS if column.spec.column != "model2"]
    targets = np.log([stats.chi2.isf(c.hausman_p, len(c.coef)) for c in columns])

    def errors(effects: np.ndarray) -> np.ndarray:
        cube = reg + effects[:, None]
        return np.log([_hausman(column, values, cube) for column in columns]) - targets

    return _solve(errors, np.array(_LEVELS))


def _hausman(column: Column, values: Mapping[str, np.ndarray], reg: np.ndarray) -> float:
    """Hausman's statistic with the error variance of random effects, on a balanced panel.

    Source: Swamy and Arora (1972) for the variances; :mod:`lib.estimation` computes the same from
    ``linearmodels``, on any panel, and the tests compare the two.
    """
    y = column.part(reg)
    y = y - y.mean(0)
    x = [column.part(values[name]) for name in column.spec.terms]
    x = [v - v.mean(0) for v in x]
    (n, t), k = y.shape, len(x)

    def fit(theta: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Slopes, (X'X)^-1 and the residual sum of squares, theta of the city means removed."""
        design = np.column_stack([(v - theta * v.mean(1, keepdims=True)).ravel() for v in x])
        target = (y - theta * y.mean(1, keepdims=True)).ravel()
        inverse = np.linalg.inv(design.T @ design)
        slopes = inverse @ (design.T @ target)
        return slopes, inverse, float(((target - design @ slopes) ** 2).sum())

    fixed, v_fixed, rss = fit(1.0)
    s2 = rss / column.df
    means, mean = np.column_stack([v.mean(1) for v in x]), y.mean(1)
    between = mean - means @ np.linalg.lstsq(means, mean, rcond=None)[0]
    s2_city = max(between @ between / (n - k - 1) - s2 / t, 0.0)
    random, v_random, rss = fit(1 - np.sqrt(s2 / (t * s2_city + s2)))
    difference = fixed - random
    contrast = np.linalg.solve(v_fixed - v_random, difference)
    return float(difference @ contrast / (rss / (n * t - t - k)))


def roster() -> pd.DataFrame:
    """The roster: names are invented, and the coordinates are places on a diagram."""
    rows = []
    position = 0
    for reach, count in zip(REACHES, COUNTS, strict=True):
        for k in range(count):
            zh = {"upper": "上游", "middle": "中游", "lower": "下游"}[reach]
            rows.append(
                {
                    "city_code": f"{reach[0].upper()}{k + 1:02d}",
                    "city_zh": f"虚构{zh}{k + 1:02d}市",
                    "city_en": f"{_TOWNS[position]}",
                    "province_zh": f"虚构{zh}",
                    "province_en": f"Invented {reach} reach",
                    "reach": reach,
                    "lon": float(N - position),
                    "lat": float((-1) ** position),
                }
            )
            position += 1
    return pd.DataFrame(rows)


_TOWNS = """
Saltmere Dunhaven Eastwharf Gullstrand Tidewick Marshgate Foamness Heronport Reedholm Sandquay
Estumouth Larkhithe Pilotsby Netherkey Shoalham
Midford Elmbarrow Oxbend Cranlea Willowstead Fenwright Millrace Thornlake Barleyfold Osierham
Lindwater Ploverton Kestrelby Hazelmoor
Highspring Snowfell Gorgestead Pinecrag Eaglescar Cloudpass Stonebrook Ravenshaw Fircombe
Glenhollow Torrhead Cragmoor
""".split()


def yearbook(
    draws: Draws, values: Mapping[str, np.ndarray], reg: np.ndarray, rate: pd.Series
) -> pd.DataFrame:
    """The yearbook whose variables are `values` and `reg`, a row a city and year.

    Every series follows from a definition of ``lib.indicators`` read backwards, or, where no table
    uses it, from a smooth path.  Ratios of 2007, which enter no table, are those of 2008.  Units
    are those of ``data/README.md``, with as many decimals as the coefficients need.
    """
    time = np.arange(-1, T) / (T - 1)
    o = draws.other[:, :, None]

    def with_lag(cube: np.ndarray) -> np.ndarray:
        return np.concatenate([cube[:, :1], cube], axis=1)

    natural = _natural(draws)
    people = _people(draws, values["lm"], natural)
    first = people[:, :1] * (0.99 - 0.08 * o[1])
    registered = first * np.cumprod(
        np.hstack([np.ones((N, 1)), 1 + natural[:, 1:] / 1000]), axis=1
    )

    real = _rebased(reg, people) * people[:, 1:]
    index = np.round(100 * real[:, 1:] / real[:, :-1], 6)
    index = np.hstack([np.full((N, 1), 111.0), np.full((N, 1), 110.0), index])
    carried = np.cumprod(index[:, 2:] / 100, axis=1)
    carried = np.hstack([100 / index[:, 1:2], np.ones((N, 1)), carried])
    volume = 2.2 * real[:, :1] * carried  # the Belt of 2008: 22,000 yuan per resident
    product = volume * np.exp(0.55 * np.clip(time, -1, 1) - 0.12 * time**2)

    secondary = with_lag(_share_secondary(values))
    odi, te, gr, rlr, rissl = (with_lag(values[name]) for name in CONTROLS)
    parts = np.stack([1 - secondary * (1 + rissl), secondary, secondary * rissl])
    sectors = np.round(product * parts, 4)
    product = np.round(sectors.sum(0), 4)

    rates = rate.loc[LAG_YEAR : YEARS[-1]].to_numpy()
    farms, factories = np.round(2 + 10 * parts[0], 2), np.round(10 + 75 * secondary, 2)
    science = 0.0027 + 0.0012 * o[4] + 0.002 * time
    students = 0.016 + 0.01 * o[5] + 0.006 * time
    cities = roster()
    frame = {
        "gdp": product, "va_primary": sectors[0], "va_secondary": sectors[1],
        "va_tertiary": sectors[2], "gdp_index": index, "resident_pop": people,
        "registered_pop": np.round(registered, 4), "natural_growth": natural,
        "employment": np.round(60 * te, 4), "emp_share_primary": farms,
        "emp_share_secondary": factories,
        "emp_share_tertiary": np.round(100 - farms - factories, 2),
        "fdi": np.round(odi * product * 100 / rates, 4),
        "fiscal_expenditure": np.round(gr * product, 4),
        "average_wage": np.round(32000 * rlr, 2),
        "science_expenditure": np.round(10_000 * product * science),
        "higher_ed_students": np.round(10_000 * people * students),
        "area": np.round(8000 * np.exp(0.5 * o[6] + 0 * time)),
    }  # fmt: skip
    years = np.arange(LAG_YEAR, YEARS[-1] + 1)
    table = pd.DataFrame(
        {
            "city_code": np.repeat(cities["city_code"].to_numpy(), len(years)),
            "city_zh": np.repeat(cities["city_zh"].to_numpy(), len(years)),
            "year": np.tile(years, N),
        }
    )
    columns = {name: np.broadcast_to(v, (N, T + 1)).ravel() for name, v in frame.items()}
    return table.assign(**columns)[panel.COLUMNS]


def load(yearbook: Path | str = YEARBOOK, cities: Path | str = CITIES) -> pd.DataFrame:
    """The twin's indicator panel, with what the tables regress.

    The road is that of the official figures: :func:`lib.panel.read_yearbook`,
    :func:`lib.panel.clean`, :func:`lib.indicators.build`; then
    :func:`lib.specifications.with_variables`.

    Returns
    -------
    DataFrame
        One row a city and year, 2008 to 2023: the columns of ``data/indicators.csv``, city,
        province, reach, lon, lat, and ``y, lm, ia, lm_ia``.
    """
    roster = panel.load_cities(cities)
    cleaned = panel.clean(panel.read_yearbook(yearbook, roster), roster)
    data = indicators.build(cleaned, panel.load_exchange_rate())
    places = roster.rename(columns={"city_en": "city", "province_en": "province"})
    places = places[["city_code", "city", "province", "reach", "lon", "lat"]]
    return with_variables(
        data.merge(places, on="city_code", how="left", validate="many_to_one")
    )


def cells(found: Mapping[str, Estimate], clustered: bool = False) -> pd.DataFrame:
    """The 23 printed cells beside the twin's.

    Parameters
    ----------
    found : mapping of str to Estimate
        By key of the column, as from :func:`estimates`; columns may be missing.
    clustered : bool
        Take t and stars from errors clustered by city.

    Returns
    -------
    DataFrame
        ``table, column, heading, row, printed, coef, printed_t, t, printed_stars, stars``.  The
        stars of the printed cell are those that its t earns at the printed degrees of freedom,
        which are not always the ones that are printed.
    """
    rows = []
    for column in COLUMNS:
        spec = column.spec
        if spec.column not in found:
            continue
        estimate = found[spec.column]
        table = estimate.clustered if clustered else estimate.classical
        for term, b, t in zip(spec.terms, column.coef, column.t, strict=True):
            rows.append(
                {
                    "table": spec.table,
                    "column": spec.column,
                    "heading": spec.heading,
                    "row": term,
                    "printed": b,
                    "coef": estimate.coef[term],
                    "printed_t": t,
                    "t": table.loc[term, "t"],
                    "printed_stars": published.stars(2 * stats.t.sf(abs(t), column.df)),
                    "stars": published.stars(table.loc[term, "p"]),
                }
            )
    return pd.DataFrame(rows)


def perturbations(
    data: pd.DataFrame, found: Mapping[str, Estimate]
) -> dict[str, pd.DataFrame]:
    """:func:`cells` of the twin as it is (`found`), and with one thing changed at a time."""

    def without(reach: str) -> pd.DataFrame:
        # IA is relative to the cities that remain.
        rest = with_variables(data[data["reach"].ne(reach)])
        specs = [s for s in SPECIFICATIONS if s.reach != reach]
        return cells(estimates(rest, specs))

    def read(reading: Reading, scaled: bool = True) -> pd.DataFrame:
        return cells(estimates(with_variables(data, reading, scaled)))

    services = replace(BASELINE, agglomeration="share_tertiary")
    return {
        "The twin as it is": cells(found),
        "Errors clustered by city": cells(found, clustered=True),
        **{f"Without the {reach} reach": without(reach) for reach in reversed(REACHES)},
        "IA of services": read(services),
        "IA as printed, not scaled": read(BASELINE, scaled=False),
        "LM as a stock": read(replace(BASELINE, mobility="lm_stock")),
        "LM gross of natural growth": read(replace(BASELINE, mobility="lm_flow_gross")),
    }


def stars_kept(cases: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How many cells keep sign and stars, a row a case.

    Returns
    -------
    DataFrame
        ``case, cells, sign, stars, lost, gained``: cells estimated; with the sign of the printed
        cell; with its sign and its stars; with fewer stars; with more.
    """
    rows = []
    for case, frame in cases.items():
        sign = np.sign(frame["coef"]).eq(np.sign(frame["printed"]))
        now, then = frame["stars"].str.len(), frame["printed_stars"].str.len()
        rows.append(
            {
                "case": case,
                "cells": len(frame),
                "sign": int(sign.sum()),
                "stars": int((sign & now.eq(then)).sum()),
                "lost": int((now < then).sum()),
                "gained": int((now > then).sum()),
            }
        )
    return pd.DataFrame(rows)


def variables(data: pd.DataFrame) -> dict[str, np.ndarray]:
    """The regressors of :func:`lib.specifications.with_variables` as cities x years."""
    names = ("lm", "ia", "lm_ia", *CONTROLS)
    return {name: data[name].to_numpy().reshape(N, T) for name in names}


def make(seed: int = SEED) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The yearbook and the roster of the twin, from a seed.

    Raises
    ------
    lib.panel.DataError
        The search ends too far from the printed t-statistics.
    """
    draws = Draws.of(seed)
    p = tune(draws)
    return generate(draws, p), roster()


def generate(draws: Draws, p: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """The yearbook of tuned spreads.

    It is written twice.  The printed coefficients are given to the regressors as they come out of
    the first yearbook, whose figures are rounded, and the second has the same regressors.
    """
    rate, cities = panel.load_exchange_rate(), roster()
    values = placed(draws, regressors(draws, p))

    def reg_of(values: Mapping[str, np.ndarray]) -> np.ndarray:
        found, _ = outcome(draws, [column.design(values) for column in COLUMNS], p["reg"])
        return _cube(found) + _COMMON

    effects = levels(values, reg_of(values))[:, None]
    first = yearbook(draws, values, reg_of(values) + effects, rate)
    read = with_variables(indicators.build(panel.clean(first, cities), rate))
    return yearbook(draws, values, reg_of(variables(read)) + effects, rate)


def main() -> int:
    """Write the twin into ``data``."""
    with running.alone(YEARBOOK.parent):
        yearbook_, cities = make()
        files.write_together({YEARBOOK: yearbook_, CITIES: cities}, FLOATS)
    print(f"{YEARBOOK.name}: {len(yearbook_)} rows; {CITIES.name}: {len(cities)} cities")
    return 0


if __name__ == "__main__":
    sys.exit(main())
