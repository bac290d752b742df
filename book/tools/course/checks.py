"""Checks of answers: from the ``check:`` of a solution's code cell to digests and a form.

``answer`` and the ``value`` of each of the ``mistakes`` are texts with expressions, which the page
computes.  A number has ``digits``, to which an answer must round; ``within`` allows so many units
of the last one more; its ``unit`` is "%" or none.  A choice has ``choices``.  What has
neither is a name, or several.  A cell may have a list of checks, labelled as their exercise, with a
letter from the second on.
"""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from lib import panel
from tools.course import answers
from tools.render import expressions, gates
from widgets import tags
from widgets.check import form

KEY = "check"
_NEEDED = {"label", "ask", "answer"}
_KNOWN = _NEEDED | {"digits", "within", "unit", "choices", "hint", "mistakes"}


@dataclass(frozen=True)
class Known:
    """What is known of an answer: never to be shown where solutions are not."""

    value: str
    says: str
    keys: list[str]  # of the entries that count as this value, itself first


@dataclass(frozen=True)
class Check:
    """What a reader is asked, and what is known of the answer without saying it."""

    label: str
    exercise: str
    about: dict[str, Any]  # as `answers.judged` takes it, with ``ask`` and ``hint``
    known: list[Known]  # the answer, then the mistakes

    @property
    def answer(self) -> str:
        """What is right."""
        return self.known[0].value


def of(cells: Sequence[gates.Cell]) -> list[Check]:
    """The checks of an executed page, in order.

    Raises a `ValueError` where one stands outside of its solution, lacks something or has something
    unknown; where an answer is missing or none of its kind; or where a mistake equals the answer.
    """
    found: dict[str, Check] = {}
    for part in gates.parts(list(cells)):
        cell = cells[part.cell]
        for given in each_of(cell) if cell.cell_type == "code" else ():
            label = given.get("label", "a check without label")
            if part.kind != "solution" or not re.fullmatch(rf"{part.label}[b-z]?", label):
                raise ValueError(f"{label}: found in {part.kind} {part.label}, expected its own")
            if label in found:
                raise ValueError(f"{label}: found twice, expected a letter behind the second")
            found[label] = _made(label, part.label, given, expressions.kept(cell))
    return list(found.values())


def each_of(cell: Mapping) -> Iterator[Mapping[str, Any]]:
    """The mappings under a cell's ``check``: one, several or none."""
    given = cell["metadata"].get(KEY, [])
    yield from [given] if isinstance(given, Mapping) else given


def _made(label: str, exercise: str, given: Mapping[str, Any], kept: Mapping) -> Check:
    if odd := {*given} - _KNOWN | _NEEDED - {*given}:
        raise ValueError(f"{label}: {', '.join(sorted(odd))} missing or unknown")

    def of(expression: str) -> str:
        return expressions.value(kept.get(expression))

    def text(source: object) -> str:
        try:
            return " ".join(expressions.replaced(str(source), of).split())
        except ValueError as error:
            raise ValueError(f"{label}: {source} {error}") from None

    about = {key: given[key] for key in ("digits", "unit") if key in given}
    about |= {key: text(given[key]) for key in ("ask", "hint") if key in given}
    if "choices" in given:
        about["choices"] = [text(each) for each in given["choices"]]
    answer = text(given["answer"])
    right = _keys(label, about, answer, given.get("within", 0))
    slips = [(each, text(each["value"])) for each in given.get("mistakes", [])]
    exact = [_keys(label, about, value, 0)[0] for _, value in slips]
    known = [Known(answer, answers.RIGHT, right)]
    for (mistake, value), middle in zip(slips, exact, strict=True):
        if middle in right:
            raise ValueError(f"{label}: the mistake {mistake['value']} is {value}, the answer")
        near = _keys(label, about, value, max(len(right) // 2, int(bool(about.get("digits")))))
        keys = [middle, *(key for key in near if key not in {*right, *exact})]
        known.append(Known(value, text(mistake["says"]), keys))
    about["right"] = [answers.digest(label, key) for key in right]
    about["mistakes"] = [
        {"says": each.says, "digests": [answers.digest(label, key) for key in each.keys]}
        for each in known[1:]
    ]
    return Check(label, exercise, about, known)


def _keys(label: str, about: Mapping[str, Any], value: str, within: int) -> list[str]:
    """What stands for a value, and for those so near that they count as the same."""
    if "digits" not in about:
        if value not in about.get("choices", [value]):
            raise ValueError(f"{label}: found {value!r}, expected one of {about['choices']}")
        if "choices" in about:
            return [answers.words(value)]
        names = (known_as(name) for name in value.split(", "))
        return [*dict.fromkeys(answers.words(each) for each in product(*names))]
    read = answers.number(value, about)
    if read is None:
        raise ValueError(f"{label}: found {value!r}, expected a number")
    middle = answers.step(read[0], about["digits"])
    return [str(middle + off) for off in range(-within, within + 1)]


def known_as(name: str) -> list[str]:
    """The names of a city of the panel: as there, in Chinese, and both with its province."""
    return _cities().get(name, [name])


@cache
def _cities() -> dict[str, list[str]]:
    cities = panel.load()[["city_code", "city"]].drop_duplicates()
    return {
        row.city: [row.city, row.city_zh, f"{row.city_en} ({row.province_en})",
                   f"{row.city_zh} ({row.province_zh})"]
        for row in cities.merge(panel.load_cities(), on="city_code").itertuples()
    }  # fmt: skip


def placed(cells: Sequence[gates.Cell], checks: Sequence[Check], open_to: bool) -> list[gates.Cell]:
    """Copies of the cells with each check's form, which may open the solution, in its exercise."""
    copied = copy.deepcopy(list(cells))
    whole: dict[int, list[str]] = {}
    for part in gates.parts(copied):
        texts = whole.setdefault(part.cell, [])
        own = [each for each in checks if each.exercise == part.label]
        if own and part.gates and "{exercise-end}" in part.text:
            script = "".join(tags("check")) if own[0] is checks[0] else ""
            texts += ["", *(form(each.label, each.about, open_to) for each in own), script, ""]
        texts.append(part.text)
    for number, texts in whole.items():
        if copied[number].cell_type == "markdown":
            copied[number].source = "\n".join(texts)
    return copied
