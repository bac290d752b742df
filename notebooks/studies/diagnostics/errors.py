"""One regression, many standard errors: whose errors may be alike.

The variance of the slopes is ``Q (sum_a sum_b w_ab e_a e_b x_a x_b') Q`` over pairs of city-years,
x net of the effects, Q the inverse of their cross-products.  The kinds differ in the pairs:

==================  ==========================================================  ===============
key                 lets in                                                     p from
==================  ==========================================================  ===============
``classical``       nothing; one variance                                       t(n-N-T+1-K)
``hc1``             nothing; any variances                                      t(n-N-T+1-K)
``city``            the years of a city                                         t(N-1)
``city_cr2``        the same, without bias under independent errors [1]_        t, df matched
``city_cv3``        the same, from the slopes without each city                 t(N-1)
``city_wild``       the same                                                    wild bootstrap
``city_year``       the years of a city, the cities of a year                   t(T-1)
``province``        all city-years of a province                                t(P-1)
``province_cv3``    the same, from the slopes without each province             t(P-1)
``driscoll_kraay``  all cities, up to some years apart                          t(T-1)
``neighbours``      the years of a city; cities of a year, less with distance,  t(N-1)
                    up to 200 km [2]_
==================  ==========================================================  ===============

CR2 and the neighbours' are our own: no locked package has them.  :func:`let_in` also gives the two
that ``linearmodels`` has, for the sake of one formula; the tests compare.

References
----------
.. [1] Bell, R. M. and McCaffrey, D. F. (2002). Bias reduction in standard errors for linear
   regression with multi-stage samples. *Survey Methodology*, 28(2), 169-181.
.. [2] Conley, T. G. (1999). GMM estimation with cross sectional dependence. *Journal of
   Econometrics*, 92(1), 1-45.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib import figures, published, verdicts
from lib.jackknife import leave_one_out
from lib.resampling import bootstrap, kernel
from lib.specifications import COLUMNS, SYMBOL, Column, Reading, rows

KINDS = {
    "classical": "Classical",
    "hc1": "HC1",
    "city": "City",
    "city_cr2": "City, CR2",
    "city_cv3": "City, CV3",
    "city_wild": "City, bootstrap",
    "city_year": "City and year",
    "province": "Province",
    "province_cv3": "Province, CV3",
    "driscoll_kraay": "Driscoll–Kraay",
    "neighbours": "Neighbours",
}
NEAR = 200.0
"""Kilometres within which two cities are neighbours."""
FEWEST = 5
"""With fewer provinces no pattern of signs has a probability below 10 %."""
EXACT = 1e-9


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
    y: str = "REG",
    draws: int = 9999,
    seed: int = 2023,
) -> pd.DataFrame:
    """Every standard error of every slope of one regression with city and year effects.

    Parameters
    ----------
    frame : DataFrame
        As from :func:`lib.specifications.rows` for a column.
    km : DataFrame
        As from :func:`distances`.
    draws, seed : int
        Of the wild bootstrap, restricted, with signs.

    Returns
    -------
    DataFrame
        ``row`` (the regressor), ``kind, coef, se, t, df, p``.  Provinces are left out where there
        are fewer than ``FEWEST``; the bootstrap's ``se`` and ``t`` are those of ``city``.
    """
    x, fits = list(x), _fit(frame, y, x)
    cube = kernel.cube(frame, [y])
    province = frame.groupby("city")["province"].first().loc[cube.entities]
    near = (1 - km.loc[cube.entities, cube.entities].to_numpy() / NEAR).clip(0)
    alone, n, k = np.eye(len(near)), len(frame), len(x)
    cities, years, provinces = len(near), len(cube.times), province.nunique()
    fewer = min(cities, years)
    same = {
        "classical": "classical", "hc1": "hc1", "city": "clustered",
        "city_cv3": "jackknife", "driscoll_kraay": "driscoll_kraay",
    }  # fmt: skip
    made = {kind: (fits.se(name)[0], fits.df(name)[0]) for kind, name in same.items()}  # type: ignore[arg-type]
    made["city_cr2"] = cr2(fits)
    for kind, now, ever, groups, counted in (
        ("city_year", np.ones_like(alone), alone, fewer, k + 1),
        ("neighbours", near, alone, cities, k + years),
    ):
        factor = kernel.clustered_factor(*np.array([groups, n, counted]))
        made[kind] = np.sqrt(factor * np.diag(let_in(fits, now, ever))), groups - 1
    if provinces >= FEWEST:
        alike = (province.to_numpy()[:, None] == province.to_numpy()).astype(float)
        factor = kernel.clustered_factor(*np.array([provinces, n, k + years]))
        made["province"] = np.sqrt(factor * np.diag(let_in(fits, alike, alike))), provinces - 1
        narrow = leave_one_out(frame, y, x, cluster="province").table["se"]
        made["province_cv3"] = narrow.to_numpy(), provinces - 1
    coef = fits.coef[0]
    parts = [
        pd.DataFrame({"row": x, "kind": kind, "coef": coef, "se": se, "t": coef / se, "df": df})
        for kind, (se, df) in made.items()
    ]
    out = pd.concat(parts, ignore_index=True)
    out["p"] = 2 * stats.t.sf(out["t"].abs(), out["df"])
    p = [bootstrap.wild_cluster(frame, y, x, term, draws=draws, seed=seed).wild for term in x]
    wild = out[out["kind"].eq("city")].assign(kind="city_wild", p=p)
    return pd.concat([out, wild], ignore_index=True)


def across(
    data: pd.DataFrame,
    readings: Sequence[Reading],
    columns: Sequence[Column] = COLUMNS,
    draws: int = 9999,
) -> pd.DataFrame:
    """Every printed coefficient under every reading and every standard error.

    Returns
    -------
    DataFrame
        ``reading, heading, row, symbol, printed, printed_stars``, the columns of :func:`of`, and
        ``verdict`` by the rule of :mod:`lib.verdicts` with this error.
    """
    km, parts = distances(data), []
    for reading in readings:
        for column in columns:
            cells = published.coefficients(column.table)
            cells = cells.loc[cells["column"].eq(column.key), ["row", "coef", "stars"]]
            cells.columns = pd.Index(["row", "printed", "printed_stars"])
            found = of(rows(data, reading, column), column.terms, km, draws=draws)
            where = {"reading": reading.name, "heading": column.heading}
            parts.append(cells.merge(found, on="row").assign(**where))
    whole = pd.concat(parts, ignore_index=True)
    said = [
        verdicts.verdict(cell.printed, cell.printed_stars, cell.coef, cell.p)
        for cell in whole.itertuples()
    ]
    return whole.assign(symbol=whole["row"].replace(SYMBOL), verdict=said)


def let_in(fits: kernel.Fits, now: np.ndarray, ever: np.ndarray) -> np.ndarray:
    """Covariance of the slopes (K, K) that lets in chosen pairs, without small-sample factor.

    Parameters
    ----------
    fits : Fits
        One regression.
    now, ever : array (N, N)
        Weights of pairs of cities in the same year, and in different years.
    """
    score = fits.x[0] * fits.residuals[0]
    total = score.sum(axis=2)
    meat = total @ ever @ total.T
    meat += np.einsum("kit,ij,ljt->kl", score, now - ever, score, optimize=True)
    return fits.bread[0] @ meat @ fits.bread[0]


def cr2(fits: kernel.Fits) -> tuple[np.ndarray, np.ndarray]:
    """Bell and McCaffrey's standard errors by city (K,), and their degrees of freedom (K,).

    Notes
    -----
    Residuals of city g are multiplied by the inverse root of ``M_gg``, the block of the residual
    maker of regressors and both effects; along the city's own effect it has none, and needs none.
    df matches two moments of the variance estimate under independent errors of one size.
    """
    x, e, q = fits.x[0], fits.residuals[0], fits.bread[0]
    used, share = fits.layout.present[0].astype(float), fits.layout.share[0]
    centre = used[:, :, None] * np.eye(used.shape[1]) - used[:, :, None] * share[:, None, :]
    times = fits.layout.inverse[0]
    maker = centre - centre @ times @ centre - np.einsum("kit,kl,lis->its", x, q, x)
    roots, vectors = np.linalg.eigh(maker)
    inverse = np.divide(1, np.sqrt(np.abs(roots)), out=np.zeros_like(roots), where=roots > EXACT)
    root = (vectors * inverse[:, None]) @ vectors.transpose(0, 2, 1)
    pull = np.einsum("kl,lit,its->kis", q, x, root, optimize=True)
    score = (pull * e).sum(axis=2)
    by_time, by_x = np.einsum("kit,its->kis", pull, centre), np.einsum("kit,lit->kil", pull, x)
    df = []
    for own, a, b in zip((pull**2).sum(axis=2), by_time, by_x, strict=True):
        gram = np.diag(own) - a @ times @ a.T - b @ q @ b.T
        df.append(np.trace(gram) ** 2 / (gram**2).sum())
    return np.sqrt((score**2).sum(axis=1)), np.array(df)


def alike(
    frame: pd.DataFrame,
    term: str,
    others: Sequence[str],
    km: pd.DataFrame,
    draws: int = 999,
    seed: int = 2023,
) -> pd.DataFrame:
    """How alike neighbours are in one year: in residuals, in a regressor, and in their product.

    Returns
    -------
    DataFrame
        Index ``residual, regressor, score``; ``alike``, the mean product over pairs of cities at
        most ``NEAR`` km apart over the mean square (Moran's I with weights of 0 and 1), and ``p``,
        two-sided, from `draws` permutations of whole cities over the places.

    Notes
    -----
    Everything is net of both effects, the regressor also of the `others`.  A slope's variance is
    made of scores, regressor times residual: where these are not alike, clusters by city leave
    nothing out.
    """
    points = figures.net_of_effects(frame, "REG", term, others)
    e = points["y"] - points["x"] * (points["x"] @ points["y"]) / (points["x"] @ points["x"])
    values = points[["city", "year"]].assign(residual=e, regressor=points["x"], one=1.0)
    values["score"] = values["residual"] * values["regressor"]
    names = ["residual", "regressor", "score"]
    cube = kernel.cube(values, [*names, "one"])
    apart = km.loc[cube.entities, cube.entities].to_numpy()
    near = (apart <= NEAR) & ~np.eye(len(apart), dtype=bool)
    full = np.nan_to_num(cube.values)
    pairs, square = full @ full.transpose(0, 2, 1), (values[names] ** 2).mean().to_numpy()
    rng, made = np.random.default_rng(seed), []
    for draw in range(draws + 1):
        order = np.arange(len(near)) if draw == 0 else rng.permutation(len(near))
        total = pairs[:, order[:, None], order][:, near].sum(axis=1)
        made.append(total[:3] / total[3] / square)
    found, null = made[0], np.array(made[1:])
    beyond = np.minimum((null >= found).sum(axis=0), (null <= found).sum(axis=0))
    p = np.minimum(1.0, 2 * (1 + beyond) / (draws + 1))
    return pd.DataFrame({"alike": found, "p": p}, index=names)


def influence(frame: pd.DataFrame, term: str, others: Sequence[str], unit: str) -> pd.DataFrame:
    """What each city or province holds of a regressor's variation, and the slope without it.

    Returns
    -------
    DataFrame
        Index the label, largest share first (ties by name): ``share, without, slope, unit``.  One
        over the sum of squared shares is the number of equal units that would weigh the same.
    """
    square = figures.net_of_effects(frame, "REG", term, others)["x"] ** 2
    made = leave_one_out(frame, "REG", [term, *others], cluster=unit)
    share = (square.groupby(frame[unit]).sum() / square.sum()).rename("share")
    order = share.round(9).reset_index().sort_values(["share", unit], ascending=[False, True])
    out = pd.DataFrame({"share": share, "without": made.without[term], "slope": made.coef[term]})
    return out.loc[order[unit]].assign(unit=unit)


def _fit(frame: pd.DataFrame, y: str, x: Sequence[str]) -> kernel.Fits:
    cube = kernel.cube(frame, [y, *x])
    return kernel.fit(cube.values[:1], cube.values[1:], cube.present)
