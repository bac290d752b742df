"""A region of one's own: settings, what can be estimated, and whole small books of two examples."""

from __future__ import annotations

import json
import re
import warnings
from pathlib import Path

import islands as invented
import jupytext
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib import rcParams

from lib import panel
from lib.panel import DataError
from tools.region import charts, template
from tools.region import make as tool
from tools.region import study as region

EXAMPLES = panel.DATA / "examples"
ISLANDS = EXAMPLES / "synthetic_islands_yearbook.csv", EXAMPLES / "synthetic_islands_cities.csv"
INVENTED = panel.DATA / "synthetic_yearbook.csv", panel.DATA / "synthetic_cities.csv"
TEMPLATES = sorted(tool.TEMPLATES.glob("*.md"))


@pytest.fixture(scope="module")
def islands(tmp_path_factory):
    """Settings and panel of the second example, as its pages load them."""
    folder = tmp_path_factory.mktemp("islands")
    settings, made = tool.region(*ISLANDS, tool.read_settings(EXAMPLES / "islands.toml"))
    for name in ("indicators.csv", "cities.csv"):
        made[name].to_csv(folder / name, index=False)
    cities = panel.load_cities(folder / "cities.csv")
    return settings, panel.load(folder / "indicators.csv", cities)


def test_a_yearbook_is_weighed_and_a_refusal_can_be_overridden_by_name(tmp_path):
    spoilt = pd.read_csv(ISLANDS[0])
    gone = spoilt["city_code"].eq("G01") & spoilt["year"].between(2013, 2014)
    spoilt.loc[gone, "resident_pop"] *= 2
    path = tmp_path / "gone.csv"
    spoilt.to_csv(path, index=False)
    settings = tool.read_settings(EXAMPLES / "islands.toml")
    with pytest.raises(panel.DataError, match=r"BELIEVE=") as refusal:
        tool.region(path, ISLANDS[1], settings)
    names = set(re.findall(r"BELIEVE=([a-z]+)", str(refusal.value)))
    _, made = tool.region(path, ISLANDS[1], settings, names)
    assert "doubt" in set(made["cell_notes.csv"]["kind"])
    assert all(name in made["receipt.txt"] for name in names)


