"""Tables as files hold numbers where a page shows numbers."""

from __future__ import annotations

import csv
import io

import pandas as pd
import plain
import pytest

from lib import tables
from tools.build import pdf


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("−0.404***", {"": "-0.404", "stars": "***"}),
        ("(−2.13)", {"": "-2.13", "brackets": "()"}),
        ("⟨1.90⟩*", {"": "1.90", "brackets": "⟨⟩", "stars": "*"}),
        ("0.62 (2.1)", {"": "0.62", "in brackets": "2.1"}),
        ("1,760", {"": "1760"}),
        (".043", {"": "0.043"}),
        ("−**", {"": "-", "stars": "**"}),
        ("< .001", {"": "0.001", "below": "<"}),
        ("57.4 %", {"": "57.4", "unit": "%"}),
        ("2009–2021", {"": "2009–2021"}),
        ("–", {"": "–"}),
        ("supported", {"": "supported"}),
        ("", {"": ""}),
    ],
)
def test_a_number_stands_alone(cell, expected):
    found = dict(zip(plain.PARTS, plain.parts(cell), strict=True))
    assert {part: value for part, value in found.items() if value or not part} == expected


def test_columns_hold_the_marks():
    frame = pd.DataFrame({"": ["LM", ""], "Flow": ["−0.404***", "(−2.13)**"], "N": ["9", "9"]})
    rows = list(csv.reader(io.StringIO(plain.as_csv(tables.Table(frame)._repr_html_()))))
    assert rows[0] == ["", "Flow", "Flow stars", "Flow brackets", "N"]
    assert rows[1:] == [["LM", "-0.404", "***", "", "9"], ["", "-2.13", "**", "()", "9"]]


def test_no_file_of_the_book_holds_a_star_or_a_bracket_at_a_number(html):
    files = sorted((html / "_static" / "tables").glob("*.csv"))
    assert len(files) > len(pdf.contents())
    for path in files:
        _, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
        cells = [cell for row in rows for cell in row[1:]]
        left = [cell for cell in cells if plain.parts(cell)[0] != cell]
        assert not left, f"{path.name}: {left[:3]}"
