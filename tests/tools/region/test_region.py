"""A region of one's own: its slopes, its map, and whole pages of invented regions."""

from __future__ import annotations

import itertools
import json
import re
from unittest.mock import Mock

import islands as invented
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib import panel
from lib.jackknife import Jackknife
from lib.panel import DataError
from lib.specifications import FLOW
from tools.region import __main__ as tool
from tools.region import charts, study
from tools.yearbook.derive import derive
from tools.yearbook.reading import read_cities
from tools.yearbook.settings import Settings, read_settings

DATA, EXAMPLES = panel.DATA, panel.DATA / "examples"
INVENTED = {"YEARBOOK": DATA / "synthetic_yearbook.csv", "CITIES": DATA / "synthetic_cities.csv",
            "REGION": EXAMPLES / "invented_41.toml"}  # fmt: skip
ISLANDS = {"YEARBOOK": EXAMPLES / "synthetic_islands_yearbook.csv",
           "CITIES": EXAMPLES / "synthetic_islands_cities.csv",
           "REGION": EXAMPLES / "islands.toml"}  # fmt: skip


@pytest.fixture(scope="module")
def derived():
    """What the yearbook of the second example gives."""
    settings = read_settings(ISLANDS["REGION"])
    return derive(ISLANDS["YEARBOOK"], read_cities(ISLANDS["CITIES"]), settings)


@pytest.fixture(scope="module")
def islands(derived, tmp_path_factory):
    """The panel of the second example, as its page loads it."""
    path = tmp_path_factory.mktemp("islands") / "indicators.csv"
    derived.table.to_csv(path, index=False)
    return panel.load(path, panel.load_cities(ISLANDS["CITIES"]))


def test_the_example_is_what_its_seed_makes():
    towns = invented.roster()
    for key, table in {"YEARBOOK": invented.yearbook(towns), "CITIES": towns}.items():
        text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        assert text == ISLANDS[key].read_text(encoding="utf-8")


def test_settings_take_from_roster_and_yearbook_what_they_do_not_say(derived):
    filled = tool.filled(Settings(), derived, "no_name")
    assert (filled.name, filled.base_year) == ("A region", 2010)  # names have no underscore
    assert list(filled.groups) == ["Greyholm", "Larkholm"]
    with pytest.raises(DataError, match="each once: Greyholm, Larkholm"):
        tool.filled(Settings(groups=("Greyholm", "Larkholm", "Larkholm")), derived, "x")


@pytest.mark.parametrize(("low", "province_low", "sign"), [
    (0.006, 0.2, "positive"), (0.004, 0.2, "cannot tell"),  # is shown as 0.00
    (0.2, -0.1, "cannot tell"), (-0.9, -0.9, "negative")])  # fmt: skip
def test_a_slope_has_a_sign_where_zero_lies_in_no_interval_as_it_is_shown(low, province_low, sign):
    def fit(cluster):
        """Of ten clusters, whose slopes without each give the interval that is asked for."""
        coef = pd.Series({"LM": 0.3 + (low if cluster == "place" else province_low)})
        gap = 0.3 / 2.262157 / np.sqrt(9 / 10 * 10)  # Student's t, 97.5 %, 9 degrees
        return Jackknife(coef, pd.DataFrame({"LM": coef["LM"] + gap * np.resize([1, -1], 10)}))

    rows = pd.DataFrame({"place": range(10), "province": range(10)})
    slope = study.intervals(rows, fit).loc["LM"]
    assert slope["low"] == pytest.approx(low, abs=1e-6) and slope["sign"] == sign
    assert slope["province_high"] == pytest.approx(province_low + 0.6, abs=1e-6)
    assert np.isnan(study.intervals(rows.assign(province=0), fit).at["LM", "province_low"])
    with pytest.raises(DataError, match="found 9, expected 10 or more"):
        study.intervals(rows[:9], fit)


def test_where_recounts_are_out_a_place_is_two_and_the_year_between_is_gone(islands):
    step = islands["city"].eq("Kelder") & islands["year"].eq(2015)
    data = islands.assign(flags=islands["flags"].where(~step, "census_step:resident_pop;"))
    rows = study.rows_of(data, FLOW, study.RECOUNTS)
    cities = rows[rows["place"].eq("Kelder")].set_index("year")["city"]
    assert set(cities.loc[:2014]) == {"Kelder 0"} and set(cities.loc[2015:]) == {"Kelder 1"}
    assert 2015 not in cities and len(rows) == len(study.rows_of(data, FLOW, "Model 1")) - 1


