"""Chinese folds, each beside the English that it was written for.

``zh.csv`` keeps the English of each block as it was when somebody last read the two together.
``make chinese BLOCK=zh-theory`` shows what has changed in it and the block, and keeps the new
English: one block at a time, after its Chinese says the same again.
"""

import copy
import difflib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import sentences
from nbformat.v4 import new_markdown_cell

from tools.render import expressions, fresh, gates, notebooks

KEPT = Path(__file__).with_name("zh.csv")
FOLD = re.compile(
    r"^(:{3,})\{dropdown\} 中文\n:class-container: zh\n:name: (\S+)\n\n?(.*?)\n\1$\n?", re.M | re.S
)


class Block(NamedTuple):
    """A Chinese fold: page and name, its text as readers have it, and what it says in Chinese."""

    page: str
    name: str
    said: str
    english: str


def above(parts: list[gates.Part], cells: list[Any]) -> str:
    """The paragraph or block right above a fold, or the caption of the cell there."""
    for part in reversed(parts):
        if cells[part.cell].cell_type == "code":
            about = cells[part.cell].metadata
            return "\n".join(expressions.texts(about.get("table") or about.get("mystnb")))
        if FOLD.search(part.text) is None and (text := part.text.strip()):
            return text if re.match("[`:]{3}", text) else text.split("\n\n")[-1]
    return ""


def of(page: str, cells: list[Any]) -> Iterator[Block]:
    """The Chinese folds of a page.

    In an exercise or a solution a fold says that, with its check; below a figure, its caption;
    before a page's first section, where the page leads; elsewhere, what is right above it.
    """
    bare = copy.deepcopy(cells)
    for cell in bare:
        cell.source = FOLD.sub("", cell.source)
    parts = gates.parts(cells)
    for place, part in enumerate(parts):
        if cells[part.cell].cell_type == "code" or not (fold := FOLD.search(part.text)):
            continue
        kept = expressions.kept(cells[part.cell])
        said = expressions.replaced(fold[3], lambda each, kept=kept: expressions.value(kept[each]))
        section = any(re.search(r"^## ", each.text, re.M) for each in parts[:place])
        if part.kind != "prose":
            own = [each for each in gates.parts(bare) if each[:2] == part[:2]]
            code = [each for each in own if bare[each.cell].cell_type == "code"]
            checks = [bare[each.cell].metadata.get("check") for each in code]
            english = "\n".join([*(each.text.strip() for each in own if each not in code),
                                 *expressions.texts([*filter(None, checks)])])  # fmt: skip
        elif section or cells[parts[place - 1].cell].metadata.get("mystnb"):
            english = above(parts[:place], cells)
        else:
            english = "\n".join(sentences.leading(bare, as_it_is=True))
        yield Block(page, fold[2], expressions.REMARK.sub("", said), english.strip())


def blocks() -> list[Block]:
    """All Chinese folds of the book."""
    twins = {pair.name: fresh.merged(pair)[0].cells for pair in notebooks.pairs()}
    for path in sorted((notebooks.ROOT / "book").glob("*.md")):
        twins.setdefault(path.stem, [new_markdown_cell(path.read_text(encoding="utf-8"))])
    return [block for page, cells in twins.items() for block in of(page, cells)]


def read() -> dict[str, str]:
    """The English that each block was written for."""
    return {row["block"]: row["english"] for row in sentences.read(KEPT)}


def drifted(block: Block, old: str) -> str:
    """What has changed in the English of a block; "" if nothing has."""
    if block.english == old:
        return ""
    lines = difflib.unified_diff(old.split("\n"), block.english.split("\n"), "old", "new", n=0)
    told = "\n".join(line.rstrip() for line in lines)
    return f"book/{block.page}.md: the English of {block.name} is another:\n{told}"


def main(name: str) -> None:
    """Show what is new in the English of one block, and its Chinese; keep that English."""
    kept, (block,) = read(), [each for each in blocks() if each.name == name]
    print(drifted(block, kept.get(name, "")) or "Nothing is new.", block.said, sep="\n\n")
    kept[name] = block.english
    notebooks.write(KEPT, notebooks.as_csv(["block", "english"], *map(list, sorted(kept.items()))))


if __name__ == "__main__":
    main(sys.argv[1])
