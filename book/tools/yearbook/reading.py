"""A roster or a yearbook, read from a file or refused."""

from __future__ import annotations

import csv
import tempfile
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from lib import panel, strictcsv
from lib.panel import KEY, MOST_YEARS
from lib.strictcsv import NAME, Cell, Failure, FileError
from tools.yearbook import causes
from tools.yearbook.clean import CENSUS_YEARS
from tools.yearbook.judge import MOST, pasted, refusals, span
from tools.yearbook.schema import FIELDS, cells

CENSUS = [f"census_pop_{year}" for year in CENSUS_YEARS]
SPELT = {"city_zh": "city_en", "province_zh": "province_en"}
"""Columns of names in a second script that a roster may lack, and what stands for them."""
MARKS = str.maketrans({",": " ·", "/": "-", "–": "-", "&": " and "})
"""Marks in the names of official lists that a page or a spreadsheet could misread."""


def spelt(name: str) -> str:
    """A name in the composed form of Unicode (NFC), without `MARKS`: one name is one text."""
    text = unicodedata.normalize("NFC", name)
    return " ".join(text.translate(MARKS).split()) if {*text} & {*",/–&"} else text


def read_cities(path: Path | str = panel.DATA / "cities.csv") -> pd.DataFrame:
    """Read a roster as :func:`lib.panel.load_cities` does, and look for contradictions in it.

    It may lack `SPELT`, and may have ``census_pop_2010`` and ``census_pop_2020``, which are left.
    Names are taken as :func:`spelt`.

    Raises
    ------
    lib.panel.DataError
        No roster; codes unlike the others; a city, place or province twice; a city in a province
        that its code or the province's other name contradicts; a group in two spellings.
    """
    with causes.guessed():
        head = _header(path)
        figures = [name for name in CENSUS if name in head]
        with tempfile.TemporaryDirectory() as folder:
            copy = _respelt(path, head, Path(folder) / "cities.csv")
            try:
                cities = panel.load_cities(copy or path, figures)
            except FileError as error:
                raise FileError(path, error.failures) from None
        if failures := _contradictions(cities):
            raise FileError(path, failures)
    return cities


def _respelt(path: Path | str, head: list[str], copy: Path) -> Path | None:
    """Write a roster with its names as they are read; None where nothing is to be done."""
    names = {*SPELT, *SPELT.values(), "reach"}
    try:
        rows = list(csv.reader(Path(path).read_text(encoding="utf-8-sig").splitlines()))
        more = [head.index(of) for name, of in SPELT.items() if head and name not in head]
        out = [head + [name for name in SPELT if name not in head]]
        for row in rows[1:]:
            own = [spelt(text) if name in names else text
                   for name, text in zip(head, row, strict=True)] if row else row  # fmt: skip
            out.append(own + [own[at] for at in more] if own else own)
    except (OSError, ValueError, csv.Error):
        return None  # what is wrong is said when it is read
    if out == rows:
        return None
    with copy.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(out)
    return copy


def _header(path: Path | str) -> list[str]:
    """The names of a file's columns, as far as they can be read; what cannot is refused later."""
    try:
        if not Path(path).is_file():
            return []
        with Path(path).open("rb") as file:
            line = file.readline(10_000).decode("utf-8-sig", "replace")
    except OSError:
        return []
    return [name.strip('"') for name in line.strip().split(",")]


