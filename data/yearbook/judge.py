"""A yearbook judged: what is refused, and what a person has to look at.

*Refused* is what no place on earth can show: a ratio beyond its limits, an index that is the growth
of output at current prices.  *Said* are medians, extremes and the largest changes, in which a
person sees a wrong unit or year.  The constants have their reasons beside them, and so have the
limits in ``schema.toml``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from data.yearbook.clean import log, true_cells
from data.yearbook.files import Failure
from data.yearbook.schema import FIELDS, RATIOS, SECTORS
from lib.panel import KEY

FEW = 4  # cities of a year, or years of a city: the fewest that chance does not make alike
MOST = 0.8  # of cells that do the same: chance leaves most apart
PRINTED = 0.06  # points by which an index of one decimal can miss the growth it was computed from


def judge(book: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> list[Failure]:
    """Find what no place on earth can show, in the figures as read and in :func:`ratios`."""
    return [*_index(book), *_limits(tables)]


def _index(book: pd.DataFrame) -> Iterator[Failure]:
    """A growth index that stands at 100 everywhere, or is the growth of GDP itself."""
    wide = book.pivot(index="city_code", columns="year", values=["gdp", "gdp_index"])
    gdp, index = wide["gdp"], wide["gdp_index"]
    growth = 100 * (gdp / gdp.shift(axis=1))
    same = (growth - index).abs().le(PRINTED + 1.0 / gdp)
    later = index.notna() & growth.notna()  # the figure of a first year enters nothing
    expected = "an index of previous year = 100 at constant prices"
    for faults, found in ((index.eq(100), "exactly 100"), (same, "the growth of gdp itself")):
        for axis, where in enumerate(("most cities, {}", "{}, most years")):
            share = faults[later].mean(axis=axis).where(later.sum(axis=axis) >= FEW)
            for label in share.index[share >= MOST]:
                yield Failure(None, "gdp_index", f"{found}, in {where.format(label)}", expected)


def ratios(frame: pd.DataFrame, dollar: pd.Series) -> dict[str, pd.DataFrame]:
    """Compute `RATIOS` in natural units, city x year; without those of which nothing is known.

    The figures are cleaned: what :func:`data.yearbook.clean.clean` strikes is judged there.
    `dollar` is what a US dollar costs, by year.
    """
    frame = frame.sort_values(KEY)
    first = frame["year"].eq(frame["year"].min())
    volume = (frame["gdp_index"] / 100).where(~first, frame["gdp"])
    frame = frame.assign(
        sectors=frame[SECTORS].sum(axis=1, min_count=len(SECTORS)),
        fdi=frame["fdi"] * frame["year"].map(dollar) / 100,
        gdp_index=volume.groupby(frame["city_code"]).cumprod(),
    ).set_index(KEY)
    tables = {}
    for ratio in RATIOS:
        above, below = (frame[[*names]].prod(axis=1, skipna=False)
                        for names in (ratio.above, ratio.below))  # fmt: skip
        tables[ratio.words] = (above * ratio.scale / below).unstack()
    return {words: wide for words, wide in tables.items() if wide.notna().any(axis=None)}


def _limits(tables: Mapping[str, pd.DataFrame]) -> Iterator[Failure]:
    for ratio in (ratio for ratio in RATIOS if ratio.words in tables):
        wide = tables[ratio.words]
        if cells := true_cells(wide.lt(ratio.low) | wide.gt(ratio.high)):
            (code, year), *others = cells
            columns = ", ".join(name for name in (*ratio.above, *ratio.below) if name in FIELDS)
            found = f"{ratio.words} of {wide.at[code, year]:.3g}, in {code}, {year}"
            found += f" and {len(others):,} more" * bool(others)
            yield Failure(None, columns, found, f"{ratio.low:g} to {ratio.high:g}")


def said(tables: Mapping[str, pd.DataFrame], names: pd.Series) -> list[str]:
    """Word medians, extremes and the largest yearly changes of ratios, with city and year.

    In the extremes a wrong unit shows, in the changes a wrong year, or a step that an event can
    name.  A change is held against that of the median city; :func:`common` has that one.
    """

    def at(values: pd.Series, cell: Any, times: str = "") -> str:
        return f"{values[cell]:.3g}{times} ({names[cell[0]]}, {cell[1]})"

    lines = []
    for words, wide in tables.items():
        values, change = wide.stack().dropna().round(9), log(wide).diff(axis=1)
        low, high = at(values, values.idxmin()), at(values, values.idxmax())
        lines.append(f"{words}: {values.median():.3g} at the median, {low} to {high}")
        unlike = (change - change.median()).abs().stack().dropna().round(9)
        if len(unlike):
            step = at(np.exp(change).stack(), unlike.idxmax(), " times the year before")
            lines[-1] += f"; the largest change {step}"
    return lines


def common(frame: pd.DataFrame) -> list[str]:
    """Word the largest yearly change of the median city in each column, the largest first.

    A unit that changes for all cities in one year shows here, and in no change that is held against
    the median city.
    """
    found = []
    for field in FIELDS:
        wide = frame.pivot(index="city_code", columns="year", values=field)
        change = log(wide).diff(axis=1).median().dropna().round(9)
        if change.any():
            year = change.abs().idxmax()
            words = f"{field} {np.exp(change[year]):.4g} times ({year})"
            found.append((-abs(change[year]), words))
    return [words for _, words in sorted(found)]
