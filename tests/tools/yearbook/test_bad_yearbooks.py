"""A bad yearbook or roster ends in a message that helps, soon, and changes nothing.

Each way is one that a clerk, a spreadsheet or a download takes; the yearbook is the synthetic one,
its first twelve cities under invented codes of six digits.  What cannot be told from sound figures
is here too, as what passes: the limits are part of what the book says of itself.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import spoilt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib import panel
from tools.yearbook import __main__ as command
from tools.yearbook.schema import FIELDS, SECTORS

SECONDS = 2.0
Table = list[list[str]]


def to_bytes(table: Table, **options) -> bytes:
    text = io.StringIO()
    csv.writer(text, **{"lineterminator": "\n"} | options).writerows(table)
    return text.getvalue().encode()


def under_digits(name: str) -> Table:
    """Give the invented cities codes as in GB/T 2260: two digits of a province, four of a city."""
    table = list(csv.reader((panel.DATA / name).read_text(encoding="utf-8").splitlines()))
    province = {"L": "31", "M": "42", "U": "51"}
    return [table[0], *([province[r[0][0]] + r[0][1:] + "00", *r[1:]] for r in table[1:])]


ALL_YEARBOOK = under_digits("synthetic_yearbook.csv")
ALL_ROSTER = under_digits("synthetic_cities.csv")
KEPT = {f"{province}0{i}00" for province in ("31", "42", "51") for i in range(1, 5)}
YEARBOOK = [r for r in ALL_YEARBOOK if r[0] in KEPT or r[0] == "city_code"]
ROSTER = [r for r in ALL_ROSTER if r[0] in KEPT or r[0] == "city_code"]
HEADER, FIRST = YEARBOOK[0], YEARBOOK[1]
AT = {name: i for i, name in enumerate(HEADER)}
ACCOUNTS = ("gdp", *SECTORS)
GOOD = to_bytes(YEARBOOK)
TEXT = GOOD.decode()
LINES = TEXT.splitlines()
LAST = len(LINES)
NAME = FIRST[AT["city_zh"]]


# --- ways to spoil a yearbook -------------------------------------------------------------------


def cells(change: Callable[[str], str], *names: str, where=lambda row: True) -> bytes:
    """Change the cells of columns, in the rows of which `where` is true."""
    out = [list(row) for row in YEARBOOK]
    for row in out[1:]:
        for name in names if where(row) else ():
            row[AT[name]] = change(row[AT[name]])
    return to_bytes(out)


def cell(name: str, value: str, row: int = 1) -> bytes:
    out = [list(r) for r in YEARBOOK]
    out[row][AT[name]] = value
    return to_bytes(out)


def bad(fault: Callable, *names: str, where=lambda row: True, table=YEARBOOK) -> bytes:
    """Spoil columns as the tests of the judgement do."""
    frame = pd.read_csv(io.BytesIO(to_bytes(table)), dtype=str)
    frame = frame.astype(dict.fromkeys(names, float))
    fault(frame, pd.Series([where(row) for row in table[1:]]), [*names])
    return frame.to_csv(index=False, lineterminator="\n").encode()


def city(code: str, first: int = 0, last: int = 9999) -> Callable[[list[str]], bool]:
    return lambda row: row[0].startswith(code) and first <= int(row[AT["year"]]) <= last


def renamed(old: str, new: str) -> bytes:
    return to_bytes([[new if name == old else name for name in HEADER], *YEARBOOK[1:]])


WAYS: list[tuple[str, bytes, list[str]]] = [
    # the file
    ("UTF-16", TEXT.encode("utf-16"), ["expected a CSV file in UTF-8", "saved as UTF-16"]),
    ("UTF-16 without a mark", TEXT.encode("utf-16-le"), ["expected a CSV file", "saved as UTF-16"]),
    ("Latin-1", TEXT.replace("虚构下游", "Mühlheim").encode("latin-1", "replace"),
     ["row 2: found byte 0xfc", "Latin-1"]),
    ("UTF-8 opened as GBK and saved", TEXT.encode().decode("gbk", "ignore").encode(),
     ["row 2, column city_zh", "UTF-8 that was opened as GBK"]),
    ("characters lost", TEXT.replace("虚", "\ufffd").encode(), ["city_zh", "lost in re-encoding"]),
    ("a NUL byte", TEXT.replace("虚", "\0", 1).encode(), ["row 2: found a NUL", "damaged"]),
    ("cut off within a character", GOOD[: GOOD.rindex("市".encode()) + 1],
     [f"row {LAST}: found byte 0x", "cut off within a character"]),
    ("cut off within a row", GOOD[:-60], [f"row {LAST}: found", "as in the header", "cut off"]),
    ("cut off at the end of a row", GOOD[: GOOD.rindex(b"\n", 0, -1) + 1],
     ["no row for 510400, 2023", "every year from 2007 to 2023", "BELIEVE=absent", "cut off"]),
    ("a web page", b"<!DOCTYPE html>\n<html><body>404</body></html>", ["row 1", "a web page"]),
    ("Excel workbook", b"PK\x03\x04\x14\0\6\0" + bytes(99), ["an Excel workbook (xlsx)"]),
    ("gzip", gzip.compress(GOOD), ["expected a CSV file in UTF-8", "compressed by gzip"]),
    ("Stata", b"<stata_dta><header>\0\xff", ["a Stata file"]),
    ("noise", np.random.default_rng(1).bytes(5000), ["expected a CSV file in UTF-8"]),
    # its layout
    ("semicolons", to_bytes(YEARBOOK, delimiter=";"), ["row 1: found no comma", "semicolons"]),
    ("sep= as Excel wants it", b"sep=,\n" + GOOD, ["row 1: found", "setting: delete it"]),
    ("a title above the header", "附表 1\n".encode() + GOOD, ["row 1", "a title above"]),
    ("a title row above the header", ("附表" + "," * 20 + "\n" + TEXT).encode(),
     ["row 1: found 20 columns without a name", "a title above"]),
    ("no header", "\n".join(LINES[1:]).encode(), ["row 1", "unknown column", "without a header"]),
    ("a remark below", GOOD + "注：初步核算数\n".encode(),
     [f"row {LAST + 1}: found 1 fields; expected 21", "a remark or a title"]),
    ("empty columns", b"".join(line.encode() + b",,\n" for line in LINES),
     ["row 1: found 2 columns without a name", "commas at the end"]),
    ("thousands separators without quotes", TEXT.replace(LINES[4], LINES[4].replace(
        f",{YEARBOOK[4][AT['average_wage']]},", ",34,485.38,")).encode(),
     ["row 5: found 22 fields; expected 21", "a comma within a cell, without quotes"]),
    ("a quote not closed", TEXT.replace(NAME, f'"{NAME}', 1).encode(),
     ["row 2: found unexpected end of data", "a quote that opens in this row"]),
    ("a line break in a cell", TEXT.replace(NAME, f'"{NAME}\n"', 1).encode(),
     ["row 2, column city_zh", "expected text of one line", "a line break"]),
    ("a name in capitals", renamed("gdp", "GDP"), ["row 1, column GDP", "gdp, misspelt"]),
    ("a name misspelt", renamed("resident_pop", "residents_pop"),
     ["row 1, column residents_pop", "resident_pop, misspelt"]),
    # its cells
    *((f"{text} in {name}", cell(name, text), [f"row 2, column {name}: found {text!r}", cause])
      for name, text, cause in (
        ("gdp", "1,717.90", "thousands separators"), ("gdp", "717,9032", "a decimal comma"),
        ("gdp", "７１７．９", "full-width"),
        ("gdp", "717.9亿元", "a unit or the mark"), ("fdi", "…", "a mark for a missing figure"),
        ("emp_share_primary", "2.93%", "per cent"), ("average_wage", "¥29199", "currency"),
        ("fdi", "#DIV/0!", "spreadsheet's formula"),
        ("gdp", "=E2+F2+G2", "a formula in place"), ("fdi", "inf", "a division by zero"),
        ("natural_growth", "2023/5/7", "a date"), ("natural_growth", "−0.75", "a dash or brackets"),
        ("year", "二〇〇七", "Chinese numerals"), ("year", "2007.0", "decimals"),
        ("city_code", "3.1E+05", "scientific notation"), ("year", "07", "a year of two digits"),
        ("city_zh", "{download}`../../x`", "markup or code"),
        ("city_zh", "=HYPERLINK()", "a formula"),
      )),
    ("a space behind", cell("gdp", "717.9\u00a0"), ["column gdp", "no space around it"]),
    ("a negative population", cell("resident_pop", "-338"), ["found -338; expected a number"]),
    ("an empty product", cell("gdp", ""), ["row 2, column gdp: found nothing; expected a value"]),
    ("shares that add up to more", cell("emp_share_tertiary", "81.17"),
     ["column emp_share_primary: found shares that add up to 110, in 310100, 2007; expected 100"]),
    ("growth for the index", cell("gdp_index", "9.4"), ["found 9.4; expected 50", "per cent"]),
    # keys
    ("a year of typing error", cell("year", "2024", 17),
     ["row 18, column year: found 2024 for 310100; expected 2007 to 2023"]),
    ("one year only", to_bytes([HEADER, *(r for r in YEARBOOK[1:] if r[2] == "2008")]),
     ["row 2, column year: found 2008 for 310100, and the like", "two years or more"]),
    ("without the base year", to_bytes([HEADER, *(r for r in YEARBOOK[1:] if r[2] > "2008")]),
     ["base year: found 2008; expected a year from 2009 to 2022"]),
    ("years without an exchange rate", cells(lambda y: str(int(y) - 1), "year"),
     ["exchange rate: found none for 2006"]),
    ("a row twice that differs", GOOD + LINES[1].replace("717.9032", "817.9").encode(),
     [f"row {LAST + 1}, column city_code, year: found 310100, 2007 again", "in row 2: gdp"]),
    ("a renamed city", TEXT.replace(NAME, "襄樊市").encode(),
     ["row 2, column city_zh: found '襄樊市'", f"expected {NAME}, the roster's name"]),
    ("a name without its 市", TEXT.replace(NAME, NAME[:-1]).encode(), ["the name in another form"]),
    ("the code of another city", cell("city_code", "420200"),
     ["row 2, column city_zh: found", "the name of 310100 in the roster"]),
    ("a city of another region", cell("city_code", "440300"),
     ["row 2, column city_code: found '440300'; expected a city of the roster"]),
    # figures that no place can show
    *((f"{name} times {factor:g}", bad(spoilt.by(factor), *names), [f"column {name}:", *words])
      for name, names, factor, words in (
        ("gdp", ACCOUNTS, 1e4, ["over", "BELIEVE=limits", "10,000 yuan"]),
        ("gdp_index", ["gdp_index"], 1e-2, ["the like 203 times", "previous year = 1"]),
      )),
    ("index as growth", cells(lambda t: repr(float(t) - 100), "gdp_index"),
     ["row 2, column gdp_index: found 11, and the like", "growth in per cent"]),
    ("a sector ten times", bad(spoilt.by(10), "va_tertiary"), ["miss GDP in", "BELIEVE=sums"]),
    ("sectors of a year in 10,000 yuan",
     bad(spoilt.by(1e4), *SECTORS, where=city("", 2012, 2012)),
     ["in all cities, 2012", "BELIEVE=excursion"]),
    ("residents doubled in two years",
     bad(spoilt.by(2), "resident_pop", where=city("420100", 2012, 2013)),
     ["column resident_pop: found", "in 420100, 2012 to 2013", "BELIEVE=excursion"]),
    ("more students than residents",
     bad(spoilt.by(99), "higher_ed_students", where=city("42010")),
     ["found students over residents of", "expected 0 to 1", "BELIEVE=limits"]),
    ("residents in the registered's place", bad(spoilt.copied, "resident_pop", "registered_pop"),
     ["column resident_pop: found the figures of registered_pop", "BELIEVE=copies"]),
    ("wages a row too low", bad(spoilt.moved(1, ""), "average_wage"),
     ["column average_wage: found figures that continue the city above", "pasted a row down"]),
    ("product of the year before", bad(spoilt.moved(1), "gdp", table=ALL_YEARBOOK),
     ["column gdp: found sectors that miss GDP in 93% of the rows", "another year"]),
    ("accounts of the year before",
     bad(spoilt.moved(1), *ACCOUNTS, table=ALL_YEARBOOK), ["column gdp", "rows copied"]),
]  # fmt: skip

PASSES: list[tuple[str, bytes]] = [
    ("wages and students swapped", bad(spoilt.swapped, "average_wage", "higher_ed_students")),
    ("two sectors swapped", bad(spoilt.swapped, "va_secondary", "va_tertiary")),
    ("residents of the year before", bad(spoilt.moved(1), "resident_pop", table=ALL_YEARBOOK)),
    ("cut off within the last figure", GOOD[:-2]),
    ("no Chinese names", to_bytes([[*r[:1], *r[2:]] for r in YEARBOOK])),
    ("no first growth index", cells(lambda _: "", "gdp_index", where=city("", 2007, 2007))),
    ("value added at basic prices", bad(spoilt.by(1 / 0.9), "gdp")),
]
"""Read, with flags or without: possible somewhere, or no fault at all."""


def spoil(old: str, new: str) -> bytes:
    text = to_bytes(ROSTER).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


ROSTER_WAYS: list[tuple[str, bytes, list[str]]] = [
    ("GBK", to_bytes(ROSTER).decode().encode("gbk"), ["row 2: found byte 0x", "saved as GBK"]),
    ("the yearbook in its place", GOOD, ["row 1, column area: found an unknown column"]),
    ("longitude and latitude swapped", spoil(",41,1", ",31,121.4"), ["column lat: found 121.4"]),
    ("a formula for a code", spoil("310100", "=1+310000"),
     ["row 2, column city_code: found '=1+310000'; expected a code", "a formula"]),
    ("a script for a province", spoil("Invented lower reach", "<!--<script>"),
     ["row 2, column province_en: found '<!--<script>'", "markup or code"]),
]  # fmt: skip


# --- the tests ----------------------------------------------------------------------------------


def offer(folder: Path, yearbook: bytes, roster: bytes) -> tuple[int, Path]:
    """Offer a yearbook and a roster to the command; return its status and where it writes."""
    (folder / "book.csv").write_bytes(yearbook)
    (folder / "cities.csv").write_bytes(roster)
    out = folder / "data"
    out.mkdir(exist_ok=True)
    line = [str(folder / "book.csv"), "--cities", str(folder / "cities.csv"), "--data", str(out)]
    return command.main(line), out


def fitting(content: bytes) -> bytes:
    return to_bytes(ROSTER if content.count(b"\n") < 450 else ALL_ROSTER)


def test_rosters_of_other_countries_are_read(tmp_path):
    """Codes of any country, names as lists have them, in either Unicode form, in one script."""
    rows = [[r[0], r[2], *r[4:]] for r in ROSTER]
    for code, place in enumerate(rows[1:], start=1):
        name = unicodedata.normalize("NFD", f"{place[1]}–\u00e4/B & C, TX")
        place[:2] = [f"{7 * code:06}", name]  # 000007, 000014, ...
    given = {old[0]: new for old, new in zip(ROSTER[1:], rows[1:], strict=True)}
    book = [[HEADER[0], *HEADER[1:]], *([given[r[0]][0], given[r[0]][1], *r[2:]]
                                        for r in YEARBOOK[1:])]  # fmt: skip
    status, out = offer(tmp_path, to_bytes(book), to_bytes(rows))
    assert status == 0
    made = panel.load_cities(out / "cities.csv")
    assert made["city_code"].iloc[0] == "000007" and made["city_zh"].equals(made["city_en"])
    assert made["city_en"].iloc[0] == "Saltmere-\u00e4-B and C · TX"


@pytest.mark.parametrize(
    ("yearbook", "roster", "parts", "name"),
    [
        *(pytest.param(book, fitting(book), parts, "book.csv", id=name)
          for name, book, parts in WAYS),
        *(pytest.param(GOOD, roster, parts, "cities.csv", id=f"roster: {name}")
          for name, roster, parts in ROSTER_WAYS),
    ],
)  # fmt: skip
def test_refused(tmp_path, capsys, yearbook, roster, parts, name):
    start = time.process_time()  # not the clock: other work on the machine is not ours
    status, out = offer(tmp_path, yearbook, roster)
    assert time.process_time() - start < SECONDS
    assert (status, list(out.iterdir())) == (2, [])
    told = capsys.readouterr()
    assert not told.out
    lines = told.err.splitlines()
    wanted = ".*".join(re.escape(part) for part in parts)
    assert any(re.search(wanted, line) for line in lines), f"{parts} not in {told.err}"
    assert len(lines) <= 11
    for line in lines:
        assert re.search(r": found .*; expected ", line) or re.fullmatch("and [0-9,]+ more", line)
        if "base year" not in line and "exchange rate" not in line:
            assert line.startswith((f"{tmp_path / name}", "and ")), line


@pytest.mark.parametrize("content", [way[1] for way in PASSES], ids=[way[0] for way in PASSES])
def test_what_is_possible_passes(tmp_path, content):
    status, out = offer(tmp_path, content, fitting(content))
    assert status == 0
    found = panel.load(out / "indicators.csv", panel.load_cities(out / "cities.csv"))
    assert not np.isinf(found[panel.INDICATORS]).any(axis=None)


def test_order_of_rows_and_notation_change_nothing(tmp_path):
    status, out = offer(tmp_path, GOOD, to_bytes(ROSTER))
    good = {path.name: path.read_bytes() for path in out.iterdir()}
    other = to_bytes([HEADER, *reversed(YEARBOOK[1:])]).replace(b",717.9032,", b",+7.179032E+02,")
    assert status == 0 and other.count(b"E+02") == 1
    assert offer(tmp_path, other, to_bytes(ROSTER))[0] == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == good


SMALL = [r for r in YEARBOOK if r[0] in {"city_code", "310100", "310200", "420100"}
         and (r[2] < "2012" or r[2] == "year")]  # fmt: skip
PIECES = ["", "-", "NA", "inf", "1e999", "1e300", "1e-300", "-1", "0", "9" * 400, "市" * 300, '"',
          "\n", "\0", "\u200b", "１２", "=1+1", "<b>", "2008", "310200", "1e5", "True"]  # fmt: skip
CHANGES = st.one_of(
    st.sampled_from(PIECES).map(lambda piece: lambda text: piece),
    st.sampled_from([0, -1, 0.1, 1.3, 10, 1e4, 1e8, 1e-8]).map(
        lambda factor: lambda text: f"{float(text) * factor:g}" if text[:1].isdigit() else text
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, len(HEADER) - 1), CHANGES),
                min_size=1, max_size=4), st.booleans())  # fmt: skip
def test_any_yearbook_is_refused_or_gives_a_panel(tmp_path_factory, capsys, changes, whole):
    table = [list(row) for row in SMALL]
    for row, column, change in changes:
        for line in range(1, len(table)) if whole else [row]:  # a column, or a cell
            table[line][column] = change(table[line][column])
    status, out = offer(tmp_path_factory.mktemp("any"), to_bytes(table), to_bytes(ROSTER))
    told = capsys.readouterr().err
    if status:
        assert not list(out.iterdir())
        assert "found" in told and "expected" in told
    else:
        found = pd.read_csv(out / "indicators.csv")
        assert len(found) and not np.isinf(found[panel.INDICATORS]).any(axis=None)


def test_readme_describes_the_columns_of_a_yearbook():
    text = (panel.DATA / "README.md").read_text(encoding="utf-8").split("## A yearbook of your")[1]
    told = {}
    for line in text.splitlines():
        names, *rest = [cell.strip() for cell in line.strip("|").split("|")]
        told |= {name.strip(): rest for name in names.split(",") if name.strip() in FIELDS}
    assert list(told) == list(FIELDS)
    for name, (unit, empty) in told.items():
        assert unit.startswith(FIELDS[name].unit), name
        assert empty == ("no" if FIELDS[name].required else "yes"), name
