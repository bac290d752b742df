"""Weights, spatial lags and spatial panel models: R's splm, brute force, known truths."""

from __future__ import annotations

from pathlib import Path

import libpysal
import numpy as np
import pandas as pd
import pytest
from libpysal.cg import arcdist
from linearmodels.datasets import munnell
from linearmodels.panel import PanelOLS

from lib import panel, spatial
from lib.panel import DataError

CITIES, YEARS = 24, 8


@pytest.fixture(scope="module")
def places() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"city_code": rng.permutation(np.arange(500, 500 + CITIES))})
    frame["lon"], frame["lat"] = rng.uniform(98, 122, CITIES), rng.uniform(22, 34, CITIES)
    return frame


# -- distances and weights ------------------------------------------------------------------------


@pytest.mark.parametrize("one, other, km", [
    ((0.0, 0.0), (90.0, 0.0), np.pi / 2 * 6371),  # a quarter of the equator
    ((10.0, 0.0), (10.0, 90.0), np.pi / 2 * 6371),  # to the pole
    ((0.0, 0.0), (180.0, 0.0), np.pi * 6371),  # antipodes
    ((179.5, 0.0), (-179.5, 0.0), np.pi / 180 * 6371),  # across the date line
])  # fmt: skip
def test_distances_known_by_geometry(one, other, km):
    frame = pd.DataFrame([(1, *one), (2, *other)], columns=["city_code", "lon", "lat"])
    found = spatial.distances(frame)
    assert found.loc[1, 2] == pytest.approx(km, rel=1e-12) and found.loc[1, 1] == 0


def test_distances_are_those_of_libpysal(places):
    found = spatial.distances(places)
    assert found.index.is_monotonic_increasing and (found == found.T).all(axis=None)
    where = places.set_index("city_code")
    for i in found.index[:6]:
        for j in found.index[6:12]:
            expected = arcdist(where.loc[i, ["lon", "lat"]], where.loc[j, ["lon", "lat"]], 6371.0)
            assert found.loc[i, j] == pytest.approx(expected, rel=1e-9)


def test_shanghai_is_as_far_from_nanjing_as_the_map_says():
    """About 270 km between the two cities as the crow flies."""
    cities = panel.load_cities()
    code = cities.set_index("city_en")["city_code"]
    found = spatial.distances(cities).loc[code["Shanghai"], code["Nanjing"]]
    assert 255 < found < 285


@pytest.mark.parametrize("k", [1, 5, CITIES - 1])
def test_nearest_are_the_k_smallest_distances(places, k):
    km, found = spatial.distances(places), spatial.nearest(places, k)
    assert found.index.equals(km.index) and found.columns.equals(km.columns)
    for city in km.index:
        closest = km.loc[city].drop(city).nsmallest(k).index
        assert set(found.columns[found.loc[city] > 0]) == set(closest)
        assert np.allclose(found.loc[city, closest], 1 / k)


def test_inverse_distance_by_hand():
    """Three cities on the equator, one degree and two degrees apart."""
    frame = pd.DataFrame({"city_code": [7, 8, 9], "lon": [0.0, 1.0, 3.0], "lat": [0.0, 0.0, 0.0]})
    degree = np.pi / 180 * 6371
    all_in = spatial.inverse_distance(frame, 4 * degree)
    expected = [[0, 3 / 4, 1 / 4], [2 / 3, 0, 1 / 3], [2 / 5, 3 / 5, 0]]
    assert np.allclose(all_in, expected, rtol=1e-12)
    near = spatial.inverse_distance(frame, 2.5 * degree)
    assert np.allclose(near, [[0, 1, 0], [2 / 3, 0, 1 / 3], [0, 1, 0]], rtol=1e-12)
    with pytest.raises(DataError, match="city 9: found no neighbour"):
        spatial.inverse_distance(frame, 1.5 * degree)


def test_bad_places_are_refused(places):
    with pytest.raises(DataError, match="twice"):
        spatial.distances(pd.concat([places, places.iloc[:1]]))
    with pytest.raises(DataError, match="no coordinates"):
        spatial.nearest(places.assign(lat=places["lat"].where(places.index > 0)))
    for k in (0, CITIES):
        with pytest.raises(DataError, match=f"k = {k}"):
            spatial.nearest(places, k)


