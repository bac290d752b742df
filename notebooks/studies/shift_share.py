"""What a city's sectors of 2008 and the growth of these sectors elsewhere predict, from ratios.

No level of the yearbook is needed.  REG times residents is a city's real product, and the growth of
residents ships: a product over its own of 2008 is known although no product is.  Across cities
only employment ships as a relative size, and it weighs cities where they are added up.
"""

from __future__ import annotations

import pandas as pd

from lib import placebo
from lib.specifications import FIRST_YEAR

SECTORS = ("primary", "secondary", "tertiary")


def shift_share(data: pd.DataFrame) -> pd.Series:
    """Growth that is predicted for a city, summed from 2009 to each year [1]_.

    A city's sector is its share times its real product over that of 2008; shares are at current
    prices, so relative prices stay in.  Cities weigh what they employed in 2008 (``te``, of its
    first year where that is missing).  A sector grows over the cities that have both years.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`: every city that is "elsewhere", its years in order.

    Returns
    -------
    Series
        Sum of the growth of the product in each year, as a share; zero in 2008.

    References
    ----------
    .. [1] Bartik, T. J. (1991). *Who Benefits from State and Local Economic Development Policies?*
       W. E. Upjohn Institute.
    """
    real = _wide(data.assign(real=data["reg"] * placebo.residents(data)), "real")
    size = _wide(data, "te").bfill(axis=1).iloc[:, 0] / real[FIRST_YEAR]
    predicted = pd.DataFrame(0.0, real.index, real.columns)
    for sector in SECTORS:
        share = _wide(data, f"share_{sector}")
        now = (share * real).mul(size, axis=0)
        before = now.shift(axis=1)
        known = now.notna() & before.notna()
        now, before = now.where(known, 0.0), before.where(known, 0.0)
        growth = (now.sum() - now) / (before.sum() - before) - 1  # in all cities but the row's own
        predicted += growth.mul(share[FIRST_YEAR], axis=0)
    predicted[FIRST_YEAR] = 0.0
    sums = predicted.cumsum(axis=1, skipna=False)
    city, year = sums.index.get_indexer(data["city_code"]), sums.columns.get_indexer(data["year"])
    return pd.Series(sums.to_numpy()[city, year], data.index)


def _wide(data: pd.DataFrame, column: str) -> pd.DataFrame:
    return data.pivot(index="city_code", columns="year", values=column)
