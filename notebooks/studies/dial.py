"""The dial of chapter 6: S - (1 - eta) D at an elasticity that a reader chooses."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Dial:
    """A slider of the elasticity beside the parts of official slopes.

    `parts` has a row per slope, by definition and rows, and the columns ``b, S, D``.
    """

    parts: pd.DataFrame

    def at(self, eta: float) -> pd.Series:
        """S - (1 - eta) D of each slope."""
        return self.parts["S"] - (1 - eta) * self.parts["D"]

    def __repr__(self) -> str:
        shown = pd.DataFrame({f"at {eta:g}": self.at(eta) for eta in (-0.5, 0.5, 1.5)})
        return f"Dial, S - (1 - eta) D\n{shown.round(2)}"

    def _repr_html_(self) -> str:
        slopes = [
            {"name": ", ".join(key), "b": round(b, 3), "S": round(s, 3), "D": round(d, 3)}
            for key, b, s, d in self.parts[["b", "S", "D"]].itertuples(name=None)
        ]
        data = html.escape(json.dumps(slopes, ensure_ascii=False, separators=(",", ":")))
        return (
            '<link rel="stylesheet" href="../_static/toy.css">'
            f'<div class="toy dial" data-slopes="{data}" hidden></div>'
            '<script src="../_static/toy.js" defer></script>'
            '<script src="../_static/dial.js" defer></script>'
        )
