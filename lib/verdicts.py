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
from lib.inference import COVERAGE
from lib.specifications import COLUMNS, READINGS, SYMBOL, Column, rows

VERDICTS = ("supported", "opposed", "cannot tell", "no claim")
KINDS = ("jackknife", "province", "clustered", "classical")
"""Errors: all by city but the jackknife that leaves out provinces."""
BY = ("province", "city only")
"""What decides: the jackknife by province, or by city where provinces are too few."""


def verdict(printed: float, stars: str, coef: float, p: float) -> str:
    """The verdict on one printed coefficient and its stars, from ours and its two-sided p."""
    if (level := published.level(stars)) is None:
        return "no claim"
    if not p >= 0:
        return "not computed"
    if not round(p, 9) < level:
        return "cannot tell"
    return "supported" if np.sign(coef) == np.sign(printed) else "opposed"


def judge(slopes: pd.DataFrame) -> pd.DataFrame:
    """The verdict on every printed coefficient in every case, by the error that decides there.

    The index is that of `slopes`, as from :func:`lib.cases.slopes`, less what is not printed.
    ``table, column`` (its key), ``printed, stars, printed_t, coef``; ``by``, the error that decides
    (:data:`BY`), and its ``se, t, p, low, high`` (95 %) and ``claim_low, claim_high`` (the interval
    at the printed level, 95 % without a star); ``verdict``, and ``clustered``, that of errors
    clustered by city; ``turns``, the cases in which the verdict is not that of the first.
    """
    cells = published.coefficients().rename(columns={"coef": "printed", "t": "printed_t"})
    heading = cells["column"].map({column.key: column.heading for column in COLUMNS})
    cells = cells.assign(heading=heading).set_index(["heading", "row"])
    said = slopes[["coef"]].join(cells, on=["heading", "row"]).dropna(subset="printed")
    ours = slopes.loc[said.index]
    by_province = ours["province_p"].notna()
    said["by"] = np.where(by_province, *BY)
    for name in ("se", "t", "p", "low", "high"):
        said[name] = ours[f"province_{name}"].where(by_province, ours[f"city_{name}"])
    levels = said["stars"].map(published.level).fillna(1 - COVERAGE)
    clusters = ours["provinces"].where(by_province, ours["cities"])
    half = said["se"] * stats.t.isf(levels.to_numpy(float) / 2, clusters - 1)
    said["claim_low"], said["claim_high"] = said["coef"] - half, said["coef"] + half
    for name, p in (("verdict", said["p"]), ("clustered", ours["clustered_p"])):
        said[name] = list(map(verdict, said["printed"], said["stars"], said["coef"], p))
    cell = said.groupby(["reading", "heading", "row"], sort=False)["verdict"]
    said["turns"] = cell.transform(
        lambda of: [tuple(of.index.get_level_values("case")[of.ne(of.iloc[0])])] * len(of)
    )
    return said


def judged(column: Column, coef: pd.Series, p: pd.Series) -> pd.DataFrame:
    """The printed cells of a column beside slopes and their p-values by term, with the verdict.

    A row per term that the paper prints: ``table, column, heading, row, symbol, printed,
    printed_stars, printed_t, coef, p, verdict``.
    """
    cells = published.coefficients(column.table)
    cells = cells[cells["column"].eq(column.key) & cells["row"].isin(coef.index)]
    names = {"coef": "printed", "stars": "printed_stars", "t": "printed_t"}
    frame = cells.rename(columns=names).reset_index(drop=True)
    frame.insert(2, "heading", column.heading)
    frame.insert(4, "symbol", frame["row"].replace(SYMBOL))
    ours = coef.loc[frame["row"]].to_numpy(), p.loc[frame["row"]].to_numpy()
    said = map(verdict, frame["printed"], frame["printed_stars"], *ours)
    return frame.assign(coef=ours[0], p=ours[1], verdict=list(said))


def compare(column: Column, estimate: Estimate, errors: str = "jackknife") -> pd.DataFrame:
    """The printed cells of a column beside an estimate of the same regression.

    The interval of `errors`, one of :data:`KINDS`, decides.  Columns are those of :func:`judged`,
    ``se, t, low, high`` (95 %), ``claim_low, claim_high`` (the interval at the printed level, 95 %
    without a star) and ``z_size``.

    ``z_size`` asks whether the two sizes are compatible, apart from the verdict.  Units are not
    printed, so it compares partial correlations r: with Fisher's z of both, each with variance
    1 / (df - 1), z_size = (z_ours - z_printed) / sqrt(1 / (df_ours - 1) + 1 / (df_printed - 1)).
    Both r come from classical t, the printed t being of no named kind.
    """
    ours, df = estimate.errors(errors), estimate.n_entities - 1
    df = {"classical": estimate.df_resid, "province": estimate.provinces - 1}.get(errors, df)
    cells = judged(column, estimate.coef, ours["p"])
    told = ours.loc[cells["row"], ["se", "t", "low", "high"]].reset_index(drop=True)
    levels = [published.level(stars) or 1 - COVERAGE for stars in cells["printed_stars"]]
    half = told["se"] * stats.t.isf(np.array(levels) / 2, df)
    t, df_printed = estimate.classical.loc[cells["row"], "t"], published.df_resid(column.key)
    z = np.arctanh(published.partial_correlation(t, estimate.df_resid)).to_numpy()
    printed_z = np.arctanh(published.partial_correlation(cells["printed_t"], df_printed))
    return cells.join(told).assign(
        claim_low=cells["coef"] - half,
        claim_high=cells["coef"] + half,
        z_size=(z - printed_z) / np.sqrt(1 / (estimate.df_resid - 1) + 1 / (df_printed - 1)),
    )


def ledger(data: pd.DataFrame, columns: Sequence[Column] = COLUMNS) -> pd.DataFrame:
    """Every printed coefficient, under both readings and every kind of error.

    The columns of :func:`compare` after ``reading`` and ``errors``, and ``nobs, cities``: with the
    paper's columns and readings 23 cells by 2 readings by 3 kinds of error, and clusters by
    province for those columns that have enough.
    """
    frames = []
    for reading in READINGS:
        for column in columns:
            estimate = two_way_fe(rows(data, reading, column), "REG", column.terms, reading.effects)
            for kind in KINDS:
                if kind != "province" or estimate.province is not None:
                    cells = compare(column, estimate, kind)
                    cells.insert(0, "errors", kind)
                    cells.insert(0, "reading", reading.name)
                    frames.append(cells.assign(nobs=estimate.nobs, cities=estimate.n_entities))
    return pd.concat(frames, ignore_index=True)


def decided(cells: pd.DataFrame) -> pd.DataFrame:
    """The rows of a :func:`ledger` whose error decides, with ``by``, one of :data:`BY`."""
    key = pd.MultiIndex.from_frame(cells[["reading", "column", "row"]])
    enough = key.isin(key[cells["errors"].eq("province")])
    decides = cells["errors"].eq(np.where(enough, "province", "jackknife"))
    return cells.assign(by=np.where(enough, *BY))[decides].reset_index(drop=True)


def counts(cells: pd.DataFrame, by: str = "reading") -> pd.DataFrame:
    """How many cells have each verdict: a row per value of `by`, a column per verdict."""
    table = pd.crosstab(cells[by], cells["verdict"])
    return table.reindex(index=cells[by].unique(), columns=list(VERDICTS), fill_value=0)
