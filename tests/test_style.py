"""The look of charts, and the text that stands for a picture in comparisons."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from coloraide import Color

from lib import style


def chart(noise: float = 0.0, moved: float = 0.0, turn: int = 1, edit=None) -> style.Chart:
    fig, ax = style.figure()
    fig.set_layout_engine("none")
    ax.set_position((0.1, 0.1, 0.8 + moved, 0.8))
    x = np.linspace(0, 1, 5)
    ax.plot([*x, 2], [*(x[::turn] ** 2 * (1 + noise)), np.nan], color=style.READING["flow"],
            marker=style.READING_MARKER["flow"], label="squares")  # fmt: skip
    ax.scatter(x, x, label="dots", color=style.REACH["upper"], marker=style.MARKER["upper"])
    ax.bar(x, x, 0.1, color=style.VERDICT["supported"])
    ax.text(0.5, 0.11015 * (1 + noise), "money 57 %")  # half of its last digit
    ax.annotate("proportion", (0.2, 0.04), (3, 4), textcoords="offset points")
    ax.axhline(0.3, color=style.MUTED)
    ax.plot([-0.05 * (1 + noise), 0.05], [0.5, 0.5], color=style.INK)  # a mean of zero
    ax.set(title="Panel", xlabel="Year", ylabel="Income", xlim=(-0.1, 1.1), ylim=(0, 1.1))
    ax.set_yticks([0, 1], ["poor", "rich"])
    ax.legend()
    if edit:
        edit(ax)
    return style.Chart(fig, "Squares")


def test_text_says_what_is_seen_and_counts_no_missing_point():
    told = repr(chart()).splitlines()
    assert told[:4] == [
        "Chart: Squares", "  panel Panel", '    x "Year", linear, -0.1 to 1.1',
        '    y "Income", linear, 0 to 1.1, "poor" at 0, "rich" at 1',
    ]  # fmt: skip
    assert '    text "money 57 %" at 0.5, 0.1101' in told
    ends = "x -0.05 to 0.05, mean 0; y 0.5 to 0.5, mean 0.5; xy -0.025 to 0.025, mean 0"
    assert f"    ink 1.8 wide; 2 points; {ends}" in told
    assert '    text "proportion" at 0.2, 0.04 by 3, 4' in told
    look = "flow 1.8 wide o of 6 filled flow edged flow"
    ranges = "5 points; x 0 to 1, mean 0.5; y 0 to 1, mean 0.375; xy 0 to 1, mean 0.3125"
    assert f"    squares: {look}; {ranges}" in told
    dots = "s filled reach-upper edged reach-upper 1 wide of 36"
    legend = [line for line in told if line.startswith("    legend")]
    assert legend == [f'    legend "squares": {look}', f'    legend "dots": {dots}']
    assert any(line.startswith(f"    dots: {dots}") for line in told)
    # Corners of bars, the first of each twice.
    assert any("filled verdict-supported" in line and "; 25 points;" in line for line in told)


@pytest.mark.parametrize(
    "edit",
    [
        lambda ax: ax.texts[0].set_alpha(0),
        lambda ax: ax.texts[0].set_color(style.REACH["lower"]),
        lambda ax: ax.invert_yaxis(),
        lambda ax: ax.set_xscale("symlog"),
        lambda ax: ax.legend(title="Verdict"),
        lambda ax: ax.lines[0].set_linestyle("--"),
        lambda ax: ax.lines[0].set_linewidth(0),
        lambda ax: ax.lines[0].set_markerfacecolor("white"),
        lambda ax: ax.lines[0].set_visible(False),
        lambda ax: ax.collections[0].set_alpha(0),
        lambda ax: ax.set_axis_off(),
    ],
)
def test_what_hides_or_turns_a_part_changes_the_text_too(edit):
    """Beside the words, places, colours and marks of the test above."""
    assert repr(chart(edit=edit)) != repr(chart())


def test_points_outside_the_limits_are_told():
    """A line across the panel is not outside, whatever it has for a height."""
    told = repr(chart(edit=lambda ax: ax.set(xlim=(-0.1, 0.6), ylim=(2, 3))))
    assert "squares: flow 1.8 wide o of 6 filled flow edged flow; 5 points; 5 OUTSIDE;" in told
    assert "OUTSIDE" not in repr(chart())


def test_points_are_a_table_with_words_where_ticks_have_words():
    fig, ax = style.figure()
    ax.set_title("Left")
    ax.plot([0.1, 1 / 3], ["upper", "lower"], color=style.INK, label="mine")
    for x in (1, np.nan, 2):
        ax.plot([x], ["lower"], ".", color=style.REACH["lower"])
    table = style.Chart(fig, "t")._repr_mimebundle_()["text/csv"]
    assert table.splitlines() == [
        "panel,series,part,x,y",
        "Left,mine: ink 1.8 wide,1,0.1,upper",
        "Left,mine: ink 1.8 wide,1,0.3333,lower",
        "Left,. of 6 filled reach-lower edged reach-lower,1,1,lower",
        "Left,. of 6 filled reach-lower edged reach-lower,3,2,lower",
    ]


def test_last_bits_reach_neither_text_nor_picture_and_what_can_be_seen_reaches_both():
    first, again, frame, other = chart(), chart(1e-13), chart(moved=1e-12), chart(0.01)
    svg = first._repr_svg_()
    assert repr(first) == repr(again) and svg == again._repr_svg_() == frame._repr_svg_()
    assert len(re.findall(r"url\(#(\w+)\)", svg)) > 1  # clips have names
    assert repr(first) != repr(other) and svg != other._repr_svg_()
    assert repr(first) != repr(chart(turn=-1))  # another y to each x
    assert repr(first) == repr(chart())  # once drawn, as before


PAPER, NIGHT, PALE = "#ffffff", "#14181e", "#ced6dd"
"""The theme's grounds, and its letters on the dark one."""


