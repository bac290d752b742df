"""A yearbook is taken as it stands, or refused with the file's own row and heading."""

import io
import re
from pathlib import Path

import pandas as pd
import pytest

from data.yearbook.reading import read_yearbook
from lib import panel
from lib.panel import DataError

CITIES = panel.load_cities(panel.DATA / "hand_example_cities.csv")
BOOK = pd.read_csv(panel.DATA / "hand_example.csv")
TEXT = BOOK.to_csv(index=False, lineterminator="\n")


def read(folder: Path, content: str | bytes) -> pd.DataFrame:
    path = folder / "book"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_yearbook(path, CITIES)


def xlsx(frame=BOOK) -> bytes:
    out = io.BytesIO()
    frame.to_excel(out, index=False)
    return out.getvalue()


FINE = {
    "plain": TEXT, "mark": "\ufeff" + TEXT, "Windows": TEXT.replace("\n", "\r\n"),
    "no end": TEXT.rstrip(), "quoted": re.sub(r"([^,\n]+)", r'"\1"', TEXT),
    "blank lines": TEXT.replace("\nB", "\n\n\nB"), "workbook": xlsx(),
    "other rows and columns": xlsx(BOOK.sample(frac=1, axis=1, random_state=1)),
    "names": BOOK.replace({"city_code": dict(zip("ABC", "甲乙丙", strict=True))}).to_csv(),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_is_no_fault(tmp_path, name):
    expected = BOOK.astype(dict.fromkeys(BOOK.columns[3:], float))
    pd.testing.assert_frame_equal(read(tmp_path, FINE[name]), expected)


def test_a_column_may_lack_and_what_is_not_used_is_listed(tmp_path):
    frame = BOOK.drop(columns=["fdi", "city_zh"]).assign(note="x")
    table = read(tmp_path, frame.to_csv(index=False) + "Sum,1,2\nSum,3,4\nSource: invented\n")
    assert table["fdi"].isna().all() and table["city_zh"].tolist() == BOOK["city_zh"].tolist()
    rows, columns = table.attrs["unused"]
    assert rows == "3 rows: 'Sum' (row 11), 'Source: invented' (row 13)"
    assert columns == "columns note"


BAD = {"x": "a number", "1,5": "a number", "n/a": "a number", "nan": "a number", "1_0": "a number",
       "5%": "a number", " 3": "a number", "2\u200b": "a number", "": "a value",
       "-7": "1e-06 to 1e+12", "0": "1e-06 to 1e+12", "1e999": "1e-06 to 1e+12"}  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("text", BAD)
def test_row_and_heading_of_a_bad_cell_are_the_file_s(kind, text, tmp_path):
    at = len(text) + 3
    frame = BOOK.sample(frac=1, random_state=at).astype(object)
    frame.iloc[at, frame.columns.get_loc("resident_pop")] = text
    content = frame.to_csv(index=False) if kind == "csv" else xlsx(frame)
    with pytest.raises(DataError) as refusal:
        read(tmp_path, content)
    found = {"": "nothing", "-7": "-7", "0": "0", "1e999": "inf"}.get(text, repr(text))
    place = f"{tmp_path / 'book'}, row {at + 2}, column resident_pop"
    assert str(refusal.value) == f"{place}: found {found}; expected {BAD[text]}"


FAULTS = {  # file, words of the refusal
    "cut off within a row": (TEXT[:-9], "row 10: found 20 fields; expected 21 fields"),
    "cut off at a row's end": (TEXT.rsplit("\nC", 1)[0], "no row for C, 2010; expected 2008 to 20"),
    "a column that is needed": (TEXT.replace("gdp_index", "y"),
                                "column gdp_index: found 0 such columns; expected one; .*'y'"),
    "a blank behind a heading": (TEXT.replace(",gdp,", ",gdp ,"), "headings are .*, 'gdp ', "),
    "two headings": (TEXT.replace("va_primary", "gdp"), "column gdp: found 2 such columns; ex"),
    "a quote not closed": (TEXT.replace("B,", '"B,', 1), "row 5: found unexpected end of data"),
    "a year of another kind": (TEXT.replace("2009", "09"), "row 3, column year: found '09'; ex"),
    "a year of typing error": (TEXT.replace("2010", "2041", 1),
                               "row 4, column year: found 2041 for A; expected 2008 to 2010 for"),
    "one year": (BOOK[BOOK["year"] == 2008].to_csv(index=False), "two years or more"),
    "a row twice": (TEXT + TEXT.splitlines()[1],
                    "row 11, column year: found A, 2008 again, as in row 2; expected each"),
    "a misspelt city": (TEXT.replace("B,乙,2009", "B2,乙,2009"),
                        r"no row for B, 2009; not used: 1 rows: 'B2' \(row 6\)"),
    "a name of another city": (TEXT.replace("B,乙,2009", "B,丙,2009"),
                               "row 6, column city_zh: found '丙'; expected the name that B has"),
    "no city": (TEXT.replace("A,甲", "D,").replace("B,乙", "D,").replace("C,丙", "D,"),
                r"column city_code: found no city of the roster, but 9 rows: 'D' \(row 2\)"),
    "growth and no index": (TEXT.replace(",108,", ",8,"), "column gdp_index: found 8; .* 50 to"),
    "empty": ("", "an empty file"), "a header": (TEXT.splitlines()[0], "nothing below"),
    "another encoding": (TEXT.encode("gbk"), "row 2: found byte 0xbc, which is not UTF-8"),
    "no workbook": (b"PK\5\6" + bytes(18), "no workbook that can be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_is_no_yearbook_is_refused(name, tmp_path):
    content, words = FAULTS[name]
    with pytest.raises(DataError, match=words):
        read(tmp_path, content)


@pytest.mark.parametrize(("make", "found"), [(Path.exists, "no such file"), (Path.mkdir, "a fold")])
def test_what_is_no_file(tmp_path, make, found):
    make(tmp_path / "book")
    with pytest.raises(DataError, match=rf"book: found {found}.*; expected a CSV file"):
        read_yearbook(tmp_path / "book", CITIES)
