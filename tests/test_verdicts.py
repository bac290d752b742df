"""The rule, and where what was printed meets what is run."""

import numpy as np
import pandas as pd
import pytest

from lib import figures, published, verdicts
from lib.estimation import two_way_fe
from lib.specifications import EARLY, MODEL1, STOCK, rows


@pytest.mark.parametrize(
    ("printed", "stars", "coef", "p", "verdict"),
    [
        (0.5, "**", 2.0, 0.04, "supported"), (0.5, "**", 2.0, 0.06, "cannot tell"),
        (0.5, "*", 2.0, 0.06, "supported"), (0.5, "***", 2.0, 0.04, "cannot tell"),
        (0.5, "**", 2.0, 0.05, "cannot tell"), (0.5, "*", -2.0, 0.06, "opposed"),
        (-0.5, "*", -2.0, 0.06, "supported"), (0.5, "", -2.0, 0.0001, "no claim"),
        (0.5, "*", 2.0, float("nan"), "cannot tell"),
    ],
)  # fmt: skip
def test_the_rule(printed, stars, coef, p, verdict):
    assert verdicts.verdict(printed, stars, coef, p) == verdict


def test_sizes_are_compared_with_both_errors(data):
    used = rows(data, STOCK, MODEL1)
    found = two_way_fe(used, "REG", MODEL1.terms)
    cell = verdicts.compare(MODEL1, found).set_index("row").loc["LM"]
    assert (cell["printed"], cell["printed_stars"], cell["printed_t"]) == (0.501, "**", 2.131)
    theirs = 2.131 / np.sqrt(2.131**2 + published.df_resid("model1"))
    ours = figures.net_of_effects(used, "REG", "LM", ["IA"])[["x", "y"]].corr().loc["x", "y"]
    error = np.sqrt(1 / (published.df_resid("model1") - 1) + 1 / (found.df_resid - 1))
    fisher = [0.5 * np.log((1 + r) / (1 - r)) for r in (ours, theirs)]
    assert cell["z_size"] == pytest.approx((fisher[0] - fisher[1]) / error)


def test_the_ledger_has_every_printed_cell_by_city_and_where_it_can_by_province(ledger):
    # No reach has ten provinces: its nine cells have no errors by province.
    size = ledger.groupby("errors").size()
    assert size.to_dict() == {kind: 28 if kind == "province" else 46 for kind in verdicts.KINDS}
    assert (ledger["verdict"].eq("no claim") == ledger["printed_stars"].eq("")).all()
    one = pd.DataFrame({"reading": ["flow"], "verdict": ["opposed"]})
    assert verdicts.counts(one).loc["flow"].tolist() == [0, 1, 0, 0]


def test_intervals_have_the_level_of_the_stars_and_the_degrees_of_their_errors(data):
    """Quantiles of t from a textbook; ten provinces, of the eleven, are enough."""
    ten = data[data["province"] != "Shanghai"]
    cells = verdicts.ledger(ten, columns=(MODEL1,)).query("reading == 'flow'")
    cells = cells.set_index(["errors", "row"])
    half = (cells["claim_high"] - cells["claim_low"]) / 2 / cells["se"]
    assert half["province"].tolist() == pytest.approx([2.262, 1.833], abs=5e-4)  # df 9
    for errors in ("jackknife", "clustered"):
        assert half[errors].tolist() == pytest.approx([1.982, 1.659], abs=5e-4)  # df 108
    assert half["classical"].tolist() == pytest.approx([1.9615, 1.6459], abs=1e-4)  # df 1500
    assert (cells["claim_low"] + cells["claim_high"]).to_numpy() == pytest.approx(2 * cells["coef"])
    assert cells.groupby("row")["se"].nunique().tolist() == [4, 4]
    # Without a star 95 %.
    ia = verdicts.compare(EARLY, two_way_fe(rows(data, STOCK, EARLY), "REG", EARLY.terms)).loc[1]
    assert ia[["row", "printed_stars"]].tolist() == ["IA", ""]
    assert ia[["claim_low", "claim_high"]].tolist() == pytest.approx(ia[["low", "high"]].tolist())
