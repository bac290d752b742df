"""The invented panel has the six printed Adj. R2, by regressions with one dummy an effect.

The printed figures are typed from the paper.
"""

import numpy as np
import pandas as pd
import pytest

from studies import feasibility as fe

PRINTED = [0.934, 0.834, 0.721, 0.674, 0.546, 0.812]


def adj_r2(part: pd.DataFrame, terms: list[str]) -> float:
    dummies = [pd.get_dummies(part[name], dtype=float) for name in ("city", "year")]
    y, design = part["REG"].to_numpy(), np.column_stack([part[terms], *dummies])
    rss = float(((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum())
    df = len(part) - part["city"].nunique() - part["year"].nunique() + 1 - len(terms)
    return 1 - rss / df / part["REG"].var()


def test_the_invented_panel_has_all_six_figures() -> None:
    made = fe.simulated()
    assert made.reg.shape == (41, 16) and np.bincount(made.reach).tolist() == [8, 8, 13, 12]
    city, year = np.indices(fe.SHAPE)
    data = pd.DataFrame({"city": city.ravel(), "year": year.ravel(), "REG": made.reg.ravel(),
                         "LM": made.lm.ravel(), "IA": made.ia.ravel()})  # fmt: skip
    data["LM_IA"], reach = data["LM"] * data["IA"], made.reach[data["city"]]
    parts = [data["year"] < 9, data["year"] >= 9, reach == 0, reach == 1, reach == 2]
    by_dummies = [adj_r2(data, ["LM", "IA"])]
    by_dummies += [adj_r2(data[rows], ["LM", "IA", "LM_IA"]) for rows in parts]
    assert by_dummies == pytest.approx(PRINTED, abs=1e-5)
    assert fe.six_figures(made) == pytest.approx(by_dummies, abs=1e-8)
