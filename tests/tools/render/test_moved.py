"""What a run changed in charts is said in words."""

from __future__ import annotations

import json

from tools.render import moved

TEXT = """Chart: Spread
  text "Per cent"
  panel
    x "Year", linear, 2008 to 2023
    text "in money" at 2023, 225
    legend "half": ink 1.8 wide
    legend "all: slope 1.2": flow 1.8 wide
    all: slope 1.2: flow 1.8 wide; 2 points; x 0 to 1, mean 0.5"""


def page(form: str, **data: str) -> dict[str, str]:
    cells = [{"outputs": [{"data": {"text/plain": form, **data}}]}, {"cell_type": "markdown"}]
    return {"11": json.dumps({"cells": cells})}


def test_charts_that_differ_are_counted_named_and_told():
    before = moved.of_pages(page(TEXT))
    other = moved.of_pages(page(TEXT.replace("money", "proportion")))
    assert moved.said(before, before) == "charts that differ: none"
    assert moved.said(before, other).splitlines() == [
        "charts that differ: 1",
        "  11, Spread",
        '    -    text "in money" at 2023, 225',
        '    +    text "in proportion" at 2023, 225',
    ]
    assert moved.said(before, {}).splitlines()[1:] == ["  11, Spread: new or gone"]


def test_what_moves_is_told_by_its_text_form_and_not_by_the_places_of_its_files():
    def shown(form, file):
        tag = f'<p title="a">b</p><script src="../_static/{file}" defer></script>'
        return moved.of_pages(page(form, **{"text/html": tag}))

    before = shown("sum 3", "map.js")
    assert moved.said(before, shown("sum 3", "map.js?v=2")).endswith("none")
    assert moved.said(before, shown("sum 4", "map.js")).splitlines()[1:] == [
        "  11, what moves, map", "    -sum 3", "    +sum 4"
    ]  # fmt: skip
