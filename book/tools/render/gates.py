"""Exercises, solutions and teaching notes: where they begin and end in the cells of a page.

An exercise stands between ``{exercise-start}`` and ``{exercise-end}``, a solution between
``{solution-start}`` and ``{solution-end}``, which may lie in different cells with code between
them.  A teaching note is an admonition with the class ``teaching``, whole in one cell.
"""

import copy
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

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


class Part(NamedTuple):
    """Consecutive lines of one cell that belong to the same thing."""

    kind: str  # prose, exercise, solution or teaching
    label: str  # of the exercise, or of the exercise that the solution is to
    cell: int
    text: str  # the lines, gates included; the source of a code cell
    gates: bool = False  # whether the lines are themselves a gate


class Exercise(NamedTuple):
    """An exercise as a page has it, and the parts of its solution; without the gates."""

    label: str
    title: str
    text: str
    solution: list[Part]


class Block(NamedTuple):
    """A fenced block with its fences and options, or the lines between two, without a name."""

    lines: list[str]
    name: str
    argument: str
    options: dict[str, str]


def blocks(source: str) -> Iterator[Block]:
    """Fenced blocks of a text and the lines between them, in order; none is lost."""
    at = 0
    for fenced in FENCED.finditer(source):
        if at < fenced.start():
            yield Block(source[at : fenced.start() - 1].split("\n"), "", "", {})
        options = dict(_OPTION.findall(_OPTIONS.match(fenced["content"])[0]))
        yield Block(fenced[0].split("\n"), fenced["name"] or "", fenced["argument"], options)
        at = fenced.end() + 1
    if at <= len(source):
        yield Block(source[at:].split("\n"), "", "", {})


def parts(cells: list[Cell]) -> list[Part]:
    """Take the cells of a page apart; joined by line breaks, a text cell's parts are its source.

    Raises
    ------
    ValueError
        A gate opens inside another or is never closed, is hidden inside another block, or a cell
        tagged ``solution`` stands outside a solution.
    """
    found: list[Part] = []
    kind, label = "prose", ""
    for number, cell in enumerate(cells):
        if cell.cell_type != "markdown":
            if "solution" in cell.metadata.get("tags", []) and kind != "solution":
                raise ValueError(f"cell {number} is tagged solution and stands outside of one")
            found.append(Part(kind, label, number, cell.source))
            continue
        for block in blocks(cell.source):
            text = "\n".join(block.lines)
            what, _, edge = block.name.partition("-")
            if block.name not in _GATES:
                teaching = "teaching" in block.options.get("class", "").split()
                if not (teaching and block.name == "admonition") and _MARKS.search(text):
                    raise ValueError(f"cell {number}: a gate or note hidden in: {text[:80]!r}")
                found.append(Part(*(("teaching", "") if teaching else (kind, label)), number, text))
            elif edge == "start":
                if kind != "prose":
                    raise ValueError(f"{block.name} {block.argument!r} inside a {kind} {label}")
                kind = what
                label = block.options.get("label", "") if kind == "exercise" else block.argument
                if not label:
                    raise ValueError(f"{block.name} {block.argument!r} names no label")
                found.append(Part(kind, label, number, text, gates=True))
            else:
                if kind != what:
                    raise ValueError(f"{block.name} without {what}-start, in a {kind} {label}")
                found.append(Part(kind, label, number, text, gates=True))
                kind, label = "prose", ""
    if kind != "prose":
        raise ValueError(f"{kind} {label} is never closed")
    return found


def without(cells: list[Cell], kinds: Collection[str]) -> list[Cell]:
    """Copies of the cells less all parts of some kinds; a cell of which nothing is left goes."""
    of_cell: dict[int, list[Part]] = defaultdict(list)
    for part in parts(cells):
        of_cell[part.cell].append(part)
    rest = []
    for number, cell in enumerate(copy.deepcopy(cells)):
        left = [part.text for part in of_cell[number] if part.kind not in kinds]
        if len(left) < len(of_cell[number]):
            cell.source = re.sub(r"\n{3,}", "\n\n", "\n".join(left).strip("\n"))
            if not cell.source.strip():
                continue
        rest.append(cell)
    return rest


def unfolded(cells: list[Cell]) -> list[Cell]:
    """Copies of the cells with every solution open: its gate loses the class ``dropdown``."""
    cells = copy.deepcopy(cells)
    for cell in cells:
        cell.source = _FOLDED.sub(r"\1", cell.source)
    return cells


def exercises(cells: list[Cell]) -> list[Exercise]:
    """The exercises of a page in order, each with its solution; Sphinx refuses what has no pair."""
    titles: dict[str, str] = {}
    inner: dict[tuple[str, str], list[Part]] = defaultdict(list)
    for part in parts(cells):
        if part.gates and "{exercise-start}" in part.text:
            titles[part.label] = next(blocks(part.text)).argument
        elif not part.gates and part.text.strip():
            inner[part.kind, part.label].append(part)
    found = []
    for label, title in titles.items():
        text = "\n".join(part.text.rstrip("\n") for part in inner["exercise", label])
        found.append(Exercise(label, title, text.strip("\n"), inner["solution", label]))
    return found
