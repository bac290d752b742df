"""The multiverse: its registers, every regression, the test of the curve, 41 of 110."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lib import panel, specifications, verdicts
from lib.estimation import two_way_fe
from lib.jackknife import leave_one_out
from lib.specifications import COLUMNS, CONTROLS, FLOW, READINGS, STOCK
from lib.studies import multiverse
from lib.studies.multiverse import curve, draws, register
from lib.studies.multiverse.explore import agglomeration, groups, span

COLUMN = {column.key: column for column in COLUMNS}


@pytest.fixture(scope="module")
def data():
    return panel.load()


@pytest.fixture(scope="module")
def found(data):
    return multiverse.explore(data)


# -- registers ------------------------------------------------------------------------------------


def test_rules_name_options_that_there_are():
    printed = {"column": set(COLUMN), "term": {"LM", "IA", "LM_IA", *CONTROLS}}
    for rule in register.exclusions().itertuples():
        pairs = [(rule.choice, rule.options), (rule.against, rule.against_options)]
        for choice, names in pairs if rule.against else pairs[:1]:
            known = printed.get(choice, set(register.options(choice)))
            named = set(names.split("|"))
            # Without a partner the options were considered and never admitted.
            assert named <= known if rule.against else not named & known, rule.id
        assert rule.why.endswith(".")
    table = register.register()
    assert not table.duplicated(["choice", "option"]).any()
    assert table[["label", "what", "why", "place"]].ne("").all(axis=None)
    assert set(table["role"]) == {"estimand", "inside", "apart"}


def test_specifications_counted_by_hand(found):
    # Five measures of IA without controls; four, employment apart, with five or seven.
    measures = 5 + 4 + 4
    assert len(found.of("model1", "LM", "flow", "reg")) == 3 * measures * 2 * 8
    assert len(found.of("model2", "GR", "flow", "reg")) == 3 * (4 + 4) * 3 * 8
    assert len(found.of("2008-2016", "LM_IA", "flow", "log_reg")) == 3 * measures * 8 * 2
    # In the middle reach no boundary moved, no city is left out, and there is no Delta.
    assert set(found.of("middle", "LM", "stock", "reg")["sample"]) == {"belt110", "flags", "steps"}


def test_no_regression_counts_twice(found):
    same = ["column", "term", "mobility", "outcome", "agglomeration", "product", "controls", "nobs"]
    digits = found.estimates["coef"].map("{:.9g}".format)
    assert not found.estimates.assign(coef=digits).duplicated([*same, "coef"]).any()
    assert found.duplicates > 0


# -- regressions ----------------------------------------------------------------------------------

SERIES = {"province": "", "city": "_city", "none": "_gross"}


def by_the_thin_lib(data, row):
    """The regression of a row of the multiverse, rows and all, through lib.specifications."""
    without = row["sample"] if row["sample"] in ("steps", "boundary", "both") else ""
    sample = row["sample"] if row["sample"] in panel.SAMPLES else "belt110"
    reading = replace(
        FLOW, mobility=f"lm_{row['mobility']}{SERIES[row['k']]}", outcome=row["outcome"],
        industry=f"share_{row['agglomeration']}", sample=sample, without=without,
    )  # fmt: skip
    column = COLUMN[row["column"]]
    column = replace(column, years=span(column, row["period"]))
    controls = register.CONTROLS_OF[row["controls"]]
    used = specifications.rows(data, reading, column, terms=["LM", "IA", *controls])
    if row["product"] == "centred":
        used["LM_IA"] = (used["LM"] - used["LM"].mean()) * (used["IA"] - used["IA"].mean())
    main = [] if row["product"] == "alone" else ["LM", "IA"]
    product = [] if row["product"] == "none" else ["LM_IA"]
    return two_way_fe(used, "REG", [*main, *product, *controls])


def test_regressions_are_those_of_the_thin_lib(data, found):
    every = found.estimates
    inside = every["agglomeration"].isin(["secondary", "tertiary"])
    inside &= ~every["sample"].isin(["flags", "municipalities"])
    one_each = every[inside].sample(frac=1, random_state=9).groupby(["column", "product"]).head(1)
    assert set(one_each["period"]) == {"headings", "text"}
    for row in one_each.to_dict("records"):
        single = by_the_thin_lib(data, row)
        assert (row["nobs"], row["cities"], row["df"]) == (
            single.nobs, single.n_entities, single.df_resid
        )  # fmt: skip
        assert row["coef"] == pytest.approx(single.coef[row["term"]], rel=1e-6)
        for kind in verdicts.ERRORS:
            error = single.errors(kind).loc[row["term"]]
            assert row[f"se_{kind}"] == pytest.approx(error["se"], rel=1e-7)
            assert row[f"p_{kind}"] == pytest.approx(error["p"], rel=1e-5, abs=1e-12)


def test_measures_of_agglomeration_by_hand():
    frame = pd.DataFrame(
        {
            "year": [2010, 2010],
            "share_primary": [0.1, 0.3],
            "share_secondary": [0.5, 0.5],
            "share_tertiary": [0.4, 0.2],
            "te": [1.0, 3.0],
        }
    )
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


def test_shares_follow_the_rule_of_verdicts(found):
    shares = multiverse.shares(found, "clustered").set_index(["label", "mobility", "outcome"])
    claim = register.claims().iloc[5]
    assert claim["label"] == "Model 2: GR"
    assert len(shares) == 4 * len(register.claims())
    part = found.of("model2", "GR", "stock", "log_reg")
    said = [
        verdicts.verdict(claim["printed"], "***", row.coef, row.p_clustered)
        for row in part.itertuples()
    ]
    row = shares.loc[("Model 2: GR", "stock", "log_reg")]
    for verdict in ("supported", "opposed", "cannot tell"):
        assert row[verdict] == pytest.approx(said.count(verdict) / len(part))


def test_the_finding(found):
    """The sign of LM hangs on flow or stock, and the logarithm turns the stock round."""
    positive = {
        estimand: (found.of("model1", "LM", *estimand)["coef"] > 0).mean()
        for estimand in register.NAME
    }
    assert positive["flow", "reg"] < 0.1 and positive["stock", "reg"] > 0.9
    assert positive["stock", "log_reg"] == 0 and positive["flow", "log_reg"] < 0.5
    drawn = multiverse.figures.curves(found)
    for estimand, share in positive.items():
        assert f"{register.NAME[estimand]}: {100 * share:.0f} % positive" in repr(drawn)


# -- the curve ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(data):
    """Two specifications with rows of their own: employment, with and without the product."""
    [group] = [
        group for group in groups(data[data["reach"] == "upper"], (COLUMN["model1"],))
        if group.key[1:4] == ("stock", "province", "none") and group.key[5] == "belt110"
        and "employment" in group.names
    ]  # fmt: skip
    city, year = np.nonzero(group.layout.present[0])
    frame = pd.DataFrame({"city": city, "year": year, "REG": group.y[0, city, year]})
    for name, values in zip(group.names, group.x, strict=True):
        frame[name] = values[city, year]
    return group, frame


SMALL = (["LM", "employment"], ["LM", "employment", "employment centred"])


def test_the_curve_is_that_of_the_regressions(data, found):
    for mobility in ("flow", "stock"):
        made = curve.curve(data, mobility, curve.observed(data))
        r = np.sort(made.scores.sum(axis=2) * made.per_coef, axis=1)
        for own, outcome in zip(r, ("reg", "log_reg"), strict=True):
            part = found.of("model1", "LM", mobility, outcome)
            assert own == pytest.approx(np.sort(part["r"]), abs=1e-9)
        assert made.leverage.sum(axis=1) == pytest.approx(1)


def test_tests_of_the_curve_one_by_one(data, small, monkeypatch):
    group, frame = small
    monkeypatch.setattr(curve, "groups", lambda *_: [group])
    upper = data[data["reach"] == "upper"]
    made = curve.curve(upper, "stock", group.y)
    tested = curve.test(made, draws=9, seed=1).iloc[0]
    singles = [leave_one_out(frame, "REG", x) for x in SMALL]
    full = [two_way_fe(frame, "REG", x) for x in SMALL]
    scale = [f.classical.loc["LM", "t"] for f in full]
    scale = [
        t / np.sqrt(t**2 + f.df_resid) / f.coef["LM"] for t, f in zip(scale, full, strict=True)
    ]
    moved = sum(c * (j.without["LM"] - j.coef["LM"]) for c, j in zip(scale, singles, strict=True))
    mean = sum(c * f.coef["LM"] for c, f in zip(scale, full, strict=True))
    g = len(moved)
    expected = mean / np.sqrt((g - 1) / g * (moved**2).sum())
    assert tested["jackknife"] == pytest.approx(expected)

    # A draw is a regression of the fit under the null plus residuals whose signs are flipped.
    signs = curve.weights(9, g, 1)[3]
    slopes = made.scores[0] @ signs
    for slope, x in zip(slopes, SMALL, strict=True):
        null = two_way_fe(frame, "REG", x[1:])
        drawn = frame.assign(REG=frame["REG"] - null.residuals * (1 - signs[frame["city"]]))
        assert slope == pytest.approx(two_way_fe(drawn, "REG", x).coef["LM"])


def test_null_panels_have_the_errors_they_say(data):
    y = curve.observed(data)[0]
    errors = curve.null_panels(data, y, panels=400, rho=0.8, shared=0.5, seed=3)
    net = y - y.mean(axis=1, keepdims=True)
    spread = (net - net.mean(axis=0)).std(axis=1)
    assert errors.std(axis=(0, 2)) == pytest.approx(spread, rel=0.1)
    unit = errors / spread[:, None]
    assert np.mean(unit[..., 1:] * unit[..., :-1]) == pytest.approx(0.8, abs=0.02)
    province = data.groupby("city_code")["province"].first().to_numpy()
    one, two = np.flatnonzero(province == "Jiangsu")[:2]
    other = np.flatnonzero(province == "Yunnan")[0]
    assert np.mean(unit[:, one] * unit[:, two]) == pytest.approx(0.5, abs=0.1)
    assert np.mean(unit[:, one] * unit[:, other]) == pytest.approx(0, abs=0.1)


def test_size_is_a_share_of_the_null_panels(data):
    nulls = curve.null_tests(data, panels=4, rho=0.5, draws=39)
    size = curve.size(nulls)
    assert list(size.index) == list(register.NAME)
    assert (4 * size).isin(range(5)).all(axis=None)
    low = (nulls.loc[("stock", "reg"), "p_median"] <= 0.05).mean()
    assert size.loc[("stock", "reg"), "median"] == low


# -- 41 of 110 ------------------------------------------------------------------------------------


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
        assert drawn.verdict[2, at] == cell["verdict"]
