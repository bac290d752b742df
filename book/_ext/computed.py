"""At the end of every notebook's page, a fold that says how the page was computed.

Which data files were opened is noted when a notebook is executed (``book/_tools/opened.py``) and
kept in its metadata.  Which functions of ``lib`` are used is read off the cells.  How long it took
is known where this copy was executed.  Each part says what it does not know.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

SUMMARY = "How this page was computed"
NO_DATA = "None: no file below data/ was opened."
UNKNOWN_DATA = "Not known: this notebook was executed before the files that it opens were noted."
UNKNOWN_TIME = "Not known: this copy was rendered from a notebook executed earlier."
FUNCTIONS = (
    "Of lib, those that the cells of this page name. "
    "What these call in turn, and methods of what they return, are not listed."
)


def functions(cells: list[str]) -> list[str]:
    """Full names of the functions and classes of ``lib`` that code names, in alphabetical order.

    Parameters
    ----------
    cells : list of str
        Python code, as a notebook runs it from top to bottom.
    """
    names: dict[str, str] = {}
    found: set[str] = set()
    for cell in cells:
        tree = ast.parse(cell)
        for statement in ast.walk(tree):
            names.update(_imported(statement))
        for chain in _chains(tree):
            if chain[0] in names:
                found.update(_named(names[chain[0]], chain[1:]))
    return sorted(found)


def _imported(statement: ast.AST) -> Iterator[tuple[str, str]]:
    """Names that an import from ``lib`` binds, and what they stand for."""
    if isinstance(statement, ast.ImportFrom) and (statement.module or "").split(".")[0] == "lib":
        for name in statement.names:
            yield name.asname or name.name, f"{statement.module}.{name.name}"
    elif isinstance(statement, ast.Import):
        for name in statement.names:
            if name.name.split(".")[0] == "lib":
                yield (name.asname, name.name) if name.asname else ("lib", "lib")


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


def _named(path: str, rest: list[str]) -> Iterator[str]:
    """The function or class at the end of a chain of names, by the module that defines it."""
    module, *inner = path.split(".")
    found: object = import_module(module)
    for name in [*inner, *rest]:
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
    if home and name and home.startswith("lib.") and not name.startswith("_"):
        yield f"{home}.{name}"


def _data(notebook: dict) -> list[nodes.Node]:
    noted = notebook["metadata"].get("belt")
    if noted is None:
        return [nodes.paragraph("", UNKNOWN_DATA)]
    if not noted["data"]:
        return [nodes.paragraph("", NO_DATA)]
    files = nodes.bullet_list()
    for name in noted["data"]:
        files.append(nodes.list_item("", nodes.paragraph("", "", nodes.literal("", name))))
    return [files]


def _functions(notebook: dict, page: str) -> list[nodes.Node]:
    code = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    modules: dict[str, list[str]] = {}
    for name in functions(code):
        modules.setdefault(".".join(name.split(".")[:2]), []).append(name)
    if not modules:
        return [nodes.paragraph("", "None of lib.")]
    shown = nodes.bullet_list()
    for module, names in modules.items():
        line = nodes.paragraph("", "", nodes.literal("", module), nodes.Text(": "))
        for i, name in enumerate(names):
            line += nodes.Text(", " if i else "")
            link = addnodes.pending_xref(
                "", refdomain="py", reftype="obj", reftarget=name, refdoc=page, refexplicit=True
            )
            link += nodes.literal("", name.removeprefix(f"{module}."))
            line += link
        shown.append(nodes.list_item("", line))
    return [nodes.paragraph("", FUNCTIONS), shown]


def _time(stamp: Path) -> list[nodes.Node]:
    if not stamp.exists():
        return [nodes.paragraph("", UNKNOWN_TIME)]
    seconds = json.loads(stamp.read_text(encoding="utf-8"))["seconds"]
    text = f"{seconds:.1f} seconds, from starting the kernel to the last cell."
    return [nodes.paragraph("", text)]


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Append the fold to a notebook's page."""
    page = app.env.docname
    if not page.startswith("notebooks/"):
        return
    root = Path(app.srcdir)
    stamp = root / "_build" / "execution" / f"{Path(page).name}.json"
    app.env.note_dependency(str(stamp))
    notebook = json.loads((root / f"{page}.ipynb").read_text(encoding="utf-8"))
    entries = nodes.definition_list()
    for term, body in (
        ("Data files", _data(notebook)),
        ("Functions", _functions(notebook, page)),
        ("Run time", _time(stamp)),
    ):
        entry = nodes.definition_list_item("", nodes.term("", term), nodes.definition("", *body))
        entries.append(entry)
    section = next(iter(doctree.findall(nodes.section)))
    section += [
        nodes.raw("", f'<details class="computed"><summary>{SUMMARY}</summary>', format="html"),
        entries,
        nodes.raw("", "</details>", format="html"),
    ]


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("doctree-read", fold)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
