"""Regressions in the page against those of lib, and what the page refuses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lib import cases
from lib.regression import fit
from lib.specifications import COLUMNS, FLOW, LATE, MODEL1, READINGS, STOCK, rows
from widgets import FOLDER, live

START = "+ year", "+ year + start"
REFUSALS = pd.read_csv(FOLDER / "live" / "refusals.csv")


@pytest.fixture(scope="module")
def estimate(browser, tmp_path_factory):
    """The page's estimator, loaded from a file without a network."""
    folder = tmp_path_factory.mktemp("live")
    (folder / "live-data.js").write_text(live.panel_as_script(), encoding="utf-8")
    script = (FOLDER / "live" / "live.js").read_text(encoding="utf-8")
    (folder / "page.html").write_text(
        f"<meta charset=utf-8><script src=live-data.js></script><script>{script}</script>"
    )
    page = browser.new_page()
    page.goto((folder / "page.html").as_uri())
    asked = """text => { try { return Live.estimate(text) } catch (error) {
        if (error instanceof Live.Refusal) return {refused: error.message}; throw error } }"""
    yield lambda text: page.evaluate(asked, text)
    page.close()


KINDS = {"province": "province", "jackknife": "city", "clustered": "clustered",
         "classical": "classical"}  # fmt: skip


def held(found, fitted, kinds=KINDS, sign=1):
    """A table of the page is that of a regression of lib."""
    ours = cases.errors(fitted, [KINDS[kind] for kind in kinds])
    assert (found["n"], found["cities"]) == tuple(ours[["nobs", "cities"]].iloc[0])
    assert found["years"] == [fitted.rows["year"].min(), fitted.rows["year"].max()]
    for line, (_, own) in zip(found["table"], ours.iterrows(), strict=False):
        assert_allclose(sign * line["coef"], own["coef"], rtol=1e-8)
        for kind in kinds:
            if np.isnan(own[f"{KINDS[kind]}_se"]):
                assert line[kind] is None
            else:
                told = [line[kind]["se"], sign * line[kind]["t"], line[kind]["p"]]
                assert_allclose(told, own[[f"{KINDS[kind]}_{e}" for e in ("se", "t", "p")]], 1e-7)


@pytest.mark.parametrize("case", cases.CHOSEN, ids=lambda case: case.key)
@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: reading.name)
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.key)
def test_every_column_reading_and_case_is_that_of_lib(estimate, data, column, reading, case):
    found = estimate(live.text(column, case.of(reading)))
    held(found, cases.fit(data, reading, column, case))
    used = rows(data, case.of(reading), column)
    years = {f"start_{year}": used["START"] * used["year"].eq(year) for year in used["year"]}
    own = [*column.terms, *[*years][1:]]
    fitted = fit(used.assign(**years), "REG", own, unit=cases.UNIT, clusters=("city", "province"))
    held(estimate(live.text(column, case.of(reading)).replace(*START)), fitted)


WRITTEN = """ | city + year
REG = -log(reg); LM = lm_stock
where 2017 <= year and year < 2024 and steps == 0 and moved == 0"""


@pytest.mark.parametrize(
    ("written", "change", "column", "effects"),
    [(" | city", {}, MODEL1, "entity"), (" | year", {}, MODEL1, "time"), ("", {}, MODEL1, "none"),
     (" | city + year\nREG = reg_current; LM = lm_stock; IA = ia(share_secondary)",
      {"mobility": "lm_stock"}, MODEL1, "twoway"),
     (" + LM:IA" + WRITTEN, {"mobility": "lm_stock", "outcome": "log_reg", "without": "both"}, LATE,
      "twoway")],
)  # fmt: skip
def test_other_effects_logarithms_and_conditions(estimate, data, written, change, column, effects):
    other = data.assign(reg=data["reg_current"])
    used = rows(other if "reg_current" in written else data, replace(FLOW, **change), column)
    fitted = fit(used, "REG", column.terms, effects, clusters=("city", "province"))
    sign = -1 if "-log" in written else 1
    held(estimate(f"REG ~ LM + IA{written}"), fitted, ["classical", "clustered"], sign)


def test_a_trend_of_each_city_is_a_column_of_its_own(estimate, data):
    used = rows(data, STOCK, MODEL1)
    of = {code: used["year"].where(used["city_code"].eq(code), 2015) - 2015
          for code in used["city_code"].unique()[1:]}  # fmt: skip
    frame = pd.concat([used, pd.DataFrame(of).add_prefix("trend_")], axis=1)
    names = [*MODEL1.terms, *(name for name in frame if name.startswith("trend_"))]
    fitted = fit(frame, "REG", names, clusters=("city", "province"))
    text = live.text(MODEL1, STOCK).replace("+ year", "+ year + trend")
    held(found := estimate(text), fitted, ["classical"])
    gaps = [estimate(f'{text} and province != "{each}"')["table"][0]["coef"]
            - found["table"][0]["coef"] for each in used["province"].unique()]  # fmt: skip
    assert_allclose(found["table"][0]["province"]["se"] ** 2, 10 / 11 * np.square(gaps).sum())


@pytest.mark.parametrize(("text", "said"), REFUSALS.to_numpy().tolist())
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
    changed = {"Case": "mended", "Mobility": "stock", "Output": "log(reg_current)",
               "Added": " + start"}  # fmt: skip
    for label, option in changed.items():
        fold.get_by_label(label).select_option(option)
    mended = live.text(MODEL1, replace(cases.MENDED.of(STOCK), outcome="log_reg"))
    current = mended.replace(*START).replace("log(reg)", "log(reg_current)")
    assert fold.locator("textarea").input_value() == current
    fold.get_by_role("button", name="As on this page").click()
    assert fold.locator("textarea").input_value() == own
    fold.get_by_label("Case").select_option("mended")
    assert "Printed" in head.inner_text()
    slope, address = row.locator("td").nth(0).inner_text(), page.url
    page.goto("about:blank")
    page.goto(address)
    assert fold.locator("tbody tr").first.locator("td").nth(0).inner_text() == slope
    page.close()
