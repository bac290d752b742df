"""What an edition leaves out is in none of its files; what a file holds is text on a page.

Solutions are cut out of the sources here by a plain search for their gates, not by the code that
is tested, and looked for as runs of words in everything that the student's edition consists of.
"""

import html as markup
import re
from pathlib import Path

import nbformat
import pages
import pytest

from tools.render import notebooks

ROOT = notebooks.ROOT
SOLUTION = re.compile(r"\{solution-start\}.*?\{solution-end\}", re.S)
METADATA = re.compile(r"^---\n.*?^---\n", re.S | re.M)
SOURCES = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "book").glob("*.md")}
# Fonts, pictures and MathJax hold nothing of the sources.
BINARY = {".pdf", ".ttf", ".woff", ".woff2", ".png", ".ico", ".gz", ".inv", ".zip"}


def words(text: str) -> str:
    """Letters and digits only, so that a text and its HTML, and code and its colours, agree."""
    return " ".join(re.findall(r"\w+", text.replace("_", " ")))


LIB = words("\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "lib").rglob("*.py")))


def fragments(pattern: re.Pattern[str], letters=20, blanks=3) -> dict[str, set[str]]:
    """Longer runs of words of the passages that a pattern finds, by page, that stand nowhere else.

    What a check asks and says, in the metadata of code, every edition has.
    """
    rest = words("\n".join(pattern.sub("\n", text) for text in SOURCES.values())) + LIB
    found: dict[str, set[str]] = {}
    for name, text in SOURCES.items():
        passages = [METADATA.sub("", passage) for passage in pattern.findall(text)]
        lines = [line for passage in passages for line in passage.split("\n")]
        lines = [line for line in lines if not line.startswith((":", "```", "---"))]
        pieces = [words(piece) for line in lines for piece in re.split(r"\{\S+?\}`[^`]*`|`", line)]
        long = {piece for piece in pieces if len(piece) > letters and piece.count(" ") >= blanks}
        long |= {piece for piece in pieces if len(re.findall("[\u4e00-\u9fff]", piece)) > 7}
        found[name] = {piece for piece in long if piece not in rest}
    return {name: pieces for name, pieces in found.items() if pieces}


def outputs() -> set[str]:
    """Lines that the code of solutions printed and no other cell did."""
    printed: dict[bool, list[str]] = {True: [], False: []}
    for cell in (cell for pair in notebooks.pairs(ROOT) for cell in notebooks.twin(pair).cells):
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            printed["solution" in cell.metadata.get("tags", [])] += map(words, text.split("\n"))
    rest = "\n".join([*printed[False], *map(words, SOURCES.values())]) + LIB
    long = {line for line in printed[True] if len(line) > 20 and line.count(" ") > 1}
    return {line for line in long if line not in rest}


def text_of(path: Path) -> str:
    """What a file says, in :func:`words`."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".ipynb":
        text = text.replace("\\n", " ")
    if path.suffix == ".html":
        text = markup.unescape(re.sub(r"<[^>]*>", "", text))
    return words(text)


def library(folder: Path) -> dict[Path, str]:
    """The text of every file of a folder that may hold text of the book."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    files = (path for path in files if path.suffix not in BINARY)
    return {path: text_of(path) for path in files if "mathjax" not in path.parts}


def leaks(texts: dict[Path, str], wanted: set[str]) -> list[tuple[str, str]]:
    """Words that should be in no file, with one that they are in."""
    whole = "\n".join(texts.values())
    hits = [piece for piece in wanted if piece in whole]
    return [(p, path.name) for p in hits for path, text in texts.items() if p in text]


CELLS = (ROOT / "tests" / "exercise.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("edition", "there", "gone"),
    [
        ("reading", ["Do.", "Done.", "dropdown", "Plans."], ["Wait."]),
        ("student", ["Do."], ["Done.", "solution", "Wait.", "Plans.", "card"]),
        ("instructor", ["Do.", "Done.", "Wait.", "Plans."], ["dropdown"]),
    ],
)
def test_each_edition_has_what_it_is_for(edition, there, gone):
    cells = pages.of_edition([nbformat.v4.new_markdown_cell(CELLS)], edition)
    text = "\n".join(cell.source for cell in cells)
    assert "Text." in text
    assert all(piece in text for piece in there) and not any(piece in text for piece in gone)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("```{exercise-end}\n```\n", "", "inside a exercise ex-one"),
        ("```{solution-end}\n```\n", "", "never closed"),
        (":label: ex-one-1\n", "", "names no label"),
        ("Text.", "````{note}\n```{solution-start} x\n```\n````", "hidden in"),
    ],
)
def test_gates_that_do_not_pair_are_refused(old, new, words):
    with pytest.raises(ValueError, match=words):
        pages.of_edition([nbformat.v4.new_markdown_cell(CELLS.replace(old, new))], "reading")
