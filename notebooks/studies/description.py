"""The panel before any regression: how cities moved, and whether they came closer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lib import style
from lib.panel import DataError

_FLOW_LIMITS = (0.86, 1.16)


def two_mobilities(data: pd.DataFrame, cities: Sequence[str]) -> style.Chart:
    """Both readings of LM, a column of panels a city: the flow above, the stock below.

    Years whose residents step with a boundary or a census are marked; a flow beyond the panel is
    written at its edge.

    Raises
    ------
    lib.panel.DataError
        A city is not in the panel.
    """
    missing = sorted(set(cities) - set(data["city"]))
    if missing:
        raise DataError(f"cities: {', '.join(missing)} not found; expected cities of the panel")
    fig, axes = style.figure(style.WIDTH, 3.9, 2, len(cities), sharex=True, sharey="row",
                             squeeze=False)  # fmt: skip
    for (above, below), city in zip(axes.T, cities, strict=True):
        rows = data[data["city"].eq(city)]
        for ax in (above, below):
            _mark_steps(ax, rows)
        above.axhline(1, color=style.MUTED, linewidth=1)
        below.axhline(0, color=style.MUTED, linewidth=1)
        above.plot(
            rows["year"], rows["lm_flow"].clip(*_FLOW_LIMITS), color=style.FLOW,
            marker=style.READING_MARKER["flow"], markersize=3.5, label="flow",
        )  # fmt: skip
        below.plot(
            rows["year"], rows["lm_stock"], color=style.STOCK,
            marker=style.READING_MARKER["stock"], markersize=3.5, label="stock",
        )  # fmt: skip
        for row in rows[rows["lm_flow"].gt(_FLOW_LIMITS[1])].itertuples():
            above.annotate(
                f"{row.lm_flow:.2f} ↑", (row.year, _FLOW_LIMITS[1]), xytext=(5, -4),
                textcoords="offset points", fontsize=9.2, va="top",
            )  # fmt: skip
        above.set_title(city)
        below.set_xticks([2008, 2015, 2022])
    axes[0][0].set_ylim(_FLOW_LIMITS[0], _FLOW_LIMITS[1] + 0.005)
    axes[0][0].set_ylabel("Flow")
    axes[1][0].set_ylabel("Stock")
    return style.Chart(fig, "Two readings of labour mobility")


def _mark_steps(ax: Axes, rows: pd.DataFrame) -> None:
    for row in rows.itertuples():
        if "boundary:resident_pop" in row.flags:
            ax.axvline(row.year, color=style.ACCENT, linewidth=1.2, linestyle="--")
        elif "census_step:resident_pop" in row.flags:
            ax.axvline(row.year, color=style.MUTED, linewidth=1.2, linestyle=":")


def _by_reach(rows: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    return [(reach, rows[rows["reach"].eq(reach)]) for reach in style.REACH]


def trends(data: pd.DataFrame, columns: Mapping[str, str], title: str) -> style.Chart:
    """Mean over the cities of each reach, year by year, one panel per column.

    Parameters
    ----------
    columns : mapping
        Column -> heading with units.
    """
    fig, axes = style.figure(style.WIDTH, 2.9, 1, len(columns), squeeze=False)
    for ax, (column, label) in zip(axes[0], columns.items(), strict=True):
        for reach, part in _by_reach(data):
            means = part.groupby("year")[column].mean()
            ax.plot(
                means.index, means, color=style.REACH[reach], marker=style.MARKER[reach],
                markersize=3.5, label=f"{reach} reach",
            )  # fmt: skip
        ax.set_title(label, fontsize=9.5)
        ax.set_xticks([2008, 2015, 2022])
    fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return style.Chart(fig, title)


def sigma(data: pd.DataFrame, by: str = "reach") -> pd.DataFrame:
    """Standard deviation of log REG over cities, year by year.

    Returns
    -------
    DataFrame
        Index year; ``all`` for all cities, and a column per group; log points.

    Notes
    -----
    Source: Barro and Sala-i-Martin (1992).  Cities count alike, whatever their population.
    """
    logs = data.assign(log_reg=np.log(data["reg"]))
    spread = pd.DataFrame({"all": logs.groupby("year")["log_reg"].std()})
    return spread.join(logs.groupby(["year", by])["log_reg"].std().unstack())


def sigma_paths(spread: pd.DataFrame) -> style.Chart:
    """Draw what :func:`sigma` gives, each line named at its end."""
    fig, ax = style.figure(style.WIDTH, 3.3)
    last = int(spread.index.max())
    at = _apart(spread.iloc[-1], 0.035)
    for group in spread:
        colour = style.REACH.get(group, style.INK)
        width = 2.6 if group == "all" else 1.6
        ax.plot(
            spread.index, spread[group], color=colour, linewidth=width, label=group,
            marker=style.MARKER.get(group), markersize=3.5,
        )  # fmt: skip
        name = "all cities" if group == "all" else f"{group} reach"
        ax.text(last + 0.3, at[group], name, color=colour, va="center", fontsize=9.5)
    ax.set_xlim(spread.index.min() - 0.3, last + 3)
    ax.set_xticks(range(spread.index.min(), last + 1, 3))
    ax.set_ylim(bottom=0)
    ax.set_ylabel("Standard deviation of log REG")
    return style.Chart(fig, "Sigma-convergence")


def _apart(values: pd.Series, gap: float) -> pd.Series:
    """Places for labels: the values, moved up where two would be closer than `gap`."""
    placed = values.round(9).sort_index().sort_values(kind="stable")
    for lower, upper in zip(placed.index, placed.index[1:], strict=False):
        placed[upper] = max(placed[upper], placed[lower] + gap)
    return placed


def beta_scatter(rows: pd.DataFrame, parts: Sequence[str] = ("REG", "output")) -> style.Chart:
    """Growth against its start, a point a city and a panel a part, with least-squares lines.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.changes.growth`.
    """
    fig, axes = style.figure(style.WIDTH, 3.4, 1, len(parts), squeeze=False, sharey=True)
    ends = np.array([rows["start"].min(), rows["start"].max()])
    for ax, part in zip(axes[0], parts, strict=True):
        for reach, own in _by_reach(rows):
            ax.scatter(
                own["start"], own[part], s=18, alpha=0.8, linewidth=0, color=style.REACH[reach],
                marker=style.MARKER[reach], label=f"{reach} reach",
            )  # fmt: skip
        slope, level = np.polyfit(rows["start"], rows[part], 1)
        ax.plot(ends, level + slope * ends, color=style.INK, label="line")
        ax.set_title(f"Growth of {part}")
        ax.set_xlabel("log REG at the start (0: the Belt)")
    axes[0][0].set_ylabel("Per cent a year")
    fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return style.Chart(fig, "Growth against its start")
