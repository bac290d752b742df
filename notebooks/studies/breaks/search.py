"""A break after a year: Chow's test, the search over all years, and the least-squares date.

The regression has every slope interacted with "after year s", and the test is the clustered Wald
statistic that all interactions are zero.  For a year given beforehand that is Chow's test [1]_; the
largest over all years is Andrews's [2]_.  Both are compared with the same wild cluster bootstrap,
whose samples have no break in any year.  The date is the year whose break leaves the smallest sum
of squared residuals; Bai's interval for it [3]_ supposes that the change is a step.

Our own: statsmodels and linearmodels search for no break in a panel.

References
----------
.. [1] Chow, G. C. (1960). Tests of equality between sets of coefficients in two linear
   regressions. *Econometrica*, 28(3), 591-605.
.. [2] Andrews, D. W. K. (1993). Tests for parameter instability and structural change with
   unknown change point. *Econometrica*, 61(4), 821-856.
.. [3] Bai, J. (1997). Estimation of a change point in multiple regression models. *Review of
   Economics and Statistics*, 79(4), 551-563.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from lib import within
from lib.panel import DataError
from lib.resampling import bootstrap
from lib.resampling.bootstrap import Restriction
from lib.sample import one_of
from lib.within import EXACT, bartlett

TERMS = ("LM", "IA", "LM_IA")
DRAWS = 1_999  # by city; by province all 2,048 patterns of signs
YEAR = 2016  # the last year of the paper's first period
MARGIN = 3  # years that a break leaves on either side
BAI = 11.03
"""Quantile of 95 % of Bai's distribution of the date: 11.0 in his table (p. 559), and the root of
its closed form."""
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


def broken(
    rows: pd.DataFrame, year: int, effects: Effects = "one", y: str = "REG", cluster: str = "city"
) -> Restriction:
    """The regression of `y` in which all slopes may change after `year`; tested is no change.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.centred`.

    Raises
    ------
    lib.panel.DataError
        There are no such effects.
    """
    one_of(effects, "effects", Effects)
    unit = ("city", "late") if effects == "two" else ("city",)
    late = [f"{term}_late" for term in TERMS]
    whole = halves(rows, year)
    return Restriction.of(whole, y, late, TERMS, _EFFECTS[effects], cluster, unit=unit)


@dataclass(frozen=True)
class Search:
    """Breaks after each of several years.

    Attributes
    ----------
    path : DataFrame
        Index year: ``statistic`` (Wald, all slopes), ``wild`` its bootstrap p as if the year had
        been given, and ``IA``, the change of that slope.
    wild, critical : float
        Bootstrap p of the largest statistic, and what the largest exceeds in 5 % of the draws.
    """

    path: pd.DataFrame
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
    cluster: str = "city",
    years: Sequence[int] | None = None,
    draws: int = DRAWS,
) -> Search:
    """Test all slopes for a break after each year, and the largest statistic of all years.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`lib.specifications.centred`.
    cluster : str
        ``city``, or ``province``: whose residuals turn their signs together, and whose errors may
        be correlated.
    years : sequence of int, optional
        Other years than those of :func:`candidates`.
    draws : int
        Signs drawn for each cluster, the same for all years; all patterns, where eleven clusters
        or fewer have no more than 2,048.

    Notes
    -----
    Residuals of the draws are those of the regression with the same slopes in all years, own paths
    included, and one effect a city.
    """
    one_of(effects, "effects", Effects)
    whole = Restriction.of(rows, y, TERMS, (), _EFFECTS[effects], cluster)
    weights = bootstrap.weights(2_048 if whole.clusters <= 11 else draws, whole.clusters)
    all_of_them = bootstrap.is_enumeration(weights)
    found, drawn = {}, []
    for year in candidates(rows) if years is None else years:
        one = broken(rows, year, effects, y, cluster)
        drawn.append(one.draw(weights, whole.errors))
        wild = float(bootstrap.p_value(drawn[-1], one.statistic, all_of_them))
        found[year] = {"statistic": one.statistic, "wild": wild, "IA": one.coef["IA_late"]}
    path, most = pd.DataFrame(found).T.rename_axis("year"), np.max(drawn, axis=0)
    wild = float(bootstrap.p_value(most, path["statistic"].max(), all_of_them))
    return Search(path, wild, float(np.quantile(most, 0.95)))


def date(rows: pd.DataFrame, effects: Effects = "one", y: str = "REG") -> tuple[int, int, int]:
    """The year whose break in all slopes fits best, and both ends of Bai's interval of 95 %.

    Notes
    -----
    With z the change of the fit at the break, net of what does not break, e the residuals, T years
    and s_t the sum of z e over the cities of a year, the interval is
    ``year -/+ (floor(c / L) + 1)``, c = 11.03, ``L = (sum z^2 / T)^2 / omega``, cut where the years
    end.  omega is the long-run variance of s_t with Bartlett weights and the lags of
    :func:`lib.within.bartlett`: errors may be correlated across the cities of a
    year, and across years.
    """
    fits = {year: broken(rows, year, effects, y) for year in candidates(rows)}
    year = int(pd.Series({each: fit.rss for each, fit in fits.items()}).round(9).idxmin())
    best = fits[year]
    change = best.null_errors - best.errors
    scores = (change * best.errors).groupby(rows["year"]).sum()
    span = len(scores)
    omega = float(scores @ bartlett(span) @ scores.to_numpy()) / span
    rate = (change @ change / span) ** 2 / omega if omega > EXACT else np.inf
    half = int(np.floor(round(BAI / rate, 6))) + 1
    first, last = int(rows["year"].min()), int(rows["year"].max()) - 1
    return year, max(year - half, first), min(year + half, last)
