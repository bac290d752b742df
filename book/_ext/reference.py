"""How to cite this book, out of ``CITATION.cff``, which is the only place that says it."""

from __future__ import annotations

from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def _names(author: dict[str, str]) -> tuple[str, str]:
    """An author's family name and given names; a body has no given names."""
    return author.get("family-names") or author["name"], author.get("given-names", "")


def line(cff: dict, address: str = "") -> list[nodes.Node]:
    """The reference as a list of references has it: authors, year, title, version, address."""
    authors = []
    for family, given in map(_names, cff["authors"]):
        initials = " ".join(f"{name[0]}." for name in given.split())
        authors.append(f"{family}, {initials}" if given else family)
    listed = ", ".join(authors[:-1]) + ", & " + authors[-1] if len(authors) > 1 else authors[0]
    full_stop = "" if listed.endswith(".") else "."
    head = f"{listed}{full_stop} ({str(cff['date-released'])[:4]}). "
    tail = f" (Version {cff['version']}) [Jupyter Book]."
    found: list[nodes.Node] = [nodes.Text(head), nodes.emphasis("", cff["title"]), nodes.Text(tail)]
    if address:
        found += [nodes.Text(" "), nodes.reference("", address, refuri=address)]
    return found


def bibtex(cff: dict, address: str = "") -> str:
    """The reference for BibTeX."""
    authors = []
    for family, given in map(_names, cff["authors"]):
        authors.append(f"{family}, {given}" if given else f"{{{family}}}")
    year, month, _ = str(cff["date-released"]).split("-")
    word = cff["title"].split()[0].strip(",:").lower()
    fields = {
        "author": " and ".join(authors),
        "title": f"{{{cff['title']}}}",
        "year": year,
        "month": str(int(month)),
        "note": f"Jupyter Book, version {cff['version']}",
    }
    if address:
        fields["url"] = address
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{{word}{year},\n{body}}}"


class Reference(SphinxDirective):
    """``{reference}``: how to cite this book, as a line and as BibTeX."""

    def run(self) -> list[nodes.Node]:
        path = Path(self.env.srcdir) / "CITATION.cff"
        self.env.note_dependency(str(path))
        cff = yaml.safe_load(path.read_text(encoding="utf-8"))
        address = self.config.html_theme_options.get("repository_url", "")
        text = bibtex(cff, address)
        code = nodes.literal_block(text, text, language="bibtex")
        return [nodes.paragraph("", "", *line(cff, address)), code]


def setup(app: Sphinx) -> dict[str, object]:
    app.add_directive("reference", Reference)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