def test_readings_and_controls_follow_from_what_is_known(islands):
    gross = study.readings(islands.assign(lm_flow=np.nan, lm_stock=np.nan))
    assert [r.mobility for r in gross] == ["lm_flow_gross", "lm_stock_gross"]
    assert [r.name for r in study.readings(islands.assign(lm_stock=np.nan))] == ["flow"]
    assert study.controls(islands.assign(te=np.nan)) == ["ODI", "GR", "RLR", "RISSL"]
    found, lacking = study.slopes(islands[islands["reach"].eq("Larkholm")])  # nine places
    assert found.empty and len(lacking) == 10 and "found 9, expected 10" in lacking[0]


@pytest.mark.parametrize("seed", range(4))
def test_names_on_the_map_stand_off_each_other(seed):
    draw = np.random.default_rng(seed)
    places = pd.DataFrame({
        "city": [f"{'北海港市' if n % 3 else 'Long name'} {n}" for n in range(40)],
        "reach": [*"abcdefgh"] * 5, "reg": draw.uniform(0.5, 3, 40),
        "lon": draw.normal(100, 0.2, 40), "lat": draw.normal(30, 0.2, 40)})  # fmt: skip
    named = charts.region_map(Settings(groups="abcdefgh"), places, 2020).figure.axes[0].texts
    assert len(named) > 5 and {text.get_text() for text in named} <= set(places["city"])
    for text in named:  # a Chinese letter is as wide as it is high
        text.set_text(re.sub("[\u4e00-\u9fff]", "M", text.get_text()))
    pairs = itertools.combinations([text.get_window_extent() for text in named], 2)
    assert not any(first.overlaps(second) for first, second in pairs)


@pytest.fixture
def run(monkeypatch):
    """``make region`` of files into a folder, or another command."""

    def command(files, out, *arguments) -> int:
        for key, value in {**files, "OUT": out, "BELIEVE": ""}.items():
            monkeypatch.setenv(key, str(value))
        return tool.main(arguments)

    return command


def test_templates_have_a_row_for_each_place_and_year(tmp_path, run, capsys):
    files = ISLANDS | {"CITIES": "Ashwick, Kelder"}
    assert [run(files, tmp_path, "template"), run(files, tmp_path, "template")] == [0, 2]
    assert "none of these files" in capsys.readouterr().err  # nothing is overwritten
    assert pd.read_csv(tmp_path / "yearbook.csv").shape == (2 * 16, 20)
    roster = pd.read_csv(tmp_path / "roster.csv").assign(province_en="P", reach="A", lon=1, lat=2)
    roster.to_csv(tmp_path / "roster.csv", index=False)
    assert read_cities(tmp_path / "roster.csv")["city_zh"].tolist() == ["Ashwick", "Kelder"]


def test_nothing_but_a_region_is_replaced(tmp_path, run, capsys):
    (tmp_path / "thesis.tex").write_text("x")
    for place in (tmp_path, tool.ROOT / "data", tool.ROOT.parent):
        assert run(ISLANDS, place) == 2
        assert "expected a new folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_run_that_fails_or_is_killed_leaves_what_stood_there(tmp_path, run, monkeypatch, capsys):
    root = tmp_path / "region"
    for kind in ("old", "part"):  # as a kill between the last two steps leaves them
        (tmp_path / f".region.{kind}" / "data").mkdir(parents=True)
        (tmp_path / f".region.{kind}" / tool.MARK).write_text(kind)
    for error in (OSError(28, "No space left on device"), SystemExit("1 notebook failed")):
        monkeypatch.setattr(tool.book, "make", Mock(side_effect=error))
        assert run(ISLANDS, root) == 2
        assert f"{root}: {error}; nothing was replaced" in capsys.readouterr().err
        assert (root / tool.MARK).read_text() == "old"
        assert [path.name for path in tmp_path.iterdir()] == ["region"]
    with tool.replaced(root) as part:
        (part / "data").mkdir()
        (part / tool.MARK).write_text("new")
    assert (root / tool.MARK).read_text() == "new" and len(list(tmp_path.iterdir())) == 1


