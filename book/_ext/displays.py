"""Tables and equations as readers with a phone, a keyboard or a screen reader meet them.

All tables look alike, whoever wrote them.  The first column of a table is its row headings.  Stars
and brackets hang behind their figure, so that decimals stand under each other; long words wrap; a
heading without figures heads a part of the table, and figures without a heading belong to the row
above.  What may be wider than the page scrolls within itself, has a name, and can be reached by
the keyboard.
"""

import re
from html import escape
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number

FIGURE = re.compile(r"([(\[{⟨]?[−<]? ?[.\d,]*\d)([)\]}⟩]?\*{1,3}|[)\]}⟩])")
# A figure with its interval breaks before the interval, and in a broad table before its upper end.
_INTERVAL = re.compile(r"(?:[−\d.,]+ )?\(?[−\d.,]+(?: %)? to [−\d.,]+(?: %)?\)?")
_READING = re.compile(r"\b(flow|stock)\b")
_LINK = '<a href="../_static/{0}/{1}.{2}" download aria-label="{3} of {1}">{3}</a>'


def files(folder: str, name: str, **suffixes: str) -> str:
    """The line that offers the files of a table or a figure; picture.js adds a PNG."""
    links = (_LINK.format(folder, name, suffix, label) for label, suffix in suffixes.items())
    return f'<p class="table-files">{" ".join(links)}</p>'


def arrange(table: nodes.table) -> None:
    """Put what follows a figure into an element of its own; mark columns that need room or wrap."""
    rows = [list(row.findall(nodes.entry)) for row in table.findall(nodes.row)]
    glue = " to\u00a0" if "broad" in table["classes"] else "\u00a0to\u00a0"
    for column in zip_longest(*rows):
        entries = list(filter(None, column))
        found = [(entry, FIGURE.fullmatch(entry.astext())) for entry in entries]
        hanging = [(e, at) for e, at in found if at and "text-right" in e["classes"]]
        for entry, at in hanging:
            (paragraph,) = entry.children
            paragraph.children = [nodes.Text(at[1]), nodes.inline("", at[2], classes=["tail"])]
        longest = max(len(entry.astext()) for entry in entries)
        whole = any(mark in entry.astext() for entry in entries for mark in (": ", " to ", "–20"))
        for inside in chain.from_iterable(entry.findall(nodes.TextElement) for entry in entries):
            for at, text in enumerate(inside.children):
                if isinstance(text, nodes.Text):
                    bound = str(text)
                    if _INTERVAL.fullmatch(bound):
                        bound = bound.replace(" to ", glue)
                    inside[at] = nodes.Text(bound)
        kinds = [("hangs", hanging), ("wraps", longest > 28), ("long", longest > 80)]
        kinds += [("may-wrap", 12 < longest <= 28 and not hanging and not whole)]
        for entry in entries:
            entry["classes"] += [name for name, applies in kinds if applies]


def bind(page: nodes.document) -> None:
    """Keep on one line what is read as one; a number in brackets that stands in brackets has none.

    A figure and its per cent, and a formula and the marks around it.
    """
    for formula in list(page.findall(nodes.math)):
        at, parent = formula.parent.index(formula), formula.parent
        before, after = (parent[k] if 0 <= k < len(parent) else None for k in (at - 1, at + 1))
        opens = isinstance(before, nodes.Text) and re.search(r"[(\[]$", before)
        closes = isinstance(after, nodes.Text) and re.match(r"[.,;:)\]]+", after)
        if opens or closes:
            first, last = (found[0] if found else "" for found in (opens, closes))
            if last:
                parent[at + 1] = nodes.Text(after[len(last) :])
            parent[at] = nodes.inline("", first, formula, nodes.Text(last), classes=["whole"])
            if first:
                parent[at - 1] = nodes.Text(before[:-1])
    for link in page.findall(nodes.TextElement):
        if isinstance(link, nodes.literal | nodes.math | nodes.FixedTextElement):
            continue
        for at, text in enumerate(link.children):
            if isinstance(text, nodes.Text) and "%" in text:
                link[at] = nodes.Text(re.sub(r"(?<=\d) %", "\u00a0%", text))
        if isinstance(link, nodes.reference) and re.fullmatch(r"\([\dA-Z.]+\)", link.astext()):
            place = link.parent.index(link)
            around = [each.astext() for each in link.parent[max(place - 1, 0) : place + 2]]
            if len(around) == 3 and around[0].endswith("(") and around[2].startswith(")"):
                link[:] = [nodes.Text(link.astext()[1:-1])]


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
    bind(doctree)
    for section in doctree.findall(nodes.section):
        # The same in every exercise and solution of a page.
        if section["ids"] in (["exercise-content"], ["solution-content"]):
            section["ids"] = []
    for figure in list(doctree.findall(nodes.figure)):
        for name in figure["ids"]:
            if Path(app.outdir, "_static", "figures", f"{name}.svg").exists():
                place = figure.parent.index(figure) + 1
                offered = files("figures", name, SVG="svg", CSV="csv")
                figure.parent.insert(place, nodes.raw("", offered, format="html"))


class Named:
    """What the writer of pages adds for those who hear them or have no mouse.

    Headings say what they head, and an empty one is none; a table or an equation that may scroll
    has a name and takes the focus; references are no list without items.
    """

    def starttag(self, node: nodes.Element, tagname: str, *given: Any, **atts: Any) -> str:
        if isinstance(node, nodes.math_block):
            number = node.get("number") and get_node_equation_number(self, node)
            name = f"Equation {number}" if number else "Equation"
            atts |= {"role": "group", "tabindex": "0", "aria-label": name}
        elif tagname == "th":
            atts["scope"] = "col" if "head" in atts["classes"] else "row"
        return super().starttag(node, tagname, *given, **atts)

    def visit_entry(self, node: nodes.entry) -> None:
        super().visit_entry(node)
        if self.body[-1].startswith("<th") and not node.astext():
            self.body[-1], self.context[-1] = self.starttag(node, "td", ""), "</td>\n"

    def visit_table(self, node: nodes.table) -> None:
        super().visit_table(node)  # a <div>, and in it the <table>
        title = node.next_node(nodes.title)
        cells = [entry.astext() for entry in node.findall(nodes.entry)]
        name = escape(title.astext() if title else f"Table: {', '.join(cells[:4])}")
        area = f' role="region" tabindex="0" aria-label="{" ".join(name.split())}">'
        self.body[-2] = self.body[-2].removesuffix(">") + area

    def visit_citation(self, node: nodes.citation) -> None:
        self.body.append(self.starttag(node, "div", CLASS="citation"))

    def depart_citation(self, node: nodes.citation) -> None:
        self.body.append("</div>\n")


def name(app: Sphinx) -> None:
    """Put these above the writer that the theme has made its own."""
    for builder, writer in app.registry.translators.items():
        app.set_translator(builder, type("Writer", (Named, writer), {}), override=True)


def setup(app: Sphinx) -> None:
    app.add_js_file("picture.js", loading_method="defer")
    app.connect("doctree-resolved", prepare)
    app.connect("builder-inited", name, priority=900)  # after the theme
