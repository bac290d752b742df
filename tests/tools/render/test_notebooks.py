"""The two halves of every notebook agree, and what was executed is what a page shows."""

from __future__ import annotations

import re
import shutil

import pytest
from jupytext.cli import jupytext

from tools.render import book, notebooks, reach

ROOT = notebooks.ROOT
PAIRS = notebooks.pairs(ROOT)
each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)


def test_each_notebook_has_both_halves():
    twins = {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {pair.name for pair in PAIRS} == twins


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  display_name: Python 3", '  display_name: "Python 3'),
        ("ipython3\nimport", "ipython3\n---\ntable:\n  caption: Growth: of REG\n---\nimport"),
        ("ipython3\nimport", "ipython3\n:tags: [remove-cell\n\nimport"),
    ],
)
def test_a_slip_in_the_options_of_a_page_is_said_with_its_name(project, old, new):
    (pair,) = notebooks.pairs(project)
    pair.text.write_text(pair.text.read_text().replace(old, new))
    with pytest.raises(SystemExit, match=r"(?s)^book/demo\.md: .*line \d.*expected YAML"):
        book.refresh(project)


@each_pair
def test_halves_are_in_sync_and_outputs_fresh(pair):
    notebook, reason = notebooks.merged(pair)
    assert not reason, f"{pair.name}: {reason}; run `make book`"
    again = f"{pair.name}: its halves differ; run `make book`"
    assert pair.twin.read_text(encoding="utf-8") == notebooks.serialised(notebook), again
    assert pair.text.read_text(encoding="utf-8") == notebooks.text_of(notebook), again


@pytest.mark.parametrize("newer", ["notebooks", "book"])
def test_stock_jupytext_changes_nothing(tmp_path, newer):
    """Whichever half a clone has written last."""
    shutil.copy(ROOT / "jupytext.toml", tmp_path)
    for folder in sorted(("notebooks", "book"), key=lambda name: name == newer):
        (tmp_path / folder).mkdir()
        for pair in PAIRS:
            source = pair.twin if folder == "notebooks" else pair.text
            shutil.copyfile(source, tmp_path / folder / source.name)
    files = [path for path in tmp_path.rglob("*.*") if path.suffix in {".md", ".ipynb"}]
    before = {path: path.read_bytes() for path in files}
    for folder, suffix in (("notebooks", "ipynb"), ("book", "md")):
        paths = map(str, sorted((tmp_path / folder).glob(f"*.{suffix}")))
        assert jupytext(["--quiet", "--sync", *paths]) == 0
    changed = [path.name for path in files if path.read_bytes() != before[path]]
    assert not changed, f"jupytext --sync changes {changed}; run `make book`"


@pytest.mark.parametrize(
    ("old", "new", "function"),
    [
        ("def load_exchange_rate(", "def load_rates(", "load_exchange_rate"),
        ("    return panel.sort_values(KEY)", "    return panel.sort_values(['year'])", "load"),
        ('    """Load a roster', '    """Read a roster', None),
    ],
)
def test_an_edit_of_lib_makes_the_pages_stale_that_ran_it(old, new, function):
    source = (ROOT / "lib" / "panel.py").read_bytes()
    edited = source.replace(old.encode(), new.encode())
    assert edited != source
    runs = {}
    for page, inputs in notebooks.noted_inputs(ROOT).items():
        names = [name.partition(": ")[2].split(", ") for name in inputs if "lib/panel.py" in name]
        runs.update((page, ran) for ran in names)
    stale = {
        page for page, ran in runs.items() if reach.code(source, ran) != reach.code(edited, ran)
    }
    assert stale == {page for page, ran in runs.items() if function in ran} != {*runs}
    assert stale or not function


@each_pair
def test_no_cell_raised_and_code_in_sight_is_short(pair):
    for number, cell in enumerate(notebooks.twin(pair).cells):
        where = f"{pair.name}, cell {number}"
        for output in cell.get("outputs", []):
            assert output.output_type != "error", f"{where}: {output.evalue}"
            assert output.get("name") != "stderr", f"{where}: {output.text}"
        tags, lines = {*cell.metadata.get("tags", [])}, cell.source.splitlines()
        if "remove-cell" in tags:
            assert len(lines) <= 10, (
                f"{where}: found {len(lines)} hidden lines, expected 10 at most"
            )
            hides = "solution" in tags or re.search(r"^\s*assert ", cell.source, re.M)
            assert hides, f"{where}: hides no assertion"
        elif cell.cell_type == "code" and not tags & {"remove-input", "hide-input"}:
            assert len(lines) <= 20 and max(map(len, lines), default=0) <= 100, f"{where}: {lines}"


def test_results_file_holds_every_figure():
    committed = (ROOT / notebooks.RESULTS).read_text(encoding="utf-8")
    assert committed == notebooks.results_text(ROOT), "run `make book`"
