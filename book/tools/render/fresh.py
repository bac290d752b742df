"""Whether the outputs of a notebook are still true.

``notebooks/inputs.csv`` holds digests of what a twin's outputs came from: the modules that its
kernel imported, the files that it opened, the lock, its own code and expressions.  So a fresh clone
executes nothing that is fresh.
"""

import ast
import csv
import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tools.render import expressions, notebooks
from tools.render.notebooks import Notebook, Pair

INPUTS = Path("notebooks/inputs.csv")
CELLS, OUTPUTS = "its cells", "its outputs"  # beside the names of files in inputs.csv


def merged(pair: Pair) -> tuple[Notebook, str]:
    """The notebook as its text has it, and why its twin is not fresh; "" if it is.

    It has outputs and values if its code and expressions are those of the twin, else none.
    """
    notebook = notebooks.read(pair)
    if not pair.twin.exists():
        return notebook, "it was never executed"
    executed = notebooks.twin(pair)
    known = noted(pair.root).get(pair.name, {})
    if known.get(CELLS) != cells_digest(notebook):
        return notebook, "its code or expressions changed"
    if known.get(OUTPUTS) != outputs_digest(executed):
        return notebook, "its outputs are not those that were computed"
    for new, old in zip(counted(notebook), counted(executed), strict=True):
        if new.cell_type == "code":
            new.execution_count, new.outputs = old.execution_count, old.outputs
        expressions.keep(new, expressions.kept(old))
    inputs = [name for name in known if name not in (CELLS, OUTPUTS)]
    names = sorted(name for name in inputs if digest(pair.root, name) != known[name])
    more = f" and {len(names) - 1} more" if names[1:] else ""
    return notebook, f"{names[0]}{more} changed or went" if names else ""


def digest(root: Path, name: str, since: float = math.inf) -> str:
    """Sixteen letters that stand for what an input does to a page; "" where there is no such file.

    Of a module the code counts, without comments and docstrings; else the bytes.
    """
    file = root / name
    if not file.is_file():
        return ""
    if file.stat().st_mtime >= since:
        return "edited"  # meanwhile: the outputs are nobody's, and will be made again
    content = file.read_bytes()
    if file.suffix == ".py":
        content = _code_of(content)
    return hashlib.sha256(content).hexdigest()[:16]


@cache
def _code_of(source: bytes) -> bytes:
    """A module without comments and strings that stand alone; one that does not parse as it is.

    Python 3.11 and 3.13.5 write the same text, which is not so of `ast.dump`.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return source
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [  # type: ignore[attr-defined]
                each for each in body
                if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
            ]  # fmt: skip
    return ast.unparse(tree).encode()


def noted(root: Path) -> dict[str, dict[str, str]]:
    """What ``inputs.csv`` holds: page by page, digests by the name of what they stand for."""
    found: dict[str, dict[str, str]] = {}
    if (root / INPUTS).is_file():
        for row in csv.DictReader((root / INPUTS).read_text(encoding="utf-8").splitlines()):
            found.setdefault(row["page"], {})[row["input"]] = row["digest"]
    return found


def note(pair: Pair, notebook: Notebook, inputs: Mapping[str, str]) -> None:
    """Write into ``inputs.csv`` what an executed notebook's outputs came from."""
    own = {
        CELLS: cells_digest(notebook),
        OUTPUTS: outputs_digest(notebook),
        **dict(sorted(inputs.items())),
    }
    known = {**noted(pair.root), pair.name: own}
    names = [
        each.name for each in notebooks.pairs(pair.root)
    ]  # pages that have gone leave no lines
    rows = [[name, *line] for name in names for line in known.get(name, {}).items()]
    text = notebooks.as_csv(["page", "input", "digest"], *rows)
    notebooks.write(pair.root / INPUTS, text)


def counted(notebook: Notebook) -> list[Notebook]:
    """The cells that have code or expressions."""
    cells = notebook.cells
    return [cell for cell in cells if cell.cell_type == "code" or expressions.of_cell(cell)]


def cells_digest(notebook: Notebook) -> str:
    """Stands for code and expressions, in their order."""
    asked = [[each for each, _ in expressions.of_cell(cell)] for cell in counted(notebook)]
    return _stands_for([asked, [cell.source for cell in notebooks.code(notebook)]])


def outputs_digest(notebook: Notebook) -> str:
    """Stands for everything that execution gave."""
    shown = [[cell.execution_count, cell.outputs] for cell in notebooks.code(notebook)]
    return _stands_for([shown, [expressions.kept(cell) for cell in counted(notebook)]])


def _stands_for(what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]
