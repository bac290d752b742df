"""The quiz, read by a program of its own and judged as Moodle does, against ``check()``.

The rules are those of Moodle's own classes ``qtype_numerical_question``, ``qtype_numerical_answer``
and ``qtype_shortanswer_question``: of the answers that fit, the first counts.
"""

from __future__ import annotations

import html
import re
from itertools import permutations
from xml.dom import minidom

import numpy as np
import pytest

from lib import panel
from tools.course import answers, checks, quiz, starters
from tools.render import expressions, notebooks

CELLS = [cell for pair in notebooks.pairs() for cell in notebooks.twin(pair).cells]
CHECKS = {each.label: each for pair in notebooks.pairs()
          for each in checks.of(notebooks.twin(pair).cells)}  # fmt: skip
RAW = {each["label"]: (each, expressions.kept(cell))
       for cell in CELLS if cell.cell_type == "code" for each in checks.each_of(cell)}  # fmt: skip


def inner(node, *path: str) -> str:
    for name in path:
        node = next(each for each in node.childNodes if each.nodeName == name)
    return "".join(each.data for each in node.childNodes)


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Every question by its label, and the categories, as another program reads the file."""
    file, patch = tmp_path_factory.mktemp("quiz") / "q.xml", pytest.MonkeyPatch()
    patch.setattr(starters, "_number", lambda label, pages: label)
    assert quiz.write(file, file) == len(CHECKS)
    patch.undo()
    found, categories = {}, {}
    for node in minidom.parse(str(file)).getElementsByTagName("question"):
        if node.getAttribute("type") == "category":
            category = inner(node, "category", "text")
            continue
        given = [(inner(each, "text"), each.getAttribute("fraction"),
                  html.unescape(inner(each, "feedback", "text")),
                  [float(inner(part)) for part in each.getElementsByTagName("tolerance")])
                 for each in node.getElementsByTagName("answer")]  # fmt: skip
        label, text = inner(node, "idnumber"), inner(node, "questiontext", "text")
        found[label] = (node.getAttribute("type"), given, text, node)
        categories[label] = category
    return found, categories


def platform(kind: str, given: list, entry: str) -> tuple[bool, str]:
    """Points and feedback of the first answer that fits."""
    for text, points, says, tolerance in given:
        if kind == "multichoice":
            fits = html.unescape(text) == entry
        elif kind == "shortanswer":
            pattern = ".*".join(map(re.escape, text.split("*")))
            fits = re.fullmatch(pattern, entry.strip(), re.I)
        else:
            fits = text == "*" or abs(float(entry) - float(text)) <= tolerance[0] + 1e-14
        if fits:
            return points == "100", says
    raise AssertionError(f"{entry} fits nothing")


def mistakes(label: str) -> list[tuple[str, str]]:
    """What each named mistake gives and what is said of it, from the notebook itself."""
    raw, kept = RAW[label]
    return [tuple(" ".join(expressions.replaced(each[key], lambda e: expressions.value(kept[e]))
                           .split()) for key in ("value", "says"))
            for each in raw.get("mistakes", [])]  # fmt: skip


def plain(number: str) -> str:
    return number.replace("−", "-").removesuffix("%").strip()


def entries(check: checks.Check, seed: int) -> list[str]:
    """Right answers, named mistakes and other entries."""
    about, right = check.about, check.answer
    if "choices" in about:
        return about["choices"]
    if "digits" not in about:
        cities = panel.load()["city"].unique()
        chinese = panel.load_cities()["city_zh"]
        lists = [", ".join(each) for each in permutations(right.split(", "))]
        return [
            right,
            right.upper(),
            *lists,
            *cities,
            *chinese,
            *(v for v, _ in mistakes(check.label)),
        ]
    digits, value = about["digits"], float(plain(right))
    # At exactly half a unit the platform takes both ends and a check one of them.
    apart = [*np.arange(-7.15, 8, 0.3), *np.random.default_rng(seed).normal(0, 30, 40)]
    tried = [value, -value, value / 100, value * 100, -value / 100, 0.0, 1e6]
    tried += [float(plain(each)) for each, _ in mistakes(check.label)]
    tried += [each + far * 10.0**-digits for each in tried[:1] + tried[7:] for far in apart]
    tried += [-value + far * 10.0**-digits for far in apart]
    tried += [(value + far * 10.0**-digits) / 100 for far in apart]
    return [f"{each:.{digits + 4}f}" for each in tried]


@pytest.mark.parametrize("label", CHECKS)
def test_the_platform_says_of_every_entry_what_the_check_says(read, label):
    check = CHECKS[label]
    kind, given, *_ = read[0][label]
    said = {}
    for entry in entries(check, seed=len(label)):
        right, says = answers.judged(label, check.about, entry)
        few = answers.FEW.format(check.about.get("digits"))
        expected = {says, few} if says == answers.WRONG and check.about.get("digits") else {says}
        found = platform(kind, given, entry)
        assert found[0] == right and found[1] in expected, f"{entry}: {found}, {right}, {says}"
        said[found] = entry
    assert (True, answers.RIGHT) in said
    for value, says in mistakes(label):
        entry = plain(value) if kind == "numerical" else value
        assert platform(kind, given, entry) == (False, says)
    if check.about.get("digits"):
        assert platform(kind, given, "123456789") == (False, few)
        assert answers.judged(label, check.about, "123456789") == (False, few)


def test_each_question_has_its_exercise_its_hint_and_one_right_answer(read):
    found, categories = read
    assert {*found} == {*CHECKS} == {*categories}
    for label, (kind, given, text, node) in found.items():
        check = CHECKS[label]
        points = [each[1] for each in given]
        assert {*points} == {"0", "100"} and (kind == "shortanswer" or points.count("100") == 1)
        assert f"<p><b>{html.escape(check.about['ask'])}</b></p>" in text
        assert not re.search(r"\{[\w:]+\}`|:::|```|(?<!\$)\$(?!\$)", text), text
        hints = [inner(each, "text") for each in node.getElementsByTagName("hint")]
        assert hints == [html.escape(check.about["hint"])] * ("hint" in check.about)
    for pair in notebooks.pairs():
        of_page = {categories[each.label] for each in checks.of(notebooks.twin(pair).cells)}
        assert len(of_page) <= 1 and all(f"/{pair.name}: " in each for each in of_page)
