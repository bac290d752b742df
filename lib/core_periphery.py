"""Two regions, firms that follow their owners, and housing that does not grow with the crowd.

The model of chapter 2: the footloose-entrepreneur economy with quasi-linear utility of
Pflüger (2004), with the fixed stock of housing of Pflüger and Südekum (2008).  As trade becomes
freer, mobile people first gather in one region and later spread out again.

Every function takes shares and freeness as floats or arrays, which broadcast as NumPy does.
Money amounts are in units of the farm good, whose price and wage are one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Economy:
    """Parameters of the two-region economy.

    Attributes
    ----------
    elasticity : float
        σ > 1, elasticity of substitution between any two manufactured varieties.
    manufactures : float
        μ > 0, what each person spends on manufactures.
    housing : float
        γ >= 0, what each person spends on housing.
    immobile : float
        ρ > 0, immobile people in each region per mobile person in both regions together.

    Raises
    ------
    ValueError
        A parameter is out of range, the two amounts leave no part of the wage of one for the
        farm good, or a region with every firm would run out of people to work on its farms,
        so that the wage could no longer be one.
    """

    elasticity: float
    manufactures: float
    housing: float
    immobile: float

    def __post_init__(self) -> None:
        for name, ok, wanted in (
            ("elasticity", 1 < self.elasticity < np.inf, "above 1 and finite"),
            ("manufactures", 0 < self.manufactures < 1, "between 0 and 1"),
            ("housing", 0 <= self.housing < 1, "at least 0 and below 1"),
            ("immobile", 0 < self.immobile < np.inf, "above 0 and finite"),
        ):
            if not ok:
                raise ValueError(f"Economy: {name} is {getattr(self, name)}; expected {wanted}")
        if self.manufactures + self.housing >= 1:
            raise ValueError(
                f"Economy: manufactures + housing is {self.manufactures + self.housing:.3g}; "
                "expected below 1, so that a wage of one also buys some of the farm good"
            )
        labour = self.manufactures * (1 - 1 / self.elasticity) * self.population / self.immobile
        if labour > 1:
            raise ValueError(
                f"Economy: a region with every firm needs {labour:.3g} of its immobile people in "
                "manufacturing; expected at most 1 (lower manufactures or raise immobile)"
            )

    @property
    def population(self) -> float:
        """People in both regions together per mobile person, b = 2ρ + 1."""
        return 2 * self.immobile + 1

    @property
    def linkage(self) -> float:
        """Linkage, a = (2σ - 1)/(σ - 1): the strength of the two forces that gather firms."""
        return (2 * self.elasticity - 1) / (self.elasticity - 1)


@dataclass(frozen=True)
class Thresholds:
    """Two values of trade freeness: where a regime opens and where it closes again."""

    opening: float
    closing: float

    def __repr__(self) -> str:
        # Further digits of a root found by iteration depend on the machine.
        return f"Thresholds(opening={self.opening:.4f}, closing={self.closing:.4f})"


@dataclass(frozen=True)
class NewcomerEffect:
    """Effect on GDP per resident of a higher mobile share, and how that effect changes."""

    effect: Array
    change: Array


def freeness(trade_cost: ArrayLike, elasticity: float) -> Array:
    """Return trade freeness φ = τ^(1 - σ), equation (eq-freeness).

    Parameters
    ----------
    trade_cost : array_like
        Iceberg factor τ >= 1: units to be shipped for one to arrive.
    elasticity : float
        σ > 1.

    Raises
    ------
    ValueError
        A trade cost is below one.
    """
    cost = np.asarray(trade_cost, dtype=float)
    if not np.all(cost >= 1):
        raise ValueError(f"freeness: trade cost {np.min(cost)}; expected at least 1")
    return cost ** (1 - elasticity)


def barrier(freeness: ArrayLike) -> Array:
    """Return z = (1 - φ)/(1 + φ), equation (eq-barrier): zero when trade is free.

    Raises
    ------
    ValueError
        A freeness is not above 0 and at most 1.
    """
    phi = np.asarray(freeness, dtype=float)
    if not np.all((phi > 0) & (phi <= 1)):
        raise ValueError(f"trade freeness {phi}; expected above 0 and at most 1")
    return (1 - phi) / (1 + phi)


def relative_price_index(economy: Economy, share: ArrayLike, freeness: ArrayLike) -> Array:
    """Return P1/P2, the price index of manufactures in region 1 over that in region 2.

    Equation (eq-price-index); `share` is λ, region 1's share of mobile people.
    """
    here, there = _varieties(share, freeness)
    return (here / there) ** (1 / (1 - economy.elasticity))


def rewards(economy: Economy, share: ArrayLike, freeness: ArrayLike) -> tuple[Array, Array]:
    """Return r1 and r2, what a mobile person earns in each region, equation (eq-reward)."""
    lam, phi = np.asarray(share, dtype=float), np.asarray(freeness, dtype=float)
    here, there = _varieties(lam, phi)
    buyers_here = (economy.immobile + lam) / here
    buyers_there = (economy.immobile + 1 - lam) / there
    scale = economy.manufactures / economy.elasticity
    return (
        scale * (buyers_here + phi * buyers_there),
        scale * (phi * buyers_here + buyers_there),
    )


def utility_gap(economy: Economy, share: ArrayLike, freeness: ArrayLike) -> Array:
    """Return V1 - V2, the mobile person's utility in region 1 less that in region 2.

    Equation (eq-gap); the unit is the farm good.
    """
    lead, z = 2 * np.asarray(share, dtype=float) - 1, barrier(freeness)
    sigma, b = economy.elasticity, economy.population
    reward = economy.manufactures / sigma * z * (1 - b * z) * lead / (1 - (z * lead) ** 2)
    cost_of_living = economy.manufactures / (sigma - 1) * np.arctanh(z * lead)
    crowding = economy.housing * np.arctanh(lead / b)
    return 2 * (reward + cost_of_living - crowding)


def forces(economy: Economy, freeness: ArrayLike) -> pd.DataFrame:
    """Take apart the slope of the utility gap at the even split, equation (eq-slope).

    Returns
    -------
    DataFrame
        Indexed by freeness, with columns market_size, cost_of_living, competition and
        housing, whose sum is dV/dλ at λ = 1/2.  The even split is stable where it is negative.
    """
    z, b, sigma = barrier(np.atleast_1d(freeness)), economy.population, economy.elasticity
    return pd.DataFrame(
        {
            "market_size": 4 * economy.manufactures * z / sigma,
            "cost_of_living": 4 * economy.manufactures * z / (sigma - 1),
            "competition": -4 * economy.manufactures * b * z**2 / sigma,
            "housing": np.full_like(z, -4 * economy.housing / b),
        },
        index=pd.Index(np.atleast_1d(freeness), name="freeness"),
    )


def break_points(economy: Economy) -> Thresholds:
    """Return the freeness between which the even split is unstable, equation (eq-break).

    Without housing the first is the break point of Pflüger (2004) and the second is one.

    Raises
    ------
    ValueError
        The even split is stable at any freeness (housing weighs too much), or it is unstable
        however costly trade is.
    """
    a, b = economy.linkage, economy.population
    root = a**2 - 4 * economy.elasticity * economy.housing / economy.manufactures
    if root <= 0:
        raise ValueError(
            "break_points: the even split is stable at any freeness; expected housing below "
            f"{economy.manufactures * a**2 / (4 * economy.elasticity):.3g} for this economy"
        )
    high, low = (a + np.sqrt(root)) / 2, (a - np.sqrt(root)) / 2
    if high >= b:
        raise ValueError(
            "break_points: the even split is unstable however costly trade is; expected "
            f"immobile above {(high - 1) / 2:.3g} for this economy"
        )
    return Thresholds(float((b - high) / (b + high)), float((b - low) / (b + low)))


def sustain_points(economy: Economy) -> Thresholds:
    """Return the freeness between which full agglomeration lasts, equation (eq-sustain).

    The utility gap at λ = 1 rises with freeness up to one known peak and falls after it, so
    each root has a bracket.

    Raises
    ------
    ValueError
        Full agglomeration does not last at any freeness.
    """

    def gap(phi: float) -> float:
        return float(utility_gap(economy, 1.0, phi))

    rho, c = economy.immobile, economy.elasticity / (economy.elasticity - 1)
    peak = (np.sqrt(c**2 + 4 * rho * (rho + 1)) - c) / (2 * (rho + 1))
    if gap(peak) <= 0:
        raise ValueError("sustain_points: full agglomeration does not last at any freeness")
    low = peak / 2
    while gap(low) > 0:
        low /= 2
    return Thresholds(
        float(brentq(gap, low, peak, xtol=1e-14)), float(brentq(gap, peak, 1.0, xtol=1e-14))
    )


def equilibria(economy: Economy, freeness: float) -> pd.DataFrame:
    """Return every long-run equilibrium at one freeness.

    Returns
    -------
    DataFrame
        One row an equilibrium, in order of share: freeness, share (λ), stable.  Outside the
        even split they come in mirrored pairs; a corner is listed only if nobody leaves it.
    """
    # The even split is known, so the search starts just beside it.
    grid = np.linspace(0.5, 1, 2001)[1:]
    gaps = utility_gap(economy, grid, freeness)
    even = bool(forces(economy, freeness).sum(axis=1).iloc[0] < 0)
    found = [(0.5, even)]
    for left in np.flatnonzero(np.sign(gaps[:-1]) * np.sign(gaps[1:]) < 0):
        share = brentq(lambda s: float(utility_gap(economy, s, freeness)), *grid[left : left + 2])
        found.append((share, bool(gaps[left] > 0)))
    if gaps[-1] > 0:
        found.append((1.0, True))
    mirrored = [(1 - share, stable) for share, stable in found[1:]]
    table = pd.DataFrame(sorted(found + mirrored), columns=["share", "stable"])
    table.insert(0, "freeness", freeness)
    return table


def bifurcation(economy: Economy, points: int = 60) -> pd.DataFrame:
    """Return the equilibria from half the first break point to free trade.

    Parameters
    ----------
    points : int
        Freeness values in each of the five stretches that the break and sustain points bound.

    Returns
    -------
    DataFrame
        Rows of :func:`equilibria` at each freeness, ordered by freeness, then share.
    """
    breaks, sustains = break_points(economy), sustain_points(economy)
    # Near a break point shares move with the root of the distance, hence the squared steps.
    steps = np.linspace(0, 1, points)
    grid = np.unique(
        [
            breaks.opening * (1 + steps) / 2,
            breaks.opening + (sustains.opening - breaks.opening) * steps**2,
            sustains.opening + (sustains.closing - sustains.opening) * steps,
            breaks.closing + (sustains.closing - breaks.closing) * steps**2,
            breaks.closing + (1 - breaks.closing) * steps,
        ]
    )
    return pd.concat([equilibria(economy, phi) for phi in grid], ignore_index=True)


def accounts(economy: Economy, share: ArrayLike, freeness: ArrayLike) -> pd.DataFrame:
    """Return the regional accounts of the paper's variables, equation (eq-gdp).

    Returns
    -------
    DataFrame
        One row for each element of the broadcast inputs and region (1 and 2): region,
        residents (per mobile person), reg (GDP per resident in the farm good, housing rent
        counted where the house stands), share_manufactures (manufacturing over GDP).
    """
    lam, phi = np.broadcast_arrays(np.atleast_1d(share), np.atleast_1d(freeness))
    parts = []
    mobile = (lam, 1 - lam)
    for region, people, reward in zip((1, 2), mobile, rewards(economy, lam, phi), strict=True):
        residents = economy.immobile + people
        reg = (economy.immobile + people * reward) / residents + economy.housing
        # Profit is 1/σ of sales, and sales are all of a firm's value added.
        manufactures = economy.elasticity * people * reward / (residents * reg)
        columns = {"residents": residents, "reg": reg, "share_manufactures": manufactures}
        parts.append(pd.DataFrame({"region": region, **columns}))
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def newcomer_effect(economy: Economy, share: ArrayLike, freeness: ArrayLike) -> NewcomerEffect:
    """Return the first and second derivative of region 1's GDP per resident in its share.

    Equation (eq-newcomer): the first is what one more mobile share does to REG at given
    freeness, the second whether it does more where more are already present.
    """
    lam, phi = np.asarray(share, dtype=float), np.asarray(freeness, dtype=float)
    here, there = _varieties(lam, phi)
    reward, _ = rewards(economy, lam, phi)
    scale = economy.manufactures / economy.elasticity * (phi - economy.immobile * (1 - phi))
    slope = scale * (here**-2 - phi * there**-2)
    curve = -2 * scale * (1 - phi) * (here**-3 + phi * there**-3)
    residents = economy.immobile + lam
    product = (economy.immobile + lam * reward) / residents
    effect = (reward + lam * slope - product) / residents
    return NewcomerEffect(effect, (2 * slope + lam * curve - 2 * effect) / residents)


def migrate(economy: Economy, start: float, freeness: ArrayLike, speed: float) -> pd.DataFrame:
    """Let mobile people move while trade becomes freer, equation (eq-migration).

    Parameters
    ----------
    start : float
        λ in period 0, between 0 and 1.
    freeness : array_like
        φ in each period.
    speed : float
        Change of λ per period and unit of the utility gap, above 0.

    Returns
    -------
    DataFrame
        A panel, one row a region and period: period, region, freeness, share (of the mobile
        people), reg, lm (population growth, as equation (3) of the paper without natural
        growth; missing in period 0) and ia (equation (4) of the paper for manufacturing,
        scaled to mean one).

    Raises
    ------
    ValueError
        `start` or `speed` is out of range.
    """
    if not 0 <= start <= 1:
        raise ValueError(f"migrate: start is {start}; expected between 0 and 1")
    if not speed > 0:
        raise ValueError(f"migrate: speed is {speed}; expected above 0")
    phi = np.asarray(freeness, dtype=float)
    lam = np.empty_like(phi)
    lam[0] = start
    for t in range(len(phi) - 1):
        move = speed * float(utility_gap(economy, lam[t], phi[t]))
        lam[t + 1] = np.clip(lam[t] + move, 0, 1)
    panel = accounts(economy, lam, phi)
    panel.insert(0, "period", np.repeat(np.arange(len(phi)), 2))
    panel.insert(2, "freeness", np.repeat(phi, 2))
    panel.insert(3, "share", np.column_stack([lam, 1 - lam]).ravel())
    panel["lm"] = panel.groupby("region")["residents"].pct_change()
    mean = panel.groupby("period")["share_manufactures"].transform("mean")
    panel["ia"] = panel["share_manufactures"] / mean
    return panel.drop(columns=["residents", "share_manufactures"])


def gaps(panel: pd.DataFrame) -> pd.DataFrame:
    """Return region 1 less region 2 in each period of a panel from :func:`migrate`.

    Returns
    -------
    DataFrame
        Indexed by period (from 1): reg, lm, ia, and phase: "opening" where region 1 gains
        residents, "closing" where it loses them, "still" where nobody moves.
    """
    wide = panel.pivot(index="period", columns="region", values=["reg", "lm", "ia"])
    gap = (wide.xs(1, axis=1, level=1) - wide.xs(2, axis=1, level=1)).iloc[1:]
    gap["phase"] = np.sign(gap["lm"]).map({1: "opening", 0: "still", -1: "closing"})
    return gap


def associations(panel: pd.DataFrame) -> pd.DataFrame:
    """Regress REG on LM alone and on IA alone, by phase of :func:`gaps` and over the whole path.

    With two regions, period effects turn the regression into one on :func:`gaps` through
    the origin, and region effects add its constant.

    Returns
    -------
    DataFrame
        Indexed by phase (opening, closing, whole): lm_period and ia_period (slopes with
        period effects), lm_two_way and ia_two_way (with period and region effects).
    """
    gap = gaps(panel)
    phases = {phase: gap[gap["phase"] == phase] for phase in ("opening", "closing")}
    rows: dict[str, dict[str, float]] = {}
    for phase, part in (phases | {"whole": gap}).items():
        rows[phase] = {}
        for name in ("lm", "ia"):
            x, y = part[name], part["reg"]
            rows[phase][f"{name}_period"] = (x * y).sum() / (x**2).sum()
            rows[phase][f"{name}_two_way"] = x.cov(y) / x.var()
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("phase")


def _varieties(share: ArrayLike, freeness: ArrayLike) -> tuple[Array, Array]:
    """Return n1 and n2: firms that compete in each region, far ones discounted by φ."""
    lam, phi = np.asarray(share, dtype=float), np.asarray(freeness, dtype=float)
    return lam + phi * (1 - lam), phi * lam + 1 - lam
