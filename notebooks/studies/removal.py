"""Chapter 4.1: the scatter behind a slope, as data for a page on which a city can be taken out."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from lib.figures import influence, net_of_effects


@dataclass(frozen=True)
class Removal:
    """The points of a slope by city, and the slope without each city.

    Attributes
    ----------
    panels : mapping from reading to DataFrame
        As from :func:`lib.specifications.rows`.
    x : str
        The regressor.
    others : sequence of str
        Other regressors, projected out.
    """

    panels: Mapping[str, pd.DataFrame]
    x: str
    others: Sequence[str] = ()

    def data(self) -> dict[str, dict]:
        """Slopes to four digits, shares and points (net of effects and others) in thousandths."""
        found = {}
        for name, rows in self.panels.items():
            ranked = influence(rows, "REG", self.x, self.others)
            points = net_of_effects(rows, "REG", self.x, self.others)
            by_city = points.assign(
                x=(1000 * points["x"]).round().astype(int),
                y=(1000 * points["y"]).round().astype(int),
            ).groupby("city")
            found[name] = {
                "slope": round(float(ranked["slope"].iloc[0]), 4),
                "cities": ranked.index.tolist(),
                "without": [round(each, 4) for each in ranked["without"].tolist()],
                "share": [round(1000 * each) for each in ranked["share"].tolist()],
                "x": [by_city.get_group(city)["x"].tolist() for city in ranked.index],
                "y": [by_city.get_group(city)["y"].tolist() for city in ranked.index],
            }
        return found

    def __repr__(self) -> str:
        lines = [f"REG on {self.x}"]
        for name, one in self.data().items():
            heaviest = zip(one["cities"][:3], one["without"], strict=False)
            without = ", ".join(f"without {city} {slope:.4f}" for city, slope in heaviest)
            lines.append(f"  {name}: {one['slope']:.4f}, {without}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        packed = json.dumps(self.data(), ensure_ascii=False, separators=(",", ":"))
        return (
            f'<div class="removal" data-x="{html.escape(self.x)}" data-y="REG" '
            f'data-panels="{html.escape(packed)}" hidden></div>'
            '<script src="../_static/scatter.js" defer></script>'
        )
