"""Do slopes change over time, or between groups of cities?  Tests that allow for clusters.

Every question is put in one form: a regression with some more columns, and the null hypothesis
that these have no coefficient.  The columns are the regressors times "after 2016" (Chow's
test [1]_), the same for any other year (Andrews's sup-Wald test [2]_), the regressors times each
year, or times each reach.  :class:`lib.restrictions.Restriction` is such a regression.

Conventions
-----------
An effect of a city can be one per city or one per city and period, an effect of a year one per
year or one per reach and year.  Covariances, tests and bootstrap are those of
:mod:`lib.restrictions`.

References
----------
.. [1] Chow, G. C. (1960). Tests of equality between sets of coefficients in two linear
   regressions. *Econometrica*, 28(3), 591-605.
.. [2] Andrews, D. W. K. (1993). Tests for parameter instability and structural change with
   unknown change point. *Econometrica*, 61(4), 821-856.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

from lib import bootstrap
from lib.panel import DataError
from lib.restrictions import SEED, Restriction, Wald, draws_for, exceeding

TERMS = ("lm", "ia", "lm_ia")
YEAR = 2016  # the last year of the paper's first period
MARGIN = 3  # years that a break leaves on either side
LEVEL = 0.05

CityEffects = Literal["common", "period"]


def sample(rows: pd.DataFrame, terms: Sequence[str] = TERMS) -> pd.DataFrame:
    """Complete rows, with IA centred in the product so that LM's slope is that of an average city.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.prepare`, IA scaled to mean 1.

    Notes
    -----
    ``LM (IA - 1)`` in the place of ``LM IA`` leaves fit, tests of all slopes and the coefficients
    of IA and of the product as they are; LM's becomes b1 + b3.
    """
    rows = rows.dropna(subset=["y", *terms])
    return rows.assign(lm_ia=rows["lm"] * (rows["ia"] - 1)) if "lm_ia" in terms else rows


def halves(rows: pd.DataFrame, year: int, terms: Sequence[str] = TERMS) -> pd.DataFrame:
    """Add ``late`` (1 after `year`), and each term before and after, as ``ia_early, ia_late``.

    Raises
    ------
    lib.panel.DataError
        No year is left on one side.
    """
    late = (rows["year"] > year).astype(int)
    if late.nunique() < 2:
        raise DataError(f"break after {year}: found no year on one side, expected some on both")
    split = {f"{k}_early": rows[k] * (1 - late) for k in terms}
    split |= {f"{k}_late": rows[k] * late for k in terms}
    return rows.assign(late=late, **split)


def _entity(effects: CityEffects) -> tuple[str, ...]:
    if effects not in get_args(CityEffects):
        raise DataError(f"city effects {effects!r}: expected one of {get_args(CityEffects)}")
    return ("city_code", "late") if effects == "period" else ("city_code",)


def chow(
    rows: pd.DataFrame,
    year: int = YEAR,
    effects: CityEffects = "common",
    terms: Sequence[str] = TERMS,
    weights: np.ndarray | None = None,
) -> pd.DataFrame:
    """Chow's test of a break after `year`, for all slopes together and for each.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`sample`.
    effects : {"common", "period"}
        One effect per city, or one per city and period: the latter is two separate regressions.

    Returns
    -------
    DataFrame
        Index ``all`` and the terms: ``before, after, change, se`` (NaN in the row ``all``) and
        the fields of :class:`Wald`.
    """
    both, entity = halves(rows, year, terms), _entity(effects)
    after = [f"{k}_late" for k in terms]
    slopes = Restriction.of(both, [*(f"{k}_early" for k in terms), *after], entity=entity)
    joint = Restriction.of(both, after, terms, entity=entity)
    found = {"all": vars(joint.test(weights))}
    for i, term in enumerate(terms):
        others = [name for name in after if name != after[i]]
        one = Restriction.of(both, [after[i]], [*terms, *others], entity=entity)
        found[term] = {
            "before": slopes.coef[i],
            "after": slopes.coef[i + len(terms)],
            "change": one.coef[0],
            "se": float(np.sqrt(one.cov[0, 0])),
        } | vars(one.test(weights))
    columns = ["before", "after", "change", "se", *Wald.__dataclass_fields__]
    return pd.DataFrame.from_dict(found, orient="index", columns=columns)


@dataclass(frozen=True)
class SupWald:
    """A search for a break over all admissible years.

    Attributes
    ----------
    path : DataFrame
        A row per year after which the slopes may break: ``year, stat, p, rss``; p as if the
        year had been known beforehand.
    stat, year : float, int
        The largest Wald statistic, and its year.
    fitted_year : int
        Year with the smallest residual sum of squares: the least-squares date of a break.
    df, clusters : int
    wild, critical : float
        Bootstrap p-value of `stat`, and 5 % critical value.
    andrews_p, andrews_critical : float
        The same from Andrews's limiting distribution, see :func:`andrews_p`.
    known_critical : float
        5 % critical value for one year known beforehand, ``q F(q, G-1)``.
    """

    path: pd.DataFrame
    stat: float
    year: int
    fitted_year: int
    df: int
    clusters: int
    wild: float
    critical: float
    andrews_p: float
    andrews_critical: float
    known_critical: float


def sup_wald(
    rows: pd.DataFrame,
    effects: CityEffects = "common",
    terms: Sequence[str] = TERMS,
    margin: int = MARGIN,
    weights: np.ndarray | None = None,
) -> SupWald:
    """Largest Wald statistic of a break in all slopes, over the years that leave a margin.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`sample`.
    margin : int
        Years before and after the break, at the least.
    weights : array (B, G), optional
        By default :func:`draws_for`.

    Raises
    ------
    lib.panel.DataError
        There are fewer than two margins of years.

    Notes
    -----
    A bootstrap sample has no break in any year, and all years are searched in it; the residuals
    are those of the regression without break and with one effect per city.
    """
    years = sorted(rows["year"].unique())
    if len(years) < 2 * margin:
        raise DataError(f"found {len(years)} years, expected twice the margin of {margin}")
    weights = draws_for(rows) if weights is None else weights
    whole = Restriction.of(rows, terms)
    path, draws = [], np.zeros(len(weights))
    for year in years[margin - 1 : -margin]:
        both = halves(rows, year, terms)
        after = [f"{k}_late" for k in terms]
        one = Restriction.of(both, after, terms, entity=_entity(effects))
        found = one.test()
        path.append({"year": year, "stat": found.stat, "p": found.p, "rss": one.rss})
        draws = np.maximum(draws, one.bootstrap(weights, whole.errors))
    table, q = pd.DataFrame(path), len(terms)
    stat = float(table["stat"].max())
    shares = margin / len(years), 1 - margin / len(years)
    return SupWald(
        path=table,
        stat=stat,
        year=int(table.loc[table["stat"].idxmax(), "year"]),
        fitted_year=int(table.loc[table["rss"].idxmin(), "year"]),
        df=q,
        clusters=whole.clusters,
        wild=exceeding(draws, stat, whole.clusters),
        critical=float(np.quantile(draws, 1 - LEVEL)),
        andrews_p=andrews_p(stat, q, *shares),
        andrews_critical=andrews_critical(q, *shares),
        known_critical=float(q * stats.f.isf(LEVEL, q, whole.clusters - 1)),
    )


def andrews_p(stat: float, q: int, first: float, last: float) -> float:
    """Probability that Andrews's limit of a sup-Wald statistic exceeds a value.

    Parameters
    ----------
    stat : float
        Statistic c, in the range of small probabilities.
    q : int
        Restrictions.
    first, last : float
        Shares of the years before the earliest and the latest break.

    Notes
    -----
    The limit is the supremum of a standardised tied-down Bessel process.  This is DeLong's
    approximation to its tail,
    ``(c/2)^(q/2) exp(-c/2) / Gamma(q/2) * ((1 - q/c) log(l) + 2/c)`` with
    ``l = last (1 - first) / (first (1 - last))``; see Estrella (2003, *Econometric Theory*, 19(6),
    1128-1143).
    """
    odds = last * (1 - first) / (first * (1 - last))
    log_density = q / 2 * np.log(stat / 2) - stat / 2 - special.gammaln(q / 2)
    return float(min(1.0, np.exp(log_density) * ((1 - q / stat) * np.log(odds) + 2 / stat)))


def andrews_critical(q: int, first: float, last: float, level: float = LEVEL) -> float:
    """Critical value of Andrews's limit, from :func:`andrews_p`."""
    start = float(stats.chi2.isf(level, q))
    return float(optimize.brentq(lambda c: andrews_p(c, q, first, last) - level, start, 200.0))


