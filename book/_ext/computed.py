"""At the end of every notebook's page, a fold that says how the page was computed.

Which files it opened was noted when the notebook was executed; the functions are those that its
cells name.
"""

import ast
import inspect
from collections.abc import Iterable
from pathlib import Path
from pydoc import locate

import nbformat

from tools.render import fresh, notebooks

FOLD = """<details class="computed"><summary>How this page was computed</summary>

Files read
: {files}

Functions that the cells call
: {functions}

</details>
"""

DESCRIBED = ("lib.", "studies.", "data.yearbook.")  # on book/api, with a page of their source


def called(cells: Iterable[nbformat.NotebookNode]) -> dict[str, list[str]]:
    """The public functions and classes of the project that code names, by their own module."""
    known: dict[str, str] = {}
    found: set[tuple[str, str]] = set()
    for cell in (cell for cell in cells if cell.cell_type == "code"):
        tree = [*ast.walk(ast.parse(cell.source))]
        for node in tree:
            if isinstance(node, ast.ImportFrom) and node.module:
                known |= {each.asname or each.name: f"{node.module}.{each.name}"
                          for each in node.names}  # fmt: skip
        for node in (node for node in tree if isinstance(node, ast.Attribute | ast.Name)):
            first, dot, rest = ast.unparse(node).partition(".")
            if known.get(first, "").partition(".")[0] not in notebooks.PACKAGES:
                continue
            thing = locate(known[first] + dot + rest)
            if inspect.isroutine(thing) or inspect.isclass(thing):
                found.add((thing.__module__ or "", thing.__qualname__))  # a list's method has none
    names: dict[str, list[str]] = {}
    for module, name in sorted(found):
        if module.partition(".")[0] in notebooks.PACKAGES and name[0] != "_":
            names.setdefault(module, []).append(name)
    return names


def fold(root: Path, name: str, cells: Iterable[nbformat.NotebookNode]) -> nbformat.NotebookNode:
    """The cell that holds it; each function is a link to its source."""
    inputs = fresh.noted(root).get(name, {})
    files = [each for each in inputs if each.startswith("data/") and not each.endswith(".py")]
    lines = []
    for module, functions in called(cells).items():
        page = f"../_modules/{module.replace('.', '/')}.html"
        described = module.startswith(DESCRIBED)
        link = f'<a href="{page}#{{0}}">{{0}}</a>' if described else "{0}"
        lines.append(f"- `{module}`: {', '.join(map(link.format, functions))}")
    text = FOLD.format(
        files=", ".join(f"`{each}`" for each in files) or "None.",
        functions="\n  ".join(lines) or "None.",
    )
    return nbformat.v4.new_markdown_cell(text)
