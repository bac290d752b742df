"""The figure of chapter 7."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from lib import style
from lib.prose import number
from studies.instruments.weak import ReducedForm, confidence_set

LIMIT = 10_000.0


def sets(found: Mapping[str, Mapping[str, ReducedForm]]) -> style.Chart:
    """Anderson-Rubin sets as bars, 2SLS as marks: a panel per reading, a row per regression.

    Parameters
    ----------
    found : mapping from reading to label to ReducedForm
        With one endogenous regressor each; the same labels in every reading.  A label with the
        word "invented" is drawn in grey, with a hollow mark.
    """
    labels = list(next(iter(found.values())))
    height = 1.3 + 0.3 * len(labels)
    fig, axes = style.figure(style.WIDTH, height, 1, len(found), sharey=True, squeeze=False)
    for ax, (reading, forms) in zip(axes[0], found.items(), strict=True):
        ax.axvspan(0, LIMIT, color="#f0f0f0", zorder=0)
        ax.axvline(0, color=style.INK, linewidth=0.8)
        for place, label in enumerate(labels):
            own = "invented" not in label
            colour = style.READING[reading] if own else style.MUTED
            for low, high in confidence_set(forms[label]).intervals:
                ends = np.clip([low, high], -LIMIT, LIMIT)
                ax.plot(ends, [-place] * 2, color=colour, linewidth=6, alpha=0.4,
                        solid_capstyle="butt", label=f"_{label}")  # fmt: skip
                for end, side in ((low, "<"), (high, ">")):
                    if not np.isfinite(end):
                        ax.plot(np.clip(end, -LIMIT, LIMIT), -place, side, color=colour,
                                markersize=5, clip_on=False)  # fmt: skip
            slope = float(np.clip(forms[label].beta.iloc[0], -LIMIT, LIMIT))
            ax.scatter(slope, -place, s=26, marker=style.READING_MARKER[reading], zorder=4,
                       color=colour if own else "white", edgecolor=style.INK,
                       linewidth=0.8)  # fmt: skip
        ax.set_xscale("symlog", linthresh=1, linscale=0.6)
        ax.set_xlim(-LIMIT, LIMIT)
        ax.xaxis.set_major_locator(FixedLocator([-1000, -10, 0, 10, 1000]))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(lambda value, _: number(value, 0))
        ax.tick_params(axis="x", labelsize=9.2)
        ax.set_title(reading.capitalize())
        ax.set_xlabel("Slope of LM (Belt 2008 = 1)")
        ax.grid(axis="y", visible=False)
    axes[0][0].set_yticks([-place for place in range(len(labels))], labels)
    handles = [
        Line2D([], [], color=style.INK, linewidth=6, alpha=0.4),
        Line2D([], [], color=style.INK, marker="o", linestyle="none", markersize=5),
    ]
    fig.legend(handles, ["Anderson–Rubin set, 95 %", "2SLS"], loc="outside lower center", ncols=2)
    return style.Chart(fig, "Anderson-Rubin sets and 2SLS")
