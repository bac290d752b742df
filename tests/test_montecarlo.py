"""The simulations, against truths that need no simulation.

Sizes, powers and coverages are compared with the distributions that theory gives them, shares of
stars with the noncentral t, single draws with :mod:`lib.estimation`.  The panel is made up here;
the studies do not know which panel they are given.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import batched, montecarlo, published
from lib import montecarlo_figures as pictures
from lib.estimation import hausman, two_way_fe
from lib.montecarlo import Truth, truth
from lib.panel import DataError
from lib.specifications import SPECIFICATIONS, Specification, rows_of
from lib.tables import Table

MODEL_1, MODEL_2, EARLY, LATE, UPPER, MIDDLE, LOWER = SPECIFICATIONS
SPLIT = EARLY.terms
YEARS = np.arange(2008, 2024)
REACHES = {"upper": 12, "middle": 14, "lower": 15}


def ar(rng: np.random.Generator, rho: float, shape: tuple[int, int]) -> np.ndarray:
    """A stationary series of its own, not the one under test."""
    values = np.empty(shape)
    values[:, 0] = rng.normal(size=shape[0])
    for t in range(1, shape[1]):
        values[:, t] = rho * values[:, t - 1] + np.sqrt(1 - rho**2) * rng.normal(size=shape[0])
    return values


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    """41 cities, 16 years: LM comes and goes, IA and the controls persist."""
    rng = np.random.default_rng(41)
    shape = (41, len(YEARS))
    persistence = {"lm": 0.2, "ia": 0.9, "odi": 0.5, "te": 0.9, "gr": 0.7, "rlr": 0.9, "rissl": 0.8}
    columns = {name: ar(rng, rho, shape) for name, rho in persistence.items()}
    columns["ia"] += 3 + rng.normal(size=(41, 1))
    columns["lm"] += rng.normal(size=(41, 1))
    columns["lm_ia"] = columns["lm"] * columns["ia"]
    columns["y"] = columns["lm"] + rng.normal(size=shape) + rng.normal(size=(41, 1))
    keys = pd.MultiIndex.from_product([range(1, 42), YEARS], names=["city_code", "year"])
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()}, index=keys)
    reach = np.repeat(np.repeat(list(REACHES), list(REACHES.values())), len(YEARS))
    return frame.assign(reach=reach).reset_index()


def made(
    spec: Specification,
    rng: np.random.Generator,
    t: list[float] | None = None,
    common: np.ndarray | None = None,
) -> Truth:
    """A column on white regressors with unit errors and the true t-statistics asked for.

    By default these are the printed ones; the paper's cities and years, 12, 14 and 15 a reach.
    `common` is a part that all regressors share, three times as large as their own.
    """
    first = dict(zip(REACHES, (0, 12, 26), strict=True)).get(spec.reach, 0)
    cities = first + np.arange(REACHES.get(spec.reach, 41))
    years = np.arange(spec.years[0], spec.years[1] + 1)
    cells = published.coefficients(spec.table)
    cells = cells[cells["column"] == spec.column].set_index("row").loc[list(spec.terms)]
    coef = cells["coef"].to_numpy()
    wanted = cells["t"].to_numpy() if t is None else np.asarray(t)
    x = rng.normal(size=(len(coef), len(cities), len(years)))
    x = x if common is None else x + 3 * common
    unit = np.sqrt(np.diag(batched.fit(np.zeros((1, *x.shape[1:])), x).bread[0]))
    x = x * (wanted * unit / coef)[:, None, None]
    series = dict(zip(spec.terms, x, strict=True))
    return Truth(spec, coef, 1.0, 1.0, series, x, cities, years)


def frame_of(model: Truth, y: np.ndarray, x: np.ndarray | None = None) -> pd.DataFrame:
    keys = pd.MultiIndex.from_product([model.cities, model.years], names=["city_code", "year"])
    columns = zip(model.spec.terms, model.x if x is None else x, strict=True)
    data = {"y": y.ravel()} | {name: values.ravel() for name, values in columns}
    return pd.DataFrame(data, index=keys).reset_index()


def far(count: float, expected: float, draws: int) -> float:
    """Distance of a count from an expected share in Monte Carlo standard errors."""
    return abs(count / draws - expected) / np.sqrt(expected * (1 - expected) / draws)


# -- what is taken for the truth ------------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECIFICATIONS, ids=lambda spec: spec.column)
def test_truth_is_the_printed_slopes_with_the_errors_of_the_panel(panel, spec):
    model = truth(panel, spec)
    single = two_way_fe(rows_of(panel, spec), "y", spec.terms)
    cells = published.coefficients(spec.table)
    cells = cells[cells["column"] == spec.column].set_index("row")["coef"]
    assert dict(zip(spec.terms, model.coef, strict=True)) == cells.to_dict()
    assert model.error_sd == pytest.approx(np.sqrt(single.rss / single.df_resid), rel=1e-10)
    assert model.x.shape == (len(spec.terms), single.n_entities, len(single.years))
    rows = rows_of(panel, spec)
    assert np.array_equal(model.x, batched.cube(rows, spec.terms))
    assert model.years.tolist() == list(single.years)
    left = rows["y"] - rows[list(spec.terms)] @ single.coef
    assert model.city_sd == pytest.approx(left.groupby(rows["city_code"]).mean().std(), rel=1e-10)


def test_a_panel_with_a_gap_is_refused(panel):
    with pytest.raises(DataError, match="city 1, year 2009, column 'lm'"):
        truth(panel.assign(lm=panel["lm"].mask(panel.index == 1)), MODEL_1)


@pytest.mark.parametrize("rho", [-0.5, 0.0, 0.8])
def test_errors_are_stationary_with_variance_one(rho):
    errors = montecarlo.ar1(np.random.default_rng(3), (40_000, 5), rho)
    correlation = rho ** np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    assert np.abs(errors.T @ errors / len(errors) - correlation).max() < 0.03
    assert np.abs(errors.mean(axis=0)).max() < 0.02


@pytest.mark.parametrize("rho", [1.0, -1.0, 1.2])
def test_errors_that_wander_off_are_refused(rho):
    with pytest.raises(DataError, match="stationary"):
        montecarlo.ar1(np.random.default_rng(3), (2, 5), rho)


def test_standard_error_of_a_share():
    assert montecarlo.standard_error(0.5, 2500) == pytest.approx(0.01)
    assert montecarlo.standard_error(0.0, 2500) == 0


# -- 1. the Hausman test --------------------------------------------------------------------------


def rejected(result: pd.DataFrame, test: str = "sigmaless") -> pd.Series:
    return result[result["test"] == test].set_index("correlation")["rejected"]


@pytest.mark.parametrize("spec", [MODEL_1, MIDDLE], ids=lambda spec: spec.column)
def test_size_of_the_test_is_that_of_an_f_statistic_on_few_cities(panel, spec):
    """City effects far larger than errors: the statistic is K times an F(K, N - K - 1)."""
    model = replace(truth(panel, spec), error_sd=1e-4, city_sd=1.0)
    found = montecarlo.hausman_rejections(model, [0.0])
    k, n, _ = model.x.shape
    expected = stats.f.sf(stats.chi2.ppf(0.95, k) / k, k, n - k - 1)
    assert far(rejected(found)[0.0], expected, montecarlo.DRAWS) < 3


def test_size_is_five_per_cent_with_many_cities():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(2, 300, 5)) + rng.normal(size=(2, 300, 1))
    labels = (np.arange(300), np.arange(5))
    model = Truth(MODEL_1, np.array([0.501, 0.287]), 1.0, 0.5, {}, x, *labels)
    found = montecarlo.hausman_rejections(model, [0.0])
    for test in ("sigmaless", "clustered"):
        assert far(rejected(found, test)[0.0], 0.05, montecarlo.DRAWS) < 3


@pytest.mark.parametrize("correlation", [0.2, 0.4, 0.6])
def test_power_is_that_of_a_regression_on_city_means(panel, correlation):
    """One regressor, no errors: t of mu on z with N - 2 degrees, against the chi-squared bound."""
    model = truth(panel, MODEL_1)
    one = replace(model, coef=model.coef[:1], x=model.x[:1], error_sd=1e-4, city_sd=1.0)
    found = montecarlo.hausman_rejections(one, [correlation])
    noncentral = 41 * correlation**2 / (1 - correlation**2)
    expected = stats.ncf.sf(stats.chi2.ppf(0.95, 1), 1, 39, noncentral)
    assert far(rejected(found)[correlation], expected, montecarlo.DRAWS) < 3


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_counts_are_those_of_the_tests_one_at_a_time(panel, rho):
    model, draws, seed = truth(panel, MIDDLE), 3, 11
    found = montecarlo.hausman_rejections(model, [0.5], rho, draws, seed)
    rng = np.random.default_rng([seed, round(100 * rho)])
    index = np.tensordot(model.coef, model.x, axes=1)
    means = pd.Series(index.mean(axis=1))
    z = (means - means.mean()) / means.std(ddof=0)
    v = rng.standard_normal((draws, 14))
    effect = model.city_sd * (0.5 * z.to_numpy() + np.sqrt(0.75) * v)
    y = index + model.error_sd * montecarlo.ar1(rng, (draws, 14, 16), rho) + effect[:, :, None]
    p = {"sigmaless": [], "plain": [], "clustered": []}
    for draw in y:
        rows = frame_of(model, draw)
        for version in ("sigmaless", "plain"):
            single = hausman(rows, "y", model.spec.terms, version=version)
            p[version].append(np.nan if single.p is None else single.p)
        p["clustered"].append(single.mundlak_robust_p)
    for row in found.itertuples():
        values = np.array(p[row.test])
        assert row.rejected == (values < 0.05).sum()
        assert row.undefined == np.isnan(values).sum()
        assert (row.draws, row.share) == (draws, row.rejected / draws)


def test_power_rises_with_the_correlation_and_its_sign_does_not_matter(panel):
    model = truth(panel, MODEL_1)
    found = rejected(montecarlo.hausman_rejections(model, [0, 0.3, 0.6, 0.9, -0.6]))
    assert found[0] < found[0.3] < found[0.6] < found[0.9] <= montecarlo.DRAWS
    assert found[-0.6] == pytest.approx(found[0.6], abs=0.05 * montecarlo.DRAWS)


def test_a_correlation_above_one_is_refused(panel):
    with pytest.raises(DataError, match="correlation"):
        montecarlo.hausman_rejections(truth(panel, MODEL_1), [1.2], draws=2)


# -- 2. intervals ---------------------------------------------------------------------------------


def covered(result: pd.DataFrame, kind: str) -> np.ndarray:
    return result[result["covariance"] == kind]["covered"].to_numpy()


def expected_coverage(x: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """Of classical intervals when the errors have this covariance: s2 at its mean, b normal."""
    n, t = x.shape[1:]
    flat = batched.within(x).reshape(len(x), -1)
    slopes = np.linalg.solve(flat @ flat.T, flat)
    remove = np.kron(np.eye(n) - 1 / n, np.eye(t) - 1 / t) - flat.T @ slopes
    df = n * t - n - t + 1 - len(x)
    s2 = np.trace(remove @ omega) / df
    true = np.sqrt(np.diag(slopes @ omega @ slopes.T))
    assumed = np.sqrt(s2 * np.diag(slopes @ slopes.T))
    return 1 - 2 * stats.norm.sf(stats.t.ppf(0.975, df) * assumed / true)


@pytest.mark.parametrize("cities", [41, 14, 13])
def test_classical_intervals_cover_95_per_cent_under_independent_errors(panel, cities):
    rows = panel if cities == 41 else montecarlo.first_cities(panel, "middle", cities)
    found = montecarlo.coverage(batched.cube(rows, SPLIT), SPLIT, rho=0.0)
    for count in covered(found, "classical"):
        assert far(count, 0.95, montecarlo.DRAWS) < 3


@pytest.mark.parametrize("rho", [0.5, 0.8])
def test_classical_intervals_under_autocorrelation_cover_what_theory_says(panel, rho):
    x = batched.cube(panel, ("lm", "ia"))
    found = covered(montecarlo.coverage(x, ("lm", "ia"), rho), "classical")
    within_city = rho ** np.abs(np.subtract.outer(np.arange(16), np.arange(16)))
    expected = expected_coverage(x, np.kron(np.eye(41), within_city))
    assert expected[1] < 0.85 < expected[0]  # the persistent regressor suffers, the other does not
    for count, share in zip(found, expected, strict=True):
        assert far(count, share, montecarlo.DRAWS) < 3.5


def test_classical_intervals_under_a_common_shock_cover_what_theory_says(panel):
    """LM is made to move with the exposed cities, as a regressor that the shock disturbs would."""
    x = batched.cube(panel, ("lm", "ia"))
    exposure = x[1].mean(axis=1)
    loading = (exposure - exposure.mean()) / exposure.std()
    x[0] += np.outer(loading, ar(np.random.default_rng(6), 0.5, (1, 16)))
    found = covered(montecarlo.coverage(x, ("lm", "ia"), 0.5, exposure=exposure), "classical")
    over_time = 0.5 ** np.abs(np.subtract.outer(np.arange(16), np.arange(16)))
    omega = np.kron(0.5 * (np.eye(41) + np.outer(loading, loading)), over_time)
    expected = expected_coverage(x, omega)
    assert expected[0] < 0.7
    # The shock makes the estimated variance vary, and theory here takes it at its mean.
    assert found / montecarlo.DRAWS == pytest.approx(expected, abs=0.04)


def test_clusters_repair_most_of_what_autocorrelation_breaks(panel):
    found = montecarlo.coverage(batched.cube(panel, SPLIT), SPLIT, rho=0.8)
    shares = found.set_index(["term", "covariance"])["share"]
    assert shares["ia", "classical"] < 0.80
    assert shares["ia", "clustered"] > 0.91


@pytest.mark.parametrize("shock", [False, True])
def test_counted_intervals_are_those_of_the_tables(panel, shock):
    rows, draws, rho, seed = montecarlo.first_cities(panel, "middle", 13), 6, 0.5, 4
    x = batched.cube(rows, SPLIT)
    exposure = x[1].mean(axis=1) if shock else None
    found = montecarlo.coverage(x, SPLIT, rho, exposure, draws=draws, seed=seed)
    rng = np.random.default_rng([seed, 50, 13, shock])
    errors = montecarlo.ar1(rng, (draws, 13, 16), rho)
    if shock:
        z = (exposure - exposure.mean()) / exposure.std()
        common = montecarlo.ar1(rng, (draws, 1, 16), rho)
        errors = np.sqrt(0.5) * errors + np.sqrt(0.5) * z[:, None] * common
    for kind in ("classical", "clustered"):
        count = np.zeros(3, dtype=int)
        for draw in errors:
            table = getattr(two_way_fe(rows.assign(y=draw.ravel()), "y", SPLIT), kind)
            count += ((table["low"] <= 0) & (table["high"] >= 0)).to_numpy()
        assert covered(found, kind).tolist() == count.tolist()


def test_subsets_are_the_first_cities_of_a_reach(panel):
    found = montecarlo.first_cities(panel, "middle", 13)
    assert found["city_code"].unique().tolist() == list(range(13, 26))
    assert len(found) == 13 * 16
    with pytest.raises(DataError, match="found 14 cities, expected 15"):
        montecarlo.first_cities(panel, "middle", 15)


# -- 3. interpolation -----------------------------------------------------------------------------


def test_interpolation_is_that_of_pandas():
    rng = np.random.default_rng(7)
    values = rng.normal(size=(6, 12))
    missing = rng.random((5, 6, 12)) < 0.5
    missing[..., [0, -1]] = False
    found = montecarlo.interpolate(values, missing)
    for draw, gaps in enumerate(missing):
        expected = pd.DataFrame(np.where(gaps, np.nan, values)).interpolate(axis=1)
        assert np.allclose(found[draw], expected, rtol=0, atol=1e-14)


def test_there_is_no_line_beyond_the_first_and_last_year():
    for year in (0, 3):
        missing = np.zeros((1, 2, 4), dtype=bool)
        missing[0, 1, year] = True
        with pytest.raises(DataError, match="first or last"):
            montecarlo.interpolate(np.zeros((2, 4)), missing)


def white(rng: np.random.Generator, series: dict[str, np.ndarray]) -> Truth:
    shape = next(iter(series.values())).shape
    x = np.stack([series["lm"], series["ia"]])
    labels = (np.arange(shape[0]), np.arange(shape[1]))
    return Truth(MODEL_1, np.array([0.501, 0.287]), 0.2, 1.0, series, x, *labels)


def test_interpolated_random_walks_leave_no_bias():
    """The straight line is the mean of what is missing, given what is seen: Berkson's case."""
    rng = np.random.default_rng(8)
    series = {name: rng.normal(size=(150, 20)).cumsum(axis=1) for name in ("lm", "ia")}
    found = montecarlo.interpolation(white(rng, series), [0.2], draws=300)
    bias = (found["bias"] / found["true"]).abs()
    assert (bias[found["treatment"] == "interpolated"] < 0.01).all()


