"""The pages about ``lib``: every module once, equations and functions linked both ways."""

from __future__ import annotations

import ast
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
# Numbered equations that no function computes, and why.
UNCOMPUTED = {
    "eq-tastes": "what people like: the model's premise, of which all the rest is made",
    "eq-quadratic": "a step: its solutions are the break points, which are computed",
    "eq-product-alone": "a proof: what a coefficient would be if there were no interaction",
    "eq-nested": "a proof: a step of the theorem",
    "eq-nested-shares": "a proof: the step before, in shares",
    "eq-room": "a proof: a step of the theorem",
    "eq-diagnostics-denominator": "a derivation: the slope that no effect would have",
    "eq-instruments-division": "a derivation: what a miscounted city does",
}


def labels() -> list[str]:
    """Labels of all numbered equations, however they are written."""
    pages = [page.read_text(encoding="utf-8") for page in sorted((ROOT / "book").glob("*.md"))]
    return re.findall(r"(?:\$\$ ?\(|:label: )(eq-[\w-]+)", "".join(pages))


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


def test_every_numbered_equation_names_its_function_or_has_a_reason_not_to():
    computed = {label for label, _ in links()}
    assert len(set(labels())) == len(labels()) > len(UNCOMPUTED)
    assert not computed & set(UNCOMPUTED), "computed, and listed as not computed"
    assert computed | set(UNCOMPUTED) == set(labels())


def claims() -> list[tuple[str, str]]:
    """Labels that docstrings of ``lib`` name, and the functions whose docstrings they are."""
    found = []
    for module in MODULES:
        tree = ast.parse((ROOT / "lib" / f"{module}.py").read_text(encoding="utf-8"))
        for item in tree.body:
            if isinstance(item, ast.FunctionDef | ast.ClassDef):
                said = re.findall(r"\(?\b(eq-[\w-]+)", ast.get_docstring(item) or "")
                found += [(label, f"lib.{module}.{item.name}") for label in said]
    return found


@pytest.mark.parametrize(("label", "name"), claims())
def test_docstring_names_the_equation_that_names_the_function(label, name):
    assert label in labels()
    if "_figures." not in name:  # a figure draws what another function computes
        assert (label, name) in links()


@pytest.mark.parametrize(("label", "name"), links())
def test_line_below_an_equation_leads_to_the_function(html, label, name):
    for page in (html / "notebooks").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        start = text.find(f'id="equation-{label}"')
        if start >= 0:
            line = text.find('<p class="in-code">', start)
            assert line >= 0, f"no line below {label}: run `make book`"
            assert f'#{name}"' in text[line : text.find("</p>", line)]
            assert 'class="math' not in text[start:line].partition("</div>")[2]
            return
    raise AssertionError(f"no page has {label}")
