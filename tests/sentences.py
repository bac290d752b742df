"""Sentences that judge: their words follow from figures, or a remark says why they need not.

``make sentences`` writes ``tests/sentences.csv``: each sentence of a page that judges, beside its
test and what this gives, and whether the sentence stays as it is on panels in which findings go.
Without a value and panels it has the figures of sentences where a page leads, so that nobody puts
another figure there unseen, and the judging sentences of solutions.
"""

import ast
import asyncio
import csv
import re
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import made_panels

from tools.render import execute, expressions, fresh, gates, notebooks

LIST = Path(__file__).with_suffix(".csv")
KEY = "page", "sentence", "test", "value"
REMARKS = re.compile("<!-- (the paper's words|definition|identity|the sample) -->")
"""Why a sentence may have typed words, or be true on every panel."""
WORDS = """positive negative significant significantly insignificant larger largest smaller smallest
higher highest lower lowest greater greatest faster slower richer poorer stronger weaker closer
apart more less fewer most mostly rise rises rose fall falls fell grow grows grew widen widens
widened narrow narrows narrowed doubled all none every never always both neither twice two three
four five six seven eight nine ten"""
MORE = """high low large small strong weak opposite many few increase increases increased decrease
decreases decreased shrink shrinks shrank gain gains gained lose loses lost better worse above
below"""
CHINESE = """缩小 扩大 上升 下降 增加 减少 提高 降低 显著 全部 更[快慢高低大小多少强弱]
[高低多少大小]于 为[正负] [一二两三四五六七八九十][个倍成]"""
_WORD, _MORE = (
    re.compile(rf"(?<![\w-])(?:{'|'.join(words.split())})(?![\w-])", re.I)
    for words in (WORDS, f"{WORDS} {MORE}")
)
_CHINESE = re.compile("|".join(CHINESE.split()))
_DIRECTED = re.compile(  # by, to or from how much: typed, with a figure behind it
    r"\b(rises?|rose|risen|(?:fall|grow|shrink|widen|narrow)s?|fell|fallen|grew|grown|shrank|widened"
    r"|narrowed|(?:increase|decrease)[sd]?|declined?) (?:by|to|from) (?:\w+ ){,2}\{eval\}`([^`]*)`"
)
_NUMBER = re.compile(r"(?<![a-z\d.])\d(?:[\d.,]*\d)?(?![a-z\d])", re.I)
_JUDGES = re.compile(
    r"\b(?:prose|cases|chinese)\.(?:holds|among|signs?|compared|significant|verdict)\("
)
# What judges nothing: mathematics, code, tags, quotations, and names that have such words.
_ROLE = re.compile(r"\{[\w:]+\}`(?:([^`<]*[^\W\d][^`<]*)<[^`]*>|[^`]*)`")  # linked words stay
_NAMES = re.compile(
    r"\$[^$]+\$|`[^`]*`|<[^>]*>|\"[^\"]*\"|“[^”]*”|\ball rows\b|\blower reach(?:es)?\b"
    r"|(?<!\d)(?:19|20)\d\d(?!\d)|\bflow less one\b|\b95 % (?:intervals?|coverage)"
    r"|(?:表|模型|第)[\d.]+(?:至[\d.]+)?节?|95%区间"
    r"|\b(?:table|model|chapter|section)s? \d[\d.]*(?:(?:,| and| to) ?\d[\d.]*)*",
    re.I,
)
_BLOCK = re.compile(  # equations, what a reader will learn
    r"^\$\$.*?^\$\$|^\*\*By the end.*?\n\n(?:- [^\n]*\n)+", re.M | re.S
)
_CARD = re.compile(r"^(:+)\{grid-item-card\}.*?\n\1$", re.M | re.S)
_BOLD = re.compile(r"\s*(\*\*.+?\*\*(?: <!--[^>]*-->)?)", re.S)
_MARKUP = re.compile(r"^(?:\s*(?:[-*>|]|\d+\.|[:`]{3,}\{[\w-]+\})\s+)+")
_SENTENCE = re.compile(r"(?:(?<=[.?!])|(?<=[.?!]\*\*)) +(?![a-z<(])|(?<=-->) +")


