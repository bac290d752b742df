"""The figures that several chapters share."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib import style
from lib.cases import SHORT
from lib.regression import Effects, fit


def net_of_effects(
    rows: pd.DataFrame, y: str, x: str, others: Sequence[str] = (), effects: Effects = "twoway"
) -> pd.DataFrame:
    """The points behind a coefficient: y and x net of effects and of the other regressors.

    Columns are ``city, year, x, y``.  By the theorem of Frisch, Waugh and Lovell the least-squares
    slope of y on x is the coefficient of x in the regression on x, the others and the effects.
    """
    fitted = fit(rows, y, (x, *others), effects)
    pair, rest = fitted.net[[y, x]].to_numpy(), fitted.net[list(others)].to_numpy()
    left = pair - rest @ np.linalg.lstsq(rest, pair, rcond=None)[0]
    return fitted.rows[["city", "year"]].assign(y=left[:, 0], x=left[:, 1])


def influence(
    rows: pd.DataFrame, y: str, x: str, others: Sequence[str] = (), unit: str = "city"
) -> pd.DataFrame:
    """How much of a slope each city makes, or each value of another column, as ``province``.

    By unit, largest share first (ties by name): ``share`` of the variation of x net of effects,
    ``without`` the slope without the unit, ``slope`` with all.
    """
    points = net_of_effects(rows, y, x, others)
    share = (points["x"] ** 2).groupby(rows.loc[points.index, unit]).sum()
    jackknife = fit(rows, y, [x, *others], clusters=unit).jackknife(unit)
    columns = {"share": share / share.sum(), "without": jackknife.without[x]}
    frame = pd.DataFrame(columns).assign(slope=jackknife.coef[x])
    # By name first, so that units of the same rounded share stand in a named order.
    order = frame["share"].round(9).sort_index().sort_values(ascending=False, kind="stable")
    return frame.loc[order.index]


def over_cases(
    slopes: pd.DataFrame,
    panels: Mapping[str, Mapping[str, tuple[str, str, str]]],
    title: str,
    columns: int = 4,
) -> style.Chart:
    """Slopes in every case, the paper's case on top, each panel on a scale of its own.

    The thick line is the 95 % interval by city, the thin one by province, where there is one.
    `slopes` are as from :func:`lib.cases.slopes`.  `panels` gives, by heading and series, the first
    three levels of the index of a slope; series stand one below the other on a case's line, the
    first filled, later ones paler.  As many panels as `columns` stand side by side.
    """
    names = list(slopes.index.unique("case"))
    series = list(dict.fromkeys(name for drawn in panels.values() for name in drawn))
    down = -(-len(panels) // columns)
    height = down * (0.8 + 0.24 * len(names) * max(len(series), 1.2)) + 0.5
    fig, axes = style.figure(style.WIDE, height, down, columns, sharey=True, squeeze=False)
    for ax, (heading, drawn) in zip(axes.flat, panels.items(), strict=True):
        ax.axvline(0, color=style.MUTED, linewidth=1)
        for name, key in drawn.items():
            estimates, place = slopes.xs(key, level=[0, 1, 2]).loc[names], series.index(name)
            kind = key[0].partition(",")[0]
            at = np.arange(len(names)) + 0.4 * ((place + 0.5) / len(series) - 0.5)
            look = {"color": style.READING[kind], "marker": style.READING_MARKER[kind]}
            for before, width in (("clustered_", 3.2), ("province_", 1)):
                ends = estimates[f"{before}low"], estimates[f"{before}high"]
                ax.hlines(at, *ends, look["color"], linewidth=width, alpha=1 - 0.4 * place)
            look |= {"markerfacecolor": "white" if place else look["color"], "label": name}
            ax.plot(estimates["coef"], at, linestyle="", markersize=5, **look)
        ax.set(title=heading, ylim=(len(names) - 0.5, -0.5))
        ax.set_yticks(range(len(names)), [SHORT[name] for name in names])
        ax.grid(axis="y", visible=False)
    if len(series) > 1:
        fig.legend(*axes.flat[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return style.Chart(fig, title)


def elasticities(
    bars: pd.DataFrame,
    names: Mapping[str, str],
    outputs: Mapping[str, str],
    axis: str,
    ends: tuple[float, float] = (-1.6, 2.6),
) -> style.Chart:
    """Bars of elasticities, the first window's thick; an arrow where a bar leaves the picture.

    `bars` has the index ``window, output`` and columns ``eta, low, high``; `names` and `outputs`
    say which are drawn, and how they are called.
    """
    fig, ax = style.figure(style.WIDTH, 0.9 + 0.72 * len(names))
    looks = dict(zip(outputs, ((style.INK, -0.17), (style.MUTED, 0.17)), strict=False))
    for place, window in enumerate(names):
        drawn = [key for key in outputs if (window, key) in bars.index]
        for key in drawn:
            (color, aside), bar = looks[key], bars.loc[(window, key)]
            at, (low, high) = place + aside * (len(drawn) > 1), bar[["low", "high"]].clip(*ends)
            label = outputs[key] if place == 0 else None
            ax.hlines(at, low, high, color, linewidth=6 if place == 0 else 3, label=label)
            if low > ends[0] or high < ends[1]:
                ax.plot(bar["eta"], at, "o", color=color, markerfacecolor="white", markersize=5)
            for mark, end, of in (("<", ends[0], bar["low"]), (">", ends[1], bar["high"])):
                if of * np.sign(end) > abs(end):
                    ax.plot(end, at, mark, color=color, markersize=7)
    for eta in (0, 1):
        ax.axvline(eta, color=style.MUTED, linewidth=1, linestyle=":" if eta else "-", zorder=0)
    ax.set(xlabel=axis, xlim=(ends[0] - 0.15, ends[1] + 0.15), ylim=(len(names) - 0.5, -0.5))
    ax.set_yticks(range(len(names)), names.values())
    ax.grid(axis="y", visible=False)
    fig.legend(loc="outside upper right", ncols=2)
    return style.Chart(fig, axis)
