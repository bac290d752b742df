"""Figures that answer: what a page's script needs to show the values behind a picture.

A :class:`Display` is a :class:`lib.style.Chart` with one more output beside the picture.  Jupyter
passes over it; the book puts it beside the picture, where ``book/_static/play.js`` reads it.
Places are fractions of the picture's width from the left and of its height from the top.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lib import style

MIME = "application/vnd.belt.play+json"
_DIGITS = 4  # a ten-thousandth of the width is a tenth of a dot


class Display(style.Chart):
    """A figure with the values that its page shows on request.

    Parameters
    ----------
    fig, title
        As for :class:`lib.style.Chart`.
    values : mapping
        From :func:`pick` or :func:`slide`: numbers, text and lists of them, already rounded, so
        that two machines write the same bytes.
    """

    def __init__(self, fig: Figure, title: str, values: Mapping[str, Any]) -> None:
        super().__init__(fig, title)
        self.values = dict(values)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, object]:
        return {MIME: self.values}


def pick(ax: Axes, marks: pd.DataFrame, *, label: str, how: str, start: int) -> dict[str, Any]:
    """Return the values of a figure whose marks are picked one at a time, as cities on a map.

    Parameters
    ----------
    ax : Axes
        Finished: its figure keeps from now on the layout that it has.
    marks : DataFrame
        One row a mark: ``name`` and ``group`` (how it is listed; rows of a group follow each
        other), ``x`` and ``y`` (its place in data coordinates) and ``text`` (what is said of it).
    label, how : str
        Name of the list; one sentence on how to use the display.
    start : int
        Row shown at first.
    """
    _lay_out(ax)
    corners = ax.transData.transform(marks[["x", "y"]].to_numpy(float)) / _size(ax)
    return {
        "kind": "pick",
        "label": label,
        "how": how,
        "start": start,
        "groups": [[str(name), len(part)] for name, part in marks.groupby("group", sort=False)],
        "names": marks["name"].tolist(),
        "x": " ".join(f"{x:.{_DIGITS}f}" for x in corners[:, 0]),
        "y": " ".join(f"{1 - y:.{_DIGITS}f}" for y in corners[:, 1]),
        "text": marks["text"].tolist(),
    }


def slide(
    panels: Sequence[tuple[Axes, Axes]],
    *,
    kind: str,
    label: str,
    how: str,
    values: ArrayLike,
    start: int,
) -> dict[str, Any]:
    """Return where a line stands in a figure that is read along its horizontal axis.

    Parameters
    ----------
    panels : sequence of (Axes, Axes)
        Each panel's axes twice, or the upper and the lower of two that share their horizontal
        axis; heights are those of the upper.  Finished: their figure keeps from now on the
        layout that it has.
    kind : str
        Which of the script's readers says what is true at a place.
    label, how : str
        Name of the slider; one sentence on how to use the display.
    values : array_like
        Where the line may stand, in data coordinates to four decimals; the slider goes from one
        to the next.
    start : int
        Position among `values` shown at first.

    Returns
    -------
    dict
        Without what is said at each place; the caller adds that, see ``play.js``.
    """
    _lay_out(panels[0][0])
    places = np.asarray(values, dtype=float)
    found = []
    for upper, lower in panels:
        width, height = _size(upper)
        (x0, y0), (x1, y1) = upper.transData.transform([(0.0, 0.0), (1.0, 1.0)])
        box, end = upper.get_window_extent(), lower.get_window_extent().y0
        edges = (box.x0 / width, 1 - box.y1 / height, box.x1 / width, 1 - end / height)
        found.append(
            {
                "x": [float(f"{x0 / width:.6g}"), float(f"{(x1 - x0) / width:.6g}")],
                "y": [float(f"{1 - y0 / height:.6g}"), float(f"{-(y1 - y0) / height:.6g}")],
                "box": [round(float(edge), _DIGITS) for edge in edges],
            }
        )
    counted = (places == np.arange(len(places))).all()  # the page can do that by itself
    return {
        "kind": kind,
        "label": label,
        "how": how,
        "values": "" if counted else " ".join(f"{value:.4f}" for value in places),
        "count": len(places),
        "start": start,
        "panels": found,
    }


def rising(values: ArrayLike, digits: int) -> str:
    """Write rising numbers as the steps between them, in base 36.

    Parameters
    ----------
    values : array_like
        In ascending order.
    digits : int
        Decimals kept.

    Returns
    -------
    str
        The first value in units of the last decimal, a space, then one character a value: its
        step from the one before.  ``z`` adds 35 and takes the next character as well.
    """
    whole = np.rint(np.asarray(values, dtype=float) * 10**digits).astype(int)
    steps = np.diff(whole, prepend=whole[0])
    if (steps < 0).any():
        raise ValueError("rising: the values fall; expected ascending order")
    return f"{whole[0]} " + "".join("z" * (n // 35) + np.base_repr(n % 35, 36) for n in steps)


def codes(columns: Iterable[tuple[ArrayLike, int]]) -> tuple[str, int]:
    """Write rows of small whole numbers as one number each, in base 36.

    Parameters
    ----------
    columns : iterable of (array_like, int)
        The numbers of a column, and how many there may be (they count from zero); the last
        column varies fastest.

    Returns
    -------
    str, int
        The numbers without anything between them, and how many characters each has.
    """
    pairs = list(columns)
    total, size = np.zeros(len(np.asarray(pairs[0][0])), dtype=int), 1
    for values, options in pairs:
        total, size = total * options + np.asarray(values, dtype=int), size * options
    width = len(np.base_repr(size - 1, 36))
    return "".join(np.base_repr(n, 36).rjust(width, "0") for n in total), width


def _lay_out(ax: Axes) -> None:
    """Give every artist its place for good, at the dots per inch of the picture on the page."""
    figure = _figure(ax)
    figure.set_dpi(style.DPI)
    figure.draw_without_rendering()
    # Laid out once more, axes of a fixed aspect would move.
    figure.set_layout_engine("none")


def _size(ax: Axes) -> np.ndarray:
    return np.asarray(_figure(ax).bbox.size)


def _figure(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("play: these axes are in no figure")
    return figure
