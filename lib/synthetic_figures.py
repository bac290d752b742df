"""Figures of the synthetic twin (:mod:`lib.synthetic`)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib import style

_PANELS = (
    ("y", "REG (Belt 2008 = 1)"),
    ("lm", "LM (% a year)"),
    ("share_secondary", "Secondary sector (%)"),
)


def paths(data: pd.DataFrame) -> style.Chart:
    """Draw REG, LM and the share of the secondary sector of each city, coloured by reach."""
    fig, axes = style.figure(7.2, 3.4, columns=3)
    for ax, (name, label) in zip(axes, _PANELS, strict=True):
        scale = 1 if name == "y" else 100
        for reach, rows in data.groupby("reach"):
            wide = scale * rows.pivot(index="year", columns="city_code", values=name)
            ax.plot(wide.index, wide, color=style.REACH[reach], lw=0.6, alpha=0.55)
            ax.plot(wide.index, wide.mean(axis=1), color=style.REACH[reach], lw=2.2, label=reach)
        ax.set_title(label, loc="left", fontsize=10)
        ax.set_xticks([2008, 2016, 2023])
    axes[0].legend(loc="upper left")
    fig.suptitle("Synthetic: 41 invented cities", x=0.01, ha="left", weight="bold", fontsize=11.5)
    return style.Chart(fig, "Synthetic: REG, LM and industry's share in 41 invented cities")


def t_statistics(cases: dict[str, pd.DataFrame]) -> style.Chart:
    """Draw the 23 t-statistics of each case, printed across and found upwards.

    Parameters
    ----------
    cases : dict of str to DataFrame
        At most three, each as from :func:`lib.synthetic.cells`.
    """
    fig, axes = style.figure(7.2, 3.2, columns=len(cases), sharex=True, sharey=True)
    for ax, (case, frame) in zip(np.atleast_1d(axes), cases.items(), strict=True):
        ax.axline((0, 0), slope=1, color=style.MUTED, lw=0.9)
        ax.axhspan(-1.96, 1.96, color=style.MUTED, alpha=0.1, lw=0)
        ax.scatter(frame["printed_t"], frame["t"], color=style.ACCENT, s=22, zorder=3)
        ax.set_title(case, loc="left", fontsize=10)
        ax.set_xlabel("Printed t")
    np.atleast_1d(axes)[0].set_ylabel("t on the twin")
    fig.suptitle("Synthetic: t-statistics", x=0.01, ha="left", weight="bold", fontsize=11.5)
    return style.Chart(fig, "Synthetic: printed t-statistics against those of the twin")
