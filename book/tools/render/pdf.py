"""The whole book, its interface, or a route through it, as one document for paper.

Usage: ``python -m tools.render.pdf [--solutions] [--route student]`` after the pages were built;
writes ``_build/book.pdf`` or ``_build/student.pdf``.  Routes are those of the front page, and
``interface``, the pages that describe the code, which are a volume of their own.  Sphinx's
``singlehtml`` would render the book again for each volume, and knows no pages of paper.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader

ROOT = Path(__file__).resolve().parents[3]
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
INTERFACE = "interface"
# What a reader of the screen does not see either, and what only a screen can do.
UNSEEN = (
    "script, form, noscript, [hidden], .removal, .explorer, .belt-map, details.live, "
    "details.computed, .headerlink, "
    ".tag_hide-input > details, .tag_hide-cell > details > .cell_input, details.hide > summary"
)
HEADS = """
#{id} {{ page: {id}; }}
#{id} .turned {{ page: {id}-turned; }}
@page {id} {{ @top-left {{ content: "{book}"; }} @top-right {{ content: "{title}"; }} }}
@page {id}-turned {{
  size: A4 landscape;
  @top-left {{ content: "{book}"; }} @top-right {{ content: "{title}"; }}
}}"""


def _parts() -> Iterator[tuple[str, list[str]]]:
    """The caption of each part of the book and its pages."""
    entries = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def walk(chapters: list[dict]) -> list[str]:
        return [
            page
            for chapter in chapters
            for page in [chapter["file"], *walk(chapter.get("sections", []))]
        ]

    yield "", [entries["root"]]
    for part in entries["parts"]:
        yield part["caption"], walk(part["chapters"])


def contents() -> list[str]:
    """The pages of the book in reading order."""
    return [page for _, pages in _parts() for page in pages]


def volume(html: Path, name: str = "") -> list[str]:
    """The pages of a volume: the book without its interface, the interface, or a route.

    A page that the edition leaves out is none.
    """
    if name not in ("", INTERFACE):
        return route(html, name)
    there = [each for each in contents() if (html / f"{each}.html").exists()]
    return [each for each in there if each.startswith("book/api") == (name == INTERFACE)]


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


def _paged(found: Tag, page: str) -> None:
    """Mark the first link of a paragraph to a place on another page: its number is printed.

    Terms, tables and lists of contents would be covered with numbers.
    """
    for block in found.select("p, li > :not(p), dd > :not(p)"):
        said = set()
        for link in block.select('a[href^="#"]:not(table a, svg a, :has(.std-term))'):
            target = link["href"][1:]
            if target in said or f"{target}--".startswith(f"{anchor(page)}--"):
                continue
            said.add(target)
            before = "".join(text for text in link.find_all_previous(string=True, limit=40)[::-1]
                             if block in text.parents)  # fmt: skip
            inner = ["inner"] if before.count("(") > before.count(")") else []
            link["class"] = [*link.get("class", []), "paged", *inner]


def _answers(found: Tag, page: str) -> None:
    """Move the answers to predictions behind the chapter; a link stays with each question."""
    asked = found.select("details.predict")
    read = BeautifulSoup(
        "<section class='at-end'><h2>Answers to the predictions</h2></section>",
        "html.parser",
    )
    for number, fold in enumerate(asked, 1):
        place = anchor(page, f"answer-{number}")
        question = fold.summary.get_text(" ", strip=True)
        link = f'<a href="#{place}" class="paged inner">The answer is at the end</a>'
        ask = f'<p class="predict"><b></b> <span>({link}.)</span></p>'
        ask = BeautifulSoup(ask, "html.parser")
        ask.b.string = question
        fold.insert_before(ask)
        fold.summary.string = question
        fold["id"] = place
        read.section.append(fold.extract())
    if asked:
        found.find("section").append(read.section)


def article(html: Path, page: str, read: dict[str, BeautifulSoup], solutions: bool) -> Tag:
    """The text of a page, with ids that no other page has and links that stay in the document."""
    path = html / f"{page}.html"
    found = read[page].find("article")
    for unseen in found.select(UNSEEN if solutions else f"{UNSEEN}, .solution"):
        unseen.decompose()
    for fold in found.select("details.hide"):
        fold.unwrap()
    for tile in found.select("details.tile"):
        tile.name, tile.string = "span", tile.summary.get_text()
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
    _paged(found, page)
    _answers(found, page)
    for image in found.find_all("img", src=True):
        image["src"] = (path.parent / image["src"]).resolve().as_uri()
    for code in found.select(".cell_input"):
        if code.get_text().strip().count("\n") < 4:
            code["class"] = [*code["class"], "brief"]
    for fold in found.find_all("details"):
        fold["open"] = ""
    for dropdown in found.select(".admonition.dropdown"):
        dropdown["class"] = [name for name in dropdown["class"] if name != "dropdown"]
    for table in found.find_all("table"):
        if len(table.find_all("tr")) <= 48:
            table["class"] = [*table.get("class", []), "whole"]
    return found


def _listed(articles: list[Tag], pages: list[str]) -> Tag:
    """The contents: parts, chapters and sections, each a link whose page the print fills in."""
    soup = BeautifulSoup('<nav class="listing"><h1>Contents</h1></nav>', "html.parser")

    def line(kind: str, text: str, target: str = "") -> None:
        entry = soup.new_tag("p", attrs={"class": kind})
        soup.nav.append(entry)
        if target:
            entry.append(soup.new_tag("a", href=f"#{target}"))
            entry.a.append(text)
            entry.a.append(soup.new_tag("i"))
        else:
            entry.string = text

    captions = {each[0]: caption for caption, each in _parts()}
    for page, found in zip(pages, articles, strict=True):
        if caption := captions.get(page):
            line("part", caption)
        line("chapter", found.h1.get_text(), found["id"])
        for heading in found.select("section[id] > h2"):
            line("section", heading.get_text(), heading.parent["id"])
    return soup.nav


def edition(route: str, solutions: bool) -> str:
    """Which edition of the book a document is: its route, its solutions, its version."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    which = f"The {route}’s route through the book" if route else "The whole book"
    which += f", {'with' if solutions else 'without'} solutions"
    which = "The interface of the code" if route == INTERFACE else which
    return f"{which}. Version {cited['version']}, {cited['date-released']}."


