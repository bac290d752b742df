"""A yearbook judged: what is refused, what is flagged, and what is said.

*Refused* is what no place on earth can show: a broken identity, a part larger than its whole, an
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
from tools.yearbook.clean import PARTS_TOLERANCE, Cleaned, spread
from tools.yearbook.schema import FIELDS, LEVELS, RATIOS, SECTORS, SHARES

JUDGEMENTS = ("absent", "copies", "excursion", "parts", "pasted", "shifted", "sums", "unit")
"""Names of the refusals that ``BELIEVE`` overrides."""
FEW = 3  # cities, or years: the fewest of which a median outvotes one
MOST = 0.8  # of cells that do the same: chance leaves most apart, a mistake hits a block
EDGE = 0.05  # of cells that may be nought without a reason
CUT = 8.0  # spreads of the file's own growth; of a normal one none in 10^15 lies beyond
LEVEL = 6.0  # spreads between cities, whose levels have longer tails than growth has
FLOOR = 0.01  # least spread of a yearly log change: figures of two digits move so by rounding
BACK = 3  # years within which an excursion is back: a level that has changed lasts longer
PEOPLE = 1.25  # a fourth of all people, or of the land, does not come and go within BACK years
MONEY = 5.0  # spending after an earthquake doubles and halves; no flow of money goes so far
FASTER = 0.15  # correlation by which a wrong year must beat the right one
ENOUGH = 200  # pairs of growth rates, of which a correlation is within 0.14 of the true one
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


def refusals(
    found: Sequence[Failure], believe: Collection[str]
) -> tuple[list[Failure], list[Failure]]:
    """Part what is refused, with the name that overrides it, from what is believed."""
    way = "{} (if the file is right: BELIEVE={})"
    kept = [f._replace(expected=way.format(f.expected, f.kind))
            for f in found if f.kind not in believe]  # fmt: skip
    return kept, [f for f in found if f.kind in believe]


def span(years: Sequence[int]) -> str:
    """Word a run of years."""
    return " to ".join(str(year) for year in dict.fromkeys([years[0], years[-1]]))


def judge(
    yearbook: pd.DataFrame, cleaned: Cleaned, cities: pd.DataFrame,
    rates: pd.DataFrame | None = None, dollar: pd.Series | None = None,
) -> list[Finding]:  # fmt: skip
    """Judge a yearbook as a whole.

    Figures as read serve for what is equal, and cleaned ones for ratios: what
    :func:`tools.yearbook.clean.clean` strikes is judged there.  `rates` are the provinces' natural
    growth, as :func:`lib.panel.load_natural_growth` gives them; `dollar` is what a US dollar costs,
    by year, without which investment is held against no product.  Refusals come first, and findings
    of one kind that many cities or years share are one.
    """
    province, frame = cities.set_index("city_code")["province_en"], cleaned.frame
    made = ratios(frame, dollar)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # medians of nothing are nothing
        found = [*_sums(yearbook), *_shifted(yearbook), *_copies(yearbook, province),
                 *_units(made), *_moves(made, frame, province),
                 *_natural(frame, rates, province), *_zeros(yearbook), *_map(cities)]  # fmt: skip
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


# -- identities ------------------------------------------------------------------------------------


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
        log = np.log(frame[field].where(frame[field] > 0)).to_numpy()
        for word, place, way in (("down", "above", 1), ("up", "below", -1)):
            own, code = log[::way], codes[::way]
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
    sectors = book[SECTORS].sum(axis=1, min_count=len(SECTORS))
    product = book.groupby("city_code")["gdp"]
    miss = {by: (sectors / product.shift(by) - 1).abs().dropna().gt(PARTS_TOLERANCE).mean()
            for by in (0, 1, -1)}  # fmt: skip
    ratio = (sectors / book["gdp"]).dropna().to_numpy()
    if not miss[0] > 0.5:
        return
    found = f"sectors that miss GDP in {miss[0]:.0%} of the rows, {np.median(ratio):.3g} times it"
    cause = "another unit, or columns in each other's place"
    if min(miss[1], miss[-1]) < 0.5:
        cause = f"GDP of the year {'before' if miss[-1] < miss[1] else 'after'}"
    elif BASIC <= np.median(ratio) <= 1 and spread(ratio) < (1 - BASIC) / 10:
        return  # at basic prices, as accounts are in Europe; it is said
    yield Finding("refuse", "sums", "gdp", "all cities", found, "their sum", cause)


def _shifted(book: pd.DataFrame) -> Iterator[Finding]:
    """A product whose growth goes with the growth index of another year."""
    code, index = book["city_code"], np.log(book["gdp_index"] / 100)
    growth = np.log(book["gdp"]).groupby(code).diff().clip(-0.3, 0.3)
    follows = {}
    for by in (0, -1, 1):
        pair = pd.DataFrame({"growth": growth, "index": index.groupby(code).shift(by)}).dropna()
        for key in (*KEY, *KEY):
            pair -= pair.groupby(book.loc[pair.index, key]).transform("mean")
        if len(pair) < ENOUGH or not (pair.std() > 1e-9).all():
            return
        follows[by] = float(pair["growth"].corr(pair["index"]))
    for by, word in ((-1, "after"), (1, "before")):
        if round(follows[by] - follows[0], 9) > FASTER:
            found = f"growth that follows the growth index of the year {word}"
            yield Finding("refuse", "shifted", "gdp", "all cities", found, "that of the same year",
                          "GDP or its index shifted by a year")  # fmt: skip


def _copies(book: pd.DataFrame, province: pd.Series) -> Iterator[Finding]:
    """Figures that are those of another column, city or year."""
    own = "figures of its own"
    for one, other in combinations(LEVELS, 2):
        both = (book[one] - book[other]).to_numpy()
        both = both[np.isfinite(both)]
        if len(both) > FEW and (both == 0).mean() >= MOST:
            yield Finding("refuse", "copies", one, "all cities", f"the figures of {other}", own,
                          "one column pasted over the other")  # fmt: skip
    accounts = book.dropna(subset=SECTORS[1:])
    for key, word in (("city_code", "year"), ("year", "city")):
        twice = accounts[accounts.duplicated([key, "gdp", *SECTORS[1:]])]
        for cell in twice[KEY].itertuples(index=False, name=None):
            where, found = f"{cell[0]}, {cell[1]}", f"the accounts of another {word}"
            yield Finding("refuse", "copies", "gdp", where, found, own, "rows copied", (cell,))
    growth = 100 * book["gdp"] / book.groupby("city_code")["gdp"].shift()
    real = book.assign(same=(growth - book["gdp_index"]).abs() < ROUNDED / 5, known=growth.notna())
    same, known = (
        real.pivot(index="city_code", columns="year", values=v) for v in ("same", "known")
    )
    for name, codes in _groups(same.index, province, FEW + 1):
        often = same.loc[codes].sum() >= MOST * known.loc[codes].sum().clip(lower=1)
        if years := [int(year) for year in often.index[often]]:
            where, found = f"{name}, {span(years)}", "the growth of GDP at current prices"
            yield Finding("flag", "copies", "gdp_index", where, found, own, "a nominal index")
            break
    for field in [name for name in FIELDS if name not in (*SHARES, "area")]:
        wide = book.pivot(index="city_code", columns="year", values=field)
        wide = wide.where(wide != 0)
        known, before = wide.notna().sum(), wide.shift(axis=1)
        usual = wide.apply(lambda values: values.value_counts().max()) / known
        filled = [int(t) for t in known.index[(known > FEW) & (usual >= MOST)]]
        every = len(filled) == (known > FEW).sum() > 0
        blocks = [("all cities", wide.index, filled, "one figure for most cities")] * bool(filled)
        for name, codes in _groups(wide.index, province, FEW + 1) * (not every):
            pairs = (wide.notna() & before.notna()).loc[codes].sum()
            often = wide.eq(before).loc[codes].sum() >= MOST * pairs
            years = [int(t) for t in pairs.index[(pairs > FEW) & often] if t not in filled]
            if len(years) > (field == "natural_growth"):  # of which one is struck, as copied
                blocks.append((name, codes, years, "the figures of the year before"))
                break
        for name, codes, years, found in blocks:
            cells = tuple((code, t) for code in codes for t in years)
            where = f"{name}, {span(years)}"
            yield Finding("flag", "copies", field, where, found, own, "filled in", cells)


def _groups(codes: pd.Index, province: pd.Series, least: int) -> list[tuple[str, pd.Index]]:
    """All cities, and then those of each province, where there are at least so many."""
    of = province.reindex(codes)
    groups = [("all cities", codes), *((str(n), own.index) for n, own in of.groupby(of))]
    return [(name, own) for name, own in groups if len(own) >= least]


# -- ratios ----------------------------------------------------------------------------------------


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
    out = {}
    for each in RATIOS:
        value = given[[*each.above]].prod(axis=1, skipna=False) * each.scale
        value = value / given[[*each.below]].prod(axis=1, skipna=False)
        wide = given.assign(value=value).pivot(index="city_code", columns="year", values="value")
        if wide.notna().any(axis=None):
            out[each.words] = wide
    return out


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


def _units(made: Wides) -> Iterator[Finding]:
    """Medians of a year or a city that no place can show, and parts larger than their whole."""
    low, high = (pd.Series({w: getattr(OF[w], end) for w in made}) for end in ("low", "high"))
    for axis, place in ((0, "all cities, "), (1, "")):
        medians = pd.DataFrame({words: wide.median(axis=axis) for words, wide in made.items()})
        side = medians.gt(high).astype(float) - medians.lt(low)
        for name in side.index[side.ne(0).any(axis=1)]:
            there = medians.loc[name].notna() & (low.gt(0) & high.lt(np.inf) | side.loc[name].ne(0))
            field = _blamed(side.loc[name][there].to_dict(), dict.fromkeys(made, 1.0))
            words = next(w for w in made if side.at[name, w] and _sign(w, (field,)))
            value, each, sign = medians.at[name, words], OF[words], _sign(words, (field,))
            fits = [f"figures in {unit}" for unit, times in FIELDS[field].others.items()
                    if each.low <= value / times**sign <= each.high]  # fmt: skip
            limits = f"{each.low:g} to {each.high:g}, with {field} in {FIELDS[field].unit}"
            yield Finding("refuse", "unit", field, f"{place}{name}", f"{words} of {value:.3g}",
                          limits, " or ".join(fits))  # fmt: skip
        if side.ne(0).any(axis=None):
            return
    for words, wide in made.items():
        values = wide.stack()
        for (code, year), value in values[values > OF[words].high].items():
            yield Finding("refuse", "parts", OF[words].above[0], f"{code}, {year}",
                          f"{words} of {value:.3g}", f"{OF[words].high:g} at most",
                          "another unit or column", ((code, int(year)),))  # fmt: skip


def _moves(made: Wides, frame: pd.DataFrame, province: pd.Series) -> Iterator[Finding]:
    """Steps, excursions and levels of all cities, of provinces and of cities that stand out."""
    names, wide = list(made), next(iter(made.values()))
    codes, years = wide.index, [int(year) for year in wide.columns]
    log = np.stack([np.log(each.where(each > 0)).interpolate(axis=1, limit_area="inside")
                    for each in made.values()])  # fmt: skip
    steps = np.diff(log, axis=2)
    single = [(str(code), codes[[place]]) for place, code in enumerate(codes)]
    for group, own in _groups(codes, province, FEW) + single:
        rows = codes.get_indexer(own)
        path = np.nanmedian(steps[:, rows], axis=1)
        net = path - np.nanmedian(path, axis=1, keepdims=True)
        file = [0.0 if group == "all cities" else spread(each) for each in steps]
        least = FLOOR / np.sqrt(len(own))  # of a median
        noise = [max(least, each, spread(path[r])) for r, each in enumerate(file)]
        beyond = np.abs(net) / (CUT * np.array(noise)[:, None])
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
            levels = [np.nanmedian(log[r, rows, t + i]) for i in (0, 1)]
            if abs(sum(levels)) < size / 4 and len(OF[names[r]].above) == 1:
                found = replace(found, cause="columns in each other's place")
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
    yield from _levels(names, log, years, codes, province)


def _levels(
    names: list[str], log: np.ndarray, years: list[int], codes: pd.Index, province: pd.Series
) -> Iterator[Finding]:
    """Cities and provinces whose level, or growth of prices, throughout is not the others'."""
    level, price = np.nanmedian(log, axis=2), names.index("price level")
    level[price] = np.nanmedian(np.diff(log[price], axis=1), axis=1)
    least = np.full(len(names), 10 * FLOOR * LEVEL)
    least[price] = FLOOR * LEVEL / np.sqrt(len(years))
    groups = _groups(codes, province, FEW)[1:]
    rows = [codes.get_indexer(own) for _, own in groups]
    inside = [level[:, own] - np.nanmedian(level[:, own], axis=1, keepdims=True) for own in rows]
    blocks = [(str(code), codes[[place]], np.array([place])) for place, code in enumerate(codes)]
    blocks += [(*group, own) for group, own in zip(groups, rows, strict=True)] * (len(groups) > 2)
    for name, own, here in blocks if len(codes) > 2 * FEW else ():
        rest = np.delete(level, here, axis=1)
        # A province is held against the spread within the others, whose provinces differ too.
        noise = np.array([spread(each) for each in rest]) * LEVEL
        if len(own) > 1:
            within = np.concatenate(
                [x for x, r in zip(inside, rows, strict=True) if r is not here], 1
            )
            noise = np.array([spread(each) for each in within]) * LEVEL / 2
        noise = np.maximum(noise, least)
        gap = np.nanmedian(level[:, here], axis=1) - np.nanmedian(rest, axis=1)
        far = np.abs(gap) > noise
        gap[price] *= far[price]
        if far.any():
            when = " in every year" if gap[price] else ""
            found = _worded(names, gap, noise, f"that of the others{when}")
            yield replace(found, name="level", where=name,
                          cells=tuple((code, year) for code in own for year in years))  # fmt: skip


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


