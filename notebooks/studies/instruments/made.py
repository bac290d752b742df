"""Shift-share and migration pull, from ratios that ship.

No level of the yearbook is needed.  REG times residents is a city's real product, and the growth of
residents ships: a product over its own of 2008 is known although no product is.  Across cities
only employment ships as a relative size, and it weighs cities where they are added up.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from libpysal.cg import sphere

from lib import placebo, specifications
from lib.specifications import FIRST_YEAR, MODEL1, Reading

SECTORS = ("primary", "secondary", "tertiary")


def shift_share(data: pd.DataFrame) -> pd.Series:
    """What a city's structure of 2008 and the growth of sectors elsewhere predict [1]_.

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
        Growth of the product in the year, as a share; missing in 2008.

    References
    ----------
    .. [1] Bartik, T. J. (1991). *Who Benefits from State and Local Economic Development Policies?*
       W. E. Upjohn Institute.
    """
    real = _wide(data.assign(real=data["reg"] * placebo.residents(data)), "real")
    size = _wide(data, "te").bfill(axis=1).iloc[:, 0] / real[FIRST_YEAR]
    found = pd.DataFrame(0.0, real.index, real.columns)
    for sector in SECTORS:
        share = _wide(data, f"share_{sector}")
        now = (share * real).mul(size, axis=0)
        before = now.shift(axis=1)
        known = now.notna() & before.notna()
        now, before = now.where(known, 0.0), before.where(known, 0.0)
        growth = (now.sum() - now) / (before.sum() - before) - 1  # in all cities but the row's own
        found += growth.mul(share[FIRST_YEAR], axis=0)
    return _long(found, data)


def pull(data: pd.DataFrame) -> pd.Series:
    """Log wages (``rlr``) of the year before in all other cities, weighed by one over distance.

    Over the cities that have a wage; missing in the first year.
    """
    wages = np.log(_wide(data, "rlr")).shift(axis=1)
    places = data.drop_duplicates("city_code").set_index("city_code").loc[wages.index]
    points = list(zip(places["lon"], places["lat"], strict=True))
    km = np.array([[sphere.arcdist(one, other) for other in points] for one in points])
    np.fill_diagonal(km, np.inf)
    total = (1 / km) @ wages.notna().to_numpy()
    mean = (1 / km) @ wages.fillna(0).to_numpy() / np.where(total > 0, total, np.nan)
    return _long(pd.DataFrame(mean, wages.index, wages.columns), data)


def with_instruments(data: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The rows of Model 1 with the instruments of a reading.

    Parameters
    ----------
    data : DataFrame
        As for :func:`shift_share`: all cities, whatever the reading studies, since growth and wages
        elsewhere do not depend on whom we look at.

    Returns
    -------
    DataFrame
        :func:`lib.specifications.rows` with ``shift`` and ``pull``.  A stock is a sum of flows, so
        there they are sums from 2009 to the year.
    """
    made = data[["city_code", "year"]].assign(shift=shift_share(data), pull=pull(data))
    if reading.mobility.startswith("lm_stock"):
        for name in ("shift", "pull"):
            flows = _wide(made, name)
            flows[FIRST_YEAR] = 0.0
            made[name] = _long(flows.cumsum(axis=1, skipna=False), made)
    return specifications.rows(data, reading, MODEL1).merge(made, validate="1:1")


def _wide(data: pd.DataFrame, column: str) -> pd.DataFrame:
    return data.pivot(index="city_code", columns="year", values=column)


def _long(wide: pd.DataFrame, data: pd.DataFrame) -> pd.Series:
    city = wide.index.get_indexer(data["city_code"])
    year = wide.columns.get_indexer(data["year"])
    return pd.Series(wide.to_numpy()[city, year], data.index)
