"""What a figure shows, in words, which tests compare in the place of pictures.

Neither a float's last bits nor a font's widths reach the words.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from matplotlib.collections import Collection, PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Patch
from matplotlib.ticker import ScalarFormatter
from matplotlib.transforms import Transform

# How colours, lines and marks are told, by what Matplotlib calls them.
LINE = {"color": "{}", "linestyle": "{}", "linewidth": "{:.2g} wide"}
DOTS = {"marker": "{}", "markersize": "of {:.2g}", "markerfacecolor": "filled {}",
        "markeredgecolor": "edged {}"}  # fmt: skip
AREA = {"facecolor": "filled {}", "edgecolor": "edged {}", "linewidth": "{:.2g} wide",
        "sizes": "of {:.2g}"}  # fmt: skip
STYLES = {mark: MarkerStyle(mark) for mark in "os^D.x"}
MARKS = {mark: s.get_path().transformed(s.get_transform()) for mark, s in STYLES.items()}


def told(figure: Figure) -> Iterator[str]:
    """Tell a figure line by line, with colours by their hexadecimal digits."""
    yield from (f"text {_text(text)}" for text in figure.texts)
    yield from (line for legend in figure.legends for line in _legend(legend))
    for axes in figure.axes:
        hidden = "" if axes.axison and axes.get_visible() else "INVISIBLE"
        yield _words("panel", _title(axes), hidden)
        yield f"  x {_axis(axes.xaxis, 0, axes.get_xlim())}"
        yield f"  y {_axis(axes.yaxis, 1, axes.get_ylim())}"
        for text in axes.texts:  # an annotation belongs to a place, and stands there or by it
            places = dict.fromkeys([getattr(text, "xy", text.get_position()), text.get_position()])
            where = " by ".join(", ".join(_rounded(*place)) for place in places)
            yield f"  text {_text(text)} at {where}"
        if legend := axes.get_legend():
            yield from (f"  {line}" for line in _legend(legend))
        # Parts of one look and without a name, such as the lines of cities, are told together.
        series: dict[str, list] = {}
        for look, own in _drawn(axes):
            series.setdefault(look, []).extend(own)
        yield from (f"  {look}; {_summary(np.array(own))}" for look, own in series.items() if own)


def points(figure: Figure) -> Iterator[tuple[Any, ...]]:
    """What is drawn, point by point: panel, series, part of it, and x and y or their words."""
    for number, axes in enumerate(figure.axes, 1):
        sides = enumerate((axes.xaxis, axes.yaxis))
        named = [{a.get_position()[n]: a.get_text() for a in _named(axis)} for n, axis in sides]
        parts: Counter[str] = Counter()
        for look, own in _drawn(axes):
            parts[look] += 1
            for place in own[np.isfinite(own).all(axis=1), 1:]:
                told = zip(named, place, _rounded(*place), strict=True)
                words = (own_words.get(value, text) for own_words, value, text in told)
                yield _title(axes) or number, look, parts[look], *words


def _title(axes: Any) -> str:
    return _words(*(axes.get_title(at) for at in ("left", "center", "right")))


def _drawn(axes: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Each part of what axes show: label and look, points."""
    for artist in (*axes.lines, *axes.collections, *axes.patches):
        label = "" if str(artist.get_label())[:1] in ("", "_") else f"{artist.get_label()}:"
        for at, own in enumerate(_parts(artist, axes)):
            yield _words(label, _look(artist, at)), own


def _words(*words: str) -> str:
    return " ".join(" ".join(words).split())


def _text(text: Any) -> str:
    return _words(f'"{text.get_text()}"', "in", _look(text))


def _axis(axis: Any, side: int, limits: tuple[float, float]) -> str:
    words = [_text(axis.label), axis.get_scale(), " to ".join(_rounded(*limits))]
    words += [f"{_text(each)} at {_rounded(each.get_position()[side])[0]}" for each in _named(axis)]
    return ", ".join(words)


