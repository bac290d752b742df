"""At the end of every notebook's page, a fold that says how the page was computed.

The files that were opened are noted when a notebook is executed.  Which of the project's functions
it names is read off its cells; which equations they compute, off their
docstrings.  How long it took is what ``make times`` measured.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from tools.build import notebooks

OWN = notebooks.PACKAGES
SUMMARY = "How this page was computed"
EQUATION = re.compile(r"\((eq-[\w-]+)\)")


def functions(cells: list[str]) -> dict[str, object]:
    """The project's functions and classes that code names, by full name, in alphabetical order.

    Parameters
    ----------
    cells : list of str
        Python code, as a notebook runs it from top to bottom.
    """
    names: dict[str, str] = {}
    found: dict[str, object] = {}
    for cell in cells:
        tree = ast.parse(cell)
        for statement in ast.walk(tree):
            names.update(_imported(statement))
        for chain in _chains(tree):
            if chain[0] in names:
                found.update(_named(names[chain[0]], chain[1:]))
    return dict(sorted(found.items()))


def _imported(statement: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that an import from the project binds, and what they stand for."""
    if isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] in OWN:
        for name in statement.names:
            yield name.asname or name.name, f"{statement.module}.{name.name}"
    elif isinstance(statement, ast.Import):
        for name in statement.names:
            package = name.name.split(".")[0]
            if package in OWN:
                yield (name.asname, name.name) if name.asname else (package, package)


def _chains(part: ast.AST) -> Iterator[list[str]]:
    """Each whole chain ``a.b.c`` in a piece of code, as its names."""
    names: list[str] = []
    start = part
    while isinstance(start, ast.Attribute):
        names.append(start.attr)
        start = start.value
    if isinstance(start, ast.Name):
        yield [start.id, *reversed(names)]
    else:
        for child in ast.iter_child_nodes(part):
            yield from _chains(child)


def _named(path: str, rest: list[str]) -> Iterator[tuple[str, object]]:
    """The function or class at the end of a chain of names, by the module that defines it."""
    package, *names = path.split(".")
    found: object = import_module(package)
    for name in [*names, *rest]:
        if isinstance(found, ModuleType):
            if not hasattr(found, name):
                try:
                    import_module(f"{found.__name__}.{name}")
                except ModuleNotFoundError:
                    return
        elif not isinstance(found, type):
            break
        found = getattr(found, name, None)
    home, name = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    if home and name and home.partition(".")[0] in OWN and not name.startswith("_"):
        yield f"{home}.{name}", found


def _data(root: Path, page: str) -> nodes.paragraph:
    inputs = notebooks.noted_inputs(root / notebooks.INPUTS).get(page, {})
    files = [name for name in inputs if name.startswith("data/")]
    return _joined([[nodes.literal("", name)] for name in files], "None.")


def _code(notebook: dict, page: str) -> tuple[nodes.Node, nodes.Node | None]:
    """The functions that are named, by module, and the equations that they compute."""
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    modules: dict[str, list[list[nodes.Node]]] = {}
    equations: list[list[nodes.Node]] = []
    for full, found in functions(code).items():
        module = found.__module__
        link = _link("py", "obj", full, page, full.removeprefix(f"{module}."))
        modules.setdefault(module, []).append([link])
        for label in dict.fromkeys(EQUATION.findall(found.__doc__ or "")):
            equation = _link("eq", "eq", label, page, label)
            equation["refdomain"] = "math"
            again = _link("py", "obj", full, page, full.removeprefix("lib."))
            equations.append([equation, nodes.Text(" in "), again])
    shown = nodes.bullet_list()
    for module, links in modules.items():
        line = _joined(links)
        line[0:0] = [nodes.literal("", module), nodes.Text(": ")]
        shown.append(nodes.list_item("", line))
    return (shown if modules else _joined([])), _joined(equations) if equations else None


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
    root = Path(app.srcdir)
    notebook = json.loads((root / f"{page}.ipynb").read_text(encoding="utf-8"))
    entries = [("Files read", _data(root, Path(page).name))]
    code, equations = _code(notebook, page)
    entries.append(("Functions named", code))
    if equations is not None:
        entries.append(("Equations", equations))
    said, seconds = notebooks.times(root)
    if Path(page).name in seconds:
        text = f"{seconds[Path(page).name]:.0f} seconds, from the start of the kernel. {said}"
        entries.append(("Run time", nodes.paragraph("", text)))
    listed = nodes.definition_list()
    for term, body in entries:
        item = nodes.definition_list_item("", nodes.term("", term), nodes.definition("", body))
        listed.append(item)
    next(iter(doctree.findall(nodes.section))).extend(
        [
            nodes.raw("", f'<details class="computed"><summary>{SUMMARY}</summary>', format="html"),
            listed,
            nodes.raw("", "</details>", format="html"),
        ]
    )


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("doctree-read", fold)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
