"""The book's tables, made again by R from the same data (``data/tables.R``, ``crosscheck.R``)."""

import shutil
import subprocess
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import names
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lib import cases, panel, placebo, tables
from lib.specifications import COLUMNS, READINGS
from studies import elasticity

Pages = dict[str, SimpleNamespace]
pytestmark = pytest.mark.slow
PAGES = {"04-1-overall": {"one": "", "two": ""}, "04-2-robustness": {"fits": "|2sls"},
         "04-3-periods": {"fits": "", "centred": "|average"},
         "04-4-reaches": {"fits": "", "centred": "|average"}}  # fmt: skip
SAME = ("coef", "city_se", "city_p", "province_se", "province_p", "province_low", "province_high",
        "clustered_se", "nobs")  # fmt: skip


def run(script: Path, *arguments: str, packages: str = "plm lmtest sandwich") -> pd.DataFrame:
    """The table that a script of R prints; where R or a package is missing, it says so aloud."""
    if shutil.which("Rscript") is None:
        pytest.skip(f"R is not installed here: {script.name} was NOT run")
    loads = "; ".join(f"library({name})" for name in packages.split())
    if subprocess.run(["Rscript", "-e", loads], capture_output=True).returncode:
        pytest.skip(f"R lacks one of {packages}: {script.name} was NOT run")
    done = subprocess.run(["Rscript", script, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return pd.read_csv(StringIO(done.stdout), keep_default_na=False, na_values="NA")


@pytest.fixture(scope="module")
def pages() -> Pages:
    return {page: names.of(page) for page in (*PAGES, "07-answer")}


@pytest.fixture(scope="module")
def by_r() -> pd.DataFrame:
    """What ``tables.R`` says where a reader runs it."""
    found = run(panel.DATA / "tables.R", str(panel.DATA), packages="stats")
    found = found.assign(term=found["term"].str.upper())
    named = {"se": "city_se", "p": "city_p", "low": "province_low", "high": "province_high"}
    found = found.rename(columns=named).set_index(["case", "reading", "column", "term"])
    return found.sort_index()


def test_r_finds_the_tables_of_chapter_4(by_r: pd.DataFrame, pages: Pages) -> None:
    """Slopes, errors and R² of the tables that the pages show."""
    key, lines = {column.heading: column.key for column in COLUMNS}, []
    for page, shown in PAGES.items():
        for name, kind in shown.items():
            ours = tables.beside(COLUMNS, vars(pages[page])[name]).numbers
            lines.append(ours.assign(column=ours["column"].map(key) + kind))
    ours = pd.concat(lines).set_index(by_r.index.names).sort_index()
    theirs = by_r.drop("ETA", level="term")
    assert ours.index.equals(theirs.index)
    for name in SAME:
        assert_allclose(ours[name].astype(float), theirs[name], rtol=1e-8, err_msg=name)
    assert_allclose(ours["Adj. R²"].astype(float), theirs["adj_r2"], atol=5.1e-4)
    assert 0 < theirs["province_se"].isna().sum() < len(theirs)


def test_r_finds_s_and_two_sets_of_elasticities(by_r: pd.DataFrame) -> None:
    """Chapter 6."""
    data = panel.load()
    scale = data.assign(reg=placebo.scale(data))
    key = {column.heading: column.key for column in COLUMNS}
    for place, slope in cases.slopes(scale, READINGS, COLUMNS, cases.CHOSEN)["coef"].items():
        reading, heading, term, case = place
        assert_allclose(slope, by_r.loc[(case, reading, key[heading], term), "S"], rtol=1e-8)
    for line, column in ((False, "model1"), (True, "model1|start")):
        ours = elasticity.compatible(*elasticity.rows_of(data, line=line))
        theirs = by_r.loc[("mended", "stock", column, "ETA")]
        ends = theirs[["coef", "province_low", "province_high"]]
        assert_allclose(ours[["eta", "low", "high"]], ends, atol=0.02)  # a step of the grid


def chapter_7(page: SimpleNamespace) -> dict[tuple[str, str], pd.Series]:
    """Figures of the page by table and line: ``coef, low, high``, and ``t`` where HC3 gives one."""
    slopes = {("wages", ""): page.wages_rose, ("instrument", ""): page.with_wages}
    for key, name in (("index", "by the growth index"), ("current", "in current prices")):
        slopes["industry", key] = page.industry[name]
    for key, of in page.answers.items():
        slopes |= {("elasticities", f"{key}|{name}"): slope for name, slope in of.iterrows()}
    shown = {"coef": "coef", "t": "t", "province_low": "low", "province_high": "high"}
    found = {line: of[list(shown)].rename(shown) for line, of in slopes.items()}
    pace = {f"{row}|{part}": jack for row, of in page.slopes.items() for part, jack in of.items()}
    for table, lines in {"accounts": page.taken, "spread": page.spreads, "pace": pace}.items():
        for line, jack in lines.items():
            for name, of in jack.table.assign(coef=jack.coef).iterrows():
                found[table, f"{line}|{name.lower()}"] = of[["coef", "low", "high"]]
    return found


def test_r_finds_hausmans_tests_and_chapter_7(pages: Pages) -> None:
    script = Path(__file__).with_name("crosscheck.R")
    theirs = run(script, str(panel.DATA), packages="lmtest sandwich")
    theirs = theirs.set_index(["table", "line"]).sort_index()
    key = {column.heading: column.key for column in COLUMNS}
    for (reading, case, heading), p in pages["04-1-overall"].tests.items():
        assert_allclose(p, theirs.loc["hausman", "coef"][f"{reading} {case} {key[heading]}"], 1e-6)
    ours = chapter_7(pages["07-answer"])
    assert set(ours) == set(theirs.drop("hausman").index)
    for line, of in ours.items():
        found = theirs.loc[line].dropna().index.intersection(of.index)
        assert_allclose(of[found].astype(float), theirs.loc[line, found], 1e-8, err_msg=str(line))


def test_r_makes_the_figures_of_the_holed_panel_again() -> None:
    anew = run(panel.DATA / "reference" / "holed.R", packages="plm lmtest")
    figures = pd.read_csv(panel.DATA / "reference" / "regressions.csv", keep_default_na=False)
    stored = figures.query("dataset == 'Produc-holed'").reset_index(drop=True)
    same = ["dataset", "spec", "estimator", "se_type", "statistic"]
    pd.testing.assert_frame_equal(anew[same].fillna(""), stored[same])
    assert_allclose(anew["value"], stored["value"].astype(float), rtol=1e-9)
