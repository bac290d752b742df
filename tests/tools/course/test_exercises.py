"""Exercises can be done with their page, have solutions, and open ones notes for marking."""

from __future__ import annotations

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
    "ex-truth-2": 1.25 / 0.75,
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


@pytest.mark.parametrize("number", range(0, 60, 5))
def test_another_number_gives_another_exam_whose_key_is_told_from_mistakes(number):
    cells = [cell for cell in PAGES["assignments"] if cell.cell_type == "code"]
    drawn = next(cell.source for cell in cells if cell.source.startswith("exam = 1\n"))
    rest = [cell for cell in cells if "exam = 1" not in cell.source]
    solved = next(cell for cell in rest if "z_exam" in cell.source)
    known = {"np": np, "stats": stats, "prose": prose}
    exec(drawn.replace("exam = 1", f"exam = {number}"), known)
    exec(solved.source, known)

    def value(text: str) -> float:
        ((found, _),) = expressions.in_text(text)
        return float(eval(found, known).replace("−", "-"))

    for each in checks.each_of(solved):
        for mistake in each.get("mistakes", []):
            apart = abs(value(mistake["value"]) - value(each["answer"])) * 10 ** each["digits"]
            assert apart > 1.5, f"exam {number}, {each['label']}: {mistake['says']}"
    # By hand: residents over registered people, less two years' growth; 2.23 is the t of 10.
    grown = (1 + known["growth"][1] / 1000) * (1 + known["growth"][2] / 1000)
    ratio = known["residents"][2] / known["registered"][2]
    assert known["stock_exam"] == pytest.approx(ratio - grown)
    rejects = known["b"] / known["se"] > 2.23
    assert known["verdict_exam"] == ("supported" if rejects else "cannot tell")


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
        assert f"{figure:.{places}f}".replace("-", "−") in key, figure
    assert exam.count("points).**") == 6 == len(re.findall(r"^\d\. ", key, re.M))
    names = re.findall(r"^\*\*\d\. (.+?) \(", exam, re.M)
    marks = pd.read_csv(notebooks.ROOT / "data" / "marks.csv").set_index("part")
    assert ", ".join(names).lower() == marks.loc["exam", "criteria"]
