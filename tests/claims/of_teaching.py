import re

import pandas as pd

from lib import panel

NOTE = re.compile(
    r"^\*\*Time\.\*\* (\d+) minutes.*?^\*\*At home\.\*\* (\d+) minutes(?:: (\d+) to read)?",
    re.M | re.S,
)
PART = re.compile(r" (\d+)(?:, |$)")
HOME = re.compile(r"^\*\*At home\.\*\*(.*)", re.M)
EXERCISE = re.compile(r"\{ref\}`(ex-[\w-]+)`")
FOR = re.compile(r"(\d+) for ((?:(?:, | and | to )?\{ref\}`ex-[\w-]+`)+)")
TAKES = re.compile(r"^:label: (ex-[\w-]+)\n```\n\*\w+, (\d+) minutes", re.M)


def test_minutes_are_those_of_the_notes_and_no_chapter_with_a_note_is_left_out():
    book = panel.DATA.parent / "book"
    notes = {path.stem: NOTE.search(path.read_text(encoding="utf-8")) for path in book.glob("*.md")}
    noted = {page: tuple(int(each or 0) for each in note.groups())
             for page, note in notes.items() if note}  # fmt: skip
    planned = pd.read_csv(panel.DATA / "sessions.csv")
    planned["home"] = planned["read"] + planned["exercises"]
    sums = planned.groupby("page")[["in_class", "home", "read"]].sum()
    minutes = dict(sums.apply(tuple, axis=1))
    assert {page: of for page, of in minutes.items() if page in notes} == noted


def test_the_exercises_that_a_note_names_at_home_take_the_minutes_that_it_gives_them():
    book, summed = panel.DATA.parent / "book", 0
    for path in book.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        takes = dict(TAKES.findall(text))
        for minutes, named in FOR.findall("".join(HOME.findall(text))):
            labels = EXERCISE.findall(named)
            if " to " in named:
                every = [*takes]
                labels = every[every.index(labels[0]) : every.index(labels[1]) + 1]
            summed += 1
            assert sum(int(takes[each]) for each in labels) == int(minutes), (path.stem, labels)
    assert summed >= 15  # notes with exercises at home


def test_the_minutes_of_the_parts_of_a_session_add_up_and_no_session_is_too_long():
    planned = pd.read_csv(panel.DATA / "sessions.csv", keep_default_na=False)
    for row in planned.itertuples():
        parts = [int(each) for each in PART.findall(row.what)]
        assert sum(parts) in (0, row.in_class), (row.page, row.what)
        assert parts or row.page[:2] not in ("11", "12", "13"), f"{row.page}: name its parts"
    assert planned.groupby("session")["in_class"].sum().max() == 90
    assert planned.groupby(["session", "page"]).ngroups == len(planned)


def test_the_plans_and_that_what_a_chapter_needs_comes_before_it(page):
    assert [*page.weeks.values()] == [9, 6, 4] and page.hours["Economics"].min() >= 0.4
    assert page.plans["Fourteen weeks"]["session"].nunique() == 14
    assert set(page.sessions["about"]) == {"mechanism", "place", "method"}
    assert page.marks["share"].sum() == 100
    assert page.plans["One day"]["in_class"].sum() <= 7 * 60
    four = {"11-convergence", "12-people-and-firms", "13-core-and-periphery", "14-hukou-and-policy"}
    for name, plan in page.plans.items():
        first = plan.groupby("page")["session"].min()
        assert first["14-hukou-and-policy"] > first["07-answer"], name
        by_province = four.union(["06-where-people-went", "07-answer"]) & {*first.index}
        if "08-how-sure" in first:
            assert first["08-how-sure"] < first[list(by_province)].min(), name


def test_hours_of_marking_and_points_of_the_exam_by_hand(page):
    # 24 exercises of 2 minutes, and 10 + 10 + 25 + 15 for tasks and exam, of 30 students.
    assert page.hours.loc["Nine weeks", ["Hand-ins", "Marking"]].tolist() == [24, 54]
    assert page.hours["Points of the exam"].tolist() == [60, 60, 60, 40, 0]
