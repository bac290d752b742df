"""Shares of agreement by hand, and the decomposition by brute force."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from lib import multiverse_register as register
from lib import multiverse_shares as shares
from lib.multiverse import Multiverse
from lib.panel import DataError


def multiverse_of(**columns) -> Multiverse:
    """Rows of a claim about LM in Table 1, with what is given."""
    count = len(columns["coef"])
    given = {"scope": "whole", "term": "lm", "outcome": "reg", "r": columns["coef"]}
    given["effects"] = "twoway"
    for kind in register.options("errors"):
        given[f"p_{kind}"] = 0.5
    frame = pd.DataFrame(given | columns, index=range(count))
    nothing = np.zeros(count)
    return Multiverse(frame, nothing[:, None], nothing[:, None], nothing, nothing, nothing)


def claim_of(scope: str, term: str) -> register.Claim:
    return next(c for c in register.claims() if (c.scope, c.term) == (scope, term))


# --- agreement -----------------------------------------------------------------------------------


def test_agreement_with_a_starred_positive_claim():
    found = multiverse_of(
        coef=[1.0, 2.0, 3.0, -1.0, -2.0],
        p_clustered=[0.01, 0.07, 0.5, 0.04, 0.09],
    )
    row = shares.agreement(found, [claim_of("whole", "lm")]).iloc[0]
    assert row["specifications"] == 5
    assert row["sign"] == pytest.approx(3 / 5)
    assert row["median"] == 1.0
    assert row["agrees_clustered_5"] == pytest.approx(1 / 5)
    assert row["agrees_clustered_10"] == pytest.approx(2 / 5)
    assert row["against_clustered_5"] == pytest.approx(1 / 5)
    assert row["against_clustered_10"] == pytest.approx(2 / 5)
    assert row["agrees_classical_5"] == 0


def test_a_cell_without_stars_agrees_where_it_is_not_significant():
    found = multiverse_of(
        coef=[1.0, 2.0, -1.0], p_clustered=[0.01, 0.07, 0.5], scope="upper", term="ia"
    )
    row = shares.agreement(found, [claim_of("upper", "ia")]).iloc[0]
    assert row["agrees_clustered_5"] == pytest.approx(1 / 3)
    assert row["agrees_clustered_10"] == 0


def test_a_negative_claim_agrees_with_negative_coefficients():
    found = multiverse_of(coef=[-1.0, -2.0, 3.0], p_clustered=[0.01] * 3, term="te")
    row = shares.agreement(found, [claim_of("whole", "te")]).iloc[0]
    assert row["sign"] == row["agrees_clustered_5"] == pytest.approx(2 / 3)


def test_excluded_errors_have_no_share():
    found = multiverse_of(coef=[1.0], p_driscoll_kraay=[np.nan])
    row = shares.agreement(found, [claim_of("whole", "lm")]).iloc[0]
    assert np.isnan(row["agrees_driscoll_kraay_5"]) and not np.isnan(row["agrees_classical_5"])


def test_a_part_of_the_specifications_can_be_counted_and_none_is_refused():
    found = multiverse_of(coef=[1.0, -1.0])
    claim = claim_of("whole", "lm")
    assert shares.agreement(found, [claim], np.array([True, False])).loc[0, "sign"] == 1
    with pytest.raises(DataError, match="Table 1: LM: found no specification"):
        shares.agreement(found, [claim], np.array([False, False]))


def test_options_are_counted_one_by_one():
    found = multiverse_of(
        coef=[1.0, -1.0, -2.0], p_clustered=[0.01, 0.01, 0.2],
        outcome=pd.Categorical(["reg", "reg", "log_reg"], register.options("outcome")),
    )  # fmt: skip
    rows = shares.by_option(found, claim_of("whole", "lm"), "outcome")
    assert rows.index.tolist() == ["level", "logarithm"]
    assert rows.loc["level"].tolist() == [2, 0.5, 0, 0.5, 0.5]
    assert rows.loc["logarithm"].tolist() == [1, 0, -2, 0, 0]
    both = shares.by_option(
        found, claim_of("whole", "lm"), ["outcome", "effects"], np.array([True, False, True])
    )
    assert both["specifications"].to_dict() == {
        "level; city and year": 1,
        "logarithm; city and year": 1,
    }


# --- decomposition -------------------------------------------------------------------------------


@pytest.fixture
def design() -> pd.DataFrame:
    """Three choices, 2 x 3 x 2 options less two excluded combinations, and a result."""
    rows = pd.DataFrame(list(product("ab", "xyz", "pq")), columns=["one", "two", "three"])
    rows = rows.drop(index=[3, 8]).reset_index(drop=True)
    return rows.assign(result=np.random.default_rng(7).normal(size=len(rows)))


CHOICES = ["one", "two", "three"]


def by_orders(worth) -> list[float]:
    """Shapley's rule as it is told: every order in which the choices can come in."""
    orders = list(permutations(CHOICES))
    added = dict.fromkeys(CHOICES, 0.0)
    for order in orders:
        for place, choice in enumerate(order):
            added[choice] += worth(order[: place + 1]) - worth(order[:place])
    return [added[choice] / len(orders) for choice in CHOICES]


