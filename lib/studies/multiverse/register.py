"""What may be chosen, what may not, and the claims that are put to it.

A *specification* takes one option of every choice and belongs to a printed column.  Outcome and
mobility name one of four *estimands*; the other choices vary inside it.  Effects other than those
of cities and years ask another question and stand apart [1]_.  ``data/multiverse.csv`` lists the
options, ``data/multiverse_exclusions.csv`` what is left out, each with its reason.

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
from lib.specifications import COLUMNS, CONTROLS, EXTRA_CONTROLS, SYMBOL

CHOICES = (
    "outcome", "mobility", "k", "agglomeration", "product", "controls", "period", "sample",
    "effects", "errors",
)  # fmt: skip
ROLES = ("estimand", "inside", "apart")
NAME = {("flow", "reg"): "flow, level", ("flow", "log_reg"): "flow, log",
        ("stock", "reg"): "stock, level", ("stock", "log_reg"): "stock, log"}  # fmt: skip
"""The estimands, mobility and outcome, in the order in which they are shown."""
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
    for name, known in (("choice", CHOICES), ("role", ROLES)):
        if odd := sorted(set(frame[name]) ^ set(known)):
            raise DataError(f"{path.name}: {name} {odd[0]!r}: expected {', '.join(known)}, each")
    twice = frame[frame.duplicated(["choice", "option"])]
    if len(twice):
        raise DataError(f"{path.name}: {twice.iloc[0]['option']}: found twice, expected once")
    return frame


def options(choice: str) -> tuple[str, ...]:
    """Options of a choice; of ``column`` and ``term``, those that are printed."""
    if choice == "column":
        return tuple(column.key for column in COLUMNS)
    if choice == "term":
        return ("LM", "IA", "LM_IA", *CONTROLS)
    return tuple(register().query("choice == @choice")["option"])


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
    """Admitted ``(controls, agglomeration, product)`` of a column."""
    return tuple(
        (controls, ia, form)
        for controls in options("controls")
        for ia in options("agglomeration")
        for form in options("product")
        if admitted(column=key, product=form, controls=controls, agglomeration=ia)
    )


@cache
def terms(key: str, form: str) -> tuple[str, ...]:
    """Printed coefficients of a column that a regression with this form of the product has."""
    cells = published.coefficients().query("column == @key")
    return tuple(term for term in cells["row"] if admitted(product=form, term=term))


def claims() -> pd.DataFrame:
    """Printed coefficients with a star: ``column, term, label, printed, stars, level, r``.

    ``r`` is the partial correlation behind the printed t.
    """
    cells = published.coefficients().query("stars != ''").reset_index(drop=True)
    heading = {column.key: column.heading for column in COLUMNS}
    symbol = cells["row"].map(lambda row: SYMBOL.get(row, row))
    df = cells["column"].map(published.df_resid)
    return pd.DataFrame(
        {
            "column": cells["column"],
            "term": cells["row"],
            "label": cells["column"].map(heading) + ": " + symbol,
            "printed": cells["coef"],
            "stars": cells["stars"],
            "level": cells["stars"].map(published.level),
            "r": published.partial_correlation(cells["t"], df),
        }
    )
