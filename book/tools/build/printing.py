"""A document printed by Chromium until each page number that it names is where it says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
COLUMN = 673  # px: A4 less the margins of paper.css
CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff]")
# A table that is wider than the column takes a page of its own, turned, with its note.
TURN = """() => document.querySelectorAll("table").forEach(table => {
  if (table.getBoundingClientRect().width > %d + 1)
    (table.closest(".cell_output") ?? table.parentElement).classList.add("turned");
})"""
FILL = """places => document.querySelectorAll("a.paged, .listing a").forEach(link => {
  link.dataset.page = places[decodeURIComponent(link.hash.slice(1))] ?? "000";
})"""


def chromium() -> str | None:
    """Where Chromium is on this machine, if it is there."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def places(printed: Path) -> dict[str, int]:
    """The page, counted from 1, of every place that a link of the document leads to."""
    reader = PdfReader(printed)
    found = {
        name.removeprefix("/"): reader.get_destination_page_number(destination)
        for name, destination in reader.named_destinations.items()
    }
    return {name: number + 1 for name, number in found.items() if number is not None}


def _settled(page: Page, target: Path, most: int = 5) -> None:
    """Print with the pages of the last print filled in, until they are those of the next."""
    said: dict[str, int] = {}
    for _ in range(most):
        page.evaluate(FILL, said)
        page.pdf(path=str(target), prefer_css_page_size=True, print_background=True,
                 outline=True, tagged=True)  # fmt: skip
        found = places(target)
        if found == said:
            return
        said = found
    raise SystemExit(f"make pdf: the page numbers still move after {most} prints")


def write(document: Path, target: Path) -> None:
    """Print an HTML file into a PDF.

    Raises
    ------
    SystemExit
        There is no Chromium; the page numbers do not settle; no font has a Chinese letter.
    """
    executable = chromium()
    if executable is None:
        raise SystemExit(f"make pdf: found none of {', '.join(CHROMIUM)}; install Chromium")
    with sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--allow-file-access-from-files"]
        )
        page = browser.new_page(viewport={"width": COLUMN, "height": 900})
        page.set_default_timeout(0)
        page.emulate_media(media="print")
        page.goto(document.as_uri(), wait_until="load")
        page.evaluate("window.MathJax?.startup.promise.then(() => null)")
        page.evaluate("document.fonts.ready.then(() => null)")
        page.evaluate(TURN % COLUMN)
        _settled(page, target)
        wanted = set(CHINESE.findall(page.inner_text("main")))
        browser.close()
    printed = {letter for sheet in PdfReader(target).pages for letter in sheet.extract_text()}
    if missing := wanted - printed:
        raise SystemExit(f"make pdf: no font here has the letters {''.join(sorted(missing))[:20]}")
