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
from studies.multiverse import register
from studies.multiverse.explore import Multiverse
from studies.multiverse.explorer import as_printed

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?")
_NEAREST = 3


def which(coef: float | str, nobs: int, found: Multiverse) -> pd.DataFrame:
    """The specifications that give a slope of LM, to as many digits as it is written with.

    Parameters
    ----------
    coef : float or str
        As a text it may have a true minus sign or a decimal comma, and zeros at its end count.
    nobs : int
        Rows of the regression.
    found : Multiverse
        Where to look.

    Returns
    -------
    DataFrame
        Rows of ``found.estimates``, those that depart least from the printed table first, with
        ``gives``, whether the row gives all that was asked, and ``departures``, its options that
        are not the printed ones.  Where no row gives it, the three nearest.

    Raises
    ------
    lib.panel.DataError
        The text is no number.
    """
    rows = found.estimates[found.estimates["term"].eq("LM")].reset_index(drop=True)
    value, half = read(coef)
    gap = (rows["coef"] - value).abs()
    gives = (gap <= half) & rows["nobs"].eq(nobs)
    far = gap / np.maximum(rows["coef"].abs(), abs(value)) + (rows["nobs"] - nobs).abs() / nobs
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
