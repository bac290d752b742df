"""Each figure is drawn on a small made-up panel, and its artists hold the right data."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import same_color
from matplotlib.lines import Line2D

from lib import figures, panel, style
from lib.convergence import Beta
from lib.estimation import two_way_fe
from lib.specifications import columns_of

ORDER = ["upper", "middle", "lower"]


def line_of(ax: Axes, label: str) -> np.ndarray:
    """Points of the one line with this label."""
    (line,) = [line for line in ax.lines if line.get_label() == label]
    return line.get_xydata()


def points_of(ax: Axes, start: str) -> tuple[np.ndarray, np.ndarray]:
    """Places and areas of the one scatter whose label starts so."""
    (marks,) = [c for c in ax.collections if str(c.get_label()).startswith(start)]
    return np.asarray(marks.get_offsets()), marks.get_sizes()


def upright(ax: Axes, linestyle: str) -> list[Line2D]:
    """Vertical lines over the whole axes in a style."""
    return [
        line
        for line in ax.lines
        if line.get_linestyle() == linestyle and line.get_ydata() == [0, 1]
    ]


@pytest.fixture
def data() -> pd.DataFrame:
    """Five cities of three reaches in two years, with their places."""
    cities = pd.DataFrame(
        {
            "city_code": [1, 2, 3, 4, 5],
            "city": ["Shanghai", "Elsewhere", "Wuhan", "Chengdu", "Nowhere"],
            "province": ["A", "B", "C", "D", "D"],
            "reach": ["lower", "lower", "middle", "upper", "upper"],
            "lon": [121.0, 118.0, 114.0, 104.0, 103.0],
            "lat": [31.0, 32.0, 30.5, 30.7, 26.0],
        }
    )
    rows = cities.merge(pd.DataFrame({"year": [2008, 2023]}), how="cross")
    rows["reg"] = [3.0, 6.0, 1.0, 2.0, 1.5, 3.5, 1.0, np.nan, 0.5, 2.5]
    rows["share"] = np.arange(10) / 10
    return rows


# --- map, trends --------------------------------------------------------------------------------


def test_map_shows_the_cities_of_a_reach_at_their_places_in_the_year(data) -> None:
    (ax,) = figures.belt_map(data, 2008).figure.axes
    for reach, places in {
        "Lower": [[121.0, 31.0], [118.0, 32.0]],
        "Middle": [[114.0, 30.5]],
        "Upper": [[104.0, 30.7], [103.0, 26.0]],
    }.items():
        assert points_of(ax, reach)[0].tolist() == places
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == [
        "Upper reach (2 cities)", "Middle reach (1 cities)", "Lower reach (2 cities)",
    ]  # fmt: skip


def test_map_gives_each_unit_of_reg_the_same_area(data) -> None:
    """Lower reach: 3 and 1 in 2008, 6 and 2 in 2023."""
    early = points_of(figures.belt_map(data, 2008).figure.axes[0], "Lower")[1]
    late = points_of(figures.belt_map(data, 2023).figure.axes[0], "Lower")[1]
    unit = (early[0] - early[1]) / 2
    assert unit > 0
    assert late[0] - late[1] == pytest.approx(4 * unit)
    assert late[0] - early[0] == pytest.approx(3 * unit)


def test_map_text_form_knows_reg(data) -> None:
    other = data.assign(reg=data["reg"] * 1.01)
    assert repr(figures.belt_map(data, 2008)) != repr(figures.belt_map(other, 2008))


def test_map_names_landmarks_at_their_places_and_no_other_city(data) -> None:
    (ax,) = figures.belt_map(data, 2008).figure.axes
    assert {text.get_text(): text.xy for text in ax.texts} == {
        "Shanghai": (121.0, 31.0), "Wuhan": (114.0, 30.5), "Chengdu": (104.0, 30.7),
    }  # fmt: skip


def test_landmarks_are_cities_of_the_roster() -> None:
    names = panel.load_cities()["city_en"]
    assert set(figures.LANDMARKS) <= set(names[~names.duplicated(keep=False)])


def test_map_has_the_proportions_of_its_latitude(data) -> None:
    (ax,) = figures.belt_map(data, 2008).figure.axes
    latitude = (31.0 + 32.0 + 30.5 + 30.7 + 26.0) / 5
    assert ax.get_aspect() == pytest.approx(1 / math.cos(latitude * math.pi / 180))


def test_trends_are_unweighted_means_of_the_cities_that_have_a_value(data) -> None:
    """REG of the upper reach: (1 + 0.5) / 2, then 2.5 alone, the other being missing."""
    chart = figures.trends(data, {"reg": "REG", "share": "Share"}, "Trends")
    left, right = chart.figure.axes
    assert line_of(left, "Upper reach").tolist() == [[2008, 0.75], [2023, 2.5]]
    assert line_of(left, "Middle reach").tolist() == [[2008, 1.5], [2023, 3.5]]
    assert line_of(left, "Lower reach").tolist() == [[2008, 2.0], [2023, 4.0]]
    assert line_of(right, "Upper reach")[:, 1] == pytest.approx([0.7, 0.8])
    assert [ax.get_title(loc="left") for ax in (left, right)] == ["REG", "Share"]
    for ax in (left, right):
        for line, reach in zip(ax.lines, ORDER, strict=True):
            assert same_color(line.get_color(), style.REACH[reach])


# --- convergence --------------------------------------------------------------------------------


@pytest.fixture
def spread() -> pd.DataFrame:
    index = pd.RangeIndex(2008, 2012, name="year")
    return pd.DataFrame(
        {
            "all": [0.70, 0.68, 0.66, 0.60],
            "lower": [0.50, 0.50, 0.50, 0.41],
            "middle": [0.30, 0.33, 0.36, 0.405],
            "upper": [0.60, 0.50, 0.45, 0.40],
        },
        index=index,
    )


def test_sigma_paths_draw_every_group_over_the_years_from_zero(spread) -> None:
    (ax,) = figures.sigma_paths(spread).figure.axes
    for group in spread:
        expected = np.column_stack([spread.index, spread[group]])
        assert line_of(ax, group).tolist() == expected.tolist()
    assert ax.get_ylim()[0] == 0


def test_sigma_labels_stand_beside_their_lines_in_order_and_do_not_touch(spread) -> None:
    """Three paths end within 0.01; the labels of the upper two move up, the others stay."""
    (ax,) = figures.sigma_paths(spread).figure.axes
    places = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert places["Upper reach"] == 0.40 and places["All cities"] == 0.60
    order = ["Upper reach", "Middle reach", "Lower reach", "All cities"]
    heights = [places[name] for name in order]
    assert min(np.diff(heights)) >= 0.03
    assert max(abs(places["Middle reach"] - 0.405), abs(places["Lower reach"] - 0.41)) < 0.07
    for text in ax.texts:
        reach = text.get_text().split()[0].lower()
        assert same_color(text.get_color(), style.REACH.get(reach, style.INK))


@pytest.fixture
def found() -> Beta:
    """Growth is 0.05 - 0.02 start, but for the last city."""
    frame = pd.DataFrame(
        {
            "city_code": [1, 2, 3, 4],
            "start": [-1.0, 0.0, 1.0, 0.5],
            "growth": [0.07, 0.05, 0.03, 0.10],
            "reach": ["upper", "middle", "lower", "lower"],
        }
    )
    numbers = {"se": 0.01, "p": 0.1, "low": -0.1, "high": 0.1, "speed": 0.02}
    return Beta(frame=frame, slope=-0.02, intercept=0.05, years=(2008, 2023), **numbers)


def test_beta_points_are_start_and_growth_in_per_cent_of_each_reach(found) -> None:
    (ax,) = figures.beta_scatter(found).figure.axes
    assert points_of(ax, "Upper")[0] == pytest.approx(np.array([[-1.0, 7.0]]))
    assert points_of(ax, "Middle")[0] == pytest.approx(np.array([[0.0, 5.0]]))
    assert points_of(ax, "Lower")[0] == pytest.approx(np.array([[1.0, 3.0], [0.5, 10.0]]))


def test_beta_line_is_intercept_and_slope_from_the_first_city_to_the_last(found) -> None:
    (ax,) = figures.beta_scatter(found).figure.axes
    assert line_of(ax, "OLS line") == pytest.approx(np.array([[-1.0, 7.0], [1.0, 3.0]]))


# --- results ------------------------------------------------------------------------------------


@pytest.fixture
def cells() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "heading": ["Model 1", "Model 1", "Model 2"],
            "symbol": ["LM", "IA", "LM × IA"],
            "printed_r": [0.30, 0.20, -0.10],
            "r": [-0.20, 0.05, 0.40],
            "r_low": [-0.35, -0.05, 0.20],
            "r_high": [-0.02, 0.16, 0.55],
        }
    )


def heights(ax: Axes) -> dict[str, float]:
    """Where each tick's label stands."""
    labels = [label.get_text() for label in ax.get_yticklabels()]
    return dict(zip(labels, ax.get_yticks(), strict=True))


