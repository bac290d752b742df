"""Parts of a picture as text."""

import html
from collections.abc import Iterable
from typing import Any


def text(kind: str, x: float, y: float, words: Any, to_the_left: bool = False) -> str:
    """Words that begin at a point, or end there."""
    anchor = ' text-anchor="end"' * to_the_left
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}"{anchor}>{html.escape(str(words))}</text>'


def line(kind: str, x1: float, x2: float, y1: float, y2: float) -> str:
    """A straight line."""
    ends = f'x1="{x1:.1f}" x2="{x2:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"'
    return f'<line class="{kind}" {ends}></line>'


def course(xs: Iterable[float], ys: Iterable[float]) -> str:
    """What a path draws through points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
