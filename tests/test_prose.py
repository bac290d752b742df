"""Figures as sentences show them."""

import functools
import math

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell

from lib import prose


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (-0.5, 2, "−0.50"), (1234.5, 1, "1,234.5"), (-0.0004, 2, "0.00"), (math.nan, 2, "–"),
        (None, 2, "–"), (2, 0, "2"), (-math.inf, 2, "−∞"),
    ],
)  # fmt: skip
def test_number(value, digits, shown):
    assert prose.number(value, digits) == shown


@pytest.mark.parametrize(
    ("p", "shown", "stars"),
    [
        (0.0001, "< .001", "***"), (0.0049, ".005", "***"), (0.0124, ".012", "**"),
        (0.0096, ".010", "***"), (0.0496, ".050", "**"), (0.0996, ".100", "*"),
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


def by_row(*values):
    return pd.Series(values, index=list("ABCDEF")[: len(values)])


@pytest.mark.parametrize(
    ("values", "signs", "above_zero"),
    [
        ((1, 2, 3), "positive in all three cases", "in all three cases"),
        ((-1, -2, -3), "negative in all three cases", "in none of the three cases"),
        ((1, 1, 1, 1, -1, -1), "positive in four of the six cases (not E and F) and negative in "
         "the others", "in four of the six cases (not E and F)"),
        ((1, -1, -1), "negative in two of the three cases (not A) and positive in the other",
         "in one of the three cases (only A)"),
        ((1, -1, 0, 1e-12), "zero in two of the four cases (only C and D) and positive or negative "
         "in the others", "in two of the four cases (only A and D)"),
        ((1, 2), "positive in both cases", "in both cases"),
        ((-1, -1), "negative in both cases", "in neither case"),
        ((1,), "positive in the only case", "in the only case"),
        ((-1,), "negative in the only case", "not in the only case"),
        ((1, math.nan), prose.CANNOT, prose.CANNOT), ((), prose.CANNOT, prose.CANNOT),
    ],
)  # fmt: skip
def test_in_which_rows_a_figure_has_a_sign(values, signs, above_zero):
    values = by_row(*values)
    assert prose.signs(values) == signs
    assert prose.among(values > 0, "case", values) == above_zero


def test_of_many_rows_some_are_counted_and_not_named():
    values = pd.Series(range(-60, 50), index=map(str, range(110)))
    assert prose.among(values > 0, "city/cities", values) == "in 49 of the 110 cities"
    assert prose.among(values < 60, "city/cities", values) == "in all 110 cities"


def test_words_hold_or_not_or_cannot_be_judged():
    slope, lacking = by_row(1.0, -2.0), by_row(1.0, math.nan)
    assert prose.holds("It rises.", slope["A"] > 0, slope) == "It rises."
    assert prose.holds("It rises.", slope > 0, slope) == "[UNTRUE: It rises.]"
    for figures in (lacking, {"a": slope, "b": lacking}, [slope, [lacking]], by_row(), [], None):
        assert prose.holds("It rises.", True, figures) == "[cannot be computed: It rises.]"
        assert prose.among(slope > 0, "case", figures) == prose.CANNOT
    for no_test in (0.3, 1, "yes", (each > 0 for each in slope)):
        with pytest.raises(TypeError):
            prose.holds("It rises.", no_test, slope)
    with pytest.raises(TypeError, match="rests_on"):  # a comparison with what is missing is false
        prose.holds("It rises.", lacking > 0)


def test_what_a_cell_that_raised_would_have_bound_is_not_what_an_earlier_run_left():
    shell = InteractiveShell()
    shell.events.register("post_run_cell", functools.partial(prose.forget, shell))
    shell.run_cell("kept = old = 1; a = {}")
    shell.run_cell("kept = 2\nb = [\n  a[2023]]\nfor old in b: c = old\n(lambda d: d)(1)")
    names = shell.user_ns
    assert names["kept"] == 2 and not {"b", "c", "old", "d"} & names.keys()


def test_two_figures_are_compared_within_a_billionth():
    assert [prose.compared(1, other) for other in (0, 2, 1 + 1e-12)] == ["higher", "lower", "equal"]
    assert prose.compared(1, math.nan) == prose.sign(math.nan) == prose.CANNOT
    levels = [prose.significant(p) for p in (0.049, 0.05, 0.05 - 1e-17, math.nan)]
    assert levels == ["significant", "not significant", "not significant", prose.CANNOT]
