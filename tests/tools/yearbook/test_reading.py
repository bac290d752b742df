"""One door: files as offices publish them are read as the settings say, or refused with a cause.

Row and heading in a refusal are those of the file, whatever its layout.
"""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from lib import panel
from lib.panel import DataError
from tools.yearbook.derive import derive
from tools.yearbook.reading import read_cities, read_yearbook
from tools.yearbook.schema import FIELDS
from tools.yearbook.settings import Settings, read_settings

CITIES = read_cities(panel.DATA / "examples" / "synthetic_islands_cities.csv")
NAMES = CITIES.set_index("city_code")["city_en"]
BOOK = pd.read_csv(panel.DATA / "examples" / "synthetic_islands_yearbook.csv")
BOOK = BOOK.drop(columns="city_zh").dropna(axis=1, how="all")
FIGURES = [name for name in FIELDS if name in BOOK]
BOOK[FIGURES] = BOOK[FIGURES].astype(float)
ZH = {"city_code": "城市", "year": "年份", "gdp": "地区生产总值(万元)", "resident_pop": "常住人口"}
CHINESE = BOOK.assign(gdp=BOOK["gdp"] * 1e4, city_code=BOOK["city_code"].map(NAMES))
CHINESE = CHINESE.rename(columns=ZH)
ZH_TOML = (
    "[columns]\ncity_code = '城市'\nyear = '年份'\nresident_pop = '常住人口'\n"
    "gdp = {heading = '地区生产总值(万元)', factor = 0.0001}\n"
)
TITLES = b"Tabelle 5.1\n\nStand: 2021\n"
NOTES = "Summe Greyholm,2012,1,2,3\nAnmerkung: vorläufig\n".encode()


def to_csv(frame=BOOK, encoding="utf-8", **layout) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n", **layout).encode(encoding)


def to_xlsx(**sheets) -> bytes:
    out = io.BytesIO()
    with pd.ExcelWriter(out) as book:
        for name, frame in sheets.items():
            frame.to_excel(book, sheet_name=name, index=False, startrow=2 * (name == "数据"))
    return out.getvalue()


def put(old: str, new: str) -> bytes:
    return re.sub(old, new, to_csv().decode(), count=1).encode()


def read(folder, content, toml="") -> pd.DataFrame:
    (folder / "book").write_bytes(content)
    (folder / "region.toml").write_text(toml, encoding="utf-8")
    return read_yearbook(folder / "book", CITIES, read_settings(folder / "region.toml"))


