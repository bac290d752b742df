"""Kill commands at random moments, and look at what they leave (``make chaos``).

For each of ``make book``, ``make data`` and ``make twin``: a scratch copy is spoilt, so that there
is everything to do; the command is struck down at a random moment, in a random way; the next run
must then succeed, leave the same files with the same bytes as in a copy where nothing happened, and
no process behind.  Then the command is run twice at once.

The book that is built is a small one with three notebooks, which go through everything that the
large one goes through; ``--whole`` takes the large one, which takes hours.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import drill
import psutil
import scratch

from notebooks import HEAD

COMMANDS = {
    "book": ("book",),
    "data": ("data", "YEARBOOK=data/synthetic_yearbook.csv", "CITIES=data/synthetic_cities.csv"),
    "twin": ("twin",),
}
SPOILT = {
    "data": ("indicators", "cell_notes", "cities"),
    "twin": ("synthetic_yearbook", "synthetic_cities"),
}
MARK = "BELT_CHAOS"  # in the environment of every process that is started here

# -- A small book ------------------------------------------------------------------------------

SMALL = {
    "index": "# A small book\n\nOf {result}`small.rows` rows.\n",
    "glossary": "# Terms\n\n```{glossary}\nrow\n  A line of a table.\n```\n",
    "references": "# Works\n\n```{bibliography}\n```\n",
    "data": f"""{HEAD}
# Rows

```{{code-cell}} ipython3
from lib import panel, results

rows = len(panel.load_indicators())
print(rows)
```

```{{code-cell}} ipython3
:tags: [remove-cell]

results.record({{"small.rows": str(rows)}})
```
""",
    "choices": f"""{HEAD}
# Noise

```{{code-cell}} ipython3
import time

for line in range(4):
    time.sleep(0.2)
    print(line, flush=True)
```
""",
    "04-1-overall": f"""{HEAD}
# A picture

