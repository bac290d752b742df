"""Figures of a yearbook that stand in another unit, column or year than they should.

Such a mistake is made once and hits a whole column, a year, a city, or some years of a city.  It
leaves figures that are valid one by one, and stands out beside the others: that is judged here, as
far as it can be done without refusing a yearbook that is merely unusual.  The limits of each column
are in :mod:`tools.yearbook.schema`; single cells within them are left to
:mod:`tools.yearbook.clean`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.strictcsv import Failure
from tools.yearbook.schema import FIELDS, SECTORS, SHARES, Field

JUDGEMENTS = ("absent", "apart", "course", "rates", "step", "sums", "unit")
"""Names of the judgements: blocks (step, course, apart), sums, rates, and units of columns."""
COMPARED = 10  # cities from which on they are compared with each other
TRENDING = 5  # cities from which on their common course is taken out
PARTS_TOLERANCE = 0.01  # of the product, between it and the sum of its sectors
ROUNDED = 0.5  # percentage points, by which rounded shares can miss 100
SLOW = 2.0  # per mille: no set of cities grew so slowly throughout, from 2008 on
FASTER = 0.15  # correlation by which a wrong year must beat the right one
PRICES = -0.1, 0.2  # log points a year, between which the median city's prices change
BLAMED = 3.0  # factor by which all that is divided by residents is off where they are at fault


def columns(frame: pd.DataFrame) -> list[Failure]:
    """Find the columns whose median is out of any range that their unit could give: unit.

    Parameters
    ----------
    frame : DataFrame
        The figures of a yearbook, which need not be valid one by one.
    """
    failures: list[Failure] = []
    for column, field in FIELDS.items():
        low, high = field.median
        with np.errstate(invalid="ignore"):
            median = float((frame[column] / (frame[field.per] if field.per else 1.0)).median())
        if np.isnan(median) or low <= median <= high:
            continue
        fits = [name for name, factor in field.others.items() if low <= median / factor <= high]
        if column == "gdp_index" and low <= 100 + median <= high:
            spread = frame[column].quantile(0.75) - frame[column].quantile(0.25)
            fits = fits if spread < 0.3 else ["growth in %"]
        looks = f", which looks like {' or '.join(fits)}" if fits else ""
        of = f" of {column} / {field.per}" if field.per else ""
        expected = f"{field.unit}, a median from {low:g} to {high:g}"
        found = f"a median{of} of {median:.3g}{looks}"
        failures.append(Failure(None, column, found, expected, "unit"))
    # The residents are the yardstick of the others.
    people = [failure for failure in failures if failure.column == "resident_pop"]
    if not failures:
        ratio = float((frame[SECTORS].sum(axis=1, min_count=3) / frame["gdp"]).median())
        if not (np.isnan(ratio) or 0.9 <= ratio <= 1.1):
            found = f"sectors that add up to {ratio:.3g} times the product, at the median"
            expected = "the unit of gdp, and 1"
            failures.append(Failure(None, ", ".join(SECTORS), found, expected, "unit"))
    return people or failures


def _times(factor: float) -> str:
    """Word a factor as a power of ten, where it is one or nearly, or else as it is."""
    power = 10.0 ** np.round(np.log10(factor))
    near = power not in (1, 10, 0.1) and abs(np.log(factor / power)) < np.log(3)
    near |= power in (10, 0.1) and abs(np.log(factor / power)) < np.log(2)
    number = f"about {power:,.6f}".rstrip("0").rstrip(".") if near else f"{factor:,.3g}"
    return f"{number} times"


def _other_unit(field: Field, *factors: float) -> str:
    for factor in factors:
        fits = [n for n, times in field.others.items() if abs(np.log(factor / times)) < np.log(3)]
        if fits:
            return f"figures in {' or '.join(fits)}"
        if np.log(2) > abs(abs(np.log(factor)) - np.log(10)):
            return "a digit or a decimal point too many or too few"
    return ""


def runs(years: list[int]) -> list[list[int]]:
    """Gather years, or places, that follow each other."""
    found: list[list[int]] = []
    for year in years:
        if found and year == found[-1][-1] + 1:
            found[-1].append(year)
        else:
            found.append([year])
    return found


def span(years: list[int]) -> str:
    """Word a run of years."""
    return " to ".join(str(year) for year in dict.fromkeys([years[0], years[-1]]))


def _blocks(frame: pd.DataFrame) -> list[Failure]:
    """Find years of all cities, cities, and years of a city that are off by a factor."""
    failures: list[Failure] = []
    judged = [column for column, field in FIELDS.items() if not np.isinf(field.course)]
    cells = frame.assign(line=frame.index).groupby(["city_code", "year"])[[*judged, "line"]]
    wide = cells.first().unstack()
    lines = wide["line"]
    apart: dict[str, pd.Series] = {}
    for column in judged:
        field, values = FIELDS[column], wide[column].where(wide[column] > 0)
        log = np.log(values)
        if steps := _steps(log, lines, column, field):
            failures += [each._replace(kind="step") for each in steps]
            continue
        courses = _courses(log, lines, column, field)
        failures += [each._replace(kind="course") for each in courses]
        per = _per(column)
        usual = log if per is None else np.log(values / wide[per])
        usual = usual.median(axis=1).dropna()
        if len(usual) >= COMPARED:
            apart[column] = usual - usual.median()
    away = _apart(pd.DataFrame(apart), lines)
    return failures + [each._replace(kind="apart") for each in away]


def _per(column: str) -> str | None:
    """What a column is divided by where cities are compared."""
    return "resident_pop" if column == "registered_pop" else FIELDS[column].per


def _steps(log: pd.DataFrame, lines: pd.DataFrame, column: str, field: Field) -> list[Failure]:
    """Find years in which the median city's figures are a multiple of those before."""
    if len(log) < TRENDING:
        return []
    steps = log.diff(axis=1).median()
    limit = np.log(field.step)
    wrong = [(int(year), step) for year, step in steps.items() if abs(step) > limit]
    failures = []
    while wrong:
        (year, step), *wrong = wrong
        which, beside = f"{year}", "the year before"
        if wrong and abs(step + wrong[0][1]) < limit:  # and back again
            which, beside = span([year, wrong.pop(0)[0] - 1]), "the years beside"
        factor = float(np.exp(step))
        found = f"figures of {which} that are {_times(factor)} those of {beside}, at the median"
        line = int(lines[year].min())
        cause = _other_unit(field, factor, 1 / factor)
        expected = f"{field.unit} in each year"
        failures.append(Failure(line, column, found, expected, cause=cause))
    return failures


