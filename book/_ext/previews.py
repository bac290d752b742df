"""What ``book/_templates`` needs: previews, citations, and addresses that lead on or nowhere."""

from pathlib import Path
from textwrap import shorten
from typing import Any

import passages
import yaml
from docutils import nodes
from sphinx.application import Sphinx

MOVED = {
    "notebooks/explorer": "notebooks/09-all-choices",
    "notebooks/corrections": "notebooks/data",
    **{f"book/api-{part}": "book/api" for part in ("lib", "studies", "yearbook")},
    "book/environment": "notebooks/replicating",
    "notebooks/choices": "notebooks/replicating",
    "notebooks/own-panel": "notebooks/replicating",
    "notebooks/programs": "notebooks/replicating",
}
"""Addresses of earlier editions, and the pages to which they lead."""


def describe(app: Sphinx, page: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    """What a shared link says: the finding of the first figure, or the page's first sentences.

    The root and the page for a wrong address say what the front page says, and an address of an
    earlier edition what its page of today says.
    """
    leads = {"index": app.config.root_doc, "404": app.config.root_doc, **MOVED}
    if page in leads:
        page, doctree = leads[page], app.env.get_doctree(leads[page])
    if doctree is None:
        return
    captions = (each.next_node(nodes.strong) for each in doctree.findall(nodes.caption))
    findings = (finding.astext() for finding in captions if finding)
    texts = map(passages.words, doctree.findall(nodes.paragraph))
    about = next(findings, "") or next((text for text in texts if len(text) > 80), "")
    title, about = app.env.titles[page].astext(), shorten(about, 200, placeholder=" …")
    preview = {"title": title, "about": about, "page": f"{page}.html"}
    context["preview"] = preview | {"base": app.config.html_baseurl}
    context["cited"] = yaml.safe_load(Path(app.srcdir, "CITATION.cff").read_text("utf-8"))


def alone(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    """Pages that stand for others, of which a small book may lack some."""
    old = [page for page, new in MOVED.items() if new in app.env.found_docs]
    return [*((page, {}, "root.html") for page in ("index", *old)), ("404", {}, "404.html")]


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", describe)
    app.connect("html-collect-pages", alone)
