"""What may be chosen, what may not, and the claims that are put to it.

A *specification* takes one option of every choice and belongs to a printed column.  Outcome and
mobility name one of four *estimands*; the other choices vary inside it, and three kinds of effects,
which ask another question, stand apart [1]_.  ``data/multiverse.csv`` lists the options,
``data/multiverse_exclusions.csv`` the combinations that are left out, each with its reason.

References
----------
.. [1] Del Giudice, M. and Gangestad, S. W. (2021). A traveler's guide to the multiverse. *Advances
   in Methods and Practices in Psychological Science*, 4(1).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from lib import published
from lib.panel import DATA, DataError
from lib.specifications import COLUMNS, CONTROLS, EXTRA_CONTROLS, SYMBOL, Column

CHOICES = (
    "outcome", "mobility", "k", "agglomeration", "product", "controls", "period", "sample",
    "effects", "errors",
)  # fmt: skip
ROLES = ("estimand", "inside", "apart")
ESTIMANDS = (("flow", "reg"), ("flow", "log_reg"), ("stock", "reg"), ("stock", "log_reg"))
"""Mobility and outcome, in the order in which they are shown."""
NAME = {("flow", "reg"): "flow, level", ("flow", "log_reg"): "flow, log",
        ("stock", "reg"): "stock, level", ("stock", "log_reg"): "stock, log"}  # fmt: skip
CONTROLS_OF = {"none": (), "five": CONTROLS, "seven": (*CONTROLS, *EXTRA_CONTROLS)}
SERIES = {"province": "lm_{}", "city": "lm_{}_city", "none": "lm_{}_gross"}
"""Column of the panel for LM, by the choice of k."""


@cache
def register(path: Path = DATA / "multiverse.csv") -> pd.DataFrame:
    """The options: ``choice, option, label, role, what, why, place``, in the order of the file.

    Raises
    ------
    lib.panel.DataError
        A choice or role is unknown, a choice has no option, or an option is there twice.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if odd := sorted(set(frame["choice"]) ^ set(CHOICES)):
        raise DataError(f"{path.name}: choices {odd}: expected exactly {', '.join(CHOICES)}")
    if odd := sorted(set(frame["role"]) - set(ROLES)):
        raise DataError(f"{path.name}: role {odd[0]!r}: expected one of {', '.join(ROLES)}")
    twice = frame[frame.duplicated(["choice", "option"])]
    if len(twice):
        one = twice.iloc[0]
        raise DataError(f"{path.name}: {one.choice}={one.option}: found twice, expected once")
    return frame


def options(choice: str) -> tuple[str, ...]:
    """Options of a choice, in their order; of ``column`` and ``term``, those that are printed.

    Raises
    ------
    lib.panel.DataError
        There is no such choice.
    """
    if choice == "column":
        return tuple(column.key for column in COLUMNS)
    if choice == "term":
        return ("LM", "IA", "LM_IA", *CONTROLS)
    frame = register()
    found = tuple(frame.loc[frame["choice"].eq(choice), "option"])
    if not found:
        raise DataError(f"choice: found {choice!r}; expected one of {', '.join(CHOICES)}")
    return found


@cache
def exclusions(path: Path = DATA / "multiverse_exclusions.csv") -> pd.DataFrame:
    """What is left out: ``id, choice, options, against, against_options, why``.

    Left out is whatever takes one of `options` (separated by ``|``) and one of `against_options`.
    Where `against` is empty, the options were considered and never admitted.

    Raises
    ------
    lib.panel.DataError
        A rule names an option that there is not, or a never-admitted one is in the register.
    """
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    for rule in frame.itertuples():
        pairs = [(rule.choice, rule.options), (rule.against, rule.against_options)]
        for choice, names in pairs if rule.against else pairs[:1]:
            for name in names.split("|"):
                if (name in options(choice)) != bool(rule.against):
                    state = "not in the register" if rule.against else "in the register"
                    raise DataError(f"{path.name}: rule {rule.id}: {choice}={name} is {state}")
    return frame


def admitted(**chosen: str) -> bool:
    """Whether no rule leaves out this combination of options, column and term."""
    return not any(
        chosen.get(rule.choice) in rule.options.split("|")
        and chosen.get(rule.against) in rule.against_options.split("|")
        for rule in exclusions().itertuples()
        if rule.against
    )


@cache
def regressions(key: str) -> tuple[tuple[str, str, str], ...]:
    """Admitted ``(agglomeration, product, controls)`` of a column."""
    return tuple(
        (ia, product, controls)
        for controls in options("controls")
        for ia in options("agglomeration")
        for product in options("product")
        if admitted(column=key, product=product, controls=controls)
        and admitted(agglomeration=ia, controls=controls)
    )


@cache
def terms(key: str, product: str) -> tuple[str, ...]:
    """Printed coefficients of a column that a regression with this product has."""
    cells = published.coefficients(column(key).table)
    printed = cells.loc[cells["column"].eq(key), "row"]
    return tuple(term for term in printed if admitted(product=product, term=term))


def column(key: str) -> Column:
    """A column of Tables 1 to 3 by its key."""
    return next(each for each in COLUMNS if each.key == key)


def claims() -> pd.DataFrame:
    """Printed coefficients with a star: ``column, term, label, printed, stars, level, r``.

    ``r`` is the partial correlation behind the printed t.
    """
    frames = []
    for each in COLUMNS:
        cells = published.coefficients(each.table)
        cells = cells[cells["column"].eq(each.key) & cells["stars"].ne("")]
        r = published.partial_correlation(cells["t"], published.df_resid(each.key))
        frames.append(
            pd.DataFrame(
                {
                    "column": each.key,
                    "term": cells["row"],
                    "label": [f"{each.heading}: {SYMBOL.get(row, row)}" for row in cells["row"]],
                    "printed": cells["coef"],
                    "stars": cells["stars"],
                    "level": cells["stars"].map(published.level),
                    "r": r,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
