"""A yearbook judged: what is refused, what is flagged, and what is said.

*Refused* is what no place on earth can show: a broken identity, a ratio beyond its limits, an
excursion that comes back within three years, a column that equals another, or itself a row on.
*Flagged* is what stands out within the file, against its own cities and years, by medians and
median absolute deviations.  *Said* is what a file cannot tell of itself, for a person to read:
medians and ranges of ratios, in which a wrong unit shows.  No figure of any place is held against
a file: the constants have their reasons beside them, and so have the limits of the ratios in
:mod:`tools.yearbook.schema`.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
import pandas as pd

from lib.panel import KEY
from lib.strictcsv import Failure
from tools.yearbook.clean import CUTOFF, PARTS_TOLERANCE, Cleaned, log, spread
from tools.yearbook.schema import FIELDS, LEVELS, RATIOS, SECTORS, SHARES

JUDGEMENTS = ("absent", "copies", "excursion", "limits", "pasted", "sums")
"""Names of the refusals that ``BELIEVE`` overrides."""
FEW = 3  # cities, or years: the fewest of which a median outvotes one
MOST = 0.8  # of cells that do the same: chance leaves most apart, a mistake hits a block
LEVEL = 6.0  # spreads between cities, whose levels have longer tails than growth has
FLOOR = 0.01  # least spread of a yearly log change: figures of two digits move so by rounding
BACK = 3  # years within which an excursion is back: a level that has changed lasts longer
PEOPLE = 1.25  # a fourth of all people, or of the land, does not come and go within BACK years
MONEY = 5.0  # spending after an earthquake doubles and halves; no flow of money goes so far
ROUNDED = 0.5  # points by which shares of one decimal can miss 100
BASIC = 0.8  # of GDP: sectors leave out taxes less subsidies, which are a fifth at most
STOCKS = ("resident_pop", "registered_pop", "area")  # for which PEOPLE is
LUMPS = ("fdi", "science_expenditure")  # one plant or laboratory makes a city's figure of a year
OF = {each.words: each for each in RATIOS}
CANDIDATES = (("gdp", "sectors"), ("gdp",), ("resident_pop",),
              *((name,) for each in RATIOS for name in (*each.below, *each.above)))  # fmt: skip
"""Columns that can be at fault: GDP with its sectors, GDP alone, residents, the others."""
Wides = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Finding:
    """What was noticed, in which column and where, and what it would have been.

    Attributes
    ----------
    name : str
        The judgement: one of `JUDGEMENTS`, or of the flags.
    cells : tuple of (city_code, year)
    factor : float
        How many times too large the cells are, if it is a mistake; missing where that is not known.
    move : float
        Standard errors by which a coefficient moves, at most, if it is taken out.
    """

    grade: Literal["refuse", "flag"]
    name: str
    field: str
    where: str
    found: str
    expected: str
    cause: str = ""
    cells: tuple[tuple[Any, int], ...] = ()
    factor: float = np.nan
    move: float = np.nan

    def failure(self) -> Failure:
        """The finding as what is wrong with a file."""
        found = f"{self.found}, in {self.where}"
        return Failure(None, self.field, found, self.expected, self.name, (), self.cause)

    def __str__(self) -> str:
        text = f"{self.name}: {self.field}, {self.where}: found {self.found}; "
        text += f"expected {self.expected}" + (f"; perhaps {self.cause}" if self.cause else "")
        moves = f"; taken out, it moves a coefficient by {self.move:.1f} standard errors"
        return text + (moves if self.move >= 0.05 else "")


def refusals(found: Sequence[Failure], believe: Collection[str]) -> list[Failure]:
    """What is refused and not believed, with the name that overrides it."""
    way = "{} (if the file is right: BELIEVE={})"
    return [f._replace(expected=way.format(f.expected, f.kind))
            for f in found if f.kind not in believe]  # fmt: skip


def span(years: Sequence[int]) -> str:
    """Word a run of years."""
    return " to ".join(str(year) for year in dict.fromkeys([years[0], years[-1]]))


def judge(
    yearbook: pd.DataFrame, cleaned: Cleaned, cities: pd.DataFrame, dollar: pd.Series | None = None
) -> list[Finding]:
    """Judge a yearbook as a whole.

    Figures as read serve for what is equal, and cleaned ones for ratios: what
    :func:`tools.yearbook.clean.clean` strikes is judged there.  `dollar` is what a US dollar costs,
    by year, without which investment is held against no product.  Refusals come first, and findings
    of one kind that many cities or years share are one.
    """
    province, frame = cities.set_index("city_code")["province_en"], cleaned.frame
    made = ratios(frame, dollar)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # medians of nothing are nothing
        found = [*_sums(yearbook), *_equal(yearbook), *_beyond(made),
                 *_moves(made, frame, province), *_levels(made, province)]  # fmt: skip
    groups: dict[tuple, list[Finding]] = {}
    for each in found:
        key = each.grade, each.name, each.field, each.cause, each.factor > 1
        groups.setdefault(key, []).append(each)
    out = [each for own in groups.values() for each in (own if len(own) < FEW else [_one(own)])]
    return sorted(out, key=lambda each: (each.grade != "refuse", each.name))


def _one(own: list[Finding]) -> Finding:
    """Make one finding of those that differ in place and size alone; the largest is worded."""
    first = max(own, key=lambda each: abs(np.log(each.factor)) if each.factor > 0 else 0)
    places = dict.fromkeys(each.where.split(",")[0] for each in own)
    places.pop(first.where.split(",")[0])
    where = f"{first.where}, and {len(own) - 1} more: {', '.join([*places][:5]) or 'other years'}"
    cells = tuple(dict.fromkeys(cell for each in own for cell in each.cells))
    return replace(first, where=where, cells=cells)


# -- the impossible --------------------------------------------------------------------------------


def pasted(frame: pd.DataFrame) -> list[Failure]:
    """Find columns that stand a row too low or too high, in a file city by city.

    Parameters
    ----------
    frame : DataFrame
        The yearbook in the order of its rows.  Where a city begins, a column that was pasted a row
        down has the last figure of the city above: it continues that one and not its own.
    """
    found: list[Failure] = []
    codes = frame["city_code"].to_numpy(object)
    for field in LEVELS if (codes[1:] == codes[:-1]).mean() > 0.5 else ():
        for word, place, way in (("down", "above", 1), ("up", "below", -1)):
            own, code = log(frame[field]).to_numpy()[::way], codes[::way]
            first = 1 + np.flatnonzero(code[1:-1] != code[:-2])  # of each city
            other, mine = (np.abs(own[first + i] - own[first]) for i in (-1, 1))
            known = np.isfinite(other + mine) & (other + mine > 1e-9)
            if known.sum() >= FEW and (other < mine)[known].mean() >= MOST:
                text, cause = f"figures that continue the city {place}", f"pasted a row {word}"
                found.append(Failure(None, field, text, "the city's own", "pasted", (), cause))
    return found


def _sums(book: pd.DataFrame) -> Iterator[Finding]:
    """Shares that do not add up to 100, and a product that its sectors miss as a rule."""
    total = book[SHARES].sum(axis=1, min_count=len(SHARES))
    for row in book.index[(total - 100).abs() > ROUNDED]:
        cell, found = tuple(book.loc[row, KEY]), f"shares that add up to {total[row]:g}"
        where = f"{cell[0]}, {cell[1]}"
        yield Finding("refuse", "sums", SHARES[0], where, found, "100", "", (cell,))
    ratio = (book[SECTORS].sum(axis=1, min_count=len(SECTORS)) / book["gdp"]).dropna()
    median = ratio.median()
    usual = median if BASIC <= median <= 1 else 1.0  # at basic prices, as accounts are in Europe
    miss = ((ratio / usual - 1).abs() > PARTS_TOLERANCE).mean()
    if miss > 0.5:
        found = f"sectors that miss GDP in {miss:.0%} of the rows, {median:.3g} times it"
        yield Finding("refuse", "sums", "gdp", "all cities", found, "their sum",
                      "another unit, another year, or columns in each other's place")  # fmt: skip


def _equal(book: pd.DataFrame) -> Iterator[Finding]:
    """A column that is another's copy, and accounts that are those of another city or year."""
    for one, other in combinations(LEVELS, 2):
        same = book[one].eq(book[other])[book[[one, other]].notna().all(axis=1)]
        if len(same) > FEW and same.mean() >= MOST:
            found = f"the figures of {other}"
            yield Finding("refuse", "copies", one, "all cities", found, "figures of its own",
                          "one column pasted over the other")  # fmt: skip
    accounts = book.dropna(subset=SECTORS[1:])
    for cell in accounts.loc[accounts.duplicated(["gdp", *SECTORS[1:]]), KEY].itertuples(
        index=False, name=None
    ):
        where, found = f"{cell[0]}, {cell[1]}", "the accounts of another city or year"
        yield Finding("refuse", "copies", "gdp", where, found, "figures of its own",
                      "rows copied", (cell,))  # fmt: skip


