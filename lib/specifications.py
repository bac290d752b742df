"""The regressions behind Tables 1 to 3, and the readings under which each can be run.

A *specification* is a column of a printed table: its regressors, years and cities.  A *reading*
fills in what the paper leaves open: which series stand for REG, LM and IA, and which cities
are the sample.  Every combination of the two is one regression.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib import indicators, panel
from lib.estimation import Estimate, two_way_fe

CONTROLS = ("odi", "te", "gr", "rlr", "rissl")
EXTRA_CONTROLS = ("rdi", "edl")
FIRST_YEAR, LAST_YEAR = 2008, 2023
SYMBOL = {
    "lm": "LM",
    "ia": "IA",
    "lm_ia": "LM × IA",
    "odi": "ODI",
    "te": "TE",
    "gr": "GR",
    "rlr": "RLR",
    "rissl": "RISSL",
    "rdi": "RDI",
    "edl": "EDL",
}


@dataclass(frozen=True)
class Specification:
    """One column of a printed table.

    Attributes
    ----------
    table : int
        Number of the table in the paper.
    column : str
        Key of the column in ``data/published``.
    heading : str
        The column's heading in our tables.
    terms : tuple of str
        Regressors, in the order of the table's rows.
    years : tuple of int
        First and last year, both included.
    reach : str or None
        ``upper``, ``middle`` or ``lower``; None for all cities of the sample.
    """

    table: int
    column: str
    heading: str
    terms: tuple[str, ...]
    years: tuple[int, int] = (FIRST_YEAR, LAST_YEAR)
    reach: str | None = None


_SPLIT = ("lm", "ia", "lm_ia")
SPECIFICATIONS = (
    Specification(1, "model1", "Model 1", ("lm", "ia")),
    Specification(1, "model2", "Model 2", ("lm_ia", *CONTROLS)),
    Specification(2, "2008-2016", "2008–2016", _SPLIT, years=(2008, 2016)),
    Specification(2, "2017-2023", "2017–2023", _SPLIT, years=(2017, 2023)),
    Specification(3, "upper", "Upper reach", _SPLIT, reach="upper"),
    Specification(3, "middle", "Middle reach", _SPLIT, reach="middle"),
    Specification(3, "lower", "Lower reach", _SPLIT, reach="lower"),
)


def columns_of(table: int) -> tuple[Specification, ...]:
    """The specifications of one printed table, in its order.

    Raises
    ------
    lib.panel.DataError
        There is no such table.
    """
    found = tuple(spec for spec in SPECIFICATIONS if spec.table == table)
    if not found:
        raise panel.DataError(f"table {table!r}: not found; the paper has Tables 1, 2 and 3")
    return found


@dataclass(frozen=True)
class Reading:
    """One way to fill in what the paper leaves open (``data/choices.csv``).

    Attributes
    ----------
    name : str
        How tables and figures call it.
    outcome : {"reg", "log_reg"}
        Real GDP per resident, as a level (Belt 2008 = 1) or its natural logarithm.
    mobility : str
        Column for LM: ``lm_flow``, ``lm_flow_gross``, ``lm_stock`` or ``lm_stock_net``.
    agglomeration : str
        Sector share that equation (4) is applied to.
    sample : str
        A sample of :func:`lib.panel.sample`.
    without : {"", "steps", "boundary", "both"}
        Leave out the city-years whose resident population steps with a census or a boundary
        (``steps``), all years of the cities whose boundary moved (``boundary``), since there REG
        divides the output of the old territory by the residents of the new, or both.
    """

    name: str
    outcome: str = "reg"
    mobility: str = "lm_flow"
    agglomeration: str = "share_secondary"
    sample: str = "belt110"
    without: str = ""


BASELINE = Reading("Baseline")
READINGS = (
    BASELINE,
    replace(BASELINE, name="log REG", outcome="log_reg"),
    replace(BASELINE, name="LM gross of natural growth", mobility="lm_flow_gross"),
    replace(BASELINE, name="LM as a stock", mobility="lm_stock"),
    replace(BASELINE, name="IA of services", agglomeration="share_tertiary"),
    replace(BASELINE, name="94 listed cities", sample="listed94"),
    replace(BASELINE, name="41 Delta cities", sample="delta41"),
    replace(BASELINE, name="Without population steps", without="steps"),
    replace(BASELINE, name="Without moved boundaries", without="boundary"),
    replace(BASELINE, name="Without either", without="both"),
)


def with_variables(
    rows: pd.DataFrame, reading: Reading = BASELINE, scaled: bool = True
) -> pd.DataFrame:
    """Add ``y, lm, ia, lm_ia`` as a reading defines them.

    Parameters
    ----------
    rows : DataFrame
        A row per city-year, with the indicators that the reading names.
    reading : Reading
        Its sample and what it leaves out are not looked at.
    scaled : bool
        Scale IA to mean 1 over the rows of a year; False leaves equation (4) as printed.

    Returns
    -------
    DataFrame
        ``ia`` is equation (4) over the cities of the year; ``lm_ia`` is the product, not centred,
        as the paper prints it.

    Raises
    ------
    lib.panel.DataError
        The reading names an outcome that there is not.
    """
    if reading.outcome not in {"reg", "log_reg"}:
        raise panel.DataError(
            f"reading {reading.name!r}: outcome={reading.outcome!r}; expected 'reg' or 'log_reg'"
        )
    ia = indicators.ia(rows, share=reading.agglomeration, scaled=scaled)
    return rows.assign(
        y=np.log(rows["reg"]) if reading.outcome == "log_reg" else rows["reg"],
        lm=rows[reading.mobility],
        ia=ia,
        lm_ia=rows[reading.mobility] * ia,
    )


def prepare(data: pd.DataFrame, reading: Reading = BASELINE) -> pd.DataFrame:
    """Return the sample of a reading with its variables, less what it leaves out.

    Parameters
    ----------
    data : DataFrame
        As from :func:`lib.panel.load_indicators`.
    reading : Reading

    Returns
    -------
    DataFrame
        One row per city-year, with the columns of :func:`with_variables`.

    Raises
    ------
    lib.panel.DataError
        The reading names an outcome, a sample or a ``without`` that there is none of.

    Notes
    -----
    IA is computed before city-years are left out, so that every reading with the same sample
    compares a city with the same Belt.
    """
    rows = with_variables(panel.sample(data, reading.sample), reading)
    flags = rows["flags"].fillna("").str
    moved = flags.contains("boundary:resident_pop")
    left_out = {
        "": moved & False,
        "steps": moved | flags.contains("census_step:"),
        "boundary": moved.groupby(rows["city_code"]).transform("any"),
    }
    left_out["both"] = left_out["steps"] | left_out["boundary"]
    if reading.without not in left_out:
        raise panel.DataError(
            f"reading {reading.name!r}: without={reading.without!r}; "
            f"expected one of {', '.join(map(repr, left_out))}"
        )
    return rows[~left_out[reading.without]]


def rows_of(prepared: pd.DataFrame, spec: Specification) -> pd.DataFrame:
    """The rows of :func:`prepare` that a specification uses."""
    first, last = spec.years
    rows = prepared[prepared["year"].between(first, last)]
    return rows if spec.reach is None else panel.sample(rows, spec.reach)


def estimate(data: pd.DataFrame, spec: Specification, reading: Reading = BASELINE) -> Estimate:
    """Two-way fixed effects for one specification under one reading."""
    return two_way_fe(rows_of(prepare(data, reading), spec), "y", spec.terms)


def estimates(
    prepared: pd.DataFrame, columns: Sequence[Specification] = SPECIFICATIONS
) -> dict[str, Estimate]:
    """Two-way fixed effects for several specifications, by key of the column.

    Parameters
    ----------
    prepared : DataFrame
        As from :func:`prepare` or :func:`with_variables`.
    """
    return {s.column: two_way_fe(rows_of(prepared, s), "y", s.terms) for s in columns}


def is_defined(spec: Specification, reading: Reading) -> bool:
    """Whether a sample has the cities that a specification is about.

    The Delta has no city of the upper or middle reach, so two columns of Table 3 do not exist
    under that reading.
    """
    return not (reading.sample == "delta41" and spec.reach in {"upper", "middle"})


def with_lags(rows: pd.DataFrame, columns: Sequence[str], lags: Sequence[int]) -> pd.DataFrame:
    """Add earlier values of a city's columns, as ``lm_lag1``; missing where the year is.

    Parameters
    ----------
    rows : DataFrame
        Columns ``city_code, year`` and ``columns``; a row per city-year.
    lags : sequence of int
        Years back, each at least 1.

    Raises
    ------
    lib.panel.DataError
        A lag is less than 1.
    """
    if min(lags, default=1) < 1:
        raise panel.DataError(
            f"lags {list(lags)}: found {min(lags)}; expected years back, 1 or more"
        )
    for lag in lags:
        earlier = rows[["city_code", "year", *columns]].assign(year=rows["year"] + lag)
        names = {column: f"{column}_lag{lag}" for column in columns}
        rows = rows.merge(earlier.rename(columns=names), on=["city_code", "year"], how="left")
    return rows
