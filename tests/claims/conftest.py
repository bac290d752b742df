"""The names of a page: test_02_theory.py has the claims of book/02-theory.md."""

from types import SimpleNamespace

import names
import pytest


def _page(request) -> str:
    return request.path.stem.removeprefix("test_").replace("_", "-")


@pytest.fixture(scope="module")
def page(request) -> SimpleNamespace:
    """The names that a page binds, without those of its solutions."""
    return names.of(_page(request))


@pytest.fixture(scope="module")
def solved(request) -> SimpleNamespace:
    """The names that a page and its solutions bind."""
    return names.of(_page(request), solutions=True)
