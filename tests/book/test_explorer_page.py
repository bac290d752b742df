"""The explorer of regressions in a browser: it shows what its data and the library say."""

import contextlib
import io
import json
import re
import warnings
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy import stats

from lib import cases, panel, prose, published
from lib.specifications import LATE, MIDDLE, MODEL1, MODEL2, READINGS
from studies.multiverse import explorer, register

MINUS = str.maketrans("−", "-")
PRINTED = published.coefficients().set_index(["column", "row"])
OF_PRINT = {"model1": 598, "model2": 594, "2017-2023": 237, "middle": 192}
"""Degrees of freedom of printed columns: of 41 cities, 16 years and two slopes 40 × 15 - 2."""
LEVEL = PRINTED["stars"].map(published.level).astype(float)
SAID = re.compile(r"\. (?P<coef>[-\d.]+)(?P<stars>\**), (?P<level>\d+) % interval "
                  r"(?P<low>[-\d.]+) to (?P<high>[-\d.]+),")  # fmt: skip
CORRELATIONS = re.compile(r"partial correlation ([-\d.]+) \(printed ([-\d.]+)\)")
SHOW = """async (addresses) => {
    const shown = (name) => document.querySelector(`[data-show="${name}"]`).textContent;
    const found = [];
    for (const address of addresses) {
        location.hash = address;
        await new Promise((done) => setTimeout(done));
        found.push(["verdict", "place", "code", "notes", "by"].map(shown));
    }
    return found;
}"""


@pytest.fixture(scope="module")
def address(html: Path) -> str:
    return (html / "notebooks" / "explorer.html").as_uri()


