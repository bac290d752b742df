"""Build the book: ``python book/_tools/build.py`` (``make book``)."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from lib import files, running

if __name__ == "__main__":
    running.end_plainly()  # the imports below take a second, in which it can be stopped too

import moved

import notebooks

ROOT = notebooks.ROOT


def frame(root: Path) -> list[Path]:
    """Files that shape every page: Sphinx alone would not notice that most of them changed."""
    files = [root / "_config.yml", root / "_toc.yml", root / "requirements.txt"]
    for folder in ("_ext", "_static"):
        files += [file for file in (root / "book" / folder).rglob("*") if file.is_file()]
    return sorted(file for file in files if "__pycache__" not in file.parts)


def pages(root: Path) -> list[Path]:
    """Files that hold the content of pages, docstrings among them."""
    files = [file for file in (root / "book").iterdir() if file.is_file()]
    files += [root / "CITATION.cff", *(root / "lib").glob("*.py")]
    return sorted([*files, *(root / "notebooks").glob("*.*")])


def render(root: Path, output: Path, everything: bool, quiet: bool = False) -> int:
    """Run Jupyter Book; warnings are errors.  Return its exit status.

    Parameters
    ----------
    root, output : Path
        The sources, and the folder in which ``_build`` is written.
    everything : bool
        Read every page again.
    quiet : bool
        Print warnings only, and not where the pages are.

    Raises
    ------
    lib.files.WriteError
        ``output`` cannot be written to, or the disk is full.
    """
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", str(root), "--path-output", str(output)]
    command += ["-W", "--keep-going", "-q"]
    if everything:
        command.append("--all")
    files.probe(output / "_build")
    done = subprocess.run(
        command,
        cwd=root,
        check=False,
        stdout=subprocess.DEVNULL if quiet else None,
        stderr=subprocess.PIPE,
        close_fds=False,  # it holds the checkout as long as it writes, even if this program dies
        preexec_fn=_leave_interruptions_to_us,
    )
    if done.returncode:
        files.probe(output / "_build")  # where the disk is full, that is all there is to say
    sys.stderr.write(done.stderr.decode("utf-8", "replace"))
    return done.returncode


def _leave_interruptions_to_us() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="execute and render everything again")
    arguments = parser.parse_args()
    with notebooks.alone():
        return make(arguments.force)


def make(force: bool) -> int:
    """Bring the notebooks and the pages up to date; return the exit status."""
    began = time.perf_counter()
    before = moved.of_book(ROOT)
    executed = notebooks.refresh(ROOT, force=force)
    if executed:
        moves = moved.between(before, moved.of_book(ROOT))
        report = ROOT / "_build" / "moved.txt"
        notebooks.write(report, moved.report(moves) + "\n")
        print(moved.headline(moves) + (" _build/moved.txt lists them." if moves else ""))
    digests = [notebooks.digest_of(ROOT, listed(ROOT)) for listed in (frame, pages)]
    stamp = ROOT / "_build" / "html.digest"
    built = stamp.read_text(encoding="utf-8").split() if stamp.exists() else []
    if built == digests and not force:
        print("Nothing changed: _build/html/index.html is up to date.")
        return 0
    # Sphinx forgets the warnings of pages it does not read again, so a build that failed must be
    # followed by a whole one: the stamp is there only after a build without warnings.
    files.discard(stamp)
    print("Rendering the pages ...", flush=True)
    whole = force or built[:1] != digests[:1]
    if whole:
        # Pages that have left the contents would stay on disk, and in the search.
        shutil.rmtree(ROOT / "_build" / "html", ignore_errors=True)
    status = render(ROOT, ROOT, everything=whole)
    if status:
        return status
    notebooks.write(stamp, "\n".join(digests) + "\n")
    seconds = time.perf_counter() - began
    print(f"{len(executed)} notebook(s) executed; book in _build/html, {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
