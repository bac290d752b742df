"""The paragraphs of all pages for the search (``search.js``): Sphinx gives it whole pages alone."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

# Empty brackets of a formula, and the space between Chinese sentences.
_LEFT_OUT = re.compile(r" ?[(\[][ ,;]*[)\]]|(?<=[，。；：？）]) ")
_WHOLE = re.compile(r"[^a-z].{20,}[.?!。？]$")  # not what leads to a list or from a formula


def words(paragraph: nodes.Element) -> str:
    """The text of a paragraph without its HTML and its formulas."""
    unsaid = (nodes.raw, nodes.math)
    texts = (each for each in paragraph.findall(nodes.Text) if not isinstance(each.parent, unsaid))
    return _LEFT_OUT.sub("", " ".join("".join(texts).split()))


def of(page: str, doctree: nodes.document) -> Iterator[list[Any]]:
    """Page, title, anchor, heading, text and weight of each; openings weigh more.

    A paragraph answers if it stands in a section itself and not in an exercise, a list or a note; a
    term of the glossary and a city have an address of their own.
    """
    title = doctree.next_node(nodes.title).astext()
    for section in doctree.findall(nodes.section):
        if not isinstance(section[0], nodes.title):  # of an exercise
            continue
        head = section[0].astext()
        weight = 1.6 if page.endswith("index") else 1.3 if section.parent is doctree else 1
        for paragraph in section.children:
            if isinstance(paragraph, nodes.paragraph) and _WHOLE.match(text := words(paragraph)):
                yield [page, title, section["ids"][0], head, text, weight]
        for fold in section.children:  # in Chinese; of an exercise it is none of these
            if isinstance(fold, nodes.Element) and "zh" in fold.get("classes", ()):
                yield [page, title, fold["ids"][0], head, words(fold[-1]), weight]
    for item in doctree.findall(nodes.definition_list_item):
        terms = list(item.findall(nodes.term))
        if terms[0]["ids"]:
            head = ", ".join(term.astext() for term in terms)
            yield [page, title, terms[0]["ids"][0], head, words(item.children[-1]), 1]
    for raw in doctree.findall(nodes.raw):
        folds = BeautifulSoup(raw.astext(), "html.parser") if "<details id=" in raw.astext() else ""
        for fold in folds and folds.select("details[id]:has(> p)"):
            head = " ".join(fold.summary.get_text().split())
            yield [page, title, fold["id"], head, fold.p.get_text(), 0.5]


def setup(app: Sphinx) -> None:
    kept: list[list[Any]] = []

    def keep(app: Sphinx, page: str, _: str, context: dict[str, Any], doctree: Any) -> None:
        kept.extend(of(page, doctree) if doctree and "book/api" not in page else ())

    def write(app: Sphinx, exception: Exception | None) -> None:
        if exception is None and app.builder.format == "html":
            text = f"document.passages = {json.dumps(kept, ensure_ascii=False)};\n"
            Path(app.outdir, "_static", "passages.js").write_text(text, encoding="utf-8")

    app.connect("html-page-context", keep)
    app.connect("build-finished", write)
