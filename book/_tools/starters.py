"""Starter notebooks, exercises without answers: ``python book/_tools/starters.py``.

Each has a page's objectives, the part of its code that the exercises build on, and the exercises
with a cell to write in.  They are made from the same text as the page, numbered as the rendered
book numbers them, and run from top to bottom before they are handed out.
"""

from __future__ import annotations

import csv
import html
import json
import re
import sys
import time
from collections.abc import Iterable
from functools import cache, partial
from pathlib import Path

from lib import running

if __name__ == "__main__":
    running.end_plainly()  # the imports below take a second, in which it can be stopped too

import gates
import jupytext
import nbformat
import setups

import notebooks

ROOT = notebooks.ROOT
HTML = ROOT / "_build" / "html"
FOLDER = ROOT / "_build" / "starters"
EMPTY = "# your code here"
_OBJECTIVES = re.compile(r"^\*\*By the end of this .*?\*\*\n\n(?:(?:- |  ).*\n?)+", re.M)


# -- Text that needs no Sphinx -----------------------------------------------------------------


def plain(text: str, pages: Path = HTML, root: Path = ROOT) -> str:
    """Markdown with references as the rendered book has them, and no directive or role.

    Parameters
    ----------
    text : str
        MyST.
    pages : Path
        The rendered book, from which numbers and titles are read.

    Raises
    ------
    SystemExit
        A label is not in the rendered book, or a role is not known here.
    """
    blocks = []
    for block in gates.blocks(text):
        lines = block.lines
        if block.name:
            inner = lines[1 + len(block.options) : -1]
            lines = ["$$", *inner, "$$"] if block.name == "math" else inner
        blocks += lines
    joined = re.sub(r"^\$\$ \([\w-]+\)$", "$$", "\n".join(blocks), flags=re.M)
    return gates.ROLE.sub(lambda m: _resolved(m.group(1), m.group(2), pages, root), joined)


def _resolved(role: str, content: str, pages: Path, root: Path) -> str:
    title = re.fullmatch(r"(.*?)\s*<([^>]+)>", content, re.S)
    if role == "result":
        with (root / notebooks.RESULTS).open(encoding="utf-8", newline="") as file:
            return {row["key"]: row["value"] for row in csv.DictReader(file)}[content]
    if role == "term" or (title and role in {"ref", "numref", "doc"}):
        return title.group(1) if title else content
    if role in {"numref", "eq", "ref"}:
        return _number(content, pages)
    if role in {"cite:t", "cite:p", "cite"}:
        return _cited(content, root, textual=role == "cite:t")
    raise SystemExit(f"starters: no plain form of {{{role}}}`{content}`")


@cache
def _rendered(pages: Path) -> tuple[str, ...]:
    return tuple(page.read_text(encoding="utf-8") for page in sorted(pages.glob("*/*.html")))


def _number(label: str, pages: Path) -> str:
    """The number or title under which the rendered book shows a label."""
    found = None
    for page in _rendered(pages):
        if (at := page.find(f'id="equation-{label}"')) >= 0:
            found = re.compile(r'class="eqno">(\([^<]+\))').search(page, at)
        elif (at := page.find(f'id="{label}"')) >= 0:
            heading = label.startswith("sec-")
            pattern = r"<h\d>(.*?)<a class" if heading else r'class="caption-number">([^<]+)<'
            found = re.compile(pattern, re.S).search(page, at)
        if found:
            shown = re.sub(r'<span class="section-number">.*?</span>', "", found.group(1))
            return html.unescape(re.sub(r"<[^>]+>", "", shown)).strip()
    raise SystemExit(f"starters: {label} is nowhere in {pages}: run `make book`")


def _cited(keys: str, root: Path, textual: bool) -> str:
    from pybtex.database import parse_file

    entries = parse_file(str(root / "book" / "references.bib")).entries
    shown = []
    for key in keys.split(","):
        entry = entries[key.strip()]
        names = [" ".join(person.last_names) for person in entry.persons["author"]]
        who = names[0] if len(names) == 1 else " and ".join(names[:2])
        who = f"{names[0]} et al." if len(names) > 2 else who
        year = entry.fields["year"]
        shown.append(f"{who} ({year})" if textual else f"{who}, {year}")
    return "; ".join(shown) if textual else f"({'; '.join(shown)})"


# -- The notebooks -----------------------------------------------------------------------------


def starter(pair: notebooks.Pair, pages: Path = HTML) -> nbformat.NotebookNode | None:
    """The starter notebook of a page; None if the page has no exercises."""
    cells = jupytext.read(pair.text, fmt=notebooks.FORMAT).cells
    exercises = gates.exercises(cells)
    if not exercises:
        return None
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    objectives = _OBJECTIVES.search(prose)
    title = re.search(r"^# (.+)$", prose, re.M)
    head = [
        f"# Exercises: {title.group(1) if title else pair.name}",
        "Run the set-up, then write your answers below each exercise.\n"
        "Tables, figures and equations are those of the page of the same name in the book.",
    ]
    if objectives:
        head.append(plain(objectives.group().strip(), pages, pair.root))
    made = [nbformat.v4.new_markdown_cell("\n\n".join(head))]
    made.append(nbformat.v4.new_markdown_cell("## Set-up"))
    made += [nbformat.v4.new_code_cell(source) for source in setups.setup(cells)]
    for each in exercises:
        number = _number(each.label, pages)
        text = plain(each.text.strip(), pages, pair.root)
        heading = f"## {number} ({plain(each.title, pages, pair.root)})"
        made.append(nbformat.v4.new_markdown_cell(f"{heading}\n\n{text}"))
        made.append(nbformat.v4.new_code_cell(EMPTY))
        made.append(nbformat.v4.new_markdown_cell("*In words:*"))
    return notebooks.identified(nbformat.v4.new_notebook(cells=made))


def check(path: Path) -> float:
    """Run a starter notebook from top to bottom, as a student would; return the seconds.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raised.
    """
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    began = time.perf_counter()
    NotebookClient(
        notebook,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=40"],
        timeout=300,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    return time.perf_counter() - began


def make(pages: Path = HTML, folder: Path = FOLDER, root: Path = ROOT) -> list[Path]:
    """Write the starter notebook of every page that has exercises; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for pair in notebooks.pairs(root):
        notebook = starter(pair, pages)
        if notebook is not None:
            path = folder / f"{pair.name}.ipynb"
            notebooks.write(path, notebooks.serialised(notebook))
            written.append(path)
    for path in set(folder.glob("*.ipynb")) - set(written):
        path.unlink()
    return written


def _unchecked(paths: Iterable[Path], checked: dict[str, str], state: str) -> dict[Path, str]:
    keys = {path: notebooks.digest_of(path.parent, [path]) + state for path in paths}
    return {path: key for path, key in keys.items() if checked.get(path.name) != key}


def main() -> int:
    """Write the starter notebooks, and run those that have changed."""
    with notebooks.alone():
        return made()


def made() -> int:
    paths = make()
    stamp = ROOT / "_build" / "starters.json"
    checked = json.loads(stamp.read_text(encoding="utf-8")) if stamp.exists() else {}
    todo = _unchecked(paths, checked, notebooks.state(ROOT))
    failed = notebooks.at_once({path.stem: partial(check, path) for path in todo})
    checked |= {path.name: key for path, key in todo.items() if path.stem not in failed}
    notebooks.write(stamp, json.dumps(checked, indent=1) + "\n")
    if failed:
        print(f"{len(failed)} starter notebook(s) failed: {', '.join(failed)}", file=sys.stderr)
        return 1
    print(f"{len(paths)} starter notebooks in {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
