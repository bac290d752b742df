"""What moves on a page: its styles, scripts and data beside the pages; regressions below cells."""

from pathlib import Path

import nbformat
from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset

import widgets
from widgets import live


def with_regressions(cells: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """The cells of a page, each that names a regression followed by its fold."""
    out = []
    for cell in cells:
        out.append(cell)
        if "live" in cell.metadata:
            out.append(nbformat.v4.new_markdown_cell(live.fold(cell.metadata["live"])))
    if len(out) > len(cells):
        out.append(nbformat.v4.new_markdown_cell("".join(widgets.tags("live"))))
    return out


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Put scripts and styles, and no class, template or test, beside the pages."""
    if exception is None and app.builder.format == "html":
        target = Path(app.outdir, "_static")
        for file in widgets.FOLDER.glob("*/*.[cj]s*"):
            if file.suffix in (".css", ".js"):
                copy_asset(file, target)
        (target / "live-data.js").write_text(live.panel_as_script(), encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("build-finished", publish)
