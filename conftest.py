"""What ``pytest --nbval`` lacks for the notebooks of this book, and how a failing run ends.

nbval runs a notebook's code again and compares what it shows.  Here the expressions of the prose
are evaluated again too, in the same kernel and order.  Pictures are not compared: the text form of
a chart, which is, carries what it plots.  The kernel is the test's own process, which has imported
the packages already, and the tests of a page's sentences get the names that the page has bound.
A run that fails ends with what failed, what was expected and what was found.
"""

from __future__ import annotations

import os
from pathlib import Path

# Two workers, each with as many threads as there are cores, stand in each other's way.
# Before numpy is imported, or it comes too late.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent
# What pyproject.toml tells pytest, for the programs that tests start.
PLACES = [str(ROOT), str(ROOT / "notebooks"), str(ROOT / "book")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*PLACES, os.environ.get("PYTHONPATH")]))

import collections
import contextlib
import gc
import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from ipykernel.inprocess.ipkernel import InProcessInteractiveShell
from ipykernel.inprocess.manager import InProcessKernelManager
from matplotlib import pyplot
from traitlets.config import Config

from tools.render import expressions, moved  # isort: skip, before nbval
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile

# Here rather than by its entry point, which pytest would load before the line above.
pytest_plugins = ["nbval.plugin"]
WIDTH, EACH, MOST = 150, 8, 40  # as many lines as numpy needs to say what was expected and found


class DiffersError(Exception):
    """What was expected and what was found, a line each."""


class Kernel(RunningKernel):
    """A kernel in this process, in the folder of its notebook."""

    def __init__(self, path: Path, solutions: set[str]):
        self.folder, self.solutions, self.own = path.parent, solutions, {}
        # ipykernel writes into the environment, and this process goes on.
        environment = dict(os.environ)
        InProcessInteractiveShell.clear_instance()
        no_history = Config(HistoryManager={"enabled": False})  # a database in the user's home
        self.km = InProcessKernelManager(config=no_history)
        self.km.start_kernel()
        self.kc = self.km.client()
        self.kc.start_channels()
        os.environ.clear()
        os.environ.update(environment)

    @property
    def names(self) -> dict:
        """What the cells have bound."""
        return self.km.kernel.shell.user_ns

    def execute_cell_input(self, cell_input, allow_stdin=None):
        if cell_input in self.solutions and not self.own:
            self.own = dict(self.names)
        with contextlib.chdir(self.folder):
            self.cell = super().execute_cell_input(cell_input, allow_stdin)
        pyplot.close("all")
        return self.cell

    def get_message(self, stream, timeout=None):
        message = super().get_message(stream, timeout)
        # In one process, what a cell prints does not say which cell did.
        message["parent_header"].setdefault("msg_id", self.cell)
        return message

    def stop(self):
        self.kc.stop_channels()
        self.km.shutdown_kernel()


class Notebook(IPyNbFile):
    """A notebook whose prose is tested with its code."""

    failed = False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.skip_compare += ("image/svg+xml",)

    def setup(self):
        solutions = [c for c in self.nb.cells if "solution" in c.metadata.get("tags", ())]
        self.kernel = Kernel(self.path, {cell.source for cell in solutions})

    def teardown(self):
        """Keep the names of a page that ran for the tests of its sentences."""
        names, own = self.kernel.names, self.kernel.own or self.kernel.names
        if not self.failed:
            self.config.pages[self.path.stem] = [SimpleNamespace(**n) for n in (own, names)]
        names.update(own)
        super().teardown()

    def collect(self) -> Iterator[pytest.Item]:
        of_code = iter(list(super().collect()))
        for number, cell in expressions.in_turn(self.nb.cells):
            if cell.cell_type == "code":
                yield next(of_code)
            if expressions.of_cell(cell):
                yield Figures.from_parent(self, name=f"figures of cell {number}", cell=cell)


