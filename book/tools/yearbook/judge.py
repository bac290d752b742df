"""A yearbook judged: what is refused, what looks unusual, and what a person has to look at.

*Refused* is what no place on earth can show: a broken identity, a ratio beyond its limits, people
in another unit, a column that is another's, an index of another kind.
*Unusual* is what stands out within the file, by medians and median absolute deviations.  *Said* are
medians and ranges, in which a person sees a wrong unit.  No figure of any place is held against a
file: the constants have their reasons beside them, and so have the limits in ``schema.toml``.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from lib.panel import KEY
from lib.strictcsv import Failure
from tools.yearbook.clean import CUTOFF, PARTS_TOLERANCE, Cleaned, log, spread, true_cells
from tools.yearbook.schema import FIELDS, LEVELS, RATIOS, SECTORS, SHARES

JUDGEMENTS = ("absent", "copies", "index", "limits", "sums", "units")
"""Names of the refusals that ``BELIEVE`` overrides."""
FEW = 3  # cities, or years: the fewest of which a median outvotes one
MOST = 0.8  # of cells that do the same: chance leaves most apart, a mistake hits a block
FLOOR = 0.01  # least spread of a yearly log change: figures of two digits move so by rounding
ROUNDED = 0.5  # points by which shares of one decimal can miss 100
RUN = 4  # years in a row in which a city's index repeats what is none
PRINTED = 0.06  # points by which an index of one decimal can miss the growth it was computed from
BASIC = 0.8  # of GDP: sectors leave out taxes less subsidies, which are a fifth at most
PEOPLE = (("resident_pop", "registered_pop"), ("resident_pop",))
Wides = dict[str, pd.DataFrame]


@dataclass(frozen=True)
class Refusal:
    """What is impossible: judgement, columns, place, found and expected, cause, (code, year)s."""

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
    same = (growth - index).abs().le(PRINTED + 1.0 / gdp)
    later = index.notna() & growth.notna()  # the figure of a first year enters nothing
    for faults, found in ((index.eq(100), "exactly 100"), (same, "the growth of gdp itself")):
        share = faults[later].mean().where(later.sum() >= FEW)
        places = [f"most cities, {year}" for year in share.index[share >= MOST]]
        run = (faults & later).T.rolling(RUN).sum().eq(RUN).any()
        places += [f"{code}, over {RUN} years or more" for code in run.index[run]]
        for place in places:
            yield Refusal("index", "gdp_index", place, found, expected)


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
    made = {ratio.words: given[[*ratio.above]].prod(axis=1, skipna=False) * ratio.scale
            / given[[*ratio.below]].prod(axis=1, skipna=False) for ratio in RATIOS}  # fmt: skip
    wide = given[KEY].assign(**made).pivot(index="city_code", columns="year", values=[*made])
    return {words: wide[words] for words in made if wide[words].notna().any(axis=None)}


def _beyond(made: Wides) -> Iterator[Refusal]:
    for ratio in RATIOS:
        wide = made.get(ratio.words, pd.DataFrame())
        columns = [name for name in (*ratio.above, *ratio.below) if name in FIELDS]
        for code, year in true_cells(wide.lt(ratio.low) | wide.gt(ratio.high)):
            value = wide.at[code, year]
            units = [(name, unit, times if name in ratio.below else 1 / times)
                     for name in columns
                     for unit, times in FIELDS[name].others.items()]  # fmt: skip
            fits = [f"{name} in {unit}" for name, unit, factor in units
                    if ratio.low <= value * factor <= ratio.high]  # fmt: skip
            yield Refusal("limits", ", ".join(columns), f"{code}, {year}",
                          f"{ratio.words} of {value:.3g}", f"{ratio.low:g} to {ratio.high:g}",
                          " or ".join(fits), ((code, year),))  # fmt: skip


def _units(made: Wides) -> Iterator[Refusal]:
    """People who are counted in another unit than in other cities.

    All ratios of such a column, three at least, are nearer to the median of other cities times the
    unit than to that median.
    """
    levels = pd.DataFrame({words: log(wide).median(axis=1) for words, wide in made.items()})
    signs = {r.words: [sum(n in r.above for n in names) - sum(n in r.below for n in names)
                       for names in PEOPLE] for r in RATIOS}  # fmt: skip
    for i, names in enumerate(PEOPLE):
        own = [words for words in levels if signs[words][i]]
        for code in levels.index if len(own) >= FEW else ():
            gap = levels.loc[code, own] - levels.loc[levels.index != code, own].median()
            gap = (gap * [signs[words][i] for words in own]).dropna()
            for unit, times in FIELDS["resident_pop"].others.items():
                if len(gap) >= FEW and (gap / np.log(times)).between(0.5, 1.5).all():
                    found = f"about {times:g} times the figures of other cities"
                    yield Refusal("units", ", ".join(names), str(code), found, "one unit",
                                  f"figures in {unit}")  # fmt: skip


# -- what a person has to look at ------------------------------------------------------------------


def unusual(
    made: Wides, names: pd.Series, province: pd.Series, events: Mapping[str, Collection]
) -> pd.DataFrame:
    """List yearly changes that stand out: of all cities, each province and each city the clearest.

    A change is held against the group's other years and against all cities.  What a group does
    together is taken out of its cities' changes.  The cells of events, (city_code, year) by field,
    are no news.

    Returns
    -------
    DataFrame
        city_code ("" for a group), city, year, field (the ratio), found, size (in cut-offs), the
        largest first.
    """
    words, wide = list(made), next(iter(made.values()))
    codes, rows = wide.index, []
    logs = [log(ratio).interpolate(axis=1, limit_area="inside") for ratio in made.values()]
    for ratio, wide in zip((r for r in RATIOS if r.words in made), logs, strict=True):
        for cell in {
            cell for name in (*ratio.above, *ratio.below) for cell in events.get(name, ())
        }:
            step = wide.loc[cell[0]].diff()[cell[1]]
            wide.loc[cell[0], wide.columns < cell[1]] += 0.0 if step != step else step
    plain = np.diff(np.stack(logs))  # ratio, city, year
    steps = plain.copy()
    of = province.reindex(codes)
    parts = [("", name, np.flatnonzero(of.eq(name))) for name in of.unique()]
    groups = [("", "all cities", np.arange(len(codes))), *(g for g in parts if len(g[2]) >= FEW),
              *((code, names[code], np.array([i])) for i, code in enumerate(codes))]  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # medians of nothing are nothing
        for code, name, own in groups:
            path = np.nanmedian(steps[:, own], axis=1)
            net = path - np.nanmedian(path, axis=1, keepdims=True)
            file = [0.0 if len(own) == len(codes) else spread(ratio) for ratio in steps]
            least = FLOOR / np.sqrt(len(own))  # of a median
            noise = [max(least, a, spread(b)) for a, b in zip(file, path, strict=True)]
            size = np.nan_to_num(np.abs(net) / (CUTOFF * np.array(noise)[:, None])).round(9)
            r, t = np.unravel_index(np.argmax(size), size.shape)
            change, unlike = np.exp([np.nanmedian(plain[r, own, t]), net[r, t]])
            found = f"{change:.3g} times the year before, {unlike:.3g} times what is usual"
            rows.append((code, name, int(wide.columns[t + 1]), words[r], found, size[r, t]))
            steps[:, own] -= path[:, None]
    out = pd.DataFrame(rows, columns=["city_code", "city", "year", "field", "found", "size"])
    out = out[out["size"] > 1].sort_values("size", ascending=False, kind="stable")
    return out.reset_index(drop=True)


def said(frame: pd.DataFrame, dollar: pd.Series | None, names: pd.Series) -> list[str]:
    """Medians and ranges, in which a wrong unit or year shows, and whose the extremes are."""
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
