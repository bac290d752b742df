"""A yearbook judged: what is refused, what looks unusual, and what a person has to look at.

*Refused* is what no place on earth can show: a broken identity, a ratio beyond its limits, a column
in another unit, that of another column, or itself a row on, an index of another kind.  *Unusual* is
what stands out within the file, by medians and median absolute deviations.  *Said* are medians and
ranges, in which a person sees a wrong unit.  No figure of any place is held against a file: the
constants have their reasons beside them, and so have the limits in :mod:`tools.yearbook.schema`.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from lib.panel import KEY
from lib.strictcsv import Failure
from tools.yearbook.clean import CUTOFF, PARTS_TOLERANCE, Cleaned, log, spread
from tools.yearbook.schema import FIELDS, LEVELS, RATIOS, SECTORS, SHARES

JUDGEMENTS = ("absent", "copies", "index", "limits", "pasted", "sums", "units")
"""Names of the refusals that ``BELIEVE`` overrides."""
FEW = 3  # cities, or years: the fewest of which a median outvotes one
MOST = 0.8  # of cells that do the same: chance leaves most apart, a mistake hits a block
PAIRS = 8  # of neighbours in a file that have to agree on a column that was pasted a row on
FLOOR = 0.01  # least spread of a yearly log change: figures of two digits move so by rounding
LEVEL = 6.0  # spreads between cities, whose levels have longer tails than growth has
ROUNDED = 0.5  # points by which shares of one decimal can miss 100
PRINTED = 0.06  # points by which an index of one decimal can miss the growth it was computed from
BASIC = 0.8  # of GDP: sectors leave out taxes less subsidies, which are a fifth at most
PEOPLE = ("resident_pop", "registered_pop")
OF = {ratio.words: ratio for ratio in RATIOS}
CANDIDATES = (("gdp", "sectors"), ("gdp",), PEOPLE, ("resident_pop",),
              *((name,) for ratio in RATIOS for name in (*ratio.below, *ratio.above)))  # fmt: skip
"""Columns that can be at fault together or alone."""
Wides = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Refusal:
    """What is impossible: judgement, column, place, what was found and expected, cells, cause."""

    name: str
    field: str
    where: str
    found: str
    expected: str
    cause: str = ""
    cells: tuple[tuple[Any, int], ...] = ()

    def failure(self) -> Failure:
        """The refusal as what is wrong with a file."""
        found = f"{self.found}, in {self.where}"
        return Failure(None, self.field, found, self.expected, self.name, (), self.cause)


def refusals(found: Sequence[Failure], believe: Collection[str]) -> list[Failure]:
    """What is refused and not believed, with the name that overrides it."""
    way = "{} (if the file is right: BELIEVE={})"
    return [f._replace(expected=way.format(f.expected, f.kind))
            for f in found if f.kind not in believe]  # fmt: skip


def span(years: Sequence[int]) -> str:
    """Word a run of years."""
    return " to ".join(str(year) for year in dict.fromkeys([years[0], years[-1]]))


def judge(book: pd.DataFrame, cleaned: Cleaned, dollar: pd.Series | None = None) -> list[Refusal]:
    """Find what no place on earth can show.

    Figures as read serve for what is equal, and cleaned ones for ratios: what
    :func:`tools.yearbook.clean.clean` strikes is judged there.  `dollar` is what a US dollar costs,
    by year, without which investment is held against no product.
    """
    made = ratios(cleaned.frame, dollar)
    found = [*_sums(book), *_equal(book), *_index(book), *_beyond(made), *_units(made)]
    return sorted(found, key=lambda refusal: refusal.name)


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
    together = (codes[1:] == codes[:-1]).mean() > 0.5
    for field in [name for name in LEVELS if together and name in frame]:
        for word, place, way in (("down", "above", 1), ("up", "below", -1)):
            own, code = log(frame[field]).to_numpy()[::way], codes[::way]
            first = 1 + np.flatnonzero(code[1:-1] != code[:-2])  # of each city
            other, mine = (np.abs(own[first + i] - own[first]) for i in (-1, 1))
            known = np.isfinite(other + mine) & (other + mine > 1e-9)
            if known.sum() >= PAIRS and (other < mine)[known].mean() >= MOST:
                text, cause = f"figures that continue the city {place}", f"pasted a row {word}"
                found.append(Failure(None, field, text, "the city's own", "pasted", (), cause))
    return found


def _sums(book: pd.DataFrame) -> Iterator[Refusal]:
    """Shares that do not add up to 100, and a product that its sectors miss as a rule."""
    total = book[SHARES].sum(axis=1, min_count=len(SHARES))
    for row in book.index[(total - 100).abs() > ROUNDED]:
        cell, found = tuple(book.loc[row, KEY]), f"shares that add up to {total[row]:g}"
        yield Refusal("sums", SHARES[0], f"{cell[0]}, {cell[1]}", found, "100", "", (cell,))
    ratio = (book[SECTORS].sum(axis=1, min_count=len(SECTORS)) / book["gdp"]).dropna()
    median = ratio.median()
    usual = median if BASIC <= median <= 1 else 1.0  # at basic prices, as accounts are in Europe
    miss = ((ratio / usual - 1).abs() > PARTS_TOLERANCE).mean()
    if miss > 0.5:
        found = f"sectors that miss GDP in {miss:.0%} of the rows, {median:.3g} times it"
        yield Refusal("sums", "gdp", "all cities", found, "their sum",
                      "another unit, another year, or columns in each other's place")  # fmt: skip


def _equal(book: pd.DataFrame) -> Iterator[Refusal]:
    """A column that is another's copy, and accounts that are those of another city or year."""
    for one, other in combinations(LEVELS, 2):
        same = book[one].eq(book[other])[book[[one, other]].notna().all(axis=1)]
        if len(same) > FEW and same.mean() >= MOST:
            found = f"the figures of {other}"
            yield Refusal("copies", one, "all cities", found, "figures of its own",
                          "one column pasted over the other")  # fmt: skip
    accounts = book.dropna(subset=SECTORS[1:])
    again = accounts[accounts.duplicated(["gdp", *SECTORS[1:]])]
    for code, year in again[KEY].itertuples(index=False, name=None):
        found = "the accounts of another city or year"
        yield Refusal("copies", "gdp", f"{code}, {year}", found, "figures of its own",
                      "rows copied", ((code, year),))  # fmt: skip


