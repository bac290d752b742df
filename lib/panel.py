"""The panel that ships with the book."""
from __future__ import annotations

from pathlib import Path

import pandas as pd

DATA: Path = Path(__file__).resolve().parents[1] / "data"
KEY = ["city_code", "year"]


class DataError(ValueError):
    """Data that are not what they claim to be: what was found, and what was expected."""


INDICATORS = [
    "reg", "lm_flow", "lm_stock", "lm_flow_gross", "lm_stock_gross", "lm_flow_city", "lm_stock_city", "k",
    "share_primary", "share_secondary", "share_tertiary", "odi", "te", "gr", "rlr", "rissl", "rdi", "edl",
]


def load(path: Path | str = DATA / "indicators.csv") -> pd.DataFrame:
    """Load the indicator panel (first draft; the validating loader follows)."""
    frame = pd.read_csv(path)
    roster = pd.read_csv(DATA / "cities.csv")
    shared = roster["city_en"].duplicated(keep=False)
    city = roster["city_en"].where(~shared, roster["city_en"] + " (" + roster["province_en"] + ")")
    place = roster.assign(city=city, province=roster["province_en"]).set_index("city_code")
    place = place[["city", "province", "reach", "lon", "lat"]].loc[frame["city_code"]].reset_index(drop=True)
    frame = pd.concat([frame[KEY], place, frame[[*INDICATORS, "flags"]]], axis=1)
    frame["flags"] = frame["flags"].fillna("")
    return frame.sort_values(KEY).reset_index(drop=True)
