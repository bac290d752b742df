"""Moran's I against esda, loops over pairs, and every permutation of a few cities."""

from __future__ import annotations

from functools import partial
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from libpysal.weights import W
from numpy.testing import assert_allclose

from lib import moran
from lib.diagnostics import Sample
from lib.moran import Moran
from lib.panel import DataError


def places(n: int = 14, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"lon": rng.uniform(100, 122, n), "lat": rng.uniform(25, 34, n)})
    return frame.set_axis(range(100, 100 + n))


def sample(n: int = 14, years: int = 6, gaps: float = 0.0, like: float = 0.0) -> Sample:
    """Errors that neighbours share to a degree."""
    rng = np.random.default_rng(1)
    w, _ = moran.neighbours(places(n), k=3).full()
    errors = rng.normal(size=(n, years))
    errors = np.linalg.solve(np.eye(n) - like * w / w.sum(axis=1, keepdims=True), errors)
    x = rng.normal(size=(1, n, years))
    present = rng.random((n, years)) >= gaps
    cities, labels = np.arange(100, 100 + n), np.arange(2010, 2010 + years)
    return Sample(errors * present, x * present, present, ("a",), cities, labels)


def kilometres(where: pd.DataFrame) -> np.ndarray:
    lon, lat = np.radians(where["lon"].to_numpy()), np.radians(where["lat"].to_numpy())
    cosine = np.sin(lat[:, None]) * np.sin(lat) + np.cos(lat[:, None]) * np.cos(lat) * np.cos(
        lon[:, None] - lon
    )
    return 6371 * np.arccos(np.clip(cosine, -1, 1))


# -- weights --------------------------------------------------------------------------------------


def test_the_nearest_are_nearest_on_the_globe():
    where = places()
    km = kilometres(where) + np.diag(np.full(len(where), np.inf))
    found = moran.neighbours(where, k=4)
    for i, row in enumerate(km):
        assert set(found.neighbors[i]) == set(np.argsort(row)[:4])


def test_a_degree_of_longitude_is_shorter_in_the_north():
    """To 60 degrees east at 60 north it is as far as half of that at the equator."""
    where = pd.DataFrame({"lon": [0.0, 1.9, 0.0], "lat": [60.0, 60.0, 61.0]})
    assert moran.neighbours(where, k=1).neighbors[0] == [1]


def test_the_band_holds_all_within_reach_and_leaves_nobody_alone():
    where = places()
    km = kilometres(where) + np.diag(np.full(len(where), np.inf))
    gap = moran.widest_gap(where)
    assert_allclose(gap, km.min(axis=1).max(), rtol=1e-6)
    band = moran.neighbours(where, "band")
    for i, row in enumerate(km):
        assert set(band.neighbors[i]) == set(np.flatnonzero(row <= gap * (1 + 1e-6)))
        assert band.neighbors[i]
    wide = moran.neighbours(where, "band", km=900)
    assert wide.neighbors[2] == sorted(np.flatnonzero(km[2] <= 900))


def test_bad_places_and_kinds_are_refused():
    where = places()
    with pytest.raises(DataError, match="queen"):
        moran.neighbours(where, "queen")
    with pytest.raises(DataError, match="places"):
        moran.neighbours(where.assign(lon=np.nan))
    with pytest.raises(DataError, match="places"):
        moran.widest_gap(where.iloc[:1])


# -- year by year ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, effects", [("nearest", "twoway"), ("band", "city")])
def test_each_year_is_what_esda_finds(kind, effects):
    where, made = places(), sample(gaps=0.2, like=0.7)
    made = made.with_y(made.y + 3 * np.arange(6))
    found = moran.by_year(made, where, kind, effects, permutations=1999)
    e, gap = made.residuals(effects), moran.widest_gap(where)
    np.random.seed(5)  # noqa: NPY002 (esda's own generator)
    for t, year in enumerate(made.years):
        here = made.present[:, t]
        weights = moran.neighbours(where.loc[made.cities[here]], kind, km=gap)
        other = Moran(e[here, t], weights, permutations=1999)
        row = found.loc[year]
        assert row["cities"] == here.sum()
        assert_allclose(row[["I", "expected", "z"]], [other.I, other.EI, other.z_rand])
        assert_allclose(row["p"], min(1, 2 * other.p_sim), atol=0.05)


