"""Cases and verdicts: the rule, and where what was printed meets what is run.

R has the slopes of the two cases that pages show (``test_r.py``).
"""

import numpy as np
import pandas as pd
import pytest
import shown

from lib import cases, verdicts
from lib.specifications import EARLY, MODEL1


def test_a_verdict_follows_the_error_that_decides():
    """Model 1 prints 0.501** for LM, the upper reach 0.747* for LM and 0.442 for IA.

    Model 2 prints −2.679** for TE, 0.214*** for GR and 0.613* for ODI.
    """
    none = np.nan
    slopes = shown.slopes(
        "coef city_p province_p clustered_p",
        ("stock", "Model 1", "LM", "paper", 1.0, 0.01, 0.04, 0.2),
        ("stock", "Model 1", "LM", "clean", 1.0, 0.01, 0.06, 0.2),
        ("stock", "Model 1", "LM", "step", -1.0, 0.20, 0.01, 0.2),
        ("stock", "Model 1", "LM", "current", 2.0, 0.90, 0.02, 0.2),
        ("stock", "Model 2", "TE", "paper", -2.0, 0.01, 0.04, 0.2),
        ("stock", "Model 2", "TE", "clean", 2.0, 0.01, 0.04, 0.2),
        ("stock", "Model 2", "GR", "paper", 2.0, 0.01, 0.04, 0.2),
        ("stock", "Model 2", "ODI", "paper", none, none, none, none),
        ("stock", "Upper reach", "LM", "paper", 1.0, 0.20, none, 0.2),
        ("stock", "Upper reach", "LM", "clean", 1.0, 0.09, none, 0.2),
        ("stock", "Upper reach", "IA", "paper", 1.0, 0.01, none, 0.2),
        ("stock", "Upper reach", "GR", "paper", 1.0, 0.01, none, 0.2),
    )
    found = verdicts.judge(slopes)
    assert found[["by", "verdict"]].to_numpy().tolist() == [
        ["province", "supported"], ["province", "cannot tell"], ["province", "opposed"],
        ["province", "supported"], ["province", "supported"], ["province", "opposed"],
        ["province", "cannot tell"], ["city only", "not computed"], ["city only", "cannot tell"],
        ["city only", "supported"], ["city only", "no claim"],
    ]  # fmt: skip
    assert found["column"].unique().tolist() == ["model1", "model2", "upper"]
    told = ["cannot tell"] * 7 + ["not computed"] + ["cannot tell"] * 2 + ["no claim"]
    assert found["clustered"].tolist() == told


def test_a_sentence_names_cases_and_takes_each_once():
    slopes = pd.Series([1.0, -1], pd.Index(["paper", "mended"], name="case"))
    some = "in one of the two cases (only paper's case)"
    assert cases.among(slopes > 0, slopes) == some
    assert cases.signs(slopes) == f"positive {some} and negative in the other"
    with pytest.raises(ValueError, match="'paper' twice"):
        cases.signs(pd.concat([slopes, slopes]))


def test_intervals_have_the_level_of_the_stars_and_the_degrees_of_their_errors(data):
    """Quantiles of t from a textbook; ten provinces, of the eleven, are enough, and nine are not.

    Model 1 prints two stars for LM and one for IA; up to 2016 IA has none, and so 95 %.
    """
    ten = data[data["province"] != "Shanghai"]
    columns = (MODEL1, EARLY)
    for rows, by, quantiles in (
        (ten, "province", (2.262, 1.833, 2.262)),  # 9 degrees
        (ten[ten["province"] != "Chongqing"], "city only", (1.982, 1.659, 1.982)),  # 107
    ):
        said = verdicts.judge(cases.slopes(rows, columns=columns, cases=[cases.PAPER]))
        for reading in ("flow", "stock"):
            cells = said.loc[reading].droplevel("case")
            half = (cells["claim_high"] - cells["claim_low"]) / 2 / cells["se"]
            asked = [("Model 1", "LM"), ("Model 1", "IA"), ("2008–2016", "IA")]
            assert half.loc[asked].tolist() == pytest.approx(quantiles, abs=2e-3)
            assert cells["by"].unique() == [by]
