"""Panels of students' own, and the marks of a course.

``make panels STUDENTS=roster.csv`` writes a folder a student and one for the teacher;
``make grade KEY=key.csv ANSWERS=returned [WORDS=words.csv] [PLAN=six]`` marks what came back.
Paths come from the environment or the command line, so that no shell reads them.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import jupytext
import pandas as pd

from lib import prose, published
from lib.panel import DataError
from tools.course import grading, panels, sheets, work
from tools.render import notebooks
from tools.yearbook.build import write
from tools.yearbook.schema import COLUMNS

ROOT = notebooks.ROOT
TEMPLATES = Path(__file__).with_name("panel_pages")
CLASS = "seeds.csv"  # the roster, and what each student got, beside the key


def assignment(template: str, student: str, name: str, panel: panels.Panel) -> str:
    """The notebook of a student, from the template."""
    cell = published.coefficients(1).iloc[0]
    said = {
        "student": student,
        "who": prose.escape(f"{name} ({student})" if name else student),
        "first": str(panel.yearbook["year"].min()),
        "years": str(panels.YEARS),
        "printed": prose.escape(prose.starred(cell["coef"], cell["stars"])),
        **panel.asked,
    }
    made = jupytext.reads(filled(template, said), fmt=notebooks.FORMAT)
    return notebooks.serialised(notebooks.identified(made))


def filled(text: str, said: Mapping[str, str]) -> str:
    """A template with words in the place of ``%%name%%``."""
    for name, words in said.items():
        text = text.replace(f"%%{name}%%", words)
    return text


def make(arguments: argparse.Namespace) -> int:
    """Write the panels of a class into a new folder; say where they are."""
    roster = panels.read_roster(arguments.students)
    seed = arguments.seed or secrets.token_hex(8)
    out = Path(arguments.out or ROOT / "_build" / "panels").resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(f"{out}: found other files; expected a new folder")
    made = {student: panels.made(student, seed) for student in roster["student"]}
    readme, template = (
        (TEMPLATES / name).read_text(encoding="utf-8") for name in ("README.md", "assignment.md")
    )
    readings = [panel.asked["reading"] for panel in made.values()]
    files: dict[str, pd.DataFrame | str] = {
        "teacher/key.csv": grading.key(made),
        f"teacher/{CLASS}": roster.assign(reading=readings, seed=seed),
        "teacher/README.md": filled(readme, {"count": str(len(made))}),
    }
    for (student, panel), name in zip(made.items(), roster["name"], strict=True):
        own = f"students/{student}"
        files[f"{own}/yearbook.csv"] = panel.yearbook.reindex(columns=COLUMNS)
        files[f"{own}/cities.csv"] = panel.cities
        files[f"{own}/assignment.ipynb"] = assignment(template, student, name, panel)
    for place, each in files.items():
        text = each if isinstance(each, str) else each.to_csv(index=False, lineterminator="\n")
        notebooks.write(out / place, text)
    print(f"{len(made)} panels in {out / 'students'}, the key in {out / 'teacher'}")
    return 0


def grade(arguments: argparse.Namespace) -> int:
    """Mark what came back, write the grade book, and say what a person has to look at."""
    key = grading.read_key(arguments.key)
    students, place = set(key["student"]), Path(arguments.key).with_name(CLASS)
    roster = pd.read_csv(place, dtype=str, keep_default_na=False) if place.is_file() else None
    found, done, wrong = grading.read_answers(arguments.answers, students, roster)
    grades = grading.graded(key, found)
    wrong += grading.copied(key, found)
    if absent := sorted(students - {student for student, _ in [*found, *done]}):
        other = grading.returned(Path(arguments.answers))[1]
        wrong += [f"{sheets.plain(each)}: neither a notebook nor a CSV file" for each in other]
        wrong.append(f"Nothing from {prose.listed(absent)}")
    plan = arguments.plan or "six"
    words = work.form(sorted(students), done, plan)
    if arguments.words:
        words, unfit = work.filled(words, arguments.words)
        wrong += unfit
    totals = grades.groupby("student")["points"].sum().round(9).rename("Panel")
    marks = work.marked(words, done, totals, plan)
    files = {"grades.csv": grades, "words.csv": words, "marks.csv": marks.reset_index(),
             "to_look_at.csv": pd.DataFrame({"what": wrong})}  # fmt: skip
    out = Path(arguments.out or ROOT / "_build" / "grades").resolve()
    (out / "feedback").mkdir(parents=True, exist_ok=True)
    write({out / name: each for name, each in files.items()})
    for student, own in marks.iterrows():
        text = work.feedback(own, words, done, grades)
        (out / "feedback" / f"{student}.md").write_text(text, encoding="utf-8")
    print(*wrong, sep="\n")
    look = f"; look at the {len(wrong)} lines above" * bool(wrong)
    came, still = len(students) - len(absent), int(words["points"].eq("").sum())
    print(f"{came} of {len(students)} students: {out / 'marks.csv'}; {still} points to fill in "
          f"in words.csv{look}")  # fmt: skip
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; return the exit status, 2 where nothing can be done."""
    parser = argparse.ArgumentParser(prog="python -m tools.course", description=__doc__)
    parser.add_argument("what", choices=("make", "grade"))
    for name in ("students", "seed", "key", "answers", "words", "plan", "out"):
        default = os.environ.get(name.upper())
        parser.add_argument(f"--{name}", default=default, help=f"${name.upper()}")
    asked = parser.parse_args(arguments)
    needed, run = {"make": (("students",), make), "grade": (("key", "answers"), grade)}[asked.what]
    try:
        if not all(getattr(asked, name) for name in needed):
            raise DataError(f"Name what to read.\n{__doc__}")
        return run(asked)
    except (DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
