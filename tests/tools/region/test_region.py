"""A region of one's own: its slopes, its map, and whole pages of invented regions."""

from __future__ import annotations

import errno
import itertools
import json
import re
from pathlib import Path
from unittest.mock import Mock

import islands as invented
import jupytext
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib import panel
from lib.jackknife import Jackknife
from lib.panel import DataError
from lib.specifications import FLOW
from lib.within import leave_one_out
from tools.region import __main__ as tool
from tools.region import charts, study
from tools.yearbook.derive import derive
from tools.yearbook.reading import read_cities
from tools.yearbook.settings import Settings, read_settings

DATA, EXAMPLES = panel.DATA, panel.DATA / "examples"
INVENTED = {"YEARBOOK": DATA / "synthetic_yearbook.csv", "CITIES": DATA / "synthetic_cities.csv",
            "REGION": EXAMPLES / "invented_41.toml"}  # fmt: skip
ISLANDS = {key: EXAMPLES / f"synthetic_islands_{name}.csv"
           for key, name in (("YEARBOOK", "yearbook"), ("CITIES", "cities"))}  # fmt: skip
ISLANDS["REGION"] = EXAMPLES / "islands.toml"


@pytest.fixture(scope="module")
def made():
    """What the yearbook of the second example gives."""
    settings = read_settings(ISLANDS["REGION"])
    return derive(ISLANDS["YEARBOOK"], read_cities(ISLANDS["CITIES"]), settings)


@pytest.fixture(scope="module")
def islands(made, tmp_path_factory):
    """The panel of the second example, as its page loads it."""
    folder = tmp_path_factory.mktemp("islands")
    made.table.to_csv(folder / "indicators.csv", index=False)
    made.cities.to_csv(folder / "cities.csv", index=False)
    return panel.load(folder / "indicators.csv", panel.load_cities(folder / "cities.csv"))


def test_the_example_is_what_its_seed_makes():
    towns = invented.roster()
    for key, table in {"YEARBOOK": invented.yearbook(towns), "CITIES": towns}.items():
        text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        assert text == ISLANDS[key].read_text(encoding="utf-8")


def test_settings_take_from_roster_and_yearbook_what_they_do_not_say(made):
    filled = tool.filled(Settings(), made, "no_name")
    assert (filled.name, filled.base_year) == ("A region", 2010)  # names have no underscore
    assert list(filled.groups) == ["Greyholm", "Larkholm"]
    with pytest.raises(DataError, match="each once: Greyholm, Larkholm"):
        tool.filled(Settings(groups=("Greyholm", "Larkholm", "Larkholm")), made, "x")


def by_dummies(rows, y, x, cluster):
    """Slopes with dummies of city and year, and their interval by CV3, step by step."""

    def fit(part):
        effects = pd.get_dummies(part[["city", "year"]].astype(str), dtype=float)
        wide = np.column_stack([part[x], effects])
        return np.linalg.lstsq(wide, part[y], rcond=None)[0][: len(x)]

    every, names = fit(rows), sorted(set(rows[cluster]))
    gap = np.array([fit(rows[rows[cluster] != name]) for name in names]) - every
    se = np.sqrt((len(names) - 1) / len(names) * (gap**2).sum(axis=0))
    quantile = {20: 2.093024, 10: 2.262157}[len(names)]  # Student's t, 97.5 %, 19 and 9 degrees
    return every, every - quantile * se, every + quantile * se


def test_intervals_are_those_of_leaving_out_each_place_and_each_province(islands):
    ten = islands["city"].rank(method="dense").astype(int).mod(10).astype(str)
    rows = study.rows_of(islands.assign(province="P" + ten), FLOW, "Model 1")
    terms = ["LM", "IA"]
    found = study.intervals(rows, lambda by: leave_one_out(rows, "REG", terms, cluster=by))
    for cluster, before in {"place": "", "province": "province_"}.items():
        coef, low, high = by_dummies(rows, "REG", terms, cluster)
        np.testing.assert_allclose(found["coef"], coef, rtol=1e-6)
        np.testing.assert_allclose(found[f"{before}low"], low, rtol=1e-5)
        np.testing.assert_allclose(found[f"{before}high"], high, rtol=1e-5)
    with pytest.raises(DataError, match="found 9, expected 10 or more"):
        few = rows[rows["place"].isin(sorted(set(rows["place"]))[:9])]
        study.intervals(few, lambda by: leave_one_out(few, "REG", terms, cluster=by))


