"""One whole build of the book, shared by the tests that look at its pages."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import filelock
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from lib import panel
from tools.render import book

ROOT = book.ROOT
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking".split()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Where MAY_SKIP is set, as in CI, a test whose reason to skip has none of its words fails."""
    report, may = (yield), os.environ.get("MAY_SKIP")
    if report.skipped and may is not None and not hasattr(report, "wasxfail"):
        *_, reason = report.longrepr
        if not any(word and word in reason for word in may.split(",")):
            report.outcome, report.longrepr = "failed", f"{reason}\n(MAY_SKIP={may})"
    return report


@pytest.fixture(scope="session")
def data() -> pd.DataFrame:
    """The shipped panel."""
    return panel.load()


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
                done.write_text(book.render(ROOT, output, edition=edition), encoding="utf-8")
        warnings = done.read_text(encoding="utf-8")
        assert not warnings, f"the {edition} edition does not build:\n{warnings}"
        return output / "_build" / "html"

    return folder


@pytest.fixture(scope="session")
def html(rendered) -> Path:
    """The pages of the edition that readers get."""
    return rendered("reading")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium a file: while it is open, no other test can run a loop of asyncio."""
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        pytest.skip("no Chromium here: NOT tried in a browser")
    with sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=executable, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def tab(browser, address) -> Iterator[Page]:
    """The page at a module's `address` on a phone, where no script of it may fail."""
    complaints: list[str] = []
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(address)
    yield page
    page.close()
    assert not complaints


@pytest.fixture
def project(tmp_path) -> Path:
    """A small book of its own: a page, two modules of ``lib``, a data file, a lock."""
    shutil.copytree(Path(__file__).with_name("demo"), tmp_path, dirs_exist_ok=True)
    (tmp_path / "notebooks").mkdir()
    folders = ("book/tools", "notebooks/studies", "notebooks/widgets", "book/_ext")
    for name in ("conftest.py", "pyproject.toml", "jupytext.toml", *folders):
        source, copy = ROOT / name, tmp_path / name
        copy.parent.mkdir(exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    return tmp_path
