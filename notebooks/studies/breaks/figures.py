"""The figure of chapter 8."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.ticker import MaxNLocator

from lib import style
from studies.breaks.search import YEAR


def slopes_by_year(
    found: Mapping[tuple[str, str], pd.DataFrame],
    other: Mapping[tuple[str, str], pd.DataFrame],
    term: str = "IA",
) -> style.Chart:
    """A slope in each year less that of 2016: a row per scale, a column per reading.

    Parameters
    ----------
    found, other : mapping from (reading, scale) to DataFrame
        As from :func:`studies.breaks.climb.by_year`, on the official and on an invented
        outcome: points with 95 % intervals, and a dashed line.
    """
    readings, scales = (list(dict.fromkeys(keys)) for keys in zip(*found, strict=True))
    fig, axes = style.figure(
        style.WIDTH, 2.5 * len(scales) + 0.5, len(scales), len(readings),
        squeeze=False, sharex=True, sharey="row",
    )  # fmt: skip
    for (reading, scale), frame in found.items():
        ax = axes[scales.index(scale)][readings.index(reading)]
        own, invented = (each[each["term"].eq(term)] for each in (frame, other[reading, scale]))
        ax.axhline(0, color=style.MUTED, linewidth=1)
        ax.axvline(YEAR + 0.5, color=style.MUTED, linewidth=1, linestyle=":")
        half = (own["high"] - own["low"]) / 2
        ax.errorbar(
            own["year"], own["change"], half, fmt=style.READING_MARKER[reading], markersize=4.5,
            linewidth=1.2, color=style.READING[reading], label="official, 95 %",
        )  # fmt: skip
        ax.plot(
            invented["year"], invented["change"], "--", color=style.INK, linewidth=1.5,
            label="takes no notice",
        )  # fmt: skip
        ax.set_title(f"{reading.capitalize()}, {scale} of REG")
        ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    for line in axes:
        line[0].set_ylabel(f"Slope of {term} less {YEAR}'s")
    axes[0][-1].legend(loc="upper left")
    return style.Chart(fig, f"Slope of {term} year by year, less that of {YEAR}")
