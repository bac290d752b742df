"""One whole build of the book, shared by the tests that look at its pages."""

from __future__ import annotations

from pathlib import Path

import build
import filelock
import pdf
import pytest

ROOT = build.ROOT


def pytest_generate_tests(metafunc):
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pdf.contents())


@pytest.fixture(scope="session")
def rendered(tmp_path_factory, worker_id):
    """A function that gives the folder of an edition, built once a test run.

    A whole build: an incremental one would not repeat the warnings of unchanged pages.  Workers
    share it: the first that gets the lock builds, the others wait.
    """
    common = tmp_path_factory.getbasetemp()
    common = common if worker_id == "master" else common.parent

    def folder(edition: str) -> Path:
        output, done = common / edition, common / f"{edition}-status"
        with filelock.FileLock(common / f"{edition}-lock"):
            if not done.exists():
                output.mkdir()
                done.write_text(build.render(ROOT, output, edition=edition), encoding="utf-8")
        warnings = done.read_text(encoding="utf-8")
        assert not warnings, f"the {edition} edition does not build:\n{warnings}"
        return output / "_build" / "html"

    return folder


@pytest.fixture(scope="session")
def html(rendered) -> Path:
    """The pages of the edition that readers get."""
    return rendered("reading")