@pytest.mark.parametrize(
    ("low", "province_low", "sign"),
    [(0.006, 0.2, "positive"),
     (0.004, 0.2, "cannot tell"),  # is shown as 0.00
     (0.2, -0.1, "cannot tell"), (-0.9, -0.9, "negative")],
)  # fmt: skip
def test_a_slope_has_a_sign_where_zero_lies_in_no_interval_as_it_is_shown(low, province_low, sign):
    rows = pd.DataFrame({"place": range(10), "province": range(10)})

    def fit(cluster):
        """Of ten clusters, whose slopes without each give the interval that is asked for."""
        coef = pd.Series({"LM": 0.3 + (low if cluster == "place" else province_low)})
        gap = 0.3 / 2.262157 / np.sqrt(9 / 10 * 10)  # Student's t, 97.5 %, 9 degrees
        return Jackknife(coef, pd.DataFrame({"LM": coef["LM"] + gap * np.resize([1, -1], 10)}))

    found = study.intervals(rows, fit)
    assert found.loc["LM", "low"] == pytest.approx(low, abs=1e-6)
    assert found.loc["LM", "sign"] == sign


def test_where_recounts_are_out_no_slope_sees_them(islands):
    """A place whose residents are recounted, and its income with them, changes nothing."""
    place, late = islands["city"].eq("Kelder"), islands["year"].ge(2015)
    step = place & islands["year"].eq(2015)
    flags = islands["flags"].where(~step, "census_step:resident_pop;")
    reg = islands["reg"].where(~(place & late), islands["reg"] / 1.2)
    odd = islands.assign(flags=flags, reg=reg, lm_flow=islands["lm_flow"] + 0.2 * step)
    slopes = []
    for data in (islands.assign(flags=flags), odd):
        rows = study.rows_of(data, FLOW, study.RECOUNTS)
        assert len(rows) == len(study.rows_of(data, FLOW, "Model 1")) - 1
        assert set(rows.loc[rows["place"].eq("Kelder"), "city"]) == {"Kelder 0", "Kelder 1"}
        # Income in logarithms: a factor is an effect.
        slopes.append(leave_one_out(rows.assign(REG=np.log(rows["REG"])), "REG", ["LM", "IA"]).coef)
    np.testing.assert_allclose(*slopes, rtol=1e-9)


def test_readings_and_controls_follow_from_what_is_known(islands):
    gross = study.readings(islands.assign(lm_flow=np.nan, lm_stock=np.nan))
    assert [r.mobility for r in gross] == ["lm_flow_gross", "lm_stock_gross"]
    assert [r.name for r in study.readings(islands.assign(lm_stock=np.nan))] == ["flow"]
    assert study.controls(islands.assign(te=np.nan)) == ["ODI", "GR", "RLR", "RISSL"]
    found, lacking = study.slopes(islands[islands["reach"].eq("Larkholm")])  # nine places
    assert found.empty and len(lacking) == 10 and "found 9, expected 10" in lacking[0]


@pytest.mark.parametrize("seed", range(8))
def test_names_on_the_map_stand_off_each_other(seed):
    draw = np.random.default_rng(seed)
    groups = tuple("abcdefgh")
    places = pd.DataFrame({
        "city": [f"{'北海港市' if n % 3 else 'Long name'} {n}" for n in range(40)],
        "reach": [groups[n % 8] for n in range(40)], "reg": draw.uniform(0.5, 3, 40),
        "lon": draw.normal(100, 0.2, 40), "lat": draw.normal(30, 0.2, 40),
    })  # fmt: skip
    chart = charts.region_map(Settings(groups=groups), places, 2020)
    named = chart.figure.axes[0].texts
    assert len(named) > 5 and {text.get_text() for text in named} <= set(places["city"])
    for text in named:  # a Chinese letter is as wide as it is high
        text.set_text(re.sub("[\u4e00-\u9fff]", "M", text.get_text()))
    boxes = [text.get_window_extent() for text in named]
    assert not [1 for one, other in itertools.combinations(boxes, 2) if one.overlaps(other)]


