"""Which figures a change moved, and by how much; and a whole ``make refresh`` on a small book."""

from __future__ import annotations

import shutil
from pathlib import Path

import moved
import nbformat
import pytest
import refresh

import notebooks

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("0.501**", "0.506**", "+0.005, +1.00 %"),
        ("−0.50", "−0.55", "−0.05, −10.00 %"),
        ("−0.505*** [−3.09]", "−0.505*** [−3.00]", "+0.09, +2.91 %"),
        ("1,012", "1,022", "+10, +0.99 %"),
        ("12", "12.5", "+0.5, +4.17 %"),
        ("0", "3", "+3"),
        ("contradicts", "agrees", ""),
        ("2 of 3", "two of 3", ""),
        ("0.5**", "0.5*", ""),
    ],
)
def test_change_is_absolute_and_relative_where_numbers_moved(old, new, change):
    assert moved.Move("page", "key", old, new).change() == change


def test_a_move_reads_old_to_new():
    assert str(moved.Move("p", "a.b", "2", "3")) == "a.b: 2 → 3 (+1, +50.00 %)"
    assert str(moved.Move("p", "a.b", "fell", "rose")) == "a.b: fell → rose"
    assert str(moved.Move("p", "a.b", None, "3")) == "a.b: added, 3"
    assert str(moved.Move("p", "a.b", "2", None)) == "a.b: removed, was 2"


def test_report_has_a_block_a_page_and_its_number_first():
    before = {("b", "x.y"): "1", ("a", "t, LM, Model 1"): "2", ("a", "gone.k"): "4"}
    after = {("b", "x.y"): "2", ("a", "t, LM, Model 1"): "2", ("a", "new.k"): "5"}
    assert moved.report(moved.between(before, after)).splitlines() == [
        "3 figures moved, on 2 page(s): a, b.",
        "a:",
        "  gone.k: removed, was 4",
        "  new.k: added, 5",
        "b:",
        "  x.y: 1 → 2 (+1, +100.00 %)",
    ]
    assert moved.report(moved.between(before, before)) == "No figure moved."


def test_every_cell_of_every_table_is_a_figure():
    """Counted in the HTML form of the tables, which the figures are not read from."""
    for pair in notebooks.pairs(ROOT):
        twin = nbformat.read(pair.twin, as_version=4)
        code = [cell for cell in twin.cells if cell.cell_type == "code"]
        pages = [
            output.data["text/html"]
            for cell in code
            for output in cell.outputs
            if "{table}" in output.get("data", {}).get("text/markdown", "")
        ]
        figures = moved.figures_of((cell.source, cell.outputs) for cell in code)
        tables = [what for what in figures if not what.startswith(("`", "Chart: ")) and "," in what]
        cells = sum(page.count("<td>") + page.count("<p>") + 1 for page in pages)
        assert len(tables) == cells, pair.name


TEXT = notebooks.HEAD + """
# {name}

```{{code-cell}} ipython3
import pandas as pd

from lib import results, tables
from lib.step import SIZE

frame = pd.DataFrame({{"City": ["A", "B"], "Share": [0.5, {value}]}})
tables.plain(frame, caption="Shares", name="tab-{name}", digits=2)
```

```{{code-cell}} ipython3
results.record({{"{name}.share": str({value})}})
```
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A book of two notebooks, one of which depends on a constant of lib."""
    for folder in ("lib", "data", "notebooks"):
        (tmp_path / folder).mkdir()
    for module in (ROOT / "lib").glob("*.py"):
        shutil.copy(module, tmp_path / "lib")
    (tmp_path / "lib" / "step.py").write_text("SIZE = 4\n", encoding="utf-8")
    (tmp_path / "book" / "_static").mkdir(parents=True)
    (tmp_path / "requirements.txt").touch()
    for name, value in {"fixed": "0.25", "moving": "SIZE"}.items():
        text = TEXT.format(name=name, value=value)
        (tmp_path / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(notebooks, "picture", lambda root: b"")
    notebooks.refresh(tmp_path)
    return tmp_path


def test_refresh_executes_and_reports_what_a_change_of_lib_moved(small, capsys):
    assert refresh.refresh(small) == []
    assert "[2/2]" in capsys.readouterr().out, "all are executed although nothing changed"

    (small / "lib" / "step.py").write_text("SIZE = 5\n", encoding="utf-8")
    report = moved.report(refresh.refresh(small)).splitlines()
    assert report == [
        "2 figures moved, on 1 page(s): moving.",
        "moving:",
        "  tab-moving, B, Share: 4.00 → 5.00 (+1.00, +25.00 %)",
        "  moving.share: 4 → 5 (+1, +25.00 %)",
    ]
    results = (small / "notebooks" / "results.csv").read_text(encoding="utf-8")
    assert results == "key,value,notebook\nfixed.share,0.25,fixed\nmoving.share,5,moving\n"
