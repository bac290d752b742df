"""Tables and equations as readers with a phone, a keyboard or a screen reader meet them.

All tables look alike, whoever wrote them.  The first column of a table is its row headings.  Stars
and brackets hang behind their figure, so that decimals stand under each other; long words wrap; a
heading without figures heads a part of the table, and figures without a heading belong to the row
above.  What may be wider than the page scrolls within itself, has a name, and can be reached by
the keyboard.
"""

from __future__ import annotations

import html
import re
from itertools import chain, zip_longest
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

FIGURE = re.compile(r"([(\[{⟨]?[−<]? ?[.\d,]*\d)([)\]}⟩]?\*{1,3}|[)\]}⟩]|\*{0,3} \([−.\d,]*\d\))")
_SCROLLS = re.compile(r'<div class="pst-scrollable-table-container">(<table.*?</table>)', re.S)
_CAPTION = re.compile(r"<caption>(.*?)<a class=\"headerlink\"", re.S)
_CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.S)
_READING = re.compile(r"\b(flow|stock)\b")
_FILE = (
    '<p class="table-files"><a href="../_static/figures/{0}.svg" download '
    'aria-label="SVG of {0}">SVG</a></p>'
)
_EMPTY_HEADING = re.compile(r'<th class="(?:[\w-]+ )*stub[^>]*>(?:<p></p>)?</th>')
_MATH = '<div class="math notranslate nohighlight"'
_EQUATION = re.compile(_MATH + r"(?! role)([^>]*)>(.{0,300})", re.S)
_NUMBER = re.compile(r'class="eqno">\(([\w.]+)\)')


def arrange(table: nodes.table) -> None:
    """Put what follows a figure into an element of its own; mark columns that need room or wrap."""
    rows = [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]
    for column in zip_longest(*rows):
        entries = list(filter(None, column))
        found = [(entry, FIGURE.fullmatch(entry.astext())) for entry in entries]
        hanging = [(e, at) for e, at in found if at and "text-right" in e["classes"]]
        far = max((len(at[2]) for _, at in hanging), default=0)
        for entry, at in hanging:
            (paragraph,) = entry.children
            paragraph.children = [nodes.Text(at[1]), nodes.inline("", at[2], classes=["tail"])]
        longest = max(len(entry.astext()) for entry in entries)
        whole = any(mark in entry.astext() for entry in entries for mark in (": ", " to ", "–20"))
        unions = [entry for entry in entries if "∪" in entry.astext()]
        for entry in unions:  # of intervals, each of which stays whole
            (paragraph,) = entry.children
            paragraph.children = [nodes.Text(entry.astext().replace(", ", ",\u00a0"))]
        kinds = [("hangs", hanging), ("hangs-far", far > 4), ("hangs-farther", far > 8)]
        kinds += [("wraps", longest > 28 or unions), ("long", longest > 80)]
        kinds += [("may-wrap", 12 < longest <= 28 and not hanging and not whole)]
        for entry in entries:
            entry["classes"] += [name for name, applies in kinds if applies]


def part(body: nodes.tbody) -> None:
    """Mark rows that head a part of a table, and those that begin a figure of several lines."""
    rows = [[entry.astext() for entry in row.findall(nodes.entry)] for row in body]
    lines = any(not first for first, *_ in rows)
    for row, (first, *rest) in zip(body, rows, strict=True):
        if first and not any(rest):
            row["classes"].append("heads-part")
        elif first and lines:
            row["classes"].append("begins")


def prepare(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give tables one look, a hue to heads of flow and stock, and figures a file to take away."""
    for table in doctree.findall(nodes.table):
        if "figures" not in table["classes"]:
            table["classes"].append("figures")
        columns = list(table.findall(nodes.colspec))
        columns[0]["stub"] = 1
        table["classes"] += ["broad"] if len(columns) > 6 else []
        arrange(table)
        for body in table.findall(nodes.tbody):
            part(body)
        heads = (head.findall(nodes.entry) for head in table.findall(nodes.thead))
        for entry in chain.from_iterable(heads):
            named = set(_READING.findall(entry.astext().lower()))
            entry["classes"] += [f"of-{name}" for name in named if len(named) == 1]
    for figure in list(doctree.findall(nodes.figure)):
        for name in figure["ids"]:
            if Path(app.outdir, "_static", "figures", f"{name}.svg").exists():
                place = figure.parent.index(figure) + 1
                figure.parent.insert(place, nodes.raw("", _FILE.format(name), format="html"))


def repaired(page: str) -> str:
    """The HTML of a page with headings that say what they head, and areas that have names."""
    page = _EMPTY_HEADING.sub("<td></td>", page)
    page = re.sub(r'<th class="(?!head)((?:[\w-]+ )*stub)', r'<th scope="row" class="\1', page)
    page = re.sub(r'<th class="((?:[\w-]+ )*head)', r'<th scope="col" class="\1', page)
    page = _SCROLLS.sub(_named_table, page)
    return _EQUATION.sub(_named_equation, page)


def _named_table(found: re.Match[str]) -> str:
    caption = _CAPTION.search(found[1])
    cells = _CELL.findall(found[1])[:4]  # without a caption, how it begins
    words = caption[1] if caption else "Table: " + ", ".join(cells)
    name = " ".join(re.sub(r"<[^>]+>", "", words).split())
    name = html.escape(html.unescape(name))
    return (
        '<div class="pst-scrollable-table-container" role="region" tabindex="0" '
        f'aria-label="{name}">{found[1]}'
    )


def _named_equation(found: re.Match[str]) -> str:
    number = _NUMBER.search(found[2])
    name = f"Equation {number[1]}" if number else "Equation"
    area = f'role="group" tabindex="0" aria-label="{name}"'
    return f"{_MATH} {area}{found[1]}>{found[2]}"


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("doctree-resolved", prepare)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
