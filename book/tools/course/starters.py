"""Starter notebooks, exercises without answers: ``python -m tools.course.starters``.

Each has a page's objectives, its visible code as set-up, and the exercises with a cell to write in;
tables, figures and exercises have the numbers of the rendered book.  ``checks.json`` beside them
holds the digests by which answers are checked.
"""

from __future__ import annotations

import html
import json
import math
import re
import shutil
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import nbformat
from pybtex.database import parse_file

from tools.course import answers, checks
from tools.render import authors, book, expressions, gates, notebooks

ROOT = notebooks.ROOT
HTML = ROOT / "_build" / "html"
FOLDER = ROOT / "_build" / "starters"
_OBJECTIVES = re.compile(r"^\*\*By the end of this .*?\*\*\n\n(?:(?:- |  ).*\n?)+", re.M)


def plain(text: str, pages: Path = HTML) -> str:
    """Markdown with references as the rendered book has them, and no directive or role."""
    lines = []
    for block in gates.blocks(text):
        inner = block.lines[1 + len(block.options) : -1] if block.name else block.lines
        lines += ["$$", *inner, "$$"] if block.name == "math" else inner
    joined = re.sub(r"^\$\$ \([\w-]+\)$", "$$", "\n".join(lines), flags=re.M)
    return gates.ROLE.sub(lambda role: _resolved(role[1], role[2], pages), joined)


def _resolved(role: str, content: str, pages: Path) -> str:
    if role == "term" or "<" in content:
        return content.partition("<")[0].strip()
    if role == "func":
        return f"`{content.removeprefix('~')}`"
    if role in {"numref", "eq"}:
        return _number(content, pages)
    if role in {"cite:t", "cite:p"}:
        entry = parse_file(str(ROOT / "book" / "references.bib")).entries[content]
        who = authors([" ".join(person.last_names) for person in entry.persons["author"]])
        year = entry.fields["year"]
        return f"{who} ({year})" if role == "cite:t" else f"({who} {year})"
    raise SystemExit(f"starters: no plain form of {{{role}}}`{content}`")


@cache
def _rendered(pages: Path) -> tuple[str, ...]:
    return tuple(page.read_text(encoding="utf-8") for page in sorted(pages.glob("*/*.html")))


def _number(label: str, pages: Path) -> str:
    """The number under which the rendered book shows an equation, a display or an exercise."""
    for page in _rendered(pages):
        for place, shown in ((f"equation-{label}", "eqno"), (label, "caption-number")):
            found = re.compile(rf'class="{shown}">([^<]+)<')
            at = page.find(f'id="{place}"')
            if at >= 0 and (number := found.search(page, at)):
                return html.unescape(number[1]).strip()
    raise SystemExit(f"starters: {label} is nowhere in {pages}: run `make book`")


def heading(exercise: gates.Exercise, pages: Path = HTML) -> str:
    """Number and title of an exercise, as the rendered book has them."""
    return f"{_number(exercise.label, pages)} ({plain(exercise.title, pages)})"


def _display(cell: notebooks.Notebook, pages: Path) -> str:
    """Number and title of what a cell shows, as a line of Markdown; "" where it has none."""
    about = cell.metadata.get("table") or cell.metadata.get("mystnb", {}).get("figure")
    if not about:
        return ""
    kept = expressions.kept(cell)
    caption = expressions.replaced(about["caption"], lambda e: expressions.value(kept[e]))
    title = re.match(r"\*\*(.+?)\*\*", caption, re.S)  # of a figure; what follows is a legend
    words = " ".join((title[1] if title else caption).split())
    return f"**{_number(about['name'], pages)}.** {plain(words, pages)}"


def title(cells: Iterable[notebooks.Notebook]) -> str:
    """The title of a page."""
    return re.findall(r"^# (.+)$", "\n".join(cell.source for cell in cells), re.M)[0]


def computed(pair: notebooks.Pair) -> list[notebooks.Notebook]:
    """The cells of a page, with values in the place of the expressions of its prose."""
    cells = notebooks.twin(pair).cells
    for cell in cells:
        if cell.cell_type == "markdown":
            kept = expressions.kept(cell)
            of = {each: expressions.value(kept.get(each)) for each, _ in expressions.of_cell(cell)}
            cell.source = expressions.replaced(cell.source, of.__getitem__)
    return cells


def starter(pair: notebooks.Pair, pages: Path = HTML, seconds: float = 0) -> nbformat.NotebookNode:
    """The starter notebook of a page with exercises, which says how long its set-up takes."""
    cells = computed(pair)
    prose = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    objectives = _OBJECTIVES.search(prose)
    made = [
        f"# Exercises: {title(cells)}\n\n"
        "Run the set-up, then write your answers below each exercise.\n"
        "Tables, figures and equations are those of the page of the same name in the book.",
        plain(objectives.group().strip(), pages) if objectives else "",
        "## Set-up",
    ]
    if seconds:
        made[-1] += f"\n\nIt takes about {5 * math.ceil(seconds / 5)} seconds."
    texts = [nbformat.v4.new_markdown_cell(text) for text in made if text]
    for cell in cells:
        if cell.cell_type == "code" and "solution" not in cell.metadata.get("tags", []):
            if shown := _display(cell, pages):
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
        texts.append(nbformat.v4.new_markdown_cell("*In words:*"))
    return notebooks.identified(nbformat.v4.new_notebook(cells=texts))


def digests(asked: Iterable[checks.Check]) -> str:
    """What is handed out beside the starters: checks without their answers, as JSON."""
    return (
        json.dumps({each.label: each.about for each in asked}, ensure_ascii=False, indent=1) + "\n"
    )


def main() -> int:
    """Write the starter notebook of every page with exercises, and the checks of all."""
    pairs = [p for p in notebooks.pairs() if gates.exercises(notebooks.twin(p).cells)]
    shutil.rmtree(FOLDER, ignore_errors=True)
    seconds = notebooks.times(ROOT)[1]
    for pair in pairs:
        text = notebooks.serialised(starter(pair, seconds=seconds.get(pair.name, 0)))
        notebooks.write(FOLDER / f"{pair.name}.ipynb", text)
    asked = [each for pair in pairs for each in checks.of(notebooks.twin(pair).cells)]
    notebooks.write(FOLDER / answers.FILE, digests(asked))
    print(f"{len(pairs)} starter notebooks in {FOLDER.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    with book.alone():
        raise SystemExit(main())
