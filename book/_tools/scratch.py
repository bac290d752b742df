"""A throw-away copy of the project, to break or to time without touching the real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "_build", "__pycache__", ".pytest_cache", ".ipynb_checkpoints", "raw"
)


@contextmanager
def copy() -> Iterator[Path]:
    """A copy of the working tree in a temporary folder, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="belt-") as folder:
        target = Path(folder) / "book"
        shutil.copytree(ROOT, target, ignore=_LEFT_OUT)
        yield target


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run this environment's Python in ``root``, with that copy's ``lib`` and not the installed."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
