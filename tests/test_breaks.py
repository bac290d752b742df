"""The stored search for breaks: made by its program, and by a regression of every sample."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from written_out import simulated

from data.make import breaks
from lib import panel
from lib.regression import fit


def planted(step, provinces=6):
    """Twelve cities and eight years; the slope of IA steps after 2011."""
    rows = simulated(2 * provinces, 8, seed=1).rename(columns={"z": "LM", "w": "IA"})
    rows = rows.assign(LM_IA=rows["LM"] * rows["IA"], spell=0)
    rows["REG"] = (1 + step * (rows["year"] > 2011)) * rows["IA"] + 0.5 * rows["v"]
    rows["province"] = "p" + (rows["city"] % provinces).astype(str)
    return rows.assign(city="c" + rows["city"].astype(str).str.zfill(2))


def wald(model):
    late = list(model.x[-3:])
    cov = model.cov("clustered", "province").loc[late, late]
    return model.coef[late] @ np.linalg.solve(cov, model.coef[late])


@pytest.mark.parametrize("two", [False, True])
def test_a_draw_is_a_regression_of_its_sample(two):
    rows, year = planted(0.3), 2011
    ours = breaks.drawn(breaks.broken(rows, year, two=two))
    unit = ("city", "late") if two else "city"
    rows = rows.assign(late=rows["year"] > year)
    kept = fit(rows, "REG", breaks.TERMS, unit=unit, clusters="province").residuals
    theirs = []
    for pattern in product([1, -1], repeat=5):
        signs = dict(zip(sorted(rows["province"].unique()), (1, *pattern), strict=True))
        turned = rows["REG"] - kept + rows["province"].map(signs) * kept
        theirs.append(wald(breaks.broken(rows.assign(REG=turned), year, two=two)))
    # The statistic of the page's program lacks the factor of a small sample, which all draws share.
    assert_allclose(np.sort(ours / ours[0]), np.sort(np.array(theirs) / theirs[0]), rtol=1e-6)


def test_a_planted_step_is_found_and_none_where_there_is_none():
    found, none = (breaks.search(planted(step, 9)).set_index("year") for step in (1, 0))
    assert found["p_search"].idxmin() == 2011 and found.loc[2011, "p_search"] == 1 / 256
    assert list(none.index) == [2010, 2011, 2012] and none["p_search"].min() > 0.05


@pytest.mark.slow
def test_every_setting_is_as_stored():
    made, stored = breaks.settings(panel.load()), pd.read_csv(breaks.BREAKS)
    pd.testing.assert_frame_equal(made, stored, atol=1e-6, check_dtype=False)