def test_the_page_knows_no_place_and_calls_none_a_city():
    text = (tool.PAGE / "index.md").read_text(encoding="utf-8")
    assert "%%invented%%\n" in text and not re.search(r'else ""`|`"" if', text)
    cells = jupytext.reads(text, fmt="md:myst").cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    prose = re.sub(r"\{eval\}`.*?`|<.*?>", "", prose)
    assert not re.search(r"(?i)yangtze|\bbelt\b|chin|official|cit(y|ies)|\breach", prose)


def asked(monkeypatch, given, out):
    for key, value in {**given, "OUT": out, "BELIEVE": ""}.items():
        monkeypatch.setenv(key, str(value))


def test_templates_have_a_row_for_each_place_and_year(tmp_path, monkeypatch, capsys):
    asked(monkeypatch, ISLANDS | {"CITIES": "Ashwick, Kelder"}, tmp_path)
    assert [tool.main(["template"]), tool.main(["template"])] == [0, 2]  # nothing is overwritten
    assert "none of these files" in capsys.readouterr().err
    assert pd.read_csv(tmp_path / "yearbook.csv").shape == (2 * 16, 20)
    roster = pd.read_csv(tmp_path / "roster.csv")
    filled = roster.assign(province_en="P", reach="A", lon=1, lat=2)
    filled.to_csv(tmp_path / "filled.csv", index=False)
    assert read_cities(tmp_path / "filled.csv")["city_zh"].tolist() == ["Ashwick", "Kelder"]


def test_nothing_but_a_region_is_replaced(tmp_path, monkeypatch, capsys):
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "thesis.tex").write_text("x")
    for place in (tmp_path / "papers", tool.ROOT / "data", tool.ROOT.parent):
        asked(monkeypatch, ISLANDS, place)
        assert tool.main([]) == 2
        assert "expected a new folder" in capsys.readouterr().err
    assert [each.name for each in (tmp_path / "papers").iterdir()] == ["thesis.tex"]


def folder(root, text):
    (root / "data").mkdir(parents=True)
    (root / tool.MARK).write_text(text)


def test_a_run_that_fails_or_is_killed_leaves_what_stood_there(tmp_path, monkeypatch, capsys):
    root = tmp_path / "region"
    folder(tmp_path / ".region.old", "old")  # as a kill between the last two steps leaves it
    folder(tmp_path / ".region.part", "half")
    asked(monkeypatch, ISLANDS, root)
    full = OSError(errno.ENOSPC, "No space left on device")
    for error, words in ((full, "No space left"), (SystemExit("1 notebook failed"), "1 notebook")):
        monkeypatch.setattr(tool.book, "make", Mock(side_effect=error))
        assert tool.main([]) == 2
        assert re.search(rf"{root}.*{words}.*nothing was replaced", capsys.readouterr().err)
        assert (root / tool.MARK).read_text() == "old"
        assert [each.name for each in tmp_path.iterdir()] == ["region"]
    with tool.replaced(root) as part:
        folder(part, "new")
    assert (root / tool.MARK).read_text() == "new" and len(list(tmp_path.iterdir())) == 1


ODD = ["L'Aquila (old)", "O’Brien", "北海市", "مدينة", "Ñandú-Å", "St. Mary's", "Łódź", "Ὀδησσός",
       "東京（都）"]  # nine: too few for a regression  # fmt: skip
SOURCE = 'a <script>alert(1)</script> {download}`../region.json` $x$ | \\source **b** &amp; "q"'


