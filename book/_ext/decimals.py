"""Decimal points under each other: what follows a figure hangs over the edge of its column.

Figures of a column are set to the right, so that stars or a bracket behind some of them would push
the others' decimals aside.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

FIGURE = re.compile(r"([(\[]?[−<]?[\d.,]*\d)([)\]]?\*{1,3}|[)\]])")


def hang(table: nodes.table) -> None:
    """Put the stars or bracket behind each figure of ``table`` into an element of its own.

    All cells of a column in which something hangs get the class ``hangs``, which keeps room for it.
    """
    cells: dict[int, list[nodes.entry]] = {}
    columns: set[int] = set()
    for row in table.findall(nodes.row):
        for place, entry in enumerate(row.findall(nodes.entry)):
            cells.setdefault(place, []).append(entry)
            found = FIGURE.fullmatch(entry.astext())
            if found and "text-right" in entry["classes"]:
                (paragraph,) = entry.children
                paragraph.children = []
                paragraph += nodes.Text(found[1])
                paragraph += nodes.inline("", found[2], classes=["tail"])
                columns.add(place)
    for place in columns:
        for entry in cells[place]:
            entry["classes"].append("hangs")


def align(app: Sphinx, doctree: nodes.document, page: str) -> None:
    if app.builder.format == "html":
        for table in doctree.findall(nodes.table):
            if "figures" in table["classes"]:
                hang(table)


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("doctree-resolved", align)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