def assemble(html: Path, solutions: bool = False, name: str = "") -> str:
    """One document from the pages of a volume: cover, contents, and a chapter a page."""
    pages = volume(html, name)
    read = {
        page: BeautifulSoup((html / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        for page in {*pages, contents()[0]}
    }
    frame = read[contents()[0]]
    book = frame.find("h1").contents[0].get_text()
    about = frame.select_one("article p").get_text()
    head = BeautifulSoup(
        "<html lang='en'><head><meta charset='utf-8'><title></title></head><body>"
        "<main class='bd-article'><section class='cover'><h1></h1><p></p><img alt=''>"
        "<p class='edition'></p></section></main></body></html>",
        "html.parser",
    )
    head.title.string = head.h1.string = book
    head.p.string = about
    head.img["src"] = (html / "_static" / "two-mobilities.png").resolve().as_uri()
    head.select_one(".edition").string = edition(name, solutions)
    for sheet in frame.find_all("link", rel="stylesheet"):
        path = (html / pages[0]).parent / sheet["href"].split("?")[0]
        sheet["href"] = path.resolve().as_uri()
        head.head.append(sheet)
    for script in [each for soup in read.values() for each in soup.find_all("script")]:
        source = script.get("src", "")
        if "mathjax" in source and not head.head.find("script", src=True):
            script["src"] = (html / "book" / source.split("?")[0]).resolve().as_uri()
            head.head.append(script)
        elif "window.MathJax" in (script.string or "") and not head.head.find("script", src=False):
            head.head.append(script)
    kept = {page: read[page] for page in pages}
    articles = [article(html, page, kept, solutions) for page in pages]
    style = head.new_tag("style")
    style.string = Path(__file__).with_name("paper.css").read_text(encoding="utf-8")
    for found in articles:
        title = found.h1.get_text().replace('"', r"\"")
        style.string += HEADS.format(id=found["id"], book=book, title=title)
    head.head.append(style)
    head.main.extend([_listed(articles, pages), *articles])
    return str(head)


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


def printed(document: Path, target: Path) -> None:
    """Print an HTML file into a PDF, until each page number that it names is where it says.

    Raises
    ------
    SystemExit
        There is no Chromium; the page numbers do not settle; a font or a Chinese letter is not
        embedded.
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
    sheets = PdfReader(target).pages
    fonts = [font for sheet in sheets for font in sheet["/Resources"].get("/Font", {}).values()]
    for inner in (each.get_object() for font in fonts for each in font.get("/DescendantFonts", ())):
        if not {"/FontFile2", "/FontFile3"} & inner["/FontDescriptor"].keys():
            raise SystemExit(f"make pdf: the font {inner['/BaseFont']} is not embedded")
    if missing := wanted - {letter for sheet in sheets for letter in sheet.extract_text()}:
        raise SystemExit(f"make pdf: no font here has the letters {''.join(sorted(missing))[:20]}")


def write(html: Path, target: Path, solutions: bool = False, name: str = "") -> None:
    """Print a volume into a file; `printed` says what stops it."""
    document = target.with_suffix(".in-one.html")
    document.write_text(assemble(html, solutions, name), encoding="utf-8")
    printed(document, target)
    document.unlink()


def main() -> int:
    """Print the built pages into a file below ``_build``."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--solutions", action="store_true", help="with the solutions")
    routes = "of the front page: student, teacher, referee, analyst; or interface"
    parser.add_argument("--route", default="", help=routes)
    asked = parser.parse_args()
    html, target = ROOT / "_build" / "html", ROOT / "_build" / f"{asked.route or 'book'}.pdf"
    began = time.monotonic()
    write(html, target, asked.solutions, asked.route)
    size, pages = target.stat().st_size / 1e6, len(PdfReader(target).pages)
    took = time.monotonic() - began
    print(f"{target.relative_to(ROOT)}: {pages} pages, {size:.1f} MB, {took:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
