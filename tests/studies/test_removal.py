"""The scatter's data against the influence of lib, which ``tests/test_figures.py`` proves."""

import json

import numpy as np
import pytest
from bs4 import BeautifulSoup

from lib import specifications
from lib.figures import influence
from lib.specifications import MODEL1, READINGS
from studies.removal import Removal


def test_the_page_gets_slopes_shares_and_points_and_the_text_names_the_heaviest(data):
    panels = {r.name: specifications.rows(data, r, MODEL1) for r in READINGS}
    removal = Removal(panels, "LM", ["IA"])
    box = BeautifulSoup(removal._repr_html_(), "html.parser").select_one(".removal")
    assert box.has_attr("hidden")
    for name, shown in json.loads(box["data-panels"]).items():
        ours = influence(panels[name], "REG", "LM", ["IA"])
        assert shown["cities"] == list(ours.index)
        assert shown["share"] == (1000 * ours["share"]).round().tolist()
        assert shown["without"] == ours["without"].round(4).tolist()
        assert f"without {ours.index[0]} {ours['without'].iloc[0]:.4f}" in repr(removal)
        x, y = (np.concatenate(shown[axis]).astype(float) for axis in "xy")
        assert (x * y).sum() / (x**2).sum() == pytest.approx(shown["slope"], rel=0.01)
