"""Keep each notebook's two halves together, and execute what is out of date.

The text in ``book/`` is the source.  Its twin in ``notebooks/`` has the outputs, and all of the
text but the teaching notes, which only the instructor's edition shows.  A twin is executed again
when its code, ``lib/``, ``data/`` or the lock has changed since its outputs were computed, or when
its outputs are not the ones that were computed then.
"""

from __future__ import annotations

import asyncio
import base64
import csv
import hashlib
import io
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import gates
import jupytext
import nbformat
import psutil
from jupytext.combine import combine_inputs_with_outputs

from lib import files, running

ROOT = Path(__file__).resolve().parents[2]
RESULTS = Path("notebooks/results.csv")
PICTURE = Path("book/_static/printed-beside-recomputed.png")
OPENED = Path(__file__).with_name("opened.py")
NOTED = "belt"  # what a twin's metadata hold of its execution
RESULTS_MIME = "application/vnd.belt.results+json"
FORMAT = "md:myst"
# How the text of every notebook begins.
HEAD = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""


@dataclass(frozen=True)
class Pair:
    """The text and the executed twin of one notebook."""

    root: Path
    name: str

    @property
    def text(self) -> Path:
        return self.root / "book" / f"{self.name}.md"

    @property
    def twin(self) -> Path:
        return self.root / "notebooks" / f"{self.name}.ipynb"

    @property
    def stamp(self) -> Path:
        return self.root / "_build" / "execution" / f"{self.name}.json"


def pairs(root: Path = ROOT) -> list[Pair]:
    """Every page of ``book/`` that is the text of a notebook, in order of name."""
    texts = sorted((root / "book").glob("*.md"))
    return [Pair(root, text.stem) for text in texts if _is_notebook(text)]


def _is_notebook(text: Path) -> bool:
    head = text.read_text(encoding="utf-8")[:400]
    return head.startswith("---\njupytext:")


def merged(pair: Pair, teaching: bool = False) -> nbformat.NotebookNode:
    """The notebook as its text has it, with the twin's outputs where the code is the same.

    Parameters
    ----------
    pair : Pair
    teaching : bool
        Keep the teaching notes, which a twin does not have.

    Raises
    ------
    gates.GateError
        Exercises, solutions and notes of the text do not pair.
    """
    notebook = jupytext.read(pair.text, fmt=FORMAT)
    if not teaching:
        try:
            notebook.cells = gates.without(notebook.cells, {"teaching"})
        except gates.GateError as error:
            raise gates.GateError(f"book/{pair.name}.md: {error}") from None
    if pair.twin.exists():
        twin = nbformat.read(pair.twin, as_version=4)
        notebook = combine_inputs_with_outputs(notebook, twin, fmt=FORMAT)
        if NOTED in twin.metadata:
            notebook.metadata[NOTED] = twin.metadata[NOTED]
    for cell in notebook.cells:
        # Outputs keep what running them said, not when or how it was shown.
        cell.metadata.pop("execution", None)
    return identified(notebook)


