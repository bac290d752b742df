"""Words for computed figures, so that the prose cannot say what a table does not."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.published import LEVELS, VERDICTS, count_verdicts
from lib.tables import number, starred


def sign(value: float) -> str:
    """Say "positive" or "negative" (or "zero")."""
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


def significance(p: float) -> str:
    """Say "significant at 1 %", "... 5 %", "... 10 %" or "not significant at 10 %"."""
    for level, _ in LEVELS:
        if p < level:
            return f"significant at {level:.0%}".replace("%", " %")
    return "not significant at 10 %"


def of_stars(mark: str) -> str:
    """The level that stars stand for, in the words of :func:`significance`."""
    levels = {stars: level for level, stars in LEVELS}
    return significance(levels[mark] / 2) if mark else significance(1.0)


_SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def count(n: int) -> str:
    """A count as a word from "none" to "ten", in digits above."""
    return _SMALL[n] if 0 <= n < len(_SMALL) else str(n)


def listed(items: Sequence[str], empty: str = "none") -> str:
    """Join items as in "a", "a and b", "a, b and c"; ``empty`` for no item."""
    if not items:
        return empty
    if len(items) == 1:
        return items[0]
    return f"{', '.join(items[:-1])} and {items[-1]}"


def of_cells(prefix: str, cells: pd.DataFrame) -> dict[str, str]:
    """Figures and words of compared cells under ``prefix.column.row.what``, for the prose.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`lib.published.compare_table`.
    """
    figures: dict[str, str] = {}
    for cell in cells.itertuples():
        key = f"{prefix}.{str(cell.column).replace('-', '_')}.{cell.row}"
        figures |= {
            f"{key}.printed": starred(cell.printed, cell.printed_stars),
            f"{key}.printed_t": number(cell.printed_t),
            f"{key}.coef": starred(cell.coef, cell.stars),
            f"{key}.t": number(cell.t, 2),
            f"{key}.clustered_t": number(cell.clustered_t, 2),
            f"{key}.sign": sign(cell.coef),
            f"{key}.level": of_stars(cell.stars),
            f"{key}.clustered_level": of_stars(cell.clustered_stars),
            f"{key}.verdict": cell.verdict,
        }
    return figures | of_verdicts(prefix, cells)


def of_verdicts(prefix: str, cells: pd.DataFrame) -> dict[str, str]:
    """Counts of verdicts in words under ``prefix.cells`` and ``prefix.<verdict>``."""
    counts = count_verdicts(cells)
    words = {f"{prefix}.{v.replace(' ', '_')}": count(int(counts[v])) for v in VERDICTS}
    return {f"{prefix}.cells": count(len(cells))} | words


def of_tables(prefix: str, cells: pd.DataFrame) -> dict[str, str]:
    """The cells of each table by verdict, as one line of words under ``prefix.table_<number>``.

    Parameters
    ----------
    cells : DataFrame
        As from :func:`lib.ledger.ledger`: ``table``, ``symbol``, ``heading``, ``verdict``.
    """
    figures = {}
    for table, rows in cells.groupby("table"):
        names = {
            verdict: [f"{cell.symbol} ({cell.heading})" for cell in found.itertuples()]
            for verdict, found in rows.groupby("verdict")
        }
        parts = [f"{verdict}: {listed(names[verdict])}" for verdict in VERDICTS if verdict in names]
        figures[f"{prefix}.table_{table}"] = "; ".join(parts)
    return figures
