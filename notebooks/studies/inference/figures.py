"""The figures of chapter 7."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D

from lib import style
from lib.verdicts import VERDICTS
from studies.inference.errors import KINDS
from studies.inference.simulation import TESTS


def without_each(found: Mapping[str, pd.DataFrame]) -> style.Chart:
    """The slope without each city or province against the share of variation that it holds.

    Parameters
    ----------
    found : mapping from reading to DataFrame
        As from :func:`lib.figures.influence`, the cities above the provinces, with a column
        ``unit``; the heaviest of each is named.
    """
    fig, axes = style.figure(style.WIDTH, 3.6, 1, len(found), squeeze=False)
    for ax, (reading, frame) in zip(axes[0], found.items(), strict=True):
        ax.axhline(0, color=style.MUTED, linewidth=1)
        ax.axhline(frame["slope"].iloc[0], color=style.INK, linestyle=":", linewidth=1.2)
        for unit, size, face in (("city", 16, style.INK), ("province", 60, "none")):
            own = frame[frame["unit"].eq(unit)]
            ax.scatter(
                own["share"], own["without"], s=size, marker=style.READING_MARKER[reading],
                facecolor=face, edgecolor=style.INK, label=f"without one {unit}",
            )  # fmt: skip
            heavy = own.iloc[0]  # away from zero, where no point is
            side = float(np.sign(heavy["without"]))
            ax.annotate(
                str(own.index[0]), (heavy["share"], heavy["without"]), (0, 7 * side),
                va="bottom" if side > 0 else "top", textcoords="offset points", ha="center",
            )  # fmt: skip
        ax.margins(0.12, 0.14)
        ax.set_title(reading.capitalize())
        ax.set_xlabel("Share of LM's variation")
    axes[0][0].set_ylabel("Slope of LM without it")
    fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
    return style.Chart(fig, "Slope of LM without each city and province")


def error_map(cells: pd.DataFrame) -> style.Chart:
    """The verdict on every printed coefficient under every standard error: a dot each.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`studies.inference.errors.across`; a panel per reading.  The errors stand from
        the least to the most cautious: by how many verdicts each decides among the cells that all
        judge.
    """
    judged = cells.groupby(["reading", "heading", "row"])["kind"].transform("size").eq(len(KINDS))
    decided = cells["verdict"].isin(["supported", "opposed"]) & judged
    count = decided.groupby(cells["kind"]).sum()
    kinds = sorted(KINDS, key=lambda kind: -count[kind])
    cells = cells.assign(cell=cells["heading"] + ": " + cells["symbol"])
    order = list(dict.fromkeys(cells["cell"]))
    first = cells.drop_duplicates("cell")["heading"]
    starts = np.flatnonzero(first.ne(first.shift()).to_numpy())[1:]
    readings = list(dict.fromkeys(cells["reading"]))
    fig, axes = style.figure(
        style.WIDTH, 2.2 + 0.21 * len(order), 1, len(readings), squeeze=False, sharey=True
    )
    for ax, reading in zip(axes[0], readings, strict=True):
        own = cells[cells["reading"].eq(reading)]
        for verdict in VERDICTS:
            dots = own[own["verdict"].eq(verdict)]
            ax.scatter(
                dots["kind"].map(kinds.index), dots["cell"].map(order.index), s=42,
                marker=style.READING_MARKER[reading], facecolor=style.VERDICT[verdict],
                edgecolor=style.MUTED, linewidth=0.5, label=verdict, clip_on=False,
            )  # fmt: skip
        for start in starts:
            ax.axhline(start - 0.5, color=style.MUTED, linewidth=0.6)
        ax.set_title(reading.capitalize(), pad=8)
        ax.set_xticks(range(len(kinds)), [KINDS[kind] for kind in kinds], rotation=90)
        ax.tick_params(length=0)
        ax.grid(visible=False)
        ax.set_xlim(-0.6, len(kinds) - 0.4)
    axes[0][0].set_yticks(range(len(order)), order)
    axes[0][0].set_ylim(len(order) - 0.4, -0.6)
    key = [
        Line2D([], [], linestyle="", marker="o", markerfacecolor=style.VERDICT[verdict],
               markeredgecolor=style.MUTED, label=verdict)
        for verdict in VERDICTS
    ]  # fmt: skip
    fig.legend(handles=key, loc="outside upper right", ncols=len(key), columnspacing=1)
    return style.Chart(fig, "Verdicts by standard error, from the least to the most cautious")


def sizes(found: pd.DataFrame, cases: Mapping[str, str]) -> style.Chart:
    """The share that each test rejects of true hypotheses, with Monte Carlo intervals of 95 %.

    Parameters
    ----------
    found : DataFrame
        As from :func:`studies.inference.simulation.rejections`, for one level, with a column
        ``reading``; a panel each, a point a coefficient.
    cases : mapping
        The cases shown, and how the key calls them.
    """
    tests = [test for test in TESTS if found["test"].eq(test).any()]
    readings, level = list(dict.fromkeys(found["reading"])), found["level"].iloc[0]
    fills = dict(zip(cases, (style.INK, "none", style.MUTED), strict=False))
    rows = 0.8 / len(cases)
    fig, axes = style.figure(
        style.WIDTH, 1.2 + 0.22 * len(tests) * len(cases), 1, len(readings),
        squeeze=False, sharey=True, sharex=True,
    )  # fmt: skip
    for ax, reading in zip(axes[0], readings, strict=True):
        ax.axvline(100 * level, color=style.INK, linewidth=1, linestyle="--")
        for number, case in enumerate(cases):
            for place, test in enumerate(tests):
                chosen = found["reading"].eq(reading) & found["case"].eq(case)
                own = found[chosen & found["test"].eq(test)].sort_values("share", kind="stable")
                spread = np.linspace(-0.4, 0.4, len(own)) if len(own) > 1 else np.zeros(len(own))
                at = place + (number - (len(cases) - 1) / 2) * rows + rows * spread
                ax.errorbar(
                    100 * own["share"], at, xerr=196 * own["error"], linestyle="",
                    marker=style.READING_MARKER[reading], markersize=3.6, color=style.MUTED,
                    markerfacecolor=fills[case], markeredgecolor=style.INK, markeredgewidth=0.6,
                    elinewidth=0.6, label=cases[case] if place == 0 else None,
                )  # fmt: skip
        for place in range(1, len(tests)):
            ax.axhline(place - 0.5, color=style.MUTED, linewidth=0.4)
        ax.set_xscale("function", functions=(lambda v: np.sqrt(np.clip(v, 0, None)), np.square))
        ax.set_xticks([0, 1, 5, 10, 20, 40, 60])
        ax.set_xlim(0, 75)
        ax.set_title(reading.capitalize())
        ax.grid(axis="y", visible=False)
    axes[0][0].set_yticks(range(len(tests)), [TESTS[test] for test in tests])
    axes[0][0].set_ylim(len(tests) - 0.5, -0.5)
    fig.supxlabel(f"True hypotheses rejected at {100 * level:.0f} % (%, root scale)", fontsize=10.5)
    fig.legend(*axes[0][0].get_legend_handles_labels(), loc="outside upper left", ncols=len(cases))
    return style.Chart(fig, f"Simulated: true hypotheses rejected at {100 * level:.0f} %")
