"""Which 41?  Tables 1 to 3 on samples of 41 cities, since the paper does not list its own.

A sample is a row of a frame of booleans: columns are city codes, and True says that the city is
in.  :func:`draw` makes random samples, :func:`largest` the "41 largest by X", and
:func:`estimate` runs the seven columns of Tables 1 to 3 on each of them: the regressions of
:func:`lib.specifications.estimates`, with IA computed anew within every sample.

Method
------
A city's rows do not depend on the sample that it is in, but for one factor a year.  With s_it the
sector's share, equation (4) scaled to mean one is ``IA_it = a_t s_it``, where ``a_t`` is the number
of the sample's cities over the sum of their shares.  So every variable of every sample is a linear
combination of a fixed *basis* of columns that are freed of city means once: REG; each regressor
without IA; the share, and its product with LM, year by year; the year dummies.  Cross-products of
the basis are computed once a city and summed over the cities of a sample.  The factors a_t turn
the sum into the moments of the sample's regression, and the year effects are projected out of the
moments (Frisch, Waugh and Lovell).  Residuals are combinations of the same basis; their products
with the regressors, summed within a city, are the scores of the clustered covariance.
Nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import comb
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from threadpoolctl import ThreadpoolController
from tqdm import tqdm

from lib import panel, published
from lib.estimation import partial_correlation
from lib.panel import DataError
from lib.specifications import BASELINE, SPECIFICATIONS, SYMBOL, Reading, Specification, prepare

DRAWS = 10_000
LEAST = 8
ROUNDS, SWAPS = 30, 200
REACHES = ("upper", "middle", "lower")
STATUS = ("defined", "too few rows", "unconnected", "collinear", "no spread")
"""Why a regression is undefined, by its code in `Draws.status`: what lib.estimation finds first.

