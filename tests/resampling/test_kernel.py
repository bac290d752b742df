"""A batch is its regressions one by one: least squares with dummies, R's figures, the tables."""

import numpy as np
import pandas as pd
import peers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lib.estimation import two_way_fe
from lib.panel import DataError
from lib.resampling import kernel

DRAWS = 3
KINDS = ("classical", "hc1", "clustered", "jackknife", "driscoll_kraay")


def without_single_rows(present):
    present = present.copy()
    for _ in range(present.size):
        present &= present.sum(axis=1, keepdims=True) > 1
        present &= present.sum(axis=0, keepdims=True) > 1
    return present


def design_of(x, present):
    """Regressors and a dummy for every effect, rows in order, and their cities and years."""
    city, year = np.nonzero(present)
    dummies = (np.eye(size)[of] for size, of in zip(present.shape, (city, year), strict=True))
    return np.hstack([x[:, city, year].T, np.ones((len(city), 1)), *dummies]), city, year


def written_out(y, x, present):
    """Slopes and covariances by kind, from the definitions."""
    k, unit = len(x), np.abs(x).max(axis=(1, 2))
    x = x / unit[:, None, None]
    design, city, year = design_of(x, present)
    target = y[city, year]
    inverse = np.linalg.pinv(design.T @ design)
    coef = inverse @ design.T @ target
    e = target - design @ coef
    n, rank = len(e), np.linalg.matrix_rank(design)
    influence = (design @ inverse)[:, :k] * e[:, None]
    g, t = len(np.unique(city)), len(np.unique(year))

    def summed(group, size):
        return np.stack([influence[group == one].sum(axis=0) for one in range(size)])

    by_city, by_year = summed(city, present.shape[0]), summed(year, present.shape[1])
    apart = np.abs(np.subtract.outer(range(len(by_year)), range(len(by_year))))
    bartlett = np.clip(1 - apart / (1 + int(4 * (len(by_year) / 100) ** (2 / 9))), 0, 1)
    without = np.tile(coef[:k], (present.shape[0], 1))
    for one in np.unique(city):
        rest = np.linalg.pinv(design[city != one])
        without[one] = (rest @ target[city != one])[:k]
    gap = without - coef[:k]
    years = by_year.T @ bartlett @ by_year
    cov = {
        "classical": e @ e / (n - rank) * inverse[:k, :k],
        "hc1": n / (n - rank) * influence.T @ influence,
        "clustered": g / (g - 1) * (n - 1) / (n - k - t) * by_city.T @ by_city,
        "jackknife": (g - 1) / g * gap.T @ gap,
        "driscoll_kraay": t / (t - 1) * (n - 1) / (n - k - g) * years,
    }
    cov = {kind: each / np.outer(unit, unit) for kind, each in cov.items()}
    return coef[:k] / unit, cov, n - rank


