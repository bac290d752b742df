"""Words for figures: each edge, and the keys under which the prose finds them."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from lib import results, wording


@pytest.mark.parametrize(
    ("value", "word"),
    [(2.5, "positive"), (1e-12, "positive"), (-1e-12, "negative"), (0.0, "zero"), (-0.0, "zero")],
)
def test_sign(value: float, word: str) -> None:
    assert wording.sign(value) == word


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.0, "significant at 1 %"),
        (0.0099, "significant at 1 %"),
        (0.01, "significant at 5 %"),
        (0.0499, "significant at 5 %"),
        (0.05, "significant at 10 %"),
        (0.0999, "significant at 10 %"),
        (0.1, "not significant at 10 %"),
        (1.0, "not significant at 10 %"),
        (math.nan, "not significant at 10 %"),
    ],
)
def test_significance_needs_p_below_the_level(p: float, words: str) -> None:
    assert wording.significance(p) == words


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("***", "significant at 1 %"),
        ("**", "significant at 5 %"),
        ("*", "significant at 10 %"),
        ("", "not significant at 10 %"),
    ],
)
def test_stars_are_read_as_the_note_under_the_tables_says(mark: str, words: str) -> None:
    assert wording.of_stars(mark) == words


@pytest.mark.parametrize(
    ("n", "word"),
    [(0, "none"), (1, "one"), (7, "seven"), (10, "ten"), (11, "11"), (23, "23"), (-1, "-1")],
)
def test_counts_are_words_up_to_ten(n: int, word: str) -> None:
    assert wording.count(n) == word


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([], "none"),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (("a", "b", "c", "d"), "a, b, c and d"),
    ],
)
def test_items_are_listed_with_commas_and_one_and(items, words: str) -> None:
    assert wording.listed(items) == words


def test_an_empty_list_has_the_words_asked_for() -> None:
    assert wording.listed([], empty="no cell") == "no cell"
    assert wording.listed(["a"], empty="no cell") == "a"


@pytest.fixture
def cells() -> pd.DataFrame:
    """Two compared cells as `published.compare` lays them out."""
    return pd.DataFrame(
        {
            "column": ["2008-2016", "upper"],
            "row": ["lm", "lm_ia"],
            "printed": [0.843, -0.331],
            "printed_stars": ["*", ""],
            "printed_t": [1.960, -0.515],
            "coef": [-0.0004, 2.0],
            "stars": ["***", ""],
            "t": [-2.996, 0.001],
            "clustered_t": [-1.234, 1.7],
            "clustered_stars": ["", "*"],
            "verdict": ["contradicts", "not found"],
        }
    )


def test_a_cell_is_quoted_as_its_table_shows_it(cells) -> None:
    """Also a coefficient that three decimals would turn into zero."""
    figures = wording.of_cells("table2", cells)
    prefix = "table2.2008_2016.lm."
    assert {k.removeprefix(prefix): v for k, v in figures.items() if k.startswith(prefix)} == {
        "printed": "0.843*",
        "printed_t": "1.960",
        "coef": "−0.0004***",
        "t": "−3.00",
        "clustered_t": "−1.23",
        "sign": "negative",
        "level": "significant at 1 %",
        "clustered_level": "not significant at 10 %",
        "verdict": "contradicts",
    }
    assert figures["table2.upper.lm_ia.printed"] == "−0.331"
    assert figures["table2.upper.lm_ia.clustered_level"] == "significant at 10 %"
    assert figures["table2.upper.lm_ia.level"] == "not significant at 10 %"


def test_verdicts_are_counted_in_words(cells) -> None:
    assert wording.of_verdicts("table2", cells) == {
        "table2.cells": "two",
        "table2.agrees": "none",
        "table2.partly": "none",
        "table2.not_found": "one",
        "table2.contradicts": "one",
    }


def test_figures_of_cells_hold_the_verdicts_and_can_be_recorded(cells) -> None:
    figures = wording.of_cells("table2", cells)
    assert wording.of_verdicts("table2", cells).items() <= figures.items()
    assert len(figures) == 2 * 9 + 5
    assert results.record(figures).figures == figures


def test_cells_are_listed_by_table_and_verdict() -> None:
    rows = [
        (1, "IA", "Model 1", "contradicts"),
        (1, "LM", "Model 1", "agrees"),
        (1, "GR", "Model 2", "contradicts"),
        (3, "LM", "Upper reach", "not found"),
    ]
    cells = pd.DataFrame(rows, columns=["table", "symbol", "heading", "verdict"])
    assert wording.of_tables("ledger", cells) == {
        "ledger.table_1": "agrees: LM (Model 1); contradicts: IA (Model 1) and GR (Model 2)",
        "ledger.table_3": "not found: LM (Upper reach)",
    }
