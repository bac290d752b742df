"""The figure of chapter 8."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from lib import style
from lib.prose import number
from studies.instruments.weak import ReducedForm, confidence_set

LIMIT = 20_000.0
WIDTHS = {"city": 6.0, "province": 1.6}
"""Of the bar of a set, by the clusters."""


def sets(found: Mapping[str, Mapping[str, Mapping[str, ReducedForm]]]) -> style.Chart:
    """Anderson-Rubin sets as bars, 2SLS as marks: a panel per reading, a row per regression.

    Parameters
    ----------
    found : mapping from reading to label to cluster ("city", "province") to ReducedForm
        The same labels in every reading.
    """
    labels = list(next(iter(found.values())))
    height = 1.4 + 0.34 * len(labels)
    fig, axes = style.figure(style.WIDTH, height, 1, len(found), sharey=True, squeeze=False)
    for ax, (reading, rows) in zip(axes[0], found.items(), strict=True):
        ax.axvline(0, color=style.INK, linewidth=0.8)
        for place, label in enumerate(labels):
            for cluster, form in rows[label].items():
                for low, high in confidence_set(form).intervals:
                    ends = np.clip([low, high], -LIMIT, LIMIT)
                    ax.plot(ends, [place] * 2, color=style.INK, linewidth=WIDTHS[cluster],
                            alpha=0.4 if cluster == "city" else 1, solid_capstyle="butt",
                            label=f"_{label}")  # fmt: skip
                    for end, side in ((low, "<"), (high, ">")):
                        if not np.isfinite(end):
                            ax.plot(np.clip(end, -LIMIT, LIMIT), place, side, color=style.INK,
                                    markersize=5, clip_on=False)  # fmt: skip
            slope = float(np.clip(rows[label]["city"].beta, -LIMIT, LIMIT))
            ax.scatter(slope, place, s=26, marker=style.READING_MARKER[reading], zorder=4,
                       color=style.INK)  # fmt: skip
        ax.set_xscale("symlog", linthresh=1, linscale=0.6)
        ax.set_xlim(-LIMIT, LIMIT)
        ax.xaxis.set_major_locator(FixedLocator([-100, 0, 100]))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(lambda value, _: number(value, 0))
        ax.set_title(reading.capitalize())
        ax.set_xlabel("Slope of LM")
        ax.grid(axis="y", visible=False)
    axes[0][0].set_yticks(range(len(labels)), labels)
    axes[0][0].invert_yaxis()
    handles = [
        Line2D([], [], color=style.INK, linewidth=WIDTHS["city"], alpha=0.4),
        Line2D([], [], color=style.INK, linewidth=WIDTHS["province"]),
        Line2D([], [], color=style.INK, marker="o", linestyle="none", markersize=5),
    ]
    words = ["95 % set, by city", "95 % set, by province", "2SLS"]
    fig.legend(handles, words, loc="outside lower center", ncols=3)
    return style.Chart(fig, "Anderson-Rubin sets and 2SLS")
