"""Algebra that every data set obeys, on panels that hypothesis draws.

An identity needs no reference figure: two ways to one number, each through a public function, or
one of them written out here.  The panels have two cities and more, two years and more, holes, and
columns whose units lie up to ten orders of magnitude apart; ``test_the_panels_hold_hard_shapes``
counts them.  Equal is equal to `NEAR`, of the standard error where there is one.

What other files hold is not repeated: that batches are least squares with every dummy
(``test_batched_properties.py``), location measures under uniformity and against all pairs
(``test_indicators.py``), single examples of some identities below (``test_estimation.py``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lib import batched, indicators, influence, panel
from lib.diagnostics import Sample
from lib.estimation import hausman, iv_2sls, random_effects, two_way_fe
from lib.panel import DataError

NEAR = 1e-7
BATCH = {"twoway": "twoway", "entity": "city", "time": "year", "none": "pooled"}


def quick(examples: int) -> settings:
    return settings(
        deadline=None,
        database=None,
        derandomize=True,
        max_examples=examples,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )


# -- panels ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """A panel with y, regressors a and b, and z, w, which move b as instruments do."""

    rows: pd.DataFrame
    effects: str
    units: np.ndarray  # of y, a, b
    rng: np.random.Generator

    @property
    def shape(self) -> tuple[int, int]:
        return self.rows["city_code"].nunique(), self.rows["year"].nunique()


@st.composite
def panels(
    draw: st.DrawFn,
    cities: tuple[int, int] = (2, 8),
    years: tuple[int, int] = (2, 6),
    effects: tuple[str, ...] = tuple(BATCH),
    holes: bool = True,
    city_sd: tuple[float, ...] = (0.0, 1.0, 5.0),
) -> Drawn:
    n = draw(st.integers(*cities), label="cities")
    t = draw(st.integers(*years), label="years")
    share = draw(st.sampled_from([0.0, 0.0, 0.15, 0.35]), label="holes") if holes else 0.0
    kind = draw(st.sampled_from(effects), label="effects")
    units = 10.0 ** np.array(draw(st.lists(st.integers(-5, 5), min_size=3, max_size=3)))
    sd = draw(st.sampled_from(city_sd), label="spread of the city effects")
    rng = np.random.default_rng(draw(st.integers(0, 2**32), label="seed"))
    city, year = (grid.ravel() for grid in np.mgrid[:n, 2008 : 2008 + t])
    rows = pd.DataFrame(rng.normal(size=(n * t, 6)), columns=["a", "u", "z", "w", "v", "e"])
    effect, trend = sd * rng.normal(size=n)[city], rng.normal(size=t)[year - 2008]
    rows["a"] += effect + trend
    rows["b"] = rows["z"] - 0.7 * rows["w"] + 0.4 * rows["a"] + rows["u"]
    rows["y"] = rows["a"] - rows["b"] + rows["u"] + rows["e"] + effect - trend
    rows[["y", "a", "b"]] *= units
    rows = rows.assign(city_code=city + 100, year=year)[rng.random(n * t) >= share]
    return Drawn(rows.reset_index(drop=True), kind, units, rng)


def dummies(rows: pd.DataFrame, effects: str) -> np.ndarray:
    columns = [np.ones((len(rows), 1))]
    for name, wanted in (("city_code", ("twoway", "entity")), ("year", ("twoway", "time"))):
        if effects in wanted:
            columns.append(pd.get_dummies(rows[name], dtype=float).to_numpy()[:, 1:])
    return np.hstack(columns)


def net_of(rows: pd.DataFrame, names: list[str], on: np.ndarray) -> np.ndarray:
    values = rows[names].to_numpy(dtype=float)
    return values - on @ np.linalg.lstsq(on, values, rcond=None)[0]


def estimable(rows: pd.DataFrame, names: list[str], effects: str, spare: int = 1) -> bool:
    """Rows to spare, one connected panel, and columns that can be told apart, given the effects."""
    cities = rows["city_code"].nunique() if len(rows) else 0
    if cities < 2 or (cities == 2 and effects in ("twoway", "time")):
        return False  # two cities leave no clustered variance: test_degenerate.py
    on = dummies(rows, effects)
    if len(rows) < on.shape[1] + len(names) + spare or np.linalg.matrix_rank(on) < on.shape[1]:
        return False
    net = net_of(rows, names, on)
    size = np.linalg.norm(net, axis=0)
    if (size <= 1e-3 * np.linalg.norm(rows[names], axis=0)).any():
        return False
    # A cluster that fits exactly has no score, and what is left must still be a variance.
    return bool(np.linalg.eigvalsh((net / size).T @ (net / size))[0] > 1e-3)


def batch_of(rows: pd.DataFrame, names: list[str], effects: str) -> batched.Fits:
    """The same regression by the other engine."""
    sample = Sample.of(rows, names)
    return batched.fit(sample.y[None], sample.x, sample.present, BATCH[effects])


def assert_same_t(found: pd.DataFrame, expected: pd.DataFrame, sign: int = 1) -> None:
    """The same t-statistics and p-values, whatever the units."""
    assert_allclose(found["t"], sign * expected["t"], rtol=NEAR, atol=NEAR)
    assert_allclose(found["p"], expected["p"], rtol=NEAR, atol=NEAR)


# -- least squares --------------------------------------------------------------------------------


@quick(60)
@given(panels())
def test_frisch_waugh_lovell(drawn):
    """The slope of a beside b is that of what b and the effects leave of y on what they leave of a.

    With it go the residuals, and the variances but for the degrees of freedom that each counts.
    """
    rows, effects = drawn.rows, drawn.effects
    assume(estimable(rows, ["a", "b"], effects))
    whole = two_way_fe(rows, "y", ["a", "b"], effects)
    left = {name: two_way_fe(rows, name, "b", effects).residuals for name in ("y", "a")}
    part = two_way_fe(rows.assign(**left), "y", "a", "none")
    se = whole.classical.loc["a", "se"]
    assert_allclose(part.coef["a"], whole.coef["a"], rtol=NEAR, atol=NEAR * se)
    scale = np.sqrt(part.df_resid / whole.df_resid)
    assert_allclose(part.classical.loc["a", "se"] * scale, se, rtol=NEAR)
    spread = np.sqrt(whole.rss / whole.nobs)
    assert_allclose(part.residuals, whole.residuals, atol=NEAR * spread)
    counted = len(whole.years) if effects in ("twoway", "time") else 1
    scale = np.sqrt((whole.nobs - 2) / (whole.nobs - 2 - counted))
    clustered = part.clustered.loc["a", "se"] * scale
    assert_allclose(clustered, whole.clustered.loc["a", "se"], rtol=NEAR)
    other = batch_of(rows.assign(**left), ["a"], "none")
    assert_allclose(other.coef[0, 0], whole.coef["a"], rtol=NEAR, atol=NEAR * se)


@quick(60)
@given(panels(years=(2, 2), effects=("twoway",), cities=(3, 12)))
def test_two_years_are_first_differences(drawn):
    """Slopes, classical errors, and by city the robust errors of the differences (HC0, scaled).

    A city that is there once has no difference, and no influence.
    """
    rows = drawn.rows
    assume(estimable(rows, ["a", "b"], "twoway"))
    change = rows.sort_values(["city_code", "year"])
    change = change.groupby("city_code")[["y", "a", "b"]].diff().dropna()
    x = np.column_stack([np.ones(len(change)), change[["a", "b"]] / drawn.units[1:]])
    inverse = np.linalg.inv(x.T @ x)
    slopes = inverse @ x.T @ change["y"]
    residuals = change["y"].to_numpy() - x @ slopes
    per_unit = 1 / drawn.units[1:]
    classical = np.sqrt(residuals @ residuals / (len(x) - 3) * np.diag(inverse))[1:] * per_unit
    hc0 = np.sqrt(np.diag(inverse @ (x.T * residuals**2) @ x @ inverse))[1:] * per_unit

    fit = two_way_fe(rows, "y", ["a", "b"])
    assert_allclose(fit.coef, slopes[1:] * per_unit, rtol=NEAR, atol=NEAR * classical.min())
    assert_allclose(fit.classical["se"], classical, rtol=NEAR)
    g, n = fit.n_clusters, fit.nobs
    scale = np.sqrt(g / (g - 1) * (n - 1) / (n - 2 - 2))
    assert_allclose(fit.clustered["se"], scale * hc0, rtol=NEAR)
    assert fit.df_resid == len(change) - 3
    assert_allclose(batch_of(rows, ["a", "b"], "twoway").se("clustered")[0], scale * hc0, rtol=NEAR)


@quick(30)
@given(panels(effects=("twoway",)), st.randoms(use_true_random=False))
def test_constants_units_order_and_names_change_nothing(drawn, random):
    """Under city and year effects: constants of a city or a year, in y and x and instruments."""
    rows, rng = drawn.rows, drawn.rng
    assume(estimable(rows, ["a", "b"], "twoway"))
    names = list(rows["city_code"].unique())
    random.shuffle(names)
    renamed = dict(zip(rows["city_code"].unique(), (f"city {name}" for name in names), strict=True))
    moved = rows.assign(city_code=rows["city_code"].map(renamed), year=rows["year"] + 12)
    for name in ("y", "a", "b", "z", "w"):
        spread = rows[name].std()
        for column in ("city_code", "year"):
            labels = rows[column].unique()
            constants = dict(zip(labels, 10 * spread * rng.normal(size=len(labels)), strict=True))
            moved[name] += rows[column].map(constants)
    factor = pd.Series({"y": -7.0, "a": 1e4, "b": 1e-3, "z": 50.0, "w": 2.0})
    factor[["a", "b"]] /= drawn.units[1:]
    moved[factor.index] *= factor
    moved = moved.iloc[rng.permutation(len(moved))]

    found, other = (two_way_fe(data, "y", ["a", "b"]) for data in (rows, moved))
    for kind in ("classical", "clustered"):
        assert_same_t(getattr(other, kind)[:1], getattr(found, kind)[:1], sign=-1)
        assert_same_t(getattr(other, kind)[1:], getattr(found, kind)[1:], sign=-1)
        se = getattr(other, kind)["se"] * factor[["a", "b"]] / 7
        assert_allclose(se, getattr(found, kind)["se"], rtol=NEAR)
    assert_allclose(other.r2_within, found.r2_within, rtol=NEAR, atol=NEAR)
    spread = np.sqrt(found.rss / found.nobs)
    back = other.residuals.sort_index() / -7
    assert_allclose(back, found.residuals, atol=NEAR * spread)
    one, two = (batch_of(data, ["a", "b"], "twoway") for data in (rows, moved))
    for kind in ("clustered", "hc1"):
        t = one.coef / one.se(kind)
        assert_allclose(-two.coef / two.se(kind), t, rtol=NEAR, atol=NEAR)

    assume(found.n_entities > 3 and estimable(rows, ["a", "z", "w"], "twoway"))
    assume((rows.groupby("city_code").size() > 1).sum() > 3)
    found, other = (iv_2sls(data, "y", "b", "a", ["z", "w"]) for data in (rows, moved))
    for kind in ("classical", "clustered"):
        assert_same_t(getattr(other, kind), getattr(found, kind), sign=-1)
    assert_allclose(other.first_stage, found.first_stage, rtol=1e-5, atol=NEAR)
    assert_allclose(other.overid, found.overid, rtol=1e-5, atol=NEAR)


@quick(20)
@given(panels(cities=(6, 9), city_sd=(0.0, 1.0)), st.booleans())
def test_random_effects_and_hausman_know_no_units_order_or_names(drawn, time_dummies):
    """Nor constants of a year, where there are year effects, nor one constant in any case."""
    rows, rng = drawn.rows, drawn.rng
    assume(estimable(rows, ["a", "b"], "twoway"))
    later = (rows["year"] - 2010 if time_dummies else 3.0) * rows["y"].std()
    # In units of their own: beyond twelve orders of magnitude linearmodels finds no full rank.
    _, a, b = drawn.units
    moved = rows.assign(y=9 * (rows["y"] + later), a=rows["a"] * 50 / a, b=rows["b"] / 7 / b)
    moved["city_code"] = (-rows["city_code"]).map("city {}".format)
    moved = moved.iloc[rng.permutation(len(moved))]
    try:
        found = random_effects(rows, "y", ["a", "b"], time_dummies)
    except DataError as refused:  # too few cities for the regression between them
        assert "degrees of freedom" in str(refused)
        assume(False)
    other = random_effects(moved, "y", ["a", "b"], time_dummies)
    for kind in ("classical", "clustered"):
        assert_same_t(getattr(other, kind), getattr(found, kind))
    tests = [hausman(data, "y", ["a", "b"], time_dummies) for data in (rows, moved)]
    for name in ("stat", "df", "p", "mundlak_stat", "mundlak_robust_stat"):
        one, two = (getattr(test, name) for test in tests)
        assert_allclose(two, one, rtol=1e-5, atol=NEAR)


@quick(60)
@given(panels(cities=(6, 40), years=(2, 2), effects=("none",), holes=False))
def test_clusters_of_one_are_hc1(drawn):
    """Clustering cities of one row each is White's covariance with HC1's scale."""
    rows = drawn.rows.drop_duplicates("city_code")
    assume(estimable(rows, ["a", "b"], "none"))
    fit = two_way_fe(rows, "y", ["a", "b"], "none")
    white = sm.OLS(rows["y"], sm.add_constant(rows[["a", "b"]] / drawn.units[1:]))
    expected = white.fit(cov_type="HC1").bse[["a", "b"]] / drawn.units[1:]
    assert_allclose(fit.clustered["se"], expected, rtol=NEAR)
    other = batch_of(rows, ["a", "b"], "none")
    assert_allclose(other.se("clustered"), other.se("hc1"), rtol=NEAR)


@quick(60)
@given(panels(cities=(4, 8), effects=("twoway",)))
def test_a_dummy_for_each_row_of_a_city_leaves_the_city_out(drawn):
    """All rows but one: the city's own effect fits the last."""
    rows = drawn.rows
    city = rows["city_code"].iloc[0]
    own, rest = rows[rows["city_code"] == city], rows[rows["city_code"] != city]
    assume(all(estimable(part, ["a", "b"], "twoway", spare=2) for part in (rows, rest)))
    sample = Sample.of(rows, ["a", "b"])
    others = [np.setdiff1d(sample.cities, [each]) for each in sample.cities]
    assume(all(estimable(rows[rows["city_code"].isin(o)], ["a", "b"], "twoway") for o in others))
    names = [f"row {label}" for label in own.index[1:]]
    marked = rows.assign(**dict.fromkeys(names, 0.0))
    for name, label in zip(names, own.index[1:], strict=True):
        marked.loc[label, name] = 1.0
    assume(set(rest["year"]) == set(rows["year"]))
    fit = batch_of(marked, ["a", "b", *names], "twoway")
    left = influence.leave_out(sample).loc[city]
    atol = NEAR * fit.se("classical")[0, :2].min()
    assert_allclose(left[["a", "b"]].astype(float), fit.coef[0, :2], rtol=NEAR, atol=atol)