# -- spatial lags ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rows(places) -> pd.DataFrame:
    rng = np.random.default_rng(4)
    codes = np.sort(places["city_code"].to_numpy())
    index = pd.MultiIndex.from_product([codes, range(2001, 2001 + YEARS)])
    frame = pd.DataFrame(rng.normal(size=(len(index), 3)), columns=["y", "a", "b"])
    frame = frame.assign(city_code=index.get_level_values(0), year=index.get_level_values(1))
    frame["b"] = frame["b"].mask(rng.random(len(frame)) < 0.3)
    return frame.sample(frac=1, random_state=2)


@pytest.mark.parametrize("column", ["a", "b"])
def test_spatial_lags_by_a_loop_over_neighbours(rows, places, column):
    weights = spatial.inverse_distance(places, 900)
    found = spatial.with_spatial_lags(rows, ["a", "b"], weights)
    values = rows.set_index(["city_code", "year"])[column]
    for row in found.itertuples():
        total = share = 0.0
        for other in weights.columns:
            value = values[other, row.year]
            if weights.loc[row.city_code, other] > 0 and not np.isnan(value):
                total += weights.loc[row.city_code, other] * value
                share += weights.loc[row.city_code, other]
        made = getattr(row, f"w_{column}")
        if share == 0:
            assert np.isnan(made)
        else:
            assert made == pytest.approx(total / share, rel=1e-10)
    assert found["a"].equals(rows["a"])


def test_a_city_without_neighbours_that_year_has_no_lag(rows, places):
    weights = spatial.nearest(places, 2)
    city = weights.index[0]
    neighbours = weights.columns[weights.loc[city] > 0]
    silent = rows["city_code"].isin(neighbours) & (rows["year"] == 2003)
    found = spatial.with_spatial_lags(rows.assign(a=rows["a"].mask(silent)), ["a"], weights)
    here = found[found["city_code"] == city].set_index("year")["w_a"]
    assert np.isnan(here[2003]) and here.drop(2003).notna().all()


def test_cities_that_are_not_in_the_rows_count_as_silent(rows, places):
    weights = spatial.nearest(places, 4)
    fewer = rows[rows["city_code"] != weights.index[3]]
    found = spatial.with_spatial_lags(fewer, ["a"], weights)
    gone = rows.assign(a=rows["a"].mask(rows["city_code"] == weights.index[3]))
    expected = spatial.with_spatial_lags(gone, ["a"], weights).loc[fewer.index]
    assert np.allclose(found["w_a"], expected["w_a"])


def test_bad_rows_are_refused(rows, places):
    weights = spatial.nearest(places, 4)
    with pytest.raises(DataError, match="no weights"):
        spatial.with_spatial_lags(rows, ["a"], weights.iloc[1:, 1:])
    with pytest.raises(DataError, match="twice"):
        spatial.with_spatial_lags(pd.concat([rows, rows.iloc[:1]]), ["a"], weights)


# -- spatial models: R's splm ---------------------------------------------------------------------

# Millo and Piras (2012), "splm: Spatial panel data models in R", Journal of Statistical Software
# 47(1): the fixed-effects spatial error model of Munnell's states, as printed there; and the
# spatial coefficient of the lag model that splm::spml gives on the same data (lag = TRUE).
SPLM_ERROR = {
    "log(pcap)": (0.0051438, 0.0250109),
    "log(pc)": (0.2053026, 0.0231427),
    "log(emp)": (0.7822540, 0.0278057),
    "unemp": (-0.0022317, 0.0010709),
    "rho": (0.5574013, 0.0330749),
}
SPLM_LAG = 0.2746887


@pytest.fixture(scope="module")
def states() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The 48 states in alphabetical order, and their neighbours from PySAL's file."""
    data = munnell.load()
    logs = {"y": "GSP", "log(pcap)": "P_CAP", "log(pc)": "PC", "log(emp)": "EMP"}
    frame = pd.DataFrame({new: np.log(data[old]) for new, old in logs.items()})
    codes = pd.factorize(data["ST_ABB"])[0]
    frame = frame.assign(city_code=codes, year=data["YR"], unemp=data["UNEMP"])
    lines = Path(libpysal.examples.get_path("states48.gal")).read_text("utf-8").split("\n")[1:]
    matrix = np.zeros((48, 48))
    for head, neighbours in zip(lines[::2], lines[1::2], strict=False):
        if head.strip():
            matrix[int(head.split()[0]), [int(n) for n in neighbours.split()]] = 1
    weights = pd.DataFrame(matrix / matrix.sum(axis=1, keepdims=True))
    return frame, weights


def without_year_effects(monkeypatch):
    """splm's published figures have state effects only: a panel whose dummies are all zero."""
    real = np.kron

    def kron(a, b):
        return real(a, b)[:, :0]

    monkeypatch.setattr(spatial.np, "kron", kron)