def ratios(frame: pd.DataFrame, dollar: pd.Series | None) -> Wides:
    """Compute `RATIOS` in natural units, city x year; without those of which nothing is known."""
    given = frame.sort_values(KEY)
    rate = np.nan if dollar is None else given["year"].map(dollar) / 100
    first = given["year"].eq(given["year"].min())
    volume = (given["gdp_index"] / 100).where(~first, given["gdp"])
    given = given.assign(
        sectors=given[SECTORS].sum(axis=1, min_count=len(SECTORS)), fdi=given["fdi"] * rate,
        gdp_index=volume.groupby(given["city_code"]).cumprod(),
    )  # fmt: skip
    made = {each.words: given[[*each.above]].prod(axis=1, skipna=False) * each.scale
            / given[[*each.below]].prod(axis=1, skipna=False) for each in RATIOS}  # fmt: skip
    wide = given[KEY].assign(**made).pivot(index="city_code", columns="year", values=[*made])
    return {words: wide[words] for words in made if wide[words].notna().any(axis=None)}


def _sign(words: str, columns: tuple[str, ...]) -> int:
    return sum(c in OF[words].above for c in columns) - sum(c in OF[words].below for c in columns)


def _blamed(moved: dict[str, float], noise: dict[str, float]) -> str:
    """The column that explains, by one factor, how all known ratios moved (in logarithms).

    Ratios over one denominator that move together accuse the denominator.  What is left of a move
    counts in the ratio's own noise.
    """

    def left(columns: tuple[str, ...]) -> float:
        signs = {words: _sign(words, columns) for words in moved}
        factor = np.median([sign * moved[words] for words, sign in signs.items() if sign] or [0.0])
        rest = (abs(moved[words] - sign * factor) / noise[words] for words, sign in signs.items())
        return round(sum(rest), 9)

    return min(CANDIDATES, key=left)[0]


