"""Marks for panels of students' own: what came back, beside the key.

An answer is data: a returned notebook is parsed, and no code in it is run.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lib import strictcsv
from lib.panel import DataError
from lib.strictcsv import NAME, NUMBER, Cell, Failure, FileError
from tools.course import answers
from tools.course.panels import DIGITS, MOST, RIGHT, STUDENT, Answer, Panel, agrees, tolerance

MARKS = ("right", "partly", "wrong")
COARSE = 10  # tolerances within which an answer is the right one, rounded too far
MOST_BYTES = 20_000_000  # of a notebook
_QUESTION = Cell(f"one of {', '.join(DIGITS)}", DIGITS.__contains__)


class Given(NamedTuple):
    """An answer as it came back, and where it stands: a row or a cell of a file."""

    student: str
    question: str
    text: str
    path: Path
    place: str

    @property
    def answer(self) -> Answer | None:
        """A number, or a word that can do no harm in a spreadsheet; None where it is neither."""
        digits = DIGITS[self.question]
        if digits is None:
            return self.text if NAME.valid(self.text) else None
        unit = "%" if self.question == "q2" else ""
        read = answers.number(self.text, {"digits": digits, "unit": unit})
        return None if read is None else read[0]


def key(panels: Mapping[str, Panel]) -> pd.DataFrame:
    """The key of a class, from its panels by student.

    Returns
    -------
    DataFrame of str
        ``student, question, what`` ("right", or the mistake), ``answer``, and ``tolerance`` ("" for
        words).
    """
    rows = []
    for student, panel in panels.items():
        for question, found in panel.key.items():
            digits, within = DIGITS[question], tolerance(question)
            limit = "" if within is None else f"{within:g}"
            for what, gives in found.items():
                text = gives if isinstance(gives, str) else f"{gives:.{(digits or 0) + 2}f}"
                rows.append([student, question, what, text, limit])
    return pd.DataFrame(rows, columns=["student", "question", "what", "answer", "tolerance"])


def read_key(path: Path | str) -> pd.DataFrame:
    """Read a key, as :func:`key` gives it; tolerances and answers may have been changed.

    Raises
    ------
    lib.panel.DataError
        The file is no key, or lacks right answers of a student.
    """
    columns = {"student": STUDENT, "question": _QUESTION, "what": NAME}
    columns["answer"] = Cell("a number or a name", lambda text: NUMBER(text) or NAME.valid(text))
    columns["tolerance"] = Cell("a number", NUMBER, float, optional=True, low=0)
    most = MOST * 10 * len(DIGITS)
    frame = strictcsv.read(path, columns, ["student", "question", "what"], most, "a class")
    failures = [
        Failure(int(str(row.Index)), "answer", strictcsv.quoted(row.answer), "a number")
        for row in frame.itertuples()
        if DIGITS[row.question] is not None and not NUMBER(row.answer)
    ]
    right = frame.loc[frame["what"].eq(RIGHT), "student"].value_counts()
    for student in sorted(set(frame["student"])):
        if (known := right.get(student, 0)) < len(DIGITS):
            found = f"{known} right answers of {student}"
            failures.append(Failure(None, "what", found, str(len(DIGITS))))
    if failures:
        raise FileError(path, failures)
    return frame


def read_answers(path: Path | str, students: set[str]) -> list[Given]:
    """Read what came back: a file, or a folder with folders in it.

    A CSV file has the columns student, question and answer, for one student or many.  A notebook
    has a cell that sets `student` and `answers` to what it says there.  Where a student has both,
    the CSV file counts; yearbooks and rosters are passed over.

    Parameters
    ----------
    path : Path or str
    students : set of str
        Those of the key.

    Raises
    ------
    lib.panel.DataError
        All that is wrong in any file: no answers, a student or question that is unknown or there
        twice, a number or word that is none.
    """
    path = Path(path)
    inside = (each for each in path.rglob("*") if _counts(each.relative_to(path)))
    files = [path] if path.is_file() else sorted(each for each in inside if each.is_file())
    found: dict[str, list[Given]] = {}
    wrong: list[str] = []
    for file in sorted(files, key=_is_notebook):
        in_tables = {each for each, own in found.items() if not _is_notebook(own[0].path)}
        try:
            if _is_notebook(file):
                of_file = _of_notebook(file, students, in_tables)
            else:
                of_file = _of_table(file, students)
        except DataError as error:
            wrong.append(str(error))
            continue
        for student in sorted(of_file.keys() & found.keys()):
            also = f"student {student} again, as in {found[student][0].path}"
            wrong.append(f"{file}: found {also}; expected each once")
        found |= of_file
    every = [given for own in found.values() for given in own]
    wrong += [
        f"{given.path}, {given.place}, {given.question}: found {strictcsv.quoted(given.text)}; "
        f"expected {NAME.expected if DIGITS[given.question] is None else 'a number'}"
        for given in every
        if given.text and given.answer is None
    ]
    if wrong or not every:
        nothing = f"{path}: found no notebook and no CSV file; expected what students returned"
        raise DataError("\n".join(wrong) or nothing)
    return every


def _counts(path: Path) -> bool:
    """Whether a file of a folder can hold answers."""
    name, hidden = path.name.lower(), any(part.startswith(".") for part in path.parts)
    handed_out = name.endswith(("yearbook.csv", "cities.csv"))
    return name.endswith((".ipynb", ".csv")) and not handed_out and not hidden


def _is_notebook(path: Path) -> bool:
    return path.suffix.lower() == ".ipynb"


def _of_table(path: Path, students: set[str]) -> dict[str, list[Given]]:
    columns = {
        "student": Cell("a student of the key", students.__contains__),
        "question": _QUESTION,
        "answer": Cell("an answer", bool, optional=True),
    }
    most = MOST * len(DIGITS)
    frame = strictcsv.read(path, columns, ["student", "question"], most, "a class").fillna("")
    found: dict[str, list[Given]] = {}
    for row in frame.itertuples():
        given = Given(row.student, row.question, row.answer, path, f"row {row.Index}")
        found.setdefault(given.student, []).append(given)
    return found


def _of_notebook(path: Path, students: set[str], done: set[str]) -> dict[str, list[Given]]:
    """The answers of one student, from the one cell that sets them; nothing of who is done."""
    cells = list(_code(path))
    student = next((_literal(each["student"]) for _, each in cells if "student" in each), None)
    if student in done:
        return {}
    if not isinstance(student, str) or student not in students:
        shown = "what code would give" if student is ... else repr(student)
        raise DataError(f"{path}: found student {shown}; expected a student of the key")
    held = [(number, names["answers"]) for number, names in cells if "answers" in names]
    number, table = held[0] if held else (0, None)
    if len(held) != 1 or not isinstance(table, ast.Dict):
        found = f"{len(held)} cells that set answers" if len(held) != 1 else "answers of no braces"
        raise DataError(f"{path}: found {found}; expected one cell, as it was handed out")
    given: dict[str, Given] = {}
    wrong = [f"cell {other}: found answers[...] = ...; expected all answers in cell {number}"
             for other, names in cells if "answers[]" in names]  # fmt: skip
    for name, node in zip(table.keys, table.values, strict=True):
        question, said = name and _literal(name), _literal(node)
        if question not in DIGITS:
            expected = _QUESTION.expected
            wrong.append(f"cell {number}: found question {question!r}; expected {expected}")
        elif question in given:
            wrong.append(f"cell {number}: found {question} twice; expected each question once")
        elif said is ...:
            found = strictcsv.quoted(ast.unparse(node))
            expected = "a number or a word as typed, not what code would give"
            wrong.append(f"cell {number}, {question}: found {found}; expected {expected}")
        else:
            text = "" if said is None else str(said).strip()
            given[str(question)] = Given(student, str(question), text, path, f"cell {number}")
    if wrong:
        raise DataError("\n".join(f"{path}, {each}" for each in wrong))
    return {student: list(given.values())}


def _code(path: Path) -> Iterator[tuple[int, dict[str, ast.expr]]]:
    """Number of each code cell, and what it sets; ``answers[]`` is an item set by itself."""
    try:
        whole = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        cells = json.loads(whole)["cells"]
        sources = ["".join(each["source"]) if each["cell_type"] == "code" else "" for each in cells]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        expected = f"one of at most {MOST_BYTES:,} bytes"
        raise DataError(f"{path}: found no notebook; expected {expected}") from None
    for number, source in enumerate(sources, start=1):
        try:
            tree = ast.parse(source)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue  # a magic, or unfinished work
        names: dict[str, ast.expr] = {}
        for node in (each for each in tree.body if isinstance(each, ast.Assign)):
            for target in node.targets:
                part = target.value if isinstance(target, ast.Subscript) else target
                if isinstance(part, ast.Name):
                    names[part.id + "[]" * (part is not target)] = node.value
        yield number, names


def _literal(node: ast.expr) -> object:
    """The value of a literal; dots where it is none."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return ...


