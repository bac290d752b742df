"""A term carries what the glossary says of it, which ``terms.js`` shows where the term stands."""

import html
import re
from functools import lru_cache
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

GLOSSARY = "book/glossary"
TERM = re.compile(r'(?<=#)(term-[^"]+)"(?=><span class="[^"]*std-term")')


@lru_cache(maxsize=1)
def meanings(app: Sphinx) -> dict[str, str]:
    """What the glossary says of each term, by the term's place; it begins with the Chinese term."""
    found = {}
    glossary = app.env.get_and_resolve_doctree(GLOSSARY, app.builder)
    for entry in glossary.findall(nodes.definition_list_item):
        texts = (each for each in entry[-1].findall(nodes.Text) if each.parent.tagname != "raw")
        _, _, meaning = " ".join("".join(texts).split()).partition(". ")
        for term in entry.findall(nodes.term):
            found.update(dict.fromkeys(term["ids"], meaning))
    return found


def tell(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Write the meaning into each link to a term."""
    if TERM.search(context.get("body", "")):
        said = meanings(app)
        context["body"] = TERM.sub(
            lambda at: f'{at[0]} data-meaning="{html.escape(said[at[1]])}"', context["body"]
        )


def setup(app: Sphinx) -> None:
    app.add_js_file("terms.js")
    app.connect("html-page-context", tell)
