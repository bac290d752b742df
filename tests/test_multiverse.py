"""Every specification at once is what one at a time gives, through other programs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from lib import bootstrap, indicators, multiverse, panel, specifications
from lib import multiverse_register as register
from lib import multiverse_rows as rows_of
from lib.estimation import random_effects, two_way_fe
from lib.multiverse_fit import Plan, Rows
from lib.panel import DataError

EXACT = 1e-8
SAMPLED = 30


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return panel.load_indicators()


@pytest.fixture(scope="module")
def found(data) -> multiverse.Multiverse:
    return multiverse.explore(data)


@pytest.fixture(scope="module")
def long(found) -> pd.DataFrame:
    return found.long()


def only(frame: pd.DataFrame, **chosen: str) -> pd.DataFrame:
    keep = [frame[name].eq(value).to_numpy() for name, value in chosen.items()]
    return frame[np.logical_and.reduce(keep)]


# --- all of them ---------------------------------------------------------------------------------


def test_there_is_a_row_for_every_admitted_specification_and_claim(found, long):
    keys = list(register.KEY)
    seen = found.estimates[keys].drop_duplicates().reset_index(drop=True)
    assert seen.equals(register.universe())
    counts = register.counts().loc["all"]
    assert len(found.estimates) == counts["coefficients"]
    assert len(long) == counts["tests"]
    assert not long.duplicated([*keys, "term", "errors"]).any()
    figures = ["coef", "r", "t", "df", "p"]
    assert np.isfinite(long[figures].to_numpy()).all()


def test_run_is_the_table_alone(monkeypatch, found, long, data):
    monkeypatch.setattr(multiverse, "explore", lambda *_: found)
    assert multiverse.run(data).equals(long)


def sampled(long: pd.DataFrame) -> list[int]:
    """Rows at random, so many of each kind of effects, and of changes."""
    rng = np.random.default_rng(415)
    kinds = long["effects"].astype(str).where(long["scope"].ne("change"), "change")
    each = SAMPLED // kinds.nunique()
    return [int(i) for _, at in kinds.groupby(kinds).groups.items() for i in rng.choice(at, each)]


def test_a_random_sample_is_what_linearmodels_gives(long, data):
    samples = {name: rows_of.sample_rows(data, name) for name in register.options("sample")}
    for place in sampled(long):
        row = long.loc[place]
        single = multiverse.through_linearmodels(row, data, samples[row["sample"]])
        for name in ("nobs", "cities", "years", "df"):
            assert row[name] == single[name], (name, row.to_dict())
        for name in ("coef", "t"):
            assert row[name] == pytest.approx(single[name], rel=EXACT), (name, row.to_dict())


@pytest.mark.parametrize("spec", specifications.SPECIFICATIONS, ids=lambda spec: spec.column)
def test_the_baseline_is_the_one_of_the_ledger(long, data, spec):
    baseline = specifications.estimate(data, spec)
    chosen = only(
        long,
        scope=spec.column if spec.table > 1 else "whole",
        outcome="reg", mobility="lm_flow", agglomeration="secondary", sample="belt110",
        product={"model1": "none", "model2": "alone"}.get(spec.column, "raw"),
        controls="five" if spec.column == "model2" else "none",
        effects="twoway",
    )  # fmt: skip
    for kind, table in (("classical", baseline.classical), ("clustered", baseline.clustered)):
        rows = only(chosen, errors=kind).set_index("term")
        assert rows["coef"][list(spec.terms)].to_numpy() == pytest.approx(baseline.coef.to_numpy())
        for name in ("t", "p"):
            expected = table[name].to_numpy()
            assert rows[name][list(spec.terms)].to_numpy() == pytest.approx(expected, rel=EXACT)


def test_pooled_regression_is_that_of_statsmodels(long, data):
    """Another program, without lib.estimation: three regressors of the product, errors by city."""
    rows = only(
        long, scope="lower", outcome="log_reg", mobility="lm_stock", agglomeration="hoover",
        product="raw", controls="none", sample="belt110", effects="pooled", errors="clustered",
    ).set_index("term")  # fmt: skip
    part = rows_of.sample_rows(data, "belt110").query("reach == 'lower'")
    part = part.assign(lm=part["lm_stock"], ia=part["ia_hoover"])
    part = part.assign(lm_ia=part["lm"] * part["ia"]).dropna(subset=["log_reg", "lm", "ia"])
    x = sm.add_constant(part[["lm", "ia", "lm_ia"]])
    fit = sm.OLS(part["log_reg"], x).fit(
        cov_type="cluster", cov_kwds={"groups": part["city_code"]}, use_t=True
    )
    assert rows["coef"].to_numpy() == pytest.approx(fit.params[rows.index].to_numpy(), rel=EXACT)
    assert rows["t"].to_numpy() == pytest.approx(fit.tvalues[rows.index].to_numpy(), rel=EXACT)
    assert rows["p"].to_numpy() == pytest.approx(fit.pvalues[rows.index].to_numpy(), rel=1e-7)


def test_a_change_is_the_difference_of_the_periods(found):
    frame = found.estimates
    keys = [*register.KEY[1:], "term"]
    early, late, change = (
        only(frame, scope=scope).set_index(keys)["coef"] for scope in (*register.PERIODS, "change")
    )
    early, late = early.loc[change.index], late.loc[change.index]
    np.testing.assert_allclose(change, late - early, rtol=1e-12, atol=1e-12)


def test_centring_moves_lm_by_the_product_at_the_mean_of_ia(found):
    """Algebra: the slope at mean IA is the slope at IA = 0 plus mean IA times the product's."""
    at = {"scope": "whole", "agglomeration": "secondary", "mobility": "lm_flow_gross"}
    part = only(found.estimates, **at, controls="none", sample="belt110", effects="twoway",
                outcome="reg")  # fmt: skip
    coef = part.set_index(["product", "term"])["coef"]
    mean_ia = (coef["centred", "lm"] - coef["raw", "lm"]) / coef["raw", "lm_ia"]
    # Equation (4) times the number of cities has mean 1 in a year without gaps; one gap in 2023.
    assert mean_ia == pytest.approx(1, abs=1e-3)


