"""What the printed Tables 1 to 3 say of themselves: errors, stars, terms, differences, power.

Everything here follows from the printed digits.  A coefficient and its t give the standard error,
and all three are known to half a unit of the third decimal; no check is called failed unless it
fails wherever in that interval the unrounded figures lie.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd
from scipy import stats

from lib import indicators, published
from lib.published import CITIES_OF_REACH, LEVELS
from lib.specifications import CONTROLS, SPECIFICATIONS, SYMBOL

HALF_UNIT = 0.0005
"""Half a unit of the third decimal: how far a printed figure may be from the one behind it."""

MARKS = ("", "*", "**", "***")
_CELL = ["table", "column", "row", "label"]


def load() -> pd.DataFrame:
    """Every printed cell of Tables 1 to 3, as from :func:`lib.published.load`."""
    return pd.concat([published.load(table) for table in (1, 2, 3)], ignore_index=True)


def coefficients(printed: pd.DataFrame) -> pd.DataFrame:
    """The printed coefficients, with what the text says of the columns they stand in.

    Parameters
    ----------
    printed : DataFrame
        As from :func:`load`.

    Returns
    -------
    DataFrame
        A row per coefficient in the order of the tables: ``table, column, heading, row, symbol,
        label`` ("IA (Model 1)"), ``printed, printed_stars, printed_t``, ``df`` (residual degrees
        of freedom of :func:`lib.published.printed_df`) and ``clusters`` (cities, which is how
        many clusters there are if errors are clustered by city).
    """
    cells = printed.dropna(subset="coef").set_index(["column", "row"])
    rows = []
    for spec in SPECIFICATIONS:
        for row in [term for term in SYMBOL if (spec.column, term) in cells.index]:
            cell = cells.loc[(spec.column, row)]
            rows.append(
                {
                    "table": spec.table,
                    "column": spec.column,
                    "heading": spec.heading,
                    "row": row,
                    "symbol": SYMBOL[row],
                    "label": f"{SYMBOL[row]} ({spec.heading})",
                    "printed": cell["coef"],
                    "printed_stars": cell["stars"],
                    "printed_t": cell["t"],
                    "df": published.printed_df(spec),
                    "clusters": CITIES_OF_REACH[spec.reach],
                }
            )
    return pd.DataFrame(rows)


# --- standard errors and stars ------------------------------------------------------------------


def standard_errors(cells: pd.DataFrame) -> pd.DataFrame:
    """Standard errors that the printed coefficients and t imply, as far as rounding lets see.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`coefficients`.

    Returns
    -------
    DataFrame
        ``table, column, row, label`` and ``se`` = coefficient / t with ``se_low, se_high``, the
        smallest and largest ratio of two numbers that round to the printed ones.  ``se_high`` is
        infinite where the t may be zero.
    """
    b, t = cells["printed"].abs(), cells["printed_t"].abs()
    smallest_t = t - HALF_UNIT
    high = (b + HALF_UNIT) / smallest_t.where(smallest_t > 0)
    return cells[_CELL].assign(
        se=b / t,
        se_low=(b - HALF_UNIT).clip(lower=0) / (t + HALF_UNIT),
        se_high=high.fillna(np.inf),
    )


def _cutoffs(quantile: Callable[[float], object]) -> dict[str, object]:
    return {mark: quantile(level) for level, mark in LEVELS}


RULES: Mapping[str, Callable[[pd.DataFrame], dict[str, object]]] = {
    "N(0,1)": lambda cells: _cutoffs(lambda level: stats.norm.isf(level / 2)),
    "t(df)": lambda cells: _cutoffs(lambda level: stats.t.isf(level / 2, cells["df"])),
    "t(G − 1)": lambda cells: _cutoffs(
        lambda level: stats.t.isf(level / 2, cells["clusters"] - 1)
    ),
    "N(0,1), one-sided": lambda cells: _cutoffs(stats.norm.isf),
    "1.64, 1.96, 2.58": lambda cells: {"*": 1.64, "**": 1.96, "***": 2.58},
}
"""Rules for stars: |t| from which each mark is given.  The last is N(0,1) cut to two decimals."""

EXACT = ("N(0,1)", "t(df)", "t(G − 1)")
"""The rules that are two-sided tests at exactly 10, 5 and 1 %."""


def marks(t: pd.Series, cells: pd.DataFrame, rule: str) -> pd.Series:
    """Stars of t-values under one of ``RULES``.

    Parameters
    ----------
    t : Series
        Aligned to ``cells``.
    cells : DataFrame
        As from :func:`coefficients`; gives the degrees of freedom.

    Raises
    ------
    KeyError
        There is no such rule.
    """
    reached = sum((t.abs() >= cutoff).astype(int) for cutoff in RULES[rule](cells).values())
    return reached.map(dict(enumerate(MARKS)))


def check_stars(cells: pd.DataFrame) -> pd.DataFrame:
    """Compare the printed stars with those that the printed t earn under every rule.

    Returns
    -------
    DataFrame
        A row per cell and rule: ``table, column, row, label, printed_t, printed_stars, rule``,
        ``mark`` (stars of the t as printed), ``least, most`` (stars of the smallest and largest
        |t| that round to it), ``agrees`` (mark is as printed) and ``possible`` (the printed stars
        lie between least and most).
    """
    frames = []
    size = cells["printed_t"].abs()
    rank = {mark: place for place, mark in enumerate(MARKS)}
    for rule in RULES:
        least = marks((size - HALF_UNIT).clip(lower=0), cells, rule)
        most = marks(size + HALF_UNIT, cells, rule)
        mark = marks(size, cells, rule)
        shown = cells["printed_stars"].map(rank)
        frames.append(
            cells[[*_CELL, "printed_t", "printed_stars"]].assign(
                rule=rule,
                mark=mark,
                least=least,
                most=most,
                agrees=mark == cells["printed_stars"],
                possible=shown.between(least.map(rank), most.map(rank)),
            )
        )
    return pd.concat(frames, ignore_index=True)


def rules_compared(checks: pd.DataFrame) -> pd.DataFrame:
    """How many printed stars each rule gives back.

    Parameters
    ----------
    checks : DataFrame
        As from :func:`check_stars`.

    Returns
    -------
    DataFrame
        Index rule, in the order of ``RULES``: ``cells, agree`` (as printed), ``possible`` (within
        rounding) and ``failing``, the tuple of labels of cells that are not possible.
    """
    rows = {
        rule: {
            "cells": len(part),
            "agree": int(part["agrees"].sum()),
            "possible": int(part["possible"].sum()),
            "failing": tuple(part.loc[~part["possible"], "label"]),
        }
        for rule, part in checks.groupby("rule", sort=False)
    }
    return pd.DataFrame.from_dict(rows, orient="index")


def unearned(checks: pd.DataFrame) -> pd.DataFrame:
    """Cells whose printed stars no exact two-sided rule gives, wherever in its interval t lies.

    Returns
    -------
    DataFrame
        ``table, column, row, label, printed_t, printed_stars``, ``mark`` (what N(0,1) gives),
        ``stronger`` (whether more stars are earned than printed) and ``rescued_by``, the tuple of
        the other rules under which the printed stars are possible.
    """
    exact = checks[checks["rule"].isin(EXACT)]
    fails = ~exact.groupby(["column", "row"])["possible"].any()
    normal = checks[checks["rule"] == "N(0,1)"].set_index(["column", "row"])
    found = normal[fails.reindex(normal.index)].reset_index()
    other = checks[~checks["rule"].isin(EXACT) & checks["possible"]]
    rescued = other.groupby(["column", "row"])["rule"].agg(tuple)
    keys = pd.MultiIndex.from_frame(found[["column", "row"]])
    return found[[*_CELL, "printed_t", "printed_stars", "mark"]].assign(
        stronger=found["mark"].str.len() > found["printed_stars"].str.len(),
        rescued_by=[rescued.get(key, ()) for key in keys],
    )


def p_values(cells: pd.DataFrame) -> pd.DataFrame:
    """Two-sided p-values of the printed t: ``label, normal, t_df, t_clusters``."""
    size = cells["printed_t"].abs()
    return cells[_CELL].assign(
        normal=2 * stats.norm.sf(size),
        t_df=2 * stats.t.sf(size, cells["df"]),
        t_clusters=2 * stats.t.sf(size, cells["clusters"] - 1),
    )


# --- terms --------------------------------------------------------------------------------------

EQUATIONS: Mapping[str, tuple[str, ...]] = {
    "Equation (1)": ("lm", "ia", *CONTROLS),
    "Equation (2)": ("lm", "ia", "lm_ia"),
}
"""The regressors of the paper's equations.  Both have a constant, and no effects."""

