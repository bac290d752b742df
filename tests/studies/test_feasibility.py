"""The invented panel has the printed Adj. R2 and t, by regressions with one dummy an effect.

The printed figures are typed from the paper.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from written_out import dummies

from studies import feasibility as fe

PRINTED = [0.934, 0.834, 0.721, 0.674, 0.546, 0.812]


def by_dummies(part: pd.DataFrame, terms: list[str]) -> tuple[float, list[float]]:
    fitted = sm.OLS(part["REG"], part[terms].join(dummies(part, "twoway"))).fit()
    return fitted.rsquared_adj, fitted.tvalues[terms].tolist()


def test_the_invented_panel_has_all_six_figures_and_both_t() -> None:
    made = fe.simulated()
    assert made.reg.shape == (41, 16) and np.bincount(made.reach).tolist() == [4, 4, 6, 27]
    city, year = np.indices(fe.SHAPE)
    data = pd.DataFrame({"city": city.ravel(), "year": year.ravel(), "REG": made.reg.ravel(),
                         "LM": made.lm.ravel(), "IA": made.ia.ravel()})  # fmt: skip
    data["LM_IA"], reach = data["LM"] * data["IA"], made.reach[data["city"]]
    parts = [data["year"] < 9, data["year"] >= 9, reach == 0, reach == 1, reach == 2]
    whole, t = by_dummies(data, ["LM", "IA"])
    fits = [whole, *(by_dummies(data[rows], ["LM", "IA", "LM_IA"])[0] for rows in parts)]
    assert fits == pytest.approx(PRINTED, abs=1e-5) and t == pytest.approx([2.131, 1.643], abs=1e-3)
    assert fe.figures(made)[0] == pytest.approx(fits, abs=1e-8)
