"""Printed beside recomputed: the verdict on every printed coefficient.

The rule.  A printed coefficient with a star claims a sign; one without claims nothing.

supported
    Ours has the printed sign, and its interval excludes zero at the printed level.
opposed
    Ours has the other sign, and its interval excludes zero at the printed level.
cannot tell
    Our interval holds zero.
no claim
    Printed without a star.

One error decides: the jackknife by province, and by city where a column has fewer than ten
provinces, as every reach has.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib import published
from lib.estimation import Estimate, two_way_fe
from lib.jackknife import COVERAGE
from lib.specifications import COLUMNS, READINGS, SYMBOL, Column, rows

VERDICTS = ("supported", "opposed", "cannot tell", "no claim")
PRINTED = ["printed", "printed_stars", "printed_t"]
ERRORS = ("jackknife", "clustered", "classical")
"""By city."""
KINDS = ("jackknife", "province", "clustered", "classical")
"""With the jackknife that leaves out provinces."""
BY = ("province", "city only")
"""What decides: the jackknife by province, or by city where provinces are too few."""


def verdict(printed: float, stars: str, coef: float, p: float) -> str:
    """The verdict on one printed coefficient and its stars, from ours and its two-sided p."""
    level = published.level(stars)
    if level is None:
        return "no claim"
    if not round(p, 9) < level:
        return "cannot tell"
    return "supported" if np.sign(coef) == np.sign(printed) else "opposed"


def judged(column: Column, coef: pd.Series, p: pd.Series) -> pd.DataFrame:
    """The printed cells of a column beside slopes and their p-values by term, with the verdict.

    Returns
    -------
    DataFrame
        A row per term that the paper prints: ``table, column, heading, row, symbol, printed,
        printed_stars, printed_t, coef, p, verdict``.
    """
    cells = published.coefficients(column.table)
    cells = cells[cells["column"].eq(column.key) & cells["row"].isin(coef.index)]
    terms = cells["row"]
    frame = cells.set_axis(["table", "column", "row", *PRINTED], axis=1).reset_index(drop=True)
    frame.insert(2, "heading", column.heading)
    frame.insert(4, "symbol", frame["row"].replace(SYMBOL))
    frame = frame.assign(coef=coef.loc[terms].to_numpy(), p=p.loc[terms].to_numpy())
    said = [
        verdict(cell.printed, cell.printed_stars, cell.coef, cell.p) for cell in frame.itertuples()
    ]
    return frame.assign(verdict=said)


def compare(column: Column, found: Estimate, errors: str = "jackknife") -> pd.DataFrame:
    """The printed cells of a column beside an estimate of the same regression.

    Parameters
    ----------
    errors : {"jackknife", "province", "clustered", "classical"}
        Whose interval decides.

    Returns
    -------
    DataFrame
        The columns of :func:`judged`, ``se, t, low, high`` (95 %), ``claim_low, claim_high`` (the
        interval at the printed level, 95 % without a star) and ``z_size``.

    Notes
    -----
    ``z_size`` asks whether the two sizes are compatible, apart from the verdict.  Units are not
    printed, so it compares partial correlations r: with Fisher's z of both, each with variance
    1 / (df - 1), z_size = (z_ours - z_printed) / sqrt(1 / (df_ours - 1) + 1 / (df_printed - 1)).
    Both r come from classical t, the printed t being of no named kind.
    """
    ours, clusters = found.errors(errors), {"classical": found.df_resid + 1}
    clusters |= {"province": found.provinces}
    cells = judged(column, found.coef, ours["p"])
    own = ours.loc[cells["row"], ["se", "t", "low", "high"]].reset_index(drop=True)
    levels = [published.level(stars) or 1 - COVERAGE for stars in cells["printed_stars"]]
    df = clusters.get(errors, found.n_entities) - 1
    half = own["se"] * stats.t.isf(np.array(levels) / 2, df)
    theirs = published.df_resid(column.key)
    r = published.partial_correlation(found.classical.loc[cells["row"], "t"], found.df_resid)
    apart = np.arctanh(r.to_numpy()) - np.arctanh(
        published.partial_correlation(cells["printed_t"], theirs).to_numpy()
    )
    return cells.assign(
        **{name: own[name] for name in own},
        claim_low=cells["coef"] - half,
        claim_high=cells["coef"] + half,
        z_size=apart / np.sqrt(1 / (found.df_resid - 1) + 1 / (theirs - 1)),
    )


def ledger(data: pd.DataFrame, columns: Sequence[Column] = COLUMNS) -> pd.DataFrame:
    """Every printed coefficient, under both readings and every kind of error.

    Returns
    -------
    DataFrame
        The columns of :func:`compare` after ``reading`` and ``errors``, and ``nobs, cities``: with
        the paper's columns and readings 23 cells by 2 readings by 3 kinds of error, and clusters by
        province for those columns that have enough.
    """
    frames = []
    for reading in READINGS:
        for column in columns:
            found = two_way_fe(rows(data, reading, column), "REG", column.terms, reading.effects)
            size = {"nobs": found.nobs, "cities": found.n_entities}
            for kind in KINDS:
                if kind != "province" or found.province is not None:
                    cells = compare(column, found, kind)
                    frames.append(cells.assign(reading=reading.name, errors=kind, **size))
    whole = pd.concat(frames, ignore_index=True)
    first = ["reading", "errors"]
    return whole[[*first, *whole.columns.drop(first)]]


def decided(cells: pd.DataFrame) -> pd.DataFrame:
    """The rows of a :func:`ledger` whose error decides, with ``by``, one of :data:`BY`."""
    key = pd.MultiIndex.from_frame(cells[["reading", "column", "row"]])
    enough = key.isin(key[cells["errors"].eq("province")])
    kept = cells["errors"].eq(np.where(enough, "province", "jackknife"))
    return cells.assign(by=np.where(enough, *BY))[kept].reset_index(drop=True)


def counts(cells: pd.DataFrame, by: str = "reading") -> pd.DataFrame:
    """How many cells have each verdict: a row per value of `by`, a column per verdict."""
    table = pd.crosstab(cells[by], cells["verdict"])
    return table.reindex(index=cells[by].unique(), columns=list(VERDICTS), fill_value=0)


def differences(column: Column, other: Column) -> pd.DataFrame:
    """Does a printed coefficient differ between two columns of a table?  z tests.

    Returns
    -------
    DataFrame
        Index the terms in both: ``printed_difference``, the second less the first, ``printed_z,
        printed_p``, from the printed t.

    Notes
    -----
    z = (b2 - b1) / sqrt(se1^2 + se2^2): it takes the two for independent.  Two reaches share no
    city; two periods share all.  Source: Clogg, Petkova and Haritou (1995).
    """
    cells = published.coefficients(column.table).set_index("row")
    one, two = (cells[cells["column"].eq(each.key)] for each in (column, other))
    gap = (two["coef"] - one["coef"]).dropna()
    z = gap / np.hypot(one["coef"] / one["t"], two["coef"] / two["t"])
    p = 2 * stats.norm.sf(z.abs())
    table = pd.DataFrame({"printed_difference": gap, "printed_z": z, "printed_p": p})
    return table.loc[[term for term in column.terms if term in gap.index]]
