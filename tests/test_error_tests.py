"""Tests of the errors against R's plm, linearmodels, statsmodels and loops written out."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import FirstDifferenceOLS, PanelOLS
from numpy.testing import assert_allclose
from scipy import stats
from test_diagnostics import GRUNFELD, dummies, firms, panel, plm, rows, ten_firms  # noqa: F401

from lib import error_tests
from lib.diagnostics import Sample
from lib.panel import DataError

# -- over time ------------------------------------------------------------------------------------


def residuals_of_changes(sample: Sample, effects: str) -> pd.DataFrame:
    changes = sample.differenced()
    cities, years = np.nonzero(changes.present)
    frame = pd.DataFrame(
        {"city_code": changes.cities[cities], "year": changes.years[years],
         "e": changes.residuals(effects)[changes.present]}
    )  # fmt: skip
    before = frame.assign(year=frame["year"] + 1).rename(columns={"e": "before"})
    return frame.merge(before, on=["city_code", "year"])


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
@pytest.mark.parametrize("null, rho", [("fd", 0.0), ("fe", -0.5)])
def test_residuals_of_changes_give_the_test_of_plm(dataset, null, rho):
    """plm's version keeps a constant in both regressions and scales nothing."""
    pairs = residuals_of_changes(panel(dataset), "pooled")
    fit = sm.OLS(pairs["e"], sm.add_constant(pairs["before"])).fit(
        cov_type="cluster",
        cov_kwds={"groups": pd.factorize(pairs["city_code"])[0], "use_correction": False},
    )
    expected = plm(dataset, f"pwfdtest h0={null}")
    f = ((fit.params["before"] - rho) / fit.bse["before"]) ** 2
    assert_allclose(f, expected["statistic"], rtol=1e-9)
    assert fit.df_resid == expected["parameter2"]


def aux(pairs: pd.DataFrame) -> tuple[float, float, int]:
    """Regression through the origin with clustered errors, as Stata scales them."""
    fit = sm.OLS(pairs["e"], pairs[["before"]]).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(pairs["city_code"])[0]}
    )
    clusters = pairs["city_code"].nunique()
    f = ((fit.params["before"] + 0.5) / fit.bse["before"]) ** 2
    return fit.params["before"], f, clusters


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
def test_without_year_effects_it_starts_from_first_differences_of_linearmodels(dataset):
    sample = panel(dataset)
    index = pd.MultiIndex.from_product([range(len(sample.cities)), sample.years])
    columns = dict(zip(("y", *sample.terms), [sample.y, *sample.x], strict=True))
    frame = pd.DataFrame({k: v.ravel() for k, v in columns.items()}, index=index)
    e = FirstDifferenceOLS(frame["y"], frame[list(sample.terms)]).fit().resids
    pairs = e.rename("e").rename_axis(["city_code", "year"]).reset_index()
    pairs["before"] = pairs.groupby("city_code")["e"].shift(1)
    rho, f, clusters = aux(pairs.dropna())
    found = error_tests.wooldridge(sample, year_effects=False)
    assert_allclose([found.rho, found.test.stat], [rho, f])
    assert found.test.df == (1, clusters - 1)
    assert_allclose(found.test.p, stats.f.sf(f, 1, clusters - 1))


@pytest.mark.parametrize("lost", [None, 2003])
def test_with_year_effects_and_gaps_it_is_the_regression_with_dummies(rows, lost):  # noqa: F811
    rows = rows[rows["year"] != lost]
    data = rows.sort_values(["city_code", "year"])
    changes = data.groupby("city_code")[["year", "y", "a", "b"]].diff()
    kept = changes["year"] == 1
    frame = changes[kept].assign(city_code=data["city_code"], year=data["year"])
    e = sm.OLS(frame["y"], frame[["a", "b"]].join(dummies(frame, "year"))).fit().resid
    pairs = frame.assign(e=e)[["city_code", "year", "e"]]
    before = pairs.assign(year=pairs["year"] + 1).rename(columns={"e": "before"})
    rho, f, clusters = aux(pairs.merge(before, on=["city_code", "year"]))
    found = error_tests.wooldridge(Sample.of(rows, ("a", "b")))
    assert_allclose([found.rho, found.test.stat], [rho, f])
    assert found.test.df == (1, clusters - 1)


@pytest.mark.parametrize("root, rho", [(0.0, -0.5), (0.6, -0.2), (1.0, 0.0)])
def test_the_slope_says_how_errors_remember(root, rho):
    """AR(1) errors with root r have differences of autocorrelation -(1 - r)/2."""
    rng = np.random.default_rng(3)
    steps = rng.normal(size=(300, 40))
    errors = np.zeros((300, 40))
    for t in range(1, 40):
        errors[:, t] = root * errors[:, t - 1] + steps[:, t]
    errors, x = errors[:, 20:], rng.normal(size=(1, 300, 20))
    every = np.ones((300, 20), dtype=bool)
    sample = Sample(errors + x[0], x, every, ("a",), np.arange(300), np.arange(20))
    assert_allclose(error_tests.wooldridge(sample).rho, rho, atol=0.03)


def test_serial_correlation_needs_two_cities_with_three_years(rows):  # noqa: F811
    two = rows[rows["year"].isin([2000, 2001])]
    with pytest.raises(DataError, match="three years in a row"):
        error_tests.wooldridge(Sample.of(two, ("a",)))


# -- variances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
def test_modified_wald_is_the_reference(dataset):
    sample = panel(dataset)
    found, df = error_tests.modified_wald(sample.residuals("city")[None], sample.present)
    expected = plm(dataset, "modified Wald")
    assert_allclose(found[0], expected["chi2"], rtol=1e-9)
    assert df == expected["df"]


