"""Exercises can be done with their page, have solutions, and open ones notes for marking."""

from __future__ import annotations

import ast
import builtins
import re

import pytest

from tools.build import gates, notebooks

PAGES = {pair.name: notebooks.twin(pair).cells for pair in notebooks.pairs()}
WITH = [name for name, cells in PAGES.items() if gates.exercises(cells)]
MARKING = re.compile(r"Marking: |[Gg]ood answers? |Full marks ")


def names(code: str) -> tuple[set[str], set[str]]:
    """Names that code binds, and names that it uses."""
    bound, used = set(), set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler):
            bound.add(node.name or "")
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
    return bound, used


@pytest.mark.parametrize("name", WITH)
def test_a_solution_uses_what_its_page_shows(name):
    """Not what a hidden cell computes, which no reader sees and no starter has."""
    known = set(dir(builtins))
    for cell in PAGES[name]:
        tags = {*cell.metadata.get("tags", [])}
        if cell.cell_type == "code" and "remove-cell" not in tags:
            bound, used = names(cell.source)
            known |= bound
            assert "solution" not in tags or used <= known, f"{name}: {sorted(used - known)}"


@pytest.mark.parametrize("name", WITH)
def test_an_exercise_has_a_solution_and_a_star_notes_for_marking(name):
    for each in gates.exercises(PAGES[name]):
        words = " ".join(part.text for part in each.solution)
        assert words.strip(), f"{each.label} has no solution"
        if each.title.startswith("★"):
            assert MARKING.search(words), f"{each.label} has no notes for marking"
