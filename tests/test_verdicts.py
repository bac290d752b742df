"""The rule, and where what was printed meets what is run."""

import pytest

from lib import cases, verdicts
from lib.specifications import EARLY, MODEL1


@pytest.mark.parametrize(
    ("printed", "stars", "coef", "p", "verdict"),
    [
        (0.5, "**", 2.0, 0.04, "supported"), (0.5, "**", 2.0, 0.06, "cannot tell"),
        (0.5, "*", 2.0, 0.06, "supported"), (0.5, "***", 2.0, 0.04, "cannot tell"),
        (0.5, "**", 2.0, 0.05, "cannot tell"), (0.5, "*", -2.0, 0.06, "opposed"),
        (-0.5, "*", -2.0, 0.06, "supported"), (0.5, "", -2.0, 0.0001, "no claim"),
        (0.5, "*", 2.0, float("nan"), "not computed"),
    ],
)  # fmt: skip
def test_the_rule(printed, stars, coef, p, verdict):
    assert verdicts.verdict(printed, stars, coef, p) == verdict


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
            middle = (cells["claim_low"] + cells["claim_high"]) / 2
            assert middle.tolist() == pytest.approx(cells["coef"].tolist())
    said = verdicts.judge(cases.slopes(data, cases=[cases.PAPER]))
    assert len(said) == 46 and (said["verdict"].eq("no claim") == said["stars"].eq("")).all()
