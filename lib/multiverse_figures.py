"""Figures and tables of the multiverse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lib import multiverse_register as register
from lib import play, style
from lib.curve_test import STATISTICS, CurveTests
from lib.multiverse import Multiverse
from lib.multiverse_register import Claim
from lib.multiverse_shares import LEVELS, VARYING
from lib.specifications import SYMBOL
from lib.tables import Table, number, p_value, starred

CHOICE = {
    "outcome": "REG",
    "mobility": "LM",
    "agglomeration": "IA",
    "product": "Product",
    "controls": "Controls",
    "sample": "Sample",
    "effects": "Effects",
    "errors": "Errors",
}
# Headings wrap at plain spaces only.
_ERRORS = {"classical": "classical", "clustered": "by\u00a0city", "driscoll_kraay": "D–K"}
_SCOPE = {
    "whole": "Table 1",
    "2008-2016": "2008–2016",
    "2017-2023": "2017–2023",
    "change": "Change at 2016",
    "upper": "Upper reach",
    "middle": "Middle reach",
    "lower": "Lower reach",
}
# Ranks are put into so many bins, or thousands of marks would run into each other.
_BINS = 52
_LEVEL = LEVELS[0]


def specification_curve(found: Multiverse, claim: Claim, answers: bool = False) -> style.Chart:
    """Draw a claim's partial correlations in order, and below them which options they took.

    Parameters
    ----------
    found : Multiverse
    claim : Claim
        The printed partial correlation is drawn as a dashed line.
    answers : bool
        On a page each specification tells its options and its partial correlation.

    Notes
    -----
    Above, a mark is a specification, dark where it is significant at 5 % with errors by city.
    Below, a row is an option; a cell is dark where many of the option's specifications stand at
    that place of the curve, in units of an even spread.
    """
    rows = found.estimates.iloc[found.of(claim.scope, claim.term)]
    # Equal but for rounding, as with a product and a centred one: as they stand in the register.
    order = np.argsort(rows["r"].to_numpy().round(9), kind="stable")
    rows = rows.iloc[order]
    height = 3.3 + 0.2 * len(_lines(rows))
    fig, (curve, choices) = style.figure(
        5.8, height, rows=2, sharex=True,
        gridspec_kw={"height_ratios": [3.0, 0.2 * len(_lines(rows))]},
    )  # fmt: skip
    _curve(curve, rows, claim)
    _choices(choices, rows)
    choices.set_xlabel(f"The {len(rows):,} specifications, smallest first")
    title = f"Specification curve, {claim.label}"
    if not answers:
        return style.Chart(fig, title)
    return play.Display(fig, title, _answers(curve, choices, rows))


def _answers(curve: Axes, choices: Axes, rows: pd.DataFrame) -> dict[str, Any]:
    """What is said of each specification of a curve; ``play.js`` reads it."""
    labels = _options(rows)
    columns = [
        (pd.Categorical(rows[choice], list(options)).codes, len(options))
        for choice, options in labels.items()
    ]
    clear = (rows["p_clustered"] < _LEVEL).to_numpy()
    text, width = play.codes([*columns, (clear, 2)])
    values = play.slide(
        [(curve, choices)],
        kind="specifications",
        label="Specification",
        how="Point at the curve or tap it, or move the slider: "
        "arrow keys go one specification on, Page Up and Page Down a tenth of them all.",
        values=np.arange(len(rows)),
        start=len(rows) // 2,
    )
    return values | {
        "r": play.rising(rows["r"], 3),
        "clear": [f"{word} at {100 * _LEVEL:.0f} %" for word in ("not significant", "significant")],
        "choices": [[CHOICE[choice], *options.values()] for choice, options in labels.items()],
        "codes": text,
        "width": width,
    }


def _curve(ax: Axes, rows: pd.DataFrame, claim: Claim) -> None:
    r, clear = rows["r"].to_numpy(), (rows["p_clustered"] < _LEVEL).to_numpy()
    place = np.arange(len(rows))
    for chosen, colour, label in (
        (~clear, "#9a9a9a", "not significant"),
        (clear & (r < 0), style.ACCENT, "negative, significant"),
        (clear & (r > 0), style.REACH["upper"], "positive, significant"),
    ):
        share = f"{100 * chosen.mean():.0f} % {label}"
        look: dict[str, Any] = {"color": colour, "marker": "o", "ls": "none", "mew": 0}
        ax.plot(place[chosen], r[chosen], ms=1.8, **look)
        ax.plot([], [], ms=6, label=share, **look)
    ax.axhline(0, color=style.INK, lw=0.8)
    ax.axhline(claim.r, color=style.INK, lw=1.3, ls="--")
    ax.annotate(
        f"printed: {number(claim.r, 2)}",
        (0.005, claim.r),
        xycoords=("axes fraction", "data"),
        xytext=(0, 4 if claim.r > 0 else -12),
        textcoords="offset points",
    )
    ax.set_ylabel("Partial correlation")
    ax.set_title(claim.label)
    ax.legend(loc="lower right", fontsize=10, handletextpad=0.2)


def _lines(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Choice, option and label of the rows below a curve; a choice alone is a heading."""
    lines = []
    for choice, options in _options(rows).items():
        lines.append((choice, "", CHOICE[choice]))
        lines += [(choice, option, label) for option, label in options.items()]
    return lines


