"""The book as one document for paper, which Chromium prints: ``python -m tools.render.pdf``.

Has no solution, nor the pages that describe the code.  The pages keep their print styles, and
Chromium makes bookmarks of their headings.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[3]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PAPER = {"width": 673, "height": 900}  # A4 less the margins of paper.css
# What a reader of the screen does not see either, and what only a screen can do.
UNSEEN = (
    "script, form, noscript, .solution, [hidden], .removal, .belt-map, details.live, "
    "details.computed, .tag_hide-input > details, .tag_hide-cell > details > .cell_input, "
    "details.hide > summary"
)


def contents() -> list[str]:
    """The pages of the book in reading order."""
    entries = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages, waiting = [entries["root"]], [e for part in entries["parts"] for e in part["chapters"]]
    while waiting:
        entry = waiting.pop(0)
        pages.append(entry["file"])
        waiting[:0] = entry.get("sections", [])
    return pages


def article(soup: BeautifulSoup, name: str, names: set[str]) -> Tag:
    """The text of a page; ids have its name before them, and links stay in the document."""
    text = soup.find("article")
    for unseen in text.select(UNSEEN):
        unseen.decompose()
    for fold in text.select("details:not(.tile)"):
        fold["open"] = ""
    for element in text.find_all(id=True):
        element["id"] = f"{name}--{element['id']}"
    for part in text.select("svg [href], svg [clip-path]"):
        for key in {"href", "clip-path"} & part.attrs.keys():
            part[key] = part[key].replace("#", f"#{name}--")
    text["id"] = name
    for link in text.select("a[href]:not(svg *)"):
        file, _, place = link["href"].partition("#")
        page = Path(file).stem or name
        if page in names:
            inside = f"--{unquote(place)}" if place and "=" not in place else ""
            link["href"] = f"#{page}{inside}"
        elif ":" not in file:
            del link["href"]
    return text


def assemble(html: Path) -> str:
    """One document of all pages, to lie beside them, so that it finds their styles and pictures."""
    pages = [page for page in contents() if (html / f"{page}.html").exists()]
    pages = [page for page in pages if not page.startswith("book/api")]
    texts = {Path(page).name: (html / f"{page}.html").read_text("utf-8") for page in pages}
    soups = {name: BeautifulSoup(text, "html.parser") for name, text in texts.items()}
    head = soups[Path(pages[0]).name].head
    for script in head.find_all("script"):
        script.decompose()
    # MathJax and its settings, of the first page with mathematics.
    found = (soup.find_all("script") for soup in soups.values())
    math = next(each for each in found if any("window.MathJax" in script.text for script in each))
    for script in math:
        if "window.MathJax" in script.text or "mathjax" in script.get("src", ""):
            head.append(script)
    style = Path(__file__).with_name("paper.css").read_text(encoding="utf-8")
    articles = [str(article(soup, name, soups.keys())) for name, soup in soups.items()]
    return (
        f"<!doctype html><html lang='en'>{head}<style>{style}</style>"
        f"<body><main class='bd-article'>{''.join(articles)}</main></body></html>"
    )


def chromium() -> str | None:
    """Where Chromium is on this machine, if it is there."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def write(html: Path, target: Path) -> None:
    """Print the built pages into a file; without Chromium the program ends."""
    if chromium() is None:
        raise SystemExit(f"make pdf: found none of {', '.join(CHROMIUM)}; install Chromium")
    document = html / "book" / "whole.html"
    document.write_text(assemble(html), encoding="utf-8")
    try:
        with sync_playwright() as engine:
            browser = engine.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
            page = browser.new_page(viewport=PAPER)
            page.set_default_timeout(0)
            page.emulate_media(media="print")
            page.goto(document.as_uri())
            page.evaluate("window.MathJax.startup.promise.then(() => document.fonts.ready)")
            page.pdf(path=target, prefer_css_page_size=True, print_background=True, outline=True,
                     tagged=True)  # fmt: skip
            browser.close()
    finally:
        document.unlink()


if __name__ == "__main__":
    write(ROOT / "_build" / "html", ROOT / "_build" / "book.pdf")
    print("_build/book.pdf")
