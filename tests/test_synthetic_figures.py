"""Figures of the twin on a few invented cities: every city is drawn, in the units of the axis."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.colors import same_color

from lib import style, synthetic_figures


def test_every_city_and_the_mean_of_its_reach_are_drawn():
    rows = pd.MultiIndex.from_product([[1, 2, 3], [2008, 2009]], names=["city_code", "year"])
    data = pd.DataFrame(index=rows).reset_index()
    data["reach"] = np.where(data["city_code"] < 3, "upper", "lower")
    data["y"], data["lm"] = np.arange(6.0), np.arange(6) / 100
    data["share_secondary"] = 0.4
    growth, mobility, share = synthetic_figures.paths(data).figure.axes
    means = {line.get_label(): line for line in growth.lines if line.get_lw() > 2}
    assert len(growth.lines) == 3 + 2
    # Cities 1 and 2 have 0, 1 and 2, 3: on average 1, 2.
    assert means["upper"].get_ydata().tolist() == [1, 2]
    assert means["lower"].get_ydata().tolist() == [4, 5]
    for reach, line in means.items():
        assert same_color(line.get_color(), style.REACH[reach])
    per_cent = [value for line in mobility.lines if line.get_lw() < 1 for value in line.get_ydata()]
    assert sorted(per_cent) == [0, 1, 2, 3, 4, 5]
    assert {value for line in share.lines for value in line.get_ydata()} == {40}


def test_each_case_has_its_points_printed_across_and_found_upwards():
    cases = {
        "as made": pd.DataFrame({"printed_t": [1.5, -2.0], "t": [1.4, -2.1]}),
        "disturbed": pd.DataFrame({"printed_t": [1.5, -2.0], "t": [0.3, 0.4]}),
    }
    axes = synthetic_figures.t_statistics(cases).figure.axes
    assert [ax.get_title(loc="left") for ax in axes] == list(cases)
    for ax, frame in zip(axes, cases.values(), strict=True):
        (points,) = [c for c in ax.collections if len(c.get_offsets()) == 2]
        np.testing.assert_array_equal(points.get_offsets(), frame[["printed_t", "t"]])