def _options(rows: pd.DataFrame) -> dict[str, dict[str, str]]:
    """The options that some row takes, with their labels, choice by choice."""
    labels = register.register().set_index(["choice", "option"])["label"]
    return {
        choice: {o: labels[choice, o] for o in register.options(choice) if rows[choice].eq(o).any()}
        for choice in VARYING
    }


def _choices(ax: Axes, rows: pd.DataFrame) -> None:
    lines = _lines(rows)
    edges = np.linspace(0, len(rows), _BINS + 1)
    grid = np.full((len(lines), _BINS), np.nan)
    for line, (choice, option, _) in enumerate(lines):
        if option:
            at = np.flatnonzero(rows[choice].eq(option))
            grid[line] = np.histogram(at, edges)[0] / len(at) * _BINS
    mesh = ax.pcolormesh(
        edges, np.arange(len(lines) + 1) - 0.5, np.ma.masked_invalid(grid),
        cmap="Greys", vmin=0, vmax=3, rasterized=True,
    )  # fmt: skip
    ax.set_yticks(np.arange(len(lines)), [label for *_, label in lines])
    for tick, (_, option, _) in zip(ax.get_yticklabels(), lines, strict=True):
        tick.set_fontsize(9.5)
        if not option:
            tick.set_fontweight("bold")
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    ax.figure.colorbar(
        mesh, ax=ax, location="bottom", aspect=40, shrink=0.8, pad=0.02,
        label="Frequency of the option here (1: as everywhere)",
    )  # fmt: skip


def claims_plot(found: Multiverse, claims: Sequence[Claim]) -> style.Chart:
    """Draw the spread of each claim's partial correlations, and the printed one."""
    fig, ax = style.figure(5.8, 0.5 + 0.3 * len(claims))
    place = np.arange(len(claims))[::-1]
    spread = np.array(
        [
            found.estimates["r"].iloc[found.of(claim.scope, claim.term)]
            .quantile([0.05, 0.25, 0.5, 0.75, 0.95])
            for claim in claims
        ]
    )  # fmt: skip
    blue = style.REACH["upper"]
    ax.hlines(place, spread[:, 0], spread[:, 4], color=blue, lw=1.2, label="nine in ten")
    ax.hlines(place, spread[:, 1], spread[:, 3], color=blue, lw=5, alpha=0.55, label="middle half")
    ax.scatter(spread[:, 2], place, color=style.INK, marker="|", s=90, zorder=3, label="median")
    printed = [claim.r for claim in claims]
    ax.scatter(printed, place, color=style.ACCENT, marker="D", s=24, zorder=4, label="printed")
    ax.axvline(0, color=style.INK, lw=0.8)
    ax.set_yticks(place, [f"{claim.label}{claim.stars}" for claim in claims], fontsize=9.5)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("Partial correlation")
    ax.set_title("Every claim under every specification")
    ax.legend(loc="upper center", bbox_to_anchor=(0.25, -0.07), ncols=4, fontsize=9.5,
              columnspacing=1.0, handletextpad=0.4)  # fmt: skip
    return style.Chart(fig, "Partial correlations of every claim under every specification")


