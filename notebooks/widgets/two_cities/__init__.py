"""Two cities among all.

They are drawn here as SVG, so that they stand on a page without a script.  On the page the script
marks two other cities, which a reader taps on the map or types.
"""

import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lib.panel import DATA
from lib.prose import number
from widgets import Widget
from widgets.svg import course, line, text

HIGH, LEFT, RIGHT, TOP, BOTTOM = 230, 36, 194, 46, 200  # of a panel 200 wide
TICKS = (0.25, 0.5, 1, 2, 4, 8), (0, 2, 4, 6, 8)
"""Where lines of a grid stand, in proportion and in money."""
MAP, EDGE = 360, 14
SQUARE, TRIANGLE = "m-3.2-3.2h6.4v6.4h-6.4z", "m0-4 4 7h-8z"
DOT = "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z"
SHAPES = {"upper": SQUARE, "middle": TRIANGLE, "lower": DOT}
WORDS = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
"""What the picture says, by language; the script reads the same."""


@dataclass(frozen=True)
class TwoCities(Widget):
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

    def data(self) -> dict[str, Any]:
        """The words of the language."""
        return WORDS[self.language]

    def map(self) -> str:
        """The cities along the river; for ears the fields say as much."""
        lon, lat = self.places["lon"], self.places["lat"]
        unit = (MAP - 2 * EDGE) / np.ptp(lon)

        def placed(of: pd.DataFrame) -> pd.DataFrame:
            down = (lat.max() - of["lat"]) / np.cos(np.radians(lat.mean()))
            places = {"x": EDGE + unit * (of["lon"] - lon.min()), "y": EDGE + unit * down}
            return pd.DataFrame(places, of.index).round(6)

        river, dots = placed(pd.read_csv(DATA / "yangtze.csv")), placed(self.places)
        high, two = dots["y"].max() + EDGE, self._ends().index
        parts = [f'<path class="river" d="{course(river["x"], river["y"])}"></path>']
        for city, (reach, also, x, y) in self.places[["reach", "also"]].join(dots).iterrows():
            name, on = html.escape(str(city)), " on" * (city in two)
            parts.append(
                f'<path class="{reach}{on}" data-city="{name}" d="M{x:.1f} {y:.1f}{SHAPES[reach]}">'
                f"<title>{name} {html.escape(also)}</title></path>"
            )
        for city, down in zip(two, (-2, 12), strict=True):
            (x, y), left = dots.loc[city], bool(dots["x"][city] > MAP / 2)
            parts.append(text("name", x + (-8 if left else 8), y + down, city, left))
        at = ((24, 16), (154, 16), (262, high - 14))
        for reach, words, (x, y) in zip(SHAPES, WORDS[self.language]["reaches"], at, strict=True):
            parts.append(f'<path class="{reach}" d="M{x - 9} {y - 4:.1f}{SHAPES[reach]}"></path>')
            parts.append(text("reach", x, y, words))
        box = f'viewBox="0 0 {MAP} {high - 4:.0f}"'
        return f'<svg class="map" aria-hidden="true" {box}>{"".join(parts)}</svg>'

    def panel(self, which: int) -> str:
        """All lines, in proportion (0) or in money (1), and the gaps of the two at both ends."""
        words, years, ends = WORDS[self.language], self.income.columns, self._ends()
        scale = (np.log, lambda value: value)[which]
        values = scale(self.income)
        room = 0.06 * np.ptp(values.to_numpy())
        low, high = values.min(axis=None) - 1.5 * room, values.max(axis=None) + room

        def up(value: Any) -> Any:
            return (BOTTOM - (scale(value) - low) / (high - low) * (BOTTOM - TOP)).round(6)

        heads = words["heads"][which], words["means"][which]
        parts = [text("head", 0, 13, heads[0]), text("tick", 0, 29, heads[1])]
        for tick in TICKS[which]:
            y = up(np.float64(tick))
            parts += [line("grid", LEFT, RIGHT, y, y), text("tick", 0, y + 4, f"{tick:g}")]
        across = np.linspace(LEFT, RIGHT, len(years)).round(6)
        for city in [*self.income.index.difference(ends.index), *ends.index]:
            row, on = self.income.loc[city], " on" * (city in ends.index)
            parts.append(
                f'<path class="{self.places["reach"][city]}{on}" '
                f'data-city="{html.escape(str(city))}" data-ends="{row.iloc[0]:g} '
                f'{row.iloc[-1]:g}" d="{course(across, up(row))}"></path>'
            )
        for at, (year, x, side) in enumerate(((years[0], LEFT, 4), (years[-1], RIGHT, -4))):
            ys, apart = up(ends[year]), self._gaps()[which][at] + (" ×", "")[which]
            parts.append(text("year", x, HIGH - 8, year, at == 1) + line("gap", x, x, *ys))
            parts.append(text("gap", x + side, ys.mean() + 4, apart, at == 1))
        (rich, poor), (first, last) = ends.index, (up(ends.iloc[1, 0]), up(ends.iloc[0, 1]))
        parts.append(text("name", RIGHT, last - 8, rich, True))
        parts.append(text("name", LEFT + 4, first + 18, poor))
        about = words["about"].format(n=len(self.income))
        label = html.escape(f"{heads[0]}: {about}{self.said()}")
        return (
            f'<svg role="img" aria-label="{label}" viewBox="0 0 200 {HIGH}">{"".join(parts)}</svg>'
        )


def _short(value: float) -> str:
    # two-cities.js adds as much, so that both round a half upwards.
    return number(value + 1e-9, 1 if value >= 1 else 2)
