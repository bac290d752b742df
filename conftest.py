"""What ``pytest --nbval`` lacks for the notebooks of this book.

nbval runs a notebook's code again and compares what it shows.  Here the expressions of the prose
are evaluated again too, in the same kernel and order.  Pictures are not compared: the text form of
a chart, which is, carries what it plots.  The tests of a page's claims run in its kernel, before
its first solution.
"""

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
from collections.abc import Iterator

import pytest

from tools.render import expressions  # isort: skip, before nbval
from nbval.plugin import IPyNbFile

# Here rather than by its entry point, which pytest would load before the line above.
pytest_plugins = ["nbval.plugin"]


class Notebook(IPyNbFile):
    """A notebook whose prose is tested with its code."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.skip_compare += ("image/svg+xml",)

    def collect(self) -> Iterator[pytest.Item]:
        code = iter([*super().collect()])
        places = expressions.places(self.nb.cells)
        page = f"of_{self.path.stem.replace('-', '_')}.py"
        claims = [path for path in [ROOT / "tests" / "claims" / page] if path.exists()]
        for number, cell in expressions.in_turn(self.nb.cells):
            if claims and "solution" in cell.metadata.get("tags", ()):
                yield Claims.from_parent(self, name="claims", about=claims.pop())
            if cell.cell_type == "code":
                yield next(code)
            if expressions.of_cell(cell):
                yield Figures.from_parent(self, name=f"figures of {places[number]}", about=[cell])
        for path in claims:
            yield Claims.from_parent(self, name="claims", about=path)
        yield Figures.from_parent(self, name="figures at the end", about=self.nb.cells)


class Asked(pytest.Item):
    """What is asked of a kernel between two cells."""

    def __init__(self, *, about, **kwargs):
        super().__init__(**kwargs)
        self.about = about

    def answers(self, *wanted: str) -> dict[str, dict]:
        """What expressions give, by expression."""
        client, asked = self.parent.kernel.kc, {each: each for each in wanted}
        sent = client.execute("", silent=True, store_history=False, user_expressions=asked)
        reply = client.get_shell_msg(timeout=600)
        while reply["parent_header"].get("msg_id") != sent:
            reply = client.get_shell_msg(timeout=600)
        return reply["content"]["user_expressions"]


class Claims(Asked):
    """The tests of a page's claims, with the names that its cells have bound."""

    def runtest(self) -> None:
        found = f"__import__('sys').path.append({str(ROOT / 'tests')!r})"
        tested = f"__import__('names').tested({str(self.about)!r}, globals())"
        said = self.answers(found, tested)[tested]
        if said["status"] != "ok":
            pytest.fail(said["evalue"], pytrace=False)


class Figures(Asked):
    """Expressions of cells' texts, captions and notes, evaluated again.

    Those of all cells are evaluated when all have run, too, as by *Run All* in JupyterLab.
    """

    def runtest(self) -> None:
        asked = [(each, *one) for each in self.about for one in expressions.of_cell(each)]
        found = self.answers(*(expression for _, expression, _ in asked))
        lines = []
        for cell, expression, sentence in asked:
            was = _told(expressions.kept(cell).get(expression))
            now = _told(found[expression])
            if was != now:
                lines.append(f"{{eval}}`{expression}`: expected {was}, found {now}; in: {sentence}")
        if lines:
            pytest.fail("\n".join(dict.fromkeys(lines)), pytrace=False)


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