def test_interpolated_noise_is_attenuated_by_what_theory_says():
    """A gap of m cells adds m - m(m+2)/(3(m+1)) variances, and none of it explains y."""
    rng = np.random.default_rng(9)
    series = {name: rng.normal(size=(60, 80)) for name in ("lm", "ia")}
    for share in (0.05, 0.2):
        found = montecarlo.interpolation(white(rng, series), [share], draws=60)
        m = np.arange(1, 60)
        filled = (share**m * (1 - share) ** 2 * (m - m * (m + 2) / (3 * (m + 1)))).sum()
        expected = -filled / (1 - share + filled)
        bias = (found["bias"] / found["true"])[found["treatment"] == "interpolated"]
        assert bias.to_numpy() == pytest.approx(expected, abs=0.01)


def test_straight_lines_are_filled_without_loss():
    rng = np.random.default_rng(10)
    series = {name: rng.normal(size=(20, 1)) * np.arange(9.0) for name in ("lm", "ia")}
    found = montecarlo.interpolation(white(rng, series), [0.2], draws=50)
    filled = found[found["treatment"] == "interpolated"]
    assert np.abs(filled["bias"]).max() < 1e-12
    assert filled["rmse_ratio"].to_numpy() == pytest.approx(1)


def test_leaving_rows_out_costs_precision_but_no_bias(panel):
    found = montecarlo.interpolation(truth(panel, MODEL_1), [0.2], draws=1000)
    left = found[found["treatment"] == "left out"]
    assert (left["bias"].abs() < 3.5 * left["bias_error"]).all()
    assert (left["rmse_ratio"] > 1).all()
    assert left["rows"].to_numpy() == pytest.approx(41 * (2 + 14 * 0.8**2), rel=0.003)
    assert (found[found["treatment"] == "interpolated"]["rows"] == 656).all()


