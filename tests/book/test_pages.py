"""The book builds from the committed notebooks with warnings as errors, and its pages are whole."""

import gc
import json
import re
from functools import cache
from pathlib import Path
from textwrap import shorten
from urllib.parse import unquote, urlsplit

import jinja2
import pandas as pd
import previews
import pytest
import yaml
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from tools.render import book, letters, notebooks

ROOT = notebooks.ROOT


@cache
def soup(path: Path) -> BeautifulSoup:
    found = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    gc.freeze()  # it stays, and garbage would be looked for in its every word
    return found


@cache
def anchors(path: Path) -> set[str]:
    return {element["id"] for element in soup(path).find_all(id=True)}


def article(html: Path, page: str) -> BeautifulSoup:
    return soup(html / f"{page}.html").find("article")


def told(path: Path) -> dict[str, str]:
    """What a page tells those who show a preview of it."""
    tags = soup(path).head.find_all("meta", content=True)
    return {each.get("property") or each.get("name") or "": each["content"] for each in tags}


def test_links_lead_somewhere(html, page):
    path = html / f"{page}.html"
    for link in soup(path).find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or link["href"] in {"", "#"}:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        assert target.exists(), f"{page}: link to {link['href']}"
        if parts.fragment and target.suffix == ".html" and "=" not in parts.fragment:
            assert unquote(parts.fragment) in anchors(target), f"{page}: no anchor {link['href']}"


def test_a_shared_link_says_what_the_first_figure_of_its_page_shows(html, page):
    path = html / f"{page}.html"
    said = told(path)
    assert said["og:title"] in soup(path).head.title.get_text() and said["twitter:card"]
    assert said["og:description"] == said["description"] and "<" not in said["description"]
    assert 10 < len(said["description"]) <= 200
    assert (path.parent / said["og:image"]).exists() and len(said["og:image:alt"]) > 40
    if drawn := article(html, page).select_one("figure:has(figcaption):has(strong) [role=img]"):
        finding = drawn.find_parent("figure").select_one("figcaption strong").get_text()
        assert said["description"] == shorten(finding, 200, placeholder=" …")


def test_each_page_says_how_to_cite_it(html, page):
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    tags = told(html / f"{page}.html")
    assert tags["citation_author"] == cited["authors"][0]["name"]
    assert tags["citation_publication_date"] == cited["date-released"].replace("-", "/")
    box = soup(html / f"{page}.html").select_one("details.cite").get_text()
    for words in (tags["citation_title"], cited["title"], cited["version"], "@misc{"):
        assert words in box, words


@pytest.mark.parametrize(("old", "new"), [("index", "notebooks/index"), *previews.MOVED.items()])
def test_the_address_of_the_book_and_those_of_pages_that_went_lead_on(html, old, new):
    """For a preview, and for a reader who does not follow a refresh."""
    path, page = html / f"{old}.html", html / f"{new}.html"
    stub = soup(path)
    assert stub.title.get_text() == told(page)["og:title"]
    for name, content in told(path).items():
        if name.startswith("og:") and name != "og:image":
            assert content == told(page)[name], name
    ways = [stub.select_one("[http-equiv=refresh]")["content"].split("url=")[1]]
    ways += [stub.select_one("[rel=canonical]")["href"], *(each["href"] for each in stub("a"))]
    assert {(path.parent / each).resolve() for each in ways} == {page.resolve()} and len(ways) > 2


