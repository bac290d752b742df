"""From a statistical yearbook to a clean city panel, and the panel that the book ships.

The way in is strict: :func:`read_yearbook` refuses a file that is not what it claims to be and says
where.  :func:`clean` then judges the figures themselves, and keeps a list of all it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from lib import plausible
from lib.plausible import PARTS_TOLERANCE, SECTORS
from lib.reading import (
    SHOWN,
    DataError,
    Failure,
    cell_cause,
    misnamed,
    mojibake,
    quoted,
    read_text,
    refusal,
)

if TYPE_CHECKING:  # pandera takes a third of a second: it is imported where a file is validated
    from pandera.pandas import Column, DataFrameSchema

DATA: Path = Path(__file__).resolve().parents[1] / "data"
"""The folder of the data that ship with the book."""

KEY = ["city_code", "year"]
RATES = ["gdp_index", "natural_growth"]
LEVELS = [
    "gdp", *SECTORS, "resident_pop", "registered_pop", "employment", "fdi", "fiscal_expenditure",
    "average_wage", "science_expenditure", "higher_ed_students", "area",
]  # fmt: skip
COLUMNS = [
    "city_code", "city_zh", "year", "gdp", *SECTORS, "gdp_index", "resident_pop", "registered_pop",
    "natural_growth", "employment", "emp_share_primary", "emp_share_secondary",
    "emp_share_tertiary", "fdi", "fiscal_expenditure", "average_wage", "science_expenditure",
    "higher_ed_students", "area",
]  # fmt: skip
MOST_CITIES = 5_000  # of a roster: China has some 340 cities and 2,800 counties
MOST_YEARS = 60  # of a yearbook: city statistics begin in the eighties
YEARS = (1949, 2099)
SLICE = 1_000  # rows that are judged before the next: a file full of faults soon ends
LARGEST = 1e12  # of any figure, whatever its unit
SMALLEST = 1e-6  # of what must be above zero

_NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_REQUIRED = {"city_code", "city_zh", "year", "gdp", "gdp_index", "resident_pop"}
_POSITIVE = {
    "gdp", "va_secondary", "va_tertiary", "resident_pop", "registered_pop", "employment",
    "fiscal_expenditure", "average_wage", "area",
}  # fmt: skip
_NAMES = {"city_zh", "city_en", "province_zh", "province_en", "reach", "flags"}
_RANGES = {
    "gdp_index": (50.0, 200.0),
    "natural_growth": (-100.0, 100.0),
    "emp_share_primary": (0.0, 100.0),
    "emp_share_secondary": (0.0, 100.0),
    "emp_share_tertiary": (0.0, 100.0),
}


def _failures(frame: pd.DataFrame, schema: DataFrameSchema, key: list[str]) -> list[Failure]:
    """Find rows that repeat `key`, and cells that fail `schema`, up to `SLICE` rows with any."""
    repeated = _repeated(frame, key) if key and set(key) <= set(frame) else []
    for start in range(0, len(frame), SLICE):
        rows = frame.iloc[start : start + SLICE]
        if failures := _in_our_words(rows, schema):
            return repeated + failures
    return repeated


def _in_our_words(frame: pd.DataFrame, schema: DataFrameSchema) -> list[Failure]:
    """Validate lazily, and put what pandera reports into our words."""
    from pandera.errors import SchemaErrors

    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases.to_dict("records")
    else:
        return []
    failures: list[Failure] = []
    lacking = [str(c["failure_case"]) for c in cases if c["check"] == "column_in_dataframe"]
    for case in cases:
        check, value, column = str(case["check"]), case["failure_case"], case["column"]
        if check == "column_in_dataframe":
            failures.append(Failure(1, value, "no such column", "the column"))
        elif check == "column_in_schema":
            expected = ", ".join(schema.columns)
            cause = misnamed(value, lacking, frame)
            failures.append(Failure(1, value, "an unknown column", expected, cause))
        elif check == "not_nullable":
            failures.append(Failure(int(case["index"]), column, "nothing", "a value"))
        else:
            place = None if pd.isna(case["index"]) else int(case["index"])
            cause = ""
            if isinstance(value, str):
                found = quoted(value)
                if column not in _NAMES:
                    cause = cell_cause(value, whole=column in KEY)
            else:
                found = f"{value:g}"
                if column == "gdp_index" and -20 < value < 50:
                    cause = "previous year = 1" if 0.5 < value < 2 else "growth in per cent"
            failures.append(Failure(place, column, found, check, cause))
    return failures


def _repeated(frame: pd.DataFrame, key: list[str]) -> list[Failure]:
    """Find rows with the key of an earlier one, and say whether they differ from it."""
    failures: list[Failure] = []
    again = frame.index[frame.duplicated(key)]
    if again.empty:
        return failures
    first = frame.index.to_series().groupby([frame[name] for name in key]).transform("first")
    for line in again:
        row = frame.loc[line]
        if len(key) == 1:
            failures.append(Failure(int(line), key[0], repr(row[key[0]]), "each value once"))
            continue
        found = f"{', '.join(str(value) for value in row[key])} again"
        if len(failures) < SHOWN and not pd.isna(first[line]):
            earlier = frame.loc[first[line]]
            differing = [name for name in frame if str(earlier[name]) != str(row[name])]
            found += (
                f", with other figures than in row {first[line]}: {', '.join(differing)}"
                if differing
                else f", the same as row {first[line]}"
            )
        failures.append(Failure(int(line), None, found, "one row a city and year"))
    return failures


def _read(
    path: Path, text: dict[str, Column], most: int, what: str, key: str = ""
) -> pd.DataFrame:
    """Read a CSV file of at most `most` rows whose cells, as text, pass `text`.

    The index is the line in the file; empty cells are missing.
    """
    import pandera.pandas as pa

    raw = read_text(path, most, what)
    raw = raw.where(raw.ne(""))
    if failures := _failures(raw, pa.DataFrameSchema(text, strict=True), [key] if key else []):
        raise refusal(path, failures)
    return raw[list(text)]


def load_cities(path: Path | str = DATA / "cities.csv") -> pd.DataFrame:
    """Load a roster of cities.

    Parameters
    ----------
    path : Path or str
        CSV file with the columns below.

    Returns
    -------
    DataFrame
        One row a city: city_code (int in the official roster, else str), city_zh, city_en,
        province_zh, province_en, reach (upper, middle or lower), lon and lat (degrees).

    Raises
    ------
    DataError
        If the file is no such roster, with file, row and column.
    """
    import pandera.pandas as pa

    path = Path(path)
    names = ["city_zh", "city_en", "province_zh", "province_en"]
    number = pa.Check.str_matches(f"^{_NUMBER}$", error="degrees, as a number")
    size = pa.Check.str_length(1, 12, error="a code of at most 12 characters")
    reach = pa.Check.isin(["upper", "middle", "lower"], error="upper, middle or lower")
    columns = {"city_code": pa.Column(str, size)}
    columns |= {name: pa.Column(str) for name in names}
    columns |= {"reach": pa.Column(str, reach), "lon": pa.Column(str, number)}
    columns |= {"lat": pa.Column(str, number)}
    what = f"a roster has at most {MOST_CITIES:,} cities"
    cities = _read(path, columns, MOST_CITIES, what, "city_code")
    cities = cities.astype({"lon": float, "lat": float})
    schema = pa.DataFrameSchema(
        {
            "lon": pa.Column(float, pa.Check.in_range(-180, 180, error="-180 to 180 degrees")),
            "lat": pa.Column(float, pa.Check.in_range(-90, 90, error="-90 to 90 degrees")),
        }
    )
    if failures := _failures(cities, schema, ["city_code"]) or _misplaced(cities):
        raise refusal(path, failures)
    if _numeric(cities["city_code"]).all():
        cities["city_code"] = cities["city_code"].astype("int64")
    return cities.reset_index(drop=True)


def _numeric(codes: pd.Series) -> pd.Series:
    return codes.str.fullmatch("[1-9][0-9]*")


def _misplaced(cities: pd.DataFrame) -> list[Failure]:
    """Find codes unlike the others, and cities that a roster has twice or in a wrong province."""
    failures: list[Failure] = []
    numeric = _numeric(cities["city_code"])
    if 0.5 < numeric.mean() < 1:
        for line, code in cities.loc[~numeric, "city_code"].items():
            cause = cell_cause(code, whole=True)
            expected = "a whole number, as the other codes are"
            failures.append(Failure(int(line), "city_code", repr(code), expected, cause))
        return failures
    for key, what in (
        (["province_zh", "city_zh"], "each city once"),
        (["province_en", "city_en"], "each city once"),
        (["lon", "lat"], "each place once"),
    ):
        first = cities.reset_index().groupby(key)["index"].transform("first").set_axis(cities.index)
        for line, row in cities[cities.duplicated(key)].iterrows():
            found = f"{', '.join(f'{v}' for v in row[key])} again, as in row {first[line]}"
            failures.append(Failure(int(line), ", ".join(key), found, what))
    groups = [("province_zh", "province_en"), ("province_en", "province_zh")]
    if numeric.all() and cities["city_code"].str.len().eq(6).all():  # GB/T 2260: province, city
        cities = cities.assign(division=cities["city_code"].str[:2])
        groups += [("division", "province_en"), ("province_en", "division")]
    for group, name in groups:
        usual = cities.groupby(group)[name].transform(lambda values: values.mode().iloc[0])
        for line, row in cities[cities[name].ne(usual)].iterrows():
            shown = f"codes {row['city_code'][:2]}…" if "division" in (group, name) else row[group]
            if name == "division":
                expected = f"a code that begins with {usual[line]}, as others in {row[group]}"
                failures.append(Failure(int(line), "city_code", row["city_code"], expected))
            else:
                expected = f"{usual[line]}, as others of {shown}"
                failures.append(Failure(int(line), name, repr(row[name]), expected))
    return failures


def load_exchange_rate(path: Path | str = DATA / "exchange_rate.csv") -> pd.Series:
    """Load the exchange rate: yuan per US dollar, average of each year, indexed by year.

    Raises
    ------
    DataError
        If the file is no such table, with file, row and column.
    """
    import pandera.pandas as pa

    path = Path(path)
    year = pa.Check.str_matches(r"^[0-9]{4}$", error="a year of four digits")
    rate = pa.Check.str_matches(
        r"^[0-9]+(\.[0-9]+)?$", error="yuan per US dollar, a positive number"
    )
    what = "one for each year"
    columns = {"year": pa.Column(str, year), "cny_per_usd": pa.Column(str, rate)}
    rates = _read(path, columns, 200, what, "year")
    return rates.astype({"year": "int64", "cny_per_usd": float}).set_index("year")["cny_per_usd"]


def _size(cities: int) -> str:
    return f"{cities:,} {'city' if cities == 1 else 'cities'} in the roster by {MOST_YEARS} years"


def read_yearbook(path: Path | str, cities: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read and validate a city yearbook.

    Parameters
    ----------
    path : Path or str
        CSV file, UTF-8, one row a city and year: any cities of the roster, each over the same two
        or more consecutive years.  Columns and units are those of ``data/README.md``; an empty
        cell is a missing figure, which key, names, gdp, gdp_index and resident_pop cannot be.
    cities : DataFrame, optional
        The roster, as :func:`load_cities` gives it; by default the one that ships.

    Returns
    -------
    DataFrame
        The yearbook sorted by city_code and year, city_code in the roster's type, figures float.

    Raises
    ------
    DataError
        With file, row (the line in the file), column, what was found and what was expected: a
        file that is missing, empty, no CSV, not UTF-8 or too large for the roster; a missing or
        unknown column; text in a number; a figure out of range, or a product or population not
        above zero; a city that is not in the roster or bears another name there; a city-year twice
        or absent; figures in another unit, column or year, as :mod:`lib.plausible` finds them.
    """
    import pandera.pandas as pa

    path = Path(path)
    roster = (load_cities() if cities is None else cities).set_index("city_code")
    number = pa.Check.str_matches(f"^{_NUMBER}$", error="a number")
    whole = pa.Check.str_matches(
        r"^[0-9]{1,12}$", error="a whole number, the code in the roster"
    )
    text: dict[str, Any] = {
        name: pa.Column(str, number, nullable=name not in _REQUIRED) for name in COLUMNS
    }
    numeric_codes = pd.api.types.is_integer_dtype(roster.index.dtype)
    text["city_code"] = pa.Column(str, whole if numeric_codes else None)
    text["city_zh"] = pa.Column(str)
    four = pa.Check.str_matches(r"^[0-9]{4}$", error="a year of four digits")
    text["year"] = pa.Column(str, four)

    frame = _read(path, text, len(roster) * MOST_YEARS, _size(len(roster)))
    figures = [name for name in COLUMNS if name not in {"city_code", "city_zh"}]
    frame = frame.astype(dict.fromkeys(figures, float) | {"year": "int64"})
    if numeric_codes:
        frame["city_code"] = frame["city_code"].astype("int64")
    names = frame["city_code"].map(roster["city_zh"])

    finite = pa.Check(lambda s: np.isfinite(s), error="a finite number")
    above = pa.Check.gt(0, error="a number above zero")
    not_below = pa.Check.ge(0, error="zero or more")
    # Out of these no figure can be, and sums and ratios of those within them are finite.
    bound = pa.Check(lambda s: s.lt(LARGEST) | ~np.isfinite(s), error=f"less than {LARGEST:g}")
    digits = pa.Check(lambda s: s.ge(SMALLEST) | s.le(0), error=f"{SMALLEST:g} or more")
    def named(found: pd.Series) -> pd.Series:
        return found.eq(names[found.index]) | names[found.index].isna()

    years = pa.Check.in_range(*YEARS, error=f"{YEARS[0]} to {YEARS[1]}")
    typed: dict[str, Any] = {
        "city_code": pa.Column(checks=pa.Check.isin(roster.index, error="a city of the roster")),
        "city_zh": pa.Column(str, pa.Check(named, error="the roster's name")),
        "year": pa.Column(checks=years),
    }
    for name in LEVELS:
        checks = [finite, bound, *([above, digits] if name in _POSITIVE else [not_below])]
        typed[name] = pa.Column(float, checks, nullable=name not in _REQUIRED)
    for name, (low, high) in _RANGES.items():
        check = pa.Check.in_range(low, high, error=f"{low:g} to {high:g}")
        typed[name] = pa.Column(float, check, nullable=name not in _REQUIRED)
    schema = pa.DataFrameSchema(typed)

    # A column in another unit is one mistake, not one a cell: say it once.
    units = plausible.columns(frame)
    columns = {f.column for f in units}
    cells = [f for f in _failures(frame, schema, KEY) if f.column not in columns]
    if units or cells:
        cells = [
            _other_name(f, frame, names, roster) if f.column == "city_zh" else f for f in cells
        ]
        raise refusal(path, units + cells)
    if failures := _grid(frame) or plausible.figures(frame):
        raise refusal(path, failures)
    return frame.sort_values(KEY).reset_index(drop=True)


