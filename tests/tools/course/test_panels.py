"""Panels of students' own, from the roster to the marks."""

from __future__ import annotations

import itertools
import json
import os
import re
import resource

import jupytext
import pandas as pd
import pytest

from lib import panel
from tools.build import notebooks
from tools.course import __main__ as tool
from tools.course.grading import RIGHT, read_answers, read_key
from tools.course.panels import DIGITS, agrees, tolerance
from tools.yearbook.clean import clean
from tools.yearbook.reading import read_cities, read_yearbook
from tools.yearbook.weigh import weigh

ROSTER = "student,name\ns1,Ada Lovelace\ns_2,\n2020302131045,张三\n"


def run(what, folder, **given):
    return tool.main([what, *(f"--{name}={each}" for name, each in given.items()),
                      f"--out={folder}"])  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of three students' panels, and the right answers by student and question."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    assert run("make", folder / "out", students=folder / "roster.csv", seed="a class") == 0
    return folder / "out", right(folder / "out")


def right(folder):
    key = read_key(folder / "teacher" / "key.csv")
    key = key[key["what"].eq(RIGHT)]
    return {student: dict(zip(own["question"], own["answer"], strict=True))
            for student, own in key.groupby("student")}  # fmt: skip


def typed(question, answer):
    return repr(answer) if DIGITS[question] is None else answer


