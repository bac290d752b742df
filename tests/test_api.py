"""The pages about ``lib``: every module once, equations and functions linked both ways."""

from __future__ import annotations

import re
from collections import Counter
from importlib import import_module
from pathlib import Path

import api
import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(
    path.stem for path in (ROOT / "lib").glob("*.py") if not path.stem.startswith("__")
)


def links() -> list[tuple[str, str]]:
    found = api.equations(ROOT / "book")
    return [(label, name) for name, labels in found.items() for label in labels]


def test_every_module_is_described_once():
    described = Counter()
    for page in (ROOT / "book").glob("api-*.md"):
        block = re.search(r"\.\. modules::\n\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
        described.update(block[1].split())
    assert described == Counter(MODULES)


@pytest.mark.parametrize(("label", "name"), links())
def test_equation_names_a_function_that_there_is(label, name):
    parts = name.split(".")
    found = import_module(".".join(parts[:2]))
    for part in parts[2:]:
        found = getattr(found, part)
    assert found.__doc__, f"{name}, named under {label}, says nothing of itself"


@pytest.mark.parametrize(("label", "name"), links())
def test_function_links_back_to_its_equation(html, label, name):
    text = "".join(page.read_text(encoding="utf-8") for page in (html / "book").glob("api-*.html"))
    start = text.find(f'id="{name}"')
    assert start >= 0, f"no description of {name}"
    end = text.find('<dt class="sig sig-object py" id="lib.', start + 1)
    assert f"#equation-{label}" in text[start:end], f"{name} does not link to {label}"
