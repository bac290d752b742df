"""The points behind a coefficient, and the slope along another variable."""

import numpy as np
import pandas as pd
import pytest
import shown
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from lib import figures, style
from lib.estimation import two_way_fe
from lib.prose import number
from lib.specifications import MODEL1, MODEL2, STOCK, UPPER, rows


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
    chart = figures.residual_scatter({"Stock": used}, "LM", others=["IA"])
    # One of Tongling's fifteen years lies beyond the axis, in its margin.
    assert "points Tongling: 14 points" in repr(chart)
    (ax,) = chart.figure.axes
    every, rest = (
        two_way_fe(some, "REG", MODEL1.terms).coef["LM"]
        for some in (used, used[used["city"] != "Tongling"])
    )
    points = figures.net_of_effects(used, "REG", "LM", ["IA"])
    size = points["x"].abs()
    far = points[size > 1.1 * size.quantile(0.99)]
    last = far.loc[far["x"].abs().idxmax()]
    words = [line.get_label() for line in ax.lines[:3]]
    assert words == [
        f"all cities: slope {number(every)}", f"without Tongling: {number(rest)}",
        f"{len(far)} further out, to {number(last['x'])}\n({last['city']} {last['year']})",
    ]  # fmt: skip
    for line, slope in zip(ax.lines[:2], (every, rest), strict=True):
        assert line.get_ydata() == pytest.approx(slope * line.get_xdata())
    (ax,) = figures.slope_along({"Upper reach": rows(data, STOCK, UPPER)}).figure.axes
    ia = rows(data, STOCK, UPPER)["IA"]
    line = ax.lines[1].get_xydata()
    at = figures.slope_at(rows(data, STOCK, UPPER), ia.quantile([0.05, 0.95]))
    assert line[[0, -1]] == pytest.approx(at[["ia", "slope"]].to_numpy())
    edge = ax.collections[0].get_paths()[0].vertices
    corners = set(map(tuple, edge.round(6).tolist()))
    for name in ("low", "high"):
        assert corners > set(map(tuple, at[["ia", name]].round(6).to_numpy().tolist()))
    assert ax.lines[2].get_xdata()[0] == pytest.approx(ia.mean())


def test_the_forest_of_three_cells_by_hand():
    """In standard errors of 0.1; by province where that decides, else by city."""
    chart = figures.forest(shown.ledger(), "t")
    (ax,) = chart.figure.axes
    names = dict(zip(ax.get_yticks(), (t.get_text() for t in ax.get_yticklabels()), strict=True))
    assert names == {2: "Model 1: LM", 1: "Upper reach: LM", 0: "Upper reach: IA"}
    full, soft = style.VERDICT, style.SOFT
    (marks,) = (c for c in ax.collections if isinstance(c, PathCollection))
    found = {
        (round(x), round(y, 2)): to_hex(colour)
        for (x, y), colour in zip(marks.get_offsets().tolist(), marks.get_facecolors(), strict=True)
    }
    assert found == {
        (-5, 2.18): full["opposed"], (2, 1.82): full["cannot tell"], (3, 1.18): soft["supported"],
        (-2, 0.82): full["cannot tell"], (-1, 0.18): full["no claim"], (4, -0.18): full["no claim"],
    }  # fmt: skip
    intervals = ax.collections[0].get_segments()
    assert {round(s[0, 1], 2): s[:, 0].round(6).tolist() for s in intervals} == {
        2.18: [-7, -2],
        1.82: [-0.5, 5.5],
        1.18: [2, 4],
        0.82: [-3, -1],
        0.18: [-2, 0],
        -0.18: [3, 5],
    }  # the first ends at the frame
    fills, shapes = ([t.get_text() for t in each.get_texts()] for each in chart.figure.legends)
    assert fills == ["supported, city only", "opposed", "cannot tell", "no claim"]
    assert shapes == ["flow", "stock"]
    drawn = [to_hex(each.get_markerfacecolor()) for each in chart.figure.legends[0].legend_handles]
    assert drawn == [soft["supported"], full["opposed"], full["cannot tell"], full["no claim"]]


def test_estimates_stand_with_both_intervals_on_their_line():
    frame = pd.DataFrame(
        {"line": ["a", "a", "b"], "series": ["this", "next", "this"], "coef": [1.0, 2.0, 3.0],
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
