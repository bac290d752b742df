"""Every slope of Tables 1 to 3, in the paper's case and on mended rows.

The mended rows were chosen after results had been seen.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import pandas as pd

from lib import prose, regression
from lib.inference import ENOUGH
from lib.panel import DataError
from lib.specifications import COLUMNS, READINGS, Column, Reading, centred, rows

UNIT = ("city", "spell")
ERRORS = {
    "province": ("jackknife", "province"),
    "city": ("jackknife", "city"),
    "clustered": ("clustered", "city"),
    "classical": ("classical", "city"),
}
NAMES = ("se", "t", "p", "low", "high")


@dataclass(frozen=True)
class Case:
    """A change of every reading: its key, its name in tables, a sentence, and what it changes.

    `change` has fields of :class:`lib.specifications.Reading`.
    """

    key: str
    short: str
    sentence: str = ""
    change: dict[str, Any] = field(default_factory=dict)

    def of(self, reading: Reading) -> Reading:
        """The reading in this case."""
        return replace(reading, **self.change)


PAPER = Case(
    "paper",
    "paper's case",
    "It follows the paper: all rows, and real output from the official growth index.",
)
MENDED = Case(
    "mended",
    "mended",
    "It leaves out cities whose border moved, and a city gets a new fixed effect from each recount "
    "of its residents on; with the flow, the year of the recount is left out.",
    {"without": "boundary", "unit": "spell"},
)
CHOSEN = (PAPER, MENDED)
"""The two that every page shows; chapter 9 has others."""
SHORT = {case.key: case.short for case in CHOSEN}


def fit(
    data: pd.DataFrame, reading: Reading, column: Column, case: Case = PAPER, average: bool = False
) -> regression.Fit:
    """The regression of a column in a case, with clusters by city and by province.

    With `average`, LM and IA are about their means, so that their slopes are the average city's.
    """
    reading = case.of(reading)
    used = rows(data, reading, column)
    used = centred(used) if average else used
    return regression.fit(used, "REG", column.terms, unit=UNIT, clusters=("city", "province"))


def slopes(
    data: pd.DataFrame,
    readings: Sequence[Reading] = READINGS,
    columns: Sequence[Column] = COLUMNS,
    cases: Sequence[Case] = CHOSEN,
    average: bool = False,
) -> pd.DataFrame:
    """Every slope in every case, by every error.

    `data` is as from :func:`lib.panel.load`, or a part of it, and `average` as in :func:`fit`.

    Returns
    -------
    DataFrame
        Index ``reading, heading, row, case``.  ``coef``; ``se, t, p, low, high`` with the name of
        each of :data:`ERRORS` before them, as in ``province_p``; ``nobs, cities, provinces``.  What
        cannot be computed is missing: errors by province where there are fewer than :data:`ENOUGH`,
        and all of a column without rows.
    """
    lines = []
    for reading, column, case in product(readings, columns, cases):
        frame = pd.DataFrame({"coef": float("nan")}, pd.Index(column.terms, name="row"))
        with suppress(DataError):  # what cannot be computed is missing
            frame = errors(fit(data, reading, column, case, average))
        key = {"reading": reading.name, "heading": column.heading, "case": case.key}
        lines.append(frame.reset_index().assign(**key))
    frame = pd.concat(lines).set_index(["reading", "heading", "row", "case"])
    names = [f"{kind}_{name}" for kind in ERRORS for name in NAMES]
    return frame.reindex(columns=["coef", *names, "nobs", "cities", "provinces"])


def errors(fitted: regression.Fit, kinds: Iterable[str] = tuple(ERRORS)) -> pd.DataFrame:
    """The slopes of one regression, with clusters by city and by province, and their errors.

    Index ``row``, columns as of :func:`slopes`, for some kinds of errors.
    Missing are errors by province where there are fewer than :data:`ENOUGH`, and those of a slope
    that hangs on one cluster.
    """
    cities, provinces = (len(fitted.clusters[by]) for by in ("city", "province"))
    frame = pd.DataFrame({"coef": fitted.coef})
    for kind in kinds:
        with suppress(DataError):
            if kind != "province" or provinces >= ENOUGH:
                frame = frame.join(fitted.table(*ERRORS[kind]).add_prefix(f"{kind}_"))
    frame = frame.reindex(columns=["coef", *(f"{kind}_{name}" for kind in kinds for name in NAMES)])
    size = {"nobs": len(fitted.rows), "cities": cities, "provinces": provinces}
    return frame.rename_axis("row").assign(**size)


def among(test: pd.Series, rests_on: Any, *more: Any) -> str:
    """Say in which cases a test of some figures is true; the last level of its index has them."""
    return prose.among(_named(test), "case", rests_on, *more)


def signs(values: pd.Series) -> str:
    """Say the sign of a figure over cases: "positive in both cases"."""
    return prose.signs(_named(values))


def _named(values: pd.Series) -> pd.Series:
    """Values with the names of their cases, each of which stands once."""
    keys = values.index.get_level_values(-1)
    if keys.has_duplicates:
        raise ValueError(f"found {keys[keys.duplicated()][0]!r} twice; expected each case once")
    return values.set_axis([SHORT.get(key, key) for key in keys])