def decomposition_plot(shares: pd.DataFrame) -> style.Chart:
    """Draw what part of a claim's variance each choice accounts for.

    Parameters
    ----------
    shares : DataFrame
        Index: labels of claims; columns: choices; ``share`` of
        :func:`lib.multiverse_shares.decompose`.
    """
    fig, ax = style.figure(5.8, 0.9 + 0.28 * len(shares))
    values = shares.to_numpy()
    ax.pcolormesh(values, cmap="Greys", vmin=0, vmax=0.9, edgecolors="white", linewidth=1)
    for line, column in np.ndindex(values.shape):
        share = values[line, column]
        ax.text(
            column + 0.5, line + 0.5, f"{100 * share:.0f}", ha="center", va="center",
            fontsize=9.5, color="white" if share > 0.45 else style.INK,
        )  # fmt: skip
    ax.set_xticks(np.arange(shares.shape[1]) + 0.5, [CHOICE[c] for c in shares], fontsize=9.5)
    ax.set_yticks(np.arange(len(shares)) + 0.5, shares.index, fontsize=9.5)
    ax.tick_params(length=0, labeltop=True, labelbottom=False)
    ax.invert_yaxis()
    ax.grid(visible=False)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.set_title("Per cent of the variance by choice", pad=8)
    return style.Chart(fig, "Decomposition of the variance of partial correlations by choice")


def bands_plot(bands: Mapping[str, pd.DataFrame]) -> style.Chart:
    """Draw curves against those of the null; see :func:`lib.curve_test.band`.

    Parameters
    ----------
    bands : mapping
        Panel title -> band.
    """
    fig, axes = style.figure(5.8, 3.7, columns=len(bands), sharey=True, squeeze=False)
    for ax, (title, band) in zip(axes[0], bands.items(), strict=True):
        ax.fill_between(band["place"], band["low"], band["high"], color="#c9c9c9", lw=0,
                        label="95 % of curves under the null")  # fmt: skip
        ax.plot(band["place"], band["middle"], color=style.MUTED, ls=":", label="their median")
        ax.plot(band["place"], band["seen"], color=style.REACH["upper"], label="the data")
        ax.axhline(0, color=style.INK, lw=0.6)
        ax.set_xticks([0, 0.5, 1], ["0", "50", "100"])
        ax.set_title(title, fontsize=10.5)
        ax.set_xlabel("% below")
    axes[0][0].set_ylabel("Partial correlation")
    handles, labels = axes[0][0].get_legend_handles_labels()
    fig.legend(handles, labels, loc="outside lower center", ncols=len(labels), fontsize=9.5)
    return style.Chart(fig, "Specification curves and curves under the null")


def register_table(caption: str, name: str, note: str = "") -> Table:
    """The options: :func:`lib.multiverse_register.register`."""
    options = register.register()
    frame = pd.DataFrame(
        {
            "Choice": options["choice"].map(CHOICE),
            "Option": options["label"],
            "What it is": options["what"],
            "Why it is reasonable, and where": options["why"] + " (" + options["place"] + ")",
        }
    )
    return Table(frame, caption, name, note, tuple(frame))


def exclusions_table(caption: str, name: str, note: str = "") -> Table:
    """What is left out: :func:`lib.multiverse_register.exclusions`."""
    rules = register.exclusions()
    frame = pd.DataFrame(
        {
            "Left out": [_named(r.choice, r.options) for r in rules.itertuples()],
            "With": [_named(r.against, r.against_options) for r in rules.itertuples()],
            "Why": rules["why"],
        }
    )
    return Table(frame, caption, name, note, tuple(frame))


def _named(choice: str, options: str) -> str:
    """A choice and some of its options in the words of the tables."""
    if not choice:
        return "anything"
    labels = register.register().query("choice == @choice").set_index("option")["label"]
    words = labels.to_dict() | SYMBOL | _SCOPE
    head = CHOICE.get(choice, {"scope": "Table or column", "term": "Coefficient"}.get(choice))
    return f"{head}: {', '.join(words.get(option, option) for option in options.split('|'))}"