def test_modified_wald_with_gaps_city_by_city(rows):  # noqa: F811
    sample = Sample.of(rows, ("a", "b"))
    e, here = sample.residuals(), sample.present
    total, used = 0.0, 0
    overall = (e[here] ** 2).mean()
    for i in range(len(e)):
        squares = e[i, here[i]] ** 2
        if len(squares) < error_tests.LEAST:
            continue
        v = ((squares - squares.mean()) ** 2).mean() / (len(squares) - 1)
        used += 1
        total += (squares.mean() - overall) ** 2 / v
    found, df = error_tests.modified_wald(np.stack([e, 10 * e]), here)
    assert_allclose(found, total)  # whatever the unit
    assert df == used < 9
    with pytest.raises(DataError, match="no city"):
        error_tests.modified_wald(e[None], here & (np.arange(8) < 3))


def invented(cities: int, years: int, sd: np.ndarray, seed: int = 5) -> Sample:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(1, cities, years))
    y = x[0] + rng.normal(size=(cities, years)) * sd[:, None]
    every = np.ones((cities, years), dtype=bool)
    return Sample(y, x, every, ("a",), np.arange(cities), np.arange(years))


def test_equal_variances_are_kept_and_unequal_ones_rejected():
    equal = error_tests.equal_variances(invented(30, 10, np.ones(30)), draws=99)
    assert equal.p > 0.1
    assert equal.size > 0.5  # with ten years chi-squared is far off
    unequal = error_tests.equal_variances(invented(30, 10, np.linspace(0.2, 3, 30)), draws=99)
    assert unequal.p == 1 / 100
    assert unequal.test.df == (30,)
    assert 3 < unequal.ratio < 15
    assert equal.ratio < 2.5


def test_with_many_years_the_chi_squared_bound_is_nearly_right():
    found = error_tests.equal_variances(invented(4, 600, np.ones(4)), draws=200)
    assert found.size < 0.11


def test_shuffled_p_values_are_uniform_where_variances_are_equal():
    p = [error_tests.equal_variances(invented(12, 8, np.ones(12), s), 39, s).p for s in range(60)]
    assert 0.35 < np.mean(p) < 0.65
    assert stats.kstest(p, "uniform").pvalue > 0.01


# -- between cities -------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", ["Grunfeld11", "Produc"])
def test_pesaran_is_that_of_plm(dataset):
    sample = panel(dataset)
    expected = plm(dataset, "pcdtest cd within individual")
    found = error_tests.cross_section(sample).test
    assert_allclose(found.stat, expected["statistic"], rtol=1e-9)
    assert_allclose(found.p, expected["p"], rtol=1e-6)
    assert found.df == ()
    # plm prints one after year effects too, where it means nothing.
    after = plm(dataset, "pcdtest cd within twoways")
    assert_allclose(
        error_tests.pesaran_cd(sample.residuals()[None])[0], after["statistic"], rtol=1e-8
    )


def test_pesaran_of_a_variable_is_that_of_plm():
    """Of plm's own test output (test_pcdtest.Rout.save): pcdtest(value ~ 1), ten firms."""
    value = Sample.of(ten_firms(), GRUNFELD).x[:1]
    assert_allclose(error_tests.pesaran_cd(value)[0], 13.843, atol=5e-4)


def test_pesaran_with_gaps_is_that_of_linearmodels_and_of_a_loop(rows):  # noqa: F811
    sample = Sample.of(rows, ("a", "b"))
    frame = rows.set_index(["city_code", "year"])
    other = PanelOLS(frame["y"], frame[["a", "b"]], entity_effects=True).fit().pesaran_cd
    found = error_tests.cross_section(sample)
    assert_allclose([found.test.stat, found.test.p], [other.stat, other.pval])
    e, here = sample.residuals("city"), sample.present
    rho = []
    for i, j in combinations(range(len(e)), 2):
        both = here[i] & here[j]
        if both.sum() >= error_tests.LEAST:
            rho.append(np.corrcoef(e[i, both], e[j, both])[0, 1])
    assert_allclose(found.mean, np.mean(rho))


def test_pesaran_takes_many_panels_at_once(rows):  # noqa: F811
    sample = Sample.of(rows, ("a", "b"))
    e = sample.residuals("city")
    many = np.stack([e, e[:, ::-1] * sample.present, -2 * e])
    found = error_tests.pesaran_cd(many, sample.present)
    assert_allclose(found[0], found[2])
    for one, each in zip(found, many, strict=True):
        assert_allclose(error_tests.pesaran_cd(each[None], sample.present)[0], one)
    full = np.random.default_rng(1).normal(size=(3, 6, 9))
    gaps = np.ones((6, 9), dtype=bool)
    assert_allclose(error_tests.pesaran_cd(full, gaps), error_tests.pesaran_cd(full))


def test_after_year_effects_the_statistic_of_independent_errors_is_elsewhere():
    """Juodis and Reese (2022): centred near minus the root of half the years, hardly varying."""
    found = error_tests.cd_under_independence(cities=60, years=18, draws=800)
    assert abs(found.loc["city", "mean"]) < 0.15
    assert abs(found.loc["city", "sd"] - 1) < 0.1
    assert 0.02 < found.loc["city", "rejects"] < 0.08
    assert_allclose(found.loc["twoway", "mean"], -np.sqrt(18 / 2), rtol=0.03)
    assert found.loc["twoway", "sd"] < 0.1
    assert found.loc["twoway", "rejects"] == 1
