"""A break after a year: Chow's test, and the search over all years, by province.

The regression has every slope interacted with "after year s", and the test is the clustered Wald
statistic that all interactions are zero.  For a year given beforehand that is Chow's test [1]_; the
largest over all years is Andrews's [2]_.  Both are compared with the same wild bootstrap over
provinces, whose samples have no break in any year.

Our own: statsmodels and linearmodels search for no break in a panel.

References
----------
.. [1] Chow, G. C. (1960). Tests of equality between sets of coefficients in two linear
   regressions. *Econometrica*, 28(3), 591-605.
.. [2] Andrews, D. W. K. (1993). Tests for parameter instability and structural change with
   unknown change point. *Econometrica*, 61(4), 821-856.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from lib import bootstrap, cases, within
from lib.bootstrap import Restriction
from lib.panel import DataError
from lib.sample import one_of

TERMS = ("LM", "IA", "LM_IA")
YEAR = 2016  # the last year of the paper's first period
MARGIN = 3  # years that a break leaves on either side
Effects = Literal["one", "two", "start", "trend"]
"""Effects of a city: one for all years; one before and one after the break, as in two regressions;
one, and paths of the cities' own as in :mod:`lib.within`."""
_EFFECTS: dict[str, within.Effects] = {
    "one": "twoway", "two": "twoway", "start": "start", "trend": "trend"
}  # fmt: skip


def halves(rows: pd.DataFrame, year: int) -> pd.DataFrame:
    """Add ``late`` (1 after `year`) and every term times it, as ``IA_late``.

    Raises
    ------
    lib.panel.DataError
        No year is left on one side.
    """
    late = (rows["year"] > year).astype(int)
    if late.nunique() < 2:
        raise DataError(f"break after {year}: found no year on one side, expected some on both")
    return rows.assign(late=late, **{f"{term}_late": rows[term] * late for term in TERMS})


def candidates(rows: pd.DataFrame) -> list[int]:
    """Years after which a break leaves :data:`MARGIN` years on either side.

    Raises
    ------
    lib.panel.DataError
        There are fewer than two margins of years.
    """
    years = sorted(int(year) for year in rows["year"].unique())
    if len(years) < 2 * MARGIN:
        raise DataError(f"years: found {len(years)}, expected at least {2 * MARGIN}")
    return years[MARGIN - 1 : -MARGIN]


def broken(rows: pd.DataFrame, year: int, effects: Effects = "one", y: str = "REG") -> Restriction:
    """The regression of `y` in which all slopes may change after `year`; tested is no change.

    Raises
    ------
    lib.panel.DataError
        There are no such effects.
    """
    one_of(effects, "effects", Effects)
    unit = (*cases.UNIT, "late") if effects == "two" else cases.UNIT
    late = [f"{term}_late" for term in TERMS]
    whole = halves(rows, year)
    return Restriction.of(whole, y, late, TERMS, _EFFECTS[effects], "province", unit=unit)


@dataclass(frozen=True)
class Search:
    """Breaks after each of several years.

    Attributes
    ----------
    path : DataFrame
        Index year: ``statistic`` (Wald, all slopes), and ``wild``, its bootstrap p as if the year
        had been given.
    wild, bound : float
        Bootstrap p of the largest statistic, and what the largest exceeds in 5 % of the draws.
    """

    path: pd.DataFrame
    wild: float
    bound: float

    @property
    def beyond(self) -> list[int]:
        """Years whose statistic is larger than the bound for the largest."""
        return [int(year) for year in self.path.index[self.path["statistic"] > self.bound]]


def search(
    rows: pd.DataFrame,
    effects: Effects = "one",
    y: str = "REG",
    years: Sequence[int] | None = None,
) -> Search:
    """Test all slopes for a break after each year, and the largest statistic of all years.

    Parameters
    ----------
    years : sequence of int, optional
        Other years than those of :func:`candidates`.

    Notes
    -----
    The draws are all patterns of signs of provinces; a pattern and its negative give one statistic,
    so half of them are taken.  Residuals of the draws are those of the regression with the same
    slopes in all years, own paths included, and one effect a city.
    """
    one_of(effects, "effects", Effects)
    whole = Restriction.of(rows, y, TERMS, (), _EFFECTS[effects], "province", unit=cases.UNIT)
    weights = bootstrap.weights(2**whole.clusters, whole.clusters)
    weights = weights[: len(weights) // 2]
    lines, drawn = {}, []
    for year in candidates(rows) if years is None else years:
        test = broken(rows, year, effects, y)
        drawn.append(test.draw(weights, whole.errors))
        wild = float(bootstrap.p_value(drawn[-1], test.statistic, True))
        lines[year] = {"statistic": test.statistic, "wild": wild}
    path, most = pd.DataFrame(lines).T.rename_axis("year"), np.max(drawn, axis=0)
    wild = float(bootstrap.p_value(most, path["statistic"].max(), True))
    return Search(path, wild, float(np.quantile(most, 0.95, method="higher")))
