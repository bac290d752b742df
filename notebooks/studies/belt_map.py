"""The Belt as a map: its river and its provinces."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from lib import style
from lib.panel import DATA

NAMED = {"upper": 34.5, "middle": 23.0, "lower": 35.3}
"""The latitude at which the name of a reach stands."""


def river() -> np.ndarray:
    """The course of the Yangtze from town to town, Panzhihua to its mouth: longitude, latitude."""
    return pd.read_csv(DATA / "yangtze.csv")[["lon", "lat"]].to_numpy()


def outlines() -> dict[tuple[str, int], np.ndarray]:
    """Outlines of the eleven provinces and municipalities, simplified to some three kilometres.

    Closed rings by province and number, the mainland first; neighbours share the points of their
    border.
    """
    rings = pd.read_csv(DATA / "provinces.csv").groupby(["province", "ring"])
    return {key: ring[["lon", "lat"]].to_numpy() for key, ring in rings}


def draw(ax: Axes, places: pd.DataFrame | None = None) -> None:
    """Draw what lies beneath cities; with `places` (``reach, lon``) the names of reaches, too."""
    for ring in outlines().values():
        ax.plot(*ring.T, color="#dddddd", linewidth=0.8)
    ax.plot(*river().T, color="#c3c3c3", linewidth=3)
    for reach, own in () if places is None else places.groupby("reach"):
        ax.text(own["lon"].mean(), NAMED[reach], f"{reach} reach", color=style.REACH[reach],
                ha="center")  # fmt: skip
    ax.set_aspect(1.16)  # a degree of latitude over one of longitude at 30 degrees north
    ax.set_axis_off()
