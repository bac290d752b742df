"""A page shows the code behind its sentences, in sight or in a fold."""

import ast
import builtins
import symtable

import pages
import pytest

from tools.render import expressions, notebooks


def out_of_sight(cells) -> dict[str, list[str]]:
    """Cells that are on no page, and expressions with names that code in sight does not bind."""
    code = [(cell, {*cell.metadata.get("tags", ())}) for cell in cells if cell.cell_type == "code"]
    bound = {*dir(builtins)}
    for cell, tags in code:
        if not tags & {"remove-cell", "remove-input"}:
            symbols = symtable.symtable(cell.source, "cell", "exec").get_symbols()
            bound |= {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
    missing = {cell.source: ["remove-cell"] for cell, tags in code if "remove-cell" in tags}
    for expression in (each for cell in cells for each, _ in expressions.of_cell(cell)):
        names = [node for node in ast.walk(ast.parse(expression)) if isinstance(node, ast.Name)]
        inner = {name.id for name in names if isinstance(name.ctx, ast.Store)}
        if unseen := {name.id for name in names} - inner - bound:
            missing[expression] = sorted(unseen)
    return missing


@pytest.mark.parametrize("pair", notebooks.pairs(), ids=lambda pair: pair.name)
def test_the_code_behind_each_sentence_is_on_its_page_and_each_fold_has_a_name(pair):
    cells = notebooks.read(pair).cells
    assert not out_of_sight(cells), (
        f"book/{pair.name}.md: bind what sentences use in a cell that the page shows"
    )
    pages.with_names_of_folds([cell for cell in cells if cell.cell_type == "code"])
    hidden = {"hide-input", "hide-output", "hide-cell"}
    folds = [cell.metadata for cell in cells if hidden & {*cell.metadata.get("tags", ())}]
    unnamed = [about for about in folds if "code_prompt_show" not in about.get("mystnb", {})]
    assert not unnamed, f"book/{pair.name}.md: name the fold (fold: ...)"
