"""Build the book with Sphinx alone, as after Jupyter Book 1, and compare (``make rehearsal``).

Jupyter Book translates ``_config.yml`` into a ``conf.py``.  Sphinx alone renders the pages from it,
and the text of each must be that of ``make book``.  ``--python`` names an environment with other
versions of the packages, whose pages may look otherwise and must say the same.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

from bs4 import BeautifulSoup

from tools.render import book, notebooks

ROOT = book.ROOT
MAKE, PLAIN = ROOT / "_build" / "html", ROOT / "_build" / "rehearsal"


def render(root: Path, output: Path, python: str = sys.executable) -> str:
    """Run Sphinx of an environment into ``output``; return its warnings, which are errors."""
    conf = root / "conf.py"  # its paths are relative to where it stands
    shutil.rmtree(output, ignore_errors=True)
    # The other environment has no `tools`, and conf.py lacks the place of `local_extensions`.
    own = [str(root / "book"), str(root / "book" / "_ext")]
    places = os.pathsep.join([notebooks.python_path(root), *own])
    # -E: pages are read anew, and -W makes their warnings errors.
    options = ["-q", "-E", "-W", "--keep-going", "-d", f"{output}-doctrees"]
    try:
        config = [sys.executable, "-c", book.COMMAND, "config", "sphinx", str(root)]
        subprocess.run(config, check=True, capture_output=True)
        command = [python, "-m", "sphinx", *options, root, output]
        return book.said(command, root, {"PYTHONPATH": places})
    finally:
        conf.unlink(missing_ok=True)


def text(page: Path) -> str:
    """The letters of an article, in order; "" where there is none.

    Blanks and what stands around the article are the theme's.
    """
    html = page.read_text(encoding="utf-8") if page.exists() else ""
    article = BeautifulSoup(html, "html.parser").find("article")
    return "".join(article.get_text().split()) if article else ""


def differences(one: Path, other: Path) -> list[str]:
    """Pages of a built book whose texts are others in another, a line each: what, and where."""
    found = []
    for name in sorted(names(one, "*/*.html")):
        was, now = (text(folder / name) for folder in (one, other))
        if was != now:
            pairs = enumerate(zip_longest(was, now))
            at = max(next(n for n, (a, b) in pairs if a != b) - 20, 0)
            found.append(f"{name}: expected {was[at : at + 80]!r}, found {now[at : at + 80]!r}")
    return found


def names(folder: Path, pattern: str = "*") -> set[str]:
    """Files below a folder."""
    return {p.relative_to(folder).as_posix() for p in folder.rglob(pattern) if p.is_file()}


def main() -> int:
    """Build, compare with ``_build/html``, and say how much is equal; 1 if a text differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="of the environment to build in")
    with book.alone():
        warnings = render(ROOT, PLAIN, parser.parse_args().python)
    if warnings:
        print(warnings, file=sys.stderr)
        return 1
    found = differences(MAKE, PLAIN)
    files, pages = names(MAKE), names(MAKE, "*/*.html")
    same, _, _ = filecmp.cmpfiles(MAKE, PLAIN, files, shallow=False)
    print("\n".join(found), end="\n" * bool(found))
    print(
        f"{len(pages) - len(found)} of {len(pages)} pages say the same, "
        f"{len(same)} of {len(files)} files are equal to the byte"
    )
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
