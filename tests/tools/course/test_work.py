"""What is handed in beside panels: read as data, judged by a person in a form, and added up."""

from __future__ import annotations

import json
import math
import re

import nbformat
import pandas as pd
import pytest

from tools.course import __main__ as tool
from tools.course import starters, work
from tools.render import notebooks

PLAN = "four"


@pytest.fixture(scope="module")
def starter():
    """The starter of chapter 2, with numbers of displays left out."""
    patch = pytest.MonkeyPatch()
    patch.setattr(starters, "_number", lambda label, pages: label)
    yield starters.starter(notebooks.Pair(notebooks.ROOT, "02-theory"))
    patch.undo()


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    """The folder of two students' panels."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "roster.csv").write_text("student,name\ns1,Ada\ns2,Bo\n", encoding="utf-8")
    assert grade(folder / "out", what="make", students=folder / "roster.csv", seed="a") == 0
    return folder / "out" / "teacher"


def grade(out, what="grade", **given):
    return tool.main([what, *(f"--{name}={each}" for name, each in given.items()), f"--out={out}"])


def returned(starter, folder, changes, words=None):
    """A starter as a student saves it: with cells of code changed, and words in its texts."""
    made = nbformat.from_dict(json.loads(json.dumps(starter)))
    for cell in made.cells:
        for old, (new, shown) in changes.items():
            if old in cell.source:
                cell.source = cell.source.replace(old, new)
                cell.outputs += [nbformat.v4.new_output("stream", text=shown)] * bool(shown)
        label = cell.metadata.get("exercise")
        if label in (words or {}):
            cell.source = words[label]
    folder.mkdir(parents=True)
    nbformat.write(made, folder / "02-theory.ipynb")


def test_one_command_marks_checks_words_and_exam_and_runs_no_code(starter, teacher, tmp_path):
    came = tmp_path / "came"
    right = f"{100 * (1.5**0.7 - 1):.1f}"
    returned(
        starter, came / "s1 Ada",
        {'check("ex-theory-1", ...)': (f'check("ex-theory-1", "{right} %")  # mine', ""),
         'check("ex-theory-1b", ...)': ('check("ex-theory-1b", x)', "ex-theory-1b: Right.\n"),
         "# your code here": ("open('ran', 'w')", "")},
        {"ex-theory-1": "*In words, ex-theory-1:* =Income falls.", "ex-theory-4": "A line."},
    )  # fmt: skip
    returned(starter, came / "s2", {'check("ex-theory-1", ...)': ('check("ex-theory-1", 35)', "")})
    returned(starter, came / "unknown", {"...)": ("1)", "")})
    asked = {"key": teacher / "key.csv", "answers": came, "plan": PLAN}
    assert grade(tmp_path / "one", **asked) == 0 and not list(tmp_path.rglob("ran"))
    words = pd.read_csv(tmp_path / "one" / "words.csv", dtype=str, keep_default_na=False)
    assert list(words) == work.FORM and words["text"].str.startswith("=").sum() == 0
    own = words[words["student"].eq("s1")].set_index("label")
    assert own.loc["ex-theory-1", ["points", "text"]].tolist() == ["", "“=Income falls.”"]
    assert own.loc["ex-theory-4", "text"] == "“A line.”"
    assert own.loc["ex-overall-5", "points"] == "0"
    marks = pd.read_csv(tmp_path / "one" / "marks.csv").set_index("student")
    assert marks["mark"].isna().all()
    look = (tmp_path / "one" / "to_look_at.csv").read_text(encoding="utf-8")
    assert "unknown/02-theory.ipynb: no name says whose it is" in look

    words.loc[words["points"].eq(""), "points"] = words["most"]
    words.loc[words["label"].eq("exam"), "points"] = "5"
    words["comment"] = ["Say why." if n == 0 else "" for n in range(len(words))]
    words.to_csv(tmp_path / "filled.csv", index=False, encoding="gb18030")
    assert grade(tmp_path / "two", words=tmp_path / "filled.csv", **asked) == 0
    marks = pd.read_csv(tmp_path / "two" / "marks.csv").set_index("student")
    labels = [label for label, each in work.known().items() if each["exercise"] in work.due(PLAN)]
    most = len(labels) + 2 * len(work.due(PLAN))
    ada = 100 * (2 + 4) / most  # two checks right, the words of two exercises in full
    assert marks.loc["s1", "exercises"] == pytest.approx(ada, abs=0.06)
    assert marks.loc["s2", "exercises"] == 0 and marks.loc["s1", "exam"] == 50
    assert marks.loc["s1", "mark"] == round(0.2 * ada + 0.2 * 50)
    said = (tmp_path / "two" / "feedback" / "s1.md").read_text(encoding="utf-8")
    assert "Say why." in said and "Right." in said and "(by its output)" in said
    other = (tmp_path / "two" / "feedback" / "s2.md").read_text(encoding="utf-8")
    assert "- ex-theory-1: 35 " in other and "Right." not in other


def test_points_that_cannot_be_are_named_and_stay_open(tmp_path):
    empty = work.form(["s1"], {("s1", "ex-theory-1 in words"): ("A text.", False, "")}, PLAN)
    made = empty.assign(points=["9", *empty["points"][1:]])
    made.to_csv(tmp_path / "words.csv", index=False)
    filled, (line,) = work.filled(empty, tmp_path / "words.csv")
    assert "row 2: found '9'; expected points from 0" in line and filled["points"][0] == ""


def test_the_figures_of_the_exam_and_of_its_key_are_those_of_a_pocket_calculator():
    folder = notebooks.ROOT / "book" / "tools" / "course" / "exam"
    exam, key = ((folder / f"{name}.md").read_text("utf-8") for name in ("exam", "key"))
    left = math.log(20 / 7.5) / math.log(12 / 3)
    home = 100 / 70
    ends = [-0.18 + sign * t * se for t, se in [(1.98, 0.03), (2.23, 0.06)] for sign in (-1, 1)]
    figures = [12 / 3, 20 / 7.5, left, 10 * math.log(2) / -math.log(left)]
    figures += [math.log(1.3) - 0.25 * math.log(1.6), 412 / 400 - 0.005, 412 / 380 - 1.011]
    figures += [40 / 100 + 20 / 100, 40 / 200 + 10 / 100, 40 / 100 + 10 / 100]
    figures += [140 / 70, 140 / 100, home, home**0.2, 1.4 * home**0.2, *ends]
    digits = [2, 2, 3, 1, 3, 3, 3, 2, 2, 2, 2, 2, 3, 3, 2, 3, 3, 3, 3]
    for figure, places in zip(figures, digits, strict=True):
        assert f"{figure:.{places}f}".replace("-", "−") in key, figure
    assert exam.count("points).**") == 6 == len(re.findall(r"^\d\. ", key, re.M))
    names = re.findall(r"^\*\*\d\. (.+?) \(", exam, re.M)
    asked = work.parts().set_index("part").loc["exam", "criteria"]
    assert ";".join(names).lower() == asked
