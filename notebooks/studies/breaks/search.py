"""A break after a year: Chow's test, and the search over all years, as one test.

The regression has every slope interacted with "after year s", and the test is the clustered Wald
statistic that all interactions are zero.  For a year given beforehand that is Chow's test [1]_ with
errors that may be alike within a city; the largest over all years is Andrews's [2]_.  Both are
compared with the same wild cluster bootstrap, whose samples have no break in any year.

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
from typing import Literal, get_args

import numpy as np
import pandas as pd

from lib import specifications
from lib.panel import DataError
from lib.resampling import bootstrap
from lib.resampling.bootstrap import Restriction
from lib.specifications import Reading

TERMS = ("LM", "IA", "LM_IA")
DRAWS = 1_999
YEAR = 2016  # the last year of the paper's first period
MARGIN = 3  # years that a break leaves on either side
Effects = Literal["one", "two"]


def sample(data: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The rows of Table 2's regression over all years, measured from the average city.

    Returns
    -------
    DataFrame
        As from :func:`lib.specifications.rows`; LM less its mean, IA less 1, and the product of
        these two.  The fit and all tests of all slopes are those of the raw product; the slope of
        LM is that at average IA, and IA's that at average LM.
    """
    rows = specifications.rows(data, reading, terms=TERMS)
    lm, ia = rows["LM"] - rows["LM"].mean(), rows["IA"] - 1
    return rows.assign(LM=lm, IA=ia, LM_IA=lm * ia)


def halves(rows: pd.DataFrame, year: int, terms: Sequence[str] = TERMS) -> pd.DataFrame:
    """Add ``late`` (1 after `year`) and every term times it, as ``IA_late``.

    Raises
    ------
    lib.panel.DataError
        No year is left on one side.
    """
    late = (rows["year"] > year).astype(int)
    if late.nunique() < 2:
        raise DataError(f"break after {year}: found no year on one side, expected some on both")
    return rows.assign(late=late, **{f"{term}_late": rows[term] * late for term in terms})


def candidates(rows: pd.DataFrame, margin: int = MARGIN) -> list[int]:
    """Years after which a break leaves `margin` years on either side.

    Raises
    ------
    lib.panel.DataError
        There are fewer than two margins of years, or the margin is below 1.
    """
    years = sorted(int(year) for year in rows["year"].unique())
    if margin < 1 or len(years) < 2 * margin:
        raise DataError(f"margin: found {margin} for {len(years)} years, expected half at most")
    return years[margin - 1 : len(years) - margin]


def entity_of(effects: str) -> str | tuple[str, ...]:
    """Columns that have an effect each: ``city``, or city and period.

    Raises
    ------
    lib.panel.DataError
        `effects` is neither "one" nor "two".
    """
    if effects not in get_args(Effects):
        raise DataError(f"effects of a city: found {effects!r}, expected 'one' or 'two'")
    return "city" if effects == "one" else ("city", "late")


@dataclass(frozen=True)
class Search:
    """Breaks after every year that leaves a margin.

    Attributes
    ----------
    path : DataFrame
        Index year: ``statistic`` (Wald, all slopes), ``p`` from F(q, G-1) and ``wild`` from the
        bootstrap, both as if the year had been known; ``IA, LM`` and ``LM_IA``, the changes.
    largest, year : float, int
        The largest statistic and its year.
    wild, critical : float
        Bootstrap p-value of the largest, and what it exceeds in 5 % of the draws.
    """

    path: pd.DataFrame
    largest: float
    year: int
    wild: float
    critical: float

    @property
    def beyond(self) -> int:
        """Years whose statistic is larger than the critical value of the largest."""
        return int((self.path["statistic"] > self.critical).sum())


def search(
    rows: pd.DataFrame,
    effects: Effects = "one",
    y: str = "REG",
    terms: Sequence[str] = TERMS,
    margin: int = MARGIN,
    draws: int = DRAWS,
) -> Search:
    """Test all slopes for a break after each year, and the largest statistic of all years.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`sample`.
    effects : {"one", "two"}
        Effects of a city: one for all years, or one before and one after, as in two regressions.
    draws : int
        Signs drawn for each city, the same for all years.

    Notes
    -----
    Residuals of the draws are those of the regression with the same slopes in all years and one
    effect a city.
    """
    whole = Restriction.of(rows, y, list(terms))
    weights = bootstrap.weights(draws, len(whole.clusters))
    late = [f"{term}_late" for term in terms]
    found, drawn = {}, []
    for year in candidates(rows, margin):
        one = Restriction.of(
            halves(rows, year, terms), y, late, list(terms), entity=entity_of(effects)
        )
        made = one.draw(weights, whole.errors)
        test, wild = one.test(), bootstrap.p_value(made, one.statistic, False)
        changes = dict(zip(terms, one.coef, strict=True))
        found[year] = {"statistic": test.statistic, "p": test.p, "wild": float(wild)} | changes
        drawn.append(made)
    path = pd.DataFrame(found).T.rename_axis("year")
    most = np.max(drawn, axis=0)
    largest = float(path["statistic"].max())
    return Search(
        path=path,
        largest=largest,
        year=int(path["statistic"].round(6).idxmax()),
        wild=float(bootstrap.p_value(most, largest, False)),
        critical=float(np.quantile(most, 0.95)),
    )
