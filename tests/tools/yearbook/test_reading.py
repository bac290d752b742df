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
from tools.yearbook.settings import Settings, read_settings

BOOK = pd.read_csv(panel.DATA / "examples" / "synthetic_islands_yearbook.csv")
CITIES = read_cities(panel.DATA / "examples" / "synthetic_islands_cities.csv")
NAMES = CITIES.set_index("city_code")["city_en"]
FIGURES = [name for name in FIELDS if BOOK[name].notna().any()]
ZH = {"city_code": "城市", "year": "年份", "gdp": "地区生产总值(万元)", "resident_pop": "常住人口"}
ZH_TOML = (
    "[columns]\ncity_code = '城市'\nyear = '年份'\nresident_pop = '常住人口'\n"
    "gdp = {heading = '地区生产总值(万元)', factor = 0.0001}\n"
)
TITLES = [["Tabelle 5.1"], [], ["Stand: 2021"]]
NOTES = [["Summe Greyholm", 2012, 1, 2, 3], ["Anmerkung: vorläufig"], [""]]


def rows(**change) -> list[list]:
    """The yearbook as rows under its headings; `change` gives a column another series."""
    frame = BOOK.assign(**change)[["city_code", "year", *FIGURES]]
    return [[*frame], *frame.astype(object).where(frame.notna(), "").to_numpy().tolist()]


def in_chinese() -> list[list]:
    table = rows(gdp=BOOK["gdp"] * 1e4)
    return [[ZH.get(text, text) for text in table[0]], *([NAMES[r[0]], *r[1:]] for r in table[1:])]


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


def put(old: str, new: str) -> bytes:
    text = to_csv(rows()).decode()
    assert re.search(old, text)
    return re.sub(old, new, text, count=1).encode()


def read(folder, content, toml="", **options) -> pd.DataFrame:
    (folder / "book").write_bytes(content)
    (folder / "region.toml").write_text(toml, encoding="utf-8")
    return read_yearbook(folder / "book", CITIES, read_settings(folder / "region.toml"), **options)


GROWTH = (BOOK["gdp_index"] - 100).round(9)
FACTORS = (BOOK["gdp_index"] / 100).where(BOOK["year"].ne(2010), 1)
CHAIN = 100 * FACTORS.groupby(BOOK["city_code"]).cumprod()
LAYOUTS = {  # file, settings, the cause that is told without them
    "semicolons, decimal commas, thousands points": (
        to_csv(shown(rows(), ",", "."), ";"),
        "delimiter = ';'\ndecimal = ','\nthousands = '.'", "delimiter = \";\""),
    "titles above and notes below": (
        to_csv([*TITLES, *rows(), *NOTES]), "header = 4", "set header"),
    "marks and thousands": (to_csv(shown(rows(), thousands=",", missing="-")),
                            "missing = ['-', ':']\nthousands = ','", "missing = ["),
    "growth in per cent": (
        to_csv(rows(gdp_index=GROWTH)), "index = 'growth'", 'index = "growth"'),
    "a chain index": (to_csv(rows(gdp_index=CHAIN)), "index = 'chain'", 'index = "chain"'),
    "a workbook with Chinese headings and units": (
        to_xlsx(说明=[["目录"]], 数据=in_chinese()), "sheet = '数据'\n" + ZH_TOML,
        "found the headings 目录"),
    "GBK": (to_csv([*in_chinese(), ["注"]], encoding="gbk"), "encoding = 'gbk'\n" + ZH_TOML,
            'encoding = "gbk"'),
    "tabs, as text from a spreadsheet": (
        to_csv(rows(), "\t", "utf-16"), "encoding = 'utf-16'\ndelimiter = \"\\t\"", "utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_refused_with_the_setting_that_reads_it_and_then_read(name, tmp_path):
    content, toml, cause = LAYOUTS[name]
    (tmp_path / "book").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(cause)):
        derive(tmp_path / "book", CITIES, Settings(currency="crowns"))
    expected = BOOK[["city_code", "year", *FIGURES]].copy()
    if "chain" in name:
        expected.loc[expected["year"].eq(2010), "gdp_index"] = np.nan
    found = read(tmp_path, content, toml)[[*expected]]
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9, check_dtype=False)


def test_rows_and_columns_that_are_not_used_are_listed(tmp_path):
    table = [[*row, "x"] for row in rows()]
    found = read(tmp_path, to_csv([*TITLES, *table, *NOTES]), "header = 4").attrs["unused"]
    assert found[0].startswith("4 rows: 'Tabelle 5.1' (row 1), 'Stand: 2021' (row 3), 'Summe Gre")
    assert found[1] == "columns x"


