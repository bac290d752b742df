"""Outlines from a TopoJSON file: thinned, and what neighbours share stays shared."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import provinces

# Two squares with a border between them that wriggles by .02 and juts out by .3; an islet.
TOPOLOGY = json.loads(Path(__file__).with_name("topology.json").read_text("utf-8"))


def test_a_shared_border_is_thinned_once():
    found = provinces.outlines(TOPOLOGY, ["West", "East"])
    rings = {name: list(zip(own["lon"], own["lat"], strict=True))
             for name, own in found.groupby("province")}  # fmt: skip
    border = [(101, 30), (101, 30.4), (101.3, 30.5), (101, 30.6), (101, 31)]
    assert rings["West"][:5] == border and rings["East"][-5:] == border[::-1]
    assert all(ring[0] == ring[-1] for ring in rings.values())
    assert found["ring"].eq(1).all(), "an islet is left out"


def test_nothing_that_is_left_out_lies_further_away_than_the_tolerance():
    draw = np.random.default_rng(3)
    line = np.column_stack([np.linspace(0, 2, 300), draw.normal(0, 0.1, 300).cumsum() / 3])
    kept = provinces.simplified(line, 0.05)
    assert 2 < len(kept) < 200 and (kept[[0, -1]] == line[[0, -1]]).all()
    place = np.searchsorted(kept[:, 0], line[:, 0], side="right").clip(1, len(kept) - 1)
    (x0, y0), (x1, y1) = kept[place - 1].T, kept[place].T
    far = (x1 - x0) * (line[:, 1] - y0) - (y1 - y0) * (line[:, 0] - x0)
    assert np.abs(far / np.hypot(x1 - x0, y1 - y0)).max() <= 0.05 + 1e-12
