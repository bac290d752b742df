"""What may be chosen, what may not, and the claims that are put to it.

A *specification* takes one option of every choice and belongs to a printed column.  Outcome and
mobility name one of four *estimands*; the other choices vary inside it, paths of the cities' own
among them.  Effects of cities alone, or none, ask another question and stand apart [1]_.
``data/multiverse.csv`` lists the options, ``data/multiverse_exclusions.csv`` what is left out, each
with its reason.

References
----------
.. [1] Del Giudice, M. and Gangestad, S. W. (2021). A traveler's guide to the multiverse. *Advances
   in Methods and Practices in Psychological Science*, 4(1).
"""

from __future__ import annotations

from functools import cache

import pandas as pd

from lib import published
from lib.panel import DATA
from lib.specifications import COLUMNS, CONTROLS, EXTRA_CONTROLS, SYMBOL, Column

ESTIMANDS = (("flow", "reg"), ("flow", "log_reg"), ("stock", "reg"), ("stock", "log_reg"))
"""Mobility and outcome of what is crossed with all choices, in the order in which it is shown."""
CONTROLS_OF = {"none": (), "five": CONTROLS, "seven": (*CONTROLS, *EXTRA_CONTROLS)}
SERIES = {"province": "lm_{}", "city": "lm_{}_city", "none": "lm_{}_gross"}
"""Column of the panel for LM, by the choice of k."""


VARIED = [
    "sample",
    "effects",
    "k",
    "agglomeration",
    "product",
    "controls",
    "period",
    "prices",
    "step",
    "unit",
]
"""Choices inside an estimand."""


def as_printed(column: Column) -> dict[str, str]:
    """The options of ``VARIED`` that make a column what the paper has."""
    chosen = {choice: options(choice)[0] for choice in VARIED}
    if "LM_IA" in column.terms:
        chosen["product"] = "raw" if "LM" in column.terms else "alone"
    return chosen | {"controls": "five" if "ODI" in column.terms else "none"}


@cache
def register() -> pd.DataFrame:
    """The options: ``choice, option, label, role, what, why, place``, in the order of the file.

    ``role`` is ``estimand``, ``inside``, ``apart``, or ``way`` (see
    :mod:`studies.multiverse.ways`).
    """
    return pd.read_csv(DATA / "multiverse.csv", dtype=str, keep_default_na=False)


@cache
def options(choice: str, role: str | None = None) -> tuple[str, ...]:
    """Options of a choice, in their order; random effects, which have no jackknife, are none."""
    table = register()
    table = table[table["choice"].eq(choice) & table["option"].ne("random")]
    return tuple(table["option"] if role is None else table["option"][table["role"].eq(role)])


def admitted(**chosen: str) -> bool:
    """Whether no rule leaves out this combination of options, column and term."""
    return not any(
        chosen.get(against) in others and any(chosen.get(choice) in some for choice in choices)
        for choices, some, against, others in _rules()
    )


@cache
def _rules() -> tuple[tuple[list[str], list[str], str, list[str]], ...]:
    """What is left out: ``choice, options, against, against_options``.

    That is whatever takes one of `options` of `choice` (``|`` separates several) and one of
    `against_options`, of another choice, a ``column`` or a ``term``.  Where `against` is empty,
    the options were considered and never admitted.
    """
    every = pd.read_csv(DATA / "multiverse_exclusions.csv", dtype=str, keep_default_na=False)
    rules = every.drop(columns=["id", "why"]).itertuples(index=False)
    return tuple(
        (c.split("|"), some.split("|"), a, others.split("|")) for c, some, a, others in rules if a
    )


@cache
def regressions(
    key: str, prices: str = "constant", step: str = "in", unit: str = "city"
) -> tuple[tuple[str, str, str], ...]:
    """Admitted ``(controls, agglomeration, product)`` of a column with such changes."""
    rows = {"column": key, "prices": prices, "step": step, "unit": unit}
    return tuple(
        (controls, ia, form)
        for controls in options("controls")
        for ia in options("agglomeration")
        for form in options("product")
        if admitted(**rows, product=form, controls=controls, agglomeration=ia)
    )


@cache
def terms(key: str, form: str) -> tuple[str, ...]:
    """Printed coefficients of a column that a regression with this form of the product has."""
    cells = published.coefficients().query("column == @key")
    return tuple(term for term in cells["row"] if admitted(product=form, term=term))


def claims() -> pd.DataFrame:
    """Printed coefficients with a star: ``column, term, label, printed, stars``."""
    cells = published.coefficients().query("stars != ''").reset_index(drop=True)
    heading = {column.key: column.heading for column in COLUMNS}
    cells = cells.rename(columns={"row": "term", "coef": "printed"}).assign(
        label=cells["column"].map(heading) + ": " + cells["row"].replace(SYMBOL)
    )
    return cells[["column", "term", "label", "printed", "stars"]]


def partial(t: pd.Series, df: float | pd.Series) -> pd.Series:
    """Partial correlation of a regressor with the outcome, t / sqrt(t^2 + df), without units."""
    return t / (t**2 + df) ** 0.5


def printed_df(column: Column) -> int:
    """Residual degrees of freedom of a printed column, if it is what the text says it is.

    A balanced panel of the 41 cities over the column's years with city and year effects:
    N T - N - T + 1 - K.  A reach has its share of the 41 (``published.CITIES_OF``).
    """
    n = published.CITIES_OF.get(column.key, published.CITIES)
    t = column.years[1] - column.years[0] + 1
    return n * t - n - t + 1 - len(column.terms)
