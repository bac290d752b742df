"""What a run changed in charts is said in words."""

from __future__ import annotations

import json

from tools.render import book, moved, notebooks

TEXT = """Chart: Spread
  text "Per cent"
  panel
    x "Year", linear, 2008 to 2023
    text "in money" at 2023, 225
    legend "half": ink 1.8 wide
    legend "all: slope 1.2": flow 1.8 wide
    all: slope 1.2: flow 1.8 wide; 2 points; x 0 to 1, mean 0.5"""


def twin(text: str, picture: str) -> str:
    data = {"text/plain": text, "image/svg+xml": picture}
    return json.dumps({"cells": [{"outputs": [{"data": data}]}, {"cell_type": "markdown"}]})


def test_text_forms_and_pictures_that_differ_are_counted_named_and_told():
    before = moved.of_pages({"11": twin(TEXT, "<svg/>"), "12": twin(TEXT, "<svg/>")})
    after = moved.of_pages({"11": twin(TEXT, "<g/>"), "12": twin(TEXT, "<svg/>")})
    assert moved.said(before, before).endswith("differ: none; pictures that differ: none")
    assert moved.said(before, after).splitlines() == [
        "text forms that differ: none; pictures that differ: 1", "  11, Spread: picture"
    ]  # fmt: skip
    other = moved.of_pages({"11": twin(TEXT.replace("money", "proportion"), "<svg/>")})
    assert moved.said(before, other).splitlines() == [
        "text forms that differ: 2; pictures that differ: 1",
        "  11, Spread: text form",
        '    -    text "in money" at 2023, 225',
        '    +    text "in proportion" at 2023, 225',
        "  12, Spread: new or gone",
    ]


def test_what_moves_is_told_by_its_text_form_and_not_by_the_places_of_its_files():
    def page(form, html):
        data = {"text/plain": form, "text/html": html}
        return {"03": json.dumps({"cells": [{"outputs": [{"data": data}]}]})}

    one = '<p title="a">b</p><script src="../_static/{}.js" defer></script>'
    before = moved.of_pages(page("sum 3", one.format("map")))
    same = moved.of_pages(page("sum 3", one.format("map").replace("map.js", "map.js?v=2")))
    assert moved.said(before, same).endswith("none") and "03, what moves, map" in before
    other = moved.of_pages(page("sum 4", one.format("map")))
    assert moved.said(before, other).splitlines()[1:] == [
        "  03, what moves, map: text form", "    -sum 3", "    +sum 4"
    ]  # fmt: skip


def test_a_run_says_what_changed_and_its_labels_are_among_the_results(project, monkeypatch):
    (pair,) = notebooks.pairs(project)
    chart = f"class Chart:\n    __repr__ = lambda self: {TEXT!r}\nChart()"
    cell = f"```{{code-cell}} ipython3\n{chart}\n```\n"
    pair.text.write_text(f"{pair.text.read_text()}\n{cell}")
    said = book.refresh(project)
    assert "1 notebook(s) executed; text forms that differ: 1; pictures" in said
    assert "  demo, Spread: new or gone" in said
    results = (project / notebooks.RESULTS).read_text().splitlines()
    assert 'demo,1,Chart: Spread,"""in money"" at 2023, 225"' in results
    assert 'demo,2,Chart: Spread,"""all: slope 1.2"": flow 1.8 wide"' in results
    assert "0 notebook(s) executed; text forms that differ: none;" in book.refresh(project)
