"""The map of a region, in the colours of its own groups."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.transforms import Bbox

from lib import style
from tools.yearbook.settings import Settings

COLOURS = (*style.REACH.values(), style.INK, "#CC79A7", "#56B4E9", "#8C6D1F", style.MUTED)
MARKERS = "s^oDvPX*<>"
OTHER = re.compile("[^\0-\u052f]")  # letters that Matplotlib's own font lacks, as wide as a W


def look(about: Settings, group: str) -> dict[str, Any]:
    """Colour and marker of a group."""
    place = about.groups.index(group)
    return {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}


def columns(about: Settings) -> int:
    """Columns of a legend of the groups that a chart has room for."""
    return max(1, min(4, 54 // (8 + max(map(len, about.groups)))))


def region_map(about: Settings, rows: pd.DataFrame, year: int) -> style.Chart:
    """Places at their coordinates, area for REG; the richest and the poorest of a group named."""
    fig, ax = style.figure(style.WIDTH, 3.6)
    rows = rows.sort_values(["reg", "city"])
    for group in about.groups:
        own = rows[rows["reach"].eq(group)]
        ax.scatter(own["lon"], own["lat"], s=170 * own["reg"] / rows["reg"].max(), alpha=0.75,
                   linewidth=0, label=f"{group} ({len(own)})", **look(about, group))  # fmt: skip
    ax.margins(0.15)
    degree = max(np.cos(np.radians(rows["lat"].mean())), 0.05)
    if 0.25 < np.ptp(rows["lon"]) * degree / max(np.ptp(rows["lat"]), 1e-9) < 4:
        ax.set_aspect(1 / degree)  # else it is a diagram, or places on a line
    ax.set(xlabel="Longitude (degrees east)", ylabel="Latitude (degrees north)")
    for handle in fig.legend(loc="outside lower center", ncols=columns(about)).legend_handles:
        handle.set_sizes([40])  # type: ignore[union-attr]
    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    named: list[Bbox] = []
    inner = rows.duplicated("reach") & rows.duplicated("reach", keep="last")
    for row in rows[~inner][::-1].itertuples():
        for up, align in ((8, "bottom"), (-8, "top")):  # above or below, off the other names
            text = ax.annotate(OTHER.sub("W", row.city), (row.lon, row.lat), (0, up), fontsize=9.5,
                               textcoords="offset points", ha="center", va=align)  # fmt: skip
            box = text.get_window_extent()
            if not box.count_overlaps(named) and 0 < box.x0 and box.x1 < fig.bbox.x1:
                text.set_text(row.city)
                named.append(box)
                break
            text.remove()
    return style.Chart(fig, f"Map, {year}")
