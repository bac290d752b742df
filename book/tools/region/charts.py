"""The charts of a region of the reader's own, in the colours of its own groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib import figures, style
from tools.region.study import Settings


def region_map(about: Settings, data: pd.DataFrame, year: int) -> style.Chart:
    """Cities at their coordinates, area for REG; the richest and the poorest of a group named."""
    rows = data[data["year"].eq(year)].dropna(subset=["reg"])
    fig, ax = style.figure(style.WIDTH, 3.9)
    for group, own in rows.groupby(pd.Categorical(rows["reach"], about.groups), observed=True):
        area = 170 * own["reg"] / rows["reg"].max()
        ax.scatter(own["lon"], own["lat"], s=area, alpha=0.75, linewidth=0, **about.look(group),
                   label=f"{group} ({len(own)})")  # fmt: skip
        ordered = own.assign(reg=own["reg"].round(9)).sort_values(["reg", "city"])
        for place, side in {0: "top", len(own) - 1: "bottom"}.items():
            row = ordered.iloc[place]  # the poorest is named below, the richest above
            ax.annotate(row["city"], (row["lon"], row["lat"]), (0, -7 if side == "top" else 7),
                        textcoords="offset points", fontsize=9, ha="center", va=side)  # fmt: skip
    ax.margins(0.15)
    wide, high = np.ptp(rows["lon"]), np.ptp(rows["lat"])
    degree = max(np.cos(np.radians(rows["lat"].mean())), 0.05)
    if 0.25 < wide * degree / max(high, 1e-9) < 4:  # else a diagram, or cities on a line
        ax.set_aspect(1 / degree)
    ax.set(xlabel="Longitude (degrees east)", ylabel="Latitude (degrees north)")
    legend: Any = fig.legend(loc="outside lower center", ncols=4)
    for handle in legend.legend_handles:
        handle.set_sizes([40])
    return style.Chart(fig, f"Map, {year}")


def paths(about: Settings, panels: Mapping[str, pd.DataFrame], title: str) -> style.Chart:
    """Lines by year, a panel per heading and a line per group (and one for all cities)."""
    fig, axes = style.figure(style.WIDTH, 3.1, 1, len(panels), squeeze=False)
    for ax, (heading, wide) in zip(axes[0], panels.items(), strict=True):
        for group in [each for each in ("all", *about.groups) if each in wide]:
            of_all = {"color": style.INK, "linewidth": 2.6}
            look = of_all if group == "all" else about.look(group)
            ax.plot(wide.index, wide[group], markersize=3.5, label=group, **look)
        ax.set_title(heading, fontsize=9.5)
        ax.set_xticks(sorted({about.period[0], sum(about.period) // 2, about.period[1]}))
    fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.Chart(fig, title)


def start_scatter(about: Settings, rows: pd.DataFrame, part: str = "REG") -> style.Chart:
    """Growth against its start, a point a city, with the least-squares line."""
    fig, ax = style.figure(style.WIDTH, 3.4)
    for group, own in rows.groupby(pd.Categorical(rows["reach"], about.groups), observed=True):
        ax.scatter(own["start"], own[part], s=24, alpha=0.8, label=group, **about.look(group))
    if rows["start"].nunique() > 1:
        ends = np.array([rows["start"].min(), rows["start"].max()])
        slope, level = np.polyfit(rows["start"], rows[part], 1)
        ax.plot(ends, level + slope * ends, color=style.INK)
    ax.set(xlabel="log REG at the start", ylabel=f"Growth of {part}, per cent a year")
    fig.legend(loc="outside lower center", ncols=4)
    return style.Chart(fig, "Growth against its start")


def scatter(made: Mapping[str, Any]) -> style.Chart:
    """REG against LM net of effects and IA, a panel a reading, the most influential city named."""
    if not made:
        return style.Chart(style.figure(style.WIDTH, 2)[0], "REG against LM, net of effects")
    chart = figures.residual_scatter({name: rows for name, (rows, _) in made.items()}, "LM",
                                     others=["IA"])  # fmt: skip
    chart.figure.axes[0].set_ylabel("REG net of effects")
    return chart
