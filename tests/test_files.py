"""Files that belong together are written together, or not at all.

The command's own tests put faults into the writing and the moving; see ``test_panel``.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lib import files

FRAME = pd.DataFrame({"x": [1.0, 0.123456789]})


def test_tables_are_written_with_the_digits_asked_for(tmp_path: Path) -> None:
    files.write_together({tmp_path / "a.csv": FRAME, tmp_path / "b.csv": FRAME}, "%.3g")
    assert [path.read_text() for path in sorted(tmp_path.iterdir())] == ["x\n1\n0.123\n"] * 2


def test_nothing_is_written_where_one_folder_is_missing(tmp_path: Path) -> None:
    good, bad = tmp_path / "a.csv", tmp_path / "absent" / "b.csv"
    good.write_text("before")
    with pytest.raises(OSError, match="absent"):
        files.write_together({good: FRAME, bad: FRAME}, "%.6g")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]
    assert good.read_text() == "before"