``too few rows``: no row, one city, or no degree of freedom.  ``unconnected``: cities and years in
parts that share neither.  ``collinear``: a regressor has nothing of its own left.  ``no spread``:
an exact fit, or no variation between clusters.
"""

Errors = Literal["classical", "clustered"]
Same = Literal["sign", "star", "stars"]

_OF_IA = ("ia", "lm_ia")  # the regressors that depend on the sample
# Shares of a squared norm: linearmodels calls a regressor absorbed when 1e-5 of its norm is left,
# and lib.estimation calls a fit exact when 1e-10 of the norm of y is.
_ABSORBED, _EXACT = 1e-10, 1e-20
_CHUNK = 250


@dataclass(frozen=True)
class Draws:
    """The printed cells, estimated on R samples.

    Attributes
    ----------
    samples : Index
        Labels of the samples.
    cells : DataFrame
        A row per printed coefficient (23): ``table, column, heading, row, symbol, printed,
        printed_stars, printed_t, printed_r``, as in :func:`lib.published.compare`.
    coef, t, clustered_t, df : array (R, 23)
        Slope, its classical t, its t clustered by city, residual degrees of freedom.  NaN where
        the regression is undefined.
    level, clustered_level : int array (R, 23)
        Stars that the t earns by the rule under the paper's tables, 0 to 3; 0 where undefined.
    status, nobs, cities : int array (R, 7)
        Column by column of the tables: code in ``STATUS``, rows, clusters.
    """

    samples: pd.Index
    cells: pd.DataFrame
    coef: np.ndarray
    t: np.ndarray
    clustered_t: np.ndarray
    df: np.ndarray
    level: np.ndarray
    clustered_level: np.ndarray
    status: np.ndarray
    nobs: np.ndarray
    cities: np.ndarray

    @property
    def defined(self) -> np.ndarray:
        """Whether a cell has an estimate: bool (R, 23)."""
        return np.isfinite(self.coef)

    @property
    def r(self) -> np.ndarray:
        """Partial correlations (R, 23): t / sqrt(t^2 + df), from the classical t."""
        return self.t / np.sqrt(self.t**2 + self.df)


# -- samples --------------------------------------------------------------------------------------


def pool(data: pd.DataFrame, sample: str = "belt110") -> pd.DataFrame:
    """The cities of a sample of :func:`lib.panel.sample`: ``city_code, reach``, by code."""
    rows = panel.sample(data, sample)[["city_code", "reach"]].drop_duplicates()
    return rows.sort_values("city_code").reset_index(drop=True)


def law(cities: pd.DataFrame, size: int = published.CITIES, least: int = LEAST) -> pd.DataFrame:
    """How many cities of each reach a random sample has: the exact law.

    Parameters
    ----------
    cities : DataFrame
        As from :func:`pool`.
    size, least : int
        Cities in a sample, and the least number from each reach.

    Returns
    -------
    DataFrame
        A row per division of `size`: ``upper, middle, lower``, ``subsets`` (how many sets of
        cities are so divided, exact integers) and ``probability`` (their share).

    Raises
    ------
    lib.panel.DataError
        No set of cities meets the condition.
    """
    upper, middle, lower = (int((cities["reach"] == reach).sum()) for reach in REACHES)
    rows = [
        (u, m, size - u - m, comb(upper, u) * comb(middle, m) * comb(lower, size - u - m))
        for u in range(least, upper + 1)
        for m in range(least, middle + 1)
        if least <= size - u - m <= lower
    ]
    if not rows:
        raise DataError(
            f"pool: found {upper} upper, {middle} middle and {lower} lower cities; "
            f"expected {size}, with {least} or more of each reach"
        )
    frame = pd.DataFrame(rows, columns=[*REACHES, "subsets"], dtype=object)
    frame = frame.astype(dict.fromkeys(REACHES, int))
    total = sum(frame["subsets"])
    return frame.assign(probability=[count / total for count in frame["subsets"]])


def draw(
    cities: pd.DataFrame,
    draws: int = DRAWS,
    size: int = published.CITIES,
    least: int = LEAST,
    seed: int = 41,
) -> pd.DataFrame:
    """Random samples, uniform over all sets of `size` cities with `least` or more of each reach.

    The numbers from each reach are drawn from :func:`law`, and then so many cities of the reach
    without replacement.  Every admissible set has the same chance, and none is drawn in vain.

    Returns
    -------
    DataFrame of bool, draws x city codes
    """
    rng = np.random.default_rng(seed)
    divisions = law(cities, size, least)
    which = rng.choice(len(divisions), size=draws, p=divisions["probability"].to_numpy())
    keys = rng.random((draws, len(cities)))
    chosen = np.zeros(keys.shape, dtype=bool)
    for reach in REACHES:
        there = np.flatnonzero(cities["reach"] == reach)
        place = keys[:, there].argsort(axis=1).argsort(axis=1)
        chosen[:, there] = place < divisions[reach].to_numpy()[which, None]
    return pd.DataFrame(chosen, columns=pd.Index(cities["city_code"]))


def named(data: pd.DataFrame, cities: pd.DataFrame, *names: str) -> pd.DataFrame:
    """Samples that have a name in :func:`lib.panel.sample`: names x city codes of `cities`."""
    codes = pd.Index(cities["city_code"])
    chosen = [codes.isin(pool(data, name)["city_code"]) for name in names]
    return pd.DataFrame(np.array(chosen), pd.Index(names, name="sample"), codes)


QUOTAS = ("none", "8 a reach", "12/14/15")
ORDERS = ("largest", "smallest")


def largest(data: pd.DataFrame, cities: pd.DataFrame, size: int = published.CITIES) -> pd.DataFrame:
    """The 41 largest, and smallest, by each indicator: in each year, and by the mean over years.

    The indicators are those of the panel (:data:`lib.panel.INDICATORS`), and longitude and
    latitude.  Ties go to the lower city code.  Three quotas: ``none``; ``8 a reach``, the 8 first
    of each reach and then the first of the rest; ``12/14/15``, so many of the upper, middle and
    lower reach, in proportion to the Belt.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load_indicators`.
    cities : DataFrame
        As from :func:`pool`: who may be in.

    Returns
    -------
    DataFrame of bool, samples x city codes
        Index ``indicator, when, order, quota``; no row where too few cities have a value.
    """
    rows = data[data["city_code"].isin(cities["city_code"])]
    values: dict[tuple[str, str], pd.Series] = {}
    for indicator in panel.INDICATORS:
        wide = rows.pivot(index="city_code", columns="year", values=indicator)
        values |= {(indicator, str(year)): wide[year] for year in wide}
        values[indicator, "mean"] = wide.mean(axis=1)
    places = rows.groupby("city_code")[["lon", "lat"]].first()
    values |= {(indicator, "always"): places[indicator] for indicator in places}

    reach = cities["reach"].to_numpy()
    samples: dict[tuple[str, str, str, str], np.ndarray] = {}
    for (indicator, when), series in values.items():
        value = series.reindex(cities["city_code"]).to_numpy()
        for order in ORDERS:
            ranked = np.argsort(-value if order == "largest" else value, kind="stable")
            ranked = ranked[np.isfinite(value[ranked])]
            for quota in QUOTAS:
                chosen = _first(ranked, reach, quota, size)
                if chosen is not None:
                    samples[indicator, when, order, quota] = chosen
    index = pd.MultiIndex.from_tuples(samples, names=["indicator", "when", "order", "quota"])
    return pd.DataFrame(np.array(list(samples.values())), index, pd.Index(cities["city_code"]))


def _first(ranked: np.ndarray, reach: np.ndarray, quota: str, size: int) -> np.ndarray | None:
    """Mark the first `size` of the ranked cities under a quota; None where there are too few."""
    wanted = {"none": (0, 0, 0), "8 a reach": (LEAST,) * 3, "12/14/15": (12, 14, 15)}[quota]
    chosen = np.zeros(len(reach), dtype=bool)
    for name, number in zip(REACHES, wanted, strict=True):
        there = ranked[reach[ranked] == name]
        if len(there) < number:
            return None
        chosen[there[:number]] = True
    rest = ranked[~chosen[ranked]]
    missing = size - int(chosen.sum())
    if len(rest) < missing:
        return None
    chosen[rest[:missing]] = True
    return chosen


# -- the regressions ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Study:
    """Everything that does not depend on the sample, computed once for many calls.

    Attributes
    ----------
    codes : Index
        City codes, the columns that samples must have.
    cells : DataFrame
        The printed cells, as in `Draws`.
    """

    codes: pd.Index
    cells: pd.DataFrame
    _share: np.ndarray
    _blocks: tuple[_Block, ...]

    @classmethod
    def of(
        cls,
        data: pd.DataFrame,
        codes: pd.Index,
        reading: Reading = BASELINE,
        columns: Sequence[Specification] = SPECIFICATIONS,
    ) -> Study:
        """Prepare to run `columns` under `reading` on samples of the cities `codes`.

        Raises
        ------
        lib.panel.DataError
            A city is not in the data, or is there twice.
        """
        codes = pd.Index(codes)
        unknown = sorted(set(codes) - set(data["city_code"]))
        if unknown or codes.has_duplicates:
            found = f"city {unknown[0]}" if unknown else "a city twice"
            raise DataError(f"samples: found {found}; expected cities of the data, each once")
        years = pd.Index(sorted(data["year"].unique()))
        share = _Wide(data, codes, years).values(reading.agglomeration)
        kept = _Wide(prepare(data, replace(reading, sample="belt110")), codes, years)
        reach = data.drop_duplicates("city_code").set_index("city_code")["reach"].loc[codes]
        blocks = [_Block.of(spec, kept, share, reach.to_numpy()) for spec in columns]
        return cls(codes, _printed(columns), share, tuple(blocks))

    def estimate(self, samples: pd.DataFrame) -> Draws:
        """Run the columns on every sample; see :func:`estimate`."""
        if samples.empty or not samples.columns.equals(self.codes):
            found = "none" if samples.empty else "other cities"
            raise DataError(f"samples: found {found}; expected samples of the study's cities")
        chosen = samples.to_numpy(dtype=float)
        counted, summed = np.isfinite(self._share).astype(float), np.nan_to_num(self._share)
        parts: list[list[_Fits]] = [[] for _ in self._blocks]
        starts = range(0, len(chosen), _CHUNK)
        with _blas().limit(limits=1, user_api="blas"):
            for start in tqdm(starts, desc="samples", disable=None, delay=5):
                some = chosen[start : start + _CHUNK]
                total = some @ summed
                factor = (some @ counted) / np.where(total > 0, total, 1.0)
                for block, part in zip(self._blocks, parts, strict=True):
                    part.append(block.fit(some, factor))
        fits = [_Fits(*map(np.concatenate, zip(*part, strict=True))) for part in parts]
        return _collect(samples.index, self.cells, fits)


def estimate(
    data: pd.DataFrame,
    samples: pd.DataFrame,
    reading: Reading = BASELINE,
    columns: Sequence[Specification] = SPECIFICATIONS,
) -> Draws:
    """Tables 1 to 3 on every sample, IA computed within it.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load_indicators`.
    samples : DataFrame of bool
        Samples x city codes, as from :func:`draw` or :func:`largest`.
    reading : Reading
        Its ``sample`` is not looked at: a row of `samples` takes its place.
    columns : sequence of Specification
        The columns to run; by default all seven.

    Returns
    -------
    Draws
        Row by row what :func:`lib.specifications.estimates` gives for the rows of the sample;
        where that raises, the status says why.

    Raises
    ------
    lib.panel.DataError
        There is no sample, or a city of `samples` is not in the data, or is there twice.
    """
    return Study.of(data, samples.columns, reading, columns).estimate(samples)


@dataclass(frozen=True)
class _Wide:
    """Columns of the rows as arrays (cities, years); NaN where a row or a value is missing."""

    rows: pd.DataFrame
    codes: pd.Index
    years: pd.Index

    def values(self, column: str) -> np.ndarray:
        wide = self.rows.pivot(index="city_code", columns="year", values=column)
        return wide.reindex(index=self.codes, columns=self.years).to_numpy(dtype=float)


@cache
def _blas() -> ThreadpoolController:
    """The matrices are small: threads would spend more time waiting than computing."""
    return ThreadpoolController()


class _Fits(NamedTuple):
    """One column on R samples: (R, K) in the order of the column's terms, and (R,)."""

    coef: np.ndarray
    t: np.ndarray
    clustered_t: np.ndarray
    df: np.ndarray
    status: np.ndarray
    nobs: np.ndarray
    cities: np.ndarray


