"""The two halves of every notebook agree, and what was executed is what a page shows."""

import shutil

import pytest
from jupytext.cli import jupytext

from tools.render import book, fresh, notebooks, results

ROOT = notebooks.ROOT


def test_a_slip_in_the_options_of_a_page_is_said_with_its_name(project):
    (pair,) = notebooks.pairs(project)
    slip = "ipython3\n---\ntable:\n  caption: Growth: of REG\n---\nimport"
    pair.text.write_text(pair.text.read_text().replace("ipython3\nimport", slip))
    with pytest.raises(SystemExit, match=r"(?s)^book/demo\.md: .*line \d.*expected YAML"):
        book.refresh(project)


@pytest.mark.parametrize("pair", notebooks.pairs(), ids=lambda pair: pair.name)
def test_halves_are_in_sync_and_outputs_fresh(pair):
    notebook, reason = fresh.merged(pair)
    twin = pair.twin.read_text(encoding="utf-8")
    if not reason and twin != notebooks.serialised(notebook):
        reason = "its halves differ"
    if not reason and pair.text.read_text(encoding="utf-8") != notebooks.text_of(notebook):
        reason = "jupytext would write the text otherwise"
    if reason:
        pytest.fail(f"{pair.name}: {reason}; run `make book`", pytrace=False)


def test_stock_jupytext_changes_nothing(tmp_path):
    pair = notebooks.Pair(tmp_path, "04-1-overall")
    for copy in (tmp_path / "jupytext.toml", pair.twin, pair.text):
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / copy.relative_to(tmp_path), copy)
    before = pair.text.read_bytes(), pair.twin.read_bytes()
    assert jupytext(["--quiet", "--sync", str(pair.text)]) == 0
    assert before == (pair.text.read_bytes(), pair.twin.read_bytes()), "run `make book`"


def test_results_file_holds_every_figure():
    committed = (ROOT / results.RESULTS).read_text(encoding="utf-8")
    assert committed == results.text(ROOT), "run `make book`"