def filled(folder, student, answers, target):
    """An assignment with answers as a student types them, in a folder of its own."""
    text = (folder / "students" / student / "assignment.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        for question, answer in answers.items():
            source = source.replace(f'"{question}": None', f'"{question}": {answer}')
        cell["source"] = source
    target.mkdir(parents=True)
    (target / "assignment.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return notebook


def test_a_student_gets_three_files_and_nothing_of_the_key(made):
    folder, answers = made
    assert sorted(each.name for each in folder.iterdir()) == ["students", "teacher"]
    for student in answers:
        own = folder / "students" / student
        names = ["assignment.ipynb", "cities.csv", "yearbook.csv"]
        assert sorted(each.name for each in own.iterdir()) == names
        text = (own / "assignment.ipynb").read_text(encoding="utf-8")
        assert "**Invented.**" in text and "%%" not in text
        numbers = [each for q, each in answers[student].items() if DIGITS[q] is not None]
        assert not any(each[:-2] in text for each in numbers)


def test_a_yearbook_reads_and_nothing_in_it_is_refused(made):
    for own in (made[0] / "students").iterdir():
        cities = read_cities(own / "cities.csv")
        yearbook = read_yearbook(own / "yearbook.csv", cities)
        doubts = weigh(yearbook, clean(yearbook, cities), cities, panel.load_natural_growth())
        assert not [doubt for doubt in doubts if doubt.grade == "refuse"]
        assert cities["province_en"].str.startswith("Invented").all()


def test_the_way_of_three_students(made, tmp_path, monkeypatch, capsys):
    folder, answers = made
    returned = tmp_path / "returned"
    first, second, third = answers
    filled(folder, first, {q: typed(q, each) for q, each in answers[first].items()},
           returned / "a")  # fmt: skip
    # The second runs the notebook; what it computes stands in answers.csv alone.
    code = {question: f"({typed(question, each)})" for question, each in answers[second].items()}
    code["q1"] = f"float('{answers[second]['q1']}')"
    notebook = filled(folder, second, code, returned / "b")
    monkeypatch.chdir(folder / "students" / second)
    space = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(cell["source"], space)
    (folder / "students" / second / "answers.csv").rename(returned / "b" / "answers.csv")
    key = pd.read_csv(folder / "teacher" / "key.csv", dtype=str)
    gives = key.set_index(["student", "question", "what"])["answer"][third]
    slips = {
        "q1": gives["q1", "k in per cent"],
        "q2": repr(gives["q2", "right"].replace(".", ",") + " %"),
        "q5": f"{float(gives['q5', 'right']) + 0.004:.4f}",
        "q6": "1000",
        "q7": gives["q7", "classical error"],
        "q8": repr(gives["q8", "right"].upper()),
    }
    filled(folder, third, slips, returned / "c")
    marks = tmp_path / "marks"
    assert run("grade", marks, key=folder / "teacher" / "key.csv", answers=returned) == 0
    assert "3 of 3 students" in capsys.readouterr().out
    grades = pd.read_csv(marks / "grades.csv", dtype=str, keep_default_na=False)
    assert set(grades.loc[grades["student"].ne(third), "mark"]) == {"right"}
    own = grades[grades["student"].eq(third)].set_index("question")
    assert own["mark"].tolist() == ["partly", "right", "wrong", "wrong", "partly", "wrong",
                                    "partly", "right", "wrong", "wrong"]  # fmt: skip
    assert own["mistake"].tolist() == ["k in per cent", "", "no answer", "no answer",
        "rounded too far", "", "classical error", "", "no answer", "no answer"]  # fmt: skip
    table = pd.read_csv(marks / "questions.csv").set_index("question")
    assert table.loc["q3", ["answers", "right", "wrong"]].tolist() == [2, 0.667, 0.333]
    assert table.loc["q1", ["commonest", "times"]].tolist() == ["k in per cent", 1]


def cell(text, student="s1"):
    source = f'student = "{student}"\nanswers = {text}'
    return json.dumps({"cells": [{"cell_type": "code", "source": [source]}]})


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "student,question,answer\ns9,q1,1\n", "row 2, column student: found 's9'"),
        ("a.csv", "student,question,answer\ns1,q1,1\ns1,q1,2\n", "row 3, column student, question"),
        ("a.csv", "student,question,answer\ns1,q0,1\n", "found 'q0'; expected one of q1, q2"),
        ("a.csv", "student,question,answer\ns1,q1,one\n", "row 2, q1: found 'one'; expected a num"),
        ("a.csv", "student,question,answer\ns1,q8,=1+1\n", "q8: found '=1+1'; expected a name"),
        ("a.ipynb", "{}", "found no notebook"),
        ("a.ipynb", "[" * 100_000, "found no notebook"),
        ("a.ipynb", json.dumps({"cells": []}), "found student None"),
        ("a.ipynb", cell("{}", "s9"), "found student 's9'; expected a student of the key"),
        ("a.ipynb", cell("{}").replace("answers", "a"), "found 0 cells that set answers"),
        ("a.ipynb", cell("1"), "found answers of no braces"),
        ("a.ipynb", cell("{'q1': 1, 'q1': 2}"), "cell 1: found q1 twice"),
        ("a.ipynb", cell("{'q0': 1}"), "cell 1: found question 'q0'; expected one of q1"),
        ("a.ipynb", cell("{'q1': 1e999}"), "cell 1, q1: found 'inf'; expected a number"),
        ("a.ipynb", cell("{'q1': True}"), "cell 1, q1: found 'True'; expected a number"),
        ("a.ipynb", cell("{}\nanswers['q1'] = 1"), "cell 1: found answers[...] = ..."),
        ("a.ipynb", cell("{'q1': open('run', 'w')}"), "found \"open('run', 'w')\"; expected a num"),
        ("a.txt", "q1 = 1", "found no notebook and no CSV file"),
    ],
    ids=lambda text: text[:30],
)
def test_what_cannot_be_marked_is_named_and_nothing_is_written(
    made, tmp_path, monkeypatch, capsys, name, text, words
):
    monkeypatch.chdir(tmp_path)
    returned, marks = tmp_path / "returned", tmp_path / "marks"
    returned.mkdir()
    (returned / name).write_text(text, encoding="utf-8")
    key = made[0] / "teacher" / "key.csv"
    assert run("grade", marks, key=key, answers=returned) == 2
    said = capsys.readouterr().err
    assert words in said and str(returned) in said
    assert sorted(each.name for each in tmp_path.iterdir()) == ["returned"]  # and no code was run