@pytest.mark.parametrize("base", ["https://example.org/belt", "https://example.org/belt/"])
def test_of_a_book_with_an_address_all_that_is_shared_is_whole(base):
    page = "notebooks/07-answer"
    preview = {"title": "7", "about": "The gap.", "page": f"{page}.html", "base": base}
    context = {"preview": preview, "docstitle": "Belt", "pathto": lambda name, _: f"../{name}",
               "cited": yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))}  # fmt: skip
    loader = jinja2.FileSystemLoader(ROOT / "book" / "_templates")
    head = jinja2.Environment(loader=loader).get_template("root.html").render(context)
    said = BeautifulSoup(head, "html.parser")
    whole = {each["content"] for each in said("meta", content=re.compile("^https:"))}
    belt = "https://example.org/belt/"
    assert whole == {f"{belt}{page}.html", f"{belt}_static/two-cities.png"}
    for name in ("og:image", "og:url", "citation_public_url"):
        assert said.select_one(f"[property='{name}'], [name='{name}']")["content"] in whole
    assert said.select_one("[rel=canonical]")["href"] == f"{belt}{page}.html"


def test_colours_of_charts_are_those_that_a_light_and_a_dark_page_have(html, page):
    """And greys; heat maps have a scale.  No letter has a white halo, pale fills have an edge."""
    pale = re.compile(r"fill: ?var\(--verdict-(\w+-soft|cannot-tell|no-claim)\)")
    for chart in article(html, page).select("svg[role=img]:not(.on-white)"):
        about = f"{page}: {chart['aria-label'][:60]}"
        found = {each.lower() for each in re.findall(r"#[0-9a-fA-F]{6}\b", str(chart))}
        odd = {each for each in found if len({each[1:3], each[3:5], each[5:]}) > 1}
        assert not odd, f"{about}: {odd}"
        assert not re.search(r"stroke: ?#f{3}(f{3})?\b", str(chart)), about
        for mark in chart.find_all(style=pale):
            edge = re.search("stroke:(?! ?none)", mark["style"])
            assert edge, about


def test_numbers_begin_with_that_of_the_file_and_those_of_the_apparatus_are_its_own(html):
    """As the paper numbers them: 04-1-overall, on its Table 1, is 4.1."""
    files = {page: re.findall(r"\d+(?=-)", Path(page).name) for page in book.contents()}
    chapters = sorted({numbers[0] for numbers in files.values() if numbers})
    seen = {}
    for page, numbers in files.items():
        for caption in article(html, page).select(":is(figure, caption) .caption-number"):
            number = caption.get_text(strip=True)
            assert seen.setdefault(number, page) == page, f"{number}: {page}, {seen[number]}"
            own = page != "notebooks/data" or re.fullmatch(r"(Table|Fig\.) A\.\d+", number)
            assert own, f"{page}: {number}"
        for heading in article(html, page).select(":is(h1, h2) .section-number") if numbers else ():
            wanted = [chapters.index(numbers[0]) + 1, *map(int, numbers[1:])]
            found = [int(each) for each in heading.get_text(strip=True).split(".") if each]
            assert found[: len(wanted)] == wanted, f"{page}: {found}"


def test_words_are_in_the_font_and_name_no_place_and_no_markup(html, page):
    text = (html / f"{page}.html").read_text(encoding="utf-8")
    assert str(ROOT) not in text, page
    with TTFont(html / "_static" / "noto-sans-sc.woff") as font:
        lacking = letters.letters(text) - set(map(chr, font.getBestCmap()))
    assert not lacking, f"{page}: {''.join(sorted(lacking))}: run python -m tools.render.letters"
    body = BeautifulSoup(str(article(html, page)), "html.parser")
    for code in body.select("code, pre, script, svg, dt.sig"):
        code.extract()
    leaks = re.findall(r"\{(?:eval|ref|numref|eq|cite:?\w?|term|doc)\}|:::|\bnan\b", str(body))
    assert not leaks, f"{page}: {leaks}"
    for widget in body.select("form, .text_html"):
        widget.extract()
    apart = re.findall(r".{9}\d %|\(\([\dA-Z.]+\)\)", body.get_text())
    assert not apart, f"{page}: may stand on two lines, or in two brackets: {apart}"


