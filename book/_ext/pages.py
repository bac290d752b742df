"""What a page shows of its notebook: the one step between an executed twin and MyST-NB.

Before a page is parsed, the teaching notes leave (unless the edition is ``instructor``), solutions
and cards for teachers leave (``student``) or solutions are opened (``instructor``), exercises get
the forms in which answers are checked, every expression gives way to its value and a phrase such as
*the chapter on ...* to a number, tables take caption, name and note from their cell's metadata, and
charts the ink of the page; a fold says how the page was computed.  The files that a reader can
download lose what their edition leaves out, too.  ``BOOK_EDITION`` names it.
"""

import html
import os
import re
from collections.abc import Callable
from pathlib import Path

import charts
import computed
import displays
import moving
import nbformat
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

import widgets
from lib.prose import escape
from tools.course import checks
from tools.render import expressions, gates, notebooks, outside

_NOTE = re.compile(r"</table>\s*<p>(.*?)</p>", re.S)
_CARD = re.compile(r"^(:+)\{grid-item-card\}.*\n:class-card: for-teachers\n(?s:.*?)\n\1$\n*", re.M)
# JupyterLab, which knows no numbers, shows the words.
_NUMBERED = re.compile(r"\{numref\}`([Tt])he (chapter|section) on [^`<]*<")
# A number between Chinese words: Sphinx knows one language's word for it.
_IN_CHINESE = re.compile(
    rf"((?<={outside.HAN}))?\{{numref\}}`(fig|tab)(-[^`<]+)`(?(1)|(?={outside.HAN}))"
)
logger = logging.getLogger(__name__)
Warn = Callable[[str], None]


def of_edition(cells: list[gates.Cell], edition: str) -> list[gates.Cell]:
    """The cells that an edition has.

    Raises
    ------
    ValueError
        Exercises, solutions and notes do not pair.
    """
    if edition == "instructor":
        return gates.unfolded(cells)
    if edition == "reading":
        return gates.without(cells, {"teaching"})
    kept = gates.without(cells, {"teaching", "solution"})
    for cell in kept:
        cell.source = _CARD.sub("", cell.source)
    return kept


def with_values(cells: list[gates.Cell], warn: Warn) -> None:
    """Put values in the place of expressions, as text: nothing in them is markup."""
    for cell in cells:
        answers, values = expressions.kept(cell), {}
        for expression, _ in expressions.of_cell(cell):
            try:
                values[expression] = expressions.value(answers.get(expression))
            except ValueError as error:
                warn(f"{{eval}}`{expression}` {error}")
                values[expression] = "?"
        value = values.__getitem__
        escaped = {each: escape(text) for each, text in values.items()}.__getitem__
        if cell.cell_type == "markdown":
            cell.source = expressions.replaced(expressions.REMARK.sub("", cell.source), escaped)
            continue
        table, shown = cell.metadata.get("table", {}), cell.metadata.get("mystnb", {})
        figure, image = shown.get("figure", {}), shown.get("image", {})
        for about, of in ((table, escaped), (figure, escaped), (image, value)):
            for key in {"caption", "note", "alt"} & about.keys():
                about[key] = expressions.replaced(expressions.REMARK.sub("", about[key]), of)


def with_tables(cells: list[gates.Cell], files: Path, warn: Warn) -> None:
    """Wrap the table that a cell shows into a numbered one, with its note and its files below."""
    for cell in cells:
        about = cell.metadata.get("table")
        if about is None or cell.cell_type != "code":
            for output in cell.get("outputs", []):
                output.get("data", {}).pop("text/csv", None)  # no file without a name
            continue
        forms = {"text/markdown", "text/csv"}
        output = next((o for o in cell.outputs if forms <= o.get("data", {}).keys()), None)
        if output is None or not {"name", "caption"} <= about.keys():
            warn(f"table {about.get('name')}: expected name, caption and a table of lib.tables")
            continue
        note = _NOTE.search(output.data.get("text/html", ""))
        notes = [escape(html.unescape(note[1]))] if note else []
        notes += [" ".join(about["note"].split())] if about.get("note") else []
        # Fences of colons: a caption may hold code.
        text = (
            f"::::{{table}} {' '.join(about['caption'].split())}\n:name: {about['name']}\n"
            f":class: {' '.join(['figures', *about.get('class', '').split()])}\n\n"
            f"{output.data['text/markdown']}\n::::\n"
        )
        if notes:
            text += f"\n::::{{div}} table-note\n{' '.join(notes)}\n::::\n"
        for suffix, kind in {"csv": "text/csv", "tex": "text/latex"}.items():
            notebooks.write(files / f"{about['name']}.{suffix}", output.data.get(kind, ""))
        text += f"\n{displays.files('tables', about['name'], CSV='csv', LaTeX='tex')}\n"
        output.data = nbformat.NotebookNode({"text/markdown": text})