FREED = ("lm", "ia")  # slopes that may differ from year to year; that of the product does not


def _steps(rows: pd.DataFrame, years: Sequence[int], freed: Sequence[str]) -> pd.DataFrame:
    """Add each freed term after each year, ``ia_after_2016``, and times the years from 2016."""
    new = {f"{k}_line": rows[k] * (rows["year"] - YEAR) for k in freed}
    new |= {f"{k}_after_{s}": rows[k] * (rows["year"] > s) for k in freed for s in years}
    return rows.assign(**new)


@dataclass(frozen=True)
class Descriptions:
    """Two descriptions of slopes that change: one step after a year, and a straight line.

    Attributes
    ----------
    step, line : float
        Share that a step after `year`, and a line, take of the fit that slopes free in every year
        add to constant ones: shares of a reduction of the residual sum of squares.
    best, best_year : float, int
        The same for the step that fits best among the years that leave a margin.
    per_year : Series
        By term: change of its slope per year along the line.
    step_given_line, line_given_step : Wald
        Whether one adds anything to the other.
    years_under_line : Series
        By year: share of bootstrap samples in which the slopes change along the estimated line,
        and never at once, and a step after this year fits best.
    """

    step: float
    best: float
    best_year: int
    line: float
    per_year: pd.Series
    step_given_line: Wald
    line_given_step: Wald
    years_under_line: pd.Series


