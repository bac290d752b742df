"""The two charts of a region's page, in the colours of its own groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.transforms import Bbox

from lib import style
from tools.yearbook.settings import Settings

FONT = 0x530  # Matplotlib's own has Latin, Greek and Cyrillic letters
COLOURS = (*style.REACH.values(), style.INK, "#CC79A7", "#56B4E9", "#8C6D1F", style.MUTED)
MARKERS = "s^oDvPX*<>"
SIDES = {(0, 8): ("center", "bottom"), (0, -8): ("center", "top"), (8, 0): ("left", "center"),
         (-8, 0): ("right", "center"), (5, 5): ("left", "bottom"), (-5, 5): ("right", "bottom"),
         (5, -5): ("left", "top"), (-5, -5): ("right", "top")}  # fmt: skip


def look(about: Settings, group: str) -> dict[str, Any]:
    """Colour and marker of a group."""
    place = about.groups.index(group)
    return {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}


def region_map(about: Settings, rows: pd.DataFrame, year: int) -> style.Chart:
    """Places at their coordinates, area for REG; the richest and the poorest of a group named."""
    fig, ax = style.figure(style.WIDTH, 3.6)
    rows, ends = rows.sort_values(["reg", "city"]), []
    for group in about.groups:
        own = rows[rows["reach"].eq(group)]
        area = 170 * own["reg"] / rows["reg"].max()
        ax.scatter(own["lon"], own["lat"], s=area, alpha=0.75, linewidth=0, **look(about, group),
                   label=f"{group} ({len(own)})")  # fmt: skip
        ends += [own.iloc[:1], own.iloc[1:][-1:]]
    ax.margins(0.15)
    degree = max(np.cos(np.radians(rows["lat"].mean())), 0.05)
    if 0.25 < np.ptp(rows["lon"]) * degree / max(np.ptp(rows["lat"]), 1e-9) < 4:
        ax.set_aspect(1 / degree)  # else it is a diagram, or places on a line
    ax.set(xlabel="Longitude (degrees east)", ylabel="Latitude (degrees north)")
    for handle in fig.legend(loc="outside lower center", ncols=3).legend_handles:
        handle.set_sizes([40])  # type: ignore[union-attr]
    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    marks = [Bbox.from_bounds(x - 4, y - 4, 8, 8)
             for x, y in ax.transData.transform(rows[["lon", "lat"]])]  # fmt: skip
    names: list[Bbox] = []
    for row in pd.concat(ends).sort_values(["reg", "city"], ascending=False).itertuples():
        _name(ax, row, names, marks)
    return style.Chart(fig, f"Map, {year}")


def _name(ax: Any, row: Any, names: list[Bbox], marks: list[Bbox]) -> None:
    """Write a name beside its mark, if it can be, off other marks, and never over another name."""
    for others in (names + marks, names):
        for side, (ha, va) in SIDES.items():
            # Letters that the font lacks are as wide as a W.
            text = ax.annotate(re.sub(rf"[^\0-{chr(FONT)}]", "W", row.city), (row.lon, row.lat),
                               side, textcoords="offset points", fontsize=9.5, ha=ha, va=va)  # fmt: skip
            box = text.get_window_extent()
            inside = ax.figure.bbox.containsx(box.x0) and ax.figure.bbox.containsx(box.x1)
            if inside and not box.count_overlaps(others):
                text.set_text(row.city)
                return names.append(box)
            text.remove()


def spreads(about: Settings, panels: Mapping[str, pd.DataFrame]) -> style.Chart:
    """Lines by year, a panel per heading, a line per group and one for all places."""
    fig, axes = style.figure(style.WIDTH, 3.1, 1, len(panels), squeeze=False)
    for ax, (heading, wide) in zip(axes[0], panels.items(), strict=True):
        for name in wide:
            own = {"color": style.INK, "linewidth": 2.6} if name == "all" else look(about, name)
            ax.plot(wide.index, wide[name], markersize=3.5, label=name, **own)
        ax.set_title(heading)
        ax.set_xticks(sorted({wide.index[0], wide.index[len(wide) // 2], wide.index[-1]}))
    fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.Chart(fig, "Spread of incomes")