def test_interpolated_slopes_are_those_of_the_tables(panel):
    """Cell by cell and draw by draw, a product formed after its factors are filled."""
    model, draws, seed = truth(panel, EARLY), 5, 3
    found = montecarlo.interpolation(model, [0.1], draws, seed)
    rng = np.random.default_rng([seed, 100])
    shape = (draws, *model.x.shape[1:])
    noise = model.error_sd * rng.standard_normal(shape)
    y = np.tensordot(model.coef, model.x, axes=1) + noise
    gaps = {}
    for name in ("lm", "ia"):
        gaps[name] = rng.random(shape) < 0.1
        gaps[name][..., [0, -1]] = False
    estimates, complete, held = {"interpolated": [], "left out": []}, [], {}
    for draw in range(draws):
        whole = frame_of(model, y[draw])
        rows = whole.copy()
        for name in ("lm", "ia"):
            rows[name] = rows[name].mask(gaps[name][draw].ravel())
        kept = rows.dropna()
        filled = rows.groupby("city_code")[["lm", "ia"]].transform(lambda s: s.interpolate())
        rows = rows.assign(**filled, lm_ia=filled["lm"] * filled["ia"])
        complete.append(two_way_fe(whole, "y", EARLY.terms).coef)
        for treatment, used in (("interpolated", rows), ("left out", kept)):
            single = two_way_fe(used, "y", EARLY.terms)
            estimates[treatment].append(single.coef)
            table = single.clustered
            inside = table["low"].le(model.coef) & table["high"].ge(model.coef)
            held[treatment] = held.get(treatment, 0) + inside.astype(int)
    square = ((np.array(complete) - model.coef) ** 2).mean(axis=0)
    for treatment, slopes in estimates.items():
        part = found[found["treatment"] == treatment]
        gap = np.array(slopes) - np.array(complete)
        assert np.allclose(part["bias"], gap.mean(axis=0), rtol=1e-8, atol=1e-12)
        error = gap.std(axis=0, ddof=1) / np.sqrt(draws)
        assert np.allclose(part["bias_error"], error, rtol=1e-8, atol=1e-12)
        ratio = np.sqrt(((np.array(slopes) - model.coef) ** 2).mean(axis=0) / square)
        assert np.allclose(part["rmse_ratio"], ratio, rtol=1e-8)
        assert part["covered"].tolist() == held[treatment].tolist()


