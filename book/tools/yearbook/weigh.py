"""A yearbook weighed: what two columns, or an outside figure, say against each other.

`plausible` judges one column at a time; here figures that are all possible are confronted.  Every
limit lies outside what the official yearbook of the Belt shows, whose largest value is in the
comment beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from tools.yearbook import outside
from tools.yearbook.clean import CENSUS_YEARS, Cleaned, true_cells
from tools.yearbook.doubts import FEW, MANY, MOST, Book, Cells, Doubt, Grade
from tools.yearbook.plausible import runs, span
from tools.yearbook.schema import FIELDS, SECTORS

ACCOUNTS = ("gdp", *SECTORS)
# Steps of the median city in a year: of all cities, and of a province less all (log points).
STEPS = {
    "fiscal_expenditure": (0.45, 0.35),  # 0.24, 0.16
    "average_wage": (0.35, 0.35),  # 0.15, 0.23
    "science_expenditure": (0.70, 0.80),  # 0.29, 0.44
    "higher_ed_students": (0.40, 0.40),  # 0.10, 0.17
    "employment": (0.40, 0.70),  # 0.11, 0.40
    "fdi": (1.00, 1.20),  # 0.18; a province's beyond 1.2 only where its cities go apart
}
TOGETHER = (
    0.7  # share of a province's cities within half a log point of its step in investment: .50
)
# A province's level per resident over that of the median city, throughout (log points).
LEVELS = {
    "fiscal_expenditure": (-0.45, 1.5),  # -0.16 to 1.13
    "average_wage": (-0.6, 1.1),  # -0.30 to 0.73
    "science_expenditure": (-1.6, 2.7),  # -1.06 to 2.18
    "higher_ed_students": (-1.3, 1.2),  # -0.85 to 0.70
    "employment": (-0.7, 1.4),  # -0.28 to 0.98
    "fdi": (-3.3, 3.0),  # -2.30 to 2.02
}
# What it is, its column, a factor to a share, and the range of its median in a province and year.
RATIOS = (
    ("fiscal_expenditure", "gdp", 1.0, (0.075, 0.6)),  # 0.086 to 0.40
    ("science_expenditure", "fiscal_expenditure", 1e-4, (0.0012, 0.12)),  # 0.003 to 0.07
    ("higher_ed_students", "resident_pop", 1e-4, (0.0008, 0.05)),  # 0.0027 to 0.034
    ("employment", "resident_pop", 1.0, (0.02, 0.5)),  # 0.05 to 0.32
    ("fdi", "gdp", 0.066, (0.0, 0.08)),  # 0.0002 to 0.050
)
WAGE = 0.35, 8.0  # of product per resident, a province's median: 0.71 to 2.9


def weigh(
    yearbook: pd.DataFrame,
    cleaned: Cleaned,
    cities: pd.DataFrame,
    rates: pd.DataFrame | None = None,
    before: pd.DataFrame | None = None,
    roster: pd.DataFrame | None = None,
) -> list[Doubt]:
    """Confront the columns of a yearbook with each other and with figures from outside.

    Parameters
    ----------
    yearbook, cleaned : DataFrame, Cleaned
        As read, and as :func:`tools.yearbook.clean.clean` gives it; what that struck is not judged.
    cities : DataFrame
        The roster; where it has ``census_pop_2010`` or ``census_pop_2020`` (in the unit of
        resident_pop), residents are held against them.
    rates : DataFrame, optional
        The provinces' natural growth, as :func:`lib.panel.load_natural_growth` gives it.
    before, roster : DataFrame, optional
        Indicators and roster that would be replaced, with codes of the same type: outside figures
        for the cities in both.

    Returns
    -------
    list of Doubt
        Refusals first, then flags, then notes.
    """
    book = Book(yearbook, cleaned, cities)
    k = _rates_of(book, rates)
    found = [_index(book), _deflator(book), _order(book), _copies(book), _zeros(book),
             _residents(book, k, cities), _natural(book, k), _sectors(book), _levels(book),
             outside.calendar(book, before), outside.replaced(book, before),
             outside.roster(cities, roster)]  # fmt: skip
    doubts = [doubt for each in found for doubt in each]
    rank = {"refuse": 0, "flag": 1, "note": 2}
    return sorted(doubts, key=lambda doubt: (rank[doubt.grade], doubt.name))


def _rates_of(book: Book, rates: pd.DataFrame | None) -> pd.DataFrame | None:
    """The provinces' rates per mille, city x year; nothing where a province has none."""
    if rates is None or not set(book.province) <= set(rates["province"]):
        return None
    wide = 1000 * rates.pivot(index="province", columns="year", values="k")
    return wide.reindex(index=book.province, columns=book.years).set_axis(book.cities)


