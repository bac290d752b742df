"""Invented panels have the six printed Adj. R2, by regressions with one dummy an effect.

The printed figures are typed from the paper; random effects are linearmodels'.
"""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import RandomEffects

from studies import feasibility as fe

PRINTED = [0.934, 0.834, 0.721, 0.674, 0.546, 0.812]


def rss(part: pd.DataFrame, terms: list[str]) -> float:
    """Residual sum of squares of REG with one dummy a city and a year."""
    dummies = [pd.get_dummies(part[name], dtype=float) for name in ("city", "year")]
    y, design = part["REG"].to_numpy(), np.column_stack([part[terms], *dummies])
    return float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())


def by_dummies(way: str, made: fe.Panel) -> list[float]:
    city, year = np.indices(fe.SHAPE)
    data = pd.DataFrame({"city": city.ravel(), "year": year.ravel(), "REG": made.reg.ravel(),
                         "LM": made.lm.ravel(), "IA": made.ia.ravel()})  # fmt: skip
    data["LM_IA"], reach = data["LM"] * data["IA"], made.reach[data["city"]]
    figures = []
    for place, rows in enumerate([[True] * 656, data["year"] < 9, data["year"] >= 9,
                                  reach == 0, reach == 1, reach == 2]):  # fmt: skip
        part = data[rows]
        terms = ["LM", "IA", "LM_IA"][: 2 + (place > 0)]
        n, cities, years = len(part), part["city"].nunique(), part["year"].nunique()
        if way == "random effects" and place in (2, 4, 5):  # Hausman p .051, .061, .054
            panel = part.set_index(["city", "year"])
            times = pd.get_dummies(panel.index.get_level_values(1), drop_first=True, dtype=float)
            exog = panel[terms].assign(const=1.0).join(times.set_index(panel.index).add_prefix("t"))
            r2, df = RandomEffects(panel["REG"], exog).fit().rsquared, n - years - len(terms)
        else:
            total = rss(part, []) if way == "effects out" else part["REG"].var() * (n - 1)
            r2, df = 1 - rss(part, terms) / total, n - cities - years + 1 - len(terms)
        figures.append(1 - (1 - r2) * (n - 1) / df)
    return figures


@pytest.mark.parametrize("way", fe.WAYS)
def test_an_invented_panel_has_all_six_figures(way) -> None:
    made = fe.simulated(way)
    assert made.reg.shape == (41, 16)
    split = [8, 8, 13, 12] if way == "no reach" else [12, 14, 15]
    assert np.bincount(made.reach).tolist() == split
    assert by_dummies(way, made) == pytest.approx(PRINTED, abs=1e-5)
    assert fe.six_figures(made, way) == pytest.approx(by_dummies(way, made), abs=1e-8)
    assert fe.six_figures(made) == pytest.approx(by_dummies("", made), abs=1e-8)
