"""Starter notebooks, exercises without answers: ``python -m tools.course.starters``.

Each has a page's objectives, its visible code as set-up, and the exercises with a cell to write in;
tables, figures and exercises have the numbers of the rendered book.  ``checks.json`` beside them
holds the digests by which answers are checked.
"""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import nbformat

from tools.course import answers, checks
from tools.render import book, gates, notebooks
from tools.render.outside import caption, computed, number, plain

ROOT = notebooks.ROOT
HTML = ROOT / "_build" / "html"
FOLDER = ROOT / "_build" / "starters"
_OBJECTIVES = re.compile(r"^\*\*By the end of this .*?\*\*\n\n(?:(?:- |  ).*\n?)+", re.M)


def heading(exercise: gates.Exercise, pages: Path = HTML) -> str:
    """Number and title of an exercise, as the rendered book has them."""
    return f"{number(exercise.label, pages)} ({plain(exercise.title, pages)})"


def title(cells: Iterable[notebooks.Notebook]) -> str:
    """The title of a page."""
    return re.findall(r"^# (.+)$", "\n".join(cell.source for cell in cells), re.M)[0]


def starter(pair: notebooks.Pair, pages: Path = HTML) -> nbformat.NotebookNode:
    """The starter notebook of a page with exercises."""
    cells = computed(notebooks.twin(pair).cells)
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    objectives = _OBJECTIVES.search(prose)
    made = [
        f"# Exercises 习题: {title(cells)}\n\n"
        "Run the set-up, then write your answers below each exercise.\n"
        "Tables, figures and equations are those of the page of the same name in the book.",
        plain(objectives.group().strip(), pages) if objectives else "",
        "## Set-up 准备",
    ]
    texts = [nbformat.v4.new_markdown_cell(text) for text in made if text]
    for cell in cells:
        if cell.cell_type == "code" and "solution" not in cell.metadata.get("tags", []):
            if shown := caption(cell, pages):
                texts.append(nbformat.v4.new_markdown_cell(shown))
            texts.append(nbformat.v4.new_code_cell(cell.source))
    asked = checks.of(cells)
    texts.append(nbformat.v4.new_code_cell("from tools.course.answers import check, hint"))
    for each in gates.exercises(cells):
        text = f"## {heading(each, pages)}\n\n{plain(each.text.strip(), pages)}"
        texts.append(nbformat.v4.new_markdown_cell(text))
        lines = ["# your code here"]
        for own in [own for own in asked if own.exercise == each.label]:
            choices = [f"# - {choice}" for choice in own.about.get("choices", [])]
            lines += ["", f"# {own.about['ask']}", *choices, f'check("{own.label}", ...)']
        texts.append(nbformat.v4.new_code_cell("\n".join(lines)))
        texts.append(nbformat.v4.new_markdown_cell("*In words 文字回答:*"))
    return notebooks.identified(nbformat.v4.new_notebook(cells=texts))


def digests(asked: Iterable[checks.Check]) -> str:
    """What is handed out beside the starters: checks without their answers, as JSON."""
    return (
        json.dumps({each.label: each.about for each in asked}, ensure_ascii=False, indent=1) + "\n"
    )


def main() -> None:
    """Write the starter notebook of every page with exercises, and the checks of all."""
    pairs = [p for p in notebooks.pairs() if gates.exercises(notebooks.twin(p).cells)]
    shutil.rmtree(FOLDER, ignore_errors=True)
    for pair in pairs:
        notebooks.write(FOLDER / f"{pair.name}.ipynb", notebooks.serialised(starter(pair)))
    asked = [each for pair in pairs for each in checks.of(notebooks.twin(pair).cells)]
    notebooks.write(FOLDER / answers.FILE, digests(asked))
    print(f"{len(pairs)} starter notebooks in {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    with book.ALONE:
        main()
