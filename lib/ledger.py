"""The replication ledger: every printed coefficient, recomputed, judged, under every reading."""

from __future__ import annotations

import pandas as pd

from lib.published import compare_table
from lib.specifications import (
    BASELINE,
    READINGS,
    SPECIFICATIONS,
    Reading,
    estimates,
    is_defined,
    prepare,
)


def _cells(data: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    columns = tuple(spec for spec in SPECIFICATIONS if is_defined(spec, reading))
    return compare_table(columns, estimates(prepare(data, reading), columns))


def ledger(data: pd.DataFrame) -> pd.DataFrame:
    """Judge every printed coefficient under the baseline, and count the other readings.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load_indicators`.

    Returns
    -------
    DataFrame
        The columns of :func:`lib.published.compare` under the baseline reading, and
        ``readings`` (how many of ``lib.specifications.READINGS`` have the cell, the baseline
        included), ``agree`` and ``contradict`` (under how many of them that is the verdict).
    """
    every = {reading.name: _cells(data, reading) for reading in READINGS}
    verdicts = pd.concat(every)[["table", "column", "row", "verdict"]]
    counts = verdicts.groupby(["table", "column", "row"])["verdict"].agg(
        readings="size",
        agree=lambda found: int((found == "agrees").sum()),
        contradict=lambda found: int((found == "contradicts").sum()),
    )
    return every[BASELINE.name].merge(counts.reset_index(), on=["table", "column", "row"])
