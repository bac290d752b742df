"""The figures of a yearbook judged cell by cell, gaps filled, and a list of all that was found."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.panel import KEY
from tools.yearbook.schema import LEVELS, RATES, SECTORS

CUTOFF = 8.0  # spreads of yearly growth beyond which a step is no ordinary news
END_FACTOR = 5.0  # and, where there is one neighbour only, the least factor
FLOOR = 0.005  # the least spread of growth: half a per cent is revision and rounding
SHARED = 5  # cities of a province whose common step or copy is no city's own
PARTS_TOLERANCE = 0.01  # of the product, between it and the sum of its sectors

CENSUS_YEARS = (2010, 2020)
DEFINITIONS: dict[str, tuple[Collection[int], str]] = {
    "employment": ((2013,), "scope of urban units widened in 2013"),
    "fdi": ((2022, 2023), "coverage of foreign investment differs from 2022 on"),
}
# Cities, first and last year in which a series steps, what happened.  From the first to the last
# the resident and the registered series need not be on the same territory.
BOUNDARIES = (
    ((340100, 340200, 340500), 2011, 2011, "Chaohu abolished, to Hefei, Wuhu and Ma'anshan"),
    ((340400, 341500), 2011, 2016, "Shou county from Lu'an to Huainan"),
    ((340700, 340800), 2015, 2016, "Zongyang county from Anqing to Tongling"),
    ((510100, 512000), 2016, 2016, "Jianyang from Ziyang to Chengdu"),
)

_Cells = dict[tuple[Any, int], str]  # (city_code, year): why


@dataclass(frozen=True)
class Cleaned:
    """A yearbook after :func:`clean`.

    Attributes
    ----------
    frame : DataFrame
        As :func:`tools.yearbook.reading.read_yearbook` gives it, suspect and copied cells struck,
        interior gaps filled.
    notes : DataFrame
        city_code, year, field, kind, detail: all that was found or done, in that order.
    """

    frame: pd.DataFrame
    notes: pd.DataFrame


def clean(
    yearbook: pd.DataFrame,
    cities: pd.DataFrame,
    definitions: Mapping[str, tuple[Collection[int], str]] = DEFINITIONS,
    census: Collection[int] = CENSUS_YEARS,
) -> Cleaned:
    """Judge the levels of a yearbook, fill what can be filled, and note everything.

    With g the log growth of a field over the year before, less that of the median city, and its
    spread the scaled median absolute deviation, over all cities or over the city's other years,
    whichever is larger, but at least half a per cent:

    suspect
        A cell that stands off both neighbours, on the same side, by more than eight spreads, and
        by more than they differ from each other.  An error leaves such a trace; a level that
        changes for good does not.  What is unheard of for a wage is not so for a small city's
        foreign investment, hence the larger spread.  Eight, because budgets and wages do show
        steps of a fifth to a half, which lie below.
        A cell with one neighbour cannot be told from a change of level, so a factor of five is
        asked for as well, and that the next two years agree; steps of a known definition are left
        out.  Where cells compete, the clearest is struck, and nothing beside it.  Two wrong years
        in a row are left to :mod:`tools.yearbook.judge`.  Rates are not judged: one that falls and
        recovers is a recession.  A suspect product takes its sectors along if they add up to it.
    copied
        Natural growth of a province of five cities or more that repeats the year before in each of
        them.  Struck, and not filled: nothing is known of that year.
    interpolated
        A missing or suspect cell between two figures of the city, filled on the straight line;
        beyond the first and last figure nothing is filled.  Rates are filled too.
    straight_line
        A cell that is the mean of its neighbours to the last digit: interpolated before it was
        published, or chance.  Kept.
    parts
        A product that its sectors miss by more than one per cent (of what they are as a rule), with
        the one of the two that leaves the course of the years beside.  Kept: shares are over the
        sum of the sectors, and the product is a denominator only.
    census_step
        A resident population that changes in a census year by more than natural growth anywhere and
        the city's own changes in other years allow, by half a per cent or more; or in any other
        year by more than eight spreads.  Kept, as are the next two.
    boundary, definition
        Years around a change of territory; years in which what is counted changed, as is known
        (`definitions`) or as the cities of a province step together.

    `cities` is the roster; `census` has the years of censuses.
    """
    province = cities.set_index("city_code")["province_en"]
    frame = yearbook.sort_values(KEY).reset_index(drop=True)
    fields = LEVELS + RATES
    wide = frame.pivot(index="city_code", columns="year", values=fields)
    wides = {field: wide[field].copy() for field in fields}
    growth = {field: _growth(wides[field]) for field in LEVELS}
    people = ("resident_pop", "registered_pop")
    boundary = {field: _territory(wides[field]) for field in people}
    # A step that the residents of a province take together is a census, and has its own kind.
    others = [field for field in LEVELS if field != "resident_pop"]
    scope = {f: _scope(wides[f], definitions.get(f, ((), "")), growth[f], province) for f in others}
    suspects = {f: _suspects(wides[f], growth[f], scope.get(f, {})) for f in LEVELS}
    copied = _copies(wides["natural_growth"], province)
    for cell in copied:
        wides["natural_growth"].loc[cell] = np.nan
    found = {("gdp", "parts"): _accounts(wides, suspects)}
    for field in fields:
        for cell in suspects.get(field, {}):
            wides[field].loc[cell] = np.nan
        if field in LEVELS and field != "area":  # an area is constant as a rule
            found[field, "straight_line"] = _on_line(wides[field])
        wides[field], found[field, "interpolated"] = _fill(wides[field])
    found["resident_pop", "census_step"] = _census_steps(
        wides["resident_pop"], wides["natural_growth"], boundary["resident_pop"], census
    )
    for cell in copied:
        wides["natural_growth"].loc[cell] = np.nan
        found["natural_growth", "interpolated"].pop(cell, None)
    found["natural_growth", "copied"] = copied
    found |= {(field, "boundary"): cells for field, cells in boundary.items()}
    found |= {(field, "definition"): cells for field, cells in scope.items()}
    found |= {(field, "suspect"): cells for field, cells in suspects.items()}

    columns = ["city_code", "year", "field", "kind", "detail"]
    rows = [(*cell, *what, why) for what, cells in found.items() for cell, why in cells.items()]
    notes = pd.DataFrame(rows, columns=columns).sort_values(columns[:4]).reset_index(drop=True)
    return Cleaned(frame.assign(**{f: w.to_numpy().ravel() for f, w in wides.items()}), notes)


def spread(growth: np.ndarray) -> float:
    """1.4826 times the median absolute deviation: the standard deviation, were growth normal."""
    known = growth[np.isfinite(growth)]
    return 1.4826 * float(np.median(np.abs(known - np.median(known)))) if known.size else 0.0


def _growth(wide: pd.DataFrame) -> pd.DataFrame:
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


def _territory(wide: pd.DataFrame) -> _Cells:
    cells: _Cells = {}
    for cities, first, last, event in BOUNDARIES:
        years = wide.columns[(wide.columns >= first) & (wide.columns <= last)]
        for code in wide.index.intersection(list(cities)):
            cells |= {(code, int(t)): event for t in years if np.isfinite(wide.at[code, t])}
    return cells


def _scope(
    wide: pd.DataFrame,
    known: tuple[Collection[int], str],
    growth: pd.DataFrame,
    province: pd.Series,
) -> _Cells:
    """Cells in a year in which a field changed its definition: known, or seen in a province.

    When the median of five or more cities of a province steps beyond the cut-off in one year, no
    city's error explains it, and no city's news: what is counted has changed there.
    """
    province = province.reindex(wide.index)
    groups = growth.groupby(province)
    steps = groups.median().where(groups.count() >= SHARED)
    cells: _Cells = {}
    for name, year in true_cells(steps.abs() > CUTOFF * max(spread(growth.to_numpy()), FLOOR)):
        factor = np.exp(steps.at[name, year])
        detail = f"a step of the cities of {name}, {factor:.2g} times at the median"
        cells |= {(code, year): detail for code in wide.index[province.eq(name)]}
    for year in wide.columns.intersection(list(known[0])):
        cells |= {(code, int(year)): known[1] for code in wide.index}
    return {cell: why for cell, why in cells.items() if np.isfinite(wide.at[cell])}


def _copies(wide: pd.DataFrame, province: pd.Series) -> _Cells:
    before = wide.shift(axis=1)
    group = province.reindex(wide.index)
    pairs = (wide.notna() & before.notna()).groupby(group).sum()
    same = (wide.eq(before) & wide.notna()).groupby(group).sum()
    cells: _Cells = {}
    for name, year in true_cells((pairs >= SHARED) & (pairs == same)):
        detail = f"all {pairs.at[name, year]} cities of {name} repeat {year - 1}"
        for code in wide.index[group.eq(name) & wide[year].notna() & before[year].notna()]:
            cells[code, year] = detail
    return cells


def _suspects(wide: pd.DataFrame, growth: pd.DataFrame, explained: _Cells) -> _Cells:
    """Cells of one field that stand far off their neighbours; :func:`clean` states the rule.

    A step into or out of an `explained` cell convicts no cell that has one neighbour only.
    """
    before, after = growth.to_numpy(), -growth.shift(-1, axis=1).to_numpy()
    column_spread = max(spread(before), FLOOR)
    both = np.isfinite(before) & np.isfinite(after)
    steps = np.abs(before), np.abs(after)
    step = np.where(both, np.fmin(*steps), np.fmax(*steps))
    apart = np.where(both, np.abs(before - after), 0.0)  # of the neighbours from each other
    spike = both & (before * after > 0) & (step > apart)
    # At an end the two nearest years stand for the neighbours: on whichever side they are.
    nearest = growth.shift(1, axis=1).to_numpy(), growth.shift(-2, axis=1).to_numpy()
    beyond = np.abs(np.where(np.isfinite(before), *nearest))
    end = ~both & (step > np.log(END_FACTOR)) & (beyond < step / 2)
    found: _Cells = {}
    rows, columns = np.nonzero((spike | end) & (step > CUTOFF * column_spread))
    # The clearest first, city and year where they tie: beside a struck cell nothing can be judged.
    order = np.argsort(np.round((apart - step)[rows, columns], 9), kind="stable")
    for i, t in zip(rows[order], columns[order], strict=True):
        others = np.delete(before[i], [t, min(t + 1, before.shape[1] - 1)])
        own = max(spread(others), column_spread)
        code, year = wide.index[i], int(wide.columns[t])
        known = end[i, t] and {(code, year), (code, year + 1)} & explained.keys()
        beside = {(code, year - 1), (code, year + 1)} & found.keys()
        if step[i, t] <= CUTOFF * own or known or beside:
            continue
        ratios = [
            f"{wide.iat[i, t] / wide.iat[i, s]:.3g} times {wide.columns[s]}"
            for s in (t - 1, t + 1)
            if 0 <= s < wide.shape[1] and np.isfinite(wide.iat[i, s])
        ]
        reason = f"{' and '.join(ratios)}, {step[i, t] / own:.0f} spreads of yearly growth"
        found[code, year] = reason
    return found


def _census_steps(
    wide: pd.DataFrame, natural: pd.DataFrame, boundary: _Cells, census: Collection[int]
) -> _Cells:
    """Steps of the resident population that are revisions; :func:`clean` states the rule."""
    ratio = wide / wide.shift(axis=1)
    low, high = 1 + natural.min(axis=None) / 1000, 1 + natural.max(axis=None) / 1000
    census = [year for year in census if year in wide.columns]
    ordinary = ratio.drop(columns=census)
    for code, year in boundary:
        if code in ordinary.index and year in ordinary.columns:
            ordinary.loc[code, year] = np.nan
    growth = _growth(wide)
    limit = CUTOFF * max(spread(growth.to_numpy()), FLOOR)
    calm = ordinary.where(growth[ordinary.columns].abs() <= limit)
    least = np.fmin(np.fmin(1, low), calm.min(axis=1))
    most = np.fmax(np.fmax(1, high), calm.max(axis=1))
    odd = growth.abs() > limit
    for year in census:
        odd[year] = ratio[year].lt(least - FLOOR) | ratio[year].gt(most + FLOOR)
    found: _Cells = {}
    for code, year in true_cells(odd & ratio.notna()):
        if (code, year) in boundary:
            continue
        why = "a step in no census or boundary year: perhaps a revision"
        if year in census:
            span = f"{least[code]:.3f} to {most[code]:.3f}"
            why = f"beyond natural growth and the city's other years, {span}"
        found[code, year] = f"{ratio.at[code, year]:.3f} times {year - 1}, {why}"
    return found


def _accounts(wides: dict[str, pd.DataFrame], suspects: dict[str, _Cells]) -> _Cells:
    """Confront the product with its sectors: extend `suspects`, and return what does not add up."""
    gdp = wides["gdp"]
    total = sum(wides[field] for field in SECTORS)
    ratio = total / gdp
    usual = float(ratio.stack().median())
    if not abs(usual - 1) <= PARTS_TOLERANCE:  # sectors at basic prices leave out taxes
        ratio, total = ratio / usual, total / usual
    for code, year in suspects["gdp"]:
        if abs(ratio.at[code, year] - 1) <= PARTS_TOLERANCE:
            for field in SECTORS:
                suspects[field].setdefault((code, year), "part of a product that is suspect")
    for field in ["gdp", *SECTORS]:
        for code, year in suspects[field]:
            sums = f"; the sectors add up to {ratio.at[code, year]:.3f} times the product"
            suspects[field][code, year] += sums
    middle = np.sqrt(gdp.shift(1, axis=1) * gdp.shift(-1, axis=1))
    off: _Cells = {}
    for code, year in true_cells((ratio - 1).abs() > PARTS_TOLERANCE):
        product, parts = (float(w.at[code, year] / middle.at[code, year]) for w in (gdp, total))
        detail = f"the sectors add up to {ratio.at[code, year]:.3f} times the product"
        if np.isfinite(product) and np.isfinite(parts):
            detail += "; beside the mean of the years before and after, the product is "
            detail += f"{product:.3f} and the sum {parts:.3f}: {_culprit(product, parts)}"
        off[code, year] = f"{detail}; kept"
    return off


def _culprit(product: float, parts: float) -> str:
    """Say which of two figures leaves the course of the years beside, twice as far as the other."""
    off = [abs(np.log(figure)) for figure in (product, parts)]
    if round(off[0] - 2 * off[1], 9) > 0:
        return "the product leaves the course, its parts do not"
    if round(off[1] - 2 * off[0], 9) > 0:
        return "a part leaves the course, the product does not"
    return "neither stands out"


def _on_line(wide: pd.DataFrame) -> _Cells:
    last, following = wide.shift(1, axis=1), wide.shift(-1, axis=1)
    cells: _Cells = {}
    for code, year in true_cells((wide - (last + following) / 2).abs() <= 1e-9 * wide):
        same = wide.at[code, year] == last.at[code, year]
        detail = "equal to both neighbours" if same else "half-way between its neighbours"
        cells[code, year] = detail
    return cells


def _fill(wide: pd.DataFrame) -> tuple[pd.DataFrame, _Cells]:
    """Fill interior gaps on the straight line of each city, and say where it runs."""
    full = wide.interpolate(axis=1, limit_area="inside")
    cells: _Cells = {}
    for code, year in true_cells(wide.isna() & full.notna()):
        known = wide.loc[code].dropna().index
        ends = known[known < year].max(), known[known > year].min()
        cells[code, year] = f"on the line from {ends[0]} to {ends[1]}"
    return full, cells
