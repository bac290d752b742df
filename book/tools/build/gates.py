"""Exercises, solutions and teaching notes: where they begin and end in the cells of a page.

An exercise stands between ``{exercise-start}`` and ``{exercise-end}``, a solution between
``{solution-start}`` and ``{solution-end}``, which may lie in different cells with code between
them.  A teaching note is an admonition with the class ``teaching``, whole in one cell.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

import nbformat

Cell = nbformat.NotebookNode

ROLE = re.compile(r"\{([\w:-]+)\}`([^`]+)`")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,}|:{3,})(?:\{([\w:-]+)\})?[ \t]*(.*?)[ \t]*$")
_OPTION = re.compile(r"^:([\w-]+):[ \t]*(.*)$")
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
    lines = source.split("\n")
    loose: list[str] = []
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        if not opening:
            loose.append(lines[at])
            at += 1
            continue
        fence, name, argument = opening.groups()
        end = at + 1
        while end < len(lines) and not _closes(lines[end], fence):
            end += 1
        block = Block(lines[at : end + 1], name or "", argument)
        for line in block.lines[1:-1]:
            option = _OPTION.match(line)
            if not option:
                break
            block.options[option.group(1)] = option.group(2)
        if loose:
            yield Block(loose)
            loose = []
        yield block
        at = end + 1
    if loose:
        yield Block(loose)


def _closes(line: str, fence: str) -> bool:
    bare = line.strip()
    return len(bare) >= len(fence) and set(bare) == {fence[0]}


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
    for number, cell in enumerate(cells):
        own = [part for part in all_parts if part.cell == number]
        left = [part for part in own if part.kind not in kinds]
        if len(left) == len(own):
            kept.append(copy.deepcopy(cell))
            continue
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(part.text for part in left).strip("\n"))
        if text.strip():
            kept.append(copy.deepcopy(cell))
            kept[-1].source = text
    return kept


def unfolded(cells: list[Cell]) -> list[Cell]:
    """Copies of the cells with every solution open: its gate loses the class ``dropdown``."""
    cells = copy.deepcopy(cells)
    whole: dict[int, list[str]] = {}
    for part in parts(cells):
        text = part.text
        if part.kind == "solution" and part.gates:
            text = re.sub(r"^:class:[ \t]*dropdown[ \t]*\n", "", text, flags=re.M)
        whole.setdefault(part.cell, []).append(text)
    for number, texts in whole.items():
        cells[number].source = "\n".join(texts)
    return cells


def exercises(cells: list[Cell]) -> list[Exercise]:
    """The exercises of a page in order, each with its solution.

    Raises
    ------
    GateError
        Two exercises share a label, an exercise has two solutions, or a solution is to none.
    """
    found: dict[str, Exercise] = {}
    solutions: dict[str, list[Part]] = {}
    for part in parts(cells):
        if part.kind == "exercise" and part.gates:
            block = next(blocks(part.text))
            if block.name == "exercise-start":
                if part.label in found:
                    raise GateError(f"two exercises are labelled {part.label}")
                found[part.label] = Exercise(part.label, block.argument, "")
        elif part.kind == "exercise":
            known = found[part.label]
            found[part.label] = replace(known, text=f"{known.text}\n{part.text}".strip("\n"))
        elif part.kind == "solution" and part.gates:
            if next(blocks(part.text)).name == "solution-start":
                if part.label in solutions:
                    raise GateError(f"{part.label} has two solutions")
                solutions[part.label] = []
        elif part.kind == "solution" and part.text.strip():
            solutions[part.label].append(part)
    strangers = sorted(solutions.keys() - found.keys())
    if strangers:
        raise GateError(f"solutions to no exercise of the page: {', '.join(strangers)}")
    return [replace(each, solution=tuple(solutions.get(each.label, ()))) for each in found.values()]
