"""Each cell of a chapter has one job: set-up, analysis, picture or words."""

import ast
import re
from collections import defaultdict

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools.render import expressions, notebooks

PAGES = {pair.name: pair for pair in notebooks.pairs()}
FOLDED, WORDS = {"hide-input", "hide-cell", "remove-input"}, "The figures of the text"
JUDGES = re.compile(r"\b(?:prose|verdicts)\.|\bcases\.(?:among|signs?|compared|significant)\b")


def prepares(node):
    """Whether a statement belongs into the set-up: an import, a file that is loaded, a constant."""
    value = getattr(node, "value", None)
    known = ("panel.load", "panel.need")
    loads = isinstance(value, ast.Call) and ast.unparse(value.func).startswith(known)
    names = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)} if value else {1}
    return isinstance(node, ast.Import | ast.ImportFrom) or loads or not names


def shows(source):
    """Whether a cell only shows something that another cell computed."""
    body = ast.parse(source).body
    return len(body) == 1 and isinstance(body[0], ast.Expr) and not JUDGES.search(source)


def fault(cell, first):
    """What is wrong with a code cell of a chapter, if anything."""
    about, folded = cell.metadata, FOLDED & {*cell.metadata.get("tags", ())}
    length, judges = sum(map(bool, cell.source.splitlines())), JUDGES.search(cell.source)
    if first:
        wrong = [each for each in ast.parse(cell.source).body if not prepares(each)]
        if about.get("fold") != "Set-up" or not folded:
            return "is the first, and no fold `Set-up`"
        if wrong or length > 10:
            return f"of {length} lines does more than set up: {[*map(ast.unparse, wrong)][:1]}"
    elif "figure" in about.get("mystnb", {}):
        if judges or not folded:
            return f"draws, and judges: {judges[0]}" if judges else "draws, and is in sight"
    elif about.get("fold") == WORDS:
        return "" if folded else "makes words in sight"
    elif folded and not shows(cell.source):
        return f"is folded, and is no picture and not `{WORDS}`"
    elif JUDGES.search(cell.source.replace("verdicts.", "")):
        return f"analyses, and makes words: {judges[0]}"
    elif length > 20:
        return f"has {length} lines in sight, expected 20 at most"
    return ""


def jobs(cells):
    """Code cells, but for those of solutions, that have not one job."""
    places = dict(zip(map(id, cells), expressions.places(cells), strict=True))
    code = [each for each in cells if each.cell_type == "code"]
    code = [each for each in code if "solution" not in each.metadata.get("tags", ())]
    faults = [(cell, fault(cell, first=number == 0)) for number, cell in enumerate(code)]
    return [f"{places[id(cell)]} {said}" for cell, said in faults if said]


def names(node, how):
    """Names that a piece of code loads or stores, but for those of its comprehensions."""
    own = {
        part.id if isinstance(part, ast.Name) else part.arg
        for each in ast.walk(node)
        if isinstance(each, ast.comprehension | ast.Lambda)
        for part in ast.walk(each.target if isinstance(each, ast.comprehension) else each.args)
        if isinstance(part, ast.Name | ast.arg)
    }
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    found = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
    return {each.id for each in found if isinstance(each.ctx, how)} - own


def bound_twice(cells):
    """Names of sentences that two cells bind: when all have run, a sentence has the last one's."""
    bound, asked = defaultdict(list), set()
    for place, cell in zip(expressions.places(cells), cells, strict=True):
        for expression, _ in expressions.of_cell(cell):
            asked |= names(ast.parse(expression, mode="eval"), ast.Load)
        tree = ast.parse(cell.source) if cell.cell_type == "code" else ast.Module([], [])
        for name in {name for node in tree.body for name in names(node, ast.Store)}:
            bound[name].append(place)
    return [f"{', '.join(bound[name])} bind {name}, which a sentence uses"
            for name in sorted(asked) if len(bound[name]) > 1]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_each_cell_has_one_job_and_a_sentence_s_name_is_bound_once(name):
    cells = notebooks.read(PAGES[name]).cells
    wrong = (jobs(cells) if name[0].isdigit() else []) + bound_twice(cells)
    assert not wrong, "\n".join([f"book/{name}.md:", *wrong])


def made(source, fold="", *tags, **more):
    return new_code_cell(source, metadata={"fold": fold, "tags": [*tags], "mystnb": more})


SETUP = made("import numpy as np\nfrom lib import (\n    panel)\ndata = panel.load()\nFIRST = 2010",
             "Set-up", "hide-input")  # fmt: skip
CELLS = [
    (SETUP, ""),
    (made("import numpy as np", "", "hide-input"), "is the first, and no fold"),
    (made("data = panel.load()\nb = data.mean()", "Set-up", "hide-input"), "['b = data.mean()']"),
    (made("import os\n" * 11, "Set-up", "hide-input"), "of 11 lines does more"),
    (made("fit = cases.fit(data)\nfit"), ""),
    (made("x = prose.number(1)"), "makes words: prose."),
    (made("x = 1\n" * 21), "has 21 lines in sight"),
    (made("x = 1", "Code", "hide-input"), "is folded, and is no picture"),
    (made("front.Advice(x)", "", "remove-input"), ""),
    (made("x = prose.number(1)", WORDS, "hide-input"), ""),
    (made("x = prose.number(1)", WORDS), "makes words in sight"),
    (made("plot()", "", "hide-input", figure={}), ""),
    (made("plot()", "", figure={}), "draws, and is in sight"),
    (made("plot(verdicts.judge(x))", "", "hide-input", figure={}), "draws, and judges: verdicts."),
    (made("x = prose.number(1)\n" * 30, "", "solution", "hide-input"), ""),
]


@pytest.mark.parametrize("number", range(len(CELLS)))
def test_a_cell_with_two_jobs_is_named(number):
    cell, said = CELLS[number]
    found = jobs([cell] if number < 4 else [SETUP, cell])
    assert len(found) == bool(said) and said in "".join(found)


def test_a_name_that_a_solution_binds_again_is_named():
    text = new_markdown_cell("{eval}`prose.number(a)` {eval}`str([b for b in c])`")
    code = made("a = 1\nb = c = 2"), made("for a, b in d: pass\n[c for c in d]", "", "solution")
    assert bound_twice([code[0], text, code[1]]) == ["[1], [2] bind a, which a sentence uses"]
    assert bound_twice([code[0], text, made("g = lambda a: a\na.x = a[0] = 1")]) == []
