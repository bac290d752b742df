"""The whole book, or a route through it, as one PDF: built pages in one document, by Chromium.

Usage: ``python -m tools.build.pdf [--solutions] [--route student]`` after the pages were built;
writes ``_build/book.pdf`` or ``_build/student.pdf``.  Routes are those of the front page.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[3]
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FOOT = (
    '<div style="font-size:8px;width:100%;text-align:center;color:#555">'
    '<span class="pageNumber"></span></div>'
)
STYLE = """
@page { size: A4; margin: 18mm 16mm 18mm 16mm; }
html { font-size: 13px; }
body { background: white; }
main { max-width: none; padding: 0; }
article > section > h1 { break-before: page; }
article:first-of-type > section > h1 { break-before: auto; }
figure, .admonition, .cell, div.math, pre, tr, .table-note { break-inside: avoid; }
table.whole { break-inside: avoid; }
.table-note { break-before: avoid; }
h1, h2, h3, h4, caption { break-after: avoid; }
thead { display: table-header-group; }
.pst-scrollable-table-container { overflow: visible; }
table.figures { font-size: 0.8rem; }
table.figures.wide { font-size: 0.62rem; }
table.figures td, table.figures th { white-space: normal; padding: 0.1rem 0.35rem; }
table.figures td:first-child, table.figures th:first-child { position: static; }
pre { white-space: pre-wrap; }
.headerlink, .copybtn, .table-files, .toggle-button { display: none !important; }
.sd-summary-state-marker, details.hide > summary { display: none !important; }
.errors input:checked + label { display: inline; }
.errors .board.by-jackknife { display: block; }
.cell:has(.errors) { break-inside: auto; }
.errors table { break-inside: avoid; }
img { max-height: 220mm; }
.edition { border: 1px solid; padding: 2mm 4mm; font-weight: 600; }
"""


def chromium() -> str | None:
    """Where Chromium is on this machine, if it is there."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def contents() -> list[str]:
    """The pages of the book in reading order."""
    entries = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def walk(chapters: list[dict]) -> list[str]:
        return [
            page
            for chapter in chapters
            for page in [chapter["file"], *walk(chapter.get("sections", []))]
        ]

    return [entries["root"], *walk([c for part in entries["parts"] for c in part["chapters"]])]


def route(html: Path, name: str) -> list[str]:
    """The front page and the pages of one of its routes, in its order.

    Raises
    ------
    SystemExit
        The front page has no such route.
    """
    front = html / f"{contents()[0]}.html"
    page = BeautifulSoup(front.read_text(encoding="utf-8"), "html.parser")
    cards = {
        card.select_one(".sd-card-title").get_text(strip=True).split()[-1]: card
        for card in page.select("article .sd-card:has(.sd-card-title)")
    }
    if name not in cards:
        raise SystemExit(f"--route {name}: found on the front page {', '.join(cards)}")
    links = cards[name].find_all("a", href=True)
    paths = [(front.parent / urlsplit(link["href"]).path).resolve() for link in links]
    found = [os.path.relpath(path, html).removesuffix(".html") for path in paths]
    return list(dict.fromkeys([contents()[0], *found]))


def anchor(page: str, name: str = "") -> str:
    """Where a page, or a place in it, stands in the one document."""
    return f"{page.replace('/', '-')}--{name}" if name else page.replace("/", "-")


def article(html: Path, page: str, read: dict[str, BeautifulSoup], solutions: bool) -> Tag:
    """The text of a page, with ids that no other page has and links that stay in the document."""
    path = html / f"{page}.html"
    found = read[page].find("article")
    for solution in found.select(".solution") if not solutions else ():
        solution.decompose()
    for part in found.select("svg *"):
        for name in ("href", "clip-path"):
            if "#" in part.get(name, ""):
                part[name] = part[name].replace("#", f"#{anchor(page)}--")
    for element in found.find_all(id=True):
        element["id"] = anchor(page, element["id"])
    found["id"] = anchor(page)
    for link in found.find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        name = os.path.relpath(target, html).removesuffix(".html")
        if name in read:
            # The explorer's addresses hold choices, which paper has not.
            place = "" if "=" in parts.fragment else unquote(parts.fragment)
            link["href"] = f"#{anchor(name, place)}"
        else:
            del link["href"]
    for moving in found.select("script, .removal, .explorer, .belt-map"):
        moving.decompose()
    # On paper a link into the code helps nobody, and the environment page has the run times.
    for fold in found.select("details.computed"):
        fold.decompose()
    for image in found.find_all("img", src=True):
        image["src"] = (path.parent / image["src"]).resolve().as_uri()
    for fold in found.find_all("details"):
        fold["open"] = ""
    for dropdown in found.select(".admonition.dropdown"):
        dropdown["class"] = [name for name in dropdown["class"] if name != "dropdown"]
    for table in found.find_all("table"):
        size = ["whole"] if len(table.find_all("tr")) <= 40 else []
        size += ["wide"] if len(table.find("tr").find_all(["td", "th"])) > 7 else []
        table["class"] = [*table.get("class", []), *size]
    return found