def test_figures_have_findings_files_and_words_for_those_who_do_not_see_them(html, page):
    for caption in article(html, page).select("figure figcaption .caption-text"):
        first = next(child for child in caption.children if str(child).strip())
        assert first.name == "strong", f"{page}: {caption.get_text()[:60]}"
    # The front page's picture is no chart, and has no file.
    for figure in article(html, page).select('figure[id^="fig-"]:not(:has(.two-cities))'):
        file = (html / page).parent / figure.find_next_sibling("p").a["href"]
        text = file.read_text(encoding="utf-8")
        assert file.name == f"{figure['id']}.svg" and text.startswith("<?xml"), page
        points = pd.read_csv(file.with_suffix(".csv"))
        assert len(points) > 1 and points.notna().all(axis=None), f"{page}: {file.stem}"
    for picture in article(html, page).select("img:not(noscript img), svg[role=img]"):
        words = picture.get("alt") or picture.get("aria-label") or ""
        if picture.find_parent(class_="solution") is None:
            figure = picture.find_parent("figure")
            assert figure and figure.select_one(".caption-number"), f"{page}: {words!r}: no caption"
            said = len(words.split()) + len(letters.letters(words))  # Chinese has no spaces
            assert said >= 5, f"{page}: alt text {words!r}"


def test_tables_have_numbers_heads_and_row_headings(html, page):
    """All of one look; what a cell of code shows in passing, and descriptions, need no number."""
    for table in article(html, page).select("table:not(.tiles table)"):
        about = f"{page}: {table.get_text(' ', strip=True)[:60]}"
        assert "figures" in table.get("class", []), f"{about}: another look"
        passing = table.find_parent(class_=["cell_output", "zh"]) or page.startswith("book/api")
        assert passing or table.select_one("caption .caption-number"), f"{about}: no number"
        assert table.select("thead th[scope=col]"), f"{about}: no head"
        assert table.select("tbody th[scope=row]"), f"{about}: no row heading"
        area = table.parent
        assert area["role"] == "region" and area["tabindex"] == "0" and area["aria-label"]


def test_a_page_says_what_it_read_and_called(html):
    fold = article(html, "notebooks/04-1-overall").select_one("details.computed")
    assert "data/indicators.csv" in fold.get_text()
    links = {link.get_text(): link["href"] for link in fold("a")}
    assert {"beside", "load"} <= links.keys()
    assert links["rows"] == "../_modules/lib/specifications.html#rows"


def test_a_chapter_has_words_in_its_source_and_a_number_on_the_page(html, page):
    source = (ROOT / "book" / f"{Path(page).name}.md").read_text(encoding="utf-8")
    assert not re.findall(r"\{numref\}`[^`]*(?:%s|\{number)[^`]*`", source)
    numbered = r"(([Cc]hapter|[Ss]ection|Exercise|Fig\.|Table) |[图表])[A-Z\d][.\d]*"
    for link in article(html, page).select(".std-numref"):
        assert re.fullmatch(numbered, link.get_text())
    for fold in article(html, page).select("details.zh"):
        assert not re.search(r"\b(Table|Fig\.) [A-Z\d]", fold.get_text()), f"{page}: {fold['id']}"


def test_around_the_page_in_chinese_words_are_chinese_and_a_fold_in_chinese_says_so(html):
    words = json.loads((ROOT / "book" / "_ext" / "zh.json").read_text(encoding="utf-8"))
    page = soup(html / "notebooks" / "zh.html")
    texts = (each.strip() for each in page.find_all(string=True))
    shown = {re.sub(r"^\d+(\.\d+)*\.? ", "", each) for each in texts}
    for name in ("title", "aria-label", "placeholder"):
        shown |= {each[name] for each in page.select(f"[{name}]")}
    assert not {*words} & shown and not {*words.values()} - shown
    foot = page.select(".component-author, .copyright, .last-updated, .extra_footer")
    assert len(foot) == 4 and not re.search("[a-z]{3}", " ".join(each.text for each in foot))
    for name in ("notebooks/02-theory", "book/glossary"):
        folds = article(html, name).select("details.zh")
        assert folds and all(fold["lang"] == "zh-CN" for fold in folds)
