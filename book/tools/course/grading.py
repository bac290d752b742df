"""Marks for panels of students' own: what came back, beside the key; starters go to `work`.

An answer is data: a returned notebook is read as text, and no code in it is parsed or run.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from lib import strictcsv
from lib.panel import DataError
from lib.strictcsv import NAME, NUMBER, Cell, Failure, FileError
from lib.verdicts import VERDICTS
from tools.course import answers, senders, sheets, work
from tools.course import panels as made
from tools.course.panels import DIGITS, MOST, RIGHT, STUDENT, Answer, Panel, agrees, tolerance

PARTLY = 0.25  # points, unless a teacher writes others into the key; none for another verdict
VERDICT, BASIS = "q9", ("q7", "q10")
BARE = "neither t nor interval"  # a verdict without one of them may be a guess
COPIED = 3  # wrong answers that are another student's
MOST_BYTES = 20_000_000  # of a notebook
MOST_LETTERS = 100_000  # of a cell; what stands behind is not read
_QUESTION = Cell(f"one of {', '.join(DIGITS)}", DIGITS.__contains__)
_KNOWN = {*map(answers.words, [*made.NAMES, *VERDICTS])}
_COMMENT = re.compile(r"""("[^"\n]*"|'[^'\n]*')|#[^\n]*""")
# Neither hidden, nor what was handed out or a copy of it, such as "yearbook (1).csv".
_FILE = re.compile(r"(?!.*[/\\]\.)(?!.*(yearbook|cities)[ ()\d-]*\.csv$).*", re.I | re.S)
_STUDENT = re.compile(r"""^[ \t]*student[ \t]*=[ \t]*["']([^"'\n]*)["']""", re.M)
_QUOTES = str.maketrans("“”„‘’", '"""\'\'')
# "q1": value, or answers["q1"] = value
_ENTRY = re.compile(r"""["'](q\w+)["']\s*(?::|\]\s*=(?!=))\s*((?:(?!["']q\w+["']\s*:)[^\n}])*)""")


class Given(NamedTuple):
    """An answer as it came back, the student it says it is of, and where it stands."""

    student: str
    question: str
    text: str
    file: str
    line: str
    code: bool = False  # where a word has to be quoted, or known

    @property
    def answer(self) -> Answer | None:
        """A number or a word, "" where there is none, None where it cannot be read."""
        digits = DIGITS[self.question]
        text = re.sub(r"^[(\[]\s*(.*?)\s*[)\]]$", r"\1", _typed(self.text).strip(" ,;"))
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


def _typed(text: str) -> str:
    """A text with the quotes, commas and digits that Python knows in the place of Chinese ones."""
    return unicodedata.normalize("NFKC", text).translate(_QUOTES)


Returned = dict[tuple[str, str], Given]  # by student and question


def key(panels: Mapping[str, Panel]) -> pd.DataFrame:
    """The key of a class: ``student, question, what, answer, tolerance, points``, all texts.

    ``what`` is "right" or the mistake; words have no tolerance.
    """
    rows = []
    for student, panel in panels.items():
        for question, answers_to in panel.key.items():
            digits, within = DIGITS[question], tolerance(question)
            limit = "" if within is None else f"{within:g}"
            partly = 0 if question == VERDICT else PARTLY
            for what, gives in answers_to.items():
                text = gives if isinstance(gives, str) else f"{gives:.{(digits or 0) + 2}f}"
                points = "1" if what == RIGHT else f"{partly:g}"
                rows.append([student, question, what, text, limit, points])
    columns = ["student", "question", "what", "answer", "tolerance", "points"]
    return pd.DataFrame(rows, columns=columns)


def read_key(path: Path | str) -> pd.DataFrame:
    """Read a key, as :func:`key` gives it; answers, tolerances and points may have been changed.

    Raises a `DataError` where the file is no key, or lacks right answers of a student.
    """
    columns = {"student": STUDENT, "question": _QUESTION, "what": NAME}
    columns["answer"] = Cell("a number or a name", lambda text: NUMBER(text) or NAME.valid(text))
    columns["tolerance"] = Cell("a number", NUMBER, float, optional=True, low=0)
    columns["points"] = Cell("a number", NUMBER, float, low=0)
    most = MOST * 10 * len(DIGITS)
    frame = strictcsv.read(path, columns, ["student", "question", "what"], most, "a class")
    failures = [Failure(int(str(row.Index)), "answer", strictcsv.quoted(row.answer), "a number")
                for row in frame.itertuples()
                if DIGITS[row.question] is not None and not NUMBER(row.answer)]  # fmt: skip
    right = frame["what"].eq(RIGHT).groupby(frame["student"]).sum()
    failures += [Failure(None, "what", f"{known} right answers of {student}", str(len(DIGITS)))
                 for student, known in right.items() if known < len(DIGITS)]  # fmt: skip
    if failures:
        raise FileError(path, failures)
    return frame


