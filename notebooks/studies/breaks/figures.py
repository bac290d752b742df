"""The figures of chapter 9."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from lib import style
from studies.breaks.search import YEAR, Search

Key = tuple[str, str]
"""A reading and a scale of income: ``("flow", "level")``."""
PATHS = {"twoway": "No own paths", "start": "Paths from 2008", "trend": "A trend per city"}


def _panels(keys: Mapping[Key, Any], label: str, **shared: Any) -> tuple[Any, dict[Key, Any]]:
    fig, axes = style.figure(style.WIDTH, 4.8, 2, 2, **shared)
    for key, ax in zip(keys, axes.flat, strict=True):
        ax.set_title(f"{key[0].capitalize()}, {key[1]}")
    fig.supylabel(label, fontsize=10.5)
    for ax in axes[1] if "sharex" in shared else ():
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    return fig, dict(zip(keys, axes.flat, strict=True))


def _finished(fig: Any, ax: Any, title: str) -> style.Chart:
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper left", ncols=3)
    return style.Chart(fig, title)


def slopes_by_year(
    official: Mapping[Key, pd.DataFrame], invented: Mapping[Key, pd.DataFrame]
) -> style.Chart:
    """Slopes of IA as from :func:`studies.breaks.slopes.by_year`: points, and a dashed line."""
    label = f"Slope of IA less that of {YEAR}"
    fig, panels = _panels(official, label, sharex=True, sharey="row")
    for (key, ax), other in zip(panels.items(), invented.values(), strict=True):
        own = official[key]
        ax.axhline(0, color=style.MUTED, linewidth=1)
        ax.axvline(YEAR + 0.5, color=style.MUTED, linewidth=1, linestyle=":")
        ax.errorbar(
            own.index, own["change"], (own["high"] - own["low"]) / 2, markersize=4.5,
            fmt=style.READING_MARKER[key[0]], linewidth=1.2, color=style.INK, label="official",
        )  # fmt: skip
        ax.plot(other.index, other["change"], "--", color=style.MUTED, label="invented")
    return _finished(fig, ax, label)


def statistics_by_year(
    official: Mapping[Key, Search], invented: Mapping[Key, Search]
) -> style.Chart:
    """Wald statistics of a break after each year, and the bound for the largest of them."""
    fig, panels = _panels(official, "Wald statistic", sharex=True)
    for (key, ax), other in zip(panels.items(), invented.values(), strict=True):
        own = official[key]
        ax.axhline(own.critical, color=style.INK, linewidth=1, linestyle="-.", label="bound")
        ax.axvline(YEAR, color=style.MUTED, linewidth=1, linestyle=":")
        mark = style.READING_MARKER[key[0]]
        ax.plot(own.path["statistic"], color=style.INK, marker=mark, label="official")
        ax.plot(other.path["statistic"], "--", color=style.MUTED, label="invented")
        ax.set_ylim(0, None)
    return _finished(fig, ax, "Wald statistic of a break after each year")


def along_paths(lines: pd.DataFrame) -> style.Chart:
    """Change of a slope per year along three paths, official and invented.

    Parameters
    ----------
    lines : DataFrame
        Columns ``path, scale, reading, kind`` and those of
        :func:`studies.breaks.slopes.per_year`.
    """
    fig, axes = style.figure(style.WIDTH, 3.4, 2, 3, sharex="row", sharey=True)
    for row, (scale, part) in zip(axes, lines.groupby("scale", sort=False), strict=True):
        for ax, path in zip(row, PATHS, strict=True):
            ax.axvline(0, color=style.INK, linewidth=1)
            for place, reading in enumerate(("stock", "flow")):
                own = part[part["path"].eq(path) & part["reading"].eq(reading)].set_index("kind")
                one, mark = own.loc["official"], style.READING_MARKER[reading]
                ends = one["province_low"], one["province_high"]
                ax.plot(ends, [place, place], color=style.MUTED, lw=0.9)
                ax.plot([one["low"], one["high"]], [place, place], color=style.MUTED, lw=2.6)
                ax.plot(one["change"], place, mark, color=style.INK)
                ax.plot(own.loc["invented", "change"], place - 0.3, "x", color=style.INK)
            ax.set(yticks=[0, 1], ylim=(-0.6, 1.4))
            ax.set_yticklabels(["stock", "flow"])
            ax.grid(axis="y", visible=False)
        row[0].set_ylabel(scale)
    for ax, name in zip(axes[0], PATHS.values(), strict=True):
        ax.set_title(name)
    fig.supxlabel("Change of the slope of IA per year", fontsize=10.5)
    return style.Chart(fig, "Change of the slope of IA per year, along three paths")


def deals(dealt: Mapping[Key, pd.DataFrame]) -> style.Chart:
    """Statistics as from :func:`studies.breaks.reaches.dealt`, the true reaches as a line."""
    fig, panels = _panels(dealt, "Divisions")
    for key, ax in panels.items():
        values = dealt[key]["statistic"]
        ax.hist(values, np.linspace(0, values.quantile(0.99), 31), color=style.MUTED)
        ax.axvline(values[dealt[key]["true"]].item(), color=style.INK, label="true reaches")
    for ax in list(panels.values())[2:]:
        ax.set_xlabel("Wald statistic")
    return _finished(fig, ax, "Wald statistics of all divisions of whole provinces")
