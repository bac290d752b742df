"""Build the book: ``python book/_tools/build.py`` (``make book``)."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import notebooks

ROOT = notebooks.ROOT


def sources(root: Path) -> list[Path]:
    """Every file that a page may come from."""
    files = [root / "_config.yml", root / "_toc.yml", root / "requirements.txt"]
    for folder in ("book", "notebooks"):
        files += [file for file in (root / folder).rglob("*") if file.is_file()]
    return sorted(file for file in files if "__pycache__" not in file.parts)


def render(root: Path, output: Path, everything: bool) -> int:
    """Run Jupyter Book; warnings are errors.  Return its exit status."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", str(root), "--path-output", str(output)]
    command += ["-W", "--keep-going", "-q"]
    if everything:
        command.append("--all")
    return subprocess.run(command, cwd=root, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--force", action="store_true", help="execute and render everything again")
    arguments = parser.parse_args()
    began = time.perf_counter()
    executed = notebooks.refresh(ROOT, force=arguments.force)
    digest = notebooks.digest_of(ROOT, sources(ROOT))
    stamp = ROOT / "_build" / "html.digest"
    page = ROOT / "_build" / "html" / "index.html"
    if stamp.exists() and page.exists() and stamp.read_text() == digest and not arguments.force:
        print(f"Nothing changed: {page.relative_to(ROOT)} is up to date.")
        return 0
    stamp.unlink(missing_ok=True)
    # Sphinx forgets the warnings of pages it does not read again, so a build that failed is
    # followed by a whole one: the stamp is there only after a build without warnings.
    print("Rendering the pages ...", flush=True)
    status = render(ROOT, ROOT, everything=arguments.force or not page.exists())
    if status:
        page.unlink(missing_ok=True)
        return status
    notebooks.write(stamp, digest)
    seconds = time.perf_counter() - began
    print(f"{len(executed)} notebook(s) executed; book in _build/html, {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
