"""Figures and tables of :mod:`lib.inference`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lib import style
from lib.inference import CUTOFFS, LABELS, Within, weight_of_cities
from lib.specifications import SYMBOL, Specification
from lib.tables import Table, number, p_value, starred

LEVEL = 0.05
REACH_OF_AXIS = 5.0  # standard errors clustered by city, on either side of the coefficient

RULES = (
    ("Classical", "none; one variance", "n − N − T + 1 − K", "n − N − T + 1 − K"),
    ("HC1", "none; any variances", "n / (n − N − T + 1 − K)", "n − N − T + 1 − K"),
    ("City", "years of a city", "N/(N−1) · (n−1)/(n−K−T)", "N − 1"),
    ("City, bootstrap", "the same", "the same", "bootstrap"),
    (
        "City and year",
        "years of a city; cities of a year",
        "G/(G−1) · (n−1)/(n−K−1), G = min(N, T)",
        "G − 1",
    ),
    ("Province", "all city-years of a province", "P/(P−1) · (n−1)/(n−K−T)", "P − 1"),
    ("Province, bootstrap", "the same", "the same", "bootstrap"),
    (
        "Driscoll–Kraay",
        "all cities, up to L years apart, less with each year",
        "T/(T−1) · (n−1)/(n−K−N)",
        "T − 1",
    ),
    (
        f"Conley, {', '.join(map(str, CUTOFFS))} km",
        "years of a city; cities of a year, less with distance",
        "as City",
        "N − 1",
    ),
)


def rules_table(caption: str, name: str, note: str = "") -> Table:
    """What each standard error lets in, its scale, and the degrees of freedom of its t."""
    frame = pd.DataFrame(RULES, columns=["Errors", "May be correlated", "Scale", "t with df"])
    return Table(frame, caption, name, note, tuple(frame.columns))


def claims_plot(found: pd.DataFrame, terms: Sequence[str], title: str) -> style.Chart:
    """Draw a panel per printed cell: its coefficient with the 95 % interval of each error.

    Parameters
    ----------
    found : DataFrame
        As from :func:`lib.inference.claims`.
    terms : sequence of str
        Regressors to show; a printed column is a row of panels.
    """
    shown = found[found["row"].isin(terms)]
    errors = [error for error in LABELS if (shown["error"] == error).any()]
    cells = [part for _, part in shown.groupby("cell", sort=True)]
    across = 3
    down = -(-len(cells) // across)
    height = (0.9 + 0.2 * len(errors)) * down + 0.5
    fig, axes = style.figure(7.2, height, down, across, sharey=True, squeeze=False)
    place = {error: len(errors) - 1 - k for k, error in enumerate(errors)}
    for ax in axes.flat[len(cells) :]:
        ax.set_axis_off()
    for ax, part in zip(axes.flat, cells, strict=False):
        _panel(ax, part, place)
    for row in axes:
        row[0].set_yticks(list(place.values()), [LABELS[error] for error in place], fontsize=9.5)
        row[0].set_ylim(-0.6, len(errors) - 0.4)
    fig.supxlabel("Coefficient (units of the table), 95 % interval", fontsize=9.5)
    handles = [
        Line2D([], [], marker="o", ls="", color=style.REACH["upper"], mfc=fill, label=label)
        for fill, label in (
            (style.REACH["upper"], f"significant at {LEVEL:.0%}".replace("%", " %")),
            ("white", "not"),
        )
    ]
    fig.legend(handles=handles, loc="outside upper right", ncols=2, fontsize=9)
    return style.Chart(fig, title)


def _panel(ax: Axes, part: pd.DataFrame, place: Mapping[str, int]) -> None:
    first = part.iloc[0]
    city = part.loc[part["error"] == "city", "se"].iloc[0]
    edge = REACH_OF_AXIS * city
    low_edge, high_edge = first["coef"] - edge, first["coef"] + edge
    ax.axvline(0, color=style.ACCENT, lw=1.2, ls="--")
    ax.axvline(first["coef"], color=style.MUTED, lw=0.8)
    known = part[part["se"].notna()]
    at = known["error"].map(place).astype(float).to_numpy()
    low = np.maximum(known["low"].to_numpy(), low_edge)
    high = np.minimum(known["high"].to_numpy(), high_edge)
    blue = style.REACH["upper"]
    ax.hlines(at, low, high, color=blue, lw=1.6, label="95 % interval")
    for marker, end, beyond in (
        ("<", low, known["low"].to_numpy() < low_edge),
        (">", high, known["high"].to_numpy() > high_edge),
    ):
        if beyond.any():
            ax.plot(end[beyond], at[beyond], marker, color=blue, ms=5)
    significant = (known["p"] < LEVEL).to_numpy()
    for fill, chosen in ((blue, significant), ("white", ~significant)):
        if chosen.any():
            dots = np.full(chosen.sum(), first["coef"])
            ax.plot(dots, at[chosen], "o", color=blue, mfc=fill, ms=5.5)
    room = 0.06 * edge
    ax.set_xlim(min(low_edge, 0) - room, max(high_edge, 0) + room)
    ax.set_title(
        f"{first['heading']}: {first['symbol']}\nprinted "
        f"{starred(first['printed'], first['printed_stars'])}",
        fontsize=9.5,
    )
    ax.tick_params(axis="x", labelsize=9)
    ax.locator_params(axis="x", nbins=4)
    ax.grid(axis="y", visible=False)


def counts_table(counted: pd.DataFrame, caption: str, name: str, note: str = "") -> Table:
    """Stars of each printed cell under all errors, and the verdicts they give.

    Parameters
    ----------
    counted : DataFrame
        As from :func:`lib.inference.counts`.
    """
    frame = pd.DataFrame(
        {
            "Cell": counted["heading"] + ": " + counted["symbol"],
            "Printed": [starred(c.printed, c.printed_stars) for c in counted.itertuples()],
            "Recomputed": [starred(value, "") for value in counted["coef"]],
            "Errors": counted["errors"].astype(str),
            "at 10 %": counted["at_10"].astype(str),
            "at 5 %": counted["at_5"].astype(str),
            "at 1 %": counted["at_1"].astype(str),
            "Ledger": counted["verdict"],
            "Other errors say": counted["others"].where(counted["others"] != "", "the same"),
        }
    )
    return Table(frame, caption, name, note, ("Ledger", "Other errors say"))


def weights_table(
    columns: Sequence[Specification],
    regressions: Mapping[str, Within],
    terms: Sequence[str],
    names: pd.Series,
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """Which cities a slope is estimated from: number, equal number, the heaviest and its share.

    Parameters
    ----------
    columns : sequence of Specification
    regressions : mapping
        As from :func:`lib.inference.regress`.
    terms : sequence of str
        Regressors to show where a regression has them.
    names : Series
        City names by code.
    """
    rows = []
    for spec in columns:
        within = regressions[spec.column]
        for term in (term for term in terms if term in spec.terms):
            share = weight_of_cities(within, term)
            rows.append(
                {
                    "Slope": f"{spec.heading}: {SYMBOL[term]}",
                    "Cities": str(len(share)),
                    "Worth as many equal ones": number(1 / float((share**2).sum()), 1),
                    "Heaviest": str(names[share.index[0]]),
                    "Its share": f"{100 * share.iloc[0]:.0f} %",
                }
            )
    return Table(pd.DataFrame(rows), caption, name, note, ("Heaviest",))


def size_table(
    rejected: Mapping[str, pd.DataFrame], caption: str, name: str, note: str = ""
) -> Table:
    """Rejections of true hypotheses, a row per slope.

    Parameters
    ----------
    rejected : mapping
        Heading -> result of :func:`lib.inference.rejections`.
    """
    rows = [
        {"Slope": f"{heading}: {SYMBOL[str(term)]}"}
        | {LABELS[error]: f"{100 * share:.0f} %" for error, share in shares.items()}
        for heading, frame in rejected.items()
        for term, shares in frame.iterrows()
    ]
    return Table(pd.DataFrame(rows), caption, name, note)


def few_table(few: pd.DataFrame, caption: str, name: str, note: str = "") -> Table:
    """p-values by province: t, bootstrap, and the smallest that there can be.

    Parameters
    ----------
    few : DataFrame
        As from :func:`lib.inference.few_clusters`.
    """
    frame = pd.DataFrame(
        {
            "Slope": few["heading"] + ": " + few["row"].map(SYMBOL),
            "Provinces": few["provinces"].astype(str),
            "t(P−1)": few["t"].map(p_value),
            "Bootstrap, signs": few["rademacher"].map(p_value),
            "Bootstrap, Webb": few["webb"].map(p_value),
            "Smallest with signs": few["smallest"].map(p_value),
        }
    )
    return Table(frame, caption, name, note)


def readings_table(
    counted: Mapping[str, pd.DataFrame],
    terms: Sequence[str],
    caption: str,
    name: str,
    note: str = "",
) -> Table:
    """Under each reading: the coefficient's sign, and how many errors give it a star.

    Parameters
    ----------
    counted : mapping
        Reading -> result of :func:`lib.inference.counts`, all with the same cells.
    """
    columns: dict[str, list[str]] = {}
    for reading, frame in counted.items():
        part = frame[frame["row"].isin(terms)]
        columns.setdefault("Cell", list(part["heading"] + ": " + part["symbol"]))
        columns[reading] = [
            f"{'+' if cell.coef > 0 else '−'} {cell.at_10} / {cell.at_5} / {cell.at_1} "
            f"of {cell.errors}"
            for cell in part.itertuples()
        ]
    return Table(pd.DataFrame(columns), caption, name, note)


def ratio_plot(ratios: pd.DataFrame, title: str) -> style.Chart:
    """Draw Conley's standard errors as multiples of those clustered by city.

    Parameters
    ----------
    ratios : DataFrame
        Index cut-offs in km; a column per slope.
    """
    fig, ax = style.figure(7.2, 3.4)
    looks = zip(
        ratios.columns,
        (style.REACH["upper"], style.ACCENT, style.REACH["lower"]),
        ("o", "s", "^"),
        ("-", "--", ":"),
        strict=False,
    )
    for column, colour, marker, line in looks:
        ax.plot(ratios.index, ratios[column], marker=marker, color=colour, ls=line, label=column)
    ax.axhline(1, color=style.INK, lw=0.8)
    ax.set_xlabel("Cut-off (km)")
    ax.set_ylabel("Standard error / clustered by city")
    ax.set_ylim(0, max(1.5, float(np.nanmax(ratios.to_numpy())) * 1.08))
    ax.legend(fontsize=9, loc="lower right")
    return style.Chart(fig, title)
