"""The names of a page, computed anew from ``data/`` by the page's own code."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib import pyplot

from tools.render import notebooks


def _run(request: pytest.FixtureRequest, solutions: bool) -> SimpleNamespace:
    """Run the code of a test file's page: test_02_theory.py has the claims of book/02-theory.md."""
    page = request.path.stem.removeprefix("test_").replace("_", "-")
    names: dict[str, Any] = {"__name__": "page"}
    for number, cell in enumerate(notebooks.read(notebooks.Pair(notebooks.ROOT, page)).cells):
        if cell.cell_type == "code" and (
            solutions or "solution" not in cell.metadata.get("tags", ())
        ):
            exec(compile(cell.source, f"book/{page}.md, cell {number}", "exec"), names)
            pyplot.close("all")
    return SimpleNamespace(**names)


@pytest.fixture(scope="module")
def page(request) -> SimpleNamespace:
    """The names that a page binds, without those of its solutions."""
    return _run(request, solutions=False)


@pytest.fixture(scope="module")
def solved(request) -> SimpleNamespace:
    """The names that a page and its solutions bind."""
    return _run(request, solutions=True)
