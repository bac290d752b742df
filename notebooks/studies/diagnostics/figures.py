"""The figures of chapter 6."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap

from lib import style
from lib.prose import MINUS, p_value
from lib.verdicts import VERDICTS
from studies.diagnostics.errors import KINDS

COLOUR = {"flow": style.FLOW, "stock": style.STOCK}


def found_against(cells: pd.DataFrame, placebo: pd.DataFrame) -> style.Chart:
    """t-statistics on the official REG against those on another, a panel per reading.

    Parameters
    ----------
    cells, placebo : DataFrame
        As from :func:`lib.verdicts.ledger`, for one kind of error, row by row the same cells.
    """
    both = cells.assign(other=placebo["t"].to_numpy())
    fig, axes = style.figure(style.WIDTH, 3.4, 1, 2, sharey=True)
    end = float(np.ceil(both[["t", "other"]].abs().to_numpy().max()))
    for ax, (reading, part) in zip(axes, both.groupby("reading", sort=False), strict=True):
        ax.plot([-end, end], [-end, end], color=style.MUTED, linewidth=1, label="_equal")
        mobile = part["row"].isin(["LM", "LM_IA"])
        for name, own, marker, size in (
            ("LM, LM × IA", part[mobile], style.READING_MARKER[str(reading)], 34),
            ("others", part[~mobile], "x", 22),
        ):
            colour = COLOUR[str(reading)] if marker != "x" else style.INK
            ax.scatter(own["other"], own["t"], s=size, color=colour, marker=marker, label=name)
        ax.set_title(str(reading).capitalize())
        ax.set_xlabel("t, product that takes no notice")
        ax.legend(loc="upper left")
    axes[0].set_ylabel("t, official statistics")
    return style.Chart(fig, "t found against t of a product that takes no notice")


def power_lines(found: Mapping[str, pd.DataFrame]) -> style.Chart:
    """The slope's t for powers of REG, a panel per reading.

    Parameters
    ----------
    found : mapping from reading to DataFrame
        As from :func:`studies.diagnostics.scale.along_powers`, the official outcome first.
    """
    fig, axes = style.figure(style.WIDTH, 3.3, 1, len(found), sharey=True, squeeze=False)
    for ax, (reading, frame) in zip(axes[0], found.items(), strict=True):
        ax.axhspan(-1.96, 1.96, color="#eeeeee", linewidth=0)
        ax.axhline(0, color=style.MUTED, linewidth=1)
        first = frame["outcome"].iloc[0]
        for outcome, part in frame.groupby("outcome", sort=False):
            own = outcome == first
            colour, dash = (COLOUR[reading], "-") if own else (style.INK, "--")
            name = "official" if own else "takes no notice"
            ax.plot(part["power"], part["t"], dash, color=colour, label=name)
            if own:
                best = part.loc[part["likelihood"].round(6).idxmax()]
                ax.plot(best["power"], best["t"], "D", color=colour, label="likeliest power")
        ax.set_xticks([0, 0.5, 1], ["0\nlog", "½", "1\nlevel"])
        ax.set_title(reading.capitalize())
        ax.set_xlabel("Power of REG")
    axes[0][0].set_ylabel("t of LM")
    axes[0][-1].legend(loc="lower right")
    return style.Chart(fig, "t of LM for powers of REG")


def without_each(found: Mapping[str, pd.DataFrame]) -> style.Chart:
    """The slope without each city or province against the share of variation that it holds.

    Parameters
    ----------
    found : mapping from reading to DataFrame
        As from :func:`studies.diagnostics.errors.influence`, the cities above the provinces;
        the heaviest of each is named.
    """
    fig, axes = style.figure(style.WIDTH, 3.6, 1, len(found), squeeze=False)
    for ax, (reading, frame) in zip(axes[0], found.items(), strict=True):
        ax.axhline(0, color=style.MUTED, linewidth=1)
        ax.axhline(frame["slope"].iloc[0], color=style.INK, linestyle=":", linewidth=1.2)
        for unit, marker, face in (("city", "o", COLOUR[reading]), ("province", "s", "none")):
            own = frame[frame["unit"].eq(unit)]
            ax.scatter(
                own["share"], own["without"], s=26, marker=marker, facecolor=face,
                edgecolor=COLOUR[reading], label=f"without one {unit}",
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


def error_map(cells: pd.DataFrame, title: str) -> style.Chart:
    """p-value and verdict of every printed coefficient under every standard error.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`studies.diagnostics.errors.across`, for one reading.
    """
    cells = cells.assign(cell=cells["heading"] + ": " + cells["symbol"])
    order, kinds = list(dict.fromkeys(cells["cell"])), list(KINDS)
    place = {verdict: i for i, verdict in enumerate(VERDICTS)}
    codes = cells.assign(code=cells["verdict"].map(place)).pivot(
        index="cell", columns="kind", values="code"
    )
    codes = codes.reindex(index=order, columns=kinds)
    fig, ax = style.figure(style.WIDTH, 1.3 + 0.27 * len(order))
    colours = ListedColormap([style.VERDICT[verdict] for verdict in VERDICTS])
    masked = np.ma.masked_invalid(codes.to_numpy(float))
    ax.pcolormesh(
        masked, cmap=colours, vmin=-0.5, vmax=len(VERDICTS) - 0.5, edgecolor="white", linewidth=1
    )
    for cell in cells.itertuples():
        sign = {"supported": "+", "opposed": MINUS}.get(cell.verdict, "")
        at = kinds.index(cell.kind) + 0.5, order.index(cell.cell) + 0.5
        text = sign + p_value(cell.p).replace("< .001", ".000")
        weight = "bold" if sign else "normal"
        ax.text(*at, text, ha="center", va="center", fontsize=9.2, weight=weight)
    ax.invert_yaxis()
    ax.set_yticks(np.arange(len(order)) + 0.5, order, fontsize=9.2)
    ax.set_xticks(np.arange(len(kinds)) + 0.5, list(KINDS.values()), fontsize=9.2, rotation=45)
    for label in ax.get_xticklabels():
        label.set_ha("left")
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.grid(visible=False)
    return style.Chart(fig, title)
