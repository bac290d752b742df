"""What is handed out beside the pages: one document to print, and starter notebooks."""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import unquote

import pdf
import pytest
import starters
from bs4 import BeautifulSoup

import notebooks


@pytest.fixture(scope="module")
def document(html) -> BeautifulSoup:
    return BeautifulSoup(pdf.assemble(html), "html.parser")


def test_the_document_holds_every_page_and_no_solution(document):
    found = [article["id"] for article in document.find_all("article")]
    assert found == [pdf.anchor(page) for page in pdf.contents()]
    assert not document.select(".solution")


def test_its_anchors_are_unique_and_its_links_and_charts_lead_to_them(document):
    anchors = Counter(element["id"] for element in document.find_all(id=True))
    assert not [name for name, times in anchors.items() if times > 1]
    inside = [link["href"] for link in document.select('article [href^="#"]')]
    assert inside and not {link for link in inside if unquote(link[1:]) not in anchors}


def test_a_route_is_a_document_of_its_own(html):
    pages = pdf.route(html, "student")
    assert len(pages) == 7 and pages[0] == pdf.contents()[0] and set(pages) <= set(pdf.contents())
    document = BeautifulSoup(pdf.assemble(html, pages=pages), "html.parser")
    assert [each["id"] for each in document.find_all("article")] == [*map(pdf.anchor, pages)]
    inside = {unquote(a["href"][1:]) for a in document.select('article a[href^="#"]')}
    assert inside <= {each["id"] for each in document.find_all(id=True)}
    assert not document.select("article script") and document.select("details.predict[open]")
    with pytest.raises(SystemExit, match="referee"):
        pdf.route(html, "mayor")


def test_a_starter_has_the_set_up_and_the_exercises_and_no_solution(html):
    pair = notebooks.Pair(notebooks.ROOT, "04-1-overall")
    made = starters.starter(pair, html)
    text = "\n".join(cell.source for cell in made.cells)
    assert "PanelOLS.from_formula" in text and "## Exercise 4." in text
    assert text.count("# your code here") == pair.text.read_text("utf-8").count("{exercise-start}")
    words = "\n".join(cell.source for cell in made.cells if cell.cell_type == "markdown")
    assert not re.search(r"\{[\w:]+\}`|:::|^```", words, re.M)
    solutions = [c for c in notebooks.twin(pair).cells if "solution" in c.metadata.get("tags", [])]
    assert solutions and not any(cell.source in text for cell in solutions)


def test_a_label_that_is_nowhere_is_named(tmp_path):
    with pytest.raises(SystemExit, match="tab-none is nowhere"):
        starters.plain("See {numref}`tab-none`.", tmp_path)
