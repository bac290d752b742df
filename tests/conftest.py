"""One whole build of the book, shared by the tests that look at its pages."""

from __future__ import annotations

import fcntl
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_tools"))

import build  # noqa: E402


def pages_of_contents() -> list[str]:
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))

    def walk(entries):
        for entry in entries:
            yield entry["file"]
            yield from walk(entry.get("sections", []))

    chapters = [chapter for part in contents["parts"] for chapter in walk(part["chapters"])]
    return [contents["root"], *chapters]


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pages_of_contents())


@pytest.fixture(scope="session")
def html(tmp_path_factory, worker_id) -> Path:
    """A whole build: an incremental one would not repeat the warnings of unchanged pages.

    Workers of one test run share it: the first that gets the lock builds, the others wait.
    """
    common = tmp_path_factory.getbasetemp()
    common = common if worker_id == "master" else common.parent
    output, done = common / "book", common / "book-status"
    with (common / "book-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            output.mkdir()
            done.write_text(str(build.render(ROOT, output, everything=True)))
    assert done.read_text() == "0", "jupyter-book found warnings or errors: they are printed above"
    return output / "_build" / "html"
