"""A sentence that a page leads with, and the cases in which it is true."""

from __future__ import annotations

import contextlib
import re
import runpy
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pandas as pd
from matplotlib import pyplot

from lib import cases
from studies import regional
from tools.render import expressions, notebooks

CASES = tuple(case.key for case in cases.CASES)
ONCE = ("",)
"""For a sentence that no case can touch."""
REGISTER = notebooks.ROOT / "data" / "headlines.csv"
ENDS = "What survives", "What we know now"
OPENING_ENDS = re.compile(r"^(?:## |\*\*By the end|```\{|:{3,})", re.M)
COMPARISON = re.compile(
    r"\b(?:more|less(?! (?:one|natural))|fewer|most|least(?! squares)|\w+er than|large[rs]t?"
    r"|high(?:er|est)|low(?:er|est)(?! reach)|smaller|faster|slower|richer|poorer|longer"
    r"|closer|apart|half|(?:in|at) every|in all|none|neither|nearly|settled?|stays?|holds|signs?"
    r"|zero|positive|negative|opposite|significant\w*|rose|rises?|fell|falls?|grew|grows?"
    r"|narrow\w*|widen\w*)\b"
)
NO_CLAIM = (notebooks.ROOT / "tests/claims/no_claim.txt").read_text("utf-8").splitlines()
"""Sentences with a comparison that define a word, or say what a model or the paper says."""
_ROLE = re.compile(r"\{(\w+)(?::\w+)?\}`([^`<]*?)\s*(?:<([^`]*)>)?`")
KINDS = {"tab": "the table", "fig": "the figure", "sec": "the section", "eq": "the equation"}
COLUMNS = "page", "part", "sentence", "holds", "exception"


def _reads(code: Any) -> bool:
    """Whether a function's code, with what stands inside it, looks anything up by name."""
    inner = (each for each in code.co_consts if hasattr(each, "co_names"))
    return bool(code.co_names) or any(map(_reads, inner))


@dataclass(frozen=True)
class Headline:
    """A sentence of an opening, of a caption's bold part or of "What survives".

    Attributes
    ----------
    words : str
        Words that stand in this sentence of the page's source and in no other.
    holds : callable
        From the names of the page and the key of a case, whether the sentence is true there.
    over : sequence of str or callable
        Cases in which it is asked: those of ``lib.cases``, or the rows of a page's own list, as
        words or as a function that takes the names of the page.
    but : str
        The one case in which the sentence says itself that it is false.
    """

    words: str
    holds: Callable[[Any, str], bool]
    over: Sequence[str] | Callable[[Any], Sequence[str]] = CASES
    but: str = ""

    def true(self, page: Any) -> dict[str, bool]:
        """Whether it is true, by case."""
        known = vars(page).setdefault("headlines", {})
        if self.words not in known:
            over = self.over(page) if callable(self.over) else self.over
            known[self.words] = {case: bool(self.holds(page, case)) for case in over}
        return known[self.words]

    def overturned(self, page: Any) -> list[str]:
        """The cases in which it is false, less the one that it names and that must be false."""
        found = self.true(page)
        if not found or not _reads(self.holds.__code__):
            return ["no case was asked, or the claim reads nothing and cannot fail"]
        false = [case for case, holds in found.items() if not holds]
        if self.but and self.but not in false:
            return [f"{self.but} (named as the exception, and it holds there)"]
        return [case for case in false if not self.but or case != self.but]


def in_table(page: Any) -> list[str]:
    """For `over`: the columns of a page's own table ``cases``."""
    return [*page.cases]


def above_zero(found: pd.Series) -> bool:
    """Whether a slope's interval by city, and by province where it has one, is above zero."""
    return found["low"] > 0 and not found["province_low"] <= 0


def turns(slopes: pd.DataFrame) -> bool:
    """Whether a slope is negative in some rows and positive in others."""
    return slopes["coef"].min() < 0 < slopes["coef"].max()


