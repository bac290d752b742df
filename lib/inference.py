"""One regression, many standard errors: what may be correlated with what.

A slope under city and year effects is a sum of scores x_it e_it over all city-years, and its
variance is the sum of their covariances.  The ways to estimate it differ in the covariances that
they let in; the slope is the same in all of them.  With n rows, N cities, T years, P provinces
and K slopes:

==================  ==============================  ==============================  ============
key                 lets in                         scale of the sandwich           p from
==================  ==============================  ==============================  ============
``classical``       nothing; one variance           rss / (n-N-T+1-K)               t(n-N-T+1-K)
``hc1``             nothing; any variances          n / (n-N-T+1-K)                 t(n-N-T+1-K)
``city``            years of a city                 N/(N-1) (n-1)/(n-K-T)           t(N-1)
``city_wild``       the same                        the same                        bootstrap
``city_year``       years of a city, cities of a    G/(G-1) (n-1)/(n-K-1),          t(G-1)
                    year                            G = min(N, T)
``province``        all city-years of a province    P/(P-1) (n-1)/(n-K-T)           t(P-1)
``province_wild``   the same                        the same                        bootstrap
``driscoll_kraay``  all cities, up to some years    T/(T-1) (n-1)/(n-K-N)           t(T-1)
``conley_<km>``     years of a city; cities of a    as ``city``                     t(N-1)
                    year, less with distance
==================  ==============================  ==============================  ============

Effects that are nested in the clusters are not counted, as in R's ``fixest`` and Stata's
``reghdfe``.  All covariances but Conley's are those of ``linearmodels``, with this scale.
t(N-1) is generous for Conley's: neighbours who share shocks are worth fewer than N clusters.
The bootstrap is the restricted wild cluster bootstrap of :mod:`lib.bootstrap`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from linearmodels.panel.covariance import (
    ClusteredCovariance,
    DriscollKraay,
    HeteroskedasticCovariance,
)
from scipy import stats

from lib import batched, bootstrap
from lib.batched import rule_of_thumb
from lib.estimation import EXACT, LEVEL, Estimate, two_way_fe
from lib.panel import DataError
from lib.published import compare_table, stars
from lib.specifications import Specification, rows_of

Kernel = Literal["bartlett", "uniform"]
CUTOFFS = (100, 200, 400)
LABELS = {
    "classical": "Classical",
    "hc1": "HC1",
    "city": "City",
    "city_wild": "City, bootstrap",
    "city_year": "City and year",
    "province": "Province",
    "province_wild": "Province, bootstrap",
    "driscoll_kraay": "Driscoll–Kraay",
    **{f"conley_{km}": f"Conley, {km} km" for km in CUTOFFS},
}
# With fewer clusters no pattern of signs gives a wild bootstrap p-value below 10 %.
FEWEST = 5


@dataclass(frozen=True)
class Covariance:
    """A covariance of the slopes, and the t distribution that goes with it.

    Attributes
    ----------
    cov : array (K, K)
    df : int
    """

    cov: np.ndarray
    df: int


@dataclass(frozen=True)
class Within:
    """A two-way regression with its effects taken out, and where each row belongs.

    Attributes
    ----------
    found : Estimate
    rows : DataFrame
        The rows used: ``city_code``, ``year``, y and x as they are, and ``province`` where the
        data have it.
    y, x : array (n, 1), (n, K)
        Free of city and year effects.
    """

    found: Estimate
    rows: pd.DataFrame
    y: np.ndarray
    x: np.ndarray

    @classmethod
    def of(cls, rows: pd.DataFrame, y: str, x: Sequence[str]) -> Within:
        """Estimate a regression; parameters and errors as :func:`lib.estimation.two_way_fe`."""
        rows = rows.reset_index(drop=True)
        found = two_way_fe(rows, y, x)
        used = rows.loc[found.residuals.index]
        place = tuple(pd.factorize(used[key], sort=True)[0] for key in ("city_code", "year"))
        present = np.zeros((found.n_entities, len(found.years)), dtype=bool)
        present[place] = True
        cells = np.zeros((1, 1 + len(found.x), *present.shape))
        cells[0][:, *place] = used[[y, *found.x]].to_numpy(dtype=float).T
        free = batched.within(cells, present)[0][:, *place].T
        kept = ["city_code", "year", y, *found.x, *(["province"] if "province" in rows else [])]
        return cls(found, used[kept], free[:, :1], free[:, 1:])

    @property
    def params(self) -> np.ndarray:
        """Slopes as a column (K, 1)."""
        return self.found.coef.to_numpy()[:, None]

    @property
    def scores(self) -> np.ndarray:
        """Products of regressors and residuals (n, K)."""
        return self.x * (self.y - self.x @ self.params)

    def codes(self, column: str) -> np.ndarray:
        """Numbers from 0 for the values of a column, in ascending order (n, 1)."""
        if column not in self.rows or self.rows[column].isna().any():
            raise DataError(f"column {column!r}: found no value for some row, expected clusters")
        return pd.factorize(self.rows[column], sort=True)[0][:, None]

    def scale(self, clusters: int, counted: int) -> float:
        """Small-sample factor G/(G-1) (n-1)/(n-K-counted)."""
        n, slopes = self.x.shape
        return clusters / (clusters - 1) * (n - 1) / (n - slopes - counted)


def covariances(
    within: Within,
    distance: pd.DataFrame | None = None,
    cutoffs: Sequence[float] = CUTOFFS,
    kernel: Kernel = "bartlett",
    lags: int | None = None,
) -> dict[str, Covariance]:
    """Every covariance that the sample allows, by key; see the module for the conventions.

    Parameters
    ----------
    within : Within
    distance : DataFrame, cities x cities, optional
        In km, as from :func:`lib.spatial.distances`; without it there is no Conley covariance.
    cutoffs : sequence of float
        In km.
    kernel : {"bartlett", "uniform"}
    lags : int, optional
        Of Driscoll and Kraay; by default :func:`lib.batched.rule_of_thumb`.

    Returns
    -------
    dict
        Without ``province`` where there are fewer than ``FEWEST`` of them, and without what sums
        scores to nothing but rounding, as Driscoll and Kraay's does with two years.

    Raises
    ------
    lib.panel.DataError
        As :func:`conley`.
    """
    found = within.found
    cities, years = found.n_entities, len(found.years)
    city, year = within.codes("city_code"), within.codes("year")
    data = (within.y, within.x, within.params, city, year)

    def clustered(groups: np.ndarray, scale: float) -> np.ndarray:
        cov = ClusteredCovariance(*data, clusters=groups).cov
        return scale * cov

    made = {
        "classical": Covariance(found.cov_classical.to_numpy(), found.df_resid),
        "hc1": Covariance(
            HeteroskedasticCovariance(*data, debiased=True, extra_df=cities + years - 1).cov,
            found.df_resid,
        ),
        "city": Covariance(found.cov_clustered.to_numpy(), cities - 1),
    }
    fewer = min(cities, years)
    both = clustered(np.hstack([city, year]), within.scale(fewer, 1))
    made["city_year"] = Covariance(both, fewer - 1)
    if "province" in within.rows:
        province = within.codes("province")
        provinces = int(province.max()) + 1
        if provinces >= FEWEST:
            cov = clustered(province, within.scale(provinces, years))
            made["province"] = Covariance(cov, provinces - 1)
    lags = rule_of_thumb(years) if lags is None else lags
    kraay = DriscollKraay(*data, kernel="bartlett", bandwidth=lags).cov
    made["driscoll_kraay"] = Covariance(within.scale(years, cities) * kraay, years - 1)
    for cutoff in cutoffs if distance is not None else ():
        cov = within.scale(cities, years) * conley(within, distance, cutoff, kernel)
        made[f"conley_{cutoff:g}"] = Covariance(cov, cities - 1)
    least = EXACT * np.diag(made["classical"].cov)
    return {key: each for key, each in made.items() if (np.abs(np.diag(each.cov)) > least).all()}


def conley(
    within: Within,
    distance: pd.DataFrame | None,
    cutoff: float,
    kernel: Kernel = "bartlett",
    other_years: bool = False,
) -> np.ndarray:
    """Conley's covariance of the slopes (K, K), without small-sample factor.

    Two city-years count with weight 1 if they are of one city, whatever the years, and with
    weight k(d) if they are of one year and d km apart, d at most the cut-off: ``bartlett`` is
    1 - d/cutoff, ``uniform`` is 1.  At a cut-off of 0 this is clustering by city; beyond the
    largest distance, with the uniform kernel, clustering by city and year.

    Parameters
    ----------
    distance : DataFrame, cities x cities
        In km.
    cutoff : float
        In km, not negative.
    other_years : bool
        Weight k(d) whatever the years: a neighbour's shock may last.

    Raises
    ------
    lib.panel.DataError
        A city has no distances, the cut-off is negative, or there is no such kernel.

    Notes
    -----
    Neither kernel makes every variance positive; one that is not has no standard error.

    References
    ----------
    Conley, T. G. (1999). GMM estimation with cross sectional dependence. *Journal of
    Econometrics*, 92(1), 1-45.  Hsiang, S. M. (2010). Temperatures and cyclones strongly
    associated with economic production in the Caribbean and Central America. *PNAS*, 107(35),
    15367-15372, adds a city's own years.
    """
    if kernel not in {"bartlett", "uniform"}:
        raise DataError(f"kernel {kernel!r}: expected 'bartlett' or 'uniform'")
    if not cutoff >= 0:
        raise DataError(f"cut-off: found {cutoff:g} km, expected 0 or more")
    names = sorted(within.rows["city_code"].unique())
    lacking = sorted(set(names) - set(() if distance is None else distance.index))
    if distance is None or lacking:
        raise DataError(f"city {lacking[0]}: found no distances, expected a row of the matrix")
    km = distance.loc[names, names].to_numpy()
    near = km <= cutoff
    weight = near.astype(float)
    if kernel == "bartlett" and cutoff > 0:
        weight *= 1 - np.minimum(km, cutoff) / cutoff
    city, year = within.codes("city_code")[:, 0], within.codes("year")[:, 0]
    scores = within.scores
    cube = np.zeros((year.max() + 1, len(names), scores.shape[1]))
    cube[year, city] = scores
    sums = cube.sum(axis=0)
    if other_years:
        meat = sums.T @ weight @ sums
    else:
        others = weight - np.eye(len(names))
        meat = sums.T @ sums + (cube.transpose(0, 2, 1) @ others @ cube).sum(axis=0)
    bread = np.linalg.inv(within.x.T @ within.x)
    return bread @ meat @ bread


def table(coef: pd.Series, made: Mapping[str, Covariance]) -> pd.DataFrame:
    """Standard errors, t, p and 95 % intervals: a row per term and covariance.

    Returns
    -------
    DataFrame
        ``term, error, coef, se, t, df, p, low, high``; from se on missing where a variance is not
        positive.
    """
    rows = []
    for error, found in made.items():
        variance = np.diag(found.cov)
        se = np.sqrt(np.where(variance > 0, variance, np.nan))
        for term, value, deviation in zip(coef.index, coef.to_numpy(), se, strict=True):
            t = value / deviation
            half = stats.t.ppf((1 + LEVEL) / 2, found.df) * deviation
            rows.append(
                {"term": term, "error": error, "coef": value, "se": deviation, "t": t}
                | {"df": found.df, "p": 2 * stats.t.sf(abs(t), found.df)}
                | {"low": value - half, "high": value + half}
            )
    return pd.DataFrame(rows)


def wild(within: Within, terms: Sequence[str], intervals: bool = True) -> pd.DataFrame:
    """Wild cluster bootstrap by city, and by province where there are ``FEWEST`` of them.

    Parameters
    ----------
    terms : sequence of str
        Regressors to test, one at a time.
    intervals : bool
        Whether to compute the intervals, which takes as long again; else they are missing.

    Returns
    -------
    DataFrame
        As from :func:`table`: ``t`` and ``se`` of the clustered covariance, ``p`` and the interval
        of :func:`lib.bootstrap.wild_cluster` and :func:`lib.bootstrap.interval`.
    """
    found, rows = within.found, within.rows
    made = []
    for error, cluster in (("city_wild", "city_code"), ("province_wild", "province")):
        if cluster not in rows or rows[cluster].nunique() < FEWEST:
            continue
        for term in terms:
            test = bootstrap.wild_cluster(rows, found.y, found.x, term, cluster=cluster)
            low, high = np.nan, np.nan
            if intervals:
                low, high = bootstrap.interval(rows, found.y, found.x, term, cluster=cluster)
            value = float(found.coef[term])
            made.append(
                {"term": term, "error": error, "coef": value, "se": value / test.statistic}
                | {"t": test.statistic, "df": test.clusters - 1, "p": test.p}
                | {"low": low, "high": high}
            )
    return pd.DataFrame(made)


def regress(prepared: pd.DataFrame, columns: Sequence[Specification]) -> dict[str, Within]:
    """The regressions of some columns, by key of the column.

    Parameters
    ----------
    prepared : DataFrame
        As from :func:`lib.specifications.prepare`.
    """
    return {s.column: Within.of(rows_of(prepared, s), "y", s.terms) for s in columns}


def claims(
    columns: Sequence[Specification],
    regressions: Mapping[str, Within],
    distance: pd.DataFrame,
    terms: Sequence[str] | None = None,
    intervals: bool = True,
) -> pd.DataFrame:
    """Every printed coefficient of some columns under every standard error.

    Parameters
    ----------
    columns : sequence of Specification
    regressions : mapping
        As from :func:`regress`.
    distance : DataFrame, cities x cities
        In km, as from :func:`lib.spatial.distances`.
    terms : sequence of str, optional
        Regressors to report; by default all.
    intervals : bool
        As in :func:`wild`.

    Returns
    -------
    DataFrame
        A row per printed cell and error: the columns of :func:`lib.published.compare` that say
        which cell it is and what is printed; ``coef`` to ``high`` of :func:`table`; ``error``,
        ``stars``, and ``verdict``, the ledger's rule with the stars of this error.
    """
    frames, estimates = [], {}
    for spec in columns:
        within = regressions[spec.column]
        estimates[spec.column] = within.found
        wanted = [term for term in spec.terms if terms is None or term in terms]
        every = table(within.found.coef, covariances(within, distance))
        found = pd.concat([every[every["term"].isin(wanted)], wild(within, wanted, intervals)])
        frames.append(found.assign(column=spec.column).rename(columns={"term": "row"}))
    cells = compare_table(tuple(columns), estimates)
    kept = ["table", "column", "heading", "row", "symbol", "printed", "printed_stars"]
    whole = cells[[*kept, "sign", "size"]].merge(pd.concat(frames), on=["column", "row"])
    whole["stars"] = [stars(p) for p in whole["p"]]
    whole["verdict"] = _verdicts(whole)
    order = {error: place for place, error in enumerate(LABELS)}
    whole["error"] = pd.Categorical(whole["error"], list(order), ordered=True)
    cell = whole.groupby(["column", "row"], sort=False).ngroup()
    return whole.assign(cell=cell).sort_values(["cell", "error"], ignore_index=True)


def _verdicts(cells: pd.DataFrame) -> np.ndarray:
    """The rule of :func:`lib.published.compare`, with ``stars`` from any standard error."""
    ours, theirs = cells["stars"] != "", cells["printed_stars"] != ""
    conditions = [
        cells["sign"] & cells["size"] & (ours == theirs),
        ~cells["sign"] & ours,
        theirs & ~ours,
    ]
    return np.select(conditions, ["agrees", "contradicts", "not found"], default="partly")


def counts(found: pd.DataFrame) -> pd.DataFrame:
    """How many errors give stars to each printed cell, and what becomes of its verdict.

    Parameters
    ----------
    found : DataFrame
        As from :func:`claims`.

    Returns
    -------
    DataFrame
        A row per cell: ``table, column, heading, row, symbol, printed, printed_stars, coef``;
        ``errors``, how many there are; ``at_10, at_5, at_1``, how many give stars; ``verdict``
        of the ledger, from the classical errors; ``others``, the other verdicts with the number
        of errors that give them, as "not found (3)"; ``firm``, whether there are none.
    """
    kept = ["table", "column", "heading", "row", "symbol", "printed", "printed_stars", "coef"]
    rows = []
    for _, part in found.groupby("cell", sort=True):
        first = part.iloc[0]
        ledger = part.loc[part["error"] == "classical", "verdict"].iloc[0]
        tally = part.loc[part["verdict"] != ledger, "verdict"].value_counts().sort_index()
        rows.append(
            {name: first[name] for name in kept}
            | {"errors": len(part)}
            | {f"at_{k}": int((part["p"] < k / 100).sum()) for k in (10, 5, 1)}
            | {"verdict": ledger, "firm": tally.empty}
            | {"others": ", ".join(f"{name} ({n})" for name, n in tally.items())}
        )
    return pd.DataFrame(rows)


def weight_of_cities(within: Within, term: str) -> pd.Series:
    """Share of each city in the variation that a slope is estimated from, largest first.

    Parameters
    ----------
    term : str
        A regressor.

    Returns
    -------
    Series
        By city code, adding up to one: sums of squares of the regressor once the effects and the
        other regressors are out.  One over the sum of their squares is the number of equal cities
        that would weigh the same.

    Raises
    ------
    lib.panel.DataError
        The regression has no such regressor.
    """
    net = _own_variation(within, term)
    squares = pd.Series(net**2).groupby(within.rows["city_code"].to_numpy()).sum()
    return (squares / squares.sum()).sort_values(ascending=False, kind="stable")


def _own_variation(within: Within, term: str) -> np.ndarray:
    if term not in within.found.x:
        raise DataError(f"term {term!r}: expected one of {', '.join(within.found.x)}")
    place = within.found.x.index(term)
    others = np.delete(within.x, place, axis=1)
    own = within.x[:, place]
    return own - others @ np.linalg.lstsq(others, own, rcond=None)[0]


def persistence(within: Within) -> float:
    """First-order autocorrelation of the residuals within cities, effects out."""
    keys = within.rows[["city_code", "year"]]
    frame = keys.assign(now=(within.y - within.x @ within.params)[:, 0])
    before = frame.assign(year=frame["year"] + 1).rename(columns={"now": "before"})
    pairs = frame.merge(before, on=["city_code", "year"])
    return float((pairs["now"] * pairs["before"]).mean() / (frame["now"] ** 2).mean())


def rejections(
    within: Within,
    terms: Sequence[str],
    rho: float = 0.0,
    draws: int = 300,
    bootstrap_draws: int = 399,
    level: float = 0.05,
    seed: int = bootstrap.SEED,
) -> pd.DataFrame:
    """How often tests reject a slope of zero that is true, with these regressors and gaps.

    Parameters
    ----------
    terms : sequence of str
        Regressors whose slopes are tested.
    rho : float
        Autocorrelation of the simulated errors within a city; they are normal, of one variance,
        and independent between cities.
    draws, bootstrap_draws, seed : int
    level : float

    Returns
    -------
    DataFrame
        Index `terms`; the share of draws rejected by the classical t (``classical``), the t
        clustered by city (``city``) and its wild cluster bootstrap (``city_wild``).
    """
    city, year = within.codes("city_code")[:, 0], within.codes("year")[:, 0]
    shape = (city.max() + 1, year.max() + 1)
    present = np.zeros(shape, dtype=bool)
    present[city, year] = True
    x = np.zeros((len(within.found.x), *shape))
    x[:, city, year] = within.rows[list(within.found.x)].to_numpy().T
    errors = np.random.default_rng(seed).normal(size=(draws, *shape))
    for t in range(1, shape[1]):
        errors[:, :, t] = rho * errors[:, :, t - 1] + np.sqrt(1 - rho**2) * errors[:, :, t]
    fits = batched.fit(errors, x, present)
    signs = bootstrap.weights(bootstrap_draws, shape[0], seed)
    rows = {}
    for term in terms:
        place = within.found.x.index(term)
        scores = bootstrap.Scores.many(fits, place)
        observed = np.abs([score.statistic for score in scores])[:, None]
        larger = (np.abs(bootstrap.curve(scores, signs)) >= observed).sum(axis=1)
        p = {
            "classical": fits.p("classical")[:, place],
            "city": fits.p("clustered")[:, place],
            "city_wild": (1 + larger) / (1 + len(signs)),
        }
        rows[term] = {error: float((value <= level).mean()) for error, value in p.items()}
    return pd.DataFrame(rows).T


def alike(within: Within, term: str, distance: pd.DataFrame, cutoff: float) -> dict[str, float]:
    """How alike neighbours are in a year: residuals, regressor, and the product of the two.

    Parameters
    ----------
    term : str
        A regressor, taken net of the effects and of the other regressors.
    distance : DataFrame, cities x cities
        In km.
    cutoff : float
        Cities at most so far apart are neighbours.

    Returns
    -------
    dict
        ``residual``, ``regressor``, ``score``: the mean product over pairs of neighbours of one
        year, over the mean square.  It is zero where neighbours are no more alike than others,
        and only the score's counts for the slope's variance.

    Raises
    ------
    lib.panel.DataError
        As :func:`weight_of_cities`; no two cities of a year are within the cut-off.
    """
    city, year = within.codes("city_code")[:, 0], within.codes("year")[:, 0]
    names = sorted(within.rows["city_code"].unique())
    near = (distance.loc[names, names].to_numpy() <= cutoff) & ~np.eye(len(names), dtype=bool)
    shape = (year.max() + 1, len(names))
    present = np.zeros(shape)
    present[year, city] = 1.0
    pairs = (present @ near * present).sum()
    if not pairs:
        raise DataError(f"cut-off: found no pair of cities within {cutoff:g} km")
    regressor = _own_variation(within, term)
    residual = (within.y - within.x @ within.params)[:, 0]
    found = {}
    parts = {"residual": residual, "regressor": regressor, "score": residual * regressor}
    for name, values in parts.items():
        cells = np.zeros(shape)
        cells[year, city] = values
        found[name] = float((cells @ near * cells).sum() / pairs / (values**2).mean())
    return found


def few_clusters(
    regressions: Mapping[str, Within], columns: Sequence[Specification], terms: Sequence[str]
) -> pd.DataFrame:
    """p-values by province from t and from the bootstrap, and the smallest there can be.

    Parameters
    ----------
    regressions : mapping
        As from :func:`regress`.
    terms : sequence of str
        Regressors to test, where a column has them.

    Returns
    -------
    DataFrame
        ``heading, row, provinces``; ``t`` from t(P-1); ``rademacher``, ``webb``; ``smallest``,
        2 / 2^P, the smallest p-value that Rademacher weights can give, since changing all signs
        together changes nothing.
    """
    made = []
    for spec in columns:
        within = regressions[spec.column]
        for term in (term for term in terms if term in spec.terms):
            signs, webb = (
                bootstrap.wild_cluster(
                    within.rows, within.found.y, spec.terms, term, cluster="province", weights=kind
                )
                for kind in ("rademacher", "webb")
            )
            made.append(
                {"heading": spec.heading, "row": term, "provinces": signs.clusters}
                | {"t": signs.p_clustered, "rademacher": signs.p, "webb": webb.p}
                | {"smallest": 2.0 ** (1 - signs.clusters)}
            )
    return pd.DataFrame(made)