def descriptions(
    rows: pd.DataFrame,
    year: int = YEAR,
    freed: Sequence[str] = FREED,
    held: Sequence[str] = ("lm_ia",),
    margin: int = MARGIN,
    weights: np.ndarray | None = None,
) -> Descriptions:
    """Set a step after `year` against a straight line, in the slopes of the freed terms.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`sample`.
    freed, held : sequence of str
        Terms whose slopes change, and terms with one slope.  City effects are common.
    weights : array (B, G), optional
        By default :func:`draws_for`.
    """
    weights = draws_for(rows) if weights is None else weights
    years = [int(t) for t in sorted(rows["year"].unique())]
    rows = _steps(rows, years[:-1], freed)
    freed, held = list(freed), list(held)
    always = freed + held
    after = {s: [f"{k}_after_{s}" for k in freed] for s in years[:-1]}
    slanted = [f"{k}_line" for k in freed]
    line = Restriction.of(rows, slanted, always)
    free = Restriction.of(rows, [name for s in after for name in after[s]], always)
    constant = float(free.residuals @ free.residuals)
    steps = {s: Restriction.of(rows, after[s], always) for s in years[margin - 1 : -margin]}
    gains = {s: (constant - one.rss) / (constant - free.rss) for s, one in steps.items()}
    best = max(gains, key=lambda s: gains[s])

    # Fit that each step gains in samples that follow the line: quadratic forms in D'y.
    slant = rows.loc[line.labels, slanted].to_numpy() @ line.coef
    drawn = []
    for one in steps.values():
        total = weights @ one._sums(one.tested * line.errors[:, None]) + slant @ one.tested
        drawn.append(((total @ one.bread) * total).sum(axis=1))
    winners = np.array(list(steps))[np.argmax(drawn, axis=0)]
    shares = pd.Series(winners).value_counts(normalize=True).reindex(list(steps), fill_value=0.0)
    return Descriptions(
        step=gains[year],
        best=gains[best],
        best_year=best,
        line=(constant - line.rss) / (constant - free.rss),
        per_year=pd.Series(line.coef, freed),
        step_given_line=Restriction.of(rows, after[year], always + slanted).test(weights),
        line_given_step=Restriction.of(rows, slanted, always + after[year]).test(weights),
        years_under_line=shares,
    )