def labels(name: str, *columns: str) -> Callable[[Any], list[str]]:
    """For `over`: the rows of a page's table, by their index or by some of their columns."""

    def of(page: Any) -> list[str]:
        table = vars(page)[name]
        words = table[list(columns)] if columns else table.index.to_frame()
        return [", ".join(map(str, each)) for each in words.to_numpy()]

    return of


def row(page: Any, case: str, name: str, *columns: str) -> pd.Series:
    """The row with a label of :func:`labels`."""
    return vars(page)[name].iloc[labels(name, *columns)(page).index(case)]


def turned_by_origin(page: Any) -> dict[tuple[str, ...], tuple[str, str]]:
    """Verdicts of the paper's case as printed and in the average city, where the two differ."""
    wide = page.said["verdict"].xs("paper", level="case").unstack("reading").drop("LM_IA", level=1)
    both = {
        (name, *cell): (wide.loc[cell, name], wide.loc[cell, f"{name}, average"])
        for name in ("flow", "stock")
        for cell in wide.index
    }
    return {cell: words for cell, words in both.items() if words[0] != words[1]}


def panel(data: pd.DataFrame, case: str) -> pd.DataFrame:
    """The panel in a case, for figures that are no regression of the tables.

    Without recounts and moved borders, the cities that have one are left out.
    """
    frame, rest = cases.applied(data, {known.key: known for known in cases.CASES}[case])
    if rest.change.get("without"):
        frame = frame[~frame["city"].isin(regional.moved_or_recounted(data, 2008, 2023))]
    return frame


def with_panel(page: Any, case: str, function: str, *arguments: Any, **named: Any) -> Any:
    """What a function of a page's own gives with the panel of a case in the place of its data."""
    names = vars(page)[function].__globals__
    with patch.dict(names, data=panel(names["data"], case)):
        return names[function](*arguments, **named)


def run(page: str, solutions: bool = False) -> SimpleNamespace:
    """The names that a page's own code binds, computed anew from ``data/``."""
    names: dict[str, Any] = {"__name__": "page"}
    with contextlib.chdir(notebooks.ROOT / "notebooks"):  # where a kernel runs the page
        for number, cell in enumerate(notebooks.read(notebooks.Pair(notebooks.ROOT, page)).cells):
            if cell.cell_type == "code" and (
                solutions or "solution" not in cell.metadata.get("tags", ())
            ):
                exec(compile(cell.source, f"book/{page}.md, cell {number}", "exec"), names)
                pyplot.close("all")
    return SimpleNamespace(**names)


def _split(text: str) -> Iterator[str]:
    for line in map(str.strip, text.splitlines()):
        if not line.startswith(("#", "(", "```", "<", ":")):
            line = re.sub(r"^(?:- |\d\. )(?:\*\*[^*]+\*\* ?)?", "", line)
            yield from filter(None, re.split(r"(?<=[.?!])(?<!Adj\.)(?:\*\*)? +(?=[A-Z*{])", line))


def sentences(cells: Sequence[Any], whole: bool = False) -> dict[str, str]:
    """Part of the page by source of each sentence that it leads with, in its order.

    With `whole`, all of its text is its opening, as on the front page.
    """
    words = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    ends = None if whole else OPENING_ENDS.search(words)
    found = [("opening", each) for each in _split(words[: ends and ends.start()])]
    for cell in cells:
        caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")
        bold = re.match(r"\s*\*\*(.+?)\*\*", caption, re.S)
        found += [("figure", each) for each in _split(" ".join(bold[1].split()) if bold else "")]
    for section in words.split("\n## "):
        heading, _, rest = section.partition("\n")
        found += [("end", each) for each in _split(rest) if heading in ENDS]
    return {each: part for part, each in reversed(found)}


def of_page(page: str) -> dict[str, str]:
    """The same of a page of the book."""
    return sentences(notebooks.read(notebooks.Pair(notebooks.ROOT, page)).cells, page == "index")