def _index(book: Book) -> Iterator[Doubt]:
    """Growth indices of 100, nominal, cumulated, or far from the median city's."""
    index, field = book["gdp_index"].iloc[:, 1:], "gdp_index"
    expected = "growth of the volume over the year before, previous year = 100"
    known = index.notna()
    for _, where, cells in book.blocks(index.eq(100), known):  # none
        grade: Grade = "refuse" if len(cells) >= FEW else "flag"
        yield Doubt("index", grade, field, where, "100 exactly", expected, "frozen at 100", cells)
    prices = book.prices().iloc[:, 1:]
    same = prices.abs() < 0.001
    nominal = same & False
    if len(same) >= FEW + 2:
        nominal |= same & same.mean().ge(MOST)
    if same.shape[1] >= 5:
        nominal |= same.where(same.mean(axis=1).ge(MOST), False)
    for own in book.groups.values():  # at most .2 of a province's cells in any year
        whole = same.loc[own].mean().ge(0.9) & (len(own) >= 4)
        nominal.loc[own, whole.index[whole]] |= same.loc[own, whole.index[whole]]
    for _, where, cells in book.blocks(nominal, known, 0.6):
        found = "the growth of the product at current prices"
        yield Doubt("index", "refuse", field, where, found, expected, "a nominal index", cells)
    rising = index.diff(axis=1).gt(0).mean(axis=1).gt(0.6) & index.iloc[:, -1].gt(135)
    far = index.sub(index.median()).abs().gt(15) & ~index.eq(100) & ~nominal  # 13.5
    for _, where, cells in book.blocks(far, known):
        up = all(rising[code] for code, _ in cells) and len(cells) >= FEW
        grade = "refuse" if up else "flag"
        cause = "an index cumulated from a base year" if up else "a digit out of place"
        found = "growth 15 points or more off the median city's"
        yield Doubt("index", grade, field, where, found, expected, cause, cells)


def _deflator(book: Book) -> Iterator[Doubt]:
    """Implied prices of a city that leave those of its neighbours in space and time."""
    prices = book.prices().iloc[:, 1:]
    if prices.shape[1] == 0:
        return
    centre = prices.median() if len(prices) >= FEW else 0.02
    off = prices.sub(centre)
    shift = book["gdp_index"].iloc[:, 1:]
    shift = shift.sub(shift.median())
    expected = "prices of the product that change as elsewhere"
    slope = book.log("gdp").diff(axis=1).mean(axis=1)
    lasting = off.median(axis=1)  # a few steps are news, half of all years are not
    wrong = lasting.abs().gt(0.07) & (prices.shape[1] >= 5)  # 0.025
    mask = off.abs().gt(-1) & np.asarray(wrong)[:, None]
    for _, where, cells in book.blocks(mask, prices.notna()):
        code = cells[0][0]
        down = slope[code] < 0 and shift.loc[code].mean() > -5
        cause = "years in reverse order" if down else "an index of another kind or place"
        found = f"prices that go {lasting[code]:+.2f} log points a year off the median city's"
        yield Doubt("deflator", "refuse", "gdp", where, found, expected, cause, cells)
    off = off.where(~wrong)
    for code, year in true_cells(off.abs().gt(0.15)):
        gap, first = float(off.at[code, year]), year == book.years[1]
        index_off = float(shift.at[code, year])
        ours = (
            index_off * gap < 0 and abs(index_off) > 7
        )  # the index leaves the others, as prices do
        limit = 0.30 if first else 0.45  # 0.11 in 2009; 0.42
        if not (ours or abs(gap) > 0.25 or abs(gap) > limit):
            continue
        grade: Grade = "flag" if ours or abs(gap) > limit else "note"
        field, cause = "gdp", "a product of another territory, census or digit"
        if ours:
            field, cause = "gdp_index", "a digit of the index out of place"
        elif first:
            cause = "the product of the base year, on which REG of all years hangs"
        found = f"prices {gap:+.2f} log points off the median city's"
        cells = ((code, book.years[0] if first and not ours else year),)
        yield Doubt("deflator", grade, field, f"{code}, {year}", found, expected, cause, cells)