def test_error_model_is_that_of_splm(states, monkeypatch):
    frame, weights = states
    without_year_effects(monkeypatch)
    terms = [name for name in SPLM_ERROR if name != "rho"]
    found = spatial.model(frame, "y", terms, weights, "error").table
    for name, (coef, se) in SPLM_ERROR.items():
        assert found.loc[name, "coef"] == pytest.approx(coef, abs=1.5e-6)
        assert found.loc[name, "se"] == pytest.approx(se, abs=1.5e-6)


def test_lag_model_is_that_of_splm(states, monkeypatch):
    frame, weights = states
    without_year_effects(monkeypatch)
    terms = [name for name in SPLM_ERROR if name != "rho"]
    found = spatial.model(frame, "y", terms, weights, "lag")
    assert found.coef["rho"] == pytest.approx(SPLM_LAG, abs=1e-6)
    assert (found.nobs, found.n_cities, found.years[0], found.years[-1]) == (816, 48, 1970, 1986)


# -- spatial models: by brute force and from known truths -----------------------------------------


def simulated(places, kind: str, rho: float, slope: float, seed: int = 5) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    weights = spatial.nearest(places, 4)
    inverse = np.linalg.inv(np.eye(CITIES) - rho * weights.to_numpy())
    x = rng.normal(size=(YEARS, CITIES))
    rest = rng.normal(size=CITIES) + rng.normal(size=(YEARS, 1))
    shock = 0.3 * rng.normal(size=(YEARS, CITIES))
    y = (
        (slope * x + rest + shock) @ inverse.T
        if kind == "lag"
        else slope * x + rest + shock @ inverse.T
    )
    frame = pd.DataFrame({"y": y.ravel(), "a": x.ravel(), "b": rng.normal(size=y.size)})
    frame["city_code"] = np.tile(weights.index, YEARS)
    return frame.assign(year=np.repeat(np.arange(2001, 2001 + YEARS), CITIES))


def log_likelihood(frame, weights, rho: float, kind: str) -> float:
    """Concentrated log-likelihood at one rho: PanelOLS on the filtered data, log-determinant."""
    matrix, n = weights.to_numpy(), CITIES * YEARS
    wide = {c: frame.pivot(index="city_code", columns="year", values=c) for c in ("y", "a", "b")}

    def filtered(name):
        return (wide[name] - rho * (matrix @ wide[name].to_numpy())).stack().rename(name)

    y = filtered("y")
    names = ["a", "b"]
    x = pd.concat(
        [filtered(c) if kind == "error" else wide[c].stack().rename(c) for c in names], axis=1
    )
    fit = PanelOLS(y, x, entity_effects=True, time_effects=True).fit()
    determinant = np.linalg.slogdet(np.eye(CITIES) - rho * matrix)[1]
    return -n / 2 * (np.log(2 * np.pi * fit.resid_ss / n) + 1) + YEARS * determinant


@pytest.mark.parametrize("kind", ["lag", "error"])
def test_rho_maximises_the_likelihood_with_city_and_year_effects(places, kind):
    frame, weights = simulated(places, kind, 0.5, 1.0), spatial.nearest(places, 4)
    found = spatial.model(frame, "y", ["a", "b"], weights, kind)
    rho = found.coef["rho"]
    best = log_likelihood(frame, weights, rho, kind)
    assert found.log_likelihood == pytest.approx(best, rel=1e-9)
    for step in (-0.02, -0.002, 0.002, 0.02):
        assert log_likelihood(frame, weights, rho + step, kind) < best


@pytest.mark.parametrize("kind", ["lag", "error"])
def test_models_find_the_truth_and_their_errors_are_of_the_right_size(places, kind):
    weights = spatial.nearest(places, 4)
    fits = [
        spatial.model(simulated(places, kind, 0.5, 1.0, seed), "y", ["a", "b"], weights, kind)
        for seed in range(40)
    ]
    coef = pd.DataFrame([fit.coef for fit in fits])
    spread = coef.std() / np.sqrt(len(fits))
    truth = pd.Series({"a": 1.0, "b": 0.0})
    assert ((coef.mean()[["a", "b"]] - truth).abs() < 4 * spread[["a", "b"]]).all()
    # Effects concentrated out pull rho down, by an order of 1/N (Lee and Yu, 2010).
    assert 0.35 < coef["rho"].mean() < 0.5
    told = pd.DataFrame([fit.table["se"] for fit in fits]).mean()
    # Effects concentrated out: variances too small by about (T-1)/T (N-1)/N.
    assert told["a"] / coef["a"].std() == pytest.approx(0.93, abs=0.2)
    if kind == "lag":
        assert told["rho"] / coef["rho"].std() == pytest.approx(0.93, abs=0.25)