class Figures(pytest.Item):
    """The expressions of a cell's text, or of its caption and note, evaluated again."""

    def __init__(self, *, cell, **kwargs):
        super().__init__(**kwargs)
        self.cell = cell

    def runtest(self) -> None:
        client = self.parent.kernel.kc
        asked = expressions.of_cell(self.cell)
        wanted = {expression: expression for expression, _ in asked}
        sent = client.execute("", silent=True, store_history=False, user_expressions=wanted)
        reply = client.get_shell_msg(timeout=60)
        while reply["parent_header"].get("msg_id") != sent:
            reply = client.get_shell_msg(timeout=60)
        kept, lines = expressions.kept(self.cell), []
        for expression, sentence in dict(asked).items():
            was = _told(kept.get(expression))
            now = _told(reply["content"]["user_expressions"][expression])
            if was != now:
                lines.append(f"{{eval}}`{expression}`: expected {was}, found {now}; in: {sentence}")
        if lines:
            raise DiffersError("\n".join(lines))

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)


def pytest_configure(config):
    config.pages = {}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give a notebook and the tests of its sentences to one worker, and all in this order."""
    from xdist.scheduler import LoadFileScheduling

    config.option.loadscopereorder = False

    class ByPage(LoadFileScheduling):
        def _split_scope(self, nodeid):
            page = re.match(r"notebooks/(.+)\.ipynb|tests/claims/test_(.+)\.py", nodeid)
            file = super()._split_scope(nodeid)
            return (page[1] or page[2].replace("_", "-")) if page else file

    return ByPage(config, log)


def pytest_collection_modifyitems(items):
    """First the tests that build the book, for which others would wait; then the notebooks.

    These come before the tests of their sentences, which take the names that were bound.
    """
    first = ROOT / "tests" / "book" / "test_pages.py"
    items.sort(key=lambda item: (item.path != first, item.path.suffix != ".ipynb"))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Leave modules and tests alone, which stay, when looking for garbage: a tenth of a run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def _told(result: dict | None) -> str:
    try:
        return expressions.value(result)
    except ValueError as error:
        return str(error)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    found = yield
    return [
        Notebook.from_parent(parent, path=file_path) if isinstance(each, IPyNbFile) else each
        for each in found
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Put what moved into the report while outputs are at hand; xdist hands the report on."""
    report = yield
    if report.failed and isinstance(item, IPyNbCell | Figures):
        item.parent.failed = True
        report.notebook = item.parent.path.name
        report.what = _of_cell(item) if isinstance(item, IPyNbCell) else str(call.excinfo.value)
    return report


def _of_cell(item: IPyNbCell) -> str:
    where = f"cell {item.cell_num}: {moved.first_line(item.cell.source)}"
    outputs = item.test_outputs or []
    for output in outputs:
        if output.output_type == "error":
            return f"{where}\nexpected no error, found {output.ename}: {output.evalue}"
    old, new = moved.of_cell(item.cell, item.cell.outputs), moved.of_cell(item.cell, outputs)
    moves = moved.between(old, new)
    lines = [f"{what}: expected {a or 'nothing'}, found {b or 'nothing'}" for what, a, b in moves]
    return "\n".join([where, *(lines or ["the same text in another form: see above"])])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Print last a few lines a failure; of one notebook or one cause, the first alone."""
    yield
    stats = terminalreporter.stats
    failed = [*stats.get("failed", []), *stats.get("error", [])]
    told: collections.Counter[str] = collections.Counter()
    lines: list[str] = []
    for report in failed:
        notebook = getattr(report, "notebook", "")
        errors = [line[1:] for line in report.longreprtext.splitlines() if line[:2] == "E "]
        text = report.what if notebook else "\n".join(errors) or report.longreprtext
        told[notebook or text] += 1
        if told[notebook or text] <= (3 if notebook else 1) and len(lines) <= MOST:
            words = [line.strip() for line in text.splitlines() if line.strip()]
            lines += [notebook or report.nodeid, *(f"  {line}" for line in words[:EACH])]
    if failed:
        terminalreporter.section("What failed", bold=True)
        lines.append(f"{len(failed)} failed; what is not told again has a cause that is told")
    for line in lines:
        terminalreporter.write_line(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…")
