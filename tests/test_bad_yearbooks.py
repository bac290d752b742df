"""A bad yearbook or roster ends in a message that helps, soon, and changes nothing.

Each way is one that a clerk, a spreadsheet or a download takes; the yearbook is the synthetic one,
its first twelve cities under invented codes of six digits.  What cannot be told from sound figures
is here too, as what passes: the limits are part of what the book says of itself.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lib import __main__ as command
from lib import panel, synthetic

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 2.0
Table = list[list[str]]


def rows_of(path: Path) -> Table:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def to_bytes(table: Table, **options) -> bytes:
    text = io.StringIO()
    csv.writer(text, **{"lineterminator": "\n"} | options).writerows(table)
    return text.getvalue().encode()


def under_digits(table: Table) -> Table:
    """Give the invented cities codes as in GB/T 2260: two digits of a province, four of a city."""
    province = {"L": "31", "M": "42", "U": "51"}
    return [table[0], *([province[r[0][0]] + r[0][1:] + "00", *r[1:]] for r in table[1:])]


ALL_YEARBOOK = under_digits(rows_of(synthetic.YEARBOOK))
ALL_ROSTER = under_digits(rows_of(synthetic.CITIES))
KEPT = {f"{province}0{i}00" for province in ("31", "42", "51") for i in range(1, 5)}
YEARBOOK = [r for r in ALL_YEARBOOK if r[0] in KEPT or r[0] == "city_code"]
ROSTER = [r for r in ALL_ROSTER if r[0] in KEPT or r[0] == "city_code"]
HEADER = YEARBOOK[0]
AT = {name: i for i, name in enumerate(HEADER)}
FIRST = YEARBOOK[1]
ACCOUNTS = ("gdp", *panel.SECTORS)


# --- ways to spoil a yearbook -------------------------------------------------------------------


def cells(change: Callable[[str], str], *names: str, table: Table = YEARBOOK, where=None) -> Table:
    """Change the cells of columns, in the rows of which `where` is true."""
    out = [list(row) for row in table]
    for row in out[1:]:
        if where is None or where(row):
            for name in names:
                row[AT[name]] = change(row[AT[name]])
    return out


def cell(name: str, value: str, row: int = 1) -> bytes:
    out = [list(r) for r in YEARBOOK]
    out[row][AT[name]] = value
    return to_bytes(out)


def times(factor: float) -> Callable[[str], str]:
    return lambda text: repr(float(text) * factor)


def city(code: str, first: int = 0, last: int = 9999) -> Callable[[list[str]], bool]:
    return lambda row: row[0] == code and first <= int(row[AT["year"]]) <= last


def year(*years: int) -> Callable[[list[str]], bool]:
    return lambda row: int(row[AT["year"]]) in years


def swapped(one: str, other: str) -> bytes:
    out = [list(row) for row in YEARBOOK]
    for row in out[1:]:
        row[AT[one]], row[AT[other]] = row[AT[other]], row[AT[one]]
    return to_bytes(out)


def renamed(old: str, new: str) -> bytes:
    return to_bytes([[new if name == old else name for name in HEADER], *YEARBOOK[1:]])


def shifted(*names: str) -> bytes:
    """Put the figures of each year in the row of the next."""
    out = [list(row) for row in ALL_YEARBOOK]
    for i in range(2, len(out)):
        if out[i][0] == out[i - 1][0]:
            for name in names:
                out[i][AT[name]] = ALL_YEARBOOK[i - 1][AT[name]]
    return to_bytes(out)


def cumulated() -> bytes:
    out, level = [list(row) for row in YEARBOOK], 0.0
    for row in out[1:]:
        level = 100.0 if row[AT["year"]] == "2007" else level * float(row[AT["gdp_index"]]) / 100
        row[AT["gdp_index"]] = f"{level:.1f}"
    return to_bytes([row for row in out if row[AT["year"]] <= "2012" or row[0] == "city_code"])


def workbook() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return buffer.getvalue()


GOOD = to_bytes(YEARBOOK)
TEXT = GOOD.decode()
LINES = TEXT.splitlines()
LAST = len(LINES)
GAP = {("420100", year) for year in ("2009", "2010", "2011")}
ACCENTED = TEXT.replace("虚构下游", "Mühlheim")
NAME = FIRST[AT["city_zh"]]

WAYS: list[tuple[str, bytes, list[str]]] = [
    # the file
    ("empty file", b"", ["found an empty file", "expected a header and rows"]),
    ("blank lines only", b"\r\n\n\n", ["found an empty file"]),
    ("header only", (LINES[0] + "\n").encode(), ["found a header and nothing below"]),
    ("UTF-16 with a mark", TEXT.encode("utf-16"),
     ["expected a CSV file in UTF-8", "saved as UTF-16"]),
    ("UTF-16 without a mark", TEXT.encode("utf-16-le"), ["row 1", "NUL", "saved as UTF-16"]),
    ("UTF-16 big-endian", b"\xfe\xff" + TEXT.encode("utf-16-be"), ["saved as UTF-16"]),
    ("GBK", TEXT.encode("gbk"), ["row 2: found byte 0x", "not UTF-8", "saved as GBK or GB18030"]),
    ("GB18030", TEXT.replace("虚", "𠀀", 1).encode("gb18030"),
     ["row 2: found byte 0x", "saved as GBK or GB18030"]),
    ("Latin-1", ACCENTED.encode("latin-1", "replace"), ["row 2: found byte 0xfc", "Latin-1"]),
    ("UTF-8 opened as Latin-1 and saved",
     TEXT.encode().decode("latin-1").encode(), ["row 2, column city_zh", "another encoding"]),
    ("UTF-8 opened as Windows-1252 and saved",
     TEXT.replace(NAME, "é市").encode(), ["row 2, column city_zh: found 'é市'", NAME]),
    ("UTF-8 opened as GBK and saved", TEXT.encode().decode("gbk", "ignore").encode(),
     ["row 2, column city_zh", "UTF-8 that was opened as GBK"]),
    ("characters lost in re-encoding", TEXT.replace("虚", "\ufffd").encode(),
     ["row 2, column city_zh", "lost in re-encoding"]),
    ("a NUL byte in a row", TEXT.replace("虚", "\0", 1).encode(),
     ["row 2: found a NUL", "damaged"]),
    ("cut off within a character", GOOD[: GOOD.rindex("市".encode()) + 1],
     [f"row {LAST}: found byte 0x", "cut off within a character"]),
    ("cut off within a row", GOOD[:-60], [f"row {LAST}: found", "as in the header", "cut off"]),
    ("cut off at the end of a row", GOOD[: GOOD.rindex(b"\n", 0, -1) + 1],
     ["no row for 510400, 2023", "every year from 2007 to 2023", "cut off"]),
    ("cut off within the last figure", GOOD[:-2],
     [f"row {LAST}, column area: found figures of 510400, 2023, that are about 0.1 times"]),
    ("a web page", b"<!DOCTYPE html>\n<html><body>404, not found</body></html>",
     ["row 1: found '<!DOCTYPE html>", "a web page"]),
    ("a table in HTML called xls", b"\xef\xbb\xbf\r\n<table><tr><td>city_code</td></tr></table>",
     ["found '\ufeff\\r\\n<table>".replace("\ufeff\\r\\n", ""), "a web page"]),
    ("JSON", b'[{"city_code": 310100, "year": 2008}]', ["row 1", "a JSON file"]),
    ("Excel workbook", workbook(), ["begins with b'PK", "an Excel workbook (xlsx)"]),
    ("old Excel workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), ["workbook (xls)"]),
    ("gzip", gzip.compress(GOOD), ["expected a CSV file in UTF-8", "compressed by gzip"]),
    ("PDF", b"%PDF-1.7\n%\xe2\xe3", ["begins with b'%PDF'", "a PDF document"]),
    ("pointer of Git LFS", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n",
     ["a pointer of Git LFS"]),
    ("noise", np.random.default_rng(1).bytes(5000), ["expected a CSV file in UTF-8"]),
    # its layout
    ("semicolons", to_bytes(YEARBOOK, delimiter=";"), ["row 1: found no comma", "semicolons"]),
    ("tabs", to_bytes(YEARBOOK, delimiter="\t"), ["row 1: found no comma", "separated by tabs"]),
    ("full-width commas", TEXT.replace(",", "，").encode(), ["row 1", "full-width commas"]),
    ("sep= as Excel wants it", b"sep=,\n" + GOOD, ["row 1: found 'sep=", "setting: delete it"]),
    ("a title above the header", "附表 1\n".encode() + GOOD,
     ["row 1: found no comma", "a title above"]),
    ("a title row above the header", ("附表" + "," * 20 + "\n" + TEXT).encode(),
     ["row 1: found 20 columns without a name", "row"]),
    ("a second header line of units",
     to_bytes([HEADER, ["", "", ""] + ["亿元"] * 18, *YEARBOOK[1:]]),
     ["row 2, column area: found '亿元'; expected a number"]),
    ("a header within the table", to_bytes([*YEARBOOK[:9], HEADER, *YEARBOOK[9:]]),
     ["row 10, column gdp: found 'gdp'; expected a number"]),
    ("no header", "\n".join(LINES[1:]).encode(), ["row 1", "unknown column", "without a header"]),
    ("a remark below", GOOD + "注：初步核算数\n".encode(),
     [f"row {LAST + 1}: found 1 fields; expected 21", "a remark or a title"]),
    ("empty rows of a spreadsheet", GOOD + b"," * 20 + b"\n",
     [f"row {LAST + 1}: found a row of empty cells", "spreadsheet"]),
    ("empty columns of a spreadsheet", b"".join(line.encode() + b",,\n" for line in LINES),
     ["row 1: found 2 columns without a name", "commas at the end"]),
    ("a comma at the end of a row", TEXT.replace(LINES[4], LINES[4] + ",").encode(),
     ["row 5: found 22 fields; expected 21", "commas at the end of the row"]),
    ("a row without its last cell", TEXT.replace(LINES[4], LINES[4].rpartition(",")[0]).encode(),
     ["row 5: found 20 fields; expected 21"]),
    ("thousands separators without quotes", TEXT.replace(LINES[4], LINES[4].replace(
        f",{YEARBOOK[4][AT['average_wage']]},", ",34,485.38,")).encode(),
     ["row 5: found 22 fields; expected 21", "a comma within a cell, without quotes"]),
    ("a comma in a name without quotes", TEXT.replace(NAME, f"{NAME},上", 1).encode(),
     ["row 2: found 22 fields; expected 21", "a comma within a cell, without quotes"]),
    ("a quote not closed", TEXT.replace(NAME, f'"{NAME}', 1).encode(),
     ["row 2: found unexpected end of data", "a quote that opens in this row"]),
    ("a quote within quotes", TEXT.replace(NAME, '"虚"构"', 1).encode(),
     ["row 2: found", "expected a comma-separated file", "must be doubled"]),
    ("a line break in a cell", TEXT.replace(NAME, f'"{NAME}\n"', 1).encode(),
     ["row 2, column city_zh", "expected a cell of one line", "a line break"]),
    ("a very long cell", cell("city_zh", "市" * 50_000), ["row 2, column city_zh: found '市市市"]),
    ("a cell beyond any length", cell("city_zh", "市" * 200_000), ["expected at most"]),
    ("a column twice", renamed("area", "fdi"), ["row 1, column fdi: found the name twice"]),
    ("a column missing", to_bytes([row[:-1] for row in YEARBOOK]),
     ["row 1, column area: found no such column; expected the column"]),
    ("a column too many", to_bytes([["gini", *HEADER], *(["0.4", *r] for r in YEARBOOK[1:])]),
     ["row 1, column gini: found an unknown column"]),
    ("a name in capitals", renamed("gdp", "GDP"), ["row 1, column GDP", "gdp, spelt differently"]),
    ("a name misspelt", renamed("resident_pop", "residents_pop"),
     ["row 1, column residents_pop", "resident_pop, misspelt"]),
    ("a name with a space", renamed("gdp", "gdp "), ["row 1: found 'gdp '", "no space around it"]),
    ("Chinese headings", renamed("gdp", "地区生产总值"), ["column 地区生产总值: found an unknown"]),
    ("turned on its side", to_bytes([list(column) for column in zip(*YEARBOOK, strict=True)]),
     ["row 1, column 310100: found the name twice"]),
    # its cells
    ("thousands separators in quotes", cell("gdp", "1,717.90"),
     ["row 2, column gdp: found '1,717.90'; expected a number", "thousands separators"]),
    ("decimal comma", cell("gdp", "717,9032"),
     ["row 2, column gdp: found '717,9032'", "decimal comma"]),
    ("thousands by points", cell("average_wage", "29.199,09"), ["'29.199,09'", "points between"]),
    ("thousands by spaces", cell("average_wage", "29 199"), ["'29 199'", "thousands separators"]),
    ("full-width digits", cell("gdp", "７１７．９"),
     ["column gdp: found '７１７．９'", "full-width"]),
    ("full-width digits only", cell("area", "７５９１"), ["column area", "full-width"]),
    ("Arabic digits", cell("area", "٧٥٩١"), ["column area: found '٧٥٩١'; expected a number"]),
    ("a unit in the cell", cell("gdp", "717.9亿元"), ["found '717.9亿元'", "a unit or the mark"]),
    ("a mark of a footnote", cell("gdp", "717.9①"), ["found '717.9①'", "the mark of a footnote"]),
    ("a per cent sign", cell("emp_share_primary", "2.93%"), ["found '2.93%'", "per cent"]),
    ("a sign of currency", cell("average_wage", "¥29199"), ["found '¥29199'", "currency"]),
    ("a hyphen for missing", cell("fdi", "-"), ["column fdi: found '-'", "an empty cell here"]),
    ("an ellipsis for missing", cell("fdi", "…"), ["column fdi: found '…'", "missing figure"]),
    ("NA for missing", cell("fdi", "NA"), ["column fdi: found 'NA'", "missing figure"]),
    ("nan", cell("fdi", "nan"), ["column fdi: found 'nan'", "missing figure"]),
    ("an error of a formula", cell("fdi", "#DIV/0!"), ["found '#DIV/0!'", "spreadsheet's formula"]),
    ("a formula", cell("gdp", "=E2+F2+G2"), ["found '=E2+F2+G2'", "a formula in place"]),
    ("a figure that became a date", cell("natural_growth", "5月7日"),
     ["'5月7日'; expected a number"]),
    ("another figure that became a date", cell("natural_growth", "2023/5/7"), ["a date"]),
    ("a dash for minus", cell("natural_growth", "−0.75"), ["found '−0.75'", "a dash in place"]),
    ("brackets for minus", cell("natural_growth", "(0.75)"), ["found '(0.75)'", "brackets"]),
    ("an apostrophe", cell("gdp", "'717.9"), ["column gdp", "an apostrophe"]),
    ("a hard space behind", cell("gdp", "717.9\u00a0"), ["column gdp", "no space around it"]),
    ("a character not seen", cell("gdp", "717\u200b.9"), ["row 2, column gdp", "U+200B"]),
    ("the letter O", cell("gdp", "7O7.9"), ["row 2, column gdp: found '7O7.9'"]),
    ("infinity", cell("fdi", "inf"), ["column fdi: found 'inf'", "a division by zero"]),
    ("minus infinity", cell("fdi", "-Infinity"), ["found '-Infinity'", "a division by zero"]),
    ("a number beyond floats", cell("fdi", "1e999"), ["found inf; expected a finite number"]),
    ("a number beyond anything", cell("fdi", "1e300"), ["found 1e+300; expected less than 1e+12"]),
    ("next to nothing", cell("registered_pop", "1e-300"), ["column registered_pop: found 1e-300"]),
    ("negative population", cell("resident_pop", "-338"), ["found -338; expected a number above"]),
    ("no residents", cell("resident_pop", "0"), ["column resident_pop: found 0", "above zero"]),
    ("a product of nought", cell("gdp", "0"),
     ["column gdp: found 0; expected a number above zero"]),
    ("no registered residents", cell("registered_pop", "0.0"), ["registered_pop: found 0"]),
    ("an empty product", cell("gdp", ""), ["row 2, column gdp: found nothing; expected a value"]),
    ("a share above 100", cell("emp_share_tertiary", "171"), ["found 171; expected 0 to 100"]),
    ("shares that add up to more", cell("emp_share_tertiary", "81.17"),
     ["row 2, column emp_share_primary, emp_share", "shares that add up to 110; expected 100"]),
    ("growth for the index", cell("gdp_index", "9.4"),
     ["found 9.4; expected 50 to 200", "per cent"]),
    ("a growth rate of natural growth", cell("natural_growth", "587"),
     ["found 587; expected -100"]),
    # keys
    ("year as a decimal", cell("year", "2007.0"),
     ["row 2, column year: found '2007.0'", "decimals"]),
    ("year with its word", cell("year", "2007年"), ["found '2007年'", "the year with its word"]),
    ("year of two digits", cell("year", "07"), ["found '07'", "a year of two digits"]),
    ("year as a date", cell("year", "2007-12-31"), ["found '2007-12-31'; expected a year", "date"]),
    ("full-width year", cell("year", "２００７"), ["row 2, column year", "full-width"]),
    ("a year long gone", cell("year", "1066"), ["found 1066; expected 1949 to 2099"]),
    ("a year to come", cell("year", "2070"),
     ["row 2, column year: found 2070 for 310100", "2007 to 2023, as for other cities"]),
    ("a year of typing error", cell("year", "2024", 17),
     ["row 18, column year: found 2024 for 310100; expected 2007 to 2023"]),
    ("a missing year", to_bytes(YEARBOOK[:5] + YEARBOOK[6:]),
     ["no row for 310100, 2011; expected"]),
    ("missing years", to_bytes([r for r in YEARBOOK if (r[0], r[2]) not in GAP]),
     ["no row for 420100, 2009 to 2011; expected every year from 2007 to 2023"]),
    ("one year only", to_bytes([HEADER, *(r for r in YEARBOOK[1:] if r[2] == "2008")]),
     ["column year: found 2008 only; expected two years or more"]),
    ("without the base year", to_bytes([HEADER, *(r for r in YEARBOOK[1:] if r[2] > "2008")]),
     ["found years 2009 to 2023; expected the base year 2008"]),
    ("years without an exchange rate", to_bytes(cells(lambda y: str(int(y) - 1), "year")),
     ["exchange rate: found none for 2006"]),
    ("a row twice", GOOD + LINES[1].encode(),
     [f"row {LAST + 1}: found 310100, 2007 again, the same as row 2"]),
    ("a row twice that differs", GOOD + LINES[1].replace("717.9032", "817.9").encode(),
     [f"row {LAST + 1}: found 310100, 2007 again", "other figures than in row 2: gdp"]),
    ("a renamed city", TEXT.replace(NAME, "襄樊市").encode(),
     [f"row 2, column city_zh: found '襄樊市'; expected {NAME}, the roster's name"]),
    ("a name without its 市", TEXT.replace(NAME, NAME[:-1]).encode(), ["the name in another form"]),
    ("the code of another city", cell("city_code", "420200"),
     ["row 2, column city_zh: found", "code and name of two cities", "is 310100 in the roster"]),
    ("a city of another region", cell("city_code", "440300"),
     ["row 2, column city_code: found 440300; expected a city of the roster"]),
    ("a code with spaces", TEXT.replace("310100", " 310100").encode(),
     ["row 2, column city_code: found ' 310100'", "no space around it"]),
    ("a code with an ideographic space", TEXT.replace("310100", "310100\u3000").encode(),
     ["row 2, column city_code", "no space around it"]),
    ("a code as a decimal", TEXT.replace("310100", "310100.0").encode(),
     ["'310100.0'", "decimals"]),
    ("a code in scientific notation", TEXT.replace("310100", "3.1E+05").encode(),
     ["row 2, column city_code: found '3.1E+05'", "scientific notation"]),
    ("a code beyond integers", TEXT.replace("310100", "9" * 30).encode(),
     ["row 2, column city_code"]),
    ("a row of the province", GOOD + LINES[-1].replace("510400", "510000").encode(),
     [f"row {LAST + 1}, column city_code: found 510000; expected a city of the roster"]),
    # figures in another unit, column or year
    ("product in 10,000 yuan", to_bytes(cells(times(1e4), *ACCOUNTS)),
     ["column gdp: found a median", "looks like 10,000 yuan"]),
    ("product in yuan", to_bytes(cells(times(1e8), *ACCOUNTS)), ["column gdp", "looks like yuan"]),
    ("residents in persons", to_bytes(cells(times(1e4), "resident_pop")), ["looks like persons"]),
    ("wages in 1,000 yuan", to_bytes(cells(times(1e-3), "average_wage")), ["1,000 yuan"]),
    ("index as a ratio", to_bytes(cells(times(0.01), "gdp_index")), ["previous year = 1"]),
    ("index as growth", to_bytes(cells(lambda t: repr(float(t) - 100), "gdp_index")),
     ["column gdp_index: found a median of", "growth in %"]),
    ("index from a base year", cumulated(), ["column gdp_index: found prices", "cumulated"]),
    ("natural growth in per cent", to_bytes(cells(times(0.1), "natural_growth")),
     ["column natural_growth: found no figure beyond 0.5", "per mille", "figures in per cent"]),
    ("natural growth nought for missing", to_bytes(cells(lambda _: "0", "natural_growth")),
     ["column natural_growth", "zeros for missing figures"]),
    ("product ten times", to_bytes(cells(times(10), "gdp")),
     ["column gdp: found a median", "million yuan"]),
    ("a sector ten times", to_bytes(cells(times(10), "va_tertiary")), ["times the product"]),
    ("sectors of a year in 10,000 yuan",
     to_bytes(cells(times(1e4), *panel.SECTORS, where=year(2012))),
     ["row 7, column va_primary: found figures of 2012 that are about 10,000 times",
      "figures in 10,000 yuan"]),
    ("product of two years in 10,000 yuan",
     to_bytes(cells(times(1e4), *ACCOUNTS, where=year(2012, 2013))),
     ["row 7, column gdp: found figures of 2012 that are about 10,000 times", "10,000 yuan"]),
    ("expenditure of a city in 10,000 yuan",
     to_bytes(cells(times(1e4), "fiscal_expenditure", where=city("420100"))),
     ["column fiscal_expenditure: found figures of 420100 per resident_pop",
      "10,000 times the median",
      "expected 100 million yuan for each city", "figures in 10,000 yuan"]),
    ("wages of a city ten times", to_bytes(cells(times(10), "average_wage", where=city("420100"))),
     ["column average_wage: found figures of 420100", "about 10 times the median city's"]),
    ("registered residents of a city in persons",
     to_bytes(cells(times(1e4), "registered_pop", where=city("420100"))),
     ["column registered_pop: found figures of 420100", "figures in persons"]),
    ("product of a cell in 10,000 yuan",
     to_bytes(cells(times(1e4), *ACCOUNTS, where=city("420100", 2010, 2010))),
     ["row 73, column gdp: found figures of 420100, 2010, that are about 10,000 times", "yuan"]),
    ("wages ten times, two years in a row",
     to_bytes(cells(times(10), "average_wage", where=city("420100", 2010, 2011))),
     ["row 73, column average_wage: found figures of 420100, 2010 to 2011, that are about 10 times",
      "a digit or a decimal point"]),
    ("product a tenth in the last three years",
     to_bytes(cells(times(0.1), *ACCOUNTS, where=city("420100", 2021))),
     ["row 84, column gdp: found figures of 420100, 2021 to 2023, that are about 0.1 times"]),
    ("students in 10,000, five years",
     to_bytes(cells(times(1e-4), "higher_ed_students", where=city("420100", 2010, 2014))),
     ["column higher_ed_students: found figures of 420100, 2010 to 2014",
      "about 0.0001 times", "figures in 10,000 persons"]),
    ("investment in dollars, two years",
     to_bytes(cells(times(1e6), "fdi", where=city("420100", 2010, 2011))),
     ["row 73, column fdi", "2010 to 2011", "figures in US dollars"]),
    ("product and expenditure swapped", swapped("gdp", "fiscal_expenditure"),
     ["times the product"]),
    ("primary and tertiary sector swapped", swapped("va_primary", "va_tertiary"),
     ["columns swapped"]),
    ("index and natural growth swapped", swapped("gdp_index", "natural_growth"), ["gdp_index"]),
    ("product of the year before", shifted("gdp"), ["column gdp", "shifted by a year"]),
    ("accounts of the year before", shifted(*ACCOUNTS), ["column gdp", "shifted by a year"]),
    ("index of the year before", shifted("gdp_index"), ["follows the index of the year after"]),
]  # fmt: skip


PASSES: list[tuple[str, bytes]] = [
    ("a mark of UTF-8", b"\xef\xbb\xbf" + GOOD),
    ("line endings of Windows", GOOD.replace(b"\n", b"\r\n")),
    ("line endings of old Macs", GOOD.replace(b"\n", b"\r")),
    ("no line ending at the end", GOOD.rstrip()),
    ("blank lines", GOOD.replace(b"\n", b"\n\n")),
    ("every cell in quotes", to_bytes(YEARBOOK, quoting=csv.QUOTE_ALL)),
    ("rows in another order", to_bytes([HEADER, *reversed(YEARBOOK[1:])])),
    ("columns in another order", to_bytes([row[::-1] for row in YEARBOOK])),
    ("a plus and a point", cell("gdp", "+717.9032").replace(b",111,", b",111.,", 1)),
    ("scientific notation", cell("gdp", "7.179032E+02")),
]
"""Neither refused nor noted: nothing is lost or guessed, and the panel is that of the good file."""

UNSEEN: list[tuple[str, bytes]] = [
    ("wages and students swapped", swapped("average_wage", "higher_ed_students")),
    ("secondary and tertiary sector swapped", swapped("va_secondary", "va_tertiary")),
    ("residents and registered swapped", swapped("resident_pop", "registered_pop")),
    ("populations of the year before", shifted("resident_pop", "registered_pop")),
    ("natural growth of a city in per cent",
     to_bytes(cells(times(0.1), "natural_growth", where=city("420100")))),
    ("residents twice as many in two years",
     to_bytes(cells(times(2), "resident_pop", where=city("420100", 2012, 2013)))),
    ("investment ten times in two years",
     to_bytes(cells(times(10), "fdi", where=city("420100", 2012, 2013)))),
]  # fmt: skip
"""Wrong and not refused: no other figure contradicts it, or real cities have shown as much."""


def spoil(old: str, new: str, table: Table = ROSTER) -> bytes:
    text = to_bytes(table).decode()
    assert old in text
    return text.replace(old, new, 1).encode()


PLACE = ROSTER[1]
ROSTER_WAYS: list[tuple[str, bytes, list[str]]] = [
    ("empty file", b"", ["found an empty file"]),
    ("GBK", to_bytes(ROSTER).decode().encode("gbk"), ["row 2: found byte 0x", "saved as GBK"]),
    ("UTF-16", to_bytes(ROSTER).decode().encode("utf-16"), ["saved as UTF-16"]),
    ("Excel workbook", workbook(), ["an Excel workbook (xlsx)"]),
    ("a web page", b"<html><table><tr><td>1</td></tr></table>", ["a web page"]),
    ("semicolons", to_bytes(ROSTER, delimiter=";"), ["separated by semicolons"]),
    ("the yearbook in its place", GOOD, ["row 1, column area: found an unknown column"]),
    ("a column missing", to_bytes([row[:-1] for row in ROSTER]), ["column lat: found no such"]),
    ("reach in other words", spoil(",lower,", ",Lower,"), ["row 2, column reach: found 'Lower'"]),
    ("decimal comma", spoil(",41,1", ',"41,5",1'), ["column lon: found '41,5'", "decimal comma"]),
    ("degrees with their sign", spoil(",41,1", ",41°,1"),
     ["column lon: found '41°'; expected degrees"]),
    ("longitude and latitude swapped", spoil(",41,1", ",31,121.4"), ["column lat: found 121.4"]),
    ("infinite degrees", spoil(",41,1", ",1e999,1"),
     ["column lon: found inf; expected -180 to 180"]),
    ("a code twice", spoil("310200", "310100"),
     ["row 3, column city_code: found '310100'; expected"]),
    ("a code with a space", spoil("310100", "310100 "), ["column city_code", "no space around it"]),
    ("a code as a decimal", spoil("310100", "310100.0"), ["row 2, column city_code", "decimals"]),
    ("a code far too long", spoil("310100", "3" * 40),
     ["column city_code", "at most 12 characters"]),
    ("no name", spoil(PLACE[1], ""), ["row 2, column city_zh: found nothing; expected a value"]),
    ("a city twice", spoil(ROSTER[2][1], PLACE[1]),
     ["row 3, column province_zh, city_zh", "again, as in row 2"]),
    ("two cities in one place", spoil(",40,-1", ",41,1"),
     ["row 3, column lon, lat: found 41.0, 1.0 again"]),
    ("a province in two spellings", spoil("Invented lower reach", "Invented lower"),
     ["row 2, column province_en: found 'Invented lower'; expected Invented lower reach"]),
    ("a city in a wrong province",
     spoil(",".join(PLACE[3:6]), ",".join(next(r for r in ROSTER if r[5] == "upper")[3:6])),
     ["row 2, column city_code: found 310100; expected a code that begins with 51"]),
    ("a header only", to_bytes(ROSTER[:1]), ["found a header and nothing below"]),
]  # fmt: skip


# --- the tests ----------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, str]:
    """Hash every file of a folder, hidden ones too."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory):
    """Import what is imported at first use, which is no part of the time of a file."""
    folder = tmp_path_factory.mktemp("warm")
    (folder / "yearbook.csv").write_bytes(GOOD)
    (folder / "cities.csv").write_bytes(to_bytes(ROSTER))
    paths = folder / "yearbook.csv", "--cities", folder / "cities.csv", "--data", folder
    assert command.main([str(path) for path in paths]) == 0


