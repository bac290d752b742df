"""Panels of students' own, from the roster to the marks."""

from __future__ import annotations

import itertools
import json
import re
import shutil

import pandas as pd
import pytest

from lib import panel
from tools.course import __main__ as tool
from tools.course import grading
from tools.course.grading import RIGHT, read_answers, read_key, returned
from tools.course.panels import DIGITS, agrees, tolerance
from tools.yearbook.clean import clean
from tools.yearbook.judge import judge
from tools.yearbook.reading import read_cities, read_yearbook

CLASS = pd.DataFrame(
    [("s1", "Ada Lovelace"), ("s2", "王明"), ("s3", "王明"), ("s14", "Zoë O'Brien"),
     ("ada", "王明华"), ("3", "Lin Bo")], columns=["student", "name"])  # fmt: skip
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


def test_a_student_gets_three_files_that_read_and_nothing_of_the_key(made):
    folder, answers = made
    assert sorted(each.name for each in folder.iterdir()) == ["students", "teacher"]
    for student in answers:
        own = folder / "students" / student
        names = ["assignment.ipynb", "cities.csv", "yearbook.csv"]
        assert sorted(each.name for each in own.iterdir()) == names
        text = (own / "assignment.ipynb").read_text(encoding="utf-8")
        assert "**Invented.**" in text and "%%" not in text
        assert set(re.findall(r"\*\*(q\d+)\.\*\*", text)) == {*DIGITS}
        numbers = [each for q, each in answers[student].items() if DIGITS[q] is not None]
        assert not any(each[:-2] in text for each in numbers)
        cities = read_cities(own / "cities.csv")
        yearbook = read_yearbook(own / "yearbook.csv", cities)
        assert not judge(yearbook, clean(yearbook, cities), panel.load_exchange_rate())
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
        "q2": repr(gives["q2", "right"].replace(".", ",") + " %").replace("'", "“"),
        "q6": "1000",
        "q7": gives["q7", "classical error"],
        "q8": repr(gives["q8", "right"].upper()),
    }
    filled(folder, third, slips, returned / "c")
    marks = tmp_path / "marks"
    # Another weight, as a teacher writes it.
    key.loc[key["what"].eq("k in per cent"), "points"] = "0.5"
    shutil.copytree(folder / "teacher", tmp_path / "teacher")
    key.to_csv(tmp_path / "teacher" / "key.csv", index=False)
    assert run("grade", marks, key=tmp_path / "teacher" / "key.csv", answers=returned) == 0
    assert "3 of 3 students" in capsys.readouterr().out
    grades = pd.read_csv(marks / "grades.csv", dtype=str, keep_default_na=False)
    assert set(grades.loc[grades["student"].ne(third), "mark"]) == {"right"}
    own = grades[grades["student"].eq(third)].set_index("question")
    none = ("wrong", "no answer", 0)
    expected = dict.fromkeys(DIGITS, none) | {
        "q1": ("partly", "k in per cent", 0.5), "q2": ("right", "", 1), "q6": ("wrong", "", 0),
        "q7": ("partly", "classical error", 0.25), "q8": ("right", "", 1),
    }  # fmt: skip
    columns = own["mark"], own["mistake"], own["points"].astype(float)
    assert dict(zip(own.index, zip(*columns, strict=True), strict=True)) == expected
    own = (marks / "feedback" / f"{third}.md").read_text(encoding="utf-8")
    assert "- q7:" in own and "0.25 of 1. classical error" in own and "- mark: open" in own


def cell(text, student="s1"):
    source = f'%%time\nstudent = "{student}"\nanswers = {text}'
    return json.dumps({"cells": [{"cell_type": "code", "source": [source]}]})


HEAD = "student,question,answer\n"
ODD = [
    ("a.csv", f"{HEAD}s99,q1,1\n", "row 2: found student 's99'"),
    ("a.csv", f"{HEAD}s1,q1\n", "row 2: found 2 fields; expected 3"),
    ("a.csv", f"{HEAD}s2,q1,0\ns2,q1,2\n", "row 3: found s2, q1 again"),
    ("a.csv", f"{HEAD}s3,q0,1\n", "'q0'; expected a student of the key and"),
    ("a.csv", f"{HEAD}s4,q8,=1+1\n", "q8: found '=1+1'; expected a num"),
    ("b.csv", "a,b\n1,2\n", "found the columns a, b; expected student, question, answer"),
    ("a\nb.ipynb", "", "a\\nb.ipynb: found no notebook"),
    ("a.ipynb", "[" * 100_000, "found no notebook"),
    ("a.ipynb", " " * 20_000_001, "found 20,000,001 bytes; expected at most 20,000,000"),
    ("a.ipynb", cell("1"), "found no cell that sets answers"),
    ("a.ipynb", cell("{'q1': 1e999}", "s10"), "cell 1, line 3, q1: found '1e999'; expected a num"),
    ("a.ipynb", cell("{\n'q1': 364/100}", "s11"), "cell 1, line 4, q1: found '364/100'"),
    ("a.ipynb", cell("{'q1': open('ran', 'w')}", "s12"), "found \"open('ran', 'w')\"; expected a"),
    ("a.ipynb", cell("{'q8': best}", "s13"), "found 'best'; expected a number, or a word in quo"),
]


