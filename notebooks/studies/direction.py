"""Which way it runs: next year's mobility beside this year's.

If people follow income, those who come next year should go with the income of this year.  But
income is output over residents, and next year's mobility is a growth of the same residents: where
residents stand low this year, income stands high and growth is still to come.  In logarithms the
two can be told apart, for log REG is log output less log residents, and least squares is linear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from lib import cases, placebo, specifications, within
from lib.specifications import MODEL1, READINGS, Reading
from lib.within import START, Effects

TERMS = {"LM": "this year's", "LM_next": "next year's"}
OUTCOMES = ("log REG", "log output", "minus log residents")
ROWS = {"all": cases.PAPER, "clean": cases.CLEAN, "spells": cases.SPELLS, "current": cases.CURRENT}
"""The cases that change mobility or output, by a short name."""


def with_next(data: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The rows of Model 1 that have a row the year after, with its LM as ``LM_next``.

    Besides ``REG`` they have ``log REG`` and its two parts, ``log output`` and ``minus log
    residents``, both known up to a constant of each city, which its effect takes.  The outcome of
    the reading is not used.
    """
    people = -np.log(placebo.residents(data))
    rows = specifications.rows(data, replace(reading, outcome="reg"), terms=MODEL1.terms)
    after = rows[["city", "year", "LM"]].rename(columns={"LM": "LM_next"})
    rows = rows.merge(after.assign(year=after["year"] - 1)).merge(
        data[["city", "year"]].assign(**{"minus log residents": people}), validate="1:1"
    )
    rows["log REG"] = np.log(rows["REG"])
    rows["log output"] = rows["log REG"] - rows["minus log residents"]
    return rows


def leads(
    data: pd.DataFrame, outcomes: Sequence[str] = OUTCOMES, effects: Effects = "twoway"
) -> pd.DataFrame:
    """Model 1 with this year's and next year's LM, and effects as in :mod:`lib.within`.

    With ``start`` the logarithm of REG of 2008 has a path of its own.

    Returns
    -------
    DataFrame
        A row per ``reading``, ``rows`` (of :data:`ROWS`), ``outcome`` and ``term`` (``LM,
        LM_next``): ``coef``; ``se, t, p, low, high`` by the city jackknife, and with ``province_``
        before them by the province jackknife; ``N``, ``cities``.
    """
    frames = []
    for reading, (name, case) in product(READINGS, ROWS.items()):
        rows = with_next(data, case.of(reading))
        rows[START] = np.log(rows[START])
        for outcome in outcomes:
            fit = within.fit(
                rows, outcome, [*TERMS, "IA"], effects,
                unit=cases.UNIT, clusters=("city", "province"),
            )  # fmt: skip
            city, province = fit.jackknife("city"), fit.jackknife("province")
            frame = city.table.join(province.table.add_prefix("province_"))
            frame.insert(0, "coef", city.coef)
            frame = frame.assign(N=len(rows), cities=city.clusters).loc[list(TERMS)]
            keys = {"reading": reading.name, "rows": name, "outcome": outcome}
            frames.append(frame.rename_axis("term").reset_index().assign(**keys))
    frame = pd.concat(frames, ignore_index=True)
    return frame[["reading", "rows", "outcome", *frame.columns[:-3]]]