BAD = ["x", "1,5", "n/a", "1 000", "=A1", "#REF!", "5%", "", "-7", "1e99", " 3", "2\u200b"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", BAD)
def test_row_and_heading_of_a_bad_cell_are_the_file_s(kind, text, tmp_path):
    """Rows in any order, titles above, own headings: where the cell was planted is what is said."""
    draw = random.Random(f"{kind} {text}")
    head, *body = in_chinese()
    draw.shuffle(body)
    at, column = draw.randrange(len(body)), head.index(draw.choice(["常住人口", ZH["gdp"]]))
    body[at][column] = text
    table = [["各市统计表"], ["单位：万人"], head, *body[:50], ["合计"], *body[50:]]
    line = at + (4 if at < 50 else 5)
    with pytest.raises(DataError) as refusal:
        read(tmp_path, to_csv(table) if kind == "csv" else to_xlsx(数据=table),
             "header = 3\n" + ZH_TOML)  # fmt: skip
    told = str(refusal.value).splitlines()
    place = f"{tmp_path / 'book'}, row {line}, column {head[column]}: found "
    assert len(told) == 1 and told[0].startswith(place)


def zipped(**members) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, text in members.items():
            parts.writestr(name.replace("__", "/"), text)
    return out.getvalue()


def patched(change) -> bytes:
    """A workbook whose sheet is changed."""
    source = zipfile.ZipFile(io.BytesIO(to_xlsx(a=rows())))
    texts = {name: source.read(name) for name in source.namelist()}
    texts["xl/worksheets/sheet1.xml"] = change(texts["xl/worksheets/sheet1.xml"])
    return zipped(**texts)


FAULTS = {  # file, words of the refusal
    "characters lost": (put("G01,2014", "G01\ufffd,2014"), "no row for G01, 2014; not used"),
    "cut off within a row": (to_csv(rows())[:-9], "row 221: found .* fields; expected"),
    "cut off at a row's end": (to_csv(rows()[:-1]), r"no row for \w+, 2020; expected .*BELIEVE=1"),
    "a web page": (b"<!DOCTYPE html>\n<html><body>404</body></html>", "a web page"),
    "no header": (to_csv(rows()[1:]), "row 1: found the headings .* without a header"),
    "a quote not closed": (put("2010", '"2010'), "row 2: found unexpected end of data"),
    "a column that is needed": (put(",gdp_index,", ",y,"), "row 1: .* expected gdp_index too"),
    "two headings": (put("va_primary", "gdp"), "row 1, column gdp: found the heading twice"),
    "a year of typing error": (put("2014", "2041"),
                               r"row 6, column year: found 2041 for \w+; expected 2010 to 2020"),
    "a row twice": (to_csv([*rows(), rows()[1]]), "row 222, column city_code, year: found .* ag"),
    "an unknown city": (put("G01,2014", "Kedler,2014"),
                        r"found no row for G01, 2014; not used were 1 rows: 'Kedler' \(row 6\)"),
    "an index of nothing": (put(r"(2014(,[^,]*){4},)[^,]*", r"\1"), "row 6, column gdp_i"),
    "empty": (b"", "an empty file"), "commas": (b"," * 10**6, "an empty file"),
    "NUL": (b"\0" * 10**6, "a NUL byte"),
    "noise": (np.random.default_rng(1).bytes(10**6), "which is not UTF-8"),
    "20 MB": (b"x,y\n" * 5_000_000, "a file of 20,000,000 bytes"),
    "too many rows": (to_csv(rows() + [["x", 1]] * 30_000), "beyond row"),
    "an empty sheet": (to_xlsx(a=[]), "an empty file"),
    "no workbook in it": (zipped(xl__workbook="x", a="y"), "no workbook that can be read"),
    "the last row": (patched(lambda text: text.replace(
        b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>')),
                     "beyond row"),
    "unzipped 100 MB": (patched(lambda text: text + b" " * 10**8), "when it is unzipped"),
    "not XML": (patched(lambda text: b"<<<<"), "no workbook that can be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_or_hostile_file_is_refused_in_our_words(name, tmp_path):
    content, words = FAULTS[name]
    with pytest.raises(DataError, match=words) as refusal:
        read(tmp_path, content)
    lines = str(refusal.value).splitlines()
    assert len(lines) <= 11
    for line in lines:
        assert re.search(r": found .*; expected ", line) or re.fullmatch("and [0-9,]+ more", line)


def test_a_name_beside_a_code_is_the_city_s(tmp_path):
    frame = BOOK.assign(city_zh=BOOK["city_code"].map(NAMES))
    frame.loc[7, "city_zh"] = NAMES.iloc[5]
    with pytest.raises(DataError, match=f"row 9, column city_zh: found '{NAMES.iloc[5]}'; expec"):
        read(tmp_path, frame.to_csv(index=False).encode())


def test_rows_in_any_order_and_no_first_index_are_no_fault(tmp_path):
    frame = BOOK.drop(columns="area").sample(frac=1, random_state=1)
    frame.loc[frame["year"].eq(2010), "gdp_index"] = np.nan
    found = read(tmp_path, frame.to_csv(index=False).encode())
    pd.testing.assert_series_equal(found["gdp"], BOOK["gdp"], check_dtype=False)


@pytest.mark.parametrize(("text", "words"), [
    ("a = " + "[" * 5000, "no settings"), ("a = " + "9" * 9999, "no settings"),
    ("base_year = 99999999999999999999", "from 1949 to 2099"), ("header = 0", "1 to 100"),
    ("delimiter = 'x'", "a semicolon"), ("index = 'x'", "or chain"), ("sheets = 1", "one of name"),
    ("[[event]]\nkind = 'definition'\nyears = [1999, 2000]", "expected a field")])  # fmt: skip
def test_settings_of_another_kind_are_refused(tmp_path, text, words):
    (tmp_path / "region.toml").write_text(text)
    with pytest.raises(DataError, match=f"found .*{re.escape(words)}"):
        read_settings(tmp_path / "region.toml")


def test_the_whole_road_reads_a_workbook(tmp_path):
    (tmp_path / "a.csv").write_bytes(to_xlsx(a=rows()))  # whatever its name ends with
    assert len(derive(tmp_path / "a.csv", CITIES, Settings()).table) == len(BOOK)
