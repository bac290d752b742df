"""The panel that ships with the book, and its cities."""

from pathlib import Path

import pandas as pd

DATA: Path = Path(__file__).resolve().parents[1] / "data"
"""The folder of the data that ship with the book.

:meta hide-value:
"""

KEY = ["city_code", "year"]

INDICATORS = [
    "reg", "reg_current", "lm_flow", "lm_stock", "lm_flow_gross", "lm_stock_gross",
    "lm_flow_city", "lm_stock_city", "k", "share_primary", "share_secondary", "share_tertiary",
    "odi", "te", "gr", "rlr", "rissl", "rdi", "edl",
]  # fmt: skip
"""The indicators of ``indicators.csv``, in its order; :mod:`lib.indicators` defines them."""

FLAGS = ("boundary", "census_step", "copied", "definition", "interpolated", "parts", "revision",
         "suspect")  # fmt: skip
"""Kinds of flags: what is known of the figures behind a row.  ``data/README.md`` explains them."""


class DataError(ValueError):
    """Data that are not what they claim to be: what was found, and what was expected."""


def need(data: pd.DataFrame, *years: int, provinces: int = 1) -> None:
    """Refuse a part of the panel that lacks years, or provinces, that a comparison needs."""
    has, places = sorted({*data["year"]}), data["province"].nunique()
    found = f"found {has[0]} to {has[-1]} in {places} provinces" if has else "found no row"
    if lacking := [str(year) for year in years if year not in has]:
        raise DataError(f"the panel: {found}; expected {', '.join(lacking)} too")
    if places < provinces:
        raise DataError(f"the panel: {found}; expected {provinces} provinces or more")


def read(
    path: Path | str, types: dict[str, type], key: list[str], others: type | None = None,
    within: dict[str, tuple[float, float]] | None = None, start: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """Read columns of a CSV file: those that `types` names, and the others if their type is given.

    DataError if a column lacks, a number is none or not `within` its bounds, a key is twice, or a
    column of `start` is empty in the first year of a city (the key's parts).
    """
    texts = {name: kind for name, kind in types.items() if kind is str}
    try:
        frame = pd.read_csv(path, dtype=texts, index_col=False)
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: found {str(error).strip()}; expected CSV in UTF-8") from None
    if lacking := ", ".join(name for name in types if name not in frame):
        found = f"found the columns {', '.join(frame)}"
        raise DataError(f"{path}, row 1: {found}; expected {lacking} too")
    if others:
        types = dict.fromkeys(frame, others) | types
    for name in (name for name in types if name not in texts):
        rest, whole = pd.to_numeric(frame[name], errors="coerce") % 1, types[name] is int
        wrong = rest.ne(0) if whole else rest.isna() & frame[name].notna()  # also infinity
        _refuse(path, frame.loc[wrong, [name]], "", f"a {'whole ' * whole}number")
    for name, (low, high) in (within or {}).items():
        wrong = ~frame[name].between(low, high) & frame[name].notna()
        _refuse(path, frame.loc[wrong, [name]], "", f"{low:g} to {high:g}")
    _refuse(path, frame.loc[frame.duplicated(key), key], " again", "each once")
    for name in start:
        first = frame.sort_values(key).drop_duplicates(key[:1])[[name]]
        _refuse(path, first[first[name].isna()], "", f"a figure in the first {key[-1]}")
    return frame.astype(types)[[*types]]


def _refuse(path: Path | str, wrong: pd.DataFrame, more: str, expected: str) -> None:
    """DataError for the first of some cells, or rows; none is no error."""
    for row, *found in wrong.itertuples():
        place = f"{path}, row {row + 2}, column {', '.join(wrong)}"
        raise DataError(f"{place}: found {', '.join(map(str, found))}{more}; expected {expected}")


def load_cities(path: Path | str = DATA / "cities.csv") -> pd.DataFrame:
    """Load a roster of cities.

    One row a city: city_code (int where all are whole numbers, else str), city_zh, city_en,
    province_zh, province_en, reach (the group that the roster names), lon and lat (degrees).
    """
    names = ["city_code", "city_zh", "city_en", "province_zh", "province_en", "reach"]
    cities = read(path, dict.fromkeys(names, str) | {"lon": float, "lat": float}, ["city_code"])
    whole = cities["city_code"].str.fullmatch("[1-9][0-9]*").all()
    return cities.astype({"city_code": "int64"}) if whole else cities


def load(
    path: Path | str = DATA / "indicators.csv", cities: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Load the indicator panel as ``make data`` writes it, with each city's name and place.

    `cities` is the roster, by default the one that ships.  One row a city and year, sorted:
    city_code, year, city (its romanised name, with the province in brackets where two share it),
    province, reach, lon, lat, the indicators (``data/README.md`` defines them), flags, and moved,
    whether the city's boundary moved in some year of the panel; a part of the panel keeps it.
    """
    roster = load_cities() if cities is None else cities
    types = {"city_code": str, "year": int} | dict.fromkeys(INDICATORS, float) | {"flags": str}
    panel, codes = read(path, types, KEY), roster["city_code"].astype(str)
    strange = ~panel["city_code"].isin(codes)
    _refuse(path, panel.loc[strange, ["city_code"]], "", "a city of the roster")
    shared, province = roster["city_en"].duplicated(keep=False), roster["province_en"]
    city = roster["city_en"].where(~shared, roster["city_en"] + " (" + province + ")")
    place = pd.DataFrame({"city_code": codes, "city": city, "province": province})
    place = place.join(roster[["reach", "lon", "lat"]])
    panel = panel[KEY].merge(place, on="city_code").merge(panel, on=KEY).fillna({"flags": ""})
    panel = panel.astype({"city_code": roster["city_code"].dtype})
    moved = panel["flags"].str.contains("boundary:resident_pop").groupby(panel["city_code"])
    panel["moved"] = moved.transform("any")
    return panel.sort_values(KEY).reset_index(drop=True)
