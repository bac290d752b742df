"""Editions of the book from one source: ``python book/_tools/editions.py instructor | student``.

``make book`` renders the reading edition, solutions folded, from the files as they are.  The other
two are rendered from a copy in which the pages have been edited, so that what an edition leaves
out is in none of its files: neither page nor downloadable notebook nor search index.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from lib import running

if __name__ == "__main__":
    running.end_plainly()  # the imports below take a second, in which it can be stopped too

import build
import gates
import jupytext
import nbformat
import yaml

import notebooks

ROOT = notebooks.ROOT
EDITIONS = ("instructor", "student")
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "_build", "_tools", "raw", "tests")


def edited(cells: list[gates.Cell], edition: str) -> list[gates.Cell]:
    """The cells of a page as an edition has them.

    Parameters
    ----------
    cells : list of NotebookNode
        With solutions and teaching notes.
    edition : {"instructor", "student"}
        Solutions open and teaching notes; or neither of them.

    Raises
    ------
    gates.GateError
        The gates do not pair.
    ValueError
        There is no such edition.
    """
    if edition == "instructor":
        return gates.unfolded(cells)
    if edition == "student":
        return gates.without(cells, {"solution", "teaching"})
    raise ValueError(f"edition {edition!r}: expected one of {', '.join(EDITIONS)}")


def stage(edition: str, target: Path, root: Path = ROOT) -> None:
    """Write the sources of an edition into an empty folder; nothing is executed.

    Raises
    ------
    SystemExit
        The gates of a page do not pair; the page is named.
    """
    shutil.copytree(root, target, ignore=_LEFT_OUT, dirs_exist_ok=True)
    times = root / "_build" / "execution"
    if times.is_dir():
        shutil.copytree(times, target / "_build" / "execution")
    pairs = {pair.text: pair for pair in notebooks.pairs(root)}
    for text in sorted((root / "book").glob("*.md")):
        there = target / text.relative_to(root)
        try:
            if text in pairs:
                notebook = notebooks.merged(pairs[text], teaching=True)
                notebook.cells = edited(notebook.cells, edition)
                twin = target / pairs[text].twin.relative_to(root)
                twin.write_text(
                    notebooks.serialised(notebooks.identified(notebook)), encoding="utf-8"
                )
                # The text is no page, but extensions may look at it.
                page = jupytext.writes(notebook, fmt=notebooks.FORMAT)
            else:
                cell = nbformat.v4.new_markdown_cell(text.read_text(encoding="utf-8"))
                page = "".join(cell.source for cell in edited([cell], edition))
        except gates.GateError as error:
            raise SystemExit(f"book/{text.name}: {error}") from None
        there.write_text(page, encoding="utf-8")
    _configure(target / "_config.yml", edition)


def _configure(path: Path, edition: str) -> None:
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    if edition == "instructor":
        config["title"] += " (instructor's edition)"
    else:
        # Buttons to the repository would lead to notebooks with solutions.
        config.pop("launch_buttons", None)
        config.pop("repository", None)
        html = config.get("html", {})
        for button in ("repository", "issues", "edit_page"):
            html.pop(f"use_{button}_button", None)
    text = yaml.safe_dump(config, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")


def render(edition: str, output: Path, root: Path = ROOT) -> int:
    """Build an edition's HTML from the executed notebooks into ``output``; return the status."""
    with tempfile.TemporaryDirectory(prefix="edition-") as folder:
        source = Path(folder).resolve()
        stage(edition, source, root)
        status = build.render(source, source, everything=True, quiet=True)
        if status == 0:
            # Half an edition must not look like one.
            part = output.with_name(f".{output.name}")
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(source / "_build" / "html", part)
            shutil.rmtree(output, ignore_errors=True)
            part.rename(output)
    return status


def main() -> int:
    """Bring the notebooks up to date and render one edition."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("edition", choices=EDITIONS)
    edition = parser.parse_args().edition
    began = time.perf_counter()
    output = ROOT / "_build" / edition
    with notebooks.alone():
        notebooks.refresh(ROOT)
        status = render(edition, output)
    if status == 0:
        seconds = time.perf_counter() - began
        page = output.relative_to(ROOT) / "index.html"
        print(f"The {edition}'s edition is {page}, {seconds:.0f} s")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
