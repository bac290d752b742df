"""The fold *How this page was computed* names what the cells of a page name."""

import computed
import nbformat


def test_functions_are_those_that_the_code_names():
    """By their own module, also where they are only handed on; no constant, no private one."""
    code = ["from lib import cases, panel\nfrom studies.regional import theil as t\nimport numpy",
            "data = panel.load(); numpy.log(panel.DATA); cases._fit; cases.Case.of; cases.fit",
            "panel.KEY.index('year'); data.groupby('year')['reg'].agg(t)"]  # fmt: skip
    cells = [nbformat.v4.new_code_cell(each) for each in code]
    cells.append(nbformat.v4.new_markdown_cell("cases.slopes(data)"))
    assert computed.called(cells) == {
        "lib.cases": ["Case", "Case.of", "fit"], "lib.panel": ["load"],
        "studies.regional": ["theil"],
    }  # fmt: skip