@dataclass(frozen=True)
class ByYear:
    """Slopes year by year, as differences from a year of reference.

    Attributes
    ----------
    path : DataFrame
        A row per term and year: ``term, year, change, se, low, high, band_low, band_high``.
        ``low, high`` hold one change with 95 % probability, the band holds all changes of the
        term at once.  All are zero in the year of reference.
    tests : dict of str to Wald
        Per term, that its slope is the same in all years; ``within``: that all freed slopes are
        the same within either period; ``all``: that all are the same in all years.
    base : Series
        By term: slope in the year of reference.
    """

    path: pd.DataFrame
    tests: dict[str, Wald]
    base: pd.Series


def by_year(
    rows: pd.DataFrame,
    reference: int = YEAR,
    freed: Sequence[str] = FREED,
    held: Sequence[str] = ("lm_ia",),
    weights: np.ndarray | None = None,
) -> ByYear:
    """Slopes of the freed terms in each year, less those of the year of reference.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`sample`.
    reference : int
        Also the last year of the first period in the test ``within``.

    Raises
    ------
    lib.panel.DataError
        The year of reference is not in the rows.

    Notes
    -----
    Intervals use t(G-1).  The band is the sup-t band of Montiel Olea and Plagborg-Moller (2019,
    *Journal of Applied Econometrics*, 34(1), 1-17): the 95 % quantile of the largest absolute
    value of a t vector with the estimated correlations, from 20,000 draws with a fixed seed.
    """
    years = [int(t) for t in sorted(rows["year"].unique())]
    if reference not in years:
        raise DataError(f"year of reference {reference}: expected one of {years}")
    weights = draws_for(rows) if weights is None else weights
    freed, held = list(freed), list(held)
    others = [t for t in years if t != reference]
    names = {k: [f"{k}_{t}" for t in others] for k in freed}
    rows = halves(rows, reference, freed)
    rows = rows.assign(**{f"{k}_{t}": rows[k] * (rows["year"] == t) for k in freed for t in others})
    every = [name for k in freed for name in names[k]]
    whole = Restriction.of(rows, every, freed + held)
    tests = {"all": whole.test(weights)}
    for k in freed:
        rest = [name for j in freed if j != k for name in names[j]]
        tests[k] = Restriction.of(rows, names[k], [*freed, *held, *rest]).test(weights)
    first_after = min(t for t in others if t > reference)
    inside = [f"{k}_{t}" for k in freed for t in others if t != first_after]
    late = [f"{k}_late" for k in freed]
    tests["within"] = Restriction.of(rows, inside, [*freed, *held, *late]).test(weights)

    se = np.sqrt(np.diag(whole.cov))
    df, size = whole.clusters - 1, len(others)
    half = stats.t.ppf(1 - LEVEL / 2, df)
    rng = np.random.default_rng(SEED)
    parts = []
    for i, k in enumerate(freed):
        block = slice(i * size, (i + 1) * size)
        correlation = whole.cov[block, block] / np.outer(se[block], se[block])
        normal = rng.standard_normal((20_000, size)) @ np.linalg.cholesky(correlation).T
        scale = np.sqrt(rng.chisquare(df, 20_000) / df)
        band = float(np.quantile(np.abs(normal).max(axis=1) / scale, 1 - LEVEL))
        change = {"term": k, "year": others, "change": whole.coef[block], "se": se[block]}
        path = pd.DataFrame(change)
        path.loc[size] = [k, reference, 0.0, 0.0]
        for name, reach in (("", half), ("band_", band)):
            path[f"{name}low"] = path["change"] - reach * path["se"]
            path[f"{name}high"] = path["change"] + reach * path["se"]
        parts.append(path.sort_values("year"))
    base = Restriction.of(rows, freed, [*held, *every])
    return ByYear(pd.concat(parts, ignore_index=True), tests, pd.Series(base.coef, freed))


