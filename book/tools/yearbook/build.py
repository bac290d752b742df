"""The indicator panel from a clean yearbook, written whole."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from lib import indicators
from lib.indicators import BASE_YEAR
from lib.panel import FLAGS, INDICATORS, KEY, DataError
from tools.yearbook.clean import Cleaned
from tools.yearbook.schema import LEVELS, RATES

DIGITS = {"reg": 4, "reg_current": 4} | dict.fromkeys(
    ["odi", "te", "gr", "rlr", "rissl", "rdi", "edl"], 3
)
"""Significant digits of the panel that ships; shares have four decimals, and LM has three."""


def natural_growth(
    cleaned: Cleaned, cities: pd.DataFrame, provinces: pd.DataFrame | None
) -> pd.DataFrame:
    """Choose k: the provinces' rates where they cover the yearbook, or else the cities' own.

    The two have different bases, and so are never spliced.

    Parameters
    ----------
    cleaned : Cleaned
    cities : DataFrame
        The roster.
    provinces : DataFrame or None
        As :func:`lib.panel.load_natural_growth` gives it.

    Returns
    -------
    DataFrame
        Aligned to the yearbook's rows: k (a share, missing where nothing is known), interpolated
        (bool), source ("province", "city" or "none").
    """
    frame = cleaned.frame
    own = frame["natural_growth"] / 1000
    source = "none" if own.isna().all() else "city"
    out = pd.DataFrame({"k": own, "interpolated": False, "source": source}, frame.index)
    province = frame["city_code"].map(cities.set_index("city_code")["province_en"])
    if provinces is None or not set(province) <= set(provinces["province"]):
        return out
    rates = provinces.set_index(["province", "year"])[["k", "interpolated"]]
    key = pd.MultiIndex.from_arrays([province, frame["year"]])
    found = rates.reindex(key).set_axis(frame.index)
    return found.assign(interpolated=found["interpolated"].eq(True), source="province")


def build(
    cleaned: Cleaned,
    exchange_rate: pd.Series,
    growth: pd.DataFrame,
    base_year: int = BASE_YEAR,
) -> pd.DataFrame:
    """Compute the indicator panel.

    Parameters
    ----------
    cleaned : Cleaned
        As :func:`tools.yearbook.clean.clean` gives it.
    exchange_rate : Series
        Yuan per US dollar, indexed by year.
    growth : DataFrame
        As :func:`natural_growth` gives it.
    base_year : int
        The year in which REG is 1, and TE and RLR as :func:`bases` says.  Earlier years serve as
        lags only.

    Returns
    -------
    DataFrame
        The columns of ``data/indicators.csv`` in its order, from the base year on, sorted by
        city_code and year, rounded to six significant digits.

    Raises
    ------
    lib.panel.DataError
        The yearbook lacks the base year, or the exchange rate lacks a year of the yearbook.
    """
    frame = cleaned.frame
    lacking = sorted(set(frame["year"]) - set(exchange_rate.index))
    if lacking:
        years = ", ".join(map(str, lacking))
        raise DataError(f"exchange rate: found none for {years}; expected one for each year")
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
    panel = frame[KEY].assign(**{name: _significant(columns[name]) for name in INDICATORS})
    panel["flags"] = _flags(cleaned, growth)
    return panel[panel["year"].ge(base_year)].reset_index(drop=True)


def bases(frame: pd.DataFrame, base_year: int) -> dict[str, int]:
    """The year in which TE and RLR are 1: the first in which half of the cities have a figure."""
    late = frame[frame["year"].ge(base_year)].set_index("year")[["employment", "average_wage"]]
    known = late.notna().groupby("year").mean().ge(0.5)
    return {name: int(next(iter(known.index[own]), base_year)) for name, own in known.items()}


def coarse(panel: pd.DataFrame) -> pd.DataFrame:
    """Round the panel as it ships, so that no level of the yearbook can be computed from it.

    The yearbook's figures are whole numbers of yuan, of students, or of hundredths.  At six digits
    few whole numbers fit a series of ratios, and a search finds them: one divisor for all wages,
    one number of residents for each city.  ``tests/test_levels.py`` makes these searches.

    Parameters
    ----------
    panel : DataFrame
        As :func:`build` gives it.

    Returns
    -------
    DataFrame
        REG to four significant digits, controls to three, shares to four decimals, LM to three.
        Two roundings of one ratio would narrow it down.  So LM with the province's k, which is
        published, is the rounded LM without it less k; and the primary share is what is left.
    """
    out = panel.copy()
    for name, digits in DIGITS.items():
        out[name] = _significant(panel[name], digits)
    secondary, tertiary = (panel[f"share_{name}"].round(4) for name in ("secondary", "tertiary"))
    out["share_secondary"], out["share_tertiary"] = secondary, tertiary
    out["share_primary"] = (1 - secondary - tertiary).round(4).clip(lower=0)
    for name in ("lm_flow", "lm_stock"):
        gross = panel[f"{name}_gross"]
        out[f"{name}_gross"] = gross.round(3)
        out[f"{name}_city"] = panel[f"{name}_city"].round(3)
        out[name] = _significant(panel[name] + gross.round(3) - gross)
    return out


def _significant(values: pd.Series, digits: int = 6) -> pd.Series:
    return values.map(lambda value: float(f"{value:.{digits}g}"))


def _flags(cleaned: Cleaned, growth: pd.DataFrame) -> pd.Series:
    """List, for each row, what is known of the figures that its indicators use."""
    used = set(LEVELS + RATES) - {"area"}
    notes = cleaned.notes[cleaned.notes["kind"].isin(FLAGS)]
    notes = notes[notes["field"].isin(used) | notes["kind"].eq("doubt")]
    filled = cleaned.frame.loc[growth["interpolated"], KEY].assign(kind="interpolated", field="k")
    every = pd.concat([notes[[*KEY, "kind", "field"]], filled])
    text = (every["kind"] + ":" + every["field"]).groupby([every[name] for name in KEY])
    flags = text.agg(lambda each: ";".join(sorted(each)))
    rows = pd.MultiIndex.from_frame(cleaned.frame[KEY])
    return flags.reindex(rows).fillna("").set_axis(cleaned.frame.index)


def write(tables: Mapping[Path, pd.DataFrame]) -> None:
    """Write CSV files, all of them or none.

    Each goes to a file beside its place first, so that a full disk is met before anything is
    replaced.  Then a process of its own moves them, which goes on if this one is killed; what was
    moved is put back if a later move fails.

    Raises
    ------
    OSError
        A file cannot be written or moved; what stood there stands there again.
    """
    parts = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in tables}
    try:
        for path, table in tables.items():
            table.to_csv(parts[path], index=False, float_format="%.6g", lineterminator="\n")
        old = {path: path.read_bytes() if path.exists() else None for path in tables}
        mover = multiprocessing.Process(target=_move, args=(parts, old))
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is done in a moment
        mover.start()
        mover.join()
        signal.signal(signal.SIGINT, handler)
        if mover.exitcode:
            raise OSError(mover.exitcode, os.strerror(mover.exitcode))
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _move(parts: Mapping[Path, Path], old: Mapping[Path, bytes | None]) -> None:
    if hasattr(os, "setsid"):
        os.setsid()  # so that no signal to the command's group ends it
    try:
        for path, part in parts.items():
            os.replace(part, path)
    except BaseException as error:
        for path, content in old.items():
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
        sys.exit(getattr(error, "errno", None) or errno.EIO)