def _index(book: pd.DataFrame) -> Iterator[Refusal]:
    """A growth index that is a chain, stands at 100 everywhere, or is the growth of GDP itself."""
    wide = book.pivot(index="city_code", columns="year", values=["gdp", "gdp_index"])
    gdp, index = wide["gdp"], wide["gdp_index"]
    growth = 100 * (gdp / gdp.shift(axis=1))
    chained = (growth - 100 * index / index.shift(axis=1)).abs().mean(axis=1)
    yearly = (growth - index).abs().mean(axis=1)
    expected = "an index of previous year = 100 at constant prices"
    if len(chained) >= FEW and chained.lt(yearly).mean() >= MOST and chained.mean() < yearly.mean():
        found = "figures whose growth, and not the figures, follows GDP"
        cause = 'a chain index: set index = "chain" in the settings'
        yield Refusal("index", "gdp_index", "most cities", found, expected, cause)
        return
    still = index.eq(100).sum().eq(index.notna().sum()) & (index.notna().sum() >= FEW)
    for year in still.index[still & (still.index > index.columns[0])]:
        yield Refusal("index", "gdp_index", f"all cities, {year}", "exactly 100", expected,
                      "a figure put where none is known")  # fmt: skip
    same = (growth - index).abs().le(PRINTED + 1.0 / gdp).where(growth.notna() & index.notna())
    for axis, words in ((1, "{}"), (0, "all cities, {}")):
        share, count = same.mean(axis=axis), same.count(axis=axis)
        for place in share.index[(share >= MOST) & (count > FEW)]:
            yield Refusal("index", "gdp_index", words.format(place), "the growth of gdp itself",
                          expected, "an index at current prices")  # fmt: skip


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


def _beyond(made: Wides) -> Iterator[Refusal]:
    side = pd.DataFrame({words: wide.gt(OF[words].high).astype(float).sub(wide.lt(OF[words].low))
                         .where(wide.notna()).stack() for words, wide in made.items()})  # fmt: skip
    side = side[side.ne(0).where(side.notna(), False).any(axis=1)]
    for (code, year), row in side.iterrows():
        # A ratio with both limits that keeps them is a witness; another says nothing.
        known = {w: v for w, v in row.dropna().items() if v or 0 < OF[w].low < OF[w].high < np.inf}
        field = _blamed(known, dict.fromkeys(known, 1.0))
        words = next(w for w, v in known.items() if v and _sign(w, (field,)))
        value, ratio, sign = made[words].at[code, year], OF[words], _sign(words, (field,))
        fits = [f"figures in {unit}" for unit, times in FIELDS[field].others.items()
                if ratio.low <= value / times**sign <= ratio.high]  # fmt: skip
        limits = f"{ratio.low:g} to {ratio.high:g}, with {field} in {FIELDS[field].unit}"
        yield Refusal("limits", field, f"{code}, {year}", f"{words} of {value:.3g}",
                      limits, " or ".join(fits), ((code, int(year)),))  # fmt: skip


