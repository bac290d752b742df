"""Recorded figures: what is refused, and what travels in a notebook's output."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lib import results


@pytest.mark.parametrize(
    "key",
    ["theory.break_point", "table1.model1.lm.coef", "table2.2008_2016.lm.t", "a.b", "04.x_1"],
)
def test_dotted_lower_case_keys_are_taken(key: str) -> None:
    assert results.record({key: "0.501"}).figures == {key: "0.501"}


@pytest.mark.parametrize(
    "key",
    [
        "lm", "", ".", "table1.", ".lm", "table1..lm", "Table1.lm", "table1.LM", "table1.lm coef",
        "table2.2008-2016", "table1.lm\n", "tablé.lm",
    ],
)  # fmt: skip
def test_other_keys_are_refused_by_name(key: str) -> None:
    with pytest.raises(ValueError, match="expected dotted lower case") as refusal:
        results.record({key: "0.501"})
    assert repr(key) in str(refusal.value)


@pytest.mark.parametrize(
    "value",
    [
        None, 0.501, 3, True, math.nan, np.float64(1.5), pd.NA, ["0.5"],
        "", "  ", "–", "None", "nan", " nan ", "NaN", "<NA>",
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_not_a_formatted_figure_is_refused_with_its_key(value) -> None:
    with pytest.raises(ValueError, match=r"table1\.lm is .*expected a formatted figure"):
        results.record({"theory.fine": "1.0", "table1.lm": value})


@pytest.mark.parametrize("value", ["0.501**", "−0.620", "none", "significant at 5 %", "<0.001"])
def test_figures_and_words_are_taken_as_they_are(value: str) -> None:
    assert results.record({"table1.lm": value}).figures == {"table1.lm": value}


def test_text_form_has_a_line_per_figure_in_order() -> None:
    record = results.record({"b.y": "2.0", "a.x": "−1"})
    assert repr(record) == "b.y = 2.0\na.x = −1"


def test_output_carries_the_figures_for_the_build_and_text_for_the_reader() -> None:
    bundle = results.record({"a.x": "1"})._repr_mimebundle_()
    assert bundle == {"application/vnd.belt.results+json": {"a.x": "1"}, "text/plain": "a.x = 1"}


def test_a_record_does_not_change_with_the_mapping_it_came_from() -> None:
    figures = {"a.x": "1"}
    record = results.record(figures)
    figures["a.x"] = "2"
    assert record.figures == {"a.x": "1"}