def parts(text: str) -> Iterator[str]:
    """The sentences of a text, without its markup."""
    for whole in text.splitlines():
        line = _MARKUP.sub("", whole)
        # No row of a table that leads to sections is a sentence, either.
        if not (re.match(r"[#:%]|```|\([\w-]+\)=$|<svg", line) or re.match(r"\|.*<sec-", whole)):
            yield from filter(None, map(str.strip, _SENTENCE.split(line)))


def leading(cells: Sequence[Any], as_it_is: bool = False) -> list[str]:
    """Sentences of the opening, cards, bold captions and the section before the exercises.

    They have dots in the place of expressions, unless they stay as they are.
    """
    cells = gates.without(list(cells), {"teaching", "exercise", "solution"})
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    blocks = ("\n".join(each.lines) for each in gates.blocks(text))
    text = _BLOCK.sub("", "\n".join(each for each in blocks if not re.match(r"```(?!\{)", each)))
    sections = re.split(r"^## ", text, flags=re.M)
    ends = [end for end, after in pairwise(sections[1:]) if after.startswith("Exercise")]
    figures = [cell.metadata.get("mystnb", {}).get("figure", {}) for cell in cells]
    bold = [_BOLD.match(" ".join(figure.get("caption", "").split())) for figure in figures]
    texts = [re.split(r"^##+ ", text, maxsplit=1, flags=re.M)[0]]
    texts += [card[0] for card in _CARD.finditer(text)] + [each[1] for each in bold if each]
    texts += [end.partition("\n")[2] for end in ends]
    texts = texts if as_it_is else [expressions.replaced(text, lambda _: "…") for text in texts]
    return [each for text in texts for each in parts(text)]


def typed(sentence: str, more: bool = True) -> str:
    """The first judging word or number that stands in a sentence itself, and is no question.

    Without `more` it is one of `WORDS`.
    """
    said = _ROLE.sub(lambda role: role[1] or "", expressions.REMARK.sub("", sentence))
    said = _NAMES.sub("", said)
    found = (_MORE if more else _WORD).search(said) or _NUMBER.search(said)
    found = found or (more and _CHINESE.search(said))
    return found[0] if found and not said.rstrip("* ").endswith(("?", "？")) else ""


def directed(cells: Sequence[Any]) -> list[tuple[str, str]]:
    """Typed words of a direction, each with its sentence, behind which a figure says how much.

    `prose.compared` says the word instead; a sentence with a remark needs no figures.
    """
    lines = dict.fromkeys(line for cell in cells for _, line in expressions.of_cell(cell))
    said = [each for line in lines for each in _SENTENCE.split(line) if not REMARKS.search(each)]
    found = [(each, word) for each in said for word in _DIRECTED.finditer(each)]
    return [(word[1], each) for each, word in found if not judges(word[2])]


