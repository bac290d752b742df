"""What a run changed in charts is said in words."""

import json

from tools.render import moved

TEXT = 'Chart: Spread\n  text "in money" at 2023, 225\n  all: flow 1.8 wide; 2 points'


def charts(form: str, **data: str) -> dict[str, str]:
    cells = [{"outputs": [{"data": {"text/plain": form, **data}}]}, {"cell_type": "markdown"}]
    return moved.of_pages({"11": json.dumps({"cells": cells})})


def test_charts_that_differ_are_counted_named_and_told():
    before, other = charts(TEXT), charts(TEXT.replace("money", "proportion"))
    assert moved.said(before, before) == "charts that differ: none"
    assert moved.said(before, other).splitlines() == [
        "charts that differ: 1",
        "  11, Spread",
        '    -  text "in money" at 2023, 225',
        '    +  text "in proportion" at 2023, 225',
    ]
    assert moved.said(before, {}).splitlines()[1:] == ["  11, Spread: new or gone"]


def test_what_moves_is_told_by_its_text_form_and_not_by_the_places_of_its_files():
    def shown(form, file):
        return charts(form, **{"text/html": f'<script src="../_static/{file}" defer></script>'})

    before = shown("sum 3", "map.js")
    assert moved.said(before, shown("sum 3", "map.js?v=2")).endswith("none")
    assert "  11, what moves, map\n    -sum 3" in moved.said(before, shown("sum 4", "map.js"))
