"""The figures of chapter 6."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib import style

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
