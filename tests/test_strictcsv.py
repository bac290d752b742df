"""Files are taken as they stand or refused, with row, column, what was found and expected."""

import os
import re
from pathlib import Path

import pytest
from cases import each_of
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import strictcsv
from lib.strictcsv import CODE, NAME, NUMBER, YEAR, Cell, DataError, FileError

COLUMNS = {
    "code": CODE, "name": NAME, "year": YEAR,
    "x": Cell("a number", NUMBER, float, True, low=0, high=50),
    "y": Cell("a number", NUMBER, float, above=0),
}  # fmt: skip
GOOD = "code,name,year,x,y\nA,Alpha,2008,1.5,2\nB,Beta,2008,,3e2\n"


def read(path: Path, content: str | bytes, most: int = 20):
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return strictcsv.read(path, COLUMNS, ["code", "year"], most, "twenty")


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "file.csv"


FINE = {
    "plain": GOOD, "mark": "\ufeff" + GOOD, "Windows": GOOD.replace("\n", "\r\n"),
    "old Mac": GOOD.replace("\n", "\r"), "no end": GOOD.rstrip(),
    "quoted": re.sub(r"([^,\n]+)", r'"\1"', GOOD), "blank lines": GOOD.replace("\nB", "\n\n\nB"),
    "another order": "y,x,year,name,code\n2,1.5,2008,Alpha,A\n+3.e02,,2008,Beta,B\n",
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
def test_what_is_no_fault(path, name):
    frame = read(path, FINE[name])
    assert list(frame) == list(COLUMNS)
    assert frame["y"].tolist() == [2.0, 300.0] and frame["year"].dtype == "int64"
    assert list(frame.index) == [2, 5 if name == "blank lines" else 3]  # lines of the file


@each_of("strictcsv.csv")
def test_refuses(path, old, new, message):
    new = new.encode().decode("unicode_escape")
    text = re.sub(old, lambda _: new, GOOD, count=1, flags=re.M)
    # Another encoding, and a file cut within a character.
    content = text.encode("gbk") if "上" in text else text.encode("utf-8", "surrogateescape")
    with pytest.raises(DataError) as caught:
        read(path, content)
    assert str(caught.value).splitlines()[0].replace(str(path), "FILE") == message


@pytest.mark.parametrize("make", [Path.exists, Path.mkdir, os.mkfifo, lambda p: p.symlink_to(p)],
                         ids=["absent", "folder", "pipe", "loop"])  # fmt: skip
def test_what_is_no_file(path, make):
    make(path)
    with pytest.raises(DataError, match=r"file.csv: found no such file; expected a CSV file"):
        strictcsv.read(path, COLUMNS, [], 20, "twenty")


def test_what_is_too_much_is_not_read_not_judged_or_not_shown(path, monkeypatch):
    with pytest.raises(DataError, match="found more than 3 rows; expected at most as many: twenty"):
        read(path, GOOD + "x\n" * 10, most=3)
    with pytest.raises(FileError) as caught:
        read(path, GOOD + "C,Gamma,2008,?,?\n" * 12)
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-1]) == (11, "and 14 more")  # of 24 cells
    os.truncate(path, 10**10)  # a file with holes takes no room
    monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("the file was read"))
    with pytest.raises(DataError, match="found a file of 10,000,000,000 bytes; expected a CSV"):
        strictcsv.read(path, COLUMNS, [], 20, "twenty")


NAMES = ["Suzhou", "上海市", "Sant'Anna (Alba)", "São Paulo", "St. Gallen", "虚构下游01市",
         "Stratford-upon-Avon", "नई दिल्ली", "乌兰·巴托", "大阪（府）"]  # fmt: skip
NONE = ["{download}`../../etc/hostname`", "+1", "-A", "@A", "(A)", "A/B", "12", "", "A" * 81,
        *(f"A{sign}B" for sign in "<>$`=|\\;,[]_*#&\n\":{~^")]  # fmt: skip


def test_what_is_a_name_and_what_is_a_code():
    assert all(map(strictcsv.is_name, NAMES)) and not any(map(strictcsv.is_name, NONE))
    assert all(map(CODE.valid, ["310000", "L01", "DE-A1", "a.b", "甲"]))
    assert not any(map(CODE.valid, ["=1+310000", "-1", "@x", "3" * 13, "<b>", "1 2", "$x", ""]))


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode), st.builds(
    lambda at, piece: GOOD.encode()[:at] + piece + GOOD.encode()[at:],
    st.integers(0, len(GOOD)), st.binary(max_size=5),
)))  # fmt: skip
def test_any_bytes_are_read_or_refused_in_our_words(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "file.csv"
    try:
        frame = read(path, content)
    except DataError as error:
        for line in str(error).split("\n"):
            assert re.search(r": found .*; expected ", line) or line.startswith("and ")
    else:
        assert list(frame) == list(COLUMNS)
