"""Figures and tables of :mod:`lib.which41`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator, MultipleLocator

from lib import style, which41
from lib.tables import Table, number, starred
from lib.which41 import Draws, Search

_LOOKS = (
    {"color": style.REACH["upper"], "marker": "o", "linestyle": "-"},
    {"color": style.REACH["middle"], "marker": "s", "linestyle": "--"},
)

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def cell_distributions(found: Mapping[str, Draws], across: int = 3) -> style.Chart:
    """Partial correlations over samples: a panel per printed cell, the printed one dashed.

    Parameters
    ----------
    found : mapping
        Label -> draws, two of them: the first is drawn as an area, the second as an outline.
    """
    cells = next(iter(found.values())).cells
    down = -(-len(cells) // across)
    fig, axes = style.figure(4.8, 1.25 * down + 0.7, down, across, sharex=True)
    bins = np.linspace(-0.8, 0.8, 65)
    for ax in axes.flat[len(cells) :]:
        ax.set_axis_off()
    for at, (ax, cell) in enumerate(zip(axes.flat, cells.itertuples(), strict=False)):
        for (label, draws), look in zip(found.items(), _LOOKS, strict=True):
            values = draws.r[draws.defined[:, at], at]
            heights = np.histogram(values.clip(bins[0], bins[-1]), bins)[0] / len(values)
            middles = (bins[:-1] + bins[1:]) / 2
            if look is _LOOKS[0]:
                ax.fill_between(
                    middles, heights, step="mid", color=look["color"], alpha=0.45, label=label
                )
            else:
                ax.plot(
                    middles,
                    heights,
                    drawstyle="steps-mid",
                    color=look["color"],
                    lw=1.6,
                    label=label,
                )
        ax.axvline(0, color=style.MUTED, linewidth=1)
        ax.axvline(cell.printed_r, color=style.ACCENT, linestyle="--", linewidth=2, label="printed")
        ax.set_title(f"{cell.heading}\n{cell.symbol} {cell.printed_stars}", fontsize=10)
        ax.set_yticks([])
        ax.xaxis.set_major_locator(MultipleLocator(0.5))
        ax.tick_params(labelsize=10)
        ax.spines["left"].set_visible(False)
    for ax in axes.flat[len(cells) - across : len(cells)]:
        ax.xaxis.set_tick_params(labelbottom=True)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=3, fontsize=10)
    fig.supxlabel("Partial correlation with REG (no units)", fontsize=10.5)
    return style.Chart(fig, "The printed cells over samples of 41 cities")


def counts_plot(found: Mapping[str, Draws]) -> style.Chart:
    """How many of the printed cells a sample gets right, and what independence would give."""
    fig, axes = style.figure(4.8, 5.6, rows=len(found), sharex=True, sharey=True, squeeze=False)
    for ax, (label, draws), look in zip(axes[:, 0], found.items(), _LOOKS, strict=True):
        same = which41.matches(draws, "stars")
        cells = same.shape[1]
        counts = np.bincount(same.sum(axis=1), minlength=cells + 1)
        alone = len(same) * which41.independent(same.mean(axis=0))
        seen = np.flatnonzero(counts)
        ax.bar(seen, counts[seen], color=look["color"], alpha=0.6, width=0.8, label="samples")
        shown = alone >= 0.05
        ax.plot(
            np.flatnonzero(shown),
            alone[shown],
            color=style.INK,
            marker="D",
            markersize=5,
            markerfacecolor="white",
            linestyle=":",
            linewidth=1.2,
            label="if cells were independent",
        )
        ax.axvline(cells, color=style.ACCENT, linestyle="--", linewidth=2)
        ax.annotate(
            "the printed\npattern",
            (cells, 30),
            xytext=(-6, 0),
            textcoords="offset points",
            ha="right",
            color=style.ACCENT,
        )
        ax.set_yscale("log")
        ax.set_ylim(0.05, len(same))
        ax.set_title(label, fontsize=11)
        ax.set_ylabel("Samples (log scale)")
        ax.legend(fontsize=10, loc="upper right", bbox_to_anchor=(0.95, 1.0))
    axes[-1, 0].set_xlabel("Printed cells with the same sign and stars")
    axes[-1, 0].xaxis.set_major_locator(MultipleLocator(5))
    return style.Chart(fig, "How many printed cells a sample gets right")


def search_plot(one: Mapping[str, Search], joint: Mapping[str, Search], cells: int) -> style.Chart:
    """Two searches, round by round: the t of one cell, and the number of cells right.

    Parameters
    ----------
    one, joint : mapping
        Label -> search, the same labels in both.
    cells : int
        Number of printed cells.
    """
    fig, (upper, lower) = style.figure(4.8, 6.0, rows=2, sharex=True)
    for label, look in zip(one, _LOOKS, strict=True):
        for ax, found in ((upper, one[label]), (lower, joint[label])):
            rounds = np.arange(len(found.path))
            values = np.floor(found.path) if ax is lower else np.array(found.path)
            ax.plot(rounds, values, label=label, markevery=5, markersize=5, **look)
    bounds = {"**": 1.96, "***": 2.576}
    for stars, bound in bounds.items():
        upper.axhline(bound, color=style.MUTED, linewidth=1, linestyle=":")
        upper.annotate(
            stars, (1, bound), xycoords=("axes fraction", "data"), ha="right", va="bottom"
        )
    lower.axhline(cells, color=style.ACCENT, linestyle="--")
    lower.annotate(
        "all printed cells", (1, cells), xycoords=("axes fraction", "data"), ha="right", va="top",
        xytext=(0, -4), textcoords="offset points", color=style.ACCENT,
    )  # fmt: skip
    upper.set_title("Goal: t of LM, Model 1", fontsize=10.5)
    upper.set_ylabel("t, classical")
    lower.set_title("Goal: the pattern", fontsize=10.5)
    lower.set_ylabel("Cells with printed sign and stars")
    lower.set_ylim(0, cells + 1.5)
    lower.set_xlabel("Round of exchanges")
    lower.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    handles, labels = upper.get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside upper center", ncols=2, fontsize=10)
    return style.Chart(fig, "What a search over samples reaches")


def defined_table(found: Mapping[str, Draws], caption: str, name: str, note: str = "") -> Table:
    """Rows and cities that a sample of 41 leaves to each column, and how often it leaves none.

    Parameters
    ----------
    found : mapping
        Label of the LM series -> draws.
    """
    headings = next(iter(found.values())).cells["heading"].drop_duplicates()
    rows = []
    for at, heading in enumerate(headings):
        row = {"Column": heading}
        for label, draws in found.items():
            row[f"{label}: rows"] = _range(draws.nobs[:, at])
            row[f"{label}: cities"] = _range(draws.cities[:, at])
            faults = np.bincount(draws.status[:, at], minlength=len(which41.STATUS))
            words = [
                f"{count} {fault}"
                for count, fault in zip(faults[1:], which41.STATUS[1:], strict=True)
                if count
            ]
            row[f"{label}: undefined"] = ", ".join(words) or "0"
        rows.append(row)
    legend = f"Median over samples, smallest and largest in brackets. {note}".strip()
    return Table(pd.DataFrame(rows), caption, name, legend)


def cells_table(found: Mapping[str, Draws], caption: str, name: str, note: str = "") -> Table:
    """Partial correlation of each cell over samples, and where the printed one falls."""
    parts = {label: which41.distribution(draws) for label, draws in found.items()}
    first = next(iter(parts.values()))
    rows = []
    for at, cell in enumerate(first.itertuples()):
        row = {"Cell": _label(cell), "Printed r": number(cell.printed_r, 2)}
        for label, part in parts.items():
            row[label] = _quantiles(part.iloc[at], "r", 2)
            row[f"{label}: below printed"] = percent(part["r_below"].iloc[at])
        rows.append(row)
    legend = (
        "r: partial correlation. Median over the samples in which the regression is defined, "
        f"5 % and 95 % quantile in brackets; share of samples below the printed r. {note}"
    )
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def units_table(found: Mapping[str, Draws], caption: str, name: str, note: str = "") -> Table:
    """Coefficients over samples, and the share of samples below the printed coefficient and t."""
    parts = {label: which41.distribution(draws) for label, draws in found.items()}
    first = next(iter(parts.values()))
    rows = []
    for at, cell in enumerate(first.itertuples()):
        row = {
            "Cell": _label(cell),
            "Printed (t)": f"{starred(cell.printed, cell.printed_stars)} "
            f"({number(cell.printed_t, 2)})",
        }
        for label, part in parts.items():
            row[label] = _quantiles(part.iloc[at], "coef", 2)
            row[f"{label}: below"] = (
                f"{percent(part['coef_below'].iloc[at])} / {percent(part['t_below'].iloc[at])}"
            )
        rows.append(row)
    legend = (
        "Median coefficient over samples, 5 % and 95 % quantile in brackets; share of samples "
        f"below the printed coefficient / the printed t. {note}"
    )
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def patterns_table(found: Mapping[str, Draws], caption: str, name: str, note: str = "") -> Table:
    """In how many samples all cells of a column, a table, the paper are as printed."""
    rows = []
    for label, draws in found.items():
        classical, clustered = (which41.patterns(draws, e) for e in ("classical", "clustered"))
        for plain, robust in zip(classical.itertuples(), clustered.itertuples(), strict=True):
            rows.append(
                {
                    "Cells": plain.group,
                    "LM": label,
                    "Number": str(plain.cells),
                    "Defined": f"{plain.defined:,}",
                    "Signs": f"{plain.sign:,}",
                    "Signs and stars": f"{plain.stars:,}",
                    "Stars, clustered": f"{robust.stars:,}",
                }
            )
    return Table(pd.DataFrame(rows), caption, name, note, ("LM",))


def overview_table(found: Mapping[str, Draws], caption: str, name: str, note: str = "") -> Table:
    """Families of samples side by side: how many of the printed cells they get right."""
    rows = []
    for label, draws in found.items():
        sign, stars = (which41.matches(draws, same).sum(axis=1) for same in ("sign", "stars"))
        robust = which41.matches(draws, "stars", "clustered").sum(axis=1)
        rows.append(
            {
                "Samples": label,
                "Number": f"{len(sign):,}",
                "Undefined": f"{int((draws.status > 0).any(axis=1).sum()):,}",
                "Signs, median": number(np.median(sign), 0),
                "Signs, most": str(sign.max()),
                "Stars, median": number(np.median(stars), 0),
                "Stars, most": str(stars.max()),
                "Clustered, most": str(robust.max()),
            }
        )
    return Table(pd.DataFrame(rows), caption, name, note)


def wanted_table(found: Mapping[str, Draws], caption: str, name: str, note: str = "") -> Table:
    """How often a sample gives a cell the printed sign and some star, or the other sign and one."""
    parts = {label: which41.distribution(draws) for label, draws in found.items()}
    first = next(iter(parts.values()))
    rows = []
    for at, cell in enumerate(first.itertuples()):
        row = {"Cell": _label(cell)}
        for label, part in parts.items():
            mine = part.iloc[at]
            row[f"{label}: printed sign"] = _pair(mine["wanted"], mine["clustered_wanted"])
            row[f"{label}: other sign"] = _pair(mine["opposed"], mine["clustered_opposed"])
        rows.append(row)
    legend = (
        "Share of samples with the sign and a star, at 10 % or better: by the classical t / by the "
        f"clustered t. {note}"
    )
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def membership_table(
    found: Mapping[str, Draws],
    samples: pd.DataFrame,
    names: pd.Series,
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """For each cell, the city whose membership moves the partial correlation most.

    Parameters
    ----------
    samples : DataFrame of bool
        What all of `found` were estimated on.
    names : Series
        Names of the cities by code.
    """
    effects = {label: which41.membership(draws, samples) for label, draws in found.items()}
    rows = []
    for cell in next(iter(found.values())).cells.itertuples():
        row = {"Cell": _label(cell)}
        for label, effect in effects.items():
            city = effect[cell.Index].abs().idxmax()
            row[f"{label}: city"] = names[city]
            row[f"{label}: shift of r"] = number(effect.loc[city, cell.Index], 2)
        rows.append(row)
    words = tuple(f"{label}: city" for label in found)
    return Table(pd.DataFrame(rows), caption, name, note, words)


def percent(share: float) -> str:
    """A share in per cent: "12 %"; one decimal below 10 %; "0 %" and "100 %" only if exact."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    for digits in (0, 1, 2):
        text = f"{100 * share:.{digits}f}"
        if (digits or 0.1 <= share <= 0.99) and float(text) not in (0.0, 100.0):
            return f"{text} %"
    return "<0.01 %" if share < 0.5 else ">99.99 %"


def scientific(count: float) -> str:
    """A large number to two digits: "1.2 × 10³⁰"."""
    digits, exponent = f"{count:.1e}".split("e+")
    return f"{digits} × 10{str(int(exponent)).translate(_RAISED)}"


def _label(cell: object) -> str:
    return f"{cell.heading}: {cell.symbol}{cell.printed_stars}"  # type: ignore[attr-defined]


def _quantiles(part: pd.Series, what: str, digits: int) -> str:
    low, mid, high = (number(part[f"{what}_{end}"], digits) for end in ("low", "mid", "high"))
    return f"{mid} [{low}, {high}]"


def _range(values: np.ndarray) -> str:
    return f"{np.median(values):.0f} [{values.min()}, {values.max()}]"


def _pair(one: float, other: float) -> str:
    return f"{percent(one)} / {percent(other)}"
