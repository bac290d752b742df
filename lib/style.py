"""One look for every figure of the book, and a text form that tests can compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
import seaborn
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import PathCollection, QuadMesh
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

# The one visual language: the fill of a mark is the verdict, its shape is the definition of
# mobility, which has a hue of its own where no verdict fills the mark, and other hues are the
# reaches.  Each colour has a second value for dark pages, which book/_ext/charts.py puts in the
# place of the first; :data:`DARK` pairs them.  Readers without one of the three cones tell all
# fills apart.  The soft ones and the greys are pale: marks need an edge.
INK = "#1a1a1a"
MUTED = "#6b6b6b"
VERDICT = {
    "supported": "#2aa583", "opposed": "#d96f1e", "cannot tell": "#acacad", "no claim": "#fefefe"
}  # fmt: skip
"""Fill of a verdict that the jackknife by province gives, and of the two that are none."""
SOFT = {"supported": "#a1e2c9", "opposed": "#f8ca94"}
"""Fill of a verdict by city only."""
REACH = {"upper": "#54278f", "middle": "#1f6fb4", "lower": "#c43a8c"}
"""Colour of each reach, in the order in which they are shown."""
MARKER = {"upper": "s", "middle": "^", "lower": "o"}
READING = {"flow": "#28449c", "stock": "#966c00"}
"""Colour of each definition of mobility, where no fill says a verdict."""
READING_MARKER = {"flow": "o", "stock": "s", "printed": "D"}
DARK = {
    **dict(zip(VERDICT.values(), ("#2fb98e", "#f0924a", "#4d545e", "#14181e"), strict=True)),
    **dict(zip(SOFT.values(), ("#12493a", "#6b3a12"), strict=True)),
    **dict(zip(REACH.values(), ("#c8b8fa", "#4f9fe0", "#f191c4"), strict=True)),
    **dict(zip(READING.values(), ("#8fa6ff", "#e0b23c"), strict=True)),
}
"""The same colours on a dark page."""


def fill(verdict: str, by: str = "province") -> str:
    """The fill of a verdict, softer where it is by city only."""
    return VERDICT[verdict] if by == "province" else SOFT.get(verdict, VERDICT[verdict])


LETTERS = 12.5
"""Points, of all letters of figures."""
WIDTH, WIDE = 6.0, 7.5
"""Inches: of a figure, whose letters are eleven pixels high when a phone shows its whole width, and
of one with many panels, which scrolls on a phone and fills the column of a larger page."""
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
        **dict.fromkeys(("axes.labelcolor", "xtick.labelcolor", "ytick.labelcolor"), INK),
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


def cloud(ax: Axes, points: pd.DataFrame, **look: Any) -> None:
    """Many points as one element of the picture: round ends of lines without a length.

    ``points`` has columns ``x`` and ``y``; ``look`` goes to the patch that holds them.
    """
    ends = np.repeat(points.to_numpy(float), 2, axis=0)
    path = Path(ends, np.tile([Path.MOVETO, Path.LINETO], len(points)))
    path.should_simplify = False
    ax.add_patch(
        PathPatch(path, **{
            "edgecolor": MUTED, "linewidth": 3.6, "alpha": 0.5, "fill": False,
            "capstyle": "round", "label": "_cloud", **look,
        })
    )  # fmt: skip
    ax.autoscale_view()


@dataclass(frozen=True, repr=False, eq=False)
class Chart:
    """A finished figure: SVG on a page, a summary of what it plots in text.

    The text form carries the plotted data: number of points and the smallest, largest and mean
    coordinates of each series (and areas, where marks differ in size), to four significant digits.
    A picture that no longer shows what the code computes turns the tests red.
    """

    figure: Figure
    title: str

    def _repr_svg_(self) -> str:
        drawn = StringIO()
        self.figure.savefig(drawn, format="svg", metadata={"Date": None}, transparent=True)
        return _rounded_svg(drawn.getvalue())

    def __repr__(self) -> str:
        lines = [f"Chart: {self.title}"]
        for axes in self.figure.axes:
            lines.append(f"  {axes.get_title(loc='left') or axes.get_ylabel() or 'axes'}")
            lines.extend(f"    {series}" for series in _series(axes))
        return "\n".join(lines)


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


def _series(axes: Axes) -> Iterator[str]:
    for line in axes.lines:
        if np.size(line.get_xydata()):  # seaborn's legends hang on lines without points
            yield _summary("line", line.get_label(), line.get_xydata())
    for drawn in axes.collections:
        kind = type(drawn).__name__
        points: list[Any] = [path.vertices for path in drawn.get_paths()]
        if isinstance(drawn, QuadMesh):
            values = _plain(drawn.get_array()).ravel()
            yield _summary("cells", "", np.column_stack([np.arange(values.size), values]))
            continue
        if isinstance(drawn, PathCollection):
            kind, points = "points", [_plain(drawn.get_offsets())]
            if np.unique(sizes := drawn.get_sizes()).size > 1:  # areas carry data, as on a map
                points = [np.column_stack([*points, np.resize(sizes, len(points[0]))])]
        yield _summary(kind, drawn.get_label(), np.concatenate(points or [np.empty((0, 2))]))
    for patch in axes.patches:
        if isinstance(patch, PathPatch):
            yield _summary("cloud", "", np.asarray(patch.get_path().vertices)[::2])
    if bars := [bar for bar in axes.patches if isinstance(bar, Rectangle)]:
        yield _summary("bars from", "", [bar.get_xy() for bar in bars])
        yield _summary("bars by", "", [(bar.get_width(), bar.get_height()) for bar in bars])


def _plain(values: Any) -> np.ndarray:
    return np.ma.filled(np.ma.asarray(values, float), np.nan)


def _summary(kind: str, label: object, points: Any) -> str:
    name = "" if str(label).startswith("_") or not label else f" {label}"
    points = np.asarray(points, dtype=float)
    finite = points[np.isfinite(points).all(axis=1)]
    if not finite.size:
        return f"{kind}{name}: no points"
    told = [
        "{} {} to {}, mean {}".format(axis, *_rounded(values))
        for axis, values in zip(("x", "y", "area"), finite.T, strict=False)
    ]
    # Ranges and means do not say which y belongs to which x; the mean product does.
    told.append(f"mean xy {_rounded(finite[:, 0] * finite[:, 1])[-1]}")
    return f"{kind}{name}: {len(finite)} points; {'; '.join(told)}"


def _rounded(values: np.ndarray) -> list[str]:
    """Least, greatest and mean; what is zero but for rounding differs between machines."""
    zero = 1e-9 * np.abs(values).max()
    figures = (values.min(), values.max(), values.mean())
    return [f"{0.0 if abs(figure) <= zero else figure:.4g}" for figure in figures]
