"""What the theme writes is put right, and a theme that writes something else is noticed."""

from __future__ import annotations

import shutil
from types import SimpleNamespace

import pytest
import theme


@pytest.fixture
def said(monkeypatch) -> list[str]:
    found: list[str] = []
    warn = SimpleNamespace(warning=lambda text, *values, **_: found.append(text % values))
    monkeypatch.setattr(theme, "logger", warn)
    return found


def build(html, folder, change) -> SimpleNamespace:
    """A built page as another theme would have written it, with the style sheets of the book."""
    shutil.copytree(html / "_static", folder / "_static")
    for name in ("notebooks/04-1-overall.html", "book/references.html"):
        (folder / name).parent.mkdir(exist_ok=True)
        text = (html / name).read_text(encoding="utf-8")
        (folder / name).write_text(change(text), encoding="utf-8")
    return SimpleNamespace(outdir=folder, builder=SimpleNamespace(format="html"))


def test_a_repair_that_finds_nothing_to_repair_is_named(html, tmp_path, said):
    """On pages that were repaired before, and do not say so."""
    theme.finish(build(html, tmp_path, lambda text: text.replace(theme.BANNER, "")), None)
    names = {name for name, *_ in theme.REPAIRS} - {"landmark of the title", "mathematics"}
    assert sorted(said) == sorted(f"theme: found nothing to repair; expected {n}" for n in names)


def test_icons_without_a_glyph_and_written_in_another_way_are_named(html, tmp_path, said):
    app = build(html, tmp_path, lambda text: text.replace("fa-list", "fa-nowhere"))
    sheet = tmp_path / "_static" / "styles" / "pydata-sphinx-theme.css"
    sheet.write_text(sheet.read_text().replace("content:", "--fa:"))
    theme.finish(app, None)
    words = "theme: the icon font has nothing for"
    assert {f"{words} fa-nowhere", f"{words} fa-magnifying-glass"} <= {*said}
