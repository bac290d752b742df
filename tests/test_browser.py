"""Every page in a browser: quiet, light, whole on a phone, open to those who do not see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import axe_playwright_python
import browser as tools
import pdf
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = pdf.chromium()
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
# Without preload: axe would fetch style sheets a second time, from the wrong place.
RUN_AXE = "axe.run(document, {resultTypes: ['violations'], preload: false})"
BUDGET = 1_500_000  # bytes of everything that a page loads, scripts and fonts included

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: the pages were NOT looked at in a browser"
)


@pytest.fixture(scope="module")
def address(html) -> Iterator[str]:
    with tools.served(html) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=tools.FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=["light", "dark"])
def desk(browser, request) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, color_scheme=request.param
    )
    yield context
    context.close()


@pytest.fixture(scope="module")
def phone(browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    yield context
    context.close()


@pytest.fixture
def tab(browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    yield page
    page.close()


def listen(tab: Page) -> tuple[list[str], list[str]]:
    """What the page asks for, and what it complains of, from now on."""
    requests: list[str] = []
    complaints: list[str] = []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    return requests, complaints


def test_page_from_a_server_is_quiet_and_accessible(desk, address, page):
    tab = desk.new_page()
    requests, complaints = listen(tab)
    tab.goto(f"{address}{page}.html", wait_until="networkidle")
    away = [url for url in requests if not url.startswith((address, "data:"))]
    assert not away, f"{page}: asked for {away}"
    assert not complaints, f"{page}: {complaints}"
    tab.evaluate(AXE)
    violations = [
        (found["id"], [node["html"][:200] for node in found["nodes"][:3]])
        for found in tab.evaluate(RUN_AXE)["violations"]
        if found["impact"] in {"serious", "critical"}
    ]
    tab.close()
    assert not violations, f"{page}: {json.dumps(violations, indent=1, ensure_ascii=False)}"


def test_page_from_the_disk_is_quiet(tab, html, page):
    requests, complaints = listen(tab)
    tab.goto((html / f"{page}.html").as_uri(), wait_until="load")
    away = [url for url in requests if not url.startswith(("file:", "data:"))]
    assert not away, f"{page}: asked for {away}"
    assert not complaints, f"{page}: {complaints}"


def test_page_fits_a_phone(phone, address, page):
    tab = phone.new_page()
    tab.goto(f"{address}{page}.html", wait_until="load")
    width = tab.evaluate("document.scrollingElement.scrollWidth")
    tab.close()
    assert width <= 390, f"{page}: {width} px wide on a screen of 390 px"


def test_page_keeps_its_weight(tab, address, page):
    tab.goto(f"{address}{page}.html", wait_until="networkidle")
    weight = tab.evaluate(tools.WEIGHT)
    assert weight <= BUDGET, f"{page}: {weight:,} bytes"


def test_solutions_fold_and_unfold(tab, address):
    tab.goto(f"{address}notebooks/04-1-overall.html", wait_until="load")
    solution = tab.locator(".solution").first
    body = solution.locator("section").first
    assert not body.is_visible()
    solution.locator(".admonition-title").first.click()
    body.wait_for(state="visible")
    solution.locator(".admonition-title").first.click()
    body.wait_for(state="hidden")


def test_how_a_page_was_computed_folds_and_unfolds(desk, address):
    tab = desk.new_page()
    tab.goto(f"{address}notebooks/06-audit.html", wait_until="load")
    fold = tab.locator("details.computed")
    inside = fold.get_by_text("lib.audit", exact=True)
    assert not inside.is_visible()
    fold.locator("summary").focus()
    tab.keyboard.press("Enter")
    inside.wait_for(state="visible")
    tab.evaluate(AXE)
    found = tab.evaluate("axe.run('details.computed', {preload: false})")["violations"]
    width = tab.evaluate("document.scrollingElement.scrollWidth")
    tab.close()
    assert not found, found
    assert width <= 1280


def test_open_fold_fits_a_phone(phone, address):
    tab = phone.new_page()
    tab.goto(f"{address}notebooks/15-multiverse.html", wait_until="load")
    tab.evaluate("document.querySelector('details.computed').open = true")
    width = tab.evaluate("document.scrollingElement.scrollWidth")
    tab.close()
    assert width <= 390


@pytest.mark.parametrize(
    ("words", "expected"), [("Hoover", "Model and data"), ("产业集聚", "Glossary")]
)
def test_search_finds(tab, address, words, expected):
    tab.goto(f"{address}search.html?q={words}")
    tab.locator("#search-results li").first.wait_for()
    assert expected in tab.inner_text("#search-results")
