"""At the end of every notebook's page, a fold that says how the page was computed.

The files that were opened are noted when a notebook is executed.  Which of the project's functions
it names is read off its cells; which equations they compute, off their
docstrings.  How long it took is what ``make times`` measured.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import filterfalse
from pathlib import Path
from types import ModuleType

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from tools.render import notebooks

OWN = notebooks.PACKAGES
EQUATION = re.compile(r"\((eq-[\w-]+)\)")


def functions(cells: list[str]) -> dict[str, object]:
    """The project's functions and classes that code names, by full name, in alphabetical order.

    Parameters
    ----------
    cells : list of str
        Python code, as a notebook runs it from top to bottom.
    """
    scope: dict[str, object] = {}
    found: dict[str, object] = {}
    for cell in cells:
        code = list(ast.walk(ast.parse(cell)))
        for part in code:
            if isinstance(part, ast.Import | ast.ImportFrom):
                module = getattr(part, "module", None) or part.names[0].name
                if module.partition(".")[0] in OWN:
                    exec(ast.unparse(part), scope)
        inner = {part.value for part in code if isinstance(part, ast.Attribute)}
        for part in filterfalse(inner.__contains__, code):  # whole chains
            each = _meant(part, scope)
            home, name = (getattr(each, key, None) for key in ("__module__", "__qualname__"))
            if home and name and home.partition(".")[0] in OWN and name[0] != "_":
                found[f"{home}.{name}"] = each
    return dict(sorted(found.items()))


def _meant(part: ast.AST, scope: dict[str, object]) -> object:
    """What a name stands for, or a chain ``a.b.c`` through modules and classes."""
    if isinstance(part, ast.Name):
        return scope.get(part.id)
    within = _meant(part.value, scope) if isinstance(part, ast.Attribute) else None
    return getattr(within, part.attr, None) if isinstance(within, ModuleType | type) else within


def _code(notebook: notebooks.Notebook, page: str) -> Iterator[tuple[str, nodes.Node]]:
    """The functions that are named, by module, and the equations that they compute."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    modules: dict[str, list[list[nodes.Node]]] = {}
    equations: list[list[nodes.Node]] = []
    for full, found in functions(code).items():
        module = found.__module__
        link = _link("py", "obj", full, page, full.removeprefix(f"{module}."))
        modules.setdefault(module, []).append([link])
        for label in dict.fromkeys(EQUATION.findall(found.__doc__ or "")):
            equation = _link("math", "eq", label, page, label)
            again = _link("py", "obj", full, page, full.removeprefix("lib."))
            equations.append([equation, nodes.Text(" in "), again])
    shown = nodes.bullet_list()
    for module, links in modules.items():
        line = _joined(links)
        line[0:0] = [nodes.literal("", module), nodes.Text(": ")]
        shown.append(nodes.list_item("", line))
    yield "Functions named", shown if modules else _joined([])
    if equations:
        yield "Equations", _joined(equations)


def _link(domain: str, kind: str, target: str, page: str, text: str) -> nodes.Element:
    link = addnodes.pending_xref(
        "", refdomain=domain, reftype=kind, reftarget=target, refdoc=page, refexplicit=True
    )
    link += nodes.literal("", text)
    return link


def _joined(items: list[list[nodes.Node]], none: str = "None of this project.") -> nodes.paragraph:
    line = nodes.paragraph("", "" if items else none)
    for number, each in enumerate(items):
        line += [nodes.Text(", " if number else ""), *each]
    return line


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Append the fold to a notebook's page."""
    page = app.env.docname
    if not page.startswith("notebooks/"):
        return
    root, name = Path(app.srcdir), Path(page).name
    inputs = notebooks.noted_inputs(root).get(name, {})
    files = [[nodes.literal("", each)] for each in inputs if each.startswith("data/")]
    entries = [("Files read", _joined(files, "None."))]
    entries += _code(notebooks.twin(notebooks.Pair(root, name)), page)
    said, seconds = notebooks.times(root)
    if name in seconds:
        text = f"{seconds[name]:.0f} seconds, from the start of the kernel. {said}"
        entries.append(("Run time", nodes.paragraph("", text)))
    listed = nodes.definition_list()
    for term, body in entries:
        parts = nodes.term("", term), nodes.definition("", body)
        listed.append(nodes.definition_list_item("", *parts))
    opening = '<details class="computed"><summary>How this page was computed</summary>'
    closed = nodes.raw("", "</details>", format="html")
    first = next(iter(doctree.findall(nodes.section)))
    first += [nodes.raw("", opening, format="html"), listed, closed]


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("doctree-read", fold)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
