"""The house: who may import whom, and code that ruff and mypy find clean."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from pydoc import locate

import pytest

ROOT = Path(__file__).parents[1]
CHECKED = ["lib", "notebooks", "book", "data", "tests", "conftest.py"]
PLACES = {"lib": ROOT / "lib", "data": ROOT / "data", "studies": ROOT / "notebooks" / "studies",
          "widgets": ROOT / "notebooks" / "widgets",
          "tools": ROOT / "book" / "tools", "_ext": ROOT / "book" / "_ext"}  # fmt: skip
FILES = [(name, path) for name, place in PLACES.items() for path in sorted(place.rglob("*.py"))
         if not path.name.startswith(("test_", "conftest"))]  # fmt: skip


def imports(path: Path) -> set[str]:
    """The project's modules that a file imports, as ``studies.front``."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    nodes = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    found = {f"{getattr(node, 'module', '')}.{alias.name}".lstrip(".")
             for node in nodes for alias in node.names}  # fmt: skip
    return {name for name in found if name.partition(".")[0] in PLACES}


def room(name: str) -> str:
    """The part of the house that a module belongs to: ``lib``, ``studies.front``, ..."""
    package, *rest = name.split(".")
    return package if package in ("lib", "widgets") else ".".join([package, *rest[:1]])


# Beside itself.  What make runs may call a study where a page of its own shows it.
MAY = {
    "lib": set(),
    "studies": {"lib"},
    "widgets": {"lib"},
    "data": {"lib"},
    "data.make": {"lib", "data.yearbook", "studies.elasticity"},  # run once, not by a page
    "tools": {"lib"},
    "_ext": {"lib", "tools.render"},
    "_ext.moving": {"widgets"},
    "_ext.pages": {"lib", "tools.render", "tools.course", "widgets"},
    "tools.render": set(),
    "tools.course": {"lib", "tools.render", "widgets"},
}


@pytest.mark.parametrize(("package", "path"), FILES, ids=lambda each: getattr(each, "stem", each))
def test_nobody_imports_from_a_room_that_is_not_theirs(package, path):
    own = room(".".join([package, *path.relative_to(PLACES[package]).with_suffix("").parts]))
    allowed = {own, *MAY.get(own, MAY.get(package, set()))}
    assert not [name for name in sorted(imports(path)) if room(name) not in allowed]


COMMANDS = {
    "ruff check": ["ruff", "check", "--no-cache", *CHECKED],
    "ruff format": ["ruff", "format", "--check", "--diff", "--no-cache", *CHECKED],
    "mypy": ["mypy"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_code_is_clean(name):
    line = [sys.executable, "-m", *COMMANDS[name]]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"


# Where words name a function in backticks, as the texts and the docstrings of lib and studies do.
WORDS = [*ROOT.glob("*.md"), *(ROOT / "book").glob("*.md"),
         *(path for name, path in FILES if name in ("lib", "studies"))]  # fmt: skip
NAME = re.compile(r"(?<!`)`~?([a-z_]+)((?:\.\w+)+)(?:\(\))?`(?!`)")
FILE = re.compile(r"\.(csv|in|ipynb|json|md|py|txt|yml)")
HOMES = {"lib": "lib", "studies": "studies"} | {
    path.stem: ".".join([name, *path.relative_to(PLACES[name]).with_suffix("").parts])
    for name, path in FILES if name in ("lib", "studies")
}  # fmt: skip


def gone(text: str) -> list[str]:
    """Names of lib or of a study that a text has in backticks, and that stand for nothing."""
    named = [at for at in NAME.findall(text) if at[0] in HOMES and not FILE.fullmatch(at[1])]
    return [first + rest for first, rest in named if locate(HOMES[first] + rest) is None]


@pytest.mark.parametrize("path", sorted(WORDS), ids=lambda path: path.stem)
def test_names_in_words_stand_for_something(path):
    assert not gone(path.read_text(encoding="utf-8"))