def read_answers(
    path: Path | str, students: set[str], roster: pd.DataFrame | None = None
) -> tuple[Returned, work.Handed, list[str]]:
    """Read what came back: a file of a class, or the folder with students' folders or files.

    Returns the answers to panels, what starters answer, and the list.

    Answers are of the student whose id or name the folder's name has, or the beginning of the
    file's where it lies in no folder.  Else they are of the student that the file names, unless
    there are answers as above, or another such file.  A CSV file has the columns student, question
    and answer; a notebook has a cell that sets `student` and `answers`.
    An empty answer never counts; of others of a student the last does: notebooks come after CSV
    files, and copies, which browsers and platforms call ``name (1)``, after shorter names.

    The list says what cannot be read and what is refused.
    Raises a `DataError` where nothing came back, or nothing of it can be read.
    """
    path = Path(path)
    files = [path] if path.is_file() else returned(path)[0]
    files.sort(key=lambda file: (file.suffix.lower(), file.parent, len(file.name), file.name))
    known = senders.known_by(pd.DataFrame({"student": [*students]}) if roster is None else roster)
    own: dict[str, list[Given]] = defaultdict(list)
    claims: dict[str, dict[tuple, list[Given]]] = defaultdict(lambda: defaultdict(list))
    done: work.Handed = {}
    wrong: list[str] = []
    for file in files:
        is_table, parts = file.suffix.lower() != ".ipynb", file.relative_to(path).parts or ("",)
        named, sure, begins = senders.named(parts[0], known)
        try:
            cells = [] if is_table else _cells(file)
            if work.is_work(cells):  # it names no student itself
                if len(sure) == 1 and (begins or len(parts) > 1):
                    done |= work.handed(cells, *sure)
                else:
                    wrong.append(f"{sheets.plain(file)}: no name says whose it is; not counted")
                continue
            of_file = _of_table(file) if is_table else _of_notebook(file, cells)
        except DataError as error:
            first, *more = str(error).split("\n")
            wrong.append(first + f" (and {len(more)} more)" * bool(more))
            continue
        refused = {}
        for given in of_file:
            says = given.student if given.student in students else ""
            student = says or "".join(sure) * (len(sure) == 1)
            if given.question not in DIGITS or not (named or says):
                odd = f"student {given.student!r}, question {given.question!r}"
                expected = f"a student of the key and {_QUESTION.expected}"
                wrong.append(f"{given.file}, {given.line}: found {odd}; expected {expected}")
            elif sure == {student} and (begins or len(parts) > 1):
                own[student].append(given)
            elif student in sure or not named:  # in the midst of a name, two of one name, nobody's
                claims[student][parts[:-1] or parts].append(given)
            else:
                refused[given.student or "a student without name"] = " and ".join(sorted(named))
        wrong += [f"{sheets.plain(file)}: answers of {says} found at {at}; they count for neither"
                  for says, at in refused.items()]  # fmt: skip
    for student, places in claims.items():
        files_of = dict.fromkeys(given.file for place in places.values() for given in place)
        where = f"{', '.join(files_of)}: answers of {student}"
        if student in own:
            wrong.append(f"{where}, whose own are {own[student][0].file}; these do not count")
        elif len(places) > 1:
            wrong.append(f"{where}, and no name says which are theirs; none counts")
        else:
            own[student] = next(iter(places.values()))
    found = {(student, question): last for student, every in own.items()
             for question, last in _last(every).items()}  # fmt: skip
    wrong += [f"{each.file}, {each.line}, {each.question}: found {strictcsv.quoted(each.text)}; "
              "expected a number, or a word in quotation marks, not what code gives"
              for each in found.values() if each.answer is None]  # fmt: skip
    if not (found or done):
        nothing = f"{path}: found no notebook and no CSV file; expected what students returned"
        raise DataError("\n".join(wrong) or nothing)
    return found, done, wrong


def _last(every: Iterable[Given]) -> dict[str, Given]:
    """By question the last answer; one that cannot be read or is empty only where no other is."""
    rank: dict[Answer | None, int] = {"": 0, None: 1}
    return {given.question: given for given in sorted(every, key=lambda g: rank.get(g.answer, 2))}


def returned(folder: Path) -> tuple[list[Path], list[Path]]:
    """The notebooks and CSV files of a folder, and what else is there; links are not followed."""
    inside = [each for each in sorted(folder.rglob("*"))
              if each.is_file() and _FILE.fullmatch(f"/{each.relative_to(folder)}")]  # fmt: skip
    usable = {each for each in inside
              if each.suffix.lower() in (".ipynb", ".csv") and not each.is_symlink()}  # fmt: skip
    return sorted(usable), [each for each in inside if each not in usable]