# -- Hausman and Mundlak --------------------------------------------------------------------------


@quick(60)
@given(
    panels(
        cities=(4, 9), years=(2, 6), effects=("twoway",), holes=False, city_sd=(0.0, 0.0, 0.3, 5.0)
    ),
    st.booleans(),
)
def test_sigmaless_hausman_is_mundlak_on_balanced_panels(drawn, time_dummies):
    """And where the variance of the city effects is estimated as zero, by how much it is not.

    With s2 the error variance within and m2 that of Mundlak's regression, ``sigmaless * s2`` is
    ``mundlak * m2`` whatever the data.  Random effects weigh the squares between cities by
    ``f = s2 / max(s2, T s2_between)``, so that ``m2 = (RSS_within + f T RSS_between) / df`` is s2
    itself unless the maximum is its first part.
    """
    rows, (cities, years) = drawn.rows, drawn.shape
    assume(estimable(rows, ["a", "b"], "twoway", spare=2))
    inside = two_way_fe(rows, "y", ["a", "b"], "twoway" if time_dummies else "entity")
    means = rows.groupby("city_code")[["y", "a", "b"]].mean() / drawn.units
    on = sm.add_constant(means[["a", "b"]])
    assume(np.linalg.cond(on) < 1e3)
    rss_between = sm.OLS(means["y"], on).fit().ssr * drawn.units[0] ** 2
    assume(cities > 3)
    s2, s2_between = inside.rss / inside.df_resid, rss_between / (cities - 3)
    f = s2 / max(s2, years * s2_between)
    df = cities * years - 4 - (years if time_dummies else 1)
    m2 = (inside.rss + f * years * rss_between) / df
    seen[time_dummies, bool(s2 < years * s2_between)] += 1

    found = hausman(rows, "y", ["a", "b"], time_dummies)
    assert (found.df, found.mundlak_df, found.note) == (2, 2, "")
    assert_allclose(found.stat * s2, found.mundlak_stat * m2, rtol=1e-5)
    if s2 < years * s2_between:
        assert_allclose(found.stat, found.mundlak_stat, rtol=1e-5)
        assert_allclose(found.p, found.mundlak_p, rtol=1e-5, atol=NEAR)
    else:
        assert found.mundlak_stat > found.stat
    if time_dummies:
        cells = batched.cube(rows, ["y", "a", "b"])
        other = batched.hausman(cells[:1], cells[1:])
        assert_allclose(other.sigmaless, found.stat, rtol=1e-5)