EFFECTS: Mapping[str, str] = {"entity_effects": "City effects", "time_effects": "Year effects"}
CONTROLLED = "控制"
"""What the tables print in the rows of effects that are in the regression."""

ABOUT: Mapping[str, str] = {"hausman_p": "choice of estimator", "adj_r2": "fit"}
"""What a row is about.  Coefficients are about the level of REG, which is the left-hand side of
both equations: real GDP per resident, by the definition of Section 3.1."""


def terms(printed: pd.DataFrame) -> pd.DataFrame:
    """Which terms each equation and each printed column has.

    Returns
    -------
    DataFrame of bool
        Index: the symbols of the regressors, then the effects.  Columns: the equations, then the
        headings of the printed columns.
    """
    names = [*dict.fromkeys(name for held in EQUATIONS.values() for name in held), *EFFECTS]
    columns = {name: [row in held for row in names] for name, held in EQUATIONS.items()}
    by_column = printed.set_index(["column", "row"])
    for spec in SPECIFICATIONS:
        cells = by_column.loc[spec.column]
        held = set(cells.index[cells["coef"].notna() | (cells["text"] == CONTROLLED)])
        columns[spec.heading] = [row in held for row in names]
    index = pd.Index([SYMBOL.get(name) or EFFECTS[name] for name in names], name="term")
    return pd.DataFrame(columns, index=index)


