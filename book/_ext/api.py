"""The pages about ``lib``: modules as their docstrings describe them, linked to the equations.

A page says under an equation which function computes it::

    $$ ... $$ (eq-ia)

    In code: {py:func}`lib.indicators.ia`.

and the description of that function then links back to the equation.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

IN_CODE = re.compile(r"\$\$ \((eq-[\w-]+)\)\s+In code: ([^\n]+)")
FUNCTION = re.compile(r"\{py:(?:func|class|meth)\}`~?([\w.]+)`")


def equations(folder: Path) -> dict[str, list[str]]:
    """Labels of the equations that each function computes, by the function's full name."""
    found: dict[str, list[str]] = {}
    for page in sorted(folder.glob("*.md")):
        for label, functions in IN_CODE.findall(page.read_text(encoding="utf-8")):
            for name in FUNCTION.findall(functions):
                found.setdefault(name, []).append(label)
    return found


class Modules(SphinxDirective):
    """``{modules}`` with names of modules of ``lib``, a line each: a section for every one."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        lines = []
        for name in filter(None, map(str.strip, self.content)):
            heading = f"``{name}``"
            lines += [f".. _module-{name}:", "", heading, "=" * len(heading), ""]
            lines += [f".. automodule:: lib.{name}", "   :members:", ""]
        container = nodes.section()
        container.document = self.state.document
        source = StringList(lines, source=self.get_source_info()[0])
        nested_parse_with_titles(self.state, source, container)
        return container.children


def plain_references(
    app: Sphinx, what: str, name: str, _: object, options: object, lines: list[str]
) -> None:
    """Numbered references stay text: their numbers repeat from one docstring to the next."""
    for i, line in enumerate(lines):
        line = re.sub(r"\[(\d+)\]_", r"[\1]", re.sub(r"^\.\. \[(\d+)\]", r"\1.", line))
        # An equation that a docstring names by its label gets its number.
        line = re.sub(r"\((eq-[\w-]+)\)", r":eq:`\1`", line)
        # Absolute values, which would be substitutions.
        lines[i] = re.sub(r"\|(\w+)\|", r"\\|\1\\|", line)


def link_equations(
    app: Sphinx, what: str, name: str, _: object, options: object, lines: list[str]
) -> None:
    """Add links to the equations that a function computes."""
    found = app.env.belt_equations.get(name, ())
    if found:
        lines += ["", "Computes " + ", ".join(f":eq:`{label}`" for label in found) + ".", ""]


def mark_lines(app: Sphinx, doctree: nodes.document) -> None:
    """Give the lines below equations a class, by which they stand apart from the text."""
    for line in doctree.findall(nodes.paragraph):
        before = line.parent.index(line) - 1
        if line.astext().startswith("In code: ") and isinstance(
            line.parent[max(before, 0)], nodes.math_block
        ):
            line["classes"].append("in-code")


def read_equations(app: Sphinx) -> None:
    app.env.belt_equations = equations(Path(app.srcdir) / "book")


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("modules", Modules)
    app.connect("builder-inited", read_equations)
    app.connect("doctree-read", mark_lines)
    # Before napoleon, which knows the sections by their underlines.
    app.connect("autodoc-process-docstring", plain_references, priority=400)
    app.connect("autodoc-process-docstring", link_equations, priority=600)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
