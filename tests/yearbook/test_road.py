"""From an invented yearbook to the panel: what no place can show, what is said, what is written."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from data.yearbook import __main__ as command
from data.yearbook import build
from data.yearbook.derive import derive
from data.yearbook.schema import FIELDS, SECTORS
from lib import panel
from lib.panel import DataError

CITIES = panel.load_cities(panel.DATA / "synthetic_cities.csv")
BOOK = pd.read_csv(panel.DATA / "synthetic_yearbook.csv").astype(dict.fromkeys(FIELDS, float))
YEAR = BOOK["year"]
ALL, ONE = pd.Series(True, BOOK.index), BOOK["city_code"].eq("M03")
NAME = ", ".join(CITIES.set_index("city_code").loc["M03", ["city_en", "province_en"]])


@pytest.fixture
def road(tmp_path):
    """The road from a frame."""

    def derived(frame):
        frame.to_csv(tmp_path / "book.csv", index=False)
        return derive(tmp_path / "book.csv", CITIES)

    return derived


def spoilt(change, *names, where=ALL) -> pd.DataFrame:
    frame = BOOK.copy()
    figures = change(BOOK) if callable(change) else BOOK[[*names]] * change
    frame.loc[where, [*names]] = figures[where]
    return frame


def nominal(f):
    growth = 100 * f["gdp"] / f.groupby("city_code")["gdp"].shift()
    return growth.round(1).fillna(108).clip(51, 199).to_frame("gdp_index")


FAULTS = [
    (spoilt(1e4, "gdp", *SECTORS), "expenditure over GDP of"),
    (spoilt(1e4, "resident_pop"), "residents over registered of"),
    (spoilt(10, "registered_pop", where=ONE), "residents over registered of 0"),
    (spoilt(1e4, *SECTORS, where=YEAR.eq(2012)), "sectors over GDP"),
    (spoilt(99, "higher_ed_students", where=ONE), "expected 0 to 1$"),
    (spoilt(nominal, "gdp_index"), "the growth of gdp itself"),
    (spoilt(nominal, "gdp_index", where=ONE), "the growth of gdp itself, in M03, most years"),
    (spoilt(nominal, "gdp_index", where=YEAR.eq(2011)), "most cities, 2011"),
    (BOOK.assign(gdp_index=BOOK["gdp_index"].mask(YEAR.eq(2020), 100)), "exactly 100"),
    (BOOK[YEAR.gt(2008)], "expected the base year 2008"),
]


@pytest.mark.parametrize(("frame", "words"), FAULTS, ids=range(len(FAULTS)))
def test_what_no_place_can_show_is_refused(road, frame, words):
    with pytest.raises(DataError, match=words):
        road(frame)


def test_a_receipt_names_a_wrong_index_and_a_unit_that_changes_for_all(road):
    """Neither leaves a trace in the rules for cells."""
    cell = ONE & YEAR.eq(2014)
    price = (BOOK["gdp"] / BOOK["gdp"].shift() / 1.8)[cell].item()
    receipt = "\n".join(road(BOOK.assign(gdp_index=BOOK["gdp_index"].mask(cell, 180))).receipt)
    assert f"the largest change {price:.3g} times the year before ({NAME}, 2014)" in receipt
    wages = BOOK.pivot(index="city_code", columns="year", values="average_wage")
    factor = 12 * np.exp(np.log(wages[2016] / wages[2015]).median())
    receipt = "\n".join(road(spoilt(12, "average_wage", where=YEAR.ge(2016))).receipt)
    assert f"over the year before: average_wage {factor:.4g} times (2016)" in receipt


def test_a_receipt_says_what_was_struck_what_changes_most_and_what_lacks(road, monkeypatch):
    rates = build.load_exchange_rate().drop([2022, 2023])
    monkeypatch.setattr("data.yearbook.derive.load_exchange_rate", lambda: rates)
    frame = spoilt(10, "resident_pop", where=ONE & YEAR.eq(2014))
    frame.loc[ONE & YEAR.ge(2020), "average_wage"] /= 12
    frame = frame[BOOK["city_code"].ne("L01")].drop(columns="area").assign(note="x")
    receipt = "\n".join(road(frame).receipt)
    assert f"  {NAME}, 2014, resident_pop: 9.9 times 2013" in receipt
    wage = rf"said: wage .*; the largest change 0\.08\d* times .* \({NAME}, 2020\)"
    assert re.search(wage, receipt)
    lacking = "680 of area, the exchange rate of 2022, 2023, the natural growth of 2008"
    assert "not used: columns note\n" in receipt and receipt.endswith(lacking)
    assert "cities of the roster without a row: Saltmere\n" in receipt


def test_the_panel_and_the_receipt_are_written_or_nothing_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command.panel, "load_cities", lambda: CITIES)
    monkeypatch.setenv("YEARBOOK", str(tmp_path / "book.csv"))
    monkeypatch.setenv("OUT", str(tmp_path / "data"))
    BOOK.replace({"city_code": {"L01": "L1"}}).to_csv(tmp_path / "book.csv", index=False)
    assert command.main() == 0
    told = capsys.readouterr().out
    assert re.search(r": 40 cities; not used: 17 rows: 'L1' \(row \d+\); .*: Saltmere\n$", told)
    assert told.startswith((tmp_path / "_build" / "receipt.txt").read_text(encoding="utf-8"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert {*before} == {"cell_notes.csv", "indicators.csv"}
    table = panel.load(tmp_path / "data" / "indicators.csv", CITIES)
    assert table.groupby("year").size().eq(40).all() and table["year"].min() == 2008
    FAULTS[0][0].to_csv(tmp_path / "book.csv", index=False)
    assert command.main() == 2 and "expenditure over GDP" in capsys.readouterr().err
    assert {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()} == before
    monkeypatch.setenv("YEARBOOK", "")
    assert command.main() == 2 and "Name a yearbook" in capsys.readouterr().err


@pytest.mark.skipif(not shutil.which("make"), reason="make is not here: its road is not tried")
def test_make_hands_paths_on_as_they_are(tmp_path):
    """No shell reads them: a backtick runs nothing, a dollar and a space are part of a name."""
    book = tmp_path / "a `touch hit` $(touch hit) $HOME $$ 'q' \"d\" ; & #1 %d.csv"
    book.write_text("not\na yearbook\n")
    line = ["make", "data", f'RUN="{sys.executable}"', "READY=", f"YEARBOOK={book}",
            f"OUT={tmp_path / 'out'}"]  # fmt: skip
    done = subprocess.run(line, cwd=panel.DATA.parent, capture_output=True, text=True)
    assert f"{book}, row 1, column city_code: found 0 such columns" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [book.name]


def test_readme_describes_the_columns():
    text = (panel.DATA / "README.md").read_text(encoding="utf-8").split("## A yearbook of your")[1]
    for name, field in FIELDS.items():
        unit, empty = re.escape(field.unit), "no" if field.required else "yes"
        assert re.search(rf"^\|.*\b{name}\b.* \| {unit}.* \| {empty} \|$", text, re.M), name
