"""The indicator panel from a clean yearbook, written whole."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from lib import indicators, panel
from lib.indicators import BASE_YEAR
from lib.panel import FLAGS, INDICATORS, KEY
from tools.yearbook.clean import Cleaned
from tools.yearbook.schema import LEVELS, RATES

UNFINISHED = ".unfinished"
DIGITS = {"reg": 4, "reg_current": 4} | dict.fromkeys(
    ["odi", "te", "gr", "rlr", "rissl", "rdi", "edl"], 3
)
"""Significant digits of the panel that ships; shares have four decimals, and LM has three."""


def natural_growth(
    cleaned: Cleaned, cities: pd.DataFrame, provinces: pd.DataFrame | None
) -> pd.DataFrame:
    """Choose k: the provinces' rates where they cover the yearbook, or else the cities' own.

    The two have different bases, and so are never spliced.  `provinces` is as
    :func:`lib.panel.load_natural_growth` gives it.  Aligned to the yearbook's rows: k (a share,
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


def build(
    cleaned: Cleaned,
    exchange_rate: pd.Series,
    growth: pd.DataFrame,
    base_year: int = BASE_YEAR,
) -> pd.DataFrame:
    """Compute the indicator panel.

    `exchange_rate` is yuan per US dollar by year, `growth` as from :func:`natural_growth`.  REG is
    1 in the base year, TE and RLR as :func:`bases` says; earlier years serve as lags only.  The
    columns are those of ``data/indicators.csv``, sorted, rounded to six significant digits.
    DataError if the yearbook lacks the base year.
    """
    frame, exchange_rate = cleaned.frame, exchange_rate.reindex(cleaned.frame["year"].unique())
    readings = {"": growth["k"], "_gross": 0.0, "_city": frame["natural_growth"] / 1000}
    late = bases(frame, base_year)
    flow = {f"lm_flow{name}": indicators.lm_flow(frame, k) for name, k in readings.items()}
    stock = {f"lm_stock{n}": indicators.lm_stock(frame, k, base_year) for n, k in readings.items()}
    columns: dict[str, pd.Series] = {
        "reg": indicators.reg(frame, base_year),
        "reg_current": indicators.reg_current(frame, base_year), **flow, **stock,
        "k": growth["k"],
        **indicators.sector_shares(frame),
        "odi": indicators.odi(frame, exchange_rate),
        "te": indicators.te(frame, late["employment"]),
        "gr": indicators.gr(frame),
        "rlr": indicators.rlr(frame, late["average_wage"]),
        "rissl": indicators.rissl(frame),
        "rdi": indicators.rdi(frame),
        "edl": indicators.edl(frame),
    }  # fmt: skip
    out = frame[KEY].assign(**{name: _significant(columns[name]) for name in INDICATORS})
    out["flags"] = _flags(cleaned, growth)
    return out[out["year"].ge(base_year)].reset_index(drop=True)


def bases(frame: pd.DataFrame, base_year: int) -> dict[str, int]:
    """The year in which TE and RLR are 1: the first in which half of the cities have a figure."""
    late = frame[frame["year"].ge(base_year)].set_index("year")[["employment", "average_wage"]]
    known = late.notna().groupby("year").mean().ge(0.5)
    return {name: int(next(iter(known.index[half]), base_year)) for name, half in known.items()}


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
    notes = notes[notes["field"].isin(used) | notes["kind"].eq("doubt")]
    filled = cleaned.frame.loc[growth["interpolated"], KEY].assign(kind="interpolated", field="k")
    notes = pd.concat([notes, filled])
    flags = (notes["kind"] + ":" + notes["field"]).groupby([notes[name] for name in KEY])
    rows = pd.MultiIndex.from_frame(cleaned.frame[KEY])
    text = flags.agg(lambda row: ";".join(sorted(row)))
    return text.reindex(rows).fillna("").set_axis(cleaned.frame.index)


def write(tables: Mapping[Path, pd.DataFrame]) -> None:
    """Write CSV files of one folder, all of them or none, also if the command is killed.

    They are written into a folder inside, which is then renamed: from that moment on they count.
    Then each is moved to its place.  What a kill leaves there is moved by the next call, and
    :func:`lib.panel.load` reads nothing until then.  OSError if one cannot be written or moved.
    """
    folder = next(iter(tables)).parent
    part, done = folder / UNFINISHED, folder / panel.FINISHED
    _move(done)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        for path, table in tables.items():
            table.to_csv(part / path.name, index=False, float_format="%.6g", lineterminator="\n")
        part.rename(done)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    _move(done)


def _move(done: Path) -> None:
    """Move files to their places, and remove the folder in which they were finished."""
    for path in done.glob("*"):
        path.replace(done.with_name(path.name))
    shutil.rmtree(done, ignore_errors=True)