def test_persistence_is_the_autocorrelation_less_what_the_effects_take():
    """Demeaning over T years pulls the autocorrelation of noise to -1/(T - 1), T/(T - 1) of it."""
    rng = np.random.default_rng(12)
    noise = montecarlo.persistence(rng.normal(size=(1, 3000, 10)))
    assert noise == pytest.approx([-1 / 9], abs=0.015)
    assert montecarlo.persistence(ar(rng, 0.8, (400, 300))[None]) == pytest.approx([0.8], abs=0.02)


def test_persistence_is_that_of_a_regressor_net_of_the_others():
    rng = np.random.default_rng(12)
    smooth, rough = ar(rng, 0.9, (400, 200)), rng.normal(size=(400, 200))
    pair = montecarlo.persistence(np.stack([smooth + 3 * rough, 5 * rough]))
    assert pair[0] == pytest.approx(0.9, abs=0.02)  # holding the noise fixed leaves the smooth part


# -- 4. stars -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models() -> list[Truth]:
    rng = np.random.default_rng(13)
    return [made(spec, rng) for spec in SPECIFICATIONS]


@pytest.fixture(scope="module")
def repeats(models) -> montecarlo.Repeats:
    return montecarlo.repeat(models)


def printed() -> pd.DataFrame:
    return pd.concat([published.coefficients(table) for table in (1, 2, 3)], ignore_index=True)


