"""What of a module a page has reached: its code less what cannot have changed the page's outputs.

When a notebook is executed, :mod:`tools.render.opened` notes which functions of the project ran.
As long as these functions, and what modules do when they are imported, stay as they are, another
execution would take the same way.  Not by looking which names the code could reach: what ran is
what was reached, through whatever object or dictionary.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import NamedTuple


class Piece(NamedTuple):
    """A statement, or a function, as text.

    Attributes
    ----------
    name : str
        ``Class.method`` of a function at the top of a module or a class; "" of what runs when the
        module is imported.
    text, idle : str
        As it counts if it ran, and if it did not: the head of a function.
    spare : str
        A name at the top that it binds, and does no more: it counts where other pieces that count
        have that word.
    """

    name: str
    text: str
    idle: str
    spare: str = ""


def code(source: bytes, ran: Collection[str]) -> str:
    """A module's code without comments, docstrings and what has not run.

    Python 3.11 and 3.13.5 write the same text, which is not so of `ast.dump`; 3.12.1 and 3.13.0
    quote some f-strings otherwise.  ``__all__`` counts nowhere: nothing here stars a module.

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
    ran = {*ran} - {""}
    counts = [piece.text if piece.name in ran or not piece.name else piece.idle for piece in pieces]
    surely = [piece.name in ran or not piece.spare for piece in pieces]
    words = {w for text, sure in zip(counts, surely, strict=True) if sure for w in _words(text)}
    kept = (
        text
        for piece, text, sure in zip(pieces, counts, surely, strict=True)
        if sure or piece.spare in words
    )
    return "\n".join(kept)


@cache
def _pieces(source: bytes) -> tuple[Piece, ...]:
    return tuple(_of(ast.parse(source).body, ""))


def _of(body: Sequence[ast.stmt], within: str) -> Iterator[Piece]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            inner, node.body = node.body, [ast.Pass()]
            yield Piece("", ast.unparse(node), "")
            yield from _of(inner, f"{within}{node.name}.")
            yield Piece("", "# the end", "")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            text = _text(node)
            node.body = [ast.Pass()]
            calls = any(isinstance(each, ast.Call) for each in ast.walk(node.args))
            # Another class may lack a method; what decorates may do more than bind a name.
            spare = "" if within or calls or node.decorator_list else node.name
            yield Piece(within + node.name, text, ast.unparse(node), spare)
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            for alias in node.names:
                one = ast.ImportFrom(node.module, [alias], node.level)
                bound = (alias.asname or alias.name).strip("*")
                yield Piece("", ast.unparse(one), "", "" if within else bound)
        elif text := _text(node):
            yield Piece("", text, "", "__all__" if text.startswith("__all__ =") else "")


def _text(node: ast.stmt) -> str:
    """Code without strings that stand alone: they do nothing."""
    for part in ast.walk(ast.Module([node], [])):
        if isinstance(inner := getattr(part, "body", None), list):
            part.body = [each for each in inner if not _is_text(each)]  # type: ignore[attr-defined]
    return "" if _is_text(node) else ast.unparse(node)


def _is_text(node: ast.stmt) -> bool:
    said = node.value if isinstance(node, ast.Expr) else None
    return isinstance(said, ast.Constant) and isinstance(said.value, str)


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))
