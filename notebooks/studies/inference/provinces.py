"""How firm each verdict is: by city, and by city and province.

A verdict is *firm* if our interval excludes zero at the printed level with cities as clusters and
with provinces as clusters.  Both intervals are the jackknife's (:mod:`lib.jackknife`).  Beside them
stands the bootstrap by province, with all patterns of signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib import verdicts
from lib.jackknife import leave_one_out
from lib.resampling import bootstrap
from lib.specifications import COLUMNS, READINGS, Column, Reading
from studies.inference.matched import FEWEST, regressions


def firmness(
    data: pd.DataFrame,
    readings: Sequence[Reading] = READINGS,
    columns: Sequence[Column] = COLUMNS,
) -> pd.DataFrame:
    """The verdict on every printed coefficient by city and by province.

    Returns
    -------
    DataFrame
        The cells of :func:`studies.inference.matched.regressions`; ``coef, provinces``; ``p_city``
        and ``p_province`` from the jackknife, ``p_bootstrap`` by province; the verdicts ``city,
        province, bootstrap`` that these give, missing where there are too few provinces; ``firm``,
        which is ``city and province`` where the jackknife decides by both, ``city alone``, ``none``
        where it does not decide by city, ``not askable`` where it does and there are fewer than
        ten provinces, and ``no claim`` where no star is printed.
    """
    parts = []
    for frame, cells in regressions(data, readings, columns):
        x, provinces = list(cells["row"]), frame["province"].nunique()
        made = leave_one_out(frame, "REG", x)
        found = {"coef": made.coef, "provinces": provinces, "p_city": made.table["p"]}
        if provinces >= FEWEST:
            found["p_province"] = leave_one_out(frame, "REG", x, cluster="province").table["p"]
            wild = [bootstrap.wild_cluster(frame, "REG", x, t, cluster="province").wild for t in x]
            found["p_bootstrap"] = pd.Series(wild, x)
        parts.append(cells.join(pd.DataFrame(found), on="row"))
    whole = pd.concat(parts, ignore_index=True)
    for by in ("city", "province", "bootstrap"):
        whole[by] = [_verdict(cell, getattr(cell, f"p_{by}")) for cell in whole.itertuples()]
    decided, wide = (whole[by].isin(["supported", "opposed"]) for by in ("city", "province"))
    kinds = [whole["city"].eq("no claim"), ~decided, whole["provinces"] < FEWEST, ~wide]
    names = ["no claim", "none", "not askable", "city alone"]
    return whole.assign(firm=np.select(kinds, names, "city and province"))


def _verdict(cell: Any, p: float) -> str | None:
    known = (cell.printed, cell.printed_stars, cell.coef, p)
    return None if np.isnan(p) else verdicts.verdict(*known)
