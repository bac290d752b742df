"""Theil's T by hand, and its two parts."""

import numpy as np
import pandas as pd
import pytest

from lib.panel import DataError
from studies import regional

WHOLE = 0.13081203594  # of 1 and 3, mean 2: (0.5 log 0.5 + 1.5 log 1.5) / 2


@pytest.mark.parametrize(
    ("values", "parts"),
    [([1, 1, 3, 3], [WHOLE, WHOLE, 0]), ([1, 3, 1, 3], [WHOLE, 0, WHOLE]), ([7] * 4, [0, 0, 0])],
)
def test_parts_by_hand(values, parts):
    found = regional.theil_parts(pd.Series(values), pd.Series(list("aabb")))
    assert found.tolist() == pytest.approx(parts, abs=1e-11)
    assert regional.theil(pd.Series(values)) == found["total"]


def test_what_has_no_theil_is_refused():
    for values in ([], [1, np.nan], [1, 0], [1, -2], [1, np.inf]):
        with pytest.raises(DataError, match="expected all above 0"):
            regional.theil(pd.Series(values, dtype=float))
    for groups in (["a"], ["a", None]):
        with pytest.raises(DataError, match="expected one for each value"):
            regional.theil_parts(pd.Series([1.0, 2.0]), pd.Series(groups))
