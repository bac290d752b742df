"""The front page: two cities among all, and a small picture for each of its cards.

Both are drawn here as SVG, so that they stand on a page without a script.  On the page
``two-cities.js`` marks two other cities, which a reader taps on the map or types.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.panel import DATA
from lib.prose import number

HIGH, LEFT, RIGHT, TOP, BOTTOM = 230, 36, 194, 46, 200  # of a panel 200 wide
TICKS = (0.25, 0.5, 1, 2, 4, 8), (0, 2, 4, 6, 8)
"""Where lines of a grid stand, in proportion and in money."""
MAP, EDGE = 360, 14
SQUARE, TRIANGLE = "m-3.2-3.2h6.4v6.4h-6.4z", "m0-4 4 7h-8z"
DOT = "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"
SHAPES = {"upper": SQUARE, "middle": TRIANGLE, "lower": DOT}
WORDS = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
"""What the picture says, by language; two-cities.js reads the same templates."""
HUES = {"flow": "flow", "流量": "flow", "stock": "stock", "存量": "stock"}
WIDE, DEEP, START, END = 300, 66, 96, 292  # of a small picture


@dataclass(frozen=True)
class TwoCities:
    """Income of every city in proportion and in money, with two cities marked, and a map to pick.

    ``income`` has a row a city and a column a year, none missing.  ``places`` has for each city
    ``reach``, ``lon``, ``lat`` and ``also``, its name in the other script.  ``one`` and ``other``
    are marked at the start; the language is a key of :data:`WORDS`.
    """

    income: pd.DataFrame
    places: pd.DataFrame
    one: str
    other: str
    language: str = "en"

    def _ends(self) -> pd.DataFrame:
        """First and last income of the two, the city that was richer at first before the other."""
        ends = self.income.loc[[self.one, self.other]].iloc[:, [0, -1]].round(9)
        return ends.sort_values(ends.columns[0], ascending=False)

    def _gaps(self) -> list[list[str]]:
        """Their ratio in the first and in the last year, and their difference in both."""
        both = [(max(pair), min(pair)) for pair in self._ends().to_numpy().T]
        return [[_short(high / low) for high, low in both], [_short(h - low) for h, low in both]]

    def said(self) -> str:
        """Ratio and difference of the two incomes in the first and in the last year."""
        words, ends, gaps = WORDS[self.language], self._ends(), self._gaps()
        last = "last" if ends.iloc[:, 1].is_monotonic_decreasing else "turned"
        moved = (np.sign(float(after) - float(before)) for before, after in gaps)
        near, far = (words["changes"][1 + int(change)] for change in moved)
        names = ("rich", "poor", "year0", "year1", "ratio0", "ratio1", "gap0", "gap1")
        given = dict(zip(names, [*ends.index, *ends.columns, *gaps[0], *gaps[1]], strict=True))
        return (words["first"] + words[last] + words["gaps"]).format(near=near, far=far, **given)

    def __repr__(self) -> str:
        sums = self.income.iloc[:, [0, -1]].sum().map(lambda value: number(value, 3))
        return f"Two of {len(self.income)} cities; sums of income: {sums.to_dict()}\n{self.said()}"

    def _repr_html_(self) -> str:
        words = WORDS[self.language]
        return (
            '<link rel="stylesheet" href="../_static/two-cities.css"><div class="two-cities" '
            f'data-words="{html.escape(json.dumps(words, ensure_ascii=False))}">'
            f'<div><div class="choices"><p>{words["ask"]}</p><input list="cities">'
            f'<input list="cities"><button type="button">{words["copy"][0]}</button></div>'
            f'{self._map()}</div><div class="panels"><p>{words["unit"]}</p>{self._panel(0)}'
            f"{self._panel(1)}</div>"
            f'<p role="status">{html.escape(self.said())}</p></div>'
            "<noscript><style>.two-cities .choices { display: none }</style></noscript>"
            '<script src="../_static/two-cities.js" defer></script>'
        )

    def _map(self) -> str:
        """The cities along the river; for ears the fields say as much."""
        lon, lat = self.places["lon"], self.places["lat"]
        unit = (MAP - 2 * EDGE) / np.ptp(lon)

        def placed(of: pd.DataFrame) -> pd.DataFrame:
            down = (lat.max() - of["lat"]) / np.cos(np.radians(lat.mean()))
            places = {"x": EDGE + unit * (of["lon"] - lon.min()), "y": EDGE + unit * down}
            return pd.DataFrame(places, of.index).round(6)

        course, dots = placed(pd.read_csv(DATA / "yangtze.csv")), placed(self.places)
        high, two = dots["y"].max() + EDGE, self._ends().index
        parts = [f'<path class="river" d="{_course(course["x"], course["y"])}"></path>']
        for city, (reach, also, x, y) in self.places[["reach", "also"]].join(dots).iterrows():
            name, on = html.escape(str(city)), " on" * (city in two)
            parts.append(
                f'<path class="{reach}{on}" data-city="{name}" d="M{x:.1f} {y:.1f}{SHAPES[reach]}">'
                f"<title>{name} {html.escape(also)}</title></path>"
            )
        for city, down in zip(two, (-2, 12), strict=True):
            (x, y), left = dots.loc[city], bool(dots["x"][city] > MAP / 2)
            parts.append(_text("name", x + (-8 if left else 8), y + down, city, left))
        at = ((24, 16), (154, 16), (262, high - 14))
        for reach, words, (x, y) in zip(SHAPES, WORDS[self.language]["reaches"], at, strict=True):
            parts.append(f'<path class="{reach}" d="M{x - 9} {y - 4:.1f}{SHAPES[reach]}"></path>')
            parts.append(_text("reach", x, y, words))
        box = f'viewBox="0 0 {MAP} {high - 4:.0f}"'
        return f'<svg class="map" aria-hidden="true" {box}>{"".join(parts)}</svg>'

    def _panel(self, which: int) -> str:
        """All lines, in proportion (0) or in money (1), and the gaps of the two at both ends."""
        words, years, ends = WORDS[self.language], self.income.columns, self._ends()
        scale = (np.log, lambda value: value)[which]
        values = scale(self.income)
        room = 0.06 * np.ptp(values.to_numpy())
        low, high = values.min(axis=None) - 1.5 * room, values.max(axis=None) + room

        def up(value: Any) -> Any:
            return (BOTTOM - (scale(value) - low) / (high - low) * (BOTTOM - TOP)).round(6)

        heads = words["heads"][which], words["means"][which]
        parts = [_text("head", 0, 13, heads[0]), _text("tick", 0, 29, heads[1])]
        for tick in TICKS[which]:
            y = up(np.float64(tick))
            parts += [_line("grid", LEFT, RIGHT, y, y), _text("tick", 0, y + 4, f"{tick:g}")]
        across = np.linspace(LEFT, RIGHT, len(years)).round(6)
        for city in [*self.income.index.difference(ends.index), *ends.index]:
            row, on = self.income.loc[city], " on" * (city in ends.index)
            parts.append(
                f'<path class="{self.places["reach"][city]}{on}" '
                f'data-city="{html.escape(str(city))}" data-ends="{row.iloc[0]:g} '
                f'{row.iloc[-1]:g}" d="{_course(across, up(row))}"></path>'
            )
        for at, (year, x, side) in enumerate(((years[0], LEFT, 4), (years[-1], RIGHT, -4))):
            ys, apart = up(ends[year]), self._gaps()[which][at] + (" ×", "")[which]
            parts.append(_text("year", x, HIGH - 8, year, at == 1) + _line("gap", x, x, *ys))
            parts.append(_text("gap", x + side, ys.mean() + 4, apart, at == 1))
        (rich, poor), (first, last) = ends.index, (up(ends.iloc[1, 0]), up(ends.iloc[0, 1]))
        parts.append(_text("name", RIGHT, last - 8, rich, True))
        parts.append(_text("name", LEFT + 4, first + 18, poor))
        about = words["about"].format(n=len(self.income))
        label = html.escape(f"{heads[0]}: {about}{self.said()}")
        return (
            f'<svg role="img" aria-label="{label}" viewBox="0 0 200 {HIGH}">{"".join(parts)}</svg>'
        )


def _text(kind: str, x: float, y: float, words: Any, to_the_left: bool = False) -> str:
    anchor = ' text-anchor="end"' * to_the_left
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{anchor}>{html.escape(str(words))}</text>'


def _line(kind: str, x1: float, x2: float, y1: float, y2: float) -> str:
    ends = f'x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"'
    return f'<line class="{kind}" {ends}></line>'


def _course(xs: Iterable[float], ys: Iterable[float]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))


def _short(value: float) -> str:
    # two-cities.js adds as much, so that both round a half upwards.
    return number(value + 1e-9, 1 if value >= 1 else 2)


@dataclass(frozen=True)
class Small:
    """Small pictures that cards of a page show: ``<svg class="small"><use href="#small-NAME">``.

    ``pictures`` has the inside of an SVG 300 wide and 66 high by name.
    """

    pictures: Mapping[str, str]

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {inside}" for name, inside in self.pictures.items())

    def _repr_html_(self) -> str:
        symbols = "".join(
            f'<symbol id="small-{name}" viewBox="0 0 {WIDE} {DEEP}">{inside}</symbol>'
            for name, inside in self.pictures.items()
        )
        return f'<svg class="symbols" aria-hidden="true" width="0" height="0">{symbols}</svg>'


def courses(lines: pd.DataFrame) -> str:
    """A line a column, from its first value to its last; its name stands at its end."""
    low, high = lines.min(axis=None), lines.max(axis=None)
    across, parts = np.linspace(4, 190, len(lines)).round(6), []
    for name, ys in (60 - (lines - low) / (high - low) * 50).round(6).items():
        parts.append(f'<path class="course" d="{_course(across, ys)}"></path>')
        parts.append(_text("", 198, ys.iloc[-1] + 4, name))
    return "".join(parts)


def squares(rows: Mapping[str, Sequence[str]]) -> str:
    """A mark a verdict: full if supported, a ring if opposed, small and grey otherwise."""
    parts = []
    for line, (name, verdicts) in enumerate(rows.items()):
        y = 18 + 30 * line
        parts.append(_text("", 0, y + 4, name))
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
        parts.append(_line("", x, x, 4, 50))
        parts.append(f'<text x="{x:.1f}" y="63" text-anchor="middle">{words}</text>')
    for line, (name, values) in enumerate(rows.items()):
        y = 16 + 22 * line if len(rows) > 1 else 27
        parts.append(_text("", 0, y + 4, name) + f'<g class="{HUES.get(name, "")}">')
        for value in values:
            parts.append(
                f'<circle class="full" cx="{across(value):.1f}" cy="{y}" r="4.5"></circle>'
            )
        for value in (invented or {}).get(name, ()):
            cross = f"M{across(value) - 4:.1f} {y - 4}l8 8m0-8l-8 8"
            parts.append(f'<path class="cross" d="{cross}"></path>')
        parts.append("</g>")
    return "".join(parts)
