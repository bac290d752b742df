"""From a file to the panel: what is refused and how, what is listed, what the command writes.

The yearbook is the invented one of 41 cities.  What cannot be told from sound figures passes: the
limits are part of what the book says of itself.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib import panel
from lib.panel import DataError
from tools.yearbook import __main__ as command
from tools.yearbook.derive import derive
from tools.yearbook.reading import read_cities
from tools.yearbook.schema import FIELDS, SECTORS
from tools.yearbook.settings import BELT, Settings, read_settings

PLACES = panel.DATA / "synthetic_cities.csv"
BOOK = pd.read_csv(panel.DATA / "synthetic_yearbook.csv").astype(dict.fromkeys(FIELDS, float))
CITIES, GOOD = read_cities(PLACES), (panel.DATA / "synthetic_yearbook.csv").read_bytes()
ACCOUNTS = ["gdp", *SECTORS]
YEAR, PROVINCE = BOOK["year"], BOOK["city_code"].str[0]
ALL = pd.Series(True, BOOK.index)


def run(folder, content, *options) -> int:
    path = folder / "book.csv"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content.to_csv(path, index=False)
    (folder / "data").mkdir(exist_ok=True)
    line = [str(path), "--cities", str(PLACES), "--data", str(folder / "data")]
    return command.main([*line, *options])


def put(old: str, new: str) -> bytes:
    text = GOOD.decode()
    assert re.search(old, text)
    return re.sub(old, new, text, count=1).encode()


# --- the file, its header and its cells -----------------------------------------------------------

FILES = [
    ("UTF-16", GOOD.decode().encode("utf-16"), ["expected a CSV file in UTF-8", "utf-16"]),
    ("GBK", GOOD.decode().encode("gbk"), ["row 2: found byte 0x", "set encoding = \"gbk\""]),
    ("characters lost", put("虚", "\ufffd"), ["row 2, column city_zh"]),
    ("a NUL byte", put("虚", "\\0"), ["row 2: found a NUL", "damaged"]),
    ("cut off within a row", GOOD[:-60], ["row 698: found", "as in the header", "cut off"]),
    ("cut off at the end of a row", GOOD[: GOOD.rindex(b"\n", 0, -1) + 1],
     ["no row for U12, 2023", "BELIEVE=absent", "cut off"]),
    ("a web page", b"<!DOCTYPE html>\n<html><body>404</body></html>", ["row 1", "a web page"]),
    ("gzip", gzip.compress(GOOD), ["expected a CSV file in UTF-8", "compressed by gzip"]),
    ("sep= as Excel wants it", b"sep=,\n" + GOOD, ["row 1: found", "set header = 2"]),
    ("no header", GOOD.partition(b"\n")[2], ["row 1: found the headings", "without a header"]),
    ("a separator without quotes", put(r"29199\.09", "29,199.09"),
     ["row 2: found 22 fields; expected 21", "a separator within a cell"]),
    ("a quote not closed", put("虚", '"虚'), ["row 2: found unexpected end of data", "a quote"]),
    ("a name in capitals", put(",gdp,", ",GDP,"), ["row 1, column GDP: found an unknown", "gdp"]),
    ("a column misspelt", put("fiscal_exp", "fiscal_xp"), ["column fiscal_xpenditure", "misspelt"]),
    ("a column that is needed", put(",gdp_index,", ",y,"), ["expected gdp_index too"]),
    ("a year of typing error", put("L01(.*?),2014,", r"L01\1,2041,"),
     ["row 9, column year: found 2041 for L01; expected 2007 to 2023"]),
    ("a row twice that differs", GOOD + GOOD.splitlines()[1].replace(b"717.9032", b"817.9"),
     ["row 699, column city_code, year: found L01, 2007 again", "in row 2: gdp"]),
    ("a renamed city", put("虚构下游01市", "襄樊市"), ["row 2, column city_zh: found '襄樊市'"]),
    ("the code of another city", put("L01", "L02"), ["row 2, column city_zh: found"]),
    ("an unknown code", put("L01(.*?),2014,", r"L1\1,2014,"), ["found 'L1'; expected", "is L01"]),
    ("a formula for a name", put("虚构下游01市", "=HYPERLINK()"), ["row 2, column city_zh"]),
    *((f"{text} for a figure", put(r"717\.9032", text), [f"row 2, column gdp: found '{text}'", why])
      for text, why in (("７１７．９", "full"), ("717.9亿", "a unit"), ("inf", "a division"),
                        ("=E2+F2", "a formula"), ("2023/5/7", "a date"), ("717.9 ", "no space"))),
]  # fmt: skip


@pytest.mark.parametrize(("content", "parts"), [pytest.param(*each, id=n) for n, *each in FILES])
def test_a_bad_file_ends_in_a_message_that_helps_and_changes_nothing(
    tmp_path, capsys, content, parts
):
    assert run(tmp_path, content) == 2
    told = capsys.readouterr()
    assert not told.out and not list((tmp_path / "data").iterdir())
    lines = told.err.splitlines()
    wanted = ".*".join(map(re.escape, parts))
    assert any(re.search(wanted, line) for line in lines), f"{parts} not in {told.err}"
    assert len(lines) <= 11
    for line in lines:
        assert re.search(r": found .*; expected ", line) or re.fullmatch("and [0-9,]+ more", line)


def test_no_names_and_no_first_index_are_no_fault(tmp_path):
    frame = BOOK.drop(columns=["city_zh", "area"])
    frame.loc[YEAR.eq(2007), "gdp_index"] = np.nan
    assert run(tmp_path, frame.sample(frac=1, random_state=1)) == 0


# --- what no place can show -----------------------------------------------------------------------


def spoilt(change, *names, where=ALL) -> pd.DataFrame:
    frame = BOOK.copy()
    frame.loc[where, [*names]] = change(frame, [*names])[where]
    return frame


def times(factor):
    return lambda f, names: f[names] * factor


def moved(rows, by=None):
    return lambda f, names: f[names].groupby(f[by] if by else ALL).shift(rows).fillna(f[names])


def nominal(f, names):
    growth = 100 * f["gdp"] / f.groupby("city_code")["gdp"].shift()
    return growth.round(1).fillna(108).clip(51, 199).to_frame(names[0])


def chained(f, names):
    chain = (f["gdp_index"] / 100).where(YEAR.ne(2007), 1).groupby(f["city_code"]).cumprod()
    at = chain.where(YEAR.eq(2015)).groupby(f["city_code"]).transform("max")
    return (100 + 20 * np.log(chain / at)).to_frame(names[0])  # slow growth, within the bounds


ONE, HALF = BOOK["city_code"].eq("M03"), PROVINCE.eq("M") & YEAR.ge(2015)
PEOPLE = ["resident_pop", "registered_pop"]
FAULTS = [
    ("limits", spoilt(times(1e4), *ACCOUNTS), "gdp in 10,000 yuan"),
    ("limits", spoilt(times(1e4), "resident_pop"), "resident_pop in persons"),
    ("limits", spoilt(times(10), "registered_pop", where=ONE), "pop in thousand persons"),
    ("units", spoilt(times(10), "resident_pop", where=ONE), "figures in thousand persons"),
    ("units", spoilt(times(10), *PEOPLE, where=PROVINCE.eq("M")), "figures in thousand persons"),
    ("limits", spoilt(times(1e4), *SECTORS, where=YEAR.eq(2012)), "sectors over GDP"),
    ("limits", spoilt(times(99), "higher_ed_students", where=ONE), "expected 0 to 1"),
    ("copies", spoilt(lambda f, _: f[["registered_pop"]].set_axis(["resident_pop"], axis=1),
                      "resident_pop"), "the figures of registered_pop"),
    ("copies", spoilt(moved(1, "city_code"), *ACCOUNTS, where=YEAR.eq(2015)), "rows copied"),
    ("sums", spoilt(times(1.3), "va_tertiary"), "miss GDP in"),
    ("sums", spoilt(times(2), "emp_share_tertiary", where=ONE), "expected 100"),
    ("index", spoilt(nominal, "gdp_index"), "the growth of gdp itself"),
    ("index", spoilt(nominal, "gdp_index", where=HALF), "the growth of gdp itself"),
    ("index", spoilt(nominal, "gdp_index", where=YEAR.eq(2011)), "most cities, 2011"),
    ("index", spoilt(lambda f, n: f[n] * 0 + 100, "gdp_index", where=YEAR.eq(2020)), "exactly 100"),
    ("index", spoilt(chained, "gdp_index"), "a chain index"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "frame", "words"), FAULTS,
                         ids=[f"{i} {name}" for i, (name, *_) in enumerate(FAULTS)])  # fmt: skip
def test_what_no_place_can_show_is_refused_by_name(tmp_path, name, frame, words):
    frame.to_csv(tmp_path / "book.csv", index=False)
    with pytest.raises(DataError) as refusal:
        derive(tmp_path / "book.csv", CITIES, Settings(base_year=2008))
    told = str(refusal.value)
    assert f"BELIEVE={name})" in told and words in told


def test_a_refusal_is_overridden_by_name_on_the_record(tmp_path, capsys):
    frame = spoilt(times(99), "higher_ed_students", where=ONE)
    assert run(tmp_path, frame, "--believe", "indices") == 2
    assert "judgements: found indices; expected any of absent, " in capsys.readouterr().err
    assert run(tmp_path, frame, "--believe", "limits") == 0
    assert "assumed overridden: limits: higher_ed_students" in capsys.readouterr().out
    made = panel.load(tmp_path / "data" / "indicators.csv", CITIES)
    assert made.loc[made["city_code"].eq("M03"), "flags"].str.contains("doubt:resident_pop").all()


def test_a_city_that_enters_late_is_read_by_name(tmp_path):
    late = BOOK["city_code"].eq("L01") & YEAR.lt(2011)
    BOOK[~late].to_csv(tmp_path / "book.csv", index=False)
    with pytest.raises(DataError, match=r"no row for L01, 2007 to 2010.*BELIEVE=absent"):
        derive(tmp_path / "book.csv", CITIES, Settings())
    made = derive(tmp_path / "book.csv", CITIES, Settings(base_year=2008), ["absent"])
    own = made.table.set_index("city_code").loc["L01"]
    assert own["reg"].isna().all() and own["lm_flow"].notna().sum() == 12


# --- what looks unusual, and events ---------------------------------------------------------------


@pytest.mark.parametrize(("column", "factor", "ratio"), [
    ("average_wage", 1 / 12, "wage over GDP per resident"), ("fdi", 9, "investment over GDP"),
    ("resident_pop", 0.5, "over registered|per resident|per km2|over residents")])  # fmt: skip
def test_a_step_is_listed_by_city_and_year_and_a_declared_one_is_no_news(
    tmp_path, column, factor, ratio
):
    frame = spoilt(times(factor), column, where=ONE & YEAR.ge(2014))
    frame.to_csv(tmp_path / "book.csv", index=False)
    made = derive(tmp_path / "book.csv", CITIES, Settings(base_year=2008))
    row = made.unusual.head(10).set_index("city_code").loc["M03"]
    assert row["city"] == CITIES.set_index("city_code").at["M03", "city_en"]
    assert row["year"] == 2014 and re.search(ratio, row["field"])
    (tmp_path / "region.toml").write_text(
        "base_year = 2008\n[[event]]\nkind = 'definition'\nyears = [2014, 2014]\ncities = ['M03']\n"
        f"field = ['{column}']\nnote = 'counted anew'"
    )
    made = derive(tmp_path / "book.csv", CITIES, read_settings(tmp_path / "region.toml"))
    assert "M03" not in set(made.unusual["city_code"])
    note = made.cleaned.notes.query("city_code == 'M03' and year == 2014 and kind == 'definition'")
    assert note["detail"].tolist() == ["counted anew"] and note["field"].tolist() == [column]


def test_an_event_marks_its_cells_by_code_or_name_and_a_strange_city_is_refused(tmp_path):
    toml = "[[event]]\nkind = 'territory'\nyears = [2015, 2016]\ncities = ['M03', '{}']"
    (tmp_path / "region.toml").write_text(toml.format(CITIES.loc[0, "city_en"]))
    book = panel.DATA / "synthetic_yearbook.csv"
    made = derive(book, CITIES, read_settings(tmp_path / "region.toml"))
    flags = made.table[made.table["flags"].str.contains("boundary:resident_pop")]
    code = CITIES.loc[0, "city_code"]
    assert {*flags[panel.KEY].itertuples(index=False, name=None)} == {
        (c, y) for c in ("M03", code) for y in (2015, 2016)}  # fmt: skip
    (tmp_path / "region.toml").write_text(toml.format("M99"))
    with pytest.raises(DataError, match="event: found M99; expected codes or names of the roster"):
        derive(book, CITIES, read_settings(tmp_path / "region.toml"))


@pytest.mark.parametrize(("text", "words"), [
    ("a = " + "[" * 5000, "tables too deep"), ("a." * 5000 + "b = 1", "tables too deep"),
    ("a = " + "9" * 9999, "no settings"),
    ("#" * 200_000, "more than 20,000"), ("base_year = 99999999999999999999", "from 1949 to 2099"),
    ("[exchange_rate]\n2010 = nan", "expected what a US dollar"), ("header = 0", "1 to 100"),
    ("delimiter = 'x'", "a semicolon"), ("index = 'x'", "or chain"),
    ("[[event]]\nkind = 'definition'\nyears = [1999, 2000]", "expected a field")])  # fmt: skip
def test_settings_of_another_kind_are_refused(tmp_path, text, words):
    (tmp_path / "region.toml").write_text(text)
    with pytest.raises(DataError, match=f"found .*{re.escape(words)}"):
        read_settings(tmp_path / "region.toml")


# --- the command ----------------------------------------------------------------------------------


def test_a_receipt_comes_first_and_a_dry_run_stops_there(tmp_path, capsys, monkeypatch):
    assert run(tmp_path, GOOD) == 0
    out = capsys.readouterr().out
    assert "assumed 2007 as the base year" in out and "41 cities, 2007 to 2023" in out
    before = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert {*before} == {"cell_notes.csv", "cities.csv", "indicators.csv"}
    frame = spoilt(times(10), "resident_pop", where=ONE & YEAR.eq(2014))
    frame["fiscal_expenditure"] = spoilt(times(2), "fiscal_expenditure",
                                         where=YEAR.eq(2023))["fiscal_expenditure"]  # fmt: skip
    monkeypatch.setenv("DRY_RUN", "1")
    assert run(tmp_path, frame) == 0
    said = capsys.readouterr().out.splitlines()
    assert (
        f"{CITIES.set_index('city_code').at['M03', 'city_en']}, 2014, resident_pop: 9.9 times 2013"
        in "".join(said)
    )
    assert any(
        re.match(r"said   expenditure over GDP: .* \(.*, \d{4}\) to .*, \d{4}\)", line)
        for line in said
    )
    assert {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()} == before
    kept = (tmp_path / "_build" / "receipt.txt").read_text(encoding="utf-8").splitlines()
    assert kept == said[:-1]


@pytest.mark.skipif(not shutil.which("make"), reason="make is not here: its road is not tried")
def test_make_hands_paths_on_as_they_are(tmp_path):
    """No shell reads them: a backtick runs nothing, a dollar and a space are part of a name."""
    book = tmp_path / "a `touch hit` $(touch hit) $HOME $$ 'q' \"d\" ; & #1 %d.csv"
    book.write_text("not a yearbook\n")
    given = [f'RUN="{sys.executable}"', "READY=", f"YEARBOOK={book}", f"CITIES={PLACES}"]
    done = subprocess.run(["make", "data", *given], cwd=panel.DATA.parent, capture_output=True,
                          text=True, check=False, env=os.environ)  # fmt: skip
    assert f"{book}, row 1: found the headings not a yearbook" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [book.name]


PIECES = ["", "-", "NA", "inf", "1e999", "1e300", "-1", "0", "9" * 400, "市" * 300, '"', "\n", "\0",
          "\u200b", "１２", "=1+1", "<b>", "2008", "L02", "1e5", "True"]  # fmt: skip
SMALL = BOOK[BOOK["city_code"].isin(["L01", "M01", "M02"]) & YEAR.lt(2012)].astype(object)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, SMALL.shape[1] - 1),
                          st.sampled_from(PIECES), st.booleans()), min_size=1, max_size=4)
)  # fmt: skip
def test_any_yearbook_is_refused_or_gives_a_panel(tmp_path_factory, capsys, changes):
    frame = SMALL.copy()
    for row, column, text, whole in changes:
        frame.iloc[slice(None) if whole else row, column] = text
    folder = tmp_path_factory.mktemp("any")
    if run(folder, frame):
        told = capsys.readouterr().err
        assert "found" in told and "expected" in told and not list((folder / "data").iterdir())
    else:
        found = pd.read_csv(folder / "data" / "indicators.csv")
        assert len(found) and not np.isinf(found[panel.INDICATORS]).any(axis=None)


def test_readme_describes_columns_and_settings():
    text = (panel.DATA / "README.md").read_text(encoding="utf-8").split("## A yearbook of your")[1]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    told = {name.strip(): rest for names, *rest in cells for name in names.split(",")}
    for name, field in FIELDS.items():
        unit, empty = told[name]
        assert unit.startswith(field.unit) and empty == ("no" if field.required else "yes"), name
    assert {*Settings.__dataclass_fields__} <= {*told}
    assert read_settings(BELT).base_year == 2008
