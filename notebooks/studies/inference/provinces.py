"""How firm each verdict is, beside the bootstrap by province.

The jackknife decides by city and by province (:func:`lib.verdicts.firm`).  The restricted wild
bootstrap by province, with all patterns of signs, is the other test by province that keeps its
promise in :mod:`studies.inference.simulation`.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from lib import verdicts
from lib.resampling import bootstrap
from lib.specifications import COLUMNS, READINGS, rows


def firmness(data: pd.DataFrame) -> pd.DataFrame:
    """The verdict on every printed coefficient by city and by province.

    Returns
    -------
    DataFrame
        The cells of :func:`lib.verdicts.firm`, whose p and verdict are by city; ``p_province`` and
        ``province``, the same by province; ``p_bootstrap`` and ``bootstrap``, from the bootstrap by
        province.  The last four are missing where there are fewer than ten provinces.
    """
    ledger, key = verdicts.ledger(data), ["reading", "column", "row"]
    wide = ledger[ledger["errors"].eq("province")].set_index(key)[["p", "verdict"]]
    wide = wide.rename(columns={"p": "p_province", "verdict": "province"})
    cells = verdicts.firm(ledger).join(wide, on=key)
    p = {}
    for reading, column in product(READINGS, COLUMNS):
        used = rows(data, reading, column)
        if used["province"].nunique() >= verdicts.PROVINCES:
            for term in column.terms:
                found = bootstrap.wild_cluster(used, "REG", column.terms, term, cluster="province")
                p[reading.name, column.key, term] = found
    cells = cells.join(pd.Series(p, name="p_bootstrap").rename_axis(key), on=key)
    cells["bootstrap"] = [
        None if np.isnan(cell.p_bootstrap)
        else verdicts.verdict(cell.printed, cell.printed_stars, cell.coef, cell.p_bootstrap)
        for cell in cells.itertuples()
    ]  # fmt: skip
    return cells
