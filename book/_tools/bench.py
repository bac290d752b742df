"""How long the book takes, in one run and as ratios (``make bench``); nothing is asserted.

Seconds differ between machines and hours, so each figure is also given as a multiple of one unit
measured in the same run: executing all notebooks' code in one process, which is the work that
cannot be avoided.  Of pages, weight and requests are exact, and the time to the first paint is a
multiple of the front page's.  Resampling is compared with other programs (``bench_kernel.py``).
"""

from __future__ import annotations

import time
from pathlib import Path

import browser
import pdf
import scratch

BARE = """
import sys
sys.path[:0] = ["book/_tools", "."]
import notebooks, jupytext
for pair in notebooks.pairs(notebooks.ROOT):
    space = {}
    for cell in jupytext.read(pair.text, fmt="md:myst").cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, pair.name, "exec"), space)
"""
LOAD = "from lib import panel; panel.load_indicators()"


def seconds(root: Path, *arguments: str) -> float:
    """Wall-clock seconds of one run; a run that fails ends the benchmark."""
    began = time.perf_counter()
    done = scratch.run(root, *arguments)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)[:60]} failed:\n{done.stdout}\n{done.stderr}")
    return time.perf_counter() - began


def show_pages(html: Path) -> None:
    """What a browser loads for a page, and how soon it shows something; skipped aloud."""
    executable = pdf.chromium()
    if executable is None:
        print("pages: NOT measured, there is no Chromium here\n", flush=True)
        return
    visits = browser.measured(html, pdf.contents(), executable)
    front = visits["front page"].paint
    rows = [(f"{name}: {visit.page}", visit) for name, visit in visits.items()]
    width = max(len(name) for name, _ in rows)
    print(f"{'':{width}}    bytes requests  first paint, ms   ratio")
    for name, visit in rows:
        print(
            f"{name:{width}} {visit.weight:8,} {visit.requests:8} {visit.paint:16.0f} "
            f"{visit.paint / front:7.2f}",
            flush=True,
        )
    print()


def main() -> None:
    build = "book/_tools/build.py"
    prose = "book/01-introduction.md"
    with scratch.copy() as root:
        rows = [
            ("all code in one process (the unit)", seconds(root, "-c", BARE)),
            ("make book, from clean", seconds(root, build)),
            ("make book, nothing changed", seconds(root, build)),
        ]
        show_pages(root / "_build" / "html")
        with (root / prose).open("a", encoding="utf-8") as file:
            file.write("\nOne sentence more.\n")
        rows += [
            ("make book, one sentence of prose edited", seconds(root, build)),
            ("import lib and load the panel", seconds(root, "-c", LOAD)),
        ]
    with scratch.copy() as root:
        test = ("-m", "pytest", "-n", "2", "--dist", "loadfile", "-q")
        rows.append(("make test", seconds(root, *test)))
    unit = rows[0][1]
    width = max(len(name) for name, _ in rows)
    print(f"{'':{width}}  seconds   ratio")
    for name, taken in rows:
        print(f"{name:{width}}  {taken:7.1f} {taken / unit:7.2f}", flush=True)
    print()
    import bench_kernel  # sets the number of threads, which is not to hold for the builds above

    bench_kernel.main()


if __name__ == "__main__":
    main()
