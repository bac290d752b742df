"""Derive the indicators of 41 invented cities from their yearbook: ``python data/make/twin.py``.

The yearbook was written by a program of the first edition, backwards from the paper's tables, so
that tests can walk the road from a yearbook to a table.  It gave 2007 the natural growth of 2008,
and the cleaning, written later, strikes a rate that repeats the year before in a whole province: it
would strike 2008.  The rates of 2007 enter no indicator, so they are blanked first.
"""

from __future__ import annotations

import pandas as pd

from data.yearbook.build import (
    build,
    load_exchange_rate,
    load_natural_growth,
    natural_growth,
    write,
)
from data.yearbook.clean import EVENTS, clean
from data.yearbook.reading import read_yearbook
from lib import panel

INDICATORS = panel.DATA / "synthetic_indicators.csv"
OWN = panel.DATA / "own_panel.csv"


def indicators() -> pd.DataFrame:
    """The columns of ``data/indicators.csv``, of 41 invented cities."""
    cities = panel.load_cities(panel.DATA / "synthetic_cities.csv")
    yearbook = read_yearbook(panel.DATA / "synthetic_yearbook.csv", cities)
    yearbook.loc[yearbook["year"].eq(2007), "natural_growth"] = float("nan")
    cleaned = clean(yearbook, cities, EVENTS)
    growth = natural_growth(cleaned, cities, load_natural_growth())
    return build(cleaned, load_exchange_rate(), growth)


def own(table: pd.DataFrame) -> pd.DataFrame:
    """These cities in the layout of *Your own panel*."""
    cities = panel.load_cities(panel.DATA / "synthetic_cities.csv").set_index("city_code")
    moved = table["lm_flow_gross"].where(table["year"] > 2008, 1.0)
    residents = moved.groupby(table["city_code"]).cumprod()
    told = {"income": table["reg"], "residents": residents.round(5), "natural_growth": table["k"],
            "industry": table["share_secondary"], "per_registered": table["lm_stock_gross"] + 1,
            "wage": table["rlr"], "openness": table["odi"]}  # fmt: skip
    place = {"city": "city_en", "province": "province_en"}
    names = {new: table["city_code"].map(cities[old]) for new, old in place.items()}
    return pd.DataFrame(names | {"year": table["year"]} | told)


if __name__ == "__main__":
    made = indicators()
    write({INDICATORS: made, OWN: own(made)})
