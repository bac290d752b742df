"""Theil's T by hand, and its two parts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import inequality
from lib.panel import DataError


def test_theil_by_hand():
    """Of 1 and 3, mean 2: (0.5 log 0.5 + 1.5 log 1.5) / 2."""
    assert inequality.theil(pd.Series([1, 3])) == pytest.approx(0.13081203594)
    assert inequality.theil(pd.Series([7.0] * 5)) == pytest.approx(0, abs=1e-15)
    nearly_all = pd.Series([1e-12] * 9 + [1.0])
    assert inequality.theil(nearly_all) == pytest.approx(np.log(10), rel=1e-9)


def test_theil_is_not_the_mean_log_deviation():
    """REAT calls the latter theil: 0.2326 on Stoermann's five values (data/reference)."""
    values = pd.Series([10, 10, 10, 20, 50])
    assert np.log(values.mean() / values).mean() == pytest.approx(0.232630161961136)
    by_hand = (3 * 0.5 * np.log(0.5) + 2.5 * np.log(2.5)) / 5
    assert inequality.theil(values) == pytest.approx(by_hand)


def test_parts_by_hand():
    """Two groups of two: (1, 1) and (3, 3) have all of it between; (1, 3) twice, all within."""
    whole = 0.13081203594
    apart = inequality.theil_parts(pd.Series([1, 1, 3, 3]), pd.Series(list("aabb")))
    mixed = inequality.theil_parts(pd.Series([1, 3, 1, 3]), pd.Series(list("aabb")))
    assert apart.tolist() == pytest.approx([whole, whole, 0])
    assert mixed.tolist() == pytest.approx([whole, 0, whole])


@given(st.lists(st.tuples(st.floats(0.1, 50), st.sampled_from("abc")), min_size=1, max_size=30))
def test_parts_add_up(rows):
    values, groups = (pd.Series(list(column)) for column in zip(*rows, strict=True))
    parts = inequality.theil_parts(values, groups)
    assert parts["between"] + parts["within"] == pytest.approx(parts["total"], abs=1e-12)
    assert parts.min() > -1e-12


@pytest.mark.parametrize("values", [[], [1, np.nan], [1, 0], [1, -2], [1, np.inf]])
def test_what_has_no_theil_is_refused(values):
    with pytest.raises(DataError, match="expected all above 0"):
        inequality.theil(pd.Series(values, dtype=float))


@pytest.mark.parametrize("groups", [["a"], ["a", None]])
def test_values_without_a_group_are_refused(groups):
    with pytest.raises(DataError, match="expected one for each value"):
        inequality.theil_parts(pd.Series([1.0, 2.0]), pd.Series(groups))
