"""Exercises that answer: what a check is made of, where it stands, and that it keeps its secret."""

from __future__ import annotations

import json
import re
from html import unescape

import nbformat
import pages
import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import expect

from tools.course import answers, checks, starters
from tools.render import book, expressions, gates, notebooks

BEFORE, AFTER = (
    (notebooks.ROOT / "tests" / "exercise.md").read_text(encoding="utf-8").split("Done.\n")
)
CHECK = {
    "label": "ex-one-1", "ask": "The <r> of {eval}`n`", "answer": "{eval}`r`", "digits": 3,
    "hint": "Think & see.", "mistakes": [{"value": "{eval}`t`", "says": "Clustered."}],
}  # fmt: skip


def page(values=(), at=1, **changes) -> list[gates.Cell]:
    text = [nbformat.v4.new_markdown_cell(BEFORE), nbformat.v4.new_markdown_cell(AFTER)]
    code = nbformat.v4.new_code_cell("r = 0.128")
    code.metadata["check"] = {k: v for k, v in (CHECK | changes).items() if v is not None}
    known = {"n": "IA", "r": "0.128", "t": "0.039"} | dict(values)
    expressions.keep(code, {key: expressions.plain(value) for key, value in known.items()})
    text.insert(at, code)
    return text


def test_a_check_is_digests_and_a_form_in_its_exercise():
    (made,) = checks.of(page())
    assert made.answer == "0.128" and made.about["ask"] == "The <r> of IA"
    assert not answers.judged("ex-one-1", made.about, 0.127)[0]
    (wide,) = checks.of(page(within=1))
    assert answers.judged("ex-one-1", wide.about, 0.127)[0]
    for edition in book.EDITIONS:
        cells = checks.placed(pages.of_edition(page(), edition), [made], edition == "reading")
        text = cells[0].source
        assert text.index("Do.") < text.index("<form") < text.index("{exercise-end}")
        form = BeautifulSoup(text, "html.parser").form
        assert form.has_attr("hidden") and form.label.get_text() == "The <r> of IA"
        assert ("Show the solution" in text) == (edition == "reading")
        assert "0.128" not in text and "0.039" not in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mistakes": [{"value": "0.128", "says": "No."}]}, "ex-one-1: the mistake 0.128 is 0.128"),
        ({"values": {"r": "large"}}, "ex-one-1: found 'large', expected a number"),
        ({"digits": None, "choices": ["up", "down"]}, "ex-one-1: found '0.128', expected one of"),
        ({"answer": "{eval}`gone`"}, "ex-one-1: {eval}`gone` was never evaluated"),
        ({"label": "ex-two-1"}, "ex-two-1: found in solution ex-one-1"),
        ({"tolerance": 3}, "ex-one-1: tolerance missing or unknown"),
    ],
)
def test_a_check_that_cannot_be_is_refused_by_its_label(given, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        checks.of(page(**given))


@pytest.fixture(scope="module")
def every() -> dict[str, list[checks.Check]]:
    found = {pair.name: checks.of(notebooks.twin(pair).cells) for pair in notebooks.pairs()}
    return {name: each for name, each in found.items() if each}


def test_every_answer_of_the_book_is_right_no_two_mistakes_are_one_and_none_is_handed_out(every):
    """Beside digests: questions, hints, choices and what is said of mistakes."""
    made = [each for page in every.values() for each in page]
    known = json.loads(starters.digests(made))
    allowed = {"ask", "hint", "choices", "digits", "unit", "right", "mistakes"}
    assert len(made) >= 60
    for each in made:
        assert answers.judged(each.label, each.about, each.answer)[0], each.label
        choices = each.about.get("choices", [])
        assert len({*map(answers.words, choices)}) == len(choices), each.label
        of_percent = "digits" in each.about and "per cent" in each.about["ask"]
        assert not of_percent or each.about.get("unit") == "%", f"{each.label}: 6.9 % is not read"
        first = [mistake["digests"][0] for mistake in each.about["mistakes"]]
        assert len({*first, *each.about["right"]}) == len(first) + len(each.about["right"])
        about = known[each.label]
        assert about.keys() <= allowed and all(len(digest) == 8 for digest in about["right"])
        form = checks.form(each.label, each.about, open_to=False)
        text = json.dumps(about, ensure_ascii=False) + unescape(form)
        assert choices or len(each.answer) <= 3 or each.answer not in text, each.label


@pytest.fixture
def address(html) -> str:
    return (html / "notebooks" / "04-1-overall.html").as_uri()


def entered(form, entry: str) -> str:
    """What a page says of an entry."""
    radio = form.locator("input[type=radio]")
    if radio.count():
        form.get_by_label(entry, exact=True).check()
    else:
        form.locator("input").fill(entry)
    form.get_by_role("button", name="Check", exact=True).click()
    return form.get_by_role("status").inner_text()


def test_a_wrong_entry_offers_a_hint_and_then_the_solution(tab):
    form = tab.locator("form[data-label=ex-overall-2b]")
    hint, solution = form.locator("details"), form.get_by_role("button", name="Show the solution")
    body = tab.locator(".exercise:has([data-label=ex-overall-2b]) + .solution section")
    assert not hint.is_visible() and not body.is_visible()
    assert entered(form, "9,999") == "Not this."
    chinese = tab.locator(".exercise:has([data-label=ex-overall-2b]) details.zh summary")
    chinese.click()
    for entry, said in ("", "尚未填写。"), ("many", "“many”不是一个数字。"), ("9,999", "不对。"):
        assert entered(form, entry) == said
    chinese.click()
    assert entered(form, "9,999") == "Not this."
    assert hint.is_visible() and not solution.is_visible()
    hint.locator("summary").press("Enter")
    solution.press("Enter")
    body.wait_for(state="visible")
    tab.reload()
    expect(form.locator("input")).to_have_value("9,999")  # the script comes when it comes


@pytest.mark.slow
@pytest.mark.parametrize("name", [pair.name for pair in notebooks.pairs()])
def test_a_page_judges_as_the_library_does(tab, html, every, name):
    made = every.get(name, [])
    tab.goto((html / "notebooks" / f"{name}.html").as_uri())
    assert tab.locator("form.check").count() == len(made)
    assert tab.locator("script[src$='check.js']").count() == bool(made)
    odd = ["17", "−0,5", "33 %", "1,234", "1e2", "np.float64(0.5)", "['Ｗｕｈａｎ', 'wuhu市.']",
           "nan", ".", "0.1.2", "½", "-0", " "]  # fmt: skip
    for each in made:
        form = tab.locator(f"form[data-label='{each.label}']")
        choices = each.about.get("choices")
        number = answers.number(each.answer, each.about) if "digits" in each.about else None
        tried = choices or [each.answer, each.answer.lower().replace(".", ","), *odd]
        if number and not choices:
            tried += [*map(str, (-number[0], number[0] / 100, number[0] * 100))]
            tried += [f" +{number[0]:.6f}", f"np.float64({number[0]})"]
        for entry in tried:
            assert entered(form, entry) == answers.judged(each.label, each.about, entry)[1], entry
