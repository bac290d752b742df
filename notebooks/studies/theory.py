"""Chapter 2: where people rest in a two-region economy, and the pictures of it.

The equations of the model stand on the page, a few lines each; the functions here take the
page's utility gap as an argument, so that nothing of the model is written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lib import style

Array = NDArray[np.float64]
Gap = Callable[[Array, float, Any], Array]

_LINES = (
    {"color": style.INK, "ls": "-"},
    {"color": style.FLOW, "ls": "--"},
    {"color": style.PRINTED, "ls": ":"},
)
_PHASES = {
    1: {"label": "parting", "marker": "o", "color": style.PRINTED},
    0: {"label": "at rest", "marker": "x", "color": style.MUTED},
    -1: {"label": "meeting", "marker": "^", "color": style.FLOW},
}


def stable_shares(gap: Gap, freeness: Array, economy: Any, steps: int = 400) -> pd.DataFrame:
    """Find where mobile people come to rest, for each freeness of trade.

    Parameters
    ----------
    gap : callable
        Utility in region 1 less that in region 2, at an array of shares of region 1, one
        freeness and an economy; it must be antisymmetric about a half.
    freeness : array of float
        Freeness of trade, above 0 and at most 1.
    economy
        Parameters, handed on to `gap`.
    steps : int
        Intervals of the search between a half and one.

    Returns
    -------
    DataFrame
        One row a stable share of the larger region: freeness, share (0.5 to 1).  Each has a
        mirror image at one less the share.
    """
    shares = np.linspace(0.5, 1, steps + 1)[1:]
    rows = []
    for phi in freeness:
        # What is zero but for rounding is zero, on any processor.
        gaps = np.round(gap(shares, float(phi), economy), 12)
        if gaps[0] <= 0:
            rows.append((phi, 0.5))
        for left in np.flatnonzero((gaps[:-1] > 0) & (gaps[1:] <= 0)):
            part = gaps[left] / (gaps[left] - gaps[left + 1])
            rows.append((phi, shares[left] + part * (shares[left + 1] - shares[left])))
        if gaps[-1] > 0:
            rows.append((phi, 1.0))
    return pd.DataFrame(rows, columns=["freeness", "share"])


def lead_chart(found: Mapping[str, tuple[pd.DataFrame, Array]]) -> style.Chart:
    """Draw the stable share of the larger region against freeness.

    Parameters
    ----------
    found : mapping from label to (DataFrame, array)
        What :func:`stable_shares` returned, and the break points; at most three economies.
    """
    fig, ax = style.figure()
    for (label, (table, breaks)), look in zip(found.items(), _LINES, strict=False):
        rank = table.groupby("freeness").cumcount(ascending=False)
        for order, branch in table.groupby(rank):
            name = label if order == 0 else "_another stable share"
            ax.plot(branch["freeness"], branch["share"], label=name, **look)
        inside = breaks[(breaks > 0) & (breaks < 1)]
        ax.scatter(inside, np.full(inside.size, 0.5), color=look["color"], s=40, zorder=3)
    ax.set(xlabel="Freeness of trade φ (0 = none, 1 = free)", xlim=(None, 1))
    ax.set(ylabel="Mobile people in the larger region (share)")
    ax.set_title("Where mobile people come to rest")
    ax.legend(loc="center", bbox_to_anchor=(0.58, 0.5))
    return style.Chart(fig, "Stable share of the larger region against freeness of trade")


def loop_chart(gaps: pd.DataFrame) -> style.Chart:
    """Draw the gap in output against the gap in each measure of mobility.

    Parameters
    ----------
    gaps : DataFrame
        Region 1 less region 2, one row a period in order: output, flow, stock, and phase
        (1 where region 1 gains people, -1 where it loses them, 0 where nobody moves).
    """
    fig, axes = style.figure(height=3.4, columns=2, sharey=True)
    for ax, measure in zip(axes, ("flow", "stock"), strict=True):
        ax.axvline(0, color=style.MUTED, lw=0.8)
        ax.plot(100 * gaps[measure], 100 * gaps["output"], color=style.MUTED, lw=0.8)
        for phase, look in _PHASES.items():
            part = gaps[gaps["phase"] == phase]
            ax.scatter(100 * part[measure], 100 * part["output"], s=22, zorder=3, **look)
    axes[0].set(ylabel="Gap in output per resident\n(hundredths of a settled wage)")
    axes[0].set(xlabel="Gap in the flow\n(points a period)")
    axes[1].set(xlabel="Gap in the stock\n(points)")
    axes[0].set_title("Who has come: a loop")
    axes[1].set_title("Who is there: almost a line")
    axes[1].legend(loc="lower right")
    return style.Chart(fig, "Gap in output per resident against the gap in mobility")