seen: Counter = Counter()


def test_both_cases_of_the_hausman_identity_are_seen():
    if not seen:  # the test above ran in another worker
        test_sigmaless_hausman_is_mundlak_on_balanced_panels()
    assert min(seen[dummies, positive] for dummies in (True, False) for positive in (0, 1)) >= 3


# -- two-stage least squares ----------------------------------------------------------------------


@quick(40)
@given(panels(cities=(5, 9)))
def test_2sls_with_instruments_that_are_exogenous_in_the_sample_is_least_squares(drawn):
    """If least squares' own residuals are orthogonal to the instruments, nothing is instrumented.

    The slopes are those of least squares, Wu and Hausman's and Sargan's statistics are zero.
    """
    rows, effects = drawn.rows, drawn.effects
    assume(estimable(rows, ["a", "b", "z", "w"], effects, spare=2))
    assume(len(rows) > 3 * rows["city_code"].nunique())
    constant = np.ones((len(rows), 1))
    on = np.hstack([dummies(rows, effects), net_of(rows, ["a", "b", "z", "w"], constant)])
    on = on / np.linalg.norm(on, axis=0)
    error = net_of(rows, ["e"], on)[:, 0]
    assume(np.linalg.norm(error) > 1e-3)
    scaled = rows.assign(a=rows["a"] / drawn.units[1], b=rows["b"] / drawn.units[2])
    rows = rows.assign(y=(scaled["a"] - 2 * scaled["b"] + error) * drawn.units[0])
    plain = two_way_fe(rows, "y", ["b", "a"], effects)
    found = iv_2sls(rows, "y", "b", "a", ["z", "w"], effects)
    for name in ("b", "a"):
        se = found.classical.loc[name, "se"]
        assert_allclose(found.coef[name], plain.coef[name], rtol=NEAR, atol=NEAR * se)
    truth = np.array([-2.0, 1.0]) * drawn.units[0] / drawn.units[[2, 1]]
    assert_allclose(found.coef, truth, rtol=1e-6)
    assert found.wu_hausman.stat < 1e-9 and found.overid.loc["sargan", "stat"] < 1e-9
    assert_allclose(found.rss, plain.rss, rtol=NEAR)


