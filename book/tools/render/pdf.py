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
from collections.abc import Iterator
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import sync_playwright
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


def _pages(chapters: list[dict]) -> Iterator[str]:
    for chapter in chapters:
        yield chapter["file"]
        yield from _pages(chapter.get("sections", []))


def _parts() -> dict[str, list[str]]:
    """The pages of each part of the book, by its caption."""
    entries = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = {part["caption"]: [*_pages(part["chapters"])] for part in entries["parts"]}
    return {"": [entries["root"]], **parts}


def contents() -> list[str]:
    """The pages of the book in reading order."""
    return [page for pages in _parts().values() for page in pages]


def volume(html: Path, name: str = "") -> list[str]:
    """The pages of a volume: the book without its interface, the interface, or a route.

    A route has the front page and the pages that it lists for one of its readers; a name that it
    does not have ends the program.
    """
    if name in ("", INTERFACE):
        there = [each for each in contents() if (html / f"{each}.html").exists()]
        return [each for each in there if each.startswith("book/api") == (name == INTERFACE)]
    front = html / f"{contents()[0]}.html"
    page = _soup(front.read_text(encoding="utf-8"))
    cards = {card.select_one(".sd-card-title").get_text(strip=True).split()[-1]: card
             for card in page.select("article .routes .sd-card:has(.sd-card-title)")}  # fmt: skip
    if name not in cards:
        raise SystemExit(f"--route {name}: found on the front page {', '.join(cards)}")
    paths = [urlsplit(link["href"]).path for link in cards[name].find_all("a", href=True)]
    return list(dict.fromkeys([contents()[0], *(_page(html, front, path) for path in paths)]))


def _page(html: Path, path: Path, href: str) -> str:
    """The name of the page to which a relative address on a page leads."""
    target = (path.parent / unquote(href)).resolve() if href else path
    return os.path.relpath(target, html).removesuffix(".html")


def anchor(page: str, name: str = "") -> str:
    """Where a page, or a place in it, stands in the one document."""
    return f"{page.replace('/', '-')}--{name}" if name else page.replace("/", "-")


def _paged(article: Tag, page: str) -> None:
    """Mark the first link of a paragraph to a place on another page: its number is printed.

    Terms, tables and lists of contents would be covered with numbers.
    """
    for block in article.select("p, li > :not(p), dd > :not(p)"):
        said = set()
        for link in block.select('a[href^="#"]:not(table a, svg a, :has(.std-term))'):
            target = link["href"][1:]
            if target not in said and not f"{target}--".startswith(f"{anchor(page)}--"):
                link["class"] = [*link.get("class", []), "paged"]
            said.add(target)


def _answers(article: Tag, page: str) -> None:
    """Move the answers to predictions behind the chapter; a link stays with each question."""
    end = _soup("<section class='at-end'><h2>Answers to the predictions</h2></section>").section
    for number, fold in enumerate(article.select("details.predict"), 1):
        fold["id"] = anchor(page, f"answer-{number}")
        question = fold.summary.get_text(" ", strip=True)
        link = f'<a href="#{fold["id"]}" class="paged">The answer is at the end</a>'
        ask = _soup(f'<p class="predict"><b></b> <span>({link}.)</span></p>')
        ask.b.string = fold.summary.string = question
        fold.insert_before(ask)
        end.append(fold.extract())
    if end.details:
        article.find("section").append(end)


def article(html: Path, page: str, soups: dict[str, BeautifulSoup], solutions: bool) -> Tag:
    """The text of a page, with ids that no other page has and links that stay in the document."""
    path = html / f"{page}.html"
    text = soups[page].find("article")
    for unseen in text.select(UNSEEN if solutions else f"{UNSEEN}, .solution"):
        unseen.decompose()
    for fold in text.select("details.hide"):
        fold.unwrap()
    for tile in text.select("details.tile"):
        tile.name, tile.string = "span", tile.summary.get_text()
    for part in text.select("svg *"):
        for name in ("href", "clip-path"):
            if "#" in part.get(name, ""):
                part[name] = part[name].replace("#", f"#{anchor(page)}--")
    for element in text.find_all(id=True):
        element["id"] = anchor(page, element["id"])
    text["id"] = anchor(page)
    for link in text.find_all("a", href=True):
        address = urlsplit(link["href"])
        name = _page(html, path, address.path)
        if name in soups and not address.scheme:
            # The explorer's addresses hold choices, which paper has not.
            place = "" if "=" in address.fragment else unquote(address.fragment)
            link["href"] = f"#{anchor(name, place)}"
        elif not address.scheme:
            del link["href"]
    _paged(text, page)
    _answers(text, page)
    for image in text.find_all("img", src=True):
        image["src"] = (path.parent / image["src"]).resolve().as_uri()
    for code in text.select(".cell_input"):
        if code.get_text().strip().count("\n") < 4:
            code["class"] = [*code["class"], "brief"]
    for fold in text.find_all("details"):
        fold["open"] = ""
    for dropdown in text.select(".admonition.dropdown"):
        dropdown["class"].remove("dropdown")
    for table in text.find_all("table"):
        if len(table.find_all("tr")) <= 48:
            table["class"] = [*table.get("class", []), "whole"]
    return text


