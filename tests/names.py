"""The names that a page's own code binds."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

from matplotlib import pyplot

from tools.render import notebooks


def of(page: str) -> SimpleNamespace:
    """The names of a page, computed anew from ``data/``, without those of its solutions."""
    names: dict[str, Any] = {"__name__": "page"}
    with contextlib.chdir(notebooks.ROOT / "notebooks"):  # where a kernel runs the page
        for number, cell in enumerate(notebooks.read(notebooks.Pair(notebooks.ROOT, page)).cells):
            if cell.cell_type == "code" and "solution" not in cell.metadata.get("tags", ()):
                exec(compile(cell.source, f"book/{page}.md, cell {number}", "exec"), names)
                pyplot.close("all")
    return SimpleNamespace(**names)
