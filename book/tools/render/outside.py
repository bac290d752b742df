"""Notebooks and texts for who reads them outside the book, where no directive or role works.

Values stand in the place of expressions, numbers and titles in that of references, and what a cell
shows has its caption above it.  Whoever takes solutions out does so first.
"""

import copy
import html
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import nbformat
from pybtex.database import parse_file

from tools.render import expressions, gates, notebooks

_TARGET = re.compile(r"^\([\w-]+\)=\n", re.M)
HAN = "[\u3001-\u9fff\uff00-\uffef]"
"""A Chinese letter or mark: beside one, a number has the Chinese word for what it numbers."""
_IN_CHINESE = re.compile(rf"((?<={HAN}))?(Table|Fig\.) ([A-Z\d][.\d]*)(?(1)|(?={HAN}))")
_SHOWN = {"numref": r'id="{0}"(?s:.*?)class="caption-number">([^<]+)<',
          "eq": r'id="equation-{0}"(?s:.*?)class="eqno">([^<]+)<',
          "ref": r'href="[^"]*#{0}"><span class="std std-(?:num)?ref">([^<]+)<',
          "doc": r'href="[^"]*{0}\.html"><span class="doc">([^<]+)<'}  # fmt: skip
"""How the rendered book shows what a reference without words of its own stands for."""


def plain(text: str, pages: Path) -> str:
    """Markdown with references as the rendered book has them, and no directive or role."""
    lines = []
    for block in gates.blocks(_TARGET.sub("", text)):
        inner = block.lines[1 + len(block.options) : -1]
        if block.name == "math":
            lines += ["$$", *inner, "$$"]
        elif block.options.get("class-container") == "zh":
            lines += ["", "<details><summary>中文</summary>", "", plain("\n".join(inner), pages)]
            lines += ["", "</details>"]
        elif block.name:
            lines += ["", _head(block, pages), *plain("\n".join(inner), pages).split("\n")]
        else:
            lines += block.lines
    joined = re.sub(r"^\$\$ \([\w-]+\)$", "$$", "\n".join(lines), flags=re.M)
    resolved = gates.ROLE.sub(lambda role: _resolved(role[1], role[2], pages), joined)
    return _IN_CHINESE.sub(lambda found: "图表"[found[2] == "Table"] + found[3], resolved)


def _head(block: gates.Block, pages: Path) -> str:
    """The line that stands for the first one of a directive: its number and its title."""
    label = block.options.get("label") or block.options.get("name", "")
    label = "" if block.name == "dropdown" else label  # which has no number
    if block.name == "solution-start":
        return f"**Solution of {number(block.argument, pages)}**\n"
    parts = [number(label, pages) if label else "", block.argument]
    return f"**{'. '.join(filter(None, parts))}**\n" if any(parts) else ""


def _resolved(role: str, content: str, pages: Path) -> str:
    if role == "term" or "<" in content:
        return content.partition("<")[0].strip()
    if role in _SHOWN:
        return number(content, pages, role)
    if role.startswith("cite"):
        entries, cited = _papers(), []
        for key in content.split(","):
            if (entry := entries.get(key.strip())) is None:
                raise SystemExit(f"{key} is not in references.bib")
            names = [" ".join(person.last_names) for person in entry.persons["author"]]
            who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
            cited.append((who, entry.fields["year"]))
        if role == "cite:t":
            return ", ".join(f"{who} ({year})" for who, year in cited)
        return f"({'; '.join(f'{who} {year}' for who, year in cited)})"
    if role.removeprefix("py:") in {"func", "mod", "obj"}:
        return f"`{content.removeprefix('~')}`"
    raise SystemExit(f"no plain form of {{{role}}}`{content}`")


@cache
def _papers() -> dict:
    return parse_file(str(notebooks.ROOT / "book" / "references.bib")).entries


@cache
def _rendered(pages: Path) -> tuple[str, ...]:
    return tuple(page.read_text(encoding="utf-8") for page in sorted(pages.glob("*/*.html")))


@cache
def number(label: str, pages: Path, role: str = "numref") -> str:
    """The number, or title, under which the rendered book shows what a label names."""
    found = re.compile(_SHOWN[role].format(re.escape(label)))
    for page in _rendered(pages):
        if label in page and (shown := found.search(page)):
            return html.unescape(shown[1]).strip()
    raise SystemExit(f"{label} is nowhere in {pages}: run `make book`")


def computed(cells: Sequence[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Copies of cells, with values in the place of the expressions of their texts."""
    cells = copy.deepcopy([*cells])
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = _filled(cell, cell.source)
    return cells


def _filled(cell: nbformat.NotebookNode, text: str) -> str:
    kept = expressions.kept(cell)
    filled = expressions.replaced(text, lambda each: expressions.value(kept.get(each)))
    return expressions.REMARK.sub("", filled)


def caption(cell: nbformat.NotebookNode, pages: Path, whole: bool = False) -> str:
    """Number and title of what a cell shows, as a line of Markdown; "" where it has none.

    The `whole` caption of a figure is longer than its title, and that of a table has its note.
    """
    about = cell.metadata.get("table") or cell.metadata.get("mystnb", {}).get("figure")
    if not about:
        return ""
    words = " ".join(_filled(cell, about["caption"]).split())
    title = re.match(r"\*\*(.+?)\*\*", words)  # of a figure; what follows is a legend
    if whole:
        words += f" {' '.join(_filled(cell, about.get('note', '')).split())}"
    elif title:
        words = title[1]
    return f"**{number(about['name'], pages)}.** {plain(words.strip(), pages)}"


def notebook(cells: Sequence[nbformat.NotebookNode], pages: Path) -> nbformat.NotebookNode:
    """A page as it is read outside the book, captions above what they name."""
    made = []
    for cell in computed(cells):
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\n{3,}", "\n\n", plain(cell.source, pages)).strip()
        elif shown := caption(cell, pages, whole=True):
            made.append(nbformat.v4.new_markdown_cell(shown))
        keep = ("tags", "jupyter")
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in keep})
        made.append(cell)
    return notebooks.identified(nbformat.v4.new_notebook(cells=made))
