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


def test_the_shares_are_those_of_the_study(page):
    columns = ["upper", "middle", "lower", "periods", "reaches", "together", "ceiling"]
    study, belt = feasibility.survey(), feasibility.survey(split=feasibility.BELT).iloc[0]
    assert np.allclose(page.every[columns], study[columns])
    assert np.allclose(page.belt[columns].astype(float), belt[columns].astype(float))
    assert (page.every["three_lines"] == study["three_lines"]).all()
    lines = 1 - page.u / min(page.u_periods), 1 - page.u / min(page.u_reaches), 1 - page.u
    assert lines == pytest.approx(page.belt[["periods", "reaches", "together"]].tolist())
    assert lines[0] + lines[1] > lines[2]
    assert page.three.index.equals(page.every.index[page.every["lower"] == 2])


def test_each_meaning_is_ruled_out_but_for_some_splits_without_six_cities(page):
    variants = page.variants
    assert page.last["ceiling"] < page.last["periods"]
    assert (variants["ruled_out"] == variants["splits"])[:-1].all()
    assert page.last["ruled_out"] < page.last["splits"]
    assert variants["highest"].max() < 0.9315
    assert page.between < page.belt.periods < page.changes
