"""The test of all specifications of a curve, and the tables on samples of 41 of the 110 cities."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from lib import specifications, verdicts
from lib.estimation import two_way_fe
from lib.specifications import COLUMNS, MODEL1, READINGS, STOCK
from studies import multiverse
from studies.multiverse import curve, draws
from studies.multiverse.explore import groups

COLUMN = {column.key: column for column in COLUMNS}
SMALL = (["LM", "employment"], ["LM", "employment", "employment centred"])
"""The specifications of a group with rows of its own, with and without the interaction."""


def test_survivors_by_brute_force(data, monkeypatch):
    """A draw is a regression of the fit under the hypothesis plus residuals with new signs."""
    few = data[data["city_code"].isin(np.unique(data.query("reach == 'upper'")["city_code"])[:9])]
    only = {"mobility": ["stock"], "k": ["province"], "controls": ["none"], "prices": ["constant"],
            "step": ["in"], "unit": ["city"], "sample": ["belt110"]}  # fmt: skip
    [group] = [one for one in groups(few, (MODEL1,), only) if "employment" in one.names]
    city, year = np.nonzero(group.present)
    frame = pd.DataFrame({"city": city, "year": year, "REG": group.y[0, 0, city, year]})
    frame = frame.assign(START=group.start[0, city])
    for name, values in zip(group.names, group.x, strict=True):
        frame[name] = values[city, year]
    monkeypatch.setattr(curve, "groups", lambda *_: [group])
    options, [scores, _] = curve.scores(few, "stock", "reg", ("twoway", "start"))
    assert list(options["effects"]) == ["twoway", "twoway", "start", "start"]
    signs = np.array(list(product([1.0, -1.0], repeat=9)))
    drawn = []
    for place, (effects, x) in enumerate(product(("twoway", "start"), SMALL)):
        null = two_way_fe(frame, "REG", x[1:], effects=effects).residuals

        def slope(outcome, x=x, effects=effects):
            return two_way_fe(frame.assign(REG=outcome), "REG", x, effects=effects).coef["LM"]

        for at in (0, 1, 77, 511):
            turned = slope(frame["REG"] - null * (1 - signs[at, city]))
            assert signs[at] @ scores[place] == pytest.approx(turned, rel=1e-6)
        parts = np.array([slope(np.where(city == cluster, null, 0)) for cluster in range(9)])
        drawn.append(np.abs(signs @ parts) / np.sqrt(parts @ parts))
    tested = curve.max_t(scores)
    for place, t in enumerate(drawn):
        alone, family = (np.mean(draw >= t[0] - 1e-9) for draw in (t, np.max(drawn, axis=0)))
        assert tested.loc[place].tolist() == [np.sign(scores[place].sum()), alone, family]


def test_slopes_are_those_of_the_multiverse_and_draws_are_few_of_many(data):
    columns, effects = (MODEL1,), ["trend"]
    every = multiverse.explore(data, columns, effects=effects)
    options, scores = curve.scores(data, "flow", "log_reg", effects)
    part = every.of("model1", "LM", "flow", "log_reg")
    for belt, rows in zip(scores, (part, every.invented.loc[part.index]), strict=True):
        assert np.sort(belt.sum()) == pytest.approx(np.sort(rows["coef"]), abs=1e-9)
    assert options["provinces"].value_counts().equals(part["provinces"].value_counts())
    tested = curve.max_t(scores[0], draws=199)
    assert (tested["family"] >= tested["alone"]).all() and tested["alone"].min() >= 1 / 200


def test_samples_have_their_share_of_each_reach(data):
    chosen = draws.samples(data, 300, seed=5)
    reach = data.groupby("city_code")["reach"].first().to_numpy()
    for name, number in (("upper", 12), ("middle", 14), ("lower", 15)):
        assert ((reach[chosen] == name).sum(axis=1) == number).all()
    assert (np.diff(chosen, axis=1) > 0).all()
    often = np.bincount(chosen.ravel(), minlength=110) / 300
    assert 0.25 < often.min() and often.max() < 0.5


@pytest.mark.parametrize("reading", [*READINGS, replace(STOCK, outcome="log_reg")], ids=str)
def test_a_sample_is_the_tables_of_its_cities(data, reading):
    chosen = draws.samples(data, 3)
    drawn = draws.estimate(data, chosen, reading)
    drawn_cities = data[data["city_code"].isin(np.unique(data["city_code"])[chosen[2]])]
    for at, claim in enumerate(drawn.claims.itertuples()):
        column = COLUMN[claim.column]
        rows = specifications.rows(drawn_cities, reading, column)
        cells = verdicts.compare(column, two_way_fe(rows, "REG", column.terms)).set_index("row")
        assert drawn.coef[2, at] == pytest.approx(cells["coef"][claim.term], rel=1e-6)
        assert drawn.p[2, at] == pytest.approx(cells["p"][claim.term], rel=1e-6)
        assert drawn.verdict[2, at] == cells["verdict"][claim.term]