def _of_table(path: Path) -> list[Given]:
    frame = sheets.read(path, MOST * len(DIGITS))
    if {"student", "question", "answer"} != {*frame}:
        columns = f"the columns {', '.join(frame)}"
        raise sheets.refusal(path, columns, "student, question, answer")
    for line, answer in frame[frame.duplicated(["student", "question"])].iterrows():
        twice = f"{answer['student']}, {answer['question']} again"
        raise sheets.refusal(path, twice, "each question of a student once", line)
    return [Given(row.student, row.question, row.answer, sheets.plain(path), f"row {row.Index}")
            for row in frame.itertuples()]  # fmt: skip


def _cells(path: Path) -> list[dict[str, str]]:
    """The cells of a notebook; ``shown`` is what code printed, ``exercise`` a starter's label."""
    if (size := path.stat().st_size) > MOST_BYTES:
        raise sheets.refusal(path, f"{size:,} bytes", f"at most {MOST_BYTES:,}")
    try:
        return [
            {"cell_type": str(each["cell_type"]), "source": "".join(each["source"])[:MOST_LETTERS],
             "exercise": str(each.get("metadata", {}).get("exercise", "")),
             "shown": "".join("".join(out.get("text", "")) for out in each.get("outputs", []))}
            for each in json.loads(path.read_bytes())["cells"]
        ]  # fmt: skip
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise sheets.refusal(path, "no notebook", "one as Jupyter saves it") from None


def _of_notebook(path: Path, cells: Sequence[Mapping[str, str]]) -> list[Given]:
    """The answers of one student, from the cells that set them."""
    sources = [_COMMENT.sub(r"\1", _typed(each["source"])) if each["cell_type"] == "code" else ""
               for each in cells]  # fmt: skip
    setting = [source for source in sources if "answers" in source]
    says = ["", *(name for source in setting for name in _STUDENT.findall(source))][-1]
    place, given = sheets.plain(path), []
    for number, source in enumerate(sources, start=1):
        for entry in _ENTRY.finditer(source) if "answers" in source else ():
            line = f"cell {number}, line {source.count(chr(10), 0, entry.start()) + 1}"
            text = entry[2].strip().rstrip(" \t,;")[:200]
            text = "" if text in ("None", "...") else text
            given.append(Given(says, entry[1], text, place, line, True))
    if not given:
        raise sheets.refusal(path, "no cell that sets answers", "it as handed out")
    return given


def copied(key: pd.DataFrame, found: Returned) -> list[str]:
    """Say at whom wrong answers are found that the key has as another student's right ones."""
    right: dict[str, dict[str, Answer]] = defaultdict(dict)
    for row in key[key["what"].eq(RIGHT) & key["question"].ne(VERDICT)].itertuples():
        word = DIGITS[row.question] is None
        right[row.student][row.question] = row.answer if word else float(row.answer)
    given: dict[str, dict[str, Answer]] = defaultdict(dict)
    for (student, question), last in found.items():
        if last.answer not in (None, "") and question != VERDICT:
            given[student][question] = last.answer
    lines = []
    for (student, theirs), (other, known) in product(given.items(), right.items()):
        same = [q for q, answer in theirs.items() if agrees(answer, known[q], tolerance(q))
                and not agrees(answer, right[student][q], tolerance(q))]  # fmt: skip
        if len(same) >= COPIED:
            lines.append(f"Answers of {other} found at {student}: {', '.join(same)}")
    return lines


def graded(key: pd.DataFrame, found: Returned) -> pd.DataFrame:
    """Mark every question of the students who returned something.

    Columns ``student, question, given, expected, mark`` (right, partly or wrong), ``mistake``
    (which it looks like), ``points``.  A verdict has no points where t and interval are wrong.
    """
    rows = []
    came = key[key["student"].isin({student for student, _ in found})]
    came = came.sort_values("what", key=lambda what: what.ne(RIGHT), kind="stable")
    for place, own in came.groupby(["student", "question"], sort=False):
        answer = found[place].answer if place in found else ""
        shown = f"{answer:.10g}" if isinstance(answer, float) else answer or ""
        typed = str if DIGITS[place[1]] is None else float
        marked = "wrong", "cannot be read" if answer is None else "no answer" * (answer == ""), 0.0
        for row in own.itertuples():
            if answer is not None and agrees(answer, typed(row.answer), row.tolerance):
                right = row.what == RIGHT
                mark = "right" if right else "partly" if row.points else "wrong"
                marked = mark, "" if right else row.what, row.points
                break
        rows.append([*place, shown, own["answer"].iloc[0], *marked])
    columns = ["student", "question", "given", "expected", "mark", "mistake", "points"]
    grades = pd.DataFrame(rows, columns=columns)
    based = grades.loc[grades["question"].isin(BASIS) & grades["mark"].eq("right"), "student"]
    bare = grades["question"].eq(VERDICT) & grades["points"].gt(0) & ~grades["student"].isin(based)
    grades.loc[bare, ["mark", "mistake", "points"]] = "wrong", BARE, 0.0
    return grades
