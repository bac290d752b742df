"""The test of a whole curve: its parts against new regressions, its size, its power."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import batched, curve_test
from lib import multiverse_register as register
from lib.curve_test import Curve
from lib.multiverse import Multiverse
from lib.multiverse_fit import Block
from lib.panel import DataError

CITIES, YEARS = 24, 6


def panel_of(rng: np.random.Generator, effect: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """An outcome, and three noisy measures of one regressor with a control; all persistent."""
    walk = rng.normal(size=(CITIES, YEARS)).cumsum(axis=1)
    x = walk + 0.5 * rng.normal(size=(3, CITIES, YEARS))
    control = rng.normal(size=(1, CITIES, YEARS)).cumsum(axis=2)
    errors = rng.normal(size=(CITIES, YEARS)).cumsum(axis=1) * rng.uniform(0.5, 1.5, (CITIES, 1))
    return effect * walk + control[0] + errors, np.concatenate([x, control])


def block_of(y: np.ndarray, x: np.ndarray, effects: batched.Effects) -> Block:
    """The first slope of a regression of y (N, T) on x (K, N, T), by least squares on dummies."""
    cities, years = y.shape
    net = batched.within(np.concatenate([y[None], x]), effects=effects)
    removed = np.ones((1, cities, years))
    if effects == "twoway":
        removed = np.eye(years)[1:, None] * removed
        removed = batched.within(removed, effects="city")
    rows = np.concatenate([net[1:], removed])
    flat = rows.reshape(len(rows), -1)
    inverse = np.linalg.pinv(flat @ flat.T)
    psi = (inverse[0] @ flat).reshape(cities, years)
    slopes = inverse[: len(x)] @ flat @ net[0].ravel()
    residuals = net[0] - np.tensordot(slopes, net[1:], axes=1)
    variance, coef = inverse[0, 0], slopes[0]
    products = [np.einsum("nt,rnt->nr", each, rows)[None, None] for each in (psi, residuals)]
    counted = cities + years - 1 if effects == "twoway" else 1
    by_city = years if effects == "twoway" else 1
    one = np.ones((1, 1))
    return Block(
        coef=coef * one, variance=variance * one, rss=(residuals**2).sum() * one,
        city=(psi * residuals).sum(axis=1)[None, None], year=one[..., None],
        leverage=(psi**2).sum(axis=1)[None, None] / variance, nobs=y.size,
        df=np.array([y.size - counted - len(x)]), df_city=np.array([y.size - by_city - len(x)]),
        df_year=np.array([1]), cities=np.arange(cities), years=years,
        reach=products[0], solved=products[0] @ inverse, refitted=products[1] @ inverse,
    )  # fmt: skip


def curve_of(y: np.ndarray, x: np.ndarray) -> Curve:
    """Three measures of a regressor, with and without the control, two kinds of effects."""
    rows = []
    for measure in range(3):
        for others in ([], [3]):
            for effects in ("twoway", "pooled"):
                block = block_of(y, x[[measure, *others]], effects)
                scale = CITIES / (CITIES - 1) * (block.nobs - 1) / block.df_city[0]
                coef, ratio = block.coef[0, 0], block.ratio()[0, 0]
                t = coef / np.sqrt(scale * (block.city[0, 0] ** 2).sum())
                per = 1 / np.sqrt(coef**2 + block.rss[0, 0] * block.variance[0, 0])
                rows.append(
                    (block.scores()[0, 0], block.leverage[0, 0], scale * ratio, per, coef * per, t)
                )
    scores, leverage, scale, per, r, t = (np.array(each) for each in zip(*rows, strict=True))
    df = np.full(len(rows), CITIES - 1)
    return Curve(scores.astype(np.float32), leverage.astype(np.float32), scale, per, df, r, t)


def p_of(curve: Curve, draws: int, seed: int) -> np.ndarray:
    weights = curve_test.signs(draws, curve.scores.shape[1], seed)
    seen = curve_test.statistics(curve.r[None].copy(), curve.t[None], curve.df)[0]
    return curve_test.p_values(seen, curve_test.statistics(*curve.draw(weights), curve.df))


# --- one specification ---------------------------------------------------------------------------


@pytest.mark.parametrize("effects", ["twoway", "pooled"])
def test_a_draw_is_a_new_regression_on_flipped_residuals(effects):
    """The slope to single precision; t on average, and in order, since others are held."""
    rng = np.random.default_rng(3)
    y, x = panel_of(rng)
    x = x[[0, 3]]
    block = block_of(y, x, effects)
    null = block_of(y, x[[1]], effects)
    net = batched.within(np.concatenate([y[None], x]), effects=effects)
    u = net[0] - null.coef[0, 0] * net[2]
    weights = curve_test.signs(400, CITIES, 1)
    again = batched.fit(weights[:, :, None] * u, x, effects=effects)
    scale = CITIES / (CITIES - 1) * (block.nobs - 1) / block.df_city
    curve = Curve(
        block.scores()[0].astype(np.float32), block.leverage[0].astype(np.float32),
        scale * block.ratio()[0], np.ones(1), np.array([CITIES - 1]), np.zeros(1), np.zeros(1),
    )  # fmt: skip
    coef, t = curve.draw(weights)
    size = np.abs(again.coef[:, 0]).max()
    np.testing.assert_allclose(coef[:, 0], again.coef[:, 0], atol=1e-5 * size)
    exact = again.coef[:, 0] / again.se("clustered")[:, 0]
    assert np.corrcoef(exact, t[:, 0])[0, 1] > 0.98
    assert np.std(t[:, 0]) == pytest.approx(np.std(exact), rel=0.05)
    # The mean of the variance over signs is exact; over 400 of them it is close.
    variance = (again.se("clustered")[:, 0] ** 2).mean()
    assert ((coef / t) ** 2).mean() == pytest.approx(variance, rel=0.05)


def test_all_signs_positive_give_back_the_data():
    curve = curve_of(*panel_of(np.random.default_rng(5)))
    blocks = curve.scores.sum(axis=1) * curve.per_coef
    np.testing.assert_allclose(blocks, curve.r, rtol=1e-4)


def test_flipping_every_sign_changes_signs_and_nothing_else():
    curve = curve_of(*panel_of(np.random.default_rng(5)))
    weights = curve_test.signs(8, CITIES)
    for one, two in zip(curve.draw(weights), curve.draw(-weights), strict=True):
        np.testing.assert_allclose(one, -two, rtol=1e-6)


def test_weights_of_other_cities_are_refused():
    curve = curve_of(*panel_of(np.random.default_rng(5)))
    with pytest.raises(DataError, match="found 23 cities, expected 24"):
        curve.draw(curve_test.signs(4, 23))


# --- statistics ----------------------------------------------------------------------------------


def test_statistics_by_hand():
    r = np.array([[0.3, -0.1, 0.2], [0.0, -0.4, -0.2]])
    t = np.array([[2.5, -1.0, 2.2], [0.0, -3.0, 2.9]])
    found = curve_test.statistics(r, t, np.array([100, 100, 10]))
    # Critical values at 5 %: 1.984 with 100 degrees of freedom, 2.228 with 10.
    assert found[0] == pytest.approx([0.2, 1 / 3, 3.7 / 3**0.5])
    assert found[1] == pytest.approx([-0.2, 1 / 3, -0.1 / 3**0.5])


@pytest.mark.parametrize("count", [1, 2, 5, 8])
def test_median_of_an_odd_and_an_even_number(count):
    r = np.random.default_rng(count).normal(size=(6, count))
    expected = np.median(r, axis=1)
    found = curve_test.statistics(r, r.copy(), np.full(count, 9))[:, 0]
    np.testing.assert_allclose(found, expected)


def test_share_counts_the_sign_of_which_there_are_more():
    t = np.array([[3.0, 3, 3, -3, 0, 0]])
    assert curve_test.statistics(t / 10, t, np.full(6, 50))[0, 1] == pytest.approx(0.5)
    assert curve_test.statistics(-t / 10, -t, np.full(6, 50))[0, 1] == pytest.approx(0.5)


def test_p_values_count_the_data_as_a_draw():
    drawn = np.array([[1.0], [-3.0], [2.0], [0.5]])
    assert curve_test.p_values(np.array([2.0]), drawn).tolist() == [3 / 5]
    assert curve_test.p_values(np.array([-9.0]), drawn).tolist() == [1 / 5]
    assert curve_test.monte_carlo(0.2, 400) == pytest.approx(0.02)


def test_signs_are_fair_and_repeat():
    weights = curve_test.signs(4000, 30, 11)
    assert set(np.unique(weights)) == {-1.0, 1.0}
    assert np.abs(weights.mean(axis=0)).max() < 4 / 4000**0.5
    np.testing.assert_array_equal(weights, curve_test.signs(4000, 30, 11))
    assert (weights != curve_test.signs(4000, 30, 12)).any()


# --- size and power ------------------------------------------------------------------------------


def test_a_true_null_is_rejected_about_as_often_as_it_should():
    """Three hundred panels in which nothing depends on the regressor: 5 % of them, up to chance."""
    panels, draws, level = 300, 199, 0.05
    rng = np.random.default_rng(20)
    rejected = np.zeros(3)
    for _ in range(panels):
        curve = curve_of(*panel_of(rng))
        rejected += p_of(curve, draws, int(rng.integers(2**32))) <= level
    low, high = stats.binom.ppf([0.001, 0.999], panels, level)
    assert (rejected >= low).all() and (rejected <= high).all(), rejected / panels


def test_a_strong_effect_is_found():
    rng = np.random.default_rng(21)
    median, share, z = p_of(curve_of(*panel_of(rng, effect=1.5)), 199, 1)
    assert median == z == 1 / 200
    # All are significant, which a dozen that move together are in some draws too: a tie.
    assert share <= 0.05


# --- a multiverse --------------------------------------------------------------------------------


def multiverse_of(curves: dict[tuple[str, str], Curve]) -> Multiverse:
    keys = [key for key, curve in curves.items() for _ in curve.df]
    frame = pd.DataFrame(keys, columns=["scope", "term"])
    joined = {
        name: np.concatenate([getattr(curve, name) for curve in curves.values()])
        for name in ("scores", "leverage", "scale", "per_coef", "df", "r", "t")
    }
    frame = frame.assign(r=joined["r"], t_clustered=joined["t"], df_clustered=joined["df"])
    return Multiverse(
        frame, joined["scores"], joined["leverage"], joined["scale"], joined["per_coef"],
        np.ones(len(frame)),
    )  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Multiverse:
    rng = np.random.default_rng(22)
    quiet, loud = (curve_of(*panel_of(rng, effect)) for effect in (0.0, 1.5))
    return multiverse_of({("whole", "lm"): quiet, ("whole", "ia"): loud})


CLAIMS = register.claims()[:2]


def test_claims_are_tested_one_by_one_and_as_a_family(found):
    tested = curve_test.test(found, CLAIMS, draws=199, seed=5)
    table = tested.table.set_index("label")
    assert table["specifications"].tolist() == [12, 12]
    assert table.loc["Table 1: IA", ["median_p", "z_p"]].tolist() == [1 / 200] * 2
    rows = found.estimates.query("term == 'ia'")
    assert table.loc["Table 1: IA", "median"] == pytest.approx(rows["r"].median())
    assert table.loc["Table 1: IA", "z"] == pytest.approx(rows["t_clustered"].sum() / 12**0.5)
    # Against the largest of two, no claim is more of a surprise than by itself.
    assert (table["family_p"] >= table["z_p"] - 1e-12).all()
    assert tested.null["Table 1: LM"].shape == (199, 3)
    again = curve_test.test(found, CLAIMS, draws=199, seed=5)
    pd.testing.assert_frame_equal(again.table, tested.table)


def test_a_curve_takes_its_rows_and_both_factors_of_the_variance(found):
    doubled = replace(found, ratio=2 * found.ratio)
    one, two = (Curve.of(each, CLAIMS[1]) for each in (found, doubled))
    np.testing.assert_array_equal(one.scale, found.scale[12:])
    np.testing.assert_array_equal(two.scale, 2 * one.scale)
    weights = curve_test.signs(50, CITIES)
    np.testing.assert_allclose(one.draw(weights)[1], 2**0.5 * two.draw(weights)[1], rtol=1e-5)
    np.testing.assert_array_equal(one.t, found.estimates["t_clustered"][12:])


def test_a_part_of_the_specifications_can_be_tested(found):
    keep = np.arange(len(found.estimates)) % 2 == 0
    tested = curve_test.test(found, CLAIMS, draws=19, keep=keep)
    assert tested.table["specifications"].tolist() == [6, 6]
    with pytest.raises(DataError, match="Table 1: LM: found no specification"):
        curve_test.test(found, CLAIMS, draws=19, keep=np.zeros(len(keep), dtype=bool))


def test_the_band_holds_the_null_and_the_data_are_in_order(found):
    quiet, loud = (curve_test.band(found, claim, draws=199, points=12) for claim in CLAIMS)
    rows = found.estimates.query("term == 'ia'")
    assert loud["seen"].tolist() == pytest.approx(np.sort(rows["r"]).tolist())
    for band in (quiet, loud):
        assert (band["low"] <= band["middle"]).all() and (band["middle"] <= band["high"]).all()
    assert (loud["seen"] > loud["high"]).all()
    assert quiet["seen"].between(quiet["low"], quiet["high"]).mean() > 0.5
