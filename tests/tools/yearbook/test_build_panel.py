"""The panel is put together from the definitions, written whole, and found by the command."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib import indicators, panel
from tools.yearbook import __main__ as command
from tools.yearbook import build
from tools.yearbook.clean import Cleaned, clean
from tools.yearbook.reading import read_cities, read_yearbook

EXAMPLE = panel.DATA / "hand_example.csv"
SYNTHETIC = panel.DATA / "synthetic_yearbook.csv"
PLACES = panel.DATA / "hand_example_cities.csv"
RATES = pd.Series({2008: 7.0, 2009: 6.8, 2010: 6.5})
# Two provinces of the three in the example; 2009 of the second lies half-way.
PROVINCES = pd.DataFrame(
    {"province": ["West"] * 3 + ["Centre"] * 3, "year": [2008, 2009, 2010] * 2,
     "k": [0.001, 0.002, 0.003, 0.004, 0.006, 0.008], "interpolated": [False] * 4 + [True, False]}
)  # fmt: skip


@pytest.fixture(scope="module")
def cities() -> pd.DataFrame:
    return read_cities(PLACES)


@pytest.fixture(scope="module")
def cleaned(cities) -> Cleaned:
    return clean(read_yearbook(EXAMPLE, cities), cities)


def built(cleaned: Cleaned, cities: pd.DataFrame, provinces=None, **options) -> pd.DataFrame:
    growth = build.natural_growth(cleaned, cities, provinces)
    return build.build(cleaned, RATES, growth, **options)


def test_a_city_that_enters_late_or_has_a_gap(tmp_path):
    """Refused, or by name read: what lacking years cannot give is missing, the rest as before."""
    whole = pd.read_csv(SYNTHETIC, dtype=str)
    code, late, gap = (
        whole["city_code"],
        whole["year"] < "2011",
        whole["year"].isin(["2015", "2016"]),
    )
    enters, lacks = code.unique()[:2]
    path = tmp_path / "yearbook.csv"
    whole[~(code.eq(enters) & late | code.eq(lacks) & gap)].to_csv(path, index=False)
    roster = read_cities(panel.DATA / "synthetic_cities.csv")
    with pytest.raises(panel.DataError, match=rf"no row for {enters}, 2007 to 2010.*absent"):
        read_yearbook(path, roster)
    found = read_yearbook(path, roster, ["absent"])
    assert len(found) == len(whole) and len(found.attrs["overridden"]) == 2
    rates = pd.Series(7.0, index=range(2007, 2024))
    made, before = (
        build.build(c, rates, build.natural_growth(c, roster, None)).set_index(panel.KEY)
        for c in (clean(found, roster), clean(read_yearbook(SYNTHETIC, roster), roster))
    )
    # The base year of one is unknown; a gap inside is filled as any other is, and flagged.
    assert made.loc[enters, ["reg", "lm_stock"]].isna().all(axis=None)
    assert made.loc[enters].loc[2011:, "lm_flow"].isna().tolist() == [True] + [False] * 12
    assert "interpolated:gdp;" in made.at[(lacks, 2015), "flags"]
    assert made.loc[lacks, ["reg", "lm_stock"]].notna().all(axis=None)
    others = made.index[~made.index.get_level_values(0).isin([enters, lacks])]
    pd.testing.assert_series_equal(made.loc[others, "lm_stock"], before.loc[others, "lm_stock"])


def test_the_hand_example(cleaned, cities):
    """Each column is its definition, rounded to six digits; C's gap of 2009 is filled."""
    found = built(cleaned, cities)
    assert list(found) == [*panel.KEY, *panel.INDICATORS, "flags"]
    assert list(found["city_code"]) == list("AAABBBCCC")
    assert found["reg"].tolist()[:3] == [0.2, 0.275, 0.4125]
    assert found["k"].tolist() == [0.005, 0.01, 0.02, 0.005, 0.005, 0.01, 0.01, 0.02, 0.03]
    assert found["share_secondary"].iloc[3] == 0.526316  # 10 / 19
    assert list(found["flags"]) == [""] * 7 + ["interpolated:natural_growth", ""]
    raw = pd.read_csv(EXAMPLE)
    for name in ("reg", "te", "gr", "rlr", "rissl", "rdi", "edl"):
        np.testing.assert_allclose(found[name], getattr(indicators, name)(raw), rtol=5e-6)
    for reading, k in (("", found["k"]), ("_city", found["k"]), ("_gross", 0.0)):
        np.testing.assert_allclose(
            found[f"lm_flow{reading}"], indicators.lm_flow(raw, k), rtol=5e-6
        )
        np.testing.assert_allclose(
            found[f"lm_stock{reading}"], indicators.lm_stock(raw, k), rtol=5e-6, atol=1e-15
        )


