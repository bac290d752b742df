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


class Given:
    """The page of a kernel, for the tests of its claims."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names

    @pytest.fixture
    def page(self) -> SimpleNamespace:
        return SimpleNamespace(**self.names)


def tested(file: str, names: dict[str, Any]) -> None:
    """Run the tests of a file in the kernel that has run their page; raise what failed."""
    options = (
        "-q --tb=short --color=no --noconftest --disable-plugin-autoload --capture=sys -o addopts="
    )
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        options = [*options.split(), "-p", "no:cacheprovider", "-p", "no:faulthandler"]
        failed = pytest.main([*options, file], plugins=[Given(names)])
    assert not failed, told.getvalue()
