"""Visible cells are short, and hidden ones hold an assertion or two."""

import ast
import symtable
from pathlib import Path

import jupytext
import pytest

from tools.build import expressions

ROOT = Path(__file__).parents[3]
MOST, LINES = 100, 20
HIDDEN = {"remove-cell", "remove-input", "hide-input"}


def code(path: Path):
    for cell in jupytext.read(path, fmt="md:myst").cells:
        if cell.cell_type == "code":
            yield set(cell.metadata.get("tags", [])), cell.source.splitlines()


PAGES = [p for p in sorted((ROOT / "book").glob("*.md")) if p.read_text("utf-8").startswith("---")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_visible_cells_are_short_and_fit(path):
    visible = [lines for tags, lines in code(path) if not tags & HIDDEN]
    assert not [line for lines in visible for line in lines if len(line) > MOST]
    assert max(map(len, visible), default=0) <= LINES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_hidden_cells_hold_a_few_lines(path):
    assert max((len(lines) for tags, lines in code(path) if "remove-cell" in tags), default=0) <= 10


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_solution_changes_what_the_page_opens_with(path):
    """The expressions above all code are evaluated last, when solutions have run."""
    cells = jupytext.read(path, fmt="md:myst").cells
    first = next((n for n, cell in enumerate(cells) if cell.cell_type == "code"), 0)
    opening = [each for cell in cells[:first] for each, _ in expressions.of_cell(cell)]
    used = {node.id for each in opening for node in ast.walk(ast.parse(each, mode="eval"))
            if isinstance(node, ast.Name)}  # fmt: skip
    for cell in cells:
        if "solution" in cell.metadata.get("tags", []):
            names = symtable.symtable(cell.source, path.stem, "exec").get_symbols()
            again = used & {name.get_name() for name in names if name.is_assigned()}
            assert not again, f"the opening uses {sorted(again)}, which a solution binds again"