def _order(book: Book) -> Iterator[Doubt]:
    """Two years in each other's place: the product falls while its index rises."""
    wide = book.log("gdp")
    log, index = wide.to_numpy(), np.log(book["gdp_index"].to_numpy() / 100)
    last = log.shape[1] - 1

    def misfit(order: list[int], after: set[int]) -> np.ndarray:
        years = [t for t in sorted(after) if 0 < t <= last]
        before = [order[t - 1] for t in years]
        now = [order[t] for t in years]
        return np.abs(log[:, now] - log[:, before] - index[:, now] - 0.02).sum(axis=1)

    for one in range(last):
        for two in range(one + 1, last + 1):
            order = list(range(last + 1))
            after = {one, one + 1, two, two + 1}
            now = misfit(order, after)
            order[one], order[two] = two, one
            other = misfit(order, after)
            falls = (log[:, two] < log[:, two - 1]) & (index[:, two] > 0.01)
            better = falls & (other < 0.55 * now) & (now - other > 0.10)
            if not better.any():
                continue
            mask = pd.DataFrame(False, wide.index, wide.columns)
            mask.iloc[better, [one, two]] = True
            for scope, where, cells in book.blocks(mask, wide.notna(), 0.6):
                if scope == "city" and (two > one + 1 or last < 2):
                    continue
                grade: Grade = "refuse" if scope != "city" else "flag"
                found = "a product that falls while its volume rises, and not if exchanged"
                cause = f"{book.years[one]} and {book.years[two]} exchanged"
                yield Doubt("order", grade, "gdp", where, found, "years in order", cause, cells)


def _copies(book: Book) -> Iterator[Doubt]:
    """Figures that are those of another year."""
    expected = "figures of their own in each year"
    gdp, tertiary = book["gdp"], book["va_tertiary"]
    product, services = gdp.to_numpy(), tertiary.to_numpy()
    same = np.zeros(product.shape, bool)
    for position in range(1, product.shape[1]):
        earlier = slice(0, position)
        equal = product[:, earlier] == product[:, [position]]
        equal &= services[:, earlier] == services[:, [position]]
        same[:, position] = equal.any(axis=1)  # none
    mask = pd.DataFrame(same, gdp.index, gdp.columns)
    for _, where, cells in book.blocks(mask, gdp.notna()):
        found, cause = "accounts equal to those of another year", "a year copied"
        yield Doubt("copies", "refuse", "gdp", where, found, expected, cause, cells)
    done = mask
    for field in FIELDS:
        if field in (*ACCOUNTS, "area") or field.startswith("emp_share"):
            continue
        wide = book[field]
        last = wide.shift(axis=1)
        known = wide.notna() & last.notna() & ~done
        same = wide.eq(last) & known
        for scope, where, cells in book.blocks(same, known, 0.85):  # .21 of all, .62 of a province
            run = 1 + len(cells) if scope == "city" else 0
            long = {"natural_growth": 4, "gdp_index": 5}.get(field, 8)  # 3, 4, 7
            which = "figures equal to those of the year before"
            if (scope == "city" and run < long) or len(cells) < FEW:
                continue
            yield Doubt("copies", "flag", field, where, which, expected, "carried forward", cells)


def _zeros(book: Book) -> Iterator[Doubt]:
    """Noughts, or a mark such as -99, in the place of missing figures."""
    for field in FIELDS:
        wide = book[field]
        if field in ("emp_share_primary", "va_primary") or FIELDS[field].positive:
            continue
        values = wide.stack()
        marks = values[(values == 0) | (values.abs().ge(40) & (field == "natural_growth"))]
        for value, count in marks.value_counts().items():  # one nought in natural growth
            if count < FEW:
                continue
            cells = tuple(true_cells(wide.eq(value)))
            where = "all cities" if count > len(values) / 10 else _names(book, cells)
            found = f"{value:g} in {count:,} cells"
            cause = f"{value:g} for missing figures"
            yield Doubt("zeros", "refuse" if value else "flag", field, where, found,
                        "an empty cell where nothing is known", cause, cells)  # fmt: skip


def _names(book: Book, cells: Cells) -> str:
    names = dict.fromkeys(str(book.province[code]) for code, _ in cells)
    return ", ".join(names)