ODD = ["L'Aquila (old)", "O’Brien", "北海市", "مدينة", "Ñandú-Å", "St. Mary's", "Łódź", "Ὀδησσός",
       "東京（都）"]  # nine: too few for a regression  # fmt: skip
PAGE = "_build/html/notebooks/index.html"
SOURCE = 'a <script>alert(1)</script> {download}`../region.json` $x$ | \\source **b** &amp; "q"'


@pytest.mark.slow
@pytest.mark.parametrize("files", [ISLANDS, INVENTED], ids=["islands", "41"])
def test_an_example_becomes_a_page_that_says_that_it_is_invented(files, tmp_path, run):
    before = {p: p.stat().st_mtime_ns for p in DATA.rglob("*") if p.is_file()}
    root = tmp_path / "a 'page' $x"
    assert run(files, root) == 0
    assert before == {p: p.stat().st_mtime_ns for p in DATA.rglob("*") if p.is_file()}
    page = BeautifulSoup((root / PAGE).read_text(encoding="utf-8"), "html.parser")
    assert "Invented data" in page.find("footer", class_="bd-footer-content").get_text()
    for code in page.select(".highlight, details.computed"):
        code.decompose()
    text = page.find("article").get_text()
    assert "Every figure on this page is made up." in text
    strange = r"official|Yangtze|\bBelt\b|\bcity\b|\{eval\}|\bnan\b|%%|\bNone\b"
    assert not re.search(strange, text)
    answer = re.search(r"move apart\?\s+(.+)", text)[1]
    assert text.count(answer) == 3  # the opening, the first answer and a figure say the same
    names = {path.name for path in (root / "_build/html/_downloads").rglob("*.*")}
    assert names == {"indicators.csv", "cities.csv", "cell_notes.csv", "receipt.txt"}


@pytest.mark.slow
def test_text_of_a_roster_and_of_settings_is_text_everywhere(tmp_path, run):
    yearbook, roster = (pd.read_csv(ISLANDS[key], dtype=str) for key in ("YEARBOOK", "CITIES"))
    roster = roster.iloc[[*range(5), *range(-4, 0)]]
    groups = {"Greyholm": "North's (北)", "Larkholm": "Юг·2"}
    roster = roster.assign(city_en=ODD, province_en=roster["province_en"] + "’s", city_zh=ODD[::-1],
                           reach=roster["reach"].map(groups))  # fmt: skip
    yearbook = yearbook[yearbook["city_code"].isin(roster["city_code"])].drop(columns="city_zh")
    files = {key: tmp_path / f"{key}.txt" for key in ISLANDS}
    yearbook.to_csv(files["YEARBOOK"], index=False)
    roster.to_csv(files["CITIES"], index=False)
    name = "O'Neil’s région (北) -1."
    lines = f"name = {json.dumps(name)}\nsource = {json.dumps(SOURCE)}\n"
    files["REGION"].write_text(lines, encoding="utf-8")
    assert run(files, tmp_path / "out") == 0
    html, page = tmp_path / "out/_build/html", (tmp_path / "out" / PAGE).read_text(encoding="utf-8")
    article = BeautifulSoup(page, "html.parser").find("article")
    shown = article.get_text().replace("'", "’")
    assert "Invented" not in shown and "No regression is run, because fewer than ten" in shown
    assert not article.select("table script, figcaption script, figcaption strong strong")
    for words in (*ODD, *groups.values(), name):
        assert words.replace("'", "’") in shown
    assert "<script>alert(1)</script>" in shown and "{download}`../region.json`" in shown
    assert not list((html / "_downloads").rglob("*.json"))
    for path in html.rglob("*.html"):
        assert "<script>alert" not in path.read_text(encoding="utf-8"), path
    for path in [*html.glob("_static/tables/*.csv"), *html.glob("_downloads/**/*.csv")]:
        cells = pd.read_csv(path, dtype=str, header=None, keep_default_na=False).to_numpy().ravel()
        # A spreadsheet runs what begins so; figures may.
        assert not [c for c in cells if re.match(r"[=+@\t]|-(?![\d.–])", str(c))], path
