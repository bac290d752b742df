"""Figures of a yearbook that stand in another unit, column or year than they should.

Such a mistake is made once and hits a whole column, a year, a city, or some years of a city.  It
leaves figures that are valid one by one, and stands out beside the others: that is judged here, as
far as it can be done without refusing a yearbook that is merely unusual.  Each limit is twice or so
what the official yearbook of the Belt shows, errors of its own included; those of single cells that
are within the limits are left to :func:`lib.panel.clean`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from lib.reading import Failure

SECTORS = ["va_primary", "va_secondary", "va_tertiary"]
SHARES = ["emp_share_primary", "emp_share_secondary", "emp_share_tertiary"]

YEAR_STEP = 4.0  # factor by which the median city cannot grow or shrink in a year
COMPARED = 10  # cities from which on they are compared with each other
TRENDING = 5  # cities from which on their common course is taken out
PARTS_TOLERANCE = 0.01  # of the product, between it and the sum of its sectors
ROUNDED = 0.5  # percentage points, by which rounded shares can miss 100
SLOW = 2.0  # per mille: no set of cities grew so slowly throughout, from 2008 on
FASTER = 0.15  # correlation by which a wrong year must beat the right one
PRICES = -0.1, 0.2  # log points a year, between which the median city's prices change


class _Unit(NamedTuple):
    """A column's unit, and what its figures can be."""

    name: str
    per: str | None
    low: float  # range of the median of `column / per`
    high: float
    course: float  # factor by which a figure can be off the city's other years
    apart: float  # factor by which a city, per resident, can be off the median city
    others: dict[str, float]  # other units in use: how many times larger the figures are then


_PERSONS = {"persons": 1e4, "thousand persons": 10.0, "million persons": 1e-2}
_YUAN = {"yuan": 1e8, "10,000 yuan": 1e4, "million yuan": 1e2, "billion yuan": 1e-1}
_SHARES = {"fractions of 1": 1e-2}
_ANY = np.inf

# Ranges are per resident where they can be, so that they hold for a large city as for a small one,
# and wide: well beyond what any city of the Belt has shown since 2008, on either side.  Foreign
# investment may come and go: its course says little below a factor of ten thousand.
_UNITS = {
    "resident_pop": _Unit("10,000 persons", None, 10, 4000, 5, 100, _PERSONS),
    "registered_pop": _Unit("10,000 persons", None, 10, 4000, 5, 8, _PERSONS),
    "employment": _Unit("10,000 persons", "resident_pop", 0.01, 0.9, 25, 8, _PERSONS),
    "gdp": _Unit("100 million yuan", "resident_pop", 0.15, 40, 7.5, 8, _YUAN),
    "va_primary": _Unit("100 million yuan", "resident_pop", 0.002, 6, 25, 100, _YUAN),
    "va_secondary": _Unit("100 million yuan", "resident_pop", 0.02, 30, 25, 25, _YUAN),
    "va_tertiary": _Unit("100 million yuan", "resident_pop", 0.02, 30, 25, 25, _YUAN),
    "fiscal_expenditure": _Unit("100 million yuan", "resident_pop", 0.02, 12, 7.5, 8, _YUAN),
    "science_expenditure": _Unit(
        "10,000 yuan", "resident_pop", 0.5, 6000, 30, 60,
        {"yuan": 1e4, "million yuan": 1e-2, "100 million yuan": 1e-4},
    ),
    "fdi": _Unit(
        "million US dollars", "resident_pop", 0.0005, 20, 9000, 1000,
        {"US dollars": 1e6, "10,000 US dollars": 1e2, "100 million US dollars": 1e-2},
    ),
    "average_wage": _Unit(
        "yuan", None, 3000, 400_000, 5, 5, {"10,000 yuan": 1e-4, "1,000 yuan": 1e-3},
    ),
    "higher_ed_students": _Unit(
        "persons", "resident_pop", 1, 3000, 60, 100,
        {"10,000 persons": 1e-4, "1,000 persons": 1e-3},
    ),
    "area": _Unit(
        "km2", None, 100, 100_000, 7.5, 100, {"hectares": 1e2, "10,000 km2": 1e-4, "m2": 1e6},
    ),
    "gdp_index": _Unit(
        "previous year = 100", None, 70, 150, _ANY, _ANY,
        {"previous year = 1": 1e-2},
    ),
    "emp_share_secondary": _Unit("%", None, 1.5, 100, _ANY, _ANY, _SHARES),
    "emp_share_tertiary": _Unit("%", None, 1.5, 100, _ANY, _ANY, _SHARES),
}  # fmt: skip


