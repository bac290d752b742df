"""The paper's case of each regression, and the cases in which one thing differs.

What is changed: recounts and moved borders (left out, or a new city effect after each), the step of
2019 in the sector shares (half of it out, or all), output in current prices.  The changes were
chosen after results had been seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from lib import indicators, published, within
from lib import verdicts as judging
from lib.jackknife import ENOUGH
from lib.panel import DataError
from lib.specifications import COLUMNS, PRICES, READINGS, STEPS, Column, Reading, centred, rows

UNIT = ("city", "spell")


@dataclass(frozen=True)
class Case:
    """A change of every reading: its key, what differs from the paper's case, and the fields.

    `change` has fields of :class:`lib.specifications.Reading`.
    """

    key: str
    heading: str
    change: dict[str, Any] = field(default_factory=dict)

    def of(self, reading: Reading) -> Reading:
        """The reading in this case."""
        return replace(reading, **self.change)


PAPER = Case("paper", "the paper's case")
CLEAN = Case("clean", "without recounts and moved borders", {"without": "both"})
SPELLS = Case("spells", "a new city effect after each recount or border", {"unit": "spell"})
HALF = Case("half", "half of the step of 2019 out of the shares", {"step": "half"})
STEP = Case("step", "the step of 2019 out of the shares", {"step": "out"})
CURRENT = Case("current", "output in current prices", {"prices": "current"})
CASES = (PAPER, CLEAN, SPELLS, HALF, STEP, CURRENT)
SHORT = {
    "paper": "paper's case", "clean": "clean rows", "spells": "new city effects",
    "half": "half of the step", "step": "without the step", "current": "current prices",
}  # fmt: skip
"""What tables and charts call each case."""


def applied(data: pd.DataFrame, case: Case) -> tuple[pd.DataFrame, Case]:
    """The panel with a case's prices and shares in it, and the case less these two changes.

    A Belt that is invented from this panel is beside the official one in the same case.
    """
    how = case.of(READINGS[0])
    frame = data.assign(reg=data[PRICES[how.prices]])
    if part := STEPS[how.step]:
        frame = frame.assign(**indicators.without_step(data, part=part))
    rest = {name: value for name, value in case.change.items() if name not in ("prices", "step")}
    return frame, replace(case, change=rest)


def fit(
    data: pd.DataFrame, reading: Reading, column: Column, case: Case = PAPER, average: bool = False
) -> within.Fit:
    """The regression of a column in a case, with clusters by city and by province.

    With `average`, LM and IA are about their means, so that their slopes are the average city's.
    """
    reading = case.of(reading)
    used = rows(data, reading, column)
    used = centred(used) if average else used
    clusters = ("city", "province")
    return within.fit(used, "REG", column.terms, reading.effects, unit=UNIT, clusters=clusters)


def slopes(
    data: pd.DataFrame,
    readings: Sequence[Reading] = READINGS,
    columns: Sequence[Column] = COLUMNS,
    cases: Sequence[Case] = CASES,
    average: bool = False,
) -> pd.DataFrame:
    """Every slope in every case, and how far it moved from the first of the cases.

    `data` is as from :func:`lib.panel.load`, and `average` as in :func:`fit`.

    Returns
    -------
    DataFrame
        Index ``reading, heading, row, case``.  ``coef``; ``se, t, p, low, high`` of the jackknife
        by city and, with ``province_`` before them, by province (missing where there are fewer than
        :data:`ENOUGH`, or a slope is not unique without one); ``moved``, the slope less that of the
        first case, and its ``moved_p`` and ``province_moved_p``, from the slopes of both without
        each cluster (missing where the case changes nothing); ``nobs, cities, provinces``.
    """
    lines = []
    for reading, column in product(readings, columns):
        first = fit(data, reading, column, cases[0], average)
        for case in cases:
            fitted = first if case is cases[0] else fit(data, reading, column, case, average)
            frame = pd.DataFrame({"coef": fitted.coef, "moved": fitted.coef - first.coef})
            for cluster, before in (("city", ""), ("province", "province_")):
                if len(fitted.clusters[cluster]) < ENOUGH:
                    continue
                try:
                    jackknife = fitted.jackknife(cluster)
                except DataError:
                    continue
                frame = frame.join(jackknife.table.add_prefix(before))
                apart = (jackknife - first.jackknife(cluster)).table["p"]
                frame[f"{before}moved_p"] = apart.where(frame["moved"].abs() > 1e-9)
            lines.append(frame.rename_axis("row").reset_index().assign(
                reading=reading.name, heading=column.heading, case=case.key, nobs=len(fitted.rows),
                cities=len(fitted.clusters["city"]), provinces=len(fitted.clusters["province"]),
            ))  # fmt: skip
    return pd.concat(lines).set_index(["reading", "heading", "row", "case"])


def verdicts(slopes: pd.DataFrame) -> pd.DataFrame:
    """The verdict on every printed coefficient in every case, by the error that decides there.

    The index is that of `slopes`, as from :func:`slopes`, less what the paper does not print.
    ``column``, its key; ``printed, stars, coef``; ``p`` and ``by`` (:data:`lib.verdicts.BY`) of the
    error that decides; ``verdict``; and ``turns``, a tuple of the cases whose verdict is not that
    of the first.
    """
    key = ["heading", "row"]
    cells = published.coefficients().rename(columns={"coef": "printed"})
    cells["heading"] = cells["column"].map({column.key: column.heading for column in COLUMNS})
    cells = cells.set_index(key)[["column", "printed", "stars"]]
    province = slopes.get("province_p", pd.Series(np.nan, slopes.index))
    said = slopes[["coef"]].assign(p=province.fillna(slopes["p"]))
    said["by"] = np.where(province.notna(), *judging.BY)
    said = said.join(cells, on=key).dropna(subset="printed")
    claims = said["printed"], said["stars"], said["coef"], said["p"]
    said["verdict"] = list(map(judging.verdict, *claims))
    cell = said.groupby(["reading", *key], sort=False)["verdict"]
    said["turns"] = cell.transform(
        lambda of: [tuple(of.index.get_level_values("case")[of.ne(of.iloc[0])])] * len(of)
    )
    return said
