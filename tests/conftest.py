"""One whole build of the book, shared by the tests that look at its pages."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "book" / folder) for folder in ("_tools", "_ext")]

import build  # noqa: E402
import pdf  # noqa: E402

pytest_plugins = ["summary"]


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pdf.contents())


@pytest.fixture(scope="session")
def html(tmp_path_factory) -> Path:
    """A whole build: an incremental one would not repeat the warnings of unchanged pages.

    Workers of one test run share it: the first that gets the lock builds, the others wait.
    """
    common = tmp_path_factory.getbasetemp()
    common = common.parent if "PYTEST_XDIST_WORKER" in os.environ else common
    output, done = common / "book", common / "book-status"
    with (common / "book-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            output.mkdir()
            done.write_text(str(build.render(ROOT, output, everything=True)))
    assert done.read_text() == "0", "jupyter-book found warnings or errors: they are printed above"
    return output / "_build" / "html"
