"""Deals of provinces to reaches, and the equality of printed slopes, against brute force."""

from math import factorial

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from lib import panel, published, specifications
from lib.bootstrap import Restriction
from lib.specifications import EARLY, FLOW, STOCK
from studies import reaches


@pytest.mark.parametrize("reading", [FLOW, STOCK])
def test_deals_are_all_there_are_and_their_statistics_those_of_one_regression(reading):
    terms = reaches.TERMS
    rows = specifications.centred(specifications.rows(panel.load(), reading, terms=terms))
    deals = reaches.dealt(rows)
    provinces = sorted(rows["province"].unique())
    assert len(deals) == factorial(11) / (factorial(4) * factorial(3) * factorial(4)) == 11_550
    assert len(deals[provinces].drop_duplicates()) == 11_550 and deals["true"].sum() == 1
    counts = deals[provinces].apply(lambda deal: tuple(np.bincount(deal)), axis=1)
    assert set(counts) == {(4, 3, 4)}  # lower, middle, upper
    true = deals[deals["true"]].iloc[0]
    for deal in (true, deals.iloc[0], deals.iloc[4_321], deals.iloc[11_549]):
        group = rows["province"].map(deal[provinces]).astype(int)
        inside = {f"{t}_{g}": rows[t] * (group == g) for t in terms for g in (1, 2)}
        whole = rows.assign(deal=group, **inside)
        brute = Restriction.of(whole, "REG", list(inside), terms, time=("deal", "year"))
        assert_allclose(deal["statistic"], brute.statistic, rtol=1e-7)
    at_least = (deals["statistic"] > true["statistic"] * (1 - 1e-8)).sum()
    assert reaches.as_large(deals) == at_least / 11_550


def test_printed_equality_is_cochrans_q():
    cells = pd.DataFrame({"row": "LM", "coef": [1.0, 2.0, 4.0], "t": [2.0, 4.0, 4.0]})
    # Weights 4, 4, 1: mean 16/9, Q = 4 (7/9)^2 + 4 (2/9)^2 + (20/9)^2.
    assert_allclose(reaches.printed_equality(cells)["LM"], stats.chi2.sf(612 / 81, 2))
    assert list(reaches.printed_equality(published.coefficients(3)).index) == list(EARLY.terms)
