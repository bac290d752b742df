"""The front page: two cities among all, and a small picture for each of its cards.

Both are drawn here as SVG, so that they stand on a page without a script.  On the page
``two-cities.js`` marks the lines of two other cities.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.prose import number

HIGH, LEFT, RIGHT, TOP, BOTTOM = 296, 70, 312, 30, 266  # of a panel 360 wide
TICKS = (0.25, 0.5, 1, 2, 4, 8), (0, 2, 4, 6, 8)
"""Where lines of a grid stand, in proportion and in money."""
WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "heads": ["In proportion", "In money"],
        "means": ["equal heights, equal ratios", "equal heights, equal differences"],
        "about": "lines of {n} cities. ",
        "lists": ["One city", "Another city"],
        "first": "In {year} {rich} had {ratio} times the income of {poor}, ",
        "last": "in {year} {ratio} times: {change} in proportion. ",
        "turned": "in {year} {poor} had {ratio} times that of {rich}: {change} in proportion. ",
        "gaps": "The difference was {gap0} times the Belt's income of {year} and became {gap1} "
        "times: {change} in money.",
        "changes": ["closer", "as far apart", "further apart"],
        "same": "Pick two different cities.",
    },
    "zh": {
        "heads": ["相对差距", "绝对差距"],
        "means": ["高度相等，比值相等", "高度相等，差额相等"],
        "about": "{n}个城市的折线。",
        "lists": ["一个城市", "另一个城市"],
        "first": "{year}年{rich}的人均GDP是{poor}的{ratio}倍，",
        "last": "{year}年是{ratio}倍：相对差距{change}。",
        "turned": "{year}年{poor}是{rich}的{ratio}倍：相对差距{change}。",
        "gaps": "差额由{year}年长江经济带人均GDP的{gap0}倍变为{gap1}倍：绝对差距{change}。",
        "changes": ["缩小", "不变", "扩大"],
        "same": "请选择两个不同的城市。",
    },
}
"""What the picture says, by language; two-cities.js reads the same templates."""
HUES = {"flow": "flow", "流量": "flow", "stock": "stock", "存量": "stock"}
WIDE, DEEP, START, END = 300, 66, 96, 292  # of a small picture


@dataclass(frozen=True)
class TwoCities:
    """Income of every city in proportion and in money, with two cities marked.

    ``income`` has a row a city and a column a year, none missing, and ``reach`` gives each city its
    colour.  ``one`` and ``other`` are marked at the start; the language is a key of :data:`WORDS`.
    """

    income: pd.DataFrame
    reach: pd.Series
    one: str
    other: str
    language: str = "en"

    def _ends(self) -> pd.DataFrame:
        """First and last income of the two, the city that was richer at first before the other."""
        ends = self.income.loc[[self.one, self.other]].iloc[:, [0, -1]].round(9)
        return ends.sort_values(ends.columns[0], ascending=False)

    def said(self) -> str:
        """Ratio and difference of the two incomes in the first and in the last year."""
        words, ends = WORDS[self.language], self._ends()
        rich, poor = ends.index
        (first, *_, last), names = ends.columns, {"rich": rich, "poor": poor}
        ratios, gaps = ([form(*ends[year]) for year in (first, last)] for form in (_ratio, _gap))
        after = "turned" if ends.loc[rich, last] < ends.loc[poor, last] else "last"
        near, far = (words["changes"][_change(*pair)] for pair in (ratios, gaps))
        return (
            words["first"].format(year=first, ratio=ratios[0], **names)
            + words[after].format(year=last, ratio=ratios[1], change=near, **names)
            + words["gaps"].format(year=first, gap0=gaps[0], gap1=gaps[1], change=far)
        )

    def __repr__(self) -> str:
        sums = self.income.iloc[:, [0, -1]].sum().map(lambda value: number(value, 3))
        return f"Two of {len(self.income)} cities; sums of income: {sums.to_dict()}\n{self.said()}"

    def _repr_html_(self) -> str:
        words = html.escape(json.dumps(WORDS[self.language], ensure_ascii=False))
        return (
            '<link rel="stylesheet" href="../_static/two-cities.css">'
            f'<div class="two-cities" data-words="{words}"><div class="choices" hidden></div>'
            f'<div class="panels">{self._panel(0)}{self._panel(1)}</div>'
            f'<p role="status">{html.escape(self.said())}</p></div>'
            '<script src="../_static/two-cities.js" defer></script>'
        )

    def _panel(self, which: int) -> str:
        """All lines, in proportion (0) or in money (1), and the gaps of the two at both ends."""
        words, years, ends = WORDS[self.language], self.income.columns, self._ends()
        scale = (np.log, lambda value: value)[which]
        values = scale(self.income)
        room = 0.06 * np.ptp(values.to_numpy())
        low, high = values.min(axis=None) - 1.5 * room, values.max(axis=None) + room

        def up(value: float) -> float:
            return round(BOTTOM - (scale(value) - low) / (high - low) * (BOTTOM - TOP), 6)

        parts = [
            f'<text class="head" x="0" y="14">{words["heads"][which]} '
            f"<tspan>{words['means'][which]}</tspan></text>",
            f'<text class="year" x="{LEFT}" y="{HIGH - 10}">{years[0]}</text>',
            f'<text class="year" x="{RIGHT}" y="{HIGH - 10}" text-anchor="end">{years[-1]}</text>',
        ]
        for tick in TICKS[which]:
            y = up(tick)
            parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"></line>'
                f'<text class="tick" x="0" y="{y + 4:.1f}">{tick:g}</text>'
            )
        across = np.linspace(LEFT, RIGHT, len(years)).round(6)
        for city in [*self.income.index.difference(ends.index), *ends.index]:
            row, on = self.income.loc[city], " on" * (city in ends.index)
            course = "L".join(f"{x:.1f} {up(y):.1f}" for x, y in zip(across, row, strict=True))
            parts.append(
                f'<path class="{self.reach[city]}{on}" data-city="{html.escape(str(city))}" '
                f'data-ends="{row.iloc[0]:g} {row.iloc[-1]:g}" d="M{course}"></path>'
            )
        for year, x, side, anchor in ((years[0], LEFT, -4, "end"), (years[-1], RIGHT, 4, "start")):
            ys, apart = ends[year].map(up), (_ratio, _gap)[which](*ends[year])
            parts.append(
                f'<line class="gap" x1="{x + side}" x2="{x + side}" y1="{ys.iloc[0]:.1f}" '
                f'y2="{ys.iloc[1]:.1f}"></line><text class="gap" x="{x + 2 * side}" '
                f'y="{ys.mean() + 4:.1f}" text-anchor="{anchor}">{apart}{(" ×", "")[which]}</text>'
            )
        (rich, poor), (first, last) = ends.index, (ends.iloc[1, 0], ends.iloc[0, 1])
        parts.append(
            f'<text class="name" x="{RIGHT}" y="{up(last) - 8:.1f}" text-anchor="end">'
            f'{html.escape(str(rich))}</text><text class="name" x="{LEFT + 4}" '
            f'y="{up(first) + 18:.1f}">{html.escape(str(poor))}</text>'
        )
        about = words["about"].format(n=len(self.income))
        label = html.escape(f"{words['heads'][which]}: {about}{self.said()}")
        return (
            f'<svg role="img" aria-label="{label}" viewBox="0 0 360 {HIGH}">{"".join(parts)}</svg>'
        )


def _place(value: float) -> str:
    return f"{round(float(value), 6):.1f}".removesuffix(".0")


def _short(value: float) -> str:
    # two-cities.js adds as much, so that both round a half upwards.
    return number(value + 1e-9, 1 if value >= 1 else 2)


def _ratio(one: float, other: float) -> str:
    return _short(max(one / other, other / one))


def _gap(one: float, other: float) -> str:
    return _short(abs(one - other))


def _change(before: str, after: str) -> int:
    """0 if it fell, 1 if it stayed, 2 if it grew, as far as is shown."""
    return int(np.sign(float(after) - float(before))) + 1


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
    across = np.linspace(4, 190, len(lines))
    parts = []
    for name, ys in (60 - (lines - low) / (high - low) * 50).items():
        points = "L".join(f"{_place(x)} {_place(y)}" for x, y in zip(across, ys, strict=True))
        parts.append(f'<path class="course" d="M{points}"></path>'
                     f'<text x="198" y="{_place(ys.iloc[-1] + 4)}">{name}</text>')  # fmt: skip
    return "".join(parts)


def squares(rows: Mapping[str, Sequence[str]]) -> str:
    """A mark a verdict: full if supported, a ring if opposed, small and grey otherwise."""
    parts = []
    for line, (name, verdicts) in enumerate(rows.items()):
        y = 18 + 30 * line
        parts.append(f'<text x="0" y="{y + 4}">{name}</text>')
        for place, verdict in enumerate(verdicts):
            x = 54 + 13.5 * place
            kind = verdict.replace(" ", "-")
            parts.append(f'<circle class="{kind}" cx="{_place(x)}" cy="{y}" r="5"></circle>')
    return "".join(parts)


def dots(
    rows: Mapping[str, Iterable[float]],
    ends: tuple[float, float],
    ticks: Mapping[float, str],
    invented: Mapping[str, Iterable[float]] | None = None,
) -> str:
    """Values on lines with a common scale; those of `invented` are crosses on the same line."""

    def across(value: float) -> float:
        return START + (value - ends[0]) / (ends[1] - ends[0]) * (END - START)

    parts = []
    for value, words in ticks.items():
        x = _place(across(value))
        parts.append(f'<line x1="{x}" x2="{x}" y1="4" y2="50"></line>'
                     f'<text x="{x}" y="63" text-anchor="middle">{words}</text>')  # fmt: skip
    for line, (name, values) in enumerate(rows.items()):
        y = 16 + 22 * line if len(rows) > 1 else 27
        parts.append(f'<text x="0" y="{y + 4}">{name}</text>')
        parts.append(f'<g class="{HUES.get(name, "")}">')
        parts += [f'<circle class="full" cx="{_place(across(value))}" cy="{y}" r="4.5"></circle>'
                  for value in values]  # fmt: skip
        lefts = [_place(across(value) - 4) for value in (invented or {}).get(name, ())]
        parts += [f'<path class="cross" d="M{left} {y - 4}l8 8m0-8l-8 8"></path>' for left in lefts]
        parts.append("</g>")
    return "".join(parts)
