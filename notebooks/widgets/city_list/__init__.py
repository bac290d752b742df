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

    def drawn(self) -> tuple[str, list[tuple[str, str, str]]]:
        """The middle city's lines; of each city its address, its name and its pictures."""
        middle, pictures = "", dict.fromkeys(self.figures.index, "")
        for key in SHOWN:
            wide = self.panel.pivot(index="city", columns="year", values=key)
            places = _places(wide)
            middle += f'<polyline id="middle-{key}" points="{" ".join(places[""].values())}"/>'
            for city, row in self.figures.iterrows():
                steps = [*row["recounts"], *row["borders"]] if key in STEPS else []
                pictures[city] += _picture(key, wide.loc[city].dropna(), places[city], steps)
        return middle, [(anchor(city), city, own) for city, own in pictures.items()]


def _places(wide: pd.DataFrame) -> dict[str, dict[int, str]]:
    """Places of figures, "x,y" by city and year; the middle city is "".

    They are on one scale, which the rarest figures run out of.
    """
    low, high = np.nanquantile(wide, [0.01, 0.99])
    x = EDGE + np.arange(wide.shape[1]) / (wide.shape[1] - 1) * (WIDE - 2 * EDGE)
    part = (pd.concat([wide, wide.median().to_frame("").T]).clip(low, high) - low) / (high - low)
    y = (HIGH - EDGE - part * (HIGH - 2 * EDGE)).round(6)
    return {
        city: {year: f"{a:.0f},{b:.0f}" for (year, b), a in zip(line.items(), x, strict=True)
               if not np.isnan(b)} for city, line in y.iterrows()
    }  # fmt: skip


def _picture(key: str, line: pd.Series, places: dict[int, str], steps: list[int]) -> str:
    """A city beside the middle one, with a ring in each of some years."""
    name, digits = SHOWN[key]
    rings = "".join(
        '<circle cx="{}" cy="{}" r="4"/>'.format(*at.split(","))
        for year, at in places.items() if year in steps
    )  # fmt: skip
    ends = [f"{number(line[year], digits)} in {year}" for year in line.index[[0, -1]]]
    return (
        f'<figure data-reading="{key.removeprefix("lm_")}">'
        f'<svg viewBox="0 0 {WIDE} {HIGH}" aria-hidden="true"><use href="#middle-{key}"/>'
        f'<polyline points="{" ".join(places.values())}"/>{rings}</svg>'
        f"<figcaption><b>{name}</b> {', '.join(ends)}</figcaption></figure>"
    )
