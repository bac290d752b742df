"""The test of all specifications of a curve, and the tables on samples of 41 of the 110 cities."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

from lib import specifications, verdicts
from lib.estimation import two_way_fe
from lib.specifications import COLUMNS, READINGS, STOCK
from studies import multiverse
from studies.multiverse import curve, draws
from studies.multiverse.explore import groups

COLUMN = {column.key: column for column in COLUMNS}


SMALL = (["LM", "employment"], ["LM", "employment", "employment centred"])
"""The specifications of a group with rows of its own, with and without the interaction."""


@pytest.fixture(scope="module")
def small(data):
    """Nine cities with all their rows in one frame, LM a stock."""
    few = data[data["city_code"].isin(np.unique(data.query("reach == 'upper'")["city_code"])[:9])]
    [group] = [
        group for group in groups(few, (COLUMN["model1"],))
        if group.key == ("model1", "stock", "province", "none", "headings", "constant", "in",
                         "city", "belt110") and "employment" in group.names
    ]  # fmt: skip
    city, year = np.nonzero(group.present)
    frame = pd.DataFrame({"city": city, "year": year, "REG": group.y[0, 0, city, year]})
    for name, values in zip(group.names, group.x, strict=True):
        frame[name] = values[city, year]
    return few, group, frame.assign(START=group.start[0, city])


def test_survivors_by_brute_force(small, monkeypatch):
    """A draw is a regression of the fit under the hypothesis plus residuals with new signs."""
    few, group, frame = small
    monkeypatch.setattr(curve, "groups", lambda *_: [group])
    options, [scores, _] = curve.scores(few, "stock", "reg", ("twoway", "start"))
    assert list(options["effects"]) == ["twoway", "twoway", "start", "start"]
    signs = np.array(list(product([1.0, -1.0], repeat=9)))
    drawn = []
    for place, (effects, x) in enumerate(product(("twoway", "start"), SMALL)):
        null = two_way_fe(frame, "REG", x[1:], effects=effects).residuals
        slopes = np.empty(len(signs))
        for at in (0, 1, 77, 511):
            new = frame.assign(REG=frame["REG"] - null * (1 - signs[at, frame["city"]]))
            slopes[at] = two_way_fe(new, "REG", x, effects=effects).coef["LM"]
            assert signs[at] @ scores[place] == pytest.approx(slopes[at], rel=1e-6)
        parts = [
            two_way_fe(
                frame.assign(REG=np.where(frame["city"] == g, null, 0)), "REG", x, effects=effects
            ).coef["LM"]
            for g in range(9)
        ]
        t = [abs(sum(w * a for w, a in zip(row, parts, strict=True))) for row in signs]
        drawn.append(np.array(t) / np.sqrt(sum(a * a for a in parts)))
    tested = curve.max_t(scores)
    for place, t in enumerate(drawn):
        alone = sum(each >= t[0] - 1e-9 for each in t)
        family = sum(max(other[i] for other in drawn) >= t[0] - 1e-9 for i in range(512))
        assert tested.loc[place, ["alone", "family"]].tolist() == [alone / 512, family / 512]
        assert tested.loc[place, "sign"] == np.sign(scores[place].sum())


def test_slopes_are_those_of_the_multiverse_and_draws_are_few_of_many(data):
    columns, effects = (COLUMN["model1"],), ["trend"]
    found = multiverse.explore(data, columns, effects=effects)
    options, scores = curve.scores(data, "flow", "log_reg", effects)
    part = found.of("model1", "LM", "flow", "log_reg")
    for belt, rows in zip(scores, (part, found.invented.loc[part.index]), strict=True):
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
    codes = np.unique(data["city_code"])[chosen[2]]
    own = data[data["city_code"].isin(codes)]
    for at, claim in enumerate(drawn.claims.itertuples()):
        column = COLUMN[claim.column]
        single = two_way_fe(specifications.rows(own, reading, column), "REG", column.terms)
        cell = verdicts.compare(column, single).set_index("row").loc[claim.term]
        assert drawn.coef[2, at] == pytest.approx(cell["coef"], rel=1e-6)
        assert drawn.p[2, at] == pytest.approx(cell["p"], rel=1e-6)
        assert drawn.verdict[2, at] == cell["verdict"]
