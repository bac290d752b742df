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

    ``panels`` has the rows of a regression by reading; ``x`` is the regressor, ``others`` are
    projected out.
    """

    panels: Mapping[str, pd.DataFrame]
    x: str
    others: Sequence[str] = ()

    def data(self) -> dict[str, dict]:
        """Slopes to four digits, shares and points (net of effects and others) in thousandths."""
        shown = {}
        for name, rows in self.panels.items():
            ranked = influence(rows, "REG", self.x, self.others)
            points = net_of_effects(rows, "REG", self.x, self.others)
            thousandths = (1000 * points.set_index("city")[["x", "y"]]).round().astype(int)
            of_city = [thousandths.loc[city] for city in ranked.index]
            shown[name] = {
                "slope": round(float(ranked["slope"].iloc[0]), 4),
                "cities": ranked.index.tolist(),
                "without": [round(slope, 4) for slope in ranked["without"].tolist()],
                "share": [round(1000 * share) for share in ranked["share"].tolist()],
                "x": [rows["x"].tolist() for rows in of_city],
                "y": [rows["y"].tolist() for rows in of_city],
            }
        return shown

    def __repr__(self) -> str:
        lines = [f"REG on {self.x}"]
        for name, shown in self.data().items():
            heaviest = zip(shown["cities"][:3], shown["without"], strict=False)
            without = ", ".join(f"without {city} {slope:.4f}" for city, slope in heaviest)
            lines.append(f"  {name}: {shown['slope']:.4f}, {without}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        packed = json.dumps(self.data(), ensure_ascii=False, separators=(",", ":"))
        return (
            f'<div class="removal" data-x="{html.escape(self.x)}" data-y="REG" '
            f'data-panels="{html.escape(packed)}" hidden></div>'
            '<script src="../_static/scatter.js" defer></script>'
        )