def test_printed_and_recomputed_stand_at_the_label_of_their_cell(cells) -> None:
    (ax,) = figures.printed_beside_recomputed(cells).figure.axes
    at = heights(ax)
    assert list(at) == ["Model 1: LM", "Model 1: IA", "Model 2: LM × IA"]
    assert list(at.values()) == sorted(at.values(), reverse=True)  # the first on top
    printed = next(line for line in ax.lines if line.get_label() == "Printed").get_xydata()
    recomputed = ax.containers[0].lines[0].get_xydata()
    assert printed[:, 0].tolist() == cells["printed_r"].tolist()
    assert recomputed[:, 0].tolist() == cells["r"].tolist()
    for points in (printed, recomputed):
        assert np.abs(points[:, 1] - list(at.values())).max() < 0.5


def test_bars_are_the_intervals_and_not_symmetric(cells) -> None:
    (ax,) = figures.printed_beside_recomputed(cells).figure.axes
    (bars,) = [c for c in ax.collections if isinstance(c, LineCollection)]
    ends = np.array([segment[:, 0] for segment in bars.get_segments()])
    assert ends == pytest.approx(cells[["r_low", "r_high"]].to_numpy())


@dataclass
class Found:
    """As much of an estimate as the figure reads."""

    clustered: pd.DataFrame