def _listed(articles: list[Tag], pages: list[str]) -> Tag:
    """The contents: parts, chapters and sections, each a link whose page the print fills in."""
    lines = []
    captions = {pages[0]: caption for caption, pages in _parts().items()}
    entry = '<p class="{}"><a href="#{}">{}<i></i></a></p>'
    for page, text in zip(pages, articles, strict=True):
        if caption := captions.get(page):
            lines.append(f'<p class="part">{caption}</p>')
        for heading, kind in [(text.h1, "chapter"), *((h2, "section") for h2 in text.select("h2"))]:
            place = text["id"] if kind == "chapter" else heading.parent.get("id")
            if place:
                lines.append(entry.format(kind, place, escape(heading.get_text())))
    return _soup(f'<nav class="listing"><h1>Contents</h1>{"".join(lines)}</nav>').nav


def _soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def assemble(html: Path, solutions: bool = False, name: str = "") -> str:
    """One document from the pages of a volume: cover, contents, and a chapter a page."""
    pages = volume(html, name)
    soups = {page: _soup((html / f"{page}.html").read_text(encoding="utf-8"))
             for page in {*pages, contents()[0]}}  # fmt: skip
    frame = soups[contents()[0]]
    book = frame.find("meta", property="og:site_name")["content"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    whole = {"": "The whole book", INTERFACE: "The interface of the code"}
    edition = whole.get(name, f"The {name}’s route through the book")
    edition += f", {'with' if solutions else 'without'} solutions. "
    edition += f"Version {cited['version']}, {cited['date-released']}."
    picture = (html / "_static" / "two-cities.png").resolve().as_uri()
    document = _soup(
        f"<html lang='en'><head><meta charset='utf-8'><title>{escape(book)}</title></head><body>"
        f"<main class='bd-article'><section class='cover'><h1>{escape(book)}</h1>"
        f"<p>{escape(frame.select_one('article p').get_text())}</p><img alt='' src='{picture}'>"
        f"<p class='edition'>{edition}</p></section></main></body></html>"
    )
    for sheet in frame.find_all("link", rel="stylesheet"):
        path = (html / pages[0]).parent / sheet["href"].split("?")[0]
        sheet["href"] = path.resolve().as_uri()
        document.head.append(sheet)
    # MathJax and its settings, of the first page with mathematics.
    for soup in soups.values():
        scripts = soup.find_all("script")
        if math := [each for each in scripts if "window.MathJax" in (each.string or "")]:
            math += [each for each in scripts if "mathjax" in each.get("src", "")]
            math[-1]["src"] = (html / "book" / math[-1]["src"].split("?")[0]).resolve().as_uri()
            document.head.extend(math)
            break
    kept = {page: soups[page] for page in pages}
    articles = [article(html, page, kept, solutions) for page in pages]
    style = document.new_tag("style")
    style.string = Path(__file__).with_name("paper.css").read_text(encoding="utf-8")
    for text in articles:
        title = text.h1.get_text().replace('"', r"\"")
        style.string += HEADS.format(id=text["id"], book=book, title=title)
    document.head.append(style)
    document.main.extend([_listed(articles, pages), *articles])
    return str(document)


def chromium() -> str | None:
    """Where Chromium is on this machine, if it is there."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def places(printed: Path) -> dict[str, int]:
    """The page, counted from 1, of every place that a link of the document leads to."""
    reader = PdfReader(printed)
    pages = {name.removeprefix("/"): reader.get_destination_page_number(place)
             for name, place in reader.named_destinations.items()}  # fmt: skip
    return {name: number + 1 for name, number in pages.items() if number is not None}


def printed(document: Path, target: Path) -> None:
    """Print an HTML file into a PDF, until each page number that it names is where it says.

    The program ends where there is no Chromium, where page numbers do not settle, and where no font
    has a Chinese letter.
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
        said: dict[str, int] = {}  # the page of each place
        for _ in range(5):
            page.evaluate(FILL, said)
            page.pdf(path=str(target), prefer_css_page_size=True, print_background=True,
                     outline=True, tagged=True)  # fmt: skip
            last, said = said, places(target)
            if said == last:
                break
        else:
            raise SystemExit("make pdf: the page numbers still move after five prints")
        wanted = set(CHINESE.findall(page.inner_text("main")))
        browser.close()
    letters = {letter for sheet in PdfReader(target).pages for letter in sheet.extract_text()}
    if missing := wanted - letters:
        raise SystemExit(f"make pdf: no font here has the letters {''.join(sorted(missing))[:20]}")


def write(html: Path, target: Path, solutions: bool = False, name: str = "") -> None:
    """Print a volume into a file; `printed` says what stops it."""
    document = target.with_suffix(".html")
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
    target = ROOT / "_build" / f"{asked.route or 'book'}.pdf"
    write(ROOT / "_build" / "html", target, asked.solutions, asked.route)
    print(f"{target.relative_to(ROOT)}: {len(PdfReader(target).pages)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
