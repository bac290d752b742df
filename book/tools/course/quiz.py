"""The checked questions for a learning platform, as Moodle XML: ``python -m tools.course.quiz``.

``_build/quiz/questions.xml`` has a category for each chapter, and a question for each check, which
the platform judges as ``check()`` does.  Of the answers that fit an entry the first gives points
and feedback, so the right one leads.  The file holds every answer: it is for a teacher's upload.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from html import escape
from itertools import groupby, islice, permutations
from pathlib import Path
from xml.etree import ElementTree

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from tools.course import answers, checks, starters
from tools.render import book, gates, notebooks, outside

FILE = notebooks.ROOT / "_build" / "quiz" / "questions.xml"
TOP = "$course$/top/Workers, industry and the Yangtze"


def _math(text: str, about: Mapping[str, bool]) -> str:
    """Mathematics between the marks that platforms look for."""
    return escape((r"\({}\)", "$${}$$")[about["display_mode"]].format(text))


_markdown = MarkdownIt().enable("table").use(dollarmath_plugin, renderer=_math)


def _ranges(check: checks.Check) -> Iterator[tuple[str, Decimal, Decimal]]:
    """What is said of a number, and the middle and half the width of the numbers it is said of."""
    unit = Decimal(1).scaleb(-check.about["digits"])
    found = []
    for known in check.known:
        steps = enumerate(sorted(map(int, known.keys)))
        for _, run in groupby(steps, lambda each: each[1] - each[0]):
            first, *_, last = [step for _, step in run] * 2
            found.append((known.says, (first + last) * unit / 2, (last - first + 1) * unit / 2))
    yield from found
    _, middle, half = found[0]
    yield answers.SIGN, -middle, half
    if "unit" in check.about:
        yield answers.SHARE, middle / 100, half / 100
    if check.about["digits"]:
        yield answers.NEAR, middle, half + unit


def _written(value: str) -> list[str]:
    """A name in each of its forms; several names in any order, as here and in Chinese."""
    names = [checks.known_as(name) for name in value.split(", ")]
    if len(names) == 1:
        return names[0]
    orders = [islice(zip(*order, strict=False), 2) for order in permutations(names)]
    return [sign.join(each) for order in orders for each in order for sign in (", ", ",", "、")]


def _add(parent: ElementTree.Element, name: str, text: str, **about: str) -> ElementTree.Element:
    """Add an element with its text; return it."""
    made = ElementTree.SubElement(parent, name, about)
    ElementTree.SubElement(made, "text").text = text
    return made


def question(check: checks.Check, exercise: gates.Exercise, pages: Path) -> ElementTree.Element:
    """A question: the exercise, numbered as on the pages, and what the check asks of it."""
    about, made = check.about, ElementTree.Element("question")
    text = _markdown.render(outside.plain(exercise.text.strip(), pages))
    _add(made, "name", f"{starters.heading(exercise, pages)}, {check.label}")
    _add(made, "questiontext", f"{text}<p><b>{escape(about['ask'])}</b></p>", format="html")
    ElementTree.SubElement(made, "idnumber").text = check.label
    if "hint" in about:
        _add(made, "hint", escape(about["hint"]), format="html")

    def answer(text: str, says: str) -> ElementTree.Element:
        points = "100" if says == answers.RIGHT else "0"
        one = _add(made, "answer", text, fraction=points, format="html")
        _add(one, "feedback", escape(says), format="html")
        return one

    if "digits" in about:
        made.set("type", "numerical")
        for says, middle, half in _ranges(check):
            ElementTree.SubElement(answer(f"{middle:f}", says), "tolerance").text = f"{half:f}"
        answer("*", answers.FEW.format(about["digits"]) if about["digits"] else answers.WRONG)
    elif "choices" in about:
        made.set("type", "multichoice")
        for rule in ("single", "shuffleanswers"):
            ElementTree.SubElement(made, rule).text = "true"
        said = {each.value: each.says for each in check.known}
        for choice in about["choices"]:
            answer(escape(choice), said.get(choice, answers.WRONG))
    else:
        made.set("type", "shortanswer")
        for each in check.known:
            for written in _written(each.value):
                answer(written, each.says)
        answer("*", answers.WRONG)
    return made


def write(pages: Path = starters.HTML, file: Path = FILE) -> int:
    """Write the questions of the book, numbered as its pages; return how many there are."""
    quiz = ElementTree.Element("quiz")
    for pair in notebooks.pairs():
        cells = outside.computed(notebooks.twin(pair).cells)
        exercises = {each.label: each for each in gates.exercises(cells)}
        if asked := checks.of(cells):
            category = ElementTree.SubElement(quiz, "question", type="category")
            _add(category, "category", f"{TOP}/{pair.name}: {starters.title(cells)}")
        quiz.extend([question(each, exercises[each.exercise], pages) for each in asked])
    notebooks.write(file, ElementTree.tostring(quiz, "unicode", xml_declaration=True) + "\n")
    return len(quiz.findall("question/idnumber"))


if __name__ == "__main__":
    with book.ALONE:
        print(f"{write()} questions in {FILE.relative_to(notebooks.ROOT)}, with their answers")