def edition(route: str, solutions: bool) -> str:
    """Which edition of the book a document is: its route, its solutions, its version."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    what = f"The {route}’s route through the book" if route else "The whole book"
    which = f"{what}, {'with' if solutions else 'without'} solutions"
    return f"{which}. Version {cited['version']}, {cited['date-released']}."


def assemble(html: Path, solutions: bool = False, name: str = "") -> str:
    """One document from all pages of a build or a route's, which begins by saying what it is."""
    pages = route(html, name) if name else contents()
    read = {
        page: BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        for page in pages
    }
    frame = read[pages[0]]
    with_math = next(
        soup
        for soup in read.values()
        if soup.find("script", src=lambda source: bool(source) and "mathjax" in source)
    )
    empty = "<html lang='en'><head><meta charset='utf-8'></head></html>"
    head = BeautifulSoup(empty, "html.parser")
    title = head.new_tag("title")
    title.string = frame.title.string.rpartition(" — ")[2]
    head.head.append(title)
    for sheet in frame.find_all("link", rel="stylesheet"):
        path = (html / pages[0]).parent / sheet["href"].split("?")[0]
        sheet["href"] = path.resolve().as_uri()
        head.head.append(sheet)
    for script in with_math.find_all("script"):
        source = script.get("src", "")
        if "mathjax" in source:
            script["src"] = (html / "book" / source.split("?")[0]).resolve().as_uri()
            head.head.append(script)
        elif "window.MathJax" in (script.string or ""):
            head.head.append(script)
    style = head.new_tag("style")
    style.string = STYLE
    head.head.append(style)
    body = head.new_tag("body")
    main = head.new_tag("main", attrs={"class": "bd-article"})
    head.html.append(body)
    body.append(main)
    for page in pages:
        main.append(article(html, page, read, solutions))
    said = head.new_tag("p", attrs={"class": "edition"})
    said.string = edition(name, solutions)
    main.find("h1").insert_after(said)
    return str(head)


def write(html: Path, target: Path, solutions: bool = False, name: str = "") -> None:
    """Print all pages of a build, or a route's, into a file.

    Raises
    ------
    SystemExit
        There is no Chromium.
    """
    executable = chromium()
    if executable is None:
        raise SystemExit(f"make pdf: found none of {', '.join(CHROMIUM)}; install Chromium")
    document = target.with_suffix(".in-one.html")
    document.write_text(assemble(html, solutions, name), encoding="utf-8")
    with sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=executable, args=["--no-sandbox", "--allow-file-access-from-files"]
        )
        page = browser.new_page()
        page.goto(document.as_uri(), wait_until="load")
        page.evaluate("MathJax.startup.promise")
        page.evaluate("document.fonts.ready.then(() => null)")  # else Chinese may print as boxes
        page.pdf(
            path=str(target),
            prefer_css_page_size=True,
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
            outline=True,
            tagged=True,
        )
        browser.close()
    document.unlink()


def main() -> int:
    """Print the built pages into a file below ``_build``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--solutions", action="store_true", help="with the solutions")
    routes = "of the front page: student, teacher, referee, analyst"
    parser.add_argument("--route", default="", help=routes)
    asked = parser.parse_args()
    html, target = ROOT / "_build" / "html", ROOT / "_build" / f"{asked.route or 'book'}.pdf"
    write(html, target, asked.solutions, asked.route)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
