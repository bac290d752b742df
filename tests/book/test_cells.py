"""The code of each cell can be seen, and each cell of a chapter has one job."""

import re

import pages
import pytest

from tools.render import notebooks

PAGES = {pair.name: pair for pair in notebooks.pairs()}
FOLDED, WORDS = {"hide-input", "hide-cell", "remove-input"}, "The figures of the text"
JUDGES = re.compile(r"\b(?:prose|verdicts)\.|\bcases\.(?:among|signs?|compared|significant)\b")
ANALYSES = re.compile(r"\b(?:fit|slopes?|judge|jackknife|without_each)\(")


def unseen(cell):
    """Why a reader does not see the code of a cell, if it is so."""
    tags, lines = {*cell.metadata.get("tags", ())}, cell.source.splitlines()
    if "remove-cell" in tags:
        return "is on no page"
    if "remove-input" in tags and " = " in cell.source:
        return "binds a name out of sight"
    if tags & {"hide-input", "hide-output", "hide-cell"}:
        return "" if "code_prompt_show" in cell.metadata["mystnb"] else "is a fold without a name"
    if len(lines) > 20 or max(map(len, lines), default=0) > 100:
        return f"has {len(lines)} lines in sight, expected 20 of 100 letters at most"
    return ""


def second_job(cell, first):
    """What a cell of a chapter does beside its job: set-up, picture, words or analysis."""
    about, folded = cell.metadata, FOLDED & {*cell.metadata.get("tags", ())}
    judges, lines = JUDGES.search(cell.source), sum(map(bool, cell.source.splitlines()))
    if first:
        sets_up = about.get("fold") == "Set-up" and folded and lines <= 10
        return "" if sets_up and not ANALYSES.search(cell.source) else "is more than a set-up"
    if "figure" in about.get("mystnb", {}):
        return "draws, and judges" if judges else "" if folded else "draws, and is in sight"
    if about.get("fold") == WORDS:
        return "" if folded else "makes words in sight"
    if folded:
        shows = lines == 1 and not judges  # what another cell computed
        return "" if shows else f"is folded, and is no picture and not `{WORDS}`"
    words = JUDGES.search(cell.source.replace("verdicts.", ""))
    return "analyses, and makes words" if words else ""


@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_a_page_is_seen_and_each_cell_of_a_chapter_has_one_job(name):
    cells = [each for each in notebooks.read(PAGES[name]).cells if each.cell_type == "code"]
    own = [each for each in cells if "solution" not in each.metadata.get("tags", ())]
    two = [(cell, second_job(cell, cell is own[0])) for cell in own if name[0].isdigit()]
    pages.with_names_of_folds(cells)
    wrong = [(cell, unseen(cell)) for cell in cells]
    faults = [f"{said}:\n{cell.source}" for cell, said in wrong + two if said]
    assert not faults, "\n".join([f"book/{name}.md: a cell", *faults])