def _courses(log: pd.DataFrame, lines: pd.DataFrame, column: str, field: Field) -> list[Failure]:
    """Find years of a city that are a multiple of its other years."""
    own = log.sub(log.median(axis=1), axis=0)
    off = own.sub(own.median(), axis=1) if len(log) >= TRENDING else own
    off = off.sub(off.median(axis=1), axis=0)
    far = off.abs() > np.log(field.course)
    failures = []
    for city in far.index[far.any(axis=1)]:
        years = [int(year) for year in far.columns[far.loc[city]]]
        factor = float(np.exp(off.loc[city, years].median()))
        which = f"figures of {city}, {span(years)}"
        found = f"{which}, that are {_times(factor)} those of its other years"
        line = int(lines.loc[city, years].min())
        expected, cause = f"{field.unit} throughout", _other_unit(field, factor)
        failures.append(Failure(line, column, found, expected, cause=cause))
    return failures


def _apart(logs: pd.DataFrame, lines: pd.DataFrame) -> list[Failure]:
    """Find cities that are a multiple of the median city, or whose residents are.

    `logs` has the logarithm of the multiple: city x column.
    """
    failures = []
    divided = [column for column in logs if _per(column)]
    limits = pd.Series({column: np.log(FIELDS[column].apart) for column in logs}, dtype=float)
    far = logs.abs() > limits
    for city in logs.index[far.any(axis=1)]:
        own = logs.loc[city]
        off = own[far.loc[city]]
        line = int(lines.loc[city].min())
        shared = float(own[divided].median())
        if off.index.isin(divided).any() and abs(shared) > np.log(BLAMED):
            off = off.drop(divided, errors="ignore")
            factor = float(np.exp(-shared))
            field = FIELDS["resident_pop"]
            found = f"figures of {city} that are {_times(factor)} what its other columns suggest"
            cause, expected = _other_unit(field, factor), f"{field.unit} for each city"
            failures.append(Failure(line, "resident_pop", found, expected, cause=cause))
        for column, factor in np.exp(off).items():
            field, per = FIELDS[column], _per(column)
            found = f"figures of {city}{f' per {per}' if per else ''} that are {_times(factor)}"
            cause, expected = _other_unit(field, factor), f"{field.unit} for each city"
            failures.append(
                Failure(line, column, f"{found} the median city's", expected, cause=cause)
            )
    return failures


