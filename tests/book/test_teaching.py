"""The plans of the teachers' page add up from the chapters' own notes."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from lib import prose
from tools.render import notebooks

TEXTS = {page.stem: page.read_text("utf-8") for page in (notebooks.ROOT / "book").glob("*.md")}
NOTE = re.compile(r"^\*\*(Time|At home)\.\*\* (\d+) minutes[^:\n]*: (.+)$", re.M)
PART = re.compile(r"\b(\d+) (?:for|to)\b")
ENTRY = re.compile(r"\{(?:num)?ref\}`(?:[^`<]+<)?(sec-[\w-]+)>?` (\d+)")
EXERCISE = re.compile(r"\{ref\}`(ex-[\w-]+)`")


def table(name: str) -> list[list[str]]:
    """The rows of a table of the page, cell by cell."""
    found = re.search(rf"^:name: {name}\n\n(.*?)^```$", TEXTS["teaching"], re.M | re.S)[1]
    return [[c.strip() for c in line.strip("|\n").split("|")] for line in found.splitlines()[2:]]


def notes() -> dict[str, dict[str, tuple[int, str]]]:
    """Minutes in class and at home, and what for, by the label of a chapter."""
    found = {}
    for name, text in TEXTS.items():
        if re.search("^:class: teaching$", text, re.M):
            label = re.search(r"^\((sec-[\w-]+)\)=\n# ", text, re.M)[1]
            found[label] = {kind: (int(n), rest) for kind, n, rest in NOTE.findall(text)}
            assert found[label].keys() == {"Time", "At home"}, f"book/{name}.md"
    return found


NOTES = notes()


def test_the_teachers_page_names_no_chapter_that_has_left():
    named = {label for label, _ in ENTRY.findall(TEXTS["teaching"])}
    gone = sorted(named - NOTES.keys())
    assert not gone, f"book/teaching.md: found {gone} in its plans, expected labels of chapters"


@pytest.mark.parametrize("label", NOTES)
def test_the_parts_of_a_note_are_its_minutes(label):
    for kind, (minutes, rest) in NOTES[label].items():
        assert sum(map(int, PART.findall(rest))) == minutes, f"{label}, {kind}: {rest}"


@pytest.mark.parametrize(("column", "plan"), [(0, "Nine weeks"), (1, "Six"), (2, "Four")])
def test_a_plan_is_the_sum_of_its_chapters_notes(column, plan):
    rows = [row for row in table("tab-plan") if row[column] != "–"]
    assert [row[column] for row in rows] == [f"{1 + n // 2}.{1 + n % 2}" for n in range(len(rows))]
    sums = []
    for kind in ("Time", "At home"):
        planned = Counter()
        for row in rows:
            labels, minutes = zip(*ENTRY.findall(row[3]), strict=True)
            minutes = [*map(int, minutes if kind == "Time" else row[4].split(", "))]
            assert kind == "At home" or sum(minutes) <= 90, row
            planned.update(dict(zip(labels, minutes, strict=True)))
        noted = {label: NOTES[label][kind][0] for label in planned if label in NOTES}
        differ = [f"{x}: plan {planned[x]}, note {n}" for x, n in noted.items() if n != planned[x]]
        assert not differ, f"{plan}, {kind}: {'; '.join(differ)}"
        sums.append(planned.total())
    given = next(row for row in table("tab-hours") if row[0] == plan)
    assert list(map(int, given[1:])) == [len(rows), *sums, round(sum(sums) / 60)]


def test_nine_weeks_leave_no_chapter_out_and_hand_in_what_the_notes_give():
    rows = table("tab-plan")
    assert NOTES.keys() <= {label for row in rows for label, _ in ENTRY.findall(row[3])}
    at_home = [name for each in NOTES.values() for name in EXERCISE.findall(each["At home"][1])]
    assert sorted(EXERCISE.findall(" ".join(row[5] for row in rows))) == sorted(at_home)


def test_one_day_has_the_time_that_its_chapters_need():
    for time, what in table("tab-one-day"):
        hours = [60 * int(h) + int(m) for h, m in re.findall(r"(\d+):(\d\d)", time)]
        ((label, minutes),) = ENTRY.findall(what)
        whole, rest = NOTES[label]["Time"]
        assert int(minutes) == hours[1] - hours[0] and int(minutes) in {whole, *first(rest)}, what


def test_an_evening_has_the_minutes_that_its_chapters_take_to_read():
    for label, minutes in ENTRY.findall(" ".join(row[1] for row in table("tab-evenings"))):
        assert re.search(rf"\b{minutes} to read\b", NOTES[label]["At home"][1]), label


def first(rest: str) -> list[int]:
    """The minutes of the first session, where a note says that it has more than one."""
    before, found, _ = rest.partition("which is the first session")
    return [sum(map(int, PART.findall(before)))] if found else []


def test_the_syllabus_states_the_hours_of_six_weeks():
    plan = next(row for row in table("tab-hours") if row[0] == "Six")
    sessions, in_class, at_home = map(int, plan[1:4])
    syllabus = dict(table("tab-syllabus"))
    stated = syllabus["Hours"]
    said = f"{sessions} sessions of 90 minutes, {in_class // 60} hours; {at_home / 60:.0f} hours"
    assert stated.startswith(said) and in_class == 90 * sessions, stated
    sets = sum(row[1] != "–" and bool(EXERCISE.search(row[5])) for row in table("tab-plan"))
    assert syllabus["Hand-ins"].startswith(f"exercises of {prose.count(sets)} sessions"), sets
