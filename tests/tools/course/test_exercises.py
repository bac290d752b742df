"""Exercises can be done with their page, have solutions, and open ones notes for marking."""

import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lib import prose
from tools.course import answers, checks
from tools.render import expressions, gates, notebooks

PAGES = {pair.name: notebooks.twin(pair).cells for pair in notebooks.pairs()}
MARKING = re.compile(r"Marking: |[Gg]ood answers? |Full marks ")
CHECKS = {each.label: each for cells in PAGES.values() for each in checks.of(cells)}
LOG = np.log
RATES = pd.read_csv(notebooks.ROOT / "data" / "natural_growth_province.csv")["natural_growth"]
GREATEST = RATES.max()
RIGHT = {  # by the right method, from the figures of the exercise
    "ex-introduction-1": 2.2 / 1.5,
    "ex-theory-1": 100 * (1.5**0.7 - 1),
    "ex-theory-1b": 100 * (1.5**-0.3 - 1),
    "ex-theory-2": LOG(1.6) / LOG(2),
    "ex-theory-2b": LOG(2.4) / LOG(2),
    "ex-theory-3": np.exp(0.2 / 0.2),
    "ex-theory-3b": np.exp(0.2 / 0.1),
    "ex-data-1": 1.28,
    "ex-data-1b": 0.28,
    "ex-data-2": 0.45 / 0.475,
    "ex-policy-1": 120 / 110 - 1.2,
    "ex-periods-1": 1.96 * np.hypot(0.843 / 1.96, 0.348 / 1.974),
    "ex-audit-1": 0.843 / 1.96,
    "ex-audit-1b": 0.8435 / 1.9595,
    # Both shares are 1 - u/s, so u may be no less than 1 / (1/s + 1/s' - 1).
    "ex-audit-4": 1 - 655 / 598 / (1 / 0.1426 + 1 / 0.1624 - 1),
}


@pytest.mark.parametrize("label", RIGHT)
def test_the_right_method_is_right(label):
    about = CHECKS[label].about
    assert answers.judged(label, about, f"{RIGHT[label]:.{about['digits']}f}")[0]


def unexplained(check: checks.Check) -> list[str]:
    """Wrong choices of which a check says nothing, or that it names no slip of a number."""
    said = {each.value for each in check.known}
    if "choices" in check.about:
        return [f"{check.label}: {each}" for each in check.about["choices"] if each not in said]
    return [f"{check.label}: no slip"] * (len(said) == 1)


def test_each_wrong_choice_is_explained_and_a_slip_of_each_number_named():
    left = [line for check in CHECKS.values() for line in unexplained(check)]
    assert not left, f"{len(left)} answers get only “Not this.”: {left}"


def drawn(number: int) -> dict:
    """The figures of an exam for practice."""
    source = next(cell.source for cell in PAGES["assignments"] if "exam = 1\n" in cell.source)
    known = {"np": np, "stats": stats, "prose": prose}
    exec(source.replace("exam = 1", f"exam = {number}"), known)
    return known


def by_hand(known: dict) -> dict[str, float]:
    """The answers of the exam for practice, another way than its key computes them."""
    rich, poor = known["rich"].tolist(), known["poor"].tolist()
    half = LOG(2) / (LOG(LOG(rich[0] / poor[0])) - LOG(LOG(rich[1] / poor[1])))
    rent = (1 + known["rent"] / 100) ** (known["spent"] / 100)
    last, now = known["residents"].tolist()[1:]
    grown = (1 + known["growth"][1] / 1000) * (1 + known["growth"][2] / 1000)
    there = known["market_f"] / 200 + known["market_g"] / 100
    home = known["output"] * np.exp(known["elasticity"] * LOG(200 / known["at_home"]))
    return {
        "": 10 * half, "b": 100 * LOG((1 + known["wage"] / 100) / rent),
        "c": now / last - known["growth"][2] / 1000, "d": now / known["registered"][2] - grown,
        "e": 10000 / (100 + known["newcomers"]) - 100,
        "f": 100 * (known["market_f"] / 100 + known["market_g"] / 100) / there - 100,
        "g": home / 200, "h": known["b"] - 2.23 * known["by_province"],  # the t of 10
    }  # fmt: skip


