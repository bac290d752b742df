"""Whose a returned file is: the student whose id or name its folder's or its own name has."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from itertools import combinations

import pandas as pd

_WORD = re.compile("[\u3400-\u9fff]|[^\\W_\u3400-\u9fff]+")  # a Chinese character, or a word
Known = dict[str | tuple[str, ...], set[str]]  # by the words of an id, the letters of a name


def _words(text: str) -> tuple[str, ...]:
    """Words and Chinese characters, without capitals and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return tuple(_WORD.findall("".join(c for c in plain if not unicodedata.combining(c))))


def known_by(roster: pd.DataFrame) -> Known:
    """What tells the students of a roster apart; Lovelace, Ada is Ada Lovelace."""
    known: Known = defaultdict(set)
    for row in roster.fillna("").to_dict("records"):
        known[_words(row["student"])].add(row["student"])
        words = _words(row.get("name", ""))
        for turn in range(len(words) if "".join(words).isascii() else 1):
            known["".join(words[turn:] + words[:turn])].add(row["student"])
    return known


def named(name: str, known: Known) -> tuple[set[str], set[str], bool]:
    """The students whose ids or names a name has, those whom all allow, whether it begins so.

    A run of words within a longer one does not count, nor does a number of fewer than five digits
    that is not the first word: it may count attempts or copies.
    """
    words = _words(name)
    runs: dict[tuple[int, int], set[str]] = {}
    for start, end in combinations(range(len(words) + 1), 2):
        run = words[start:end]
        counts = start > 0 and end == start + 1 and run[0].isdecimal() and len(run[0]) < 5
        if not counts and (there := known.get("".join(run), set()) | known.get(run, set())):
            runs[start, end] = there
    longest = [
        there for (start, end), there in runs.items()
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b in runs)
    ]  # fmt: skip
    sure = set.intersection(*longest) if longest else set()
    return set().union(*longest), sure, any(start == 0 for start, _ in runs)