def _contradictions(cities: pd.DataFrame) -> list[Failure]:
    codes = cities["city_code"].astype(str)
    lines = cities.attrs["lines"]
    numeric = codes.str.fullmatch("[0-9]+")
    failures: list[Failure] = []

    def note(row: Any, column: str, found: str, expected: str, raw: str = "") -> None:
        failures.append(Failure(lines[row], column, found, expected, "cell", (raw,)))

    if 0.5 < numeric.mean() < 1:
        for row, code in codes[~numeric].items():
            note(row, "city_code", repr(code), "a whole number, as the other codes are", code)
        return failures
    spelt = not cities["city_zh"].equals(cities["city_en"])
    for key, what in (
        (["province_zh", "city_zh"] if spelt else ["city_code"], "each city once"),
        (["province_en", "city_en"], "each city once"),
        (["lon", "lat"], "each place once"),
    ):
        for row in cities.index[cities.duplicated(key)]:
            first = cities.index[cities[key].eq(cities.loc[row, key]).all(axis=1)][0]
            shown = ", ".join(f"{value}" for value in cities.loc[row, key])
            note(row, ", ".join(key), f"{shown} again, as in row {lines[first]}", what)
    groups = [("province_zh", "province_en"), ("province_en", "province_zh")]
    if numeric.all() and codes.str.len().eq(6).all():  # GB/T 2260: province, city
        cities = cities.assign(division=codes.str[:2])
        pairs = cities[["division", "province_en"]].value_counts()
        best = pairs.groupby(level=0).max().sum(), pairs.groupby(level=1).max().sum()
        if min(best) >= MOST * len(cities):  # or else codes of another kind
            groups += [("division", "province_en"), ("province_en", "division")]
    cities = cities.assign(folded=cities["reach"].str.casefold())
    for group, name in [*groups, ("folded", "reach")]:
        if not cities[[group, name]].drop_duplicates().duplicated(group).any():
            continue
        usual = cities.groupby(group)[name].transform(lambda values: values.mode().iloc[0])
        for row in cities.index[cities[name].ne(usual)]:
            of = "codes " if group == "division" else ""
            alike = f"{usual[row]}, as others of {of}{cities.at[row, group]}"
            if name == "division":
                of = cities.at[row, group]
                alike = f"a code that begins with {usual[row]}, as others in {of}"
            column = "city_code" if name == "division" else name
            shown = codes[row] if name == "division" else repr(cities.at[row, name])
            note(row, column, shown, alike)
    return failures


def read_yearbook(
    path: Path | str, cities: pd.DataFrame | None = None, believe: Collection[str] = ()
) -> pd.DataFrame:
    """Read and validate a city yearbook.

    Parameters
    ----------
    path : Path or str
        CSV file, UTF-8, one row a city and year: any cities of the roster, each over the same two
        or more consecutive years.  Columns and units are those of ``data/README.md``; an empty
        cell is a missing figure, which key, names, gdp, gdp_index and resident_pop cannot be (but
        the first index of a city, which enters nothing).  There may be no city_zh.
    cities : DataFrame, optional
        The roster, as :func:`read_cities` gives it; by default the one that ships.
    believe : collection of str
        Refusals that are overridden; with ``absent`` a city may lack years, whose figures are then
        all missing.

    Returns
    -------
    DataFrame
        The yearbook sorted by city_code and year, city_code in the roster's type, figures float.
        ``attrs["overridden"]`` lists what was believed all the same.

    Raises
    ------
    lib.panel.DataError
        A file that is no such yearbook; a figure out of range, or a product or population not
        above zero; a city that is not in the roster or bears another name there; a city-year twice
        or absent; a column that stands a row too low or too high.
    """
    cities = panel.load_cities() if cities is None else cities
    roster = cities.assign(city_code=cities["city_code"].astype(str)).set_index("city_code")
    columns = cells(Cell("a city of the roster", set(roster.index).__contains__))
    columns["city_zh"] = Cell(NAME.expected, lambda text: NAME.valid(spelt(text)))
    count = f"{len(roster):,} {'city' if len(roster) == 1 else 'cities'}"
    what = f"{count} in the roster by {MOST_YEARS} years"
    with causes.guessed():
        named = "city_zh" in (head := _header(path)) or "city_code" not in head
        wanted = {name: cell for name, cell in columns.items() if named or name != "city_zh"}
        frame = strictcsv.read(path, wanted, [], len(roster) * MOST_YEARS, what)
        if not named:
            frame.insert(1, "city_zh", frame["city_code"].map(roster["city_zh"]))
        frame["city_zh"] = frame["city_zh"].map(spelt)
        failures = _bounds(frame) + _names(frame, roster) + strictcsv.repeated(frame, KEY)
        grid = _grid(frame)
        if failures:
            raise FileError(path, failures + refusals(grid, believe)[0])
        refused, believed = refusals([*grid, *pasted(frame)], believe)
        if refused:
            raise FileError(path, refused)
    if grid:
        frame = _filled(frame, roster["city_zh"])
    frame.attrs["overridden"] = [
        f"{f.kind}: {f.column or 'rows'}: found {f.found}; expected {f.expected}" for f in believed
    ]
    frame["city_code"] = frame["city_code"].astype(cities["city_code"].dtype)
    return frame.sort_values(KEY).reset_index(drop=True)


