import re

import pandas as pd

from lib import panel

NOTE = re.compile(r"^\*\*Time\.\*\* (\d+) minutes.*?^\*\*At home\.\*\* (\d+) minutes", re.M | re.S)


def test_minutes_are_those_of_the_notes_and_no_chapter_with_a_note_is_left_out():
    book = panel.DATA.parent / "book"
    notes = {path.stem: NOTE.search(path.read_text(encoding="utf-8")) for path in book.glob("*.md")}
    noted = {page: tuple(map(int, note.groups())) for page, note in notes.items() if note}
    planned = pd.read_csv(panel.DATA / "sessions.csv").groupby("page")[["in_class", "at_home"]]
    minutes = dict(planned.sum().apply(tuple, axis=1))
    assert {page: of for page, of in minutes.items() if page in notes} == noted


def test_the_plans_and_that_part_iv_stands_beside_the_paper(page):
    assert [*page.weeks.values()] == [9, 6, 4] and page.hours["Economics"].min() >= 0.45
    assert page.plans["One day"]["in_class"].sum() <= 7 * 60
    assert set(page.sessions["about"]) == {"mechanism", "place", "method"}
    four = {"11-convergence", "12-people-and-firms", "13-core-and-periphery", "14-hukou-and-policy"}
    for name, plan in page.plans.items():
        read = plan.loc[plan["page"].isin(four), "session"]
        assert read.max() < plan.loc[~plan["page"].isin(four), "session"].max(), name
    assert four <= set(page.plans["Six weeks"]["page"])
    assert page.marks["share"].sum() == 100