def columns(frame: pd.DataFrame) -> list[Failure]:
    """Find the columns whose median is out of any range that their unit could give.

    Parameters
    ----------
    frame : DataFrame
        The figures of a yearbook, which need not be valid one by one.
    """
    failures: list[Failure] = []
    for column, unit in _UNITS.items():
        per = frame[unit.per] if unit.per else 1.0
        median = float((frame[column] / per).median())
        if np.isnan(median) or unit.low <= median <= unit.high:
            continue
        fits = [
            name for name, factor in unit.others.items()
            if unit.low <= median / factor <= unit.high
        ]  # fmt: skip
        if column == "gdp_index" and unit.low <= 100 + median <= unit.high:
            fits.append("growth in %")
        looks = f", which looks like {' or '.join(fits)}" if fits else ""
        what = f"a median{f' of {column} / {unit.per}' if unit.per else ''} of {median:.3g}" + looks
        expected = f"{unit.name}, a median from {unit.low:g} to {unit.high:g}"
        failures.append(Failure(None, column, what, expected))
        if column == "resident_pop":  # the yardstick of the others
            return failures
    if not failures:
        ratio = float((frame[SECTORS].sum(axis=1, min_count=3) / frame["gdp"]).median())
        if not (np.isnan(ratio) or 0.9 <= ratio <= 1.1):
            found = f"sectors that add up to {ratio:.3g} times the product, at the median"
            failures.append(Failure(None, ", ".join(SECTORS), found, "the unit of gdp, and 1"))
    return failures


def _times(factor: float) -> str:
    """Word a factor as a power of ten, where it is one or nearly, or else as it is."""
    power = 10.0 ** np.round(np.log10(factor))
    near = power not in (1, 10, 0.1) and abs(np.log(factor / power)) < np.log(3)
    near |= power in (10, 0.1) and abs(np.log(factor / power)) < np.log(2)
    number = f"about {power:,.6f}".rstrip("0").rstrip(".") if near else f"{factor:,.3g}"
    return f"{number} times"


def _other_unit(unit: _Unit, factor: float) -> str:
    fits = [name for name, times in unit.others.items() if abs(np.log(factor / times)) < np.log(3)]
    if fits:
        return f"figures in {' or '.join(fits)}"
    tenfold = np.log(2) > abs(abs(np.log(factor)) - np.log(10))
    return "a digit or a decimal point too many or too few" if tenfold else ""


def _blocks(frame: pd.DataFrame) -> list[Failure]:
    """Find years of all cities, cities, and years of a city that are off by a factor."""
    failures: list[Failure] = []
    ordered = frame.sort_values(["city_code", "year"])
    cities, years = ordered["city_code"].unique(), ordered["year"].unique()

    def wide(values: pd.Series) -> pd.DataFrame:
        return pd.DataFrame(values.to_numpy().reshape(len(cities), -1), cities, years)

    lines = wide(ordered.index.to_series())
    many = len(cities) >= TRENDING
    for column, unit in _UNITS.items():
        if unit.course == _ANY:
            continue

        def note(line: int, found: str, expected: str, *factors: float) -> None:
            causes = [cause for f in factors if (cause := _other_unit(unit, f))]  # noqa: B023
            failures.append(Failure(line, column, found, expected, *causes[:1]))  # noqa: B023

        values = ordered[column].where(ordered[column] > 0)
        log = np.log(wide(values))
        steps = np.exp(log.diff(axis=1).median()) if many else pd.Series(dtype=float)
        wrong = steps[(steps > YEAR_STEP) | (steps < 1 / YEAR_STEP)]
        for year, factor in wrong.items():
            found = f"figures of {year} that are {_times(factor)} those of the year before"
            line = int(lines[year].min())
            note(line, f"{found}, at the median", f"{unit.name} in each year", factor, 1 / factor)
        if len(wrong):
            continue

        own = log.sub(log.median(axis=1), axis=0)
        off = own.sub(own.median(), axis=1) if many else own
        off = off.sub(off.median(axis=1), axis=0)
        far = off.abs() > np.log(unit.course)
        for city in far.index[far.any(axis=1)]:
            wrong_years = years[far.loc[city]]
            factor = float(np.exp(off.loc[city, wrong_years].median()))
            span = " to ".join(str(year) for year in dict.fromkeys(wrong_years[[0, -1]]))
            found = f"figures of {city}, {span}, that are {_times(factor)} those of its other years"
            note(int(lines.loc[city, wrong_years].min()), found, f"{unit.name} throughout", factor)

        per = unit.per or ("resident_pop" if column == "registered_pop" else None)
        usual = np.log(wide(values / ordered[per] if per else values)).median(axis=1).dropna()
        if len(usual) < COMPARED:
            continue
        apart = np.exp(usual - usual.median())
        for city, factor in apart[(apart > unit.apart) | (apart < 1 / unit.apart)].items():
            found = f"figures of {city}{f' per {per}' if per else ''} that are {_times(factor)}"
            line = int(lines.loc[city].min())
            note(line, f"{found} the median city's", f"{unit.name} for each city", factor)
    return failures


