"""Distances between places, and the market potential of each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.panel import DataError


def kilometres(places: pd.DataFrame) -> pd.DataFrame:
    """Great-circle distances in kilometres, places by places, of ``lon, lat`` in degrees.

    By the haversine formula, with a radius of the earth of 6,371 km.
    """
    lon, lat = (np.radians(places[name].to_numpy(float)) for name in ("lon", "lat"))
    north, east = lat[:, None] - lat, lon[:, None] - lon
    chord = np.sin(north / 2) ** 2 + np.outer(np.cos(lat), np.cos(lat)) * np.sin(east / 2) ** 2
    between = 2 * 6371.0 * np.arcsin(np.sqrt(np.clip(chord, 0, 1)))
    return pd.DataFrame(between, index=places.index, columns=places.index)


def market_potential(size: pd.Series, distance: pd.DataFrame, decay: float = 1.0) -> pd.Series:
    """Market potential of each place: the sum of the others' sizes over distance to the `decay`.

    A decay of 1 is the measure of Harris (1954, *Annals of the Association of American Geographers*
    44(4), 315-348).  `size` is in any unit; `distance` is places by places.  Refuses indices that
    differ, a missing size, and two places without a distance between them.
    """
    same = size.index.equals(distance.index) and size.index.equals(distance.columns)
    apart = distance.to_numpy(float, copy=True)
    np.fill_diagonal(apart, np.inf)
    if not same or size.isna().any() or not (apart > 0).all():
        raise DataError(
            "market potential: found other places, a missing size or two places at the same point; "
            "expected a size of each place and some distance between any two"
        )
    return pd.Series((1 / apart**decay) @ size.to_numpy(float), index=size.index)
