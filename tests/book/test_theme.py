"""What the theme writes is put right, and a theme that writes something else is noticed."""

from __future__ import annotations

import theme


def test_a_repair_that_finds_nothing_to_repair_is_known(html):
    """On pages that were repaired before."""
    due, done = set(), set()
    for name in ("notebooks/04-1-overall.html", "book/references.html"):
        theme.repaired((html / name).read_text(encoding="utf-8"), due, done)
    names = {name for name, *_ in theme.REPAIRS}
    assert due - done == names - {"landmark of the title", "mathematics"}
