"""Chapter 6 against linearmodels and the ledger."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose

from lib import cases, placebo, specifications, verdicts
from lib.specifications import MODEL1, READINGS
from studies import arithmetic

FEW = (cases.PAPER, cases.STEP, cases.CURRENT)


@pytest.fixture(scope="module")
def slopes(data):
    return arithmetic.slopes(data, FEW)


def test_cells_are_those_of_the_ledger(data, ledger):
    decided = verdicts.decided(ledger).set_index(["reading", "heading", "row"])
    ours = arithmetic.cells(data)
    assert list(ours.index) == list(decided.index)
    assert_allclose(ours[["coef", "p", "t"]], decided[["coef", "p", "t"]], rtol=1e-7)
    assert list(ours["verdict"]) == list(decided["verdict"])


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
def test_in_logarithms_what_is_left_is_the_slope_of_output(data, slopes, reading):
    rows = specifications.rows(data, reading, MODEL1)
    people = placebo.residents(data).set_axis(pd.MultiIndex.from_frame(data[["city", "year"]]))
    rows = rows.set_index(["city", "year"])
    rows["output"] = np.log(rows["REG"] * people.loc[rows.index])
    fit = PanelOLS.from_formula("output ~ 1 + LM + IA + period + EntityEffects", rows).fit()
    left = slopes.loc[("twoway", "log", reading.name, "paper"), "beyond"]
    assert_allclose(left, fit.params["LM"], rtol=1e-7)


def test_official_slopes_are_those_of_the_cases(data, slopes):
    """Prices and shares that are put into the panel give what the reading of the case gives."""
    outside = cases.slopes(data, columns=[MODEL1], cases=FEW).xs("LM", level="row")
    ours = slopes.loc[("twoway", "level")]
    outside = outside.droplevel("heading").loc[ours.index]
    assert_allclose(ours["official"], outside["coef"], rtol=1e-9)
    assert_allclose(ours["province_p"], outside["province_p"], rtol=1e-6)
