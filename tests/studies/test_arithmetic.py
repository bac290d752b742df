"""Chapter 6 against algebra, linearmodels and the ledger."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose

from lib import cases, placebo, specifications, verdicts
from lib.specifications import MIDDLE, MODEL1, READINGS
from studies import arithmetic

FEW = (MODEL1, MIDDLE)
FEW_CASES = (cases.PAPER, cases.STEP, cases.CURRENT)


@pytest.fixture(scope="module")
def found(data):
    return arithmetic.slopes(data, FEW_CASES)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(arithmetic, "COLUMNS", FEW)


def test_cells_are_those_of_the_ledger(data, few):
    ledger = verdicts.decided(verdicts.ledger(data, columns=FEW))
    ledger = ledger.set_index(["reading", "heading", "row"])
    ours = arithmetic.cells(data)
    assert list(ours.index) == list(ledger.index)
    assert_allclose(ours[["coef", "p", "t"]], ledger[["coef", "p", "t"]], rtol=1e-7)
    assert list(ours["verdict"]) == list(ledger["verdict"])


def test_a_belt_returns_all_its_own_verdicts_and_another_does_not(data, few):
    # Inventing a Belt again from an invented one, with the same elasticity, changes nothing.
    invented = placebo.belt(data, 2.0)
    counts = arithmetic.returned(invented, [2.0, -2.0]).set_index("elasticity")
    assert counts["decided"].nunique() == 1 and counts.loc[2.0, "decided"] > 0
    assert counts.loc[2.0, "returned"] == counts.loc[2.0, "decided"]
    assert counts.loc[-2.0, "returned"] < counts.loc[-2.0, "decided"]


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_in_logarithms_what_is_left_is_the_slope_of_output(data, found, reading):
    rows = specifications.rows(data, reading, MODEL1)
    people = placebo.residents(data).set_axis(pd.MultiIndex.from_frame(data[["city", "year"]]))
    rows = rows.set_index(["city", "year"])
    rows["output"] = np.log(rows["REG"] * people.loc[rows.index])
    fit = PanelOLS.from_formula("output ~ 1 + LM + IA + period + EntityEffects", rows).fit()
    left = found.loc[("twoway", "log", reading.name, "paper"), "beyond"]
    assert_allclose(left, fit.params["LM"], rtol=1e-7)


def test_official_slopes_are_those_of_the_cases(data, found):
    """Prices and shares that are put into the panel give what the reading of the case gives."""
    outside = cases.slopes(data, columns=[MODEL1], cases=FEW_CASES).reset_index()
    outside = outside[outside["row"].eq("LM")].set_index(["reading", "case"])
    ours = found.loc[("twoway", "level")]
    outside = outside.reindex(ours.index)
    assert_allclose(ours["official"], outside["coef"], rtol=1e-9)
    assert_allclose(ours["province_p"], outside["province_p"], rtol=1e-6)


def test_a_belt_of_official_output_is_beside_itself(data):
    invented = placebo.belt(data)
    same = arithmetic.slopes(invented, [cases.PAPER])
    assert_allclose(same["official"], same["invented"], rtol=1e-9)
