"""A region of the reader's own: its settings, and slopes with their intervals.

An interval of 95 % comes from leaving out each place once; where a region has ten provinces, a
second one comes from leaving out each province.  With fewer than ten places nothing is estimated.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rcParams

from lib import panel, specifications
from lib.jackknife import Jackknife
from lib.panel import DataError
from lib.sample import without_singles
from lib.specifications import CONTROLS, READINGS, Reading
from lib.within import leave_one_out
from tools.yearbook.settings import Settings

LEAST = 10  # places behind an estimate, provinces behind an interval by province
RECOUNTS = "Model 1, recounts and moved territory out"
CASES: Mapping[str, Mapping[str, Any]] = {
    "Model 1": {}, "Model 1, logarithm of income": {"outcome": "log_reg"}, RECOUNTS: {},
    "Model 1, own paths by income at the start": {"effects": "start"},
    "Model 1, own straight lines": {"effects": "trend"}, "Model 2": {},
}  # fmt: skip
"""The regressions, and what each changes in a Reading."""


def load() -> tuple[Settings, pd.DataFrame]:
    """Settings and panel as ``make region`` wrote them."""
    settings = Settings(**json.loads((panel.DATA / "region.json").read_text(encoding="utf-8")))
    rcParams["svg.fonttype"] = "none"  # a browser has the letters that Matplotlib's font lacks
    warnings.filterwarnings("ignore", "Glyph .* missing from|Matplotlib currently does not support")
    return settings, panel.load()


def readings(data: pd.DataFrame) -> tuple[Reading, ...]:
    """The readings of LM that a panel has; without any natural growth, those gross of it."""
    gross = (replace(r, name=f"gross {r.name}", mobility=f"{r.mobility}_gross") for r in READINGS)
    net = tuple(reading for reading in READINGS if data[reading.mobility].notna().any())
    return net or tuple(reading for reading in gross if data[reading.mobility].notna().any())


def controls(data: pd.DataFrame) -> list[str]:
    """The controls of Model 2 that half of the rows with REG have."""
    known = data.loc[data["reg"].notna(), [name.lower() for name in CONTROLS]].notna().mean()
    return [name for name in CONTROLS if known[name.lower()] >= 0.5]


def intervals(rows: pd.DataFrame, fit: Callable[[str], Jackknife]) -> pd.DataFrame:
    """What ``fit(cluster)`` estimates, with intervals by place and, if there are ten, by province.

    A row per term: ``low, high, coef, province_low, province_high, places``; ``sign`` is "cannot
    tell" where an interval, shown with two digits, holds zero.  DataError if there are fewer than
    ten places, or something cannot be estimated without one of them.
    """
    if (places := rows["place"].nunique()) < LEAST:
        raise DataError(f"places with complete rows: found {places}, expected {LEAST} or more")
    slopes, ends = fit("place"), ["low", "high"]
    frame = slopes.table[ends].assign(coef=slopes.coef, province_low=np.nan, province_high=np.nan)
    if rows["province"].nunique() >= LEAST:
        frame[["province_low", "province_high"]] = fit("province").table[ends]
    lows, highs = (frame.filter(regex=f"{end}$").round(2) for end in ends)
    sides = [lows.min(axis=1).gt(0), highs.max(axis=1).lt(0)]
    sign = np.select(sides, ["positive", "negative"], "cannot tell")
    return frame.assign(places=places, sign=sign)


def rows_of(
    data: pd.DataFrame, reading: Reading, case: str, terms: Sequence[str] = ("LM", "IA")
) -> pd.DataFrame:
    """The complete rows of a regression, with the column ``place``.

    Where recounts are out, no year has a step of residents, and ``city`` is a place between two.
    """
    rows = specifications.rows(data, replace(reading, **CASES[case]), terms=terms)
    rows = rows.assign(place=rows["city"])
    if case == RECOUNTS:
        steps = specifications.recounts(rows)["steps"]
        after = steps.groupby(rows["place"]).cumsum().astype(str)
        rows = rows.assign(city=rows["place"] + " " + after)[~steps]
    needed = ["START"] if CASES[case].get("effects") == "start" else []
    return without_singles(rows.dropna(subset=needed), ["city", "year"])


def slopes(data: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """:func:`intervals` of `CASES` under every reading, and what cannot be estimated, with causes.

    Of changes in Model 1 there is the slope of LM alone.
    """
    stepped = specifications.recounts(data)["steps"].any()
    estimates, lacking = [], []
    for reading in readings(data):
        for case in (case for case in CASES if stepped or case != RECOUNTS):
            terms = ["LM_IA", *controls(data)] if case == "Model 2" else ["LM", "IA"]
            effects = CASES[case].get("effects", "twoway")
            try:
                rows = rows_of(data, reading, case, terms)
                table = intervals(rows, partial(leave_one_out, rows, "REG", terms, effects))
            except DataError as error:
                lacking.append(f"{case} under the {reading.name} ({str(error).splitlines()[0]})")
                continue
            table = table.rename_axis("Term").reset_index()[: 1 if ", " in case else None]
            estimates.append(table.assign(Mobility=reading.name, Regression=case))
    heads = "Mobility Regression Term coef low high province_low province_high places sign".split()
    return pd.concat([pd.DataFrame(columns=heads), *estimates], ignore_index=True)[heads], lacking