def test_what_cannot_be_read_is_listed_with_its_place_and_no_code_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, (name, text, _) in enumerate([*ODD, ("a.ipynb", cell("{'q1': 5}", "s14"), "")]):
        folder = tmp_path / (f"s{number}" if number else "unknown")
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    found, _, wrong = read_answers(tmp_path, {f"s{number}" for number in range(15)})
    assert found["s14", "q1"].answer == 5 and len(wrong) == len(ODD)
    for number, (_, _, words) in enumerate(ODD):
        place = f"{tmp_path}/s{number}/" if number else "unknown"
        assert [line for line in wrong if place in line and words in line], words
    assert not list(tmp_path.rglob("ran"))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("q2", "'3.64 %'", 3.64), ("q1", "(0.9948)", 0.9948), ("q1", ".9948,  # or 1.2", 0.9948),
        ("q8", '["Neskumwick"]', "Neskumwick"), ("q9", "cannot_tell", "cannot tell"),
        ("q2", "３。６４，", 3.64), ("q8", "“Neskumwick”，", "Neskumwick"),
    ],
)  # fmt: skip
def test_an_answer_is_read_as_students_type_it(tmp_path, question, text, answer):
    (tmp_path / "a.ipynb").write_text(cell(f'{{\n"{question}": {text},\n"q3": None}}'))
    found, _, wrong = read_answers(tmp_path, {"s1"})
    assert found["s1", question].answer == answer and found["s1", "q3"].answer == "" and not wrong