GERMAN = BOOK.assign(**BOOK[FIGURES].map(
    lambda figure: f"{figure:,.10g}".translate({44: ".", 46: ","}) if figure == figure else ""
))  # fmt: skip
GROWTH = BOOK.assign(gdp_index=(BOOK["gdp_index"] - 100).round(9))
FACTORS = (BOOK["gdp_index"] / 100).where(BOOK["year"].ne(2010), 1)
CHAIN = BOOK.assign(gdp_index=100 * FACTORS.groupby(BOOK["city_code"]).cumprod())
LAYOUTS = {  # file, settings, the cause that is told without them
    "semicolons, decimal commas, thousands points": (
        to_csv(GERMAN, sep=";"),
        "delimiter = ';'\ndecimal = ','\nthousands = '.'", "delimiter = \";\""),
    "titles above and notes below": (TITLES + to_csv() + NOTES, "header = 4", "set header"),
    "marks of missing figures": (to_csv(na_rep="-"), "missing = ['-', ':']", "missing = ["),
    "growth in per cent": (to_csv(GROWTH), "index = 'growth'", 'index = "growth"'),
    "a chain index": (to_csv(CHAIN), "index = 'chain'", 'index = "chain"'),
    "a workbook with Chinese headings and units": (
        to_xlsx(说明=pd.DataFrame(columns=["目录"]), 数据=CHINESE),
        "sheet = '数据'\nheader = 3\ndecimal = ','\n" + ZH_TOML, "found the headings 目录"),
    "GBK": (to_csv(CHINESE, "gbk") + "注\n".encode("gbk"), "encoding = 'gbk'\n" + ZH_TOML,
            'encoding = "gbk"'),
    "tabs, as text from a spreadsheet": (
        to_csv(encoding="utf-16", sep="\t"), "encoding = 'utf-16'\ndelimiter = \"\\t\"", "utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_is_refused_with_the_setting_that_reads_it_and_then_read(name, tmp_path):
    content, toml, cause = LAYOUTS[name]
    (tmp_path / "book").write_bytes(content)
    with pytest.raises(DataError, match=re.escape(cause)):
        derive(tmp_path / "book", CITIES, Settings(currency="crowns"))
    expected = BOOK.copy()
    if "chain" in name:
        expected.loc[expected["year"].eq(2010), "gdp_index"] = np.nan
    table = read(tmp_path, content, toml)[[*expected]]
    pd.testing.assert_frame_equal(table, expected, rtol=1e-9, check_dtype=False)


def test_rows_in_any_order_are_read_and_those_not_used_are_listed(tmp_path):
    frame = BOOK.drop(columns="area").sample(frac=1, random_state=1).assign(x="x")
    frame.loc[frame["year"].eq(2010), "gdp_index"] = np.nan  # of the first year it enters nothing
    table = read(tmp_path, TITLES + to_csv(frame) + NOTES, "header = 4")
    pd.testing.assert_series_equal(table["gdp"], BOOK["gdp"])
    rows, columns = table.attrs["unused"]
    assert rows.startswith("4 rows: 'Tabelle 5.1' (row 1), 'Stand: 2021' (row 3), 'Summe Greyholm'")
    assert columns == "columns x"


BAD = ["x", "1,5", "n/a", "1 000", "=A1", "#REF!", "5%", "", "-7", "1e99", " 3", "2\u200b"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", BAD)
def test_row_and_heading_of_a_bad_cell_are_the_file_s(kind, text, tmp_path):
    draw = np.random.default_rng(len(kind) + BAD.index(text))
    at, heading = draw.integers(len(BOOK)), draw.choice(["常住人口", ZH["gdp"]])
    frame = CHINESE.sample(frac=1, random_state=draw).astype(object)
    frame.iloc[at, frame.columns.get_loc(heading)] = text
    total = pd.DataFrame({"城市": ["合计"]})
    frame = pd.concat([frame[:50], total, frame[50:]])
    titles = "各市统计表\n单位：万人\n".encode()
    content = titles + to_csv(frame) if kind == "csv" else to_xlsx(数据=frame)
    with pytest.raises(DataError) as refusal:
        read(tmp_path, content, "header = 3\n" + ZH_TOML)
    place = f"{tmp_path / 'book'}, row {at + (4 if at < 50 else 5)}, column {heading}: found "
    assert str(refusal.value).startswith(place) and "\n" not in str(refusal.value)


def patched(change) -> bytes:
    """A workbook whose sheet is changed."""
    source, out = zipfile.ZipFile(io.BytesIO(to_xlsx(a=BOOK))), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in source.namelist():
            text = source.read(name)
            parts.writestr(name, change(text) if "sheet1" in name else text)
    return out.getvalue()


FAULTS = {  # file, words of the refusal
    "characters lost": (put("G01,2014", "G01\ufffd,2014"), "no row for G01, 2014; not used"),
    "cut off within a row": (to_csv()[:-9], "row 221: found .* fields; expected"),
    "cut off at a row's end": (to_csv(BOOK[:-1]), r"no row for \w+, 2020; expected .*BELIEVE=1"),
    "a web page": (b"<!DOCTYPE html>\n<html><body>404</body></html>", "a web page"),
    "no header": (to_csv(header=False), "row 1: found the headings .* without a header"),
    "a quote not closed": (put("2010", '"2010'), "row 2: found unexpected end of data"),
    "a column that is needed": (put(",gdp_index,", ",y,"), "row 1: .* expected gdp_index too"),
    "two headings": (put("va_primary", "gdp"), "row 1, column gdp: found the heading twice"),
    "a year of typing error": (put("2014", "2041"),
                               r"row 6, column year: found 2041 for \w+; expected 2010 to 2020"),
    "a row twice": (to_csv(pd.concat([BOOK, BOOK[:1]])), "row 222, column city_code, year: .* ag"),
    "a misspelt city": (put("G01,2014", "G001,2014"), "found no row for G01, 2014; "
                        r"not used were 1 rows: 'G001' \(row 6, like 'G01'\)"),
    "a name of another city": (to_csv(BOOK.assign(city_zh=NAMES["G01"])),
                               f"row 13, column city_zh: found '{NAMES['G01']}'; expected"),
    "a group of two": (put("972.308", '"9,72"'), "row 2, column gdp: .*'9,72'", "thousands = ','"),
    "an index of nothing": (put(r"(2014(,[^,]*){4},)[^,]*", r"\1"), "row 6, column gdp_i"),
    "empty": (b"", "an empty file"), "commas": (b"," * 10**6, "an empty file"),
    "NUL": (b"\0" * 10**6, "a NUL byte"),
    "noise": (np.random.default_rng(1).bytes(10**6), "which is not UTF-8"),
    "20 MB": (b"x,y\n" * 5_000_000, "a file of 20,000,000 bytes"),
    "too many rows": (to_csv() + b"x,1\n" * 30_000, "beyond row"),
    "an empty sheet": (to_xlsx(a=pd.DataFrame()), "an empty file"),
    "the last row": (patched(lambda text: text.replace(
        b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>')),
                     "beyond row"),
    "unzipped 100 MB": (patched(lambda text: text + b" " * 10**8), "when it is unzipped"),
    "not XML": (patched(lambda text: b"<<<<"), "no workbook that can be read"),
    **{f"the settings {toml[:20]}": (to_csv(), f"found .*{words}", toml) for toml, words in [
        ("a = " + "[" * 5000, "no settings"), ("a = " + "9" * 9999, "no settings"),
        ("base_year = 99999999999999999999", "from 1949 to 2099"), ("header = 0", "1 to 100"),
        ("delimiter = 'x'", "a semicolon"), ("index = 'x'", "or chain"), ("x = 1", "one of name"),
        ("[[event]]\nkind = 'definition'\nyears = [1999, 2000]", "expected a field")]},
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_bad_or_hostile_file_is_refused_in_our_words(name, tmp_path):
    content, words, *toml = FAULTS[name]
    with pytest.raises(DataError, match=words) as refusal:
        read(tmp_path, content, *toml)
    lines = str(refusal.value).splitlines()
    assert len(lines) <= 11
    for line in lines:
        assert re.search(r": found .*; expected ", line) or re.fullmatch("and [0-9,]+ more", line)
