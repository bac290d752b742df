"""The points behind a coefficient, and slopes with their intervals."""

import numpy as np
import pandas as pd
import pytest

from lib import figures, style
from lib.estimation import two_way_fe
from lib.specifications import MODEL2, STOCK, UPPER, rows


def test_the_points_have_the_slope_of_the_regression(data):
    used = rows(data, STOCK, MODEL2)
    for term in ("LM_IA", "RLR"):
        others = [other for other in MODEL2.terms if other != term]
        points = figures.net_of_effects(used, "REG", term, others)
        slope = (points["x"] * points["y"]).sum() / (points["x"] ** 2).sum()
        assert slope == pytest.approx(two_way_fe(used, "REG", MODEL2.terms).coef[term], rel=1e-8)
        assert np.allclose(points.groupby("city")[["x", "y"]].mean(), 0, atol=1e-9)


def test_influence_sums_to_one_and_leaves_one_out(data):
    used = rows(data, STOCK, UPPER)
    for unit, size in (("city", used["city"].nunique()), ("province", 4)):
        found = figures.influence(used, "REG", "LM", ["IA", "LM_IA"], unit=unit)
        assert len(found) == size and found["share"].sum() == pytest.approx(1)
        assert found["share"].round(9).is_monotonic_decreasing
        name = found.index[0]
        without = two_way_fe(used[used[unit] != name], "REG", UPPER.terms)
        assert found.loc[name, "without"] == pytest.approx(without.coef["LM"], rel=1e-8)


def test_slopes_over_two_cases_by_hand():
    lines = [("flow", "A", 1.0, 0.1, 0.4), ("flow", "B", -2.0, 0.2, 0.6)]
    slopes = pd.concat([
        pd.DataFrame({
            "reading": reading, "heading": heading, "row": "LM", "case": ["paper", "clean"],
            "coef": [b, 3 * b], "low": [b - near, 3 * b - near], "high": [b + near, 3 * b + near],
            "province_low": [b - far, 3 * b - far], "province_high": [b + far, 3 * b + far],
        }) for reading, heading, b, near, far in lines
    ]).set_index(["reading", "heading", "row", "case"])  # fmt: skip
    series = {heading: ("flow", heading, "LM") for heading in "AB"}
    panels = {"LM": series, "B": {"B": series["B"]}}
    fig = figures.over_cases(slopes, panels, "t", columns=2).figure
    left, right = fig.axes
    assert [each.get_text() for each in left.get_yticklabels()] == ["paper's case", "clean rows"]
    marks = {line.get_label(): line for line in left.lines[1:]}
    for (_, heading, b, *ends), place in zip(lines, (-0.1, 0.1), strict=True):
        assert marks[heading].get_xydata() == pytest.approx(
            np.array([[b, place], [3 * b, 1 + place]])
        )
        for half, width in zip(ends, (3.2, 1), strict=True):
            drawn = [each for each in left.collections if each.get_linewidth() == [width]]
            paths = [path.vertices for each in drawn for path in each.get_paths()]
            ours = np.array([[b - half, place], [b + half, place]])
            assert any(np.allclose(path, ours) for path in paths)
    assert [marks[name].get_markerfacecolor() == "white" for name in "AB"] == [False, True]
    assert [line.get_label() for line in right.lines[1:]] == ["B"]


def test_estimates_stand_with_both_intervals_on_their_line():
    frame = pd.DataFrame(
        {"panel": "", "line": ["a", "a", "b"], "series": ["this", "next", "this"],
         "coef": [1.0, 2.0, 3.0],
         "low": [0.0, 1.0, 2.0], "high": [2.0, 3.0, 4.0], "province_low": [-1.0, 0.0, 1.0],
         "province_high": [3.0, 4.0, 5.0]}
    )  # fmt: skip
    ax = figures.intervals(frame, "t", "Slope").figure.axes[0]
    this, after = (line.get_xydata() for line in ax.lines[1:])
    hollow = [line.get_markerfacecolor() for line in ax.lines[1:]]
    assert hollow == [style.INK, "white"]
    assert this[:, 0].tolist() == [1, 3] and after[:, 0].tolist() == [2]
    assert (this[0, 1] + after[0, 1]) / 2 == pytest.approx(0) and this[1, 1] == pytest.approx(0.8)
    city, province = (part.get_segments() for part in ax.collections[:2])
    assert [end[:, 0].tolist() for end in city] == [[0, 2], [2, 4]]
    assert [end[:, 0].tolist() for end in province] == [[-1, 3], [1, 5]]
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == [
        "this", "next", "95 %, by city", "95 %, by province"
    ]  # fmt: skip
