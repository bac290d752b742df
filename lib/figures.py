"""The figures that several chapters share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes

from lib import style
from lib.cases import SHORT
from lib.jackknife import table_of
from lib.prose import number
from lib.within import Effects, fit, leave_one_out


def net_of_effects(
    rows: pd.DataFrame, y: str, x: str, others: Sequence[str] = (), effects: Effects = "twoway"
) -> pd.DataFrame:
    """The points behind a coefficient: y and x net of effects and of the other regressors.

    Returns
    -------
    DataFrame
        ``city, year, x, y``; by the theorem of Frisch, Waugh and Lovell the least-squares slope of
        y on x is the coefficient of x in the regression of y on x, the others and the effects.
    """
    found = fit(rows, y, (x, *others), effects)
    pair, rest = found.net[[y, x]].to_numpy(), found.net[list(others)].to_numpy()
    left = pair - rest @ np.linalg.lstsq(rest, pair, rcond=None)[0]
    return found.rows[["city", "year"]].assign(y=left[:, 0], x=left[:, 1])


def influence(
    rows: pd.DataFrame,
    y: str,
    x: str,
    others: Sequence[str] = (),
    unit: str = "city",
) -> pd.DataFrame:
    """How much of a slope each city makes, or each value of another column, as ``province``.

    Returns
    -------
    DataFrame
        Index the unit, largest share first (ties by name): ``share`` of the variation of x net of
        effects, ``without`` the slope without the unit, ``slope`` with all.
    """
    points = net_of_effects(rows, y, x, others)
    share = (points["x"] ** 2).groupby(rows.loc[points.index, unit]).sum()
    found = leave_one_out(rows, y, [x, *others], cluster=unit)
    frame = pd.DataFrame(
        {"share": share / share.sum(), "without": found.without[x], "slope": found.coef[x]}
    )
    # By name first, so that units of the same rounded share stand in a named order.
    order = frame["share"].round(9).sort_index().sort_values(ascending=False, kind="stable")
    return frame.loc[order.index]


def residual_scatter(
    panels: Mapping[str, pd.DataFrame], x: str, others: Sequence[str] = ()
) -> style.Chart:
    """REG against a regressor, both net of effects, with its slope, and that without a city.

    The city is the most influential one.  The axis shows 99 % of the points; those further out
    stand in its margin, counted below.

    Parameters
    ----------
    panels : mapping from heading to DataFrame
        As from :func:`lib.specifications.rows`.
    x, others : str, sequence of str
        The regressor, a share of residents, and others that are projected out.
    """
    fig, axes = style.figure(style.WIDE, 4.6, 1, len(panels), squeeze=False, sharey=True)
    for ax, (heading, frame) in zip(axes[0], panels.items(), strict=True):
        _scatter(ax, frame, x, others, style.READING.get(heading.lower(), style.INK))
        ax.set(title=heading, xlabel=f"{x} net of effects\n(share of residents)")
        ax.locator_params(nbins=6)  # whatever the height, or the margin would not fit
    axes[0][0].set_ylabel("REG net of effects")
    return style.Chart(fig, f"REG against {x}, net of effects")


IN_VIEW, MARGIN = 0.99, 1.12  # share of the points on the axis; where the others stand, beyond it


def _scatter(ax: Axes, rows: pd.DataFrame, x: str, others: Sequence[str], color: str) -> None:
    points = net_of_effects(rows, "REG", x, others)
    top = influence(rows, "REG", x, others).iloc[0]
    end = 1.1 * np.quantile(points["x"].abs(), IN_VIEW)
    far, own = points["x"].abs() > end, points["city"].eq(top.name)
    style.cloud(ax, points.loc[~far & ~own, ["x", "y"]])
    seaborn.scatterplot(
        points[~far & own], x="x", y="y", ax=ax, s=30, marker="D", color=style.INK, linewidth=0,
        label=top.name,
    )  # fmt: skip
    ends = np.array([-end, end])
    for slope, look, which in (
        (top["slope"], "-", "all cities: slope"), (top["without"], "--", f"without {top.name}:")
    ):  # fmt: skip
        ax.plot(ends, slope * ends, look, color=color, label=f"{which} {number(slope)}")
    out = points[far]
    if len(out):
        last = out.loc[out["x"].abs().round(9).idxmax()]
        label = f"{len(out)} further out, to {number(last['x'])}\n({last['city']} {last['year']})"
        side = MARGIN * end * np.sign(out["x"])
        ax.plot(side, out["y"], ".", color=style.INK, markersize=5, label=label)
    ax.set_xlim(-1.2 * end, 1.2 * end)
    for side in (-end, end):
        ax.axvline(side, color=style.MUTED, linewidth=0.6, linestyle=":")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.29), handlelength=1.5)


def slope_at(rows: pd.DataFrame, ia: np.ndarray | Sequence[float]) -> pd.DataFrame:
    """The slope of LM at values of IA, b_LM + b_LM_IA * IA, with its city-jackknife error.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.rows`.
    ia : array or sequence of float

    Returns
    -------
    DataFrame
        ``ia, slope, se, t, p, low, high`` from t(G-1), a row per value.  Source: Brambor, Clark
        and Golder (2006).
    """
    values = np.asarray(ia, float)
    found = leave_one_out(rows, "REG", ["LM", "IA", "LM_IA"])
    weights = pd.DataFrame({"LM": 1.0, "LM_IA": values})
    cov = weights @ found.cov.loc[weights.columns, weights.columns] @ weights.T
    table = table_of(weights @ found.coef[weights.columns], cov, found.clusters - 1)
    table.insert(0, "slope", weights @ found.coef[weights.columns])
    table.insert(0, "ia", values)
    return table


def intervals(frame: pd.DataFrame, title: str, label: str, color: str = style.INK) -> style.Chart:
    """Estimates with two intervals each, the thick one by city and the thin one by province.

    Parameters
    ----------
    frame : DataFrame
        ``line`` (where it stands), ``coef, low, high, province_low, province_high``; if there are
        several, ``panel`` (its heading) and ``series``, drawn one below the other on a line, the
        first filled, the second hollow.
    label, color : str
        Of the horizontal axis, and of the marks.
    """
    frame = pd.DataFrame({"panel": "", "series": ""}, frame.index).assign(**dict(frame.items()))
    panels, lines, series = (list(dict.fromkeys(frame[c])) for c in ("panel", "line", "series"))
    height = 1.4 + 0.22 * len(lines) * max(len(series), 1.3)
    fig, axes = style.figure(
        style.WIDE, height, 1, len(panels), squeeze=False, sharex=True, sharey=True
    )
    apart = 0.4 / len(series)
    for ax, panel in zip(axes[0], panels, strict=True):
        ax.axvline(0, color=style.MUTED, linewidth=1)
        for place, name in enumerate(series):
            own = frame[frame["panel"].eq(panel) & frame["series"].eq(name)]
            at = [lines.index(each) + apart * (2 * place + 1 - len(series)) for each in own["line"]]
            shade = {"color": color, "alpha": 1 - 0.4 * place}
            ax.plot(own["coef"], at, "o", color=color, markersize=6, label=name or "_",
                    markerfacecolor="white" if place else color, zorder=3)  # fmt: skip
            ax.hlines(at, own["low"], own["high"], linewidth=3.2, **shade,
                      label="_" if place else "95 %, by city")  # fmt: skip
            ax.hlines(at, own["province_low"], own["province_high"], linewidth=1, **shade,
                      label="_" if place else "95 %, by province")  # fmt: skip
        ax.set_title(panel)
        ax.grid(axis="y", visible=False)
    axes[0][0].set_yticks(range(len(lines)), lines)
    axes[0][0].invert_yaxis()
    fig.supxlabel(label)
    # Marks in one column, lines in the other.
    words = dict(zip(*axes[0][0].get_legend_handles_labels()[::-1], strict=True))
    words = dict(sorted(words.items(), key=lambda each: each[0].startswith("95 %")))
    fig.legend(words.values(), words.keys(), loc="outside upper right", ncols=2)
    return style.Chart(fig, title)


def over_cases(
    slopes: pd.DataFrame,
    panels: Mapping[str, Mapping[str, tuple[str, str, str]]],
    title: str,
    columns: int = 4,
) -> style.Chart:
    """Slopes in every case, the paper's case on top, each panel on a scale of its own.

    The thick line is the 95 % interval by city, the thin one by province, where there is one.

    Parameters
    ----------
    slopes : DataFrame
        As from :func:`lib.cases.slopes`.
    panels : mapping from heading to mapping from series to (reading, heading, row)
        Series stand one below the other on a case's line, the first filled, the second hollow.
    columns : int
        Panels side by side.
    """
    names = list(slopes.index.unique("case"))
    series = list(dict.fromkeys(name for each in panels.values() for name in each))
    down = -(-len(panels) // columns)
    height = down * (0.8 + 0.24 * len(names) * max(len(series), 1.2)) + 0.5
    fig, axes = style.figure(style.WIDE, height, down, columns, sharey=True, squeeze=False)
    for ax, (heading, drawn) in zip(axes.flat, panels.items(), strict=True):
        ax.axvline(0, color=style.MUTED, linewidth=1)
        for name, key in drawn.items():
            own, place = slopes.xs(key, level=[0, 1, 2]).loc[names], series.index(name)
            kind = key[0].partition(",")[0]
            at = np.arange(len(names)) + 0.4 * ((place + 0.5) / len(series) - 0.5)
            look = {"color": style.READING[kind], "alpha": 1 - 0.4 * place}
            ax.hlines(at, own["low"], own["high"], linewidth=3.2, **look)
            if "province_low" in own:
                ax.hlines(at, own["province_low"], own["province_high"], linewidth=1, **look)
            ax.plot(own["coef"], at, style.READING_MARKER[kind], color=look["color"], label=name,
                    markerfacecolor="white" if place else look["color"], markersize=5)  # fmt: skip
        ax.set(title=heading, ylim=(len(names) - 0.5, -0.5))
        ax.set_yticks(range(len(names)), [SHORT[name] for name in names])
        ax.grid(axis="y", visible=False)
    if len(series) > 1:
        fig.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return style.Chart(fig, title)
