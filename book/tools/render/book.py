"""Build the book: ``python -m tools.render.book [reading | instructor | student]``.

Notebooks that are not fresh are executed, two at a time, and their pages rendered with warnings as
errors: ``_build/html``, or ``_build/instructor`` and ``_build/student``.
"""

import argparse
import asyncio
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import filelock
import yaml

from tools.render import execute, fresh, moved, notebooks, results

ROOT = notebooks.ROOT
# One command at a time writes into a checkout; others wait.
ALONE = filelock.FileLock(ROOT / "_build" / "lock")
# In trees of pages there is little garbage, and looking for it takes a third of the time.
COMMAND = """import gc, tools.render
from jupyter_book.cli.main import main
gc.set_threshold(100_000, 50)
main()"""
EDITIONS = ("reading", "instructor", "student")
# What shapes the pages or stands on them, docstrings among it.
SOURCES = ("*.yml", notebooks.LOCK, "CITATION.cff", "book/*.*", "book/_[st]*/**/*.*",
           "notebooks/*.*", "notebooks/widgets/*/*.*", "[bdln]*/**/*.py")  # fmt: skip
FOR_TEACHERS = ("notebooks/teaching",)  # no page of the student's edition


def contents() -> list[str]:
    """The pages of the book in reading order."""
    return re.findall(r"(?:root|file): (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))


def refresh(root: Path = ROOT) -> str:
    """Bring every twin up to date, executing only those that need it; say what has changed.

    Where a page cannot be computed the program ends, after the others are written.
    """
    stale: dict[notebooks.Pair, str] = {}
    for pair in notebooks.pairs(root):
        notebook, reason = fresh.merged(pair)
        if reason:
            stale[pair] = reason
        else:
            notebooks.write(pair.twin, notebooks.serialised(notebook))
            notebooks.write(pair.text, notebooks.text_of(notebook))
    before = moved.now(root)
    for pair, reason in stale.items():
        print(f"{pair.name} runs: {reason}", flush=True)
    failed = at_once([*stale])
    notebooks.write(root / results.RESULTS, results.text(root))
    if failed:
        raise SystemExit(f"{len(failed)} notebook(s) failed: {', '.join(sorted(failed))}")
    return f"{len(stale)} notebook(s) executed; {moved.said(before, moved.now(root))}"


def at_once(pairs: list[notebooks.Pair]) -> list[str]:
    """Execute notebooks two at a time and say how long each took; return the names that failed.

    Kernels work side by side; this program is one thread.  CPython before 3.11.8 and 3.12.2 keeps
    the depth of a syntax tree once for all threads, so two that parse can fail (its issue 106905).
    """
    waiting, failed = [*pairs], []

    async def work() -> None:
        while waiting:
            pair = waiting.pop(0)
            where = f"[{len(pairs) - len(waiting)}/{len(pairs)}] {pair.name}"
            try:
                print(f"{where}: {await execute.computed(pair):.1f} s", flush=True)
            except Exception as error:
                print(f"{where} FAILED\n{error}", file=sys.stderr, flush=True)
                failed.append(pair.name)

    async def both() -> None:
        await asyncio.gather(work(), work())

    asyncio.run(both())
    return failed


def render(root: Path, output: Path, edition: str = "reading") -> str:
    """Run Jupyter Book into ``output/_build/html``; return its warnings, which are errors."""
    command = [sys.executable, "-c", COMMAND, "build", str(root)]
    command += ["--path-output", str(output), "-W", "--keep-going", "-q"]
    if edition == "student":
        toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
        for part in toc["parts"]:
            part["chapters"] = [e for e in part["chapters"] if e["file"] not in FOR_TEACHERS]
        notebooks.write(output / "_toc.yml", yaml.safe_dump(toc))
        command += ["--toc", str(output / "_toc.yml")]
    own = {"BOOK_EDITION": edition, "PYTHONPATH": notebooks.python_path(root)}
    done = subprocess.run(
        command, cwd=root, env={**os.environ, **own}, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    words = execute.COLOUR.sub("", done.stderr).strip()
    return (words or f"the rendering ended with {done.returncode}") if done.returncode else ""


def make(edition: str, root: Path = ROOT) -> int:
    """Bring the notebooks and the pages of an edition up to date; return the exit status."""
    began = time.perf_counter()
    changed = refresh(root)
    output = root / "_build" / ("html" if edition == "reading" else edition)
    stamp, work = output.with_suffix(".digest"), root / "_build" / "editions" / edition
    files = {file for pattern in SOURCES for file in root.glob(pattern)}
    whole = [(str(file), file.read_bytes()) for file in sorted(files) if file.is_file()]
    digest = hashlib.sha256(repr(whole).encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        print(f"Nothing changed: {output.relative_to(root)}/index.html is up to date.")
        return 0
    print("Rendering the pages ...", flush=True)
    # Each build is a whole one: Sphinx forgets the warnings of pages that it does not read again.
    shutil.rmtree(work, ignore_errors=True)
    if warnings := render(root, work, edition):
        print(warnings, file=sys.stderr)
        return 1
    stamp.unlink(missing_ok=True)
    shutil.rmtree(output, ignore_errors=True)
    (work / "_build" / "html").rename(output)
    notebooks.write(stamp, digest)
    took = f"{time.perf_counter() - began:.0f} s"
    print(f"{changed}\nbook in {output.relative_to(root)}, {took}")
    return 0


def main() -> int:
    """Read the command line, and build."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("edition", nargs="?", choices=EDITIONS, default="reading")
    edition = parser.parse_args().edition
    with ALONE:
        status = make(edition)
    if marked := results.marked():
        print("Figures contradict or do not give these words; make test fails:", *marked, sep="\n")
    return status


if __name__ == "__main__":
    # An exception would be lost where Python ignores exceptions; kernels end with this program.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main())