@pytest.mark.parametrize("colour", [*style.REACH.values(), *style.READING.values()])
def test_letters_in_a_hue_can_be_read_in_both_modes(colour):
    assert Color(colour).contrast(PAPER, method="wcag21") >= 4.5
    assert Color(style.DARK[colour]).contrast(NIGHT, method="wcag21") >= 4.5


def test_no_point_lies_outside_the_axes():
    """In the text form of each chart of the book, as its notebook has it."""
    for path in sorted((STATIC.parents[1] / "notebooks").glob("*.ipynb")):
        assert not re.search(r"\d OUTSIDE;", path.read_text(encoding="utf-8")), path.stem


STATIC = Path(__file__).resolve().parents[1] / "book" / "_static"
GREY = re.findall("--chart-grey: (#[0-9a-f]{6})", (STATIC / "book.css").read_text("utf-8"))
# What is shown together: fills with edges; hues with letters, and with each other on one page.
TOGETHER = {
    "verdicts": [*style.VERDICT.values(), style.MUTED, style.INK],
    "hues": [*style.READING.values(), *style.REACH.values(), style.INK, PAPER],
    "lines of a reach among others": [*style.REACH.values(), GREY[0], style.INK, PAPER],
    "greys": [*style.READING.values(), style.MUTED, style.INK, PAPER],
}


@pytest.mark.parametrize("sight", ["", "protan", "deutan", "tritan"])
@pytest.mark.parametrize("colours", TOGETHER.values(), ids=TOGETHER)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_what_is_shown_together_looks_alike_to_no_eye(sight, colours, dark):
    """20 (CIE 1976) to eyes without red or green, 10 to those without blue, who are rare.

    What they see is by Machado, Oliveira and Fernandes (2009).
    """
    night = {**style.DARK, style.INK: PALE, PAPER: NIGHT, GREY[0]: GREY[1]}
    seen = [Color(night[colour] if dark else colour) for colour in colours]
    seen = [each.filter(sight, method="machado") if sight else each for each in seen]
    least = min(one.delta_e(other, method="76") for one, other in combinations(seen, 2))
    assert least >= (10 if sight == "tritan" else 20)


def test_style_sheets_and_programs_take_every_colour_from_here_by_its_name():
    known = {*style.DARK, *style.DARK.values()} - {style.VERDICT["no claim"]}
    rooms = STATIC, *STATIC.parents[1].glob("notebooks/widgets/*")
    files = sorted(path for room in rooms for form in ("*.css", "*.js") for path in room.glob(form))
    texts = {file.name: file.read_text(encoding="utf-8") for file in files}
    for name, text in texts.items():
        assert not known & {*re.findall(r"#[0-9a-f]{6}\b", text.lower())}, name
    used = {*re.findall(r"var\(--([\w-]+)\)", "".join(texts.values()))}
    of_charts = {"muted", "verdict-no-claim"}  # which no sheet takes
    assert used >= {style.NAMES[colour] for colour in style.DARK} - of_charts
