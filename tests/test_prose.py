"""Figures as sentences show them."""

import math

import pandas as pd
import pytest

from lib import prose


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (-0.5, 2, "−0.50"), (1234.5, 1, "1,234.5"), (-0.0004, 2, "0.00"), (math.nan, 2, "–"),
        (None, 2, "–"), (2, 0, "2"),
    ],
)  # fmt: skip
def test_number(value, digits, shown):
    assert prose.number(value, digits) == shown


@pytest.mark.parametrize(
    ("p", "shown", "stars"),
    [
        (0.0001, "< .001", "***"), (0.0049, ".005", "***"), (0.0124, ".012", "**"),
        (0.05, ".050", "*"), (0.1, ".100", ""), (1.0, "1.000", ""),
    ],
)  # fmt: skip
def test_p_values_and_stars_agree(p, shown, stars):
    assert (prose.p_value(p), prose.mark(p)) == (shown, stars)


def test_the_last_bits_of_a_p_value_move_no_star_and_no_coefficient_is_zero_with_stars():
    assert prose.mark(0.05 - 1e-17) == prose.mark(0.05 + 1e-17) == prose.mark(0.05)
    assert prose.starred(-0.00004, "**") == "−0.00004**" and prose.starred(0.0, "") == "0.000"


def test_words():
    assert [prose.count(n) for n in (0, 7, 10, 11, 1200)] == ["none", "seven", "ten", "11", "1,200"]
    assert [prose.listed(list(of)) for of in ("", "a", "abc")] == ["none", "a", "a, b and c"]
    assert prose.percent(0.256) == "26 %"
    assert prose.span(pd.Series([2, -0.125, 1]), "and", 3) == "−0.125 and 2.000"
    assert (prose.sign(-1), prose.sign(0.0)) == ("negative", "zero")
    assert (prose.equals(0.0431), prose.equals(0.00001)) == ("= .043", "< .001")
