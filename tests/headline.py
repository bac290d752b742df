"""A sentence that a page leads with, and the cases in which it is true."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lib import cases

CASES = tuple(case.key for case in cases.CASES)


@dataclass(frozen=True)
class Headline:
    """A sentence of an opening, of a caption's bold part or of "What survives".

    Attributes
    ----------
    words : str
        Words that stand in this sentence of the page's source and in no other.
    holds : callable
        From the names of the page and the key of a case, whether the sentence is true there.
    over : sequence of str
        Cases in which it is asked: those of ``lib.cases``, or the rows of a page's own list.
    but : str
        The one case in which the sentence says itself that it is false.
    """

    words: str
    holds: Callable[[Any, str], bool]
    over: Sequence[str] = CASES
    but: str = ""

    def overturned(self, page: Any) -> list[str]:
        """The cases in which it is false, less the one that it names and that must be false."""
        false = [case for case in self.over if not self.holds(page, case)]
        if self.but and self.but not in false:
            return [f"{self.but} (named as the exception, and it holds there)"]
        return [case for case in false if case != self.but]