def departures(held: pd.DataFrame) -> pd.DataFrame:
    """How the regressors of each printed column differ from those of each equation.

    Parameters
    ----------
    held : DataFrame
        As from :func:`terms`.

    Returns
    -------
    DataFrame
        A row per column and equation: ``heading, equation, lacks, adds``; the last two are tuples
        of symbols.  Effects are left out: no equation has them.
    """
    regressors = held.drop(index=list(EFFECTS.values()))
    rows = []
    for heading in regressors.columns.drop(list(EQUATIONS)):
        for equation in EQUATIONS:
            wanted, found = regressors[equation], regressors[heading]
            rows.append(
                {
                    "heading": heading,
                    "equation": equation,
                    "lacks": tuple(regressors.index[wanted & ~found]),
                    "adds": tuple(regressors.index[found & ~wanted]),
                }
            )
    return pd.DataFrame(rows)


# --- the Hausman rows -------------------------------------------------------------------------


def hausman_rows(printed: pd.DataFrame) -> pd.DataFrame:
    """The printed Hausman p-values beside the effects that each column controls for.

    Returns
    -------
    DataFrame
        A row per column: ``heading, p, fixed`` (whether city effects are in), and ``at_5, at_10``
        (whether the test rejects random effects at that level).
    """
    cells = printed.set_index(["column", "row"])["text"]
    rows = []
    for spec in SPECIFICATIONS:
        p = float(cells.loc[(spec.column, "hausman_p")])
        fixed = cells.loc[(spec.column, "entity_effects")] == CONTROLLED
        rows.append({"heading": spec.heading, "p": p, "fixed": fixed})
    found = pd.DataFrame(rows)
    return found.assign(at_5=found["p"] < 0.05, at_10=found["p"] < 0.10)


# --- definitions --------------------------------------------------------------------------------


@dataclass(frozen=True)
class MobilityRange:
    """Values of equation (3) as printed, L_t / L_(t-1) - k_t, on a panel.

    Attributes
    ----------
    smallest, largest : float
        Over the city-years that have k.
    n : int
        Their number.
    largest_k : float
        The largest natural growth rate among them, as a share.
    loss_needed : float
        Share of its residents that a city with that k would have to lose in one year for
        equation (3) to reach zero: 1 - k.
    negative_per_mille : float
        Share of the city-years in which equation (3) is negative if k is put in per thousand, the
        unit in which yearbooks print it.
    """

    smallest: float
    largest: float
    n: int
    largest_k: float
    loss_needed: float
    negative_per_mille: float


def mobility_range(data: pd.DataFrame) -> MobilityRange:
    """What equation (3) gives on the official panel.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load_indicators`: ``lm_flow_gross`` is L_t / L_(t-1) - 1 and
        ``lm_flow`` is that less k, so equation (3) as printed is 1 + ``lm_flow``.
    """
    rows = data.dropna(subset=["lm_flow", "lm_flow_gross"])
    values = 1 + rows["lm_flow"]
    k = rows["lm_flow_gross"] - rows["lm_flow"]
    return MobilityRange(
        smallest=float(values.min()),
        largest=float(values.max()),
        n=len(rows),
        largest_k=float(k.max()),
        loss_needed=1 - float(k.max()),
        negative_per_mille=float((1 + rows["lm_flow_gross"] < 1000 * k).mean()),
    )


