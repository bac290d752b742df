"""Figures of chapter 2: the two-region economy of :mod:`lib.core_periphery`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lib import core_periphery as model
from lib import play, style

_CURVES = (style.REACH["upper"], style.ACCENT, style.REACH["lower"])
_FREENESS = "Trade freeness φ (0 = no trade, 1 = free)"
_SHARE = "Share of mobile people in region 1, λ"
_AHEAD = "One region is ahead, and both have mobile people."


def forces(economy: model.Economy) -> style.Chart:
    """Draw the forces at the even split against trade freeness, equation (eq-slope)."""
    phi = np.linspace(0.25, 1, 400)
    parts = model.forces(economy, phi)
    breaks = model.break_points(economy)
    fig, ax = style.figure()
    gather = parts["market_size"] + parts["cost_of_living"]
    spread = -(parts["competition"] + parts["housing"])
    ax.plot(phi, gather, color=style.ACCENT, label="gather: market size, cost of living")
    ax.plot(phi, spread, color=_CURVES[0], label="spread: competition, housing")
    ax.plot(phi, -parts["housing"], color=_CURVES[0], ls=":", label="spread: housing alone")
    ax.axvspan(breaks.opening, breaks.closing, color=style.ACCENT, alpha=0.09, lw=0)
    middle = (breaks.opening + breaks.closing) / 2
    place = {"ha": "center", "va": "top", "transform": ax.get_xaxis_transform()}
    ax.text(middle, 0.96, "even split unstable", color=style.MUTED, **place)
    ax.set(xlabel=_FREENESS, ylabel="Size of the force (farm good per unit of λ)")
    ax.set_title("Forces at the even split", loc="left")
    ax.legend(loc="upper right", bbox_to_anchor=(1, 0.9))
    return style.Chart(fig, "Forces at the even split against trade freeness")


def utility_gap(economy: model.Economy, freeness: Mapping[str, float]) -> style.Chart:
    """Draw the utility gap against the share of mobile people, equation (eq-gap).

    Parameters
    ----------
    freeness : mapping of str to float
        Label of each curve and its trade freeness; at most three.
    """
    fig, ax = style.figure()
    share = np.linspace(0, 1, 401)
    ax.axhline(0, color=style.MUTED, lw=0.8)
    # Dots shrink from curve to curve, so that two at the same place are both seen.
    for (label, phi), colour, size in zip(freeness.items(), _CURVES, (110, 60, 36), strict=False):
        gap = model.utility_gap(economy, share, phi)
        ax.plot(share, gap, color=colour, label=f"{label}: φ = {phi:.2f}")
        table = model.equilibria(economy, phi)
        rest = table.loc[table["stable"], "share"]
        ax.scatter(rest, model.utility_gap(economy, rest, phi), color=colour, s=size, zorder=3)
    ax.set(xlabel=_SHARE, ylabel="Utility gap V₁ − V₂ (farm good)")
    ax.set_title("Where a mobile person is better off", loc="left")
    ax.legend(loc="upper center")
    return style.Chart(fig, "Utility gap against the share of mobile people")


def bifurcation(economy: model.Economy) -> play.Display:
    """Draw the equilibria against trade freeness, with break and sustain points.

    On a page a slider over trade freeness tells the equilibria at each of its values.
    """
    table = model.bifurcation(economy)
    breaks, sustains = model.break_points(economy), model.sustain_points(economy)
    fig, (whole, first, second) = style.figure(
        height=4.4, columns=3, sharey=True, gridspec_kw={"width_ratios": [2.4, 1, 1]}
    )
    for ax in (whole, first, second):
        _branches(ax, table, breaks)
        look = {"s": 46, "zorder": 3}
        openings = (breaks.opening, breaks.closing)
        ax.scatter(openings, [0.5, 0.5], color=style.ACCENT, label="break point", **look)
        for height, label in ((1, "sustain point"), (0, None)):
            closings = (sustains.opening, sustains.closing)
            ax.scatter(closings, [height] * 2, color=_CURVES[0], marker="s", label=label, **look)
    for ax, ends in (
        (first, (breaks.opening, sustains.opening)),
        (second, (sustains.closing, breaks.closing)),
    ):
        margin = 0.45 * (ends[1] - ends[0])
        ax.set_xlim(ends[0] - margin, ends[1] + margin)
        ax.set_xticks(ends, [f"{end:.3f}" for end in ends])
    whole.set(xlabel=_FREENESS, ylabel=_SHARE, xlim=(table["freeness"].min(), 1))
    whole.set_title("Agglomeration and back", loc="left")
    whole.legend(loc="center", bbox_to_anchor=(0.56, 0.75))
    for ax, title in ((first, "Opening"), (second, "Closing")):
        ax.set(xlabel="φ, enlarged")
        ax.set_title(title, loc="left")
    values = _slider((whole, first, second), economy, table["freeness"])
    return play.Display(fig, "Equilibria against trade freeness", values)


def _slider(
    panels: tuple[Axes, ...], economy: model.Economy, drawn: pd.Series
) -> dict[str, Any]:
    """What is said at each trade freeness of the picture; ``play.js`` reads it."""
    # As it is printed: what is said at 0.5150 is true of 0.5150 and not of what rounds to it.
    grid = np.unique(drawn.round(4))
    # At a break or a sustain point itself rounding would decide what is stable.
    edges = [
        edge
        for found in (model.break_points(economy), model.sustain_points(economy))
        for edge in (found.opening, found.closing)
    ]
    grid = grid[~np.isclose(grid[:, None], edges).any(axis=1)]
    tables = [model.equilibria(economy, phi) for phi in grid]
    stages = groupby(range(len(grid)), lambda i: _stage(tables[i]))
    parts = [(text, list(at)) for text, at in stages]
    opening = next((at for text, at in parts if text == _AHEAD), range(len(grid)))
    values = play.slide(
        [(ax, ax) for ax in panels],
        kind="equilibria",
        label="Trade freeness φ",
        how="Move the slider or tap the picture: arrow keys go one step on, which is short where "
        "much happens, Page Up and Page Down a tenth of the way.",
        values=grid,
        start=opening[len(opening) // 2],
    )
    return values | {
        "symbols": ["φ", "λ"],
        # Unstable ones carry a minus.
        "rests": "|".join(
            " ".join(f"{'' if row.stable else '-'}{row.share:.3f}" for row in table.itertuples())
            for table in tables
        ),
        "stages": [[at[0], text] for text, at in parts],
    }


def _stage(table: pd.DataFrame) -> str:
    """Say where mobile people end up at one trade freeness."""
    stable = table.loc[table["stable"], "share"]
    if (stable == 0.5).all():
        return "Mobile people are spread evenly."
    if stable.isin([0, 1]).all():
        return "One region has all mobile people."
    return _AHEAD


def _branches(ax: Axes, table: pd.DataFrame, breaks: model.Thresholds) -> None:
    low, high = table["freeness"].min(), table["freeness"].max()
    ends = [low, breaks.opening, np.nan, breaks.closing, high]
    ax.plot(ends, [0.5] * 5, color=style.INK, label="stable")
    ends = [breaks.opening, breaks.closing]
    ax.plot(ends, [0.5, 0.5], color=style.MUTED, ls="--", label="unstable")
    for part in (table[table["share"] > 0.5], table[table["share"] < 0.5]):
        # Off the even split this picture is right only for stable branches, one on each side.
        if not part["stable"].all() or part["freeness"].duplicated().any():
            raise ValueError("bifurcation: this economy has unstable uneven equilibria")
        ax.plot(part["freeness"], part["share"], color=style.INK)


def migration(paths: Mapping[str, pd.DataFrame]) -> style.Chart:
    """Draw shares and GDP per resident along paths of migration, equation (eq-migration).

    Parameters
    ----------
    paths : mapping of str to DataFrame
        Label and panel from :func:`lib.core_periphery.migrate`, at most three; the right-hand
        panel shows the GDP of the two regions in the first.
    """
    fig, (left, right) = style.figure(height=4.0, columns=2)
    for (label, panel), colour in zip(paths.items(), _CURVES, strict=False):
        one = panel[panel["region"] == 1]
        left.plot(one["freeness"], one["share"], color=colour, label=label)
    first = next(iter(paths.values()))
    for region, ls in ((1, "-"), (2, "--")):
        part = first[first["region"] == region]
        name = f"region {region}"
        right.plot(part["freeness"], part["reg"], color=_CURVES[0], ls=ls, label=name)
    left.set(xlabel="Trade freeness φ (rises every period)", ylabel=_SHARE)
    left.set_title("Who gathers where", loc="left")
    right.set(xlabel="Trade freeness φ (rises every period)")
    right.set(ylabel="GDP per resident (farm good)")
    right.set_title("REG in the two regions", loc="left")
    left.legend(loc="center", bbox_to_anchor=(0.42, 0.35))
    right.legend(loc="center", bbox_to_anchor=(0.42, 0.5))
    return style.Chart(fig, "Migration while trade becomes freer")


def loop(panel: pd.DataFrame) -> style.Chart:
    """Draw the gap in REG against the gap in LM, the path that a regression would be fed."""
    gap = model.gaps(panel)
    fig, ax = style.figure(height=4.0)
    ax.axvline(0, color=style.MUTED, lw=0.8)
    colours = {"opening": style.ACCENT, "still": style.MUTED, "closing": _CURVES[0]}
    ax.plot(100 * gap["lm"], gap["reg"], color=style.MUTED, lw=0.8)
    for phase, colour in colours.items():
        part = gap[gap["phase"] == phase]
        ax.scatter(100 * part["lm"], part["reg"], color=colour, s=22, zorder=3, label=phase)
    ax.set(xlabel="Gap in LM, region 1 less region 2 (percentage points a period)")
    ax.set(ylabel="Gap in REG (farm good)")
    ax.set_title("One model, both signs", loc="left")
    ax.legend(loc="lower right")
    return style.Chart(fig, "Gap in REG against gap in LM")
