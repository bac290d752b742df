"""The names of a page, computed anew by the page's own code; its headlines."""

import csv
from types import SimpleNamespace

import headline
import pytest


def _name(path) -> str:
    """Of a test file's page: test_02_theory.py has the claims of book/02-theory.md."""
    return path.stem.removeprefix("test_").replace("_", "-")


@pytest.fixture(scope="module")
def page(request) -> SimpleNamespace:
    """The names that a page binds, without those of its solutions."""
    return headline.run(_name(request.path))


@pytest.fixture(scope="module")
def solved(request) -> SimpleNamespace:
    """The names that a page and its solutions bind."""
    return headline.run(_name(request.path), True)


def pytest_pycollect_makeitem(collector, name, obj):
    """A list HEADLINES in a page's file stands for a test of each, and of the shipped register."""
    if name != "HEADLINES":
        return None

    def test(what, check):
        return pytest.Function.from_parent(collector, name=f"headline[{what}]", callobj=check)

    def holds(each):
        def check(page):
            assert not each.overturned(page), f"false in these cases: {each.words}"

        return test(each.words, check)

    def shipped(page):
        page_name = _name(collector.path)
        with headline.REGISTER.open(encoding="utf-8", newline="") as file:
            kept = [row for row in csv.DictReader(file) if row["page"] == page_name]
        now = headline.rows(page_name, page, obj)
        assert now == kept, headline.reread(now, kept, collector.path.name)

    return [*map(holds, obj), test("as shipped", shipped)]
