"""Chapter 6 against libraries, textbook formulas and brute force."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from numpy.testing import assert_allclose

from lib import panel, specifications, verdicts
from lib.jackknife import leave_one_out
from lib.resampling import kernel
from lib.specifications import FLOW, MODEL1, MODEL2, READINGS, UPPER
from studies.diagnostics import battery, errors, figures, scale

X = ["LM", "IA"]


def invented(cities=18, years=7, seed=1, holes=10, rho=0.0):
    """A panel with holes, six provinces, and places; REG above zero."""
    rng = np.random.default_rng(seed)
    keys = pd.MultiIndex.from_product([range(cities), range(2001, 2001 + years)])
    frame = pd.DataFrame(index=keys).rename_axis(["number", "year"]).reset_index()
    frame["city"] = "c" + frame["number"].astype(str).str.zfill(3)
    frame["province"] = "p" + (frame["number"] % 6).astype(str)
    frame["period"] = frame["year"].astype(str)
    for name in X:
        frame[name] = rng.normal(size=len(frame)) + 0.1 * frame["number"]
    e = rng.normal(size=(cities, years))
    for year in range(1, years):
        e[:, year] += rho * e[:, year - 1]
    frame["REG"] = 20 + 0.5 * frame["LM"] + 0.2 * frame["year"] % 7 + e.ravel()
    place = rng.uniform([100, 26], [121, 33], size=(cities, 2))
    frame["lon"], frame["lat"] = place[frame["number"]].T
    gone = rng.choice(len(frame), holes, replace=False)
    return frame.drop(index=gone).reset_index(drop=True)


def fits_of(frame, y="REG", x=X):
    cube = kernel.cube(frame, [y, *x])
    return kernel.fit(cube.values[:1], cube.values[1:], cube.present)


@pytest.fixture(scope="module")
def data():
    return panel.load()


@pytest.fixture(scope="module")
def km(data):
    return errors.distances(data)


@pytest.fixture(scope="module")
def cells(data):
    return errors.across(data, READINGS, (MODEL1, MODEL2, UPPER), draws=199)


# Errors


def test_errors_are_those_of_linearmodels():
    frame = invented()
    found = errors.of(frame, X, errors.distances(frame), draws=99).set_index(["kind", "row"])["se"]
    indexed = frame.set_index(["city", "year"])
    model = PanelOLS.from_formula("REG ~ 1 + LM + IA + period + EntityEffects", indexed)
    province = pd.DataFrame({"p": pd.factorize(indexed["province"])[0]}, indexed.index)
    theirs = {
        "classical": model.fit(),
        "hc1": model.fit(cov_type="robust"),
        "city": model.fit(cov_type="clustered", cluster_entity=True, group_debias=True),
        "province": model.fit(cov_type="clustered", clusters=province, group_debias=True),
    }
    for kind, fit in theirs.items():
        assert_allclose(found[kind], fit.std_errors[X], rtol=1e-7, err_msg=kind)
    # Two-way clusters without a factor: that of fixest, ours, is not linearmodels'.
    plain = {"debiased": False, "auto_df": False, "count_effects": False}
    both = model.fit(cov_type="clustered", cluster_entity=True, cluster_time=True, **plain)
    n, fewer = len(frame), frame["year"].nunique()
    factor = fewer / (fewer - 1) * (n - 1) / (n - 3)
    assert_allclose(found["city_year"], np.sqrt(factor * np.diag(both.cov.loc[X, X])), rtol=1e-7)


def test_neighbours_by_every_pair():
    frame = invented(cities=6, years=4, holes=3)
    distance, fits = errors.distances(frame), fits_of(frame)
    cube = kernel.cube(frame, ["REG"])
    weight = (1 - distance.to_numpy() / 900).clip(0)
    score = (fits.x[0] * fits.residuals[0]).reshape(2, -1)
    city, year = (grid.ravel() for grid in np.indices(cube.present.shape))
    meat = np.zeros((2, 2))
    for a in range(len(city)):
        for b in range(len(city)):
            w = weight[city[a], city[b]] if year[a] == year[b] else float(city[a] == city[b])
            meat += w * np.outer(score[:, a], score[:, b])
    found = errors.let_in(fits, weight, np.eye(6))
    assert_allclose(found, fits.bread[0] @ meat @ fits.bread[0], rtol=1e-9)


def test_everything_let_in_is_nothing():
    fits = fits_of(invented())
    ones = np.ones((18, 18))
    assert_allclose(errors.let_in(fits, ones, ones), 0, atol=1e-12)


def test_cr2_has_no_bias_under_independent_errors():
    # A covariance is quadratic in y; summed over y = each unit vector, it is its expectation.
    frame = invented(cities=7, years=5, holes=4)
    total = np.zeros(2)
    for i in range(len(frame)):
        unit = frame.assign(REG=np.eye(len(frame))[i])
        total += errors.cr2(fits_of(unit))[0] ** 2
    assert_allclose(total, np.diag(fits_of(frame).bread[0]), rtol=1e-8)


def test_cr2_of_two_groups_is_welch_with_bell_and_mccaffreys_df():
    # Two years: a difference in means of changes.  Imbens and Kolesár (2016), section II.
    n0, n1, rng = 4, 9, np.random.default_rng(3)
    treated = np.repeat([0.0, 1.0], [n0, n1])
    late = pd.DataFrame({"city": range(n0 + n1), "year": 2, "D": treated})
    late["REG"] = rng.normal(size=n0 + n1) * (1 + treated)
    frame = pd.concat([late.assign(year=1, D=0.0, REG=0.0), late])
    change = late["REG"].groupby(treated)
    se, df = errors.cr2(fits_of(frame, x=["D"]))
    assert_allclose(se**2, (change.var() / change.size()).sum())
    expected = (n0 + n1) ** 2 * (n0 - 1) * (n1 - 1) / (n1**2 * (n1 - 1) + n0**2 * (n0 - 1))
    assert_allclose(df, expected)


def test_likeness_of_neighbours_by_every_pair():
    frame = invented(cities=25, years=3, holes=4)
    distance = errors.distances(frame)
    found = errors.alike(frame, "LM", ["IA"], distance, draws=19)
    fits = fits_of(frame)
    cube = kernel.cube(frame, ["REG"])
    e, present = fits.residuals[0], cube.present
    other = fits_of(frame, "LM", ["IA"]).residuals[0]
    values = {"residual": e, "regressor": other, "score": e * other}
    for name, value in values.items():
        pairs = [
            value[i, t] * value[j, t]
            for i in range(25) for j in range(25) for t in range(3)
            if i != j and distance.iloc[i, j] <= errors.NEAR and present[i, t] and present[j, t]
        ]  # fmt: skip
        expected = np.mean(pairs) / (value[present] ** 2).mean()
        assert_allclose(found.loc[name, "alike"], expected, rtol=1e-9)
    assert found["p"].between(0.1, 1).all()  # 2 / 20 is the least of 19 draws


def test_distances_by_the_law_of_cosines(data, km):
    place = np.radians(data.groupby("city")[["lon", "lat"]].first())
    for one, two in (("Shanghai", "Chongqing"), ("Wuhan", "Nanjing"), ("Lijiang", "Zhoushan")):
        (x, a), (y, b) = place.loc[one], place.loc[two]
        angle = np.arccos(np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * np.cos(x - y))
        assert_allclose(km.loc[one, two], 6371 * angle, rtol=1e-9)


def test_every_cell_has_every_error_or_too_few_provinces(cells):
    size = cells.groupby(["reading", "heading", "row"]).size().unstack([0, 2])
    assert (size.loc["Model 1"].dropna() == len(errors.KINDS)).all()
    assert (size.loc["Upper reach"].dropna() == len(errors.KINDS) - 2).all()
    assert set(cells["kind"]) == set(errors.KINDS)


def test_verdicts_are_the_ledgers_under_its_three_errors(data, cells):
    ledger = verdicts.ledger(data, columns=(MODEL1, MODEL2, UPPER))
    names = {"city_cv3": "jackknife", "city": "clustered", "classical": "classical"}
    ours = cells[cells["kind"].isin(names)].assign(errors=cells["kind"].map(names))
    keys = ["reading", "errors", "heading", "row"]
    both = ledger.set_index(keys).join(ours.set_index(keys)[["verdict", "p"]].add_suffix("_here"))
    assert len(both) == len(ledger)
    assert (both["verdict"] == both["verdict_here"]).all()
    assert_allclose(both["p_here"], both["p"], rtol=1e-6, atol=1e-12)


def test_influence_is_that_of_regressions_without_the_unit(data):
    rows = specifications.rows(data, FLOW, MODEL1)
    for unit, name in (("city", "Tongling"), ("province", "Anhui")):
        found = errors.influence(rows, "LM", ["IA"], unit)
        rest = rows[rows[unit] != name].set_index(["city", "year"])
        model = PanelOLS.from_formula("REG ~ 1 + LM + IA + period + EntityEffects", rest)
        assert_allclose(found.loc[name, "without"], model.fit().params["LM"])
        assert_allclose(found["share"].sum(), 1)
        assert found.index[0] == name and found["share"].is_monotonic_decreasing


# The battery


@pytest.mark.parametrize(("rho", "expected"), [(0.0, -0.5), (1.0, 0.0)])
def test_wooldridge_knows_white_noise_from_a_random_walk(rho, expected):
    frame = invented(cities=400, years=12, holes=300, rho=rho)
    found, _, p = battery.wooldridge(frame, X)
    assert abs(found - expected) < 0.04
    assert (p > 0.05) == (rho == 0)


def test_wooldridge_refuses_what_has_no_three_years_in_a_row():
    frame = invented(holes=0)
    with pytest.raises(panel.DataError, match="three years in a row"):
        battery.wooldridge(frame[frame["year"] <= 2002], X)


def test_differences_skip_gaps():
    frame = invented(cities=2, years=5, holes=0)
    frame = frame[frame["year"] != 2003]
    found = battery.differences(frame, ["REG"])
    assert list(found["year"]) == [2002, 2005] * 2
    own = frame[frame["city"] == "c000"].set_index("year")["REG"]
    assert_allclose(found["REG"].iloc[:2], [own[2002] - own[2001], own[2005] - own[2004]])


def test_unequal_variances_are_found_and_equal_ones_are_not():
    p = [battery.unequal_variances(invented(seed=s, years=15), X)[1] for s in range(60)]
    assert np.mean(np.array(p) < 0.05) < 0.15
    frame = invented(years=15)
    loud = frame["REG"] + np.where(frame["number"] < 5, 6, 0) * np.sin(7.0 * frame.index)
    assert battery.unequal_variances(frame.assign(REG=loud), X)[1] < 0.001


def test_reset_finds_curvature():
    frame = invented(cities=40, years=10)
    straight = frame["LM"] + 0.3 * frame["REG"]
    assert battery.reset(frame.assign(REG=straight), X)[1] > 0.01
    assert battery.reset(frame.assign(REG=np.exp(straight / 3)), X)[1] < 0.001


def test_inflation_is_that_of_the_partial_correlation():
    frame = invented()
    dummies = pd.get_dummies(frame[["city", "period"]], dtype=float).to_numpy()
    x = frame[X].to_numpy()
    free = x - dummies @ np.linalg.lstsq(dummies, x, rcond=None)[0]
    r = np.corrcoef(free.T)[0, 1]
    assert_allclose(battery.inflation(frame, X), 1 / (1 - r**2), rtol=1e-8)


# The scale


def test_powers_run_from_the_logarithm_to_the_level():
    frame = invented()
    found = scale.along_powers(frame, ["REG"], X, [0.0, 1.0]).set_index("power")
    log = leave_one_out(frame.assign(REG=np.log(frame["REG"])), "REG", X)
    level = leave_one_out(frame, "REG", X)
    for power, other in ((0.0, log), (1.0, level)):
        assert_allclose(found.loc[power, "slope"], other.coef["LM"])
        assert_allclose(found.loc[power, "t"], other.table.loc["LM", "t"])


def test_likelihood_finds_the_power():
    frame = invented(cities=60, years=10)
    square = frame.assign(REG=(frame["REG"] + 5) ** 2)
    found = scale.along_powers(square, ["REG"], X, np.arange(-1, 2.1, 0.25))
    assert abs(found.loc[found["likelihood"].idxmax(), "power"] - 0.5) <= 0.5
    assert found["likelihood"].max() == 0


def test_powers_refuse_zero():
    frame = invented()
    frame.loc[3, "REG"] = 0.0
    with pytest.raises(panel.DataError, match="above zero"):
        scale.along_powers(frame, ["REG"], X, [1.0])


# Figures


def test_the_map_has_a_cell_per_coefficient_and_error(cells):
    own = cells[cells["reading"] == "flow"]
    chart = figures.error_map(own, "map")
    (axes,) = chart.figure.axes
    texts = [text.get_text() for text in axes.texts]
    assert len(texts) == len(own)
    assert sum(text.startswith("+") for text in texts) == (own["verdict"] == "supported").sum()
    assert f"cells: {len(own)} points" in repr(chart)


def test_influence_is_drawn_with_the_heaviest_named(data):
    rows = specifications.rows(data, FLOW, MODEL1)
    parts = [errors.influence(rows, "LM", ["IA"], unit) for unit in ("city", "province")]
    (axes,) = figures.without_each({"flow": pd.concat(parts)}).figure.axes
    assert [text.get_text() for text in axes.texts] == ["Tongling", "Anhui"]
