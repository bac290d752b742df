"""Whether errors of neighbouring cities are alike: Moran's I of residuals, with PySAL's weights."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from libpysal.cg import RADIUS_EARTH_KM, KDTree
from libpysal.weights import KNN, DistanceBand, W

from lib.diagnostics import Sample
from lib.panel import DataError

with warnings.catch_warnings():
    # Its progress bars complain of missing widgets; none is shown here.
    warnings.simplefilter("ignore")
    from esda import Moran

Kind = Literal["nearest", "band"]
NEIGHBOURS = 5
PERMUTATIONS = 999
SEED = 1950


def neighbours(
    places: pd.DataFrame, kind: Kind = "nearest", k: int = NEIGHBOURS, km: float | None = None
) -> W:
    """Spatial weights of cities from great-circle distances, in the order of the rows.

    Parameters
    ----------
    places : DataFrame
        A row per city with ``lon`` and ``lat`` in degrees.
    kind : {"nearest", "band"}
        The `k` nearest cities, or all cities within `km` kilometres (by default
        :func:`widest_gap`, so that no city is without).
    """
    tree = _tree(places)
    if kind == "nearest":
        return KNN(tree, k=k, silence_warnings=True)
    if kind != "band":
        raise DataError(f"weights: found {kind!r}, expected 'nearest' or 'band'")
    reach = widest_gap(places) if km is None else km
    # The ball is closed, but rounding may leave the last city just outside.
    return DistanceBand(tree, threshold=reach * (1 + 1e-9), silence_warnings=True)


def widest_gap(places: pd.DataFrame) -> float:
    """Kilometres from the remotest city to its nearest neighbour."""
    tree = _tree(places)
    distance, _ = tree.query(tree.data, k=2)
    return float(np.max(distance[:, 1]))


def by_year(
    sample: Sample,
    places: pd.DataFrame,
    kind: Kind = "nearest",
    effects: Literal["twoway", "city"] = "twoway",
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> pd.DataFrame:
    """Moran's I of the residuals of each year, over the cities of that year.

    Parameters
    ----------
    places : DataFrame
        ``lon``, ``lat`` in degrees, indexed by city.
    kind
        As for :func:`neighbours`; the neighbours are sought among the year's cities, within the
        distance that reaches every city of `places`.
    permutations, seed : int
        Random permutations of the residuals over the cities, and their seed.

    Returns
    -------
    DataFrame
        Index year; ``cities``, ``I``, ``expected`` (-1/(n-1)), ``z``, and the two-sided ``p`` of
        the permutations; weights row-standardised.

    Notes
    -----
    ``I = (n / S0) sum_ij w_ij e_i e_j / sum_i e_i^2`` with e less their mean [1]_, from ``esda``.
    A city without a neighbour in that year adds nothing to the sum.

    References
    ----------
    .. [1] Moran, P. A. P. (1950). Notes on continuous stochastic phenomena. *Biometrika*, 37(1-2),
       17-23.
    """
    e, reach = sample.residuals(effects), widest_gap(places)
    rng = np.random.default_rng(seed)
    rows = {}
    for t, year in enumerate(sample.years):
        here = sample.present[:, t]
        w = neighbours(places.loc[sample.cities[here]], kind, km=reach)
        found = Moran(e[here, t], w, permutations=0)
        z = e[here, t] - e[here, t].mean()
        shuffled = rng.permuted(np.tile(z, (permutations, 1)), axis=1)
        # The weights of esda's copy are row-standardised; the scale is the same in every draw.
        null = (shuffled * (found.w.sparse @ shuffled.T).T).sum(axis=1)
        rows[int(year)] = {
            "cities": int(here.sum()), "I": float(found.I), "expected": float(found.EI),
            "z": float(found.z_rand), "p": _two_sided(z @ (found.w.sparse @ z), null),
        }  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("year")


@dataclass(frozen=True)
class PooledMoran:
    """Moran's I of all years together.

    Attributes
    ----------
    statistic : float
    expected : float
        Its mean over the permutations.
    p : float
        Two-sided, from permutations.
    cities : int
    """

    statistic: float
    expected: float
    p: float
    cities: int


def pooled(
    sample: Sample,
    places: pd.DataFrame,
    kind: Kind = "nearest",
    effects: Literal["twoway", "city"] = "twoway",
    permutations: int = PERMUTATIONS,
    seed: int = SEED,
) -> PooledMoran:
    """Moran's I of all residuals, neighbours being compared within a year.

    Parameters
    ----------
    places, kind, effects, permutations, seed
        As for :func:`by_year`; here a city keeps its neighbours in all years.

    Notes
    -----
    ``I = (n / S0) sum_t sum_ij w_ij e_it e_jt / sum e^2``, S0 over the pairs that are present,
    weights row-standardised over all cities of the sample.  A permutation gives each city's whole
    series to another place, so that correlation over time, which the residuals have, does not
    pass for evidence.
    """
    e, here = sample.residuals(effects), sample.present.astype(float)
    w = neighbours(places.loc[sample.cities], kind)
    number = [len(w.neighbors[i]) for i in range(w.n)]
    source = np.repeat(np.arange(w.n), number)
    target = np.concatenate([w.neighbors[i] for i in range(w.n)]).astype(int)
    weight = 1 / np.repeat(number, number)
    alike, overlap = e @ e.T, here @ here.T
    rng = np.random.default_rng(seed)
    order = rng.permuted(np.tile(np.arange(w.n), (permutations, 1)), axis=1)
    order = np.vstack([np.arange(w.n), order])
    left, right = order[:, source], order[:, target]
    value = (alike[left, right] * weight).sum(axis=1) / (overlap[left, right] * weight).sum(axis=1)
    value = value * sample.nobs / (e**2).sum()
    found, null = float(value[0]), value[1:]
    return PooledMoran(found, float(null.mean()), _two_sided(found, null), int(w.n))


def _two_sided(found: float, null: np.ndarray) -> float:
    above, below = (null >= found).sum(), (null <= found).sum()
    return float(min(1.0, 2 * (1 + min(above, below)) / (len(null) + 1)))


def _tree(places: pd.DataFrame) -> KDTree:
    degrees = places[["lon", "lat"]].to_numpy(dtype=float)
    if len(degrees) < 2 or not np.isfinite(degrees).all():
        raise DataError("places: found fewer than two or no lon and lat, expected both for each")
    return KDTree(degrees, distance_metric="Arc", radius=RADIUS_EARTH_KM)