def test_k_is_the_provinces_where_they_cover_all_and_never_spliced(cleaned, cities):
    some = build.natural_growth(cleaned, cities, PROVINCES)
    assert set(some["source"]) == {"city"}  # the third province has none
    covered = cities.assign(province_en=cities["province_en"].replace("East", "West"))
    growth = build.natural_growth(cleaned, covered, PROVINCES)
    assert set(growth["source"]) == {"province"}
    assert growth["k"].tolist() == [*PROVINCES["k"], *PROVINCES["k"][:3]]
    found = built(cleaned, covered, PROVINCES)
    assert found["flags"].tolist() == ["", "", "", "", "interpolated:k", "", "",
                                       "interpolated:natural_growth", ""]  # fmt: skip
    assert found["lm_flow"].iloc[1] == pytest.approx(100 / 125 - 0.002)
    assert found["lm_flow_city"].iloc[1] == pytest.approx(100 / 125 - 0.010)


def test_where_nothing_is_known_of_natural_growth_both_readings_are_missing(cleaned, cities):
    frame = cleaned.frame.assign(natural_growth=np.nan)
    growth = build.natural_growth(Cleaned(frame, cleaned.notes), cities, PROVINCES)
    found = build.build(Cleaned(frame, cleaned.notes), RATES, growth)
    assert set(growth["source"]) == {"none"}
    assert found[["lm_flow", "lm_flow_city", "k"]].isna().all(axis=None)
    # In the base year the product is empty, and the stock a plain ratio.
    assert found["lm_stock"].notna().tolist() == [True, False, False] * 3
    assert found["lm_flow_gross"].notna().sum() == 6 and found["lm_stock_gross"].notna().all()


def test_the_base_year_is_an_argument_and_earlier_years_are_lags(cleaned, cities):
    found = built(cleaned, cities, base_year=2009)
    assert sorted(found["year"].unique()) == [2009, 2010]
    assert found["lm_flow"].notna().all()  # 2008 serves 2009
    for base, match in ((2007, "expected the base year 2007"), (2011, "the base year 2011")):
        with pytest.raises(panel.DataError, match=match):
            built(cleaned, cities, base_year=base)


def test_flags_name_the_fields_that_an_indicator_uses(cleaned, cities):
    rows = [("A", 2009, "area", "suspect"), ("A", 2009, "fdi", "suspect"),
            ("A", 2009, "fdi", "interpolated"), ("A", 2009, "gdp", "parts"),
            ("B", 2010, "fdi", "straight_line"),
            ("B", 2010, "employment", "definition")]  # fmt: skip
    notes = pd.DataFrame(rows, columns=["city_code", "year", "field", "kind"])
    flags = built(Cleaned(cleaned.frame, notes), cities).set_index(panel.KEY)["flags"]
    assert flags["A", 2009] == "interpolated:fdi;parts:gdp;suspect:fdi"
    assert flags["B", 2010] == "definition:employment"
    assert flags.ne("").sum() == 2


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path) -> Path:
    out = tmp_path / "data"
    out.mkdir()
    return out


def test_command_writes_all_three_files(folder, capsys):
    line = [str(EXAMPLE), "--cities", str(PLACES), "--data", str(folder)]
    assert command.main(line) == 0
    assert sorted(p.name for p in folder.iterdir()) == [
        "cell_notes.csv", "cities.csv", "indicators.csv",
    ]  # fmt: skip
    told = capsys.readouterr().out
    assert "3 cities, 2008 to 2010" in told
    assert "compares with no panel of these cities" in told
    assert "assumed natural growth of each city" in told
    back = panel.load(folder / "indicators.csv", panel.load_cities(folder / "cities.csv"))
    assert back["reg"].tolist()[:3] == [0.2, 0.275, 0.4125]


@pytest.mark.parametrize("fault", ["yearbook", "a folder in the place of a file", "writing",
                                   "moving", "interrupted"])  # fmt: skip
