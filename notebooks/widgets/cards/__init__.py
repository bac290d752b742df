"""Small pictures for the cards of a page, which need no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from widgets import Widget
from widgets.svg import course, line, text

HUES = {"flow": "flow", "流量": "flow", "stock": "stock", "存量": "stock"}
START, END = 96, 292  # of a scale, in a picture 300 wide


@dataclass(frozen=True)
class Small(Widget):
    """Small pictures that cards of a page show: ``<svg class="small"><use href="#small-NAME">``.

    ``pictures`` has the inside of an SVG 300 wide and 66 high by name.
    """

    pictures: Mapping[str, str]

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {inside}" for name, inside in self.pictures.items())


def courses(lines: pd.DataFrame) -> str:
    """A line a column, from its first value to its last; its name stands at its end."""
    low, high = lines.min(axis=None), lines.max(axis=None)
    across, parts = np.linspace(4, 190, len(lines)).round(6), []
    for name, ys in (60 - (lines - low) / (high - low) * 50).round(6).items():
        parts.append(f'<path class="course" d="{course(across, ys)}"></path>')
        parts.append(text("", 198, ys.iloc[-1] + 4, name))
    return "".join(parts)


def squares(rows: Mapping[str, Sequence[str]]) -> str:
    """A mark a verdict: full if supported, a ring if opposed, small and grey otherwise."""
    parts = []
    for row, (name, verdicts) in enumerate(rows.items()):
        y = 18 + 30 * row
        parts.append(text("", 0, y + 4, name))
        for place, verdict in enumerate(verdicts):
            kind = verdict.replace(" ", "-")
            parts.append(
                f'<circle class="{kind}" cx="{54 + 13.5 * place}" cy="{y}" r="5"></circle>'
            )
    return "".join(parts)


def dots(
    rows: Mapping[str, Iterable[float]],
    ends: tuple[float, float],
    ticks: Mapping[float, str],
    invented: Mapping[str, Iterable[float]] | None = None,
) -> str:
    """Values on lines with a common scale; those of `invented` are crosses on the same line."""

    def across(value: float) -> float:
        return round(float(START + (value - ends[0]) / (ends[1] - ends[0]) * (END - START)), 6)

    parts = []
    for value, words in ticks.items():
        x = across(value)
        parts.append(line("", x, x, 4, 50))
        parts.append(f'<text x="{x:.1f}" y="63" text-anchor="middle">{words}</text>')
    for row, (name, values) in enumerate(rows.items()):
        y = 16 + 22 * row if len(rows) > 1 else 27
        parts.append(text("", 0, y + 4, name) + f'<g class="{HUES.get(name, "")}">')
        for value in values:
            parts.append(
                f'<circle class="full" cx="{across(value):.1f}" cy="{y}" r="4.5"></circle>'
            )
        for value in (invented or {}).get(name, ()):
            cross = f"M{across(value) - 4:.1f} {y - 4}l8 8m0-8l-8 8"
            parts.append(f'<path class="cross" d="{cross}"></path>')
        parts.append("</g>")
    return "".join(parts)