def test_the_example_is_what_its_seed_makes():
    towns = invented.roster()
    for path, made in zip(ISLANDS, (invented.yearbook(towns), towns), strict=True):
        text = made.to_csv(index=False, float_format="%.6g", lineterminator="\n")
        assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "found no settings"),
        ("nane = 'x'", "found 'nane'; expected one of name, source"),
        ("base_year = '2010'", "base_year: found '2010'; expected a whole number"),
        ("census_years = 2011", "census_years: found 2011; expected a list"),
        ("invented = 1", "expected true or false"), ("name = '<script>'", "expected a name"),
        ("name = '../up'", "expected a name"), ("source = ''", "expected a line"),
        ("period = [2012, 2010]", "expected a first and a last year"),
        ("base_year = 2030", "found 2030; expected a year from 2010 to 2019"),
        ("split_year = 2010", "split_year: found 2010; expected 2011 to 2020"),
        ("period = [1990, 1999]", "found 0 years"),
        ("groups = ['Greyholm']", "each once: Greyholm, Larkholm"),
        ("groups = ['Greyholm', 'Larkholm', 'Larkholm']", "each once"),
        ("groups = ['Greyholm', 3]", "groups, 1: found 3; expected a group"),
        ("[exchange_rate]\n2010 = -1", "exchange_rate, 2010: found -1; expected what a"),
        ("[columns]\ngdp = 3", "columns, gdp: found 3; expected a heading, or {"),
        ("[columns]\ngdp = {factor = 'x'}", "expected a heading"),
        ("[columns]\ngpd = 'x'", "columns: found 'gpd'; expected a column of the yearbook"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_refused(text, words, tmp_path):
    path = tmp_path / "region.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=re.escape(words)):
        tool.region(*ISLANDS, tool.read_settings(path))


def test_without_settings_everything_comes_from_yearbook_and_roster():
    settings, made = tool.region(*ISLANDS, {"currency": "crowns"})
    assert settings.name == "A region"  # a file's name with an underscore is none
    assert settings.groups == ("Greyholm", "Larkholm") and not settings.invented
    assert (settings.period, settings.base_year, settings.split_year) == ((2010, 2020), 2010, 2015)
    assert settings.growth == "city" and settings.look("Larkholm")["marker"] == "^"
    # No exchange rate for crowns is known, and China's definitions say nothing of crowns.
    assert made["indicators.csv"]["odi"].isna().all()
    assert "definition" not in set(made["cell_notes.csv"]["kind"])
    _, made = tool.region(*ISLANDS, tool.read_settings(EXAMPLES / "islands.toml"))
    assert made["indicators.csv"]["odi"].notna().sum() == 121
    for census, span in (([2011, 2019], (2011, 2019)), ([2011, 2031], (2010, 2020))):
        settings, _ = tool.region(*ISLANDS, {"currency": "crowns", "census_years": census})
        assert settings.span == span  # growth is compared from census to census


def test_a_file_as_it_comes_is_read_by_a_map_of_its_columns(tmp_path):
    """Own headings, units, sheets, names for codes, a wide sheet: the panel is the same."""
    book = pd.read_csv(ISLANDS[0])
    roster = pd.read_csv(ISLANDS[1]).replace({"city_en": {"Ashwick": "Ashwick, City of"}})
    roster.to_csv(tmp_path / "roster.csv", index=False)
    names = roster.set_index("city_code")["city_en"]
    long = book.drop(columns=["city_code", "city_zh", "resident_pop"])
    long = long.rename(columns={"gdp": "GRP (Mio.)", "year": "Jahr"})
    long["GRP (Mio.)"] *= 100
    long.insert(0, "Stadt", book["city_code"].map(names))
    wide = book.assign(Stadt=long["Stadt"]).pivot(index="Stadt", columns="year",
                                                  values="resident_pop") * 1e4  # fmt: skip
    path = tmp_path / "file.xlsx"
    with pd.ExcelWriter(path) as file:
        long.to_excel(file, sheet_name="main", index=False)
        wide.to_excel(file, sheet_name="people")
    settings = tmp_path / "region.toml"
    settings.write_text(
        (EXAMPLES / "islands.toml").read_text(encoding="utf-8") + """
[columns]
city_code = "Stadt"
year = "Jahr"
gdp = {heading = "GRP (Mio.)", factor = 0.01}
resident_pop = {sheet = "people", factor = 1e-4}
""", encoding="utf-8")  # fmt: skip
    _, made = tool.region(path, tmp_path / "roster.csv", tool.read_settings(settings))
    _, given = tool.region(*ISLANDS, tool.read_settings(EXAMPLES / "islands.toml"))
    columns = [*panel.KEY, *panel.INDICATORS]
    pd.testing.assert_frame_equal(made["indicators.csv"][columns],
                                  given["indicators.csv"][columns], rtol=2e-5)  # fmt: skip


def test_templates_have_a_row_for_each_city_and_year_and_units_in_the_regions_words(
    tmp_path, monkeypatch, capsys
):
    made = template.tables("Ashwick, Kelder", str(EXAMPLES / "islands.toml"))
    assert made["yearbook.csv"].shape == (2 * 16, 20)
    assert made["units.csv"].set_index("column").at["gdp", "unit"] == "100 million crowns"
    assert len(template.tables(str(ISLANDS[1]))["yearbook.csv"]) == 20 * 16
    monkeypatch.setenv("OUT", str(tmp_path))
    monkeypatch.setenv("CITIES", "Ashwick, Kelder")
    assert [template.main(), template.main()] == [0, 2]  # nothing is overwritten
    assert "none of these files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [("Ashwick", "nan", "name 'nan'"),
     ("Greyholm,Greyholm", "Greyholm,all", "found 'all'; expected another name")],
)  # fmt: skip
def test_a_name_that_a_page_would_confound_is_refused(tmp_path, old, new, words):
    """With a figure that is missing, and with the column of all cities."""
    roster = tmp_path / "cities.csv"
    roster.write_text(ISLANDS[1].read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(DataError, match=words):
        tool.region(ISLANDS[0], roster, {})


def test_nothing_but_a_region_is_overwritten(islands, tmp_path):
    other = tmp_path / "papers"
    other.mkdir()
    (other / "thesis.tex").write_text("x")
    for place in (other, other / "thesis.tex", tool.ROOT, tool.ROOT / "data", tool.ROOT.parent):
        with pytest.raises(DataError, match="expected a new folder"):
            tool.lay_out(place, islands[0], {})
    assert [each.name for each in other.iterdir()] == ["thesis.tex"]


def test_what_can_be_estimated_is_and_the_rest_has_its_cause(islands):
    settings, data = islands
    readings, columns = region.readings(data), region.columns(settings, data)
    assert [each.name for each in readings] == ["flow", "stock"]
    assert [each.heading for each in columns[2]] == ["2010–2014", "2015–2020"]
    assert [each.reach for each in columns[3]] == ["Greyholm", "Larkholm"]
    few = data[data["city"].isin(["Ashwick", "Brackness", "Kelder", "Larkport"])]
    found, lacking = region.estimates(few, columns[3], readings)
    assert list(found) == ["Greyholm, flow", "Greyholm, stock"]
    assert list(lacking["Column"]) == ["Larkholm"] * 2
    assert lacking["Why"].str.contains("found").all()
    assert region.table({}, lacking).frame.shape == (2, 3)
    nobody = region.estimates(data, columns[1], ())[1]
    assert set(nobody["Why"]) == {"LM unknown"}


def test_readings_follow_from_what_is_known(islands):
    data = islands[1]
    blank = dict.fromkeys(["lm_flow", "lm_stock"], np.nan)
    gross = ["lm_flow_gross", "lm_stock_gross"]
    assert [r.mobility for r in region.readings(data.assign(**blank))] == gross
    assert [r.name for r in region.readings(data.assign(lm_stock=np.nan))] == ["flow"]
    assert not region.readings(data.assign(**blank, **dict.fromkeys(gross, np.nan)))
    assert region.controls(data.assign(te=np.nan)) == ("ODI", "GR", "RLR", "RISSL")


def test_a_slope_has_a_sign_only_where_its_interval_excludes_zero(islands):
    settings, data = islands
    column = region.columns(settings, data)[1][:1]
    for estimate in region.estimates(data, column, region.readings(data))[0].values():
        for term in estimate.x:
            row = estimate.jackknife.loc[term]
            expected = "cannot tell" if row["p"] > 0.05 else None
            expected = expected or ("positive" if estimate.coef[term] > 0 else "negative")
            assert region.sign(estimate, term) == expected


def test_charts_show_names_of_any_script(islands, tmp_path, monkeypatch):
    settings, data = islands
    said = {**json.loads(json.dumps(settings.__dict__)), "groups": ["北", "ю"], "letters": False}
    (tmp_path / "region.json").write_text(json.dumps(said), encoding="utf-8")
    monkeypatch.setitem(rcParams, "svg.fonttype", "path")
    with warnings.catch_warnings():
        about = region.load(tmp_path / "region.json")
        odd = data.replace({"reach": {"Greyholm": "北", "Larkholm": "ю"}})
        drawn = charts.region_map(about, odd, 2020)._repr_svg_()
    assert "北 (11)" in drawn and "ю (9)" in drawn


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_templates_know_no_place(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"Yangtze|Belt|China|Chinese|official|Shanghai|\breach(es)?\b(?!\")", text)
    assert "%%invented%%\n" in text
    assert not re.search(r'else ""`|`"" if', text)  # a page shows no empty figure
    for cell in jupytext.reads(text, fmt="md:myst").cells:
        lines = cell.source.splitlines() if cell.cell_type == "code" else []
        assert len(lines) <= 20 and max(map(len, lines), default=0) <= 90, lines


# --- whole books ---------------------------------------------------------------------------------

ODD = ["L'Aquila (old)", "O’Brien", "北海市", "مدينة", "Ñandú-Å", "St. Mary's", "Łódź", "Ὀδησσός",
       "東京（都）"]  # nine: too few for an elasticity.  # fmt: skip
SOURCE = 'a <script>alert(1)</script> {download}`../region.json` $x$ | \\source **b** &amp; "q"'


def make(folder: Path, yearbook: Path, roster: Path, settings: Path, *more: str) -> Path:
    asked = [str(yearbook), "--cities", str(roster), "--region", str(settings)]
    assert tool.main([*asked, "--out", str(folder), *more]) == 0
    return folder / "_build"


def articles(html: Path) -> dict[str, BeautifulSoup]:
    pages = sorted((html / "notebooks").glob("*.html"))
    return {p.stem: BeautifulSoup(p.read_text(encoding="utf-8"), "html.parser") for p in pages}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("yearbook", "settings"), [(INVENTED, "invented_41.toml"), (ISLANDS, "islands.toml")]
)
def test_an_example_becomes_a_book_and_says_that_it_is_invented(yearbook, settings, tmp_path):
    before = {p: p.stat().st_mtime_ns for p in panel.DATA.rglob("*") if p.is_file()}
    html = make(tmp_path / "a 'book' $x", *yearbook, EXAMPLES / settings) / "html"
    assert before == {p: p.stat().st_mtime_ns for p in panel.DATA.rglob("*") if p.is_file()}
    pages = articles(html)
    assert set(pages) == {path.stem for path in TEMPLATES}
    for name, page in pages.items():
        for code in page.select(".highlight, details.computed"):
            code.decompose()
        text = page.find("article").get_text()
        assert "Every figure on this page is made up." in text, name
        assert "Invented data" in page.find("footer", class_="bd-footer-content").get_text()
        assert not re.search(r"official|Yangtze|\bBelt\b|\{eval\}|\bnan\b|%%", text), name
    assert (html / "_static" / "tables" / "tab-overall.tex").exists()
    names = {path.name for path in (html / "_downloads").rglob("*.csv")}
    assert names == {"indicators.csv", "cities.csv", "cell_notes.csv"}
    student = make(tmp_path / "a 'book' $x", *yearbook, EXAMPLES / settings, "--edition", "student")
    for page in articles(student / "student").values():
        assert not page.select(".solution") and "Teaching note" not in page.get_text()


