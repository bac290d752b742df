"""Simulations: each test is the estimator of the other chapters, and an exact test has its size.

CR2 is compared with its definition, written with one dummy an effect and whole matrices.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import linalg, stats

from lib import panel, specifications
from lib.estimation import two_way_fe
from lib.jackknife import leave_one_out
from lib.resampling import bootstrap, kernel
from lib.specifications import MODEL1, STOCK
from studies import simulations as sim


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Thirty official cities of six provinces, a few rows missing."""
    whole = specifications.rows(panel.load(), STOCK, MODEL1)
    kept = whole["city"].isin(whole["city"].unique()[::4]) & whole["year"].gt(2013)
    return whole[kept].drop(index=whole[kept].index[[3, 40, 77]]).reset_index(drop=True)


@pytest.fixture(scope="module")
def made(rows) -> sim.Design:
    return sim.design(rows)


def test_each_p_value_is_the_one_of_the_other_chapters(rows, made):
    rng, shift = np.random.default_rng(3), np.array([0.4, -0.2])
    errors = sim.draw(made, sim.CASES["a province shares"], 2, rng)
    p = sim.p_values(made, errors, shift, seed=7)
    cube = kernel.cube(rows, ["REG", "LM", "IA"])
    place = cube.entities.get_indexer(rows["city"]), cube.times.get_indexer(rows["year"])
    one = rows.assign(REG=errors[1][place] + rows[["LM", "IA"]] @ shift)
    found = two_way_fe(one, "REG", ["LM", "IA"])
    for kind in ("classical", "clustered", "jackknife"):
        np.testing.assert_allclose(p[kind][1], found.errors(kind)["p"], rtol=1e-8)
    wide = leave_one_out(one, "REG", ["LM", "IA"], cluster="province").table["p"]
    np.testing.assert_allclose(p["province"][1], wide, rtol=1e-8)
    options = {"draws": sim.BOOTSTRAP, "seed": 7}
    wild = [bootstrap.wild_cluster(one, "REG", ["LM", "IA"], t, **options).wild for t in made.terms]
    np.testing.assert_allclose(p["wild"][1], wild)
    assert list(p) == list(sim.TESTS)


def test_cr2_is_its_definition(made):
    """V = Q sum_g X_g' A_g e_g e_g' A_g X_g Q, A_g the inverse root of (I - H)_gg; df by traces."""
    city, year = np.nonzero(made.present)
    x = made.x[:, made.present].T
    full = np.hstack([x, np.eye(made.present.shape[0])[city], np.eye(made.present.shape[1])[year]])
    maker = np.eye(len(x)) - full @ linalg.pinv(full)
    errors = np.random.default_rng(1).standard_normal((1, *made.present.shape))
    e = maker @ errors[0][made.present]
    effects = full[:, 2:]
    net = x - effects @ linalg.pinv(effects) @ x
    bread, parts = np.linalg.inv(net.T @ net), []
    for g in np.unique(city):
        own = city == g
        left, values, right = linalg.svd(maker[np.ix_(own, own)])
        kept = values > 1e-9  # all but the city's own effect
        root = left[:, kept] / np.sqrt(values[kept]) @ right[kept]
        parts.append(maker[:, own] @ root @ net[own] @ bread)
    pull, df = made.cr2
    for k in range(2):
        each = np.array([part[:, k] for part in parts])
        gram = each @ each.T
        assert df[k] == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum(), rel=1e-6)
        se = np.sqrt(((each @ e) ** 2).sum())
        full_e = np.zeros(made.present.shape)
        full_e[made.present] = e
        assert np.sqrt(((pull[k] * full_e).sum(axis=1) ** 2).sum()) == pytest.approx(se, rel=1e-6)
        t = (bread @ net.T @ e)[k] + (linalg.pinv(full) @ errors[0][made.present])[k]
        p = sim.p_values(made, errors)["cr2"][0, k]
        assert p == pytest.approx(2 * stats.t.sf(abs(t / se), df[k]), rel=1e-6)


