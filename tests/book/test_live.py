"""Regressions in the page against those of lib, and what the page refuses."""

from dataclasses import replace
from pathlib import Path

import live
import numpy as np
import pandas as pd
import pytest
from cases import each_of
from numpy.testing import assert_allclose

from lib.inference import table_of
from lib.specifications import COLUMNS, FLOW, LATE, MODEL1, READINGS, STOCK, rows
from studies.multiverse import engine

STATIC = Path("book/_static")


@pytest.fixture(scope="module")
def estimate(browser, tmp_path_factory):
    """The page's estimator, loaded from a file without a network."""
    folder = tmp_path_factory.mktemp("live")
    (folder / "live-data.js").write_text(live.data(), encoding="utf-8")
    script = (STATIC / "live.js").read_text(encoding="utf-8")
    (folder / "page.html").write_text(
        f"<meta charset=utf-8><script src=live-data.js></script><script>{script}</script>"
    )
    page = browser.new_page()
    page.goto((folder / "page.html").as_uri())
    asked = """text => { try { return Live.estimate(text) } catch (error) {
        if (error instanceof Live.Refusal) return {refused: error.message}; throw error } }"""
    yield lambda text: page.evaluate(asked, text)
    page.close()


@pytest.mark.parametrize("effects", ["twoway", "start", "trend"])
@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_every_column_reading_and_path_is_that_of_lib(estimate, data, column, reading, effects):
    found = estimate(live.text(column, reading, effects))
    used = rows(data, reading, column)
    assert (found["n"], found["cities"]) == (len(used), used["city"].nunique())
    assert found["years"] == [used["year"].min(), used["year"].max()]
    ours, places = engine.table(used, column.terms, effects), [range(len(column.terms))]
    cities, provinces = used["city"].nunique() - 1, used["province"].nunique() - 1
    df = {"classical": engine.fitted(used, column.terms, effects).df(places)}
    df |= {"clustered": cities, "jackknife": cities, "province": provinces}
    for line, (_, own) in zip(found["table"], ours.iterrows(), strict=True):
        assert_allclose(line["coef"], own["coef"], rtol=1e-9)
        for kind in own.drop("coef").dropna().index:
            told = [line[kind][part] for part in ("se", "t", "p")]
            coef, cov = pd.Series({0: own["coef"]}), pd.DataFrame([[own[kind] ** 2]])
            assert_allclose(told, table_of(coef, cov, df[kind]).iloc[0, :3], rtol=1e-8)
        assert (line["province"] is None) == np.isnan(own["province"])


STEP = replace(STOCK, prices="current", step="out")
LOGS = replace(STOCK, outcome="log_reg", without="both")
WRITTEN = """ | city + year
REG = -log(reg); LM = lm_stock
where 2017 <= year and year < 2024 and steps == 0 and moved == 0"""


@pytest.mark.parametrize(
    ("written", "reading", "column", "effects"),
    [("| city", FLOW, MODEL1, "entity"), ("| year", FLOW, MODEL1, "time"),
     ("| city + year\nREG = reg_current; LM = lm_stock; IA = ia(share_secondary_out)", STEP, MODEL1,
      "twoway"), ("", FLOW, MODEL1, "none"), ("+ LM:IA" + WRITTEN, LOGS, LATE, "twoway")],
)  # fmt: skip
def test_other_effects_logarithms_and_conditions(estimate, data, written, reading, column, effects):
    found = estimate(f"REG ~ LM + IA {written}")["table"]
    ours = engine.table(rows(data, reading, column), column.terms, effects)
    sign = -1 if "-log" in written else 1
    assert_allclose([sign * line["coef"] for line in found], ours["coef"], rtol=1e-8)
    for kind in ("classical", "clustered"):
        assert_allclose([line[kind]["se"] for line in found], ours[kind], rtol=1e-8)


@each_of("book/live_refusals.csv")
def test_what_cannot_be_estimated_is_refused_in_words(estimate, text, said):
    assert said in estimate(text)["refused"]


def test_a_fold_shows_the_printed_cell_and_its_address_keeps_the_text(browser, html):
    page = browser.new_page()
    page.goto((html / "notebooks/04-1-overall.html").as_uri())
    fold = page.locator("#run-model1-flow")
    fold.locator("summary").click()
    row = fold.locator("tbody tr").first
    assert row.inner_text().split("\t")[:2] == ["LM", "0.501**"]
    own = fold.locator("textarea").input_value()
    head, run = fold.locator("thead"), fold.get_by_role("button", name="Estimate")
    for old, new, printed in (
        ("lm_flow", "lm_stock", True), ("REG = reg", "REG = log(reg)", False),
        (" + year", "", False), ("LM + IA |", "LM + IA + ODI |", False),
        (">= 2008", ">= 2012", False), ("share_secondary", "share_tertiary", False),
    ):  # fmt: skip
        fold.locator("textarea").fill(own.replace(old, new))
        run.click()
        assert ("Printed" in head.inner_text()) == printed, new
    slope, address = row.locator("td").nth(0).inner_text(), page.url
    page.goto("about:blank")
    page.goto(address)
    assert fold.locator("tbody tr").first.locator("td").nth(0).inner_text() == slope
    page.close()
