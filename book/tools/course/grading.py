"""Marks for panels of students' own: what came back, beside the key.

An answer is data: a returned notebook is read as text, and no code in it is parsed or run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
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
UNREAD = "cannot be read"
PARTLY = 0.5  # points, unless a teacher writes others into the key
MOST_BYTES = 20_000_000  # of a notebook
MOST_LETTERS = 100_000  # of a cell; what stands behind is not read
ITEM = "Panel"  # what a learning platform calls the points
_QUESTION = Cell(f"one of {', '.join(DIGITS)}", DIGITS.__contains__)
_KNOWN = {*map(answers.words, [*made.NAMES, *VERDICTS])}
_COMMENT = re.compile(r"""("[^"\n]*"|'[^'\n]*')|#[^\n]*""")
_STUDENT = re.compile(r"""^[ \t]*student[ \t]*=[ \t]*["']([^"'\n]*)["']""", re.M)
# "q1": value, or answers["q1"] = value
_ENTRY = re.compile(
    r"""["'](q\w+)["']\s*(?::|\]\s*=(?!=))\s*((?:(?!["']q\w+["']\s*:)[^\n}])*)"""
)


class Given(NamedTuple):
    """An answer as it came back, and where it stands: a row or a line of a file."""

    student: str
    question: str
    text: str
    where: str
    code: bool = False  # where a word has to be quoted, or known

    @property
    def answer(self) -> Answer | None:
        """A number, or a word that can do no harm in a spreadsheet; None where it is neither."""
        digits = DIGITS[self.question]
        text = re.sub(r"^[(\[]\s*(.*?)\s*[)\]]$", r"\1", self.text)
        quoted = re.fullmatch(r"""(["'])(.*)\1""", text)
        text = quoted[2].strip() if quoted else text
        if digits is None:
            text = text.replace("_", " ")
            usable = quoted or not self.code or answers.words(text) in _KNOWN
            return text if usable and NAME.valid(text) else None
        unit = "%" if self.question == "q2" else ""
        read = answers.number(text, {"digits": digits, "unit": unit})
        return None if read is None else read[0]


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
    right = frame.loc[frame["what"].eq(RIGHT), "student"].value_counts()
    for student in sorted(set(frame["student"])):
        if (known := right.get(student, 0)) < len(DIGITS):
            found = f"{known} right answers of {student}"
            failures.append(Failure(None, "what", found, str(len(DIGITS))))
    if failures:
        raise FileError(path, failures)
    return frame


def read_answers(path: Path | str, students: set[str]) -> tuple[list[Given], list[str]]:
    """Read what came back: a file, or a folder with folders in it.

    A CSV file has the columns student, question and answer, for one student or many.  A notebook
    has a cell that sets `student` and `answers` to what it says there.  Yearbooks and rosters are
    passed over.

    Parameters
    ----------
    path : Path or str
    students : set of str
        Those of the key.

    Returns
    -------
    list of Given
        CSV files before notebooks, of copies the one with the highest number last.
    list of str
        What cannot be read: no answers, a student or question that is unknown.

    Raises
    ------
    lib.panel.DataError
        Nothing came back, or nothing of it can be read.
    """
    path = Path(path)
    inside = (each for each in path.rglob("*") if _counts(each.relative_to(path)))
    files = [path] if path.is_file() else sorted(filter(Path.is_file, inside), key=_turn)
    found: list[Given] = []
    wrong: list[str] = []
    for file in files:
        try:
            of_file = _of_notebook(file, students) if _is_notebook(file) else _of_table(file)
        except DataError as error:
            wrong.append(str(error))
            continue
        for each in of_file:
            if each.question in DIGITS and each.student in students:
                found.append(each)
            else:
                odd = f"student {each.student!r}, question {each.question!r}"
                expected = f"a student of the key and {_QUESTION.expected}"
                wrong.append(f"{each.where}: found {odd}; expected {expected}")
    if not found:
        nothing = f"{path}: found no notebook and no CSV file; expected what students returned"
        raise DataError("\n".join(wrong) or nothing)
    return found, wrong


