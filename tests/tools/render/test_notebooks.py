"""The two halves of every notebook agree, and what was executed is what a page shows."""

import shutil

import pytest
from jupytext.cli import jupytext

from tools.render import book, fresh, notebooks, results

ROOT = notebooks.ROOT
PAIRS = notebooks.pairs(ROOT)
each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)


def test_a_slip_in_the_options_of_a_page_is_said_with_its_name(project):
    (pair,) = notebooks.pairs(project)
    slip = "ipython3\n---\ntable:\n  caption: Growth: of REG\n---\nimport"
    pair.text.write_text(pair.text.read_text().replace("ipython3\nimport", slip))
    with pytest.raises(SystemExit, match=r"(?s)^book/demo\.md: .*line \d.*expected YAML"):
        book.refresh(project)


@each_pair
def test_halves_are_in_sync_and_outputs_fresh(pair):
    notebook, reason = fresh.merged(pair)
    twin = pair.twin.read_text(encoding="utf-8")
    if not reason and twin != notebooks.serialised(notebook):
        reason = "its halves differ"
    if not reason and pair.text.read_text(encoding="utf-8") != notebooks.text_of(notebook):
        reason = "jupytext would write the text otherwise"
    if reason:
        pytest.fail(f"{pair.name}: {reason}; run `make book`", pytrace=False)


@pytest.mark.parametrize("newer", ["ipynb", "md"])
def test_stock_jupytext_changes_nothing(tmp_path, newer):
    """Whichever half a clone has written last."""
    shutil.copy(ROOT / "jupytext.toml", tmp_path)
    pages = [pair for pair in PAIRS if pair.name in {"04-1-overall", "04-results", "10-audit"}]
    halves = [half for pair in pages for half in (pair.text, pair.twin)]
    before = {tmp_path / half.relative_to(ROOT): half.read_bytes() for half in halves}
    for path in sorted(before, key=lambda path: path.suffix == f".{newer}"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(before[path])
    assert jupytext(["--quiet", "--sync", *map(str, before)]) == 0
    changed = [path.name for path, text in before.items() if path.read_bytes() != text]
    assert not changed, f"jupytext --sync changes {changed}; run `make book`"


def test_results_file_holds_every_figure():
    committed = (ROOT / results.RESULTS).read_text(encoding="utf-8")
    assert committed == results.text(ROOT), "run `make book`"
