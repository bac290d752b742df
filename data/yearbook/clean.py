"""The figures of a yearbook judged cell by cell, gaps filled, and a list of all that was found."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.yearbook.schema import LEVELS, RATES, SECTORS
from lib.panel import KEY

CUTOFF = 8.0  # spreads of yearly growth beyond which a step is no ordinary news
END_FACTOR = 5.0  # and, where there is one neighbour only, the least factor
FLOOR = 0.005  # the least spread of growth: half a per cent is revision and rounding
SHARED = 5  # cities of a province whose common step or copy is no city's own
PARTS_TOLERANCE = 0.01  # of the product, between it and the sum of its sectors
STEP = 0.05  # of a share, off that of the median city, in a year in which shares were revised
STRUCK = ("suspect", "copied")  # kinds of notes on figures that are set missing
CENSUS_YEARS = (2010, 2020)

_Cells = dict[tuple[Any, int], str]  # (city_code, year): why


class Event(NamedTuple):
    """A change of boundary or of a definition, or a revision; without cities, of all."""

    kind: str
    years: tuple[int, int]  # first and last
    note: str
    field: Sequence[str] = ("resident_pop", "registered_pop")
    cities: Sequence[str] = ()  # codes


_BELT = Path(__file__).with_name("belt.toml").read_text(encoding="utf-8")
EVENTS = tuple(Event(**event) for event in tomllib.loads(_BELT)["event"])
"""What is known of the yearbook of the Belt."""


@dataclass(frozen=True)
class Cleaned:
    """A yearbook after :func:`clean`."""

    frame: pd.DataFrame  # as read, suspect and copied cells struck, interior gaps filled
    notes: pd.DataFrame  # city_code, year, field, kind, detail: all that was found or done


def clean(yearbook: pd.DataFrame, cities: pd.DataFrame, events: Collection[Event] = ()) -> Cleaned:
    """Judge the levels of a yearbook, fill what can be filled, and note everything.

    `cities` is the roster.  Growth is the log growth of a field over the year before, less that of
    the median city.  Its spread is over all cities or over the city's other years, whichever is
    larger (:func:`spread`).

    suspect
        A cell that stands off both neighbours, on the same side, by more than eight spreads
        (budgets and wages show steps of a fifth to a half, which lie below), and by more than they
        differ from each other: an error leaves such a trace, a level that changes for good none.
        At an end a factor of five is asked for as well, and that the next two years agree; steps of
        a known definition are left out.  Where cells compete, the clearest is struck, and nothing
        beside it.  Rates are not judged: one that falls and recovers is a recession.  A suspect
        product takes its sectors along if they add up to it.
    copied
        Natural growth of a province of five cities or more that repeats the year before in each of
        them.  Struck, and not filled: nothing is known of that year.
    interpolated
        A missing or suspect cell, also of a rate, between two figures of the city, filled on the
        straight line; beyond the first and last figure nothing is filled.
    straight_line
        A cell that is the mean of its neighbours to the last digit: interpolated before it was
        published, or chance.  Kept, as are all below.
    parts
        A product that its sectors miss by more than one per cent (of what they are as a rule).
    census_step
        A resident population that changes in a census year by more than natural growth anywhere and
        the city's own changes in other years allow, by half a per cent or more; or in any other
        year by more than eight spreads.
    revision
        A sector whose share in output changes by more than five points more or less than in the
        median city, in a year in which shares were revised (an event).
    boundary, definition
        Years around a change of territory; years in which what is counted changed, as an event
        says or as the cities of a province step together.
    """
    frame = yearbook.sort_values(KEY).reset_index(drop=True)
    wides = {f: frame.pivot(index="city_code", columns="year", values=f) for f in LEVELS + RATES}
    growth = {field: growth_of(wides[field]) for field in LEVELS}
    province = cities.set_index("city_code")["province_en"].reindex(wides["gdp"].index)
    notes: defaultdict[tuple[str, str], _Cells] = defaultdict(dict)
    for field in LEVELS:
        # A step that the residents of a province take together is a census, and has its own kind.
        if field != "resident_pop":
            notes[field, "definition"] = _scope(wides[field], growth[field], province)
    for event in events:
        for field in event.field:
            notes[field, event.kind] |= _event(event, wides[field])
    for field in LEVELS:
        notes[field, "suspect"] = _suspects(wides[field], growth[field], notes[field, "definition"])
    notes["natural_growth", "copied"] = _copies(wides["natural_growth"], province)
    notes["gdp", "parts"] = _accounts(wides, {f: notes[f, "suspect"] for f in ["gdp", *SECTORS]})
    for field, wide in wides.items():
        for cell in [*notes[field, "suspect"], *notes[field, "copied"]]:
            wide.loc[cell] = np.nan
        if field in LEVELS and field != "area":  # an area is constant as a rule
            middle = (wide.shift(1, axis=1) + wide.shift(-1, axis=1)) / 2
            on_line = true_cells((wide - middle).abs() <= 1e-9 * wide)
            notes[field, "straight_line"] = dict.fromkeys(
                on_line, "half-way between its neighbours"
            )
        filled = wide.interpolate(axis=1, limit_area="inside")
        for cell in notes[field, "copied"]:
            filled.loc[cell] = np.nan
        gaps = true_cells(wide.isna() & filled.notna())
        notes[field, "interpolated"] = dict.fromkeys(gaps, "between two figures of the city")
        wides[field] = filled
    for field in SECTORS:
        notes[field, "revision"] = _revised(wides, field, notes[field, "revision"])
    notes["resident_pop", "census_step"] = _census_steps(
        wides["resident_pop"], wides["natural_growth"],
        {*notes["resident_pop", "boundary"], *notes["resident_pop", "definition"]},
    )  # fmt: skip
    columns = ["city_code", "year", "field", "kind", "detail"]
    rows = [(*cell, *what, why) for what, cells in notes.items() for cell, why in cells.items()]
    table = pd.DataFrame(rows, columns=columns).sort_values(columns[:4], ignore_index=True)
    return Cleaned(frame.assign(**{f: w.to_numpy().ravel() for f, w in wides.items()}), table)


def spread(growth: np.ndarray) -> float:
    """The standard deviation, were growth normal, by its median deviation; at least `FLOOR`."""
    known = growth[np.isfinite(growth)]
    deviation = np.median(np.abs(known - np.median(known))) if known.size else 0.0
    return max(1.4826 * float(deviation), FLOOR)


def growth_of(wide: pd.DataFrame) -> pd.DataFrame:
    """Log growth over the year before, less the median city's: city x year."""
    growth = log(wide).diff(axis=1)
    return growth - growth.median()


