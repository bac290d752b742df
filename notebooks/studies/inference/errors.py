"""One regression, twelve standard errors: which errors each lets be correlated.

The variance of the slopes is ``Q (sum_a sum_b w_ab e_a e_b x_a x_b') Q`` over pairs of city-years,
x net of the effects, Q the inverse of their cross-products.  The kinds differ in the pairs: a
city-year with itself (``classical``, ``hc1``); the years of a city (``city``; CR2 with matched
degrees of freedom, CV3 and the wild bootstrap mend what few or unequal cities do to it); the cities
of a year as well (``city_year``); all years of two cities, less with distance, up to 200 km
(``neighbours`` [1]_); all cities, up to some years apart (``driscoll_kraay``); all city-years of a
province (``province``; CV3 and the bootstrap again).  Clustered p come from t with one degree of
freedom less than there are clusters.  No locked package has CR2 or the neighbours'.

References
----------
.. [1] Conley, T. G. (1999). GMM estimation with cross sectional dependence. *Journal of
   Econometrics*, 92(1), 1-45.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib import verdicts, within
from lib.jackknife import ENOUGH
from lib.resampling import bootstrap
from lib.specifications import COLUMNS, Column, Reading, rows
from studies.inference.matched import Design

KINDS = {
    "classical": "Classical",
    "hc1": "HC1",
    "city": "City",
    "city_cr2": "City, CR2",
    "city_cv3": "City, CV3",
    "city_wild": "City, bootstrap",
    "city_year": "City and year",
    "neighbours": "Neighbours",
    "driscoll_kraay": "Driscoll–Kraay",
    "province": "Province",
    "province_cv3": "Province, CV3",
    "province_wild": "Province, bootstrap",
}
NEAR = 200.0
"""Kilometres within which two cities are neighbours."""


def distances(data: pd.DataFrame) -> pd.DataFrame:
    """Great-circle distances in km, cities x cities, from ``city, lon, lat`` in degrees."""
    place = data.groupby("city")[["lon", "lat"]].first()
    lon, lat = np.radians(place.to_numpy(float)).T
    half = np.sin((lat[:, None] - lat) / 2) ** 2
    half += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    return pd.DataFrame(2 * 6371.0 * np.arcsin(np.sqrt(half)), place.index, place.index)


def of(
    frame: pd.DataFrame,
    x: Sequence[str],
    km: pd.DataFrame,
    draws: int = bootstrap.DRAWS,
) -> pd.DataFrame:
    """Every standard error of every slope of one regression of REG with city and year effects.

    Parameters
    ----------
    frame : DataFrame
        As from :func:`lib.specifications.rows` for a column.
    km : DataFrame
        As from :func:`distances`.
    draws : int
        Of the restricted wild bootstrap with signs; where there are fewer patterns, all of them.

    Returns
    -------
    DataFrame
        ``row`` (the regressor), ``kind, coef, se, t, df, p``.  Those by province are left out where
        there are fewer than ten; se and t of a bootstrap are those of ``city`` or
        ``province``.
    """
    x, made = list(x), Design.of(frame, x)
    fit, cities, years, provinces = made.fit, *made.present.shape, len(made.provinces)
    n, df = len(fit.rows), fit.df_resid
    near = (1 - km.loc[made.cities, made.cities].to_numpy() / NEAR).clip(0)
    alone, same_province = np.eye(cities), (made.province[:, None] == made.province).astype(float)
    found = {
        "classical": (fit.table("classical")["se"], df),
        "hc1": (_root(n / df * let_in(made, alone, 0 * alone)), df),
        "city": (fit.table("clustered")["se"], cities - 1),
    }
    by_year = np.einsum("kit,it->kt", made.net, made.residuals) @ within.bartlett(years)
    meat = by_year @ np.einsum("kit,it->kt", made.net, made.residuals).T
    factor = within.clustered_factor(years, n, len(x) + cities)
    found["driscoll_kraay"] = _root(factor * made.bread @ meat @ made.bread), years - 1
    for kind, (squares, groups) in made.squares.items():
        se = squares.se(made.rows(made.residuals[None]))[0]
        found[kind] = se, squares.df if kind == "city_cr2" else groups
    pairs = {
        "city_year": (np.ones_like(alone), alone, min(cities, years), len(x) + 1),
        "neighbours": (near, near, cities, len(x) + years),
    }
    by = {"city_wild": "city"}
    if provinces >= ENOUGH:
        pairs["province"] = same_province, same_province, provinces, len(x) + years
        by["province_wild"] = "province"
    for kind, (now, ever, groups, counted) in pairs.items():
        factor = within.clustered_factor(groups, n, counted)
        found[kind] = _root(factor * let_in(made, now, ever)), groups - 1
    parts = [
        pd.DataFrame({"row": x, "kind": kind, "coef": made.coef, "se": se, "df": df})
        for kind, (se, df) in found.items()
    ]
    out = pd.concat(parts, ignore_index=True)
    out["t"] = out["coef"] / out["se"]
    out["p"] = 2 * stats.t.sf(out["t"].abs(), out["df"])
    for kind, cluster in by.items():
        p = [bootstrap.wild_cluster(frame, "REG", x, t, draws, cluster=cluster) for t in x]
        out = pd.concat([out, out[out["kind"].eq(cluster)].assign(kind=kind, p=p)])
    return out.reset_index(drop=True)


def across(
    data: pd.DataFrame,
    readings: Sequence[Reading],
    columns: Sequence[Column] = COLUMNS,
    draws: int = bootstrap.DRAWS,
) -> pd.DataFrame:
    """Every printed coefficient under every reading and every standard error.

    Returns
    -------
    DataFrame
        ``reading, kind``, the columns of :func:`lib.verdicts.judged` and of :func:`of`.
    """
    km, parts = distances(data), []
    for reading, column in ((reading, column) for reading in readings for column in columns):
        found = of(rows(data, reading, column), column.terms, km, draws=draws)
        for kind, own in found.groupby("kind", sort=False):
            own = own.set_index("row")
            cells = verdicts.judged(column, own["coef"], own["p"])
            cells = cells.join(own[["se", "t", "df"]], on="row")
            parts.append(cells.assign(reading=reading.name, kind=kind))
    return pd.concat(parts, ignore_index=True)


def let_in(made: Design, now: np.ndarray, ever: np.ndarray) -> np.ndarray:
    """Covariance of the slopes (K, K) from chosen pairs, without small-sample factor.

    Parameters
    ----------
    now, ever : array (N, N)
        Weights of pairs of cities in the same year, and in different years.
    """
    score = made.net * made.residuals
    total = score.sum(axis=2)
    meat = total @ ever @ total.T
    meat += np.einsum("kit,ij,ljt->kl", score, now - ever, score, optimize=True)
    return np.asarray(made.bread @ meat @ made.bread)


def _root(cov: np.ndarray) -> np.ndarray:
    return np.sqrt(np.diag(cov))
