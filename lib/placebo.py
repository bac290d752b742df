"""An invented Belt, in which output follows residents as far as one decides beforehand.

Residents, mobility, industry and controls are the official ones; output is not.  What a regression
finds there, apart from what was put in, is made by arithmetic.
"""

import numpy as np
import pandas as pd


def residents(data: pd.DataFrame) -> pd.Series:
    """Residents of each city-year over those of the city's first year, from their growth."""
    people = data["lm_flow_gross"].fillna(1).groupby(data["city"]).cumprod()
    return people / people.groupby(data["city"]).transform("first")


def scale(data: pd.DataFrame) -> pd.Series:
    """A city's first REG times the mean growth of output of all cities, :eq:`eq-tilt`."""
    start = data["reg"].groupby(data["city"]).transform("first")
    grown = np.log(data["reg"] / start * residents(data))
    return start * np.exp(grown.groupby(data["year"]).transform("mean"))


def exponents(rows: pd.DataFrame) -> pd.DataFrame:
    """What the Belts of every elasticity have in common: their REG is ``exp(base + eta * more)``.

    In the Belt of an elasticity eta, output rises by eta per cent with one per cent more residents;
    what is left of its growth is, each year, on the line of all cities in log START, :eq:`eq-belt`.

    Parameters
    ----------
    rows : DataFrame
        ``year``; ``REG``, ``START`` (a city's first REG) and ``PEOPLE`` (residents, the first year
        1).  The lines are fitted to these rows, so a sample without a province has its own.

    Returns
    -------
    DataFrame
        ``base`` and ``more``, aligned to the rows.
    """
    start, people = np.log(rows["START"]), np.log(rows["PEOPLE"])
    grown = np.log(rows["REG"]) - start + people
    year = rows["year"]
    apart = start - start.groupby(year).transform("mean")
    own = (apart**2).groupby(year).transform("sum")

    def line(values: pd.Series) -> pd.Series:
        slope = (apart * values).groupby(year).transform("sum") / own
        return values.groupby(year).transform("mean") + slope * apart

    return pd.DataFrame({"base": start + line(grown) - people, "more": people - line(people)})


def following(data: pd.DataFrame, elasticity: float) -> pd.DataFrame:
    """The panel with the REG of :func:`exponents` for one elasticity.

    At 0 output does not depend on residents, at 1 output per resident does not.
    """
    start = data["reg"].groupby(data["city"]).transform("first")
    rows = {"year": data["year"], "REG": data["reg"], "START": start, "PEOPLE": residents(data)}
    of = exponents(pd.DataFrame(rows))
    return data.assign(reg=np.exp(of["base"] + elasticity * of["more"]))
