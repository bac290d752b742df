"""The multiverse: its registers and every regression.

Then the test of all specifications of a curve.
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from lib import panel, placebo, verdicts
from lib.specifications import COLUMNS, CONTROLS, MODEL1
from studies.multiverse import curve, engine, explore, register, shares
from studies.multiverse.explore import agglomeration, groups

SMALL = (["LM", "employment"], ["LM", "employment", "employment centred"])
"""The specifications of a group with rows of its own, with and without the interaction."""


@pytest.fixture(scope="module")
def every(data):
    return explore.explore(data)


def test_rules_name_options_that_there_are():
    known = {choice: {*register.options(choice)} for choice in register.register()["choice"]}
    known |= {"column": {each.key for each in COLUMNS}, "term": {"LM", "IA", "LM_IA", *CONTROLS}}
    rules = pd.read_csv(panel.DATA / "multiverse_exclusions.csv", keep_default_na=False)
    for rule in rules.itertuples():
        options = set.union(*(known[choice] for choice in rule.choice.split("|")))
        if rule.against:
            assert options >= {*rule.options.split("|")}, rule.id
            assert known[rule.against] >= {*rule.against_options.split("|")}, rule.id
        else:  # considered and never admitted
            assert not options & {*rule.options.split("|")}, rule.id
    assert not register.register().duplicated(["choice", "option"]).any()


def test_specifications_counted_by_hand(every):
    # Measures of IA without controls, with five, with seven; three paths.  Output, step and unit:
    # all but the published ones with all rows, half a step alone, and three with recounts out.
    measures, changes = 5 + 4 + 4, (2 * 2 * 2 - 1) + 1 + (2 * 2 - 1)
    counts = {
        ("model1", "LM", "flow", "reg"): 3 * (3 * measures * 2 * 8 + changes * 2),
        ("model2", "GR", "flow", "reg"): 3 * (2 * 3 * 8 + changes * 3),
        # No step before 2019.
        ("2008-2016", "LM_IA", "flow", "log_reg"): 3 * (2 * 2 * 8 * 2 + 4 * 2),
    }
    assert {cell: len(every.of(*cell)) for cell in counts} == counts
    # In the middle reach no boundary moved, no city is left out, and there is no Delta.
    middle = every.of("middle", "LM", "stock", "reg").query("prices == 'constant' and step == 'in'")
    assert set(middle["sample"]) == {"belt110", "flags", "steps"}
    # No regression counts twice.
    same = ["column", "term", "mobility", "outcome", "agglomeration", "product", "controls", "nobs"]
    digits = every.estimates["coef"].map("{:.9g}".format)
    assert not every.estimates.assign(coef=digits).duplicated([*same, "coef"]).any()


def test_measures_of_agglomeration_by_hand():
    shares = {"primary": [0.1, 0.3], "secondary": [0.5, 0.5], "tertiary": [0.4, 0.2]}
    frame = pd.DataFrame(shares).add_prefix("share_").assign(year=2010, te=[1.0, 3.0])
    expected = {
        "secondary": [1, 1],
        "tertiary": [4 / 3, 2 / 3],
        "mean": [(0.5 + 1 + 4 / 3) / 3, (1.5 + 1 + 2 / 3) / 3],
        "hoover": [0.1, 0.1],
        "employment": [0.5, 1.5],
    }
    assert set(expected) == set(register.options("agglomeration"))
    for option, values in expected.items():
        assert agglomeration(frame, option).to_numpy() == pytest.approx(values)


def test_verdicts_follow_the_rule(every):
    """Model 2 prints 0.214*** for GR."""
    part = shares.judged(every.of("model2", "GR", "stock", "log_reg"))
    assert set(part["verdict"]) == {"cannot tell", "opposed"}
    for row in part.itertuples():
        for word, p in ((row.verdict, row.p), (row.clustered, row.p_clustered)):
            assert word == verdicts.verdict(0.214, "***", row.coef, p)


@pytest.mark.parametrize(("prices", "named"), [("constant", "reg"), ("current", "reg_current")])
def test_the_ghost_is_the_page_on_the_invented_belt(data, every, prices, named):
    belt = placebo.belt(data.assign(reg=data[named]))
    only = {"step": "in", "unit": "city", "k": "province", "controls": "none",
            "sample": "belt110", "agglomeration": "secondary"}  # fmt: skip
    options = {choice: [option] for choice, option in only.items()} | {"prices": ["constant"]}
    alone = explore.explore(belt, [MODEL1], options, ["start"]).estimates
    alone = alone.query("product == 'none'")
    chosen = only | {"column": "model1", "effects": "start", "prices": prices, "product": "none"}
    mine = every.estimates[list(chosen)].eq(chosen).all(axis=1)
    ghost = every.invented[mine]
    for name in ("coef", "se_jackknife", "se_province", "r"):
        assert ghost[name].to_numpy() == pytest.approx(alone[name].to_numpy(), nan_ok=True)


def test_survivors_by_brute_force(data, monkeypatch):
    """A draw is a regression of the fit under the hypothesis plus residuals with new signs."""
    few = data[data["city"].isin(np.unique(data.query("reach == 'upper'")["city"])[:9])]
    only = {"mobility": ["stock"], "k": ["province"], "controls": ["none"], "prices": ["constant"],
            "step": ["in"], "unit": ["city"], "sample": ["belt110"]}  # fmt: skip
    [group] = [part for part in groups(few, (MODEL1,), only) if "employment" in part.names]
    frame, city = group.rows, group.rows["city"].to_numpy()
    monkeypatch.setattr(curve, "groups", lambda *_: [group])
    options, [scores, _] = curve.scores(few, "stock", "reg", ("twoway", "start"))
    assert list(options["effects"]) == ["twoway", "twoway", "start", "start"]
    signs = np.array(list(product([1.0, -1.0], repeat=9)))
    drawn = []
    for place, (effects, x) in enumerate(product(("twoway", "start"), SMALL)):

        def slope(outcome, x=x, effects=effects):
            return engine.table(frame.assign(REG=outcome), x, effects).loc["LM", "coef"]

        design = engine.Design.of(frame, effects)
        net = design.products(frame[x[1:]].to_numpy(), frame[["REG"]].to_numpy())
        left = net.net[..., -1] - net.net[..., :-1] @ net.coef([range(len(x) - 1)])[0, :, 0]
        null = left[design.cells]
        for at in (0, 1, 77, 511):
            turned = slope(frame["REG"] - null * (1 - signs[at, city]))
            assert signs[at] @ scores[place] == pytest.approx(turned, rel=1e-6)
        parts = np.array([slope(np.where(city == cluster, null, 0)) for cluster in range(9)])
        drawn.append(np.abs(signs @ parts) / np.sqrt(parts @ parts))
    tested = curve.max_t(scores)
    for place, t in enumerate(drawn):
        alone, family = (np.mean(draw >= t[0] - 1e-9) for draw in (t, np.max(drawn, axis=0)))
        assert tested.loc[place].tolist() == [np.sign(scores[place].sum()), alone, family]
