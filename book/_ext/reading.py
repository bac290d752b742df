"""What a reader finds beside the text: definitions and sources on hover, tables to take away."""

from __future__ import annotations

import csv
import io
import json
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from sphinx.application import Sphinx

GLOSSARY, REFERENCES = "book/glossary", "book/references"
LONGEST = 300


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"


def definitions(app: Sphinx) -> dict[tuple[str, str], str]:
    """What a link into the glossary or the references leads to, by page and anchor."""
    found = {}
    for item in app.env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        for term in item.findall(nodes.term):
            for anchor in term["ids"]:
                found[GLOSSARY, anchor] = _short(item[-1].astext())
    for entry in app.env.get_doctree(REFERENCES).findall(nodes.citation):
        for anchor in entry["ids"]:
            found[REFERENCES, anchor] = _short(entry[-1].astext())
    return found


def explain_links(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Give links to terms and to works the definition or the work as their hover text."""
    if app.builder.format != "html":
        return
    if not hasattr(app.env, "belt_definitions"):
        app.env.belt_definitions = definitions(app)
    for link in doctree.findall(nodes.reference):
        path, _, anchor = link.get("refuri", "").partition("#")
        for target in (GLOSSARY, REFERENCES):
            text = app.env.belt_definitions.get((target, anchor))
            if text and path.endswith(f"{target.rpartition('/')[2]}.html"):
                link["reftitle"] = text


@cache
def tables(notebook: Path) -> dict[str, tuple[str, str]]:
    """The tables of an executed notebook by name: as CSV and as LaTeX."""
    found = {}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            data = {kind: "".join(text) for kind, text in output.get("data", {}).items()}
            latex = data.get("text/latex", "")
            if r"\label{tab-" not in latex or "text/html" not in data:
                continue
            name = latex.split(r"\label{", 1)[1].split("}", 1)[0]
            rows = io.StringIO()
            writer = csv.writer(rows, lineterminator="\n")
            for row in BeautifulSoup(data["text/html"], "html.parser").find("table").find_all("tr"):
                # Programs that read CSV know no minus sign but this one.
                writer.writerow([cell.get_text().replace("−", "-") for cell in row(["th", "td"])])
            found[name] = rows.getvalue(), latex + "\n"
    return found


def offer_tables(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Write each table of a notebook as files, and link to them below it."""
    if app.builder.format != "html" or not page.startswith("notebooks/"):
        return
    offered = tables(Path(app.srcdir) / f"{page}.ipynb")
    folder = Path(app.outdir) / "_static" / "tables"
    for table in list(doctree.findall(nodes.table)):
        name = next((anchor for anchor in table["ids"] if anchor in offered), None)
        if name is None:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for suffix, text in zip(("csv", "tex"), offered[name], strict=True):
            (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
        links = " ".join(
            f'<a href="../_static/tables/{name}.{suffix}" download '
            f'aria-label="{label} of {name}">{label}</a>'
            for suffix, label in (("csv", "CSV"), ("tex", "LaTeX"))
        )
        place = table.parent.index(table) + 1
        below = table.parent[place] if place < len(table.parent) else None
        if isinstance(below, nodes.container) and "table-note" in below["classes"]:
            place += 1
        line = nodes.raw("", f'<p class="table-files">{links}</p>', format="html")
        table.parent.insert(place, line)


def forget(app: Sphinx, *_: object) -> None:
    """Definitions may have changed since the last build."""
    if hasattr(app.env, "belt_definitions"):
        del app.env.belt_definitions


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("env-updated", forget)
    app.connect("doctree-resolved", explain_links)
    app.connect("doctree-resolved", offer_tables)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