def agglomeration_range(cities: int = published.CITIES) -> pd.DataFrame:
    """Equation (4) where industry is spread evenly, and where one city has all of it.

    Returns
    -------
    DataFrame
        Index ``even, single``; ``stated`` (what the text says the index tends to), ``largest,
        smallest`` and ``mean`` over the cities, from :func:`lib.indicators.ia`.
    """
    share = {"even": np.full(cities, 0.4), "single": np.eye(cities)[0] * 0.4}
    rows = {}
    for name, stated in (("even", 0.0), ("single", 1.0)):
        frame = pd.DataFrame({"year": 2008, "share_secondary": share[name]})
        ia = indicators.ia(frame)
        rows[name] = {"stated": stated, "largest": ia.max(), "smallest": ia.min()}
        rows[name]["mean"] = ia.mean()
    return pd.DataFrame.from_dict(rows, orient="index")


# --- sample -------------------------------------------------------------------------------------

NAMED: Mapping[str, tuple[str, ...]] = {
    "upper": ("Sichuan", "Yunnan", "Guizhou", "Chongqing"),
    "middle": ("Hubei", "Hunan", "Jiangxi"),
    "lower": ("Jiangsu", "Zhejiang", "Shanghai"),
}
"""Provinces and municipalities that Section 4.4 names for each reach."""


def cities_by_reach(cities: pd.DataFrame) -> pd.DataFrame:
    """Cities of the Belt by reach, and how many of them lie in provinces that the paper names.

    Parameters
    ----------
    cities : DataFrame
        As from :func:`lib.panel.load_cities`.

    Returns
    -------
    DataFrame
        Index reach and ``all``; ``cities, named`` (counts) and ``left_out``, a tuple of provinces.
    """
    every = tuple(name for names in NAMED.values() for name in names)
    parts = {reach: (cities[cities["reach"] == reach], names) for reach, names in NAMED.items()}
    rows = {}
    for group, (part, names) in (parts | {"all": (cities, every)}).items():
        named = part["province_en"].isin(names)
        left_out = tuple(sorted(part.loc[~named, "province_en"].unique()))
        rows[group] = {"cities": len(part), "named": int(named.sum()), "left_out": left_out}
    return pd.DataFrame.from_dict(rows, orient="index")


def unions_of_provinces(cities: pd.DataFrame, size: int = published.CITIES) -> pd.DataFrame:
    """Sets of whole provinces of the Belt that hold exactly ``size`` cities.

    Returns
    -------
    DataFrame
        A row per set: ``provinces`` (tuple), ``reaches`` (in how many of the three reaches they
        lie) and ``named`` (how many of them Section 4.4 names).
    """
    counts = cities["province_en"].value_counts().to_dict()
    reach = dict(zip(cities["province_en"], cities["reach"], strict=True))
    listed = {name for names in NAMED.values() for name in names}
    rows = [
        {
            "provinces": chosen,
            "reaches": len({reach[name] for name in chosen}),
            "named": len(listed & set(chosen)),
        }
        for k in range(1, len(counts) + 1)
        for chosen in combinations(sorted(counts), k)
        if sum(counts[name] for name in chosen) == size
    ]
    return pd.DataFrame(rows, columns=["provinces", "reaches", "named"])


# --- comparisons --------------------------------------------------------------------------------

PAIRS = (("2008-2016", "2017-2023"), ("upper", "lower"), ("middle", "lower"), ("upper", "middle"))
"""Columns that the text sets against each other."""


def differences(cells: pd.DataFrame) -> pd.DataFrame:
    """Do two printed coefficients differ?  The test that the paper's comparisons go without.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`coefficients`.

    Returns
    -------
    DataFrame
        A row per pair of ``PAIRS`` and regressor: ``first, second`` (headings), ``row, symbol``,
        ``difference, z, p`` of :func:`lib.published.differences`, which takes the estimates for
        independent; ``shared`` (whether the columns are about the same cities); and
        ``greatest_z, least_p``: the largest |z| that any rounding of the four figures and, where
        cities are shared, any correlation of the two estimates allow, and its p-value.

    Notes
    -----
    var(b2 - b1) = se1^2 + se2^2 - 2 rho se1 se2 is least at rho = 1, where it is (se1 - se2)^2.
    In each of the four figures alone, z is monotone over the box of rounding if the denominator
    does not vanish (rho = 1) or se2^2 + b1 b2 / t1^2 and its mirror image keep their sign
    (rho = 0; so they do where b1 and b2 have one sign), so that the largest |z| is at a corner.
    Where the denominator may vanish the bound is infinite.
    """
    unneeded = {"coef": np.nan, "clustered_t": np.nan}
    tested = published.differences(cells.assign(**unneeded), PAIRS)
    tested = tested.drop(columns=["difference", "z", "p"]).rename(
        columns=lambda name: name.removeprefix("printed_")
    )
    reach = {spec.heading: spec.reach for spec in SPECIFICATIONS}
    shared = tested["first"].map(reach).isna() & tested["second"].map(reach).isna()
    figures = cells.set_index(["heading", "row"])[["printed", "printed_t"]]
    one = figures.loc[pd.MultiIndex.from_frame(tested[["first", "row"]])].to_numpy()
    two = figures.loc[pd.MultiIndex.from_frame(tested[["second", "row"]])].to_numpy()
    greatest = [
        _greatest_z(b1, t1, b2, t2, same)
        for (b1, t1), (b2, t2), same in zip(one, two, shared, strict=True)
    ]
    return tested.assign(
        shared=shared, greatest_z=greatest, least_p=2 * stats.norm.sf(greatest)
    )


