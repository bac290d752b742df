"""What a change did to the figures of the book: old and new, one by one.

Figures are the values of expressions and every line that a cell shows; a chart and a table count
through their text form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.render import expressions, notebooks


def of_cell(cell: Mapping, outputs: Sequence[Mapping] | None = None) -> dict[str, str]:
    """The figures of one cell, by what they are; ``outputs`` in the place of its own."""
    found = {}
    for expression, result in expressions.kept(cell).items():
        found[f"{{eval}}`{expression}`"] = result["data"]["text/plain"].strip("'")
    for output in cell.get("outputs", []) if outputs is None else outputs:
        text = output.get("data", {}).get(
            "text/plain", output.get("text", output.get("evalue", ""))
        )
        text = "".join(text)
        title = text.split("\n", 1)[0]
        name = title if title.startswith("Chart: ") else f"`{first_line(cell['source'])}`"
        for number, line in enumerate(text.splitlines(), start=1):
            found[f"{name}, line {number}"] = " ".join(line.split())
    return found


def first_line(source: str, width: int = 48) -> str:
    """The first line of a cell's code, cut where it is long."""
    line = source.strip().split("\n", 1)[0]
    return line if len(line) <= width else f"{line[: width - 1]}…"


def of_book(root: Path) -> dict[tuple[str, str], str]:
    """Every figure of the book by page and name, as the twins on disk have them."""
    found: dict[tuple[str, str], str] = {}
    for pair in notebooks.pairs(root):
        for cell in notebooks.twin(pair).cells if pair.twin.exists() else []:
            for what, value in of_cell(cell).items():
                name, repeat = what, 1
                while (pair.name, name) in found:
                    repeat += 1
                    name = f"{what} ({repeat})"
                found[pair.name, name] = value
    return found


def between(before: Mapping, after: Mapping) -> list[tuple]:
    """Each key whose value differs, with the old and the new one; None where it is not there."""
    keys = dict.fromkeys([*before, *after])
    pairs = ((key, before.get(key), after.get(key)) for key in keys)
    return [(key, old, new) for key, old, new in pairs if old != new]


def report(moves: Sequence[tuple]) -> str:
    """Moved figures, a line each, with their number first."""
    lines = [headline(moves)]
    for (page, what), old, new in moves:
        change = f"added, {new}" if old is None else f"gone, was {old}" if new is None else ""
        lines.append(f"  {page}: {what}: {change or f'{old} → {new}'}")
    return "\n".join(lines)


def headline(moves: Sequence[tuple]) -> str:
    """How many figures moved, and on which pages."""
    if not moves:
        return "No figure moved."
    pages = sorted({page for (page, _), _, _ in moves})
    return f"{len(moves)} figure(s) moved: {', '.join(pages)}."
