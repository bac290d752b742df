"""What tests compare with: an invented panel, and its effects written out as columns."""

import numpy as np
import pandas as pd


def simulated(cities: int = 12, years: int = 7, gaps: int = 0, seed: int = 5) -> pd.DataFrame:
    """Two-way effects correlated with a, b; b endogenous with instruments z, w, v; c exogenous."""
    rng = np.random.default_rng(seed)
    city, year = (grid.ravel() for grid in np.mgrid[:cities, 2008 : 2008 + years])
    draws = pd.DataFrame(rng.normal(size=(city.size, 7)), columns=list("aczwveu"))
    effect, trend = rng.normal(size=cities)[city], rng.normal(size=years)[year - 2008]
    data = draws.assign(city=city, year=year, a=draws["a"] + effect + trend)
    data["b"] = draws["z"] + 0.5 * draws["w"] + draws["u"] + effect + 0.3 * draws["a"]
    data["y"] = data["a"] - data["b"] + data["c"] + draws["u"] + draws["e"] + effect - trend
    keep = np.sort(rng.permutation(city.size)[gaps:])
    return data.iloc[keep].set_axis([f"row {i}" for i in keep])


OWN = {"twoway": ["city", "year"], "entity": ["city"], "time": ["year"]}


def dummies(data: pd.DataFrame, effects: str) -> pd.DataFrame:
    out = pd.DataFrame({"one": 1.0}, index=data.index)
    for column in OWN.get(effects, []):
        out = out.join(pd.get_dummies(data[column], prefix=column, dtype=float).iloc[:, 1:])
    return out


def unnested(data: pd.DataFrame, effects: str) -> int:
    """How many effects no city has alone."""
    return data["year"].nunique() if "year" in OWN.get(effects, []) else 1
