"""Sentences of the chapter on whether the tables come from one panel."""

import numpy as np
import pytest
from headline import ONCE, Headline

from studies import feasibility

HEADLINES = [
    Headline("contradict each other, however",
             lambda p, _: (p.every["periods"] > p.every["ceiling"]).all(), ONCE),
    Headline("Tables 1 and 2 need more variation",
             lambda p, case: p.belt["periods"] > p.allowed[case], lambda p: [*p.allowed]),
]  # fmt: skip
NO_CLAIM = [
    "The degrees of freedom in Adj. R² count a dummy",
    "Every column is estimated by least squares",
    "Assume one balanced panel",
    "Assume also least squares",
]


def test_the_shares_are_those_of_the_study(page):
    """The study is held against a search of its own; the page writes the bounds out."""
    columns = ["upper", "middle", "lower", "periods", "reaches", "together", "ceiling"]
    study = feasibility.survey()
    assert np.allclose(page.every[columns], study[columns])
    assert (page.every["three_lines"] == study["three_lines"]).all()
    belt = feasibility.survey(split=feasibility.BELT).iloc[0]
    assert np.allclose(page.belt[columns].astype(float), belt[columns].astype(float))


def test_the_three_lines_of_the_text_are_those_of_the_split(page):
    lines = 1 - page.u / min(page.u_periods), 1 - page.u / min(page.u_reaches), 1 - page.u
    assert lines == pytest.approx(page.belt[["periods", "reaches", "together"]].tolist())
    assert lines[0] + lines[1] > lines[2]


def test_the_lines_leave_the_splits_with_two_cities_below(page):
    assert page.three.index.equals(page.every.index[page.every["lower"] == 2])


def test_each_meaning_is_ruled_out_but_for_some_splits_without_six_cities(page):
    variants = page.variants
    assert page.anhui == feasibility.ANHUI.outside == 6
    assert page.last["ceiling"] < page.last["periods"]
    assert (variants["ruled_out"] == variants["splits"])[:-1].all()
    assert page.last["ruled_out"] < page.last["splits"]
    assert variants["highest"].max() < 0.9315


def test_each_invented_panel_has_the_six_printed_figures(page):
    for figures in page.found.values():
        assert max(abs(figures - feasibility.printed())) < 1e-5
    assert page.whole == pytest.approx(page.found["IA by reach"][0], abs=1e-9)


def test_official_data_vary_less_between_the_periods_unless_both_effects_are_out(page):
    assert page.between < page.belt.periods < page.changes