def _sums(frame: pd.DataFrame) -> list[Failure]:
    """Find shares that do not add up to 100, and a product that its sectors miss as a rule."""
    failures: list[Failure] = []
    total = frame[SHARES].sum(axis=1, min_count=3)
    for line, value in total[(total - 100).abs() > ROUNDED].items():
        found = f"shares that add up to {value:g}"
        failures.append(Failure(int(line), ", ".join(SHARES), found, "100"))
    ordered = frame.sort_values(["city_code", "year"])
    sectors = ordered[SECTORS].sum(axis=1, min_count=3)

    def missed(years: int) -> float:
        product = ordered.groupby("city_code")["gdp"].shift(years)
        off = (sectors / product - 1).abs().dropna() > PARTS_TOLERANCE
        return float(off.mean()) if len(off) else 0.0

    if (share := missed(0)) > 0.5:
        shifted = [name for years, name in ((-1, "after"), (1, "before")) if missed(years) < 0.5]
        shift = "one of them shifted by a year: the sum is the product of the year"
        cause = f"{shift} {shifted[0]}" if shifted else ""
        found = f"a product that its sectors miss in {share:.0%} of the rows"
        failures.append(Failure(None, "gdp", found, "their sum, as a rule", cause=cause))
    primary, *others = frame[SECTORS].median()
    for name, other in zip(SECTORS[1:], others, strict=True):
        if primary > 2 * other:  # which no set of cities has shown since 2008
            found = f"a primary sector {primary / other:.3g} times as large, at the median"
            failures.append(Failure(None, name, found, "one smaller", cause="columns swapped"))
            break
    return failures


def _rates(frame: pd.DataFrame) -> list[Failure]:
    """Find natural growth in per cent, a cumulated growth index, and a product of other years."""
    failures: list[Failure] = []
    known = frame.dropna(subset="natural_growth")
    largest = known["natural_growth"].abs().max()
    if known["city_code"].nunique() >= TRENDING and len(known) >= 20 and largest < SLOW:
        found = f"no figure beyond {largest:g} among {len(known):,}"
        cause = "figures in per cent" if largest > 0 else "zeros for missing figures"
        failures.append(Failure(None, "natural_growth", found, "per mille", cause=cause))

    ordered = frame.sort_values(["city_code", "year"])
    of_city = ordered.groupby("city_code")
    growth = np.log(ordered["gdp"] / of_city["gdp"].shift())
    index = np.log(ordered["gdp_index"] / 100)
    prices = float((growth - index).median())
    if not (np.isnan(prices) or PRICES[0] < prices < PRICES[1]):
        found = f"prices of the product that change by {np.expm1(prices):.0%} a year, at the median"
        cause = "an index cumulated from a base year" if prices < 0 else ""
        expected = "growth over the year before, previous year = 100"
        failures.append(Failure(None, "gdp_index", found, expected, cause=cause))
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
        if round(follows(years) - right, 9) > FASTER:
            found = f"growth of the product that follows the index of the year {name}"
            cause = "figures shifted by a year"
            failures.append(Failure(None, "gdp", found, "that of the same year", cause=cause))
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
        The median city does not step by `step` from a year to the next; no figure is `course`
        times those of the city's other years, less the common course of `TRENDING` or more cities;
        of `COMPARED` or more cities none is `apart` times the median city, where the residents are
        at fault if all that is divided by them is off by `BLAMED`.  A factor of 10,000 is found
        anywhere but in all the investment of a city; one of ten where the series is steady:
        product, populations, expenditure, wages, area.  Where more than half of a city's years are
        wrong, the others are named.
    Sums
        Employment shares add up to 100; in most rows the sectors add up to the product; the
        primary sector is not twice another, at the median.
    Rates
        Twenty or more rates of natural growth are not all below `SLOW`; prices implied by product
        and index change as `PRICES` says; from 200 growth rates on, the product's
        growth goes with the index of the same year, not of the next or last.

    A failure's `kind` is the name of its judgement, one of `JUDGEMENTS`: a reader can be told to
    believe the file all the same.  What two columns or an outside figure say against each other is
    for :mod:`tools.yearbook.weigh`.
    """
    return _blocks(frame) or [
        *(each._replace(kind="sums") for each in _sums(frame)),
        *(each._replace(kind="rates") for each in _rates(frame)),
    ]
