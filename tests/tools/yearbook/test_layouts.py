"""One door: files as offices publish them are read as the settings say, or refused with a cause.

Row and heading in a refusal are those of the file, whatever its layout.
"""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest

from lib import panel
from lib.panel import DataError
from tools.yearbook.derive import derive
from tools.yearbook.reading import read_cities, read_yearbook
from tools.yearbook.schema import FIELDS
from tools.yearbook.settings import read_settings

BOOK = pd.read_csv(panel.DATA / "examples" / "synthetic_islands_yearbook.csv")
ROSTER = panel.DATA / "examples" / "synthetic_islands_cities.csv"
CITIES = read_cities(ROSTER)
NAMES = CITIES.set_index("city_code")["city_en"]
FIGURES = [name for name in FIELDS if BOOK[name].notna().any()]
COLUMNS = "[columns]\ncity_code = 'Stadt'\nyear = 'Jahr'\ngdp = 'BIP (Mio)'\n"


def rows(**change) -> list[list]:
    """The yearbook as rows under its headings; `change` gives a column another series."""
    frame = BOOK.assign(**change)[["city_code", "year", *FIGURES]]
    return [[*frame], *frame.astype(object).where(frame.notna(), "").to_numpy().tolist()]


def headed(table, **names):
    return [[names.get(text, text) for text in table[0]], *table[1:]]


def shown(table, point=".", thousands="", missing=""):
    """Figures in the notation of an office."""

    def text(cell, column):
        if isinstance(cell, float):
            whole, _, part = f"{cell:,.10g}".partition(".")
            return whole.replace(",", thousands) + (point + part if part else "")
        return cell if cell != "" or column < 2 else missing

    return [table[0], *([text(c, i) for i, c in enumerate(row)] for row in table[1:])]


