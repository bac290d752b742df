"""The name of a function of the project leads to its source, in text and in cells.

The pages of sources are those of ``sphinx.ext.viewcode``; each leads back to the description.
"""

import re
from functools import reduce
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from tools.render.notebooks import PACKAGES

MODULES = "|".join(PACKAGES)
IMPORT = re.compile(rf"^ *from ((?:{MODULES})\b[\w.]*) import (\([^)]*\)|.*)", re.M)
DESCRIPTION = re.compile(r'(?<=href=")[^"]*book/api\.html[^"]*(?=" title="([\w.]+)")')
# In text a name that may be a link already; in code one, unless something is assigned to it.
NAME = re.compile(
    r'(?P<link><a [^>]*>)?<code class="docutils literal notranslate"><span class="pre">[\w.]+'
    r'(?:\(\))?</span></code>|(?<!<span class="o">\.</span>)<span class="n">\w+</span>'
    r'(?:<span class="o">\.</span><span class="n">\w+</span>)*+(?!\s*<span class="o">=</span>)'
)


def known(doctree: nodes.document) -> dict[str, object]:
    """The project's modules, and what the code of a page imports from them, by name."""
    found = {**vars(import_module("studies")), **vars(import_module("lib"))}
    found |= {name: import_module(name) for name in ("lib", "studies", "widgets", "tools")}
    for block in doctree.findall(nodes.literal_block):
        for module, names in IMPORT.findall(block.astext()):
            home = import_module(module)
            found |= {name: getattr(home, name, None) for name in re.findall(r"\w+", names)}
    return found


def link(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Lead the names on a page, and its links to descriptions, to sources."""
    if doctree is None or page.startswith("book/api"):
        return
    things, modules = known(doctree), getattr(app.env, "_viewcode_modules", {})

    def source(name: str) -> str:
        """Where the source of what a dotted name stands for is; "" if nowhere."""
        first, *rest = name.split(".")
        thing = reduce(lambda of, word: getattr(of, word, None), rest, things.get(first))
        thing = getattr(thing, "fget", getattr(thing, "func", thing))  # of a property
        module, own = (getattr(thing, f"__{each}__", "") for each in ("module", "qualname"))
        *_, described, _ = modules.get(module) or ({}, "")
        to = app.builder.get_relative_uri(page, f"_modules/{module}".replace(".", "/"))
        return f"{to}#{own}" if own in described else ""

    def linked(found: re.Match[str]) -> str:
        to = "" if found["link"] else source(re.sub(r"<[^>]+>|\(\)", "", found[0]))
        return f'<a class="source" href="{to}">{found[0]}</a>' if to else found[0]

    body = NAME.sub(linked, context["body"])
    context["body"] = DESCRIPTION.sub(lambda found: source(found[1]) or found[0], body)


def setup(app: Sphinx) -> None:
    app.connect("html-page-context", link)
