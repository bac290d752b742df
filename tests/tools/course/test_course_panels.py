"""Panels of students' own: every answer of the key again by explicit dummies and loops."""

from __future__ import annotations

import itertools
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from scipy import stats

from lib.panel import DataError
from tools.course import panels
from tools.course.panels import DIGITS, agrees, made, tolerance

STUDENTS = ["s1", "s3", "s9", "s10"]  # both readings, three verdicts, one of another error


@pytest.fixture(scope="module")
def some():
    some = [made(student, "a test") for student in STUDENTS]
    assert {panel.key["q9"]["right"] for panel in some} == {"supported", "opposed", "cannot tell"}
    return some


def by_hand(panel):
    """REG, both readings of LM, natural growth in per cent and IA, city by city, year by year."""
    names = dict(zip(panel.cities["city_code"], panel.cities["city_en"], strict=True))
    first = panel.yearbook["year"].min()
    start = panel.yearbook[panel.yearbook["year"] == first]
    unit = start["gdp"].sum() / start["resident_pop"].sum()
    rows = {}
    for code, own in panel.yearbook.groupby("city_code"):
        volume, born, before = None, 1.0, np.nan
        for each in own.sort_values("year").itertuples():
            k, people = each.natural_growth / 1000, each.resident_pop
            volume = each.gdp if volume is None else volume * each.gdp_index / 100
            born = born * (1 + k) if each.year > first else 1.0
            share = each.va_secondary / (each.va_primary + each.va_secondary + each.va_tertiary)
            rows[names[code], str(each.year)] = {
                "REG": volume / people / unit, "flow": people / before - k, "share": share,
                "stock": people / each.registered_pop - born, "born": 100 * (born - 1),
            }  # fmt: skip
            before = people
    frame = pd.DataFrame(rows).T.rename_axis(["city", "year"]).sort_index()
    return frame.assign(IA=frame["share"] / frame["share"].groupby("year").transform("mean"))


def regressed(frame, reading):
    """Slope, every dummy explicit."""
    used = frame.dropna(subset=[reading]).reset_index()
    dummies = pd.get_dummies(used[["city", "year"]], dtype=float)
    x = np.column_stack([used[[reading, "IA"]], dummies])
    return np.linalg.lstsq(x, used["REG"], rcond=None)[0][0]


@pytest.mark.parametrize("place", range(len(STUDENTS)))
def test_answers_are_those_of_dummies_and_loops(some, place):
    panel, frame = some[place], by_hand(some[place])
    said, reading = panel.asked, panel.asked["reading"]
    one, four, five = (frame.loc[said[f"city{n}"], said[f"year{n}"]] for n in (1, 4, 5))
    slope = regressed(frame, reading)
    cities = sorted(set(panel.cities["city_en"]))
    without = {city: regressed(frame.drop(index=city), reading) for city in cities}
    gap = {city: abs(each - slope) for city, each in without.items()}
    se = np.sqrt((len(cities) - 1) / len(cities) * sum(each**2 for each in gap.values()))
    p = 2 * stats.t.sf(abs(slope / se), len(cities) - 1)
    verdict = "cannot tell" if p >= 0.05 else "supported" if slope > 0 else "opposed"
    low = slope - stats.t.ppf(0.975, len(cities) - 1) * se
    expected = [one["flow"], one["born"], one["stock"], four["REG"], five["IA"], slope, slope / se,
                max(gap, key=gap.get), verdict, low]  # fmt: skip
    found = [panel.key[question]["right"] for question in DIGITS]
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == (theirs if isinstance(theirs, str) else pytest.approx(theirs, rel=1e-8))


def test_no_mistake_is_taken_for_the_answer_or_for_another_and_a_seed_gives_a_panel(some):
    again, other = (made(STUDENTS[0], seed).yearbook for seed in ("a test", "another"))
    assert again.equals(some[0].yearbook) and not other.equals(again)
    for question, answers in itertools.chain(*(panel.key.items() for panel in some)):
        pairs = itertools.combinations(answers.values(), 2)
        assert not any(agrees(*pair, tolerance(question)) for pair in pairs)
    assert all(len(panel.key[question]) >= 4 for panel in some for question in ("q1", "q6", "q7"))
    assert all("k divided out" in panel.key["q1"] for panel in some)  # k is large enough to tell


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("学号,姓名,班级\n2020302131045,张三,一班\n007,Jane Smith,\n", "gb18030"),
        ("学号；姓名\n\n2020302131045；张三\n007；Smith， Jane\n", "utf-8-sig"),
        ("name;student\n张三;2020302131045\nSmith, Jane;007\n", "gbk"),
        ('student,name,\n2020302131045, 张三,\n007,"Smith, Jane",\n,,\n', "utf-8"), ("", "xlsx"),
    ],
)  # fmt: skip
def test_a_roster_is_read_as_an_office_saves_it(text, encoding, tmp_path):
    path = tmp_path / "roster"
    if text:
        path.write_text(text, encoding)
    else:
        book = openpyxl.Workbook()
        for row in [["姓名", "学号"], [None], ["张三", 2020302131045], ["Smith, Jane", "007"]]:
            book.active.append(row)
        book.save(path)
    found = panels.read_roster(path)
    assert found["student"].tolist() == ["2020302131045", "007"]
    assert found["name"].tolist() == ["张三", "Jane Smith"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a1,\nA1,", "row 3, column student: found 'A1'; expected each student once"),
        ("../up,", "row 2, column student: found '../up'; expected at most 32 letters"),
        ("a1,=1+1", "row 2, column name: found '=1+1'; expected a name"),
        ("a1", "row 2: found 1 fields; expected 2"),
        ("a1,Müller", "found neither UTF-8 nor GBK"),
        ("", "found no row below the headings"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused(rows, words, tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(f"student,name\n{rows}\n", encoding="cp1252")
    with pytest.raises(DataError, match=re.escape(words)):
        panels.read_roster(path)