def _residents(book: Book, k: pd.DataFrame | None, cities: pd.DataFrame) -> Iterator[Doubt]:
    """Residents and registered population in each other's place."""
    people, registered = book["resident_pop"], book["registered_pop"]
    known = people.notna() & registered.notna()
    expected = "residents, and beside them the registered population"
    for scope, where, cells in book.blocks(people.eq(registered), known):  # .69 of Hunan in 2009
        if len(cells) >= 5 or scope != "city":
            cause = "one column in the place of the other"
            yield Doubt("residents", "flag", "resident_pop", where, "two equal columns", expected,
                        cause, cells)  # fmt: skip
    ratio = np.log(people / registered)
    before = ratio.shift(axis=1)
    clear = ratio.abs().gt(0.04) & before.abs().gt(0.04)
    flip = clear & (ratio + before).abs().lt(0.4 * (ratio - before).abs())
    for scope, where, cells in book.blocks(flip, clear, 0.6):
        found = "a ratio of the two that turns into its inverse"
        grade = _of_flip(scope, cells, ratio, before, 0.08)
        yield Doubt(
            "residents", grade, "resident_pop", where, found, expected, "columns swapped", cells
        )
    ends = [year for year in book.years if known[year].mean() > 0.5]
    if len(ends) > 10 and k is not None:
        first, last = ends[0], ends[-1]
        natural = np.log1p(k.loc[:, first + 1 : last] / 1000).sum(axis=1)
        ours = (np.log(people[last] / people[first]) - natural).abs()
        theirs = (np.log(registered[last] / registered[first]) - natural).abs()
        for name, own in {**book.groups, "all cities": book.cities}.items():
            share = float(theirs[own].lt(ours[own]).mean())  # .69 or more
            if len(own) >= FEW and share < 0.35:
                cells = tuple((code, first) for code in own)
                found = (
                    f"residents that follow natural growth closer in {1 - share:.0%} of the cities"
                )
                where = f"{name}, {first} to {last}"
                yield Doubt("residents", "flag", "resident_pop", where, found,
                            "the registered to do so", "columns swapped", cells)  # fmt: skip
    for year in CENSUS_YEARS:
        column = f"census_pop_{year}"
        if column not in cities or year not in people:
            continue
        census = cities.set_index("city_code")[column].reindex(book.cities)
        off, other = (np.log(wide[year] / census).abs() for wide in (people, registered))
        bad = off.gt(0.03) & other.lt(off / 3)
        for name, own in book.groups.items():
            if bad[own].mean() > 0.5:
                found = f"residents farther from the census of {year} than the registered"
                where = f"{name}, {year}"
                yield Doubt("residents", "refuse", "resident_pop", where, found, expected,
                            "columns swapped", tuple((code, year) for code in own))  # fmt: skip


def _of_flip(
    scope: str, cells: Cells, ratio: pd.DataFrame, before: pd.DataFrame, least: float
) -> Grade:
    """One city may step across: only a ratio that is the inverse, nearly, is a swap there."""
    if scope != "city":
        return "refuse"
    sums = [abs(ratio.at[cell] + before.at[cell]) / abs(ratio.at[cell]) for cell in cells]
    sure = max(sums) < 0.15 and min(abs(ratio.at[cell]) for cell in cells) > least
    return "flag" if sure else "note"


def _natural(book: Book, k: pd.DataFrame | None) -> Iterator[Doubt]:
    """Natural growth of a province's cities against the province's rate."""
    own = book["natural_growth"]
    if k is None:
        return
    for name, codes in book.groups.items():
        enough = own.loc[codes].notna().sum().ge(FEW)
        middle, rate = own.loc[codes].median().where(enough), k.loc[codes[0]]
        turned = (middle + rate).abs().lt(0.5 * (middle - rate).abs()) & rate.abs().gt(2)
        tenth = (middle / rate).between(0.04, 0.22) & rate.abs().gt(2.5)
        for which, cause in ((turned, "a sign turned"), (tenth, "figures in per cent")):
            years = [int(year) for year in which.index[which]]
            for run in runs(years):
                if len(run) < 2:
                    continue
                cells = tuple((code, year) for code in codes for year in run)
                found = (
                    f"a median {float((middle / rate)[run].median()):.2g} times the province's rate"
                )
                yield Doubt("natural", "refuse", "natural_growth", f"{name}, {span(run)}", found,
                            "the province's rate, about", cause, cells)  # fmt: skip


