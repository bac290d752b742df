"""The page of choices in a browser: it clicks, and shows what its data and the library say."""

from __future__ import annotations

import contextlib
import io
import json
import re
import warnings
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from scipy import stats

from lib import panel, prose, published, verdicts
from studies.multiverse import explorer

PRINTED = published.coefficients().set_index(["column", "row"])
SHOW = """async (addresses) => {
    const shown = (name) => document.querySelector(`[data-show="${name}"]`).textContent;
    const found = [];
    for (const address of addresses) {
        location.hash = address;
        await new Promise((done) => setTimeout(done));
        found.push(["verdict", "place", "code", "notes"].map(shown));
        document.querySelector('[data-do="printed"]').click();
        found.at(-1).push(shown("verdict"));
    }
    return found;
}"""

SHIFTS = """window.moved = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((each) => {
        moved += each.hadRecentInput ? 0 : each.value;
    })).observe({type: "layout-shift", buffered: true});"""


@pytest.fixture(scope="module")
def address(html: Path) -> str:
    return (html / "notebooks" / "explorer.html").as_uri()


def part(tab: Page, name: str):
    return tab.locator(f"[data-show={name}]")


def choice(tab: Page, name: str, words: bool = False):
    return tab.locator(f"#explorer select[data-choice={name}]{'' if words else ':not'}"
                       f"{'[data-words]' if words else '([data-words])'}")  # fmt: skip


def row(tab: Page, name: str, option: str, kind: str = "radio"):
    """The circle of an option in the rows below the curve, or its tick."""
    return tab.locator(f".option[data-choice={name}][data-option='{option}'] input[type={kind}]")


def test_sentence_and_form_are_one(tab, address):
    assert tab.url == address  # a page that was only opened keeps its address
    expect(part(tab, "verdict")).to_contain_text("Opposed.")
    choice(tab, "mobility", words=True).select_option("stock")
    expect(part(tab, "verdict")).to_contain_text("Supported.")
    expect(choice(tab, "mobility")).to_have_value("stock")
    choice(tab, "column").select_option("model2")
    expect(choice(tab, "column", words=True)).to_have_value("model2")
    expect(row(tab, "product", "alone")).to_be_checked()
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
    row(tab, "controls", "five").check()
    row(tab, "agglomeration", "employment").check()
    expect(row(tab, "controls", "none")).to_be_checked()
    expect(part(tab, "notes")).to_contain_text("controls, now “none”")
    expect(part(tab, "by")).to_have_text("By province.")
    choice(tab, "errors").select_option("jackknife")
    expect(part(tab, "by")).to_contain_text("is by province; its interval is")
    choice(tab, "errors").select_option("decides")
    choice(tab, "column").select_option("middle")
    expect(part(tab, "by")).to_contain_text("By city only")
    assert row(tab, "sample", "delta41").is_disabled()
    row(tab, "sample", "listed94").check()
    expect(part(tab, "notes")).to_contain_text("the rows of “all of the Belt”")
    row(tab, "effects", "entity").check()
    expect(part(tab, "place")).to_contain_text("not in the curve")


def test_an_option_says_beforehand_where_it_leads(tab):
    for name, option in (("effects", "trend"), ("sample", "steps"), ("controls", "seven")):
        mark = tab.locator(f".option[data-choice={name}][data-option={option}]")
        ahead = mark.locator(".ahead").text_content().strip(": ")
        row(tab, name, option).check()
        expect(part(tab, "verdict")).to_contain_text(f"{ahead.capitalize()}.")
        tab.get_by_role("button", name="As the paper prints it").click()
    stock = choice(tab, "mobility", words=True).locator("option[value=stock]")
    assert stock.text_content() == "a stock (the paper's sentence) → cannot tell"


def test_what_is_rejected_is_not_counted(tab, address):
    data = json.loads(tab.locator("#explorer-data").text_content())
    block = next(b for b in data["blocks"] if (b["column"], b["term"], b["mobility"], b["outcome"])
                 == ("model1", "LM", "flow", "reg"))  # fmt: skip
    for option in ("start", "trend"):
        row(tab, "effects", option, "checkbox").uncheck()
    row(tab, "sample", "delta41", "checkbox").uncheck()
    sizes = [len(own) for c, own in data["options"].items() if c in explorer.VARIED]
    sample, effects = np.unravel_index(data["runs"]["model1 flow"]["key"], sizes)[:2]
    names = {c: [name for name, _ in own] for c, own in data["options"].items()}
    kept = (effects == names["effects"].index("twoway")) & (
        sample != names["sample"].index("delta41")
    )
    coef, ghost = (np.array(block[n], dtype=float)[kept] for n in ("coef", "ghost"))
    said = part(tab, "shares").text_content()
    assert said.startswith(f"Of the {kept.sum()} specifications counted, ")
    assert f"counted, {round(100 * (coef > 0).mean())} % are positive" in said
    assert f"residents: {round(100 * (ghost > 0).mean())} % are positive" in said
    assert (ghost > 0).any() and 0.005 < (coef > 0).mean() < 1
    tab.reload()
    expect(part(tab, "shares")).to_have_text(said)
    row(tab, "sample", "delta41").check()
    expect(part(tab, "place")).to_contain_text("not counted")
    tab.get_by_role("button", name="Count all").click()
    expect(part(tab, "place")).to_contain_text("of 1,872")