@quick(40)
@given(panels(cities=(5, 9)))
def test_just_identified_2sls_is_the_ratio_of_two_regressions(drawn):
    """Indirect least squares: the reduced form over the first stage, and its F the squared t."""
    rows, effects = drawn.rows, drawn.effects
    assume(estimable(rows, ["a", "b"], effects) and estimable(rows, ["z", "a"], effects))
    assume((rows.groupby("city_code").size() > 1).sum() > 2)
    reduced, first = (two_way_fe(rows, name, ["z", "a"], effects) for name in ("y", "b"))
    assume(abs(first.classical.loc["z", "t"]) > 0.1)
    found = iv_2sls(rows, "y", "b", "a", "z", effects)
    ratio = reduced.coef["z"] / first.coef["z"]
    assert_allclose(found.coef["b"], ratio, rtol=NEAR, atol=NEAR * found.classical.loc["b", "se"])
    assert_allclose(found.first_stage.loc["b", "f"], first.classical.loc["z", "t"] ** 2, rtol=1e-5)
    robust = first.clustered.loc["z", "t"] ** 2
    assert_allclose(found.first_stage.loc["b", "f_clustered"], robust, rtol=1e-5)


@quick(40)
@given(panels(cities=(4, 9), effects=("none",)))
def test_a_binary_instrument_gives_walds_ratio(drawn):
    """The difference of two means of y over that of the same means of b."""
    rows = drawn.rows.assign(late=drawn.rows["year"] > 2008)
    assume(rows["late"].any() and not rows["late"].all() and rows["city_code"].nunique() > 2)
    means = rows.groupby("late")[["y", "b"]].mean()
    step = means.loc[True] - means.loc[False]
    assume(abs(step["b"]) > 0.05 * drawn.units[2])
    found = iv_2sls(rows, "y", "b", [], "late", "none")
    assert_allclose(found.coef["b"], step["y"] / step["b"], rtol=NEAR)


