"""The code is clean under ruff and, in ``lib``, under mypy, as pyproject.toml configures them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RUFF = ["ruff", "check", "--no-cache", "lib", "notebooks/studies", "book", "data/make", "tests",
        "conftest.py"]  # fmt: skip


@pytest.mark.parametrize("command", [RUFF, ["mypy"]], ids=["ruff", "mypy"])
def test_the_code_is_clean(command):
    line = [sys.executable, "-m", *command]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