def test_the_generator_of_others_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    first = moran.by_year(sample(), places(), permutations=19)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
    assert moran.by_year(sample(), places(), permutations=19).equals(first)


# -- all years ------------------------------------------------------------------------------------


def test_a_balanced_panel_is_esda_on_the_years_side_by_side():
    where, made = places(), sample(like=0.5)
    weights = moran.neighbours(where)
    n, years = made.y.shape
    links = {t * n + i: [t * n + j for j in weights.neighbors[i]]
             for t in range(years) for i in range(n)}  # fmt: skip
    stacked = W(links, silence_warnings=True)
    other = Moran(made.residuals().T.ravel(), stacked, permutations=0)
    assert_allclose(moran.pooled(made, where, permutations=9).statistic, other.I)


@pytest.mark.parametrize("kind", ["nearest", "band"])
def test_with_gaps_it_is_the_sum_over_pairs_that_are_there(kind):
    where, made = places(), sample(gaps=0.3)
    weights = moran.neighbours(where, kind)
    e, here = made.residuals(), made.present
    product = s0 = 0.0
    for t in range(e.shape[1]):
        for i in range(len(e)):
            for j in weights.neighbors[i]:
                if here[i, t] and here[j, t]:
                    product += e[i, t] * e[j, t] / len(weights.neighbors[i])
                    s0 += 1 / len(weights.neighbors[i])
    expected = here.sum() / s0 * product / (e**2).sum()
    assert_allclose(moran.pooled(made, where, kind, permutations=9).statistic, expected)


def test_the_p_value_is_that_of_all_permutations_of_whole_series(monkeypatch):
    where, made = places(6), sample(6, 4, like=0.6)
    weights, _ = moran.neighbours(where, k=2).full()
    weights = weights / weights.sum(axis=1, keepdims=True)
    e = made.residuals()
    alike = e @ e.T
    values = np.array(
        [(weights * alike[np.ix_(p, p)]).sum() for p in map(list, permutations(range(6)))]
    )
    found = values[0]
    exact = 2 * min((values >= found - 1e-12).mean(), (values <= found + 1e-12).mean())

    # Five neighbours of six cities would be all of them.
    monkeypatch.setattr(moran, "neighbours", partial(moran.neighbours, k=2))
    made_p = moran.pooled(made, where, permutations=4999)
    assert_allclose(made_p.p, min(1, exact), atol=0.03)
    assert_allclose(made_p.expected, values.mean() / values[0] * made_p.statistic, atol=0.02)


def test_neighbours_alike_are_found_and_strangers_are_not():
    where = places(60)
    near = moran.pooled(sample(60, 8, gaps=0.1, like=0.8), where)
    assert near.statistic > 0.1 and near.p < 0.01 and near.cities == 60
    assert moran.pooled(sample(60, 8, gaps=0.1), where).p > 0.05


def test_series_that_last_are_no_evidence_by_themselves():
    """City trends without any likeness in space: whole series are moved, so p stays uniform."""
    where, p = places(25), []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=(25, 1)) * np.arange(8) + 0.1 * rng.normal(size=(25, 8))
        x, every = rng.normal(size=(1, 25, 8)), np.ones((25, 8), dtype=bool)
        made = Sample(y, x, every, ("a",), np.arange(100, 125), np.arange(8))
        p.append(moran.pooled(made, where, permutations=199, seed=seed).p)
    assert 0.35 < np.mean(p) < 0.65
    assert np.mean(np.array(p) < 0.05) < 0.15
