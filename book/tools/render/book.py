"""Build the book: ``python -m tools.render [reading | instructor | student] [--force]``.

Notebooks that are not fresh are executed, two at a time, and their pages rendered with warnings as
errors: ``_build/html``, or ``_build/instructor`` and ``_build/student``.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import yaml

from tools.render import execute, gates, moved, notebooks
from tools.render.running import alone

ROOT = notebooks.ROOT
# In trees of pages there is little garbage, and looking for it takes a third of the time.
COMMAND = """import gc, tools.render
from jupyter_book.cli.main import main
gc.set_threshold(100_000, 50)
main()"""
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
EDITIONS = ("reading", "instructor", "student")
# Files that shape every page: Sphinx alone would not notice that most of them changed.
FRAME = ("*.yml", notebooks.LOCK, "book/_ext/*.*", "book/_static/*.*")
TOOLS = ("book/tools/render/*.py", "book/tools/course/*.py")
# Files that hold the content of pages, docstrings among them.
PAGES = ("CITATION.cff", "book/*.*", "notebooks/*.*", "[bln]*/**/*.py")
FOR_TEACHERS = ("notebooks/teaching",)  # no page of the student's edition


def refresh(root: Path = ROOT, force: bool = False) -> list[str]:
    """Bring every twin up to date, executing only those that need it; return their names.

    Raises
    ------
    SystemExit
        A page cannot be computed; what it was is printed.  The others are written.
    """
    stale: dict[notebooks.Pair, str] = {}
    for pair in notebooks.pairs(root):
        try:
            notebook, reason = notebooks.merged(pair)
            gates.parts(notebook.cells)
        except gates.GateError as error:
            raise SystemExit(f"book/{pair.name}.md: {error}") from None
        if reason or force:
            stale[pair] = reason or "asked for"
        else:
            notebooks.write(pair.twin, notebooks.serialised(notebook))
            notebooks.write(pair.text, notebooks.text_of(notebook))
    for pair, reason in stale.items():
        print(f"{pair.name} runs: {reason}", flush=True)
    _, seconds = notebooks.times(root)
    slow_first = sorted(stale, key=lambda pair: -seconds.get(pair.name, 0))
    failed = at_once({pair.name: partial(execute.computed, pair) for pair in slow_first})
    notebooks.write(root / notebooks.RESULTS, notebooks.results_text(root))
    if failed:
        raise SystemExit(f"{len(failed)} notebook(s) failed: {', '.join(sorted(failed))}")
    return [pair.name for pair in stale]


def at_once(tasks: Mapping[str, Callable[[], Awaitable[float]]], workers: int = 2) -> list[str]:
    """Run notebooks side by side and say how long each took; return the names that failed.

    Kernels work side by side; this program is one thread.  CPython before 3.11.8 and 3.12.2 keeps
    the depth of a syntax tree once for all threads, so two that parse can fail (its issue 106905).
    """
    waiting, failed = list(tasks), []

    async def work() -> None:
        while waiting:
            name = waiting.pop(0)
            where = f"[{len(tasks) - len(waiting)}/{len(tasks)}] {name}"
            try:
                print(f"{where}: {await tasks[name]():.1f} s", flush=True)
            except Exception as error:
                print(f"{where} FAILED\n{error}", file=sys.stderr, flush=True)
                failed.append(name)

    async def all_of_them() -> None:
        await asyncio.gather(*(work() for _ in range(workers)))

    asyncio.run(all_of_them())
    return failed


def digest_of(root: Path, patterns: Iterable[str]) -> str:
    """One digest for the names and bytes of the files of a folder that match."""
    total = hashlib.sha256()
    files = {each for pattern in patterns for each in root.glob(pattern) if each.is_file()}
    for file in sorted(files):
        total.update(f"{file.relative_to(root)} ".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def render(root: Path, output: Path, everything: bool = True, edition: str = "reading") -> str:
    """Run Jupyter Book into ``output/_build/html``; return its warnings, which are errors."""
    command = [sys.executable, "-c", COMMAND, "build", str(root)]
    command += ["--path-output", str(output), "-W", "--keep-going", "-q"]
    command += ["--all"] if everything else []
    if edition == "student":
        toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
        for part in toc["parts"]:
            part["chapters"] = [e for e in part["chapters"] if e["file"] not in FOR_TEACHERS]
        notebooks.write(output / "_toc.yml", yaml.safe_dump(toc))
        command += ["--toc", str(output / "_toc.yml")]
    own = {"BOOK_EDITION": edition, "PYTHONPATH": notebooks.python_path(root)}
    return said(command, root, own)


def said(command: Sequence[str | Path], root: Path, own: Mapping[str, str]) -> str:
    """Run a command with variables of its own; return its warnings if it failed."""
    done = subprocess.run(
        command,
        cwd=root,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    words = _COLOUR.sub("", done.stderr).strip()
    return (words or f"the rendering ended with {done.returncode}") if done.returncode else ""


def make(root: Path = ROOT, edition: str = "reading", force: bool = False) -> int:
    """Bring the notebooks and the pages of an edition up to date; return the exit status."""
    began = time.perf_counter()
    executed = run(root, force)
    build = root / "_build"
    output = build / ("html" if edition == "reading" else edition)
    work = root if edition == "reading" else build / "editions" / edition
    stamp = build / f"{output.name}.digest"
    digests = [digest_of(root, FRAME) + digest_of(ROOT, TOOLS), digest_of(root, PAGES)]
    built = stamp.read_text(encoding="utf-8").split() if stamp.exists() else []
    if built == digests and not force:
        print(f"Nothing changed: {output.relative_to(root)}/index.html is up to date.")
        return 0
    # Sphinx forgets the warnings of pages it does not read again, so a build that failed must be
    # followed by a whole one: the stamp is there only after a build without warnings.
    stamp.unlink(missing_ok=True)
    print("Rendering the pages ...", flush=True)
    whole = force or built[:1] != digests[:1] or not output.exists()
    if whole:
        # Pages that have left the contents would stay on disk, and in the search.
        shutil.rmtree(work / "_build" / "html", ignore_errors=True)
    warnings = render(root, work, whole, edition)
    if warnings:
        print(warnings, file=sys.stderr)
        return 1
    if work != root:
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(work / "_build" / "html", output)
    notebooks.write(stamp, "\n".join(digests) + "\n")
    seconds = time.perf_counter() - began
    print(
        f"{len(executed)} notebook(s) executed; book in {output.relative_to(root)}, {seconds:.0f} s"
    )
    return 0


def run(root: Path, force: bool) -> list[str]:
    """Execute what is not fresh, and say how many figures moved; return the names."""
    before = moved.of_book(root)
    executed = refresh(root, force)
    if executed and before:  # a first run moves nothing
        moves = moved.between(before, moved.of_book(root))
        notebooks.write(root / "_build" / "moved.txt", moved.report(moves) + "\n")
        print(moved.headline(moves) + (" _build/moved.txt lists them." if moves else ""))
    return executed


def main() -> int:
    """Read the command line, and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("edition", nargs="?", choices=EDITIONS, default="reading")
    parser.add_argument("--force", action="store_true", help="execute and render everything again")
    asked = parser.parse_args()
    with alone():
        return make(ROOT, asked.edition, asked.force)
