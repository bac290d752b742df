"""The two halves of every notebook, and whether its outputs are still true.

The text in ``book/`` is the source; its executed twin in ``notebooks/`` has all of the text, the
outputs and the values of its expressions.  The twin's metadata hold digests of what its outputs
came from: the modules of ``lib`` that its kernel imported, the files that it opened, the lock, its
own code and expressions.  So a fresh clone executes nothing that is fresh.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path

import expressions
import jupytext
import nbformat

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path("notebooks/results.csv")
LOCK = "requirements.txt"
NOTED = "belt"  # what a twin's metadata hold of its execution
FORMAT = "md:myst"
# Metadata of every notebook: stock jupytext then changes neither half.
METADATA = {
    "jupytext": {"cell_metadata_filter": f"-{expressions.KEPT}", "default_lexer": "ipython3"},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
TEXT = {"extension": ".md", "format_name": "myst"}
Notebook = nbformat.NotebookNode


@dataclass(frozen=True)
class Pair:
    """The text and the executed twin of one notebook."""

    root: Path
    name: str

    @property
    def text(self) -> Path:
        return self.root / "book" / f"{self.name}.md"

    @property
    def twin(self) -> Path:
        return self.root / "notebooks" / f"{self.name}.ipynb"

    @property
    def seconds(self) -> Path:
        return self.root / "_build" / "execution" / f"{self.name}.json"


def pairs(root: Path = ROOT) -> list[Pair]:
    """Every page of ``book/`` that is the text of a notebook, in order of name."""
    texts = sorted((root / "book").glob("*.md"))
    return [Pair(root, text.stem) for text in texts if is_notebook(text)]


def is_notebook(text: Path) -> bool:
    """Whether a page is the text of a notebook: its head says so."""
    return text.read_text(encoding="utf-8")[:12] == "---\njupytext"


def read(pair: Pair) -> Notebook:
    """The notebook as its text has it, without outputs, with the metadata every notebook has."""
    return identified(jupytext.read(pair.text, fmt=FORMAT))


def identified(notebook: Notebook) -> Notebook:
    """Give cells and notebook the identifiers and metadata that every notebook here has."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        # Identifiers follow from the text, so that two builds write the same bytes.
        digest = hashlib.sha256((cell.cell_type + cell.source).encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = f"{digest}-{seen[digest]}"
    own = {key: each for key, each in notebook.metadata.items() if key not in METADATA}
    notebook.metadata = nbformat.from_dict({**own, **METADATA})
    if not _code(notebook):  # there jupytext keeps no lexer
        del notebook.metadata["jupytext"]["default_lexer"]
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def twin(pair: Pair) -> Notebook:
    """The executed twin as it is on disk."""
    return nbformat.v4.reads_json(pair.twin.read_text(encoding="utf-8"))


def merged(pair: Pair) -> tuple[Notebook, str]:
    """The notebook as its text has it with what its twin holds, and why the twin is not fresh.

    Returns
    -------
    notebook : NotebookNode
        With outputs and values if its code and expressions are those of the twin, else without.
    reason : str
        Empty if the twin is fresh.
    """
    notebook = read(pair)
    if not pair.twin.exists():
        return notebook, "it was never executed"
    executed = twin(pair)
    noted = executed.metadata.get(NOTED)
    if noted is None:
        return notebook, "it is not known what its outputs came from"
    if noted["cells"] != cells_digest(notebook):
        return notebook, "its code or expressions changed"
    code, values = _code(executed), _values(executed)
    if len(code) != len(_code(notebook)) or noted["outputs"] != outputs_digest(code, values):
        return notebook, "its outputs are not those that were computed"
    for new, old in zip(_code(notebook), code, strict=True):
        new.execution_count, new.outputs = old.execution_count, old.outputs
    for cell, section in _sections(notebook):
        expressions.keep(cell, values.get(section, {}))
    notebook.metadata[NOTED] = noted
    return notebook, changed(pair.root, noted["inputs"])


def changed(root: Path, inputs: dict[str, str]) -> str:
    """Which of the inputs differ from what they were; "" if none does."""
    differ = [name for name, was in inputs.items() if digest(root / name) != was]
    if not differ:
        return ""
    gone = [name for name in differ if not (root / name).is_file()]
    if gone:
        return f"{gone[0]} is gone"
    more = f" and {len(differ) - 1} more" if len(differ) > 1 else ""
    return f"{differ[0]}{more} changed"


def digest(file: Path) -> str:
    """Sixteen letters that stand for the bytes of a file; "" where there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16] if file.is_file() else ""


def _code(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _sections(notebook: Notebook) -> list[tuple[Notebook, int]]:
    """Each cell with the number of code cells down to it: where its expressions are evaluated."""
    found, number = [], 0
    for cell in notebook.cells:
        number += cell.cell_type == "code"
        found.append((cell, number))
    return found


def _values(notebook: Notebook) -> dict[int, dict[str, dict]]:
    found: dict[int, dict[str, dict]] = {}
    for cell, section in _sections(notebook):
        found.setdefault(section, {}).update(expressions.kept(cell))
    return found


def cells_digest(notebook: Notebook) -> str:
    """Stands for code and expressions, in their order."""
    code = [cell.source for cell in _code(notebook)]
    quoted: dict[int, set[str]] = {}
    for cell, section in _sections(notebook):
        quoted.setdefault(section, set()).update(each for each, _ in expressions.of_cell(cell))
    return _stands_for([code, [sorted(quoted.get(n, ())) for n in range(len(code) + 1)]])


def outputs_digest(code: list[Notebook], values: dict[int, dict[str, dict]]) -> str:
    """Stands for everything that execution gave."""
    outputs = [[cell.get("execution_count"), cell.get("outputs")] for cell in code]
    return _stands_for([outputs, {str(key): each for key, each in values.items() if each}])


def _stands_for(what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]


def noted(notebook: Notebook, inputs: dict[str, str]) -> None:
    """Write into an executed notebook what its outputs came from."""
    notebook.metadata[NOTED] = {
        "inputs": dict(sorted(inputs.items())),
        "cells": cells_digest(notebook),
        "outputs": outputs_digest(_code(notebook), _values(notebook)),
    }


def serialised(notebook: Notebook) -> str:
    """The bytes of a twin on disk."""
    return nbformat.writes(notebook, version=4) + "\n"


def text_of(notebook: Notebook) -> str:
    """The bytes of a text on disk, as stock jupytext writes them."""
    written = nbformat.reads(nbformat.writes(notebook, version=4), as_version=4)
    written.metadata.jupytext["text_representation"] = dict(TEXT)
    config = jupytext.config.JupytextConfiguration(
        notebook_metadata_filter=",".join(
            f"-jupytext.text_representation.{each}"
            for each in ("jupytext_version", "format_version")
        )
    )
    return jupytext.writes(written, fmt=FORMAT, config=config)


def write(path: Path, text: str) -> None:
    """Write a file whole, in one step, and only if it differs."""
    content = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def results_text(root: Path = ROOT) -> str:
    """Every expression of the book with its value as CSV text, page by page in reading order.

    ``n`` counts equal expressions of a page, so that a new sentence moves no other line.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["page", "n", "expression", "value"])
    for pair in pairs(root):
        seen: dict[str, int] = {}
        if not pair.twin.exists():
            continue
        for cell in twin(pair).cells:
            values = expressions.kept(cell)
            for expression, _ in expressions.of_cell(cell):
                seen[expression] = seen.get(expression, 0) + 1
                found = expressions.value(values.get(expression))
                writer.writerow([pair.name, seen[expression], expression, found])
    return out.getvalue()
