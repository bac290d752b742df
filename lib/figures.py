"""The figures of the data and results chapters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn as sns
from linearmodels.panel.data import PanelData
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from lib import play, style
from lib.convergence import Beta
from lib.estimation import Estimate
from lib.policy import slope_at
from lib.specifications import SYMBOL, Specification
from lib.tables import number

ORDER = ("upper", "middle", "lower")
MARKER = {"upper": "s", "middle": "^", "lower": "o"}
# Names on the map: a few anchors a reach are enough to find one's way.  Offsets in points.
LANDMARKS = {
    "Shanghai": (6, 4),
    "Nanjing": (-8, 9),
    "Hangzhou": (6, -9),
    "Hefei": (-30, 4),
    "Wuhan": (6, 4),
    "Changsha": (7, -3),
    "Nanchang": (7, -9),
    "Chongqing": (7, 4),
    "Chengdu": (-10, 9),
    "Guiyang": (6, 4),
    "Kunming": (7, -3),
}


def belt_map(data: pd.DataFrame, year: int) -> play.Display:
    """Cities at their coordinates: area for REG in ``year``, colour and shape for the reach.

    On a page each city tells its REG, its rank among the cities of the map, and its REG in the
    first year of `data`.
    """
    rows = data[data["year"] == year]
    fig, ax = style.figure(7.2, 4.6)
    for reach in ORDER:
        part = rows[rows["reach"] == reach]
        ax.scatter(
            part["lon"],
            part["lat"],
            s=18 + 34 * part["reg"],
            color=style.REACH[reach],
            marker=MARKER[reach],
            alpha=0.75,
            edgecolor="white",
            linewidth=0.6,
            label=f"{reach.capitalize()} reach ({len(part)} cities)",
        )
    halo = [withStroke(linewidth=2.5, foreground="white")]
    for row in rows[rows["city"].isin(LANDMARKS)].itertuples():
        ax.annotate(
            row.city,
            (row.lon, row.lat),
            xytext=LANDMARKS[row.city],
            textcoords="offset points",
            fontsize=9,
            path_effects=halo,
        )
    # A degree of longitude is shorter than one of latitude, by the cosine of the latitude.
    ax.set_aspect(1 / np.cos(np.radians(rows["lat"].mean())))
    ax.set_xlabel("Longitude (degrees east)")
    ax.set_ylabel("Latitude (degrees north)")
    ax.set_title(f"Real GDP per resident, {year}")
    legend = ax.legend(loc="upper left", fontsize=9, handletextpad=0.3)
    for handle in legend.legend_handles:
        handle.set_sizes([45])
    marks = _cities(data, year)
    values = play.pick(
        ax,
        marks,
        label="City",
        how="Point at a mark or tap it, or choose a city from the list.",
        start=int(np.argmax(marks["reg"])),
    )
    return play.Display(fig, f"Belt map, {year}", values)


def _cities(data: pd.DataFrame, year: int) -> pd.DataFrame:
    """What the map says of each city that has a mark, reach by reach and by name."""
    keys = ["reach", "city", "province", "lon", "lat"]
    reg = data.pivot(index=keys, columns="year", values="reg")
    first = reg.columns.min()
    marks = pd.DataFrame({"reg": reg[year], "before": reg[first]}).dropna(subset="reg")
    marks = marks.reset_index()
    rank = marks["reg"].rank(ascending=False, method="min").astype(int)
    marks["text"] = [
        f"{row.city} ({row.province}, {row.reach} reach): REG {number(row.reg, 2)} in {year}, "
        f"rank {place} of {len(marks)}"
        + (f"; {number(row.before, 2)} in {first}." if first < year else ".")
        for row, place in zip(marks.itertuples(), rank, strict=True)
    ]
    marks["group"] = marks["reach"].str.capitalize() + " reach"
    marks = marks.rename(columns={"city": "name", "lon": "x", "lat": "y"})
    place = marks["reach"].map(ORDER.index)
    return marks.iloc[np.lexsort([marks["name"], place])].reset_index(drop=True)


def trends(data: pd.DataFrame, columns: Mapping[str, str], title: str) -> style.Chart:
    """Mean over the cities of each reach, year by year, one panel per column.

    Parameters
    ----------
    columns : mapping
        Column -> axis label with units.
    """
    fig, axes = style.figure(7.2, 3.1, columns=len(columns), squeeze=False)
    for ax, (column, label) in zip(axes[0], columns.items(), strict=True):
        means = data.groupby(["year", "reach"])[column].mean().unstack()
        for reach in ORDER:
            ax.plot(
                means.index,
                means[reach],
                color=style.REACH[reach],
                marker=MARKER[reach],
                markersize=4,
                label=f"{reach.capitalize()} reach",
            )
        ax.set_title(label, fontsize=10.5)
        ax.set_xlabel("Year")
        ax.set_xticks([year for year in means.index if year % 4 == 0])
        ax.margins(x=0.03)
    axes[0][0].legend(fontsize=9)
    return style.Chart(fig, title)


def sigma_paths(spread: pd.DataFrame) -> style.Chart:
    """Standard deviation of log REG over time, all cities and by reach, labelled at the end."""
    fig, ax = style.figure(7.2, 3.6)
    last = spread.index.max()
    at = _apart(spread.iloc[-1][["all", *ORDER]], 0.035)
    for group in ("all", *ORDER):
        colour = style.REACH.get(group, style.INK)
        width = 2.6 if group == "all" else 1.6
        ax.plot(spread.index, spread[group], color=colour, linewidth=width, label=group)
        name = "All cities" if group == "all" else f"{group.capitalize()} reach"
        ax.text(last + 0.2, at[group], name, color=colour, va="center", fontsize=9.5)
    ax.set_xlim(spread.index.min(), last + 2.6)
    ax.set_xticks(range(spread.index.min(), last + 1, 3))
    ax.set_ylim(bottom=0)
    ax.set_xlabel("Year")
    ax.set_ylabel("Standard deviation of log REG")
    ax.set_title("Spread of real GDP per resident")
    return style.Chart(fig, "Sigma-convergence")


def _apart(values: pd.Series, gap: float) -> pd.Series:
    """Places for labels: the values, moved up where two would be closer than ``gap``."""
    placed = values.sort_values()
    for lower, upper in zip(placed.index, placed.index[1:], strict=False):
        placed[upper] = max(placed[upper], placed[lower] + gap)
    return placed


def beta_scatter(found: Beta) -> style.Chart:
    """Growth against its start, a point per city, with the least-squares line."""
    fig, ax = style.figure(7.2, 4.0)
    for reach in ORDER:
        part = found.frame[found.frame["reach"] == reach]
        ax.scatter(
            part["start"],
            100 * part["growth"],
            color=style.REACH[reach],
            marker=MARKER[reach],
            s=26,
            alpha=0.8,
            label=f"{reach.capitalize()} reach",
        )
    ends = np.array([found.frame["start"].min(), found.frame["start"].max()])
    ax.plot(ends, 100 * (found.intercept + found.slope * ends), color=style.INK, label="OLS line")
    first, last = found.years
    ax.set_xlabel(f"log REG in {first} (0 = the Belt's value)")
    ax.set_ylabel("Growth per year (%)")
    ax.set_title(f"Growth {first}–{last} against its start")
    ax.legend(fontsize=9)
    return style.Chart(fig, "Beta-convergence")


def printed_beside_recomputed(cells: pd.DataFrame) -> style.Chart:
    """Partial correlations, printed and recomputed, with the interval of the recomputed ones.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`lib.published.compare_table`.
    """
    fig, ax = style.figure(7.2, 1.3 + 0.36 * len(cells))
    at = np.arange(len(cells))[::-1]
    ax.axvline(0, color=style.MUTED, linewidth=1)
    ax.errorbar(
        cells["r"],
        at - 0.12,
        xerr=[cells["r"] - cells["r_low"], cells["r_high"] - cells["r"]],
        fmt="o",
        color=style.REACH["upper"],
        capsize=3,
        markersize=5,
        label="Recomputed, 95 % interval",
    )
    ax.plot(
        cells["printed_r"],
        at + 0.12,
        "D",
        color=style.ACCENT,
        markersize=5.5,
        markerfacecolor="white",
        markeredgewidth=1.6,
        label="Printed",
    )
    ax.set_yticks(at, [f"{cell.heading}: {cell.symbol}" for cell in cells.itertuples()])
    ax.set_xlabel("Partial correlation with REG (no units)")
    ax.grid(axis="y", visible=False)
    fig.legend(loc="outside upper left", ncols=2, fontsize=9)
    return style.Chart(fig, "Printed beside recomputed")


def readings_plot(
    found: Mapping[str, Mapping[str, Estimate]],
    columns: tuple[Specification, ...],
    terms: tuple[str, ...],
    printed: pd.DataFrame,
) -> style.Chart:
    """t-statistics clustered by city of some terms under every reading, and the printed t.

    Parameters
    ----------
    found : mapping
        Reading name -> column -> estimate.
    printed : DataFrame
        As from :func:`lib.published.coefficients`; its t is the dashed line of each panel.
    """
    panels = [(spec, term) for spec in columns for term in terms if term in spec.terms]
    names = list(found)
    across = len(panels) if len(panels) <= 4 else 3
    down = -(-len(panels) // across)
    height = (1.2 + 0.25 * len(names)) * down
    fig, axes = style.figure(7.2, height, down, across, squeeze=False, sharey=True, sharex=True)
    cells = printed.set_index(["column", "row"])
    at = np.arange(len(names))[::-1]
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    for ax, (spec, term) in zip(axes.flat, panels, strict=False):
        values = [
            found[name][spec.column].clustered.loc[term, "t"]
            if spec.column in found[name]
            else np.nan
            for name in names
        ]
        ax.axvline(0, color=style.MUTED, linewidth=1)
        ax.axvspan(-1.96, 1.96, color="#eeeeee", zorder=0)
        ax.axvline(cells.loc[(spec.column, term), "t"], color=style.ACCENT, linestyle="--")
        ax.plot(values, at, "o", color=style.REACH["upper"], markersize=5)
        ax.set_title(f"{spec.heading}\n{SYMBOL[term]}", fontsize=9.5)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
        ax.grid(axis="y", visible=False)
    for row in axes:
        row[0].set_yticks(at, names, fontsize=9)
    for ax in axes[-1]:
        ax.set_xlabel("t, clustered by city")
    return style.Chart(fig, "t-statistics under other readings")


def slope_along(
    found: Mapping[str, Estimate],
    observed: Mapping[str, pd.Series],
    columns: Sequence[Specification],
    term: str = "lm",
    product: str = "lm_ia",
) -> style.Chart:
    """Slope of a regressor along the variable it is multiplied with, a panel a column.

    Parameters
    ----------
    found : mapping of str to Estimate
        By column; each holds ``term`` and ``product``.
    observed : mapping of str to Series
        The other variable in the rows behind each column: the line runs from its smallest to its
        largest value, full between its 5 % and 95 % quantiles, and a tick is an observation.
    columns : sequence of Specification
        The panels, one reach each.
    """
    fig, (axes,) = style.figure(7.2, 3.2, 1, len(columns), sharey=True, squeeze=False)
    for ax, spec in zip(axes, columns, strict=True):
        values = observed[spec.column]
        grid = np.linspace(values.min(), values.max(), 41)
        lines = pd.DataFrame([slope_at(found[spec.column], term, product, at) for at in grid])
        colour = style.REACH[str(spec.reach)]
        inner = (grid >= values.quantile(0.05)) & (grid <= values.quantile(0.95))
        low, high = lines["low"].astype(float), lines["high"].astype(float)
        ax.fill_between(grid, low, high, color=colour, alpha=0.12, lw=0)
        ax.fill_between(grid[inner], low[inner], high[inner], color=colour, alpha=0.25, lw=0)
        ax.plot(grid, lines["slope"], color=colour, linestyle=":", label="slope, thinly observed")
        ax.plot(grid[inner], lines["slope"][inner], color=colour, label="slope")
        ax.axhline(0, color=style.INK, linewidth=0.8)
        ax.plot(
            values,
            np.full(len(values), 0.02),
            "|",
            color=style.MUTED,
            alpha=0.35,
            markersize=7,
            transform=ax.get_xaxis_transform(),
            label="observed",
        )
        ax.set_title(spec.heading)
        ax.set_xlabel(f"{SYMBOL[product.removeprefix(term + '_')]} (mean 1)")
    axes[0].set_ylabel(f"Slope of {SYMBOL[term]}, 95 % band")
    return style.Chart(fig, f"Slope of {SYMBOL[term]} along {SYMBOL[product]}")


def correlation_heatmap(data: pd.DataFrame, columns: Mapping[str, str]) -> style.Chart:
    """Correlations of the columns after city and year effects are taken out.

    Parameters
    ----------
    columns : mapping
        Column -> symbol shown.
    """
    rows = data[["city_code", "year", *columns]].dropna().set_index(["city_code", "year"])
    within = PanelData(rows).demean("both").dataframe
    matrix = within.corr().rename(index=columns, columns=columns)
    fig, ax = style.figure(6.4, 4.8)
    hidden = np.triu(np.ones_like(matrix, dtype=bool))
    sns.heatmap(
        matrix,
        mask=hidden,
        vmin=-1,
        vmax=1,
        cmap="PuOr",
        annot=True,
        fmt=".2f",
        annot_kws={"size": 8.5},
        square=True,
        ax=ax,
        cbar_kws={"label": "Correlation", "shrink": 0.7},
    )
    ax.grid(visible=False)
    ax.set_title("Correlation within cities and years")
    return style.Chart(fig, "Within-correlations")
