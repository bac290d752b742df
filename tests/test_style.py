"""The look of charts, and the text that stands for a picture in comparisons."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist

from lib import style


def chart(noise: float = 0.0, moved: float = 0.0, turn: int = 1) -> style.Chart:
    fig, ax = style.figure()
    fig.set_layout_engine("none")
    ax.set_position((0.1, 0.1, 0.8 + moved, 0.8))
    x = np.linspace(0, 1, 5)
    ax.plot([*x, 2], [*(x[::turn] ** 2 * (1 + noise)), np.nan], label="squares")
    ax.scatter(x, x, label="dots")
    ax.bar(x, x, 0.1)
    ax.set_title("Panel")
    return style.Chart(fig, "Squares")


def test_text_says_what_is_plotted_and_counts_no_missing_point():
    text = repr(chart())
    assert "Chart: Squares\n  Panel" in text
    assert "line squares: 5 points; x 0 to 1, mean 0.5; y 0 to 1, mean 0.375" in text
    assert "points dots: 5 points" in text
    assert "bars by: 5 points; x 0.1 to 0.1, mean 0.1; y 0 to 1, mean 0.5" in text


def test_last_bits_reach_neither_text_nor_picture_and_what_can_be_seen_reaches_both():
    first, again, frame, other = chart(), chart(1e-13), chart(moved=1e-12), chart(0.01)
    svg = first._repr_svg_()
    assert repr(first) == repr(again) and svg == again._repr_svg_() == frame._repr_svg_()
    assert len(re.findall(r"url\(#(\w+)\)", svg)) > 1  # clips have names
    assert repr(first) != repr(other) and svg != other._repr_svg_()
    assert repr(first) != repr(chart(turn=-1))  # another y to each x


def test_coordinates_have_two_decimals_and_lettering_keeps_its_size():
    svg = chart()._repr_svg_()
    paths = re.findall(r' d="([^"]*)"', svg)
    assert max(len(p.partition(".")[2]) for d in paths for p in re.findall(r"-?\d+\.\d+", d)) <= 2
    assert "<dc:date>" not in svg and "scale(0.1" in svg


def linear(colour: str) -> np.ndarray:
    """Light of the three primaries of sRGB, from 0 to 1."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(*colours: str) -> float:
    """As the Web Content Accessibility Guidelines 2.2 define it."""
    low, high = sorted(float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in colours)
    return (high + 0.05) / (low + 0.05)


PAPER, NIGHT, PALE = "#ffffff", "#14181e", "#ced6dd"
"""The theme's grounds, and its letters on the dark one."""


@pytest.mark.parametrize("colour", [*style.REACH.values(), *style.READING.values()])
def test_letters_in_a_hue_can_be_read_in_both_modes(colour):
    assert contrast(colour, PAPER) >= 4.5 and contrast(style.DARK[colour], NIGHT) >= 4.5


@pytest.mark.parametrize("colour", [*style.VERDICT.values(), *style.SOFT.values()])
def test_letters_on_a_verdict_can_be_read_in_both_modes(colour):
    """Verdicts by province bear ink in both modes, the others the letters of the page."""
    strong = colour in (style.fill("supported"), style.fill("opposed"))
    assert contrast(style.INK, colour) >= 4.5
    assert contrast(style.INK if strong else PALE, style.DARK[colour]) >= 4.5
    if strong:  # marks stand out from the page
        assert contrast(colour, PAPER) >= 3 and contrast(style.DARK[colour], NIGHT) >= 3


# Machado, Oliveira and Fernandes (2009): linear sRGB as seen without one of the three cones.
SIGHT = {
    "normal": np.eye(3),
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
               [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
               [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, sight: str = "normal") -> np.ndarray:
    """CIE L*a*b* under D65 of what an eye sees."""
    xyz = TO_XYZ @ np.clip(SIGHT[sight] @ linear(colour), 0, 1) / TO_XYZ.sum(axis=1)
    low = xyz / (3 * (6 / 29) ** 2) + 4 / 29
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), low)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_neither_verdicts_nor_definitions_look_alike_to_any_eye(sight, dark):
    fills = [*style.VERDICT.values(), *style.SOFT.values()]
    for colours in (fills, style.READING.values(), style.REACH.values()):
        seen = [lab(style.DARK[colour] if dark else colour, sight) for colour in colours]
        assert pdist(seen).min() >= 10


def test_a_cloud_of_points_is_one_element_and_told_as_points():
    fig, ax = style.figure()
    x = np.arange(200.0)
    style.cloud(ax, pd.DataFrame({"x": x, "y": x**2}))
    drawn = style.Chart(fig, "")
    assert "cloud: 200 points; x 0 to 199, mean 99.5; y 0 to 3.96e+04" in repr(drawn)
    (path,) = (d for d in re.findall(r' d="([^"]*)"', drawn._repr_svg_()) if d.count("M") > 100)
    ends = re.findall(r"M ([\d.]+ [\d.]+)\s+L ([\d.]+ [\d.]+)", path)
    assert len(ends) == 200 and all(start == end for start, end in ends)