def test_all_that_is_wrong_is_said_at_once_and_a_student_hands_in_once(made, tmp_path):
    for name in "abc":
        (tmp_path / f"{name}.ipynb").write_text(cell("{'q1': 1}"), encoding="utf-8")
    (tmp_path / "d.ipynb").write_text("", encoding="utf-8")
    (tmp_path / ".hidden.ipynb").write_text("", encoding="utf-8")
    with pytest.raises(panel.DataError) as refusal:
        read_answers(tmp_path, {"s1"})
    lines = str(refusal.value).splitlines()
    assert len(lines) == 3 and re.search(
        r"b\.ipynb: found student s1 again, as in .*a\.ip", lines[0]
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((",q1,right,", ",q1,wrong,"), "found 9 right answers of s1; expected 10"),
        (("0.0001\n", "-1\n"), "column tolerance: found -1; expected zero or more"),
        (("s1,q1,right,", "s1,q1,right,x"), "row 2, column answer: found 'x"),
    ],
)
def test_a_key_that_is_none_is_refused(made, tmp_path, change, words):
    text = (made[0] / "teacher" / "key.csv").read_text(encoding="utf-8")
    (tmp_path / "key.csv").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(panel.DataError, match=re.escape(words)):
        read_key(tmp_path / "key.csv")


def test_panels_are_never_overwritten_and_without_a_roster_nothing_is_made(made, tmp_path, capsys):
    folder = made[0]
    before = (folder / "teacher" / "key.csv").read_bytes()
    assert run("make", folder, students=folder.parent / "roster.csv") == 2
    assert "expected a new folder" in capsys.readouterr().err
    assert (folder / "teacher" / "key.csv").read_bytes() == before
    assert run("make", tmp_path / "out", students=tmp_path / "none.csv") == 2
    assert run("make", tmp_path / "out") == 2 and not list(tmp_path.iterdir())


def test_a_class_that_is_not_made_to_the_end_leaves_nothing(made, tmp_path, monkeypatch):
    monkeypatch.setattr(tool.grading, "key", lambda _: tmp_path.joinpath("none").read_text())
    assert run("make", tmp_path / "out", students=made[0].parent / "roster.csv") == 2
    assert not list(tmp_path.iterdir())


def test_the_template_asks_every_question_once():
    template = jupytext.read(tool.TEMPLATES / "assignment.md", fmt=notebooks.FORMAT)
    text = "\n".join(each.source for each in template.cells)
    assert re.findall(r"\*\*(q\d+)\.\*\*", text) == list(DIGITS) == re.findall(r'"(q\d+)": N', text)
    words = {2: "Two", 3: "Three", 4: "Four"}
    for question, digits in DIGITS.items():
        asked = text.split(f"**{question}.**")[1].splitlines()[0]
        assert digits is None or asked.endswith(f"{words[digits]} digits.")


@pytest.mark.slow
def test_a_class_of_200_is_made_and_marked_in_a_minute_and_no_two_are_alike(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("student,name\n" + "".join(f"s{i:03},\n" for i in range(200)), "utf-8")
    began = processor()
    assert run("make", tmp_path / "out", students=roster, seed="a class of 200") == 0
    answers = right(tmp_path / "out")
    for student, own in answers.items():
        said = {question: typed(question, each) for question, each in own.items()}
        filled(tmp_path / "out", student, said, tmp_path / "returned" / student)
    key = tmp_path / "out" / "teacher" / "key.csv"
    assert run("grade", tmp_path / "marks", key=key, answers=tmp_path / "returned") == 0
    assert (processor() - began) / 2 < 60  # of two cores
    grades = pd.read_csv(tmp_path / "marks" / "grades.csv")
    assert len(grades) == 2000 and set(grades["mark"]) == {"right"}
    for question in DIGITS:
        if (within := tolerance(question)) is None and question == "q9":
            continue  # one of four words
        said = [own[question] for own in answers.values()]
        said = said if within is None else [float(each) for each in said]
        pairs = list(itertools.combinations(said, 2))
        assert sum(agrees(*pair, within) for pair in pairs) < 0.05 * len(pairs), question


def processor():
    """Seconds of processor time, of this process and those it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    own = os.times()
    return own.user + own.system + children.ru_utime + children.ru_stime