def test_main_effects_are_shapley_shares_of_r_squared(design):
    def worth(chosen):
        return smf.ols("result ~ " + (" + ".join(chosen) or "1"), design).fit().rsquared

    found = shares.decompose(design, design["result"].to_numpy(), CHOICES)
    assert found["main"].tolist() == pytest.approx(by_orders(worth), abs=1e-10)
    assert found["main"].sum() == pytest.approx(worth(CHOICES))


def test_all_of_the_variance_is_shapley_shares_of_cells(design):
    total = ((design["result"] - design["result"].mean()) ** 2).sum()

    def worth(chosen):
        if not chosen:
            return 0.0
        means = design.groupby(list(chosen))["result"].transform("mean")
        return ((means - design["result"].mean()) ** 2).sum() / total

    found = shares.decompose(design, design["result"].to_numpy(), CHOICES)
    assert found["share"].tolist() == pytest.approx(by_orders(worth), abs=1e-10)
    assert found["share"].sum() == pytest.approx(1)


def full() -> pd.DataFrame:
    return pd.DataFrame(list(product([-1, 1], [-1, 1], [-1, 1])), columns=CHOICES)


def test_without_interactions_both_are_the_analysis_of_variance():
    rows = full()
    found = shares.decompose(rows, (3 * rows["one"] + rows["two"]).to_numpy(), CHOICES)
    for column in ("main", "share"):
        assert found[column].tolist() == pytest.approx([0.9, 0.1, 0], abs=1e-12)


def test_a_pure_interaction_has_no_main_effect_and_is_split_in_two():
    rows = full()
    found = shares.decompose(rows, (rows["one"] * rows["three"]).to_numpy(), CHOICES)
    assert found["main"].tolist() == pytest.approx([0, 0, 0], abs=1e-12)
    assert found["share"].tolist() == pytest.approx([0.5, 0, 0.5], abs=1e-12)


def test_a_choice_that_does_not_vary_has_no_share(design):
    rows = design.assign(three="p").drop_duplicates(CHOICES)
    found = shares.decompose(rows, rows["result"].to_numpy(), CHOICES)
    assert found.loc["three"].tolist() == pytest.approx([0, 0], abs=1e-12)


def test_units_of_the_result_do_not_matter(design):
    y = design["result"].to_numpy()
    one, two = (shares.decompose(design, each, CHOICES) for each in (y, 5 - 40 * y))
    pd.testing.assert_frame_equal(one, two)


def test_a_result_that_does_not_vary_is_refused(design):
    with pytest.raises(DataError, match="does not vary"):
        shares.decompose(design, np.ones(len(design)), CHOICES)
