"""The fast wild cluster bootstrap gives what regressing every draw gives.

The measure is outside: ``statsmodels`` on every draw, dummies written out, with the same weights;
``wildboottest`` with the same weights; ``pyfixest`` within simulation error; enumerations done by
hand.
"""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pyfixest
import pytest
from scipy import stats
from statsmodels.regression.linear_model import OLS
from wildboottest.wildboottest import WildboottestCL

from lib import batched, bootstrap
from lib.estimation import two_way_fe
from lib.panel import DataError

TERMS = ["a", "b", "c"]
EFFECTS = {
    "twoway": ("city_code", "year"),
    "city": ("city_code",),
    "year": ("year",),
    "pooled": (),
}


def panel(
    cities: int = 12, years: int = 6, holes: float = 0.2, seed: int = 5, effect: float = 0.0
) -> pd.DataFrame:
    """Errors that differ in size between cities and last; a province is three cities."""
    rng = np.random.default_rng(seed)
    city, year = (part.ravel() for part in np.indices((cities, years)))
    shape = (cities, years)
    x = rng.normal(size=(3, *shape)) + rng.normal(size=(3, cities, 1))
    x[2] = x[0] * x[1]
    spread = rng.exponential(size=(cities, 1)) + 0.2
    y = effect * x[0] + spread * (rng.normal(size=shape) + rng.normal(size=(cities, 1)))
    y += rng.normal(size=(1, years))
    rows = pd.DataFrame(
        {
            "city_code": 100 + city,
            "year": 2008 + year,
            "province": np.char.add("P", (city // 3).astype(str)),
            "block": (city + 2 * year) % 5,  # cuts across cities and years
            "y": y.ravel(),
            **{name: values.ravel() for name, values in zip(TERMS, x, strict=True)},
        }
    )
    return rows.sample(frac=1 - holes, random_state=seed).reset_index(drop=True)


def dummies(rows: pd.DataFrame, effects: str) -> np.ndarray:
    """A constant, and a dummy for each city and year but the first, as the effects say."""
    parts = [np.ones((len(rows), 1))]
    for name in EFFECTS[effects]:
        parts.append(pd.get_dummies(rows[name], dtype=float).to_numpy()[:, 1:])
    return np.hstack(parts)


def written_out(
    rows: pd.DataFrame,
    effects: str,
    cluster: str,
    matrix: np.ndarray,
    values: np.ndarray,
    weights: np.ndarray,
) -> tuple[float, np.ndarray]:
    """The bootstrap the slow way: t, or Wald for several restrictions, of data and draws.

    The restricted fit is found by regressing on what the restrictions leave free.
    """
    design = np.hstack([rows[TERMS].to_numpy(), dummies(rows, effects)])
    y, k, m = rows["y"].to_numpy(), len(TERMS), design.shape[1]
    full = np.hstack([matrix, np.zeros((len(matrix), m - k))])
    particular = np.linalg.lstsq(full, values, rcond=None)[0]
    free = np.linalg.svd(full)[2][len(matrix) :].T
    restricted = OLS(y - design @ particular, design @ free).fit()
    fitted = y - restricted.resid
    codes = pd.factorize(rows[cluster], sort=True)[0]
    nested = [rows.groupby(name)[cluster].nunique().max() == 1 for name in EFFECTS[effects]]
    absorbed = sum(
        rows[name].nunique() - 1
        for name, inside in zip(EFFECTS[effects], nested, strict=True)
        if inside
    )
    # statsmodels counts every dummy; those nested in clusters are not to be counted.
    ratio = (len(y) - m) / (len(y) - m + absorbed)

    def statistic(values_of_y: np.ndarray) -> float:
        fit = OLS(values_of_y, design).fit(cov_type="cluster", cov_kwds={"groups": codes})
        gap = full @ fit.params - values
        cov = full @ fit.cov_params() @ full.T * ratio
        if len(matrix) == 1:
            return float(gap[0] / np.sqrt(cov[0, 0]))
        return float(gap @ np.linalg.solve(cov, gap))

    return statistic(y), np.array(
        [statistic(fitted + w[codes] * restricted.resid) for w in weights]
    )


def closest(found: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(np.asarray(found) / np.asarray(expected) - 1).max())


# -- weights --------------------------------------------------------------------------------------


def test_signs_are_enumerated_where_they_are_no_more_than_the_draws():
    every = bootstrap.weights(1024, 10)
    assert every.shape == (1024, 10)
    assert set(map(tuple, every)) == set(itertools.product([-1.0, 1.0], repeat=10))
    assert (every[0] == 1).all()
    assert bootstrap.weights(1023, 10).shape == (1023, 10)
    assert bootstrap.weights(5000, 3, kind="webb").shape == (5000, 3)


@pytest.mark.parametrize("kind, distinct", [("rademacher", 2), ("webb", 6)])
def test_random_weights_have_mean_zero_and_variance_one(kind, distinct):
    drawn = bootstrap.weights(4000, 100, seed=3, kind=kind)
    assert len(np.unique(drawn)) == distinct
    values, counts = np.unique(drawn, return_counts=True)
    assert np.abs(counts / drawn.size - 1 / distinct).max() < 5 / np.sqrt(drawn.size)
    assert np.allclose(values, -values[::-1])
    assert abs((values**2).mean() - 1) < 1e-12
    between = np.corrcoef(drawn.T) - np.eye(100)
    assert np.abs(between).max() < 6 / np.sqrt(len(drawn))
    assert np.array_equal(drawn, bootstrap.weights(4000, 100, seed=3, kind=kind))
    assert not np.array_equal(drawn, bootstrap.weights(4000, 100, seed=4, kind=kind))


def test_weights_that_there_are_not_are_refused():
    with pytest.raises(DataError, match="mammen"):
        bootstrap.weights(9, 9, kind="mammen")
    with pytest.raises(DataError, match="0 draws"):
        bootstrap.weights(0, 9)
    with pytest.raises(DataError, match="1 clusters"):
        bootstrap.weights(9, 1)


# -- draw by draw ---------------------------------------------------------------------------------


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("cluster", ["city_code", "province", "year", "block"])
def test_every_draw_is_its_regression(effects, cluster):
    rows = panel()
    for kind, null in (("rademacher", 0.0), ("webb", 0.7)):
        found = bootstrap.wild_cluster(
            rows, "y", TERMS, "b", null, cluster, effects=effects, draws=6, weights=kind
        )
        signs = bootstrap.weights(6, rows[cluster].nunique(), kind=kind)
        statistic, draws = written_out(
            rows, effects, cluster, np.eye(3)[[1]], np.array([null]), signs
        )
        assert abs(found.statistic / statistic - 1) < 1e-9
        assert closest(found.distribution, draws) < 1e-9


@pytest.mark.parametrize("effects", ["twoway", "pooled"])
@pytest.mark.parametrize("cluster", ["city_code", "province", "block"])
def test_every_draw_of_a_joint_test_is_its_regression(effects, cluster):
    rows = panel()
    matrix, values = np.array([[1.0, -1.0, 0.0], [0.0, 0.5, 1.0]]), np.array([0.3, -0.2])
    for kind in ("rademacher", "webb"):
        found = bootstrap.wild_cluster(
            rows, "y", TERMS, matrix, values, cluster, effects=effects, draws=6, weights=kind
        )
        signs = bootstrap.weights(6, rows[cluster].nunique(), kind=kind)
        statistic, draws = written_out(rows, effects, cluster, matrix, values, signs)
        assert found.df == 2
        assert abs(found.statistic / statistic - 1) < 1e-9
        assert closest(found.distribution, draws) < 1e-8
        p = stats.f.sf(statistic / 2, 2, rows[cluster].nunique() - 1)
        assert abs(found.p_clustered / p - 1) < 1e-8


def test_all_slopes_are_tested_where_nothing_is_said():
    rows = panel()
    every = bootstrap.wild_cluster(rows, "y", TERMS, draws=99)
    same = bootstrap.wild_cluster(rows, "y", TERMS, np.eye(3), [0.0, 0.0, 0.0], draws=99)
    one = bootstrap.wild_cluster(rows, "y", ["a"], draws=99)
    assert every.df == 3
    assert np.array_equal(every.distribution, same.distribution)
    assert one.statistic == bootstrap.wild_cluster(rows, "y", "a", "a", draws=99).statistic


def test_the_wald_statistic_of_one_restriction_is_t_squared():
    rows = panel()
    single = bootstrap.wild_cluster(rows, "y", TERMS, "a", draws=99)
    design = bootstrap._Design.of(rows, "y", TERMS, "city_code", "city_code", "year", "twoway")
    statistic, drawn = design.wald(np.eye(3)[[0]], np.zeros(1), bootstrap.weights(99, 12))
    assert abs(statistic / single.statistic**2 - 1) < 1e-9
    assert closest(drawn, single.distribution**2) < 1e-9


def test_the_statistic_is_that_of_the_tables():
    rows = panel()
    single = two_way_fe(rows, "y", TERMS)
    for term in TERMS:
        found = bootstrap.wild_cluster(rows, "y", TERMS, term, draws=9)
        assert abs(found.statistic / single.clustered["t"][term] - 1) < 1e-10
        assert abs(found.p_clustered / single.clustered["p"][term] - 1) < 1e-9


# -- other programs -------------------------------------------------------------------------------


def theirs(rows: pd.DataFrame, term: str, cluster: str, effects: str, **options: object):
    design = np.hstack([rows[TERMS].to_numpy(), dummies(rows, effects)])
    restriction = np.zeros(design.shape[1])
    restriction[TERMS.index(term)] = 1.0
    codes = pd.factorize(rows[cluster], sort=True)[0]
    return WildboottestCL(
        X=design, Y=rows["y"].to_numpy(), cluster=codes, R=restriction, parallel=False, **options
    )


@pytest.mark.parametrize("cluster, draws", [("province", 9999), ("city_code", 199)])
def test_draws_are_those_of_wildboottest(cluster, draws):
    """Enumerated by both for provinces; with its weights for cities."""
    rows = panel()
    other = theirs(rows, "a", cluster, "twoway", B=draws, seed=1)
    weights, count, enumerated = other.get_weights("rademacher")
    other.get_scores(bootstrap_type="11", impose_null=True, adj=True, cluster_adj=True)
    for step in (other.get_numer, other.get_denom, other.get_tboot, other.get_vcov):
        step()
    other.get_tstat()
    scores = bootstrap.Scores.of(rows, "y", TERMS, "a", cluster)
    n, m = len(rows), 3 + dummies(rows, "twoway").shape[1]
    ratio = np.sqrt((n - m) / (n - m + rows["city_code"].nunique() - 1))  # they count cities
    assert abs(scores.statistic * ratio / other.t_stat - 1) < 1e-9
    assert closest(scores.t(weights.T) * ratio, other.t_boot) < 1e-9
    if cluster == "province":
        found = bootstrap.wild_cluster(rows, "y", TERMS, "a", cluster=cluster, draws=draws)
        assert enumerated
        assert found.enumerated
        assert found.draws == count == 16
        assert closest(np.sort(found.distribution) * ratio, np.sort(other.t_boot)) < 1e-9
        ties = np.abs(np.abs(other.t_boot) / abs(other.t_stat) - 1) < 1e-9
        strict = (np.abs(other.t_boot) > np.abs(other.t_stat))[~ties].sum() / count
        assert ties.sum() == 2  # all weights +1, all -1
        assert found.p_strict == strict
        assert found.p == strict + 2 / count


@pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
def test_p_values_are_those_of_pyfixest_but_for_chance():
    rows = panel(cities=20, years=8, effect=0.25)
    fit = pyfixest.feols("y ~ a + b + c | city_code + year", rows, vcov={"CRV1": "city_code"})
    draws = 4999
    for term in ("a", "b"):
        other = fit.wildboottest(draws, cluster="city_code", param=term, seed=1)
        found = bootstrap.wild_cluster(rows, "y", TERMS, term, draws=draws)
        n, m = len(rows), 3 + 20 + 8 - 1
        ratio = np.sqrt((n - m) / (n - m + 19))
        assert abs(found.statistic * ratio / float(other["t value"]) - 1) < 1e-9
        p = float(other["Pr(>|t|)"])
        error = np.sqrt(2 * p * (1 - p) / draws)  # of the difference between two simulations
        assert 0.01 < p < 0.99
        assert abs(found.p - p) < 4 * error


# -- p-values -------------------------------------------------------------------------------------


def test_an_enumeration_by_hand():
    """Four cities: sixteen patterns of signs, each regressed by least squares."""
    rows = panel(cities=4, years=5, holes=0.1, seed=11)
    _, every = written_out(
        rows,
        "pooled",
        "city_code",
        np.eye(3)[[0]],
        np.zeros(1),
        np.array(list(itertools.product([1.0, -1.0], repeat=4))),
    )
    found = bootstrap.wild_cluster(rows, "y", TERMS, "a", effects="pooled")
    assert (found.draws, found.clusters, found.enumerated) == (16, 4, True)
    assert closest(np.sort(found.distribution), np.sort(every)) < 1e-8
    larger = np.abs(every) >= abs(every[0]) * (1 - 1e-8)
    assert found.p == larger.mean()
    assert found.p_strict == larger.mean() - 2 / 16


def test_no_data_reject_below_two_in_all_patterns():
    rows = panel(cities=8, years=6, holes=0.0)
    rows["y"] = rows["y"] + 1000 * rows["a"]
    assert bootstrap.wild_cluster(rows, "y", TERMS, "a").p == 2 / 2**8
    assert bootstrap.wild_cluster(rows, "y", TERMS, "a").p_strict == 0
    rows = panel(cities=20, holes=0.0)
    rows["y"] = rows["y"] + 1000 * rows["a"]
    assert bootstrap.wild_cluster(rows, "y", TERMS, "a", draws=199).p == 1 / 200


def test_random_draws_add_the_data_to_the_count():
    rows = panel(effect=0.3)
    found = bootstrap.wild_cluster(rows, "y", TERMS, "a", draws=999)
    larger = (np.abs(found.distribution) >= abs(found.statistic)).sum()
    assert not found.enumerated
    assert 0 < larger < 999
    assert found.p == (1 + larger) / 1000
    assert found.p_strict == larger / 999


def test_the_estimate_itself_is_never_rejected():
    rows = panel()
    coef = float(two_way_fe(rows, "y", TERMS).coef["a"])
    found = bootstrap.wild_cluster(rows, "y", TERMS, "a", coef, draws=99)
    assert abs(found.statistic) < 1e-9
    assert found.p == 1


# -- intervals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("cluster", ["city_code", "block"])
@pytest.mark.parametrize("kind", ["rademacher", "webb"])
@pytest.mark.parametrize("effects", ["twoway", "city"])
def test_bounds_are_where_the_test_begins_to_reject(cluster, kind, effects):
    rows = panel()
    options = {"cluster": cluster, "effects": effects, "draws": 499, "weights": kind}
    low, high = bootstrap.interval(rows, "y", TERMS, "a", level=0.8, **options)
    assert low < two_way_fe(rows, "y", TERMS, EFFECTS_OF_TABLES[effects]).coef["a"] < high
    step = 1e-6 * (high - low)
    for bound, inwards in ((low, step), (high, -step)):
        inside = bootstrap.wild_cluster(rows, "y", TERMS, "a", bound + inwards, **options)
        outside = bootstrap.wild_cluster(rows, "y", TERMS, "a", bound - inwards, **options)
        assert inside.p > 0.2 >= outside.p


EFFECTS_OF_TABLES = {"twoway": "twoway", "city": "entity"}


def test_an_interval_moves_with_the_data():
    rows = panel()
    low, high = bootstrap.interval(rows, "y", TERMS, "a", draws=499)
    moved = rows.assign(y=-3 * rows["y"] + 2 * rows["a"], a=rows["a"])
    new_low, new_high = bootstrap.interval(moved, "y", TERMS, "a", draws=499)
    assert np.allclose([new_low, new_high], [2 - 3 * high, 2 - 3 * low], rtol=1e-7)


def test_an_interval_has_no_end_where_signs_are_too_few():
    """2/2^5 exceeds 5 %, 2/2^6 does not."""
    for cities, infinite in ((5, True), (6, False)):
        rows = panel(cities=cities, years=12, holes=0.0, seed=8)
        bounds = bootstrap.interval(rows, "y", ["a", "b"], "a")
        assert np.isinf(bounds).tolist() == [infinite, infinite]
        assert bounds[0] < bounds[1]


def test_a_wider_level_gives_a_wider_interval():
    rows = panel()
    inner = bootstrap.interval(rows, "y", TERMS, "a", draws=499, level=0.9)
    outer = bootstrap.interval(rows, "y", TERMS, "a", draws=499, level=0.99)
    assert outer[0] < inner[0] < inner[1] < outer[1]
    with pytest.raises(DataError, match="level"):
        bootstrap.interval(rows, "y", TERMS, "a", level=95)


# -- many tests with the same weights -------------------------------------------------------------


def cubes(rows: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """y (1, N, T), x (1, K, N, T) and the cells in use, NaN elsewhere."""
    wide = rows.pivot(index="city_code", columns="year", values=["y", *TERMS]).to_numpy()
    values = wide.reshape(len(wide), 4, -1).transpose(1, 0, 2)[None]
    return values[:, 0], values[:, 1:], np.isfinite(values[:, 0])


@pytest.mark.parametrize("effects", EFFECTS)
@pytest.mark.parametrize("grouped", [False, True])
def test_a_batch_gives_the_scores_of_each(effects, grouped):
    frames = [panel(holes=holes, seed=seed) for holes, seed in ((0.0, 1), (0.2, 2), (0.4, 3))]
    y, x, present = (np.concatenate(parts) for parts in zip(*map(cubes, frames), strict=True))
    cluster = "province" if grouped else "city_code"
    labels = [f"P{i // 3}" for i in range(12)] if grouped else range(100, 112)
    fits = batched.fit(y, x, present, effects)
    weights = bootstrap.weights(50, len(set(labels)), kind="webb")
    for null in (0.0, 1.5):
        many = bootstrap.Scores.many(fits, 1, labels, null)
        for one, rows in zip(many, frames, strict=True):
            single = bootstrap.Scores.of(rows, "y", TERMS, "b", cluster, effects, null)
            assert list(one.clusters) == list(single.clusters)
            assert abs(one.statistic / single.statistic - 1) < 1e-9
            assert closest(one.t(weights), single.t(weights)) < 1e-9
        assert np.array_equal(bootstrap.curve(many, weights)[1], many[1].t(weights))


def test_a_batch_of_balanced_panels_and_one_that_shares_x():
    rows = panel(holes=0.0)
    y, x, _ = cubes(rows)
    for fits in (batched.fit(y, x), batched.fit(y, x[0]), batched.fit(np.concatenate([y, y]), x)):
        one = bootstrap.Scores.many(fits, 0)[-1]
        single = bootstrap.Scores.of(rows, "y", TERMS, "a")
        weights = bootstrap.weights(50, 12)
        assert closest(one.t(weights), single.t(weights)) < 1e-9


def test_weights_find_their_clusters_by_label():
    rows = panel(holes=0.0)
    fewer = rows[rows["city_code"] != 104]
    weights = bootstrap.weights(50, 12)
    found = bootstrap.Scores.of(fewer, "y", TERMS, "a").t(weights, range(100, 112))
    assert np.array_equal(
        found, bootstrap.Scores.of(fewer, "y", TERMS, "a").t(np.delete(weights, 4, axis=1))
    )
    both = [bootstrap.Scores.of(frame, "y", TERMS, "a") for frame in (rows, fewer)]
    drawn = bootstrap.curve(both, weights[:, ::-1], range(111, 99, -1))
    assert closest(drawn[0], both[0].t(weights)) < 1e-9
    assert closest(drawn[1], found) < 1e-9
    with pytest.raises(DataError, match="12 columns, expected 11"):
        both[1].t(weights)
    with pytest.raises(DataError, match="cluster 100"):
        both[0].t(weights, range(12))


def test_a_city_without_a_row_is_no_cluster():
    y, x, present = cubes(panel(holes=0.0))
    present[0, [2, 5]] = False
    (one,) = bootstrap.Scores.many(batched.fit(y, x, present), 0)
    assert list(one.clusters) == [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]


def test_a_batch_with_a_draw_without_an_estimate_is_refused():
    y, x, present = cubes(panel())
    fits = batched.fit(y, np.where(present[:, None], 1.0, x), present, strict=False)
    with pytest.raises(DataError, match="without an estimate"):
        bootstrap.Scores.many(fits, 0)
    with pytest.raises(DataError, match="1, expected two"):
        bootstrap.Scores.many(batched.fit(y, x, present), 0, ["all"] * 12)


def test_sums_that_cancel_are_summed_anew(monkeypatch):
    rows = panel(cities=4, years=8)
    scores = bootstrap.Scores.of(rows, "y", TERMS, "a")
    weights = bootstrap.weights(16, 4)
    plain = scores.t(weights)
    monkeypatch.setattr(bootstrap, "CANCELLED", np.inf)
    assert closest(scores.t(weights), plain) < 1e-9


# -- what is refused ------------------------------------------------------------------------------


def test_rows_that_cannot_be_used_are_refused():
    rows = panel()

    def refused(match: str, changed: pd.DataFrame = rows, **options: object) -> None:
        arguments = {"y": "y", "x": TERMS, "draws": 9, **options}
        with pytest.raises(DataError, match=match):
            bootstrap.wild_cluster(changed, **arguments)

    refused("'d', 'city'", x=["a", "d"], cluster="city")
    refused("no complete row", rows.assign(a=np.nan))
    refused("infinite", rows.assign(a=rows["a"].replace(rows["a"][0], np.inf)))
    refused("twice", pd.concat([rows, rows[:1]]))
    refused(
        "without province",
        rows.assign(province=rows["province"].mask(rows.index == 3)),
        cluster="province",
    )
    refused("a: found nothing left", rows.assign(a=rows["city_code"] * 2.0))
    refused("collinear", rows.assign(c=rows["a"] + rows["b"]))
    refused("effects: found 'entity'", effects="entity")
    refused("no row connects", rows[(rows["city_code"] < 106) == (rows["year"] < 2011)])
    small = panel(cities=4, holes=0.0)
    refused("more rows than parameters", small[small["year"] < 2010])
    halves = rows[(rows["city_code"] < 106) == (rows["year"] < 2011)]
    refused("no city and no year connects", halves.assign(h=halves["year"] < 2011), cluster="h")
    refused("exact function", rows.assign(y=rows["a"] - rows["b"] + rows["year"]))
    refused("of x", x=[])
    refused("2 clusters for 3", rows.assign(half=rows["city_code"] % 2), cluster="half")
    refused("'d': not found", restrictions="d")
    refused("shape", restrictions=np.ones((1, 2)))
    refused("follows from the others", restrictions=np.ones((2, 3)))
    refused("jackknife", weights="jackknife")


def test_rows_with_a_missing_value_are_left_out_and_their_order_does_not_matter():
    rows = panel()
    hole = rows.assign(a=rows["a"].mask(rows.index < 5), y=rows["y"].mask(rows.index == 9))
    complete = hole.dropna()
    found = bootstrap.wild_cluster(hole[::-1], "y", TERMS, "b", draws=99)
    expected = bootstrap.wild_cluster(complete, "y", TERMS, "b", draws=99)
    assert closest(found.distribution, expected.distribution) < 1e-9