def test_the_page_keeps_its_shape(browser, address):
    for width in (390, 1280):
        page = browser.new_page(viewport={"width": width, "height": 900})
        page.add_init_script(SHIFTS)
        page.goto(address)
        page.wait_for_timeout(1000)
        assert page.evaluate("moved") < 0.1
        page.close()


def test_which_choices_give_a_coefficient(tab):
    box, find = (
        tab.get_by_label("Coefficient", exact=True).last,
        tab.get_by_role("button", name="Find the choices"),
    )
    figures, found = re.compile(r"(−\d\.\d+).*?, ([\d,]+) city"), []
    coef, nobs = figures.search(part(tab, "verdict").text_content()).groups()
    for written in (coef, coef.replace("−0", "-"), coef.replace(".", ",")):
        box.fill(written)
        find.click()
        found.append(part(tab, "list").text_content())
    first = part(tab, "list").locator("li").first
    assert len(set(found)) == 1 and not first.locator("b").count()
    tab.get_by_label("Rows N").fill(nobs)
    find.press("Enter")
    assert "all of the Belt" in first.text_content() and not first.locator("b").count()
    row(tab, "sample", "steps").check()
    shown = part(tab, "verdict").text_content()
    coef, nobs = figures.search(shown).groups()
    tab.get_by_role("button", name="As the paper prints it").click()
    box.fill(coef)
    tab.get_by_label("Rows N").fill(nobs)
    find.click()
    expect(first.locator("b")).to_have_text("without steps")
    first.get_by_role("link").click()
    expect(part(tab, "verdict")).to_have_text(shown)
    box.fill("9.99")
    find.click()
    expect(part(tab, "found")).to_contain_text("No specification of LM in Model 1 gives this")
    assert part(tab, "list").locator("li").count() == 3


def test_a_coefficient_without_a_star_claims_nothing(tab, address):
    tab.goto(f"{address}#column=model2&term=GR&mobility=flow")
    tab.goto(f"{address}#column=upper&term=LM_IA&mobility=flow")
    claim = PRINTED.loc[("upper", "LM_IA")]
    stars = ["without a star", "with one star", "with two stars", "with three stars"]
    shown = f"{claim['coef']:+.3f} {stars[len(claim['stars'])]}".replace("-", "−")
    expect(part(tab, "claim")).to_have_text(shown)


def test_buttons_keyboard_and_touch(tab):
    tab.get_by_role("button", name="Most favourable").tap()
    main = tab.locator("table.figures tbody tr").all_text_contents()
    for name, at in (("Most favourable", 1), ("Least favourable", 2), ("As the paper prints", 0)):
        tab.get_by_role("button", name=name).tap()
        figures = [float(each.replace("−", "-")) for each in re.findall(r"[−\d.]+\d", main[at])]
        shown = re.findall(r"−?\d[\d,]*(?:\.\d+)?", part(tab, "verdict").text_content())
        coef, _, low, high = (float(each.replace("−", "-")) for each in shown[:4])
        assert figures[:3] == [round(coef, 2), round(low, 2), round(high, 2)]
    slider = tab.get_by_role("slider", name="Place in the curve")
    before = int(slider.input_value())
    slider.press("ArrowRight")
    expect(part(tab, "place")).to_contain_text(f"Place {before + 1} of 1,872")
    assert f"Place {before + 1} of 1,872" in slider.get_attribute("aria-valuetext")
    part(tab, "curve").locator("svg").tap(position={"x": 1, "y": 150})
    expect(part(tab, "place")).to_contain_text(re.compile("Place ([1-9]|1[0-9]) of 1,872"))
    for _ in range(5):
        tab.get_by_role("button", name="Surprise me").press("Enter")
        expect(part(tab, "verdict")).to_contain_text(re.compile("|".join(verdicts.VERDICTS), re.I))
    assert tab.locator("[role=status] [data-show=verdict]").count() == 1


