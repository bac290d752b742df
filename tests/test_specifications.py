"""Which rows stand behind a column under a reading."""

from dataclasses import replace

import numpy as np
import pytest

from lib import cases
from lib.specifications import FLOW, MODEL2, STOCK, rows


def test_any_column_of_the_panel_can_be_a_regressor(data):
    column = replace(MODEL2, terms=("LM", "SHARE_PRIMARY", "trend"))
    used = rows(data.assign(trend=data["year"] ** 2), FLOW, column)
    known = data.merge(used[["city", "year"]])["share_primary"]
    assert np.array_equal(used["SHARE_PRIMARY"], known) and used["trend"].max() == 2023**2


@pytest.mark.parametrize(
    ("change", "term", "message"),
    [
        ({"mobility": "lm_none"}, "LM", "reading 'flow': found no column 'lm_none', expected"),
        ({"outcome": "reg2"}, "LM", "outcome: found 'reg2', expected one of reg, log_reg"),
        ({}, "TEE", "flow, Model 2: found regressor 'TEE', expected LM, IA, LM_IA or a column"),
    ],
)
def test_a_name_that_nothing_has_is_no_slope_that_cannot_be_computed(data, change, term, message):
    with pytest.raises(ValueError, match=message):
        cases.slopes(data, [replace(FLOW, **change)], [replace(MODEL2, terms=(term,))])


def test_a_cut_panel_knows_that_a_border_moved_before_it(data):
    cities = rows(data[data["year"] >= 2017], cases.MENDED.of(STOCK), MODEL2)["city"]
    assert cities.nunique() == 101 and "Hefei" not in set(cities)
