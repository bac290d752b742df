"""Every figure of the book in one file, whose diff a reviewer reads: ``notebooks/results.csv``."""

import csv
from collections import Counter
from pathlib import Path

from tools.render import expressions, notebooks

RESULTS = Path("notebooks/results.csv")


def text(root: Path = notebooks.ROOT) -> str:
    """Every expression of the book with its value as CSV text, page by page in reading order.

    ``n`` counts equal expressions of a page, so that a new sentence moves no other line.
    """
    rows: list[list] = [["page", "n", "expression", "value"]]
    for pair in notebooks.pairs(root):
        seen: Counter[str] = Counter()
        for cell in notebooks.twin(pair).cells if pair.twin.exists() else ():
            values = expressions.kept(cell)
            for what, _ in expressions.of_cell(cell):
                seen[what] += 1
                rows.append([pair.name, seen[what], what, expressions.value(values.get(what))])
    return notebooks.as_csv(*rows)


def marked(root: Path = notebooks.ROOT) -> list[str]:
    """Values of ``results.csv`` that figures contradict or do not give: page, words, expression."""
    rows = csv.DictReader((root / RESULTS).read_text(encoding="utf-8").splitlines())
    return [
        f"book/{row['page']}.md: {words}, in {row['expression']}"
        for row in rows
        for words in expressions.MARKED.findall(row["value"])
    ]
