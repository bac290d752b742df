"""The page of a widget, and the fixtures of ``tests``."""

import re

import pytest

import widgets
from tests.conftest import browser, data, html, rendered, tab  # noqa: F401

HEAD = "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"


@pytest.fixture(scope="module")
def address(tmp_path_factory, shown) -> str:
    """A page with what a module's `shown` displays, its style and its script."""
    page = tmp_path_factory.mktemp("page") / "page.html"
    places = widgets.FOLDER.resolve().as_uri()
    inside = re.sub(r"\.\./_static/((\w+)\.(?:js|css))", rf"{places}/\2/\1", shown._repr_html_())
    page.write_text(f"{HEAD}<article class=bd-article>{inside}</article>", encoding="utf-8")
    return page.as_uri()