def of(**t: float) -> Found:
    return Found(pd.DataFrame({"t": t}))


@pytest.fixture
def readings() -> dict[str, dict[str, Found]]:
    """The second reading has no second column."""
    first = {"2008-2016": of(lm=1.0, ia=-2.0, lm_ia=9.0), "2017-2023": of(lm=3.0, ia=-4.0)}
    return {"Baseline": first, "Delta": {"2008-2016": of(lm=0.5, ia=5.0, lm_ia=9.0)}}


# Typed from the paper's Table 2: t of LM and of IA, 2008 to 2016, then 2017 to 2023.
PRINTED_T = [1.960, 1.232, 1.974, 1.655]


def test_readings_are_at_their_names_and_the_dashed_line_at_the_printed_t(readings) -> None:
    printed = pd.DataFrame(
        {
            "column": ["2008-2016", "2008-2016", "2017-2023", "2017-2023"],
            "row": ["lm", "ia", "lm", "ia"],
            "t": PRINTED_T,
        }
    )
    chart = figures.readings_plot(readings, columns_of(2), ("lm", "ia"), printed)
    axes = chart.figure.axes
    at = heights(axes[0])
    assert list(at) == ["Baseline", "Delta"] and at["Baseline"] > at["Delta"]
    titles = ["2008–2016\nLM", "2008–2016\nIA", "2017–2023\nLM", "2017–2023\nIA"]
    assert [ax.get_title(loc="left") for ax in axes] == titles
    expected = [(1.0, 0.5), (-2.0, 5.0), (3.0, math.nan), (-4.0, math.nan)]
    for ax, t, values in zip(axes, PRINTED_T, expected, strict=True):
        (dashed,) = upright(ax, "--")
        assert dashed.get_xdata() == [t, t]
        (marks,) = [line for line in ax.lines if line.get_marker() == "o"]
        places = list(zip(values, at.values(), strict=True))
        np.testing.assert_array_equal(marks.get_xydata(), places)
        (band,) = ax.patches
        assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx((-1.96, 1.96))


def test_a_regressor_that_a_column_does_not_have_gets_no_panel(readings) -> None:
    printed = pd.DataFrame({"column": ["2008-2016"], "row": ["lm"], "t": [1.960]})
    first = columns_of(2)[:1]
    chart = figures.readings_plot(readings, first, ("lm", "odi"), printed)
    assert len(chart.figure.axes) == 1