def _bounds(frame: pd.DataFrame) -> list[Failure]:
    """Find figures that none can be; a column that is so in half of its cells is one mistake."""
    failures: list[Failure] = []
    first = frame["year"].eq(frame["year"].min())
    for name, field in FIELDS.items():
        cell, values = field.cell(), frame[name].dropna()
        if name == "gdp_index":
            for line in frame.index[frame[name].isna() & ~first]:
                failures.append(Failure(int(line), name, "nothing", "a value", "cell"))
        wrong = values[~values.between(cell.low, cell.high) | (values <= cell.above)]
        cause = ""
        if name == "gdp_index" and len(wrong):
            ratio = wrong.between(0.8, 1.5).sum() > len(wrong) / 2
            growth = wrong.between(-20, 50).sum() > len(wrong) / 2
            cause = "previous year = 1" if ratio else "growth in per cent" if growth else ""
        if len(wrong) > max(1, len(values) / 2):
            found = f"{values.min():g} to {values.max():g}, a median of {values.median():g}"
            expected = f"{cell.bound(float(wrong.iloc[0]))}, in {field.unit}"
            failures.append(Failure(None, name, found, expected, "range", (), cause))
            continue
        for line, value in wrong.items():
            bound = cell.bound(value)
            failures.append(Failure(int(line), name, f"{value:g}", bound, "range", (), cause))
    return failures


def _names(frame: pd.DataFrame, roster: pd.DataFrame) -> list[Failure]:
    """Find names that are not the roster's."""
    failures: list[Failure] = []
    meant = frame["city_code"].map(roster["city_zh"])
    for line in frame.index[frame["city_zh"].ne(meant)]:
        name = str(frame.at[line, "city_zh"])
        others = roster.index[roster["city_zh"].eq(name)]
        cause = causes.name(name, str(meant[line]))
        if len(others):
            cause = f"code and name of two cities: {name} is {others[0]} in the roster"
        expected = f"{meant[line]}, the roster's name"
        failures.append(Failure(int(line), "city_zh", repr(name), expected, "name", (name,), cause))
    return failures


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
    expected = f"every year from {first} to {last} for each city"
    for code, own in cities:
        absent = sorted(set(range(first, last + 1)) - set(own))
        if not absent:
            continue
        cut = code == frame["city_code"].iloc[-1] and absent[0] > max(own)  # as the file ends
        cause = "a file that was cut off" if cut else ""
        lacking = f"{span(absent)}, {len(absent)} years" if len(absent) > 1 else f"{absent[0]}"
        found = f"no row for {code}, {lacking}"
        failures.append(Failure(None, None, found, expected, "absent", cause=cause))
    return failures


def _filled(frame: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Give every city every year; a row that is absent has no figure, and no line in the file."""
    span = range(frame["year"].min(), frame["year"].max() + 1)
    whole = pd.MultiIndex.from_product([frame["city_code"].unique(), span], names=KEY)
    lacking = whole.difference(pd.MultiIndex.from_frame(frame[KEY])).to_frame(index=False)
    lacking["city_zh"] = lacking["city_code"].map(names)
    lacking.index = -1 - lacking.index
    return pd.concat([frame, lacking])
