"""The rows that a regression can use.

Rows with a missing value go, and so does a city or a year with one row, again and again, where its
own effect would absorb it: it is no city and no cluster.  This is what Stata's ``reghdfe`` does,
and what ``xtreg, fe`` gives on the rows that are left.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

import numpy as np
import pandas as pd

from lib.panel import DataError


def column(rows: pd.DataFrame, name: str) -> pd.Series:
    """A column by name; refuses one that is there twice or not at all."""
    if (count := list(rows.columns).count(name)) != 1:
        there = ", ".join(map(str, rows.columns))
        raise DataError(f"column {name!r}: found {count} times in ({there}), expected once")
    return rows[name]


def numbers(rows: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Columns of numbers, finite or missing, as floats: (n, columns); refuses others."""
    values = np.empty((len(rows), len(columns)))
    for place, name in enumerate(columns):
        series = column(rows, name)
        if not pd.api.types.is_numeric_dtype(series) or np.iscomplexobj(series):
            raise DataError(
                f"column {name!r}: found values of type {series.dtype}, expected numbers"
            )
        values[:, place] = series.to_numpy(dtype=float, na_value=np.nan)
        if (infinite := np.isinf(values[:, place])).any():
            row = rows.index[int(infinite.argmax())]
            raise DataError(
                f"row {row!r}, column {name!r}: found an infinite value, expected a finite number"
            )
    return values


def codes(rows: pd.DataFrame, columns: str | Sequence[str]) -> tuple[np.ndarray, pd.Index]:
    """Number the values of a column, or the combinations of several, in their order.

    Returns codes (n,), from zero, -1 where a part is missing; and the values of a single column, or
    the numbers of several.  Raises as :func:`column`.
    """
    first, *others = (pd.factorize(column(rows, name), sort=True) for name in listed(columns))
    number, labels = first[0], pd.Index(first[1])
    for more, values in others:
        pair = np.where((number < 0) | (more < 0), np.nan, number * len(values) + more)
        number, pairs = pd.factorize(pair, sort=True)
        labels = pd.RangeIndex(len(pairs))
    return number, labels


def repeated(effects: Sequence[np.ndarray], kept: np.ndarray) -> np.ndarray:
    """Which of the rows `kept` no effect absorbs, by their codes of city and year: bool (n,).

    A row that is alone in a city or a year goes, which may leave another alone, and so on.
    """
    kept, before = kept.copy(), -1
    while before != (before := int(kept.sum())):
        for codes in effects:
            kept &= (np.bincount(codes[kept], minlength=codes.max(initial=-1) + 1) > 1)[codes]
    return kept


def without_singles(rows: pd.DataFrame, effects: Sequence[str]) -> pd.DataFrame:
    """Rows less those that are alone in a city or a year whose own effect absorbs them."""
    number = [pd.factorize(rows[name])[0] for name in effects]
    return rows[repeated(number, np.ones(len(rows), dtype=bool))]


def listed(names: Sequence[str] | str) -> tuple[str, ...]:
    """One name or several as a tuple; refuses none."""
    names = (names,) if isinstance(names, str) else tuple(names)
    if not names:
        raise DataError("found an empty list of columns, expected at least 1")
    return names


def one_of(value: str, name: str, options: Any) -> None:
    """Refuse a value that is none of a literal's."""
    if value not in get_args(options):
        raise DataError(f"{name}: found {value!r}, expected one of {', '.join(get_args(options))}")