def log(values: Any) -> Any:
    """Natural logarithm of a Series or DataFrame; missing where there is none."""
    return np.log(values.where(values > 0))


def true_cells(mask: pd.DataFrame) -> list[tuple[Any, int]]:
    """City and year of the cells of a mask, city x year, that are true, in its order."""
    cells = mask.stack()
    return [(code, int(year)) for code, year in cells.index[cells.astype(bool)]]


def _event(event: Event, wide: pd.DataFrame) -> _Cells:
    """Cells that hold a figure in the years of an event, in its cities."""
    codes = wide.index.astype(str)
    here, (first, last) = codes.isin(event.cities or codes), event.years
    return dict.fromkeys(true_cells(wide.loc[here, first:last].notna()), event.note)


def _scope(wide: pd.DataFrame, growth: pd.DataFrame, province: pd.Series) -> _Cells:
    """Cells in a year in which a field changed its definition, as is seen in a province.

    When the median of five or more cities of a province steps beyond the cut-off in one year, no
    city's error explains it, and no city's news: what is counted has changed there.
    """
    cities = growth.groupby(province)
    steps = cities.transform("median").where(cities.transform("count") >= SHARED)
    stepped = wide.notna() & steps.abs().gt(CUTOFF * spread(growth.to_numpy()))
    return {
        (code, year): f"a step of the cities of {province[code]}, "
        f"{np.exp(steps.at[code, year]):.2g} times at the median"
        for code, year in true_cells(stepped)
    }


def _copies(wide: pd.DataFrame, province: pd.Series) -> _Cells:
    """Cells of a province in each of whose cities the figure repeats the year before."""
    before = wide.shift(axis=1)
    known = wide.notna() & before.notna()
    pairs, same = (mask.groupby(province).transform("sum") for mask in (known, wide.eq(before)))
    return {
        (code, year): f"all {pairs.at[code, year]} cities of {province[code]} repeat {year - 1}"
        for code, year in true_cells(known & pairs.ge(SHARED) & pairs.eq(same))
    }