def _units(made: Wides) -> Iterator[Refusal]:
    """Columns that stand in another unit than in other cities, or than in the year before.

    Every ratio of such a column, three at least, is nearer to its median in other cities, or before,
    times the unit, than to that median.
    """
    levels = {words: log(wide).median(axis=1) for words, wide in made.items()}
    for columns in dict.fromkeys(CANDIDATES):
        signs = {words: _sign(words, columns) for words in made if words != "sectors over GDP"}
        signs = {words: sign for words, sign in signs.items() if sign}
        for unit, times in FIELDS[columns[0]].others.items() if len(signs) >= FEW else ():
            for code in levels[next(iter(signs))].index:
                gaps = [(levels[w][code] - levels[w].drop(code).median()) * s / np.log(times)
                        for w, s in signs.items() if np.isfinite(levels[w][code])]  # fmt: skip
                if len(gaps) >= FEW and 0.5 < min(gaps) and max(gaps) < 1.5:
                    found = f"{times:g} times the figures of other cities in all ratios"
                    yield Refusal("units", columns[0], str(code), found, "one unit",
                                  f"figures in {unit}")  # fmt: skip


# -- what a person has to look at ------------------------------------------------------------------


def unusual(made: Wides, names: pd.Series, province: pd.Series) -> pd.DataFrame:
    """List what stands out: of all cities, of each province and of each city the clearest.

    A step is a yearly change of a ratio that its group's other years, and other cities, do not
    show; a level one that other cities do not have.  What a group does together is taken out of its
    cities' steps.

    Returns
    -------
    DataFrame
        city_code ("" for a group), city, year (of a step, else missing), field, found, size (in
        cut-offs), the largest first.
    """
    words, wide = list(made), next(iter(made.values()))
    codes, years = wide.index, [int(year) for year in wide.columns]
    logs = np.stack([log(ratio).interpolate(axis=1, limit_area="inside") for ratio in made.values()])
    steps, rows = np.diff(logs), []
    of = province.reindex(codes)
    groups = [("", name, np.flatnonzero(of.eq(name))) for name in of.unique()]
    groups = [("", "all cities", np.arange(len(codes))), *(g for g in groups if len(g[2]) >= FEW),
              *((code, names[code], np.array([i])) for i, code in enumerate(codes))]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # medians of nothing are nothing
        for code, name, own in groups:
            path = np.nanmedian(steps[:, own], axis=1)
            net = path - np.nanmedian(path, axis=1, keepdims=True)
            least = FLOOR / np.sqrt(len(own))  # of a median
            file = [0.0 if len(own) == len(codes) else spread(ratio) for ratio in steps]
            noise = [max(least, each, spread(path[r])) for r, each in enumerate(file)]
            size = np.nan_to_num(np.abs(net) / (CUTOFF * np.array(noise)[:, None]))
            r, t = np.unravel_index(np.argmax(size.round(9)), size.shape)
            rows.append((code, name, years[t + 1], *_worded(words, net[:, t], noise), size[r, t]))
            steps[:, own] -= path[:, None]
    out = pd.DataFrame(rows, columns=["city_code", "city", "year", "field", "found", "size"])
    out = out[out["size"] > 1].sort_values("size", ascending=False, kind="stable")
    return out.reset_index(drop=True)


def _worded(names: list[str], moves: np.ndarray, noise: Any) -> tuple[str, str]:
    """Name the column that explains how ratios moved, and word the largest move."""
    known = {words: float(v) for words, v in zip(names, moves, strict=True) if np.isfinite(v)}
    field = _blamed(known, dict(zip(names, noise, strict=True)))
    words = max((w for w in known if _sign(w, (field,))), key=lambda w: abs(known[w]))
    return field, f"{words} {np.exp(known[words]):.3g} times"


def said(frame: pd.DataFrame, dollar: pd.Series | None, names: pd.Series) -> list[str]:
    """Medians and ranges, in which a wrong unit or year shows, with city and year of the extremes."""
    made = ratios(frame, dollar)
    prices = made.pop("price level")
    made["prices of GDP over the year before, per cent"] = 100 * (prices / prices.shift(axis=1) - 1)
    for field, words in (("natural_growth", "per mille"), ("gdp_index", "previous year = 100")):
        wide = frame.pivot(index="city_code", columns="year", values=field)
        made[f"{field}, {words}"] = wide
    lines = []
    for words, wide in made.items():
        values = wide.stack().dropna().round(9)
        if len(values):
            ends = [(values[at], names[at[0]], at[1]) for at in (values.idxmin(), values.idxmax())]
            low, high = (f"{value:.3g} ({city}, {year})" for value, city, year in ends)
            lines.append(f"{words}: {values.median():.3g} at the median, {low} to {high}")
    return lines
