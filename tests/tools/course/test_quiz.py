"""The quiz, read by a program of its own and judged as Moodle does, against ``check()``.

The rules are those of Moodle's own classes ``qtype_numerical_question``, ``qtype_numerical_answer``
and ``qtype_shortanswer_question``: of the answers that fit, the first counts.
"""

import html
import re
from xml.etree import ElementTree

import pytest

from lib import panel
from tools.course import answers, checks, quiz, starters
from tools.render import notebooks, outside

CHECKS = {each.label: each for pair in notebooks.pairs()
          for each in checks.of(notebooks.twin(pair).cells)}  # fmt: skip


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Every question by its label, as another program reads the file."""
    file, patch = tmp_path_factory.mktemp("quiz") / "q.xml", pytest.MonkeyPatch()
    for module in (outside, starters):
        patch.setattr(module, "number", lambda label, pages, role="numref": label)
    assert quiz.write(file, file) == len(CHECKS)
    patch.undo()
    found = {}
    for node in ElementTree.parse(file).findall("question[idnumber]"):
        given = [(one.findtext("text"), one.get("fraction"),
                  html.unescape(one.findtext("feedback/text")),
                  [float(each.text) for each in one.findall("tolerance")])
                 for one in node.findall("answer")]  # fmt: skip
        hints = [each.text for each in node.findall("hint/text")]
        text = node.findtext("questiontext/text")
        if node.get("type") == "multichoice":
            assert node.findtext("single") == node.findtext("shuffleanswers") == "true"
        found[node.findtext("idnumber")] = node.get("type"), given, text, hints
    return found


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


def entries(check: checks.Check) -> list[str]:
    """Right answers, named mistakes and other entries, numbers with more digits than are asked."""
    known = [each.value for each in check.known]
    if "choices" in check.about:
        return check.about["choices"]
    if "digits" not in check.about:
        backwards = ", ".join(check.answer.split(", ")[::-1])
        cities = [*panel.load_cities()["city_zh"], *panel.load()["city"].unique()]
        return [*known, check.answer.upper(), backwards, *cities]
    values = [answers.number(each, check.about)[0] for each in known]
    digits, right = check.about["digits"], values[0]
    # At exactly half a unit the platform takes both ends and a check one of them.
    apart = [(-1) ** n * (0.05 + 0.3 * n) * 10.0**-digits for n in range(20)]
    tried = [each + far for each in [*values, -right] for far in apart]
    tried += [(right + far) / 100 for far in apart] + [100 * right, 0.0, 123456789]
    return [f"{each:.{digits + 4}f}" for each in tried]


@pytest.mark.parametrize("label", CHECKS)
def test_the_platform_says_of_every_entry_what_the_check_says(read, label):
    about, (kind, given, text, hints) = CHECKS[label].about, read[label]
    assert f"<p><b>{html.escape(about['ask'])}</b></p>" in text
    assert not re.search(r"\{[\w:]+\}`|:::|```|(?<!\$)\$(?!\$)", text), text
    assert hints == [html.escape(each) for each in [about.get("hint")] if each]
    said = set()
    for entry in entries(CHECKS[label]):
        right, says = answers.judged(label, about, entry)
        few = answers.FEW.format(about.get("digits"))
        expected = {says, few} if says == answers.WRONG and about.get("digits") else {says}
        found = platform(kind, given, entry)
        assert found[0] == right and found[1] in expected, f"{entry}: {found}, {right}, {says}"
        said.add(found)
    assert {(each.says == answers.RIGHT, each.says) for each in CHECKS[label].known} <= said
