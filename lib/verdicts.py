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
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from lib import published
from lib.estimation import Estimate, two_way_fe
from lib.specifications import COLUMNS, READINGS, SYMBOL, Column, Reading, is_defined, rows

VERDICTS = ("supported", "opposed", "cannot tell", "no claim")
ERRORS = ("jackknife", "clustered", "classical")
"""The first decides; the other two stand beside it."""


def verdict(printed: float, stars: str, coef: float, p: float) -> str:
    """The verdict on one cell, as the module states it.

    Parameters
    ----------
    printed, stars : float, str
        The printed coefficient and its stars.
    coef, p : float
        Ours, and its two-sided p-value.
    """
    level = published.level(stars)
    if level is None:
        return "no claim"
    if not round(p, 9) < level:
        return "cannot tell"
    return "supported" if np.sign(coef) == np.sign(printed) else "opposed"


def compare(column: Column, found: Estimate, errors: str = "jackknife") -> pd.DataFrame:
    """The printed cells of a column beside the recomputed ones.

    Parameters
    ----------
    column : Column
    found : Estimate
        The same regression on the official panel; it may hold terms that the paper does not print.
    errors : {"jackknife", "clustered", "classical"}
        Whose interval decides.

    Returns
    -------
    DataFrame
        A row per printed cell that `found` has: ``table, column, heading, row, symbol, printed,
        printed_stars, printed_t, coef, se, t, p, low, high, verdict``, and ``z_size``.

    Notes
    -----
    ``z_size`` asks whether the two sizes are compatible, apart from the verdict.  Units are not
    printed, so it compares partial correlations r: with Fisher's z of both, each with variance
    1 / (df - 1), z_size = (z_ours - z_printed) / sqrt(1 / (df_ours - 1) + 1 / (df_printed - 1)).
    Both r come from classical t, the printed t being of no named kind.
    """
    cells = published.coefficients(column.table)
    cells = cells[cells["column"].eq(column.key) & cells["row"].isin(found.x)]
    terms = list(cells["row"])
    ours = found.errors(errors).loc[terms]
    df = published.df_resid(column.key)
    theirs_r = published.partial_correlation(cells["t"], df).to_numpy()
    ours_r = published.partial_correlation(found.classical.loc[terms, "t"], found.df_resid)
    apart = np.arctanh(ours_r.to_numpy()) - np.arctanh(theirs_r)
    frame = pd.DataFrame(
        {
            "table": column.table,
            "column": column.key,
            "heading": column.heading,
            "row": terms,
            "symbol": [SYMBOL.get(term, term) for term in terms],
            "printed": cells["coef"].to_numpy(),
            "printed_stars": cells["stars"].to_numpy(),
            "printed_t": cells["t"].to_numpy(),
            "coef": found.coef.loc[terms].to_numpy(),
            **{name: ours[name].to_numpy() for name in ("se", "t", "p", "low", "high")},
            "z_size": apart / np.sqrt(1 / (found.df_resid - 1) + 1 / (df - 1)),
        }
    )
    said = [
        verdict(cell.printed, cell.printed_stars, cell.coef, cell.p) for cell in frame.itertuples()
    ]
    return frame.assign(verdict=said)


def ledger(
    data: pd.DataFrame,
    readings: Sequence[Reading] = READINGS,
    columns: Sequence[Column] = COLUMNS,
) -> pd.DataFrame:
    """Every printed coefficient, under every reading and kind of error.

    Returns
    -------
    DataFrame
        The columns of :func:`compare` after ``reading`` and ``errors``, and ``nobs, cities``: with
        the paper's columns and readings 23 cells by 2 readings by 3 kinds of error.
    """
    frames = []
    for reading in readings:
        for column in (column for column in columns if is_defined(column, reading)):
            found = two_way_fe(rows(data, reading, column), "REG", column.terms)
            for kind in ERRORS:
                cells = compare(column, found, kind)
                size = {"nobs": found.nobs, "cities": found.n_entities}
                cells = cells.assign(reading=reading.name, errors=kind, **size)
                frames.append(cells)
    whole = pd.concat(frames, ignore_index=True)
    first = ["reading", "errors"]
    return whole[[*first, *whole.columns.drop(first)]]


def counts(cells: pd.DataFrame, by: str = "reading") -> pd.DataFrame:
    """How many cells have each verdict: a row per value of `by`, a column per verdict."""
    table = pd.crosstab(cells[by], cells["verdict"])
    return table.reindex(index=cells[by].unique(), columns=list(VERDICTS), fill_value=0)


def differences(column: Column, other: Column, one: Estimate, two: Estimate) -> pd.DataFrame:
    """Does a printed coefficient differ between two columns, and does ours?  z tests.

    Returns
    -------
    DataFrame
        Index the terms in both: ``printed_difference, printed_z, printed_p`` from the printed t,
        ``difference, z, p`` from the jackknife; the difference is the second less the first.

    Notes
    -----
    z = (b2 - b1) / sqrt(se1^2 + se2^2): it takes the two for independent.  Two reaches share no
    city; two periods share all.  Source: Clogg, Petkova and Haritou (1995).
    """
    printed = published.coefficients(column.table).set_index(["column", "row"])
    out = {}
    for term in (term for term in column.terms if term in other.terms):
        a, b = printed.loc[(column.key, term)], printed.loc[(other.key, term)]
        theirs = _z(a["coef"], a["coef"] / a["t"], b["coef"], b["coef"] / b["t"])
        se = one.errors("jackknife").loc[term, "se"], two.errors("jackknife").loc[term, "se"]
        ours = _z(one.coef[term], se[0], two.coef[term], se[1])
        out[term] = {f"printed_{name}": value for name, value in theirs.items()} | ours
    return pd.DataFrame(out).T


def _z(b1: float, se1: float, b2: float, se2: float) -> dict[str, float]:
    z = (b2 - b1) / np.hypot(se1, se2)
    return {"difference": b2 - b1, "z": z, "p": float(2 * stats.norm.sf(abs(z)))}
