"""Each verdict by province, beside those by city and by the bootstrap.

The jackknife by province decides (:func:`lib.verdicts.decided`).  The restricted wild bootstrap by
province, with all patterns of signs, is the other test by province that keeps its promise in
:mod:`studies.inference.simulation`.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd

from lib import verdicts
from lib.jackknife import ENOUGH
from lib.resampling import bootstrap
from lib.specifications import COLUMNS, READINGS, rows


def beside(data: pd.DataFrame) -> pd.DataFrame:
    """The verdict on every printed coefficient by the error that decides, and by two others.

    Returns
    -------
    DataFrame
        The cells of :func:`lib.verdicts.decided`; ``p_city`` and ``city``, p and verdict of the
        jackknife by city; ``p_bootstrap`` and ``bootstrap``, of the bootstrap by province, missing
        where there are fewer than ten provinces.
    """
    ledger, key = verdicts.ledger(data), ["reading", "column", "row"]
    city = ledger[ledger["errors"].eq("jackknife")].set_index(key)[["p", "verdict"]]
    city = city.set_axis(["p_city", "city"], axis=1)
    cells = verdicts.decided(ledger).join(city, on=key)
    p = {}
    for reading, column in product(READINGS, COLUMNS):
        used = rows(data, reading, column)
        if used["province"].nunique() >= ENOUGH:
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
