"""Unit roots against statsmodels, published moments, and panels whose roots are known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.tsa.stattools import adfuller

from lib import unit_roots
from lib.panel import DataError


@pytest.mark.parametrize("lags", [0, 1, 2])
@pytest.mark.parametrize("trend", ["c", "ct"])
def test_dickey_fuller_is_that_of_statsmodels(lags, trend):
    rng = np.random.default_rng(4)
    levels = rng.normal(size=(2, 3, 16)).cumsum(axis=2) * np.array([1, 1e3, 1e-3])[:, None] + 50
    found = unit_roots.dickey_fuller(levels, lags, trend)
    assert found.shape == (2, 3)
    for i in np.ndindex(2, 3):
        other = adfuller(
            levels[i], maxlag=lags, autolag=None, regression=trend, result_object=False
        )
        assert_allclose(found[i], other[0], rtol=1e-6)


# Mean and variance of the statistic under a unit root, 15 rows in the regression: Im, Pesaran and
# Shin (2003), table 3, as R's plm carries it (R/test_uroot.R).
MOMENTS = {
    ("c", 0): (-1.514, 0.923), ("c", 1): (-1.503, 1.011),
    ("ct", 0): (-2.167, 0.869), ("ct", 1): (-2.169, 0.975),
}  # fmt: skip


@pytest.mark.parametrize("trend, lags", MOMENTS)
def test_moments_under_a_unit_root_are_those_published(trend, lags):
    walks = np.random.default_rng(8).normal(size=(60_000, 16 + lags)).cumsum(axis=1)
    found = unit_roots.dickey_fuller(walks, lags, trend)
    mean, variance = MOMENTS[trend, lags]
    assert_allclose(found.mean(), mean, atol=0.015)
    assert_allclose(found.var(), variance, rtol=0.03)


@pytest.mark.parametrize(
    "levels, lags, message",
    [
        (np.ones((2, 9)), 0, "without variation"),
        (np.arange(18.0).reshape(2, 9) * np.nan, 0, "gap"),
        (np.random.default_rng(1).normal(size=(2, 5)), 2, "5 years"),
    ],
)
def test_series_that_cannot_be_tested_are_refused(levels, lags, message):
    with pytest.raises(DataError, match=message):
        unit_roots.dickey_fuller(levels, lags, "ct")


def test_the_panel_statistic_is_the_mean_over_cities_less_year_means():
    levels = np.random.default_rng(6).normal(size=(20, 16)).cumsum(axis=1)
    found = unit_roots.panel_unit_root(levels + np.arange(16) ** 2, 1, "ct", draws=50)
    net = pd.DataFrame(levels) - pd.DataFrame(levels).mean()
    how = {"maxlag": 1, "autolag": None, "regression": "ct", "result_object": False}
    single = [adfuller(row, **how)[0] for row in net.to_numpy()]
    assert_allclose(found.statistic, np.mean(single))
    assert (found.cities, found.years) == (20, 16)
    with pytest.raises(DataError, match="axes"):
        unit_roots.panel_unit_root(levels[None])


def test_walks_keep_their_unit_root_and_noise_does_not():
    rng = np.random.default_rng(9)
    noise = unit_roots.panel_unit_root(rng.normal(size=(30, 16)), 0, "ct", draws=99)
    assert noise.p == 1 / 100 and noise.alone > 0.3
    p = [
        unit_roots.panel_unit_root(rng.normal(size=(10, 16)).cumsum(axis=1), 0, "c", 199).p
        for _ in range(100)
    ]
    assert 0.4 < np.mean(p) < 0.6
    assert np.mean(np.array(p) < 0.1) < 0.2


def test_columns_are_tested_over_the_cities_that_have_them():
    rng = np.random.default_rng(10)
    index = pd.MultiIndex.from_product([range(12), range(2008, 2024)], names=["city_code", "year"])
    rows = pd.DataFrame({"a": rng.normal(size=192), "b": rng.normal(size=192)}, index=index)
    rows = rows.reset_index()
    rows.loc[rows["year"] == 2008, "b"] = np.nan
    rows.loc[20, "b"] = np.nan
    found = unit_roots.of_columns(rows, {"a": 2008, "b": 2009}, lags=(0, 1), trend="c")
    assert set(found) == {("a", 0), ("a", 1), ("b", 0), ("b", 1)}
    assert (found["a", 0].cities, found["a", 0].years) == (12, 16)
    assert (found["b", 1].cities, found["b", 1].years) == (11, 15)
    wide = rows.pivot(index="city_code", columns="year", values="a").to_numpy()
    assert found["a", 1] == unit_roots.panel_unit_root(wide, 1, "c")


def test_power_is_size_at_a_unit_root_and_rises_away_from_it():
    found = unit_roots.power(15, 16, [0.3, 0.8, 1.0], [0.0, 0.4, 1.0], "c", draws=400)
    share = found.set_index(["root", "share"])
    for column in ("alone", "panel"):
        assert 0.02 < share.loc[(1.0, 1.0), column] < 0.085
    assert 0.02 < share.loc[(0.3, 0.0), "panel"] < 0.085
    assert np.isnan(share.loc[(0.3, 0.0), "alone"])
    assert share.loc[(0.3, 1.0), "panel"] == 1
    assert share.loc[(0.3, 0.0), "panel"] < share.loc[(0.3, 0.4), "panel"] < 1
    assert share.loc[(0.8, 1.0), "panel"] > share.loc[(0.8, 1.0), "alone"]
    with pytest.raises(DataError, match="root"):
        unit_roots.power(15, 16, [1.1])


def test_stationary_series_start_in_their_own_distribution():
    steps = np.random.default_rng(2).normal(size=(1, 40_000, 6))
    series = unit_roots._autoregression(steps, 0.8)
    assert_allclose(series.var(axis=1)[0], 1 / (1 - 0.64), rtol=0.03)
    assert_allclose(np.corrcoef(series[0, :, 2], series[0, :, 3])[0, 1], 0.8, atol=0.01)


def test_unrelated_walks_deceive_the_classical_t_and_not_the_clustered_one():
    found = unit_roots.spurious(80, 16, draws=600)
    assert found["classical"] > 0.25
    assert 0.02 < found["clustered"] < 0.08
    regions = np.repeat(np.arange(8), 10)
    shared = unit_roots.spurious(80, 16, regions, share=0.5, draws=300)
    assert shared["clustered"] > 0.15
    # A region a city is the same as no region.
    own = unit_roots.spurious(80, 16, np.arange(80), share=0.5, draws=600)
    assert 0.02 < own["clustered"] < 0.085


@pytest.mark.parametrize("regions, share", [(None, 1.2), (np.arange(3), 0.5), (None, -0.1)])
def test_shares_and_regions_have_to_fit(regions, share):
    with pytest.raises(DataError, match="share"):
        unit_roots.spurious(10, 8, regions, share)


def test_without_a_word_there_are_no_lags_and_no_trend():
    """The statistic is then the mean of statsmodels' without lags, with a constant."""
    levels = np.random.default_rng(6).normal(size=(8, 16)).cumsum(axis=1)
    net = levels - levels.mean(axis=0)
    how = {"maxlag": 0, "autolag": None, "regression": "c", "result_object": False}
    expected = np.mean([adfuller(row, **how)[0] for row in net])
    assert_allclose(unit_roots.panel_unit_root(levels, draws=20).statistic, expected)


def test_one_city_that_settles_is_found_as_often_among_others_as_among_its_like():
    found = unit_roots.power(20, 16, [0.3], [0.5, 1.0], "c", draws=300).set_index("share")["alone"]
    assert abs(found[0.5] - found[1.0]) < 0.05
