"""What of a module a page has reached: its code less what cannot have changed the page's outputs.

:mod:`tools.render.opened` notes which functions of the project ran when a notebook was executed.
As long as these, and what modules do when they are imported, stay as they are, another execution
would take the same way: what ran is what was reached, through whatever object or dictionary.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import cache


def code(source: bytes, ran: Collection[str]) -> str:
    """A module's code without comments, docstrings and what has not run.

    Python 3.11 and 3.13.5 write the same text, which is not so of `ast.dump`.

    Parameters
    ----------
    source : bytes
        One that does not parse counts as it is.
    ran : collection of str
        The functions that ran, as ``Class.method``.
    """
    try:
        pieces = _pieces(source)
    except (SyntaxError, ValueError):
        return source.decode(errors="replace")
    counts = (text if not name or name in ran else idle for name, text, idle in pieces)
    return "\n".join(filter(None, counts))


@cache
def _pieces(source: bytes) -> tuple[tuple[str, str, str], ...]:
    """Of each statement: the function that it defines, or ""; its text if that ran; if not."""
    return tuple(_of(ast.parse(source).body, ""))


def _of(body: list[ast.stmt], within: str) -> Iterator[tuple[str, str, str]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            inner, node.body = node.body, []
            yield "", ast.unparse(node), ""
            yield from _of(inner, f"{within}{node.name}.")
            yield "", "# the end", ""
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            text, node.body = _text(node), []
            # Another class may lack a method; decorators and defaults run with the module.
            runs = node.decorator_list or any(isinstance(e, ast.Call) for e in ast.walk(node.args))
            yield within + node.name, text, ast.unparse(node) if within or runs else ""
        elif not _is_text(node):
            yield "", _text(node), ""


def _text(node: ast.stmt) -> str:
    """Code without strings that stand alone: they do nothing."""
    for part in ast.walk(node):
        if isinstance(inner := getattr(part, "body", None), list):
            part.body = [each for each in inner if not _is_text(each)]  # type: ignore[attr-defined]
    return ast.unparse(node)


def _is_text(node: ast.stmt) -> bool:
    said = node.value if isinstance(node, ast.Expr) else None
    return isinstance(said, ast.Constant) and isinstance(said.value, str)
