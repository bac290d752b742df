"""The names of a page: test_02_theory.py has the claims of book/02-theory.md."""

from types import SimpleNamespace

import names
import pytest


@pytest.fixture(scope="module")
def page(request) -> SimpleNamespace:
    """The names that a page binds, without those of its solutions."""
    return names.of(request.path.stem.removeprefix("test_").replace("_", "-"))
