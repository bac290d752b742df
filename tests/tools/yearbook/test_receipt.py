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
from tools.yearbook.derive import as_loaded, derive
from tools.yearbook.judge import Finding
from tools.yearbook.reading import read_cities
from tools.yearbook.schema import LEVELS

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
    kept = ["--receipt", str(folder.parent / "kept.txt")]
    return command.main([str(book), *places, *kept, *options])


def spoil(folder, column, value, year=2014) -> str:
    frame = pd.read_csv(BOOK)
    frame[column] = frame[column].astype(float)
    frame.loc[frame["year"].eq(year) & frame["city_code"].isin(["L01", "U05"]), column] = value
    path = folder.parent / "spoilt.csv"
    frame.to_csv(path, index=False)
    return str(path)


def test_columns_by_hand():
    frame = pd.DataFrame(
        {"city_code": ["A", "A", "B", "B"], "year": [2008, 2009] * 2, "gdp": [100, 110, 50, 60.0],
         "natural_growth": [1, 2, 3, None]}
    ).reindex(columns=["city_code", "year", *receipt.FIELDS])  # fmt: skip
    found = receipt.columns(frame.astype(dict.fromkeys(receipt.FIELDS, float)))
    order = ["cells", "missing", "median", "low", "high"]
    assert found.loc["gdp", order].astype(float).round(9).tolist() == [4, 0, 15, 10, 20]
    assert found.loc["natural_growth", order].tolist() == [3, 1, 2, 1, 3]


@pytest.fixture(scope="module")
def one():
    return panel.load(panel.DATA / "synthetic_indicators.csv", panel.load_cities(PLACES))


def test_what_moves_is_counted_and_what_turns_comes_first(one):
    assert not receipt.cells(one, one).any()
    two = one.copy()
    two.loc[two["year"].eq(2010), "gr"] *= 1.5
    two.loc[0, "odi"] = None
    counts = receipt.cells(two, one)
    assert counts[counts > 0].to_dict() == {"odi": 1, "gr": 41}
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
    assert any(re.match(r"moves \d+ cells of the panel before: 20 of reg", line) for line in said)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    kept = (folder.parent / "kept.txt").read_text(encoding="utf-8").splitlines()
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
    kept = (folder.parent / "kept.txt").read_text(encoding="utf-8")
    assert "assumed overridden: excursion: resident_pop, L01, 2013 to 2014" in kept
    flags = panel.load(folder / "indicators.csv", panel.load_cities(PLACES))["flags"]
    assert flags.str.contains("doubt:resident_pop").sum() == 2
    notes = pd.read_csv(folder / "cell_notes.csv").query("kind == 'doubt'")
    assert notes["detail"].str.contains("(overridden)", regex=False).sum() == 2


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


def test_no_level_is_in_a_receipt():
    cities = read_cities(PLACES)
    made = derive(BOOK, cities, panel.load_exchange_rate(), 2008)
    book = made.yearbook
    lines = receipt.write("a", made, as_loaded(made.table, cities), None)
    levels = {f"{value:.4g}" for value in book[LEVELS].to_numpy().ravel()}
    levels = {text for text in levels if len(text.strip("0").replace(".", "")) == 4}
    shown = [line for line in lines if line.strip().split(":")[0] in LEVELS]
    numbers = set(re.findall(r"[\d.]+", " ".join(line.split(";")[-1] for line in shown)))
    assert len(shown) > 12 and len(numbers & levels) < 0.3 * len(numbers)
