"""Many regressions at once give what one regression at a time gives.

Single draws are compared with ``linearmodels`` and :mod:`lib.estimation`; Driscoll and Kraay's
covariance, HC1 and the clustered one with R's ``plm`` and ``fixest`` on Grunfeld's and Munnell's
panels as well.  ``test_batched_properties.py`` does the same on random designs.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from linearmodels.datasets import munnell
from linearmodels.panel import PanelOLS
from linearmodels.panel.covariance import DriscollKraay
from scipy import stats
from statsmodels.datasets import grunfeld
from statsmodels.regression.linear_model import OLS

from lib import batched
from lib.estimation import hausman, two_way_fe
from lib.panel import DataError

EXACT = 1e-10
CITIES, YEARS, DRAWS = 9, 7, 4
TERMS = ["a", "b", "c"]


def frame_of(y: np.ndarray, x: np.ndarray) -> pd.DataFrame:
    """One draw as the rows that lib.estimation reads."""
    cities, years = y.shape
    keys = pd.MultiIndex.from_product(
        [range(cities), range(2000, 2000 + years)], names=["city_code", "year"]
    )
    columns = {name: values.ravel() for name, values in zip(TERMS, x, strict=False)}
    return pd.DataFrame({"y": y.ravel(), **columns}, index=keys).reset_index()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture
def x(rng) -> np.ndarray:
    effects = rng.normal(size=(3, CITIES, 1)) + rng.normal(size=(3, 1, YEARS))
    return effects + rng.normal(size=(3, CITIES, YEARS)) * np.array([1, 5, 0.1])[:, None, None]


@pytest.fixture
def y(rng, x) -> np.ndarray:
    return x[0] + rng.normal(size=(DRAWS, CITIES, YEARS)) + rng.normal(size=(DRAWS, CITIES, 1))


def relative(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(np.asarray(found) / np.asarray(expected) - 1).max())


# -- the data -------------------------------------------------------------------------------------


def test_cube_puts_rows_in_order_of_city_and_year_whatever_their_order():
    rows = pd.DataFrame(
        [(2, 2001, 4.0, -4.0), (1, 2001, 2.0, -2.0), (2, 2000, 3.0, -3.0), (1, 2000, 1.0, -1.0)],
        columns=["city_code", "year", "p", "q"],
    )
    expected = [[[-1, -2], [-3, -4]], [[1, 2], [3, 4]]]
    assert batched.cube(rows, ["q", "p"]).tolist() == expected


def test_cube_refuses_gaps_and_names_the_first(x, y):
    rows = frame_of(y[0], x)
    with pytest.raises(DataError, match="city 3, year 2004, column 'a'"):
        batched.cube(rows.drop(index=3 * YEARS + 4), TERMS)
    with pytest.raises(DataError, match="column 'b'"):
        batched.cube(rows.assign(b=rows["b"].mask(rows.index == 5)), TERMS)
    with pytest.raises(DataError, match="twice"):
        batched.cube(pd.concat([rows, rows.iloc[:1]]), TERMS)


# -- one regression at a time ---------------------------------------------------------------------


@pytest.mark.parametrize("draw", range(DRAWS))
def test_slopes_and_classical_covariance_are_those_of_linearmodels(x, y, draw):
    rows = frame_of(y[draw], x).set_index(["city_code", "year"])
    single = PanelOLS(rows["y"], rows[TERMS], entity_effects=True, time_effects=True).fit()
    found = batched.fit(y, x)
    assert relative(found.coef[draw], single.params) < EXACT
    assert relative(found.cov("classical")[draw], single.cov) < EXACT
    assert found.df_resid[draw] == single.df_resid
    assert relative(found.rss[draw], single.resid_ss) < EXACT


@pytest.mark.parametrize("draw", range(DRAWS))
def test_clustered_covariance_is_that_of_the_tables(x, y, draw):
    single = two_way_fe(frame_of(y[draw], x), "y", TERMS)
    found = batched.fit(y, x)
    assert relative(found.cov("clustered")[draw], single.cov_clustered) < EXACT
    assert relative(found.se("clustered")[draw], single.clustered["se"]) < EXACT


@pytest.mark.parametrize("kind", ["classical", "clustered"])
def test_an_interval_holds_what_lies_between_the_printed_bounds(x, y, kind):
    found = batched.fit(y, x)
    for draw in range(DRAWS):
        table = getattr(two_way_fe(frame_of(y[draw], x), "y", TERMS), kind)
        for bound, inwards in (("low", 1), ("high", -1)):
            edge = table[bound].to_numpy()
            nudge = inwards * 1e-9 * table["se"].to_numpy()
            assert found.covers(edge + nudge, kind)[draw].all()
            assert not found.covers(edge - nudge, kind)[draw].any()


def test_driscoll_kraay_intervals_are_of_t_with_years_less_one(x, y):
    found = batched.fit(y, x)
    half = stats.t.ppf(0.975, YEARS - 1) * found.se("driscoll_kraay")
    assert found.covers(found.coef + 0.999999 * half, "driscoll_kraay").all()
    assert not found.covers(found.coef + 1.000001 * half, "driscoll_kraay").any()


@pytest.mark.parametrize("lags", [0, 1, 3, None])
def test_driscoll_kraay_is_that_of_linearmodels_but_for_the_scale(x, y, lags):
    """linearmodels scales by n/(n - K - extra); we by T/(T-1) (n-1)/(n - K - N)."""
    found = batched.fit(y, x)
    cov = found.cov("driscoll_kraay", lags)
    n, t = CITIES * YEARS, YEARS
    city, year = (part.ravel()[:, None] for part in np.indices((CITIES, YEARS)))
    for draw in range(DRAWS):
        net_x = batched.within(x).reshape(3, -1).T
        net_y = batched.within(y[draw]).reshape(-1, 1)
        single = DriscollKraay(
            net_y, net_x, found.coef[draw][:, None], city, year,
            debiased=True, extra_df=CITIES, kernel="bartlett",
            bandwidth=batched.rule_of_thumb(YEARS) if lags is None else lags,
        ).cov  # fmt: skip
        assert relative(cov[draw], single * (n - 1) / n * t / (t - 1)) < EXACT


@cache
def reference() -> pd.DataFrame:
    rows = pd.read_csv(Path(__file__).parents[1] / "data" / "reference" / "peer_results.csv")
    rows = rows[rows["se_type"].notna() & rows["statistic"].str.startswith("se[")]
    return rows.assign(dataset=rows["dataset"].str.split(" ").str[0])


@cache
def panel(name: str) -> pd.DataFrame:
    if name == "Grunfeld11":
        data = grunfeld.load_pandas().data
        return data.rename(columns={"firm": "city_code", "invest": "y"})
    data = munnell.load()
    logs = {"y": "GSP", "log(pcap)": "P_CAP", "log(pc)": "PC", "log(emp)": "EMP"}
    made = {new: np.log(data[old]) for new, old in logs.items()}
    return pd.DataFrame(
        {"city_code": data["ST_ABB"], "year": data["YR"], "unemp": data["UNEMP"], **made}
    )


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
@pytest.mark.parametrize("lags", [2, 3])
@pytest.mark.parametrize("program", ["plm vcovSCC", "Driscoll-Kraay lag"])
def test_driscoll_kraay_is_that_of_r(dataset, lags, program):
    rows = reference()
    rows = rows[
        (rows["dataset"] == dataset)
        & (rows["estimator"] == "within twoways")
        & rows["se_type"].str.startswith(program)
        & rows["se_type"].str.contains(f"lag={lags}")
    ]
    expected = {row.statistic[3:-1]: row.value for row in rows.itertuples()}
    assert len(expected) in (2, 4)
    data = panel(dataset)
    (y,), x = batched.cube(data, ["y"]), batched.cube(data, list(expected))
    found = batched.fit(y[None], x).se("driscoll_kraay", lags)[0]
    if program.startswith("plm"):  # no small-sample factor
        (k, n, t) = x.shape
        found = found / np.sqrt(t / (t - 1) * (n * t - 1) / (n * t - k - n))
    assert relative(found, list(expected.values())) < EXACT


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
@pytest.mark.parametrize(
    "effects, estimator", [("twoway", "within twoways"), ("city", "within individual")]
)
@pytest.mark.parametrize(
    "kind, program",
    [
        ("hc1", "hetero (HC1, all FE counted)"),
        ("clustered", "cluster entity, default ssc"),
        ("driscoll_kraay", "Driscoll-Kraay lag=3 default ssc"),
    ],
)
def test_standard_errors_are_those_of_fixest(dataset, effects, estimator, kind, program):
    rows = reference()
    rows = rows[
        (rows["dataset"] == dataset)
        & (rows["estimator"] == estimator)
        & rows["producer"].str.startswith("R fixest")
        & rows["se_type"].str.startswith(program)
    ]
    expected = {row.statistic[3:-1]: row.value for row in rows.itertuples()}
    assert len(expected) in (2, 4)
    data = panel(dataset)
    (y,), x = batched.cube(data, ["y"]), batched.cube(data, list(expected))
    found = batched.fit(y[None], x, effects=effects).se(kind, 3)[0]
    assert relative(found, list(expected.values())) < EXACT


@pytest.mark.parametrize("years, lags", [(16, 2), (7, 2), (20, 2), (100, 4), (9, 2)])
def test_lags_by_the_rule_of_thumb(years, lags):
    assert batched.rule_of_thumb(years) == lags


@pytest.mark.parametrize("lags", [-1, YEARS])
def test_lags_out_of_range_are_refused(x, y, lags):
    with pytest.raises(DataError, match="lags"):
        batched.fit(y, x).cov("driscoll_kraay", lags)


def test_an_unknown_covariance_is_refused(x, y):
    with pytest.raises(DataError, match="hc3"):
        batched.fit(y, x).cov("hc3")


# -- other effects --------------------------------------------------------------------------------

THEIRS = {"twoway": "twoway", "city": "entity", "year": "time", "pooled": "none"}


@pytest.mark.parametrize("effects", THEIRS)
@pytest.mark.parametrize("gaps", [False, True])
def test_every_kind_of_effects_is_that_of_the_tables(x, y, present, effects, gaps):
    cells = present[0] if gaps else None
    found = batched.fit(y, x, cells, effects)
    for draw in range(DRAWS):
        rows = frame_of(y[draw], x)[present[0].ravel() if gaps else slice(None)]
        single = two_way_fe(rows, "y", TERMS, THEIRS[effects])
        assert relative(found.coef[draw], single.coef) < EXACT
        assert relative(found.cov("classical")[draw], single.cov_classical) < EXACT
        assert relative(found.cov("clustered")[draw], single.cov_clustered) < EXACT
        assert relative(found.p("clustered")[draw], single.clustered["p"]) < EXACT
        assert relative(found.p("classical")[draw], single.classical["p"]) < EXACT
        assert found.df_resid[draw] == single.df_resid
        assert found.df("clustered")[draw] == single.n_clusters - 1


@pytest.mark.parametrize("effects", THEIRS)
def test_hc1_is_that_of_dummies_written_out(x, y, present, effects):
    found = batched.fit(y, x, present[0], effects)
    used = present[0].ravel()
    city, year = (part.ravel()[used] for part in np.indices((CITIES, YEARS)))
    columns = [np.ones((len(city), 1))]
    columns += [np.eye(CITIES)[city][:, 1:]] if effects in ("twoway", "city") else []
    columns += [np.eye(YEARS)[year][:, 1:]] if effects in ("twoway", "year") else []
    design = np.hstack([x.reshape(3, -1).T[used], *columns])
    for draw in range(DRAWS):
        single = OLS(y[draw].ravel()[used], design).fit(cov_type="HC1", use_t=True)
        assert relative(found.cov("hc1")[draw], single.cov_params()[:3, :3]) < EXACT
        assert relative(found.p("hc1")[draw], single.pvalues[:3]) < EXACT


def test_hc1_is_that_of_linearmodels(x, y):
    found = batched.fit(y, x)
    for draw in range(DRAWS):
        rows = frame_of(y[draw], x).set_index(["city_code", "year"])
        model = PanelOLS(rows["y"], rows[TERMS], entity_effects=True, time_effects=True)
        assert relative(found.se("hc1")[draw], model.fit(cov_type="robust").std_errors) < EXACT


@pytest.mark.parametrize(
    "effects, counted", [("twoway", CITIES), ("city", CITIES), ("year", 1), ("pooled", 1)]
)
def test_driscoll_kraay_counts_what_is_not_nested_in_years(x, y, effects, counted):
    """linearmodels, which scales by n/(n - K - extra), with the effects that fixest counts."""
    found = batched.fit(y, x, effects=effects)
    n, city, year = (CITIES * YEARS, *(part.ravel()[:, None] for part in np.indices(y.shape[1:])))
    for draw in range(DRAWS):
        net = batched.within(np.concatenate([y[[draw]], x]), effects=effects).reshape(4, -1).T
        single = DriscollKraay(
            net[:, :1], net[:, 1:], found.coef[draw][:, None], city, year,
            debiased=True, extra_df=counted, kernel="bartlett", bandwidth=2,
        ).cov * (n - 1) / n * YEARS / (YEARS - 1)  # fmt: skip
        assert relative(found.cov("driscoll_kraay", 2)[draw], single) < EXACT


def test_effects_that_there_are_not_are_refused(x, y):
    with pytest.raises(DataError, match="effects: found 'entity'"):
        batched.fit(y, x, effects="entity")


# -- gaps and regressors of each draw's own -------------------------------------------------------


@pytest.fixture
def present(rng) -> np.ndarray:
    return rng.random((DRAWS, CITIES, YEARS)) > 0.25


@pytest.mark.parametrize("draw", range(DRAWS))
def test_a_draw_with_gaps_is_the_unbalanced_regression(x, y, rng, present, draw):
    own = x + rng.normal(size=(DRAWS, *x.shape))
    found = batched.fit(y, own, present)
    rows = frame_of(y[draw], own[draw])[present[draw].ravel()]
    single = two_way_fe(rows, "y", TERMS)
    assert relative(found.coef[draw], single.coef) < EXACT
    assert relative(found.cov("classical")[draw], single.cov_classical) < EXACT
    assert relative(found.cov("clustered")[draw], single.cov_clustered) < EXACT
    assert (found.nobs[draw], found.df_resid[draw]) == (single.nobs, single.df_resid)


def test_what_an_absent_cell_holds_has_no_influence(x, y, present):
    own = np.broadcast_to(x, (DRAWS, *x.shape))
    expected = batched.fit(y, own, present)
    found = batched.fit(
        np.where(present, y, np.nan), np.where(present[:, None], own, np.nan), present
    )
    assert np.array_equal(found.coef, expected.coef)
    assert np.array_equal(found.residuals, expected.residuals)


def test_nothing_absent_is_the_balanced_regression(x, y):
    own = np.broadcast_to(x, (DRAWS, *x.shape))
    found = batched.fit(y, own, np.ones(y.shape, dtype=bool))
    assert relative(found.coef, batched.fit(y, x).coef) < EXACT
    assert relative(batched.fit(y, own).coef, batched.fit(y, x).coef) < EXACT


@pytest.mark.parametrize("effects", THEIRS)
def test_a_city_or_year_without_a_row_is_not_there(x, y, present, effects):
    fewer = present.copy()
    fewer[1, 4] = fewer[2, :, 0] = fewer[3, :2] = fewer[3, :, [2, 6]] = False
    found = batched.fit(y, x, fewer, effects)
    for draw in range(DRAWS):
        single = two_way_fe(frame_of(y[draw], x)[fewer[draw].ravel()], "y", TERMS, THEIRS[effects])
        assert (found.cities[draw], found.years[draw]) == (single.n_entities, len(single.years))
        assert relative(found.coef[draw], single.coef) < EXACT
        assert relative(found.cov("classical")[draw], single.cov_classical) < EXACT
        assert relative(found.cov("clustered")[draw], single.cov_clustered) < EXACT
        assert found.df_resid[draw] == single.df_resid


def test_driscoll_kraay_knows_that_an_empty_year_is_a_gap(x, y):
    """Without a year at the end: the shorter panel; without one inside: its lags stay two apart."""
    shorter = np.ones((CITIES, YEARS), dtype=bool)
    shorter[:, -1] = False
    found = batched.fit(y, x, shorter).cov("driscoll_kraay", 2)
    expected = batched.fit(y[..., :-1], x[..., :-1]).cov("driscoll_kraay", 2)
    assert relative(found, expected) < EXACT
    gap = np.ones((CITIES, YEARS), dtype=bool)
    gap[:, 3] = False
    found, without = batched.fit(y, x, gap), batched.fit(np.delete(y, 3, 2), np.delete(x, 3, 2))
    assert relative(found.cov("driscoll_kraay", 0), without.cov("driscoll_kraay", 0)) < EXACT
    assert relative(found.cov("driscoll_kraay", 1), without.cov("driscoll_kraay", 1)) > 1e-3


def test_draws_may_share_cells_or_regressors_or_neither(x, y, present):
    own = np.broadcast_to(x, (DRAWS, *x.shape))
    for draw in range(DRAWS):
        cells = np.broadcast_to(present[draw], y.shape)
        every = batched.fit(y, own, cells)
        for found in (
            batched.fit(y, x, present[draw]),
            batched.fit(y, x, cells),
            batched.fit(y, own, present[draw]),
        ):
            for kind in ("classical", "hc1", "clustered", "driscoll_kraay"):
                assert relative(found.cov(kind), every.cov(kind)) < EXACT
            assert relative(found.coef, every.coef) < EXACT


@pytest.mark.parametrize("shared", ["x", "cells", "both", "neither"])
def test_a_batch_longer_than_the_cache_is_the_same_batch(x, y, present, monkeypatch, shared):
    cells = present[0] if shared in ("cells", "both") else present
    own = x if shared in ("x", "both") else x + np.arange(DRAWS)[:, None, None, None] * x**2
    whole = batched.fit(y, own, cells)
    monkeypatch.setattr(batched, "CACHE", x.size + 1)
    parts = batched.fit(y, own, cells)
    assert [part.stop - part.start for part in batched.batches(DRAWS, x.size)] == [1] * DRAWS
    assert relative(parts.coef, whole.coef) < EXACT
    for kind in ("hc1", "clustered"):
        assert relative(parts.cov(kind), whole.cov(kind)) < EXACT


def test_a_draw_without_an_estimate_is_named_or_left_out(x, y, present):
    """One draw falls apart, one has a single city, one a regressor that its rows absorb."""
    own = np.broadcast_to(x, (DRAWS, *x.shape)).copy()
    cells = np.ones(y.shape, dtype=bool)
    cells[0, :4, 3:] = cells[0, 4:, :3] = False
    cells[1, 1:] = False
    own[2, 1] = own[2, 1, :, :1]
    with pytest.raises(DataError, match="no row connects"):
        batched.fit(y, own, cells)
    with pytest.raises(DataError, match="1 cities"):
        batched.fit(y[1:], own[1:], cells[1:])
    with pytest.raises(DataError, match="absorb"):
        batched.fit(y[2:], own[2:], cells[2:])
    found = batched.fit(y, own, cells, strict=False)
    assert np.isnan(found.coef).all(axis=1).tolist() == [True, True, True, False]
    for kind in ("classical", "hc1", "clustered", "driscoll_kraay"):
        assert np.isnan(found.se(kind)).all(axis=1).tolist() == [True, True, True, False]
    alone = batched.fit(y[3:], own[3:], cells[3:])
    assert relative(found.cov("clustered")[3], alone.cov("clustered")[0]) < EXACT


def test_unconnected_years_matter_only_to_two_way_effects(x, y):
    apart = np.zeros((CITIES, YEARS), dtype=bool)
    apart[:4, :3] = apart[4:, 3:] = True
    for effects in ("city", "year", "pooled"):
        batched.fit(y, x, apart, effects)
    with pytest.raises(DataError, match="no row connects"):
        batched.within(y, apart)


def test_a_chain_of_cities_connects_years_that_no_city_has_together(x, y):
    chain = np.zeros((CITIES, YEARS), dtype=bool)
    for city in range(YEARS - 1):
        chain[city, city : city + 2] = True
    chain[YEARS - 1 :, :2] = True
    found = batched.fit(y, x[:1], chain)
    for draw in range(DRAWS):
        single = two_way_fe(frame_of(y[draw], x)[chain.ravel()], "y", TERMS[:1])
        assert relative(found.coef[draw], single.coef) < EXACT


def test_a_value_that_is_not_finite_is_refused_where_it_is_used(x, y, present):
    hole = np.where(np.arange(YEARS) == 2, np.nan, 1.0)
    with pytest.raises(DataError, match="regressors: found no finite"):
        batched.fit(y, x * hole)
    with pytest.raises(DataError, match="y: found no finite"):
        batched.fit(y * hole, x)


def test_gaps_that_leave_nothing_to_compare_are_refused(x, y):
    own = np.broadcast_to(x, (DRAWS, *x.shape))
    apart = np.zeros(y.shape, dtype=bool)
    apart[:, :4, :3] = apart[:, 4:, 3:] = True
    with pytest.raises(DataError, match="no row connects"):
        batched.fit(y, own, apart)


# -- properties -----------------------------------------------------------------------------------


def test_effects_of_cities_and_years_change_nothing(x, y, rng):
    moved = y + rng.normal(size=(DRAWS, CITIES, 1)) + rng.normal(size=(DRAWS, 1, YEARS))
    plain, found = batched.fit(y, x), batched.fit(moved, x)
    assert np.allclose(found.coef, plain.coef, rtol=0, atol=1e-12)
    for kind in batched.COVARIANCES:
        assert relative(found.cov(kind), plain.cov(kind)) < 1e-9


def test_slopes_are_linear_in_y_and_errors_scale_with_it(x, y):
    slopes = np.array([2.0, -1.0, 7.0])
    plain = batched.fit(y, x)
    found = batched.fit(3 * y + np.tensordot(slopes, x, axes=1), x)
    assert relative(found.coef, 3 * plain.coef + slopes) < EXACT
    for kind in batched.COVARIANCES:
        assert relative(found.cov(kind), 9 * plain.cov(kind)) < EXACT


def test_regressors_that_cannot_be_told_apart_are_refused(x, y):
    with pytest.raises(DataError, match="collinear"):
        batched.fit(y, np.stack([x[0], x[1], 2 * x[0] - x[1]]))
    fixed = np.broadcast_to(x[2][:, :1], x[2].shape)
    with pytest.raises(DataError, match="absorb"):
        batched.fit(y, np.stack([x[0], fixed]))
    with pytest.raises(DataError, match="degrees of freedom"):
        batched.fit(y[:, :2, :3], x[:, :2, :3])


# -- Hausman and Mundlak --------------------------------------------------------------------------


@pytest.mark.parametrize("city_sd", [0.0, 0.3, 3.0])
@pytest.mark.parametrize("slopes", [1, 3])
def test_hausman_and_mundlak_are_those_of_the_tables(x, rng, city_sd, slopes):
    y = rng.normal(size=(2, CITIES, YEARS)) + city_sd * rng.normal(size=(2, CITIES, 1))
    found = batched.hausman(y, x[:slopes])
    for draw in range(len(y)):
        rows = frame_of(y[draw], x)
        one = hausman(rows, "y", TERMS[:slopes], version="sigmaless")
        plain = hausman(rows, "y", TERMS[:slopes], version="plain")
        assert relative(found.sigmaless[draw], one.stat) < EXACT
        assert relative(found.p("sigmaless")[draw], one.p) < EXACT
        assert abs(found.plain[draw] / plain.stat - 1) < 1e-9
        assert found.defined[draw] == (plain.p is not None)
        if plain.p is None:
            assert np.isnan(found.p("plain")[draw])
        else:
            assert abs(found.p("plain")[draw] / plain.p - 1) < 1e-9
        assert relative(found.clustered[draw], one.mundlak_robust_stat) < EXACT
        assert relative(found.p("clustered")[draw], one.mundlak_robust_p) < EXACT


def test_the_plain_version_is_seen_defined_and_undefined(x, rng):
    """Otherwise the test above would not have compared both."""
    y = rng.normal(size=(60, CITIES, YEARS)) + 3.0 * rng.normal(size=(60, CITIES, 1))
    defined = batched.hausman(y, x).defined
    assert 0 < defined.sum() < len(defined)


def test_the_tests_do_not_see_year_effects_or_units(x, y, rng):
    units = np.array([1.0, 1e3, 1e-3])[:, None, None]
    moved = batched.hausman(100 * (y + rng.normal(size=(DRAWS, 1, YEARS))), x * units)
    plain = batched.hausman(y, x)
    for name in ("sigmaless", "plain", "clustered"):
        assert relative(getattr(moved, name), getattr(plain, name)) < 1e-8


def test_the_rule_of_thumb_rises_as_the_power_two_ninths():
    """4 (5/100)^(2/9) = 2.06 and 4 (300/100)^(2/9) = 5.11; with 1/4 they would be 1.89 and 5.26."""
    assert [batched.rule_of_thumb(years) for years in (4, 5, 272, 273)] == [1, 2, 4, 5]