def test_an_exact_test_has_its_size_and_its_power(made):
    """Independent normal errors of one size: classical t is exact, noncentral under a slope."""
    size = sim.rejections(made, sim.Errors(), draws=1000).set_index(["term", "test"])
    assert (abs(size.xs("classical", level="test")["share"] - 0.05) < 4 * 0.0069).all()
    assert (size["rejected"] <= 1000).all() and set(size["draws"]) == {1000}
    n, years = made.present.sum(), made.present.shape[1]
    df = n - len(made.present) - years + 1 - 2
    # One size of errors, so that the city effects take 1/T of the variance.
    variance = (made.residuals**2).sum() / n / (1 - 1 / years)
    slope = 2.5 * np.sqrt(variance * np.diag(made.bread))
    power = sim.rejections(made, sim.Errors(), slope, draws=1000).set_index(["term", "test"])
    bound = stats.t.ppf(0.975, df)
    exact = stats.nct.sf(bound, df, 2.5) + stats.nct.cdf(-bound, df, 2.5)
    assert (abs(power.xs("classical", level="test")["share"] - exact) < 4 * 0.0155).all()


def test_errors_are_what_they_are_said_to_be(made):
    rng, full = np.random.default_rng(5), np.ones(made.present.shape, dtype=bool)
    whole = replace(made, present=full)
    e = sim.draw(whole, sim.Errors(0.7, own_size=True, shared=0.4), 4000, rng)
    net = e - e.mean(axis=2, keepdims=True)
    found = (net**2).mean(axis=(0, 2))
    np.testing.assert_allclose(found, (made.residuals**2).mean(axis=1), rtol=0.06)
    lasting = (net[..., 1:] * net[..., :-1]).sum() / (net**2).sum()
    assert lasting == pytest.approx(sim.left_of(0.7, full.shape[1]), abs=0.02)
    together = np.corrcoef(e[:, :, -1].T)
    same = made.province[:, None] == made.province
    assert together[same & ~np.eye(len(same), dtype=bool)].mean() == pytest.approx(0.4, abs=0.02)
    assert together[~same].mean() == pytest.approx(0, abs=0.02)
    equal = sim.draw(whole, sim.Errors(), 2000, rng).std(axis=(0, 2))
    assert equal.max() / equal.min() < 1.1


def test_persistence_and_likeness():
    assert sim.left_of(0.0, 15) == pytest.approx(-1 / 15)  # noise less its own mean
    assert sim.persistence(np.array([[1.0, -1.0, 1.0], [0.0, 0.0, 0.0]])) == pytest.approx(-2 / 3)
    e = np.array([[1.0, -1.0], [2.0, -2.0], [-1.0, 1.0]])
    some = sim.Design(("LM",), e[None], e > -9, np.zeros(1), e, np.array([0, 0, 1]))
    assert sim.alike(some) == pytest.approx(1.0)


@pytest.mark.parametrize("kind", [sim.Errors(rho=1.0), sim.Errors(shared=-0.1)])
def test_errors_without_a_variance_are_refused(made, kind):
    with pytest.raises(panel.DataError, match="expected 0 to below 1"):
        sim.draw(made, kind, 1, np.random.default_rng(1))


def test_draws_are_added_up_and_shown(made):
    found = sim.rejections(made, sim.Errors(0.5), draws=sim._STEP + 20)
    again = sim.rejections(made, sim.Errors(0.5), draws=sim._STEP + 20)
    pd.testing.assert_frame_equal(found, again)
    assert set(found["draws"]) == {sim._STEP + 20}
    np.testing.assert_allclose(found["share"] * found["draws"], found["rejected"])
    both = pd.concat([found.assign(reading=r, errors="any") for r in ("stock", "flow")])
    wide = sim.percents(both)
    assert list(wide.columns) == list(sim.TESTS.values())
    slopes = ["flow: IA", "flow: LM", "stock: IA", "stock: LM"]
    assert list(wide.index.get_level_values(0)) == slopes
    cell = found.query("term == 'LM' and test == 'wild'")["share"].item()
    assert wide.loc[("flow: LM", "any"), "City, bootstrap"] == pytest.approx(100 * cell)
    shown = repr(sim.sizes(both))
    assert shown.count("2 points") == 2 * len(sim.TESTS) + 1
