"""Figures and tables of the simulations of :mod:`lib.montecarlo`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import MultipleLocator, PercentFormatter

from lib import style
from lib.batched import COVARIANCES
from lib.montecarlo import HAUSMAN_TESTS, LEVEL, Repeats, standard_error
from lib.specifications import SYMBOL
from lib.tables import Table, number

TESTS = {
    "sigmaless": "Hausman, one variance",
    "plain": "Hausman, plain",
    "clustered": "Mundlak, clustered",
}
INTERVALS = {
    "classical": "classical",
    "clustered": "clustered by city",
    "driscoll_kraay": "Driscoll–Kraay",
}
_SHORT = {"classical": "classical", "clustered": "clustered", "driscoll_kraay": "D–K"}
_COLOURS = (style.REACH["upper"], style.ACCENT, style.REACH["lower"])
_MARKERS = ("o", "s", "^")
_ERRORS_NOTE = "Per cent; Monte Carlo standard error in brackets."


def power_curves(found: Mapping[str, pd.DataFrame]) -> style.Chart:
    """Draw shares of rejections against the correlation of city effects and regressors.

    Parameters
    ----------
    found : mapping
        Panel title -> result of :func:`lib.montecarlo.hausman_rejections`.
    """
    fig, axes = style.figure(7.2, 4.0, columns=len(found), sharey=True, squeeze=False)
    for ax, (title, result) in zip(axes[0], found.items(), strict=True):
        for test, colour, marker in zip(HAUSMAN_TESTS, _COLOURS, _MARKERS, strict=True):
            part = result[result["test"] == test]
            look = {"color": colour, "marker": marker, "markersize": 4.5}
            ax.plot(part["correlation"], part["share"], label=TESTS[test], **look)
        plain = result[result["test"] == "plain"]
        undefined = plain["undefined"] / plain["draws"]
        look = {"color": style.MUTED, "ls": "--", "label": "plain: undefined"}
        ax.plot(plain["correlation"], undefined, **look)
        ax.axhline(LEVEL, color=style.INK, lw=0.8, ls=":")
        ax.set_title(f"Simulated: {title}", fontsize=10.5)
        ax.set_xlabel("Correlation of city effects and regressors")
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes[0][0].set_ylabel("Draws that reject at 5 %")
    handles, labels = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9)
    return style.Chart(fig, "Simulated: size and power of the Hausman test")


def size_table(found: Mapping[str, pd.DataFrame], caption: str, name: str, note: str = "") -> Table:
    """Rejections where random effects are right, test by test.

    Parameters
    ----------
    found : mapping
        Row heading -> result of :func:`lib.montecarlo.hausman_rejections` at correlation 0.
    """
    rows = []
    for heading, result in found.items():
        tests = result[result["correlation"] == 0].set_index("test")
        row = {"Column and errors": heading}
        for test in HAUSMAN_TESTS:
            row[TESTS[test]] = _percent(*tests.loc[test, ["rejected", "draws"]])
        row["Plain undefined"] = _percent(*tests.loc["plain", ["undefined", "draws"]])
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, f"{_ERRORS_NOTE} {note}".strip())


def coverage_plot(found: pd.DataFrame, terms: tuple[str, ...]) -> style.Chart:
    """Draw the coverage of 95 % intervals: a row of panels per term, a panel per number of cities.

    Parameters
    ----------
    found : DataFrame
        Results of :func:`lib.montecarlo.coverage` with the columns ``cities`` and ``errors``.
    terms : tuple of str
    """
    sizes = list(dict.fromkeys(found["cities"]))
    errors = list(dict.fromkeys(found["errors"]))
    fig, axes = style.figure(
        7.2, 2.3 * len(terms) + 0.7, rows=len(terms), columns=len(sizes),
        sharex=True, sharey=True, squeeze=False,
    )  # fmt: skip
    for panels, term in zip(axes, terms, strict=True):
        for ax, size in zip(panels, sizes, strict=True):
            part = found[(found["cities"] == size) & (found["term"] == term)]
            for k, kind in enumerate(COVARIANCES):
                shares = part[part["covariance"] == kind].set_index("errors").loc[errors, "share"]
                place = np.arange(len(errors)) + 0.16 * (k - 1)
                look = {"color": _COLOURS[k], "marker": _MARKERS[k], "label": INTERVALS[kind]}
                ax.scatter(place, shares, s=30, zorder=3, **look)
            ax.axhline(1 - LEVEL, color=style.INK, lw=0.8, ls=":")
            ax.set_title(f"Simulated: {SYMBOL[term]}, {size} cities", fontsize=10)
            ax.set_xticks(np.arange(len(errors)), errors, fontsize=8.5)
            ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    handles, labels = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9)
    fig.supylabel("Intervals that hold the truth", fontsize=10)
    return style.Chart(fig, "Simulated: coverage of 95 % intervals")


def coverage_table(
    found: pd.DataFrame, terms: tuple[str, ...], caption: str, name: str, note: str = ""
) -> Table:
    """Coverage of 95 % intervals; see :func:`coverage_plot` for `found`."""
    rows = []
    for (size, errors), part in found.groupby(["cities", "errors"], sort=False):
        cells = part.set_index(["term", "covariance"])
        row = {"Cities, errors": f"{size}, {errors}"}
        for term in terms:
            for kind in COVARIANCES:
                cell = cells.loc[(term, kind)]
                row[f"{SYMBOL[term]} {_SHORT[kind]}"] = _percent(cell["covered"], cell["draws"])
        rows.append(row)
    return Table(pd.DataFrame(rows), caption, name, f"{_ERRORS_NOTE} {note}".strip())


def interpolation_table(found: pd.DataFrame, caption: str, name: str, note: str = "") -> Table:
    """Bias, relative error and coverage of :func:`lib.montecarlo.interpolation`."""
    rows = []
    for (share, treatment), part in found.groupby(["share", "treatment"], sort=False):
        row = {"Missing": f"{100 * share:.0f} %, {treatment}"}
        row["Rows"] = f"{part['rows'].iloc[0]:.0f}"
        for cell in part.itertuples():
            symbol, scale = SYMBOL[cell.term], 100 / abs(cell.true)
            bias = number(scale * np.sign(cell.true) * cell.bias, 1)
            row[f"{symbol} bias"] = f"{bias} ({number(scale * cell.bias_error, 1)})"
            row[f"{symbol} RMSE"] = number(cell.rmse_ratio, 2)
            row[f"{symbol} coverage"] = _percent(cell.covered, cell.draws)
        rows.append(row)
    legend = (
        "Bias in per cent of the true slope, coverage of intervals clustered by city in per cent, "
        "Monte Carlo standard errors in brackets; RMSE as a multiple of the one from complete "
        f"data. {note}"
    )
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def repeats_plot(found: Repeats) -> style.Chart:
    """Draw how often each printed cell repeats, and how many of the cells do so at once."""
    cells, counts = found.cells, found.matches.sum(axis=1)
    fig, (ax, many) = style.figure(7.2, 6.0, columns=2, gridspec_kw={"width_ratios": [1.35, 1]})
    place = np.arange(len(cells))[::-1]
    ax.barh(place, cells["share"], color=style.REACH["upper"], height=0.7, label="simulated")
    ax.scatter(cells["exact"], place, color=style.INK, s=14, zorder=3, label="exact")
    labels = [f"{c.heading}: {c.symbol}{c.stars}" for c in cells.itertuples()]
    ax.set_yticks(place, labels, fontsize=8.5)
    ax.grid(axis="y", visible=False)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel("Draws with the printed sign and stars")
    ax.set_title("Simulated: cell by cell", fontsize=10.5)
    ax.legend(fontsize=9, loc="lower right")
    heights = np.bincount(counts, minlength=len(cells) + 1) / len(counts)
    many.bar(np.arange(len(heights)), heights, color=style.REACH["upper"], width=0.8)
    many.axvline(counts.mean(), color=style.ACCENT, lw=1.4, label=f"mean {counts.mean():.1f}")
    many.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    many.yaxis.set_major_locator(MultipleLocator(0.05))
    many.xaxis.set_major_locator(MultipleLocator(5))
    many.set_xlabel(f"Cells of {len(cells)} that repeat")
    many.set_ylabel("Draws")
    many.set_title("Simulated: all at once", fontsize=10.5)
    many.legend(fontsize=9)
    return style.Chart(fig, "Simulated: how often the printed stars repeat")


def patterns_table(found: Repeats, caption: str, name: str, note: str = "") -> Table:
    """How often all cells of a column, of a table, of the paper repeat in one draw."""
    frame = pd.DataFrame(
        {
            "Cells": found.patterns["pattern"],
            "Number": found.patterns["cells"].astype(str),
            "Repeated": [f"{p.repeated} of {p.draws}" for p in found.patterns.itertuples()],
            "Probability": [power_of_ten(p) for p in found.patterns["probability"]],
        }
    )
    return Table(frame, caption, name, note)


def power_of_ten(probability: float) -> str:
    """A probability to one digit: "0.02", or "3 × 10⁻⁹" below a thousandth."""
    if probability >= 1e-3:
        return f"{probability:.1g}"
    digit, exponent = f"{probability:.0e}".split("e")
    raised = str(abs(int(exponent))).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digit} × 10⁻{raised}"


def _percent(count: int, draws: int) -> str:
    share = count / draws
    return f"{100 * share:.1f} ({100 * standard_error(share, draws):.1f})"