def test_all_23_cells_are_asked_for_as_printed(repeats):
    keys = ["table", "column", "row", "coef", "stars"]
    assert len(repeats.cells) == 23
    order = ["table", "column", "row"]
    found = repeats.cells[keys].sort_values(order, ignore_index=True)
    expected = printed()[keys].sort_values(order, ignore_index=True)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_true_t_statistics_are_slope_over_standard_error(repeats):
    wanted = printed().set_index(["column", "row"])["t"]
    found = repeats.cells.set_index(["column", "row"])["t"]
    assert found.to_numpy() == pytest.approx(wanted.loc[found.index].to_numpy(), rel=1e-10)


def test_a_cell_repeats_as_often_as_the_noncentral_t_says(repeats):
    for cell in repeats.cells.itertuples():
        assert far(cell.repeated, cell.exact, montecarlo.DRAWS) < 3.7
    chance = repeats.cells["exact"].sum()
    spread = repeats.matches.sum(axis=1).std() / np.sqrt(montecarlo.DRAWS)
    assert repeats.matches.sum(axis=1).mean() == pytest.approx(chance, abs=4 * spread)


@pytest.mark.parametrize(
    "mark, df, t, expected",
    [
        # Noncentral t at 10^6 degrees of freedom is nearly normal: worked with the normal table.
        ("**", 10**6, 1.96, stats.norm.cdf(2.5758 - 1.96) - 0.5),
        ("***", 10**6, 2.5758, 0.5),
        ("*", 10**6, 1.6449, stats.norm.cdf(1.96 - 1.6449) - 0.5),
        ("", 10**6, 0.0, 0.45),  # no star and the printed sign
    ],
)
def test_bounds_of_the_stars(mark, df, t, expected):
    low, high = montecarlo._region(mark, df)
    assert stats.norm.cdf(high - t) - stats.norm.cdf(low - t) == pytest.approx(expected, abs=1e-4)