def test_five_panels_stand_in_rows_of_three_with_the_last_place_empty() -> None:
    columns = columns_of(2)
    terms = {"2008-2016": ("lm", "ia", "lm_ia"), "2017-2023": ("lm", "ia")}
    columns = [replace(spec, terms=terms[spec.column]) for spec in columns]
    printed = pd.DataFrame(
        [(c, row, 1.0) for c, rows in terms.items() for row in rows], columns=["column", "row", "t"]
    )
    found = {"Baseline": {c: of(**dict.fromkeys(rows, 2.0)) for c, rows in terms.items()}}
    axes = figures.readings_plot(found, columns, ("lm", "ia", "lm_ia"), printed).figure.axes
    assert len(axes) == 6
    assert [ax.axison for ax in axes] == [True] * 5 + [False]


def test_heatmap_shows_correlations_of_what_city_and_year_dummies_leave() -> None:
    """By least squares on dummies, on a panel with a row and a cell missing."""
    rng = np.random.default_rng(8)
    rows = pd.DataFrame([(c, y) for c in range(5) for y in range(2008, 2014)])
    rows = rows.set_axis(["city_code", "year"], axis=1)
    for name in ("lm", "ia", "odi"):
        rows[name] = rng.normal(size=30) + rows["city_code"] ** 2 + rows["year"]
    rows["odi"] -= 0.8 * rows["lm"]
    rows.loc[4, "ia"] = np.nan
    rows = rows.drop(index=17)

    used = rows.dropna()
    dummies = pd.get_dummies(used[["city_code", "year"]].astype(str), dtype=float).to_numpy()
    values = used[["lm", "ia", "odi"]].to_numpy()
    left = values - dummies @ np.linalg.lstsq(dummies, values, rcond=None)[0]
    expected = np.corrcoef(left.T)

    chart = figures.correlation_heatmap(rows, {"lm": "LM", "ia": "IA", "odi": "ODI"})
    ax = chart.figure.axes[0]
    shown = np.ma.getdata(ax.collections[0].get_array()).reshape(3, 3)
    hidden = np.ma.getmaskarray(ax.collections[0].get_array()).reshape(3, 3)
    below = np.tril(np.ones((3, 3), dtype=bool), -1)
    assert (hidden == ~below).all()
    assert shown[below] == pytest.approx(expected[below])
    texts = [text.get_text() for text in ax.texts]
    assert texts == [f"{value:.2f}" for value in expected[below]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["LM", "IA", "ODI"]
    assert ax.collections[0].get_clim() == (-1, 1)


def test_slope_along_is_a_line_with_the_band_of_its_variance() -> None:
    rng = np.random.default_rng(5)
    rows = pd.MultiIndex.from_product([range(8), range(6)], names=["city_code", "year"])
    frame = pd.DataFrame({"lm": rng.normal(size=48), "ia": rng.uniform(0.5, 1.5, 48)}, index=rows)
    frame = frame.assign(lm_ia=frame["lm"] * frame["ia"], y=rng.normal(size=48)).reset_index()
    (spec, *_) = columns_of(3)
    found = two_way_fe(frame, "y", ["lm", "ia", "lm_ia"])
    chart = figures.slope_along({spec.column: found}, {spec.column: frame["ia"]}, [spec])
    (ax,) = chart.figure.axes
    x, y = line_of(ax, "slope, thinly observed").T
    assert (x.min(), x.max()) == (frame["ia"].min(), frame["ia"].max())
    assert y == pytest.approx(found.coef["lm"] + found.coef["lm_ia"] * x)
    inner = line_of(ax, "slope")[:, 0]
    assert frame["ia"].quantile([0.05, 0.95]).between(inner.min() - 0.03, inner.max() + 0.03).all()
    v = found.cov_clustered
    variance = v.at["lm", "lm"] + 2 * x * v.at["lm", "lm_ia"] + x**2 * v.at["lm_ia", "lm_ia"]
    half = 2.3646 * np.sqrt(variance)  # the 97.5 % point of t with 7 degrees of freedom
    whole, _ = ax.collections
    edges = whole.get_paths()[0].vertices
    for at, low, high in zip(x, y - half, y + half, strict=True):
        drawn = edges[np.isclose(edges[:, 0], at), 1]
        assert (drawn.min(), drawn.max()) == pytest.approx((low, high), rel=1e-4)
    assert line_of(ax, "observed")[:, 0] == pytest.approx(frame["ia"])
