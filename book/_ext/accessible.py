"""What the theme leaves wrong for browsers and screen readers, put right.

- The theme's fold buttons in the contents have no name.
- The references claim to be a list and hold no list items.
- Every exercise and every solution of a page has the same identifier.
- The extension for live code adds its script twice, which is an error in every browser's console;
  this book has no live code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

FOLD = '<details><summary><span class="toctree-toggle" role="presentation">'
REPAIRS = {
    FOLD: FOLD.replace("<summary>", '<summary aria-label="Sections of this chapter">'),
    FOLD.replace("<details>", '<details open="open">'): FOLD.replace(
        "<details><summary>", '<details open="open"><summary aria-label="Sections of this chapter">'
    ),
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    '<section id="exercise-content">': "<section>",
    '<section id="solution-content">': "<section>",
}


def drop_live_code(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Take the scripts of sphinx-thebe off the page, and any script that is there twice."""
    kept: dict[str, Any] = {}
    for script in context.get("script_files", []):
        text = f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', '')}"
        if "thebe" not in text.lower():
            kept.setdefault(text, script)
    context["script_files"] = list(kept.values())


def repair(app: Sphinx, exception: Exception | None) -> None:
    """Give names and roles to what the theme wrote."""
    if exception is not None or app.builder.format != "html":
        return
    for path in Path(app.outdir).rglob("*.html"):
        text = repaired = path.read_text(encoding="utf-8")
        for found, wanted in REPAIRS.items():
            repaired = repaired.replace(found, wanted)
        if repaired != text:
            path.write_text(repaired, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, object]:
    app.connect("html-page-context", drop_live_code, priority=900)
    app.connect("build-finished", repair)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
