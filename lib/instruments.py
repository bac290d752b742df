"""Instruments for labour mobility and agglomeration, each from ratios that ship.

None of them needs a level of the yearbook.  Within a city, REG times residents is its real
product, and the growth of residents ships; so the product of a city over its own of 2008 is known
although no product is.  Across cities only employment ships as a relative size, and it stands in
for the product where cities have to be weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from linearmodels.panel.data import PanelData

from lib import indicators
from lib.indicators import BASE_YEAR
from lib.panel import DataError
from lib.spatial import distances
from lib.specifications import Reading, prepare, with_lags

Weights = Literal["employment", "equal"]
SECTORS = ("primary", "secondary", "tertiary")
NAMES = {
    "lm_lag1": "LM a year ago",
    "ia_lag1": "IA a year ago",
    "ss_growth": "predicted growth",
    "ss_ia": "predicted IA",
    "pull_wage": "wages elsewhere",
    "registered_growth": "registered growth",
    "product": "their product",
}


@dataclass(frozen=True)
class InstrumentSet:
    """Instruments for LM and for IA that are argued for together.

    Attributes
    ----------
    name : str
        How tables and figures call it.
    lm, ia : tuple of str
        Columns that are meant to move LM, and IA.
    """

    name: str
    lm: tuple[str, ...]
    ia: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All instruments of the set."""
        return (*self.lm, *self.ia)


SETS = (
    InstrumentSet("First lags", ("lm_lag1",), ("ia_lag1",)),
    InstrumentSet("Shift-share", ("ss_growth",), ("ss_ia",)),
    InstrumentSet("Migration pull", ("pull_wage",), ("ss_ia",)),
    InstrumentSet("Second count", ("registered_growth",), ("ss_ia",)),
    InstrumentSet("All but lags", ("ss_growth", "pull_wage", "registered_growth"), ("ss_ia",)),
)


def volume(panel: pd.DataFrame) -> pd.Series:
    """Real product of a city over its own of 2008: ``REG_t / REG_2008 x prod (1 + L growth)``.

    Residents cancel, boundary changes included: what is left is the chained growth index.

    Parameters
    ----------
    panel : DataFrame
        ``city_code, year, reg, lm_flow_gross``, with 2008.

    Returns
    -------
    Series
        Aligned to `panel`; missing from the first year without growth on.
    """
    _require(panel, ["reg", "lm_flow_gross"])
    growth = (1 + panel["lm_flow_gross"]).where(panel["year"] > BASE_YEAR, 1.0)
    by_year = _wide(panel.assign(growth=growth), "growth")
    residents = _long(by_year.cumprod(axis=1, skipna=False), panel)
    return panel["reg"] / panel["city_code"].map(_base(panel, "reg")) * residents


def sector_growth(panel: pd.DataFrame, weights: Weights = "employment") -> pd.DataFrame:
    """Growth of each sector since 2008 over all cities but the row's own.

    A city's sector is its share of the city's product times :func:`volume`, so in the prices of
    2008 as the city's own product has them: shares are at current prices, and the change of
    relative prices between sectors stays in.  Cities are added up with the weight of their size
    in 2008, and yearly growth is chained over the cities that have both years.

    Parameters
    ----------
    panel : DataFrame
        All cities that make up "elsewhere": ``city_code, year, reg, lm_flow_gross, te`` and the
        sector shares, one row a city-year.
    weights : {"employment", "equal"}
        Size in 2008: employment (``te``; of its first year, where 2008 is missing), or one.

    Returns
    -------
    DataFrame
        Columns ``primary, secondary, tertiary``, 2008 = 1, aligned to `panel`.

    Raises
    ------
    DataError
        A column or 2008 is missing, weights are unknown, or a city has no employment at all.
    """
    if weights not in get_args(Weights):
        raise DataError(f"weights: found {weights!r}, expected 'employment' or 'equal'")
    _require(panel, ["te", *(f"share_{name}" for name in SECTORS)])
    real = _wide(panel.assign(volume=volume(panel)), "volume")
    size = pd.Series(1.0, real.index)
    if weights == "employment":
        size = _wide(panel, "te").bfill(axis=1).iloc[:, 0]
        if size.isna().any():
            raise DataError(f"te: found no value for city {size.index[size.isna()][0]}")
    found = {}
    for name in SECTORS:
        output = (_wide(panel, f"share_{name}") * real).mul(size, axis=0)
        last = output.shift(axis=1)
        # A city without either year is in neither sum.
        now, before = output.where(last.notna()).fillna(0), last.where(output.notna()).fillna(0)
        growth = (now.sum() - now) / (before.sum() - before)
        growth.iloc[:, 0] = 1.0
        found[name] = _long(growth.cumprod(axis=1), panel)
    return pd.DataFrame(found)


def shift_share(panel: pd.DataFrame, weights: Weights = "employment") -> pd.DataFrame:
    """What a city's structure of 2008 and the growth of the sectors elsewhere predict.

    Parameters
    ----------
    panel, weights
        As for :func:`sector_growth`.

    Returns
    -------
    DataFrame
        ``ss_growth``, predicted growth of the product in the year, the sum over sectors of the
        share of 2008 times the growth of the sector elsewhere; missing in 2008 (Bartik 1991).
        ``ss_ia``, equation (4), scaled to mean 1, of the secondary share that the city would have
        had if each of its sectors had grown as elsewhere since 2008.
    """
    index = sector_growth(panel, weights)
    city, year = panel["city_code"], panel["year"]
    shares = {name: city.map(_base(panel, f"share_{name}")) for name in SECTORS}
    grown = pd.DataFrame({name: shares[name] * index[name] for name in SECTORS})
    yearly = {name: index[name] / _before(index[name], panel) - 1 for name in SECTORS}
    growth = pd.DataFrame({name: shares[name] * yearly[name] for name in SECTORS})
    predicted = grown["secondary"] / grown.sum(axis=1, skipna=False)
    ia = indicators.ia(pd.DataFrame({"year": year, "share": predicted}), "share", scaled=True)
    return pd.DataFrame({"ss_growth": growth.sum(axis=1, min_count=3), "ss_ia": ia})


