"""The house: who may import whom, and what stands once."""

import ast
from pathlib import Path

import pytest

LIB = Path(__file__).parents[1] / "lib"


def imports(path: Path) -> set[str]:
    """Modules of ``lib`` that a file imports, as ``lib.studies.front``."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "lib"}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lib":
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def room(path: Path) -> str:
    """The part of the house: ``thin``, ``yearbook``, ``resampling``, or a study's name."""
    first, *rest = path.relative_to(LIB).with_suffix("").parts
    if not rest:
        return "thin"
    return first if first != "studies" else f"studies.{rest[0]}"


def reached(name: str) -> str:
    parts = name.split(".")[1:]
    if not parts or parts[0] not in {"yearbook", "resampling", "studies"}:
        return "thin"
    return parts[0] if parts[0] != "studies" else ".".join(parts[:2])


def broken(path: Path) -> list[str]:
    """Imports that the house does not allow."""
    own = room(path)
    allowed = {"thin", own}
    if own.startswith("studies"):
        allowed |= {"resampling"}
    return [
        f"{path.relative_to(LIB.parent)} imports {name}"
        for name in sorted(imports(path))
        if reached(name) not in allowed and name != "lib.studies"
    ]


@pytest.mark.parametrize(
    "path", sorted(LIB.rglob("*.py")), ids=lambda path: str(path.relative_to(LIB))
)
def test_nobody_imports_from_a_room_that_is_not_theirs(path):
    assert not broken(path)


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("studies/front.py", "from lib.studies import audit"),
        ("studies/front.py", "from lib.studies.audit import slips"),
        ("studies/front.py", "import lib.yearbook.clean"),
        ("figures.py", "from lib.resampling import kernel"),
        ("figures.py", "from lib import yearbook"),
        ("resampling/kernel.py", "from lib.studies import front"),
        ("yearbook/clean.py", "from lib.studies import front"),
    ],
)
def test_the_rule_sees_a_breach(place, code, monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda self, encoding=None: code)
    assert broken(LIB / place)


def test_what_was_printed_and_what_is_run_meet_in_verdicts_alone():
    assert "lib.published" not in imports(LIB / "specifications.py")
    assert not {name for name in imports(LIB / "published.py") if "specifications" in name}


@pytest.mark.parametrize(
    ("what", "place"), [('"***"),', "prose.py"), ("#E69F00", "style.py"), ("#D55E00", "style.py")]
)
def test_cut_offs_of_stars_and_colours_stand_once(what, place):
    found = [path for path in LIB.rglob("*.py") if what in path.read_text(encoding="utf-8")]
    assert [str(path.relative_to(LIB)) for path in found] == [place]
