"""What the theme writes is put right, and a theme that writes something else is noticed."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import theme


def test_a_repair_that_finds_nothing_to_repair_is_named(html, tmp_path, monkeypatch):
    """On pages that were repaired before, and do not say so."""
    said: list[str] = []
    warn = SimpleNamespace(warning=lambda text, *values, **_: said.append(text % values))
    monkeypatch.setattr(theme, "logger", warn)
    shutil.copytree(html / "_static", tmp_path / "_static")
    for name in ("notebooks/04-1-overall.html", "book/references.html"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        text = (html / name).read_text(encoding="utf-8").replace(theme.BANNER, "")
        (tmp_path / name).write_text(text, encoding="utf-8")
    theme.finish(SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html")), None)
    names = {name for name, *_ in theme.REPAIRS} - {"landmark of the title", "mathematics"}
    assert sorted(said) == sorted(f"theme: found nothing to repair; expected {n}" for n in names)
