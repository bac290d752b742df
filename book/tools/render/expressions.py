"""Figures in prose: `` {eval}`expression` `` in a text, and the value that a kernel gave it.

An expression is evaluated right after the code above it ran, and its value is kept in the metadata
of its cell under ``user_expressions``, where JupyterLab's MyST extension keeps it too.  Captions,
notes, alternative texts and checks of answers in the metadata of a code cell are evaluated right
after that cell ran.
The opening, which is all text down to the cell with the first heading of a section, is evaluated
before the first solution, or else at the page's end; a text tagged ``predict``, a question before
the code that answers it, after that code.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tools.render import gates

KEPT = "user_expressions"
# A longer run of backticks quotes what stands in it, a role included.
_ROLE = re.compile(
    r"(?P<quoted>(?<!`)(?P<ticks>``+)(?!`).+?(?<!`)(?P=ticks)(?!`))|\{eval\}`([^`\n]+)`"
)
_CODE = {None, "code-block", "code", "literalinclude", "math"}
_NUMPY = re.compile(r"np\.(?:u?int\d*|str_)\((.*)\)", re.S)
_MISSING = re.compile(r"(?<!\w)(?<!\w['’-])(?:nan|NaN|<NA>|NaT|inf)(?![\w'’-])")
_NO_FIGURE = re.compile(r"^\W*–|–\W*$")  # as lib.prose shows it
CANNOT = "[cannot be computed]"
MARKED = re.compile(r"(\[(?:UNTRUE: |cannot be computed)(?:[^][]|\[[^][]*\])*\])")
"""Words of lib.prose that figures contradict, or do not give."""
REMARK = re.compile(r" ?<!-- [\w' ]+ -->")
"""Why a sentence may judge in words that are typed, such as ``<!-- definition -->``."""


def _code(text: str, first: int = 0) -> Iterator[int]:
    """The numbers of the lines in blocks of code, where a role is none."""
    for block in gates.FENCED.finditer(text):
        start = first + text.count("\n", 0, block.start())
        if block["mark"] != ":" and block["name"] in _CODE:
            yield from range(start, start + block[0].count("\n") + 1)
        else:
            yield from _code(block["content"], start + 1)


def in_text(text: str) -> list[tuple[str, str]]:
    """Every expression of a text with the sentence (the line) it stands in, in order."""
    code = {*_code(text)}
    return [
        (role[3].strip(), line.strip())
        for number, line in enumerate(text.split("\n"))
        for role in _ROLE.finditer(line)
        if role[3] and number not in code
    ]


def texts(metadata: Any) -> Iterator[str]:
    """Every text in the metadata of a cell, or of a part of it, in the order of its keys."""
    if isinstance(metadata, str):
        yield metadata
    elif isinstance(metadata, Mapping):
        metadata = [metadata[key] for key in sorted(metadata)]
    if isinstance(metadata, list):
        for part in metadata:
            yield from texts(part)


def of_cell(cell: Mapping) -> list[tuple[str, str]]:
    """Every expression of a cell with its sentence: of its text, or of its captions and notes."""
    if cell["cell_type"] == "markdown":
        return in_text(cell["source"])
    found = []
    for key in ("table", "mystnb", "check"):
        about = cell["metadata"].get(key, {})
        for part in about if isinstance(about, list) else [about]:  # a cell may have several checks
            where = f"{part['label']}: " if "label" in part else ""
            found += [
                (asked, where + line) for text in texts(part) for asked, line in in_text(text)
            ]
    return found


def in_turn(cells: Sequence[Mapping]) -> list[tuple[int, Any]]:
    """Cells with their number, in the order in which they run and are evaluated."""
    opening, turns, questions, opens = [], [], [], True
    for number, cell in enumerate(cells):
        tags = cell.get("metadata", {}).get("tags", ())
        if opens and cell["cell_type"] == "markdown":
            opening.append((number, cell))
            opens = not re.search(r"^## ", cell["source"], re.M)
            continue
        if "predict" in tags:
            questions.append((number, cell))
            continue
        if "solution" in tags:
            turns, opening = turns + opening, []
        turns.append((number, cell))
        if cell["cell_type"] == "code":
            turns, questions = turns + questions, []
    return turns + opening + questions


def places(cells: Sequence[Mapping]) -> list[str]:
    """Each cell's name, by the number that JupyterLab shows: "[3]", "text 1 below [3]"."""
    names, code, text = [], 0, 0
    for cell in cells:
        runs = cell["cell_type"] == "code"
        code, text = (code + 1, 0) if runs else (code, text + 1)
        names.append(
            f"[{code}]" if runs else f"text {text} {'below' if code else 'above'} [{code or 1}]"
        )
    return names


def value(result: Mapping | None) -> str:
    """The text that an expression stands for, from the kernel's answer.

    A figure that is missing is said to be so.  A `ValueError` says that the expression raised, or
    gave anything but a whole number or a readable text.
    """
    if result is None:
        raise ValueError("was never evaluated; run `make book`")
    if result.get("ename") == "DataError":  # lib says what lacks
        return CANNOT
    if result.get("status") != "ok":
        raise ValueError(f"{result.get('ename')}: {result.get('evalue')}")
    shown = result["data"]["text/plain"]
    inner = _NUMPY.fullmatch(shown)
    try:
        found = ast.literal_eval(inner[1] if inner else shown)
    except (SyntaxError, ValueError):
        found = None
    if isinstance(found, bool) or not isinstance(found, str | int):
        brief = " ".join(shown.split())[:60]
        raise ValueError(f"gives {brief}; expected a str or an int (format it with lib.prose)")
    text = str(found)
    if not text.strip() or text in {"None", "True", "False"} or _MISSING.search(text):
        raise ValueError(f"gives {text!r}; expected a figure that is there")
    if "\n" in text:
        raise ValueError(f"gives {text[:60]!r}; expected one line")
    return CANNOT if _NO_FIGURE.search(text) else text


def kept(cell: Mapping) -> dict[str, Mapping]:
    """The answers that a cell holds, by expression."""
    return {each["expression"]: each["result"] for each in cell["metadata"].get(KEPT, [])}


def keep(cell: Mapping, results: Mapping[str, Mapping]) -> None:
    """Store answers in a cell, in the order of its expressions; whatever it held before goes."""
    wanted = dict.fromkeys(expression for expression, _ in of_cell(cell))
    entries = [{"expression": each, "result": results[each]} for each in wanted if each in results]
    cell["metadata"].pop(KEPT, None)
    if entries:
        cell["metadata"][KEPT] = entries


def plain(text: str) -> dict[str, Any]:
    """An answer as it is stored: the text alone, as Python writes it."""
    shown = repr(int(text)) if re.fullmatch(r"-?(0|[1-9]\d*)", text) else repr(text)
    return {"status": "ok", "data": {"text/plain": shown}, "metadata": {}}


def replaced(text: str, of: Callable[[str], str]) -> str:
    """A text with ``of(expression)`` in the place of every role."""
    code = {*_code(text)}

    def new(role: re.Match[str]) -> str:
        return of(role[3].strip()) if role[3] else role[0]

    lines = enumerate(text.split("\n"))
    return "\n".join(line if number in code else _ROLE.sub(new, line) for number, line in lines)