@st.composite
def batches(draw):
    n, t, k = draw(st.integers(4, 9)), draw(st.integers(3, 6)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    y = rng.normal(size=(DRAWS, n, t)) * rng.exponential(size=(n, 1)) + 10
    own_x, own_cells = draw(st.booleans()), draw(st.booleans())
    units = 10.0 ** rng.integers(-4, 4, size=(k, 1, 1))
    x = (rng.normal(size=(*[DRAWS] * own_x, k, n, t)) + rng.normal(size=(k, n, 1)) + 3) * units
    present = rng.random((*[DRAWS] * own_cells, n, t)) > draw(st.sampled_from([0.0, 0.2, 0.4]))
    return y, x, present


@settings(max_examples=80, deadline=None)
@given(batches())
def test_a_batch_is_least_squares_with_every_dummy(batch):
    y, x, present = batch
    try:
        fits = kernel.fit(y, x, present)
        covs = {kind: fits.cov(kind) for kind in KINDS}
    except DataError:
        assume(False)
    for r in range(DRAWS):
        own_x = x[r] if x.ndim == 4 else x
        used = without_single_rows(present[r] if present.ndim == 3 else present)
        coef, cov, df = written_out(y[r], own_x, used)
        scale = np.sqrt(np.diag(cov["classical"]))
        np.testing.assert_allclose(fits.coef[r] / scale, coef / scale, rtol=1e-6, atol=1e-6)
        assert (fits.df_resid[r], fits.nobs[r]) == (df, used.sum())
        for kind in KINDS:
            size = np.sqrt(np.outer(np.diag(cov[kind]), np.diag(cov[kind])))
            np.testing.assert_allclose(covs[kind][r] / size, cov[kind] / size, atol=1e-5)


def test_one_draw_is_the_regression_of_the_tables():
    rows = peers.panel("Produc-holed")
    terms = list(peers.REGRESSORS["Produc"])
    table = two_way_fe(rows, "y", terms)
    cube, _ = kernel.cube(rows, ["y", *terms])
    fits = kernel.fit(cube[:1], cube[1:], np.isfinite(cube[0]))
    for kind in ("classical", "clustered", "jackknife"):
        se, p = fits.se(kind)[0], fits.p(kind)[0]
        np.testing.assert_allclose(se, table.errors(kind)["se"], rtol=1e-8)
        np.testing.assert_allclose(p, table.errors(kind)["p"], rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize(
    "kind, program",
    [
        ("hc1", "hetero (HC1, all FE counted)"),
        ("clustered", "cluster entity, default ssc"),
        ("driscoll_kraay", "Driscoll-Kraay lag=3 default ssc"),
    ],
)
def test_standard_errors_are_those_of_fixest(kind, program, monkeypatch):
    known = peers.FIGURES
    known = known[known["producer"].str.startswith("R ") & known["estimator"].eq("within twoways")]
    known = known[known["se_type"].str.startswith(program)].set_index(["dataset", "statistic"])
    monkeypatch.setattr(kernel, "rule_of_thumb", lambda times: 3)
    for name in ("Grunfeld11", "Produc"):
        rows, x = peers.panel(name), list(peers.REGRESSORS[name])
        cube, _ = kernel.cube(rows, ["y", *x])
        expected = known.loc[[(name, f"se[{term}]") for term in x], "value"].astype(float)
        np.testing.assert_allclose(kernel.fit(cube[:1], cube[1:]).se(kind)[0], expected, rtol=1e-9)


def test_a_batch_longer_than_the_cache_is_the_same_batch(monkeypatch):
    rng = np.random.default_rng(3)
    y, x, present = (rng.normal(size=s) for s in ((7, 6, 5), (7, 2, 6, 5), (7, 6, 5)))
    whole = kernel.fit(y, x, present > -1)
    monkeypatch.setattr(kernel, "CACHE", 1)
    short = kernel.fit(y, x, present > -1)
    for kind in KINDS:
        np.testing.assert_allclose(short.se(kind), whole.se(kind), rtol=1e-10)


def test_what_an_absent_cell_holds_has_no_influence():
    rng = np.random.default_rng(4)
    y, x, present = rng.normal(size=(2, 6, 5)), rng.normal(size=(2, 6, 5)), np.ones((6, 5), bool)
    present[1, 2] = present[3, 4] = False
    plain = kernel.fit(y, x, present)
    y[:, 1, 2], x[:, 3, 4] = np.nan, np.inf
    spoilt = kernel.fit(y, x, present)
    np.testing.assert_array_equal(spoilt.cov("jackknife"), plain.cov("jackknife"))
    with pytest.raises(DataError, match="no finite value"):
        kernel.fit(y, x)


def test_a_draw_without_an_estimate_is_refused():
    rng = np.random.default_rng(5)
    y, x, present = rng.normal(size=(6, 6, 5)), rng.normal(size=(6, 2, 6, 5)), np.ones((6, 6, 5))
    present[1, :3, :2] = present[1, 3:, 2:] = 0  # two blocks
    present[2, 1:] = 0  # one city
    x[3, 1] = np.arange(5)  # a year effect
    x[4, 1] = 2 * x[4, 0] + np.arange(6)[:, None]
    y[5] = x[5, 0] + np.arange(5)
    for r, words in enumerate(["no row connects", "fewer than two", "absorb", "collinear"], 1):
        with pytest.raises(DataError, match=words):
            kernel.fit(y[[0, r]], x[[0, r]], present[[0, r]])
    with pytest.raises(DataError, match="classical: found a draw without"):
        kernel.fit(y[[0, 5]], x[[0, 5]]).cov("classical")


def test_slopes_that_hang_on_one_city_have_no_jackknife():
    rng = np.random.default_rng(6)
    y, x = rng.normal(size=(2, 6, 5)), np.zeros((1, 6, 5))
    x[0, 2] = rng.normal(size=5)
    fits = kernel.fit(y, x)
    with pytest.raises(DataError, match="jackknife: found a draw without"):
        fits.cov("jackknife")


def test_years_that_a_chain_of_cities_connects_and_years_that_one_city_does():
    """In the second draw no row connects the halves without city 5."""
    rng = np.random.default_rng(9)
    y, x, present = rng.normal(size=(2, 12, 6)), rng.normal(size=(1, 12, 6)), np.zeros((2, 12, 6))
    for city in range(12):
        present[0, city, [city % 5, city % 5 + 1]] = 1
        present[1, city, :3] = city <= 5
        present[1, city, 3:] = city >= 5
    fits = kernel.fit(y, x, present)
    jackknife = fits.cov("jackknife")
    for r in (0, 1):
        coef, cov, _ = written_out(y[r], x, present[r] > 0)
        np.testing.assert_allclose(fits.coef[r], coef)
        np.testing.assert_allclose(jackknife[r], cov["jackknife"])


def test_clusters_that_do_not_differ_give_no_standard_error():
    """Two cities have opposite scores once year effects are removed."""
    y, x = np.random.default_rng(10).normal(size=(2, 1, 2, 9))
    for kind in ("clustered", "jackknife"):
        with pytest.raises(DataError, match=f"{kind}: found a draw without"):
            kernel.fit(y, x).cov(kind)


def test_a_cube_knows_rows_by_city_and_year_and_refuses_what_it_cannot_place():
    rows = pd.DataFrame({"city": list("baab"), "year": [1, 2, 1, 2], "v": [1.0, 2, np.nan, 4]})
    values, entities = kernel.cube(rows[:3], ["v"])
    np.testing.assert_array_equal(values, [[[np.nan, 2], [1, np.nan]]])
    assert list(entities) == ["a", "b"]
    with pytest.raises(DataError, match="twice"):
        kernel.cube(pd.concat([rows, rows]), ["v"])
    with pytest.raises(DataError, match="'w': found 0 times"):
        kernel.cube(rows, ["w"])


def test_what_does_not_fit_is_refused():
    y, x = np.random.default_rng(8).normal(size=(2, 4, 6, 5))
    with pytest.raises(DataError, match="expected the same cells"):
        kernel.fit(y, x[:, :5])
    with pytest.raises(DataError, match=r"found \[1, 3, 4\] draws"):
        kernel.fit(y, np.stack([x, x, x]))
    with pytest.raises(DataError, match="covariance: found 'hc9'"):
        kernel.fit(y, x[:2]).cov("hc9")
    assert [kernel.rule_of_thumb(years) for years in (7, 16, 100)] == [2, 2, 4]