def test_an_empty_answer_never_wins_and_of_copies_the_last_counts(tmp_path):
    folder = tmp_path / "Ada Lovelace_123_assignsubmission_file_"
    folder.mkdir()
    empty = "student,question,answer\n" + "".join(f"s1,{each},\n" for each in DIGITS)
    (folder / "answers.csv").write_text(empty, encoding="utf-8")
    (folder / "assignment.ipynb").write_text(cell("{'q1': 1, 'q2': 2}"), encoding="utf-8")
    (folder / "assignment (1).ipynb").write_text(cell("{'q1': None, 'q2': 3}"), encoding="utf-8")
    for name in (".hidden.ipynb", "yearbook (1).csv", "5_cities-2.csv", "answers.xlsx"):
        (folder / name).write_text("", encoding="utf-8")
    (folder / "z.ipynb").symlink_to(folder / "assignment.ipynb")
    found, _, wrong = read_answers(tmp_path, {"s1"}, CLASS)
    assert [each.name for each in returned(tmp_path)[1]] == ["answers.xlsx", "z.ipynb"]
    assert [found["s1", each].answer for each in ("q1", "q2", "q3")] == [1, 3, ""] and not wrong


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Ada Lovelace_12_assignsubmission_file_/a.ipynb", "s1"), ("作业-王明华(2).ipynb", "ada"),
        ("lovelaceada_LATE_3_4_s.ipynb", "s1"), ("A1_s14_attempt_2026-11-02_x.ipynb", "s14"),
        ("77123-5 - Zoe OBrien - 1 Nov/in/a.ipynb", "s14"), ("s2 王明/a.ipynb", "s2"),
        ("Zoe OBrien_1_2_s1.ipynb", ""), ("s1/s2.ipynb", "s1"), ("王明_3_/a.ipynb", ""),
    ],
)  # fmt: skip
def test_a_file_is_of_whom_its_folder_names_and_never_of_another(tmp_path, name, student):
    for says in ("s1", "s14", "", "s99"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(cell("{'q1': 5}", says), "utf-8")
        (tmp_path / "b.csv").write_text("student;question;answer\ns3;q2;1\n", "utf-8")
        found, _, wrong = read_answers(tmp_path, {*CLASS["student"]}, CLASS)
        own = student and says in (student, "", "s99")
        assert [*found] == [("s3", "q2")] * bool(not own) or found[student, "q1"].answer == 5
        assert own or (says in wrong[0] and f"found at {student}" in wrong[0])


@pytest.mark.parametrize("place", ["s2/z.ipynb", "Eve_1_/s1/z.ipynb", "z.ipynb", "eve_1_s1.ipynb"])
def test_a_students_own_answers_stay_whatever_another_hands_in(tmp_path, place):
    for name, text in {"s1/a.ipynb": cell("{'q1': 0}"), place: cell("{'q1': 9, 'q2': 9}")}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    found, _, (line,) = read_answers(tmp_path, {"s1", "s2"})
    assert found["s1", "q1"].answer == 0 and len(found) == 1
    assert "answers of s1" in line and place in line and ("at s2" in line or "s1/a.ipynb" in line)


def test_of_two_files_that_nothing_tells_apart_neither_counts(tmp_path):
    table = "student\tquestion\tanswer\ns1\tq1\t１．０\ns1\tq8\t“Nesk”\n"
    (tmp_path / "a.csv").write_text(table, encoding="gb18030")
    (tmp_path / "c.ipynb").write_text(cell("{'q3': 3}", "s2"), "utf-8")
    found, _, wrong = read_answers(tmp_path, {"s1", "s2"})
    assert [given.answer for given in found.values()] == [1, "Nesk", 3] and not wrong
    for name in ("d.ipynb", "up/all/d/d.ipynb", "up/all/e/d.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(cell("{'q2': 3}"), "utf-8")
    found, _, (line,) = read_answers(tmp_path, {"s1", "s2"})
    assert [*found] == [("s2", "q3")] and re.search(r"a.csv, .*d.ipynb: answers of s1, and", line)
    with pytest.raises(panel.DataError, match="none counts"):
        read_answers(tmp_path / "up", {"s1"})


def test_another_students_numbers_are_named(made):
    key = read_key(made[0] / "teacher" / "key.csv")
    theirs, own = ({("s_2", question): grading.Given("", question, text, "", "")
                    for question, text in made[1][of].items()} for of in ("s1", "s_2"))  # fmt: skip
    (line,) = grading.copied(key, theirs)
    assert line == "Answers of s1 found at s_2: q1, q2, q3, q4, q5, q6, q7, q8, q10"
    assert not grading.copied(key, own | {("s_2", q): theirs["s_2", q] for q in ("q1", "q2")})


def points(key, given):
    """Points of students for whom `given` names answers, from what the key has of each question."""
    found = {}
    for (student, question), own in key.groupby(["student", "question"], sort=False):
        if text := given(question, own.set_index("what")["answer"]):
            found[student, question] = grading.Given(student, question, text, "", "")
    return grading.graded(key, found).groupby("student")["points"].sum()


def guesses_and_mistakes_give_little(key):
    for verdict in ("supported", "opposed", "cannot tell"):
        assert points(key, lambda q, _, v=verdict: v * (q == "q9")).max() <= 1 / 3
    for place in range(8):  # the first, second ... mistake; the right answer where none is known

        def slip(_, own, place=place):
            wrong = own.drop("right")
            return wrong.iloc[place % len(wrong)] if len(wrong) else own["right"]

        assert points(key, slip).max() <= 3
    turned = {"supported": "opposed", "opposed": "supported", "cannot tell": "supported"}
    assert set(points(key, lambda q, own: turned.get(own["right"], own["right"]))) == {9}
    return True


def test_guesses_and_mistakes_give_little(made):
    assert guesses_and_mistakes_give_little(read_key(made[0] / "teacher" / "key.csv"))


def test_a_key_that_is_none_is_refused_and_panels_are_never_overwritten(made, tmp_path, capsys):
    folder = made[0]
    text = (folder / "teacher" / "key.csv").read_text(encoding="utf-8")
    (tmp_path / "key.csv").write_text(text.replace(",q1,right,", ",q1,wrong,"), encoding="utf-8")
    with pytest.raises(panel.DataError, match="found 9 right answers of s1; expected 10"):
        read_key(tmp_path / "key.csv")
    assert run("make", folder, students=folder.parent / "roster.csv") == 2
    assert "expected a new folder" in capsys.readouterr().err
    assert (folder / "teacher" / "key.csv").read_text(encoding="utf-8") == text


@pytest.mark.slow
def test_of_a_class_of_200_no_two_are_alike(tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("student,name\n" + "".join(f"s{i:03},\n" for i in range(200)), "utf-8")
    assert run("make", tmp_path / "out", students=roster, seed="a class of 200") == 0
    assert guesses_and_mistakes_give_little(read_key(tmp_path / "out" / "teacher" / "key.csv"))
    answers = pd.DataFrame(right(tmp_path / "out"))
    verdicts = answers.loc["q9"].value_counts()
    assert len(verdicts) == 3 and verdicts.between(45, 90).all()  # of 200, about equally frequent
    for question, said in answers.drop("q9").iterrows():
        within = tolerance(question)
        pairs = [*itertools.combinations(said if within is None else said.astype(float), 2)]
        assert sum(agrees(*pair, within) for pair in pairs) < 0.05 * len(pairs), question