def to_csv(table, delimiter=",", encoding="utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(table)
    return out.getvalue().encode(encoding)


def to_xlsx(**sheets) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, table in sheets.items():
        sheet = book.create_sheet(name)
        for row in table:
            sheet.append([None if cell == "" else cell for cell in row])
    book.save(out)
    return out.getvalue()


def by_name(table):
    return [table[0], *([NAMES[row[0]], *row[1:]] for row in table[1:])]


def wide(name, factor):
    table = BOOK.pivot(index="city_code", columns="year", values=name) * factor
    return [
        ["城市", *table.columns],
        *(
            [NAMES[code], *row]
            for code, row in zip(table.index, table.to_numpy().tolist(), strict=True)
        ),
    ]


CHAIN = (
    (BOOK["gdp_index"] / 100).where(BOOK["year"].ne(2010), 1).groupby(BOOK["city_code"]).cumprod()
)
TITLES = [["Tabelle 5.1"], [], ["Stand: 2021"]]
NOTES = [["Summe Greyholm", 2012, 1, 2, 3], ["Anmerkung: vorläufig"], [""]]
ZH = {"city_code": "城市", "year": "年份", "gdp": "地区生产总值 (万元)", "resident_pop": "常住人口"}
ZH_TOML = (
    "[columns]\ncity_code = '城市'\nyear = '年份'\nresident_pop = '常住人口'\n"
    "gdp = {heading = '地区生产总值(万元)', factor = 0.0001}\n"
)
MERGED = [[row[0] if i % 11 == 1 else "", *row[1:]] if i else row for i, row in enumerate(rows())]
LAYOUTS = {  # file, settings, the cause that is told without them
    "semicolons, decimal commas, thousands points": (
        to_csv(shown(rows(), ",", "."), ";"),
        "delimiter = ';'\ndecimal = ','\nthousands = '.'", "delimiter = \";\""),
    "titles above and notes below": (
        to_csv([*TITLES, *rows(), *NOTES]), "header = 4", "set header"),
    "marks for missing figures": (
        to_csv(shown(rows(), missing="-")), "missing = ['-', '..', ':']", "missing = ["),
    "thousands separators in quotes": (
        to_csv(shown(rows(), thousands=",")), "thousands = ','", "set thousands"),
    "growth in per cent": (
        to_csv(rows(gdp_index=(BOOK["gdp_index"] - 100).round(9))), "index = 'growth'",
        'index = "growth"'),
    "a chain index": (to_csv(rows(gdp_index=100 * CHAIN)), "index = 'chain'", 'index = "chain"'),
    "sheets, Chinese headings, units, a wide sheet": (
        to_xlsx(说明=[["目录"]], 数据=by_name(headed(rows(gdp=BOOK["gdp"] * 1e4), **ZH)),
                就业=wide("employment", 1e4)),
        "sheet = '数据'\n" + ZH_TOML + "employment = {sheet = '就业', factor = 0.0001}",
        "found the headings 目录"),
    "GBK": (to_csv([*by_name(headed(rows(gdp=BOOK["gdp"] * 1e4), **ZH)), ["注"], ["全市"]],
                   encoding="gbk"), "encoding = 'gbk'\n" + ZH_TOML, 'encoding = "gbk"'),
    "Windows-1252": (
        to_csv([*by_name(headed(rows(gdp=BOOK["gdp"] * 100), city_code="Stadt", year="Jahr",
                                gdp="BIP (Mio)")), ["Größe"]], encoding="cp1252"),
        "encoding = 'windows-1252'\n" + COLUMNS.replace("'BIP (Mio)'", "{heading = 'BIP (Mio)', "
                                                        "factor = 0.01}"), "windows-1252"),
    "merged cells": (to_csv(MERGED), "merged = true", "set merged = true"),
    "tabs, as text from a spreadsheet": (
        to_csv(rows(), "\t", "utf-16"), "encoding = 'utf-16'\ndelimiter = \"\\t\"", "utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_refused_with_the_setting_that_reads_it_and_then_read(name, tmp_path):
    content, toml, cause = LAYOUTS[name]
    path, settings = tmp_path / "book.csv", tmp_path / "region.toml"
    path.write_bytes(content)
    settings.write_text("currency = 'crowns'\n" + toml, encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(cause)):
        derive(path, CITIES, read_settings(None))
    made = derive(path, CITIES, read_settings(settings))
    expected = BOOK[["city_code", "year", *FIGURES]].copy()
    if "chain" in name:
        expected.loc[expected["year"].eq(2010), "gdp_index"] = np.nan
    pd.testing.assert_frame_equal(
        made.yearbook[[*expected]], expected, rtol=1e-9, check_dtype=False
    )
    assert len(made.table) == len(BOOK)


def test_rows_and_columns_that_are_not_used_are_listed_by_number(tmp_path):
    path, settings = tmp_path / "book.csv", tmp_path / "region.toml"
    table = [[*row, "x"] for row in rows()]
    path.write_bytes(to_csv([*TITLES, *table, *NOTES]))
    settings.write_text("header = 4")
    found = read_yearbook(path, CITIES, read_settings(settings)).attrs["unused"]
    last = len(table) + 3
    assert found[0].startswith(f"rows 1, 3, {last + 1}, {last + 2}, which begin 'Tabelle 5.1'")
    assert "'Summe Greyholm'" in found[0] and found[1] == "columns x"


BAD = ["x", "1,5", "n/a", "-", "1 000", "12.5.1", "=A1", "#REF!", "5%", "二", "", "-7", "1e99",
       " 3", "2\u200b"]  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", BAD)
def test_row_and_heading_of_a_bad_cell_are_the_file_s(kind, text, tmp_path):
    """Rows in any order, titles above, own headings: where the cell was planted is what is said."""
    draw = random.Random(f"{kind} {text}")
    table = by_name(headed(rows(), **ZH))
    body = table[1:]
    draw.shuffle(body)
    at, column = draw.randrange(len(body)), table[0].index(draw.choice(["常住人口", ZH["gdp"]]))
    body[at][column] = text
    table = [["各市统计表"], ["单位：万人"], table[0], *body[:50], ["合计"], *body[50:]]
    line, heading = at + (4 if at < 50 else 5), table[2][column]
    path, settings = tmp_path / f"book.{kind}", tmp_path / "region.toml"
    path.write_bytes(to_csv(table) if kind == "csv" else to_xlsx(数据=table))
    settings.write_text("header = 3\n" + ZH_TOML.replace("0.0001", "1.0"), encoding="utf-8")
    with pytest.raises(DataError) as refusal:
        read_yearbook(path, CITIES, read_settings(settings))
    lines = str(refusal.value).splitlines()
    assert len(lines) == 1 and lines[0].startswith(f"{path}, row {line}, column {heading}: found ")


@pytest.mark.parametrize("every", [False, True], ids=["one row", "every row"])
def test_a_misspelt_city_is_refused_and_the_nearest_name_is_offered(every, tmp_path):
    """Never the advice to drop it, not even to whoever believes that years are absent."""
    table, name = by_name(headed(rows(), city_code="city")), NAMES.iloc[3]
    lines = [i for i, row in enumerate(table) if row[0] == name][: None if every else 1]
    for i in lines:
        table[i][0] = name + "x"
    path, settings = tmp_path / "book.csv", tmp_path / "region.toml"
    path.write_bytes(to_csv(table))
    settings.write_text("[columns]\ncity_code = 'city'")
    with pytest.raises(DataError) as refusal:
        read_yearbook(path, CITIES, read_settings(settings), ["absent"])
    told = str(refusal.value)
    assert f"row {lines[0] + 1}, column city: found '{name}x'" in told
    assert f"the nearest is {name}" in told and "BELIEVE" not in told


# --- hostile files --------------------------------------------------------------------------------


def zipped(**members) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in members.items():
            parts.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def patched(change, part="xl/worksheets/sheet1.xml") -> bytes:
    """A workbook with one member changed."""
    source, out = zipfile.ZipFile(io.BytesIO(to_xlsx(a=rows()))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in source.namelist():
            text = source.read(name)
            parts.writestr(name, change(text) if name == part else text)
    return out.getvalue()


def cell_at(where: str) -> bytes:
    row = re.sub("[A-Z]", "", where)
    tail = f'<row r="{row}"><c r="{where}"><v>1</v></c></row></sheetData>'.encode()
    return patched(lambda text: text.replace(b"</sheetData>", tail))


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">'.encode() for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + b"]>"  # fmt: skip
HOSTILE = {
    "empty": b"", "a byte order mark": b"\xef\xbb\xbf", "line ends": b"\n" * 10**6,
    "commas": b"," * 10**6, "quotes": b'"' * 10**6, "one quote": b'"' + b"a" * 10**6,
    "NUL": b"\0" * 10**6, "noise": np.random.default_rng(1).bytes(10**6),
    "empty sheet": to_xlsx(a=[]), "headings alone": to_xlsx(a=rows()[:1]),
    "PK": b"PK\x03\x04", "an empty archive of zip": zipped(a=""),
    "the last cell": cell_at("XFD1048576"), "the last column": cell_at("XFD300"),
    "the last row": cell_at("A1048576"),
    "unzipped 100 MB": patched(lambda text: text + b" " * 10**8),
    "entity bomb": patched(lambda text: BOMB + text.replace(b"<v>2011</v>", b"<v>&i;</v>", 1)),
    "an entity of a file": patched(lambda text: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
                                   + text.replace(b"<v>2011</v>", b"<v>&a;</v>", 1)),
    "not XML": patched(lambda text: b"<<<<"), "cut off": to_xlsx(a=rows())[:3000],
    "a figure that is none": patched(lambda text: text.replace(b"<v>2011</v>", b"<v>abc</v>")),
    "no workbook in it": zipped(xl__workbook="x", a="y"),
    "a bad reference": patched(lambda text: text.replace(b'r="B2"', b'r="??"')),
    "wide rows": patched(lambda text: text.replace(b"</sheetData>", b"".join(
        b'<row r="%d"><c r="XFD%d"/></row>' % (i, i) for i in range(300, 3000)) + b"<x/>")),
    "two headings": to_csv(headed(rows(), va_primary="gdp")),
    "a formula without a value": patched(lambda text: re.sub(rb"<v>2011</v>", b"<f>1+1</f>", text)),
    "20,000 rows": to_csv(rows() + [["x", 1]] * 30_000),
    "2,000 columns": to_csv([row + [""] * 2000 for row in rows()]),
    "a long cell": to_csv([*rows()[:-1], ["x" * 10**6]]),
    "figures of 5,000 digits": to_csv([rows()[0], [*rows()[1][:2], "9" * 5000, *rows()[1][3:]]]),
    "20 MB": b"x,y\n" * 5_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_our_words(name, tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes(HOSTILE[name])
    with pytest.raises(DataError, match=r"found .*; expected "):
        derive(path, CITIES, read_settings(None))


def test_a_csv_file_with_the_name_of_a_workbook_is_read_and_the_other_way_round(tmp_path):
    for name, content in (("a.XLSX", to_csv(rows())), ("b.csv", to_xlsx(a=rows())),
                          ("c.xlsm", to_xlsx(a=rows()))):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        assert len(read_yearbook(tmp_path / name, CITIES)) == len(BOOK)