def equal_slopes(
    rows: pd.DataFrame,
    group: str = "reach",
    cluster: str = "city_code",
    own_years: bool = True,
    terms: Sequence[str] = TERMS,
    weights: np.ndarray | None = None,
) -> pd.DataFrame:
    """Test that slopes are the same in all groups of cities.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`sample`, with the columns `group` and `cluster`.
    own_years : bool
        Each group has its own year effects, as in separate regressions.

    Returns
    -------
    DataFrame
        Index ``all`` and the terms; the fields of :class:`Wald`, NaN where the clusters are too
        few for a covariance of so many coefficients.
    """
    weights = draws_for(rows, cluster) if weights is None else weights
    rows, names = _interacted(rows, group, terms)
    time = (group, "year") if own_years else ("year",)
    found = {}
    for row in ("all", *terms):
        tested = [name for k in terms for name in names[k] if row in ("all", k)]
        others = [name for k in terms for name in names[k] if row not in ("all", k)]
        one = Restriction.of(rows, tested, [*terms, *others], time=time, cluster=cluster)
        try:
            found[row] = vars(one.test(weights))
        except DataError:
            found[row] = {"df": len(tested), "clusters": one.clusters}
    return pd.DataFrame.from_dict(found, orient="index", columns=list(Wald.__dataclass_fields__))


def _interacted(
    rows: pd.DataFrame, group: str, terms: Sequence[str]
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Add each term in each group but the last, as ``ia_lower``; and the names, by term."""
    labels = np.unique(rows[group])[:-1]
    names = {k: [f"{k}_{label}" for label in labels] for k in terms}
    inside = {label: rows[group] == label for label in labels}
    return rows.assign(**{f"{k}_{g}": rows[k] * inside[g] for k in terms for g in labels}), names


def placebo(
    rows: pd.DataFrame,
    sizes: Sequence[int],
    repeats: int = 100,
    draws: int = 199,
    terms: Sequence[str] = TERMS,
) -> pd.DataFrame:
    """Test equality between groups that chance has made, again and again.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`sample`.
    sizes : sequence of int
        Cities drawn for each group, without replacement.
    repeats, draws : int
        Groupings, and bootstrap draws for each.

    Returns
    -------
    DataFrame
        A row per grouping: p-values of the test of all slopes, ``f_p`` (classical), ``p``
        (clustered by city) and ``wild``.
    """
    rng = np.random.default_rng(SEED)
    cities = np.sort(rows["city_code"].unique())
    if sum(sizes) > len(cities):
        raise DataError(f"found {len(cities)} cities, expected at least {sum(sizes)}")
    labels = np.repeat(np.arange(len(sizes)), sizes)
    weights = bootstrap.weights(draws, len(labels), seed=SEED)
    found = []
    for _ in range(repeats):
        drawn = pd.Series(labels, rng.permutation(cities)[: len(labels)])
        some = rows.loc[rows["city_code"].isin(drawn.index), ["city_code", "year", "y", *terms]]
        some = some.assign(group=some["city_code"].map(drawn))
        some, names = _interacted(some, "group", terms)
        tested = [name for k in terms for name in names[k]]
        test = Restriction.of(some, tested, terms, time=("group", "year")).test(weights)
        found.append((test.f_p, test.p, test.wild))
    return pd.DataFrame(found, columns=["f_p", "p", "wild"])


def printed_equality(printed: pd.DataFrame) -> pd.DataFrame:
    """Test that printed coefficients are the same in all columns of a table.

    Parameters
    ----------
    printed : DataFrame
        As from :func:`lib.published.coefficients`: ``column, row, coef, t``.

    Returns
    -------
    DataFrame
        Index: row of the table; ``stat`` (Cochran's Q: squared deviations from the mean weighted
        by 1/se^2, se = coef / t), ``df``, ``p`` from chi-squared(df).
    """
    found = {}
    for row, cells in printed.groupby("row", sort=False):
        weight = (cells["t"] / cells["coef"]) ** 2
        mean = (weight * cells["coef"]).sum() / weight.sum()
        stat = float((weight * (cells["coef"] - mean) ** 2).sum())
        df = len(cells) - 1
        found[row] = {"stat": stat, "df": df, "p": float(stats.chi2.sf(stat, df))}
    return pd.DataFrame.from_dict(found, orient="index")
