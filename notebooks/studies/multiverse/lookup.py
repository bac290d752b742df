"""Which choices did you make?  The specifications that give a coefficient."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from lib import panel
from lib.specifications import COLUMNS
from lib.verdicts import KINDS
from studies.multiverse import register
from studies.multiverse.explore import Multiverse, explore
from studies.multiverse.explorer import as_printed

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
_NEAREST = 3


def which(
    coef: float | str,
    nobs: int | None = None,
    t: float | str | None = None,
    term: str = "LM",
    found: Multiverse | None = None,
) -> pd.DataFrame:
    """The specifications that give a coefficient, to as many digits as it is written with.

    Parameters
    ----------
    coef : float or str
        As a text it may have a true minus sign or a decimal comma, and zeros at its end count.
    nobs : int, optional
        Rows of the regression.
    t : float or str, optional
        With any of the four kinds of errors.
    term : str
        Whose coefficient it is.
    found : Multiverse, optional
        Where to look; by default all of :func:`studies.multiverse.explore` on the shipped panel,
        with own paths of the cities.

    Returns
    -------
    DataFrame
        Rows of ``found.estimates``, those that depart least from the printed table first, with
        ``gives``, whether the row gives all that was asked, and ``departures``, its options that
        are not the printed ones.  Where no row gives it, the three nearest.

    Raises
    ------
    lib.panel.DataError
        A text is no number, or no specification has the term.
    """
    whole = (_shipped() if found is None else found).estimates
    rows = whole[whole["term"].eq(term)].reset_index(drop=True)
    if rows.empty:
        terms = ", ".join(whole["term"].unique())
        raise panel.DataError(f"term: found {term!r}, expected one of {terms}")
    value, half = read(coef)
    gap = (rows["coef"] - value).abs()
    gives, far = gap <= half, gap / np.maximum(rows["coef"].abs(), abs(value))
    if nobs is not None:
        gives &= rows["nobs"].eq(nobs)
        far += (rows["nobs"] - nobs).abs() / nobs
    if t is not None:
        wanted, near = read(t)
        every = pd.DataFrame({kind: rows["coef"] / rows[f"se_{kind}"] for kind in KINDS})
        apart = (every - wanted).abs().min(axis=1)
        gives &= apart <= near
        far += apart / max(1.0, abs(wanted))
    rows = rows.assign(gives=gives, _far=far.round(9))
    rows = rows[gives] if gives.any() else rows.nsmallest(_NEAREST, "_far")
    named = [departures(row) for row in rows.to_dict("records")]
    many = [len(each) if gives.any() else 0 for each in named]
    rows = rows.assign(departures=["; ".join(each) for each in named], _many=many)
    rows = rows.sort_values(["_many", "_far"], kind="stable", ignore_index=True)
    return rows.drop(columns=["_many", "_far"])


def departures(row: Mapping[str, Any]) -> list[str]:
    """The choices of a specification that are not those of the printed table, in words.

    The paper prints income in levels; of mobility it has both measures.
    """
    printed, label = _printed()
    return [
        f"{choice}: {label[choice, row[choice]]}"
        for choice, option in printed[row["column"]].items()
        if row[choice] != option
    ]


@cache
def _printed() -> tuple[dict[str, dict[str, str]], dict[tuple[str, str], str]]:
    table = register.register().set_index(["choice", "option"])
    printed = {column.key: {"outcome": "reg"} | as_printed(column) for column in COLUMNS}
    return printed, table["label"].to_dict()


def read(written: float | str) -> tuple[float, float]:
    """A number and half a unit of the last digit it is written with.

    ``-0.83``, ``−.83`` and ``−0,83`` are one number.

    Raises
    ------
    lib.panel.DataError
        It is no number.
    """
    text = str(written).strip().replace("\N{MINUS SIGN}", "-").replace(",", ".")
    if not _NUMBER.fullmatch(text):
        raise panel.DataError(f"found {written!r}, expected a number such as -0.83")
    digits, _, power = text.partition("e")
    decimals = len(digits.partition(".")[2]) - int(power or 0)
    return float(text), 0.5 * 10.0**-decimals * (1 + 1e-9)


@cache
def _shipped() -> Multiverse:
    return explore(panel.load(), effects=register.options("effects", "inside"))
