"""The plans of the teachers' page have the minutes that the chapters' own notes give."""

from __future__ import annotations

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
