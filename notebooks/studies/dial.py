"""The dial of chapter 6: official slopes beside those of Belts with an elasticity to choose."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass

import pandas as pd

from lib.cases import CASES
from lib.specifications import SYMBOL


@dataclass(frozen=True)
class Dial:
    """A slider of the elasticity that moves official slopes against invented ones.

    ``places`` are the slopes to show, as from :func:`studies.benchmarks.predictive`.
    """

    places: pd.DataFrame

    def __repr__(self) -> str:
        ends = self.places.index.get_level_values("elasticity")
        return f"Dial: elasticities {ends.min():g} to {ends.max():g}"

    def data(self) -> dict[str, object]:
        """What the script reads: by case and noise, official slopes, means and deviations."""
        frame = self.places
        places = frame.index.droplevel(["case", "elasticity", "noise"]).unique()
        cases = {case.key: case.heading for case in CASES if case.key in frame.index.levels[0]}
        at: dict[str, dict[str, object]] = {}
        for (case, noise), rows in frame.groupby(["case", "noise"]):
            wide = rows.droplevel(["case", "noise"]).unstack("elasticity").loc[places]
            at[f"{case} {noise}"] = {
                "official": _short(wide["official"].iloc[:, 0]),
                "mean": [_short(line) for _, line in wide["mean"].iterrows()],
                "sd": [_short(line) for _, line in wide["sd"].iterrows()],
            }
        return {
            "elasticities": sorted(frame.index.unique("elasticity")),
            "slopes": [f"{a.capitalize()}, {b}: {SYMBOL.get(c, c)}" for a, b, c in places],
            "cases": cases,
            "at": at,
        }

    def _repr_html_(self) -> str:
        data = html.escape(json.dumps(self.data(), ensure_ascii=False, separators=(",", ":")))
        return (
            '<link rel="stylesheet" href="../_static/toy.css">'
            f'<div class="toy dial" data-places="{data}" hidden></div>'
            '<script src="../_static/toy.js" defer></script>'
            '<script src="../_static/dial.js" defer></script>'
        )


def _short(values: pd.Series) -> list[float]:
    return [float(f"{value:.3g}") for value in values]