def asked(sentence: str) -> bool:
    """Whether a sentence must be registered: it holds an expression or a comparison."""
    compares = COMPARISON.search(sentence) and not sentence.endswith("?")
    return "{eval}" in sentence or bool(compares)


def amiss(sentences: Iterable[str], headlines: Sequence[Headline], no_claim: Sequence[str]) -> str:
    """The first sentence without an entry, or entry that stands for no or two sentences."""
    sentences, entries = list(sentences), [*(h.words for h in headlines), *no_claim]
    for words in entries:
        within = [sentence for sentence in sentences if words in sentence]
        if len(within) != 1:
            return f"{words!r} stands in {len(within)} sentences: {within}"
        if words in no_claim and ("{eval}" in within[0] or not asked(within[0])):
            return f"this sentence may have no exception, or needs none: {within[0]}"
    for sentence in filter(asked, sentences):
        known = [words for words in entries if words in sentence]
        if len(known) != 1:
            return f"this sentence has {len(known)} entries {known}: {sentence}"
    return ""


def number(label: str) -> str:
    """The number of the chapter that has a label: 4.1 for one in ``04-1-overall.md``.

    It is the chapter's place, as file names keep their numbers when a chapter goes.
    """
    texts = sorted((notebooks.ROOT / "book").glob("[0-9]*.md"))
    chapters = sorted({text.stem[:2] for text in texts})
    for text in texts:
        if f"({label})=" in text.read_text(encoding="utf-8"):
            section = re.findall(r"(?<=-)\d+(?=-)", text.stem)
            return ".".join([str(chapters.index(text.stem[:2]) + 1), *section])
    return ""


def plain(sentence: str, page: Any) -> str:
    """A sentence as it is read, with its figures."""

    def word(role: re.Match[str]) -> str:
        kind, shown, label = role.groups()
        if kind == "numref":
            return shown.replace("%s", number(label)) if label else KINDS[shown.partition("-")[0]]
        return "" if kind == "cite" else shown

    text = expressions.replaced(sentence, lambda each: str(eval(each, vars(page))))
    return re.sub(r"[*$]", "", _ROLE.sub(word, text)).strip()


def rows(name: str, page: Any, headlines: Sequence[Headline]) -> list[dict[str, str]]:
    """A page's lines of the register: where each sentence holds."""
    lines = []
    for sentence, part in reversed(of_page(name).items()):
        for headline in headlines:
            if headline.words in sentence:
                cases_ = (case for case, holds in headline.true(page).items() if holds and case)
                line = (name, part, plain(sentence, page), " | ".join(cases_), headline.but)
                lines.append(dict(zip(COLUMNS, line, strict=True)))
    return lines


def reread(now: list[dict[str, str]], kept: list[dict[str, str]], file: str) -> str:
    """What to read before a register that differs is written anew."""
    changed = "\n".join(f"  {row['sentence']}" for row in now if row not in kept)
    return (
        "these sentences, or where they hold, are not as registered:\n"
        f"{changed or '  (one is gone, or their order changed)'}\n"
        "A claim is tied to a few words of its sentence and does not read the others, such as "
        f"*not*.\nRead each sentence against its claim in tests/claims/{file}; if it says what the "
        "claim asks, run `make headlines`."
    )


def registered(name: str) -> list[Headline]:
    """The list of a page's file in ``tests/claims``, empty where it has none."""
    path = notebooks.ROOT / "tests" / "claims" / f"test_{name.replace('-', '_')}.py"
    return runpy.run_path(str(path)).get("HEADLINES", []) if path.is_file() else []


def _of(name: str) -> list[dict[str, str]]:
    headlines = registered(name)
    return rows(name, run(name), headlines) if headlines else []


def main() -> None:
    """Write the register."""
    sys.path.append(str(notebooks.ROOT / "tests" / "claims"))  # a list may build on another
    with ProcessPoolExecutor() as processes:
        lines = chain(*processes.map(_of, [pair.name for pair in notebooks.pairs()]))
    pd.DataFrame(lines, columns=COLUMNS).to_csv(REGISTER, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
