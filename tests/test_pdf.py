"""The one document that ``make pdf`` prints holds every page, and its links stay inside."""

from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pdf
import pytest
from bs4 import BeautifulSoup


@pytest.fixture(scope="module")
def document(html) -> BeautifulSoup:
    return BeautifulSoup(pdf.assemble(html), "html.parser")


def test_every_page_is_in_it_in_order(document):
    assert [found["id"] for found in document.find_all("article")] == [
        pdf.anchor(page) for page in pdf.contents()
    ]


def test_anchors_are_unique_and_links_lead_to_them(document):
    anchors = Counter(element["id"] for element in document.find_all(id=True))
    twice = [name for name, times in anchors.items() if times > 1]
    assert not twice
    inside = [link["href"] for link in document.select('article a[href^="#"]')]
    lost = {link for link in inside if unquote(link[1:]) not in anchors}
    assert inside
    assert not lost


def test_pictures_and_styles_are_on_the_disk(document):
    sources = [image["src"] for image in document.find_all("img", src=True)]
    sources += [sheet["href"] for sheet in document.find_all("link", rel="stylesheet")]
    assert sources
    assert all(Path(unquote(urlsplit(source).path)).exists() for source in sources)
