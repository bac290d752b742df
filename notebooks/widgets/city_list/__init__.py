"""A list of cities, each to open, with four small pictures, which a reader can search."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.prose import number
from widgets import Widget

SHOWN = {
    "reg": ("Income", 2),
    "lm_flow": ("Flow", 3),
    "lm_stock": ("Stock", 2),
    "share_secondary": ("Share of industry", 2),
}
"""Series that a city's pictures show: name, and digits after the point."""
STEPS = ("lm_flow", "lm_stock")  # where a recount or a border makes a step
WIDE, HIGH, EDGE = 150, 56, 5


def anchor(city: str) -> str:
    """The address of a city on its page: Suzhou (Anhui) has suzhou-anhui."""
    return re.sub(r"[^a-z]+", "-", city.lower().replace("'", "")).strip("-")


@dataclass(frozen=True)
class Cities(Widget):
    """Each city of a panel with what is said of it.

    ``figures`` has a row a city: ``zh, province, reach`` and ``recounts, borders``, lists of years;
    ``said`` has sentences by city.
    """

    panel: pd.DataFrame
    figures: pd.DataFrame
    said: Mapping[str, Sequence[str]]

    def __repr__(self) -> str:
        return f"{len(self.said)} cities, {sum(map(len, self.said.values()))} sentences"

    def wide(self) -> dict[str, pd.DataFrame]:
        """Each series, cities by years."""
        return {key: self.panel.pivot(index="city", columns="year", values=key) for key in SHOWN}

    def drawn(self) -> tuple[str, list[tuple[str, str, str]]]:
        """The middle city's lines; of each city its address, its name and its pictures."""
        drawn = [_Picture(key, frame) for key, frame in self.wide().items()]
        every = [
            (anchor(city), city, "".join(
                picture.of(city, {*row["recounts"], *row["borders"]} if picture.key in STEPS
                           else set()) for picture in drawn))
            for city, row in self.figures.iterrows()
        ]  # fmt: skip
        return "".join(each.middle() for each in drawn), every


class _Picture:
    """Lines of an indicator on one scale for all cities, which the rarest figures run out of."""

    def __init__(self, key: str, wide: pd.DataFrame) -> None:
        self.key, self.wide = key, wide
        self.low, self.high = np.nanquantile(wide, [0.01, 0.99])
        self.x = EDGE + np.arange(wide.shape[1]) / (wide.shape[1] - 1) * (WIDE - 2 * EDGE)

    def points(self, line: pd.Series) -> dict[int, str]:
        """Places by year, "x,y", of the figures that there are."""
        part = (line.clip(self.low, self.high) - self.low) / (self.high - self.low)
        y = (HIGH - EDGE - part * (HIGH - 2 * EDGE)).round(6)
        places = zip(line.index, self.x, y, strict=True)
        return {year: f"{a:.0f},{b:.0f}" for year, a, b in places if not np.isnan(b)}

    def middle(self) -> str:
        """The middle city, drawn once."""
        points = " ".join(self.points(self.wide.median()).values())
        return f'<polyline id="middle-{self.key}" points="{points}"/>'

    def of(self, city: str, steps: set[int]) -> str:
        """A city beside the middle one, with a ring in each of some years."""
        name, digits = SHOWN[self.key]
        line = self.wide.loc[city].dropna()
        points = self.points(self.wide.loc[city])
        places = " ".join(points.values())
        rings = "".join(
            '<circle cx="{}" cy="{}" r="4"/>'.format(*points[year].split(","))
            for year in points if year in steps
        )  # fmt: skip
        ends = [f"{number(line[year], digits)} in {year}" for year in line.index[[0, -1]]]
        return (
            f'<figure data-reading="{self.key.removeprefix("lm_")}">'
            f'<svg viewBox="0 0 {WIDE} {HIGH}" aria-hidden="true">'
            f'<use href="#middle-{self.key}"/><polyline points="{places}"/>{rings}</svg>'
            f"<figcaption><b>{name}</b> {', '.join(ends)}</figcaption></figure>"
        )
