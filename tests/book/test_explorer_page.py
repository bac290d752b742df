"""The page of choices in a browser: it clicks, and shows what its data and the library say."""

from __future__ import annotations

import contextlib
import io
import json
import re
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy import stats

from lib import panel, prose, published, verdicts
from tools.build import pdf

CHROMIUM = pdf.chromium()
PRINTED = published.coefficients().set_index(["column", "row"])
SHOW = """async (addresses) => {
    const shown = (name) => document.querySelector(`[data-show="${name}"]`).textContent;
    const found = [];
    for (const address of addresses) {
        location.hash = address;
        await new Promise((done) => setTimeout(done));
        found.push([shown("verdict"), shown("place"), shown("code"), shown("notes")]);
    }
    return found;
}"""

PRINT = """async (addresses) => {
    const found = [];
    const verdict = document.querySelector('[data-show="verdict"]');
    for (const address of addresses) {
        document.querySelector('[data-do="random"]').click();
        location.hash = address;
        await new Promise((done) => setTimeout(done));
        const before = verdict.textContent;
        document.querySelector('[data-do="printed"]').click();
        found.push([before, verdict.textContent]);
    }
    return found;
}"""

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: the page of choices was NOT looked at in a browser"
)


@pytest.fixture(scope="module")
def address(html: Path) -> str:
    return (html / "notebooks" / "explorer.html").as_uri()


def part(tab: Page, name: str):
    return tab.locator(f"[data-show={name}]")


def choice(tab: Page, name: str, words: bool = False):
    return tab.locator(f"#explorer select[data-choice={name}]{'' if words else ':not'}"
                       f"{'[data-words]' if words else '([data-words])'}")  # fmt: skip


def test_sentence_and_form_are_one(tab, address):
    assert tab.url == address  # a page that was only opened keeps its address
    expect(part(tab, "verdict")).to_contain_text("Opposed.")
    choice(tab, "mobility", words=True).select_option("stock")
    expect(part(tab, "verdict")).to_contain_text("Supported.")
    expect(choice(tab, "mobility")).to_have_value("stock")
    choice(tab, "column").select_option("model2")
    expect(choice(tab, "column", words=True)).to_have_value("model2")
    expect(choice(tab, "product")).to_have_value("alone")
    assert "column=model2" in tab.url and "mobility=stock" in tab.url
    shown = part(tab, "verdict").inner_text()
    tab.reload()
    expect(part(tab, "verdict")).to_have_text(shown)


def test_nothing_stands_out_of_its_column(tab):
    for width in (390, 1280, 1700):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.reload()  # columns glide to their new places
        expect(part(tab, "verdict")).to_contain_text("Opposed.")
        out = tab.evaluate("""() => {
            const whole = document.querySelector("#explorer, .explorer");
            const edge = whole.getBoundingClientRect().right + 1;
            return [...whole.querySelectorAll("*")]
                .filter((each) => each.getBoundingClientRect().right > edge)
                .map((each) => each.outerHTML.slice(0, 80));
        }""")
        assert not out, (width, out[:3])


def test_what_is_not_admitted_moves_and_the_page_says_so(tab):
    choice(tab, "controls").select_option("five")
    choice(tab, "agglomeration").select_option("employment")
    expect(choice(tab, "controls")).to_have_value("none")
    expect(part(tab, "notes")).to_contain_text("controls is now “none”")
    choice(tab, "column").select_option("middle")
    assert choice(tab, "sample").locator("option[value=delta41]").is_disabled()
    choice(tab, "sample").select_option("listed94")
    expect(part(tab, "notes")).to_contain_text("the rows of “all of the Belt”")
    choice(tab, "effects").select_option("entity")
    expect(part(tab, "place")).to_contain_text("not in the curve")


def test_buttons_keyboard_and_touch(tab):
    tab.get_by_role("button", name="Most favourable").tap()
    expect(part(tab, "verdict")).to_contain_text("Cannot tell. 2.302, 95 % interval")
    tab.get_by_role("button", name="Least favourable").tap()
    expect(part(tab, "verdict")).to_contain_text("508 city-years of 41 cities")
    tab.get_by_role("button", name="As the paper prints it").tap()
    expect(part(tab, "verdict")).to_contain_text("−0.828***")
    slider = tab.get_by_role("slider", name="Place in the curve")
    before = int(slider.input_value())
    slider.press("ArrowRight")
    expect(part(tab, "place")).to_contain_text(f"Place {before + 1} of 624")
    assert f"Place {before + 1} of 624" in slider.get_attribute("aria-valuetext")
    part(tab, "curve").locator("svg").tap(position={"x": 2, "y": 40})
    expect(part(tab, "place")).to_contain_text(re.compile("Place [1-5] of 624"))
    for _ in range(5):
        tab.get_by_role("button", name="Surprise me").press("Enter")
        expect(part(tab, "verdict")).to_contain_text(re.compile("|".join(verdicts.VERDICTS), re.I))
    assert tab.locator("[role=status] [data-show=verdict]").count() == 1