```{{code-cell}} ipython3
---
mystnb:
  figure:
    name: fig-overall-compared
    caption: One line.
  image:
    alt: One line.
---
from lib import style

figure, axes = style.figure()
axes.plot([0, 1])
style.Chart(figure, "One line")
```
""",
}
CONTENTS = "format: jb-book\nroot: book/index\nchapters:\n"


def shrink(root: Path) -> None:
    """Put the small book in the place of the large one."""
    for page in [*(root / "book").glob("*.md"), *(root / "notebooks").glob("*.ipynb")]:
        page.unlink()
    for name, text in SMALL.items():
        (root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    chapters = [
        f"  - file: {'notebooks' if text.startswith(HEAD) else 'book'}/{name}\n"
        for name, text in SMALL.items()
        if name != "index"
    ]
    (root / "_toc.yml").write_text(CONTENTS + "".join(chapters), encoding="utf-8")


def without_times(root: Path) -> None:
    """Take out of the large book the table that no two builds have in common."""
    drill.replace("book/environment.md", "```{run-times}\n```\n", "")(root)


# -- What is done to a copy, and what is left of it --------------------------------------------


def spoil(root: Path, name: str) -> None:
    """Leave everything to do for a command."""
    for stem in SPOILT.get(name, ()):
        (root / "data" / f"{stem}.csv").write_text("old\n", encoding="utf-8")
    if name == "book":
        (root / "_build" / "html.digest").unlink(missing_ok=True)
        (root / "notebooks" / "results.csv").write_text("old\n", encoding="utf-8")
        for notebook in ("data", "choices", "04-1-overall"):
            if (root / "notebooks" / f"{notebook}.ipynb").exists():
                drill.strip(f"notebooks/{notebook}.ipynb")(root)


def left(root: Path) -> dict[str, str]:
    """Digest of every file under ``root``, by name; of what holds times, the name only."""
    found = {}
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if not path.is_file() or {"__pycache__", ".doctrees", "jupyter_execute"} & set(parts):
            continue
        timed = parts[:2] == ("_build", "execution")
        content = b"" if timed else path.read_bytes()
        found["/".join(parts)] = hashlib.sha256(content).hexdigest()
    return found


def differences(root: Path, reference: dict[str, str]) -> list[str]:
    now = left(root)
    return sorted(f for f in now.keys() | reference.keys() if now.get(f) != reference.get(f))


@dataclass(frozen=True)
class Run:
    """A command under way."""

    process: subprocess.Popen[bytes]
    mark: str
    printed: Path

    def survivors(self) -> list[psutil.Process]:
        """The processes of this run that still go on."""
        found = []
        for process in psutil.process_iter(["environ", "status"]):
            environment = process.info["environ"] or {}
            dead = process.info["status"] == psutil.STATUS_ZOMBIE
            if environment.get(MARK) == self.mark and not dead:
                found.append(process)
        return found

    def end(self) -> tuple[int, str]:
        """Wait for the end; the status, and what was printed."""
        status = self.process.wait()
        return status, self.printed.read_text(encoding="utf-8")


def start(root: Path, name: str) -> Run:
    """Start ``make`` in a copy, with this environment's Python and the copy's ``lib``."""
    mark = uuid.uuid4().hex
    printed = root.parent / f"{mark}.txt"  # a pipe would be kept open by what outlives make
    with printed.open("wb") as file:
        process = subprocess.Popen(
            ["make", "-o", ".venv/ready", f"RUN={sys.executable}", *COMMANDS[name]],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), MARK: mark},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Run(process, mark, printed)


# -- Ways to be struck down --------------------------------------------------------------------


def _group(number: int) -> Callable[[Run], None]:
    return lambda run: os.killpg(run.process.pid, number)


def _make(number: int) -> Callable[[Run], None]:
    return lambda run: run.process.send_signal(number)


def _program(run: Run) -> None:
    for child in psutil.Process(run.process.pid).children():
        child.kill()


STROKES: dict[str, Callable[[Run], None]] = {
    "kill -9 of all": _group(signal.SIGKILL),
    "Ctrl-C": _group(signal.SIGINT),
    "kill of make": _make(signal.SIGTERM),
    "kill -9 of make": _make(signal.SIGKILL),
    "kill -9 of the program": _program,
}
ASKED = ("Ctrl-C", "kill of make")  # ways that leave a program the time for a word
PATIENCE = 10.0  # seconds; a kernel looks once a second whether its parent lives

# -- The trials --------------------------------------------------------------------------------


@contextmanager
def copy(whole: bool) -> Iterator[Path]:
    with scratch.copy() as root:
        without_times(root) if whole else shrink(root)
        yield root


def undisturbed(root: Path, name: str) -> float:
    """Run a command to its end; the seconds it took."""
    began = time.perf_counter()
    status, printed = start(root, name).end()
    if status:
        raise SystemExit(f"chaos: make {name}, undisturbed, ended with {status}:\n{printed}")
    return time.perf_counter() - began


def struck(root: Path, name: str, stroke: str, after: float) -> list[str]:
    """Strike a run down, and say what is wrong with what it said and left running."""
    run = start(root, name)
    time.sleep(after)
    if run.process.poll() is not None:
        return []
    STROKES[stroke](run)
    status, printed = run.end()
    wrong = [] if status else ["was struck, and says that it succeeded"]
    # On a busy machine a kernel may find its heartbeat's port taken, says so, and goes on.
    traces = printed.count("Traceback (") - printed.count("Exception in thread Heartbeat")
    if stroke in ASKED and traces > 0:
        wrong.append(f"does not end in a line:\n{printed}")
    # What make started goes on without it: the next run must wait for it.
    if stroke != "kill -9 of make":
        ends = time.monotonic() + PATIENCE
        while (alive := run.survivors()) and time.monotonic() < ends:
            time.sleep(0.2)
        # Sphinx goes on when the program is killed alone, and has the lock as long.
        alive = [process for process in alive if "jupyter-book" not in " ".join(process.cmdline())]
        wrong += [f"left running: {process.cmdline()}" for process in alive]
    return wrong


def trial(root: Path, name: str, reference: dict[str, str], stroke: str, after: float) -> list[str]:
    """One stroke and the run after it; all that is wrong."""
    spoil(root, name)
    wrong = struck(root, name, stroke, after)
    again = start(root, name)
    status, printed = again.end()
    if status:
        wrong.append(f"the next run ended with {status}:\n{printed}")
    if again.survivors():
        wrong.append("the next run left processes behind")
    return wrong + [f"differs: {file}" for file in differences(root, reference)]


def together(root: Path, name: str, reference: dict[str, str]) -> list[str]:
    """Two runs at once; all that is wrong."""
    spoil(root, name)
    ends = [run.end() for run in [start(root, name), start(root, name)]]
    wrong = [f"one of two ended with {status}:\n{text}" for status, text in ends if status]
    if sum("Another build is running" in text for _, text in ends) != 1:
        wrong.append("neither waited for the other")
    return wrong + [f"differs: {file}" for file in differences(root, reference)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commands", nargs="*", metavar="command", help="book, data, twin")
    parser.add_argument("--whole", action="store_true", help="the large book; takes hours")
    parser.add_argument("--trials", type=int, default=20, help="a command (20)")
    parser.add_argument("--seed", type=int, default=None, help="of the moments and the ways")
    options = parser.parse_args()
    if unknown := set(options.commands) - COMMANDS.keys():
        parser.error(f"no command {', '.join(sorted(unknown))}")
    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    draws = random.Random(seed)
    failures = 0
    for name in options.commands or COMMANDS:
        with copy(options.whole) as calm, copy(options.whole) as root:
            spoil(calm, name)
            seconds = undisturbed(calm, name)
            reference = left(calm)
            undisturbed(root, name)
            for number in range(1, options.trials + 1):
                stroke, after = draws.choice(list(STROKES)), draws.uniform(0.3, seconds)
                wrong = trial(root, name, reference, stroke, after)
                said = f"make {name} [{number}/{options.trials}], {stroke} after {after:.1f} s"
                print(f"{said}: {'WRONG' if wrong else 'the same bytes'}", *wrong, sep="\n  ")
                sys.stdout.flush()
                failures += bool(wrong)
            wrong = together(root, name, reference)
            print(f"make {name} twice at once: {'WRONG' if wrong else 'the same bytes'}", *wrong)
            failures += bool(wrong)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
