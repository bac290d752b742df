"""Printed beside recomputed: the verdict on every printed coefficient.

A star claims a sign: *no claim* without one, *cannot tell* where our interval at the printed level
holds zero, otherwise *supported* or *opposed*.  One error decides: the jackknife by province, and
by city where a column has fewer than ten provinces, as every reach has.
"""

import numpy as np
import pandas as pd
from scipy import stats

from lib import published
from lib.inference import COVERAGE
from lib.specifications import COLUMNS

VERDICTS = ("supported", "opposed", "cannot tell", "no claim")
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
    clustered by city, and their ``clustered_p``; ``nobs, cities``.
    """
    cells = published.coefficients().rename(columns={"coef": "printed", "t": "printed_t"})
    heading = cells["column"].map({column.key: column.heading for column in COLUMNS})
    cells = cells.assign(heading=heading).set_index(["heading", "row"])
    said = slopes[["coef", "clustered_p", "nobs", "cities"]]
    said = said.join(cells, on=["heading", "row"]).dropna(subset="printed")
    ours = slopes.loc[said.index]
    by_province = ours["province_p"].notna()
    said["by"] = np.where(by_province, *BY)
    for name in ("se", "t", "p", "low", "high"):
        said[name] = ours[f"province_{name}"].where(by_province, ours[f"city_{name}"])
    levels = said["stars"].map(published.level).fillna(1 - COVERAGE)
    clusters = ours["provinces"].where(by_province, said["cities"])
    half = said["se"] * stats.t.isf(levels.to_numpy(float) / 2, clusters - 1)
    said["claim_low"], said["claim_high"] = said["coef"] - half, said["coef"] + half
    for name, p in (("verdict", said["p"]), ("clustered", said["clustered_p"])):
        said[name] = list(map(verdict, said["printed"], said["stars"], said["coef"], p))
    return said
