"""Functional form against statsmodels, linearmodels and data whose scale is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from statsmodels.stats.diagnostic import linear_reset

from lib import functional_form
from lib.diagnostics import Sample
from lib.estimation import two_way_fe
from lib.panel import DataError

TERMS = ("a", "b")


def invented(kind: str, cities: int = 12, years: int = 8, gaps: float = 0.15, seed: int = 2):
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [range(cities), range(2000, 2000 + years)], names=["city_code", "year"]
    )
    n = cities * years
    frame = pd.DataFrame(rng.normal(size=(n, 2)), index=index, columns=list(TERMS)).reset_index()
    city, year = rng.normal(size=cities), 0.15 * np.arange(years)
    index = frame["a"] * 0.3 + city[frame["city_code"]] * 0.6 + year[frame["year"] - 2000]
    index += 0.05 * rng.normal(size=n)
    frame["y"] = np.exp(index) if kind == "log" else 6 + index
    return frame[rng.random(n) > gaps]


def lsdv(rows: pd.DataFrame) -> pd.DataFrame:
    effects = [
        pd.get_dummies(rows["city_code"], dtype=float),
        pd.get_dummies(rows["year"], dtype=float, drop_first=True).add_prefix("y"),
    ]
    return pd.concat([rows[list(TERMS)], *effects], axis=1).rename(columns=str)


@pytest.mark.parametrize("kind", ["log", "level"])
@pytest.mark.parametrize("powers", [(2,), (2, 3)])
def test_reset_is_that_of_statsmodels(kind, powers):
    rows = invented(kind)
    found = functional_form.reset(Sample.of(rows, TERMS), powers)
    other = linear_reset(sm.OLS(rows["y"], lsdv(rows)).fit(), power=powers[-1], use_f=True)
    assert_allclose([found.classical.stat, found.classical.p], [other.fvalue, other.pvalue])
    assert found.classical.df == (other.df_num, other.df_denom)


def test_reset_clustered_is_a_wald_test_of_the_powers():
    rows = invented("log")
    fitted = rows["y"] - two_way_fe(rows, "y", TERMS).residuals
    wide = rows.assign(p2=fitted**2, p3=fitted**3)
    whole = two_way_fe(wide, "y", [*TERMS, "p2", "p3"])
    added = whole.coef[["p2", "p3"]]
    cov = whole.cov_clustered.loc[added.index, added.index]
    found = functional_form.reset(Sample.of(rows, TERMS)).clustered
    assert_allclose(found.stat, added @ np.linalg.solve(cov, added) / 2, rtol=1e-6)
    assert found.df == (2, rows["city_code"].nunique() - 1)


def test_reset_finds_curvature_and_nothing_else():
    bent = functional_form.reset(Sample.of(invented("log"), TERMS))
    straight = functional_form.reset(Sample.of(invented("level"), TERMS))
    assert bent.clustered.p < 1e-4 and bent.classical.p < 1e-4
    assert straight.classical.p > 0.05


@pytest.mark.parametrize("powers", [(), (3,), (2, 4), (1, 2)])
def test_powers_start_at_two_and_leave_none_out(powers):
    with pytest.raises(DataError, match="powers"):
        functional_form.reset(Sample.of(invented("level"), TERMS), powers)


def test_level_against_log_adds_what_the_other_model_fits():
    rows = invented("log", gaps=0.1, seed=5)
    rows = rows.assign(y=rows["y"] + 5, log=np.log(rows["y"] + 5))  # no fit below zero
    found = functional_form.level_against_log(Sample.of(rows, TERMS))
    level = rows["y"] - two_way_fe(rows, "y", TERMS).residuals
    log = rows["log"] - two_way_fe(rows, "log", TERMS).residuals
    assert (level > 0).all()
    wide = rows.assign(p=np.log(level) - log, q=level - np.exp(log))
    for y, term, test in (("y", "p", found.level), ("log", "q", found.log)):
        expected = two_way_fe(wide, y, [*TERMS, term]).clustered.loc[term]
        assert_allclose(test.stat, expected["t"] ** 2, rtol=1e-6)
        assert_allclose(test.p, expected["p"], rtol=1e-6)
        assert test.df == (1, rows["city_code"].nunique() - 1)
    assert found.left_out == 0


@pytest.mark.parametrize("kind, right, wrong", [("log", "log", "level"), ("level", "level", "log")])
def test_level_against_log_finds_the_scale(kind, right, wrong):
    found = functional_form.level_against_log(Sample.of(invented(kind, cities=40), TERMS))
    assert getattr(found, right).p > 0.05
    assert getattr(found, wrong).p < 0.01


def test_rows_fitted_below_zero_are_left_out_and_counted():
    rows = invented("log", cities=30)
    fit = rows["y"] - two_way_fe(rows, "y", TERMS).residuals
    assert (fit <= 0).any()
    found = functional_form.level_against_log(Sample.of(rows, TERMS))
    assert found.left_out >= (fit <= 0).sum()
    kept = rows
    while (fit <= 0).any():
        kept = kept[fit > 0]
        fit = kept["y"] - two_way_fe(kept, "y", TERMS).residuals
    assert found.left_out == len(rows) - len(kept)
    again = functional_form.level_against_log(Sample.of(kept, TERMS))
    assert_allclose([found.level.stat, found.log.stat], [again.level.stat, again.log.stat])


def test_box_cox_is_the_likelihood_of_statsmodels_and_the_jacobian():
    rows = invented("log")
    grid = np.array([-0.5, -0.1, 0.0, 0.1, 0.5])
    found = functional_form.box_cox(Sample.of(rows, TERMS), grid)
    value = []
    for power in grid:
        y = np.log(rows["y"]) if power == 0 else (rows["y"] ** power - 1) / power
        value.append(sm.OLS(y, lsdv(rows)).fit().llf + (power - 1) * np.log(rows["y"]).sum())
    assert_allclose(found.curve, np.array(value) - max(value), atol=1e-7)
    assert found.best == grid[np.argmax(value)]


@pytest.mark.parametrize("kind, power", [("log", 0.0), ("level", 1.0)])
def test_box_cox_finds_the_scale(kind, power):
    grid = np.linspace(-1, 2.5, 701)
    found = functional_form.box_cox(Sample.of(invented(kind, cities=40), TERMS), grid)
    assert found.low <= power <= found.high
    assert found.low <= found.best <= found.high
    inside = found.curve[(found.curve.index >= found.low) & (found.curve.index <= found.high)]
    assert (inside >= -3.8415 / 2).all()
    assert (found.curve.drop(inside.index) < -3.8415 / 2).all()


def test_what_is_not_above_zero_is_refused():
    rows = invented("level")
    sample = Sample.of(rows.assign(y=rows["y"] - rows["y"].min()), TERMS)
    for test in (functional_form.box_cox, functional_form.level_against_log):
        with pytest.raises(DataError, match="zero or below"):
            test(sample)
    with pytest.raises(DataError, match="end of the grid"):
        functional_form.box_cox(Sample.of(invented("log"), TERMS), np.linspace(1, 2, 5))
