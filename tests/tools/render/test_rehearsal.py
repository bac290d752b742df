"""Two builds of the book are compared by what their pages say."""

from __future__ import annotations

from tools.render import rehearsal

PAGE = "<html><nav>{menu}</nav><article>\n<p>LM is</p> <p>{figure}</p></article></html>"


def test_a_page_that_says_something_else_is_named_with_both_texts(tmp_path):
    for build, menu, figure, page in (
        ("one", "old", "<b>0.501</b>**", "a"), ("other", "new", "0.501<i>**</i>", "a"),
        ("one", "", "2", "b"), ("other", "", "3", "b"), ("one", "", "4", "gone"),
    ):  # fmt: skip
        (tmp_path / build / "notebooks").mkdir(parents=True, exist_ok=True)
        path = tmp_path / build / "notebooks" / f"{page}.html"
        path.write_text(PAGE.format(menu=menu, figure=figure))
    assert rehearsal.differences(tmp_path / "one", tmp_path / "other") == [
        "notebooks/b.html: expected 'LMis2', found 'LMis3'",
        "notebooks/gone.html: expected 'LMis4', found ''",
    ]
