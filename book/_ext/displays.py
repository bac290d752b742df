"""Figures that answer: values beside the picture, and the script that shows them.

A notebook's output that is a :class:`lib.play.Display` has its values beside its picture.  They go
onto the page as a block of JSON below the picture, which stays what it was: without the script,
in print and in the PDF the figure is the picture and its caption.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from lib.play import MIME


def values(notebook: Path) -> dict[str, dict[str, Any]]:
    """The values of an executed notebook's displays, by the name of the figure."""
    return {
        cell["metadata"]["mystnb"]["figure"]["name"]: output["data"][MIME]
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {}) and "figure" in cell["metadata"].get("mystnb", {})
    }


def place(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the values of each display below its picture."""
    if app.builder.format != "html" or not page.startswith("notebooks/"):
        return
    found = values(Path(app.srcdir) / f"{page}.ipynb")
    for figure in list(doctree.findall(nodes.figure)):
        name = next((anchor for anchor in figure["ids"] if anchor in found), None)
        if name is None:
            continue
        text = json.dumps(found[name], ensure_ascii=False, separators=(",", ":"))
        # The end of a script element ends it even within a string.
        text = text.replace("</", "<\\/")
        block = f'<script type="application/json">{text}</script>'
        kind = found[name]["kind"]
        for position, markup in (
            (1, f'</div><div class="play play-{kind}">{block}</div>'),
            (0, '<div class="play-picture">'),
        ):
            figure.insert(position, nodes.raw("", markup, format="html"))


def load(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script on pages that have a display, and on no other."""
    raws = doctree.findall(nodes.raw) if doctree else ()
    if any('class="play-picture"' in raw.astext() for raw in raws):
        app.add_js_file("play.js", loading_method="defer")


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("doctree-resolved", place)
    app.connect("html-page-context", load)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
