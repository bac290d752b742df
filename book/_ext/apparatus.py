"""What the apparatus needs: descriptions of ``lib`` and numbers.

Tables and figures of the apparatus are A.1, A.2 ...; the pages of a chapter have its first numbers.
"""

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective


def renumber(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Number tables and figures of pages without a number A.1, A.2 ..., in reading order.

    Those of the front page are P.1, P.2 ...
    """
    counts: Counter[tuple[str, str]] = Counter()
    for page in env.collect_relations():
        if page in env.toc_fignumbers and not env.toc_secnumbers.get(page, {}).get(""):
            letter = "P" if page == env.config.root_doc else "A"
            for kind, numbers in env.toc_fignumbers[page].items():
                for anchor in numbers:
                    counts[letter, kind] += 1
                    numbers[anchor] = (letter, counts[letter, kind])
    return []


def hide_sections(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Before sections are numbered: those of a page whose chapter goes on in numbered files wait.

    They get no number, and ``04-1-overall`` is 4.1, as in the paper.
    """
    env.book_waiting = []
    for page, below in env.toctree_includes.items():
        mine = re.match(r"\d+-", Path(page).name)
        if mine and any(re.match(rf"{mine[0]}\d+-", Path(each).name) for each in below):
            inner = env.tocs[page][0][1]
            for item in inner.children[:]:
                if isinstance(item, nodes.list_item):
                    inner.remove(item)
                    env.book_waiting.append((page, inner, item))
    return []


def show_sections(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """After sections were numbered: contents list again what waited, above the pages."""
    for page, inner, item in reversed(env.book_waiting):
        inner.insert(0, item)
        for link in item.findall(nodes.reference):  # else a heading would take its page's number
            env.toc_secnumbers[page][link["anchorname"]] = ()
    return []


class Modules(SphinxDirective):
    """``{modules}`` with a package: a section for every module."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        package = self.arguments[0]
        folder = Path(import_module(package).__path__[0])
        lines = []
        for path in sorted(folder.glob("[a-z]*.py")):
            heading = f"``{path.stem}``"
            lines += [heading, "=" * len(heading), ""]
            # A default `type = str` would bring the description of str along.
            options = ["   :members:", "   :ignore-module-all:", "   :exclude-members: type", ""]
            lines += [f".. automodule:: {package}.{path.stem}", *options]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def setup(app: Sphinx) -> None:
    app.add_directive("modules", Modules)
    app.connect("env-get-updated", hide_sections, priority=100)
    app.connect("env-get-updated", show_sections, priority=800)
    app.connect("env-get-updated", renumber, priority=900)