def _counts(path: Path) -> bool:
    """Whether a file of a folder can hold answers."""
    name, hidden = path.name.lower(), any(part.startswith(".") for part in path.parts)
    handed_out = name.endswith(("yearbook.csv", "cities.csv"))
    return name.endswith((".ipynb", ".csv")) and not handed_out and not hidden


def _is_notebook(path: Path) -> bool:
    return path.suffix.lower() == ".ipynb"


def _turn(path: Path) -> tuple[bool, Path, str, int]:
    """Where a file comes in turn; browsers and platforms number copies, as in ``name (1)``."""
    copy = re.fullmatch(r"(.*?)(?:[ _-]?\((\d{1,4})\)|-(\d{1,4}))?", path.stem, re.S)
    name, number = (copy[1], copy[2] or copy[3]) if copy else (path.stem, None)
    return _is_notebook(path), path.parent, name, int(number or 0)


def _of_table(path: Path) -> list[Given]:
    columns = {name: Cell("any text", bool, optional=True)
               for name in ("student", "question", "answer")}  # fmt: skip
    frame = strictcsv.read(path, columns, [], MOST * len(DIGITS), "a class").fillna("")
    return [Given(row.student, row.question, row.answer, f"{path}, row {row.Index}")
            for row in frame.itertuples()]  # fmt: skip


def _of_notebook(path: Path, students: set[str]) -> list[Given]:
    """The answers of one student, from the cells that set them."""
    try:
        whole = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
        cells = json.loads(whole)["cells"]
        sources = ["".join(each["source"]) if each["cell_type"] == "code" else "" for each in cells]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        expected = f"one of at most {MOST_BYTES:,} bytes"
        raise DataError(f"{path}: found no notebook; expected {expected}") from None
    sources = [_COMMENT.sub(r"\1", source[:MOST_LETTERS]) for source in sources]
    student = next(filter(None, map(_STUDENT.search, sources)), None)
    if student is None or student[1] not in students:
        shown = "None" if student is None else strictcsv.quoted(student[1])
        raise DataError(f"{path}: found student {shown}; expected a student of the key")
    given = []
    for number, source in enumerate(sources, start=1):
        for entry in _ENTRY.finditer(source) if "answers" in source else ():
            where = f"{path}, cell {number}, line {source.count(chr(10), 0, entry.start()) + 1}"
            text = entry[2].strip().rstrip(" \t,;")[:200]
            text = "" if text in ("None", "...") else text
            given.append(Given(student[1], entry[1], text, where, code=True))
    if not given:
        raise DataError(f"{path}: found no cell that sets answers; expected it as handed out")
    return given


def settled(given: list[Given]) -> tuple[dict[tuple[str, str], Answer | None], list[str]]:
    """One answer for each student and question: an empty one never counts, the last of others does.

    Returns
    -------
    dict
        By student and question; "" where nothing was given, None where it cannot be read.
    list of str
        What cannot be read, and where a student gave different answers.
    """
    found: dict[tuple[str, str], Answer | None] = {}
    places: dict[tuple[str, str], list[Given]] = {}
    wrong = []
    for each in given:
        own = places.setdefault((each.student, each.question), [])
        own += [each] if each.text.strip("\"' ") else []
    for place, own in places.items():
        if not own:
            found[place] = ""
            continue
        read = [(each, each.answer) for each in own if each.answer is not None]
        within = tolerance(place[1])
        found[place] = read[-1][1] if read else None
        if not read:
            expected = "a number" if within else "a word in quotation marks"
            wrong += [f"{each.where}, {each.question}: found {strictcsv.quoted(each.text)}; "
                      f"expected {expected} as typed, not what code would give"
                      for each in own]  # fmt: skip
        for each, answer in read[:-1]:
            if not agrees(answer, read[-1][1], within):
                last = f"{strictcsv.quoted(read[-1][0].text)} in {read[-1][0].where}, which counts"
                text = strictcsv.quoted(each.text)
                wrong.append(f"{each.where}, {each.question}: found {text}, but {last}")
    return found, wrong


