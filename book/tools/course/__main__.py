"""Panels of students' own, and their marks.

``make panels STUDENTS=roster.csv`` writes a folder a student and one for the teacher;
``make grade KEY=key.csv ANSWERS=returned`` marks what came back.  Paths come from the environment
or the command line, so that no shell reads them.
"""

from __future__ import annotations

import argparse
import copy
import os
import secrets
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

# Two processes, each with as many threads as there are cores, stand in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import jupytext
import pandas as pd

from lib import prose, published
from lib.panel import DataError
from tools.build import notebooks
from tools.course import grading, panels
from tools.yearbook.build import write
from tools.yearbook.schema import COLUMNS

ROOT = notebooks.ROOT
TEMPLATES = Path(__file__).with_name("panel_pages")
CLASS = "seeds.csv"  # the roster, and what each student got, beside the key


def assignment(template: notebooks.Notebook, student: str, name: str, panel: panels.Panel) -> str:
    """The notebook of a student, from the template."""
    first, cell = panel.yearbook["year"].min(), published.coefficients(1).iloc[0]
    said = {
        "student": student,
        "who": prose.escape(f"{name} ({student})" if name else student),
        "first": str(first),
        "years": str(panels.YEARS),
        "printed": prose.escape(prose.starred(cell["coef"], cell["stars"])),
        **panel.asked,
    }
    made = copy.deepcopy(template)
    for each in made.cells:
        each.source = filled(each.source, said)
    return notebooks.serialised(notebooks.identified(made))


def filled(text: str, said: Mapping[str, str]) -> str:
    """A template with words in the place of ``%%name%%``."""
    for name, words in said.items():
        text = text.replace(f"%%{name}%%", words)
    return text


def write_panels(roster: pd.DataFrame, seed: str, out: Path) -> None:
    """Make the panels of a class, all of them or none.

    Parameters
    ----------
    roster : DataFrame
        As from :func:`tools.course.panels.read_roster`.
    seed : str
    out : Path
        A folder that is new or empty: panels that are handed out are not to be lost.

    Raises
    ------
    lib.panel.DataError
        The folder holds something.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out}: found other files; expected a new folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    template = jupytext.read(TEMPLATES / "assignment.md", fmt=notebooks.FORMAT)
    students = list(roster["student"])
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".panels.") as part:
        new, made = Path(part) / "new", {}
        with ProcessPoolExecutor(2) as pool:
            found = pool.map(partial(panels.made, seed=seed), students, chunksize=5)
            for student, name, panel in zip(students, roster["name"], found, strict=True):
                made[student] = panel
                folder = new / "students" / student
                folder.mkdir(parents=True)
                _csv(panel.yearbook.reindex(columns=COLUMNS), folder / "yearbook.csv")
                _csv(panel.cities, folder / "cities.csv")
                notebook = assignment(template, student, name, panel)
                notebooks.write(folder / "assignment.ipynb", notebook)
        teacher = new / "teacher"
        teacher.mkdir()
        _csv(grading.key(made), teacher / "key.csv")
        more = {
            "reading": [panel.asked["reading"] for panel in made.values()],
            "in_class": [panels.in_class(panel.key) for panel in made.values()],
        }
        _csv(roster.assign(**more, seed=seed), teacher / CLASS)
        readme = (TEMPLATES / "README.md").read_text(encoding="utf-8")
        notebooks.write(teacher / "README.md", filled(readme, {"count": str(len(students))}))
        if out.exists():
            out.rmdir()
        new.rename(out)


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")


def make(arguments: argparse.Namespace) -> int:
    """Write panels and say where they are."""
    roster = panels.read_roster(arguments.students)
    seed = arguments.seed or secrets.token_hex(8)
    out = Path(arguments.out or ROOT / "_build" / "panels").resolve()
    write_panels(roster, seed, out)
    print(f"{len(roster)} panels in {out / 'students'}, the key in {out / 'teacher'}")
    return 0


def grade(arguments: argparse.Namespace) -> int:
    """Mark what came back and write the grade book; 1 where something is to be looked at."""
    key = grading.read_key(arguments.key)
    students = set(key["student"])
    found, wrong = grading.read_answers(arguments.answers, students)
    grades = grading.graded(key, found)
    table = grading.summary(grades)
    files = {"grades.csv": grades, "scores.csv": grading.scores(grades), "questions.csv": table}
    files |= {f"feedback/{student}.csv": own for student, own in grades.groupby("student")}
    if (roster := Path(arguments.key).with_name(CLASS)).is_file():
        files |= grading.imports(pd.read_csv(roster, dtype=str, keep_default_na=False), grades)
    out = Path(arguments.out or ROOT / "_build" / "grades").resolve()
    (out / "feedback").mkdir(parents=True, exist_ok=True)
    write({out / name: each for name, each in files.items()})
    print(table.to_string(index=False))
    if absent := sorted(students - set(grades["student"])):
        print(f"Nothing from {prose.listed(absent)}")
        if other := grading.returned(Path(arguments.answers))[1]:
            wrong.insert(
                0, "\n  ".join(["Neither notebooks nor CSV files, or links:", *map(str, other)])
            )
    print(f"{grades['student'].nunique()} of {len(students)} students: {out / 'scores.csv'}")
    if wrong:
        print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; return the exit status, 2 where nothing can be done."""
    parser = argparse.ArgumentParser(prog="python -m tools.course", description=__doc__)
    parser.add_argument("what", choices=("make", "grade"))
    for name in ("students", "seed", "key", "answers", "out"):
        default = os.environ.get(name.upper())
        parser.add_argument(f"--{name}", default=default, help=f"${name.upper()}")
    asked = parser.parse_args(arguments)
    needed = {"make": ("students",), "grade": ("key", "answers")}[asked.what]
    if not all(getattr(asked, name) for name in needed):
        command = {"make": "make panels STUDENTS=roster.csv",
                   "grade": "make grade KEY=key.csv ANSWERS=returned"}  # fmt: skip
        print(f"Name what to read: {command[asked.what]}", file=sys.stderr)
        return 2
    try:
        return {"make": make, "grade": grade}[asked.what](asked)
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
