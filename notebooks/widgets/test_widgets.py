"""What widgets have in common: escaping, what asks for files, and that a change makes pages old."""

import json

import pytest
from bs4 import BeautifulSoup

import widgets
from tools.render import book, fresh, notebooks


@pytest.mark.parametrize("text", ['"', "'", "<b>", "&amp;", "]]>", "</script>", "宜昌"])
def test_data_and_words_come_back_as_they_were(text):
    about = {"ask": text, "hint": text, "choices": [text]}
    line = widgets.filled("check", label="a", about=about, open_to=False,
                          data=widgets.packed({text: text}))  # fmt: skip
    form = BeautifulSoup(line, "html.parser").form
    assert json.loads(form["data-check"]) == {text: text}
    assert (form.legend.get_text(), form.details.p.get_text()) == (text, text)
    assert "\n" not in line and form.input["value"] == text


def test_a_template_is_an_input_of_the_pages_that_show_it_and_a_script_of_the_book():
    noted = fresh.noted(notebooks.ROOT)
    for page, name in {"index": "two_cities", "cities": "city_list"}.items():
        assert f"notebooks/widgets/{name}/page.html" in noted[page]
    files = {file for pattern in book.SOURCES for file in book.ROOT.glob(pattern)}
    assert {*widgets.FOLDER.glob("*/*.*")} <= files
