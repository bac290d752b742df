"""The names that a page's own code binds."""

import contextlib
import io
from types import SimpleNamespace
from typing import Any

import pytest
from matplotlib import pyplot

from tools.render import notebooks


def of(page: str, heading: str = "") -> SimpleNamespace:
    """The names of a page, computed anew from ``data/``, without those of its solutions.

    With a heading: those of its first cell of code, and of the cells from this heading on.
    """
    names: dict[str, Any] = {"__name__": "page"}
    cells = notebooks.read(notebooks.Pair(notebooks.ROOT, page)).cells
    first = next(number for number, cell in enumerate(cells) if cell.cell_type == "code")
    since = next(number for number, cell in enumerate(cells) if heading in cell.source)
    with contextlib.chdir(notebooks.ROOT / "notebooks"):  # where a kernel runs the page
        for number, cell in enumerate(cells):
            own = cell.cell_type == "code" and "solution" not in cell.metadata.get("tags", ())
            if own and (number == first or number >= since):
                exec(compile(cell.source, f"book/{page}.md, cell {number}", "exec"), names)
                pyplot.close("all")
    return SimpleNamespace(**names)


def tested(file: str, names: dict[str, Any]) -> None:
    """Run the tests of a file in the kernel that has run their page; raise what failed."""
    options = "-q --tb=short --color=no --noconftest --disable-plugin-autoload --capture=sys"
    options += " -o addopts= -p no:cacheprovider -p no:faulthandler"

    class Given:
        @pytest.fixture
        def page(self) -> SimpleNamespace:
            return SimpleNamespace(**names)

    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        failed = pytest.main([*options.split(), file], plugins=[Given()])
    assert not failed, told.getvalue()
