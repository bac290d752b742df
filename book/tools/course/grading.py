"""Marks for panels of students' own: what came back, beside the key.

An answer is data: a returned notebook is read as text, and no code in it is parsed or run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lib import strictcsv
from lib.panel import DataError
from lib.strictcsv import NAME, NUMBER, Cell, Failure, FileError
from lib.verdicts import VERDICTS
from tools.course import answers
from tools.course import panels as made
from tools.course.panels import DIGITS, MOST, RIGHT, STUDENT, Answer, Panel, agrees, tolerance

MARKS = ("right", "partly", "wrong")
COARSE = "rounded too far"
PARTLY = 0.5  # points, unless a teacher writes others into the key
MOST_BYTES = 20_000_000  # of a notebook
MOST_LETTERS = 100_000  # of a cell; what stands behind is not read
ITEM = "Panel"  # what a learning platform calls the points
_QUESTION = Cell(f"one of {', '.join(DIGITS)}", DIGITS.__contains__)
_KNOWN = {*map(answers.words, [*made.NAMES, *VERDICTS])}
_COMMENT = re.compile(r"""("[^"\n]*"|'[^'\n]*')|#[^\n]*""")
# Neither hidden, nor what was handed out or a copy of it, such as "yearbook (1).csv".
_FILE = re.compile(r"(?!.*[/\\]\.)(?!.*(yearbook|cities)[ ()\d-]*\.csv$).*", re.I | re.S)
_STUDENT = re.compile(r"""^[ \t]*student[ \t]*=[ \t]*["']([^"'\n]*)["']""", re.M)
# "q1": value, or answers["q1"] = value
_ENTRY = re.compile(r"""["'](q\w+)["']\s*(?::|\]\s*=(?!=))\s*((?:(?!["']q\w+["']\s*:)[^\n}])*)""")


class Given(NamedTuple):
    """An answer as it came back, and where it stands: a file, and a row or a line of it."""

    student: str
    question: str
    text: str
    file: Path
    line: str
    code: bool = False  # where a word has to be quoted, or known

    @property
    def answer(self) -> Answer | None:
        """A number or a word, "" where there is none, None where it cannot be read."""
        digits = DIGITS[self.question]
        text = re.sub(r"^[(\[]\s*(.*?)\s*[)\]]$", r"\1", self.text)
        quoted = re.fullmatch(r"""(["'])(.*)\1""", text)
        text = quoted[2].strip() if quoted else text
        if not text:
            return ""
        if digits is None:
            text = text.replace("_", " ")
            usable = quoted or not self.code or answers.words(text) in _KNOWN
            return text if usable and NAME.valid(text) else None  # no harm in a spreadsheet
        unit = "%" if self.question == "q2" else ""
        read = answers.number(text, {"digits": digits, "unit": unit})
        return None if read is None else read[0]


Returned = dict[tuple[str, str], Given]
"""By student and question."""


def key(panels: Mapping[str, Panel]) -> pd.DataFrame:
    """The key of a class, from its panels by student.

    Returns
    -------
    DataFrame of str
        ``student, question, what`` ("right", the mistake, or `COARSE`), ``answer``, ``tolerance``
        ("" for words) and ``points``.
    """
    rows = []
    for student, panel in panels.items():
        for question, found in panel.key.items():
            digits, within = DIGITS[question], tolerance(question)
            coarse = [] if within is None else [(COARSE, found[RIGHT])]
            for what, gives in [*found.items(), *coarse]:
                text = gives if isinstance(gives, str) else f"{gives:.{(digits or 0) + 2}f}"
                limit = "" if within is None else f"{within * (10 if what == COARSE else 1):g}"
                points = "1" if what == RIGHT else f"{PARTLY:g}"
                rows.append([student, question, what, text, limit, points])
    columns = ["student", "question", "what", "answer", "tolerance", "points"]
    return pd.DataFrame(rows, columns=columns)


