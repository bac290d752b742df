"""The look of the figures, and the text form that stands for a picture in the notebook tests."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from lib import style


def axes() -> Axes:
    return style.figure()[1]


def text(ax: Axes) -> str:
    return repr(style.Chart(ax.figure, "Test"))


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2, section 'relative luminance'."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


# --- figures and colours ------------------------------------------------------------------------


def test_figure_has_the_size_and_the_layout_asked_for() -> None:
    fig, ax = style.figure(5, 3)
    assert isinstance(fig, Figure) and isinstance(ax, Axes)
    assert fig.get_size_inches().tolist() == [5, 3]
    grid = style.figure(rows=2, columns=3, sharey=True)[1]
    assert grid.shape == (2, 3)
    grid[0, 0].set_ylim(0, 7)
    assert grid[0, 2].get_ylim() == (0, 7)


def test_reaches_have_colours_of_okabe_and_ito() -> None:
    """Blue, orange and bluish green of their palette, as published (jfly.uni-koeln.de/color)."""
    published = {"upper": (0, 114, 178), "middle": (230, 159, 0), "lower": (0, 158, 115)}
    shown = {k: tuple(round(255 * c) for c in to_rgb(v)) for k, v in style.REACH.items()}
    assert shown == published


@pytest.mark.parametrize("colour", [style.INK, style.MUTED])
def test_text_stands_out_from_white_as_accessibility_guidelines_ask(colour: str) -> None:
    """WCAG 2, criterion 1.4.3: a contrast of at least 4.5 to 1."""
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_picture_is_a_png_of_the_stated_size_without_version_and_always_the_same() -> None:
    ax = axes()
    ax.plot([0, 1], [2, 3])
    chart = style.Chart(ax.figure, "Test")
    picture = chart._repr_png_()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", picture[16:24]) == (1036, 604)  # 7.2 x 4.2 in, 144 an inch
    assert b"Software" not in picture and b"atplotlib" not in picture
    assert chart._repr_png_() == picture


# --- the text form ------------------------------------------------------------------------------


def test_text_form_gives_points_ranges_and_means_of_a_line() -> None:
    ax = axes()
    ax.plot([2008, 2009, 2011], [-1.0, 0.5, 2.0], label="all")
    ax.set_title("Spread")
    assert text(ax) == (
        "Chart: Test\n"
        "  Spread\n"
        "    line all: 3 points; x 2008 to 2011, mean 2009; y -1 to 2, mean 0.5; mean xy 1006"
    )


def test_text_form_gives_points_and_areas_where_areas_differ() -> None:
    ax = axes()
    ax.scatter([1, 3], [2, 6], label="same", s=20)
    ax.scatter([1, 3], [2, 6], label="different", s=[10, 40])
    assert text(ax).splitlines()[2:] == [
        "    points same: 2 points; x 1 to 3, mean 2; y 2 to 6, mean 4; mean xy 10",
        "    points different: 2 points; x 1 to 3, mean 2; y 2 to 6, mean 4; "
        "area 10 to 40, mean 25; mean xy 10",
    ]


def test_text_form_gives_bars_cells_and_error_bars() -> None:
    ax = axes()
    ax.bar([0, 1], [3.0, 5.0], width=0.5)
    assert text(ax).splitlines()[2:] == [
        "    bars from: 2 points; x -0.25 to 0.75, mean 0.25; y 0 to 0, mean 0; mean xy 0",
        "    bars by: 2 points; x 0.5 to 0.5, mean 0.5; y 3 to 5, mean 4; mean xy 2",
    ]
    ax = axes()
    ax.pcolormesh(np.array([[1.0, 2.0], [3.0, 6.0]]))
    assert text(ax).splitlines()[2:] == [
        "    cells: 4 points; x 0 to 3, mean 1.5; y 1 to 6, mean 3; mean xy 6.5"
    ]
    ax = axes()
    ax.errorbar([1.0, 2.0], [5.0, 7.0], xerr=[[0.5, 1.0], [0.25, 3.0]], fmt="o")
    expected = "LineCollection: 4 points; x 0.5 to 5, mean 1.938; y 5 to 7, mean 6; mean xy 12.69"
    assert expected in text(ax)


def test_text_form_names_each_axes_by_title_then_label() -> None:
    fig, (first, second, _) = style.figure(columns=3)
    first.set_title("Title")
    first.set_ylabel("Label")
    second.set_ylabel("Label")
    assert repr(style.Chart(fig, "Test")).splitlines()[1:] == ["  Title", "  Label", "  axes"]


def test_text_form_leaves_out_missing_points_and_matplotlib_s_own_labels() -> None:
    ax = axes()
    ax.plot([1, 2, 3], [1.0, np.nan, 5.0])
    ax.plot([1, 2], [np.nan, np.nan])
    ax.scatter(np.ma.masked_equal([1, 2], 2), [7, 8])
    assert text(ax).splitlines()[2:] == [
        "    line: 2 points; x 1 to 3, mean 2; y 1 to 5, mean 3; mean xy 8",
        "    line: no points",
        "    points: 1 points; x 1 to 1, mean 1; y 7 to 7, mean 7; mean xy 7",
    ]


@pytest.mark.parametrize("moved", [(0, 0, 0.01), (3, 1, 0.01), (7, 1, -0.5)], ids=str)
@pytest.mark.parametrize("draw", ["plot", "scatter"])
def test_text_form_changes_when_a_point_moves(moved, draw: str) -> None:
    points = np.random.default_rng(6).normal(size=(8, 2)).round(2)
    row, column, by = moved
    other = points.copy()
    other[row, column] += by
    texts = []
    for values in (points, other):
        ax = axes()
        getattr(ax, draw)(*values.T)
        texts.append(text(ax))
    assert texts[0] != texts[1]


def test_text_form_tells_a_path_from_its_mirror_image() -> None:
    texts = set()
    for heights in ([1, 2, 3], [3, 2, 1]):
        ax = axes()
        ax.plot([1, 2, 3], heights)
        texts.add(text(ax))
    assert len(texts) == 2


def test_text_form_changes_when_an_area_or_the_number_of_points_does() -> None:
    def drawn(areas: list[float]) -> str:
        ax = axes()
        ax.scatter([1.0] * len(areas), [2.0] * len(areas), s=areas)
        return text(ax)

    assert len({drawn([10, 20, 30]), drawn([10, 21, 30]), drawn([10, 20, 20, 30])}) == 3


def test_text_form_does_not_change_with_rounding_noise() -> None:
    points = np.random.default_rng(6).normal(size=(23, 2))
    texts = set()
    for noise in (0, 1e-12, -1e-12):
        ax = axes()
        ax.plot(*(points * (1 + noise)).T)
        ax.plot([-1, 0, 1], [noise / 100, 0.5, 1.0])
        texts.add(text(ax))
    assert len(texts) == 1


def test_figures_that_are_zero_but_for_rounding_are_printed_as_zero() -> None:
    ax = axes()
    ax.plot([-1.0, 0.1, 0.2, 0.7], [3e-17, 1.0, 2.0, 1.0])
    ax.plot([-2.0, -1e-16], [-0.0, -0.0])
    assert text(ax).splitlines()[2:] == [
        "    line: 4 points; x -1 to 0.7, mean 0; y 0 to 2, mean 1; mean xy 0.3",
        "    line: 2 points; x -2 to 0, mean -1; y 0 to 0, mean 0; mean xy 0",
    ]


def test_small_series_keep_their_digits() -> None:
    """Zero is judged by the size of the series, not by an absolute bound."""
    ax = axes()
    ax.plot([0, 1], [2e-12, 4e-12])
    assert "y 2e-12 to 4e-12, mean 3e-12" in text(ax)
