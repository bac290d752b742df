"""Which part of a page's code its exercises build on.

Names are followed backwards, statement by statement: from what the solutions use, to the
statements of the page that make it, to what these use in turn.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import gates

# Methods that change what they are called on, as an assignment to it would.
_CHANGING = {"add", "append", "extend", "insert", "setdefault", "sort", "update"}
_SCOPES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass
class Statement:
    """A top-level statement.

    Attributes
    ----------
    source : str
        As it is written.
    binds : set of str
        Names that it gives a new value.
    changes : set of str
        Names whose value it changes, or may give a new one; it needs them.
    needs : set of str
        Names that must have a value before it runs.
    """

    source: str
    binds: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)


def statements(source: str) -> list[Statement]:
    """Take code apart into its top-level statements; comments between them are lost."""
    lines = source.split("\n")
    found = []
    for node in ast.parse(source).body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])
        statement = Statement("\n".join(lines[first - 1 : node.end_lineno]))
        _run([node], statement)
        statement.needs |= statement.changes
        found.append(statement)
    return found


def setup(cells: list[gates.Cell]) -> list[str]:
    """The code of a page that its exercises build on.

    Parameters
    ----------
    cells : list of NotebookNode
        The whole page, with solutions.

    Returns
    -------
    list of str
        Sources of the cells of a set-up: the page's first, and of the others the statements that
        make a name which a solution uses, or which an exercise mentions in code, and whatever
        these need.
    """
    code = [part for part in gates.parts(cells) if cells[part.cell].cell_type == "code"]
    page = [part for part in code if part.kind == "prose"]
    wanted: set[str] = set()
    for each in gates.exercises(cells):
        for span in re.findall(r"`([^`]+)`", gates.ROLE.sub("", each.text)):
            wanted |= set(re.findall(r"[A-Za-z_]\w*", span))
    for part in reversed([part for part in code if part.kind == "solution"]):
        for statement in reversed(statements(part.text)):
            wanted = (wanted - statement.binds) | statement.needs
    kept: list[str] = []
    for number, part in reversed(list(enumerate(page))):
        sources: list[str] = []
        for statement in reversed(statements(part.text)):
            if number == 0 or (statement.binds | statement.changes) & wanted:
                wanted = (wanted - statement.binds) | statement.needs
                sources.insert(0, statement.source)
        if sources:
            kept.insert(0, part.text if number == 0 else "\n".join(sources))
    return kept


def _run(body: Iterable[ast.stmt], into: Statement) -> None:
    """Follow statements in the order in which they run."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            into.binds |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            inner = Statement("")
            _run(node.body, inner)
            outside = list(node.decorator_list)
            own = {node.name}
            if isinstance(node, ast.FunctionDef):
                outside += node.args.defaults
                own |= {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
            into.needs |= inner.needs - own - into.binds
            for expression in outside:
                _load(expression, into)
            into.binds.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            _load(node.value, into)
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                _store(target, into)
        elif isinstance(node, ast.AugAssign):
            _load(node.value, into)
            _change(_root(node.target), into)
        elif isinstance(node, ast.For):
            _load(node.iter, into)
            _store(node.target, into)
            _run([*node.body, *node.orelse], into)
        elif isinstance(node, ast.With):
            for item in node.items:
                _load(item.context_expr, into)
                if item.optional_vars is not None:
                    _store(item.optional_vars, into)
            _run(node.body, into)
        elif isinstance(node, ast.Try):
            _run(node.body, into)
            for handler in node.handlers:
                _load(handler.type, into)
                known = into.binds | ({handler.name} if handler.name else set())
                inner = Statement("", binds=set(known))
                _run(handler.body, inner)
                _change(inner.changes | (inner.binds - known), into)
                into.needs |= inner.needs
            _run([*node.orelse, *node.finalbody], into)
        elif isinstance(node, (ast.If, ast.While)):
            _load(node.test, into)
            for branch in (node.body, node.orelse):
                inner = Statement("", binds=set(into.binds))
                _run(branch, inner)
                into.needs |= inner.needs
                # Not sure to happen: the value from before may be the one that stays.
                _change(inner.changes | (inner.binds - into.binds), into)
        else:
            _load(node, into)


def _load(node: ast.AST | None, into: Statement) -> None:
    """Note what an expression needs and what its method calls change."""
    if node is None:
        return
    into.needs |= _free(node) - into.binds
    for part in ast.walk(node):
        called = part.func if isinstance(part, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in _CHANGING:
            _change(_root(called), into)


def _store(target: ast.expr, into: Statement) -> None:
    for part in ast.walk(target):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            into.binds.add(part.id)
        elif isinstance(part, (ast.Attribute, ast.Subscript)) and isinstance(part.ctx, ast.Store):
            _load(part, into)
            _change(_root(part), into)


def _change(names: set[str], into: Statement) -> None:
    into.changes |= names - into.binds


def _free(node: ast.AST) -> set[str]:
    """Names that an expression takes from outside: not those of its own comprehensions."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    inside = set().union(*map(_free, ast.iter_child_nodes(node)))
    if isinstance(node, _SCOPES):
        targets = [part for generator in node.generators for part in ast.walk(generator.target)]
        return inside - {part.id for part in targets if isinstance(part, ast.Name)}
    if isinstance(node, ast.Lambda):
        return inside - {part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)}
    return inside


def _root(node: ast.expr) -> set[str]:
    """The name at the bottom of ``a.b[c]``."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()
