"""The two halves of every notebook agree, and what was executed is what a page shows."""

import pytest

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


def test_results_file_holds_every_figure():
    committed = (ROOT / results.RESULTS).read_text(encoding="utf-8")
    assert committed == results.text(ROOT), "run `make book`"
