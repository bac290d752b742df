"""At the end of every notebook's page, a fold that says how the page was computed.

Which files it opened and which of the project's functions ran was noted when the notebook was
executed; how long it took is what ``make times`` measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from tools.render import notebooks


def _functions(inputs: Iterable[str], page: str) -> nodes.bullet_list:
    """The public functions that ran, by module, each a link to its description."""
    listed = nodes.bullet_list()
    for file, _, ran in sorted(name.partition(": ") for name in inputs):
        module = file.removeprefix("notebooks/").removesuffix(".py").removesuffix("/__init__")
        module = module.replace("/", ".")
        links = []
        for name in filter(None, ran.split(", ")):
            if not any(part[0] == "_" for part in name.split(".")):
                links.append(addnodes.pending_xref(
                    "", nodes.literal("", name), refdomain="py", reftype="obj", refdoc=page,
                    reftarget=f"{module}.{name}", refexplicit=True,
                ))  # fmt: skip
        if links:
            line = [nodes.literal("", module), nodes.Text(": "), *_listed(links)]
            listed.append(nodes.list_item("", nodes.paragraph("", "", *line)))
    return listed


def _listed(items: list[nodes.Node]) -> list[nodes.Node]:
    return [part for item in items for part in (nodes.Text(", "), item)][1:]


def fold(app: Sphinx, doctree: nodes.document) -> None:
    """Append the fold to a notebook's page."""
    page = app.env.docname
    if not page.startswith("notebooks/"):
        return
    root, name = Path(app.srcdir), Path(page).name
    inputs = notebooks.noted_inputs(root).get(name, {})
    files = [nodes.literal("", each) for each in inputs if each.startswith("data/")]
    read = nodes.paragraph("", "", *_listed(files)) if files else nodes.paragraph("", "None.")
    entries = [("Files read", read), ("Functions run", _functions(inputs, page))]
    said, seconds = notebooks.times(root)
    if name in seconds:
        text = f"{seconds[name]:.0f} seconds, from the start of the kernel. {said}"
        entries.append(("Run time", nodes.paragraph("", text)))
    listed = nodes.definition_list()
    for term, body in entries:
        parts = nodes.term("", term), nodes.definition("", body)
        listed.append(nodes.definition_list_item("", *parts))
    opening = '<details class="computed"><summary>How this page was computed</summary>'
    closed = nodes.raw("", "</details>", format="html")
    first = next(iter(doctree.findall(nodes.section)))
    first += [nodes.raw("", opening, format="html"), listed, closed]


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("doctree-read", fold)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
