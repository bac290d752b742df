"""The indicator panel from a clean yearbook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from data.yearbook.clean import Cleaned
from data.yearbook.schema import LEVELS, RATES
from lib import indicators
from lib.indicators import BASE_YEAR
from lib.panel import DATA, FLAGS, INDICATORS, KEY, read

DIGITS = {"reg": 4, "reg_current": 4} | dict.fromkeys(
    ["odi", "te", "gr", "rlr", "rissl", "rdi", "edl"], 3
)
"""Significant digits of the panel that ships; shares have four decimals, and LM has three."""


def load_exchange_rate(path: Path | str = DATA / "exchange_rate.csv") -> pd.Series:
    """Load yuan per US dollar, the average of each year, indexed by year."""
    return read(path, {"year": int, "cny_per_usd": float}, ["year"]).set_index("year").squeeze()


def load_natural_growth(path: Path | str = DATA / "natural_growth_province.csv") -> pd.DataFrame:
    """Load the provinces' rates of natural growth, gaps between two years filled on the line.

    One row a province and year: province, year, k (the rate as a share, filled between a province's
    years, not beyond), natural_growth (per mille, as published), source and interpolated (bool).
    """
    types = {"province_en": str, "year": int, "natural_growth": float, "source": str}
    rates = read(path, types, ["province_en", "year"]).rename(columns={"province_en": "province"})
    wide = rates.pivot(index="province", columns="year", values="natural_growth")
    filled = wide.interpolate(axis=1, limit_area="inside") / 1000
    k = filled.stack(future_stack=True).rename("k").reset_index()
    out = k.merge(rates, on=["province", "year"], how="left")
    out["interpolated"] = out["natural_growth"].isna() & out["k"].notna()
    return out


def natural_growth(
    cleaned: Cleaned, cities: pd.DataFrame, provinces: pd.DataFrame | None
) -> pd.DataFrame:
    """Choose k: the provinces' rates where they cover the yearbook, or else the cities' own.

    The two have different bases, and so are never spliced.  `provinces` is as
    :func:`load_natural_growth` gives it.  Aligned to the yearbook's rows: k (a share,
    missing where nothing is known), interpolated (bool), source ("province", "city" or "none").
    """
    frame = cleaned.frame
    province = frame["city_code"].map(cities.set_index("city_code")["province_en"])
    if provinces is not None and set(province) <= set(provinces["province"]):
        rates = provinces.set_index(["province", "year"])[["k", "interpolated"]]
        key = pd.MultiIndex.from_arrays([province, frame["year"]])
        rates = rates.reindex(key).set_axis(frame.index)
        return rates.assign(interpolated=rates["interpolated"].eq(True), source="province")
    k = frame["natural_growth"] / 1000
    source = "none" if k.isna().all() else "city"
    return pd.DataFrame({"k": k, "interpolated": False, "source": source})


def build(cleaned: Cleaned, exchange_rate: pd.Series, growth: pd.DataFrame) -> pd.DataFrame:
    """Compute the indicator panel.

    `exchange_rate` is yuan per US dollar by year, `growth` as from :func:`natural_growth`.  REG, TE
    and RLR are 1 in the base year; earlier years serve as lags only.  The columns are those of
    ``data/indicators.csv``, sorted, rounded to six significant digits.  DataError if the yearbook
    lacks the base year.
    """
    frame = cleaned.frame
    readings = {"": growth["k"], "_gross": 0.0, "_city": frame["natural_growth"] / 1000}
    columns: dict[str, pd.Series] = {
        "reg": indicators.reg(frame),
        "reg_current": indicators.reg_current(frame),
        **{f"lm_flow{name}": indicators.lm_flow(frame, k) for name, k in readings.items()},
        **{f"lm_stock{name}": indicators.lm_stock(frame, k) for name, k in readings.items()},
        "k": growth["k"],
        **indicators.sector_shares(frame),
        **indicators.controls(frame, exchange_rate),
    }
    out = frame[KEY].assign(**{name: _significant(columns[name]) for name in INDICATORS})
    out["flags"] = _flags(cleaned, growth)
    return out[out["year"].ge(BASE_YEAR)].reset_index(drop=True)


def coarse(table: pd.DataFrame) -> pd.DataFrame:
    """Round the panel as it ships, so that no level of the yearbook can be computed from it.

    Levels are whole numbers, and at six digits a search finds those that fit a series of ratios
    (``tests/test_levels.py``).  Two roundings of one ratio would narrow it down.  So LM with the
    province's k, which is published, is the rounded LM without it less k; and the primary share is
    what is left.
    """
    out = table.copy()
    for name, digits in DIGITS.items():
        out[name] = _significant(table[name], digits)
    secondary, tertiary = (table[f"share_{name}"].round(4) for name in ("secondary", "tertiary"))
    out["share_secondary"], out["share_tertiary"] = secondary, tertiary
    out["share_primary"] = (1 - secondary - tertiary).round(4).clip(lower=0)
    for name in ("lm_flow", "lm_stock"):
        gross = table[f"{name}_gross"]
        out[f"{name}_gross"] = gross.round(3)
        out[f"{name}_city"] = table[f"{name}_city"].round(3)
        out[name] = _significant(table[name] + gross.round(3) - gross)
    return out


def _significant(values: pd.Series, digits: int = 6) -> pd.Series:
    return values.map(lambda value: float(f"{value:.{digits}g}"))


def _flags(cleaned: Cleaned, growth: pd.DataFrame) -> pd.Series:
    """List, for each row, what is known of the figures that its indicators use."""
    notes = cleaned.notes[cleaned.notes["kind"].isin(FLAGS)]
    used = {*LEVELS, *RATES} - {"area"}
    notes = notes[notes["field"].isin(used)]
    filled = cleaned.frame.loc[growth["interpolated"], KEY].assign(kind="interpolated", field="k")
    notes = pd.concat([notes, filled])
    flags = (notes["kind"] + ":" + notes["field"]).groupby([notes[name] for name in KEY])
    rows = pd.MultiIndex.from_frame(cleaned.frame[KEY])
    text = flags.agg(lambda row: ";".join(sorted(row)))
    return text.reindex(rows).fillna("").set_axis(cleaned.frame.index)


def write(tables: Mapping[Path, pd.DataFrame]) -> None:
    """Write CSV files, floats to six significant digits."""
    for path, table in tables.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