def graded(key: pd.DataFrame, found: Mapping[tuple[str, str], Answer | None]) -> pd.DataFrame:
    """Mark every question of the students who returned something.

    Parameters
    ----------
    key : DataFrame
        As from :func:`read_key`.
    found : mapping
        As from :func:`settled`.

    Returns
    -------
    DataFrame of str
        ``student, question, given, expected, mark`` (of `MARKS`), ``mistake`` (which it looks
        like), ``points``, and ``of``: those of the right answer.
    """
    rows = []
    came = key[key["student"].isin({student for student, _ in found})]
    for place, own in came.groupby(["student", "question"], sort=False):
        answer = found.get(place, "")
        shown = f"{answer:.10g}" if isinstance(answer, float) else answer or ""
        right = own[own["what"].eq(RIGHT)].iloc[0]
        marked = ("wrong", "no answer" if answer == "" else UNREAD, 0.0)
        if answer not in ("", None):
            marked = _marked(answer, own)
        rows.append([*place, shown, right["answer"], *marked, right["points"]])
    columns = ["student", "question", "given", "expected", "mark", "mistake", "points", "of"]
    return pd.DataFrame(rows, columns=columns)


def _marked(answer: Answer, known: pd.DataFrame) -> tuple[str, str, float]:
    """Mark, mistake and points of the first row that agrees."""
    turns = known["what"].map({RIGHT: 0, COARSE: 2}).fillna(1).sort_values(kind="stable")
    for row in known.loc[turns.index].itertuples():
        is_word = DIGITS[row.question] is None
        if agrees(answer, row.answer if is_word else float(row.answer), row.tolerance):
            right = row.what == RIGHT
            return "right" if right else "partly", "" if right else row.what, row.points
    return "wrong", "", 0.0


def scores(grades: pd.DataFrame) -> pd.DataFrame:
    """Points, a row a student: ``student``, each question, ``total``."""
    wide = grades.pivot(index="student", columns="question", values="points")[[*DIGITS]]
    return wide.assign(total=wide.sum(axis=1).round(9)).rename_axis(columns=None).reset_index()


def imports(roster: pd.DataFrame, grades: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What Moodle and Canvas import: the points beside what tells them who a student is.

    Parameters
    ----------
    roster : DataFrame of str
        As from :func:`tools.course.panels.read_roster`; without columns of a platform the student
        is its ID number, or SIS User ID.
    grades : DataFrame
        As from :func:`graded`.
    """
    total = grades.groupby("student")[["points", "of"]].sum().round(9)
    whole = roster.merge(total["points"].rename(ITEM), left_on="student", right_index=True)
    files = {}
    for file, known, plain in (
        ("moodle.csv", made.MOODLE, {"ID number": "student"}),
        ("canvas.csv", made.CANVAS, {"Student": "name", "SIS User ID": "student"}),
    ):
        plain = {} if {*known} & {*whole} else {name: whole[each] for name, each in plain.items()}
        files[file] = whole.assign(**plain).reindex(columns=[*known, ITEM], fill_value="")
    possible = pd.DataFrame([{"Student": "Points Possible", ITEM: total["of"].max()}])
    files["canvas.csv"] = pd.concat([files["canvas.csv"].iloc[:0], possible, files["canvas.csv"]])
    return files


def summary(grades: pd.DataFrame) -> pd.DataFrame:
    """By question, of those who answered: count, share of each mark, the commonest mistake."""
    rows = []
    for question, own in grades.groupby("question", sort=False):
        own = own[own["given"].ne("")]
        shares = [round(float(own["mark"].eq(mark).mean()), 3) for mark in MARKS]
        known = own.loc[own["mistake"].ne(""), "mistake"].value_counts()
        known = known.sort_index().sort_values(ascending=False, kind="stable")
        common = [known.index[0], int(known.iloc[0])] if len(known) else ["", 0]
        rows.append([question, len(own), *shares, *common])
    return pd.DataFrame(rows, columns=["question", "answers", *MARKS, "commonest", "times"])