def _beyond(made: Wides) -> Iterator[Finding]:
    side = pd.DataFrame({words: wide.gt(OF[words].high).astype(float).sub(wide.lt(OF[words].low))
                         .where(wide.notna()).stack() for words, wide in made.items()})  # fmt: skip
    side = side[side.ne(0).where(side.notna(), False).any(axis=1)]
    for (code, year), row in side.iterrows():
        # A ratio with both limits that keeps them is a witness; another says nothing.
        known = {w: v for w, v in row.dropna().items() if v or 0 < OF[w].low < OF[w].high < np.inf}
        field = _blamed(known, dict.fromkeys(known, 1.0))
        words = next(w for w, v in known.items() if v and _sign(w, (field,)))
        value, each, sign = made[words].at[code, year], OF[words], _sign(words, (field,))
        fits = [f"figures in {unit}" for unit, times in FIELDS[field].others.items()
                if each.low <= value / times**sign <= each.high]  # fmt: skip
        limits = f"{each.low:g} to {each.high:g}, with {field} in {FIELDS[field].unit}"
        yield Finding("refuse", "limits", field, f"{code}, {year}", f"{words} of {value:.3g}",
                      limits, " or ".join(fits), ((code, int(year)),))  # fmt: skip


# -- what stands out -------------------------------------------------------------------------------


def _groups(codes: pd.Index, province: pd.Series) -> list[tuple[str, pd.Index]]:
    """All cities, those of each province where there are a few, and each."""
    of = province.reindex(codes)
    few = [(str(n), own.index) for n, own in of.groupby(of) if len(own) >= FEW]
    each = [(str(code), codes[[place]]) for place, code in enumerate(codes)]
    return [("all cities", codes), *few, *each]


