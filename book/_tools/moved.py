"""What a change did to the figures of the book: old and new, figure by figure.

Figures are what notebooks record, the cells of their tables, and every other line that they
print; pictures count through the text form that each of them carries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

import notebooks

_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")
_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@dataclass(frozen=True)
class Move:
    """One figure before and after; None where it was not there.

    Attributes
    ----------
    page : str
        Name of the notebook.
    what : str
        Key of a recorded figure; "table, row, column"; or, of any other output, the cell's first
        line or the chart's title, and the line.
    """

    page: str
    what: str
    old: str | None
    new: str | None

    def change(self) -> str:
        """The difference, absolute and relative, of the first number that moved; else nothing."""
        pair = _first_that_differs(self.old or "", self.new or "")
        if pair is None:
            return ""
        old, new = (float(text.replace("−", "-")) for text in pair)
        decimals = max(len(text.partition(".")[2]) for text in pair)
        absolute = f"{new - old:+.{decimals}f}"
        relative = f", {(new - old) / abs(old):+.2%}".replace("%", " %") if old else ""
        return f"{absolute}{relative}".replace("-", "−")

    def __str__(self) -> str:
        if self.old is None:
            return f"{self.what}: added, {self.new}"
        if self.new is None:
            return f"{self.what}: removed, was {self.old}"
        change = self.change()
        return f"{self.what}: {self.old} → {self.new}" + (f" ({change})" if change else "")


def _first_that_differs(old: str, new: str) -> tuple[str, str] | None:
    """The first pair of differing numbers, where both texts have as many of them."""
    first, second = (_NUMBER.findall(_SEPARATOR.sub("", text)) for text in (old, new))
    if len(first) != len(second):
        return None
    return next((pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]), None)


def figures_of(cells: Iterable[tuple[str, Sequence[Mapping]]]) -> dict[str, str]:
    """Name every figure in the outputs of a notebook's code cells.

    Parameters
    ----------
    cells : iterable of (str, sequence of outputs)
        Source of a code cell, and what it shows.
    """
    found: dict[str, str] = {}
    for source, outputs in cells:
        for output in outputs:
            data = output.get("data", {})
            if notebooks.RESULTS_MIME in data:
                found |= data[notebooks.RESULTS_MIME]
            elif "{table}" in data.get("text/markdown", ""):
                _put(found, _table(data["text/markdown"]))
            else:
                text = data.get("text/plain", output.get("text", output.get("evalue", "")))
                title = text.split("\n", 1)[0]
                name = title if title.startswith("Chart: ") else f"`{first_line(source)}`"
                lines = enumerate(text.splitlines(), start=1)
                _put(found, ((f"{name}, line {number}", line.strip()) for number, line in lines))
    return found


def first_line(source: str, width: int = 48) -> str:
    """The first line of a cell's code, cut where it is long."""
    line = source.strip().split("\n", 1)[0]
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _put(found: dict[str, str], items: Iterable[tuple[str, str]]) -> None:
    """Add figures; what has a name that is taken is numbered."""
    for name, value in items:
        what, repeat = name, 1
        while what in found:
            repeat += 1
            what = f"{name} ({repeat})"
        found[what] = value


def _table(markdown: str) -> list[tuple[str, str]]:
    """Caption, cells and note; a row without a heading belongs to the one above."""
    caption = markdown.split("\n", 1)[0].removeprefix("```{table} ")
    name = re.search(r"^:name: (\S+)$", markdown, re.M)
    table = name[1] if name else caption
    found = [(f"{table}, caption", _plain(caption))]
    head, _, *rows = [
        [_plain(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in markdown.splitlines()
        if line.startswith("|")
    ]
    above = ""
    for row in rows:
        above = row[0] or above
        for column, cell in zip(head[1:], row[1:], strict=True):
            found.append((", ".join(part for part in (table, above, column) if part), cell))
    note = re.search(r"```\{div\} table-note\n(.*?)\n```", markdown, re.S)
    return [*found, (f"{table}, note", _plain(note[1]))] if note else found


def _plain(markdown: str) -> str:
    return markdown.replace("\\|", "|").replace("\\*", "*")


def of_book(root: Path) -> dict[tuple[str, str], str]:
    """Every figure of the book by notebook and name, as the twins on disk have them."""
    found: dict[tuple[str, str], str] = {}
    for pair in notebooks.pairs(root):
        if not pair.twin.exists():
            continue
        twin = nbformat.v4.reads_json(pair.twin.read_text(encoding="utf-8"))
        code = [(cell.source, cell.outputs) for cell in twin.cells if cell.cell_type == "code"]
        figures = figures_of(code)
        found |= {(pair.name, what): value for what, value in figures.items()}
    return found


def between(
    before: Mapping[tuple[str, str], str], after: Mapping[tuple[str, str], str]
) -> list[Move]:
    """The figures that differ, by page, in the order in which the page has them."""
    order = list(dict.fromkeys([*before, *after]))
    moves = [
        Move(*key, before.get(key), after.get(key))
        for key in order
        if before.get(key) != after.get(key)
    ]
    return sorted(moves, key=lambda move: move.page)


def report(moves: Sequence[Move]) -> str:
    """Moved figures in text form, a block per page, with their number first."""
    if not moves:
        return "No figure moved."
    lines = [headline(moves)]
    page = None
    for move in moves:
        if move.page != page:
            page = move.page
            lines.append(f"{page}:")
        lines.append(f"  {move}")
    return "\n".join(lines)


def headline(moves: Sequence[Move]) -> str:
    """How many figures moved, on how many pages."""
    if not moves:
        return "No figure moved."
    pages = sorted({move.page for move in moves})
    figures = "1 figure" if len(moves) == 1 else f"{len(moves)} figures"
    return f"{figures} moved, on {len(pages)} page(s): {', '.join(pages)}."
