"""How to cite the book: the page says what CITATION.cff says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import reference
import yaml
from bs4 import BeautifulSoup
from pybtex.database import parse_string

ROOT = Path(__file__).resolve().parents[1]
CFF = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
PEOPLE = [
    {"family-names": "Wang", "given-names": "Li Na"},
    {"family-names": "Müller", "given-names": "Eva"},
]
INVENTED = {"title": "Salt: a study", "version": "2.1", "date-released": "2031-03-09",
            "authors": PEOPLE}


def said(cff: dict, address: str = "") -> str:
    return "".join(node.astext() for node in reference.line(cff, address))


@pytest.mark.parametrize(
    ("authors", "expected"),
    [
        (PEOPLE[:1], "Wang, L. N. (2031). "),
        (PEOPLE, "Wang, L. N., & Müller, E. (2031). "),
        ([{"name": "The weavers"}], "The weavers. (2031). "),
    ],
)
def test_line_is_as_apa_has_it(authors, expected):
    found = said({**INVENTED, "authors": authors}, "https://a.example/b")
    assert found == f"{expected}Salt: a study (Version 2.1) [Jupyter Book]. https://a.example/b"


@pytest.mark.parametrize("address", ["", "https://a.example/b"])
def test_another_program_reads_the_bibtex(address):
    text = reference.bibtex({**INVENTED, "authors": [*PEOPLE, {"name": "The weavers"}]}, address)
    ((key, entry),) = parse_string(text, "bibtex").entries.items()
    assert key == "salt2031"
    names = [(" ".join(p.last_names), " ".join(p.first_names + p.middle_names))
             for p in entry.persons["author"]]
    assert names == [("Wang", "Li Na"), ("Müller", "Eva"), ("{The weavers}", "")]
    assert entry.fields["title"] == "{Salt: a study}"
    assert (entry.fields["year"], entry.fields["month"]) == ("2031", "3")
    assert entry.fields.get("url", "") == address


def test_front_page_has_it_with_a_button_to_copy(html):
    soup = BeautifulSoup((html / "book" / "index.html").read_text(encoding="utf-8"), "html.parser")
    section = soup.find(id="how-to-cite-this-book")
    text = re.sub(r"\s+", " ", section.get_text())
    for word in (CFF["title"], CFF["version"], CFF["authors"][0]["name"]):
        assert text.count(str(word)) >= 2, f"{word} stands in the line and in the BibTeX"
    assert section.find("pre")
    assert soup.find("script", src=re.compile("copybutton"))
