"""Which rows stand behind a column under a reading."""

from dataclasses import replace

import numpy as np
import pytest

from lib import panel, specifications
from lib.specifications import FLOW, MODEL2, STOCK, rows


def test_lags_are_a_citys_own_earlier_years(data):
    used = rows(data, STOCK)
    lagged = specifications.with_lags(used, ["LM"], [1, 3]).set_index(["city", "year"])
    known = data.set_index(["city", "year"])["lm_stock"]
    assert lagged["LM_lag3"]["Wuhan", 2015] == known["Wuhan", 2012]
    assert np.isnan(lagged["LM_lag1"]["Wuhan", 2008])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mobility": "lm_none"}, "reading 'flow': found no column 'lm_none', expected"),
        ({"outcome": "reg2"}, "outcome: found 'reg2', expected one of reg, log_reg"),
        ({"prices": "log"}, "prices: found 'log', expected one of constant, current"),
        ({}, "flow, Model 2: found no row with all of"),
    ],
)
def test_unknown_names_and_data_without_a_complete_row_are_refused(data, change, message):
    with pytest.raises(panel.DataError, match=message):
        rows(data.assign(te=np.nan), replace(FLOW, **change), MODEL2)
