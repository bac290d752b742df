"""Do cities converge: the spread of REG over time (sigma), and growth on its start (beta)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from lib.panel import DataError


def sigma(data: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Standard deviation of log REG over cities, year by year.

    Parameters
    ----------
    data : DataFrame
        Columns ``city_code, year, reg`` and, if given, ``by``.
    by : str, optional
        Group cities, as by ``reach``; the column ``all`` holds all cities.

    Returns
    -------
    DataFrame
        Index year, one column per group and ``all``; log points.

    Notes
    -----
    Source: Barro and Sala-i-Martin (1992).  Cities count alike, whatever their population.
    """
    logs = data.assign(log_reg=np.log(data["reg"]))
    spread = pd.DataFrame({"all": logs.groupby("year")["log_reg"].std()})
    if by is None:
        return spread
    groups = logs.groupby(["year", by])["log_reg"].std().unstack()
    return spread.join(groups)


@dataclass(frozen=True)
class Beta:
    """Growth on its start: ``(log REG_T - log REG_0) / T = a + b log REG_0``.

    Attributes
    ----------
    frame : DataFrame
        Per city: ``city_code, start`` (log REG in the first year), ``growth`` (per year) and
        the columns kept from the data.
    slope, se, p : float
        b, its HC3 standard error and two-sided p-value, t(n - 2).
    low, high : float
        95 % interval of b.
    speed : float
        Rate of convergence per year, -log(1 + b T) / T; missing where 1 + b T <= 0.
    years : tuple of int
        First and last year.
    intercept : float
        a.
    """

    frame: pd.DataFrame
    slope: float
    se: float
    p: float
    low: float
    high: float
    speed: float
    years: tuple[int, int]
    intercept: float


def beta(data: pd.DataFrame, first: int, last: int) -> Beta:
    """Unconditional beta-convergence of REG between two years, by least squares.

    Raises
    ------
    lib.panel.DataError
        The first year is not before the last, or fewer than three cities have REG in both.

    Notes
    -----
    Source: Barro and Sala-i-Martin (1992), the linear form.
    """
    wide = data.pivot(index="city_code", columns="year", values="reg")
    ends = np.log(wide.reindex(columns=[first, last])).dropna()
    if first >= last:
        raise DataError(
            f"beta-convergence: found {first} to {last}; expected an earlier first year"
        )
    if len(ends) < 3:
        raise DataError(
            f"beta-convergence {first} to {last}: {len(ends)} cities have REG in both years; "
            "expected at least 3"
        )
    span = last - first
    frame = pd.DataFrame({"start": ends[first], "growth": (ends[last] - ends[first]) / span})
    fit = sm.OLS(frame["growth"], sm.add_constant(frame["start"])).fit(
        cov_type="HC3", use_t=True
    )
    slope = float(fit.params["start"])
    low, high = fit.conf_int().loc["start"]
    remaining = 1 + slope * span
    kept = data[data["year"] == last].set_index("city_code")
    kept = kept[[column for column in ("city", "reach") if column in kept]]
    return Beta(
        frame=frame.join(kept).reset_index(),
        slope=slope,
        se=float(fit.bse["start"]),
        p=float(fit.pvalues["start"]),
        low=float(low),
        high=float(high),
        speed=-np.log(remaining) / span if remaining > 0 else float("nan"),
        years=(first, last),
        intercept=float(fit.params["const"]),
    )