def _other_name(
    failure: Failure, frame: pd.DataFrame, names: pd.Series, roster: pd.DataFrame
) -> Failure:
    """Say which name was expected, and whose the one found is."""
    name, meant = str(frame.at[failure.line, "city_zh"]), names[failure.line]
    cause = mojibake(name, meant)
    others = roster.index[roster["city_zh"].eq(name)]
    if len(others):
        cause = f"code and name of two cities: {name} is {others[0]} in the roster"
    elif not cause and (name in meant or meant in name):
        cause = "the name in another form"
    return failure._replace(expected=f"{meant}, the roster's name", cause=cause)


def _grid(frame: pd.DataFrame) -> list[Failure]:
    """Find years that other cities do not have, and cities that lack years."""
    cities = frame.groupby("city_code")["year"]
    counts = frame["year"].value_counts()
    usual = counts.index[counts >= cities.ngroups / 2]  # a slip in one year widens no span
    if usual.empty:
        usual = counts.index
    first, last = int(usual.min()), int(usual.max())
    if first == last and len(counts) == 1:
        return [Failure(None, "year", f"{first} only", "two years or more")]
    failures = [
        Failure(int(line), "year", f"{year} for {code}", f"{first} to {last}, as for other cities")
        for line, code, year in frame[KEY].itertuples(name=None)
        if not first <= year <= last
    ]
    span = f"every year from {first} to {last} for each city"
    for code, own in cities:
        absent = pd.Series(sorted(set(range(first, last + 1)) - set(own)), dtype=int)
        if absent.empty:
            continue
        runs = absent.groupby((absent.diff() != 1).cumsum()).agg(["min", "max"])
        spans = [" to ".join(str(y) for y in dict.fromkeys(run)) for run in runs.to_numpy()]
        cut = code == frame["city_code"].iloc[-1] and min(absent) > max(own)  # as the file ends
        cause = "a file that was cut off" if cut else ""
        failures.append(Failure(None, None, f"no row for {code}, {', '.join(spans)}", span, cause))
    return failures