@pytest.mark.parametrize("number", range(0, 60, 5))
def test_another_number_gives_another_exam_whose_key_is_told_from_mistakes(number):
    solved = next(cell for cell in PAGES["assignments"] if "half_life = " in cell.source)
    known = drawn(number)
    exec(solved.source, known)

    def value(text: str) -> float:
        found = expressions.in_text(text)
        said = str(eval(found[0][0], known)) if found else text
        return float(said.replace("−", "-"))

    right = by_hand(known)
    assert 0 < min(known["growth"]) and max(known["growth"]) <= GREATEST
    for each in checks.each_of(solved):
        unit, answer = 10.0 ** -each["digits"], value(each["answer"])
        own = right[each["label"].removeprefix("ex-assignments-4")]
        assert answer == pytest.approx(own, abs=0.51 * unit), each["label"]
        for mistake in each.get("mistakes", []):
            apart = abs(value(mistake["value"]) - answer) / unit
            assert apart > 1.5, f"exam {number}, {each['label']}: {mistake['says']}"


def asked(text: str) -> list[tuple]:
    """Number, skill, part and points of each part of each question of an exam."""
    found, head = [], ()
    for line in text.splitlines():
        if new := re.match(r"\*\*(\d)\. ([\w ]+?)(?: \((\d+) points\))?\.\*\*", line):
            head = int(new[1]), new[2].lower()
        elif part := re.match(r"([a-c])\) .+ \((\d)\)$", line):
            found.append((*head, part[1], int(part[2])))
    return found


def test_the_exam_and_that_for_practice_ask_for_the_same_skills_and_only_what_a_plan_teaches():
    data = notebooks.ROOT / "data"
    listed = pd.read_csv(data / "exam.csv")
    exam = (notebooks.ROOT / "book/tools/course/exam/exam.md").read_text("utf-8")
    practice = next(each.text for each in gates.exercises(PAGES["assignments"])
                    if each.label == "ex-assignments-4")  # fmt: skip
    rows = [*listed[["question", "skill", "part", "points"]].itertuples(index=False, name=None)]
    assert asked(exam) == rows and asked(practice) == rows
    assert (listed.groupby("question")["points"].sum() == 10).all() and len(rows) == 16
    sessions = pd.read_csv(data / "sessions.csv")
    for plan in ("fourteen", "nine", "six", "four"):
        taught = set(sessions.loc[sessions[plan].eq("yes"), "page"])
        left = listed.loc[~listed["page"].isin(taught), "question"].unique().tolist()
        assert left == ([2, 4] if plan == "four" else []), plan
    for text in (exam, practice):  # where the four weeks' students read what to leave out
        assert "questions 2 and 4" in text[: text.index("**1. ")]


def test_half_of_the_exercises_ask_for_a_mechanism_or_a_place_and_all_say_how_long_they_take():
    """Of the texts, as no page has to be executed for that."""
    about = pd.read_csv(notebooks.ROOT / "data" / "exercises.csv").set_index("label")["about"]
    asked = [each for pair in notebooks.pairs()
             for each in gates.exercises(notebooks.read(pair).cells)]  # fmt: skip
    rows, labels = sorted(about.index), sorted(each.label for each in asked)
    off = sorted({*rows} ^ {*labels}) or "a label that stands twice"
    assert rows == labels, f"data/exercises.csv: found {off}; expected a row for each exercise"
    assert about.isin(["mechanism", "place"]).mean() >= 0.5
    for each in asked:
        hard = re.match(r"\*(Easy|Middling|Hard|Open), \d+ minutes", each.text.strip())
        assert hard and (hard[1] == "Open") == each.title.startswith("★"), each.label
        words = " ".join(part.text for part in each.solution)
        assert words.strip(), f"{each.label} has no solution"
        assert hard[1] != "Open" or MARKING.search(words), f"{each.label}: no notes for marking"


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
        said = f"{figure:.{places}f}".replace("-", "−")
        assert all(said in each for each in key.split("# 考试答案")), figure
    assert exam.count("points).**") == 6 == len(re.findall(r"^\d\. ", key, re.M))
    names = re.findall(r"^\*\*\d\. (.+?) \(", exam, re.M)
    marks = pd.read_csv(notebooks.ROOT / "data" / "marks.csv").set_index("part")
    assert ", ".join(names).lower() == marks.loc["exam", "criteria"]
