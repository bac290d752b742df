"""What was printed: the cells of the paper's Tables 1 to 3, from ``data/published``."""

from functools import cache

import pandas as pd

from lib import panel
from lib.prose import LEVELS

CITIES = 41
# Table 3 does not say how the 41 divide into reaches; in proportion to the Belt's 33, 36 and 41
# cities of the upper, middle and lower reach they would be these.
CITIES_OF = {"upper": 12, "middle": 14, "lower": 15}
YEARS_OF = {"2008-2016": 9, "2017-2023": 7}
YEARS = 16
_LEVELS = {"": None} | {stars: level for level, stars in LEVELS}


@cache
def _cells() -> pd.DataFrame:
    """All cells of the three tables; `coef` and `t` are missing where a cell holds text."""
    files = sorted((panel.DATA / "published").glob("table*.csv"))
    frame = pd.concat([pd.read_csv(path, dtype=str, keep_default_na=False) for path in files])
    numbers = {name: pd.to_numeric(frame[name], errors="coerce") for name in ("coef", "t")}
    return frame.assign(table=frame["table"].astype(int), **numbers)


def coefficients(table: int | None = None) -> pd.DataFrame:
    """The printed coefficients of one table, or of all three (23 cells).

    Columns are ``table, column, row`` (the term), ``coef, stars`` ("" if none is printed), ``t``.
    """
    cells = _cells()
    of_table = cells["table"].eq(table) if table else True
    names = ["table", "column", "row", "coef", "stars", "t"]
    cells = cells.loc[cells["coef"].notna() & of_table, names].reset_index(drop=True)
    return cells.assign(row=cells["row"].str.upper())


def text(table: int, column: str, row: str) -> str:
    """One printed cell that holds text: ``adj_r2`` or ``hausman_p``; KeyError for another."""
    return _cells().set_index(["table", "column", "row"])["text"].loc[(table, column, row)]


def level(stars: str) -> float | None:
    """The level that printed stars stand for: .01, .05, .10, or None where there is none."""
    return _LEVELS[stars]