def test_matches_are_those_of_the_regressions_one_at_a_time(models):
    draws, seed = 3, 17
    found = montecarlo.repeat(models, draws, seed)
    grid = np.random.default_rng([seed, 7]).standard_normal((draws, 41, 16))
    for draw in range(draws):
        seen = []
        for model in models:
            cities = np.arange(41)[model.cities]
            errors = grid[draw][cities][:, model.years - 2008]
            y = np.tensordot(model.coef, model.x, axes=1) + model.error_sd * errors
            single = two_way_fe(frame_of(model, y), "y", model.spec.terms).classical
            cells = printed()
            cells = cells[cells["column"] == model.spec.column].set_index("row")
            for term in model.spec.terms:
                same = np.sign(single.loc[term, "t"]) == np.sign(cells.loc[term, "coef"])
                star = published.stars(single.loc[term, "p"])
                seen.append(bool(same and star == cells.loc[term, "stars"]))
        assert found.matches[draw].tolist() == seen


def test_the_size_of_the_errors_matters_through_the_t_statistics_alone(models):
    # Twice the regressor and twice the error is the same column, y in half its unit.
    doubled = [replace(m, x=2 * m.x, error_sd=2.0) for m in models]
    first = montecarlo.repeat(models, draws=100)
    second = montecarlo.repeat(doubled, draws=100)
    assert np.array_equal(first.matches, second.matches)
    louder = [replace(m, error_sd=2.0) for m in models]
    t = montecarlo.repeat(louder, draws=2).cells["t"]
    assert t.to_numpy() == pytest.approx(first.cells["t"].to_numpy() / 2)


def test_a_pattern_repeats_where_all_its_cells_do(repeats):
    groups = repeats.patterns.set_index("pattern")
    table = repeats.cells["table"]
    assert groups.index[0] == "Table 1, Model 1"
    assert groups.loc["Table 1, Model 1", "repeated"] == repeats.matches[:, :2].all(axis=1).sum()
    for number in (1, 2, 3):
        part = repeats.matches[:, table == number]
        assert groups.loc[f"Table {number}", "repeated"] == part.all(axis=1).sum()
        assert groups.loc[f"Table {number}", "cells"] == (table == number).sum()
    assert groups.loc["All tables", "repeated"] == repeats.matches.all(axis=1).sum()
    assert groups.loc["All tables", "cells"] == 23


def test_probabilities_of_patterns_agree_with_counts_where_these_are_not_rare(repeats):
    often = repeats.patterns[repeats.patterns["repeated"] >= 15]
    assert len(often) >= 3
    for row in often.itertuples():
        assert far(row.repeated, row.probability, row.draws) < 3.5


def test_disjoint_columns_multiply(repeats):
    """The reaches share no city-year, and neither do the periods."""
    chance = repeats.patterns.set_index("pattern")
    for number, spec in ((2, (EARLY, LATE)), (3, (UPPER, MIDDLE, LOWER))):
        parts = chance.loc[[f"Table {number}, {s.heading}" for s in spec]]
        noise = (parts["probability_error"] / parts["probability"]).pow(2).sum() ** 0.5
        product = parts["probability"].prod()
        own = chance.loc[f"Table {number}", "probability_error"] / product
        assert chance.loc[f"Table {number}", "probability"] == pytest.approx(
            product, rel=4 * (noise + own)
        )


