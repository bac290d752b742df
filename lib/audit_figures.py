"""The figures of the audit: t-values against their stars, columns side by side, power."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator
from scipy import stats

from lib import audit, style
from lib.published import LEVELS
from lib.specifications import SYMBOL, columns_of

_MARKER = {"": "o", "*": "^", "**": "s", "***": "D"}
_NAME = {"": "no star", "*": "*", "**": "**", "***": "***"}


def stars_plot(cells: pd.DataFrame, checks: pd.DataFrame) -> style.Chart:
    """|t| of every printed coefficient, its printed stars, and the values that stars begin at.

    Parameters
    ----------
    cells, checks : DataFrame
        As from :func:`lib.audit.coefficients` and :func:`lib.audit.check_stars`.
    """
    failing = set(audit.unearned(checks)["label"])
    rows = cells.assign(size=cells["printed_t"].abs()).sort_values("size").reset_index(drop=True)
    fig, ax = style.figure(7.2, 6.2)
    for level, mark in LEVELS:
        cutoff = stats.norm.isf(level / 2)
        ax.axvline(cutoff, color=style.MUTED, linewidth=1, linestyle="--")
        ax.annotate(
            f"{mark} from {cutoff:.3f}",
            (cutoff, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(2, 3),
            textcoords="offset points",
            fontsize=8,
            rotation=20,
        )
    for mark, part in rows.groupby("printed_stars"):
        earned = ~part["label"].isin(failing)
        colours = [style.REACH["upper"] if ok else style.ACCENT for ok in earned]
        ax.scatter(part["size"], part.index, c=colours, marker=_MARKER[mark], s=38,
                   label=_NAME[mark], zorder=3)  # fmt: skip
    ax.set_yticks(range(len(rows)), rows["label"], fontsize=8.5)
    for tick, label in zip(ax.get_yticklabels(), rows["label"], strict=True):
        if label in failing:
            tick.set_color(style.ACCENT)
    ax.set_xlim(0, None)
    ax.set_xlabel("|t| as printed")
    ax.grid(axis="y", visible=False)
    legend = ax.legend(title="Printed stars", fontsize=9, title_fontsize=9, loc="lower right")
    for handle in legend.legend_handles:
        handle.set_color(style.MUTED)
    return style.Chart(fig, "Printed t and printed stars")


def columns_plot(cells: pd.DataFrame) -> style.Chart:
    """Coefficients of Tables 2 and 3 with the 95 % intervals that their t imply, a panel a row.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`lib.audit.coefficients`.
    """
    headings = [spec.heading for table in (2, 3) for spec in columns_of(table)]
    half = stats.norm.isf(0.025) * audit.standard_errors(cells)["se"]
    split = cells.assign(half=half)
    split = split[split["heading"].isin(headings)]
    terms = list(dict.fromkeys(split["row"]))
    fig, axes = style.figure(7.2, 3.1, 1, len(terms), sharey=True)
    at = np.arange(len(headings))[::-1]
    for ax, term in zip(axes, terms, strict=True):
        part = split[split["row"] == term].set_index("heading").loc[headings]
        ax.axvline(0, color=style.MUTED, linewidth=1)
        ax.errorbar(
            part["printed"],
            at,
            xerr=part["half"],
            fmt="o",
            color=style.INK,
            capsize=3,
            markersize=5,
        )
        ax.axhline(2.5, color=style.MUTED, linewidth=0.6)
        ax.set_ylim(-0.5, len(headings) - 0.5)
        ax.set_title(SYMBOL[term])
        ax.xaxis.set_major_locator(MaxNLocator(nbins=4))
        ax.grid(axis="y", visible=False)
        ax.set_xlabel("Printed coefficient")
    axes[0].set_yticks(at, headings)
    return style.Chart(fig, "Printed coefficients, column by column")


def power_plot(found: pd.DataFrame) -> style.Chart:
    """Printed coefficients over what is detectable, and the chances of their sign and stars.

    Parameters
    ----------
    found : DataFrame
        As from :func:`lib.audit.power`.
    """
    fig, axes = style.figure(7.2, 6.0, 1, 2, sharey=True)
    at = np.arange(len(found))[::-1]
    left, right = axes
    left.axvline(1, color=style.MUTED, linewidth=1, linestyle="--")
    left.plot(found["ratio"], at, "o", color=style.REACH["upper"], markersize=5.5)
    left.set_xlim(0, None)
    left.set_xlabel("|Coefficient| / detectable effect")
    left.set_yticks(at, found["label"], fontsize=8.5)
    for column, marker, label in (
        ("sign_and_star", "s", "a star, or none, as printed"),
        ("sign_and_stars", "o", "the very same stars"),
    ):
        colour = style.ACCENT if column == "sign_and_star" else style.REACH["upper"]
        right.plot(found[column], at, marker, color=colour, markersize=5.5, label=label)
    right.set_xlim(0, 1)
    right.set_xlabel("Chance of the printed sign and")
    fig.legend(loc="outside upper right", ncols=2, fontsize=9)
    for ax in axes:
        ax.grid(axis="y", visible=False)
    return style.Chart(fig, "What the printed errors allow to see")
