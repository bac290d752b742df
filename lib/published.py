"""What was printed: the cells of the paper's Tables 1 to 3, from ``data/published``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from lib import panel
from lib.prose import LEVELS

CITIES = 41
# Table 3 does not say how the 41 divide into reaches; in proportion to the Belt's 33, 36 and 41
# cities of the upper, middle and lower reach they would be these.
CITIES_OF = {"upper": 12, "middle": 14, "lower": 15}
YEARS_OF = {"2008-2016": 9, "2017-2023": 7}
YEARS = 16
SLOPES = {"model1": 2, "model2": 6}
TEXT = ("adj_r2", "hausman_p", "entity_effects", "time_effects")
_LEVELS = {"": None} | {stars: level for level, stars in LEVELS}


def load(table: int) -> pd.DataFrame:
    """One printed table, a row per cell.

    Returns
    -------
    DataFrame
        ``table, column, column_printed, row, row_printed, coef, stars, t, text``: `row` is the
        term (``LM``, ``IA``, ``LM_IA``, ``ODI`` ...) or ``adj_r2``, ``hausman_p``; `coef` and `t`
        are missing in cells that hold text; `stars` is "" where none is printed.

    Raises
    ------
    lib.panel.DataError
        The paper has no such table.
    """
    path = panel.DATA / "published" / f"table{table}.csv"
    if not path.exists():
        raise panel.DataError(f"table {table!r}: not found; the paper has Tables 1, 2 and 3")
    return _read(path).copy()


@cache
def _read(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    words = frame["row"].isin(TEXT)
    return frame.assign(
        table=frame["table"].astype(int),
        row=frame["row"].where(words, frame["row"].str.upper()),
        coef=pd.to_numeric(frame["coef"], errors="coerce"),
        t=pd.to_numeric(frame["t"], errors="coerce"),
    )


def coefficients(table: int | None = None) -> pd.DataFrame:
    """The printed coefficients of one table, or of all three (23 cells)."""
    tables = (1, 2, 3) if table is None else (table,)
    cells = pd.concat([load(number) for number in tables])
    kept = ["table", "column", "row", "coef", "stars", "t"]
    return cells.loc[cells["coef"].notna(), kept].reset_index(drop=True)


def text(table: int, column: str, row: str) -> str:
    """One printed cell that holds text, such as ``adj_r2``.

    Raises
    ------
    KeyError
        The table has no such cell.
    """
    return load(table).set_index(["column", "row"])["text"].loc[(column, row)]


def level(stars: str) -> float | None:
    """The level that printed stars stand for: .01, .05, .10, or None where there is none."""
    return _LEVELS[stars]


def df_resid(column: str) -> int:
    """Residual degrees of freedom of a printed column, if it is what the text says it is.

    A balanced panel of the 41 cities over the column's years with city and year effects:
    N T - N - T + 1 - K.  A reach has its share of the 41 (``CITIES_OF``).
    """
    n, t = CITIES_OF.get(column, CITIES), YEARS_OF.get(column, YEARS)
    return n * t - n - t + 1 - SLOPES.get(column, 3)


def partial_correlation(t: pd.Series, df: float) -> pd.Series:
    """Partial correlation of a regressor with the outcome, t / sqrt(t^2 + df), without units."""
    return t / np.sqrt(t**2 + df)
