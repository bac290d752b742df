"""What is handed in beside panels: answers to checks, texts, and the points that a person gives.

No code of a student runs.  An answer counts as it is typed, and what code gives as the output
beside it says, which proves as little: both can be found by trying.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from lib import panel
from lib.panel import DataError
from tools.course import answers, checks, sheets
from tools.render import notebooks

WORDS = "*In words, {}:*"
"""What a starter puts where a student writes; the label of the exercise stands in it."""
ALL = " in words"
_WORDS = re.compile(r"\*In words, (ex-[\w-]+):\*\s*(.*)", re.S)
_CHECK = re.compile(
    r"""^check\(\s*["'](ex-[\w-]+)["']\s*,\s*(.{1,200}?)[\s,]*\)[ \t]*(?:#[^\n]*)?$""", re.M | re.S
)
_EXERCISE = re.compile(r"""^(?:\*In words, ex-|check\(\s*["']ex-)""", re.M)
FORM = ["student", "part", "label", "criterion", "most", "points", "comment", "text"]
Handed = dict[tuple[str, str], tuple[str, bool, str]]
"""By student and label, of a check or with `ALL`: text, whether it is right, what is said."""


@cache
def known() -> dict[str, dict[str, Any]]:
    """The checks of the book by label: what `answers.judged` takes, and ``exercise``."""
    cells = [notebooks.twin(pair).cells for pair in notebooks.pairs()]
    return {each.label: each.about | {"exercise": each.exercise}
            for page in cells for each in checks.of(page)}  # fmt: skip


@cache
def parts() -> pd.DataFrame:
    """The parts of the mark, as ``data/marks.csv`` has them."""
    return pd.read_csv(panel.DATA / "marks.csv", keep_default_na=False)


def due(plan: str) -> list[str]:
    """The exercises that a plan of ``data/sessions.csv`` hands in, in order."""
    sessions = pd.read_csv(panel.DATA / "sessions.csv", keep_default_na=False)
    if plan not in sessions:
        raise DataError(f"PLAN: found {plan!r}; expected nine, six, four or day")
    labels = sessions.loc[sessions[plan].eq("yes"), "hand_in"].str.findall("`(ex-[^`]+)`").sum()
    return [label for label in dict.fromkeys(labels) if label not in {*parts()["label"]}]


def is_work(cells: Iterable[Mapping]) -> bool:
    """Whether a notebook is a starter, with or without answers."""
    return any(_EXERCISE.search(each["source"]) for each in cells)


def handed(cells: Iterable[Mapping], student: str) -> Handed:
    """What a student's notebook answers; the dots of a starter and empty texts are left out."""
    found: Handed = {}
    current = ""  # the exercise in whose words a text stands
    for cell in cells:
        source = cell["source"]
        if cell["cell_type"] == "markdown":
            begun = _WORDS.match(source.strip())
            if begun or cell["exercise"]:  # the label stays where the first words are overwritten
                current, source = begun.groups() if begun else (cell["exercise"], source)
            elif source.startswith("## "):
                current = ""
            place = student, current + ALL
            text = f"{found.get(place, ('',))[0]}\n\n{source}".strip()
            if current and text:
                found[place] = text, False, ""
        else:
            for label, entry in _CHECK.findall(source):
                if label in known() and entry != "...":
                    found[student, label] = entry, *_judged(label, entry, cell["shown"])
    return found


def _judged(label: str, entry: str, shown: str) -> tuple[bool, str]:
    try:
        value = ast.literal_eval(f"({entry},)")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        said = ["No output.", *re.findall(rf"^{label}: (.*)$", shown, re.M)][-1]
        return said.startswith("Right."), f"{said} (by its output)"
    return answers.judged(label, known()[label], value[0] if len(value) == 1 else value)


def form(students: Iterable[str], work: Handed, plan: str) -> pd.DataFrame:
    """What a person has to judge: a row for each criterion, with a student's text beside it.

    Where no text was handed in there are no points; a text cannot be a formula of a spreadsheet.
    """
    asked = [("exercises", label, "words", 2.0) for label in due(plan)]
    for row in parts().query("label != ''").itertuples():
        each = row.criteria.split(";")
        asked += [(row.part, row.label, name, float(row.most) / len(each)) for name in each]
    rows: list[list] = []
    for student, (part, label, criterion, most) in product(students, asked):
        text = work.get((student, label + ALL), ("",))[0]
        points = "" if text or part == "exam" else "0"
        again = bool(rows) and rows[-1][:3] == [student, part, label]
        shown = f"“{text}”" if text and not again else ""
        rows.append([student, part, label, criterion, f"{most:g}", points, "", shown])
    return pd.DataFrame(rows, columns=FORM)


def filled(empty: pd.DataFrame, path: Path | str) -> tuple[pd.DataFrame, list[str]]:
    """The form with the points and comments of a file, and which of its points cannot be."""
    given = sheets.read(path, len(empty) * 2)
    if missing := {*FORM[:-1]} - {*given}:
        raise sheets.refusal(Path(path), "no " + ", ".join(sorted(missing)), "words.csv as made")
    ids = ["student", "label", "criterion"]
    points = pd.to_numeric(given["points"], errors="coerce")
    most = given[ids].merge(empty[[*ids, "most"]], how="left", on=ids)["most"].astype(float)
    fits = points.between(0, most.to_numpy())
    wrong = [f"{sheets.plain(path)}, row {line}: found {points!r}; expected points from 0 to the "
             "most of a row as made" for line, points in given["points"][~fits].items()
             if points]  # fmt: skip
    kept = given[fits | given["points"].eq("")].drop_duplicates(ids, keep="last")
    kept = kept.set_index(ids)[["points", "comment"]]
    whole = empty.set_index(ids)
    whole.update(kept[kept.ne("")])
    return whole.reset_index()[FORM], wrong


def marked(words: pd.DataFrame, work: Handed, panels: pd.Series, plan: str) -> pd.DataFrame:
    """The mark of each student: by part the per cent of its points, and ``mark``, 0 to 100.

    A part with a cell to fill in has none, nor has the mark; ``panels`` are points out of ten.
    """
    points = words.assign(points=pd.to_numeric(words["points"]), most=words["most"].astype(float))
    sums = points.groupby(["student", "part"], sort=False)[["points", "most"]]
    given = sums.agg(lambda each: each.sum(skipna=False)).unstack()
    labels = [label for label, about in known().items() if about["exercise"] in due(plan)]
    right = [sum(work.get((student, label), ("", False))[1] for label in labels)
             for student in given.index]  # fmt: skip
    given["points", "exercises"] += right
    given["most", "exercises"] += len(labels)
    table = 100 * given["points"] / given["most"]
    table["panel"] = 10 * panels.reindex(table.index).fillna(0)
    share = parts().set_index("part")["share"]
    table = table[[*share.index]]
    table["mark"] = (table * share / 100).sum(axis=1, skipna=False).round(9).round()
    return table.round(1).rename_axis("student")


def feedback(own: pd.Series, words: pd.DataFrame, work: Handed, panels: pd.DataFrame) -> str:
    """What a student reads: the mark, each part, and what was said of each answer and text."""
    parts = [f"{part}: " + ("open" if pd.isna(each) else f"{each:g}") for part, each in own.items()]
    said = [f"{label}: {text} {says}" for (who, label), (text, _, says) in work.items()
            if who == own.name and says]  # fmt: skip
    read = [f"{row.label}, {row.criterion}: {row.points or 'open'} of {row.most}. {row.comment}"
            for row in words[words["student"].eq(own.name)].itertuples()]  # fmt: skip
    panel = [f"{row.question}: {row.given}, {row.points:g} of 1. {row.mistake}"
             for row in panels[panels["student"].eq(own.name)].itertuples()]  # fmt: skip
    heads = {f"# {own.name}\n\nAll in per cent; the mark is of 100.": parts,
             "## Checked answers": said, "## What was read": read, "## Panel": panel}  # fmt: skip
    blocks = (
        "\n".join([head, "", *(f"- {line}" for line in each)]) for head, each in heads.items()
    )
    return re.sub(r" +$", "", "\n\n".join(blocks), flags=re.M) + "\n"
