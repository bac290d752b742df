"""Spatial weights, spatial lags of regressors, and spatial panel models: an extension of the paper.

The paper treats a city as an island.  Here a city's neighbours enter in three ways, each with
city and year effects [1]_, [2]_::

    SLX    y_t = X_t b + W X_t g         + mu + lambda_t + e_t
    lag    y_t = rho W y_t + X_t b       + mu + lambda_t + e_t
    error  y_t = X_t b + u_t,  u_t = rho W u_t + e_t,  u_t around mu + lambda_t

W has a row per city that sums to one, so that W x is a weighted mean over the city's neighbours.
SLX is least squares and takes gaps; the other two are maximum likelihood by ``spreg`` [3]_ and
need a balanced panel.

References
----------
.. [1] Elhorst, J. P. (2003). Specification and estimation of spatial panel data models.
   *International Regional Science Review*, 26(3), 244-268.
.. [2] Halleck Vega, S. and Elhorst, J. P. (2015). The SLX model. *Journal of Regional Science*,
   55(3), 339-363.
.. [3] ``spreg`` 1.9, https://pysal.org/spreg/; it reproduces the figures of R's ``splm``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from lib import batched
from lib.estimation import LEVEL
from lib.panel import DataError

EARTH_RADIUS = 6371.0  # km, the mean radius
NEAREST = 5
CUTOFF = 300.0  # km
Model = Literal["lag", "error"]


def distances(cities: pd.DataFrame) -> pd.DataFrame:
    """Great-circle distances between cities in km, by the haversine formula.

    Parameters
    ----------
    cities : DataFrame
        A row per city: ``city_code``, ``lon``, ``lat`` (degrees).

    Returns
    -------
    DataFrame, cities x cities
        Symmetric with a zero diagonal, cities in ascending order.

    Raises
    ------
    lib.panel.DataError
        A city is there twice, or has no coordinates.
    """
    places = _places(cities)
    lon, lat = np.radians(places["lon"].to_numpy()), np.radians(places["lat"].to_numpy())
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    km = 2 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return pd.DataFrame(km, index=places.index, columns=places.index)


def _places(cities: pd.DataFrame) -> pd.DataFrame:
    if cities["city_code"].duplicated().any():
        twice = cities.loc[cities["city_code"].duplicated(), "city_code"].iloc[0]
        raise DataError(f"city {twice}: found twice, expected a row per city")
    places = cities.set_index("city_code")[["lon", "lat"]].sort_index()
    if places.isna().any(axis=None):
        lost = places.index[places.isna().any(axis=1)][0]
        raise DataError(f"city {lost}: found no coordinates, expected lon and lat in degrees")
    return places


def nearest(cities: pd.DataFrame, k: int = NEAREST) -> pd.DataFrame:
    """Weights 1/k for each of the k nearest cities, 0 for the others; not symmetric.

    Parameters
    ----------
    cities : DataFrame
        As for :func:`distances`.

    Returns
    -------
    DataFrame, cities x cities
        Rows sum to one; the diagonal is zero.

    Raises
    ------
    lib.panel.DataError
        As :func:`distances`; k is not from 1 to the number of cities less one.
    """
    from libpysal.weights import KNN

    places = _places(cities)
    if not 1 <= k < len(places):
        raise DataError(f"nearest: found k = {k}; expected 1 to {len(places) - 1}")
    # Some cities may be each other's nearest and no one else's: no cause for a warning here.
    found = KNN(
        places.to_numpy(),
        k=k,
        radius=EARTH_RADIUS,
        ids=list(places.index),
        silence_warnings=True,
    )
    matrix, ids = found.full()
    weights = pd.DataFrame(matrix, index=ids, columns=ids).loc[places.index, places.index]
    return weights / k


def inverse_distance(cities: pd.DataFrame, cutoff: float = CUTOFF) -> pd.DataFrame:
    """Weights in proportion to 1/distance up to a cut-off in km, 0 beyond.

    Parameters
    ----------
    cities : DataFrame
        As for :func:`distances`.

    Returns
    -------
    DataFrame, cities x cities
        Rows sum to one; the diagonal is zero.

    Raises
    ------
    lib.panel.DataError
        As :func:`distances`; a city has no neighbour within the cut-off.
    """
    km = distances(cities)
    near = (km <= cutoff) & ~np.eye(len(km), dtype=bool)
    alone = near.index[~near.any(axis=1)]
    if len(alone):
        raise DataError(
            f"city {alone[0]}: found no neighbour within {cutoff:g} km, expected one at least"
        )
    strength = (1 / km.where(near)).fillna(0.0)
    return strength.div(strength.sum(axis=1), axis=0)


def with_spatial_lags(
    rows: pd.DataFrame, columns: Sequence[str], weights: pd.DataFrame
) -> pd.DataFrame:
    """Add ``w_<column>``: the weighted mean of a column over a city's neighbours in the year.

    Parameters
    ----------
    rows : DataFrame
        ``city_code``, ``year`` and `columns`; a row per city-year, any may be missing.
    weights : DataFrame, cities x cities
        As from :func:`nearest`; it may have more cities than `rows`.

    Returns
    -------
    DataFrame
        Neighbours without a value that year are left out and the weights of the others scaled to
        sum to one; missing where no neighbour has a value.

    Raises
    ------
    lib.panel.DataError
        A city has no weights, or a city-year is there twice.
    """
    unknown = sorted(set(rows["city_code"]) - set(weights.index))
    if unknown:
        raise DataError(f"city {unknown[0]}: found no weights, expected a row of the matrix")
    if rows.duplicated(["city_code", "year"]).any():
        raise DataError("spatial lags: found a city-year twice, expected each once")
    key = pd.MultiIndex.from_frame(rows[["city_code", "year"]])
    made = {}
    for column in columns:
        wide = rows.pivot(index="city_code", columns="year", values=column).reindex(weights.index)
        known = wide.notna().astype(float)
        total = weights @ wide.fillna(0.0)
        share = weights @ known
        lag = (total / share.where(share > 0)).stack(future_stack=True)
        made[f"w_{column}"] = lag.reindex(key).to_numpy()
    return rows.assign(**made)


@dataclass(frozen=True)
class SpatialFit:
    """A spatial lag or spatial error model with city and year effects.

    Attributes
    ----------
    model : {"lag", "error"}
    coef : Series
        Slopes by regressor and, last, ``rho``.
    cov : DataFrame
        Their covariance from the information matrix, for independent errors of one variance.
    effects : DataFrame
        Index regressors; ``direct, indirect, total``: the mean effect on a city's own y of one
        unit more of its own x, of one unit more everywhere else, and of both, with
        ``se_direct``, ``se_indirect``, ``se_total`` by the delta method.
    log_likelihood : float
    nobs, n_cities : int
    years : tuple of int
    """

    model: str
    coef: pd.Series
    cov: pd.DataFrame
    effects: pd.DataFrame
    log_likelihood: float
    nobs: int
    n_cities: int
    years: tuple[int, ...]

    @property
    def table(self) -> pd.DataFrame:
        """Columns ``coef, se, t, p, low, high`` by regressor, from the normal distribution."""
        se = pd.Series(np.sqrt(np.diag(self.cov)), self.coef.index)
        t, half = self.coef / se, stats.norm.ppf((1 + LEVEL) / 2) * se
        p = 2 * stats.norm.sf(t.abs())
        bounds = {"low": self.coef - half, "high": self.coef + half}
        return pd.DataFrame({"coef": self.coef, "se": se, "t": t, "p": p} | bounds)


def model(
    rows: pd.DataFrame, y: str, x: Sequence[str], weights: pd.DataFrame, kind: Model = "lag"
) -> SpatialFit:
    """Estimate a spatial lag or error model by maximum likelihood, with city and year effects.

    Parameters
    ----------
    rows : DataFrame
        ``city_code``, ``year``, y and x of a balanced panel.
    weights : DataFrame, cities x cities
        As from :func:`nearest`, for the cities of `rows` and no others.
    kind : {"lag", "error"}

    Returns
    -------
    SpatialFit

    Raises
    ------
    lib.panel.DataError
        The panel is not balanced, its cities are not those of `weights`, rows of `weights` do not
        sum to one, or there is no such model.

    Notes
    -----
    ``spreg`` takes the city means out; the year effects are dummies among the regressors.
    Taking the year means out of y and x beforehand is not the same: W y keeps a mean of its own
    in each year, since the columns of W do not sum to one, and the likelihood would take it for
    noise.  Concentrating the effects out leaves a bias of order 1/N in rho and makes the variance
    too small by the factor (T-1)/T [1]_; neither is corrected here.

    References
    ----------
    .. [1] Lee, L.-F. and Yu, J. (2010). Estimation of spatial autoregressive panel data models
       with fixed effects. *Journal of Econometrics*, 154(2), 165-185.
    """
    from libpysal.weights import full2W
    from spreg.panel import BaseML_ErrorFE, BaseML_LagFE

    if kind not in {"lag", "error"}:
        raise DataError(f"spatial model {kind!r}: expected 'lag' or 'error'")
    values = batched.cube(rows, [y, *x])
    cities = pd.Index(sorted(rows["city_code"].unique()))
    if not cities.equals(pd.Index(weights.index)) or not cities.equals(pd.Index(weights.columns)):
        raise DataError(
            f"weights: found {len(weights)} cities, expected the {len(cities)} of the panel, sorted"
        )
    if not np.allclose(weights.sum(axis=1), 1.0):
        raise DataError("weights: found a row that does not sum to one")
    n_cities, n_years = values.shape[1:]
    # spreg wants one year below the other.
    stacked = values.transpose(0, 2, 1).reshape(len(values), -1)
    dummies = np.kron(np.eye(n_years)[:, 1:], np.ones((n_cities, 1)))
    regressors = np.column_stack([stacked[1:].T, dummies])
    estimator = BaseML_LagFE if kind == "lag" else BaseML_ErrorFE
    matrix = weights.to_numpy()
    fit = estimator(stacked[0][:, None], regressors, full2W(matrix))
    names = [*x, "rho"]
    kept = [*range(len(x)), regressors.shape[1]]
    coef = pd.Series(np.asarray(fit.betas, dtype=float).ravel()[kept], names)
    cov = pd.DataFrame(np.asarray(fit.vm)[np.ix_(kept, kept)], index=names, columns=names)
    return SpatialFit(
        model=kind,
        coef=coef,
        cov=cov,
        effects=_effects(coef, cov, matrix, kind),
        log_likelihood=float(np.squeeze(fit.logll)),
        nobs=n_cities * n_years,
        n_cities=n_cities,
        years=tuple(sorted(int(year) for year in rows["year"].unique())),
    )


def _effects(coef: pd.Series, cov: pd.DataFrame, matrix: np.ndarray, kind: Model) -> pd.DataFrame:
    """Direct, indirect and total effects of LeSage and Pace (2009), with delta-method errors.

    With S = (I - rho W)^-1, the direct effect is b times the mean of S's diagonal, the total b
    times the mean of its row sums.  In an error model neighbours' x has none.
    """
    n = len(matrix)
    rho = coef["rho"] if kind == "lag" else 0.0
    inverse = np.linalg.inv(np.eye(n) - rho * matrix)
    slope = inverse @ matrix @ inverse  # dS / d rho
    multiplier = {"direct": np.trace(inverse) / n, "total": inverse.sum() / n}
    change = {"direct": np.trace(slope) / n, "total": slope.sum() / n}
    if kind == "error":
        change = dict.fromkeys(change, 0.0)
    multiplier["indirect"] = multiplier["total"] - multiplier["direct"]
    change["indirect"] = change["total"] - change["direct"]
    rows = {}
    for name in coef.index.drop("rho"):
        pair = cov.loc[[name, "rho"], [name, "rho"]].to_numpy()
        row = {}
        for effect in ("direct", "indirect", "total"):
            gradient = np.array([multiplier[effect], coef[name] * change[effect]])
            row[effect] = coef[name] * multiplier[effect]
            row[f"se_{effect}"] = float(np.sqrt(gradient @ pair @ gradient))
        rows[name] = row
    return pd.DataFrame(rows).T
