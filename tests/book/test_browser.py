"""Every page in a browser: quiet, and whole on a phone."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urlsplit

import axe_playwright_python
import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from playwright.sync_api import Page, TimeoutError, expect

from tools.render import book, letters

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# Without preload: axe would fetch style sheets a second time, from the wrong place.
RUN_AXE = "axe.run(document, {resultTypes: ['violations'], preload: false})"
# Bytes of all that a page loads, scripts and fonts included; the first has no formula.
BUDGET = {"notebooks/index": 1_300_000}
# What goes beyond the window and is in no area with a name that the keyboard reaches.
CUT = """() => [...document.querySelectorAll(
    'article :is(table, mjx-container, svg[role=img])')].filter(each => {
    if (!each.checkVisibility() || each.closest('.toggle-hidden')) return false;
    for (let box = each; box.tagName != 'ARTICLE'; box = box.parentElement)
        if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX))
            return box.scrollWidth > box.clientWidth
                && !(box.tabIndex >= 0 && box.getAttribute('aria-label'));
    return each.getBoundingClientRect().right > document.documentElement.clientWidth;
}).map(each => each.outerHTML.slice(0, 120))"""

# Letters of pictures below eleven pixels, in pixels: Matplotlib draws a font of 100, scripts text.
LETTERS = """() => [...document.querySelectorAll('article svg[role=img]')]
    .filter(each => each.getBoundingClientRect().width)
    .flatMap(each => [
        ...[...each.querySelectorAll('g[transform*="scale"]')].map(part => 100
            * part.getAttribute('transform').match(/scale\\(([\\d.]+)/)[1]),
        ...[...each.querySelectorAll('text')]
            .map(part => parseFloat(getComputedStyle(part).fontSize)),
    ].map(size => size * each.getScreenCTM().a).filter(size => size < 10.95))"""

# Where the first picture of a page begins, in pixels from the top.
FIRST = """() => Math.min(...[...document.querySelectorAll(
    'article figure svg[role=img], article .board')]
    .map(each => each.getBoundingClientRect().top + scrollY))"""
# Chapter 4 opens with its rule, and its sections have the pictures; 9 with its regressions.
CHAPTERS = [p for p in book.contents() if re.match(r"(?!04-results|09)\d\d-", Path(p).name)]

# How many lines of charts have a colour, and those to which the page gives none.
STROKES = """() => {
    const lines = [...document.querySelectorAll(
        'figure svg[role=img] [style*="stroke:"], .two-cities :is(path, line)')]
        .filter(each => each.style.stroke != 'none');
    return [lines.length, lines.filter(each => getComputedStyle(each).stroke == 'none')
        .map(each => each.outerHTML.slice(0, 120))];
}"""


@pytest.fixture
def tab(browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(10_000)
    yield page
    page.close()


def opened(tab: Page, html: Path, page: str, scheme: str = "light") -> list[str]:
    """Open a page with no answer covered; return what it asks for elsewhere and complains of."""
    complaints: list[str] = []
    tab.emulate_media(color_scheme=scheme)
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    local = ("file:", "data:")
    tab.on("request", lambda r: None if r.url.startswith(local) else complaints.append(r.url))
    tab.goto((html / f"{page}.html").as_uri(), wait_until="load")
    tab.evaluate("window.MathJax?.startup?.promise")
    tab.eval_on_selector_all("form.guess [type=button]", "all => all.forEach(e => e.click())")
    return complaints


def widths(tab: Page, page: str, *sizes: int) -> None:
    """See that nothing is cut at any of these widths."""
    for size in sizes:
        tab.set_viewport_size({"width": size, "height": 900})
        wide = tab.evaluate("document.scrollingElement.scrollWidth")
        assert wide <= size, f"{page}: {wide} px wide in a window of {size} px"
        with suppress(TimeoutError):  # the theme follows a change of width a moment later
            tab.wait_for_function(f"({CUT})().length === 0", timeout=2000)
        cut = tab.evaluate(CUT)
        assert not cut, f"{page}, {size} px: cut off, or in an area without a name: {cut}"


def test_page_is_quiet_and_nothing_is_cut_and_a_chapter_opens_with_a_picture(tab, html, page):
    complaints = opened(tab, html, page)
    scrolls = "each => each.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText)"
    cut = tab.eval_on_selector_all("article .pst-scrollable-table-container", scrolls)
    assert not cut, f"{page}, 1280 px: columns out of sight: {cut[0][:80]}"
    for size, highest in ((1280, 900), (390, 1500)):
        widths(tab, page, size)
        top = tab.evaluate(FIRST) if page in CHAPTERS else 0
        assert top is not None and top <= highest, f"{page}: first picture {top} px down at {size}"
    assert not tab.evaluate(LETTERS), f"{page}: letters of charts below 11 px on a phone"
    set_in_type = [tab.locator(each).count() > 0 for each in ("article .math", "mjx-container")]
    assert set_in_type[0] == set_in_type[1], f"{page}: formulas, and what sets them: {set_in_type}"
    assert not complaints, f"{page}: {complaints}"


def test_without_a_script_no_line_of_a_chart_is_lost(browser, html):
    """On the screen and on paper, intervals among them."""
    tab = browser.new_page(java_script_enabled=False)
    for name, media in product(("index", "04-1-overall"), ("screen", "print")):
        tab.emulate_media(media=media)
        tab.goto((html / f"notebooks/{name}.html").as_uri())
        lines, lost = tab.evaluate(STROKES)
        assert lines > 20 and not lost, f"{name}, {media}: {len(lost)} of {lines}: {lost[:3]}"
    tab.close()


@pytest.mark.parametrize(
    ("question", "answer"),
    [("does mobility raise income", "index"), ("are gaps widening", "index"),
     ("who wrote this", "index"), ("人均GDP", "index"), ("宜昌", "cities"),
     ("Yichang", "cities"), ("产业集聚", "zh"), ("双重差分", "glossary"),
     ("枞阳县", "03-model-and-data"),
     ("why does the sign change", "06-where-people-went"),
     ("which error decides a verdict", "04-results"), ("did incomes converge", "11-convergence"),
     ("can I download the data", "data")],
)  # fmt: skip
def test_a_question_leads_to_a_page_that_answers(tab, html, question, answer):
    """And descriptions of functions come last."""
    tab.goto(f"{(html / 'search.html').as_uri()}?q={question.replace(' ', '+')}")
    links = tab.locator(".closest a, #search-results li a")
    expect(links.and_(tab.locator(f"[href*='{answer}.html']")).first).to_be_visible()
    pages = tab.eval_on_selector_all("#search-results li a", "each => each.map(a => a.pathname)")
    described = ["/book/api" in page for page in pages]
    assert described == sorted(described)


def test_a_question_in_one_language_is_answered_in_it_first(tab, html):
    for question, zh in (("hukou", False), ("收敛", True)):
        tab.goto(f"{(html / 'search.html').as_uri()}?q={question}")
        expect(tab.locator(".closest p").first).to_be_visible()
        first = tab.locator(".closest p").first.inner_text()
        assert (len(re.findall("[一-鿿]", first)) > len(first) / 2) == zh, first


@pytest.mark.parametrize(
    ("began", "question", "answer"),
    [("zh", "流动", "zh"), ("zh", "changjiang", "zh"), ("zh", "xyzzy", None),
     ("data", "长江", "zh"), ("data", "xyzzy", None), ("data", "without_each", "api")],
)  # fmt: skip
def test_a_search_counts_what_it_found_in_the_language_in_which_it_began(
    tab, html, began, question, answer
):
    """Chinese words of two letters, among others; without a server, too."""
    complaints = opened(tab, html, f"notebooks/{began}")
    tab.keyboard.press("Control+k")
    tab.locator("#pst-search-dialog input[type=search]").fill(question)
    tab.keyboard.press("Enter")
    told = tab.locator("#search-results .search-summary")
    expect(told).not_to_be_empty()
    found = [tab.locator(f"#search-results {each} > li").count() for each in ("ol", "ul")]
    said, zh = told.inner_text(), began == "zh"
    assert bool(letters.letters(said)) == bool(letters.letters(tab.inner_text("h2"))) == zh
    assert [int(each) for each in re.findall(r"\d+", said)] == (found if any(found) else [])
    with TTFont(html / "_static" / "noto-sans-sc.woff") as font:
        assert letters.letters(said) <= set(map(chr, font.getBestCmap()))
    assert any(found) == bool(answer) and not complaints
    if answer:
        assert tab.locator(f"#search-results a[href*='{answer}.html']").count(), said


# The right edge of a text, a table or a picture beyond that of the paper.
WIDER = """() => [...document.querySelectorAll(
    "article :is(table, pre, p, li, mjx-container), figure svg")].filter(each =>
    each.getClientRects().length && each.getBoundingClientRect().right > innerWidth + 1)
    .map(each => each.textContent.trim().slice(0, 60))"""


@pytest.mark.slow
def test_on_paper_nothing_is_cut_and_nothing_hidden_is_printed(tab, html, page):
    opened(tab, html, page)
    tab.set_viewport_size({"width": 673, "height": 900})  # A4 less the margins of book.css
    tab.emulate_media(media="print")
    assert not tab.evaluate(WIDER), page
    text = close(tab.inner_text("article"))
    soup = BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser")
    folded = soup.select("details .cell_input, [hidden] p, [hidden] summary, .tile .figures p")
    every = soup.select("article .cell_input")
    cells = [
        part for part in every if part not in folded and not part.find_parent(class_="solution")
    ]
    seen = "".join(close(cell.get_text()) for cell in cells)
    hidden = {close(line) for part in folded for line in part.get_text().splitlines()}
    assert not {line for line in hidden if len(line) > 24 and line not in seen and line in text}
    assert all(close(cell.get_text()) in text for cell in cells)


def close(text: str) -> str:
    return "".join(text.split())


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible_light_and_whole_at_more_widths(tab, html, page, scheme):
    loaded: set[str] = set()
    tab.on("request", lambda request: loaded.add(unquote(urlsplit(request.url).path)))
    complaints = opened(tab, html, page, scheme)
    widths(tab, page, 1440, 1920)
    weight = sum(Path(file).stat().st_size for file in loaded if file.startswith("/"))
    assert weight <= BUDGET.get(page, 2_300_000), f"{page}: {weight:,} bytes"
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.evaluate(AXE)
    violations = tab.evaluate(RUN_AXE)["violations"]
    assert not violations, f"{page}: {json.dumps(violations, indent=1, ensure_ascii=False)}"
    assert not complaints, f"{page}: {complaints}"


@pytest.mark.parametrize("touch", [False, True])
def test_a_term_says_it_where_it_stands(browser, html, touch):
    context = browser.new_context(has_touch=touch, viewport={"width": 360, "height": 700})
    page = context.new_page()
    page.goto((html / "notebooks/04-1-overall.html").as_uri())
    term, note = page.locator("article a[data-meaning]").first, page.get_by_role("tooltip")
    expect(note).to_be_hidden()
    for come in [term.tap] if touch else [term.hover, term.focus]:
        come()
        expect(note).to_have_text(term.get_attribute("data-meaning"))
        assert term.get_attribute("aria-describedby") == note.get_attribute("id")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
        page.keyboard.press("Escape")
        expect(note).to_be_hidden()
        page.mouse.move(0, 0)
    for _ in range(2 if touch else 1):
        assert "04-1-overall" in page.url
        (term.tap if touch else term.click)()
    page.wait_for_url("**/book/glossary.html#term-*")
    context.close()
