"""From a file to the panel: what no place can show, events, the receipt, what the command writes.

The yearbook is the invented one of 41 cities.  What cannot be told from sound figures passes: the
limits are part of what the book says of itself.
"""

from __future__ import annotations

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
CITIES = read_cities(PLACES)
YEAR = BOOK["year"]
ALL, ONE = pd.Series(True, BOOK.index), BOOK["city_code"].eq("M03")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """``make data`` of a frame in an empty folder, or in the one that is named."""

    def data(frame, folder=tmp_path, **asked) -> int:
        frame.to_csv(folder / "book.csv", index=False)
        (folder / "data").mkdir(exist_ok=True)
        given = {"YEARBOOK": folder / "book.csv", "CITIES": PLACES, "OUT": folder / "data",
                 "REGION": "", "BELIEVE": "", "DRY_RUN": ""}  # fmt: skip
        for key, value in {**given, **asked}.items():
            monkeypatch.setenv(key, str(value))
        return command.main()

    return data


# --- what no place can show -----------------------------------------------------------------------


def spoilt(change, *names, where=ALL) -> pd.DataFrame:
    frame = BOOK.copy()
    frame.loc[where, [*names]] = change(frame, [*names])[where]
    return frame


def times(factor):
    return lambda f, names: f[names] * factor


def nominal(f, names):
    growth = 100 * f["gdp"] / f.groupby("city_code")["gdp"].shift()
    return growth.round(1).fillna(108).clip(51, 199).to_frame(names[0])


def chained(f, names):
    chain = (f["gdp_index"] / 100).where(YEAR.ne(2007), 1).groupby(f["city_code"]).cumprod()
    at = chain.where(YEAR.eq(2015)).groupby(f["city_code"]).transform("max")
    return (100 + 20 * np.log(chain / at)).to_frame(names[0])  # slow growth, within the bounds


FAULTS = [
    (spoilt(times(1e4), "gdp", *SECTORS), "expenditure over GDP of"),
    (spoilt(times(1e4), "resident_pop"), "residents over registered of"),
    (spoilt(times(10), "registered_pop", where=ONE), "residents over registered of 0"),
    (spoilt(times(1e4), *SECTORS, where=YEAR.eq(2012)), "sectors over GDP"),
    (spoilt(times(99), "higher_ed_students", where=ONE), "expected 0 to 1 (if"),
    (spoilt(nominal, "gdp_index"), "the growth of gdp itself"),
    (spoilt(nominal, "gdp_index", where=ONE), "the growth of gdp itself, in M03, most years"),
    (spoilt(nominal, "gdp_index", where=YEAR.eq(2011)), "most cities, 2011"),
    (spoilt(lambda f, n: f[n] * 0 + 100, "gdp_index", where=YEAR.eq(2020)), "exactly 100"),
    (spoilt(chained, "gdp_index"), "a chain index"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "words"), FAULTS, ids=range(len(FAULTS)))
def test_what_no_place_can_show_is_refused(tmp_path, frame, words):
    frame.to_csv(tmp_path / "book.csv", index=False)
    with pytest.raises(DataError) as refusal:
        derive(tmp_path / "book.csv", CITIES, Settings(base_year=2008))
    told = str(refusal.value)
    assert "BELIEVE=1)" in told and words in told


def test_a_refusal_is_overridden_on_the_record(run, tmp_path, capsys):
    frame = spoilt(times(99), "higher_ed_students", where=ONE)
    assert run(frame) == 2
    assert not list((tmp_path / "data").iterdir())
    assert run(frame, BELIEVE=1) == 0
    assert "overridden: higher_ed_students, resident_pop: students over" in capsys.readouterr().out
    made = panel.load(tmp_path / "data" / "indicators.csv", CITIES)
    assert made.loc[made["city_code"].eq("M03"), "flags"].str.contains("doubt:resident_pop").all()


def test_a_city_that_enters_late_is_read_if_it_is_believed(tmp_path):
    late = BOOK["city_code"].eq("L01") & YEAR.lt(2010)
    BOOK[~late].to_csv(tmp_path / "book.csv", index=False)
    with pytest.raises(DataError, match=r"no row for L01, 2007, 2008, 2009; expected .*BELIEVE=1"):
        derive(tmp_path / "book.csv", CITIES, Settings())
    made = derive(tmp_path / "book.csv", CITIES, Settings(base_year=2008), believe=True)
    own = made.table.set_index("city_code").loc["L01"]
    assert own["reg"].isna().all() and own["lm_flow"].notna().sum() == 13


# --- events, and the command ----------------------------------------------------------------------


def test_an_event_marks_its_cells_by_code_or_name_and_a_strange_city_is_refused(tmp_path):
    toml = (
        "[[event]]\nkind = 'territory'\nyears = [2015, 2016]\ncities = ['M03', '{}']\n"
        "[[event]]\nkind = 'definition'\nyears = [2014, 2014]\nfield = ['fdi']\nnote = 'anew'"
    )
    (tmp_path / "region.toml").write_text(toml.format(CITIES.loc[0, "city_en"]))
    book = panel.DATA / "synthetic_yearbook.csv"
    made = derive(book, CITIES, read_settings(tmp_path / "region.toml"))
    flags = made.table[made.table["flags"].str.contains("boundary:resident_pop")]
    code = CITIES.loc[0, "city_code"]
    assert {*flags[panel.KEY].itertuples(index=False, name=None)} == {
        (c, y) for c in ("M03", code) for y in (2015, 2016)}  # fmt: skip
    note = made.notes.query("kind == 'definition'")
    assert len(note) == 41 and set(note["detail"]) == {"anew"} and set(note["field"]) == {"fdi"}
    (tmp_path / "region.toml").write_text(toml.format("M99"))
    with pytest.raises(DataError, match="event: found M99; expected codes or names of the roster"):
        derive(book, CITIES, read_settings(tmp_path / "region.toml"))


def test_a_receipt_comes_first_and_a_dry_run_stops_there(run, tmp_path, capsys):
    assert run(BOOK) == 0
    assert "assumed: 2007 as the base year" in capsys.readouterr().out
    before = {path.name: path.read_bytes() for path in (tmp_path / "data").iterdir()}
    assert {*before} == {"cell_notes.csv", "cities.csv", "indicators.csv"}
    frame = spoilt(times(10), "resident_pop", where=ONE & YEAR.eq(2014))
    later = ONE & YEAR.ge(2020)
    frame["average_wage"] = frame["average_wage"].where(~later, frame["average_wage"] / 12)
    assert run(frame, DRY_RUN=1) == 0
    out = capsys.readouterr().out
    name = ", ".join(CITIES.set_index("city_code").loc["M03", ["city_en", "province_en"]])
    assert f"  {name}, 2014, resident_pop: 9.9 times 2013" in out
    wage = rf"said: wage over GDP .*; the largest change 0\.08\d* times .* \({name}, 2020\)"
    assert re.search(wage, out)
    assert {p.name: p.read_bytes() for p in (tmp_path / "data").iterdir()} == before
    assert (tmp_path / "_build" / "receipt.txt").read_text(encoding="utf-8") == out


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
def test_any_yearbook_is_refused_or_gives_a_panel(tmp_path_factory, run, capsys, changes):
    frame = SMALL.copy()
    for row, column, text, whole in changes:
        frame.iloc[slice(None) if whole else row, column] = text
    folder = tmp_path_factory.mktemp("any")
    if run(frame, folder):
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
