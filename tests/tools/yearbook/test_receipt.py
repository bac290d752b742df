"""A receipt says what would move, before anything does, and holds no level."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest

from lib import panel, prose
from lib.estimation import two_way_fe
from lib.specifications import FLOW, LATE, LOWER, MODEL2, STOCK, rows
from tools.yearbook import __main__ as command
from tools.yearbook import build, receipt
from tools.yearbook.derive import derive
from tools.yearbook.judge import Finding
from tools.yearbook.reading import read_cities

BOOK = panel.DATA / "synthetic_yearbook.csv"
PLACES = panel.DATA / "synthetic_cities.csv"


@pytest.fixture
def folder(tmp_path):
    """The invented cities as the panel that stands."""
    out = tmp_path / "data"
    out.mkdir()
    shutil.copy(PLACES, out / "cities.csv")
    before = pd.read_csv(panel.DATA / "synthetic_indicators.csv")
    build.write({out / "indicators.csv": build.coarse(before)})
    return out


def run(folder, book, *options) -> int:
    places = ["--cities", str(PLACES), "--data", str(folder)]
    return command.main([str(book), *places, *options])


def spoil(folder, column, value, year=2014) -> str:
    frame = pd.read_csv(BOOK)
    frame[column] = frame[column].astype(float)
    frame.loc[frame["year"].eq(year) & frame["city_code"].isin(["L01", "U05"]), column] = value
    path = folder.parent / "spoilt.csv"
    frame.to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def one():
    return panel.load(panel.DATA / "synthetic_indicators.csv", panel.load_cities(PLACES))


def test_what_moves_is_counted_and_what_turns_comes_first(one):
    assert receipt.coefficients(one, one).empty
    two = one.copy()
    two.loc[two["year"].eq(2010), "gr"] *= 1.5
    table = receipt.coefficients(two, one)
    assert set(table["column"]) == {"Model 2"}  # the only one with controls
    # Turned around, every sign of LM changes, and is said first.
    three = one.assign(reg=-one["reg"])
    table = receipt.coefficients(three, one)
    assert table["turned"].all() and len(table) == 46


def test_its_coefficients_are_those_of_the_tables(one):
    table = receipt.coefficients(one.assign(reg=-one["reg"]), one)
    said = table.set_index(["reading", "column", "term"])["before"]
    for reading, column in ((STOCK, MODEL2), (FLOW, LATE), (STOCK, LOWER)):
        fit = two_way_fe(rows(one, reading, column), "REG", column.terms)
        p = fit.errors("jackknife")["p"]
        for term in column.terms:
            found = prose.stars(fit.coef[term], p[term])
            assert said[reading.name, column.heading, term] == found


def test_a_dry_run_stops_at_the_receipt(folder, capsys, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    book = spoil(folder, "gdp_index", 135.0)
    monkeypatch.setenv("DRY_RUN", "1")  # what --dry-run is by default
    assert run(folder, book) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[1].startswith("turns the sign or the stars of ")
    assert any(re.match("flag   step: gdp_index, L01, from 2014 on", line) for line in said)
    assert any(
        re.match(r"  (flow|stock), Model 1, LM: .* standard errors\)", line) for line in said
    )
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    kept = (folder.parent / "_build" / "receipt.txt").read_text(encoding="utf-8").splitlines()
    assert kept == said[:-1]


def test_a_refusal_is_overridden_by_name_on_the_record(folder, capsys):
    frame = pd.read_csv(BOOK)
    gone = frame["city_code"].eq("L01") & frame["year"].between(2013, 2014)
    frame.loc[gone, "resident_pop"] *= 2
    book = folder.parent / "gone.csv"
    frame.to_csv(book, index=False)
    before = (folder / "indicators.csv").read_bytes()
    assert run(folder, book) == 2
    assert "(if the file is right: BELIEVE=excursion)" in capsys.readouterr().err
    assert (folder / "indicators.csv").read_bytes() == before
    assert run(folder, book, "--believe", "indices") == 2
    assert "judgements: found indices; expected any of absent, " in capsys.readouterr().err
    assert run(folder, book, "--believe", "excursion") == 0
    kept = (folder.parent / "_build" / "receipt.txt").read_text(encoding="utf-8")
    assert "assumed overridden: excursion: resident_pop, L01, 2013 to 2014" in kept
    flags = panel.load(folder / "indicators.csv", panel.load_cities(PLACES))["flags"]
    assert flags.str.contains("doubt:resident_pop").sum() == 2
    notes = pd.read_csv(folder / "cell_notes.csv").query("kind == 'doubt'")
    assert notes["detail"].str.contains("(overridden)", regex=False).sum() == 2


def test_a_cell_that_is_struck_is_said(folder, capsys):
    frame = pd.read_csv(BOOK)
    frame.loc[frame["city_code"].eq("L01") & frame["year"].eq(2014), "resident_pop"] *= 10
    book = folder.parent / "slip.csv"
    frame.to_csv(book, index=False)
    assert run(folder, book) == 0
    said = capsys.readouterr().out.partition("struck, as gaps: ")[2]
    assert said.splitlines()[1].startswith("  L01, 2014, resident_pop: 10.2 times 2013")


def test_flags_come_by_what_they_move(one):
    made = {"small": 1.01, "large": 2.0, "none": float("nan")}
    cells = tuple(one[panel.KEY].itertuples(index=False, name=None))[:17]
    found = [Finding("flag", name, "gdp", "L01", "", "", "", cells, factor)
             for name, factor in made.items()]  # fmt: skip

    def without(finding):
        table = one.copy()
        table.loc[table["city_code"].eq("L01"), "lm_stock"] *= finding.factor
        return table

    after = receipt.ordered(found, one, without)
    assert [each.name for each in after] == ["large", "small", "none"]
    assert after[0].move > after[1].move > 0 and after[2].move != after[2].move


def test_a_receipt_says_what_was_assumed_and_what_is_missing():
    cities = read_cities(PLACES)
    made = derive(BOOK, cities, panel.load_exchange_rate(), 2008)
    lines = receipt.write("a", made)
    assert "compares with no panel of these cities" in lines
    assert "assumed 2008 as the base year" in lines
    missing = made.yearbook["fdi"].isna().sum()
    assert ("misses no cell" in lines[-1]) or f"{missing} of fdi" in lines[-1]