def with_names_of_folds(cells: list[gates.Cell]) -> None:
    """Name each fold: as its cell does under ``fold``, or else by what the cell shows."""
    for cell in cells:
        tags, shown = {*cell.metadata.get("tags", [])}, cell.metadata.get("mystnb", {})
        about = cell.metadata.get("table", {})
        name = cell.metadata.get("fold")
        if not name and "hide-input" in tags:
            kinds = {"How the table is computed": about, "How the picture is drawn": shown}
            name = next((name for name, there in kinds.items() if there), None)
        elif not name and {"hide-output", "hide-cell"} & tags:
            name = about.get("caption")
        if name:
            prompts = {"code_prompt_show": name, "code_prompt_hide": name}
            cell.metadata["mystnb"] = {**shown, **prompts}


def with_charts(cells: list[gates.Cell], files: Path) -> None:
    """Put each chart onto the page itself, in the page's own ink, with its alternative text.

    A numbered one is a file, too, with another of its points; ``displays`` offers both below it.
    """
    for number, cell in enumerate(cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/svg+xml" not in data:
                continue
            title = data.get("text/plain", "").split("\n", 1)[0].removeprefix("Chart: ")
            shown = cell.metadata.get("mystnb", {})
            alt = shown.get("image", {}).get("alt") or title
            if name := shown.get("figure", {}).get("name"):
                for suffix, kind in {"svg": "image/svg+xml", "csv": "text/csv"}.items():
                    notebooks.write(files / f"{name}.{suffix}", data[kind])
            svg = charts.inline(data["image/svg+xml"], " ".join(alt.split()), f"c{number}")
            output.data = nbformat.NotebookNode({"text/html": svg})


def shown(app: Sphinx, page: str, source: list[str]) -> None:
    """Turn a notebook into what the edition shows of it; other pages are as they are."""

    def warn(message: str) -> None:
        logger.warning(message, location=page, type="pages", subtype="value")

    if not str(app.env.doc2path(page)).endswith(".ipynb"):
        return
    notebook = nbformat.reads(source[0], as_version=4)
    edition = app.config.book_edition
    try:
        asked = checks.of(notebook.cells)
        notebook.cells = of_edition(notebook.cells, edition)
        notebook.cells = checks.placed(notebook.cells, asked, open_to=edition == "reading")
        notebook.cells = moving.with_regressions(notebook.cells)
    except ValueError as error:  # of gates, checks and regressions to run
        warn(str(error))
    if any("predict" in cell.metadata.get("tags", []) for cell in notebook.cells):
        notebook.cells.append(nbformat.v4.new_markdown_cell("".join(widgets.tags("predict"))))
    with_values(notebook.cells, warn)
    with_names_of_folds(notebook.cells)
    with_charts(notebook.cells, Path(app.outdir, "_static", "figures"))
    with_tables(notebook.cells, Path(app.outdir, "_static", "tables"), warn)
    notebook.cells.append(computed.fold(Path(app.srcdir), Path(page).name, notebook.cells))
    source[0] = _NUMBERED.sub(_numbered, nbformat.writes(notebook, version=4))
    source[0] = _IN_CHINESE.sub(_chinese, source[0])


def _chinese(reference: re.Match[str]) -> str:
    kind = {"fig": "图", "tab": "表"}[reference[2]]
    return f"{{numref}}`{kind}%s <{reference[2]}{reference[3]}>`"


def _numbered(reference: re.Match[str]) -> str:
    """In the place of ``the chapter on ...``: chapter and number."""
    word = reference[2].capitalize() if reference[1] == "T" else reference[2]
    return f"{{numref}}`{word} %s <"


def cut_downloads(app: Sphinx, exception: Exception | None) -> None:
    """Take out of the notebooks to download what the edition leaves out; then fill them."""
    if exception is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir, "_sources").rglob("*.ipynb*"):
        cells = of_edition(nbformat.read(path, 4).cells, app.config.book_edition)
        notebook = outside.notebook(cells, Path(app.outdir))
        path.write_text(nbformat.writes(notebook, version=4), encoding="utf-8")


def name_the_edition(app: Sphinx, config: Config) -> None:
    """The instructor's edition says so in its title."""
    if config.book_edition == "instructor":
        config.html_title += " (instructor's edition)"


def setup(app: Sphinx) -> None:
    app.add_config_value("book_edition", os.environ.get("BOOK_EDITION", "reading"), "env")
    app.connect("config-inited", name_the_edition)
    app.connect("source-read", shown)
    app.connect("build-finished", cut_downloads)