def read_key(path: Path | str) -> pd.DataFrame:
    """Read a key, as :func:`key` gives it; answers, tolerances and points may have been changed.

    Raises
    ------
    lib.panel.DataError
        The file is no key, or lacks right answers of a student.
    """
    columns = {"student": STUDENT, "question": _QUESTION, "what": NAME}
    columns["answer"] = Cell("a number or a name", lambda text: NUMBER(text) or NAME.valid(text))
    columns["tolerance"] = Cell("a number", NUMBER, float, optional=True, low=0)
    columns["points"] = Cell("a number", NUMBER, float, low=0)
    most = MOST * 10 * len(DIGITS)
    frame = strictcsv.read(path, columns, ["student", "question", "what"], most, "a class")
    failures = [
        Failure(int(str(row.Index)), "answer", strictcsv.quoted(row.answer), "a number")
        for row in frame.itertuples()
        if DIGITS[row.question] is not None and not NUMBER(row.answer)
    ]
    right = frame["what"].eq(RIGHT).groupby(frame["student"]).sum()
    failures += [
        Failure(None, "what", f"{known} right answers of {student}", str(len(DIGITS)))
        for student, known in right.items() if known < len(DIGITS)
    ]  # fmt: skip
    if failures:
        raise FileError(path, failures)
    return frame


def read_answers(path: Path | str, students: set[str]) -> tuple[Returned, list[str]]:
    """Read what came back: a file, or a folder with folders in it.

    A CSV file has the columns student, question and answer, for one student or many.  A notebook
    has a cell that sets `student` and `answers` to what it says there.  Yearbooks and rosters are
    passed over.  An empty answer never counts; of others the last does: notebooks come after CSV
    files, and copies, which browsers and platforms call ``name (1)``, after shorter names.

    Parameters
    ----------
    path : Path or str
    students : set of str
        Those of the key.

    Returns
    -------
    Returned
        One answer for each student and question.
    list of str
        What cannot be read, what is unknown, and where a student gave different answers.

    Raises
    ------
    lib.panel.DataError
        Nothing came back, or nothing of it can be read.
    """
    path = Path(path)
    read = [path] if path.is_file() else returned(path)[0]
    read.sort(key=lambda each: (each.suffix.lower(), each.parent, len(each.name), each.name))
    every: dict[tuple[str, str], list[Given]] = {}
    wrong: list[str] = []
    for file in read:
        try:
            is_table = file.suffix.lower() != ".ipynb"
            of_file = _of_table(file) if is_table else _of_notebook(file, students)
        except DataError as error:
            first, *more = str(error).split("\n")
            wrong.append(first + f" (and {len(more)} more)" * bool(more))
            continue
        for each in of_file:
            if each.question in DIGITS and each.student in students:
                every.setdefault((each.student, each.question), []).append(each)
            else:
                odd = f"student {each.student!r}, question {each.question!r}"
                expected = f"a student of the key and {_QUESTION.expected}"
                wrong.append(f"{file}, {each.line}: found {odd}; expected {expected}")
    found: Returned = {}
    differ: dict[tuple[Path, Path], list[str]] = {}
    for place, given in every.items():
        usable = [(each, answer) for each in given
                  if (answer := each.answer) is not None and answer != ""]  # fmt: skip
        unread = [each for each in given if each.answer is None]
        found[place] = usable[-1][0] if usable else (unread or given)[-1]
        for (old, before), (new, after) in pairwise(usable):
            if not agrees(after, before, tolerance(place[1])):
                texts = f"{place[1]} {old.text[:40]!r} and {new.text[:40]!r}"
                differ.setdefault((old.file, new.file), []).append(texts)
    wrong += [f"{each.file}, {each.line}, {each.question}: found {strictcsv.quoted(each.text)}; "
              "expected a number, or a word in quotation marks, not what code gives"
              for each in found.values() if each.answer is None]  # fmt: skip
    wrong += [f"{old}: found other answers than in {new}, which counts: {'; '.join(each)}"
              for (old, new), each in differ.items()]  # fmt: skip
    if not found:
        nothing = f"{path}: found no notebook and no CSV file; expected what students returned"
        raise DataError("\n".join(wrong) or nothing)
    return found, wrong


def returned(folder: Path) -> tuple[list[Path], list[Path]]:
    """The notebooks and CSV files of a folder, and what else is there; links are not followed."""
    inside = [each for each in sorted(folder.rglob("*"))
              if each.is_file() and _FILE.fullmatch(f"/{each.relative_to(folder)}")]  # fmt: skip
    usable = {each for each in inside
              if each.suffix.lower() in (".ipynb", ".csv") and not each.is_symlink()}  # fmt: skip
    return sorted(usable), [each for each in inside if each not in usable]


def _of_table(path: Path) -> list[Given]:
    columns = {name: Cell("any text", bool, optional=True)
               for name in ("student", "question", "answer")}  # fmt: skip
    frame = strictcsv.read(path, columns, [], MOST * len(DIGITS), "a class").fillna("")
    return [Given(row.student, row.question, row.answer, path, f"row {row.Index}")
            for row in frame.itertuples()]  # fmt: skip


