"""The official road: what ships is what the yearbook gives, and the yearbook the compilations.

The official levels are not ours to publish: tests of them are skipped, aloud, where the yearbook
(`BELT_YEARBOOK`) or its compilations (`BELT_COMPILATIONS`) are not at hand.
"""

import os
import re
from pathlib import Path

import pandas as pd
import pytest

from data.make import compilations
from data.yearbook import __main__ as command
from data.yearbook.schema import LEVELS
from lib import panel
from lib.panel import DataError

OFFICIAL = Path(os.environ.get("BELT_YEARBOOK") or compilations.YEARBOOK)
SOURCES = Path(os.environ.get("BELT_COMPILATIONS") or OFFICIAL.with_name("compilations"))
official = pytest.mark.skipif(
    not OFFICIAL.is_file(),
    reason=f"no official yearbook here ({OFFICIAL}): the page Data says how to come by it",
)


@official
def test_the_yearbook_gives_what_ships_to_the_byte(tmp_path, monkeypatch):
    assert compilations.digest(OFFICIAL) == compilations.SHA256
    monkeypatch.setenv("YEARBOOK", str(OFFICIAL))
    monkeypatch.setenv("OUT", str(tmp_path / "data"))
    assert command.main() == 0
    for name in ("indicators.csv", "cell_notes.csv"):
        assert (tmp_path / "data" / name).read_bytes() == (panel.DATA / name).read_bytes(), name


@official
def test_no_level_stands_in_the_repository():
    """No figure of seven digits or more of the yearbook is in a page, a twin or a table."""
    figures = {f"{value:.10g}" for value in pd.read_csv(OFFICIAL)[LEVELS].stack()}
    # Of fewer digits some stand elsewhere by chance.
    levels = {text for text in figures if len(text.strip("0.").replace(".", "")) >= 7}
    assert len(levels) > 1500
    root = panel.DATA.parent
    files = [*root.glob("book/*.md"), *root.glob("notebooks/*.ipynb"), *root.glob("data/**/*.csv")]
    for path in files:
        if not path.name.startswith(("synthetic", "hand_example")) and "raw" not in path.parts:
            text = path.read_text(encoding="utf-8").replace(",", "_")
            assert not levels & {*re.findall(r"(?<![\d.])\d+\.?\d*(?![\d.])", text)}, path


@pytest.mark.skipif(not SOURCES.is_dir(), reason=f"no yearbook's compilations here ({SOURCES})")
def test_the_compilations_give_the_yearbook_to_the_byte(tmp_path, monkeypatch):
    monkeypatch.setenv("FROM", str(SOURCES))
    monkeypatch.setenv("OUT", str(tmp_path / "raw" / "yearbook.csv"))
    assert compilations.main() == 0
    assert compilations.digest(tmp_path / "raw" / "yearbook.csv") == compilations.SHA256


def test_a_compilation_that_lacks_or_is_another_is_named(tmp_path):
    short = compilations.SOURCES[0]["short"]
    with pytest.raises(DataError, match=f"found no .*; expected it, or {short}"):
        compilations.yearbook(tmp_path, panel.load_cities())
    (tmp_path / short).write_text("another", encoding="utf-8")
    with pytest.raises(DataError, match=rf"{short}: found SHA-256 \w+; expected \w+"):
        compilations.yearbook(tmp_path, panel.load_cities())
