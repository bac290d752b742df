"""Figures for the prose: a notebook records them, the text quotes them by key.

A recorded figure travels in the notebook's own output, so it cannot differ from what the
cells computed.  The build collects all of them in ``notebooks/results.csv``, and the role
``{result}`` puts them into the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MIME = "application/vnd.belt.results+json"
_KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")


class Record:
    """Recorded figures; displays as one ``key = value`` line each."""

    def __init__(self, figures: Mapping[str, str]) -> None:
        self.figures = dict(figures)

    def __repr__(self) -> str:
        return "\n".join(f"{key} = {value}" for key, value in self.figures.items())

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> dict[str, object]:
        return {MIME: self.figures, "text/plain": repr(self)}


def record(figures: Mapping[str, str]) -> Record:
    """Record figures under keys that the prose can quote; the last line of a hidden cell.

    Parameters
    ----------
    figures : mapping of str to str
        ``{"chapter.name": "0.501"}``: dotted lower-case keys, values as they shall be read.

    Raises
    ------
    ValueError
        A key is not dotted lower case, or a value is not a string or shows a missing figure.
    """
    for key, value in figures.items():
        if not _KEY.fullmatch(key):
            raise ValueError(f"record: key {key!r}; expected dotted lower case, as 'table1.lm'")
        if not isinstance(value, str) or value.strip() in {"", "–", "None", "nan", "NaN", "<NA>"}:
            raise ValueError(f"record: {key} is {value!r}; expected a formatted figure")
    return Record(figures)