def own(node: ast.AST) -> list[str]:
    """The texts that an expression itself may give, and not as the names of figures."""
    if isinstance(node, ast.BinOp | ast.IfExp | ast.JoinedStr):
        return [text for inner in ast.iter_child_nodes(node) for text in own(inner)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def judges(expression: str) -> bool:
    """Whether an expression gives judging words: by a function made for it, or by its own texts."""
    texts = own(ast.parse(expression, mode="eval").body)
    chinese = re.search("[\u4e00-\u9fff]", "".join(texts))
    return bool(_JUDGES.search(expression) or chinese or any(typed(text, False) for text in texts))


def rows(page: str, cells: Sequence[Any]) -> list[dict[str, str]]:
    """Each sentence of an executed page that judges, its test, and the words that this gives.

    Other figures are left out of the sentence, so that it changes only if its words do.  The test
    of a sentence with a remark, and without figures, is the remark.
    """
    found = []
    for cell in gates.without(list(cells), {"solution"}):
        about = {key: each for key, each in cell["metadata"].items() if key != "check"}
        for test, line in expressions.of_cell({**cell, "metadata": about}):
            if judges(test):
                value = expressions.value(expressions.kept(cell).get(test))
                of = {test: f"\0{value}\0"}
                line = expressions.replaced(line, lambda each, of=of: of.get(each, "…"))
                sentence = " ".join(each for each in parts(line) if "\0" in each) or line
                found.append((sentence.replace("\0", ""), test, value))
    remarks = [(each, REMARKS.search(each)) for each in leading(cells) if typed(each)]
    found += [(each, remark[1], "") for each, remark in remarks if remark]
    return [dict(zip(KEY, (page, *each), strict=True)) for each in found]


def pinned(page: str, cells: Sequence[Any]) -> list[dict[str, str]]:
    """The figures of each sentence where a page leads, and the judging sentences of solutions."""
    found = []
    for sentence in leading(cells, as_it_is=True):
        figures = [each for each, _ in expressions.in_text(sentence) if not judges(each)]
        text = expressions.replaced(sentence, lambda _: "…")
        found += [(text, " | ".join(figures), "")] * bool(figures)
    for cell in gates.without(list(cells), {"prose", "exercise", "teaching"}):
        for test, line in expressions.of_cell(cell) if cell.cell_type == "markdown" else ():
            found += [(expressions.replaced(line, lambda _: "…"), test, "")] * judges(test)
    return [dict(zip(KEY, (page, *each), strict=True)) for each in found]


def now() -> list[dict[str, str]]:
    """The rows of all pages, as they were executed last."""
    pages = [(pair.name, fresh.merged(pair)[0].cells) for pair in notebooks.pairs()]
    return [row for page in pages for row in (*rows(*page), *pinned(*page))]


def read(path: Path = LIST) -> list[dict[str, str]]:
    """A list as it was written last."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def on(panel: str, pair: notebooks.Pair, refused: list[str] | None = None) -> list[dict[str, str]]:
    """The rows of a page that the build computes from another panel; `refused` as in execute."""
    notebook, folder = notebooks.read(pair), str(Path(__file__).parent)
    # An exercise may ask about a year or a city that a part of the panel does not have.
    notebook.cells = gates.without(notebook.cells, {"exercise", "solution"})
    use = f"__import__('sys').path.append({folder!r}); __import__('made_panels').use({panel!r})"
    for cell in [cell for cell in notebook.cells if cell.cell_type == "code"][:1]:
        cell.source = f"{use}\n{cell.source}"
    asyncio.run(execute.run(notebook, pair.name, pair.root, refused))
    return rows(pair.name, notebook.cells)


def answer(was: dict[str, str], row: dict[str, str]) -> str:
    """Whether a sentence holds, as it stands, where its row is another."""
    if not was["value"] or "[cannot be computed" in row["value"]:
        return was["value"] and "cannot"
    moved = row["value"] != was["value"] and not row["test"].startswith("prose.holds(")
    return "false" if moved or "[UNTRUE" in row["value"] else "true"


def main(again: Sequence[str]) -> None:
    """Write the list; pages that are named, or have a new row, are run on the made panels."""
    known = {tuple(row[key] for key in KEY): row for row in read()}
    listed = [known.get(tuple(row.values()), row) for row in now()]
    new = {row["page"] for row in listed if len(row) == len(KEY) and row["value"]} | {*again}
    pages = [pair for pair in notebooks.pairs() if pair.name in new]
    jobs = [(panel, pair) for pair, panel in product(pages, made_panels.MADE)]
    with ProcessPoolExecutor(2) as pool:
        runs = pool.map(on, *zip(*jobs, strict=True))
        for (panel, pair), found in zip(jobs, runs, strict=True):
            print(f"{pair.name}: {panel}", flush=True)
            of_page = [row for row in listed if row["page"] == pair.name]
            for was, row in zip(of_page, found, strict=False):  # what is pinned comes last
                was[panel] = answer(was, row)
    heads = [*KEY, *made_panels.MADE]
    lines = [[row.get(head, "") for head in heads] for row in listed]
    notebooks.write(LIST, notebooks.as_csv(heads, *lines))


if __name__ == "__main__":
    main(sys.argv[1:])