def _sectors(book: Book) -> Iterator[Doubt]:
    """Secondary and tertiary sector in each other's place."""
    ratio = book.log("va_tertiary") - book.log("va_secondary")
    before = ratio.shift(axis=1)
    clear = ratio.abs().gt(0.15) & before.abs().gt(0.15)
    flip = clear & (ratio + before).abs().lt(0.5 * (ratio - before).abs())
    for scope, where, cells in book.blocks(flip, clear, 0.6):
        grade = _of_flip(scope, cells, ratio, before, 0.2)
        found = "a ratio of tertiary to secondary sector that turns into its inverse"
        yield Doubt("sectors", grade, "va_tertiary", where, found, "one that changes by steps",
                    "columns swapped", cells)  # fmt: skip
    employed = book.log("emp_share_tertiary") - book.log("emp_share_secondary")
    both = pd.DataFrame({
        "output": ratio.where(employed.notna()).mean(axis=1), "work": employed.mean(axis=1),
        "trend": ratio.iloc[:, -3:].mean(axis=1) - ratio.iloc[:, :3].mean(axis=1),
    }).round(9)  # fmt: skip
    for name, own in {**book.groups, "all cities": book.cities}.items():
        pair = both.loc[own].dropna()
        if len(pair) < 6 or not (pair.std() > 0).all():
            continue
        alike = float(pair["output"].corr(pair["work"]))  # .26 or more
        back = len(book.years) >= 14 and float(pair["trend"].median()) < -0.05  # .03 or more
        if alike < -0.15 or back:
            found = f"shares that go with employment at a correlation of {alike:.2f}"
            found += ", and services that shrink" if back else ""
            cells = tuple((code, year) for code in own for year in book.years)
            expected = "services where people serve"
            yield Doubt("sectors", "flag", "va_tertiary", name, found, expected,
                        "columns swapped", cells)  # fmt: skip


def _medians(book: Book, wide: pd.DataFrame) -> pd.DataFrame:
    """Medians of the provinces' cities, province x year, where there are enough of them."""
    groups = wide.groupby(book.province)
    return groups.median().where(groups.count() >= FEW)


def _levels(book: Book) -> Iterator[Doubt]:
    """Levels of a province or a period that are a multiple of the others."""
    people = book.log("resident_pop")
    seen: set[tuple[str, Any, int]] = set()

    def tell(field: str, where: str, found: str, cells: Cells, cause: str) -> Iterator[Doubt]:
        new = {(field, *cell) for cell in cells} - seen
        seen.update(new)
        if new:
            yield Doubt("levels", "flag", field, where, found, FIELDS[field].unit, cause, cells)

    unit = "another unit, period or definition"
    for field, (whole, part) in STEPS.items():
        log = book.log(field)
        steps = log.diff(axis=1)
        middle = steps.median().where(steps.notna().sum() >= 2 * MANY)
        for year in middle.index[middle.abs() > whole]:
            cells = tuple((code, int(year)) for code in book.cities)
            found = f"a step of {np.exp(middle[year]):.2g} times at the median city"
            yield from tell(field, f"all cities, {year}", found, cells, unit)
        beyond = steps.sub(middle)
        of_group = _medians(book, beyond)
        for name, own in book.groups.items() if len(book.cities) >= 2 * MANY else ():
            step = of_group.loc[name]
            for year in step.index[step.abs() > part]:
                near = beyond.loc[own, year].dropna().sub(step[year]).abs().lt(0.5).mean()
                if field != "fdi" or near > TOGETHER:
                    found = f"a step of {np.exp(step[year]):.2g} times beyond the others'"
                    cells = tuple((code, int(year)) for code in own)
                    yield from tell(field, f"{name}, {year}", found, cells, unit)
            # Over a few years a province may be farther off.
            low, high = np.array(LEVELS[field]) * (1.0 if len(book.years) >= MANY else 1.6)
            level = log if field == "average_wage" else log - people
            others = level.drop(own).median()
            gap = float((level.loc[own].median() - others).median())
            if not np.isnan(gap) and not low < gap < high:
                cells = tuple((code, year) for code in own for year in book.years)
                found = f"{np.exp(gap):.2g} times the other provinces' median"
                yield from tell(field, name, found, cells, unit)
    wage = book["average_wage"] / (1e4 * book["gdp"] / book["resident_pop"])
    ratios = [
        (field, per, scale * book[field] / book[per], span) for field, per, scale, span in RATIOS
    ]
    for field, per, values, (low, high) in [
        *ratios,
        ("average_wage", "product a head", wage, WAGE),
    ]:
        of_group = _medians(book, values)
        of_group.loc["all cities"] = values.median().where(values.count() >= FEW)
        for name, own in {**book.groups, "all cities": book.cities}.items():
            middle = of_group.loc[name]
            bad = [int(year) for year in middle.index[(middle < low) | (middle > high)]]
            for run in runs(bad):
                found = f"{float(middle[run].median()):.2g} of {per} at the median"
                cells = tuple((code, year) for code in own for year in run)
                yield from tell(field, f"{name}, {span(run)}", found, cells, unit)
