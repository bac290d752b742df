"""What is run: the columns of Tables 1 to 3, and the readings under which each can be run.

A *column* names regressors, years and cities; a *reading* fills in what the paper leaves open:
the series behind REG and LM, and city-years that are left out.  They give the rows of a regression.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args, get_type_hints

import numpy as np
import pandas as pd

from lib import indicators, panel
from lib.regression import complete

CONTROLS = ("ODI", "TE", "GR", "RLR", "RISSL")
EXTRA_CONTROLS = ("RDI", "EDL")
SYMBOL = {"LM_IA": "LM × IA"}
FIRST_YEAR, LAST_YEAR = 2008, 2023


@dataclass(frozen=True)
class Column:
    """A column of a printed table, whose number is `table`, by its key in ``data/published``.

    `terms` are the regressors in the order of the table's rows, `years` the first and the last, and
    `reach` is ``upper``, ``middle`` or ``lower``, or None for all cities.
    """

    table: int
    key: str
    heading: str
    terms: tuple[str, ...]
    years: tuple[int, int] = (FIRST_YEAR, LAST_YEAR)
    reach: str | None = None


_SPLIT = ("LM", "IA", "LM_IA")
MODEL1 = Column(1, "model1", "Model 1", ("LM", "IA"))
MODEL2 = Column(1, "model2", "Model 2", ("LM_IA", *CONTROLS))
EARLY = Column(2, "2008-2016", "2008–2016", _SPLIT, years=(2008, 2016))
LATE = Column(2, "2017-2023", "2017–2023", _SPLIT, years=(2017, 2023))
UPPER = Column(3, "upper", "Upper reach", _SPLIT, reach="upper")
MIDDLE = Column(3, "middle", "Middle reach", _SPLIT, reach="middle")
LOWER = Column(3, "lower", "Lower reach", _SPLIT, reach="lower")
COLUMNS = (MODEL1, MODEL2, EARLY, LATE, UPPER, MIDDLE, LOWER)


@dataclass(frozen=True)
class Reading:
    """One way to fill in what the paper leaves open.

    Attributes
    ----------
    name : str
        How tables call it.
    mobility : str
        Column for LM, such as ``lm_flow`` (equation 3) or ``lm_stock`` (the paper's sentence).
    outcome : {"reg", "log_reg"}
        Real GDP per resident, the Belt in 2008 = 1, or its natural logarithm.
    without : {"", "steps", "boundary", "both"}
        Leave out what :func:`recounts` finds.
    unit : {"city", "spell"}
        What has an effect of its own: a city, or the years of it from one recount or moved boundary
        to the next.  A flow that crosses from one spell to the next is left out.

    Whatever else is measured in another way is another panel: current prices are
    ``data.assign(reg=data["reg_current"])``.
    """

    name: str
    mobility: str = "lm_flow"
    outcome: Literal["reg", "log_reg"] = "reg"
    without: Literal["", "steps", "boundary", "both"] = ""
    unit: Literal["city", "spell"] = "city"


FLOW = Reading("flow")
STOCK = Reading("stock", mobility="lm_stock")
READINGS = (FLOW, STOCK)
"""The paper's two definitions of LM.  Neither is the baseline."""


def rows(
    data: pd.DataFrame,
    reading: Reading = FLOW,
    column: Column | None = None,
    terms: Sequence[str] | None = None,
) -> pd.DataFrame:
    """The rows of one regression, from a panel as :func:`lib.panel.load` gives it.

    A column keeps its years and cities, and only rows that its regression uses.  `terms` are the
    regressors that must be known, where they are not those of the column.  IA has mean 1 over the
    cities of a year, and is computed before any row goes, so that a city is compared with the same
    Belt throughout.  LM_IA is the product, not centred, as the paper prints it.

    A regressor may be any column of `data`, also in capitals: ``SHARE_PRIMARY``.
    Refuses a regressor or a series that there is not, and a reading that leaves no row.

    Returns
    -------
    DataFrame
        ``city, year, period`` (the year as text), ``city_code, province, reach, flags, moved,
        spell`` (the count of the city's spells, 0 throughout where the unit is the city), and
        ``REG, START`` (the city's REG in the first year of the panel), ``LM, IA, LM_IA, ODI, TE,
        GR, RLR, RISSL, RDI, EDL``.  With a column or terms, rows lack none of REG and the terms,
        and every city and every year has two rows at least.
    """
    place = reading.name if column is None else f"{reading.name}, {column.heading}"
    if terms is None and column is not None:
        terms = column.terms
    _check(reading, data)
    frame = _measured(data, reading, terms or ())
    if unknown := [name for name in terms or () if name not in frame]:
        expected = "expected LM, IA, LM_IA or a column of the panel"
        raise ValueError(f"{place}: found regressor {unknown[0]!r}, {expected}")
    frame = _left(frame, reading, column)
    if terms is not None:
        try:
            frame = complete(frame, ["REG", *terms], ["city", "year"])
        except panel.DataError as error:
            raise panel.DataError(f"{place}: {error}") from None
    return frame.reset_index(drop=True)


def _check(reading: Reading, data: pd.DataFrame) -> None:
    """Refuse a reading with a value that there is not, or a series that `data` lacks."""
    for name, choices in get_type_hints(Reading).items():
        value, options = getattr(reading, name), get_args(choices)
        if options and value not in options:
            found = f"found {value!r}, expected one of {', '.join(options)}"
            raise ValueError(f"reading {reading.name!r}, {name}: {found}")
    if reading.mobility not in data:
        found = f"found no column {reading.mobility!r}, expected one of the panel"
        raise ValueError(f"reading {reading.name!r}: {found}")


def _measured(data: pd.DataFrame, reading: Reading, terms: Sequence[str]) -> pd.DataFrame:
    """All rows of the panel, with REG, LM, IA and what else :func:`rows` has."""
    lm, ia = data[reading.mobility], indicators.ia(data, scaled=True)
    outcome = np.log(data["reg"]) if reading.outcome == "log_reg" else data["reg"]
    began = data["year"].eq(data.loc[outcome.notna(), "year"].min())
    start = data["city_code"].map(outcome[began].set_axis(data.loc[began, "city_code"]))
    named = dict.fromkeys((*CONTROLS, *EXTRA_CONTROLS, *terms))
    own = {name: data[name.lower()] for name in named if name.lower() in data}
    made = {"REG": outcome, "START": start, "LM": lm, "IA": ia, "LM_IA": lm * ia,
            "period": data["year"].astype(str)}  # fmt: skip
    kept = ["city", "year", "city_code", "province", "reach", "flags", "moved"]
    frame = data[kept].assign(**own | made)
    steps = recounts(frame).groupby(frame["city_code"]).cumsum()
    return frame.assign(spell=steps.astype(int) if reading.unit == "spell" else 0)


def _left(frame: pd.DataFrame, reading: Reading, column: Column | None) -> pd.DataFrame:
    """The rows that a reading and a column leave."""
    steps = recounts(frame)
    gone = steps & (reading.without in ("steps", "both"))
    gone |= frame["moved"] & (reading.without in ("boundary", "both"))
    if reading.unit == "spell" and reading.mobility.startswith("lm_flow"):  # it compares two spells
        gone |= steps
    if column is not None:
        gone |= ~frame["year"].between(*column.years)
        if column.reach is not None:
            gone |= frame["reach"].ne(column.reach)
    return frame[~gone]


def recounts(frame: pd.DataFrame) -> pd.Series:
    """Whether residents change in a city-year though nobody moves, by a census or a boundary."""
    return frame["flags"].str.contains("boundary:resident_pop|census_step:")


def centred(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows with LM and IA about their means, and their product made anew.

    The slopes of LM and IA beside the product are then those of the average city.
    """
    lm, ia = (frame[name] - frame[name].mean() for name in ("LM", "IA"))
    return frame.assign(LM=lm, IA=ia, LM_IA=lm * ia)


def with_lags(frame: pd.DataFrame, columns: Sequence[str], lags: Sequence[int]) -> pd.DataFrame:
    """Add a city's earlier values, as ``LM_lag1``; missing where the earlier year is."""
    for lag in lags:
        earlier = frame[["city", "year", *columns]].assign(year=frame["year"] + lag)
        frame = frame.merge(earlier, "left", ["city", "year"], suffixes=("", f"_lag{lag}"))
    return frame