def test_random_effects_without_variance_between_cities_are_least_squares():
    """The variance component would be negative and is zero; unbalanced, with gaps."""
    rng = np.random.default_rng(6)
    cities, years = 12, 6
    columns = rng.normal(size=(4, cities, years))
    present = rng.uniform(size=(cities, years)) > 0.2
    for outcome in (0, 1):
        values = np.where(present, columns[outcome], np.nan)
        columns[outcome] -= np.nanmean(values, axis=1, keepdims=True)
    plan = Plan.of("upper", "none", 1)
    block = Rows(columns, present, plan).blocks()["random"]
    frame = pd.DataFrame({"city_code": np.arange(cities).repeat(years),
                          "year": np.tile(np.arange(years), cities)})  # fmt: skip
    frame = frame.assign(y=columns[1].ravel(), lm=columns[2].ravel(), ia=columns[3].ravel())
    frame = frame.assign(lm_ia=frame["lm"] * frame["ia"])[present.ravel()]
    single = random_effects(frame, "y", ["lm", "ia", "lm_ia"])
    pooled = two_way_fe(frame, "y", ["lm", "ia", "lm_ia"], effects="time")
    raw = plan.product == register.options("product").index("raw")
    assert block.coef[raw, 1] == pytest.approx(single.coef.to_numpy())
    assert block.coef[raw, 1] == pytest.approx(pooled.coef.to_numpy())


# --- what the bootstrap of the curve is given ----------------------------------------------------


def test_scores_add_up_to_the_coefficient_and_leverage_to_one(found):
    coef = found.estimates["coef"].to_numpy()
    size = np.abs(found.scores).sum(axis=1) + np.abs(coef)
    assert (np.abs(found.scores.sum(axis=1) - coef) < 1e-5 * size).all()
    assert found.leverage.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (found.leverage >= 0).all()


def test_scores_of_absent_cities_are_zero(found):
    present = (found.leverage > 0).sum(axis=1)
    assert (present <= found.estimates["cities"]).all()
    assert not found.scores[found.leverage == 0].any()


def test_all_signs_positive_give_the_clustered_t(found):
    coef = found.estimates["coef"].to_numpy()
    parts = found.scores - coef[:, None] * found.leverage
    t = coef / np.sqrt(found.scale * (parts.astype(float) ** 2).sum(axis=1))
    np.testing.assert_allclose(t, found.estimates["t_clustered"], rtol=1e-3)


