"""A yearbook judged: what is refused, and what a person has to look at.

*Refused* is what no place on earth can show: a ratio beyond its limits, an index of another kind.
*Said* are medians, extremes and the largest changes, in which a person sees a wrong unit or year.
The constants have their reasons beside them, and so have the limits in ``schema.toml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.panel import KEY
from lib.strictcsv import Failure
from tools.yearbook.clean import Cleaned, log, true_cells
from tools.yearbook.reading import TO_BELIEVE
from tools.yearbook.schema import FIELDS, RATIOS, SECTORS

FEW = 4  # cities of a year, or years of a city: the fewest that chance does not make alike
MOST = 0.8  # of cells that do the same: chance leaves most apart
PRINTED = 0.06  # points by which an index of one decimal can miss the growth it was computed from

Judged = tuple[Failure, Sequence[tuple[Any, int]]]  # what is impossible; cells if some are to blame


def judge(book: pd.DataFrame, cleaned: Cleaned, dollar: pd.Series | None = None) -> list[Judged]:
    """Find what no place on earth can show.

    Figures as read serve for the index, and cleaned ones for ratios: what
    :func:`tools.yearbook.clean.clean` strikes is judged there.  `dollar` is what a US dollar costs,
    by year, without which investment is held against no product.
    """
    return [*_index(book), *_limits(ratios(cleaned.frame, dollar))]


def _index(book: pd.DataFrame) -> Iterator[Judged]:
    """A growth index that is a chain, stands at 100 everywhere, or is the growth of GDP itself."""
    wide = book.pivot(index="city_code", columns="year", values=["gdp", "gdp_index"])
    gdp, index = wide["gdp"], wide["gdp_index"]
    growth = 100 * (gdp / gdp.shift(axis=1))
    chained = (growth - 100 * index / index.shift(axis=1)).abs().mean(axis=1)
    yearly = (growth - index).abs().mean(axis=1)
    expected = f"an index of previous year = 100 at constant prices{TO_BELIEVE}"
    if len(chained) >= FEW and chained.lt(yearly).mean() >= MOST and chained.mean() < yearly.mean():
        found = "figures whose growth, and not the figures, follows GDP"
        cause = 'a chain index: set index = "chain" in the settings'
        yield Failure(None, "gdp_index", found, expected, cause=cause), ()
        return
    same = (growth - index).abs().le(PRINTED + 1.0 / gdp)
    later = index.notna() & growth.notna()  # the figure of a first year enters nothing
    for faults, found in ((index.eq(100), "exactly 100"), (same, "the growth of gdp itself")):
        for axis, where in enumerate(("most cities, {}", "{}, most years")):
            share = faults[later].mean(axis=axis).where(later.sum(axis=axis) >= FEW)
            for label in share.index[share >= MOST]:
                fault = f"{found}, in {where.format(label)}"
                yield Failure(None, "gdp_index", fault, expected), ()


def ratios(frame: pd.DataFrame, dollar: pd.Series | None) -> dict[str, pd.DataFrame]:
    """Compute `RATIOS` in natural units, city x year; without those of which nothing is known."""
    frame = frame.sort_values(KEY)
    rate = np.nan if dollar is None else frame["year"].map(dollar) / 100
    first = frame["year"].eq(frame["year"].min())
    volume = (frame["gdp_index"] / 100).where(~first, frame["gdp"])
    frame = frame.assign(
        sectors=frame[SECTORS].sum(axis=1, min_count=len(SECTORS)), fdi=frame["fdi"] * rate,
        gdp_index=volume.groupby(frame["city_code"]).cumprod(),
    ).set_index(KEY)  # fmt: skip
    tables = {}
    for ratio in RATIOS:
        above, below = (frame[[*names]].prod(axis=1, skipna=False)
                        for names in (ratio.above, ratio.below))  # fmt: skip
        tables[ratio.words] = (above * ratio.scale / below).unstack()
    return {words: wide for words, wide in tables.items() if wide.notna().any(axis=None)}


def _limits(tables: dict[str, pd.DataFrame]) -> Iterator[Judged]:
    for ratio in (ratio for ratio in RATIOS if ratio.words in tables):
        wide = tables[ratio.words]
        if cells := true_cells(wide.lt(ratio.low) | wide.gt(ratio.high)):
            (code, year), *others = cells
            columns = ", ".join(name for name in (*ratio.above, *ratio.below) if name in FIELDS)
            found = f"{ratio.words} of {wide.at[code, year]:.3g}, in {code}, {year}"
            found += f" and {len(others):,} more" * bool(others)
            expected = f"{ratio.low:g} to {ratio.high:g}{TO_BELIEVE}"
            yield Failure(None, columns, found, expected, cause="another unit"), cells


def said(frame: pd.DataFrame, dollar: pd.Series | None, names: pd.Series) -> list[str]:
    """Word medians, extremes and the largest yearly changes of ratios, with city and year.

    In the extremes a wrong unit shows, in the changes a wrong year, or a step that an event of the
    settings can name.  A change is held against that of the median city.
    """

    def at(values: pd.Series, cell: Any, times: str = "") -> str:
        return f"{values[cell]:.3g}{times} ({names[cell[0]]}, {cell[1]})"

    lines = []
    for words, wide in ratios(frame, dollar).items():
        values, change = wide.stack().dropna().round(9), log(wide).diff(axis=1)
        low, high = at(values, values.idxmin()), at(values, values.idxmax())
        lines.append(f"{words}: {values.median():.3g} at the median, {low} to {high}")
        unlike = (change - change.median()).abs().stack().dropna().round(9)
        if len(unlike):
            step = at(np.exp(change).stack(), unlike.idxmax(), " times the year before")
            lines[-1] += f"; the largest change {step}"
    return lines
