"""The book builds from the committed notebooks with warnings as errors, and its pages are whole."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import decimals
import pdf
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]


def test_every_page_is_in_the_contents():
    texts = {path.stem for path in (ROOT / "book").glob("*.md")}
    twins = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    expected = {f"notebooks/{name}" for name in twins} | {f"book/{name}" for name in texts - twins}
    found = set(pdf.contents())
    assert found == expected, f"_toc.yml and pages differ: {found ^ expected}"


@cache
def soup(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def article(html: Path, page: str) -> BeautifulSoup:
    return soup(html / f"{page}.html").find("article")


def test_front_page_opens(html):
    assert "book/index.html" in (html / "index.html").read_text(encoding="utf-8")


def test_page_is_there_and_says_something(html, page):
    path = html / f"{page}.html"
    assert path.exists(), f"{page}: in _toc.yml, not in the book"
    assert len(article(html, page).get_text()) > 500


def test_page_is_light(html, page):
    assert (html / f"{page}.html").stat().st_size < 500_000


def test_links_and_anchors_resolve(html, page):
    path = html / f"{page}.html"
    for link in soup(path).find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or link["href"] in {"", "#"}:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        assert target.exists(), f"{page}: link to {link['href']}"
        if parts.fragment and target.suffix == ".html":
            found = soup(target).find(id=unquote(parts.fragment))
            assert found is not None, f"{page}: no anchor {link['href']}"


def test_nothing_is_fetched_from_elsewhere(html, page):
    """Scripts, styles, pictures and fonts come with the book: it opens without a network."""
    for tag, attribute in (("script", "src"), ("link", "href"), ("img", "src"), ("iframe", "src")):
        for element in soup(html / f"{page}.html").find_all(tag, **{attribute: True}):
            if tag == "link" and not set(element.get("rel", [])) & {"stylesheet", "preload"}:
                continue
            parts = urlsplit(element[attribute])
            assert not parts.netloc, f"{page}: <{tag}> fetches {element[attribute]}"
            local = html / f"{page}.html"
            assert (local.parent / parts.path).exists(), f"{page}: no {element[attribute]}"


def test_mathematics_has_its_fonts(html):
    folder = html / "_static" / "mathjax"
    assert (folder / "startup.js").exists()
    assert list(folder.rglob("*.woff"))


def test_pictures_have_words_for_those_who_do_not_see_them(html, page):
    for image in article(html, page).find_all("img"):
        words = image.get("alt", "")
        assert len(words.split()) >= 5, f"{page}: picture {image['src']} has alt text {words!r}"


def test_figures_and_tables_have_captions_and_numbers(html, page):
    body = article(html, page)
    for table in body.find_all("table"):
        # What a solution prints, or a docstring sets up, is not part of the book's numbering.
        if table.find_parent(class_="solution") or page.startswith("book/api-"):
            continue
        caption = table.find("caption")
        assert caption and caption.select_one(".caption-number"), f"{page}: table without number"
        assert table.find("thead"), f"{page}: table without head"
    for image in body.find_all("img"):
        figure = image.find_parent("figure")
        assert figure and figure.select_one(".caption-number"), f"{page}: picture without caption"


def test_no_markup_leaks_into_the_text(html, page):
    body = article(html, page)
    for code in body.find_all(["code", "pre", "script"]):
        code.extract()
    leaks = re.findall(r"\{(?:result|ref|numref|eq|cite:?\w?|term|doc)\}|:::|\bnan\b", str(body))
    soup.cache_clear()
    assert not leaks, f"{page}: {leaks}"


def test_every_recorded_figure_is_quoted_somewhere():
    """A figure nobody quotes is a sentence that was deleted, or a key that was misspelt."""
    import csv

    with (ROOT / "notebooks" / "results.csv").open(encoding="utf-8", newline="") as file:
        keys = {row["key"] for row in csv.DictReader(file)}
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("*.md"))
    quoted = set(re.findall(r"\{result\}`([^`]+)`", text))
    assert quoted <= keys
    unused = {key for key in keys - quoted if not re.match(r"table\d\.", key)}
    assert not unused, f"recorded and never quoted: {sorted(unused)}"


@pytest.mark.parametrize(
    ("text", "figure", "tail"),
    [("0.501**", "0.501", "**"), ("(−2.131)", "(−2.131", ")"), ("[−2.2]***", "[−2.2", "]***")],
)
def test_what_follows_a_figure_hangs(text, figure, tail):
    assert decimals.FIGURE.fullmatch(text).groups() == (figure, tail)


@pytest.mark.parametrize("text", ["0.501", "−", "–", "2009–2021", "0.22 [0.11, 0.33]", "<0.001"])
def test_a_plain_figure_stays_whole(text):
    assert decimals.FIGURE.fullmatch(text) is None


def test_decimals_of_a_column_stand_under_each_other(html):
    table = soup(html / "notebooks/04-4-reaches.html").select_one("#tab-reaches")
    for place in range(1, 4):
        cells = [row.find_all(["td", "th"])[place] for row in table.select("tr")]
        assert all("hangs" in cell["class"] for cell in cells)
        figures = [cell for cell in cells if re.search(r"\d[)\]*]+$", cell.get_text(strip=True))]
        assert len(figures) >= 6
        for cell in figures:
            tail = cell.select_one(".tail").get_text()
            assert re.search(r"\d$", cell.get_text(strip=True).removesuffix(tail))
