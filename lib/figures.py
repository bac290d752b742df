"""The figures that several chapters share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import stats

from lib import style
from lib.estimation import two_way_fe
from lib.jackknife import leave_one_out


def net_of_effects(rows: pd.DataFrame, y: str, x: str, others: Sequence[str] = ()) -> pd.DataFrame:
    """The points behind a coefficient: y and x net of effects and of the other regressors.

    Returns
    -------
    DataFrame
        ``city, year, x, y``; by the theorem of Frisch, Waugh and Lovell the least-squares slope of
        y on x is the coefficient of x in the regression of y on x, the others and both effects.
    """
    years = pd.get_dummies(rows["year"], dtype=float).add_prefix("year ")
    frame = pd.concat([rows[[y, x, *others]].astype(float), years], axis=1)
    net = (frame - frame.groupby(rows["city"]).transform("mean")).to_numpy()
    beta = np.linalg.lstsq(net[:, 2:], net[:, :2], rcond=None)[0]
    left = net[:, :2] - net[:, 2:] @ beta
    return rows[["city", "year"]].assign(y=left[:, 0], x=left[:, 1])


def influence(
    rows: pd.DataFrame, y: str, x: str, others: Sequence[str] = (), unit: str = "city"
) -> pd.DataFrame:
    """How much of a slope each city makes, or each value of another column, as ``province``.

    Returns
    -------
    DataFrame
        Index the unit, largest share first (ties by name): ``share`` of the variation of x net of
        effects, ``without`` the slope without the unit, ``slope`` with all.
    """
    points = net_of_effects(rows, y, x, others)
    share = (points["x"] ** 2).groupby(rows[unit]).sum()
    found = leave_one_out(rows, y, [x, *others], cluster=unit)
    frame = pd.DataFrame(
        {"share": share / share.sum(), "without": found.without[x], "slope": found.coef[x]}
    )
    # By name first, so that units of the same rounded share stand in a named order.
    order = frame["share"].round(9).sort_index().sort_values(ascending=False, kind="stable")
    return frame.loc[order.index]


def residual_scatter(
    rows: pd.DataFrame | Mapping[str, pd.DataFrame],
    x: str,
    y: str = "REG",
    others: Sequence[str] = (),
    named: int = 1,
) -> style.Chart:
    """REG against a regressor, both net of effects, with the line and the cities that make it.

    Parameters
    ----------
    rows : DataFrame or mapping of heading to DataFrame
        As from :func:`lib.specifications.rows`; a panel each.
    x : str
        The regressor.
    others : sequence of str
        Other regressors, projected out.
    named : int
        How many of the most influential cities are named; the dashed line is without them.
    """
    panels = rows if isinstance(rows, Mapping) else {"": rows}
    fig, axes = style.figure(style.WIDTH, 3.6, 1, len(panels), squeeze=False, sharey=True)
    for ax, (heading, frame) in zip(axes[0], panels.items(), strict=True):
        _scatter(ax, frame, x, y, others, named)
        ax.set_title(heading)
    axes[0][0].set_ylabel(f"{y} net of effects (Belt 2008 = 1)")
    return style.Chart(fig, f"{y} against {x}, net of effects")


def _scatter(
    ax: Axes, rows: pd.DataFrame, x: str, y: str, others: Sequence[str], named: int
) -> None:
    points = net_of_effects(rows, y, x, others)
    ranked = influence(rows, y, x, others)
    cities = list(ranked.index[:named])
    rest = points[~points["city"].isin(cities)]
    ax.scatter(rest["x"], rest["y"], s=7, color=style.MUTED, alpha=0.45, linewidth=0, label="_")
    ends = np.array([points["x"].min(), points["x"].max()])
    ax.plot(ends, ranked["slope"].iloc[0] * ends, color=style.INK, label="all cities")
    for city, marker in zip(cities, "DsX", strict=False):
        own = points[points["city"].eq(city)]
        ax.scatter(own["x"], own["y"], s=26, color=style.ACCENT, marker=marker, label=city)
    if cities:
        kept = rows[~rows["city"].isin(cities)]
        slope = two_way_fe(kept, y, [x, *others]).coef[x]
        ax.plot(ends, slope * ends, "--", color=style.ACCENT, label=f"without {', '.join(cities)}")
    ax.set_xlabel(f"{x} net of effects")
    ax.legend(fontsize=9.2, loc="best")


def forest(cells: pd.DataFrame, title: str = "Printed and recomputed") -> style.Chart:
    """t-statistics of printed cells and of ours under each reading, a line a cell.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`lib.verdicts.ledger`, for one kind of error.
    """
    names = [f"{c.heading}: {c.symbol}" for c in cells.itertuples()]
    order = list(dict.fromkeys(names))
    at = {name: len(order) - 1 - i for i, name in enumerate(order)}
    fig, ax = style.figure(style.WIDTH, 1.3 + 0.34 * len(order))
    ax.axvspan(-1.96, 1.96, color="#eeeeee", linewidth=0)
    ax.axvline(0, color=style.MUTED, linewidth=1)
    height = np.array([at[name] for name in names], float)
    first = cells["reading"].eq(cells["reading"].iloc[0]).to_numpy()
    ax.plot(
        cells["printed_t"][first], height[first] + 0.22, "D", color=style.PRINTED,
        markerfacecolor="white", markeredgewidth=1.5, markersize=5, label="printed",
    )  # fmt: skip
    for offset, (reading, colour) in zip(
        (0.0, -0.22), {"flow": style.FLOW, "stock": style.STOCK}.items(), strict=True
    ):
        own = cells["reading"].eq(reading).to_numpy()
        mark = style.READING_MARKER[reading]
        place = height[own] + offset
        ax.plot(cells["t"][own], place, mark, color=colour, markersize=5, label=reading)
    ax.set_yticks(list(at.values()), list(at))
    ax.set_xlabel("t-statistic (grey: not significant at 5 %)")
    ax.grid(axis="y", visible=False)
    fig.legend(loc="outside upper left", ncols=3)
    return style.Chart(fig, title)


def slope_at(
    rows: pd.DataFrame, ia: np.ndarray | float, terms: Sequence[str] = ("LM", "IA", "LM_IA")
) -> pd.DataFrame:
    """The slope of LM at values of IA, b_LM + b_LM_IA * IA, with its city-jackknife error.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.rows`.
    ia : float or array

    Returns
    -------
    DataFrame
        ``ia, slope, se, t, p, low, high`` from t(G-1), a row per value.  Source: Brambor, Clark
        and Golder (2006).
    """
    values = np.atleast_1d(np.asarray(ia, float))
    found = leave_one_out(rows, "REG", list(terms))
    pair = ["LM", "LM_IA"]
    weights = np.column_stack([np.ones_like(values), values])
    slope = weights @ found.coef[pair].to_numpy()
    cov = found.cov.loc[pair, pair].to_numpy()
    se = np.sqrt(np.einsum("ij,jk,ik->i", weights, cov, weights))
    df = found.clusters - 1
    half = stats.t.ppf(0.975, df) * se
    frame = {"ia": values, "slope": slope, "se": se, "t": slope / se}
    p = 2 * stats.t.sf(np.abs(slope / se), df)
    return pd.DataFrame(frame | {"p": p, "low": slope - half, "high": slope + half})


def slope_along(panels: Mapping[str, pd.DataFrame]) -> style.Chart:
    """The slope of LM along IA, with its 95 % band, over the middle nine tenths of the cities.

    Parameters
    ----------
    panels : mapping from heading to DataFrame
        Rows of regressions with LM, IA and their product; the dotted line marks the mean of IA.
    """
    fig, axes = style.figure(style.WIDTH, 3.2, 1, len(panels), squeeze=False, sharey=True)
    for ax, (heading, rows) in zip(axes[0], panels.items(), strict=True):
        low, high = rows["IA"].quantile([0.05, 0.95])
        line = slope_at(rows, np.linspace(low, high, 41))
        ax.axhline(0, color=style.MUTED, linewidth=1)
        ax.fill_between(
            line["ia"], line["low"], line["high"], color=style.FLOW, alpha=0.18, linewidth=0
        )
        ax.plot(line["ia"], line["slope"], color=style.FLOW)
        ax.axvline(rows["IA"].mean(), color=style.INK, linestyle=":", linewidth=1.2)
        ax.set_title(heading)
        ax.set_xlabel("IA (Belt's mean = 1)")
    axes[0][0].set_ylabel("Slope of LM")
    return style.Chart(fig, "Slope of LM along IA")
