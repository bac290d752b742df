"""What ``pytest --nbval`` lacks for the notebooks of this book, and how a failing run ends.

nbval runs a notebook's code again and compares what it shows.  Here the expressions of the prose
are evaluated again too, in the same kernel and order.  Pictures are not compared: the text form of
a chart, which is, carries what it plots.  A run that fails ends with what failed, what was expected
and what was found.
"""

from __future__ import annotations

import os
from pathlib import Path

# Two workers, each with as many threads as there are cores, stand in each other's way; kernels
# inherit it.  Before numpy is imported, or it comes too late.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT = Path(__file__).resolve().parent
# What pyproject.toml tells pytest, for the kernels: the lock alone is enough to rerun a notebook.
PLACES = [str(ROOT), str(ROOT / "notebooks"), str(ROOT / "book")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [*PLACES, os.environ.get("PYTHONPATH")]))

import gc
import re
from collections.abc import Iterator, Sequence

import pytest

from tools.render import expressions, moved  # isort: skip, before nbval
from nbval.plugin import IPyNbCell, IPyNbFile

# Here rather than by its entry point, which pytest would load before the line above.
pytest_plugins = ["nbval.plugin"]
WIDTH, EACH, MOST = 150, 8, 40  # as many lines as numpy needs to say what was expected and found
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DiffersError(Exception):
    """What was expected and what was found, a line each."""


class Notebook(IPyNbFile):
    """A notebook whose prose is tested with its code."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.skip_compare += ("image/svg+xml",)

    def collect(self) -> Iterator[pytest.Item]:
        options = iter([each.options for each in super().collect()])
        places = expressions.places(self.nb.cells)
        for number, cell in expressions.in_turn(self.nb.cells):
            place = places[number]
            if cell.cell_type == "code":
                of = {"cell_num": int(place[1:-1]), "cell": cell, "options": next(options)}
                yield Code.from_parent(self, name=place, **of)
            if expressions.of_cell(cell):
                yield Figures.from_parent(self, name=f"figures of {place}", cells=[cell])
        yield Figures.from_parent(self, name="figures at the end", cells=self.nb.cells)


class Code(IPyNbCell):
    """A code cell, which nbval compares with nothing where its outputs and count were cleared."""

    def runtest(self) -> None:
        super().runtest()
        if self.cell.execution_count is None and self.cell.source.strip():
            self.raise_cell_error("never executed; run `make book`")


class Figures(pytest.Item):
    """Expressions of cells' texts, captions and notes, evaluated again.

    Those of all cells are evaluated when all have run, too, as by *Run All* in JupyterLab.
    """

    def __init__(self, *, cells, **kwargs):
        super().__init__(**kwargs)
        self.cells = cells

    def runtest(self) -> None:
        asked = [(each, *one) for each in self.cells for one in expressions.of_cell(each)]
        client = self.parent.kernel.kc
        wanted = {expression: expression for _, expression, _ in asked}
        sent = client.execute("", silent=True, store_history=False, user_expressions=wanted)
        reply = client.get_shell_msg(timeout=60)
        while reply["parent_header"].get("msg_id") != sent:
            reply = client.get_shell_msg(timeout=60)
        lines = []
        for cell, expression, sentence in asked:
            was = _told(expressions.kept(cell).get(expression))
            now = _told(reply["content"]["user_expressions"][expression])
            if was != now:
                lines.append(f"{{eval}}`{expression}`: expected {was}, found {now}; in: {sentence}")
        if lines:
            raise DiffersError("\n".join(dict.fromkeys(lines)))

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)


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
    code = isinstance(item, Code)
    if report.failed and (code or isinstance(item, Figures)):
        report.notebook = item.parent.path.name
        report.what = f"{item.name}: {_of_code(item, call) if code else call.excinfo.value}"
    return report


def _of_code(item: Code, call: pytest.CallInfo) -> str:
    """The cell's first line; what it raised, or the lines and forms of its outputs that differ."""
    first, outputs = moved.first_line(item.cell.source), item.test_outputs or []
    if item.cell.execution_count is None:
        return f"{first}\n{call.excinfo.value}"
    for output in outputs:
        if output.output_type == "error":
            return f"{first}\nexpected no error, found {output.ename}: {output.evalue}"
    old, new = moved.of_cell(item.cell, item.cell.outputs), moved.of_cell(item.cell, outputs)
    moves = moved.between(old, new) or moved.between(*map(_forms, (item.cell.outputs, outputs)))
    near = ((what, *_near(a or "nothing", b or "nothing")) for what, a, b in moves)
    lines = [f"{what}: expected {a}, found {b}" for what, a, b in near]
    return "\n".join([first, *(lines or [str(call.excinfo.value)])])


def _near(*lines: str) -> list[str]:
    """The parts of two lines around the place where they part."""
    at = next((n for n, (a, b) in enumerate(zip(*lines, strict=False)) if a != b), 0)
    return [f"{'…' * (at > 30)}{line[max(at - 30, 0) : at + 30]}" for line in lines]


def _forms(outputs: Sequence) -> dict[str, str]:
    """Every line of the forms of outputs that have others beside the text, such as HTML and CSV."""
    return {
        f"output {number} as {form}, line {row}": line.strip()
        for number, output in enumerate(outputs, start=1)
        for form, content in output.get("data", {}).items()
        for row, line in enumerate(str(content).splitlines(), start=1)
        if form not in ("text/plain", "image/svg+xml")
    }


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session):
    """Print after all else, pytest's own last line included."""
    result = yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(session.config, "workerinput"):
        failed = [*reporter.stats.get("failed", []), *reporter.stats.get("error", [])]
        if failed:
            reporter.ensure_newline()
            reporter.section("What failed", bold=True)
            for line in _lines(failed):
                reporter.write_line(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…")
    return result


def _lines(reports: Sequence) -> list[str]:
    """A few lines a failure; what else has the same cause, or is of the same notebook, counted."""
    shown: list[str] = []
    causes: list[str] = []
    for report in reports:
        notebook = getattr(report, "notebook", None)
        text = report.what if notebook else _message(report)
        causes.append(notebook or text)
        if causes.count(causes[-1]) > (3 if notebook else 1) or len(shown) > MOST:
            continue
        first, *rest = [line.strip() for line in text.splitlines() if line.strip()] or [""]
        shown += [f"{notebook}, {first}"] if notebook else [report.nodeid, f"  {first}"]
        shown += [f"  {line}" for line in rest[:EACH]]
    return [*shown, f"{len(reports)} failed; what is not told again has a cause that is told"]


def _message(report) -> str:
    """A test's own message."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash:
        return _COLOUR.sub("", crash.message)
    # A file that cannot be collected has its error in the lines that pytest marks.
    lines = _COLOUR.sub("", str(report.longrepr)).splitlines()
    return "\n".join([line[1:] for line in lines if line.startswith("E ")] or lines)
