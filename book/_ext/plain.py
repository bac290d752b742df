"""A table's cells as a program reads them: numbers alone, marks in columns of their own.

A cell of a table for people holds a number with its stars, in brackets, or with a second number in
brackets behind it.  Here ``b``, ``b stars``, ``b brackets``, ``b in brackets``, ``b below`` (``<``)
and ``b unit`` (``%``) are columns beside one another, each there only where a cell fills it.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Sequence

_ROW = re.compile(r"<tr>(.*?)</tr>", re.S)
_ENTRY = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.S)
_NUMBER = r"[−-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?<=\d)"
_SIGN = r"[+−](?=\*)"
CELL = re.compile(
    rf"(?P<open>[(\[⟨]?)(?P<below><?)\s?(?P<number>{_NUMBER}|{_SIGN})(?P<unit>(?:\s%)?)"
    rf"(?P<close>[)\]⟩]?)(?P<stars>\*{{0,3}})"
    rf"(?:\s[(\[⟨](?P<second>{_NUMBER})[)\]⟩](?P<more>\*{{0,3}}))?"
)
PARTS = ("", "below", "unit", "stars", "brackets", "in brackets", "in brackets, stars")


def parts(cell: str) -> tuple[str, ...]:
    """A cell in the order of `PARTS`; one that holds no number stays whole."""
    found = CELL.fullmatch(cell)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return (cell.replace("−", "-"), *[""] * (len(PARTS) - 1))
    return (
        _plain(found["number"]),
        found["below"],
        found["unit"].strip(),
        found["stars"],
        found["open"] + found["close"],
        _plain(found["second"] or ""),
        found["more"] or "",
    )


def _plain(number: str) -> str:
    """As every program reads it: one minus sign, no thousands apart, a figure before the point."""
    text = number.replace("−", "-").replace(",", "")
    return re.sub(r"^(-?)\.", r"\g<1>0.", text)


def columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """Rows of cells, the head first, with what cells hold beside a number in columns of its own."""
    head, *body = rows
    out: list[list[str]] = []
    for place, name in enumerate(head):
        cells = [row[place] for row in body]
        if place == 0:  # row headings
            out.append([name, *cells])
            continue
        split = list(zip(*map(parts, cells), strict=True)) or [()] * len(PARTS)
        for part, values in zip(PARTS, split, strict=True):
            if not part or any(values):
                out.append([f"{name} {part}".strip(), *values])
    return [list(row) for row in zip(*out, strict=True)]


def as_csv(table: str) -> str:
    """The CSV text of a table in HTML."""
    found = [_ENTRY.findall(row) for row in _ROW.findall(table)]
    rows = [[html.unescape(cell) for cell in row] for row in found]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(columns(rows) if rows else [])
    return out.getvalue()