def test_partial_correlation_per_coefficient(found):
    np.testing.assert_allclose(
        found.per_coef * found.estimates["coef"], found.estimates["r"], rtol=1e-9
    )


@pytest.mark.parametrize(
    ("chosen", "terms"),
    [
        ({"scope": "upper", "effects": "twoway", "product": "raw"}, ["lm", "ia", "lm_ia"]),
        ({"scope": "whole", "effects": "city", "product": "none"}, ["lm", "ia"]),
        ({"scope": "2008-2016", "effects": "pooled", "product": "raw"}, ["lm", "ia", "lm_ia"]),
    ],
    ids=["twoway", "city", "pooled"],
)
def test_a_curve_draws_what_the_wild_bootstrap_of_one_regression_draws(found, data, chosen, terms):
    """lib.bootstrap estimates all anew: the same slopes, and on average the same variance."""
    same = {"outcome": "reg", "mobility": "lm_flow", "agglomeration": "secondary",
            "controls": "none", "sample": "belt110", "term": "lm"}  # fmt: skip
    place = only(found.estimates, **same, **chosen).index[0]
    rows = rows_of.sample_rows(data, "belt110")
    rows = rows[rows_of.in_scope(rows, chosen["scope"])]
    rows = rows.assign(lm=rows["lm_flow"], ia=rows["ia_secondary"])
    rows = rows.assign(lm_ia=rows["lm"] * rows["ia"]).dropna(subset=["reg", *terms])
    single = bootstrap.Scores.of(rows, "reg", terms, "lm", effects=chosen["effects"])
    assert single.statistic == pytest.approx(found.estimates["t_clustered"][place])
    assert single.scale == pytest.approx(found.scale[place])
    at = np.searchsorted(np.sort(data["city_code"].unique()), single.clusters)
    scores, leverage = (each[place, at].astype(float) for each in (found.scores, found.leverage))
    assert single.numerator == pytest.approx(scores, abs=1e-6 * np.abs(scores).max())
    # The mean of the sum of squares over all signs is the sum of the squares of the matrices.
    free = np.diag(scores) - single.left @ single.right
    held = np.diag(scores) - np.outer(leverage, scores)
    assert found.ratio[place] == pytest.approx((free**2).sum() / (held**2).sum(), rel=1e-4)


def test_the_ratio_of_a_change_is_that_of_both_periods(found, data):
    """By flipping one city at a time in two regressions written out with dummies."""
    chosen = {"outcome": "reg", "mobility": "lm_flow_gross", "agglomeration": "secondary",
              "product": "raw", "controls": "none", "sample": "delta41",
              "effects": "city"}  # fmt: skip
    place = only(found.estimates, **chosen, scope="change", term="lm").index[0]
    rows = rows_of.sample_rows(data, "delta41")
    rows = rows.assign(lm=rows["lm_flow_gross"], ia=rows["ia_secondary"])
    rows = rows.assign(lm_ia=rows["lm"] * rows["ia"]).dropna(subset=["reg", "lm", "ia"])
    late = rows["year"].gt(2016).to_numpy()
    pairs = rows["city_code"].astype(str) + np.where(late, " late", " early")
    dummies = pd.get_dummies(pairs, dtype=float).to_numpy()
    slopes = rows[["lm", "ia", "lm_ia"]].to_numpy()
    both = np.column_stack([slopes * ~late[:, None], slopes * late[:, None], dummies])
    y = rows["reg"].to_numpy()
    inverse = np.linalg.pinv(both)
    psi = inverse[3] - inverse[0]  # weights of the second slope of LM less the first
    joined = np.column_stack([slopes[:, :1], np.delete(both, [0, 3], axis=1)])
    null = y - joined @ np.linalg.lstsq(joined, y, rcond=None)[0]
    city, names = pd.factorize(rows["city_code"])
    member = np.eye(len(names))[city]
    alone = member.T * null
    free = (alone - (both @ (inverse @ alone.T)).T) * psi @ member
    scores, leverage = psi * null @ member, psi**2 @ member / (psi @ psi)
    held = np.diag(scores) - np.outer(scores, leverage)
    assert found.estimates["coef"][place] == pytest.approx(psi @ y, rel=1e-6)
    assert found.ratio[place] == pytest.approx((free**2).sum() / (held**2).sum(), rel=1e-4)


# --- rows and measures ---------------------------------------------------------------------------


