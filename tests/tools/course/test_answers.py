"""An entry is read as people write it, and judged by digests."""

import json

import numpy as np
import pytest

from tools.course import answers


def about(*right, **more):
    known = [answers.digest("x", key) for key in right]
    return {"ask": "?", "right": known, "mistakes": [], **more}


@pytest.mark.parametrize(
    ("entry", "digits", "unit", "read"),
    [
        ("0.12", 2, None, (0.12, 2)), (" 0,12 ", 2, None, (0.12, 2)),
        ("−0.12", 2, None, (-0.12, 2)), ("—０。１２", 2, None, (-0.12, 2)), ("1。", 2, None, None),
        (".5", 2, None, (0.5, 1)), ("12 %", 2, None, (0.12, None)), ("12 %", 0, "%", (12.0, 0)),
        ("1,234.5", 1, None, (1234.5, 1)), ("1,523", 0, None, (1523.0, 0)),
        ("1,523", 3, None, (1.523, 3)), ("1.5e-3", 4, None, (0.0015, None)),
        ("－０．１２", 2, None, (-0.12, 2)), (np.float64(0.123), 3, None, (0.123, None)),
        ("np.float64(-0.123)", 3, None, (-0.123, 3)),
        *((entry, 2, None, None) for entry in ("", "1.2.3", "nan", float("nan"), "1e999", None)),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(entry, digits, unit, read):
    assert answers.number(entry, {"digits": digits, "unit": unit}) == read


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("0.2", "Not this, or too few digits: 2 after the point are asked."),
        ("about a tenth", "“about a tenth” is no number."),
        ((0, 13), "“(0, 13)” is no number."), ("", "Nothing was entered."),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_to_be_none(entry, says):
    """The quiz has right answers, near ones, signs, shares and mistakes (``test_quiz.py``)."""
    assert answers.judged("x", about("13", digits=2), entry) == (False, says)


def test_names_come_in_any_order_and_however_they_are_separated():
    for entry in ("wuhu, Hefei.", "Hefei and Wuhu", ["Wuhu", "Hefei"], "['Wuhu', 'Hefei']",
                  "Wuhu Hefei", "Wuhu/Hefei", "wuhu\nhefei市"):  # fmt: skip
        assert answers.judged("x", about("hefei,wuhu"), entry)[0], entry
    assert answers.judged("x", about("hefei"), "Wuhan") == (False, "Not this.")
    said = answers.judged("x", about("up", choices=["up", "down"]), "upp")
    assert said == (False, "“upp” is none of: up; down")


def test_a_notebook_reads_the_digests_beside_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    digest = answers.digest("ex-a-1", "1")
    known = {"ex-a-1": about(digits=0, hint="Think.") | {"right": [digest]}}
    (tmp_path / "checks.json").write_text(json.dumps(known))
    for value in ([...], [2], [1]):
        answers.check("ex-a-1", *value)
    answers.hint("ex-a-1")
    lines = capsys.readouterr().out.splitlines()
    assert "dots" in lines[0] and 'hint("ex-a-1")' in lines[1]
    assert lines[2:] == ["ex-a-1: Right.", "Think."]
    with pytest.raises(KeyError, match="found 'ex-a1', expected one of ex-a-1"):
        answers.check("ex-a1", 1)
