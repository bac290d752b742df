"""Chapter 6: verdicts and slopes of official output beside those of invented output, by case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd

from lib import cases, placebo, verdicts
from lib.cases import CASES, Case
from lib.jackknife import ENOUGH
from lib.specifications import COLUMNS, MODEL1, READINGS, rows
from lib.within import leave_one_out

PATHS = {"twoway": "No own paths", "start": "Paths from 2008", "trend": "A trend per city"}
"""The effects of a reading, as figures name them."""
OUTCOMES = {"reg": "level", "log_reg": "log"}


def cells(data: pd.DataFrame) -> pd.DataFrame:
    """Every printed coefficient under both readings, judged by the error that decides.

    Returns
    -------
    DataFrame
        Index ``reading, heading, row``; the columns of :func:`lib.verdicts.judged`, and ``t``.
        The same cells as :func:`lib.verdicts.decided` in a tenth of the time.
    """
    frames = []
    for reading, column in product(READINGS, COLUMNS):
        used = rows(data, reading, column)
        by = "province" if used["province"].nunique() >= ENOUGH else "city"
        slopes = leave_one_out(used, "REG", column.terms, cluster=by)
        judged = verdicts.judged(column, slopes.coef, slopes.table["p"])
        t = slopes.table.loc[judged["row"], "t"].to_numpy()
        frames.append(judged.assign(reading=reading.name, t=t))
    return pd.concat(frames).set_index(["reading", "heading", "row"])


def slopes(data: pd.DataFrame, every: Sequence[Case] = CASES) -> pd.DataFrame:
    """The slope of LM in Model 1 by path, scale, definition and case: official and invented.

    Returns
    -------
    DataFrame
        A row per ``path, outcome, reading, case``.  ``official, invented`` (in the Belt of
        :func:`lib.placebo.belt`); ``low, high, p`` of the first by city and, with ``province_``
        before them, by province; ``beyond``, the difference, with ``beyond_p`` and
        ``province_beyond_p``.  All from the jackknife without each cluster.
    """
    lines: list[dict[str, Any]] = []
    for case in every:
        panel, bare = cases.applied(data, case)
        pair = panel, placebo.belt(panel)
        for path, (outcome, scale), reading in product(PATHS, OUTCOMES.items(), READINGS):
            how = replace(reading, **dict[str, Any](outcome=outcome, effects=path))
            ours, theirs = (cases.fit(income, how, MODEL1, bare) for income in pair)
            line: dict[str, Any] = {
                "path": path, "outcome": scale, "reading": reading.name, "case": case.key,
                "official": ours.coef["LM"], "invented": theirs.coef["LM"],
                "beyond": ours.coef["LM"] - theirs.coef["LM"],
            }  # fmt: skip
            for cluster, before in (("city", ""), ("province", "province_")):
                slope, belt = ours.jackknife(cluster), theirs.jackknife(cluster)
                line |= slope.table.loc["LM", ["low", "high", "p"]].add_prefix(before).to_dict()
                line[f"{before}beyond_p"] = (slope - belt).table.loc["LM", "p"]
            lines.append(line)
    return pd.DataFrame(lines).set_index(["path", "outcome", "reading", "case"]).sort_index()