def counts_table(caption: str, name: str, note: str = "") -> Table:
    """How many specifications there are: :func:`lib.multiverse_register.counts`."""
    found = register.counts().rename(index=_SCOPE | {"all": "All"})
    cells = {column.capitalize(): [f"{n:,}" for n in found[column]] for column in found}
    return Table(pd.DataFrame({"": found.index, **cells}), caption, name, note)


def agreement_table(
    found: pd.DataFrame, claims: Sequence[Claim], caption: str, name: str, note: str = ""
) -> Table:
    """Shares that agree with each claim: :func:`lib.multiverse_shares.agreement`."""
    rows = []
    for claim, cell in zip(claims, found.to_dict("records"), strict=True):
        row = {
            "Claim": claim.label,
            "Printed": starred(claim.printed, claim.stars),
            "Number": f"{cell['specifications']:,}",
            "Sign": _percent(cell["sign"]),
        }
        for level in LEVELS:
            for kind, short in _ERRORS.items():
                share = cell[f"agrees_{kind}_{round(100 * level)}"]
                row[f"{100 * level:.0f}\u00a0%, {short}"] = _percent(share)
        against = cell[f"against_clustered_{round(100 * _LEVEL)}"]
        row["Other\u00a0sign, 5\u00a0%, by\u00a0city"] = _percent(against)
        rows.append(row)
    legend = (
        "Per cent of specifications. Sign: that of the printed coefficient. Then: that sign and "
        "significant at the level (a cell printed without stars: that sign and not significant), "
        f"by kind of errors. Last: the other sign and significant. {note}"
    )
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def options_table(found: pd.DataFrame, caption: str, name: str, note: str = "") -> Table:
    """Specifications option by option: :func:`lib.multiverse_shares.by_option`."""
    frame = pd.DataFrame(
        {
            "Options": found.index,
            "Number": [f"{n:,}" for n in found["specifications"]],
            "Positive, %": [_percent(share) for share in found["positive"]],
            "Median r": [number(r, 2) for r in found["median"]],
            "Positive, 5 %": [_percent(share) for share in found["significant_positive"]],
            "Negative, 5 %": [_percent(share) for share in found["significant_negative"]],
        }
    )
    legend = (
        "Per cent of specifications but for the median; the last two: significant at 5 %, errors "
        f"by city. {note}"
    )
    return Table(frame, caption, name, legend.strip())


def test_table(
    tested: Mapping[str, CurveTests], caption: str, name: str, note: str = "", family: bool = True
) -> Table:
    """Tests of whole curves: :func:`lib.curve_test.test`.

    Parameters
    ----------
    tested : mapping
        Name of a set of specifications -> tests; shown before the claim where there are several.
    family : bool
        Show the p-value of z against all claims of the set.
    """
    rows = []
    for group, result in tested.items():
        for cell in result.table.to_dict("records"):
            row = {"Curve": cell["label"] if len(tested) == 1 else f"{cell['label']}, {group}"}
            row["Number"] = f"{cell['specifications']:,}"
            shown = (number(cell["median"], 3), _percent(cell["share"]), number(cell["z"], 0))
            heads = ("Median r", "Share, %", "z")
            for head, value, name_of in zip(heads, shown, STATISTICS, strict=True):
                p, error = cell[f"{name_of}_p"], cell[f"{name_of}_error"]
                row[head] = value
                row[f"p of {name_of}"] = f"{p_value(p)} ({number(error, 3)})"
            if family:
                row["p of z, all claims"] = p_value(cell["family_p"])
            rows.append(row)
    legend = (
        "Median partial correlation; share significant at 5 % (errors by city) with the sign of "
        "which there are more; average t times the root of the number. In brackets: Monte Carlo "
        f"standard error of p. {note}"
    )
    return Table(pd.DataFrame(rows), caption, name, legend.strip())


def _percent(share: float) -> str:
    return number(100 * share, 0)