def test_command_writes_nothing_on_an_error(folder, tmp_path, capsys, monkeypatch, fault):
    (folder / "indicators.csv").write_text("old")
    (folder / "cities.csv").write_text("old too")
    book = tmp_path / "book.csv"
    shutil.copy(EXAMPLE, book)
    if fault == "yearbook":
        book.write_text(book.read_text(encoding="utf-8").replace("108", "x", 1), encoding="utf-8")
    elif fault.startswith("a folder"):
        (folder / "cell_notes.csv").mkdir()
    else:
        where, name = (pd.DataFrame, "to_csv") if fault == "writing" else (os, "replace")
        original, calls = getattr(where, name), []

        def fail_the_second_time(*arguments, **options):
            calls.extend([1] if any(str(folder) in str(each) for each in arguments) else [])
            if len(calls) == 2:
                raise KeyboardInterrupt if fault == "interrupted" else OSError(28, "No space left")
            return original(*arguments, **options)

        monkeypatch.setattr(where, name, fail_the_second_time)
    before = sorted(p.name for p in folder.iterdir())
    line = [str(book), "--cities", str(PLACES), "--data", str(folder)]
    assert command.main(line) == 2
    assert capsys.readouterr().err
    assert (folder / "indicators.csv").read_text() == "old"
    assert (folder / "cities.csv").read_text() == "old too"
    assert sorted(p.name for p in folder.iterdir()) == before


SLOW = """
import os, sys, time
from pathlib import Path
import pandas as pd
from tools.yearbook import build
move = os.replace
def slowly(*paths):
    print("moving", flush=True)
    time.sleep(0.3)
    move(*paths)
os.replace = slowly
folder = Path(sys.argv[1])
build.write({folder / name: pd.DataFrame({"x": ["new"]}) for name in ("a.csv", "b.csv", "c.csv")})
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: a kill is NOT drilled")
@pytest.mark.parametrize("at", ["before", "second move"])
def test_a_kill_leaves_old_or_new_and_never_a_mixture(folder, at):
    """SIGKILL to the command and its group, while it computes or in the middle of its moves."""
    names = ("a.csv", "b.csv", "c.csv")
    for name in names:
        (folder / name).write_text("old")
    places = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", SLOW, str(folder)], text=True, env=places,
                          stdout=subprocess.PIPE, start_new_session=True) as killed:  # fmt: skip
        for _ in range({"before": 0, "second move": 2}[at]):
            assert killed.stdout.readline() == "moving\n"
        os.killpg(killed.pid, signal.SIGKILL)
        assert killed.wait() == -signal.SIGKILL
        killed.stdout.read()  # until nobody writes any more
    left = {(folder / name).read_text().split()[-1] for name in names}
    assert left == ({"old"} if at == "before" else {"new"})
    build.write({folder / "a.csv": pd.DataFrame({"x": ["newer"]})})  # no lock is left behind


def test_a_late_series_is_one_in_the_first_year_in_which_half_of_the_cities_have_it(
    cleaned, cities
):
    frame = cleaned.frame.copy()
    frame.loc[frame["year"].eq(2008), "average_wage"] = np.nan
    frame.loc[frame["city_code"].ne("A") & frame["year"].eq(2008), "employment"] = np.nan
    assert build.bases(frame, 2008) == {"employment": 2009, "average_wage": 2009}
    made = built(Cleaned(frame, cleaned.notes), cities).set_index("year")
    assert made.loc[2009, ["te", "rlr"]].mean().round(5).tolist() == [1, 1]
    assert build.bases(frame.assign(employment=np.nan), 2008)["employment"] == 2008


HOSTILE = "a `touch hit` $(touch hit) $HOME $$ 'q' \"d\" ; & #1 %d.csv"


@pytest.mark.skipif(not shutil.which("make"), reason="make is not here: its road is not tried")
@pytest.mark.parametrize("names", [["YEARBOOK"], ["YEARBOOK", "CITIES"]], ids=str)
def test_make_hands_paths_on_as_they_are(tmp_path, names):
    """No shell reads them: a backtick runs nothing, a dollar and a space are part of a name."""
    book = tmp_path / HOSTILE
    book.write_text("not a yearbook\n")
    given = [f'RUN="{sys.executable}"', "READY=", *(f"{name}={book}" for name in names)]
    run = subprocess.run(
        ["make", "data", *given], cwd=panel.DATA.parent, capture_output=True, text=True, check=False
    )
    assert f"{book}: found a header and nothing below" in run.stderr
    assert "Traceback" not in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == [HOSTILE]


def test_command_without_a_yearbook_says_what_to_name(capsys, monkeypatch):
    monkeypatch.delenv("YEARBOOK", raising=False)
    assert command.main([]) == 2
    assert "make data YEARBOOK=" in capsys.readouterr().err
