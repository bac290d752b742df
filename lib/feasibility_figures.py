"""The figure of the section on joint feasibility: every split of the cities at one glance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib import style
from lib.feasibility import REFERENCE

_STEP = 0.005  # between contour lines

def highest_by_split(every: pd.DataFrame, printed: float) -> style.Chart:
    """Draw the highest Adj. R2 of the whole that the parts leave room for, by split.

    Parameters
    ----------
    every : DataFrame
        As from :func:`lib.feasibility.survey`, one row per split of the same number of cities.
    printed : float
        The printed figure.  Splits that reach it are outlined; so are none if none does.
    """
    cities = int(every[["upper", "middle", "lower"]].iloc[0].sum())
    grid = every.pivot(index="middle", columns="upper", values="highest")
    upper, middle, height = grid.columns.to_numpy(), grid.index.to_numpy(), grid.to_numpy()
    lowest, best = np.nanmin(height), every.loc[every["highest"].idxmax()]
    fig, ax = style.figure(height=5.2)
    ax.grid(visible=False)
    # Lighter where there is more room, white at the printed figure: the shades print as they are.
    cells = ax.pcolormesh(upper, middle, height, cmap="gray", vmin=0.99 * lowest, vmax=printed)
    levels = np.arange(_STEP * np.ceil(lowest / _STEP), best["highest"], _STEP)
    lines = ax.contour(upper, middle, height, levels=levels, colors="white", linewidths=1)
    ax.clabel(lines, fmt="%.3f", fontsize=9.5)
    fig.colorbar(cells, ax=ax, label="Highest Adj. R² left for Model 1 (white: as printed)")
    look = {"s": 80, "edgecolors": style.INK, "zorder": 3, "clip_on": False}
    ax.scatter(*REFERENCE[:2], color="white", label="in proportion to the Belt", **look)
    where = (best["upper"], best["middle"])
    ax.scatter(*where, color="white", marker="D", label="most room", **look)
    left = every[every["feasible"]]
    if len(left):
        outline = {"marker": "s", "s": 18, "facecolors": "none", "edgecolors": style.ACCENT}
        ax.scatter(left["upper"], left["middle"], label="not ruled out", **outline)
    ax.set(
        xlabel=f"Cities in the upper reach (the rest of the {cities}: lower reach)",
        ylabel="Cities in the middle reach",
    )
    ax.set_title(f"Room left for Model 1 by split; printed: {printed:.3f}", loc="left")
    ax.legend(loc="upper right")
    return style.Chart(fig, "Highest Adj. R2 left for Model 1 by split of the cities")
