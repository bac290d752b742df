"""The figures that several chapters share."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lib import cases, prose, style, verdicts
from lib.panel import DataError
from lib.regression import fit
from lib.specifications import SYMBOL


def influence(rows: pd.DataFrame, y: str, x: str, others: Sequence[str] = ()) -> pd.DataFrame:
    """How much of a slope each city makes.

    By city, largest share first (ties by name): ``share`` of the variation of x net of effects and
    of the others, and ``without``, the slope without the city.
    """
    net = fit(rows, x, others)  # its residuals are what is left of x
    share = (net.residuals**2).groupby(net.rows["city"]).sum()
    without = fit(rows, y, [x, *others]).jackknife().without[x]
    frame = pd.DataFrame({"share": share / share.sum(), "without": without})
    # By name first, so that units of the same rounded share stand in a named order.
    order = frame["share"].round(9).sort_index().sort_values(ascending=False, kind="stable")
    return frame.loc[order.index]


def claims(slopes: pd.DataFrame, columns: int = 2) -> style.Chart:
    """Each starred sign of the paper: a panel with our slopes, by mobility and case.

    `slopes` are as from :func:`lib.cases.slopes`.  The half with the printed sign is grey.  A line
    is the interval at the level of the printed stars, by the error that decides; a mark is hollow
    in the first case and full in another.  Refuses slopes of which none can be computed.
    """
    judged = verdicts.judge(slopes).query("stars != ''").dropna(subset=["claim_low"])
    if judged.empty:
        raise DataError("slopes: found none with an interval; expected one for a starred sign")
    panels = [*judged.groupby(["heading", "row"], sort=False)]
    names = list(dict.fromkeys((each[0], each[3]) for each in judged.index))
    down = -(-len(panels) // columns)
    fig, axes = style.figure(style.WIDTH, down * (0.75 + 0.22 * len(names)), down, columns,
                             sharey=True, squeeze=False)  # fmt: skip
    fig.set_layout_engine("constrained", w_pad=0.12)  # figures of two axes side by side stand apart
    for ax, ((heading, row), of) in zip(axes.flat, panels, strict=False):
        at = [names.index((each[0], each[3])) for each in of.index]
        ends = of[["claim_low", "claim_high"]].stack().agg(["min", "max"])
        low, high = min(0, 1.1 * ends["min"]), max(0, 1.1 * ends["max"])
        printed = of.iloc[0]
        ax.axvspan(*((0, high) if printed["printed"] > 0 else (low, 0)), color=style.MUTED,
                   alpha=0.15, linewidth=0)  # fmt: skip
        ax.axvline(0, color=style.MUTED, linewidth=1)
        for place, (key, each) in zip(at, of.iterrows(), strict=True):
            color, full = style.READING[key[0]], key[3] != names[0][1]
            ax.hlines(place, each["claim_low"], each["claim_high"], color, linewidth=1.6)
            ax.plot(each["coef"], place, style.READING_MARKER[key[0]], color=color, markersize=6,
                    markerfacecolor=color if full else "white")  # fmt: skip
        starred = prose.starred(printed["printed"], printed["stars"])
        ax.set_title(f"{heading}\n{SYMBOL.get(row, row)}: {starred}")
        ax.set(xlim=(low, high), ylim=(len(names) - 0.5, -0.5))
        ax.set_yticks(range(len(names)), [f"{name}, {cases.SHORT[case]}" for name, case in names])
        ax.grid(axis="y", visible=False)
    for ax in axes.flat[len(panels) :]:
        ax.remove()
    return style.Chart(fig, "Slopes of every starred sign")


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
    ax.axvline(0, color=style.MUTED, linewidth=0.8, zorder=1)
    ax.axvline(1, color=style.INK, linewidth=1.6, linestyle="--", zorder=1)
    ax.set(xlabel=axis, xlim=(ends[0] - 0.15, ends[1] + 0.15), ylim=(len(names) - 0.5, -0.5))
    ax.set_yticks(range(len(names)), names.values())
    ax.grid(axis="y", visible=False)
    fig.legend(loc="outside upper right", ncols=2)
    return style.Chart(fig, axis)
