"""Visible cells are short, and hidden ones hold an assertion or two."""

from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).parents[3]
MOST, LINES = 100, 20
HIDDEN = {"remove-cell", "remove-input", "hide-input"}


def code(path: Path):
    for cell in jupytext.read(path, fmt="md:myst").cells:
        if cell.cell_type == "code":
            yield set(cell.metadata.get("tags", [])), cell.source.splitlines()


PAGES = [p for p in sorted((ROOT / "book").glob("*.md")) if p.read_text("utf-8").startswith("---")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_cells_are_short_and_fit(path):
    for tags, lines in code(path):
        if not tags & HIDDEN:
            assert len(lines) <= LINES and max(map(len, lines), default=0) <= MOST, lines
        assert "remove-cell" not in tags or len(lines) <= 10, lines