# -- the rest --------------------------------------------------------------------------------------


def _natural(
    frame: pd.DataFrame, rates: pd.DataFrame | None, province: pd.Series
) -> Iterator[Finding]:
    """Natural growth that is a fraction or the opposite of the province's published rate."""
    own = frame["city_code"].map(province).rename("province")
    if rates is None or not set(own) <= set(rates["province"]):
        return
    median = frame.groupby([own, frame["year"]])["natural_growth"].median()
    rate = 1000 * rates.set_index(["province", "year"])["k"].reindex(median.index)
    for name, each in pd.DataFrame({"own": median, "rate": rate}).dropna().groupby(level=0):
        slope = float((each["own"] * each["rate"]).sum() / (each["rate"] ** 2).sum())
        if len(each) >= FEW and slope < 1 / FEW:
            yield Finding("flag", "natural", "natural_growth", str(name),
                          f"{slope:.2g} times the province's published rate", "about that rate",
                          "a sign turned, or per cent")  # fmt: skip


def _zeros(book: pd.DataFrame) -> Iterator[Finding]:
    """Noughts in the place of missing figures."""
    for field in [name for name in FIELDS if not name.endswith("_primary")]:
        zero = int(book[field].eq(0).sum())
        if zero > max(FEW, EDGE * len(book)):
            yield Finding("flag", "zeros", field, "all cities", f"0 in {zero:,} cells",
                          "an empty cell where nothing is known")  # fmt: skip


def _map(cities: pd.DataFrame) -> Iterator[Finding]:
    """Provinces in more than one group."""
    split = cities.groupby("province_en")["reach"].nunique()
    for name in split.index[split > 1]:
        found = "cities in more than one group"
        yield Finding("flag", "groups", "reach", str(name), found, "one group for a province")


def said(frame: pd.DataFrame, dollar: pd.Series | None) -> list[str]:
    """What a person has to look at: medians and ranges, in which a wrong unit or year shows."""
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
            text += f"{values.min():.3g} to {values.max():.3g}; "
            lines.append(f"{text}by year lowest in {years.idxmin()}, highest in {years.idxmax()}")
    return lines