@dataclass(frozen=True)
class _Block:
    """What one column of the tables needs of its N cities and T years, whatever the sample.

    Cities and years without a row are left out: ``where`` and ``when`` are those that stay.
    ``plain`` (N, T, P) are the regressors without IA, ``ahead`` (N, T, A) those with it before the
    factor a_t; absent rows are zero.  ``basis`` (F, N T) is y, the plain ones, each of ``ahead``
    year by year, the year dummies, all less their city means; ``gram`` (N, F (F+1) / 2) the upper
    triangle of its cross-products.
    """

    order: np.ndarray
    where: np.ndarray
    when: np.ndarray
    present: np.ndarray
    plain: np.ndarray
    ahead: np.ndarray
    squares: tuple[np.ndarray, np.ndarray, np.ndarray]
    basis: np.ndarray
    gram: np.ndarray

    @classmethod
    def of(cls, spec: Specification, kept: _Wide, share: np.ndarray, reach: np.ndarray) -> _Block:
        lm = kept.values("lm")
        before = {"ia": share, "lm_ia": lm * share}
        plain = [term for term in spec.terms if term not in _OF_IA]
        ahead = [term for term in spec.terms if term in _OF_IA]
        columns = [kept.values("y"), *map(kept.values, plain), *(before[term] for term in ahead)]
        values = np.stack(columns)  # (1+P+A, cities, years)
        inside = (kept.years >= spec.years[0]) & (kept.years <= spec.years[1])
        present = np.isfinite(values).all(axis=0) & inside
        if spec.reach is not None:
            present &= (reach == spec.reach)[:, None]
        where, when = np.flatnonzero(present.any(axis=1)), np.flatnonzero(present.any(axis=0))
        present = present[np.ix_(where, when)]
        values = np.where(present, values[:, where][:, :, when], 0.0)

        n, t = present.shape
        each_year = np.eye(t)[:, None, :] * present  # (T, N, T)
        first = 1 + len(plain)
        yearly = [each_year * column for column in values[first:]]
        basis = np.concatenate([values[:first], *yearly, each_year])
        means = basis.sum(axis=2) / np.maximum(present.sum(axis=1), 1)
        basis = np.where(present, basis - means[:, :, None], 0.0)
        by_city = basis.transpose(1, 0, 2)
        upper = np.triu_indices(len(basis))
        names = [*plain, *ahead]
        return cls(
            order=np.array([names.index(term) for term in spec.terms]),
            where=where,
            when=when,
            present=present,
            plain=values[1:first].transpose(1, 2, 0),
            ahead=values[first:].transpose(1, 2, 0),
            squares=(
                (values[0] ** 2).sum(axis=1),
                (values[1:first] ** 2).sum(axis=2).T,
                values[first:].transpose(1, 2, 0) ** 2,
            ),
            basis=basis.reshape(len(basis), n * t),
            gram=(by_city @ by_city.transpose(0, 2, 1))[:, upper[0], upper[1]],
        )

    def fit(self, chosen: np.ndarray, factor: np.ndarray) -> _Fits:
        """Regress: `chosen` (R, all cities) of 0 and 1, `factor` (R, all years)."""
        draws, (n, t), slopes = len(chosen), self.present.shape, len(self.order)
        if not n:
            none, zero = np.full((draws, slopes), np.nan), np.zeros(draws, dtype=int)
            return _Fits(none, none, none, zero, zero + 1, zero, zero)
        chosen = np.ascontiguousarray(chosen[:, self.where])
        factor = np.ascontiguousarray(factor[:, self.when])
        ahead = self.ahead.shape[2]
        nobs = (chosen @ self.present.sum(axis=1)).astype(int)
        cities = (chosen @ self.present.any(axis=1)).astype(int)
        used = (chosen @ self.present) > 0
        years = used.sum(axis=1)
        df = nobs - cities - years + 1 - slopes
        status = np.where(cities < 2, 1, 0)

        # The moments of y, x and the year dummies, all freed of city means.
        moments = _square(chosen @ self.gram, len(self.basis))
        moments = _apply(_apply(moments, factor, ahead).transpose(0, 2, 1), factor, ahead)
        normal = moments[:, 1 + slopes :, 1 + slopes :].copy()
        status = _first_fault(status, ~_connected(normal, used), 2)
        status = _first_fault(status, df <= 0, 1)
        # Absent years get an effect of zero, and effects are centred: both leave slopes alone.
        normal[:, np.arange(t), np.arange(t)] += ~used
        normal += used[:, :, None] * used[:, None, :] / t
        normal[status > 0] = np.eye(t)
        crossed = moments[:, 1 + slopes :, : 1 + slopes]
        effects = np.linalg.solve(normal, crossed)
        net = moments[:, : 1 + slopes, : 1 + slopes] - crossed.transpose(0, 2, 1) @ effects

        norms_ahead = np.einsum("rt,rta->ra", factor**2, _sum(chosen, self.squares[2]))
        norms = np.concatenate([chosen @ self.squares[1], norms_ahead], axis=1)
        xx = net[:, 1:, 1:].copy()
        status = _first_fault(status, _collinear(xx, norms), 3)
        xx[status > 0] = np.eye(slopes)
        bread = np.linalg.inv(xx)
        coef = (bread @ net[:, 1:, :1])[:, :, 0]

        # Residuals as combinations of the basis, and the scores of each city.
        by_year = effects[:, :, 0] - (effects[:, :, 1:] @ coef[:, :, None])[:, :, 0]
        plain = slopes - ahead
        yearly = (coef[:, plain:, None] * factor[:, None]).reshape(draws, -1)
        weights = np.concatenate([np.ones((draws, 1)), -coef[:, :plain], -yearly, -by_year], axis=1)
        residuals = (weights @ self.basis).reshape(draws, n, t) * chosen[:, :, None]
        rss = np.einsum("rnt,rnt->r", residuals, residuals)
        scores = np.concatenate(
            [
                _by_city(residuals, self.plain),
                _by_city(residuals * factor[:, None], self.ahead),
            ],
            axis=2,
        )
        scores -= residuals @ effects[:, :, 1:]
        influence = scores @ bread
        safe = np.where(status > 0, 1, df)
        classical = (rss / safe)[:, None] * np.diagonal(bread, axis1=1, axis2=2)
        groups = np.maximum(cities, 2)
        small = groups / (groups - 1) * (nobs - 1) / np.where(status > 0, 1, nobs - slopes - years)
        clustered = small[:, None] * np.einsum("rnk,rnk->rk", influence, influence)
        flat = (rss <= _EXACT * (chosen @ self.squares[0])) | (
            clustered <= _ABSORBED * classical
        ).any(axis=1)
        status = _first_fault(status, flat, 4)

        bad = (status > 0)[:, None]
        coef = np.where(bad, np.nan, coef)[:, self.order]
        classical, clustered = (
            np.sqrt(np.where(bad, 1.0, variance))[:, self.order]
            for variance in (classical, clustered)
        )
        return _Fits(coef, coef / classical, coef / clustered, df, status, nobs, cities)


