"""A page shows the code behind its sentences, in sight or in a fold that has a name."""

import pages
import pytest

from tools.render import notebooks


@pytest.mark.parametrize("pair", notebooks.pairs(), ids=lambda pair: pair.name)
def test_no_cell_is_removed_and_each_fold_has_a_name(pair):
    cells = [cell for cell in notebooks.read(pair).cells if cell.cell_type == "code"]
    pages.with_names_of_folds(cells)
    for cell in cells:
        tags = {*cell.metadata.get("tags", ())}
        assert "remove-cell" not in tags, f"book/{pair.name}.md: on no page: {cell.source}"
        assert "remove-input" not in tags or " = " not in cell.source, "binds a name out of sight"
        folded = tags & {"hide-input", "hide-output", "hide-cell"}
        assert not folded or "code_prompt_show" in cell.metadata.get("mystnb", {}), cell.source
