"""The panel that ships with the book, its cities, and the tables that it was made with.

Every file is read strictly (:mod:`lib.strictcsv`): one that is not what it claims to be is refused
with a ``DataError``, which says file, row, column, what was found and what was expected.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lib import strictcsv
from lib.strictcsv import CODE, NAME, NUMBER, YEAR, Cell, DataError, matching

__all__ = ["DATA", "DataError", "load", "load_cities", "load_exchange_rate",
           "load_natural_growth", "sample"]  # fmt: skip

DATA: Path = Path(__file__).resolve().parents[1] / "data"
"""The folder of the data that ship with the book.

:meta hide-value:
"""

KEY = ["city_code", "year"]
FINISHED = ".finished"  # in a folder: tables that are not yet in their places
MOST_CITIES = 5_000  # of a roster: China has some 340 cities and 2,800 counties
MOST_YEARS = 60  # of a yearbook: city statistics begin in the eighties

INDICATORS = [
    "reg", "reg_current", "lm_flow", "lm_stock", "lm_flow_gross", "lm_stock_gross",
    "lm_flow_city", "lm_stock_city", "k", "share_primary", "share_secondary", "share_tertiary",
    "odi", "te", "gr", "rlr", "rissl", "rdi", "edl",
]  # fmt: skip
"""The indicators of ``indicators.csv``, in its order; :mod:`lib.indicators` defines them."""

FLAGS = ("boundary", "census_step", "copied", "definition", "doubt", "interpolated", "parts",
         "revision", "suspect")  # fmt: skip
"""Kinds of flags: what is known of the figures behind a row.  ``data/README.md`` explains them."""

SAMPLES = {
    "belt110": [],
    "listed94": ["Shanghai", "Jiangsu", "Zhejiang", "Jiangxi", "Hubei", "Hunan", "Chongqing",
                 "Sichuan", "Guizhou", "Yunnan"],
    "delta41": ["Shanghai", "Jiangsu", "Zhejiang", "Anhui"],
}  # fmt: skip
"""Samples by name: their provinces, none for all."""


def load_cities(
    path: Path | str = DATA / "cities.csv", name: Cell = NAME, lacking: Collection[str] = ()
) -> pd.DataFrame:
    """Load a roster of cities, whose names are as in `name`; columns of `lacking` may be absent.

    One row a city: city_code (int where all are whole numbers, else str), city_zh, city_en,
    province_zh, province_en, reach (the group that the roster names), lon and lat (degrees).
    """
    names = ["city_zh", "city_en", "province_zh", "province_en", "reach"]
    degrees = Cell("degrees, as a number", NUMBER, float, low=-180, high=180)
    columns = {"city_code": CODE, **dict.fromkeys(names, name), "lon": degrees}
    columns["lat"] = replace(degrees, low=-90, high=90)
    what = f"a roster has at most {MOST_CITIES:,} cities"
    cities = strictcsv.read(path, columns, ["city_code"], MOST_CITIES, what, lacking)
    if cities["city_code"].str.fullmatch("[1-9][0-9]*").all():
        cities["city_code"] = cities["city_code"].astype("int64")
    return cities.reset_index(drop=True)


def load_exchange_rate(path: Path | str = DATA / "exchange_rate.csv") -> pd.Series:
    """Load yuan per US dollar, the average of each year, indexed by year."""
    rate = Cell("yuan per US dollar, as a number", NUMBER, float, above=0)
    columns = {"year": YEAR, "cny_per_usd": rate}
    rates = strictcsv.read(path, columns, ["year"], 200, "one for each year")
    return rates.set_index("year")["cny_per_usd"]


def load_natural_growth(path: Path | str = DATA / "natural_growth_province.csv") -> pd.DataFrame:
    """Load the provinces' rates of natural growth, gaps between two years filled on the line.

    One row a province and year, of all years that the file spans: province, year, k (the rate as a
    share, filled between a province's years, not beyond), natural_growth (per mille, as published;
    missing where it is not), source and interpolated (bool).
    """
    rate = Cell("a rate per mille, as a number", NUMBER, float, low=-100, high=100)
    columns = {"province_en": NAME, "province_zh": NAME, "year": YEAR, "natural_growth": rate}
    columns["source"] = Cell("a source", matching("[a-z_]+"))
    columns["published_to"] = Cell("0.01 or 0.1", matching("0.01|0.1"))
    columns["seen"] = Cell("once or twice", matching("once|twice"))
    key, what = ["province", "year"], "one for each province and year"
    rates = strictcsv.read(path, columns, ["province_en", "year"], 10_000, what)
    rates = rates.rename(columns={"province_en": "province"})
    wide = rates.pivot(index="province", columns="year", values="natural_growth")
    wide = wide.reindex(columns=range(wide.columns.min(), wide.columns.max() + 1))
    filled = wide.interpolate(axis=1, limit_area="inside") / 1000
    k = filled.rename_axis(columns="year").stack(future_stack=True).rename("k").reset_index()
    out = k.merge(rates[[*key, "natural_growth", "source"]], on=key, how="left")
    out["interpolated"] = out["natural_growth"].isna() & out["k"].notna()
    return out


def load(
    path: Path | str = DATA / "indicators.csv", cities: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Load the indicator panel as ``make data`` writes it, with each city's name and place.

    `cities` is the roster, by default the one that ships.  Refuses a file that has tables beside it
    which are not yet in their places.

    Returns
    -------
    DataFrame
        One row a city and year, sorted: city_code, year, city, province, reach, lon, lat, the
        indicators (float; ``data/README.md`` has the definitions) and flags.  `city` is the
        romanised name, with the province in brackets where two cities share it.
    """
    if (Path(path).parent / FINISHED).exists():
        found = f"{Path(path).parent}: found {FINISHED}, which a make data left that was stopped"
        raise DataError(f"{found}; expected it to be finished: run make data again")
    roster = load_cities() if cities is None else cities
    codes = roster["city_code"].astype(str)
    figure = Cell("a number", NUMBER, float, optional=True)
    kinds = {"share": replace(figure, low=0, high=1), "reg": replace(figure, above=0)}
    columns = {"city_code": Cell("a city of the roster", set(codes).__contains__), "year": YEAR}
    columns |= {name: kinds.get(name.partition("_")[0], figure) for name in INDICATORS}
    flags = f"(({'|'.join(FLAGS)}):[a-z_]+(;|$))+"
    columns["flags"] = Cell("a list of kind:field", matching(flags), optional=True)
    what = f"{len(roster):,} cities of the roster by {MOST_YEARS} years"
    panel = strictcsv.read(path, columns, KEY, len(roster) * MOST_YEARS, what)

    shared = roster["city_en"].duplicated(keep=False)
    city = roster["city_en"].where(~shared, roster["city_en"] + " (" + roster["province_en"] + ")")
    place = roster.assign(city=city, province=roster["province_en"], city_code=codes)
    place = place[["city_code", "city", "province", "reach", "lon", "lat"]]
    panel = panel[KEY].merge(place, on="city_code").merge(panel, on=KEY)
    panel["city_code"] = panel["city_code"].astype(roster["city_code"].dtype)
    return panel.fillna({"flags": ""}).sort_values(KEY).reset_index(drop=True)


def sample(panel: pd.DataFrame, name: str) -> pd.DataFrame:
    """Take the rows of one of `SAMPLES`; refuses another name.

    listed94 holds the provinces that the paper names below its Table 3, which leave out Anhui;
    delta41 the Yangtze Delta in its present extent.
    """
    if name not in SAMPLES:
        raise DataError(f"sample: found {name!r}; expected one of {', '.join(SAMPLES)}")
    return panel[panel["province"].isin(SAMPLES[name] or panel["province"])]
