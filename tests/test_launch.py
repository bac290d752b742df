"""Launch buttons: where an address is configured, to the notebook; else none."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import build
import nbformat
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
BINDER = "https://mybinder.org"


def small_book(root: Path, address: str) -> Path:
    """A book of one prose page and one notebook under this book's settings of buttons; its HTML."""
    kept = ("title", "author", "only_build_toc_files", "execute", "html", "launch_buttons")
    config = {name: CONFIG[name] for name in kept}
    config["html"].pop("favicon", None)
    config["repository"] = {**CONFIG["repository"], "url": address}
    config["sphinx"] = {"local_extensions": {"launch": "book/_ext"}}
    (root / "book").mkdir()
    (root / "notebooks").mkdir()
    shutil.copytree(ROOT / "book" / "_ext", root / "book" / "_ext")
    (root / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    contents = {"format": "jb-book", "root": "book/index",
                "chapters": [{"file": "notebooks/page"}]}
    (root / "_toc.yml").write_text(yaml.safe_dump(contents), encoding="utf-8")
    (root / "book" / "index.md").write_text("# Prose\n", encoding="utf-8")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A notebook")])
    notebook.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(notebook, root / "notebooks" / "page.ipynb")
    assert build.render(root, root, everything=True, quiet=True) == 0
    return root / "_build" / "html"


def links(page: Path) -> list[str]:
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    return [a["href"] for a in soup.select("a[href]") if a["href"].startswith(BINDER)]


def test_with_an_address_a_notebook_opens_and_prose_has_no_button(tmp_path):
    html = small_book(tmp_path, "https://github.com/someone/a-book")
    (link,) = links(html / "notebooks" / "page.html")
    parts = urlsplit(link)
    assert parts.path == "/v2/gh/someone/a-book/main"
    assert parse_qs(parts.query)["urlpath"] == ["lab/tree/notebooks/page.ipynb"]
    assert not links(html / "book" / "index.html")


def test_without_an_address_there_is_no_button(tmp_path):
    html = small_book(tmp_path, "")
    for page in html.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert BINDER not in text
        assert "launch-buttons" not in text
        assert "executablebooks/jupyter-book" not in text, "the theme's own address"


def test_the_book_has_buttons_if_and_only_if_it_has_an_address(html, page):
    wanted = bool(CONFIG["repository"]["url"]) and page.startswith("notebooks/")
    found = links(html / f"{page}.html")
    assert bool(found) == wanted
    assert all(link.endswith(f"{page}.ipynb") for link in found)


def test_no_other_file_names_an_address():
    """One place: a second one would have to be kept in step."""
    assert set(CONFIG["repository"]) == {"url", "branch"}
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert not {"url", "repository-code"} & set(citation)


def test_binder_gets_what_the_notebooks_import():
    script = ROOT / "postBuild"
    assert script.stat().st_mode & 0o111, "postBuild must be executable"
    install = "--no-deps --no-build-isolation --editable ."
    assert install in script.read_text(encoding="utf-8")
    assert install in (ROOT / "Makefile").read_text(encoding="utf-8")