def _of_notebook(path: Path, students: set[str]) -> list[Given]:
    """The answers of one student, from the cells that set them."""
    if (size := path.stat().st_size) > MOST_BYTES:
        raise DataError(f"{path}: found {size:,} bytes; expected at most {MOST_BYTES:,}")
    try:
        cells = json.loads(path.read_bytes())["cells"]
        sources = ["".join(each["source"]) if each["cell_type"] == "code" else "" for each in cells]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        raise DataError(f"{path}: found no notebook; expected one as Jupyter saves it") from None
    sources = [_COMMENT.sub(r"\1", source[:MOST_LETTERS]) for source in sources]
    student = next(filter(None, map(_STUDENT.search, sources)), None)
    if student is None or student[1] not in students:
        shown = "None" if student is None else strictcsv.quoted(student[1])
        raise DataError(f"{path}: found student {shown}; expected a student of the key")
    given = []
    for number, source in enumerate(sources, start=1):
        for entry in _ENTRY.finditer(source) if "answers" in source else ():
            line = f"cell {number}, line {source.count(chr(10), 0, entry.start()) + 1}"
            text = entry[2].strip().rstrip(" \t,;")[:200]
            text = "" if text in ("None", "...") else text
            given.append(Given(student[1], entry[1], text, path, line, code=True))
    if not given:
        raise DataError(f"{path}: found no cell that sets answers; expected it as handed out")
    return given


def graded(key: pd.DataFrame, found: Returned) -> pd.DataFrame:
    """Mark every question of the students who returned something.

    Parameters
    ----------
    key : DataFrame
        As from :func:`read_key`.
    found : Returned
        As from :func:`read_answers`.

    Returns
    -------
    DataFrame of str
        ``student, question, given, expected, mark`` (of `MARKS`), ``mistake`` (which it looks
        like) and ``points``.
    """
    rows = []
    came = key[key["student"].isin({student for student, _ in found})]
    came = came.iloc[came["what"].map({RIGHT: 0, COARSE: 2}).fillna(1).argsort(kind="stable")]
    for place, own in came.groupby(["student", "question"], sort=False):
        answer = found[place].answer if place in found else ""
        shown = f"{answer:.10g}" if isinstance(answer, float) else answer or ""
        typed = str if DIGITS[place[1]] is None else float
        marked = "wrong", "cannot be read" if answer is None else "no answer" * (answer == ""), 0.0
        for row in own.itertuples():
            if answer is not None and agrees(answer, typed(row.answer), row.tolerance):
                right = row.what == RIGHT
                marked = "right" if right else "partly", "" if right else row.what, row.points
                break
        rows.append([*place, shown, own["answer"].iloc[0], *marked])
    columns = ["student", "question", "given", "expected", "mark", "mistake", "points"]
    return pd.DataFrame(rows, columns=columns)


def scores(grades: pd.DataFrame) -> pd.DataFrame:
    """Points, a row a student: ``student``, each question, ``total``."""
    wide = grades.pivot(index="student", columns="question", values="points")[[*DIGITS]]
    return wide.assign(total=wide.sum(axis=1).round(9)).rename_axis(columns=None).reset_index()


def imports(roster: pd.DataFrame, grades: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What Moodle and Canvas import: points beside what tells them who a student is, by file."""
    total = grades.groupby("student")["points"].sum().round(9).rename(ITEM)
    whole = roster.merge(total, left_on="student", right_index=True)
    return {f"{platform}.csv": whole.reindex(columns=[*known, ITEM], fill_value="")
            for platform, known in made.KNOWN_BY.items() if {*known} & {*roster}}  # fmt: skip


def summary(grades: pd.DataFrame) -> pd.DataFrame:
    """By question, of those who answered: count, share of each mark, the commonest mistake."""
    rows = []
    for question, own in grades.groupby("question", sort=False):
        own = own[own["given"].ne("")]
        shares = [round(float(own["mark"].eq(mark).mean()), 3) for mark in MARKS]
        known = own.loc[own["mistake"].ne(""), "mistake"]
        common = next(iter(known.mode()), "")
        rows.append([question, len(own), *shares, common, int(known.eq(common).sum())])
    return pd.DataFrame(rows, columns=["question", "answers", *MARKS, "commonest", "times"])