def test_as_printed_is_what_the_paper_prints_whatever_was_shown_before(tab):
    ledger = verdicts.decided(verdicts.ledger(panel.load()))
    assert len(ledger) == 2 * 23
    other = {"effects": "entity", "k": "none", "outcome": "log_reg", "errors": "classical"}
    asked = [
        urlencode({"column": row.column, "term": row.row, "mobility": row.reading} | other)
        for row in ledger.itertuples()
    ]
    shown = tab.evaluate(SHOW, asked)
    for row, (before, *_, after) in zip(ledger.itertuples(), shown, strict=True):
        assert before != after
        digits = len(re.search(r"\.(\d*)", after.split(". ", 1)[1])[1])
        slope = [prose.number(x, digits) for x in (row.coef, row.claim_low, row.claim_high)]
        level = published.level(row.printed_stars) or 0.05
        assert after == sentence(row.verdict, slope, row.p, level, row.nobs, row.cities)


def sentence(verdict, slope, p, level, nobs, cities) -> str:
    """What the page has to say of a slope and the ends of its interval."""
    coef, low, high = slope
    return (
        f"{verdict.capitalize()}. {coef}{prose.mark(p)}, {round(100 * (1 - level))} % interval "
        f"{low} to {high}, {nobs:,} city-years of {cities} cities."
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
    """Choices, seeded, each with the whole numbers of the payload."""
    rng, out = np.random.default_rng(13), []
    names = {c: [name for name, _ in own] for c, own in data["options"].items()}
    for place in rng.integers(len(data["blocks"]), size=count):
        block = data["blocks"][place]
        run = data["runs"][f"{block['column']} {block['mobility']}"]
        at = int(rng.choice([i for i, coef in enumerate(block["coef"]) if coef is not None]))
        sizes = [len(names[c]) for c in explorer.VARIED]
        places = np.unravel_index(run["key"][at], sizes)
        chosen = {c: block[c] for c in explorer.IDENTITY}
        chosen |= {c: names[c][place] for c, place in zip(explorer.VARIED, places, strict=True)}
        chosen["errors"] = str(rng.choice(names["errors"]))
        cell = {name: block[name][at] for name in ("coef", *verdicts.KINDS)}
        sizes = {name: own[at] for name, own in run.items()}
        unit = 10.0 ** -(block["digits"] + data["finer"])
        out.append({"chosen": chosen, "unit": unit, "digits": block["digits"]} | cell | sizes)
    return out


def said(cell: dict) -> str:
    """What the page has to say of whole numbers, by the library's rule."""
    chosen = cell["chosen"]
    printed = PRINTED.loc[(chosen["column"], chosen["term"])]
    level = published.level(printed["stars"]) or 0.05
    kind = chosen["errors"]
    if kind == "decides":
        kind = "jackknife" if cell["province"] is None else "province"
    df = {"classical": cell["df"], "province": cell["provinces"] - 1}.get(kind, cell["cities"] - 1)
    half = stats.t.isf(level / 2, df) * cell[kind]
    p = 2 * stats.t.sf(abs(cell["coef"] / cell[kind]), df)
    slope = [prose.number((cell["coef"] + each) * cell["unit"], cell["digits"])
             for each in (0, -half, half)]  # fmt: skip
    verdict = verdicts.verdict(printed["coef"], printed["stars"], cell["coef"], p)
    return sentence(verdict, slope, p, level, cell["nobs"], cell["cities"])


@pytest.mark.slow
def test_two_hundred_choices_and_the_code_of_some(tab):
    data = json.loads(tab.locator("#explorer-data").text_content())
    cells = drawn(data, 200)
    shown = tab.evaluate(SHOW, [urlencode(cell["chosen"]) for cell in cells])
    for cell, (verdict, place, _, notes, _) in zip(cells, shown, strict=True):
        assert verdict == said(cell), cell["chosen"]
        assert notes == ""
        if cell["chosen"]["effects"] in data["inside"]:
            t = cell["coef"] / cell["classical"]
            r = prose.number(t / np.sqrt(t**2 + cell["df"]))
            assert f"partial correlation {r} " in place
    # One of each measure, sample, product, effects and period: the code as a reader would run it.
    seen: set[str] = set()
    for cell, (_, _, code, _, _) in zip(cells, shown, strict=True):
        chosen = cell["chosen"]
        new = {f"{name} {chosen[name]}" for name in chosen if name not in ("term", "errors")} - seen
        if new:
            seen |= new
            assert 8 <= code.count("\n") + 1 <= 16
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), warnings.catch_warnings():
                warnings.simplefilter("ignore")  # linearmodels says which dummy it drops
                exec(code, {})
            coef, error = map(float, printed.getvalue().split())
            assert coef == pytest.approx(cell["coef"] * cell["unit"], abs=4.6 * cell["unit"]), code
            assert error == pytest.approx(
                cell["clustered"] * cell["unit"], abs=4.6 * cell["unit"]
            ), code
    assert {f"agglomeration {name}" for name, _ in data["options"]["agglomeration"]} <= seen
    assert {f"sample {name}" for name, _ in data["options"]["sample"]} <= seen