@pytest.fixture(scope="module")
def held(html: Path) -> dict:
    """What the page's file holds."""
    text = (html / "_static" / "explorer-data.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("window.EXPLORER = ").removesuffix(";\n"))


def part(tab: Page, name: str):
    return tab.locator(f"[data-show={name}]")


def choice(tab: Page, name: str):
    return tab.locator(f"#explorer select[data-choice={name}]")


def row(tab: Page, name: str, option: str, kind: str = "radio"):
    """The circle of an option in the rows below the curve, or its tick."""
    return tab.locator(f".option[data-choice={name}][data-option='{option}'] input[type={kind}]")


def test_sentence_rows_and_address_are_one(tab, address):
    assert tab.url == address  # a page that was only opened keeps its address
    expect(part(tab, "verdict")).to_contain_text("Cannot tell.")
    choice(tab, "mobility").select_option("stock")
    row(tab, "sample", "both").check()
    expect(part(tab, "verdict")).to_contain_text("Supported.")
    expect(choice(tab, "sample")).to_have_value("both")
    choice(tab, "column").select_option("model2")
    expect(row(tab, "product", "alone")).to_be_checked()
    assert "column=model2" in tab.url and "mobility=stock" in tab.url
    shown = part(tab, "verdict").inner_text()
    tab.reload()
    expect(part(tab, "verdict")).to_have_text(shown)


def test_what_is_not_admitted_moves_and_the_page_says_so(tab):
    row(tab, "controls", "five").check()
    row(tab, "agglomeration", "employment").check()
    expect(row(tab, "controls", "none")).to_be_checked()
    expect(part(tab, "notes")).to_contain_text("controls, now “none”")
    row(tab, "prices", "current").check()
    expect(row(tab, "agglomeration", "secondary")).to_be_checked()
    expect(part(tab, "by")).to_have_text("The interval is by province.")
    choice(tab, "column").select_option("middle")
    expect(part(tab, "by")).to_contain_text("by city only")
    assert row(tab, "sample", "delta41").is_disabled()
    row(tab, "effects", "entity").check()
    expect(part(tab, "place")).to_contain_text("not in the curve")


def test_what_is_rejected_is_not_counted(tab, held):
    block = next(b for b in held["blocks"] if (b["column"], b["term"], b["mobility"], b["outcome"])
                 == ("model1", "LM", "flow", "reg"))  # fmt: skip
    for option in ("start", "trend"):
        row(tab, "effects", option, "checkbox").uncheck()
    names = {c: [name for name, _ in own] for c, own in held["options"].items()}
    sizes = [len(names[c]) for c in register.VARIED]
    effects = np.unravel_index(held["runs"]["model1 flow"]["key"], sizes)[1]
    kept = effects == names["effects"].index("twoway")
    coef, ghost = (np.array(block[n], dtype=float)[kept] for n in ("coef", "ghost"))
    said = part(tab, "shares").text_content()
    assert said.startswith(f"Of the {kept.sum()} specifications counted, ")
    assert f"counted, {round(100 * (coef > 0).mean())} % are positive" in said
    assert f"residents: {round(100 * (ghost > 0).mean())} % are positive" in said
    tab.get_by_role("button", name="Count all").click()
    expect(part(tab, "place")).to_contain_text("of 1,938")


def test_which_choices_give_a_coefficient(tab):
    box = tab.locator("input[name=coef]")
    find = tab.get_by_role("button", name="Find the choices")
    items, figures = part(tab, "list").locator("li"), re.compile(r"(−?\d\.\d+).*?, ([\d,]+) city")
    row(tab, "sample", "steps").check()
    shown = part(tab, "verdict").text_content()
    coef, nobs = figures.search(shown).groups()
    tab.get_by_role("button", name="As the paper prints it").click()
    tab.get_by_label("Rows N").fill(nobs)
    for written in (coef, coef.replace("−0", "-"), coef.replace(".", ",")):
        box.fill(written)
        find.press("Enter")
        expect(items.first.locator("b")).to_have_text("without steps")
    items.first.get_by_role("link").click()
    expect(part(tab, "verdict")).to_have_text(shown)
    # IA of equation (4) as printed has a mean of 1/110, so that its slope is 110 times ours.
    fit = cases.fit(panel.load(), READINGS[0], MODEL1)
    tab.get_by_role("button", name="As the paper prints it").click()
    choice(tab, "term").select_option("IA")
    tab.get_by_label("Rows N").fill(str(len(fit.rows)))
    box.fill(f"{110 * fit.coef['IA']:.2f}")
    find.click()
    expect(part(tab, "found")).to_contain_text("as the slope here × 110")


def test_each_case_of_the_book_is_shown_as_lib_estimates_it(tab):
    """Intervals of 90, 95 and 99 %, partial correlations, and a reach, which is by city only."""
    asked, expected = [], []
    cells = [(MODEL1, "LM"), (MODEL2, "GR"), (LATE, "IA"), (MIDDLE, "LM_IA")]
    for case, reading, (column, term) in product(cases.CASES, READINGS, cells):
        fit = cases.fit(panel.load(), reading, column, case)
        few = len(fit.clusters["province"]) < 10
        own = fit.jackknife("city" if few else "province").table.loc[term]
        groups, level = len(fit.clusters["city" if few else "province"]), LEVEL[column.key, term]
        half = own["se"] * stats.t.isf(level / 2, groups - 1)
        t = fit.table("classical").loc[term, "t"]
        r = t / np.sqrt(t**2 + fit.df_resid)
        how = {"sample": case.change.get("without", "belt110"), **case.change}
        named = {"column": column.key, "term": term, "mobility": reading.name} | how
        asked.append(urlencode({name: each for name, each in named.items() if name != "without"}))
        figures = [fit.coef[term], fit.coef[term] - half, fit.coef[term] + half]
        expected.append((figures, level, own["p"], len(fit.rows), few, r, (column.key, term)))
    assert {level for _, level, *_ in expected} == {0.01, 0.05, 0.1}
    printed = tab.evaluate(SHOW, asked)
    for name, (said, place, _, notes, by), (figures, level, p, nobs, few, r, cell) in zip(
        asked, printed, expected, strict=True
    ):
        shown = SAID.search(said.translate(MINUS))
        assert notes == "" or notes.startswith("These are the rows of"), (name, notes)
        assert shown["level"] == f"{100 * (1 - level):.0f}", name
        for text, value in zip(shown.group("coef", "low", "high"), figures, strict=True):
            digits = len(text.partition(".")[2])
            assert float(text) == pytest.approx(value, abs=0.501 * 10**-digits), name
        assert shown["stars"] == prose.mark(p) and f" {nobs:,} city-years" in said, name
        assert ("by city only" in by) == few
        told = [float(text) for text in CORRELATIONS.search(place.translate(MINUS)).groups()]
        t = PRINTED["t"][cell]
        assert told == pytest.approx([r, t / np.sqrt(t**2 + OF_PRINT[cell[0]])], abs=0.0051), name


def test_the_page_stands_before_its_regressions_come(browser, html, address):
    assert (html / "notebooks" / "explorer.html").stat().st_size < 250_000
    page = browser.new_page()
    page.route("**/explorer-data.js", lambda route: route.abort())
    page.goto(address)
    expect(part(page, "verdict")).to_have_text("The regressions are loading.")
    assert page.locator(".explorer [inert] select").count() == 6
    page.close()


def test_without_a_script_there_is_a_picture_and_a_table(browser, address):
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    assert not page.locator("#explorer").is_visible()
    picture = page.get_by_role("img", name="Bars of verdicts")
    assert picture.evaluate("(image) => image.naturalWidth") > 700
    assert page.locator("table.figures tbody tr").count() == 12
    page.close()


@pytest.mark.slow
def test_the_code_of_every_option_gives_what_the_page_shows(tab, held):
    names = {c: [name for name, _ in own] for c, own in held["options"].items()}
    rng, seen, asked = np.random.default_rng(16), set(), []
    for place in rng.permutation(len(held["blocks"])).repeat(40):
        block = held["blocks"][place]
        run = held["runs"][block["run"]]
        at = int(rng.choice([i for i, coef in enumerate(block["coef"]) if coef is not None]))
        places = np.unravel_index(run["key"][at], [len(names[c]) for c in register.VARIED])
        chosen = {c: block[c] for c in explorer.IDENTITY} | {"errors": "clustered"}
        chosen |= {c: names[c][at] for c, at in zip(register.VARIED, places, strict=True)}
        if new := {f"{c} {option}" for c, option in chosen.items() if c != "term"} - seen:
            seen |= new
            asked.append((chosen, 10.0 ** -block["digits"], run["cities"][at]))
    varied = ("outcome", *register.VARIED)
    assert {f"{c} {name}" for c in varied for name in names[c]} <= seen
    shown = tab.evaluate(SHOW, [urlencode(chosen) for chosen, *_ in asked])
    for (chosen, unit, cities), (said, _, code, notes, _) in zip(asked, shown, strict=True):
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # linearmodels says which dummy it drops
            exec(code, {})
        coef, error = map(float, printed.getvalue().split())
        level = published.level(PRINTED.loc[(chosen["column"], chosen["term"]), "stars"]) or 0.05
        half = stats.t.isf(level / 2, cities - 1) * error
        found = re.search(r"\. ([^ *,]+)\**, \d+ % interval (\S+) to ([^ ]+),", said)
        for text, value in zip(found.groups(), (coef, coef - half, coef + half), strict=True):
            figure = float(text.replace("−", "-").replace(",", ""))
            assert figure == pytest.approx(value, abs=0.52 * unit), code
        assert notes == ""
