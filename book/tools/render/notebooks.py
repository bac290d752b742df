"""The two halves of every notebook: how they are named, read and written.

The text in ``book/`` is the source; its executed twin in ``notebooks/`` has all of the text, the
outputs and the values of its expressions.
"""

import csv
import hashlib
import io
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import jupytext
import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError

from tools.render import expressions

ROOT = Path(__file__).resolve().parents[3]
LOCK = "requirements.txt"
PACKAGES = ("lib", "studies", "widgets", "data", "tools")  # that notebooks may import from
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
    if not code(notebook):  # there jupytext keeps no lexer
        del notebook.metadata["jupytext"]["default_lexer"]
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def twin(pair: Pair) -> Notebook:
    """The executed twin as it is on disk."""
    return nbformat.v4.reads_json(pair.twin.read_text(encoding="utf-8"))


def code(notebook: Notebook) -> list[Notebook]:
    """The cells of code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


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


def as_csv(*rows: list) -> str:
    """The text of a file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def python_path(root: Path) -> str:
    """Where programs that run for a project find packages: its own first, then this checkout's."""
    places = [folder / name for folder in (root, ROOT) for name in ("", "notebooks", "book")]
    places = [*dict.fromkeys(map(str, places)), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(filter(None, places))
