"""The specification curve, and the shares of its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lib import style
from studies.multiverse.shares import SAID

THINNED = 3
"""One in so many specifications is drawn, so that a page stays small."""
FILL = {said: style.fill(*said.split(", ")) for said in SAID}
OUTLINE: dict[str, Any] = {"edgecolor": style.MUTED, "linewidth": 0.5}
"""Of bars and legends: pale fills hardly stand out from the page."""


def curves(official: pd.DataFrame, invented: pd.DataFrame, printed: float) -> style.Chart:
    """Partial correlations in order of size, a panel per estimand, filled by verdict.

    Parameters
    ----------
    official, invented : DataFrame
        One claim, as from :func:`studies.multiverse.judged`.  The dotted line is that of the
        invented Belt, in an order of its own.
    printed : float
        Partial correlation behind the printed t, the dashed line.
    """
    fig, axes = style.figure(style.WIDTH, 5.2, rows=2, columns=2, sharey=True)
    by_estimand = official.groupby("estimand", observed=True)
    for ax, (name, part) in zip(axes.flat, by_estimand, strict=True):
        # Equal but for rounding: in the order of the register.
        part = part.iloc[np.argsort(part["r"].to_numpy().round(9), kind="stable")[::THINNED]]
        for said, colour in FILL.items():
            mine = np.pad(part["said"].eq(said).to_numpy(), 1)
            near = mine[1:-1] | mine[2:] | mine[:-2]  # where the rest is zero, few corners do
            height = np.where(mine[1:-1], part["r"], 0.0)
            ax.fill_between(np.flatnonzero(near), height[near], color=colour, lw=0, label=said)
        ax.plot(range(0, len(part), 6), part["r"].iloc[::6], color=style.MUTED, lw=0.5)
        ghost = np.sort(invented.loc[invented["estimand"].eq(name), "r"])[::THINNED]
        ax.plot(range(0, len(ghost), 6), ghost[::6], color=style.INK, ls=":", lw=1.6)
        ax.axhline(0, color=style.INK, lw=0.8)
        ax.axhline(printed, color=style.INK, lw=1, ls="--")
        ax.set(title=name, xticks=[])
        ax.margins(x=0.01)
    axes[0, 0].annotate("printed", (0, printed + 0.03))
    axes[0, 0].annotate("invented Belt", (0.35 * len(ghost), -0.42), ha="center")
    for ax in axes[:, 0]:
        ax.set_ylabel("Partial correlation")
    for ax in axes[1]:
        ax.set_xlabel("Specifications, smallest first")
    _legend(fig)
    return style.Chart(fig, "Specification curves")


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
    fig, axes = style.figure(style.WIDTH, 1 + 0.2 * len(lines), 1, len(panels), sharey=True)
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
    patches = [Patch(facecolor=FILL[said], label=said, **OUTLINE) for said in shown]
    fig.legend(handles=patches, loc="outside lower center", ncols=3, title=title)