def _named(axis: Any) -> list[Any]:
    """Ticks whose labels are words, and not their figures."""
    return [] if isinstance(axis.get_major_formatter(), ScalarFormatter) else axis.get_ticklabels()


def _legend(legend: Any) -> Iterator[str]:
    yield from [f"legend {_text(legend.get_title())}"] if legend.get_title().get_text() else []
    for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True):
        yield f"legend {_text(text)}: {_look(handle)}"


def _look(artist: Any, at: int = 0) -> str:
    """Colours, lines and marks of a part of an artist."""
    line = {} if getattr(artist, "get_linestyle", str)() == "None" else LINE
    dots = {} if str(getattr(artist, "get_marker", str)()) in ("", "None") else DOTS
    forms = AREA if isinstance(artist, Patch | Collection) else {**line, **dots}
    words = [] if artist.get_visible() else ["INVISIBLE"]
    if isinstance(artist, PathCollection):
        outline = artist.get_paths()[at % len(artist.get_paths())].vertices
        words += [m for m, own in MARKS.items() if np.array_equal(own.vertices, outline)]
    for key, form in {**forms, "alpha": "alpha {:.2g}"}.items():
        value = getattr(artist, f"get_{key}", lambda: None)()
        if hasattr(artist, "get_paths") and isinstance(value, list | np.ndarray):  # of each part
            value = value[at % len(value)] if len(value) else "none"
        if key == "facecolor" and hasattr(artist, "get_array") and artist.get_array() is not None:
            value = artist.cmap(1.0)  # what a heat map has for the greatest
        if value is not None and "color" in key:
            value = to_hex(value) if to_rgba(value)[3] else "none"
        words += [form.format(value)] if value not in (None, "-", "none") else []
    return _words(*words)


def _parts(artist: Any, axes: Any) -> Iterator[np.ndarray]:
    """The points of each part of an artist: whether outside the limits, x, y."""
    place, parts = _placed(artist)
    for part in parts:
        points: np.ndarray = np.ma.filled(np.ma.asarray(part, float), np.nan)
        panel = (place - axes.transAxes).transform(points) if place else np.zeros_like(points)
        yield np.column_stack([((panel < -1e-9) | (panel > 1 + 1e-9)).any(axis=1), points])


def _placed(artist: Any) -> tuple[Transform | None, Iterable]:
    """What places the points of an artist, and these, part by part."""
    if isinstance(artist, Line2D):
        return artist.get_transform(), [artist.get_xydata()]
    if isinstance(artist, Patch):
        shape = artist.get_patch_transform().transform(artist.get_path().vertices)
        return artist.get_data_transform(), [shape]
    if isinstance(artist, PathCollection):
        return artist.get_offset_transform(), np.ma.asarray(artist.get_offsets())[:, None]
    if artist.get_array() is None:
        return artist.get_transform(), [path.vertices for path in artist.get_paths()]
    # A collection that is coloured by values: a heat map, cell by cell.
    values = np.ma.filled(artist.get_array().astype(float), np.nan)
    return None, [[*enumerate(values.flat)]]


def _summary(points: np.ndarray) -> str:
    outside, x, y = points[np.isfinite(points).all(axis=1)].T
    if not len(x):
        return "no points"
    words = [f"{len(x)} points"] + ([f"{outside.sum():.0f} OUTSIDE"] if any(outside) else [])
    # Ranges and means do not say which y belongs to which x; those of the product do.
    for name, own in (("x", x), ("y", y), ("xy", x * y)):
        least, most, mean = _rounded(own.min(), own.max(), own.mean())
        words.append(f"{name} {least} to {most}, mean {mean}")
    return "; ".join(words)


def _rounded(*values: float) -> list[str]:
    """Four digits, five of years; what is zero but for rounding differs between machines."""
    zero = 1e-9 * max(map(abs, values))
    figures = [0.0 if abs(value) <= zero else float(f"{value:.12g}") for value in values]
    return [f"{figure:.{5 if abs(figure) >= 1000 else 4}g}" for figure in figures]
