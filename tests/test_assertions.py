"""No test only executes: each asserts something, or calls a function of its file that does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

FILES = sorted(Path(__file__).parent.glob("test_*.py"))
CHECKS = {"pytest.raises", "pytest.warns", "pytest.fail"}
# Its solutions assert for themselves: what is checked is that none of them stops.
RUNS = {"test_setup_is_all_that_the_solutions_need"}


def silent(source: str) -> list[str]:
    """Names of the tests in a file that cannot fail but by an error."""
    functions = {
        node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)
    }

    def calls(node: ast.AST) -> set[str]:
        return {ast.unparse(each.func) for each in ast.walk(node) if isinstance(each, ast.Call)}

    def asserts(node: ast.AST) -> bool:
        names = calls(node)
        return (
            any(isinstance(each, ast.Assert) for each in ast.walk(node))
            or bool(names & CHECKS)
            or any(name.split(".")[-1].startswith("assert_") for name in names)
        )

    loud = {name for name, node in functions.items() if asserts(node)}
    while more := {n for n, node in functions.items() if n not in loud and calls(node) & loud}:
        loud |= more
    return [name for name in functions if name.startswith("test_") and name not in loud | RUNS]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_test_asserts_something(path):
    assert silent(path.read_text(encoding="utf-8")) == []


def test_a_test_that_only_executes_is_found():
    text = "def check(x):\n    assert x\ndef test_a():\n    check(1)\ndef test_b():\n    print(1)\n"
    assert silent(text) == ["test_b"]