@pytest.mark.parametrize("apart", [False, True], ids=["one column", "two columns"])
def test_cells_that_share_their_luck_do_not_multiply(apart):
    """Two regressors nearly alike, in one column or in two: TE is negative, GR positive."""
    rng = np.random.default_rng(16)
    common = rng.normal(size=(41, 16))
    te, gr = replace(MODEL_2, terms=("te",)), replace(MODEL_1, column="model2", terms=("gr",))
    if apart:
        models = [made(te, rng, [-2.9], common), made(gr, rng, [2.9], common)]
    else:
        models = [made(replace(MODEL_2, terms=("te", "gr")), rng, [-2.9, 2.9], common)]
    found = montecarlo.repeat(models, draws=8000)
    joint = found.patterns.set_index("pattern").loc["All tables"]
    alone = found.cells["exact"].prod()
    assert far(joint["repeated"], joint["probability"], 8000) < 3.5
    # The errors of the two slopes go against each other in one column and together in two.  TE is
    # to come out smaller than it is, GR about as large or larger: easier if, signs aside, they
    # go against each other, which TE's sign makes of going together.
    assert joint["probability"] > 1.5 * alone if apart else joint["probability"] < alone / 1.5


def test_one_cell_alone_has_its_exact_probability():
    """A single slope: the simulator's average over error variances is the noncentral t."""
    rng = np.random.default_rng(14)
    model = made(MODEL_1, rng)
    unit = np.sqrt(np.diag(batched.fit(np.zeros((1, 41, 16)), model.x).bread[0]))
    ratio = np.sqrt(rng.chisquare(20, 40_000) / 20)  # few degrees of freedom, so that t is not z
    low, high = montecarlo._region("**", 20)
    bounds = (ratio * edge - model.coef[0] / unit[0] for edge in (low, high))
    low_z, high_z = (edge[:, None] for edge in bounds)
    found = montecarlo.rectangle(low_z, high_z, np.eye(1), rng).mean()
    expected = np.diff(stats.nct.cdf([low, high], 20, model.coef[0] / unit[0]))[0]
    assert found == pytest.approx(expected, rel=0.01)


def test_rectangles_are_those_of_the_multivariate_normal():
    rng = np.random.default_rng(15)
    correlation = np.array([[1, 0.8, -0.3], [0.8, 1, 0.1], [-0.3, 0.1, 1]])
    low, high = np.array([-0.3, 0.2, -np.inf]), np.array([0.9, 1.5, 0.4])
    size = (20_000, 3)
    found = montecarlo.rectangle(
        np.broadcast_to(low, size), np.broadcast_to(high, size), correlation, rng
    )
    normal = stats.multivariate_normal(cov=correlation)
    expected = normal.cdf(high, lower_limit=low, rng=np.random.default_rng(1))
    assert found.mean() == pytest.approx(expected, rel=0.02)


def test_rectangles_far_out_keep_their_digits():
    size = (50, 2)
    for side in (1, -1):
        edges = np.sort([side * 9.0, side * 9.5])
        low, high = (np.full(size, edge) for edge in edges)
        found = montecarlo.rectangle(low, high, np.eye(2), np.random.default_rng(1))
        expected = (stats.norm.sf(9.0) - stats.norm.sf(9.5)) ** 2
        assert found == pytest.approx(expected, rel=1e-9)


# -- the same again -------------------------------------------------------------------------------


def studies(panel: pd.DataFrame) -> dict[str, object]:
    x = batched.cube(panel, SPLIT)
    model = truth(panel, MODEL_1)
    options = {"draws": 40}
    return {
        "hausman": lambda **o: montecarlo.hausman_rejections(model, [0.3], **options, **o),
        "coverage": lambda **o: montecarlo.coverage(x, SPLIT, 0.5, **options, **o),
        "interpolation": lambda **o: montecarlo.interpolation(model, [0.1], **options, **o),
        "repeat": lambda **o: montecarlo.repeat([model], **options, **o).patterns,
    }


@pytest.mark.parametrize("name", ["hausman", "coverage", "interpolation", "repeat"])
def test_a_study_gives_the_same_figures_whatever_ran_before(panel, name):
    run = studies(panel)[name]
    first = run()
    for other in studies(panel).values():
        other()
    np.random.seed(0)  # noqa: NPY002 (the old generator is what must not matter)
    pd.testing.assert_frame_equal(run(), first)
    assert not run(seed=99).equals(first)


# -- figures and tables ---------------------------------------------------------------------------


def text_of(table: Table) -> dict[str, list[str]]:
    return {name: column.tolist() for name, column in table.frame.items()}


def test_size_table_prints_counts_as_per_cent_with_their_standard_error(panel):
    found = montecarlo.hausman_rejections(truth(panel, MODEL_1), [0.0, 0.5], draws=400)
    found.loc[found["correlation"] == 0, ["rejected", "undefined"]] = [[20, 0], [4, 100], [40, 0]]
    shown = text_of(pictures.size_table({"41, iid": found}, "c", "n"))
    assert shown == {
        "Column and errors": ["41, iid"],
        "Hausman, one variance": ["5.0 (1.1)"],
        "Hausman, plain": ["1.0 (0.5)"],
        "Mundlak, clustered": ["10.0 (1.5)"],
        "Plain undefined": ["25.0 (2.2)"],
    }