def identified(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Give cells and notebook the identifiers and metadata that every notebook here has."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        # Identifiers follow from the text, so that two builds write the same bytes.
        digest = hashlib.sha256((cell.cell_type + cell.source).encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = f"{digest}-{seen[digest]}"
    noted = {NOTED: notebook.metadata[NOTED]} if NOTED in notebook.metadata else {}
    notebook.metadata = nbformat.NotebookNode(
        kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
        language_info={"name": "python", "pygments_lexer": "ipython3"},
        **noted,
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def serialised(notebook: nbformat.NotebookNode) -> str:
    """The bytes of a twin on disk."""
    return nbformat.writes(notebook, version=4) + "\n"


def state(root: Path) -> str:
    """Digest of all that a notebook's outputs may depend on, its own code excepted."""
    files = [root / "requirements.txt", *sorted((root / "lib").rglob("*.py"))]
    data = sorted((root / "data").rglob("*"))
    files += [file for file in data if file.is_file() and "raw" not in file.parts]
    return digest_of(root, files)


def digest_of(root: Path, files: list[Path]) -> str:
    """One digest for the names and bytes of ``files``."""
    total = hashlib.sha256()
    for file in files:
        total.update(f"{file.relative_to(root)}\0".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _key(notebook: nbformat.NotebookNode, surroundings: str) -> str:
    code = "\0".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    return hashlib.sha256(f"{surroundings}\0{code}".encode()).hexdigest()


def _outputs(notebook: nbformat.NotebookNode) -> str:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    text = json.dumps([[c.get("execution_count"), c.get("outputs")] for c in code], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def is_fresh(pair: Pair, notebook: nbformat.NotebookNode, surroundings: str) -> bool:
    """Whether the twin's outputs are those computed from the present code and data."""
    if not (pair.stamp.exists() and pair.twin.exists() and NOTED in notebook.metadata):
        return False
    stamp = json.loads(pair.stamp.read_text(encoding="utf-8"))
    return stamp["key"] == _key(notebook, surroundings) and stamp["outputs"] == _outputs(notebook)


def write(path: Path, content: str | bytes) -> None:
    """Write ``content`` in one step, and only if the file differs."""
    files.write(path, content.encode("utf-8") if isinstance(content, str) else content)


def alone(root: Path = ROOT) -> AbstractContextManager[None]:
    """Wait until no other command writes into this checkout, and keep others waiting."""
    places = ("notebooks", PICTURE.parent, "_build", "_build/execution", "_build/starters")
    # Held by ``data``, since the commands that derive data write there and nowhere else.
    return running.alone(root / "data", *(root / place for place in places))


def execute(pair: Pair, surroundings: str) -> float:
    """Run one notebook from top to bottom and write its twin; return the seconds it took.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        A cell raised; the twin is left as it was.
    """
    from nbclient import NotebookClient

    notebook = merged(pair)
    began = time.perf_counter()
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        # Kernels on this machine's loopback warn that they are not encrypted.
        extra_arguments=["--IPKernelApp.log_level=40", f"--IPKernelApp.exec_files={OPENED}"],
        timeout=300,
        record_timing=False,
        resources={"metadata": {"path": str(pair.root / "notebooks")}},
    )
    with tempfile.TemporaryDirectory(prefix="opened-") as folder:
        opened = Path(folder) / "opened"
        where = {"BELT_ROOT": str(pair.root), "BELT_OPENED": str(opened)}
        # In a loop of its own, which is closed at the end: threads of the build have none.
        asyncio.run(client.async_execute(env={**os.environ, **where}))
        names = sorted(set(opened.read_text(encoding="utf-8").splitlines()))
    # A file that was looked for in vain was not read.
    notebook.metadata[NOTED] = {"data": [name for name in names if (pair.root / name).is_file()]}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    notebook.metadata.language_info = nbformat.NotebookNode(
        name="python", pygments_lexer="ipython3"
    )
    seconds = time.perf_counter() - began
    write(pair.twin, serialised(notebook))
    stamp = {
        "key": _key(notebook, surroundings),
        "outputs": _outputs(notebook),
        "seconds": round(seconds, 2),
    }
    # Outputs during whose making lib or data were edited are nobody's: they will be made again.
    if state(pair.root) == surroundings:
        write(pair.stamp, json.dumps(stamp, indent=1) + "\n")
    return seconds


def _joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Put together what a cell printed: in how many pieces it arrives depends on the moment."""
    found: list[nbformat.NotebookNode] = []
    for output in outputs:
        last = found[-1] if found else None
        if last and output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            found.append(output)
    return found


def at_once(tasks: Mapping[str, Callable[[], float]], workers: int = 2) -> list[str]:
    """Run notebooks side by side and say how long each took; return the names that failed.

    Parameters
    ----------
    tasks : mapping of str to function
        By name, what runs a notebook in a kernel of its own and returns the seconds.
    workers : int
        How many run at a time.

    Raises
    ------
    lib.files.WriteError
        A notebook ran and cannot be written; the others are given up too, as they are when the
        program is stopped, and their kernels end.
    """
    failed = []
    pool = ThreadPoolExecutor(max_workers=workers)
    jobs = {pool.submit(task): name for name, task in tasks.items()}
    try:
        for done, job in enumerate(as_completed(jobs), start=1):
            name = jobs[job]
            try:
                print(f"[{done}/{len(jobs)}] {name}: {job.result():.1f} s", flush=True)
            except files.WriteError:
                raise
            except Exception as error:
                print(f"[{done}/{len(jobs)}] {name}: FAILED\n{error}", file=sys.stderr, flush=True)
                failed.append(name)
    except BaseException:
        # Or each kernel's end would be told at length.
        logging.disable()
        sys.unraisablehook = lambda _: None
        pool.shutdown(wait=False, cancel_futures=True)
        while not all(job.done() for job in jobs):
            for kernel in psutil.Process().children(recursive=True):
                kernel.kill()
            time.sleep(0.1)
        raise
    pool.shutdown()
    return failed


def refresh(root: Path = ROOT, force: bool = False) -> list[str]:
    """Bring every twin up to date, executing only those that need it; return their names.

    Raises
    ------
    SystemExit
        A notebook raised; its name, cell and error are printed.  Or its gates do not pair.
    """
    surroundings = state(root)
    stale: list[Pair] = []
    for pair in pairs(root):
        try:
            notebook = merged(pair)
        except gates.GateError as error:
            raise SystemExit(str(error)) from None
        if force or not is_fresh(pair, notebook, surroundings):
            stale.append(pair)
        else:
            write(pair.twin, serialised(notebook))
    failed = at_once({pair.name: lambda pair=pair: execute(pair, surroundings) for pair in stale})
    if failed:
        raise SystemExit(f"{len(failed)} notebook(s) failed: {', '.join(sorted(failed))}")
    write(root / RESULTS, results_text(root))
    write(root / PICTURE, picture(root))
    return [pair.name for pair in stale]


def results_text(root: Path = ROOT) -> str:
    """All recorded figures as CSV text: key, value, notebook; one line per figure.

    Raises
    ------
    SystemExit
        Two cells record the same key.
    """
    rows: dict[str, tuple[str, str]] = {}
    for pair in pairs(root):
        notebook = nbformat.read(pair.twin, as_version=4)
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                for key, value in output.get("data", {}).get(RESULTS_MIME, {}).items():
                    if key in rows:
                        raise SystemExit(f"{pair.name}: figure {key} is already in {rows[key][1]}")
                    rows[key] = (value, pair.name)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["key", "value", "notebook"])
    writer.writerows([key, *rows[key]] for key in sorted(rows))
    return out.getvalue()


def picture(root: Path = ROOT) -> bytes:
    """The figure that the README shows, out of the notebook that draws it."""
    twin = Pair(root, "04-1-overall").twin
    for cell in nbformat.read(twin, as_version=4).cells:
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if figure.get("name") == "fig-overall-compared":
            return base64.b64decode(cell.outputs[0].data["image/png"])
    raise SystemExit(f"{twin.name} no longer holds fig-overall-compared, which the README shows")
