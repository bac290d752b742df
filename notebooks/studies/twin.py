"""The twin: 41 invented cities whose yearbook prints the paper's coefficients and t-statistics.

Evidence of nothing.  It was made backwards, so that the whole road from a yearbook to a table can
be walked with every figure known in advance.  ``data/make/twin.py`` derives its indicators
from its yearbook; the yearbook itself was written by a program of the first edition.

LM is the first edition's, a reading of its own: the flow with each city's natural growth, less one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from lib import panel, published, verdicts
from lib.estimation import Estimate, two_way_fe
from lib.specifications import COLUMNS, Reading, rows

INDICATORS = panel.DATA / "synthetic_indicators.csv"
CITIES = panel.DATA / "synthetic_cities.csv"
TWIN = Reading("twin", mobility="lm")
CHANGED = {
    "equation (3) as printed": replace(TWIN, mobility="lm_flow_city"),
    "LM as a stock": replace(TWIN, mobility="lm_stock_city"),
    "IA of services": replace(TWIN, industry="share_tertiary"),
}
"""One definition changed at a time."""


def load() -> pd.DataFrame:
    """The twin's panel: as :func:`lib.panel.load`, and ``lm``, the LM that it was made with.

    Raises
    ------
    lib.panel.DataError
        A file is no such panel or roster.
    """
    data = panel.load(INDICATORS, panel.load_cities(CITIES))
    return data.assign(lm=data["lm_flow_city"] - 1)


def estimates(data: pd.DataFrame, reading: Reading = TWIN) -> dict[str, Estimate]:
    """The seven columns of the paper with the terms that it prints, by ``Column.key``.

    A control that `COLUMNS` has beyond them stays out: the twin was made without it.
    """
    terms = published.coefficients().groupby("column")["row"].agg(list)
    return {
        column.key: two_way_fe(
            rows(data, reading, column, terms[column.key]), "REG", terms[column.key]
        )
        for column in COLUMNS
    }


def cells(found: Mapping[str, Estimate], errors: str = "classical") -> pd.DataFrame:
    """The 23 printed cells beside the twin's, as from :func:`lib.verdicts.compare`."""
    every = [verdicts.compare(column, found[column.key], errors) for column in COLUMNS]
    return pd.concat(every, ignore_index=True)


def fit(found: Mapping[str, Estimate]) -> pd.DataFrame:
    """How near the twin comes to print, a row a column of the tables.

    Returns
    -------
    DataFrame
        ``heading, cells, coef, t`` (the largest absolute differences), ``printed, adj_r2``.
    """
    each = cells(found)
    gaps = (each[["coef", "t"]] - each[["printed", "printed_t"]].to_numpy()).abs()
    most, count = (gaps.groupby(each["column"]).agg(name) for name in ("max", "size"))
    lines = []
    for column in COLUMNS:
        printed = float(published.text(column.table, column.key, "adj_r2"))
        gap, fitted = most.loc[column.key], found[column.key].adj_r2
        lines.append([column.heading, count[column.key], *gap, printed, fitted])
    return pd.DataFrame(lines, columns=["heading", "cells", "coef", "t", "printed", "adj_r2"])


def judged(data: pd.DataFrame) -> pd.DataFrame:
    """The book's rule on the twin, where every printed sign is true: counts of verdicts.

    Returns
    -------
    DataFrame
        Index: the twin under each kind of error, then each of `CHANGED` under classical errors.
        Columns ``supported, opposed, cannot tell, no claim``.
    """
    found = estimates(data)
    parts = {f"the twin, {kind} errors": cells(found, kind) for kind in reversed(verdicts.ERRORS)}
    parts |= {name: cells(estimates(data, reading)) for name, reading in CHANGED.items()}
    whole = pd.concat([part.assign(case=name) for name, part in parts.items()])
    return verdicts.counts(whole, by="case")