def test_as_printed_is_what_the_paper_prints_whatever_was_shown_before(tab):
    ledger = verdicts.ledger(panel.load())
    ledger = ledger[ledger["errors"].eq("jackknife")]
    assert len(ledger) == 2 * 23
    other = {"effects": "entity", "k": "none", "outcome": "log_reg", "errors": "classical"}
    asked = [
        urlencode({"column": row.column, "term": row.row, "mobility": row.reading} | other)
        for row in ledger.itertuples()
    ]
    shown = tab.evaluate(PRINT, asked)
    for row, (before, after) in zip(ledger.itertuples(), shown, strict=True):
        assert before != after
        digits = len(re.search(r"\.(\d*)", after.split(". ", 1)[1])[1])
        coef, low, high = (
            prose.number(each, digits) for each in (row.coef, row.claim_low, row.claim_high)
        )
        level = round(100 - 100 * (published.level(row.printed_stars) or 0.05))
        assert after == (
            f"{row.verdict.capitalize()}. {coef}{prose.mark(row.p)}, {level} % interval "
            f"{low} to {high}, {row.nobs:,} city-years of {row.cities} cities."
        )


def test_addresses_that_name_nothing_known(tab, address):
    tab.goto(f"{address}#column=constructor&term=%3Cb%3E&mobility=stock&sample=")
    tab.reload()
    expect(choice(tab, "column")).to_have_value("model1")
    expect(choice(tab, "mobility")).to_have_value("stock")


def test_without_a_script_there_is_a_table(browser, address):
    page = browser.new_page(java_script_enabled=False)
    page.goto(address)
    assert not page.locator("#explorer").is_visible()
    assert page.locator("table.figures tbody tr").count() == 12
    page.close()


def drawn(data: dict, count: int) -> list[dict]:
    """Choices, seeded, each with the figures that the page has to show."""
    rng, out = np.random.default_rng(13), []
    names = {c: [name for name, _ in own] for c, own in data["options"].items()}
    varied = [c for c in names if c not in ("mobility", "outcome", "errors")]
    sizes = np.array([len(block["key"]) for block in data["blocks"]])
    for place in rng.choice(len(sizes), count, p=sizes / sizes.sum()):
        block = data["blocks"][place]
        at = int(rng.integers(len(block["key"])))
        places = np.unravel_index(block["key"][at], [len(names[c]) for c in varied])
        chosen = {c: block[c] for c in ("column", "term", "mobility", "outcome")}
        chosen |= {c: names[c][place] for c, place in zip(varied, places, strict=True)}
        chosen["errors"] = str(rng.choice(names["errors"]))
        listed = ("coef", "stars", "df", "nobs", "cities", *names["errors"])
        unit = 10.0 ** -(block["digits"] + data["finer"])
        out.append({"chosen": chosen, "unit": unit} | block | {n: block[n][at] for n in listed})
    return out


def same(shown: str, cell: dict) -> bool:
    """Whether the words of the page are the verdict of the library and the figures of a cell."""
    printed, kind = PRINTED.loc[(cell["column"], cell["term"])], cell["chosen"]["errors"]
    marks = cell["stars"] // 4 ** verdicts.ERRORS.index(kind) % 4
    said = verdicts.verdict(
        printed["coef"], printed["stars"], cell["coef"], [1, 0.09, 0.04, 0.009][marks]
    )
    level = published.level(printed["stars"]) or 0.05
    df = cell["df"] if kind == "classical" else cell["cities"] - 1
    half = stats.t.isf(level / 2, df) * cell[kind]
    coef, low, high = (
        prose.number((cell["coef"] + each) * cell["unit"], cell["digits"])
        for each in (0, -half, half)
    )
    return shown == (
        f"{said.capitalize()}. {coef}{'*' * marks}, {round(100 * (1 - level))} % interval "
        f"{low} to {high}, {cell['nobs']:,} city-years of {cell['cities']} cities."
    )


@pytest.mark.slow
def test_two_hundred_choices_and_the_code_of_some(tab):
    data = json.loads(tab.locator("#explorer-data").text_content())
    cells = drawn(data, 200)
    shown = tab.evaluate(SHOW, [urlencode(cell["chosen"]) for cell in cells])
    for cell, (verdict, place, _, notes) in zip(cells, shown, strict=True):
        assert same(verdict, cell), (verdict, cell["chosen"])
        assert notes == ""
        if cell["chosen"]["effects"] == "twoway":
            t = cell["coef"] / cell["classical"]
            r = prose.number(t / np.sqrt(t**2 + cell["df"]))
            assert f"partial correlation {r} " in place
    # One of each measure, sample, product, effects and period: the code as a reader would run it.
    seen: set[str] = set()
    for cell, (_, _, code, _) in zip(cells, shown, strict=True):
        chosen = cell["chosen"]
        new = {f"{name} {chosen[name]}" for name in chosen if name not in ("term", "errors")} - seen
        if new:
            seen |= new
            assert 8 <= code.count("\n") + 1 <= 16
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                exec(code, {})
            coef, error = map(float, printed.getvalue().split())
            assert coef == pytest.approx(cell["coef"] * cell["unit"], abs=4.6 * cell["unit"]), code
            assert error == pytest.approx(
                cell["clustered"] * cell["unit"], abs=4.6 * cell["unit"]
            ), code
    assert {f"agglomeration {name}" for name, _ in data["options"]["agglomeration"]} <= seen
    assert {f"sample {name}" for name, _ in data["options"]["sample"]} <= seen