def pull(panel: pd.DataFrame, column: str) -> pd.Series:
    """Mean of a column over all other cities, each weighed by one over its distance.

    Parameters
    ----------
    panel : DataFrame
        ``city_code, year, lon, lat`` and `column`.

    Returns
    -------
    Series
        Aligned to `panel`, in units of `column`; over the cities that have a value in the year,
        missing where there is none.

    Raises
    ------
    DataError
        A column is missing, or two cities are at the same place.
    """
    _require(panel, [column, "lon", "lat"])
    km = distances(panel.drop_duplicates("city_code")).to_numpy(copy=True)
    np.fill_diagonal(km, np.inf)
    if (km <= 0).any():
        raise DataError("distances: found two cities at one place, expected different places")
    values = _wide(panel, column)
    known = values.notna().to_numpy()
    total = (1 / km) @ known
    mean = (1 / km) @ values.fillna(0).to_numpy() / np.where(total > 0, total, np.nan)
    return _long(pd.DataFrame(mean, values.index, values.columns), panel)


def registered_growth(panel: pd.DataFrame) -> pd.Series:
    """Growth of the registered population: ``(1 + g) (L/H)_(t-1) / (L/H)_t - 1``.

    g is the growth of residents and L/H residents over registered, ``lm_stock`` plus 1: a second
    count of people, by the police and not by the census office, in which residents cancel.
    """
    _require(panel, ["lm_flow_gross", "lm_stock"])
    ratio = 1 + panel["lm_stock"]
    return (1 + panel["lm_flow_gross"]) * _before(ratio, panel) / ratio - 1


def with_instruments(data: pd.DataFrame, reading: Reading) -> pd.DataFrame:
    """The rows of a reading with every instrument of :data:`SETS`, and what attacks them.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load_indicators`: all cities, whatever the sample of the reading,
        because the growth and the wages of the others do not depend on whom we study.
    reading : Reading

    Returns
    -------
    DataFrame
        :func:`lib.specifications.prepare` with ``ss_growth, ss_ia, pull_wage`` (log wage of the
        year before), ``registered_growth``, ``lm_lag1, ia_lag1`` (within the rows kept), and
        ``income_trend``, REG of 2008 times years since.
    """
    log_wage = np.log(data["rlr"])
    made = data.assign(
        **shift_share(data),
        pull_wage=pull(data.assign(wage=_before(log_wage, data)), "wage"),
        registered_growth=registered_growth(data),
        income_trend=data["city_code"].map(_base(data, "reg")) * (data["year"] - BASE_YEAR),
    )
    return with_lags(prepare(made, reading), ["lm", "ia"], [1])


def with_product(rows: pd.DataFrame, chosen: InstrumentSet) -> pd.DataFrame:
    """Add ``product``, the first instrument for LM times the first for IA."""
    return rows.assign(product=rows[chosen.lm[0]] * rows[chosen.ia[0]])


def shares_of_variation(
    rows: pd.DataFrame, column: str, needed: Sequence[str] = ()
) -> pd.Series:
    """Share of each city in the sum of squares of a column, city and year effects removed.

    An estimate under city and year effects is made of this variation.  One over the sum of the
    squared shares is the number of equal cities that would have it as concentrated.

    Parameters
    ----------
    rows : DataFrame
        ``city_code, year`` and `column`.
    needed : sequence of str
        Only rows that have these too.

    Returns
    -------
    Series
        By city_code, largest first; adds up to one.
    """
    _require(rows, [column, *needed])
    used = rows.dropna(subset=[column, *needed]).set_index(["city_code", "year"])[[column]]
    if used.empty:
        raise DataError(f"{column}: found no row with a value, expected some")
    net = PanelData(used).demean("both").dataframe[column]
    squares = (net**2).groupby(level=0).sum()
    return (squares / squares.sum()).sort_values(ascending=False, kind="stable")


def _require(panel: pd.DataFrame, columns: Sequence[str]) -> None:
    unknown = [name for name in ("city_code", "year", *columns) if name not in panel.columns]
    if unknown:
        raise DataError(f"found no column {', '.join(unknown)}, expected it in the panel")
    if panel.duplicated(["city_code", "year"]).any():
        raise DataError("found a city-year twice, expected each once")


def _base(panel: pd.DataFrame, column: str) -> pd.Series:
    rows = panel[panel["year"] == BASE_YEAR]
    if rows.empty:
        raise DataError(f"found no row of {BASE_YEAR}, expected the base year")
    return rows.set_index("city_code")[column]


def _before(values: pd.Series, panel: pd.DataFrame) -> pd.Series:
    """The value of the city a year before, whatever the order of the rows."""
    return _long(_wide(panel.assign(value=values), "value").shift(axis=1), panel)


def _wide(panel: pd.DataFrame, column: str) -> pd.DataFrame:
    wide = panel.pivot(index="city_code", columns="year", values=column)
    return wide.reindex(columns=range(wide.columns.min(), wide.columns.max() + 1))


def _long(wide: pd.DataFrame, panel: pd.DataFrame) -> pd.Series:
    city = wide.index.get_indexer(panel["city_code"])
    year = wide.columns.get_indexer(panel["year"])
    return pd.Series(wide.to_numpy()[city, year], panel.index)
