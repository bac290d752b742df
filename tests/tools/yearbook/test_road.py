"""From an invented yearbook to the panel: what no place can show, events, what is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from lib import panel
from tools.yearbook import __main__ as command
from tools.yearbook.reading import read_cities
from tools.yearbook.schema import FIELDS, SECTORS
from tools.yearbook.settings import Settings

PLACES = panel.DATA / "synthetic_cities.csv"
BOOK = pd.read_csv(panel.DATA / "synthetic_yearbook.csv").astype(dict.fromkeys(FIELDS, float))
CITIES = read_cities(PLACES).set_index("city_code")
YEAR = BOOK["year"]
ALL, ONE = pd.Series(True, BOOK.index), BOOK["city_code"].eq("M03")
LATE = BOOK["city_code"].eq("L01") & YEAR.lt(2010)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """``make data`` of a frame, and perhaps settings, into an empty folder."""
    (tmp_path / "data").mkdir()

    def data(frame, toml="", **asked) -> int:
        frame.to_csv(tmp_path / "book.csv", index=False)
        (tmp_path / "region.toml").write_text(toml)
        paths = {"YEARBOOK": tmp_path / "book.csv", "REGION": tmp_path / "region.toml",
                 "CITIES": PLACES, "OUT": tmp_path / "data"}  # fmt: skip
        for key, value in {**paths, "BELIEVE": "", "DRY_RUN": "", **asked}.items():
            monkeypatch.setenv(key, str(value))
        return command.main()

    return data


def spoilt(change, *names, where=ALL) -> pd.DataFrame:
    frame = BOOK.copy()
    figures = change(BOOK) if callable(change) else BOOK[[*names]] * change
    frame.loc[where, [*names]] = figures[where]
    return frame


def nominal(f):
    growth = 100 * f["gdp"] / f.groupby("city_code")["gdp"].shift()
    return growth.round(1).fillna(108).clip(51, 199).to_frame("gdp_index")


def chained(f):
    chain = (f["gdp_index"] / 100).where(YEAR.ne(2007), 1).groupby(f["city_code"]).cumprod()
    at = chain.where(YEAR.eq(2015)).groupby(f["city_code"]).transform("max")
    return (100 + 20 * np.log(chain / at)).to_frame("gdp_index")  # slow growth, within the bounds


FAULTS = [
    (spoilt(1e4, "gdp", *SECTORS), "expenditure over GDP of"),
    (spoilt(1e4, "resident_pop"), "residents over registered of"),
    (spoilt(10, "registered_pop", where=ONE), "residents over registered of 0"),
    (spoilt(1e4, *SECTORS, where=YEAR.eq(2012)), "sectors over GDP"),
    (spoilt(99, "higher_ed_students", where=ONE), "expected 0 to 1 (if"),
    (spoilt(nominal, "gdp_index"), "the growth of gdp itself"),
    (spoilt(nominal, "gdp_index", where=ONE), "the growth of gdp itself, in M03, most years"),
    (spoilt(nominal, "gdp_index", where=YEAR.eq(2011)), "most cities, 2011"),
    (BOOK.assign(gdp_index=BOOK["gdp_index"].mask(YEAR.eq(2020), 100)), "exactly 100"),
    (spoilt(chained, "gdp_index"), "a chain index"),
    (BOOK[~LATE], "no row for L01, 2007, 2008, 2009; expected 2007 to 2023"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "words"), FAULTS, ids=range(len(FAULTS)))
def test_what_no_place_can_show_is_refused(run, tmp_path, capsys, frame, words):
    assert run(frame, "base_year = 2008") == 2 and not list((tmp_path / "data").iterdir())
    refusal = capsys.readouterr().err
    assert "BELIEVE=1)" in refusal and words in refusal


def test_a_refusal_is_overridden_on_the_record(run, tmp_path, capsys):
    frame = spoilt(99, "higher_ed_students", where=ONE)[~LATE]
    assert run(frame, BELIEVE=1) == 0
    out = capsys.readouterr().out
    assert "overridden: higher_ed_students, resident_pop: students over" in out
    assert "overridden: no row for L01" in out
    table = panel.load(tmp_path / "data" / "indicators.csv", CITIES.reset_index())
    cities = table.set_index("city_code")
    assert cities.loc["M03", "flags"].str.contains("doubt:resident_pop").all()
    assert cities.loc["L01", "reg"].isna().all() and cities.loc["L01", "lm_flow"].count() == 13


def test_an_event_marks_its_cells_by_code_or_name_and_a_strange_city_is_refused(
    run, tmp_path, capsys
):
    toml = (
        "[[event]]\nkind = 'territory'\nyears = [2015, 2016]\ncities = ['M03', '{}']\n"
        "[[event]]\nkind = 'definition'\nyears = [2014, 2014]\nfield = ['fdi']\nnote = 'anew'"
    )
    assert run(BOOK, toml.format(CITIES.at["L01", "city_en"])) == 0
    table = pd.read_csv(tmp_path / "data" / "indicators.csv", index_col=panel.KEY)
    moved = table["flags"].str.contains("boundary:resident_pop", na=False)
    assert {*table.index[moved]} == {(c, y) for c in ("M03", "L01") for y in (2015, 2016)}
    notes = pd.read_csv(tmp_path / "data" / "cell_notes.csv").query("kind == 'definition'")
    assert notes[["year", "field", "detail"]].values.tolist() == [[2014, "fdi", "anew"]] * 41
    assert run(BOOK, toml.format("M99")) == 2
    words = "event: found M99; expected codes or names of the roster"
    assert words in capsys.readouterr().err


def test_a_receipt_comes_first_and_a_dry_run_stops_there(run, tmp_path, capsys):
    assert run(BOOK) == 0
    assert "assumed: 2007 as the base year" in capsys.readouterr().out
    before = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert {*before} == {"cell_notes.csv", "cities.csv", "indicators.csv"}
    frame = spoilt(10, "resident_pop", where=ONE & YEAR.eq(2014))
    frame.loc[ONE & YEAR.ge(2020), "average_wage"] /= 12
    assert run(frame, DRY_RUN=1) == 0
    out = capsys.readouterr().out
    name = ", ".join(CITIES.loc["M03", ["city_en", "province_en"]])
    assert f"  {name}, 2014, resident_pop: 9.9 times 2013" in out
    wage = rf"said: wage over GDP .*; the largest change 0\.08\d* times .* \({name}, 2020\)"
    assert re.search(wage, out) and out.count("\nsaid: ") <= 10
    assert {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()} == before
    assert (tmp_path / "_build" / "receipt.txt").read_text(encoding="utf-8") == out


@pytest.mark.skipif(not shutil.which("make"), reason="make is not here: its road is not tried")
def test_make_hands_paths_on_as_they_are(tmp_path):
    """No shell reads them: a backtick runs nothing, a dollar and a space are part of a name."""
    book = tmp_path / "a `touch hit` $(touch hit) $HOME $$ 'q' \"d\" ; & #1 %d.csv"
    book.write_text("not a yearbook\n")
    asked = [f'RUN="{sys.executable}"', "READY=", f"YEARBOOK={book}", f"CITIES={PLACES}"]
    line = ["make", "data", *asked]
    done = subprocess.run(line, cwd=panel.DATA.parent, capture_output=True, text=True)
    assert f"{book}, row 1: found the headings not a yearbook" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [book.name]


PIECES = ["", "-", "NA", "inf", "1e999", "1e300", "-1", "0", "9" * 400, "市" * 300, '"', "\n", "\0",
          "\u200b", "１２", "=1+1", "<b>", "2008", "L02", "1e5", "True"]  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
def test_any_yearbook_is_refused_or_gives_a_panel(tmp_path, run, capsys, seed):
    draw, frame = np.random.default_rng(seed), BOOK[:51].astype(object)  # three cities
    for piece in draw.integers(len(PIECES), size=draw.integers(1, 4)):
        row, column = (draw.integers(size) for size in frame.shape)
        frame.iloc[slice(None) if draw.random() < 0.3 else row, column] = PIECES[piece]
    if run(frame):
        told = capsys.readouterr().err
        assert "found" in told and "expected" in told and not list((tmp_path / "data").iterdir())
    else:
        table = pd.read_csv(tmp_path / "data" / "indicators.csv")
        assert len(table) and not np.isinf(table[panel.INDICATORS]).any(axis=None)


def test_readme_describes_columns_and_settings():
    text = (panel.DATA / "README.md").read_text(encoding="utf-8").split("## A yearbook of your")[1]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()]
    told = {name.strip(): rest for names, *rest in cells for name in names.split(",")}
    for name, field in FIELDS.items():
        unit, empty = told[name]
        assert unit.startswith(field.unit) and empty == ("no" if field.required else "yes"), name
    assert {*Settings.__dataclass_fields__} <= {*told}
