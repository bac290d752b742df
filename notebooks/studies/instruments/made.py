"""Shift-share and migration pull, from ratios that ship.

No level of the yearbook is needed.  REG times residents is a city's real product, and the growth of
residents ships: a product over its own of 2008 is known although no product is.  Across cities
only employment ships as a relative size, and it weighs cities where they are added up.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from libpysal.cg import sphere

from lib import indicators, specifications
from lib.panel import DataError
from lib.specifications import FIRST_YEAR, MODEL1, Column, Reading

SECTORS = ("primary", "secondary", "tertiary")


def volume(data: pd.DataFrame) -> pd.Series:
    """Real product of a city over its own of 2008; residents, and moved borders, cancel.

    Parameters
    ----------
    data : DataFrame
        ``city_code, year, reg, lm_flow_gross``, with 2008.

    Returns
    -------
    Series
        Aligned to `data`; missing from the first year without growth on.
    """
    growth = _wide(data, "lm_flow_gross")
    growth[FIRST_YEAR] = 1.0
    residents = _long(growth.cumprod(axis=1, skipna=False), data)
    return data["reg"] / _start(data, "reg") * residents


def sector_growth(data: pd.DataFrame) -> pd.DataFrame:
    """Size of each sector in all cities but the row's own, 2008 = 1.

    A city's sector is its share times :func:`volume`; shares are at current prices, so relative
    prices stay in.  Cities weigh what they employed in 2008 (``te``, of its first year where that
    is missing), and yearly growth is chained over the cities that have both years.

    Parameters
    ----------
    data : DataFrame
        Every city that is "elsewhere": columns of :func:`volume`, ``te`` and the sector shares.

    Returns
    -------
    DataFrame
        Columns ``primary, secondary, tertiary``, aligned to `data`.

    Raises
    ------
    lib.panel.DataError
        A column or 2008 is missing, a city-year is there twice, a city has no employment at all.
    """
    real, size = _wide(data.assign(volume=volume(data)), "volume"), _wide(data, "te")
    size = size.bfill(axis=1).iloc[:, 0]
    if size.isna().any():
        raise DataError(f"te: found no value for city {size.index[size.isna()][0]}, expected one")
    found = {}
    for sector in SECTORS:
        now = (_wide(data, f"share_{sector}") * real).mul(size, axis=0)
        before = now.shift(axis=1)
        known = now.notna() & before.notna()
        now, before = now.where(known, 0.0), before.where(known, 0.0)
        growth = (now.sum() - now) / (before.sum() - before)
        growth[FIRST_YEAR] = 1.0
        found[sector] = _long(growth.cumprod(axis=1), data)
    return pd.DataFrame(found)


def shift_share(data: pd.DataFrame) -> pd.DataFrame:
    """What a city's structure of 2008 and the growth of sectors elsewhere predict [1]_.

    Returns
    -------
    DataFrame
        ``shift``, growth of the product in the year: shares of 2008 times growth of the sectors
        elsewhere; missing in 2008.  ``shift_ia``, equation (4), mean 1, of the secondary share that
        a city would have had if each of its sectors had grown as elsewhere.

    References
    ----------
    .. [1] Bartik, T. J. (1991). *Who Benefits from State and Local Economic Development Policies?*
       W. E. Upjohn Institute.
    """
    index = sector_growth(data)
    shares = pd.DataFrame({each: _start(data, f"share_{each}") for each in SECTORS})
    growth = index / index.apply(lambda column: _before(column, data)) - 1
    grown = shares * index
    predicted = grown["secondary"] / grown.sum(axis=1, skipna=False)
    frame = pd.DataFrame({"year": data["year"], "predicted": predicted})
    ia = indicators.ia(frame, share="predicted", scaled=True)
    return pd.DataFrame({"shift": (shares * growth).sum(axis=1, min_count=3), "shift_ia": ia})


def pull(data: pd.DataFrame) -> pd.Series:
    """Log wages (``rlr``) of the year before in all other cities, weighed by one over distance.

    Over the cities that have a wage; missing in the first year.

    Raises
    ------
    lib.panel.DataError
        A column is missing, or two cities are at one place.
    """
    wages = np.log(_wide(data, "rlr")).shift(axis=1)
    places = data.drop_duplicates("city_code").set_index("city_code").loc[wages.index]
    points = list(zip(places["lon"], places["lat"], strict=True))
    km = np.array([[sphere.arcdist(one, other) for other in points] for one in points])
    np.fill_diagonal(km, np.inf)
    if (km <= 0).any():
        raise DataError("lon, lat: found two cities at one place, expected different places")
    total = (1 / km) @ wages.notna().to_numpy()
    mean = (1 / km) @ wages.fillna(0).to_numpy() / np.where(total > 0, total, np.nan)
    return _long(pd.DataFrame(mean, wages.index, wages.columns), data)


def with_instruments(data: pd.DataFrame, reading: Reading, column: Column = MODEL1) -> pd.DataFrame:
    """The rows of a regression with the instruments of its reading.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load`: all cities, whatever the reading studies, since growth and
        wages elsewhere do not depend on whom we look at.

    Returns
    -------
    DataFrame
        :func:`lib.specifications.rows` with ``shift``, ``pull``, ``shift_ia`` and ``trend``, REG
        of 2008 times the years since.  A stock is a sum of flows, so there ``shift`` and ``pull``
        are their sums from 2009 to the year.
    """
    made = data[["city_code", "year"]].assign(**shift_share(data), pull=pull(data))
    made["trend"] = _start(data, "reg") * (data["year"] - FIRST_YEAR)
    if reading.mobility.startswith("lm_stock"):
        for name in ("shift", "pull"):
            flows = _wide(made, name)
            flows[FIRST_YEAR] = 0.0
            made[name] = _long(flows.cumsum(axis=1, skipna=False), made)
    return specifications.rows(data, reading, column).merge(
        made, on=["city_code", "year"], how="left", validate="1:1"
    )


def _start(data: pd.DataFrame, column: str) -> pd.Series:
    wide = _wide(data, column)
    return data["city_code"].map(wide[FIRST_YEAR])


def _before(values: pd.Series, data: pd.DataFrame) -> pd.Series:
    """The city's value of the year before, whatever the order of the rows."""
    return _long(_wide(data.assign(value=values), "value").shift(axis=1), data)


def _wide(data: pd.DataFrame, column: str) -> pd.DataFrame:
    missing = [name for name in ("city_code", "year", column) if name not in data]
    if missing:
        raise DataError(f"found no column {', '.join(missing)}, expected it in the panel")
    if data.duplicated(["city_code", "year"]).any():
        raise DataError("found a city-year twice, expected each once")
    if data["year"].min() != FIRST_YEAR:
        raise DataError(f"year: found {data['year'].min()} first, expected {FIRST_YEAR}")
    wide = data.pivot(index="city_code", columns="year", values=column)
    return wide.reindex(columns=range(FIRST_YEAR, wide.columns.max() + 1))


def _long(wide: pd.DataFrame, data: pd.DataFrame) -> pd.Series:
    city = wide.index.get_indexer(data["city_code"])
    year = wide.columns.get_indexer(data["year"])
    return pd.Series(wide.to_numpy()[city, year], data.index)