def page_of(root: Path) -> BeautifulSoup:
    text = (root / "_build/html/notebooks/index.html").read_text(encoding="utf-8")
    return BeautifulSoup(text, "html.parser")


@pytest.mark.slow
@pytest.mark.parametrize("given", [ISLANDS, INVENTED], ids=["islands", "41"])
def test_an_example_becomes_a_page_that_says_that_it_is_invented(given, tmp_path, monkeypatch):
    before = {p: p.stat().st_mtime_ns for p in panel.DATA.rglob("*") if p.is_file()}
    root = tmp_path / "a 'page' $x"
    asked(monkeypatch, given, root)
    assert tool.main([]) == 0
    assert before == {p: p.stat().st_mtime_ns for p in panel.DATA.rglob("*") if p.is_file()}
    page = page_of(root)
    assert "Invented data" in page.find("footer", class_="bd-footer-content").get_text()
    for code in page.select(".highlight, details.computed"):
        code.decompose()
    text = page.find("article").get_text()
    assert "Every figure on this page is made up." in text
    assert not re.search(r"official|Yangtze|\bBelt\b|\{eval\}|\bnan\b|%%|\bNone\b", text)
    answer = re.search(r"move apart\?\s+(.+)", text)[1]
    assert text.count(answer) == 3  # the opening, the first answer and a figure say the same
    names = {path.name for path in (root / "_build/html/_downloads").rglob("*.*")}
    assert names == {"indicators.csv", "cities.csv", "cell_notes.csv", "receipt.txt"}


@pytest.mark.slow
def test_text_of_a_roster_and_of_settings_is_text_everywhere(tmp_path, monkeypatch):
    yearbook, roster = (pd.read_csv(ISLANDS[key], dtype=str) for key in ("YEARBOOK", "CITIES"))
    roster = roster[roster["city_code"].isin([*roster["city_code"][:5], *roster["city_code"][-4:]])]
    groups = {"Greyholm": "North's (北)", "Larkholm": "Юг·2"}
    roster = roster.assign(city_en=ODD, province_en=roster["province_en"] + "’s", city_zh=ODD[::-1],
                           reach=roster["reach"].map(groups))  # fmt: skip
    names = roster.set_index("city_code")["city_zh"]
    yearbook = yearbook.assign(city_zh=yearbook["city_code"].map(names)).dropna(subset="city_zh")
    given = {key: tmp_path / f"{key}.txt" for key in ISLANDS}
    yearbook.to_csv(given["YEARBOOK"], index=False)
    roster.to_csv(given["CITIES"], index=False)
    said = {"name": "O'Neil’s région (北) -1.", "source": SOURCE}
    lines = "\n".join(f"{key} = {json.dumps(text)}" for key, text in said.items())
    given["REGION"].write_text(lines, encoding="utf-8")
    asked(monkeypatch, given, tmp_path / "out")
    assert tool.main([]) == 0
    html, article = tmp_path / "out/_build/html", page_of(tmp_path / "out").find("article")
    shown = article.get_text().replace("'", "’")
    assert "Invented" not in shown and "No regression is run, because fewer than ten" in shown
    assert not [each for each in article.select("script") if "alert" in each.get_text()]
    assert not article.select("table script, figcaption script, figcaption strong strong")
    wanted = [*ODD, *groups.values(), said["name"]]
    assert not [name for name in wanted if name.replace("'", "’") not in shown]
    assert "<script>alert(1)</script>" in shown and "{download}`../region.json`" in shown
    assert not list((html / "_downloads").rglob("*.json"))
    for path in html.rglob("*.html"):
        assert "<script>alert" not in path.read_text(encoding="utf-8"), path
    for path in [*html.glob("_static/tables/*.csv"), *html.glob("_downloads/**/*.csv")]:
        cells = pd.read_csv(path, dtype=str, header=None, keep_default_na=False).to_numpy().ravel()
        # A spreadsheet runs what begins so; figures may.
        assert not [c for c in cells if re.match(r"[=+@\t]|-(?![\d.–])", str(c))], path