def _moves(made: Wides, frame: pd.DataFrame, province: pd.Series) -> Iterator[Finding]:
    """Steps and excursions of all cities, of provinces and of cities that stand out."""
    names, wide = list(made), next(iter(made.values()))
    codes, years = wide.index, [int(year) for year in wide.columns]
    steps = np.diff(
        np.stack([log(each).interpolate(axis=1, limit_area="inside") for each in made.values()])
    )
    for group, own in _groups(codes, province):
        rows = codes.get_indexer(own)
        path = np.nanmedian(steps[:, rows], axis=1)
        net = path - np.nanmedian(path, axis=1, keepdims=True)
        file = [0.0 if group == "all cities" else spread(each) for each in steps]
        least = FLOOR / np.sqrt(len(own))  # of a median
        noise = [max(least, each, spread(path[r])) for r, each in enumerate(file)]
        beyond = np.abs(net) / (CUTOFF * np.array(noise)[:, None])
        back = -1
        for t in np.flatnonzero((beyond > 1).any(axis=0)):
            if t == back:
                continue
            r = int(np.nanargmax(beyond[:, t]))
            size, later = abs(net[r, t]), range(t + 1, min(t + BACK + 1, net.shape[1]))
            back = next((s for s in later if beyond[r, s] > 1
                         and abs(net[r, t : s + 1].sum()) < size / 3), -1)  # fmt: skip
            found = _worded(names, net[:, t], noise, f"those of {years[t]}")
            when = years[t + 1 : back + 1] if back > 0 else years[t + 1 :]
            far = np.log(PEOPLE if found.field in STOCKS else MONEY)
            out = back > 0 and abs(np.log(found.factor)) > far
            out &= len(own) > 1 or found.field not in LUMPS
            yield replace(
                found, name="excursion" if back > 0 else "step",
                grade="refuse" if out and _returns(frame, found.field, own, when) else "flag",
                where=f"{group}, {span(when) if back > 0 else f'from {when[0]} on'}",
                cells=tuple((code, year) for code in own for year in when),
            )  # fmt: skip
        steps[:, rows] -= path[:, None]  # what a group does together is no city's own


def _levels(made: Wides, province: pd.Series) -> Iterator[Finding]:
    """Provinces and cities whose level throughout is not the others'."""
    names, wide = list(made), next(iter(made.values()))
    codes = wide.index
    level = np.stack([log(each).median(axis=1) for each in made.values()])
    for name, own in _groups(codes, province)[1:]:
        here, rest = (level[:, mask] for mask in (codes.isin(own), ~codes.isin(own)))
        gap = np.nanmedian(here, axis=1) - np.nanmedian(rest, axis=1)
        noise = LEVEL * np.maximum([spread(each) for each in rest], 10 * FLOOR)
        noise /= np.sqrt(min(len(own), FEW))  # of a median
        if (np.abs(gap) > noise).any():
            found = _worded(names, gap, noise, "that of the others")
            cells = tuple((code, int(year)) for code in own for year in wide.columns)
            yield replace(found, name="level", where=name, cells=cells)


def _worded(names: list[str], moves: np.ndarray, noise: Any, than: str) -> Finding:
    """Word how ratios moved, with the column that explains it, and its factor."""
    known = {words: float(v) for words, v in zip(names, moves, strict=True) if np.isfinite(v)}
    field = _blamed(known, dict(zip(names, noise, strict=True)))
    words = max((w for w in known if _sign(w, (field,))), key=lambda w: abs(known[w]))
    found = f"{words} {np.exp(known[words]):.3g} times {than}"
    cause = "another unit, definition or territory"
    factor = float(np.exp(known[words] * _sign(words, (field,))))
    return Finding("flag", "", field, "", found, "about the same", cause, factor=factor)


def _returns(frame: pd.DataFrame, field: str, own: pd.Index, when: list[int]) -> bool:
    """Whether a column itself is back after an excursion, and no other column has followed it."""
    here = frame[frame["city_code"].isin(own)].set_index(["year", "city_code"])
    if field not in here:
        return True
    before, out, back = (np.log(here.loc[t, field]) for t in (when[0] - 1, when[0], when[-1] + 1))
    return bool(abs((back - before).median()) < abs((out - before).median()) / 2)


# -- what a person has to look at ------------------------------------------------------------------


def said(frame: pd.DataFrame, dollar: pd.Series | None) -> list[str]:
    """Medians and ranges, in which a wrong unit or year shows."""
    made = ratios(frame, dollar)
    prices = made.pop("price level")
    made["prices of GDP over the year before, per cent"] = 100 * (prices / prices.shift(axis=1) - 1)
    for field, words in (("natural_growth", "per mille"), ("gdp_index", "previous year = 100")):
        wide = frame.pivot(index="city_code", columns="year", values=field)
        made[f"{field}, {words}"] = wide
    lines = []
    for words, wide in made.items():
        values, years = wide.stack().dropna().round(9), wide.median().dropna().round(9)
        if len(values):
            text = f"{words}: {values.median():.3g} at the median, "
            text += f"{values.min():.3g} to {values.max():.3g}"
            if f"{years.min():.3g}" != f"{years.max():.3g}":  # else rounding decides
                text += f"; by year lowest in {years.idxmin()}, highest in {years.idxmax()}"
            lines.append(text)
    return lines
