"""Notebooks in JupyterLab read as in the book, and a sentence follows a line that is changed."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tools.render import notebooks

ROOT = notebooks.ROOT
PAIR = notebooks.Pair(ROOT, "04-1-overall")
# What a page of Lab says in words, its outputs among it.
SAID = """() => [...document.querySelectorAll(
    '.jp-Notebook :is(.myst, .jp-RenderedMarkdown), .jp-OutputArea-output')]
    .filter(each => each.checkVisibility()).map(each => each.innerText)"""
PICTURES = """() => [...document.querySelectorAll('.jp-RenderedSVG img')]
    .filter(each => each.naturalWidth > 0).length"""
RUN = """async () => {
    await jupyterapp.shell.currentWidget.sessionContext.ready;
    await jupyterapp.commands.execute('notebook:run-all-cells');
}"""
RESTS = """() => jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status == 'idle'
    && ![...document.querySelectorAll('.jp-InputPrompt')].some(e => e.innerText.includes('*'))"""
CHANGE = """([old, better]) => {
    const cells = [...jupyterapp.shell.currentWidget.content.model.cells].map(e => e.sharedModel);
    const cell = cells.find(each => each.cell_type == 'code' && each.source.includes(old));
    cell.setSource(cell.source.replace(old, better));
}"""
MARKUP = re.compile(r"\{\w+(?::\w+)?\}|%s|:::|(?:Name|Key|Value)Error|^Chart: |<Figure", re.M)


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """The address of what ``make lab`` starts, on the copy of a notebook."""
    home = tmp_path_factory.mktemp("lab")
    (home / "notebooks").mkdir()
    (home / "data").symlink_to(ROOT / "data")
    shutil.copy(ROOT / "Makefile", home)
    shutil.copy(PAIR.twin, home / "notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {
        "ServerApp": {"port": port, "port_retries": 0, "open_browser": False, "allow_root": True},
        "IdentityProvider": {"token": ""},
        "LabApp": {"expose_app_in_browser": True, "news_url": None},
    }
    whole = "@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
    for place, content in (
        ("config/jupyter_lab_config.json", config),
        (f"settings/{whole}", {"windowingMode": "none"}),  # cells out of sight are there, too
    ):
        (home / place).parent.mkdir(parents=True)
        (home / place).write_text(json.dumps(content), encoding="utf-8")
    own = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": notebooks.python_path(ROOT), "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"), "JUPYTER_DATA_DIR": str(home / "own"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
    }  # fmt: skip
    with (home / "log.txt").open("w") as log:
        server = subprocess.Popen(
            ["make", "lab", "USE_ACTIVE=1"], cwd=home, env={**os.environ, **own}, stdout=log,
            stderr=log, start_new_session=True,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            with suppress(OSError):
                urllib.request.urlopen(f"{address}/api").close()
                break
            assert server.poll() is None, (home / "log.txt").read_text()
            time.sleep(0.5)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def said(tab) -> list[str]:
    """What the notebook says once kernel and page are at rest."""
    before, now = None, []
    while now != before:
        tab.wait_for_timeout(2000)
        tab.wait_for_function(RESTS)
        before, now = now, tab.evaluate(SAID)
    return now


@pytest.mark.slow
def test_a_notebook_in_lab_reads_as_in_the_book(browser, lab):
    cells = notebooks.twin(PAIR).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    drawn = sum("image/svg+xml" in output.get("data", {}) for output in outputs)
    folded = notebooks.FOLDED["source_hidden"]
    folds = sum(bool(folded & {*cell.metadata.get("tags", [])}) for cell in cells)
    tab = browser.new_page(viewport={"width": 1400, "height": 1000})
    tab.set_default_timeout(120_000)
    tab.goto(f"{lab}/lab/tree/{PAIR.twin.name}")
    tab.wait_for_selector(".jp-Notebook .jp-Cell .myst", state="attached")
    wrong = tab.locator('[data-mime-type*="stderr"], [data-mime-type*="error"]')
    old = None
    for change in ([], ["panel.load()", "panel.load().query('province != \"Jiangsu\"')"]):
        texts = said(tab)
        assert not [each for each in texts if MARKUP.search(each)]
        assert tab.evaluate(PICTURES) == drawn > 0
        assert tab.locator(".jp-InputPlaceholder").count() == folds > 0
        if change:
            tab.evaluate(CHANGE, change)
        tab.evaluate(RUN)
        texts = said(tab)
        assert not wrong.count(), wrong.all_inner_texts()
        (new,) = (each for each in texts if "the slope of income on mobility is" in each)
        assert new != old and not MARKUP.search(new)
        old = new
    tab.close()
