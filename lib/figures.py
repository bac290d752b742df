"""The figures that several chapters share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes

from lib import style, verdicts
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
    fig, axes = style.figure(style.WIDTH, 4.2, 1, len(panels), squeeze=False, sharey=True)
    for ax, (heading, frame) in zip(axes[0], panels.items(), strict=True):
        _scatter(ax, frame, x, others)
        ax.set(title=heading, xlabel=f"{x} net of effects\n(share of residents)")
    axes[0][0].set_ylabel("REG net of effects (Belt in 2008 = 1)")
    return style.Chart(fig, f"REG against {x}, net of effects")


IN_VIEW, MARGIN = 0.99, 1.12  # share of the points on the axis; where the others stand, beyond it


def _scatter(ax: Axes, rows: pd.DataFrame, x: str, others: Sequence[str]) -> None:
    points = net_of_effects(rows, "REG", x, others)
    top = influence(rows, "REG", x, others).iloc[0]
    end = 1.1 * np.quantile(points["x"].abs(), IN_VIEW)
    far, own = points["x"].abs() > end, points["city"].eq(top.name)
    seaborn.scatterplot(
        points[~far & ~own], x="x", y="y", ax=ax, s=10, color=style.MUTED, alpha=0.5, linewidth=0
    )
    seaborn.scatterplot(
        points[~far & own], x="x", y="y", ax=ax, s=30, marker="D", color=style.INK, linewidth=0,
        label=top.name,
    )  # fmt: skip
    ends = np.array([-end, end])
    for slope, look, which in (
        (top["slope"], "-", "all cities: slope"), (top["without"], "--", f"without {top.name}:")
    ):  # fmt: skip
        ax.plot(ends, slope * ends, look, color=style.INK, label=f"{which} {number(slope)}")
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


def forest(ledger: pd.DataFrame, title: str) -> style.Chart:
    """Every printed cell with ours under each reading, and whether its interval holds zero.

    A row is a printed cell, and holds a line a reading.  The line is the interval of the error that
    decides, at the level of the cell's stars (95 % without one), in its standard errors, so that
    cells can be compared.

    Parameters
    ----------
    ledger : DataFrame
        As from :func:`lib.verdicts.ledger`, all kinds of errors.
    """
    cells = verdicts.decided(ledger)
    names = list(dict.fromkeys(f"{c.heading}: {c.symbol}" for c in cells.itertuples()))
    fig, ax = style.figure(style.WIDTH, 1.5 + 0.44 * len(names))
    ax.axvline(0, color=style.INK, linewidth=1)
    lines = []
    for cell in cells.itertuples():
        above = 0.18 if cell.reading == cells["reading"].iloc[0] else -0.18
        place = len(names) - 1 - names.index(f"{cell.heading}: {cell.symbol}") + above
        scaled = np.clip(np.array([cell.claim_low, cell.claim_high]) / cell.se, -LIMIT, LIMIT)
        said = f"{cell.verdict}, {cell.by}"
        lines.append(
            [cell.t, place, cell.reading, said if said in FILLS else cell.verdict, *scaled]
        )
    marks = pd.DataFrame(lines, columns=["t", "place", "reading", "verdict", "low", "high"])
    ax.hlines(marks["place"], marks["low"], marks["high"], color=style.MUTED, linewidth=1.8)
    seaborn.scatterplot(
        marks, x="t", y="place", hue="verdict", style="reading", markers=style.READING_MARKER,
        palette=FILLS, edgecolor=style.INK, linewidth=0.8, s=52, ax=ax, zorder=3,
        hue_order=[each for each in FILLS if each in set(marks["verdict"])],
    )  # fmt: skip
    ax.set_yticks(range(len(names)), names[::-1])
    ax.hlines(np.arange(1, len(names)) - 0.5, -LIMIT, LIMIT, color="#ededed", linewidth=0.8)
    ax.set(ylabel="", xlabel="Slope over its standard error", xlim=(-LIMIT, LIMIT),
           ylim=(-0.6, len(names) - 0.4))  # fmt: skip
    ax.grid(axis="y", visible=False)
    handles, labels = ax.get_legend_handles_labels()
    shown = dict(zip(labels, handles, strict=True))
    ax.get_legend().remove()
    fills = [word for word in FILLS if word in shown]
    shapes = [str(name) for name in dict.fromkeys(cells["reading"])]
    fig.legend([shown[each] for each in fills], fills, loc="outside upper left", ncols=2)
    fig.legend([shown[each] for each in shapes], shapes, loc="outside upper right")
    return style.Chart(fig, title)


LIMIT = 7.0  # standard errors
FILLS = {
    "supported": style.VERDICT["supported"], "supported, city only": style.SOFT["supported"],
    "opposed": style.VERDICT["opposed"], "opposed, city only": style.SOFT["opposed"],
    "cannot tell": style.VERDICT["cannot tell"], "no claim": style.VERDICT["no claim"],
}  # fmt: skip


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


def slope_along(panels: Mapping[str, pd.DataFrame]) -> style.Chart:
    """The slope of LM along IA, with its 95 % band, over the middle nine tenths of the cities.

    Parameters
    ----------
    panels : mapping from heading to DataFrame
        As from :func:`lib.specifications.rows`; the dotted line marks the mean of IA.
    """
    fig, axes = style.figure(style.WIDTH, 3.2, 1, len(panels), squeeze=False, sharey=True)
    for ax, (heading, rows) in zip(axes[0], panels.items(), strict=True):
        low, high = rows["IA"].quantile([0.05, 0.95])
        line = slope_at(rows, np.linspace(low, high, 41))
        ax.axhline(0, color=style.MUTED, linewidth=1)
        ax.fill_between(
            line["ia"], line["low"], line["high"], color=style.INK, alpha=0.18, linewidth=0
        )
        ax.plot(line["ia"], line["slope"], color=style.INK)
        ax.axvline(rows["IA"].mean(), color=style.INK, linestyle=":", linewidth=1.2)
        ax.set_title(heading)
        ax.set_xlabel("IA (Belt's mean = 1)")
    axes[0][0].set_ylabel("Slope of LM")
    return style.Chart(fig, "Slope of LM along IA")


def intervals(frame: pd.DataFrame, title: str, label: str) -> style.Chart:
    """Estimates with two intervals each, the thick one by city and the thin one by province.

    Parameters
    ----------
    frame : DataFrame
        ``line`` (where it stands), ``coef, low, high, province_low, province_high``; if there are
        several, ``panel`` (its heading) and ``series``, drawn one below the other on a line, the
        first filled, the second hollow.
    label : str
        Of the horizontal axis.
    """
    frame = pd.DataFrame({"panel": "", "series": ""}, frame.index).assign(**dict(frame.items()))
    panels, lines, series = (list(dict.fromkeys(frame[c])) for c in ("panel", "line", "series"))
    height = 1.3 + 0.2 * len(lines) * max(len(series), 1.3)
    fig, axes = style.figure(
        style.WIDTH, height, 1, len(panels), squeeze=False, sharex=True, sharey=True
    )
    apart = 0.4 / len(series)
    for ax, panel in zip(axes[0], panels, strict=True):
        ax.axvline(0, color=style.MUTED, linewidth=1)
        for place, name in enumerate(series):
            own = frame[frame["panel"].eq(panel) & frame["series"].eq(name)]
            at = [lines.index(each) + apart * (2 * place + 1 - len(series)) for each in own["line"]]
            shade = {"color": style.INK, "alpha": 1 - 0.4 * place}
            ax.plot(own["coef"], at, "o", color=style.INK, markersize=5.5, label=name or "_",
                    markerfacecolor="white" if place else style.INK, zorder=3)  # fmt: skip
            ax.hlines(at, own["low"], own["high"], linewidth=3.2, **shade,
                      label="_" if place else "95 %, by city")  # fmt: skip
            ax.hlines(at, own["province_low"], own["province_high"], linewidth=1, **shade,
                      label="_" if place else "95 %, by province")  # fmt: skip
        ax.set_title(panel)
        ax.grid(axis="y", visible=False)
    axes[0][0].set_yticks(range(len(lines)), lines)
    axes[0][0].invert_yaxis()
    fig.supxlabel(label, fontsize=10.5)
    # Marks in one column, lines in the other.
    words = dict(zip(*axes[0][0].get_legend_handles_labels()[::-1], strict=True))
    words = dict(sorted(words.items(), key=lambda each: each[0].startswith("95 %")))
    fig.legend(words.values(), words.keys(), loc="outside upper right", ncols=2)
    return style.Chart(fig, title)