def graded(key: pd.DataFrame, returned: list[Given]) -> pd.DataFrame:
    """Mark every question of the students who returned something.

    Parameters
    ----------
    key : DataFrame
        As from :func:`read_key`.
    returned : list of Given
        As from :func:`read_answers`.

    Returns
    -------
    DataFrame of str
        ``student, question, given, expected, mark`` (of `MARKS`), and ``mistake``: which it looks
        like.
    """
    by_place = {(given.student, given.question): given.answer for given in returned}
    rows = []
    came = key[key["student"].isin({given.student for given in returned})]
    for place, own in came.groupby(["student", "question"], sort=False):
        known = own.set_index("what")["answer"]
        answer = by_place.get(place)
        shown = answer if isinstance(answer, str) else "" if answer is None else f"{answer:.10g}"
        numbers = DIGITS[place[1]] is not None
        marked = _marked(answer, known.astype(float) if numbers else known, own["tolerance"].max())
        rows.append([*place, shown, known[RIGHT], *marked])
    columns = ["student", "question", "given", "expected", "mark", "mistake"]
    return pd.DataFrame(rows, columns=columns)


def _marked(answer: Answer | None, known: pd.Series, within: float) -> tuple[str, str]:
    if answer is None:
        return "wrong", "no answer"
    if agrees(answer, known[RIGHT], within):
        return "right", ""
    for mistake, gives in known.drop(RIGHT).items():
        if agrees(answer, gives, within):
            return "partly", str(mistake)
    if agrees(answer, known[RIGHT], COARSE * within):
        return "partly", "rounded too far"
    return "wrong", ""


def summary(grades: pd.DataFrame) -> pd.DataFrame:
    """By question: how many answered, shares of each mark, the commonest mistake and its count."""
    rows = []
    for question, own in grades.groupby("question", sort=False):
        shares = [round(float(own["mark"].eq(mark).mean()), 3) for mark in MARKS]
        known = own.loc[own["mistake"].ne(""), "mistake"].value_counts()
        known = known.sort_index().sort_values(ascending=False, kind="stable")
        common = [known.index[0], int(known.iloc[0])] if len(known) else ["", 0]
        rows.append([question, int(own["given"].ne("").sum()), *shares, *common])
    return pd.DataFrame(rows, columns=["question", "answers", *MARKS, "commonest", "times"])
