"""The page of a study that draws for a script."""

from pathlib import Path

import pytest

STATIC = Path("book/_static").resolve()
HEAD = "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"


@pytest.fixture(scope="module")
def address(tmp_path_factory, shown) -> str:
    """A page with what a module's `shown` displays, its styles and its scripts."""
    page = tmp_path_factory.mktemp("page") / "page.html"
    inside = shown._repr_html_().replace("../_static", STATIC.as_uri())
    page.write_text(f"{HEAD}<article class=bd-article>{inside}</article>", encoding="utf-8")
    return page.as_uri()