# -- measures of location -------------------------------------------------------------------------

sizes = st.floats(1e-6, 1e6)


@st.composite
def economies(draw: st.DrawFn) -> pd.DataFrame:
    """Regions x industries, with industries that some regions lack."""
    regions, industries = draw(st.integers(2, 8)), draw(st.integers(1, 5))
    cell = st.one_of(sizes, sizes, st.just(0.0))
    cells = st.lists(cell, min_size=industries, max_size=industries)
    values = np.array(draw(st.lists(cells, min_size=regions, max_size=regions)))
    assume((values.sum(axis=0) > 0).all() and (values.sum(axis=1) > 0).all())
    return pd.DataFrame(values, columns=[f"industry {j}" for j in range(industries)])


@quick(150)
@given(economies())
def test_location_quotients_average_one_both_ways(values):
    total = values.to_numpy().sum()
    quotient = indicators.location_quotient(values)
    regions, industries = values.sum(axis=1) / total, values.sum() / total
    assert_allclose(quotient.mul(regions, axis=0).sum(), 1, rtol=1e-12)
    assert_allclose((quotient * industries).sum(axis=1), 1, rtol=1e-12)
    # The same table on its side has the same quotients, and so has each region's own specialty.
    assert_allclose(indicators.location_quotient(values.T).T, quotient, rtol=1e-12)


