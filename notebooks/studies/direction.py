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
from typing import Literal

import numpy as np
import pandas as pd

from lib import figures, placebo, specifications, style
from lib.jackknife import START, Effects, leave_one_out
from lib.prose import MINUS
from lib.specifications import READINGS, Reading

TERMS = {"LM": "this year", "LM_next": "next year"}
OUTCOMES = ("REG", "log REG", "log output", "minus log residents")
ROWS: dict[str, Literal["", "both"]] = {"all": "", "clean": "both"}
"""Rows: all, or without steps of residents and without cities whose boundary moved."""


def with_next(
    data: pd.DataFrame, reading: Reading, outcomes: Sequence[str] = OUTCOMES
) -> pd.DataFrame:
    """The rows of Model 1 with ``LM_next``, the city's LM of the year after.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`.
    reading : Reading
        Its outcome is not used.

    Returns
    -------
    DataFrame
        :func:`lib.specifications.rows` that have a row the year after, and the outcomes: ``REG``,
        ``log REG`` and the two that it consists of, ``log output`` and ``minus log
        residents``.  Both are known up to a constant of each city, which its effect takes.
    """
    people = -np.log(placebo.residents(data))
    made = data[["city", "year"]].assign(**{"minus log residents": people})
    rows = specifications.rows(data, replace(reading, outcome="reg"), terms=["LM", "IA"])
    after = rows[["city", "year", "LM"]].assign(year=rows["year"] - 1)
    both = rows.merge(after.rename(columns={"LM": "LM_next"}), on=["city", "year"])
    both = both.merge(made, on=["city", "year"], validate="1:1")
    both["log REG"] = np.log(both["REG"])
    both["log output"] = both["log REG"] - both["minus log residents"]
    return both


def leads(
    data: pd.DataFrame, outcomes: Sequence[str] = OUTCOMES, effects: Effects = "twoway"
) -> pd.DataFrame:
    """Model 1 with this year's and next year's LM, city and year effects.

    Parameters
    ----------
    effects : str
        As in :func:`lib.jackknife.leave_one_out`; ``start`` lets REG of 2008, or its logarithm,
        have a path of its own, ``trend`` gives each city one.

    Returns
    -------
    DataFrame
        A row per ``reading``, ``rows`` (all, clean), ``outcome`` and ``term`` (``LM, LM_next``):
        ``coef``; ``se, t, p, low, high`` by the city jackknife, and with ``province_`` before them
        by the province jackknife; ``N``, ``cities``.
    """
    found = []
    for reading, (name, without) in product(READINGS, ROWS.items()):
        rows = with_next(data, replace(reading, without=without))
        logs = rows.assign(**{START: np.log(rows[START])})
        for outcome in outcomes:
            used = rows if outcome == "REG" else logs
            city, province = (
                leave_one_out(used, outcome, [*TERMS, "IA"], effects=effects, cluster=cluster)
                for cluster in ("city", "province")
            )
            made = city.table.join(province.table.add_prefix("province_")).assign(
                coef=city.coef, N=len(rows), cities=city.clusters, outcome=outcome, rows=name,
                reading=reading.name,
            )  # fmt: skip
            found.append(made.loc[list(TERMS)].rename_axis("term").reset_index())
    order = ["reading", "rows", "outcome", "term", "coef"]
    frame = pd.concat(found, ignore_index=True)
    return frame[order + [name for name in frame if name not in order]]


def lead_chart(found: pd.DataFrame) -> style.Chart:
    """The slopes of :func:`leads` in logarithms: log REG, and the two parts that it consists of."""
    words = ("log REG", "= log output", f"{MINUS} log residents")
    heads = dict(zip(OUTCOMES[1:], words, strict=True))
    logs = found[found["outcome"].isin(heads)]
    drawn = logs.assign(
        panel=logs["outcome"].map(heads),
        line=logs["reading"] + ", " + logs["rows"],
        series=logs["term"].map(TERMS),
    )
    return figures.intervals(drawn, "This year's and next year's mobility", "Slope of LM")
