"""Shares of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lib import style
from studies.multiverse.shares import SAID

FILL = {said: style.fill(*said.split(", ")) for said in SAID}
OUTLINE: dict[str, Any] = {"edgecolor": style.MUTED, "linewidth": 0.5}
"""Of bars and legends: pale fills hardly stand out from the page."""


def bars(shares: pd.DataFrame, title: str, of: str) -> style.Chart:
    """Shares of verdicts as bars, a panel for each option of the first level of the index.

    Parameters
    ----------
    shares : DataFrame
        Columns ``SAID`` or some of them, a row a bar; of three levels the second is a heading.
    of : str
        What the shares are shares of.
    """
    panels = list(dict.fromkeys(shares.index.get_level_values(0)))
    rows = shares.loc[panels[0]].index
    lines: list[tuple[str, object]] = []
    for row in rows:
        head = row[0] if isinstance(row, tuple) else None
        if head and head not in [name for name, key in lines if key is None]:
            lines.append((head, None))
        lines.append((row[-1] if head else row, row))
    places = {key: place for place, (_, key) in enumerate(lines) if key is not None}
    fig, axes = style.figure(style.WIDE, 1.5 + 0.26 * len(lines), 1, len(panels), sharey=True)
    for ax, panel in zip(axes, panels, strict=True):
        left = np.zeros(len(places))
        for said, colour in FILL.items():
            width = 100 * shares.loc[panel].reindex(columns=SAID, fill_value=0.0).loc[rows, said]
            ax.barh(list(places.values()), width, left=left, color=colour, height=0.8, **OUTLINE)
            left += width.to_numpy()
        ax.set(title=panel.replace(", ", ",\n"), xlim=(0, 100), xticks=[0, 100])
        ax.tick_params(axis="y", length=0)
        ax.grid(False)
    axes[0].set_yticks(range(len(lines)), [name for name, _ in lines])
    axes[0].invert_yaxis()
    for text, (_, key) in zip(axes[0].get_yticklabels(), lines, strict=True):
        text.set_fontweight("bold" if key is None else "normal")
    _legend(
        fig, [said for said in shares if said in SAID and shares[said].any()], f"Share of {of}, %"
    )
    return style.Chart(fig, title)


def _legend(fig: Figure, shown: Sequence[str] = SAID, title: str | None = None) -> None:
    patches = [
        Patch(facecolor=FILL[said], label=said.replace("city", "by city"), **OUTLINE)
        for said in shown
    ]
    fig.legend(handles=patches, loc="outside lower center", ncols=2, title=title)
