"""Figures in the prose, and the tables of the environment page."""

from __future__ import annotations

import csv
import json
import platform
from importlib import metadata
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

logger = logging.getLogger(__name__)


class ResultRole(SphinxRole):
    """``{result}`key```: a figure that a notebook recorded, from ``notebooks/results.csv``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        path = Path(self.env.srcdir) / "notebooks" / "results.csv"
        self.env.note_dependency(str(path))
        figures = _figures(path, path.stat().st_mtime_ns)
        if self.text not in figures:
            message = f"no figure named {self.text!r} in notebooks/results.csv"
            logger.warning(message, location=self.get_location(), type="belt", subtype="result")
            return [nodes.problematic(self.rawtext, self.rawtext)], []
        return [nodes.inline("", figures[self.text], classes=["result"])], []


_cache: dict[int, dict[str, str]] = {}


def _figures(path: Path, stamp: int) -> dict[str, str]:
    if stamp not in _cache:
        with path.open(encoding="utf-8", newline="") as file:
            _cache[stamp] = {row["key"]: row["value"] for row in csv.DictReader(file)}
    return _cache[stamp]


class Versions(Directive):
    """A table of the packages named in ``requirements.in`` with the versions installed."""

    def run(self) -> list[nodes.Node]:
        root = Path(self.state.document.settings.env.srcdir)
        names = []
        for line in (root / "requirements.in").read_text(encoding="utf-8").splitlines():
            name = line.split("#")[0].split("=")[0].split("[")[0].strip()
            if name:
                names.append(name)
        rows = [("Python", platform.python_version())]
        rows += [(name, metadata.version(name)) for name in sorted(names)]
        return [_table("Packages and their versions", ("Package", "Version"), rows)]


class RunTimes(SphinxDirective):
    """A table of the seconds that each notebook took when this book was built."""

    def run(self) -> list[nodes.Node]:
        folder = Path(self.env.srcdir) / "_build" / "execution"
        rows = []
        for path in sorted(folder.glob("*.json")):
            self.env.note_dependency(str(path))
            rows.append((path.stem, f"{json.loads(path.read_text())['seconds']:.1f}"))
        if not rows:
            text = "This copy was rendered from notebooks executed earlier; no run times are known."
            return [nodes.paragraph("", text)]
        return [_table("Execution of the notebooks", ("Notebook", "Seconds"), rows)]


def _table(caption: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> nodes.table:
    group = nodes.tgroup(cols=len(head))
    group.extend(nodes.colspec(colwidth=1) for _ in head)
    group.append(nodes.thead("", _row(head)))
    group.append(nodes.tbody("", *(_row(row) for row in rows)))
    return nodes.table("", nodes.title("", caption), group, classes=["figures"])


def _row(cells: tuple[str, ...]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", cell)) for cell in cells))


def setup(app: Sphinx) -> dict[str, object]:
    app.add_role("result", ResultRole())
    app.add_directive("versions", Versions)
    app.add_directive("run-times", RunTimes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