@pytest.mark.slow
def test_text_of_a_roster_and_of_settings_is_text_everywhere(tmp_path):
    yearbook, roster = (pd.read_csv(path, dtype=str) for path in ISLANDS)
    roster = roster[roster["city_code"].isin([*roster["city_code"][:5], *roster["city_code"][-4:]])]
    groups = {"Greyholm": "North's (北)", "Larkholm": "Юг·2"}
    roster = roster.assign(city_en=ODD, province_en=roster["province_en"] + "’s", city_zh=ODD[::-1])
    roster["reach"] = roster["reach"].map(groups)
    names = roster.set_index("city_code")["city_zh"]
    yearbook = yearbook[yearbook["city_code"].isin(names.index)]
    yearbook = yearbook.assign(city_zh=yearbook["city_code"].map(names))
    files = tmp_path / "y.csv", tmp_path / "r.csv", tmp_path / "s.toml"
    yearbook.to_csv(files[0], index=False)
    roster.to_csv(files[1], index=False)
    said = {"name": "O'Neil’s région (北) -1.", "source": SOURCE}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in said.items()]
    files[2].write_text("\n".join(lines), encoding="utf-8")
    build = make(tmp_path / "out", *files)
    shown = ""
    for name, page in articles(build / "html").items():
        assert "Invented" not in page.get_text()
        article = page.find("article")
        shown += article.get_text()
        assert not [each for each in article.select("script") if "alert" in each.get_text()], name
        links = [each["href"] for each in article.select("a.download, a.reference.download")]
        assert all(Path(link).suffix == ".csv" for link in links), name
        assert not article.select("table script, figcaption script, figcaption strong strong"), name
    shown = shown.replace("'", "’")
    wanted = [*ODD, *groups.values(), "O'Neil’s région (北) -1.", "Larkholm’s"]
    assert not [name for name in wanted if name.replace("'", "’") not in shown]
    assert "<script>alert(1)</script>" in shown and "{download}`../region.json`" in shown
    assert not list((build / "html" / "_downloads").rglob("*.json"))
    for path in (build / "html").rglob("*.html"):
        assert "<script>alert" not in path.read_text(encoding="utf-8"), path
    for path in [*(build / "html" / "_static" / "tables").glob("*.csv"),
                 *(build / "html" / "_downloads").rglob("*.csv")]:  # fmt: skip
        cells = pd.read_csv(path, dtype=str, header=None, keep_default_na=False).to_numpy().ravel()
        # A spreadsheet runs what begins so; figures may.
        assert not [c for c in cells if re.match(r"[=+@\t]|-(?![\d.–])", str(c))], path
    latex = "\n".join(p.read_text("utf-8") for p in (build / "html/_static/tables").glob("*.tex"))
    assert "<script" not in latex and "北海市" in latex
