"""The names that a page's own code binds."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

from matplotlib import pyplot

from tools.render import notebooks


def of(page: str, solutions: bool = False) -> SimpleNamespace:
    """The names of a page, computed anew from ``data/``; if asked, those of its solutions, too."""
    names: dict[str, Any] = {"__name__": "page"}
    with contextlib.chdir(notebooks.ROOT / "notebooks"):  # where a kernel runs the page
        for number, cell in enumerate(notebooks.read(notebooks.Pair(notebooks.ROOT, page)).cells):
            if cell.cell_type == "code" and (
                solutions or "solution" not in cell.metadata.get("tags", ())
            ):
                exec(compile(cell.source, f"book/{page}.md, cell {number}", "exec"), names)
                pyplot.close("all")
    return SimpleNamespace(**names)
