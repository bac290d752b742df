"""Shares of verdicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from lib import style
from studies.multiverse.shares import SAID

FILL = {said: style.fill(*said.split(", ")) for said in SAID}
OUTLINE: dict[str, Any] = {"edgecolor": style.MUTED, "linewidth": 0.5}
"""Of bars and legends: pale fills hardly stand out from the page."""


def bars(shares: pd.DataFrame, title: str, of: str) -> style.Chart:
    """Shares of verdicts as bars, with columns ``SAID`` and a row a bar.

    The levels of the index are panel, heading and line; every panel has the same headings and
    lines.
    """
    panels = shares.index.unique(0)
    rows = shares.loc[panels[0]].index
    names = [name for head in rows.unique(0)
             for name in (head, *rows[rows.get_loc(head)].get_level_values(1))]  # fmt: skip
    heads = pd.Index(names).isin(rows.unique(0))
    fig, axes = style.figure(style.WIDE, 1.5 + 0.26 * len(names), 1, len(panels), sharey=True)
    for ax, panel in zip(axes, panels, strict=True):
        widths = 100 * shares.loc[panel, list(SAID)]
        ends = widths.cumsum(axis=1)
        for said, colour in FILL.items():
            ax.barh(np.flatnonzero(~heads), widths[said], left=ends[said] - widths[said],
                    color=colour, height=0.8, **OUTLINE)  # fmt: skip
        ax.set(title=panel.replace(", ", ",\n"), xlim=(0, 100), xticks=[0, 100])
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
    axes[0].set_yticks(range(len(names)), names)
    axes[0].invert_yaxis()
    for text, head in zip(axes[0].get_yticklabels(), heads, strict=True):
        text.set_fontweight("bold" if head else "normal")
    patches = [Patch(facecolor=FILL[said], label=said.replace("city", "by city"), **OUTLINE)
               for said in SAID if shares[said].any()]  # fmt: skip
    fig.legend(handles=patches, loc="outside lower center", ncols=2, title=f"Share of {of}, %")
    return style.Chart(fig, title)
