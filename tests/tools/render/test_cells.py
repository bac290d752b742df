"""Visible cells are short, and hidden ones hold an assertion or two."""

import pytest

from tools.render import notebooks

MOST, LINES = 100, 20
HIDDEN = {"remove-cell", "remove-input", "hide-input"}


@pytest.mark.parametrize("pair", notebooks.pairs(), ids=lambda pair: pair.name)
def test_cells_are_short_and_fit(pair):
    for cell in notebooks.twin(pair).cells:
        tags, lines = {*cell.metadata.get("tags", [])}, cell.source.splitlines()
        if cell.cell_type == "code" and not tags & HIDDEN:
            assert len(lines) <= LINES and max(map(len, lines), default=0) <= MOST, lines
        assert "remove-cell" not in tags or len(lines) <= 10, lines