@dataclass(frozen=True)
class Cleaned:
    """A yearbook after :func:`clean`.

    Attributes
    ----------
    frame : DataFrame
        As :func:`read_yearbook` gives it, suspect cells and interior gaps filled.
    notes : DataFrame
        city_code, year, field, kind, detail: all that was found or done, in that order.
    """

    frame: pd.DataFrame
    notes: pd.DataFrame


CUTOFF = 8.0  # spreads of yearly growth beyond which a step is no ordinary news
END_FACTOR = 5.0  # and, where there is one neighbour only, the least factor
FLOOR = 0.005  # the least spread of growth: half a per cent is revision and rounding

CENSUS_YEARS = (2010, 2020)
DEFINITIONS = {
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


def _spread(growth: np.ndarray) -> float:
    """1.4826 times the median absolute deviation: the standard deviation, were growth normal."""
    known = growth[np.isfinite(growth)]
    return 1.4826 * float(np.median(np.abs(known - np.median(known)))) if known.size else 0.0


def _growth(wide: pd.DataFrame) -> pd.DataFrame:
    """Log growth over the year before, less the median city's: city x year."""
    growth = np.log(wide.where(wide > 0)).diff(axis=1)
    return growth - growth.median()


def _territory(wide: pd.DataFrame) -> _Cells:
    """Cells of a population in the years around a change of boundary."""
    cells: _Cells = {}
    for cities, first, last, event in BOUNDARIES:
        years = wide.columns[(wide.columns >= first) & (wide.columns <= last)]
        for code in wide.index.intersection(list(cities)):
            cells |= {(code, int(t)): event for t in years if np.isfinite(wide.at[code, t])}
    return cells


def _scope(wide: pd.DataFrame, field: str, province: pd.Series) -> _Cells:
    """Cells in a year in which a field changed its definition: known, or seen in a province.

    When the median of five or more cities of a province steps beyond the cut-off in one year, no
    city's error explains it, and no city's news: what is counted has changed there.
    """
    growth = _growth(wide)
    groups = growth.groupby(province.reindex(wide.index))
    steps = groups.median().where(groups.count() >= 5).stack()
    shared = steps[steps.abs() > CUTOFF * max(_spread(growth.to_numpy()), FLOOR)]
    cells: _Cells = {}
    for (name, year), step in shared.items():
        detail = f"a step of the cities of {name}, {np.exp(step):.2g} times at the median"
        for code in wide.index[province.reindex(wide.index).eq(name)]:
            cells[code, int(year)] = detail
    years, detail = DEFINITIONS.get(field, ((), ""))
    known = wide.columns.intersection(list(years))
    cells |= {(code, int(year)): detail for year in known for code in wide.index}
    return {cell: why for cell, why in cells.items() if np.isfinite(wide.at[cell])}


def _suspects(wide: pd.DataFrame, explained: _Cells) -> _Cells:
    """Cells of one field that stand far off their neighbours; :func:`clean` states the rule.

    A step into or out of an `explained` cell convicts no cell that has one neighbour only.
    """
    growth = _growth(wide)
    before, after = growth.to_numpy(), -growth.shift(-1, axis=1).to_numpy()
    column_spread = max(_spread(before), FLOOR)
    both = np.isfinite(before) & np.isfinite(after)
    steps = np.abs(before), np.abs(after)
    step = np.where(both, np.fmin(*steps), np.fmax(*steps))
    apart = np.where(both, np.abs(before - after), 0.0)  # of the neighbours from each other
    spike = both & (before * after > 0) & (step > apart)
    # At an end the two nearest years stand for the neighbours: on whichever side they are.
    nearest = growth.shift(1, axis=1).to_numpy(), growth.shift(-2, axis=1).to_numpy()
    beyond = np.abs(np.where(np.isfinite(before), *nearest))
    known = np.array(
        [[(c, t) in explained or (c, t + 1) in explained for t in wide.columns] for c in wide.index]
    )
    end = ~both & (step > np.log(END_FACTOR)) & (beyond < step / 2) & ~known
    found: _Cells = {}
    rows, columns = np.nonzero((spike | end) & (step > CUTOFF * column_spread))
    # The clearest first: beside a cell that is struck nothing can be judged.
    order = np.argsort((apart - step)[rows, columns], kind="stable")
    for i, t in zip(rows[order], columns[order], strict=True):
        others = np.delete(before[i], [t, min(t + 1, before.shape[1] - 1)])
        spread = max(_spread(others), column_spread)
        code, year = wide.index[i], int(wide.columns[t])
        beside = {(code, year - 1), (code, year + 1)} & found.keys()
        if step[i, t] <= CUTOFF * spread or beside:
            continue
        ratios = [
            f"{wide.iat[i, t] / wide.iat[i, s]:.3g} times {wide.columns[s]}"
            for s in (t - 1, t + 1)
            if 0 <= s < wide.shape[1] and np.isfinite(wide.iat[i, s])
        ]
        reason = f"{' and '.join(ratios)}, {step[i, t] / spread:.0f} spreads of yearly growth"
        found[code, year] = reason
    return found


def _census_steps(wide: pd.DataFrame, natural: pd.DataFrame, boundary: _Cells) -> _Cells:
    """Steps of the resident population that are revisions; :func:`clean` states the rule."""
    ratio = wide / wide.shift(axis=1)
    low, high = 1 + natural.min(axis=None) / 1000, 1 + natural.max(axis=None) / 1000
    census = [year for year in CENSUS_YEARS if year in wide.columns]
    ordinary = ratio.drop(columns=census)
    for code, year in boundary:
        if code in ordinary.index and year in ordinary.columns:
            ordinary.loc[code, year] = np.nan
    growth = _growth(wide)
    limit = CUTOFF * max(_spread(growth.to_numpy()), FLOOR)
    found: _Cells = {}
    for code, row in ratio.iterrows():
        usual = ordinary.loc[code]
        calm = usual[growth.loc[code, usual.index].abs() <= limit]
        for year, value in row.items():
            if np.isnan(value) or (code, year) in boundary:
                continue
            if year in census:
                bounds = np.nanmin([1, low, calm.min()]), np.nanmax([1, high, calm.max()])
                if not bounds[0] - FLOOR <= value <= bounds[1] + FLOOR:
                    span = f"{bounds[0]:.3f} to {bounds[1]:.3f}"
                    why = f"beyond natural growth and the city's other years, {span}"
                    found[code, int(year)] = f"{value:.3f} times {year - 1}, {why}"
            elif abs(growth.loc[code, year]) > limit:
                why = "a step in no census or boundary year: perhaps a revision"
                found[code, int(year)] = f"{value:.3f} times {year - 1}, {why}"
    return found


def _accounts(wides: dict[str, pd.DataFrame], suspects: dict[str, _Cells]) -> _Cells:
    """Confront the product with its sectors: extend `suspects`, and return what does not add up."""
    gdp = wides["gdp"]
    total = sum(wides[field] for field in SECTORS)
    ratio = total / gdp
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
    for (code, year), value in ratio.stack().items():
        if abs(value - 1) > PARTS_TOLERANCE:
            course = (w.at[code, year] / middle.at[code, year] for w in (gdp, total))
            beside = "beside the mean of the years before and after, the product is {:.3f} and "
            off[code, int(year)] = (
                f"the sectors add up to {value:.3f} times the product; "
                f"{beside}the sum {{:.3f}}; kept".format(*course)
            )
    return off


def _on_line(wide: pd.DataFrame) -> _Cells:
    """Cells that are the mean of their neighbours to the last digit."""
    last, following = wide.shift(1, axis=1), wide.shift(-1, axis=1)
    cells: _Cells = {}
    exact = (wide - (last + following) / 2).abs() <= 1e-9 * wide
    for code, year in exact.stack().loc[lambda s: s].index:
        same = wide.at[code, year] == last.at[code, year]
        detail = "equal to both neighbours" if same else "half-way between its neighbours"
        cells[code, int(year)] = detail
    return cells


def _fill(wide: pd.DataFrame) -> tuple[pd.DataFrame, _Cells]:
    """Fill interior gaps on the straight line of each city, and say where it runs."""
    full = wide.interpolate(axis=1, limit_area="inside")
    cells: _Cells = {}
    for code, year in (wide.isna() & full.notna()).stack().loc[lambda s: s].index:
        known = wide.loc[code].dropna().index
        ends = known[known < year].max(), known[known > year].min()
        cells[code, int(year)] = f"on the line from {ends[0]} to {ends[1]}"
    return full, cells


def clean(yearbook: pd.DataFrame, cities: pd.DataFrame | None = None) -> Cleaned:
    """Judge the figures of a yearbook, fill what can be filled, and note everything.

    Judged are the levels (`LEVELS`).  With g the log growth of a field over the year before, less
    that of the median city, and the spread of g the scaled median absolute deviation, over all
    cities or over the city's other years, whichever is larger, but at least half a per cent:

    suspect
        A cell that stands off both neighbours, on the same side, by more than eight spreads, and
        by more than they differ from each other.  An error leaves such a trace; a level that
        changes for good does not.  The spread is the larger of two because a small city's foreign
        investment doubles and halves as a matter of course: what is unheard of for a wage is not
        so for it.  Eight, because in the official yearbook the cells between five and eight are
        steps of a fifth to a half that budgets and wages do show, while beyond it cells are off by
        half and more, mostly many times, or are populations that leave and return in a year.
        A cell with one neighbour (at an end, or beside a gap) cannot be told from a change of
        level, so a factor of five is asked for as well, and that the next two years agree: no
        change of boundary is as large, and steps of a known definition are left out.
        Where cells compete, the clearest is struck, and nothing beside it.  Two wrong years in a
        row are not found: two years of reconstruction after an earthquake leave the same trace.
        Rates are not judged: a rate that falls and recovers is a recession.
        If the product is suspect and its sectors add up to it, all four are.
    interpolated
        A missing or suspect cell between two figures of the city, filled on the straight line;
        beyond the first and last figure nothing is filled.  Rates are filled too.
    straight_line
        A cell that is the mean of its neighbours to the last digit: perhaps interpolated before
        it was published, perhaps chance where a series is smooth and rounded.  Kept.
    parts
        A product that its sectors miss by more than one per cent.  Kept: shares are taken over
        the sum of the sectors, and the product serves as a denominator only.
    census_step
        A resident population that changes in 2010 or 2020 by more than natural growth anywhere and
        the city's own changes in other years allow, by half a per cent or more; or in any other
        year by more than eight spreads.  Kept, as are the next two.
    boundary, definition
        Years around a change of territory; years in which what is counted changed, by what is
        known (`DEFINITIONS`) or by a step that the cities of a province take together.

    The employment shares enter no indicator, and pass as they are.

    Parameters
    ----------
    yearbook : DataFrame
        As :func:`read_yearbook` gives it.
    cities : DataFrame, optional
        The roster; by default the one that ships.

    Returns
    -------
    Cleaned
        The yearbook with suspect cells and interior gaps filled, and the notes.
    """
    roster = load_cities() if cities is None else cities
    province = roster.set_index("city_code")["province_en"]
    frame = yearbook.sort_values(KEY).reset_index(drop=True)
    fields = LEVELS + RATES
    wides = {f: frame.pivot(index="city_code", columns="year", values=f) for f in fields}
    people = ("resident_pop", "registered_pop")
    boundary = {field: _territory(wides[field]) for field in people}
    # A step that the residents of a province take together is a census, and has its own kind.
    scope = {f: _scope(wides[f], f, province) for f in LEVELS if f != "resident_pop"}
    suspects = {field: _suspects(wides[field], scope.get(field, {})) for field in LEVELS}
    found = {("gdp", "parts"): _accounts(wides, suspects)}
    for field in fields:
        for cell in suspects.get(field, {}):
            wides[field].loc[cell] = np.nan
        if field in LEVELS and field != "area":  # an area is constant as a rule
            found[field, "straight_line"] = _on_line(wides[field])
        wides[field], found[field, "interpolated"] = _fill(wides[field])
    found["resident_pop", "census_step"] = _census_steps(
        wides["resident_pop"], wides["natural_growth"], boundary["resident_pop"]
    )
    found |= {(field, "boundary"): cells for field, cells in boundary.items()}
    found |= {(field, "definition"): cells for field, cells in scope.items()}
    found |= {(field, "suspect"): cells for field, cells in suspects.items()}

    columns = ["city_code", "year", "field", "kind", "detail"]
    rows = [(*cell, *what, why) for what, cells in found.items() for cell, why in cells.items()]
    notes = pd.DataFrame(rows, columns=columns).sort_values(columns[:4]).reset_index(drop=True)
    return Cleaned(frame.assign(**{f: w.to_numpy().ravel() for f, w in wides.items()}), notes)


INDICATORS = [
    "reg", "lm_flow_gross", "lm_flow", "lm_stock", "lm_stock_net", "share_primary",
    "share_secondary", "share_tertiary", "odi", "te", "gr", "rlr", "rissl", "rdi", "edl",
]  # fmt: skip
"""The indicators of ``indicators.csv``, in its order; ``lib.indicators`` computes them."""

SAMPLES: dict[str, dict[str, list[str]]] = {
    "belt110": {},
    "listed94": {"province": [
        "Shanghai", "Jiangsu", "Zhejiang", "Jiangxi", "Hubei", "Hunan", "Chongqing", "Sichuan",
        "Guizhou", "Yunnan",
    ]},
    "delta41": {"province": ["Shanghai", "Jiangsu", "Zhejiang", "Anhui"]},
    "upper": {"reach": ["upper"]},
    "middle": {"reach": ["middle"]},
    "lower": {"reach": ["lower"]},
}  # fmt: skip


def load_indicators(
    path: Path | str = DATA / "indicators.csv", cities: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Load the indicator panel, with each city's name and place.

    Parameters
    ----------
    path : Path or str
        CSV file as ``python -m lib`` writes it.
    cities : DataFrame, optional
        The roster; by default the one that ships.

    Returns
    -------
    DataFrame
        One row a city and year, sorted: city_code, year, city, province, reach, lon, lat, the
        indicators (float; ``data/README.md`` has the definitions) and flags.  `city` is the
        romanised name, with the province in brackets where two cities share it.

    Raises
    ------
    DataError
        If the file is no such panel, with file, row and column.
    """
    import pandera.pandas as pa

    path = Path(path)
    roster = load_cities() if cities is None else cities
    number = pa.Check.str_matches(f"^{_NUMBER}$", error="a number")
    kinds = "interpolated|suspect|boundary|census_step|definition"
    flag = pa.Check.str_matches(f"^(({kinds}):[a-z_]+(;|$))+$", error="a list of kind:field")
    text: dict[str, Any] = {
        "city_code": pa.Column(str),
        "year": pa.Column(str, pa.Check.str_matches(r"^[0-9]{4}$", error="a year of four digits")),
    }
    text |= {name: pa.Column(str, number, nullable=True) for name in INDICATORS}
    text["flags"] = pa.Column(str, flag, nullable=True)
    panel = _read(path, text, len(roster) * MOST_YEARS, _size(len(roster)))
    panel = panel.astype(dict.fromkeys(INDICATORS, float) | {"year": "int64"})

    codes = roster["city_code"].astype(str)
    share = pa.Column(float, pa.Check.in_range(0, 1, error="0 to 1"), nullable=True)
    typed: dict[str, Any] = {
        "city_code": pa.Column(checks=pa.Check.isin(codes, error="a city of the roster")),
        "reg": pa.Column(float, pa.Check.gt(0, error="a number above zero"), nullable=True),
    }
    typed |= {name: share for name in INDICATORS if name.startswith("share_")}
    schema = pa.DataFrameSchema(typed)
    if failures := _failures(panel, schema, KEY):
        raise refusal(path, failures)

    shared = roster["city_en"].duplicated(keep=False)
    city = roster["city_en"].where(~shared, roster["city_en"] + " (" + roster["province_en"] + ")")
    place = roster.assign(city=city, province=roster["province_en"]).set_index(codes)
    place = place[["city", "province", "reach", "lon", "lat"]].loc[panel["city_code"]]
    panel = pd.concat([panel[KEY].reset_index(drop=True), place.reset_index(drop=True),
                       panel[[*INDICATORS, "flags"]].reset_index(drop=True)], axis=1)  # fmt: skip
    panel["city_code"] = panel["city_code"].astype(roster["city_code"].dtype)
    panel["flags"] = panel["flags"].fillna("")
    return panel.sort_values(KEY).reset_index(drop=True)


def sample(panel: pd.DataFrame, name: str) -> pd.DataFrame:
    """Take the rows of a named sample: belt110, listed94, delta41, upper, middle or lower.

    listed94 holds the provinces that the paper names below its Table 3, which leave out Anhui;
    delta41 the Yangtze Delta in its present extent (Shanghai, Jiangsu, Zhejiang, Anhui).

    Parameters
    ----------
    panel : DataFrame
        With the columns province and reach, as :func:`load_indicators` gives it.
    name : str
        The sample.

    Returns
    -------
    DataFrame
        The rows of `panel` that are in the sample, with their index.

    Raises
    ------
    DataError
        If there is no sample of that name.
    """
    if name not in SAMPLES:
        raise DataError(f"sample: found {name!r}; expected one of {', '.join(SAMPLES)}")
    rows = pd.Series(True, panel.index)
    for column, values in SAMPLES[name].items():
        rows &= panel[column].isin(values)
    return panel[rows]


def coverage(panel: pd.DataFrame) -> pd.DataFrame:
    """Count the cities with a value: indicator x year.

    Parameters
    ----------
    panel : DataFrame
        As :func:`load_indicators` gives it.
    """
    return panel[INDICATORS].notna().groupby(panel["year"]).sum().T
