"""The two halves of every notebook, and whether its outputs are still true.

The text in ``book/`` is the source; its executed twin in ``notebooks/`` has all of the text, the
outputs and the values of its expressions.  ``notebooks/inputs.csv`` holds digests of what a twin's
outputs came from: the modules that its kernel imported, the files that it opened, the lock, its own
code and expressions.  So a fresh clone executes nothing that is fresh.
"""

import ast
import csv
import hashlib
import io
import json
import math
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

import jupytext
import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError

from tools.render import expressions

ROOT = Path(__file__).resolve().parents[3]
RESULTS = Path("notebooks/results.csv")
INPUTS = Path("notebooks/inputs.csv")
LOCK = "requirements.txt"
PACKAGES = ("lib", "studies", "widgets", "data", "tools")  # that notebooks may import from
CELLS, OUTPUTS = "its cells", "its outputs"  # beside the names of files in inputs.csv
FORMAT = "md:myst"
HEAD = "---\njupytext"
LEFT = f"-{expressions.KEPT},-jupyter"  # what a twin has and its text has not
# Metadata of every notebook: stock jupytext then changes neither half.
METADATA = {
    "jupytext": {"cell_metadata_filter": LEFT, "default_lexer": "ipython3"},
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "pygments_lexer": "ipython3"},
}
# What JupyterLab folds, because the page folds it or leaves it out, by tag.
FOLDED = {
    "source_hidden": {"hide-input", "hide-cell", "remove-input", "solution"},
    "outputs_hidden": {"hide-output", "hide-cell", "solution"},
}
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


def pairs(root: Path = ROOT) -> list[Pair]:
    """Every page of ``book/`` whose head says that it is a notebook, in order of name."""
    texts = {text: text.read_text(encoding="utf-8") for text in (root / "book").glob("*.md")}
    return [Pair(root, each.stem) for each in sorted(texts) if texts[each][:12] == HEAD]


def read(pair: Pair) -> Notebook:
    """The notebook as its text has it, without outputs, with the metadata every notebook has."""
    try:
        return identified(jupytext.read(pair.text, fmt=FORMAT))
    except (yaml.YAMLError, MystMetadataParsingError) as error:
        raise SystemExit(
            f"book/{pair.name}.md: {error}\n"
            "expected YAML: a caption that holds a colon, a quote or a # stands in quotes"
        ) from None


def identified(notebook: Notebook) -> Notebook:
    """Give cells and notebook the identifiers and metadata that every notebook here has."""
    seen: Counter[str] = Counter()
    for cell in notebook.cells:
        # Identifiers follow from the text, so that two builds write the same bytes.
        digest = hashlib.sha256((cell.cell_type + cell.source).encode()).hexdigest()[:12]
        seen[digest] += 1
        cell.id = f"{digest}-{seen[digest]}"
        tags = cell.metadata.get("tags", [])
        if folded := {what: True for what, by in FOLDED.items() if by.intersection(tags)}:
            cell.metadata["jupyter"] = folded
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
    """The notebook as its text has it, and why its twin is not fresh; "" if it is.

    It has outputs and values if its code and expressions are those of the twin, else none.
    """
    notebook = read(pair)
    if not pair.twin.exists():
        return notebook, "it was never executed"
    executed = twin(pair)
    noted = noted_inputs(pair.root).get(pair.name, {})
    if noted.get(CELLS) != cells_digest(notebook):
        return notebook, "its code or expressions changed"
    if noted.get(OUTPUTS) != outputs_digest(executed):
        return notebook, "its outputs are not those that were computed"
    for new, old in zip(_code(notebook), _code(executed), strict=True):
        new.execution_count, new.outputs = old.execution_count, old.outputs
    values = _values(executed)
    for cell, section in _sections(notebook):
        expressions.keep(cell, values.get(section, {}))
    inputs = [name for name in noted if name not in (CELLS, OUTPUTS)]
    names = sorted(name for name in inputs if digest(pair.root, name) != noted[name])
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


def noted_inputs(root: Path) -> dict[str, dict[str, str]]:
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
    known = {**noted_inputs(pair.root), pair.name: own}
    names = [each.name for each in pairs(pair.root)]  # pages that have gone leave no lines
    rows = [[name, *line] for name in names for line in known.get(name, {}).items()]
    write(pair.root / INPUTS, _csv(["page", "input", "digest"], *rows))


def _csv(*rows: list) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _code(notebook: Notebook) -> list[Notebook]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _sections(notebook: Notebook) -> list[tuple[Notebook, int]]:
    """Each cell with the number of code cells down to it: where its expressions are evaluated."""
    numbers = accumulate(int(cell.cell_type == "code") for cell in notebook.cells)
    return [*zip(notebook.cells, numbers, strict=True)]


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


def outputs_digest(notebook: Notebook) -> str:
    """Stands for everything that execution gave."""
    outputs = [[cell.get("execution_count"), cell.get("outputs")] for cell in _code(notebook)]
    values = {str(section): each for section, each in _values(notebook).items() if each}
    return _stands_for([outputs, values])


def _stands_for(what: object) -> str:
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]


def serialised(notebook: Notebook) -> str:
    """The bytes of a twin on disk."""
    return nbformat.writes(notebook, version=4) + "\n"


def text_of(notebook: Notebook) -> str:
    """The bytes of a text on disk, as stock jupytext writes them from the twin.

    There metadata have the order of their names.
    """
    written = nbformat.reads(serialised(notebook), as_version=4)
    written.metadata.jupytext["text_representation"] = {"extension": ".md", "format_name": "myst"}
    config = jupytext.config.load_jupytext_config(str(ROOT / "book"))
    return jupytext.writes(written, fmt=FORMAT, config=config)


def write(path: Path, text: str) -> None:
    """Write a file whole, in one step, and only if it differs."""
    content = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def python_path(root: Path) -> str:
    """Where programs that run for a project find packages: its own first, then this checkout's."""
    places = [folder / name for folder in (root, ROOT) for name in ("", "notebooks", "book")]
    places = [*dict.fromkeys(map(str, places)), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(filter(None, places))


def results_text(root: Path = ROOT) -> str:
    """Every expression of the book with its value as CSV text, page by page in reading order.

    ``n`` counts equal expressions of a page, so that a new sentence moves no other line.
    """
    rows: list[list] = [["page", "n", "expression", "value"]]
    for pair in pairs(root):
        seen: Counter[str] = Counter()
        for cell in twin(pair).cells if pair.twin.exists() else ():
            values = expressions.kept(cell)
            for what, _ in expressions.of_cell(cell):
                seen[what] += 1
                rows.append([pair.name, seen[what], what, expressions.value(values.get(what))])
    return _csv(*rows)


def marked(root: Path = ROOT) -> list[str]:
    """Values of ``results.csv`` that figures contradict or do not give: page, words, expression."""
    rows = csv.DictReader((root / RESULTS).read_text(encoding="utf-8").splitlines())
    return [
        f"book/{row['page']}.md: {words}, in {row['expression']}"
        for row in rows
        for words in expressions.MARKED.findall(row["value"])
    ]