def test_power_curves_draw_the_shares_and_the_level(panel):
    found = montecarlo.hausman_rejections(truth(panel, MODEL_1), [0.0, 0.5], draws=50)
    chart = pictures.power_curves({"41 cities": found})
    (ax,) = chart.figure.axes
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    for test, label in pictures.TESTS.items():
        part = found[found["test"] == test]
        assert lines[label] == part[["correlation", "share"]].to_numpy().tolist()
    plain = found[found["test"] == "plain"]
    undefined = plain[["correlation", "undefined"]].to_numpy() / [1, 50]
    assert lines["plain: undefined"] == undefined.tolist()
    assert any(set(line.get_ydata()) == {0.05} for line in ax.lines)
    assert "simulated" in ax.get_title(loc="left").lower() and "simulated" in chart.title.lower()


@pytest.fixture(scope="module")
def covers(panel) -> pd.DataFrame:
    parts = []
    for n in (14, 13):
        x = batched.cube(montecarlo.first_cities(panel, "middle", n), SPLIT)
        for rho in (0.0, 0.5):
            part = montecarlo.coverage(x, SPLIT, rho, draws=100)
            parts.append(part.assign(cities=n, errors=f"rho {rho}"))
    return pd.concat(parts, ignore_index=True)


def test_coverage_table_has_a_row_per_case_and_a_column_per_interval(covers):
    shown = pictures.coverage_table(covers, ("lm", "ia"), "c", "n").frame
    assert shown.iloc[:, 0].tolist() == ["14, rho 0.0", "14, rho 0.5", "13, rho 0.0", "13, rho 0.5"]
    row = covers[(covers["cities"] == 13) & (covers["errors"] == "rho 0.5")]
    cell = row[(row["term"] == "ia") & (row["covariance"] == "driscoll_kraay")].iloc[0]
    share = cell["covered"] / 100
    text = f"{100 * share:.1f} ({100 * np.sqrt(share * (1 - share) / 100):.1f})"
    assert shown.loc[3, "IA D–K"] == text


def test_coverage_plot_puts_each_share_in_its_panel(covers):
    chart = pictures.coverage_plot(covers, ("lm", "ia"))
    assert len(chart.figure.axes) == 4
    ax = chart.figure.axes[3]
    assert ax.get_title(loc="left") == "Simulated: IA, 13 cities"
    marks = {c.get_label(): np.asarray(c.get_offsets())[:, 1] for c in ax.collections}
    part = covers[(covers["cities"] == 13) & (covers["term"] == "ia")]
    for kind, label in pictures.INTERVALS.items():
        shares = part[part["covariance"] == kind]["share"]
        assert marks[label].tolist() == shares.tolist()


def test_interpolation_table_counts_bias_towards_zero_as_negative():
    one = {"share": 0.2, "treatment": "interpolated", "term": "te", "true": -2.0, "bias": 0.1}
    one |= {"bias_error": 0.02, "rmse_ratio": 1.234, "covered": 90, "draws": 100, "rows": 656.0}
    shown = text_of(pictures.interpolation_table(pd.DataFrame([one]), "c", "n"))
    assert shown == {
        "Missing": ["20 %, interpolated"],
        "Rows": ["656"],
        "TE bias": ["−5.0 (1.0)"],
        "TE RMSE": ["1.23"],
        "TE coverage": ["90.0 (3.0)"],
    }


def test_repeats_plot_draws_every_cell_and_every_draw(repeats):
    chart = pictures.repeats_plot(repeats)
    cells, many = chart.figure.axes
    widths = [bar.get_width() for bar in cells.patches]
    assert widths == repeats.cells["share"].tolist()
    assert cells.get_yticklabels()[0].get_text() == "Model 1: LM**"
    heights = np.array([bar.get_height() for bar in many.patches])
    assert heights.sum() == pytest.approx(1) and len(heights) == 24
    assert (heights * np.arange(24)).sum() == pytest.approx(repeats.matches.sum(axis=1).mean())


def test_patterns_table_says_counts_and_probabilities(repeats):
    frame = pictures.patterns_table(repeats, "c", "n").frame
    assert frame["Cells"].tolist()[-1] == "All tables"
    last = repeats.patterns.iloc[-1]
    assert frame["Repeated"].tolist()[-1] == f"{last['repeated']} of 2000"


@pytest.mark.parametrize(
    "probability, text",
    [
        (0.26, "0.3"),
        (0.0312, "0.03"),
        (0.001, "0.001"),
        (3.4e-9, "3 × 10⁻⁹"),
        (9.6e-5, "1 × 10⁻⁴"),
        (2e-12, "2 × 10⁻¹²"),
    ],
)
def test_powers_of_ten(probability, text):
    assert pictures.power_of_ten(probability) == text
