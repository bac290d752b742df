"""Figures and judging words as a sentence shows them: rounded text, never a bare float."""

import ast
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

MINUS = "\N{MINUS SIGN}"
LEVELS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
"""Stars as the paper gives them: 1, 5 and 10 %, two-sided."""
INTERVALS = ", ".join(f"{100 * (1 - level):g} % for {stars}" for level, stars in LEVELS[::-1])
"""The level of the interval that goes with printed stars, in words."""
CANNOT, UNTRUE = "[cannot be computed]", "[UNTRUE: "
"""What stands in the place of words that figures do not give, or contradict."""
_SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float | None, digits: int = 2) -> str:
    """A figure with a true minus sign, thousands apart, ∞; an en dash where it is missing."""
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:,.{digits}f}".replace("inf", "∞")
    zero = not text.strip("-0.,")
    return (text.lstrip("-") if zero else text).replace("-", MINUS)


def span(values: pd.Series, word: str = "to", digits: int = 2) -> str:
    """The least and the greatest of some figures, "1.09 to 2.46"."""
    return f"{number(values.min(), digits)} {word} {number(values.max(), digits)}"


def percent(share: float, digits: int = 0) -> str:
    """A share as per cent: .25 is "25 %"."""
    return f"{number(100 * share, digits)} %"


def p_value(p: float | None) -> str:
    """A p-value as ".043"; "< .001" below that; an en dash where none is defined."""
    if p is None or pd.isna(p):
        return "–"
    return "< .001" if p < 0.0005 else f"{p:.3f}".lstrip("0")


def equals(p: float) -> str:
    """A p-value behind its letter: "= .043" or "< .001"."""
    return p_value(p) if p < 0.0005 else f"= {p_value(p)}"


def mark(p: float) -> str:
    """Stars of a two-sided p-value; "" where there is none."""
    return next((stars for level, stars in LEVELS if round(p, 9) < level), "")


def starred(coef: float, marks: str, digits: int = 3) -> str:
    """A coefficient with given stars; more digits, up to six, where fewer would hide its sign."""
    enough = next((d for d in range(digits, 7) if round(coef, d) != 0), digits)
    return number(coef, enough) + marks


def sign(value: float) -> str:
    """Say "positive" or "negative", or "zero" within a billionth."""
    return compared(value, 0, "positive", "negative", "zero")


def compared(
    value: float, other: float, more: str = "higher", less: str = "lower", same: str = "equal"
) -> str:
    """Say how a figure stands to another, within a billionth."""
    if missing(value, other):
        return CANNOT
    gap = round(value - other, 9)
    return more if gap > 0 else less if gap < 0 else same


def significant(p: float, level: float = 0.05) -> str:
    """Say "significant" or "not significant" of a two-sided p-value."""
    return compared(level, p, "significant", "not significant", "not significant")


def among(test: pd.Series, noun: str, rests_on: Any, *more: Any) -> str:
    """Say in which rows a test of some figures is true: "in four of the six cases (not A and B)".

    The index names them, up to five; `noun` is as "case", or as "city/cities".
    """
    if missing(test, rests_on, *more):
        return CANNOT
    one, many = [*noun.split("/"), f"{noun}s"][:2]
    true, n, every = _true(test), len(test), f"{count(len(test))} {many}"
    if true.all():
        return {1: f"in the only {one}", 2: f"in both {many}"}.get(n, f"in all {every}")
    if not true.any():
        few = {1: f"not in the only {one}", 2: f"in neither {one}"}
        return few.get(n, f"in none of the {every}")
    word, named = ("only", true) if 2 * true.sum() <= n else ("not", ~true)
    names = f" ({word} {listed(test.index[named])})" if named.sum() <= 5 else ""
    return f"in {count(true.sum())} of the {every}{names}"


def signs(values: pd.Series, noun: str = "case") -> str:
    """Say the sign of a figure over rows: "positive in all six cases", or where it is which."""
    if missing(values):
        return CANNOT
    said = values.map(sign)
    first, *rest = sorted(said.unique(), key=lambda kind: -said.eq(kind).sum())
    others = "the other" if said.ne(first).sum() == 1 else "the others"
    tail = f" and {' or '.join(rest)} in {others}" if rest else ""
    return f"{first} {among(said.eq(first), noun, values)}{tail}"


def holds(words: str, test: Any, rests_on: Any, *more: Any) -> str:
    """The words if a test of some figures is true, otherwise in a mark that the build shows."""
    if missing(test, rests_on, *more):
        return f"{CANNOT[:-1]}: {words}]"
    return words if _true(test).all() else f"{UNTRUE}{words}]"


def missing(*figures: Any) -> bool:
    """Whether a figure is missing, or there is none; lists and dicts are looked into."""
    inner = [[*each.values()] if isinstance(each, dict) else each for each in figures]
    many = [each for each in inner if isinstance(each, list | tuple)]
    one = [each for each in inner if not isinstance(each, list | tuple)]
    lacks = [not np.size(each) or np.asarray(pd.isna(each)).any() for each in one]
    return not figures or any(lacks) or any(missing(*each) for each in many)


def _true(test: Any) -> np.ndarray:
    """The answers of a test; figures and iterators, which are no answers, raise a TypeError."""
    return np.ravel(np.asarray(test)).astype(bool, casting="safe")


def count(n: int) -> str:
    """A count as a word from "none" to "ten", in digits above."""
    return _SMALL[n] if 0 <= n < len(_SMALL) else f"{n:,}"


def listed(items: Iterable[Any]) -> str:
    """Join items as in "a, b and c"; "none" where there is none."""
    *first, last = [*map(str, items)] or ["none"]
    return f"{', '.join(first)} and {last}" if first else last


def forget(shell: Any, result: Any) -> None:
    """Unbind the names that a cell of a notebook did not get to, since it raised.

    Otherwise sentences would have what an earlier run of the cell had left.
    """
    if (error := result.error_in_exec) is None:
        return
    at = (error.__traceback__.tb_next or error.__traceback__).tb_lineno  # the first is IPython's
    for node in ast.parse(shell.transform_cell(result.info.raw_cell)).body:
        for name in ast.walk(node) if (node.end_lineno or 0) >= at else ():
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                shell.user_ns.pop(name.id, None)


with suppress(NameError):  # which a kernel has among its builtins
    _shell = get_ipython()  # type: ignore[name-defined]  # noqa: F821
    _shell.events.register("post_run_cell", partial(forget, _shell))


# The one way out for text that a file may hold: on a page it is text, whatever it looks like.
_MARKDOWN = {character: f"\\{character}" for character in r"\`*_{}[]()<>#+-.!|$~^:@&'" + '"'}


def escape(text: str) -> str:
    """Text as MyST shows it, letter by letter: no role, directive, HTML, link or mathematics."""
    return "".join(_MARKDOWN.get(letter, letter) for letter in " ".join(str(text).split()))
