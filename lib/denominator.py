"""A slope that comes from a common denominator: LM counts the residents that REG is divided by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.diagnostics import Sample
from lib.panel import DataError


def log_product(data: pd.DataFrame) -> pd.Series:
    """Logarithm of a city's real product, per resident of the first year.

    Parameters
    ----------
    data : DataFrame
        ``city_code, year, reg, lm_flow_gross``, sorted by city and year, no year missing.

    Returns
    -------
    Series
        ``log REG_t`` and the growth of residents since the first year, ``sum log(1 + g)``: REG
        with its denominator held where it was.

    Raises
    ------
    lib.panel.DataError
        Rows are out of order, or a year or a growth rate after a city's first year is missing.
    """
    first = ~data["city_code"].duplicated()
    step = data["year"].diff()
    if not (data["city_code"].is_monotonic_increasing and step[~first].eq(1).all()):
        raise DataError("rows: found a year missing or out of order, expected each city in order")
    growth = np.log1p(data["lm_flow_gross"].where(~first, 0.0))
    if growth.isna().any():
        raise DataError("lm_flow_gross: found a gap after a city's first year, expected none")
    return np.log(data["reg"]) + growth.groupby(data["city_code"]).cumsum()


def levels_and_changes(
    rows: pd.DataFrame, y: str, terms: Sequence[str] = ("lm", "ia")
) -> pd.DataFrame:
    """Slopes with city and year effects, and of first differences with year effects.

    Parameters
    ----------
    rows : DataFrame
        ``city_code``, ``year``, `y` and `terms`.

    Returns
    -------
    DataFrame
        Index term; ``level``, ``level_t``, ``change``, ``change_t``, t clustered by city.

    Notes
    -----
    If effects are all that stands between the two, both estimate the same slope [1]_.

    References
    ----------
    .. [1] Wooldridge, J. M. (2010). *Econometric analysis of cross section and panel data*, 2nd
       ed. MIT Press, section 10.7.
    """
    sample = Sample.of(rows, terms, y)
    table = {}
    fits = {"level": sample.fit(), "change": sample.differenced().fit("year")}
    for name, fit in fits.items():
        table[name] = fit.coef[0]
        table[f"{name}_t"] = fit.coef[0] / fit.se("clustered")[0]
    return pd.DataFrame(table, index=list(terms))
