"""What ``book/_templates`` needs: previews, citations, and addresses that lead on or nowhere."""

from pathlib import Path
from textwrap import shorten
from typing import Any

import passages
import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

MOVED = {
    "notebooks/explorer": "notebooks/09-all-choices",
    "notebooks/corrections": "notebooks/data",
    **{f"book/api-{part}": "book/api" for part in ("lib", "studies", "yearbook")},
    "book/environment": "notebooks/replicating",
    **{
        f"notebooks/{page}": "notebooks/replicating"
        for page in ("choices", "own-panel", "programs")
    },
}
"""Addresses of earlier editions, and the pages to which they lead."""
FRONT, OTHERS = "_static/two-cities.png", "_static/previews"


def figure(doctree: nodes.document) -> tuple[str, str]:
    """The finding of a page's first figure and what it shows, or nothing."""
    for caption in doctree.findall(nodes.caption):
        finding = caption.next_node(nodes.strong)
        for raw in caption.parent.findall(nodes.raw) if finding else ():
            if drawn := BeautifulSoup(raw.astext(), "html.parser").select_one("[role=img]"):
                return finding.astext(), drawn["aria-label"]
    return "", ""


def describe(app: Sphinx, page: str, _: str, context: dict[str, Any], doctree: Any) -> None:
    """The root shows what the front page shows, and so does a page without a picture.

    An address of an earlier edition shows what its page of today shows.
    """
    front = app.config.root_doc
    leads = {"index": front, "404": front, **MOVED}
    if page in leads:
        page, doctree = leads[page], app.env.get_doctree(leads[page])
    if doctree is None:
        return
    about, alt = figure(doctree)
    texts = map(passages.words, doctree.findall(nodes.paragraph))
    about = about or next((text for text in texts if len(text) > 80), "")
    picture = f"{OTHERS}/{Path(page).name}.png"
    if not Path(app.srcdir, "book", picture).exists():
        picture, alt = FRONT, figure(app.env.get_doctree(front))[1]
    title, about = app.env.titles[page].astext(), shorten(about, 200, placeholder=" …")
    preview = {"title": title, "about": about, "picture": picture, "alt": alt}
    context["preview"] = preview | {"page": f"{page}.html", "base": app.config.html_baseurl}
    context["cited"] = yaml.safe_load(Path(app.srcdir, "CITATION.cff").read_text("utf-8"))


def alone(app: Sphinx) -> list[tuple[str, dict[str, Any], str]]:
    """Pages that stand for others, of which a small book may lack some."""
    old = [page for page, new in MOVED.items() if new in app.env.found_docs]
    return [*((page, {}, "root.html") for page in ("index", *old)), ("404", {}, "404.html")]


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", describe)
    app.connect("html-collect-pages", alone)
