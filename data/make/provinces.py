"""Derive data/provinces.csv: ``python data/make/provinces.py chn.topo.json``.

The file is that of the npm package that ``data/README.md`` names.  Its arcs are simplified one by
one, so that what two provinces share stays shared.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from lib import panel

TOLERANCE = 0.03  # degrees, about three kilometres
SMALLEST = 0.15  # degrees: islands that are smaller both ways are left out


def simplified(line: np.ndarray, tolerance: float = TOLERANCE) -> np.ndarray:
    """A line without the points that lie within `tolerance` of it (Douglas and Peucker, 1973)."""
    start, end = line[0], line[-1]
    along = end - start
    length = np.hypot(*along)
    offset = line - start
    if length:
        far = np.abs(along[0] * offset[:, 1] - along[1] * offset[:, 0]) / length
    else:  # an arc that closes, such as an island
        far = np.hypot(*offset.T)
    at = int(far.argmax())
    if far[at] <= tolerance:
        return line[[0, -1]]
    parts = simplified(line[: at + 1], tolerance), simplified(line[at:], tolerance)
    return np.concatenate([parts[0], parts[1][1:]])


def outlines(topology: dict, names: list[str]) -> pd.DataFrame:
    """Rings of the named areas of a TopoJSON file, closed, in hundredths of a degree.

    Returns
    -------
    DataFrame
        ``province, ring, lon, lat``, the largest ring of a province first.
    """
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [simplified(np.cumsum(arc, axis=0) * scale + shift).round(2) for arc in topology["arcs"]]
    (layer,) = topology["objects"].values()
    areas = {area["properties"].get("name"): area for area in layer["geometries"]}
    rows = []
    for name in names:
        polygons = areas[name]["arcs"]
        polygons = polygons if areas[name]["type"] == "MultiPolygon" else [polygons]
        rings = []
        for numbers in (ring for polygon in polygons for ring in polygon):
            parts = [arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers]
            ring = np.concatenate(parts)
            ring = ring[np.r_[True, (np.diff(ring, axis=0) != 0).any(axis=1)]]
            if len(ring) > 3 and np.ptp(ring, axis=0).max() >= SMALLEST:
                rings.append(ring)
        rings.sort(key=len, reverse=True)
        for number, ring in enumerate(rings, start=1):
            rows += [(name, number, lon, lat) for lon, lat in ring.tolist()]
    return pd.DataFrame(rows, columns=["province", "ring", "lon", "lat"])


if __name__ == "__main__":
    made = outlines(
        json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")),
        panel.load_cities()["province_en"].unique().tolist(),
    )
    made.to_csv(panel.DATA / "provinces.csv", index=False, float_format="%.2f", lineterminator="\n")