@pytest.fixture
def refused(tmp_path, capsys):
    """Offer a yearbook and a roster to the command, and return the message that refuses them."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("indicators.csv", "cell_notes.csv", "cities.csv"):
        (folder / name).write_bytes((panel.DATA / name).read_bytes())

    def offer(yearbook: Path, roster: Path) -> str:
        before = contents(folder), contents(panel.DATA), sorted(os.listdir(tmp_path))
        start = time.process_time()  # not the clock: other work on the machine is not ours
        status = command.main([str(yearbook), "--cities", str(roster), "--data", str(folder)])
        seconds = time.process_time() - start
        assert (contents(folder), contents(panel.DATA), sorted(os.listdir(tmp_path))) == before
        assert status == 2
        assert seconds < SECONDS
        captured = capsys.readouterr()
        assert not captured.out
        return captured.err

    return offer


def put(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def assert_helpful(message: str, path: Path, parts: list[str]) -> None:
    """Assert that a line holds the parts in their order, and each names file, found, expected."""
    lines = message.splitlines()
    first = re.escape(parts[0]) + "".join(f".*{re.escape(part)}" for part in parts[1:])
    assert any(re.search(first, line) for line in lines), f"{parts} not in {message}"
    assert len(lines) <= 11
    assert len(message) < 10_000
    for line in lines:
        assert re.search(r": found .*; expected ", line) or re.fullmatch("and [0-9,]+ more", line)
        if "expected the base year" not in line and "exchange rate" not in line:
            assert line.startswith((f"{path}", "and ")), line


@pytest.mark.parametrize(
    ("content", "parts"), [way[1:] for way in WAYS], ids=[way[0] for way in WAYS]
)
def test_yearbook_is_refused(tmp_path, refused, content, parts):
    yearbook = put(tmp_path / "book.csv", content)
    roster = ROSTER if content.count(b"\n") < 300 else ALL_ROSTER
    message = refused(yearbook, put(tmp_path / "cities.csv", to_bytes(roster)))
    assert_helpful(message, yearbook, parts)


@pytest.mark.parametrize(
    ("content", "parts"), [way[1:] for way in ROSTER_WAYS], ids=[way[0] for way in ROSTER_WAYS]
)
def test_roster_is_refused(tmp_path, refused, content, parts):
    roster = put(tmp_path / "cities.csv", content)
    message = refused(put(tmp_path / "book.csv", GOOD), roster)
    assert_helpful(message, roster, parts)


def test_there_are_sixty_ways_and_each_has_its_name():
    names = [way[0] for way in WAYS]
    assert len(set(names)) == len(names) >= 60
    contents = [way[1] for way in WAYS]
    assert len(set(contents)) == len(contents)
    assert GOOD not in contents


def built(tmp_path: Path, content: bytes) -> dict[str, str]:
    folder = tmp_path / "data"
    folder.mkdir(exist_ok=True)
    table = ROSTER if content.count(b"\n") < 450 else ALL_ROSTER
    roster = put(tmp_path / "cities.csv", to_bytes(table))
    yearbook = put(tmp_path / "book.csv", content)
    assert command.main([str(yearbook), "--cities", str(roster), "--data", str(folder)]) == 0
    return contents(folder)


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> dict[str, str]:
    return built(tmp_path_factory.mktemp("good"), GOOD)


@pytest.mark.parametrize("content", [way[1] for way in PASSES], ids=[way[0] for way in PASSES])
def test_what_is_no_fault_changes_nothing(tmp_path, good, content):
    assert content != GOOD
    assert built(tmp_path, content) == good


@pytest.mark.parametrize("content", [way[1] for way in UNSEEN], ids=[way[0] for way in UNSEEN])
def test_what_cannot_be_told_passes(tmp_path, good, content):
    assert built(tmp_path, content) != good
    back = panel.load_indicators(
        tmp_path / "data" / "indicators.csv", panel.load_cities(tmp_path / "cities.csv")
    )
    assert not np.isinf(back[panel.INDICATORS]).any(axis=None)


# --- files that are none ------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["yearbook", "roster"])
@pytest.mark.parametrize("kind", ["absent", "folder", "pipe", "loop", "unreadable"])
def test_what_is_no_file_is_refused(tmp_path, refused, monkeypatch, which, kind):
    path = tmp_path / "thing.csv"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "unreadable":
        put(path, GOOD)
        original = Path.read_bytes

        def denied(self: Path) -> bytes:  # a superuser may read whatever the mode says
            if self.name == "thing.csv":
                raise PermissionError(13, "Permission denied")
            return original(self)

        # The hashes read through it as well, of other files only.
        monkeypatch.setattr(Path, "read_bytes", denied)
    others = put(tmp_path / "cities.csv", to_bytes(ROSTER)), put(tmp_path / "book.csv", GOOD)
    pair = (path, others[0]) if which == "yearbook" else (others[1], path)
    found = {
        "absent": "no such file or directory", "folder": "is a directory",
        "pipe": "no regular file", "loop": "too many levels of symbolic links",
        "unreadable": "permission denied",
    }[kind]  # fmt: skip
    assert refused(*pair) == f"{path}: found {found}; expected a CSV file\n"


def test_ten_million_rows_are_refused_unread(tmp_path, refused, monkeypatch):
    path = put(tmp_path / "book.csv", GOOD)
    with path.open("ab") as file:
        file.truncate(len(GOOD) + 10_000_000 * len(LINES[1]))  # a file with holes takes no room
    monkeypatch.setattr(Path, "read_bytes", unexpected(path, Path.read_bytes))
    message = refused(path, put(tmp_path / "cities.csv", to_bytes(ROSTER)))
    assert re.search(r"found a file of [0-9,]{13,} bytes; expected at most 370,000", message)


def unexpected(path: Path, original: Callable[[Path], bytes]) -> Callable[[Path], bytes]:
    def read(self: Path) -> bytes:
        assert self != path, "the file was read"
        return original(self)

    return read


def test_rows_beyond_the_roster_are_refused_before_they_are_judged(tmp_path, refused):
    short = b"city_code,city_zh\n" + b"1,a\n" * 50_000
    path = put(tmp_path / "book.csv", short)
    message = refused(path, put(tmp_path / "cities.csv", to_bytes(ROSTER)))
    assert "found more than 720 rows; expected at most as many: 12 cities in the roster" in message


def test_a_file_full_of_faults_is_refused_as_soon(tmp_path, refused):
    full = [HEADER, *(["x"] * 21 for _ in range(41 * panel.MOST_YEARS))]
    path = put(tmp_path / "book.csv", to_bytes(full))
    message = refused(path, put(tmp_path / "cities.csv", to_bytes(ALL_ROSTER)))
    assert_helpful(message, path, ["row 2, column area: found 'x'; expected a number"])
    assert message.endswith(" more\n")


# --- from a shell -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["GBK", "a web page", "a row twice that differs"])
def test_from_a_shell(tmp_path, name):
    content, parts = next(way[1:] for way in WAYS if way[0] == name)
    yearbook = put(tmp_path / "book.csv", content)
    roster = put(tmp_path / "cities.csv", to_bytes(ROSTER))
    before = contents(tmp_path), contents(panel.DATA)
    line = [sys.executable, "-m", "lib", yearbook, "--cities", roster, "--data", tmp_path]
    run = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (contents(tmp_path), contents(panel.DATA)) == before
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
    assert_helpful(run.stderr, yearbook, parts)