@quick(150)
@given(economies(), sizes, st.randoms(use_true_random=False))
def test_bounds_of_the_location_measures(values, factor, random):
    """Hoover in [0, 1), Gini between it and ``1 - (1 - H)^2``, Herfindahl in [1/m, 1].

    Hoover's is the greatest distance of the Lorenz curve from the diagonal.  The curve is convex:
    it lies below the triangle through that point, and above the parallel to the diagonal there.
    """
    hoover = indicators.hoover_localisation(values)
    gini, herfindahl = indicators.locational_gini(values), indicators.herfindahl(values)
    smallest = (values.sum(axis=1) / values.to_numpy().sum()).min()
    rounding = 1e-12
    assert (hoover >= 0).all() and (hoover <= 1 - smallest + rounding).all() and (hoover < 1).all()
    assert (gini >= hoover - rounding).all()
    assert (gini <= 1 - (1 - hoover) ** 2 + rounding).all()
    assert (gini <= 1 - smallest + rounding).all()
    present = (values > 0).sum()
    assert (herfindahl >= 1 / present - rounding).all() and (herfindahl <= 1 + rounding).all()

    order = list(values.index)
    random.shuffle(order)
    halves = pd.concat([values / 2, values / 2], ignore_index=True)
    for measure, expected in (
        (indicators.hoover_localisation, hoover),
        (indicators.locational_gini, gini),
        (indicators.herfindahl, herfindahl),
    ):
        assert_allclose(measure(factor * values.loc[order]), expected, rtol=1e-9, atol=rounding)
        split = expected / 2 if measure is indicators.herfindahl else expected
        assert_allclose(measure(halves), split, rtol=1e-9, atol=rounding)