def test_effects_are_derivatives_of_the_reduced_form(places):
    weights = spatial.nearest(places, 4)
    found = spatial.model(simulated(places, "lag", 0.5, 1.0), "y", ["a", "b"], weights, "lag")
    rho, slope = found.coef["rho"], found.coef["a"]
    direct = indirect = 0.0
    for city in range(CITIES):
        bump = np.zeros(CITIES)
        bump[city] = 1.0
        answer = np.linalg.solve(np.eye(CITIES) - rho * weights.to_numpy(), slope * bump)
        direct += answer[city] / CITIES
        indirect += (answer.sum() - answer[city]) / CITIES
    row = found.effects.loc["a"]
    assert row["direct"] == pytest.approx(direct, rel=1e-10)
    assert row["indirect"] == pytest.approx(indirect, rel=1e-10)
    assert row["total"] == pytest.approx(slope / (1 - rho), rel=1e-10)


def test_standard_errors_of_effects_by_numerical_derivatives(places):
    weights = spatial.nearest(places, 4)
    found = spatial.model(simulated(places, "lag", 0.5, 1.0), "y", ["a", "b"], weights, "lag")

    def effects(slope, rho):
        inverse = np.linalg.inv(np.eye(CITIES) - rho * weights.to_numpy())
        direct, total = slope * np.trace(inverse) / CITIES, slope * inverse.sum() / CITIES
        return np.array([direct, total - direct, total])

    slope, rho, h = found.coef["a"], found.coef["rho"], 1e-6
    gradient = np.column_stack([
        effects(slope + h, rho) - effects(slope - h, rho),
        effects(slope, rho + h) - effects(slope, rho - h),
    ]) / (2 * h)  # fmt: skip
    cov = found.cov.loc[["a", "rho"], ["a", "rho"]].to_numpy()
    expected = np.sqrt(np.diag(gradient @ cov @ gradient.T))
    told = found.effects.loc["a", ["se_direct", "se_indirect", "se_total"]]
    assert np.allclose(told.astype(float), expected, rtol=1e-6)


def test_in_an_error_model_neighbours_regressors_have_no_effect(places):
    frame, weights = simulated(places, "error", 0.5, 1.0), spatial.nearest(places, 4)
    found = spatial.model(frame, "y", ["a", "b"], weights, "error")
    row, table = found.effects.loc["a"], found.table.loc["a"]
    assert row["direct"] == row["total"] == table["coef"] and row["indirect"] == 0
    assert row["se_total"] == pytest.approx(table["se"]) and row["se_indirect"] == 0


def test_effects_of_cities_and_years_change_nothing(places):
    frame, weights = simulated(places, "lag", 0.5, 1.0), spatial.nearest(places, 4)
    plain = spatial.model(frame, "y", ["a"], weights)
    rng = np.random.default_rng(1)
    moved = frame.assign(y=frame["y"] + rng.normal(size=YEARS)[frame["year"] - 2001])
    found = spatial.model(moved.sample(frac=1, random_state=0), "y", ["a"], weights)
    assert np.allclose(found.coef, plain.coef, atol=1e-5)
    codes = pd.factorize(frame["city_code"])[0]
    moved = frame.assign(y=frame["y"] + rng.normal(size=CITIES)[codes])
    assert np.allclose(spatial.model(moved, "y", ["a"], weights).coef, plain.coef, atol=1e-5)


def test_a_model_that_cannot_be_is_refused(places):
    frame, weights = simulated(places, "lag", 0.5, 1.0), spatial.nearest(places, 4)
    with pytest.raises(DataError, match="'durbin'"):
        spatial.model(frame, "y", ["a"], weights, "durbin")
    with pytest.raises(DataError, match="balanced"):
        spatial.model(frame.iloc[1:], "y", ["a"], weights)
    with pytest.raises(DataError, match="expected the 24 of the panel"):
        spatial.model(frame, "y", ["a"], weights.iloc[::-1, ::-1])
    with pytest.raises(DataError, match="sum to one"):
        spatial.model(frame, "y", ["a"], 2 * weights)


def test_a_city_on_the_cut_off_is_a_neighbour():
    frame = pd.DataFrame({"city_code": [7, 8, 9], "lon": [0.0, 1.0, 3.0], "lat": [0.0, 0.0, 0.0]})
    on = float(spatial.distances(frame).loc[8, 9])
    assert spatial.inverse_distance(frame, on).loc[9, 8] == 1
