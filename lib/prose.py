"""Figures and judging words as a sentence shows them: rounded text, never a bare float."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

MINUS = "\N{MINUS SIGN}"
LEVELS = ((0.01, "***"), (0.05, "**"), (0.10, "*"))
"""Stars as the paper gives them: 1, 5 and 10 %, two-sided."""
CANNOT = "[cannot be computed]"
UNTRUE = "[UNTRUE: "
"""What stands in the place of words that figures do not give, or contradict."""
_SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(value: float | None, digits: int = 2) -> str:
    """A figure with a true minus sign and thousands apart; an en dash where it is missing."""
    if value is None or pd.isna(value):
        return "–"
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


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
    """Say "positive" or "negative" (or "zero")."""
    if missing(value):
        return CANNOT
    return "positive" if value > 0 else "negative" if value < 0 else "zero"


def compared(value: float, other: float, more: str = "higher", less: str = "lower") -> str:
    """Say how a figure stands to another, "equal" within a billionth."""
    if missing(value, other):
        return CANNOT
    gap = round(value - other, 9)
    return more if gap > 0 else less if gap < 0 else "equal"


def significant(p: float, level: float = 0.05) -> str:
    """Say "significant" or "not significant" of a two-sided p-value."""
    if missing(p):
        return CANNOT
    return "significant" if round(p, 9) < level else "not significant"


def among(test: pd.Series, noun: str = "case", *figures: Any) -> str:
    """Say in which rows a test is true, by their index: "in four of the six cases (not in …)".

    `figures` are what the test rests on: where one is missing, nothing can be said.
    """
    if missing(test, *figures):
        return CANNOT
    true, false, total = test.index[test.astype(bool)], test.index[~test.astype(bool)], len(test)
    every = f"{count(total)} {noun}s"
    if not len(true) or not len(false):
        return f"in {'all' if len(true) else 'none of the'} {every}"
    named = f"only {listed(true)}" if len(true) <= len(false) else f"not {listed(false)}"
    return f"in {count(len(true))} of the {every} ({named})"


def signs(values: pd.Series, noun: str = "case") -> str:
    """Say the sign of a figure over rows: "positive in all six cases", or where it is which."""
    if missing(values):
        return CANNOT
    first = "positive" if (values > 0).sum() * 2 >= len(values) else "negative"
    like = values > 0 if first == "positive" else values < 0
    other = "" if like.all() else f" and {'negative' if first == 'positive' else 'positive'} in "
    return f"{first} {among(like, noun)}{other}{'the others' if other else ''}"


def holds(words: str, test: Any, *figures: Any) -> str:
    """The words if the test is true of the figures, and a mark that the build strikes through.

    Where one of `figures`, on which the test rests, is missing, the words cannot be judged.
    """
    if missing(test, *figures):
        return f"{CANNOT[:-1]}: {words}]"
    return words if bool(np.all(test)) else f"{UNTRUE}{words}]"


def missing(*figures: Any) -> bool:
    """Whether a figure is missing, or there is none."""
    flat = [np.asarray(each, dtype=object).ravel() for each in figures]
    return any(not each.size or pd.isna(each).any() for each in flat)


def count(n: int) -> str:
    """A count as a word from "none" to "ten", in digits above."""
    return _SMALL[n] if 0 <= n < len(_SMALL) else f"{n:,}"


def listed(items: Sequence[str], empty: str = "none") -> str:
    """Join items as in "a, b and c"."""
    items = list(items)
    if len(items) < 2:
        return items[0] if items else empty
    return f"{', '.join(items[:-1])} and {items[-1]}"


# The one way out for text that a file may hold: on a page it is text, whatever it looks like.
_MARKDOWN = {character: f"\\{character}" for character in r"\`*_{}[]()<>#+-.!|$~^:@&'" + '"'}


def escape(text: str) -> str:
    """Text as MyST shows it, letter by letter: no role, directive, HTML, link or mathematics."""
    return "".join(_MARKDOWN.get(letter, letter) for letter in " ".join(str(text).split()))
