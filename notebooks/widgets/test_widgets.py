"""What widgets have in common: a change makes pages old."""

import widgets
from tools.render import book, fresh, notebooks


def test_a_template_is_an_input_of_the_pages_that_show_it_and_a_script_of_the_book():
    noted = fresh.noted(notebooks.ROOT)
    for page, name in {"index": "two_cities", "cities": "city_list"}.items():
        assert f"notebooks/widgets/{name}/page.html" in noted[page]
    files = {file for pattern in book.SOURCES for file in book.ROOT.glob(pattern)}
    assert {*widgets.FOLDER.glob("*/*.*")} <= files
