"""The points behind a coefficient, and the slope along another variable."""

import numpy as np
import pandas as pd
import pytest

from lib import figures, verdicts
from lib.estimation import two_way_fe
from lib.specifications import COLUMNS, MODEL1, MODEL2, STOCK, UPPER, rows


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
    made = figures.influence(used, "REG", "LM", ["IA", "LM_IA"])
    assert made["share"].sum() == pytest.approx(1)
    assert made["share"].round(9).is_monotonic_decreasing
    by_province = figures.influence(used, "REG", "LM", ["IA", "LM_IA"], unit="province")
    assert len(by_province) == 4 and by_province["share"].sum() == pytest.approx(1)
    for unit, found in (("city", made), ("province", by_province)):
        name = found.index[0]
        without = two_way_fe(used[used[unit] != name], "REG", UPPER.terms)
        assert found.loc[name, "without"] == pytest.approx(without.coef["LM"], rel=1e-8)


def test_the_slope_at_a_value_is_the_coefficient_measured_from_there(data):
    used = rows(data, STOCK, UPPER)
    moved = used.assign(LM_IA=used["LM"] * (used["IA"] - 1.2))
    found = two_way_fe(moved, "REG", UPPER.terms)
    at = figures.slope_at(used, [0, 1.2]).iloc[1]
    assert at["slope"] == pytest.approx(found.coef["LM"], rel=1e-8)
    for name in ("se", "t", "p", "low", "high"):
        assert at[name] == pytest.approx(found.jackknife.loc["LM", name], rel=1e-7)


def test_charts_plot_what_they_are_given(data):
    used = rows(data, STOCK, MODEL1)
    text = repr(figures.residual_scatter({"Stock": used}, "LM", others=["IA"]))
    # One of Tongling's fifteen years lies beyond the axis, in its margin.
    assert "points Tongling: 14 points" in text and "further out" in text
    forest = repr(figures.forest(verdicts.ledger(data, columns=(MODEL1, UPPER)), "t"))
    assert "points: 10 points" in forest
    along = repr(figures.slope_along({c.heading: rows(data, STOCK, c) for c in COLUMNS[4:]}))
    assert along.count("line: 41 points") == 3


def test_estimates_stand_with_both_intervals_on_their_line():
    frame = pd.DataFrame(
        {"line": ["a", "a", "b"], "series": ["this", "next", "this"], "coef": [1.0, 2.0, 3.0],
         "low": [0.0, 1.0, 2.0], "high": [2.0, 3.0, 4.0], "province_low": [-1.0, 0.0, 1.0],
         "province_high": [3.0, 4.0, 5.0]}
    )  # fmt: skip
    ax = figures.intervals(frame, "t", "Slope").figure.axes[0]
    this, after = (line.get_xydata() for line in ax.lines[1:])
    assert this[:, 0].tolist() == [1, 3] and after[:, 0].tolist() == [2]
    assert (this[0, 1] + after[0, 1]) / 2 == pytest.approx(0) and this[1, 1] == pytest.approx(0.8)
    city, province = (part.get_segments() for part in ax.collections[:2])
    assert [end[:, 0].tolist() for end in city] == [[0, 2], [2, 4]]
    assert [end[:, 0].tolist() for end in province] == [[-1, 3], [1, 5]]
    assert [text.get_text() for text in ax.figure.legends[0].get_texts()] == [
        "this", "next", "95 %, by city", "95 %, by province"
    ]  # fmt: skip