def _square(triangle: np.ndarray, size: int) -> np.ndarray:
    """Symmetric matrices (R, F, F) from their upper triangles."""
    place = np.zeros((size, size), dtype=int)
    place[np.triu_indices(size)] = np.arange(triangle.shape[1])
    return triangle.take(np.maximum(place, place.T).ravel(), axis=1).reshape(-1, size, size)


def _sum(chosen: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum (N, T, A) over the chosen cities: (R, T, A)."""
    return (chosen @ values.reshape(len(values), -1)).reshape(len(chosen), *values.shape[1:])


def _apply(moments: np.ndarray, factor: np.ndarray, ahead: int) -> np.ndarray:
    """Put the factors of IA on the rows of ``ahead`` and add these up over years."""
    draws, size, _ = moments.shape
    t = factor.shape[1]
    plain = size - (ahead + 1) * t
    yearly = moments[:, plain:-t].reshape(draws, ahead, t, -1)
    summed = (factor[:, None, None] @ yearly)[:, :, 0]
    return np.concatenate([moments[:, :plain], summed, moments[:, -t:]], axis=1)


def _by_city(residuals: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Sum over years of residuals (R, N, T) times values (N, T, K): (R, N, K)."""
    return (residuals.transpose(1, 0, 2) @ values).transpose(1, 0, 2)


def _connected(normal: np.ndarray, used: np.ndarray) -> np.ndarray:
    """Whether cities link all years in use: bool (R,).

    A city with rows in two years has -1/rows between them in `normal`, and links them.
    """
    years = used.shape[1]
    linked = (normal < -1e-6) | np.eye(years, dtype=bool)
    both = used[:, :, None] & used[:, None, :]
    whole = (linked | ~both).all(axis=(1, 2))
    paths = linked[~whole].astype(float)  # in most samples some city links each two years
    for _ in range(int(np.ceil(np.log2(years)))):
        paths = (paths @ paths > 0).astype(float)
    whole[~whole] = ((paths > 0) | ~both[~whole]).all(axis=(1, 2))
    return whole


def _collinear(xx: np.ndarray, norms: np.ndarray) -> np.ndarray:
    """Whether some regressor has nothing left once those before it are taken out: bool (R,)."""
    left = xx.copy()
    found = np.zeros(len(xx), dtype=bool)
    for k in range(xx.shape[1]):
        pivot = left[:, k, k]
        gone = pivot <= _ABSORBED * norms[:, k]
        found |= gone
        pivot = np.where(gone, 1.0, pivot)
        left = left - left[:, :, k, None] * left[:, None, k] / pivot[:, None, None]
    return found


def _first_fault(status: np.ndarray, fault: np.ndarray, code: int) -> np.ndarray:
    return np.where((status == 0) & fault, code, status)


def _printed(columns: Sequence[Specification]) -> pd.DataFrame:
    """The printed cells of some columns, as in `Draws.cells`."""
    parts = []
    for spec in columns:
        cells = published.coefficients(spec.table)
        cells = cells[cells["column"] == spec.column].set_index("row").loc[list(spec.terms)]
        r = partial_correlation(cells["t"], published.printed_df(spec))["r"]
        part = {
            "table": spec.table,
            "column": spec.column,
            "heading": spec.heading,
            "row": list(spec.terms),
            "symbol": [SYMBOL[term] for term in spec.terms],
            "printed": cells["coef"].to_numpy(),
            "printed_stars": cells["stars"].to_numpy(),
            "printed_t": cells["t"].to_numpy(),
            "printed_r": r.to_numpy(),
        }
        parts.append(pd.DataFrame(part))
    return pd.concat(parts, ignore_index=True)


def _collect(samples: pd.Index, cells: pd.DataFrame, fits: Sequence[_Fits]) -> Draws:
    """Columns side by side, with the stars that each t earns."""
    terms = [fit.coef.shape[1] for fit in fits]
    coef, t, clustered_t = (
        np.concatenate([fit[part] for fit in fits], axis=1) for part in range(3)
    )
    df, status, nobs, cities = (
        np.column_stack([fit[part] for fit in fits]) for part in range(3, 7)
    )
    df, clusters = np.repeat(df, terms, axis=1), np.repeat(cities, terms, axis=1)
    levels = _level(t, df), _level(clustered_t, clusters - 1)
    return Draws(samples, cells, coef, t, clustered_t, df, *levels, status, nobs, cities)


def _level(t: np.ndarray, df: np.ndarray) -> np.ndarray:
    """Stars by number, 0 to 3, of t on t(df)."""
    size, at = np.abs(np.nan_to_num(t)), np.clip(df, 1, None) - 1
    bounds = _bounds(int(at.max()) + 1)
    return np.stack([size > bound[at] for bound in bounds]).sum(axis=0)


@cache
def _bounds(most: int) -> np.ndarray:
    """Where |t| earns each star, (3, most): degrees of freedom are whole numbers from 1."""
    levels = np.array([level for level, _ in published.LEVELS])
    return stats.t.isf(levels[:, None] / 2, np.arange(1, most + 1))


# -- beside the printed cells ---------------------------------------------------------------------


def matches(draws: Draws, same: Same, errors: Errors = "classical") -> np.ndarray:
    """Which estimates are like the printed cell: bool (R, 23); False where undefined.

    Parameters
    ----------
    same : {"sign", "star", "stars"}
        ``sign``: the coefficient has the printed sign.  ``star``: and a star where one is printed,
        none where none is.  ``stars``: and as many as are printed.
    errors : {"classical", "clustered"}
        The t that earns the stars.
    """
    found = np.sign(draws.coef) == np.sign(draws.cells["printed"].to_numpy())
    level = draws.level if errors == "classical" else draws.clustered_level
    printed = draws.cells["printed_stars"].str.len().to_numpy()
    if same == "sign":
        return found
    if same == "star":
        return found & ((level > 0) == (printed > 0))
    return found & (level == printed) & draws.defined


def groups(cells: pd.DataFrame) -> dict[str, np.ndarray]:
    """Positions of the cells of each column, of each table, and of all: title -> array."""
    found = {
        f"Table {table}, {heading}": part.index.to_numpy()
        for (table, heading), part in cells.groupby(["table", "heading"], sort=False)
    }
    found |= {f"Table {t}, all": p.index.to_numpy() for t, p in cells.groupby("table")}
    return found | {"All tables": cells.index.to_numpy()}


def patterns(draws: Draws, errors: Errors = "classical") -> pd.DataFrame:
    """In how many samples all cells of a column, of a table, of the paper are as printed at once.

    Returns
    -------
    DataFrame
        A row per group of :func:`groups`: ``group, cells, defined`` (samples in which all the
        columns exist), and ``sign, star, stars``: samples that match in all cells of the group.
    """
    kinds: tuple[Same, ...] = ("sign", "star", "stars")
    same = {kind: matches(draws, kind, errors) for kind in kinds}
    rows = [
        {"group": name, "cells": len(at), "defined": int(draws.defined[:, at].all(axis=1).sum())}
        | {kind: int(found[:, at].all(axis=1).sum()) for kind, found in same.items()}
        for name, at in groups(draws.cells).items()
    ]
    return pd.DataFrame(rows)


def distribution(draws: Draws) -> pd.DataFrame:
    """Each printed cell over the samples in which it is defined.

    Returns
    -------
    DataFrame
        The columns of ``Draws.cells``, ``defined`` (samples), and over these

        - ``r_low, r_mid, r_high``: 5 %, 50 % and 95 % quantile of the partial correlation, and
          the same of ``coef`` and of ``t``;
        - ``r_below, t_below, coef_below``: share of samples below the printed figure;
        - ``outside``: whether the printed r is beyond every sample's;
        - ``sign, star, stars, clustered_star, clustered_stars``: shares of :func:`matches`;
        - ``wanted, clustered_wanted``: share with the printed sign and a star, whatever is
          printed; ``opposed, clustered_opposed``: the other sign and a star.

    Raises
    ------
    lib.panel.DataError
        A cell is defined in no sample.
    """
    cells = draws.cells
    defined = draws.defined
    if not defined.any(axis=0).all():
        lost = cells[~defined.any(axis=0)].iloc[0]
        raise DataError(f"{lost['heading']}: found no sample in which it is defined; expected one")
    count = defined.sum(axis=0)
    found: dict[str, np.ndarray] = {"defined": count}
    for name, values in (("r", draws.r), ("t", draws.t), ("coef", draws.coef)):
        printed = cells["printed" if name == "coef" else f"printed_{name}"].to_numpy()
        low, mid, high = np.nanquantile(values, [0.05, 0.5, 0.95], axis=0)
        found |= {f"{name}_low": low, f"{name}_mid": mid, f"{name}_high": high}
        found[f"{name}_below"] = (values < printed).sum(axis=0) / count
    found["outside"] = np.isin(found["r_below"], [0.0, 1.0])
    sign = matches(draws, "sign")
    found["sign"] = sign.sum(axis=0) / count
    by_errors: dict[Errors, np.ndarray] = {
        "classical": draws.level,
        "clustered": draws.clustered_level,
    }
    kinds: tuple[Same, ...] = ("star", "stars")
    for errors, level in by_errors.items():
        prefix = "" if errors == "classical" else "clustered_"
        for same in kinds:
            found[prefix + same] = matches(draws, same, errors).sum(axis=0) / count
        found[f"{prefix}wanted"] = (sign & (level > 0)).sum(axis=0) / count
        found[f"{prefix}opposed"] = (defined & ~sign & (level > 0)).sum(axis=0) / count
    return cells.assign(**found)


def membership(draws: Draws, samples: pd.DataFrame) -> pd.DataFrame:
    """What one city does: mean partial correlation of samples with it, less that without it.

    Parameters
    ----------
    samples : DataFrame of bool
        The samples that `draws` were estimated on.

    Returns
    -------
    DataFrame, city codes x cells
        In the order of ``Draws.cells``; missing where a cell has no sample of one of the kinds.
    """
    inside = samples.to_numpy(dtype=float)
    there, r = draws.defined.astype(float), np.nan_to_num(draws.r)
    means = []
    for member in (inside, 1 - inside):
        count = member.T @ there
        means.append(np.where(count > 0, member.T @ r / np.maximum(count, 1), np.nan))
    return pd.DataFrame(means[0] - means[1], index=samples.columns, columns=draws.cells.index)


def independent(share: np.ndarray) -> np.ndarray:
    """Law of the number of cells that match, were each to match by itself with its `share`.

    Returns
    -------
    array
        Probabilities of 0, 1, ... len(share) matches (the Poisson-binomial law).
    """
    mass = np.ones(1)
    for p in share:
        mass = np.convolve(mass, [1 - p, p])
    return mass


# -- a search over samples ------------------------------------------------------------------------


@dataclass(frozen=True)
class Search:
    """A climb from one random sample: best score after each round, and what was looked at."""

    path: tuple[float, ...]
    looked: int
    best: Draws


def search(
    data: pd.DataFrame,
    cities: pd.DataFrame,
    goal: Callable[[Draws], np.ndarray],
    reading: Reading = BASELINE,
    columns: Sequence[Specification] = SPECIFICATIONS,
    rounds: int = ROUNDS,
    swaps: int = SWAPS,
    seed: int = 41,
) -> Search:
    """Exchange cities one for one, within a reach, as long as the goal gains by it.

    Each round makes `swaps` random exchanges in the best sample so far, estimates them all, and
    goes on from the first with the highest score, unless all are lower.

    Parameters
    ----------
    goal : function
        Score of each sample of a `Draws`, larger is better; NaN counts as worst.
    """
    rng = np.random.default_rng(seed)
    reach = cities["reach"].to_numpy()
    best = draw(cities, draws=1, seed=seed)
    study = Study.of(data, best.columns, reading, columns)
    found = study.estimate(best)
    path = [float(goal(found)[0])]
    for _ in range(rounds):
        tried = np.repeat(best.to_numpy(), swaps, axis=0)
        leaving = rng.choice(np.flatnonzero(tried[0]), size=swaps)
        may_enter = ~tried & (reach == reach[leaving, None])
        entering = np.where(may_enter, rng.random(tried.shape), -1.0).argmax(axis=1)
        tried[np.arange(swaps), leaving] = False
        tried[np.arange(swaps), entering] = True
        draws = study.estimate(pd.DataFrame(tried, columns=best.columns))
        score = np.nan_to_num(goal(draws), nan=-np.inf)
        top = int(score.argmax())
        if score[top] >= path[-1]:
            best = pd.DataFrame(tried[top : top + 1], columns=best.columns)
        path.append(max(path[-1], float(score[top])))
    return Search(tuple(path), 1 + rounds * swaps, study.estimate(best))
