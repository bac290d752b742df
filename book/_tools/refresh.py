"""Execute every notebook again after a deliberate change, and say which figures moved.

``python book/_tools/refresh.py`` (``make refresh``) leaves the pages alone: ``make book`` then
renders them, and only counts the figures that its own executions moved.
"""

from __future__ import annotations

from pathlib import Path

import moved

import notebooks


def refresh(root: Path = notebooks.ROOT) -> list[moved.Move]:
    """Execute all notebooks, update their twins and the results file; return what moved.

    Raises
    ------
    SystemExit
        A notebook raised.  Those that did not are written, the results file is as it was.
    """
    before = moved.of_book(root)
    notebooks.refresh(root, force=True)
    return moved.between(before, moved.of_book(root))


if __name__ == "__main__":
    print(moved.report(refresh()))