def _suspects(wide: pd.DataFrame, growth: pd.DataFrame, explained: _Cells) -> _Cells:
    """Cells of one field that stand far off their neighbours; :func:`clean` states the rule.

    A step into or out of an `explained` cell convicts no cell that has one neighbour only.
    """
    before, after = growth.to_numpy(), -growth.shift(-1, axis=1).to_numpy()
    both = np.isfinite(before) & np.isfinite(after)
    steps = np.abs(before), np.abs(after)
    step = np.where(both, np.fmin(*steps), np.fmax(*steps))
    apart = np.where(both, np.abs(before - after), 0.0)  # of the neighbours from each other
    spike = both & (before * after > 0) & (step > apart)
    # At an end the two nearest years stand for the neighbours: on whichever side they are.
    nearest = growth.shift(1, axis=1).to_numpy(), growth.shift(-2, axis=1).to_numpy()
    beyond = np.abs(np.where(np.isfinite(before), *nearest))
    end = ~both & (step > np.log(END_FACTOR)) & (beyond < step / 2)
    suspects: _Cells = {}
    usual = spread(before)
    rows, columns = np.nonzero((spike | end) & (step > CUTOFF * usual))
    # The clearest first, city and year where they tie: beside a struck cell nothing can be judged.
    order = np.argsort(np.round((apart - step)[rows, columns], 9), kind="stable")
    for i, t in zip(rows[order], columns[order], strict=True):
        others = np.delete(before[i], [t, min(t + 1, before.shape[1] - 1)])
        spreads = step[i, t] / max(spread(others), usual)
        code, year = wide.index[i], int(wide.columns[t])
        known = end[i, t] and {(code, year), (code, year + 1)} & explained.keys()
        beside = {(code, year - 1), (code, year + 1)} & suspects.keys()
        if spreads > CUTOFF and not known and not beside:
            series = wide.loc[code].where(wide.loc[code] > 0)
            ratios = [f"{series[year] / series[other]:.3g} times {other}"
                      for other in (year - 1, year + 1) if series.get(other, 0) > 0]  # fmt: skip
            suspects[code, year] = f"{' and '.join(ratios)}, {spreads:.0f} spreads of yearly growth"
    return suspects


def _census_steps(wide: pd.DataFrame, natural: pd.DataFrame, known: Collection[Any]) -> _Cells:
    """Steps of the resident population that are revisions; :func:`clean` states the rule."""
    ratio, growth = wide / wide.shift(axis=1), growth_of(wide)
    for cell in known:
        ratio.loc[cell] = np.nan
    odd = growth.abs() > CUTOFF * spread(growth.to_numpy())
    census = [year for year in CENSUS_YEARS if year in wide.columns]
    calm = ratio.mask(odd).drop(columns=census)
    least = np.fmin(calm.min(axis=1), min(1, 1 + natural.min(axis=None) / 1000))
    most = np.fmax(calm.max(axis=1), max(1, 1 + natural.max(axis=None) / 1000))
    for year in census:
        odd[year] = ratio[year].lt(least - FLOOR) | ratio[year].gt(most + FLOOR)
    return {
        (code, year): f"{ratio.at[code, year]:.3f} times {year - 1}; by natural growth and the "
        f"city's other years {least[code]:.3f} to {most[code]:.3f}"
        for code, year in true_cells(odd & ratio.notna())
    }


def _revised(wides: dict[str, pd.DataFrame], field: str, cells: _Cells) -> _Cells:
    """Of cells in a year of a revision, those whose share of output steps."""
    change = (wides[field] / sum(wides[sector] for sector in SECTORS)).diff(axis=1)
    off = change - change.median()
    return {
        cell: f"{note}: share {off.at[cell]:+.3f} off the change of the median city"
        for cell, note in cells.items()
        if abs(off.at[cell]) > STEP
    }


def _accounts(wides: dict[str, pd.DataFrame], suspects: dict[str, _Cells]) -> _Cells:
    """Confront the product with its sectors: extend `suspects`, and return what does not add up."""
    ratio = sum(wides[field] for field in SECTORS) / wides["gdp"]
    usual = float(ratio.stack().median())
    if not abs(usual - 1) <= PARTS_TOLERANCE:  # sectors at basic prices leave out taxes
        ratio = ratio / usual
    for cell in suspects["gdp"]:
        if abs(ratio.at[cell] - 1) <= PARTS_TOLERANCE:
            for field in SECTORS:
                suspects[field].setdefault(cell, "part of a product that is suspect")
    return {
        cell: f"the sectors add up to {ratio.at[cell]:.3f} times the product; kept"
        for cell in true_cells((ratio - 1).abs() > PARTS_TOLERANCE)
    }
