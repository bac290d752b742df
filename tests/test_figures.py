"""The points behind a coefficient, and slopes with their intervals."""

import numpy as np
import pandas as pd
import pytest

from lib import figures
from lib.regression import fit
from lib.specifications import MODEL2, STOCK, UPPER, rows


def test_the_points_have_the_slope_of_the_regression(data):
    used = rows(data, STOCK, MODEL2)
    for term in ("LM_IA", "RLR"):
        others = [other for other in MODEL2.terms if other != term]
        points = figures.net_of_effects(used, "REG", term, others)
        slope = (points["x"] * points["y"]).sum() / (points["x"] ** 2).sum()
        assert slope == pytest.approx(fit(used, "REG", MODEL2.terms).coef[term], rel=1e-8)
        assert np.allclose(points.groupby("city")[["x", "y"]].mean(), 0, atol=1e-9)


def test_influence_sums_to_one_and_leaves_one_out(data):
    used = rows(data, STOCK, UPPER)
    for unit, size in (("city", used["city"].nunique()), ("province", 4)):
        found = figures.influence(used, "REG", "LM", ["IA", "LM_IA"], unit=unit)
        assert len(found) == size and found["share"].sum() == pytest.approx(1)
        assert found["share"].round(9).is_monotonic_decreasing
        name = found.index[0]
        square = figures.net_of_effects(used, "REG", "LM", ["IA", "LM_IA"])["x"] ** 2
        of_name = square[used[unit].eq(name)].sum() / square.sum()
        assert found.loc[name, "share"] == pytest.approx(of_name)
        without = fit(used[used[unit] != name], "REG", UPPER.terms)
        assert found.loc[name, "without"] == pytest.approx(without.coef["LM"], rel=1e-8)


def test_slopes_over_two_cases_by_hand():
    names = "reading heading row case coef".split()
    names += [f"{by}_{end}" for by in ("clustered", "province") for end in ("low", "high")]
    slopes = pd.DataFrame(
        [("flow", "A", "LM", "paper", 1, 0.9, 1.1, 0, 2),
         ("flow", "A", "LM", "clean", 3, 2.9, 3.1, 2, 4),
         ("flow", "B", "LM", "paper", -2, -3, 0, -4, 1),
         ("flow", "B", "LM", "clean", 6, 5, 7, 4, 8)],
        columns=names,
    ).set_index(names[:4])  # fmt: skip
    series = {heading: ("flow", heading, "LM") for heading in "AB"}
    panels = {"LM": series, "B": {"B": series["B"]}}
    left, right = figures.over_cases(slopes, panels, "t", columns=2).figure.axes
    assert [each.get_text() for each in left.get_yticklabels()] == ["paper's case", "clean rows"]
    marks = {line.get_label(): line for line in left.lines[1:]}
    assert marks["A"].get_xydata() == pytest.approx(np.array([[1, -0.1], [3, 0.9]]))
    assert marks["B"].get_xydata() == pytest.approx(np.array([[-2, 0.1], [6, 1.1]]))
    assert [marks[name].get_markerfacecolor() == "white" for name in "AB"] == [False, True]
    ends = [part.get_segments() for part in left.collections]
    assert [part.get_linewidth()[0] for part in left.collections] == [3.2, 1, 3.2, 1]
    assert ends[2][0] == pytest.approx(np.array([[-3, 0.1], [0, 0.1]]))
    assert ends[3][0] == pytest.approx(np.array([[-4, 0.1], [1, 0.1]]))
    assert [line.get_label() for line in right.lines[1:]] == ["B"]
