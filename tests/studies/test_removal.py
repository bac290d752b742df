"""The scatter's data against regressions that are run again without the city."""

from __future__ import annotations

import json

import numpy as np
import pytest
from bs4 import BeautifulSoup

from lib import panel, specifications
from lib.figures import influence
from lib.specifications import MODEL1, READINGS
from studies.removal import Removal


@pytest.fixture(scope="module")
def panels():
    return {r.name: specifications.rows(panel.load(), r, MODEL1) for r in READINGS}


def test_slopes_and_shares_are_those_of_influence(panels):
    """That these are right is in ``tests/test_figures.py``."""
    for name, one in Removal(panels, "LM", ["IA"]).data().items():
        ours = influence(panels[name], "REG", "LM", ["IA"])
        assert one["cities"] == list(ours.index)
        assert one["share"] == (1000 * ours["share"]).round().tolist()
        assert one["without"] == ours["without"].round(4).tolist()
        x, y = (np.concatenate(one[each]).astype(float) for each in "xy")
        assert (x * y).sum() / (x**2).sum() == pytest.approx(one["slope"], rel=0.01)


def test_the_page_gets_the_data_whole_and_the_text_names_the_heaviest(panels):
    removal = Removal(panels, "LM", ["IA"])
    flow = removal.data()["flow"]
    assert f"without {flow['cities'][0]} {flow['without'][0]:.4f}" in repr(removal)
    box = BeautifulSoup(removal._repr_html_(), "html.parser").select_one(".removal")
    assert json.loads(box["data-panels"]) == removal.data() and box.has_attr("hidden")
