"""One look for every figure of the book, and a text form that tests can compare."""

import re
from dataclasses import dataclass
from io import StringIO
from typing import Any

import pandas as pd
import seaborn
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from lib import charts

# Three systems, and no figure takes a colour of one for anything else: the fill of a mark is the
# verdict; a definition of mobility and a reach have a hue and a shape.  Colour-blind readers tell
# the colours of a system; greys are pale, and need an edge.
INK, ON = "#1a1a1a", "#1a1a1b"
MUTED = "#6b6b6b"
VERDICT = {
    "supported": "#158fae", "opposed": "#d96f1e", "cannot tell": "#c3c3c3", "no claim": "#fefefe"
}  # fmt: skip
"""Fill of a verdict that the jackknife by province gives, and of the two that are none."""
REACH = {"upper": "#4d1e83", "middle": "#2676bd", "lower": "#bf3481"}
"""Colour of each reach, upstream first, as they are shown."""
MARKER = {"upper": "s", "middle": "^", "lower": "o"}
READING = {"flow": "#1a56c5", "stock": "#966c00"}
"""Colour of each definition of mobility, where no fill says a verdict."""
READING_MARKER = {"flow": "o", "stock": "s", "printed": "D"}
DARK = {
    MUTED: "#989898", ON: ON,
    **dict(zip(VERDICT.values(), ("#2bb8dc", "#f0924a", "#575c60", "#14181e"), strict=True)),
    **dict(zip(REACH.values(), ("#a379c9", "#9dcbfe", "#f0559a"), strict=True)),
    **dict(zip(READING.values(), ("#5a8afb", "#e0b23c"), strict=True)),
}  # fmt: skip
"""The same colours on a dark page, whose ink is that of its letters."""
NAMES = {
    INK: "ink", MUTED: "muted", "#ffffff": "white", ON: "on-verdict",
    **{colour: f"verdict-{name.replace(' ', '-')}" for name, colour in VERDICT.items()},
    **{colour: f"reach-{name}" for name, colour in REACH.items()},
    **{colour: name for name, colour in READING.items()},
}  # fmt: skip
"""What each colour stands for, in the text form of charts and in style sheets."""


LETTERS = 12.5  # points
WIDTH, WIDE = 6.0, 7.5
"""Inches: of a figure that a phone shows whole, and of one of many panels, which scrolls there."""
# Matplotlib reads many settings only when an artist is made or drawn, so that a style in force
# for a moment would reach half of a figure: importing this module sets it for good.
seaborn.set_theme(
    style="ticks",
    palette=[INK, MUTED, *REACH.values()],
    rc={
        "figure.dpi": 100,
        **dict.fromkeys(
            ("font.size", "figure.labelsize", "axes.titlesize", "axes.labelsize", "xtick.labelsize",
             "ytick.labelsize", "legend.fontsize", "legend.title_fontsize"), LETTERS),
        **dict.fromkeys(
            ("text.color", "axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), INK),
        **dict.fromkeys(("axes.edgecolor", "xtick.color", "ytick.color"), MUTED),
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "#dddddd",
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "font.sans-serif": ["DejaVu Sans"],
        "svg.hashsalt": "belt",
    },
)  # fmt: skip


def figure(
    width: float = WIDTH, height: float = 3.8, rows: int = 1, columns: int = 1, **kwargs: Any
) -> tuple[Figure, Any]:
    """Return an empty figure, in inches, and its axes (an array, where several).

    ``kwargs`` go to :meth:`matplotlib.figure.Figure.subplots`.
    """
    fig = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasSVG(fig)
    return fig, fig.subplots(rows, columns, **kwargs)


@dataclass(frozen=True, repr=False, eq=False)
class Chart:
    """A finished figure: SVG on a page, and in text what a reader sees (:mod:`lib.charts`)."""

    figure: Figure
    title: str

    def _repr_svg_(self) -> str:
        drawn = StringIO()
        self.figure.savefig(drawn, format="svg", metadata={"Date": None}, transparent=True)
        return _rounded_svg(drawn.getvalue())

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        names = ["panel", "series", "part", "x", "y"]
        frame = pd.DataFrame(charts.points(self.figure), columns=names)
        return {"text/csv": _named(frame.to_csv(index=False, lineterminator="\n"))}

    def __repr__(self) -> str:
        text = "\n  ".join([f"Chart: {self.title}", *charts.told(self.figure)])
        return _named(text).replace('" in ink', '"')  # as letters are


def _named(text: str) -> str:
    """Colours by their names."""
    return re.sub("#[0-9a-f]{6}", lambda at: NAMES.get(at[0], at[0]), text)


# Coordinates to a hundredth of a point: the last bits of a float must not reach the file.
_PLACES = re.compile(
    r'((?: d| x| y| x1| x2| y1| y2| cx| cy|points| width| height)="|translate\()([^")]*)'
)
_FIGURE = re.compile(r"-?\d+\.\d{2,}(?:e-?\d+)?|-?\d+e-\d+")
# Matplotlib names what it clips and repeats by a hash of all digits; here by order of appearance.
_NAMED = re.compile(r' id="((?:\w+_)?[a-zA-Z]?[0-9a-f]{10})"')


def _rounded_svg(text: str) -> str:
    def short(match: re.Match[str]) -> str:
        return f"{float(match[0]) + 0.0:.2f}".rstrip("0").rstrip(".").replace("-0.0", "0")

    def place(match: re.Match[str]) -> str:
        return match[1] + _FIGURE.sub(short, match[2])

    text = _PLACES.sub(place, text)
    for number, name in enumerate(dict.fromkeys(_NAMED.findall(text))):
        text = text.replace(name, f"part{number}")
    return text