@pytest.fixture
def three_cities() -> pd.DataFrame:
    """Two years; shares add to one, means of the first year 0.2, 0.5, 0.3."""
    return pd.DataFrame(
        {
            "year": [2008] * 3 + [2009] * 3,
            "share_primary": [0.1, 0.2, 0.3, 0.2, 0.2, 0.2],
            "share_secondary": [0.6, 0.5, 0.4, 0.5, 0.5, 0.5],
            "share_tertiary": [0.3, 0.3, 0.3, 0.3, 0.3, 0.3],
            "te": [1.0, 2.0, 3.0, 1.0, 1.0, 4.0],
        }
    )


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("secondary", [1.2, 1.0, 0.8, 1, 1, 1]),
        ("tertiary", [1, 1, 1, 1, 1, 1]),
        ("mean", [(0.5 + 1.2 + 1) / 3, 1, (1.5 + 0.8 + 1) / 3, 1, 1, 1]),
        ("hoover", [0.1, 0, 0.1, 0, 0, 0]),
        ("employment", [0.5, 1, 1.5, 0.5, 0.5, 2]),
    ],
)
def test_agglomeration_by_hand(three_cities, option, expected):
    found = rows_of.agglomeration(three_cities, option)
    assert found.tolist() == pytest.approx(expected, abs=1e-12)


def test_hoover_type_is_half_the_distance_and_misses_what_is_missing(three_cities):
    three_cities.loc[0, "share_primary"] = np.nan
    assert np.isnan(rows_of.agglomeration(three_cities, "hoover")[0])


def test_hoover_type_is_the_coefficient_of_specialisation_of_equal_cities(three_cities):
    shares = three_cities.loc[:2, ["share_primary", "share_secondary", "share_tertiary"]]
    expected = indicators.hoover_localisation(shares.T)
    found = rows_of.agglomeration(three_cities, "hoover")[:3]
    assert found.tolist() == pytest.approx(expected.tolist())


def test_samples_hold_the_cities_and_rows_they_say(data):
    cities = {
        name: rows_of.sample_rows(data, name)["city_code"].nunique()
        for name in register.options("sample")
    }
    assert (cities["belt110"], cities["listed94"], cities["delta41"]) == (110, 94, 41)
    assert cities["no_municipalities"] == 108
    flagged = rows_of.sample_rows(data, "no_flags")
    assert flagged["flags"].eq("").all() and len(flagged) == data["flags"].eq("").sum()
    pairs = {"no_steps": "steps", "no_boundary": "boundary", "neither": "both"}
    for option, without in pairs.items():
        reading = specifications.Reading(option, without=without)
        expected = specifications.prepare(data, reading).index
        assert rows_of.sample_rows(data, option).index.equals(expected)


def test_a_city_is_compared_with_its_sample_before_rows_are_left_out(data):
    whole, part = (rows_of.sample_rows(data, name) for name in ("belt110", "no_flags"))
    pd.testing.assert_series_equal(part["ia_secondary"], whole.loc[part.index, "ia_secondary"])
    delta = rows_of.sample_rows(data, "delta41")
    assert delta.groupby("year")["ia_secondary"].mean().to_numpy() == pytest.approx(1)


# --- refusals, and the bar -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda data: rows_of.sample_rows(data, "belt41"), "'belt41'; expected one of belt110"),
        (lambda data: rows_of.agglomeration(data, "gini"), "'gini'; expected one of secondary"),
    ],
    ids=["sample", "agglomeration"],
)
def test_unknown_names_are_refused(data, call, message):
    with pytest.raises(DataError, match=message):
        call(data)


def test_a_specification_that_cannot_be_estimated_is_named(data):
    with pytest.raises(DataError, match=r"mobility='lm_flow'.*0 cities and 0 years"):
        multiverse.explore(data.assign(lm_flow=np.nan))
    with pytest.raises(DataError, match=r"controls='five'.*(absorb|collinear)"):
        multiverse.explore(data.assign(gr=1.0))


def test_a_bar_is_shown_where_it_is_asked_for(data, capsys):
    with pytest.raises(DataError):
        multiverse.explore(data.assign(lm_flow=np.nan), progress=True)
    assert "multiverse" in capsys.readouterr().err
    with pytest.raises(DataError):
        multiverse.explore(data.assign(lm_flow=np.nan))
    assert capsys.readouterr().err == ""