@quick(150)
@given(
    st.lists(
        st.tuples(st.integers(2008, 2011), st.one_of(st.floats(1e-6, 1.0), st.just(np.nan))),
        min_size=1,
        max_size=25,
    ),
    sizes,
)
def test_agglomeration_adds_up_to_one_and_its_scaled_form_averages_one(cells, factor):
    """In each year that has a share, over the cities that have one, whatever the unit."""
    rows = pd.DataFrame(cells, columns=["year", "share_secondary"])
    known = rows["share_secondary"].notna()
    value, scaled = indicators.ia(rows), indicators.ia(rows, scaled=True)
    for found, expected in (
        (value.groupby(rows["year"]).sum(min_count=1), 1.0),
        (scaled.groupby(rows["year"]).mean(), 1.0),
    ):
        assert_allclose(found.dropna(), expected, rtol=1e-12)
        assert set(found.dropna().index) == set(rows.loc[known, "year"])
    assert (value.notna() == known).all() and (scaled.notna() == known).all()
    other = rows.assign(share_secondary=factor * rows["share_secondary"])[::-1]
    assert_allclose(indicators.ia(other).sort_index(), value, rtol=1e-12)


# -- the yearbook ---------------------------------------------------------------------------------


@quick(150)
@given(
    st.lists(
        st.lists(st.floats(-0.6, 1.5), min_size=1, max_size=14), min_size=1, max_size=4
    ),
    st.integers(0, 2**32),
    st.integers(-6, 6),
)
def test_flows_of_labour_add_up_to_the_growth_of_the_population(growth, seed, exponent):
    """To first order, with the second order bounded: ``0 <= g - log(1+g) <= g^2 / 2 min(1, 1+g)``.

    Gross flows compound to the growth exactly; net ones add what natural growth took off.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for city, steps in enumerate(growth):
        people = 10.0**exponent * np.cumprod([1.0, *(1 + np.array(steps))])
        rows += [(city, 2008 + t, each) for t, each in enumerate(people)]
    yearbook = pd.DataFrame(rows, columns=["city_code", "year", "resident_pop"])
    yearbook["natural_growth"] = rng.uniform(-20, 30, len(yearbook))
    gross, net = indicators.lm_flow_gross(yearbook), indicators.lm_flow(yearbook)
    first = ~yearbook["city_code"].duplicated()
    assert (gross.isna() == first).all() and (net.isna() == first).all()
    cities = yearbook["city_code"]
    grown = np.log(yearbook["resident_pop"].groupby(cities).agg(lambda p: p.iloc[-1] / p.iloc[0]))
    assert_allclose(np.log1p(gross).groupby(cities).sum(), grown, rtol=1e-9, atol=1e-12)
    beyond = gross.groupby(cities).sum() - grown
    bound = (gross**2 / (2 * np.minimum(1, 1 + gross))).groupby(cities).sum()
    assert (beyond >= -1e-12).all() and (beyond <= bound + 1e-12).all()
    natural = (yearbook["natural_growth"] / 1000).where(~first).groupby(cities).sum()
    assert_allclose(net.groupby(cities).sum() + natural - grown, beyond, rtol=1e-9, atol=1e-12)


ROSTER = pd.DataFrame(
    {"city_code": [f"C{i}" for i in range(5)], "province_en": ["East"] * 2 + ["West"] * 3}
)


@quick(15)
@given(
    st.integers(2, 9),
    st.sampled_from([0.0, 0.1, 0.4]),
    st.sampled_from([0.005, 0.05, 1.0]),
    st.integers(0, 2**32),
)
def test_interpolation_keeps_what_was_observed_and_stays_between_its_neighbours(
    years, holes, spread, seed
):
    """Whatever is judged suspect on the way: each cell is as it was, or noted, or still missing."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product(
        [ROSTER["city_code"], range(2008, 2008 + years)], names=panel.KEY
    )
    yearbook = keys.to_frame(index=False)
    for field in panel.LEVELS:
        steps = rng.normal(0.08, spread, (len(ROSTER), years)).cumsum(axis=1)
        yearbook[field] = 100 * np.exp(steps).ravel()
    yearbook["gdp_index"] = rng.uniform(95, 120, len(yearbook))
    yearbook["natural_growth"] = rng.uniform(-5, 15, len(yearbook))
    fields = panel.LEVELS + panel.RATES
    yearbook[fields] = yearbook[fields].mask(rng.random((len(yearbook), len(fields))) < holes)

    cleaned = panel.clean(yearbook, ROSTER)
    notes = cleaned.notes.set_index(["kind", "field"]).sort_index()
    for field in fields:
        before, after = (
            frame.pivot(index="city_code", columns="year", values=field)
            for frame in (yearbook, cleaned.frame)
        )
        marked = {
            kind: set(notes.loc[[(kind, field)], panel.KEY].itertuples(index=False, name=None))
            if (kind, field) in notes.index
            else set()
            for kind in ("suspect", "interpolated")
        }
        for city in before.index:
            for year in before.columns:
                old, new, cell = before.at[city, year], after.at[city, year], (city, year)
                if cell not in marked["interpolated"]:
                    lost = np.isnan(old) or cell in marked["suspect"]
                    assert np.isnan(new) if lost else new == old
                    continue
                assert np.isnan(old) or cell in marked["suspect"]
                own = [y for y in before.columns if (city, y) not in marked["interpolated"]]
                row = after.loc[city, own].dropna()
                low, high = row[row.index < year].iloc[-1], row[row.index > year].iloc[0]
                assert min(low, high) * (1 - 1e-12) <= new <= max(low, high) * (1 + 1e-12)


# -- what was drawn -------------------------------------------------------------------------------


def test_the_panels_hold_hard_shapes():
    """Otherwise the tests above might have seen less than they say."""
    kinds: Counter = Counter()

    @quick(100)
    @given(panels())
    def look(drawn):
        rows = drawn.rows
        if not estimable(rows, ["a", "b"], drawn.effects):
            return
        cities, years = drawn.shape
        kinds[drawn.effects] += 1
        kinds["two cities"] += cities == 2
        kinds["two years"] += years == 2
        kinds["holes"] += len(rows) < cities * years
        kinds["a city alone in its row"] += rows.groupby("city_code").size().min() == 1
        kinds["units far apart"] += np.ptp(np.log10(drawn.units)) >= 8

    look()
    least = {"two cities": 3, "holes": 10, "two years": 5, "units far apart": 5}
    for kind in (*BATCH, *least, "a city alone in its row"):
        assert kinds[kind] >= least.get(kind, 2), kinds
