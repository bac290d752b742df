"""Theil's T by hand, and its two parts."""

import numpy as np
import pandas as pd
import pytest

from lib import inequality
from lib.panel import DataError


def test_theil_by_hand():
    """Of 1 and 3, mean 2: (0.5 log 0.5 + 1.5 log 1.5) / 2."""
    assert inequality.theil(pd.Series([1, 3])) == pytest.approx(0.13081203594)
    assert inequality.theil(pd.Series([7.0] * 5)) == pytest.approx(0, abs=1e-15)


def test_parts_by_hand():
    """Two groups of two: (1, 1) and (3, 3) have all of it between; (1, 3) twice, all within."""
    whole = 0.13081203594
    apart = inequality.theil_parts(pd.Series([1, 1, 3, 3]), pd.Series(list("aabb")))
    mixed = inequality.theil_parts(pd.Series([1, 3, 1, 3]), pd.Series(list("aabb")))
    assert apart.tolist() == pytest.approx([whole, whole, 0])
    assert mixed.tolist() == pytest.approx([whole, 0, whole])


def test_what_has_no_theil_is_refused():
    for values in ([], [1, np.nan], [1, 0], [1, -2], [1, np.inf]):
        with pytest.raises(DataError, match="expected all above 0"):
            inequality.theil(pd.Series(values, dtype=float))
    for groups in (["a"], ["a", None]):
        with pytest.raises(DataError, match="expected one for each value"):
            inequality.theil_parts(pd.Series([1.0, 2.0]), pd.Series(groups))