def _sums(frame: pd.DataFrame) -> list[Failure]:
    """Find shares that do not add up to 100, and a product that its sectors miss as a rule."""
    failures: list[Failure] = []
    total = frame[SHARES].sum(axis=1, min_count=3)
    for line, value in total[(total - 100).abs() > ROUNDED].items():
        found = f"shares that add up to {value:g}"
        failures.append(Failure(int(line), ", ".join(SHARES), found, "100"))
    ordered = frame.sort_values(["city_code", "year"])
    ratio = ordered[SECTORS].sum(axis=1, min_count=3) / ordered["gdp"]
    missed = (ratio - 1).abs().dropna() > PARTS_TOLERANCE
    if len(missed) and missed.mean() > 0.5:
        cause = ""
        for years, name in ((-1, "after"), (1, "before")):
            other = ordered.groupby("city_code")["gdp"].shift(years)
            shifted = ordered[SECTORS].sum(axis=1, min_count=3) / other
            if ((shifted - 1).abs().dropna() <= PARTS_TOLERANCE).mean() > 0.5:
                cause = f"one of them shifted by a year: the sum is the product of the year {name}"
        found = f"a product that its sectors miss in {missed.mean():.0%} of the rows"
        failures.append(Failure(None, "gdp", found, "their sum, as a rule", cause))
    return failures


def _order(frame: pd.DataFrame) -> list[Failure]:
    """Find agriculture above the other sectors, which no set of cities has shown since 2008."""
    primary, *others = frame[SECTORS].median()
    for name, other in zip(SECTORS[1:], others, strict=True):
        if primary > 2 * other:
            found = f"a primary sector {primary / other:.3g} times as large, at the median"
            return [Failure(None, name, found, "one smaller", "columns swapped")]
    return []


def _rates(frame: pd.DataFrame) -> list[Failure]:
    """Find natural growth in per cent, a cumulated growth index, and a product of other years."""
    failures: list[Failure] = []
    known = frame.dropna(subset="natural_growth")
    largest = known["natural_growth"].abs().max()
    if known["city_code"].nunique() >= TRENDING and len(known) >= 20 and largest < SLOW:
        found = f"no figure beyond {largest:g} among {len(known):,}"
        cause = "figures in per cent" if largest > 0 else "zeros for missing figures"
        failures.append(Failure(None, "natural_growth", found, "per mille", cause))

    ordered = frame.sort_values(["city_code", "year"])
    of_city = ordered.groupby("city_code")
    growth = np.log(ordered["gdp"] / of_city["gdp"].shift())
    index = np.log(ordered["gdp_index"] / 100)
    prices = float((growth - index).median())
    if not (np.isnan(prices) or PRICES[0] < prices < PRICES[1]):
        found = f"prices of the product that change by {np.expm1(prices):.0%} a year, at the median"
        cause = "an index cumulated from a base year" if prices < 0 else ""
        expected = "growth over the year before, previous year = 100"
        failures.append(Failure(None, "gdp_index", found, expected, cause))
        return failures

    def follows(years: int) -> float:
        """Correlate growth with the index of other years, city and year means taken out."""
        pair = pd.DataFrame({"growth": growth.clip(-0.3, 0.3), "index": index})
        pair["index"] = pair["index"].groupby(ordered["city_code"]).shift(years)
        pair = pair.dropna()
        for key in ("city_code", "year", "city_code", "year"):
            pair -= pair.groupby(ordered.loc[pair.index, key]).transform("mean")
        spread = pair.std()
        if len(pair) < 200 or not (spread > 1e-9).all():
            return np.nan
        return float(pair["growth"].corr(pair["index"]))

    right = follows(0)
    for years, name in ((-1, "after"), (1, "before")):
        if follows(years) > right + FASTER:
            found = f"growth of the product that follows the index of the year {name}"
            expected = "that of the same year"
            failures.append(Failure(None, "gdp", found, expected, "figures shifted by a year"))
    return failures


def figures(frame: pd.DataFrame) -> list[Failure]:
    """Find figures in another unit, column or year than the others.

    Parameters
    ----------
    frame : DataFrame
        A yearbook whose figures are valid one by one, in `columns` too, each city over the same
        years; the index is the line in the file.

    Notes
    -----
    Blocks
        The median city does not step by `YEAR_STEP` from a year to the next; no figure is `course`
        times those of the city's other years, less the common course of `TRENDING` or more cities;
        of `COMPARED` or more cities none is `apart` times the median city.  A factor of 10,000 is
        found anywhere; one of ten where the series is steady: product, populations, expenditure,
        wages, area.  Where more than half of a city's years are wrong, the others are named.
    Sums
        Employment shares add up to 100; in most rows the sectors add up to the product.
    Order
        The primary sector is not twice another, at the median.
    Rates
        Twenty or more rates of natural growth are not all below `SLOW`; prices implied by product
        and index change as `PRICES` says; from 200 growth rates on, the product's
        growth goes with the index of the same year, not of the next or last.

    What cannot be told from sound figures: secondary and tertiary sector swapped, resident and
    registered population swapped, populations of the year before, natural growth in per cent in
    some cities.
    """
    return _blocks(frame) or [*_sums(frame), *_order(frame), *_rates(frame)]
