"""The Belt as a map: its river and its provinces."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.panel import DATA


def river() -> np.ndarray:
    """The course of the Yangtze, schematic: from town to town, Panzhihua to its mouth.

    Returns
    -------
    ndarray of shape (towns, 2)
        Longitude and latitude in degrees, of towns on its banks (``data/yangtze.csv``).
    """
    return pd.read_csv(DATA / "yangtze.csv")[["lon", "lat"]].to_numpy()


def provinces() -> dict[str, list[np.ndarray]]:
    """Outlines of the eleven provinces and municipalities, simplified to some three kilometres.

    Returns
    -------
    mapping from province to arrays of shape (points, 2)
        Closed rings, the mainland first; longitude and latitude in degrees.  Neighbours share the
        points of their border (``data/provinces.csv``).
    """
    outlines: dict[str, list[np.ndarray]] = {}
    for (name, _), ring in pd.read_csv(DATA / "provinces.csv").groupby(["province", "ring"]):
        outlines.setdefault(str(name), []).append(ring[["lon", "lat"]].to_numpy())
    return outlines
