"""Data that ship with packages of the lock, on which other programs computed figures."""

from functools import cache

import numpy as np
import pandas as pd
from linearmodels.datasets import card, jobtraining, mroz, munnell
from statsmodels.datasets import grunfeld

from lib.panel import DATA

FIGURES = pd.read_csv(DATA / "reference" / "regressions.csv", keep_default_na=False)
"""Figures of other programs, a row a figure; ``ours`` is the expression of ours, or empty."""
_PRODUC = ("log(pcap)", "log(pc)", "log(emp)", "unemp")
REGRESSORS = {
    "Grunfeld11": ("value", "capital"), "Produc": _PRODUC, "Produc-holed": _PRODUC,
    "jtrain": ("d88", "d89", "grant", "grant_1"),
}  # fmt: skip


@cache
def panel(name: str) -> pd.DataFrame:
    """A panel: ``city``, the unit, ``year``, ``y`` and its `REGRESSORS`."""
    if name == "Grunfeld11":
        return grunfeld.load_pandas().data.rename(columns={"firm": "city", "invest": "y"})
    if name == "jtrain":
        data = jobtraining.load()
        return data.rename(columns={"fcode": "city"}).assign(y=np.log(data["scrap"]))
    data = munnell.load()
    logs = {"y": "GSP", "log(pcap)": "P_CAP", "log(pc)": "PC", "log(emp)": "EMP"}
    data = data.assign(**{new: np.log(data[old]) for new, old in logs.items()})
    data = data.rename(columns={"YR": "year", "UNEMP": "unemp"})
    data["city"] = data["ST_ABB"].astype(str)
    holes = (data["year"] + np.round(10 * data["unemp"])) % 5 == 0
    return data[~holes] if name == "Produc-holed" else data


def people(name: str) -> pd.DataFrame:
    """A cross-section of wages (``card``, ``mroz``), in which each person is a city."""
    data = (card if name == "card" else mroz).load()
    return data.assign(city=data.index, year=0, lwage=np.log(data["wage"]))
