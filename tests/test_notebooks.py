"""The two halves of every notebook agree, and its outputs are all there.

nbval, which runs beside these tests, reruns each notebook and compares outputs; but it passes
over a cell that was never executed, and it knows nothing of the text the notebook comes from.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import moved  # noqa: E402

import notebooks  # noqa: E402

PAIRS = notebooks.pairs(ROOT)
each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)


def code_cells(pair):
    cells = nbformat.read(pair.twin, as_version=4).cells
    return [
        (number, cell)
        for number, cell in enumerate(cells)
        if cell.cell_type == "code" and cell.source.strip()
    ]


def test_there_are_notebooks_and_each_has_both_halves():
    texts = {pair.name for pair in PAIRS}
    twins = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert texts == twins
    assert len(texts) >= 10


@each_pair
def test_text_and_executed_twin_are_in_sync(pair):
    expected = notebooks.serialised(notebooks.merged(pair))
    assert pair.twin.read_text(encoding="utf-8") == expected, (
        f"notebooks/{pair.name}.ipynb is not what book/{pair.name}.md says: run `make book`"
    )


@each_pair
def test_every_code_cell_was_executed_from_top_to_bottom(pair):
    counts = [cell.execution_count for _, cell in code_cells(pair)]
    assert counts == list(range(1, len(counts) + 1)), (
        f"{pair.name}: execution counts {counts}; run `make book`"
    )


@each_pair
def test_every_code_cell_that_ends_in_a_call_shows_something(pair):
    """A twin stripped of outputs but not of counts would have nothing to compare."""
    assert any(cell.outputs for _, cell in code_cells(pair)), f"{pair.name}: no outputs at all"


@each_pair
def test_no_cell_raised_or_wrote_to_stderr(pair):
    for number, cell in code_cells(pair):
        for output in cell.outputs:
            where = f"{pair.name}, cell {number}"
            assert output.output_type != "error", f"{where}: {output.ename}: {output.evalue}"
            assert output.get("name") != "stderr", f"{where}: {output.text}"


@each_pair
def test_visible_code_is_short_and_fits_the_page(pair):
    for number, cell in code_cells(pair):
        if "remove-cell" in cell.metadata.get("tags", []):
            continue
        lines = cell.source.splitlines()
        longest = max(map(len, lines))
        assert len(lines) <= 25, f"{pair.name}, cell {number}: {len(lines)} lines, 25 at most"
        assert longest <= 84, f"{pair.name}, cell {number}: {longest} characters wide, 84 at most"


def test_results_file_holds_what_the_notebooks_recorded():
    committed = (ROOT / notebooks.RESULTS).read_text(encoding="utf-8")
    recorded = notebooks.results_text(ROOT)
    moves = moved.between(figures(committed), figures(recorded))
    assert committed == recorded, "\n".join(
        ["notebooks/results.csv → what the notebooks recorded: run `make book`", *map(str, moves)]
    )


def figures(results):
    rows = csv.DictReader(results.splitlines())
    return {(row["notebook"], row["key"]): row["value"] for row in rows}


def test_readme_shows_the_figure_of_the_notebook():
    committed = (ROOT / notebooks.PICTURE).read_bytes()
    assert committed == notebooks.picture(ROOT), f"{notebooks.PICTURE}: run `make book`"
    assert str(notebooks.PICTURE) in (ROOT / "README.md").read_text(encoding="utf-8")
