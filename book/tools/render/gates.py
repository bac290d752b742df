"""Exercises, solutions and teaching notes: where they begin and end in the cells of a page.

An exercise stands between ``{exercise-start}`` and ``{exercise-end}``, a solution between
``{solution-start}`` and ``{solution-end}``, which may lie in different cells with code between
them.  A teaching note is an admonition with the class ``teaching``, whole in one cell.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import nbformat

Cell = nbformat.NotebookNode

ROLE = re.compile(r"\{([\w:-]+)\}`([^`]+)`")
FENCED = re.compile(
    r"^ {0,3}(?P<fence>(?P<mark>[`~:])(?P=mark){2,}+)[ \t]*(?:\{(?P<name>[\w:-]+)\})?[ \t]*"
    r"(?P<argument>.*?)[ \t]*\n(?P<content>(?:.*\n)*?)"
    r"(?:[ \t]*(?P=fence)(?P=mark)*[ \t]*$|.*\Z)",
    re.M,
)
"""A fenced block that stands in no other, whole."""
_OPTION = re.compile(r"^:([\w-]+):[ \t]*(.*)$", re.M)
_OPTIONS = re.compile(r"(?::[\w-]+:.*\n)*")
_FOLDED = re.compile(r"(\{solution-start\}.*\n):class:[ \t]*dropdown[ \t]*\n")
_GATES = {"exercise-start", "exercise-end", "solution-start", "solution-end"}
_MARKS = re.compile(r"\{(?:exercise|solution)(?:-start|-end)?\}|^:class:.*\bteaching\b", re.M)


class GateError(ValueError):
    """Gates that do not pair, or stand where they would not be seen."""


@dataclass(frozen=True)
class Part:
    """Consecutive lines of one cell that belong to the same thing.

    Attributes
    ----------
    kind : {"prose", "exercise", "solution", "teaching"}
    label : str
        Of the exercise, or of the exercise that the solution is to.
    cell : int
        Number of the cell.
    text : str
        The lines, gates included; the source of a code cell.
    gates : bool
        Whether the lines are themselves a gate.
    """

    kind: str
    label: str
    cell: int
    text: str
    gates: bool = False


@dataclass(frozen=True)
class Exercise:
    """An exercise as a page has it; its texts are without the gates.

    Attributes
    ----------
    solution : tuple of Part
        Text and code of the solution, in order; empty if there is none.
    """

    label: str
    title: str
    text: str
    solution: tuple[Part, ...] = ()


@dataclass
class Block:
    """A run of lines: a fenced block, or what stands between two.

    Attributes
    ----------
    lines : list of str
        Fences and options included.
    name, argument : str
        Of the directive; "" where there is none.
    options : dict of str to str
        The directive's ``:key: value`` lines.
    """

    lines: list[str]
    name: str = ""
    argument: str = ""
    options: dict[str, str] = field(default_factory=dict)


def blocks(source: str) -> Iterator[Block]:
    """Fenced blocks of a text and the lines between them, in order; none is lost."""
    at = 0
    for found in FENCED.finditer(source):
        if at < found.start():
            yield Block(source[at : found.start() - 1].split("\n"))
        options = dict(_OPTION.findall(_OPTIONS.match(found["content"])[0]))
        yield Block(found[0].split("\n"), found["name"] or "", found["argument"], options)
        at = found.end() + 1
    if at <= len(source):
        yield Block(source[at:].split("\n"))


def parts(cells: list[Cell]) -> list[Part]:
    """Take the cells of a page apart.

    Parameters
    ----------
    cells : list of NotebookNode

    Returns
    -------
    list of Part
        In order.  Joined by line breaks, the parts of a text cell are its source.

    Raises
    ------
    GateError
        A gate opens inside another or is never closed, is hidden inside another block, or a cell
        tagged ``solution`` stands outside a solution.
    """
    found: list[Part] = []
    kind, label = "prose", ""
    for number, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            if "solution" in cell.metadata.get("tags", []) and kind != "solution":
                raise GateError(f"cell {number} is tagged solution and stands outside of one")
            found.append(Part(kind, label, number, cell.source))
            continue
        for block in blocks(cell.source):
            text = "\n".join(block.lines)
            if block.name in _GATES:
                what, _, edge = block.name.partition("-")
                if edge == "start":
                    if kind != "prose":
                        raise GateError(f"{block.name} {block.argument!r} inside a {kind} {label}")
                    kind = what
                    label = block.options.get("label", "") if kind == "exercise" else block.argument
                    if not label:
                        raise GateError(f"{block.name} {block.argument!r} names no label")
                elif kind != what:
                    raise GateError(f"{block.name} without {what}-start, in a {kind} {label}")
                found.append(Part(what, label, number, text, gates=True))
                if edge == "end":
                    kind, label = "prose", ""
                continue
            of = kind
            if block.name == "admonition" and "teaching" in block.options.get("class", "").split():
                of = "teaching"
            elif _MARKS.search(text):
                raise GateError(f"cell {number}: a gate or teaching note hidden in: {text[:80]!r}")
            found.append(Part(of, label if of == kind else "", number, text))
    if kind != "prose":
        raise GateError(f"{kind} {label} is never closed")
    return found


def without(cells: list[Cell], kinds: Collection[str]) -> list[Cell]:
    """Copies of the cells less all parts of some kinds; a cell of which nothing is left goes.

    Parameters
    ----------
    cells : list of NotebookNode
    kinds : collection of {"exercise", "solution", "teaching"}
    """
    all_parts = parts(cells)
    kept = []
    for number, cell in enumerate(copy.deepcopy(cells)):
        own = [part for part in all_parts if part.cell == number]
        left = [part for part in own if part.kind not in kinds]
        if left != own:
            text = "\n".join(part.text for part in left).strip("\n")
            cell.source = re.sub(r"\n{3,}", "\n\n", text)
        if left == own or cell.source.strip():
            kept.append(cell)
    return kept


def unfolded(cells: list[Cell]) -> list[Cell]:
    """Copies of the cells with every solution open: its gate loses the class ``dropdown``."""
    cells = copy.deepcopy(cells)
    for cell in cells:
        cell.source = _FOLDED.sub(r"\1", cell.source)
    return cells


def exercises(cells: list[Cell]) -> list[Exercise]:
    """The exercises of a page in order, each with its solution.

    Raises
    ------
    GateError
        Two exercises share a label, an exercise has two solutions, or a solution is to none.
    """
    found: dict[str, dict[str, list[Part]]] = {"exercise": {}, "solution": {}}
    for part in parts(cells):
        if part.kind not in found:
            continue
        if part.gates and "-start}" in part.text:
            if part.label in found[part.kind]:
                raise GateError(f"{part.label}: found a second {part.kind}, expected one")
            found[part.kind][part.label] = []
        found[part.kind][part.label].append(part)
    asked, solutions = found.values()
    if strangers := sorted(solutions.keys() - asked.keys()):
        raise GateError(f"solutions to no exercise of the page: {', '.join(strangers)}")
    return [
        Exercise(
            label,
            next(blocks(own[0].text)).argument,
            "\n".join(each.text.rstrip("\n") for each in _inner(own)).strip("\n"),
            tuple(_inner(solutions.get(label, []))),
        )
        for label, own in asked.items()
    ]


def _inner(own: list[Part]) -> list[Part]:
    """What stands between gates."""
    return [each for each in own if not each.gates and each.text.strip()]
