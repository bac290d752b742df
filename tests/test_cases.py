"""The slope at the means, and which case turns a verdict; R has the slopes (``test_r.py``)."""

import numpy as np
import pandas as pd
import pytest

from lib import cases, verdicts
from lib.specifications import LATE, STOCK


def test_the_average_city_has_the_slope_at_the_means(data):
    zero, mean = (cases.fit(data, STOCK, LATE, average=at).coef for at in (False, True))
    used = cases.rows(data, STOCK, LATE)
    assert mean["LM"] == pytest.approx(zero["LM"] + zero["LM_IA"] * used["IA"].mean())
    assert mean["LM_IA"] == pytest.approx(zero["LM_IA"])


def test_a_case_turns_a_verdict_by_the_error_that_decides():
    """Model 1 prints 0.501** for LM, the upper reach 0.747* for LM and 0.442 for IA."""
    cells = {
        ("stock", "Model 1", "LM", "paper"): (1.0, 0.01, 0.04),
        ("stock", "Model 1", "LM", "clean"): (1.0, 0.01, 0.06),
        ("stock", "Model 1", "LM", "step"): (-1.0, 0.20, 0.01),
        ("stock", "Model 1", "LM", "current"): (2.0, 0.90, 0.02),
        ("stock", "Upper reach", "LM", "paper"): (1.0, 0.20, np.nan),
        ("stock", "Upper reach", "LM", "clean"): (1.0, 0.09, np.nan),
        ("stock", "Upper reach", "IA", "paper"): (1.0, 0.01, np.nan),
        ("stock", "Upper reach", "GR", "paper"): (1.0, 0.01, np.nan),
    }
    slopes = pd.DataFrame(cells, ["coef", "city_p", "province_p"]).T
    slopes.index.names = ["reading", "heading", "row", "case"]
    some = [f"{by}_{name}" for by in ("city", "province") for name in ("se", "t", "low", "high")]
    slopes = slopes.assign(
        **dict.fromkeys(some, 1.0), clustered_p=0.2, nobs=99, cities=50, provinces=11
    )
    found = verdicts.judge(slopes)
    assert found[["by", "verdict"]].to_numpy().tolist() == [
        ["province", "supported"], ["province", "cannot tell"], ["province", "opposed"],
        ["province", "supported"], ["city only", "cannot tell"], ["city only", "supported"],
        ["city only", "no claim"],
    ]  # fmt: skip
    assert found["turns"].tolist() == [("clean", "step")] * 4 + [("clean",)] * 2 + [()]
    assert found["column"].unique().tolist() == ["model1", "upper"]
    assert found["clustered"].tolist() == ["cannot tell"] * 6 + ["no claim"]


def test_a_sentence_names_cases_and_takes_each_once():
    slopes = pd.Series([1.0, 1, -1, 1, 1, 1], pd.Index(cases.SHORT, name="case"))
    some = "in five of the six cases (not new city effects)"
    assert cases.among(slopes > 0, slopes) == some
    assert cases.signs(slopes) == f"positive {some} and negative in the other"
    with pytest.raises(ValueError, match="'paper' twice"):
        cases.signs(pd.concat([slopes, slopes]))