def _greatest_z(b1: float, t1: float, b2: float, t2: float, correlated: bool) -> float:
    steps = np.array(list(product((-HALF_UNIT, HALF_UNIT), repeat=4)))
    b1s, t1s, b2s, t2s = (np.array([b1, t1, b2, t2]) + steps).T
    se1, se2 = b1s / t1s, b2s / t2s
    if not correlated:
        return float(np.max(np.abs(b2s - b1s) / np.hypot(se1, se2)))
    if np.ptp(np.sign(se1 - se2)) > 0:
        return np.inf
    return float(np.max(np.abs((b2s - b1s) / (se1 - se2))))


# --- power --------------------------------------------------------------------------------------


def power(cells: pd.DataFrame, level: float = 0.05, wanted: float = 0.8) -> pd.DataFrame:
    """What each column could have found, given its printed standard errors.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`coefficients`.
    level : float
        Of the two-sided test.
    wanted : float
        The power that a detectable effect is found with.

    Returns
    -------
    DataFrame
        ``table, column, row, label, printed, se``, and

        - ``detectable``: the smallest effect found with probability ``wanted``,
          (z_(1 - level/2) + z_wanted) se, and ``ratio``, |printed| over it;
        - ``power``: chance that |t| passes the ``level`` test if the printed coefficient is true;
        - ``sign_and_star``: chance of the printed sign, and of a star where one is printed and
          of none where none is, if so;
        - ``sign_and_stars``: chance of the printed sign and of as many stars as are printed.

    Notes
    -----
    t is taken as normal with variance 1 around the printed t, stars by N(0,1) and two-sided.  One
    star needs a |t| between 1.645 and 1.960, and even an expected t in the middle of that narrow
    band hits it with a chance of about 1/8 only: to have the very same stars again is much to ask.
    ``detectable`` leaves out the far tail, as is usual: at 5 and 80 % it holds 1e-6.
    """
    size = cells["printed_t"].abs()
    se = standard_errors(cells)["se"]
    cutoff = stats.norm.isf(level / 2)
    starts = {"": 0.0} | RULES["N(0,1)"](cells)
    ends = {mark: starts[above] for mark, above in pairwise(MARKS)}
    mark = cells["printed_stars"]
    low, high = mark.map(starts), mark.map(ends).fillna(np.inf)
    any_low = low.where(mark == "", starts["*"])
    any_high = high.where(mark == "", np.inf)
    detectable = (cutoff + stats.norm.ppf(wanted)) * se
    return cells[[*_CELL, "printed"]].assign(
        se=se,
        detectable=detectable,
        ratio=cells["printed"].abs() / detectable,
        power=stats.norm.sf(cutoff - size) + stats.norm.cdf(-cutoff - size),
        sign_and_star=stats.norm.cdf(any_high - size) - stats.norm.cdf(any_low - size),
        sign_and_stars=stats.norm.cdf(high - size) - stats.norm.cdf(low - size),
    )


@dataclass(frozen=True)
class Joint:
    """Chance that every one of several events happens, from their single chances.

    Attributes
    ----------
    independent : float
        The product: right if the events are independent.
    low, high : float
        Bounds that hold under any dependence (Frechet).
    expected : float
        Mean of the number of events that happen, under any dependence.
    """

    independent: float
    low: float
    high: float
    expected: float


def joint(chances: pd.Series) -> Joint:
    """Put single chances together.

    Notes
    -----
    Source: Frechet (1935), max(0, sum p - (n - 1)) <= P(all) <= min p.
    """
    p = np.asarray(chances, dtype=float)
    return Joint(
        independent=float(np.prod(p)),
        low=float(max(0.0, p.sum() - (p.size - 1))),
        high=float(p.min()),
        expected=float(p.sum()),
    )
